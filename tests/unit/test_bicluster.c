#include "bicluster_parts.h"
#include "bicluster_whole.h"
#include "feature_id.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/bicluster.h>
#include <analysis/special.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_observations *draw(size_t n_clusters, size_t n_per_cluster, size_t n_times,
                              uint64_t seed)
{
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    ana_observations *counts = NULL;
    simulation.seed = seed;
    simulation.n_clusters = n_clusters;
    simulation.n_per_cluster = n_per_cluster;
    simulation.n_times = n_times;
    check_ok(ana_bicluster_simulate(&simulation, &counts));
    return counts;
}

static ana_bicluster_options quick(void)
{
    ana_bicluster_options options = ana_bicluster_options_default();
    options.n_chains = 3;
    options.n_sweeps = 30;
    options.n_warmup = 12;
    options.keep_every = 4;
    options.n_states = 4;
    options.max_clusters = 5;
    options.run.seed = 9;
    return options;
}

/* The data and room of one chain, for the parts of a sweep. */
typedef struct fixture {
    ana_workspace workspace;
    ana_observations *counts;
    ana_bicluster_options options;
    ana_bicluster *fit;
    bicluster_data data;
    bicluster_room room;
} fixture;

static fixture *begin(const ana_bicluster_options *options, ana_observations *counts)
{
    fixture *f = calloc(1, sizeof *f);
    f->counts = counts;
    f->options = *options;
    check_ok(bicluster_new(counts->n_features, counts->n_times, options, &f->fit));
    check_ok(bicluster_data_new(&f->workspace, counts, &f->options, &f->data));
    f->room = bicluster_room_new(&f->workspace, &f->data);
    check_ok(ana_workspace_check(&f->workspace, "test"));
    check_ok(bicluster_start(&f->data, 0, f->fit->chains, &f->room));
    return f;
}

static void end(fixture *f)
{
    ana_workspace_release(&f->workspace);
    ana_bicluster_free(f->fit);
    ana_observations_free(f->counts);
    free(f);
}

static void same_chains(const ana_bicluster *a, const ana_bicluster *b)
{
    const size_t n = a->n_neurons * a->n_times;
    for (size_t c = 0; c < a->options.n_chains; c++) {
        const ana_bicluster_chain *x = a->chains + c;
        const ana_bicluster_chain *y = b->chains + c;
        assert_int_equal(x->n_done, y->n_done);
        assert_memory_equal(x->log_joint, y->log_joint, x->n_done * sizeof(double));
        assert_memory_equal(x->partitions, y->partitions,
                            x->n_done * a->n_neurons * sizeof(uint16_t));
        assert_memory_equal(x->mean, y->mean, n * sizeof(double));
        assert_memory_equal(x->state, y->state, a->n_times * sizeof(size_t));
    }
    assert_memory_equal(a->similarity, b->similarity, a->n_neurons * a->n_neurons * sizeof(double));
    assert_memory_equal(a->cluster, b->cluster, a->n_neurons * sizeof(size_t));
    assert_memory_equal(a->state, b->state, a->n_times * sizeof(size_t));
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    const size_t threads[4] = {1, 2, 3, 7};
    ana_observations *counts = draw(2, 4, 60, 1);
    ana_bicluster *first = NULL;
    for (size_t k = 0; k < 4; k++) {
        ana_bicluster_options options = quick();
        ana_bicluster *fit = NULL;
        options.run.n_threads = threads[k];
        check_ok(ana_bicluster_fit(counts, &options, &fit));
        if (k == 0) {
            first = fit;
            continue;
        }
        same_chains(first, fit);
        ana_bicluster_free(fit);
    }
    ana_bicluster_free(first);
    ana_observations_free(counts);
}

