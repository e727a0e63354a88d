#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/distributions.h>
#include <analysis/models/rsa.h>
#include <analysis/models/rsa_bootstrap.h>
#include <analysis/random.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 13,
    N_PAIRS = N * (N - 1) / 2,
    S = 5,
    M = 3,
    Q = M + 2,
    N_SAMPLES = 12
};

/* Dissimilarities of a common part and noise; rounded, they tie. */
static ana_rdms *draw_matrices(size_t n, uint64_t seed, double step)
{
    ana_rdms *rdms = NULL;
    ana_random common = ana_random_stream(7, "common", 0);
    ana_random random = ana_random_stream(seed, "matrices", 0);
    double shared[N_PAIRS];
    check_ok(ana_rdms_new(n, N, &rdms));
    for (size_t k = 0; k < N_PAIRS; k++) {
        shared[k] = 2.0 + ana_random_uniform(&common);
    }
    for (size_t k = 0; k < n * N_PAIRS; k++) {
        const double value = shared[k % N_PAIRS] + 0.5 * ana_random_normal(&random);
        rdms->values[k] = step > 0.0 ? step * floor(value / step) : value;
    }
    return rdms;
}

/* Draws of n things as times; the first sample holds each once. */
static void draw_times(size_t n, const char *what, size_t *times)
{
    memset(times, 0, N_SAMPLES * n * sizeof *times);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        ana_random random = ana_random_stream(3, what, i);
        for (size_t k = 0; k < n; k++) {
            times[i * n + (i == 0 ? k : (size_t)ana_random_below(&random, n))]++;
        }
    }
}

/* The matrices in which `rows` of `from` stand `times_r` times, with conditions copied as often as
 * they were drawn; pairs of copies are missing. */
static ana_rdms *copied(const ana_rdms *from, const size_t *times_r, const size_t *times_c,
                        bool once)
{
    ana_rdms *rdms = NULL;
    size_t conditions[3 * N];
    size_t rows[64];
    size_t n = 0;
    size_t n_rows = 0;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < times_c[i] && (!once || k == 0); k++) {
            conditions[n++] = i;
        }
    }
    for (size_t r = 0; r < from->n_rdms; r++) {
        for (size_t k = 0; k < (times_r != NULL ? times_r[r] : 1); k++) {
            rows[n_rows++] = r;
        }
    }
    check_ok(ana_rdms_new(n_rows, n, &rdms));
    double *to = rdms->values;
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t a = 0; a < n; a++) {
            for (size_t b = a + 1; b < n; b++) {
                *to++ = conditions[a] == conditions[b]
                            ? (double)NAN
                            : from->values[rows[r] * N_PAIRS +
                                           ana_rdm_pair(N, conditions[a], conditions[b])];
            }
        }
    }
    return rdms;
}

/* Mean over the different groups drawn of the similarity with the pool of those not left out. */
static double ceiling_of_copies(const ana_rdms *subjects, const size_t *groups,
                                const size_t *times_s, const size_t *times_c,
                                const ana_rdm_compare_options *options, bool lower)
{
    const bool once = options->similarity >= ANA_RDM_SIM_BURES;
    double total = 0.0;
    double n_groups = 0.0;
    for (size_t g = 0; g < S; g++) {
        size_t in_pool[S];
        size_t tested[S];
        size_t n_tested = 0;
        double values[S];
        for (size_t s = 0; s < S; s++) {
            const bool own = groups[s] == g;
            in_pool[s] = lower && own ? 0 : times_s[s];
            tested[s] = own && times_s[s] > 0 ? 1 : 0;
            n_tested += tested[s];
        }
        if (n_tested == 0) {
            continue;
        }
        ana_rdms *pooled = copied(subjects, in_pool, times_c, once);
        ana_rdms *test = copied(subjects, tested, times_c, once);
        ana_rdms *pool = NULL;
        check_ok(ana_rdms_new(1, pooled->n_conditions, &pool));
        check_ok(ana_rdm_pool(pooled, options->similarity, pooled->n_rdms, pool->values));
        check_ok(ana_rdm_compare(test, pool, NULL, options, values));
        total += ana_stats_mean(n_tested, values);
        n_groups += 1.0;
        ana_rdms_free(pooled);
        ana_rdms_free(test);
        ana_rdms_free(pool);
    }
    return total / n_groups;
}

