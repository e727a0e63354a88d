#include "bicluster_bound.h"
#include "bicluster_whole.h"
#include "support/check.h"

#include <analysis/agreement.h>
#include <analysis/linalg.h>
#include <analysis/special.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 4, /* rows of state */
    MOST_TIMES = 12
};

typedef struct fixture {
    ana_workspace workspace;
    ana_observations *counts;
    ana_bicluster_options options;
    bicluster_data data;
    double *size;
    bicluster_bounds bounds;
    bicluster_group group;
} fixture;

static fixture *begin(ana_observations *counts, size_t n_factors, int family)
{
    fixture *f = calloc(1, sizeof *f);
    f->counts = counts;
    f->options = ana_bicluster_options_default();
    f->options.n_factors = n_factors;
    f->options.family = family;
    check_ok(bicluster_data_new(&f->workspace, counts, &f->options, &f->data));
    f->size = ana_workspace_doubles(&f->workspace, counts->n_features, 1);
    f->bounds = bicluster_bounds_new(&f->workspace, &f->data, f->size);
    f->group = bicluster_group_new(&f->workspace, &f->data);
    check_ok(ana_workspace_check(&f->workspace, "test"));
    for (size_t i = 0; i < counts->n_features; i++) {
        f->size[i] = family == ANA_BICLUSTER_POISSON ? 100.0 : 0.5 + (double)i;
    }
    return f;
}

static void end(fixture *f)
{
    ana_workspace_release(&f->workspace);
    ana_observations_free(f->counts);
    free(f);
}

/* Counts that rise and fall, in sequences of irregular lengths, some of them missing. */
static ana_observations *irregular(size_t n_times, size_t n_neurons, ana_random *random)
{
    ana_observations *counts = NULL;
    const size_t lengths[2] = {n_times / 3 + 1, n_times - n_times / 3 - 1};
    check_ok(ana_observations_new(n_times, n_neurons, &counts));
    check_ok(ana_observations_set_sequences(counts, 2, lengths, NULL));
    for (size_t t = 0; t < n_times; t++) {
        for (size_t i = 0; i < n_neurons; i++) {
            const double rate = exp(0.5 * (double)i * sin(0.3 * (double)t + (double)i));
            counts->values[t * n_neurons + i] = ana_random_uniform(random) < 0.05
                                                    ? (double)NAN
                                                    : (double)ana_random_poisson(random, rate);
        }
    }
    return counts;
}

static void every_update_raises_the_bound(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "test.search", 0);
    for (size_t trial = 0; trial < 12; trial++) {
        fixture *f = begin(irregular(20 + 7 * trial, 5, &random), trial % MOST, trial % 2 == 0);
        for (size_t i = 0; i < 4; i++) {
            bicluster_group_add(&f->group, i);
        }
        bicluster_group_begin(&f->bounds, &random, &f->group);
        double last = (double)-INFINITY;
        for (size_t k = 0; k < 30; k++) {
            bicluster_group_fit(&f->bounds, 1, &f->group);
            assert_true(isfinite(f->group.bound));
            assert_true(f->group.bound >= last - 1e-9 * fabs(last));
            last = f->group.bound;
        }
        end(f);
    }
}

/* One neuron, two rows, mu alone: the evidence is a sum over a grid of delta and both rows. */
static void the_bound_is_below_the_evidence_and_near_it(void **state)
{
    (void)state;
    const double ys[3][2] = {{0.0, 0.0}, {1.0, 3.0}, {6.0, 2.0}};
    for (size_t trial = 0; trial < 3; trial++) {
        ana_observations *counts = NULL;
        ana_random random = ana_random_stream(2, "test.search", trial);
        check_ok(ana_observations_new(2, 2, &counts));
        counts->values[0] = ys[trial][0];
        counts->values[2] = ys[trial][1];
        fixture *f = begin(counts, 0, ANA_BICLUSTER_NEGATIVE_BINOMIAL);
        f->size[0] = 3.0;
        f->options.noise = 1.0;
        f->options.precision = 2.0;
        bicluster_room room = bicluster_room_new(&f->workspace, &f->data);
        const size_t states[2] = {0, 0};
        const double step = 0.1;
        double sum = 0.0;
        for (double one = -5.0; one < 5.0; one += step) {
            for (double two = -8.0; two < 8.0; two += step) {
                double path[2] = {one, two};
                const double *rows[1] = {path};
                double inner = 0.0;
                for (double delta = -5.0; delta < 5.0; delta += step) {
                    double eta[2] = {delta + one, delta + two};
                    double scratch[2];
                    inner += exp(bicluster_log_likelihood(&f->data, 0, 3.0, eta, scratch) -
                                 0.5 * delta * delta);
                }
                sum += inner * exp(bicluster_log_dynamics(&f->data, states, 1, rows, &room));
            }
        }
        const double evidence = log(sum * step * step * step / sqrt(2.0 * acos(-1.0))) -
                                (ys[trial][0] + ys[trial][1]) * log(3.0);
        bicluster_group_add(&f->group, 0);
        bicluster_group_begin(&f->bounds, &random, &f->group);
        bicluster_group_fit(&f->bounds, 200, &f->group);
        assert_true(f->group.bound < evidence);
        /* Mean field leaves out that delta and mu are tied, and mu and its dynamics. */
        assert_true(f->group.bound > evidence - 1.0);
        end(f);
    }
}