static void resumed_chains_have_the_bits_of_uninterrupted_ones(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++) {
        ana_observations *counts = draw(2, 4, 60, 2);
        ana_bicluster_options options = quick();
        ana_bicluster *whole = NULL;
        ana_bicluster *part = NULL;
        ana_bicluster *resumed = NULL;
        options.family = family;
        check_ok(ana_bicluster_fit(counts, &options, &whole));
        options.n_sweeps = 17;
        check_ok(ana_bicluster_fit(counts, &options, &part));
        check_ok(ana_bicluster_resume(counts, part, 30, NULL, &resumed));
        same_chains(whole, resumed);
        check_fails(ana_bicluster_resume(counts, resumed, 20, NULL, &part), ANA_ERR_VALUE,
                    "are done already");
        counts->values[5] += 1.0;
        ana_bicluster *other = NULL;
        check_fails(ana_bicluster_resume(counts, resumed, 40, NULL, &other), ANA_ERR_VALUE,
                    "not the counts");
        ana_bicluster_free(whole);
        ana_bicluster_free(part);
        ana_bicluster_free(resumed);
        ana_observations_free(counts);
    }
}

/* sum over k of k (k-1) ... (k-t+1) / [gamma k (gamma k + 1) ... (gamma k + n - 1)] q (1-q)^(k-1),
 * by products. */
static void partition_coefficients_are_the_plain_sum(void **state)
{
    (void)state;
    double found[8];
    bicluster_log_partitions(5, 0.7, 0.3, 7, found);
    for (size_t t = 1; t <= 5; t++) {
        double sum = 0.0;
        for (size_t k = t; k < 400; k++) {
            double term = 0.3 * pow(0.7, (double)(k - 1));
            for (size_t j = 0; j < t; j++) {
                term *= (double)(k - j);
            }
            for (size_t j = 0; j < 5; j++) {
                term /= 0.7 * (double)k + (double)j;
            }
            sum += term;
        }
        check_close(found[t], log(sum), 1e-12, 0.0);
    }
    assert_true(isinf(found[0]) && isinf(found[6]) && isinf(found[7]));
}

/* V_n(t) makes the probabilities of all partitions sum to 1: those of 4 items by their sizes. */
static void probabilities_of_partitions_sum_to_one(void **state)
{
    (void)state;
    const double gamma = 1.3;
    const size_t sizes[5][4] = {
        {4, 0, 0, 0}, {3, 1, 0, 0}, {2, 2, 0, 0}, {2, 1, 1, 0}, {1, 1, 1, 1}};
    const double ways[5] = {1, 4, 3, 6, 1};
    double log_v[5];
    double sum = 0.0;
    bicluster_log_partitions(4, gamma, 0.2, 4, log_v);
    for (size_t p = 0; p < 5; p++) {
        size_t t = 0;
        double term = 0.0;
        for (; t < 4 && sizes[p][t] > 0; t++) {
            term += ana_special_lgamma(gamma + (double)sizes[p][t]) - ana_special_lgamma(gamma);
        }
        sum += ways[p] * exp(log_v[t] + term);
    }
    check_close(sum, 1.0, 1e-12, 0.0);
}

static double log_negative_binomial(double y, double size, double rate)
{
    return lgamma(y + size) - lgamma(size) - lgamma(y + 1.0) + size * log(size / (size + rate)) +
           (y > 0.0 ? y * log(rate / (size + rate)) : 0.0);
}

static void likelihoods_are_the_textbook_sums(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++) {
        ana_bicluster_options options = quick();
        options.family = family;
        ana_observations *counts = draw(2, 3, 41, 4);
        counts->values[7 * 6 + 2] = (double)NAN;
        fixture *f = begin(&options, counts);
        double eta[41];
        double scratch[41];
        ana_random random = ana_random_stream(3, "test", 0);
        for (size_t i = 0; i < 6; i++) {
            const double size = 0.3 + 2.5 * (double)i;
            double wanted = 0.0;
            for (size_t t = 0; t < 41; t++) {
                eta[t] = 1.3 * ana_random_normal(&random);
                double y = counts->values[t * 6 + i];
                if (!isnan(y)) {
                    wanted += family == ANA_BICLUSTER_POISSON
                                  ? y * eta[t] - exp(eta[t]) - lgamma(y + 1.0)
                                  : log_negative_binomial(y, size, exp(eta[t]));
                }
            }
            check_close(bicluster_log_likelihood(&f->data, i, size, eta, scratch) +
                            bicluster_log_constant(&f->data, i, size),
                        wanted, 1e-10, 1e-12);
        }
        end(f);
    }
}