static void evaluate_copies(const ana_rdms *subjects, const ana_rdms *models, const size_t *groups,
                            const size_t *times_s, const size_t *times_c,
                            const ana_rdm_compare_options *options, double *values)
{
    const bool once = options->similarity >= ANA_RDM_SIM_BURES;
    ana_rdms *drawn = copied(subjects, times_s, times_c, once);
    ana_rdms *model = copied(models, NULL, times_c, once);
    double *similarity = calloc(M * drawn->n_rdms, sizeof *similarity);
    check_ok(ana_rdm_compare(model, drawn, NULL, options, similarity));
    for (size_t m = 0; m < M; m++) {
        values[m] = ana_stats_mean(drawn->n_rdms, similarity + m * drawn->n_rdms);
    }
    values[M] = ceiling_of_copies(subjects, groups, times_s, times_c, options, true);
    values[M + 1] = ceiling_of_copies(subjects, groups, times_s, times_c, options, false);
    free(similarity);
    ana_rdms_free(drawn);
    ana_rdms_free(model);
}

static size_t count_groups(const size_t *groups, const size_t *times)
{
    size_t n = 0;
    for (size_t g = 0; g < S; g++) {
        bool there = false;
        for (size_t s = 0; s < S; s++) {
            there = there || (groups[s] == g && times[s] > 0);
        }
        n += there ? 1 : 0;
    }
    return n;
}

/* Every sample of either, both or neither, against the copies. */
static void check_samples(ana_rdm_similarity similarity, double step, const size_t *groups)
{
    static const size_t apart[S] = {0, 1, 2, 3, 4};
    ana_rdms *subjects = draw_matrices(S, 1, step);
    ana_rdms *models = draw_matrices(M, 2, step);
    size_t times_s[N_SAMPLES * S];
    size_t times_c[N_SAMPLES * N];
    double values[N_SAMPLES * Q];
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    options.compare.similarity = similarity;
    options.groups = groups;
    draw_times(S, "subjects", times_s);
    draw_times(N, "conditions", times_c);
    for (int way = 0; way < 4; way++) {
        const ana_rsa_draws draws = {.n_samples = N_SAMPLES,
                                     .subjects = way & 1 ? times_s : NULL,
                                     .conditions = way & 2 ? times_c : NULL};
        check_ok(ana_rsa_evaluate_draws(subjects, models, NULL, &options, &draws, values));
        for (size_t i = 0; i < N_SAMPLES; i++) {
            double wanted[Q];
            const size_t *of_s = times_s + (way & 1 ? i : 0) * S;
            const size_t *of_c = times_c + (way & 2 ? i : 0) * N;
            const size_t *of_g = groups != NULL ? groups : apart;
            if (count_groups(of_g, of_s) < 2) {
                assert_true(isnan(values[i * Q + M]));
                continue;
            }
            evaluate_copies(subjects, models, of_g, of_s, of_c, &options.compare, wanted);
            check_all_close(Q, values + i * Q, wanted, 1e-11, 1e-11);
        }
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void weights_are_copies_in_every_similarity(void **state)
{
    (void)state;
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_BURES_DISTANCE; s++) {
        check_samples((ana_rdm_similarity)s, 0.0, NULL);
    }
}

static void tied_ranks_and_groups_are_those_of_copies(void **state)
{
    (void)state;
    const size_t groups[S] = {0, 1, 0, 2, 1};
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_WHITENED_CORRELATION; s++) {
        check_samples((ana_rdm_similarity)s, 0.5, groups);
    }
}