/* The dynamics' share of all rows' precision and linear term, sequence by sequence. */
static void add_dynamics(const fixture *f, size_t n, double *precision, double *linear)
{
    const size_t q = f->data.n_rows;
    const bicluster_dynamics *one = &f->group.dynamics;
    for (size_t s = 0; s < f->data.n_sequences; s++) {
        for (size_t t = f->data.sequence_start[s]; t < f->data.sequence_start[s + 1]; t++) {
            const bool first = t == f->data.sequence_start[s];
            for (size_t k = 0; k < q; k++) {
                const size_t here = t * q + k;
                const size_t before = first ? 0 : here - q - k;
                precision[here * n + here] += first ? 1.0 : 0.0;
                linear[here] += first ? 0.0 : one->push[k];
                for (size_t j = 0; !first && j < q; j++) {
                    precision[here * n + t * q + j] += one->precision[k * q + j];
                    precision[(before + k) * n + before + j] += one->back[k * q + j];
                    precision[(before + k) * n + t * q + j] -= one->cross[k * q + j];
                    precision[(t * q + j) * n + before + k] -= one->cross[k * q + j];
                }
                linear[first ? 0 : before + k] -= first ? 0.0 : one->pull[k];
            }
        }
    }
}

/* Dynamics that are no expectations but plain: W = 2 I + ..., A, b. */
static void set_dynamics(size_t q, ana_random *random, bicluster_dynamics *one)
{
    for (size_t k = 0; k < q; k++) {
        for (size_t j = 0; j < q; j++) {
            one->a[k * q + j] = 0.5 * ana_random_normal(random);
            one->precision[k * q + j] = k == j ? 2.0 + (double)k : 0.3;
        }
        one->b[k] = ana_random_normal(random);
    }
    for (size_t k = 0; k < q; k++) {
        one->push[k] = 0.0;
        one->pull[k] = 0.0;
        for (size_t j = 0; j < q; j++) {
            one->push[k] += one->precision[k * q + j] * one->b[j];
            one->cross[k * q + j] = 0.0;
            for (size_t l = 0; l < q; l++) {
                one->cross[k * q + j] += one->a[l * q + k] * one->precision[l * q + j];
            }
        }
        for (size_t j = 0; j < q; j++) {
            one->pull[k] += one->cross[k * q + j] * one->b[j];
            one->back[k * q + j] = 0.0;
            for (size_t l = 0; l < q; l++) {
                one->back[k * q + j] += one->cross[k * q + l] * one->a[l * q + j];
            }
        }
    }
}