/* With one factor the integral over delta and c is two-dimensional: a sum over a fine grid. */
static void laplace_marginals_are_near_the_integral(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++) {
        ana_bicluster_options options = quick();
        options.family = family;
        options.n_factors = 1;
        fixture *f = begin(&options, draw(2, 3, 80, 6));
        double mode[2] = {0.0, 0.0};
        double curvature[4];
        double scratch[80];
        bicluster_laplace laplace = {.mode = mode, .curvature = curvature};
        const double *path = f->fit->chains[0].path;
        assert_true(bicluster_laplace_fit(&f->data, 1, 4.0, path, f->room.block, &laplace));
        double sum = 0.0;
        const double step = 0.02;
        for (double a = mode[0] - 2.0; a < mode[0] + 2.0; a += step) {
            for (double c = mode[1] - 4.0; c < mode[1] + 4.0; c += step) {
                const double loading[2] = {a, c};
                double eta[80];
                bicluster_predictor(2, 80, path, loading, eta);
                sum += exp(bicluster_log_likelihood(&f->data, 1, 4.0, eta, scratch) -
                           0.5 * (a * a + c * c) - laplace.peak) *
                       step * step / (2.0 * acos(-1.0));
            }
        }
        /* The approximation's own error: a few thousandths at 80 rows. */
        check_close(laplace.marginal, laplace.peak + log(sum), 0.02, 0.0);
        /* Where it begins does not matter. */
        double far[2] = {3.0, -5.0};
        bicluster_laplace again = {.mode = far, .curvature = curvature};
        assert_true(bicluster_laplace_fit(&f->data, 1, 4.0, path, f->room.block, &again));
        check_close(again.marginal, laplace.marginal, 1e-9, 0.0);
        end(f);
    }
}

/* The matrix-t density of all states at once against the product of one-step predictions: with a
 * single row, no Wishart is needed: Student's t of growing degrees of freedom. */
static void the_dynamics_of_one_row_are_student_steps(void **state)
{
    (void)state;
    ana_bicluster_options options = quick();
    options.n_factors = 0;
    options.n_states = 1;
    options.noise = 0.3;
    options.noise_df = 2.5;
    options.precision = 1.7;
    fixture *f = begin(&options, draw(1, 3, 12, 8));
    double x[12];
    const double *rows[1] = {x};
    size_t states[12] = {0};
    ana_random random = ana_random_stream(5, "test", 0);
    for (size_t t = 0; t < 12; t++) {
        x[t] = ana_random_normal(&random);
    }
    /* Bayesian regression of x_t on (x_(t-1), 1), one row at a time. */
    double k[4] = {1.7, 0.0, 0.0, 1.7};
    double kb[2] = {1.7, 0.0};
    double shape = 0.5 * (1.0 + 2.5);
    double scale = 0.5 * 0.3;
    double wanted = -0.5 * (x[0] * x[0] + log(2.0 * acos(-1.0)));
    for (size_t t = 1; t < 12; t++) {
        const double u[2] = {x[t - 1], 1.0};
        double beta[2];
        double spread[2];
        check_ok(ana_linalg_solve(2, k, 1, kb, beta, NULL));
        check_ok(ana_linalg_solve(2, k, 1, u, spread, NULL));
        double factor = 1.0 + u[0] * spread[0] + u[1] * spread[1];
        double residual = x[t] - u[0] * beta[0] - u[1] * beta[1];
        double quadratic = residual * residual / factor;
        wanted += lgamma(shape + 0.5) - lgamma(shape) -
                  0.5 * log(2.0 * acos(-1.0) * scale * factor) -
                  (shape + 0.5) * log1p(quadratic / (2.0 * scale));
        shape += 0.5;
        scale += 0.5 * quadratic;
        for (size_t i = 0; i < 2; i++) {
            kb[i] += u[i] * x[t];
            for (size_t j = 0; j < 2; j++) {
                k[i * 2 + j] += u[i] * u[j];
            }
        }
    }
    check_close(bicluster_log_dynamics(&f->data, states, 1, rows, &f->room), wanted, 1e-10, 1e-12);
    end(f);
}