static void few_conditions_make_void_samples(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    size_t times[3 * N] = {0};
    double values[3 * Q];
    times[0] = 11;
    times[4] = 2; /* two different ones */
    times[N + 1] = 5;
    times[N + 2] = 5;
    times[N + 7] = 3; /* three */
    times[2 * N + 3] = 13;
    const ana_rsa_draws draws = {.n_samples = 3, .conditions = times};
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_BURES; s++) {
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        options.compare.similarity = (ana_rdm_similarity)s;
        check_ok(ana_rsa_evaluate_draws(subjects, models, NULL, &options, &draws, values));
        for (size_t k = 0; k < Q; k++) {
            assert_true(isnan(values[k]) && isnan(values[2 * Q + k]));
            assert_true(isfinite(values[Q + k]));
        }
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

/* Missing pairs of all matrices are of no sample. */
static void missing_pairs_stay_out_of_every_sample(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    size_t times_s[N_SAMPLES * S];
    size_t times_c[N_SAMPLES * N];
    double values[N_SAMPLES * Q];
    draw_times(S, "subjects", times_s);
    draw_times(N, "conditions", times_c);
    for (size_t k = 0; k < N_PAIRS; k += 7) {
        for (size_t r = 0; r < S; r++) {
            subjects->values[r * N_PAIRS + k] = (double)NAN;
        }
        for (size_t r = 0; r < M; r++) {
            models->values[r * N_PAIRS + k] = (double)NAN;
        }
    }
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_WHITENED_CORRELATION; s++) {
        static const size_t apart[S] = {0, 1, 2, 3, 4};
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        options.compare.similarity = (ana_rdm_similarity)s;
        const ana_rsa_draws draws = {
            .n_samples = N_SAMPLES, .subjects = times_s, .conditions = times_c};
        check_ok(ana_rsa_evaluate_draws(subjects, models, NULL, &options, &draws, values));
        for (size_t i = 0; i < N_SAMPLES; i++) {
            double wanted[Q];
            evaluate_copies(subjects, models, apart, times_s + i * S, times_c + i * N,
                            &options.compare, wanted);
            check_all_close(Q, values + i * Q, wanted, 1e-11, 1e-11);
        }
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void a_flat_model_leaves_the_others_alone(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    for (size_t k = 0; k < N_PAIRS; k++) {
        models->values[N_PAIRS + k] = 2.0;
    }
    for (int s = ANA_RDM_SIM_PEARSON; s <= ANA_RDM_SIM_SPEARMAN; s++) {
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        ana_rsa_bootstrap *b = NULL;
        options.compare.similarity = (ana_rdm_similarity)s;
        options.n_samples = 30;
        options.over = ANA_RSA_BOTH;
        check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b));
        assert_true(isnan(b->estimate[1]) && isnan(b->variance[Q + 1]) && isnan(b->low[1]));
        assert_true(isfinite(b->variance[0]) && isfinite(b->low[2]) && isfinite(b->high[4]));
        assert_true(isnan(ana_rsa_bootstrap_p(b, 0, 1)));
        ana_rsa_bootstrap_free(b);
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void flat_subjects_leave_what_they_are_not_in(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    for (size_t k = 0; k < N_PAIRS; k++) {
        models->values[N_PAIRS + k] = 0.0;
        subjects->values[N_PAIRS + k] = 0.0; /* a sample may hold nothing but that subject */
        subjects->values[2 * N_PAIRS + k] = 0.0;
    }
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_BURES; s++) {
        const bool counted = s == ANA_RDM_SIM_RHO_A || s == ANA_RDM_SIM_TAU_A;
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        ana_rsa_bootstrap *b = NULL;
        options.compare.similarity = (ana_rdm_similarity)s;
        options.n_samples = 30;
        options.over = ANA_RSA_BOTH;
        check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b));
        if (counted) { /* 0 with everything */
            check_close(b->estimate[1], 0.0, 0.0, 0.0);
            assert_true(isfinite(b->variance[0]) && isfinite(b->high[4]));
        } else { /* with the flat subjects no match is known, but in samples without them */
            assert_true(isnan(b->estimate[1]) && isnan(b->low[1]) && isnan(b->low[0]));
            assert_true(isnan(ana_rsa_bootstrap_p(b, 0, 1)));
        }
        ana_rsa_bootstrap_free(b);
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

/* Of subjects alone: the variance is that of a mean, s^2 / S, to the error of 4,000 samples. */
static void drawing_subjects_knows_the_error_of_a_mean(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *b = NULL;
    double values[M * S];
    double difference[S];
    options.over = ANA_RSA_SUBJECTS;
    options.n_samples = 4000;
    check_ok(ana_rdm_compare(models, subjects, NULL, &options.compare, values));
    check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b));
    for (size_t m = 0; m < M; m++) {
        check_close(b->estimate[m], ana_stats_mean(S, values + m * S), 1e-13, 0.0);
        check_close(b->variance[m * Q + m], ana_stats_variance(S, values + m * S, 1) / S, 0.0, 0.1);
        assert_true(b->low[m] < b->estimate[m] && b->estimate[m] < b->high[m]);
    }
    for (size_t s = 0; s < S; s++) {
        difference[s] = values[s] - values[S + s];
    }
    check_close(b->variance[1], ana_stats_variance(S, difference, 1) / S, 0.0, 0.1);
    check_close(b->dof, S - 1.0, 0.0, 0.0);
    assert_true(b->estimate[M] < b->estimate[M + 1]);
    ana_rsa_bootstrap_free(b);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void dual_variances_tests_and_intervals_by_hand(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *b = NULL;
    double column[50];
    double variance[3];
    options.n_samples = 50;
    check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b));
    for (size_t f = 0; f < 3; f++) {
        for (size_t i = 0; i < 50; i++) {
            const double *row = b->values + (f * 50 + i) * Q;
            column[i] = row[0] - row[2];
        }
        variance[f] = ana_stats_variance(50, column, 1);
    }
    const double corrected = 5.0 / 4.0 * variance[0] + 13.0 / 12.0 * variance[1] -
                             65.0 / 48.0 * (variance[2] - variance[0] - variance[1]);
    const double least = fmax(5.0 / 4.0 * variance[0], 13.0 / 12.0 * variance[1]);
    const double wanted = fmin(fmax(corrected, least), variance[2]);
    check_close(b->variance[2], wanted, 0.0, 1e-10);
    const double t = fabs(b->estimate[0] - b->estimate[2]) / sqrt(wanted);
    check_close(ana_rsa_bootstrap_p(b, 0, 2), 2.0 * ana_t_survival(t, 4.0), 1e-9, 0.0);
    check_close(ana_rsa_bootstrap_p(b, 0, ANA_RSA_ZERO),
                ana_t_survival(b->estimate[0] / sqrt(b->variance[0]), 4.0), 1e-12, 0.0);
    check_close(ana_rsa_bootstrap_p(b, 1, 1), 1.0, 0.0, 0.0);
    check_close(b->high[0] - b->estimate[0], ana_t_quantile(0.975, 4.0) * sqrt(b->variance[0]),
                1e-12, 0.0);
    check_close(b->dof, 4.0, 0.0, 0.0);
    const double far[] = {0.1, 0.2, 5.0};
    check_close(ana_rsa_dual_variance(far, 5, 13), 13.0 / 12.0 * 0.2, 1e-15, 0.0);
    const double near[] = {0.1, 0.2, 0.15};
    check_close(ana_rsa_dual_variance(near, 5, 13), 0.15, 1e-15, 0.0);
    ana_rsa_bootstrap_free(b);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