static void smoothed_paths_are_those_of_the_dense_gaussian(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.search", 0);
    for (size_t q = 1; q <= MOST; q++) {
        enum {
            WIDE = MOST * MOST_TIMES
        };
        fixture *f = begin(irregular(MOST_TIMES, 3, &random), q - 1, 0);
        const size_t n = q * MOST_TIMES;
        double precision[WIDE * WIDE] = {0.0};
        double covariance[WIDE * WIDE];
        double linear[WIDE];
        double cost = 0.0;
        set_dynamics(q, &random, &f->group.dynamics);
        for (size_t t = 0; t < MOST_TIMES; t++) {
            for (size_t k = 0; k < q; k++) {
                const double omega = ana_random_uniform(&random);
                f->bounds.information[(t * q + k) * q + k] = omega;
                precision[(t * q + k) * (n + 1)] = omega;
                linear[t * q + k] = ana_random_normal(&random);
                f->bounds.linear[t * q + k] = linear[t * q + k];
            }
        }
        add_dynamics(f, n, precision, linear);
        assert_true(bicluster_group_smooth(&f->bounds, &f->group, &cost));
        check_ok(ana_linalg_inverse_spd(n, precision, covariance));
        for (size_t k = 0; k < q; k++) {
            for (size_t t = 0; t < MOST_TIMES; t++) {
                double mean = 0.0;
                for (size_t j = 0; j < n; j++) {
                    mean += covariance[(t * q + k) * n + j] * linear[j];
                }
                check_close(f->group.mean[k * MOST_TIMES + t], mean, 1e-10, 1e-10);
                for (size_t j = k; j < q; j++) {
                    const size_t place = bicluster_place(q + 1, k + 1, j + 1);
                    check_close(f->group.products[place * MOST_TIMES + t],
                                f->group.mean[k * MOST_TIMES + t] *
                                        f->group.mean[j * MOST_TIMES + t] +
                                    covariance[(t * q + k) * n + t * q + j],
                                1e-10, 1e-10);
                }
            }
        }
        /* A moment across rows: sum of E m_t m_(t-1)' over the steps of both sequences. */
        double across = 0.0;
        for (size_t t = 1; t < MOST_TIMES; t++) {
            if (t != f->data.sequence_start[1]) {
                const double *mean = f->group.mean + (q - 1) * MOST_TIMES;
                across +=
                    f->group.mean[t] * mean[t - 1] + covariance[t * q * n + (t - 1) * q + q - 1];
            }
        }
        check_close(f->bounds.moments[2 * q - 1], across, 1e-10, 1e-10);
        end(f);
    }
}

/* A row by itself: ridge regression of x_t on (x_(t-1), 1). */
static void expected_dynamics_of_one_row_are_those_by_hand(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "test.search", 0);
    fixture *f = begin(irregular(20, 2, &random), 0, 0);
    const double p = f->options.precision;
    const double moments[9] = {5.0, 3.0, 1.2, 0.0, 4.0, 0.7, 0.0, 0.0, 18.0};
    const double xx = moments[4] + p;
    const double x1 = moments[5];
    const double n1 = moments[8] + p;
    const double xy = moments[1] + p;
    const double y1 = moments[2];
    const double det = xx * n1 - x1 * x1;
    const double a = (xy * n1 - y1 * x1) / det;
    const double b = (y1 * xx - xy * x1) / det;
    const double rest = moments[0] + f->options.noise + p - a * xy - b * y1;
    const double w = (1.0 + f->options.noise_df + 18.0) / rest;
    const bicluster_dynamics *one = &f->group.dynamics;
    double dense[24];
    double evidence = 0.0;
    assert_true(
        bicluster_expect_dynamics(&f->data, 1, 18, moments, dense, &f->group.dynamics, &evidence));
    check_close(one->precision[0], w, 0.0, 1e-12);
    check_close(one->cross[0], a * w, 0.0, 1e-12);
    check_close(one->push[0], b * w, 0.0, 1e-12);
    check_close(one->back[0], a * a * w + n1 / det, 0.0, 1e-12);
    check_close(one->pull[0], a * b * w - x1 / det, 0.0, 1e-12);
    end(f);
}

/* What is known is known exactly: the evidence of rows without spread is that of the sampler. */
static void the_evidence_of_known_rows_is_the_samplers(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(5, "test.search", 0);
    fixture *f = begin(irregular(MOST_TIMES, 2, &random), 1, 0);
    bicluster_room room = bicluster_room_new(&f->workspace, &f->data);
    const size_t states[MOST_TIMES] = {0};
    double path[2][MOST_TIMES];
    const double *rows[2] = {path[0], path[1]};
    double moments[25] = {0.0};
    double dense[54];
    double evidence = 0.0;
    double first = 0.0;
    for (size_t t = 0; t < MOST_TIMES; t++) {
        path[0][t] = ana_random_normal(&random);
        path[1][t] = 0.1 * ana_random_normal(&random);
        if (t == 0 || t == f->data.sequence_start[1]) {
            first -=
                log(2.0 * acos(-1.0)) + 0.5 * (path[0][t] * path[0][t] + path[1][t] * path[1][t]);
            continue;
        }
        const double u[5] = {path[0][t], path[1][t], path[0][t - 1], path[1][t - 1], 1.0};
        for (size_t j = 0; j < 25; j++) {
            moments[j] += u[j / 5] * u[j % 5];
        }
    }
    assert_true(bicluster_expect_dynamics(&f->data, 2, MOST_TIMES - 2, moments, dense,
                                          &f->group.dynamics, &evidence));
    check_close(evidence + first, bicluster_log_dynamics(&f->data, states, 2, rows, &room), 1e-10,
                1e-12);
    end(f);
}