/* Centring of paths against loadings leaves every rate as it is. */
static void shifts_leave_the_rates_unchanged(void **state)
{
    (void)state;
    ana_bicluster_options options = quick();
    fixture *f = begin(&options, draw(2, 4, 50, 9));
    ana_bicluster_chain *chain = f->fit->chains;
    double before[50];
    double after[50];
    double log_dynamics = 0.0;
    check_ok(bicluster_draw_dynamics(&f->data, chain, &f->room, &log_dynamics));
    const double *path = chain->path + chain->cluster[5] * 3 * 50;
    const double first = path[0];
    bicluster_predictor(3, 50, path, chain->loading + 5 * 3, before);
    check_ok(bicluster_draw_shifts(&f->data, chain, &f->room));
    bicluster_predictor(3, 50, path, chain->loading + 5 * 3, after);
    check_all_close(50, after, before, 1e-10, 0.0);
    assert_true(fabs(path[0] - first) > 1e-6);
    end(f);
}

/* Chains that never leave a partition of their own: {0, 1 | 2, 3} and {0, 1 | 2 | 3}. */
static void chains_that_disagree_say_so_in_words(void **state)
{
    (void)state;
    ana_bicluster_options options = quick();
    ana_bicluster *fit = NULL;
    ana_record *record = NULL;
    ana_observations *counts = draw(2, 2, 10, 3);
    double rhat = 0.0;
    options.n_chains = 2;
    check_ok(bicluster_new(4, 10, &options, &fit));
    check_ok(ana_feature_ids(counts, &fit->neuron_names));
    for (size_t c = 0; c < 2; c++) {
        ana_bicluster_chain *chain = fit->chains + c;
        chain->n_done = options.n_sweeps;
        chain->n_clusters = 1;
        chain->n_kept = bicluster_kept(&options);
        for (size_t n = 0; n < options.n_sweeps; n++) {
            const uint16_t partition[4] = {0, 0, 1, (uint16_t)(1 + c)};
            memcpy(chain->partitions + 4 * n, partition, sizeof partition);
            chain->cluster_trace[n] = 2.0 + (double)c;
            chain->state_trace[n] = n % 3 == 0 ? 1.0 : 2.0;
            chain->log_joint[n] = (double)(n * 7 % 5);
        }
    }
    check_ok(bicluster_summarise(fit));
    check_close(fit->within, 1.0, 1e-12, 0.0);
    /* One pair is together in both, of 1 and 2 in each and 6 in all: (1 - 1/3) / (3/2 - 1/3). */
    check_close(fit->between, 4.0 / 7.0, 1e-12, 0.0);
    assert_true(isinf(fit->rhat[1]));
    assert_false(ana_bicluster_converged(fit));
    check_ok(ana_bicluster_to_record(fit, &record));
    check_ok(ana_record_get_double(record, "diagnostics/rhat_clusters", &rhat));
    assert_true(isnan(rhat));
    assert_string_equal(ana_record_find(record, "diagnostics/note_clusters")->text,
                        "chains disagree: most often 2, 3");
    assert_string_equal(ana_record_find(record, "diagnostics/note_states")->text,
                        "chains agree; most often 2");
    assert_non_null(strstr(ana_record_find(record, "diagnostics/note_partitions")->text,
                           "a partition of its own"));
    ana_record_free(record);
    ana_bicluster_free(fit);
    ana_observations_free(counts);
}