enum {
    N_NEW = 24,      /* conditions of an experiment */
    N_FEATURES = 10, /* that a model knows of them */
    N_CHANNELS = 15,
    N_SUBJECTS = 8,
    N_EXPERIMENTS = 120
};

static void set_euclidean(size_t p, const double *x, double *out)
{
    for (size_t i = 0; i < N_NEW; i++) {
        for (size_t j = i + 1; j < N_NEW; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < p; k++) {
                sum += (x[i * p + k] - x[j * p + k]) * (x[i * p + k] - x[j * p + k]);
            }
            *out++ = sum;
        }
    }
}

/* New conditions and new subjects: features, seen through each subject's own channels in noise. */
static void run_experiment(uint64_t seed, ana_rdms *subjects, ana_rdms *model)
{
    ana_random random = ana_random_stream(seed, "experiment", 0);
    double features[N_NEW * N_FEATURES];
    double weights[N_FEATURES * N_CHANNELS];
    double seen[N_NEW * N_CHANNELS];
    for (size_t k = 0; k < N_NEW * N_FEATURES; k++) {
        features[k] = ana_random_normal(&random);
    }
    set_euclidean(N_FEATURES, features, model->values);
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        for (size_t k = 0; k < N_FEATURES * N_CHANNELS; k++) {
            weights[k] = ana_random_normal(&random);
        }
        for (size_t k = 0; k < N_NEW * N_CHANNELS; k++) {
            seen[k] = 3.0 * ana_random_normal(&random);
            for (size_t f = 0; f < N_FEATURES; f++) {
                seen[k] += features[k / N_CHANNELS * N_FEATURES + f] *
                           weights[f * N_CHANNELS + k % N_CHANNELS];
            }
        }
        set_euclidean(N_CHANNELS, seen, subjects->values + s * ana_rdm_n_pairs(N_NEW));
    }
}