static void a_neuron_added_and_removed_leaves_the_others_in_order(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(6, "test.search", 0);
    fixture *f = begin(irregular(20, 6, &random), 0, 0);
    for (size_t i = 0; i < 5; i++) {
        bicluster_group_add(&f->group, i);
    }
    bicluster_group_remove(&f->group, 1);
    bicluster_group_remove(&f->group, 5); /* not in it */
    const size_t left[4] = {0, 2, 3, 4};
    assert_int_equal(f->group.n, 4);
    assert_memory_equal(f->group.neurons, left, sizeof left);
    end(f);
}

static double found(int family, uint64_t seed)
{
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    ana_bicluster_options options = ana_bicluster_options_default();
    ana_observations *counts = NULL;
    ana_bicluster *fit = NULL;
    ana_workspace workspace = {0};
    ana_agreement agreement;
    bicluster_data data;
    size_t clusters[24];
    simulation.seed = seed;
    simulation.n_per_cluster = 8;
    simulation.n_times = 400;
    simulation.size = family == ANA_BICLUSTER_POISSON ? (double)INFINITY : 10.0;
    options.family = family;
    options.n_chains = 1;
    options.run.seed = seed;
    check_ok(ana_bicluster_simulate(&simulation, &counts));
    check_ok(bicluster_new(24, 400, &options, &fit));
    check_ok(bicluster_data_new(&workspace, counts, &options, &data));
    bicluster_room room = bicluster_room_new(&workspace, &data);
    check_ok(bicluster_start(&data, 0, fit->chains, &room));
    for (size_t i = 0; i < 24; i++) {
        clusters[i] = i / 8;
    }
    check_ok(ana_agreement_compare(24, fit->chains->cluster, clusters, &agreement));
    ana_workspace_release(&workspace);
    ana_bicluster_free(fit);
    ana_observations_free(counts);
    return agreement.adjusted_rand;
}

/* Fewer neurons and rows than the paper's, and still the partition is nearly whole before a chain
 * has moved at all. */
static void chains_begin_near_the_true_clusters(void **state)
{
    (void)state;
    const double plain = found(ANA_BICLUSTER_NEGATIVE_BINOMIAL, 1);
    const double poisson = found(ANA_BICLUSTER_POISSON, 1);
    print_message("  adjusted Rand index at the start: %.3f, Poisson %.3f\n", plain, poisson);
    assert_true(plain > 0.8);
    assert_true(poisson > 0.8);
}

/* Priors under which trajectories explode, on a few rows: every proposal used to be taken at first,
 * and a log joint that is no number was never left. */
static void few_rows_under_broad_priors_are_fitted(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(7, "test.search", 0);
    for (size_t trial = 0; trial < 20; trial++) {
        ana_observations *counts = irregular(6 + trial, 2 + trial % 6, &random);
        ana_bicluster_options options = ana_bicluster_options_default();
        ana_bicluster *fit = NULL;
        options.n_factors = trial % 9;
        options.n_sweeps = 24;
        options.n_warmup = 12;
        options.n_chains = 1;
        options.family = trial % 2;
        options.max_clusters = 1 + trial % 4;
        options.precision = 0.01;
        options.noise = 1.0;
        options.run.seed = trial;
        check_ok(ana_bicluster_fit(counts, &options, &fit));
        for (size_t k = 0; k < options.n_sweeps; k++) {
            assert_true(isfinite(fit->chains->log_joint[k]));
        }
        ana_bicluster_free(fit);
        ana_observations_free(counts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_update_raises_the_bound),
        cmocka_unit_test(the_bound_is_below_the_evidence_and_near_it),
        cmocka_unit_test(smoothed_paths_are_those_of_the_dense_gaussian),
        cmocka_unit_test(expected_dynamics_of_one_row_are_those_by_hand),
        cmocka_unit_test(the_evidence_of_known_rows_is_the_samplers),
        cmocka_unit_test(a_neuron_added_and_removed_leaves_the_others_in_order),
        cmocka_unit_test(chains_begin_near_the_true_clusters),
        cmocka_unit_test(few_rows_under_broad_priors_are_fitted),
    };
    return cmocka_run_group_tests_name("bicluster search", tests, NULL, NULL);
}