static void bad_counts_and_options_are_refused(void **state)
{
    (void)state;
    ana_bicluster *fit = NULL;
    ana_bicluster_options options = quick();
    ana_observations *counts = draw(2, 3, 30, 1);
    counts->values[4] = 0.5;
    check_fails(ana_bicluster_fit(counts, &options, &fit), ANA_ERR_VALUE, "row 0 of neuron 4");
    counts->values[4] = -1.0;
    check_fails(ana_bicluster_fit(counts, &options, &fit), ANA_ERR_VALUE, "whole numbers");
    counts->values[4] = 1.0;
    options.n_warmup = 28;
    check_fails(ana_bicluster_fit(counts, &options, &fit), ANA_ERR_VALUE, "leave nothing");
    options = quick();
    options.new_share = 1.5;
    check_fails(ana_bicluster_fit(counts, &options, &fit), ANA_ERR_VALUE, "new-share");
    options = quick();
    options.run.max_memory = 1000;
    check_fails(ana_bicluster_fit(counts, &options, &fit), ANA_ERR_LIMIT, "bicluster");
    ana_observations_free(counts);
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    simulation.n_factors = 0;
    check_fails(ana_bicluster_simulate(&simulation, &counts), ANA_ERR_VALUE, "factors");
}

/* A silent neuron, one that is never observed, sequences of one row: a result all the same. */
static void silent_and_missing_neurons_and_short_sequences_are_fitted(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++) {
        ana_observations *counts = draw(2, 3, 40, 3);
        ana_bicluster_options options = quick();
        ana_bicluster *fit = NULL;
        const size_t lengths[4] = {20, 1, 1, 18};
        options.family = family;
        for (size_t t = 0; t < 40; t++) {
            counts->values[t * 6 + 1] = 0.0;
            counts->values[t * 6 + 4] = (double)NAN;
        }
        check_ok(ana_observations_set_sequences(counts, 4, lengths, NULL));
        check_ok(ana_bicluster_fit(counts, &options, &fit));
        for (size_t j = 0; j < 6 * 40; j++) {
            assert_true(isfinite(fit->mean[j]));
        }
        for (size_t i = 0; i < 6; i++) {
            check_close(fit->similarity[i * 6 + i], 1.0, 0.0, 0.0);
        }
        ana_bicluster_free(fit);
        ana_observations_free(counts);
    }
}

static void a_fit_survives_its_record_and_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    ana_observations *counts = draw(2, 4, 60, 5);
    ana_bicluster_options options = quick();
    ana_bicluster *whole = NULL;
    ana_bicluster *part = NULL;
    ana_bicluster *back = NULL;
    ana_bicluster *resumed = NULL;
    ana_record *record = NULL;
    ana_record *again = NULL;
    char where[256] = "";
    check_ok(ana_bicluster_fit(counts, &options, &whole));
    options.n_sweeps = 21;
    check_ok(ana_bicluster_fit(counts, &options, &part));
    check_ok(ana_bicluster_to_record(part, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_bicluster_from_record(record, &back));
    check_ok(ana_bicluster_to_record(back, &again));
    assert_true(ana_record_equal(record, again, where, sizeof where));
    check_ok(ana_bicluster_resume(counts, back, 30, NULL, &resumed));
    same_chains(whole, resumed);
    ana_record_free(record);
    ana_record_free(again);
    ana_bicluster_free(whole);
    ana_bicluster_free(part);
    ana_bicluster_free(back);
    ana_bicluster_free(resumed);
    ana_observations_free(counts);
}

static ana_record *saved(ana_observations *counts)
{
    ana_bicluster_options options = quick();
    ana_bicluster *fit = NULL;
    ana_record *record = NULL;
    check_ok(ana_bicluster_fit(counts, &options, &fit));
    check_ok(ana_bicluster_to_record(fit, &record));
    ana_bicluster_free(fit);
    return record;
}