/* Over experiments with new subjects and new conditions, the match varies as the dual bootstrap of
 * one of them says (Schuett et al. 2023), and less than drawing both at once does. A variance of
 * 120 values is known to 13 %. */
static void the_dual_variance_is_that_of_new_experiments(void **state)
{
    (void)state;
    ana_rdms *subjects = NULL;
    ana_rdms *model = NULL;
    double matches[N_EXPERIMENTS];
    double dual = 0.0;
    double both = 0.0;
    check_ok(ana_rdms_new(N_SUBJECTS, N_NEW, &subjects));
    check_ok(ana_rdms_new(1, N_NEW, &model));
    for (uint64_t e = 0; e < N_EXPERIMENTS; e++) {
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        ana_rsa_bootstrap *b = NULL;
        options.compare.similarity = ANA_RDM_SIM_PEARSON;
        options.n_samples = 100;
        options.no_ceilings = true;
        options.run.seed = e;
        run_experiment(e, subjects, model);
        check_ok(ana_rsa_bootstrap_compute(subjects, model, NULL, &options, &b));
        matches[e] = b->estimate[0];
        dual += b->variance[0] / N_EXPERIMENTS;
        both += b->covariance[2 * 9] / N_EXPERIMENTS;
        ana_rsa_bootstrap_free(b);
    }
    const double truth = ana_stats_variance(N_EXPERIMENTS, matches, 1);
    check_close(dual / truth, 1.0, 0.4, 0.0);
    assert_true(both > 1.2 * dual);
    ana_rdms_free(subjects);
    ana_rdms_free(model);
}

/* More conditions than are left out one by one: intervals about the estimate, near the percentiles.
 */
static void many_conditions_are_left_out_in_parts(void **state)
{
    (void)state;
    enum {
        N_MANY = 230
    };
    ana_random random = ana_random_stream(6, "many", 0);
    ana_rdms *rdms = NULL;
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *corrected = NULL;
    ana_rsa_bootstrap *plain = NULL;
    const size_t n_pairs = ana_rdm_n_pairs(N_MANY);
    check_ok(ana_rdms_new(2, N_MANY, &rdms));
    for (size_t k = 0; k < n_pairs; k++) {
        rdms->values[k] = 1.0 + ana_random_uniform(&random);
        rdms->values[n_pairs + k] = rdms->values[k] + ana_random_uniform(&random);
    }
    options.compare.similarity = ANA_RDM_SIM_PEARSON;
    options.over = ANA_RSA_CONDITIONS;
    options.n_samples = 60;
    check_ok(ana_rsa_bootstrap_compute(rdms, rdms, NULL, &options, &corrected));
    options.percentile = true;
    check_ok(ana_rsa_bootstrap_compute(rdms, rdms, NULL, &options, &plain));
    const double width = plain->high[0] - plain->low[0];
    check_close(corrected->low[0], plain->low[0], 0.6 * width, 0.0);
    check_close(corrected->high[0], plain->high[0], 0.6 * width, 0.0);
    assert_true(corrected->low[0] != plain->low[0] && corrected->low[0] < corrected->estimate[0]);
    ana_rsa_bootstrap_free(corrected);
    ana_rsa_bootstrap_free(plain);
    ana_rdms_free(rdms);
}

static void threads_and_repeats_have_the_same_bits(void **state)
{
    (void)state;
    static const ana_rdm_similarity similarities[] = {ANA_RDM_SIM_PEARSON,
                                                      ANA_RDM_SIM_WHITENED_CORRELATION,
                                                      ANA_RDM_SIM_TAU_B, ANA_RDM_SIM_BURES};
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    for (size_t k = 0; k < 4; k++) {
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        ana_rsa_bootstrap *one = NULL;
        ana_rsa_bootstrap *three = NULL;
        options.compare.similarity = similarities[k];
        options.n_samples = similarities[k] == ANA_RDM_SIM_BURES ? 20 : 150;
        options.run = run_of(1, 0);
        check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &one));
        options.run = run_of(3, 0);
        check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &three));
        check_same_bits(3 * options.n_samples * Q, three->values, one->values);
        check_same_bits(Q, three->low, one->low);
        ana_rsa_bootstrap_free(one);
        ana_rsa_bootstrap_free(three);
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void count_warning(void *user, const char *sentence)
{
    size_t *n = user;
    *n += strstr(sentence, "few to draw from") != NULL ? 1 : 0;
    *n += strstr(sentence, "are void") != NULL ? 100 : 0;
}

static void few_conditions_are_warned_of_and_void_samples_counted(void **state)
{
    (void)state;
    size_t n_warnings = 0;
    ana_rdms *subjects = NULL;
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *b = NULL;
    ana_random random = ana_random_stream(1, "few", 0);
    check_ok(ana_rdms_new(4, 4, &subjects));
    for (size_t k = 0; k < 24; k++) {
        subjects->values[k] = 1.0 + ana_random_uniform(&random);
    }
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    options.over = ANA_RSA_CONDITIONS;
    options.n_samples = 200;
    check_ok(ana_rsa_bootstrap_compute(subjects, subjects, NULL, &options, &b));
    /* Of 4^4 draws 4 hold one condition and 84 two. */
    check_close((double)b->n_void, 200.0 * 88.0 / 256.0, 28.0, 0.0);
    assert_int_equal(n_warnings, 101);
    assert_true(isfinite(b->variance[0]));
    ana_rsa_bootstrap_free(b);
    ana_rdms_free(subjects);
}