/* The node at that path, to be damaged; the record itself where there is none. */
static ana_record *node_at(ana_record *record, const char *path)
{
    const ana_record *found = ana_record_find(record, path);
    assert_non_null(found);
    for (size_t k = 0; k < found->parent->n_children; k++) {
        if (found->parent->children[k] == found) {
            return found->parent->children[k];
        }
    }
    return record;
}

static void damaged_records_are_refused(void **state)
{
    (void)state;
    ana_observations *counts = draw(2, 3, 30, 5);
    ana_bicluster *fit = NULL;
    for (size_t damage = 0; damage < 9; damage++) {
        ana_record *record = saved(counts);
        switch (damage) {
        case 0:
            node_at(record, "chains/1/cluster")->ints[2] = 77;
            break;
        case 1:
            node_at(record, "chains/2/partitions")->ints[5] = -1;
            break;
        case 2:
            node_at(record, "chains/0/random")->ints[10] = 9;
            break;
        case 3:
            node_at(record, "chains/0/size")->doubles[1] = -2.0;
            break;
        case 4:
            node_at(record, "chains/0/path")->doubles[7] = (double)NAN;
            break;
        case 5:
            node_at(record, "options/max-clusters")->integer = 60;
            break;
        case 6:
            node_at(record, "options/sweeps")->integer = 9000000;
            break;
        case 7:
            node_at(record, "options/noise")->number = -1.0;
            break;
        default:
            node_at(record, "options/chains")->integer = 900;
            break;
        }
        check_fails(ana_bicluster_from_record(record, &fit), ANA_ERR_FORMAT, "");
        ana_record_free(record);
    }
    ana_observations_free(counts);
}

static void clusters_that_are_the_regions_agree_beyond_chance(void **state)
{
    (void)state;
    ana_observations *counts = draw(2, 10, 30, 5);
    ana_bicluster_options options = quick();
    ana_bicluster *fit = NULL;
    ana_bicluster_agreement agreement;
    ana_bicluster_agreement again;
    size_t regions[20];
    options.n_sweeps = 20;
    options.n_chains = 1;
    check_ok(ana_bicluster_fit(counts, &options, &fit));
    for (size_t i = 0; i < 20; i++) {
        fit->cluster[i] = i / 10;
        regions[i] = 7 - i / 10;
    }
    check_ok(ana_bicluster_agree(fit, counts, regions, 1, 199, NULL, &agreement));
    check_close(agreement.ari, 1.0, 1e-12, 0.0);
    check_close(agreement.p, 1.0 / 200.0, 1e-12, 0.0);
    assert_true(agreement.chance_most < 1.0 && fabs(agreement.chance) < 0.05);
    /* Regions that are the strata of the rates cannot be told from them: no permutation differs. */
    for (size_t t = 0; t < 30; t++) {
        for (size_t i = 0; i < 20; i++) {
            counts->values[t * 20 + i] = i < 10 ? 1.0 : 5.0;
        }
    }
    check_ok(ana_bicluster_agree(fit, counts, regions, 2, 199, NULL, &again));
    check_close(again.p, 1.0, 1e-12, 0.0);
    regions[3] = SIZE_MAX;
    check_ok(ana_bicluster_agree(fit, counts, regions, 2, 19, NULL, &again));
    assert_int_equal(again.n_neurons, 19);
    check_fails(ana_bicluster_agree(fit, counts, regions, 20, 19, NULL, &again), ANA_ERR_VALUE,
                "strata");
    ana_bicluster_free(fit);
    ana_observations_free(counts);
}

static ana_status there_and_back(void *user)
{
    ana_record *record = NULL;
    ana_bicluster *back = NULL;
    ana_status status = ana_bicluster_to_record(user, &record);
    if (status == ANA_OK) {
        status = ana_bicluster_from_record(record, &back);
    }
    ana_bicluster_free(back);
    ana_record_free(record);
    return status;
}