static void what_cannot_be_drawn_is_refused(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(1, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    double unit[N * N] = {0.0};
    const size_t same[1] = {3};
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *b = NULL;
    for (size_t i = 0; i < N; i++) {
        unit[i * N + i] = 1.0;
    }
    options.groups = same;
    check_fails(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b), ANA_ERR_VALUE,
                "one subject");
    options.over = ANA_RSA_CONDITIONS;
    options.compare.similarity = ANA_RDM_SIM_WHITENED_COSINE;
    check_fails(ana_rsa_bootstrap_compute(subjects, models, unit, &options, &b),
                ANA_ERR_UNSUPPORTED, "cannot draw conditions");
    options.n_samples = 1;
    check_fails(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b), ANA_ERR_VALUE,
                "1 bootstraps");
    options.level = 2.0;
    check_fails(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b), ANA_ERR_VALUE,
                "level");
    models->n_rdms = 0;
    options.level = 0.9;
    check_fails(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &b), ANA_ERR_VALUE,
                "0 models");
    models->n_rdms = M;
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void noise_is_drawn_over_subjects(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    double unit[N * N] = {0.0};
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    ana_rsa_bootstrap *plain = NULL;
    ana_rsa_bootstrap *given = NULL;
    for (size_t i = 0; i < N; i++) {
        unit[i * N + i] = 2.0;
    }
    options.over = ANA_RSA_SUBJECTS;
    options.compare.similarity = ANA_RDM_SIM_WHITENED_CORRELATION;
    options.n_samples = 12;
    check_ok(ana_rsa_bootstrap_compute(subjects, models, NULL, &options, &plain));
    check_ok(ana_rsa_bootstrap_compute(subjects, models, unit, &options, &given));
    check_all_close((size_t)12 * Q, given->values, plain->values, 1e-11, 0.0);
    ana_rsa_bootstrap_free(plain);
    ana_rsa_bootstrap_free(given);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

/* Groups alone are drawn: a group of copies is one subject. */
static void tests_of_conditions_and_groups_use_the_bootstrap(void **state)
{
    (void)state;
    ana_rdms *subjects = draw_matrices(S, 1, 0.0);
    ana_rdms *models = draw_matrices(M, 2, 0.0);
    const size_t groups[S] = {0, 1, 1, 2, 3};
    ana_rsa_options options = ana_rsa_options_default();
    ana_rsa *rsa = NULL;
    options.n_permutations = 0;
    options.n_bootstraps = 100;
    options.groups = groups;
    options.correction = ANA_CORRECTION_HOLM;
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    assert_int_equal(rsa->bootstrap->n_groups, 4);
    check_close(rsa->standard_error[1], sqrt(rsa->bootstrap->variance[Q + 1]), 0.0, 0.0);
    check_close(rsa->p_zero[1], ana_rsa_bootstrap_p(rsa->bootstrap, 1, ANA_RSA_ZERO), 0.0, 0.0);
    check_close(rsa->p_ceiling[2], ana_rsa_bootstrap_p(rsa->bootstrap, 2, M), 0.0, 0.0);
    assert_true(rsa->p_between[1] >= ana_rsa_bootstrap_p(rsa->bootstrap, 0, 1));
    check_close(rsa->low[0], rsa->bootstrap->low[0], 0.0, 0.0);
    ana_rsa_free(rsa);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    static const ana_rdm_similarity similarities[] = {ANA_RDM_SIM_WHITENED_COSINE,
                                                      ANA_RDM_SIM_TAU_A, ANA_RDM_SIM_BURES};
    ana_rdms *subjects = draw_matrices(3, 1, 0.0);
    ana_rdms *models = draw_matrices(2, 2, 0.0);
    size_t times[2 * N];
    double values[8];
    for (size_t i = 0; i < 2 * N; i++) {
        times[i] = i % 3 == 0 ? 2 : i % 3 == 1 ? 0 : 1;
    }
    const ana_rsa_draws draws = {.n_samples = 2, .conditions = times};
    for (size_t k = 0; k < 3; k++) {
        ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
        ana_rsa_bootstrap *b = NULL;
        options.compare.similarity = similarities[k];
        options.n_samples = 2;
        options.run.n_threads = 1;
        options.over = k == 0 ? ANA_RSA_DUAL : ANA_RSA_SUBJECTS;
        ALLOCATION_TEST(ana_rsa_evaluate_draws, (subjects, models, NULL, &options, &draws, values),
                        (void)0);
        ALLOCATION_TEST(ana_rsa_bootstrap_compute, (subjects, models, NULL, &options, &b),
                        ana_rsa_bootstrap_free(b));
    }
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_copies_in_every_similarity),
        cmocka_unit_test(tied_ranks_and_groups_are_those_of_copies),
        cmocka_unit_test(few_conditions_make_void_samples),
        cmocka_unit_test(missing_pairs_stay_out_of_every_sample),
        cmocka_unit_test(a_flat_model_leaves_the_others_alone),
        cmocka_unit_test(flat_subjects_leave_what_they_are_not_in),
        cmocka_unit_test(drawing_subjects_knows_the_error_of_a_mean),
        cmocka_unit_test(dual_variances_tests_and_intervals_by_hand),
        cmocka_unit_test(the_dual_variance_is_that_of_new_experiments),
        cmocka_unit_test(many_conditions_are_left_out_in_parts),
        cmocka_unit_test(threads_and_repeats_have_the_same_bits),
        cmocka_unit_test(few_conditions_are_warned_of_and_void_samples_counted),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
        cmocka_unit_test(noise_is_drawn_over_subjects),
        cmocka_unit_test(tests_of_conditions_and_groups_use_the_bootstrap),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