/* Of few gammas, of a large size, or of both: the correction leaves most proposals standing. */
static void most_trajectories_that_are_proposed_are_accepted(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++) {
        ana_observations *counts = draw(2, 5, 80, 7);
        ana_bicluster_options options = quick();
        ana_bicluster *fit = NULL;
        options.family = family;
        options.n_chains = 1;
        options.n_sweeps = 90;
        options.n_warmup = 30;
        options.proposal_size = 3000.0;
        check_ok(ana_bicluster_fit(counts, &options, &fit));
        const double n = (double)fit->chains[0].n_proposed;
        assert_int_equal(fit->chains[0].n_proposed, 60);
        assert_true((double)fit->chains[0].n_accepted >= 0.5 * n);
        ana_bicluster_free(fit);
        ana_observations_free(counts);
    }
}

static bool stop_at_once(void *user, const char *what, size_t done, size_t total)
{
    (void)user;
    (void)what;
    (void)total;
    return done < 5;
}

static void a_cancelled_fit_says_so(void **state)
{
    (void)state;
    ana_observations *counts = draw(2, 3, 30, 1);
    ana_bicluster_options options = quick();
    ana_bicluster *fit = NULL;
    options.run.progress = stop_at_once;
    check_fails(ana_bicluster_fit(counts, &options, &fit), ANA_ERR_CANCELLED, "cancelled");
    ana_observations_free(counts);
}

static ana_status fit_and_free(void *user)
{
    ana_bicluster_options options = quick();
    ana_bicluster *fit = NULL;
    options.n_chains = 2;
    options.n_sweeps = 8;
    options.n_warmup = 2;
    options.run.n_threads = 1;
    ana_status status = ana_bicluster_fit(user, &options, &fit);
    ana_bicluster_free(fit);
    return status;
}

static ana_status simulate_and_free(void *user)
{
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    ana_observations *counts = NULL;
    (void)user;
    simulation.n_times = 20;
    ana_status status = ana_bicluster_simulate(&simulation, &counts);
    ana_observations_free(counts);
    return status;
}

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    ana_observations *counts = draw(2, 2, 12, 1);
    ana_bicluster_options options = quick();
    ana_bicluster *fit = NULL;
    options.n_chains = 1;
    options.n_sweeps = 16;
    check_ok(ana_bicluster_fit(counts, &options, &fit));
    assert_true(check_each_allocation(there_and_back, fit, 0) > 50);
    ana_bicluster_free(fit);
    assert_true(check_each_allocation(fit_and_free, counts, 0) > 20);
    assert_true(check_each_allocation(simulate_and_free, NULL, 0) > 5);
    ana_observations_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(resumed_chains_have_the_bits_of_uninterrupted_ones),
        cmocka_unit_test(partition_coefficients_are_the_plain_sum),
        cmocka_unit_test(probabilities_of_partitions_sum_to_one),
        cmocka_unit_test(likelihoods_are_the_textbook_sums),
        cmocka_unit_test(laplace_marginals_are_near_the_integral),
        cmocka_unit_test(the_dynamics_of_one_row_are_student_steps),
        cmocka_unit_test(shifts_leave_the_rates_unchanged),
        cmocka_unit_test(chains_that_disagree_say_so_in_words),
        cmocka_unit_test(bad_counts_and_options_are_refused),
        cmocka_unit_test(silent_and_missing_neurons_and_short_sequences_are_fitted),
        cmocka_unit_test(a_fit_survives_its_record_and_goes_on_with_the_same_bits),
        cmocka_unit_test(damaged_records_are_refused),
        cmocka_unit_test(clusters_that_are_the_regions_agree_beyond_chance),
        cmocka_unit_test(most_trajectories_that_are_proposed_are_accepted),
        cmocka_unit_test(a_cancelled_fit_says_so),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests_name("bicluster", tests, NULL, NULL);
}
