#include "support/check.h"
#include "support/fail_nth.h"
#include "support/rising.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/special.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 2,
    N = 4,
    T = 600
};

/* Counts of coupled units under two states, with their design. */
typedef struct fixture {
    ana_observations *counts;
    ana_basis *basis;
    ana_design *design;
    ana_glm_hmm_data data;
} fixture;

/* Two states with other rates and couplings; n_functions exponentials over 4 lags. */
static ana_observations *draw_counts(size_t n_rows, size_t n_units, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.glm_hmm", 0);
    ana_observations *counts = NULL;
    const size_t lengths[2] = {n_rows - n_rows / 3, n_rows / 3};
    check_ok(ana_observations_new(n_rows, n_units, &counts));
    if (n_rows > 2) {
        check_ok(ana_observations_set_sequences(counts, 2, lengths, NULL));
    }
    for (size_t t = 0; t < n_rows; t++) {
        const size_t state = t / 60 % 2;
        for (size_t n = 0; n < n_units; n++) {
            const size_t from = (n + 1 + state) % n_units;
            const double drive = t > 0 ? counts->values[(t - 1) * n_units + from] : 0.0;
            const double sign = n % 2 == 0 ? 0.5 : -0.4;
            const double eta = (state == 0 ? -0.8 : 0.3) * (n < n_units / 2 ? 1.0 : -1.0);
            counts->values[t * n_units + n] =
                (double)ana_random_poisson(&random, log1p(exp(eta + sign * drive)));
        }
    }
    counts->bin_s = 0.02;
    return counts;
}

static fixture make(size_t n_rows, size_t n_units, size_t n_functions, uint64_t seed)
{
    fixture f = {0};
    ana_basis_options basis = ana_basis_options_default();
    basis.family = ANA_BASIS_EXPONENTIAL;
    basis.n_functions = n_functions;
    basis.n_lags = 4;
    f.counts = draw_counts(n_rows, n_units, seed);
    check_ok(ana_basis_new(&basis, &f.basis));
    const ana_design_source source = {.history = f.counts, .basis = f.basis};
    check_ok(ana_design_new(&source, &f.design));
    f.data = (ana_glm_hmm_data){.responses = f.counts, .design = f.design};
    return f;
}

/* The design again, after the counts were changed. */
static void remake(fixture *f)
{
    ana_design_free(f->design);
    const ana_design_source source = {.history = f->counts, .basis = f->basis};
    check_ok(ana_design_new(&source, &f->design));
    f->data.design = f->design;
}

static void release(fixture *f)
{
    ana_design_free(f->design);
    ana_basis_free(f->basis);
    ana_observations_free(f->counts);
}

static ana_glm_hmm_options quick(ana_glm_hmm_prior prior)
{
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    options.n_states = K;
    options.prior = prior;
    options.n_restarts = 2;
    options.max_iterations = 15;
    options.run.seed = 3;
    return options;
}

static ana_glm_hmm *fit_quickly(const fixture *f, ana_glm_hmm_prior prior)
{
    const ana_glm_hmm_options options = quick(prior);
    ana_glm_hmm *fit = NULL;
    check_ok(ana_glm_hmm_fit(&f->data, &options, &fit));
    check_rises(&fit->info);
    return fit;
}

static void likelihoods_are_sums_over_units(void **state)
{
    (void)state;
    fixture f = make(T, N, 2, 1);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_FREE);
    double *rows = calloc((size_t)T * K, sizeof *rows);
    double *panel = calloc(fit->n_columns, sizeof *panel);
    check_ok(ana_glm_hmm_log_emission(fit, &f.data, NULL, rows));
    for (size_t t = 0; t < T; t += 7) {
        check_ok(ana_design_panel(f.design, t, 1, panel));
        for (size_t k = 0; k < K; k++) {
            double sum = 0.0;
            for (size_t n = 0; n < N; n++) {
                const double *own = fit->coefficients + (k * N + n) * fit->n_columns;
                const double y = f.counts->values[t * N + n];
                double eta = 0.0;
                for (size_t c = 0; c < fit->n_columns; c++) {
                    eta += own[c] * panel[c];
                }
                const double mean = log1p(exp(eta));
                sum += y * log(mean) - mean - ana_special_log_factorial((uint64_t)y);
            }
            check_close(rows[t * K + k], sum, 1e-12, 1e-12);
        }
    }
    free(panel);
    free(rows);
    ana_glm_hmm_free(fit);
    release(&f);
}

/* Penalised log-likelihood of a model without states. */
static double penalised(const ana_glm_hmm *model, const fixture *f, double ridge)
{
    double sum = 0.0;
    check_ok(ana_glm_hmm_score(model, &f->data, NULL, &sum));
    for (size_t i = 0; i < model->n_units * model->n_columns; i++) {
        const double w = model->coefficients[i];
        sum -= i % model->n_columns == 0 ? 0.0 : 0.5 * ridge * w * w;
    }
    return sum;
}

static void one_state_is_the_penalised_optimum(void **state)
{
    (void)state;
    fixture f = make(T, N, 2, 2);
    const size_t exact[2] = {128, 0};
    for (size_t i = 0; i < 2; i++) {
        ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
        ana_glm_hmm *fit = NULL;
        options.n_states = 1;
        options.newton_steps = 0;
        options.exact_columns = exact[i];
        check_ok(ana_glm_hmm_fit(&f.data, &options, &fit));
        check_rises(&fit->info);
        const double best = penalised(fit, &f, options.ridge);
        for (size_t c = 0; c < fit->n_units * fit->n_columns; c++) {
            const double kept = fit->coefficients[c];
            for (int side = -1; side <= 1; side += 2) {
                fit->coefficients[c] = kept + 1e-3 * side;
                assert_true(penalised(fit, &f, options.ridge) < best);
            }
            fit->coefficients[c] = kept;
        }
        ana_glm_hmm_free(fit);
    }
    release(&f);
}

/* All combinations that change the M-step; the objective is asserted by fit_quickly. */
static void every_objective_rises(void **state)
{
    (void)state;
    const ana_glm_link links[] = {ANA_GLM_EXP, ANA_GLM_SOFTPLUS, ANA_GLM_SIGMOID,
                                  ANA_GLM_SQRT_SOFTPLUS, ANA_GLM_LOG1P_SOFTPLUS};
    for (size_t i = 0; i < 30; i++) {
        fixture f = make(T / 2, N, 1 + i % 3, 10 + i);
        ana_glm_hmm_options options = quick((ana_glm_hmm_prior)(i % 3));
        ana_glm_hmm *fit = NULL;
        options.family.link = links[i % 5];
        options.exact_columns = i % 4 == 0 ? 0 : 128;
        options.dale = i % 7 == 0;
        options.self = (ana_glm_hmm_self)(i / 3 % 3);
        options.edge_concentration = i % 2 == 0 ? 0.0 : 3.0;
        options.n_restarts = 1;
        check_ok(ana_glm_hmm_fit(&f.data, &options, &fit));
        check_rises(&fit->info);
        assert_true(fit->info.n_trace >= 2);
        ana_glm_hmm_free(fit);
        release(&f);
    }
}

static void signs_are_probabilities_and_weights_follow_them(void **state)
{
    (void)state;
    fixture f = make(2 * T, N, 3, 4);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_ONE_HOT);
    for (size_t i = 0; i < (size_t)K * N * N; i++) {
        const double *p = fit->state_edge + i * 3;
        const double *shared = fit->edge + i % ((size_t)N * N) * 3;
        const double *kernel = fit->kernel + i % ((size_t)N * N) * 3;
        const double *own = fit->coefficients + i / N * fit->n_columns + 1 + i % N * 3;
        const double strength = own[0] + own[1] + own[2];
        check_close(p[0] + p[1] + p[2], 1.0, 1e-12, 0.0);
        check_close(shared[0] + shared[1] + shared[2], 1.0, 1e-12, 0.0);
        check_close(kernel[0] + kernel[1] + kernel[2], 1.0, 1e-12, 0.0);
        for (size_t b = 0; b < 3; b++) {
            assert_true(kernel[b] >= 0.0);
            check_close(own[b], strength * kernel[b], 1e-9, 1e-9);
        }
        assert_true(p[0] < 0.99 || strength < 0.0);
        assert_true(p[2] < 0.99 || strength > 0.0);
    }
    ana_glm_hmm_free(fit);
    release(&f);
}

static void a_stream_filters_as_the_batch_does(void **state)
{
    (void)state;
    fixture f = make(T, N, 2, 5);
    f.counts->values[100 * N + 2] = (double)NAN;
    remake(&f);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_FREE);
    const ana_hmm_chain chain = {K, fit->initial, fit->transition, 0};
    double *rows = calloc((size_t)T * K, sizeof *rows);
    double total = 0.0;
    double streamed = 0.0;
    ana_glm_hmm_stream *stream = NULL;
    check_ok(ana_glm_hmm_log_emission(fit, &f.data, NULL, rows));
    check_ok(ana_glm_hmm_stream_new(fit, &stream));
    for (size_t s = 0; s < f.counts->n_sequences; s++) {
        const size_t first = f.counts->sequence_start[s];
        const size_t n = f.counts->sequence_start[s + 1] - first;
        double part = 0.0;
        check_ok(ana_hmm_filter(&chain, n, rows + first * K, rows + first * K, &part));
        total += part;
        ana_glm_hmm_stream_restart(stream);
        for (size_t t = first; t < first + n; t++) {
            double filtered[K];
            double gained = 0.0;
            check_ok(ana_glm_hmm_step(stream, f.counts->values + t * N, NULL, filtered, &gained));
            check_all_close(K, filtered, rows + t * K, 1e-12, 1e-12);
            streamed += gained;
        }
    }
    double score = 0.0;
    check_ok(ana_glm_hmm_score(fit, &f.data, NULL, &score));
    check_close(score, total, 0.0, 1e-14);
    check_close(streamed, total, 0.0, 1e-13);
    ana_glm_hmm_stream_free(stream);
    free(rows);
    ana_glm_hmm_free(fit);
    release(&f);
}

static void predictions_are_mixtures_of_what_is_known_before(void **state)
{
    (void)state;
    fixture f = make(T, N, 2, 6);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_FREE);
    double *mean = calloc((size_t)T * N, sizeof *mean);
    double *panel = calloc(fit->n_columns, sizeof *panel);
    double before[K];
    ana_glm_hmm_stream *stream = NULL;
    check_ok(ana_glm_hmm_predict(fit, &f.data, NULL, mean));
    check_ok(ana_glm_hmm_stream_new(fit, &stream));
    memcpy(before, fit->initial, sizeof before);
    for (size_t t = 0; t < f.counts->sequence_start[1]; t++) {
        double filtered[K];
        check_ok(ana_design_panel(f.design, t, 1, panel));
        for (size_t n = 0; n < N; n++) {
            double sum = 0.0;
            for (size_t k = 0; k < K; k++) {
                double eta = 0.0;
                for (size_t c = 0; c < fit->n_columns; c++) {
                    eta += fit->coefficients[(k * N + n) * fit->n_columns + c] * panel[c];
                }
                sum += before[k] * log1p(exp(eta));
            }
            check_close(mean[t * N + n], sum, 1e-12, 1e-12);
        }
        check_ok(ana_glm_hmm_step(stream, f.counts->values + t * N, NULL, filtered, NULL));
        before[0] = filtered[0] * fit->transition[0] + filtered[1] * fit->transition[2];
        before[1] = filtered[0] * fit->transition[1] + filtered[1] * fit->transition[3];
    }
    ana_glm_hmm_stream_free(stream);
    free(panel);
    free(mean);
    ana_glm_hmm_free(fit);
    release(&f);
}

static void what_is_drawn_is_decoded_again(void **state)
{
    (void)state;
    fixture f = make(2 * T, N, 1, 7);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_FREE);
    ana_observations *drawn = NULL;
    ana_observations *again = NULL;
    const size_t lengths[2] = {900, 700};
    check_ok(ana_glm_hmm_simulate(fit, 2, lengths, NULL, 11, &drawn));
    check_ok(ana_glm_hmm_simulate(fit, 2, lengths, NULL, 11, &again));
    assert_memory_equal(drawn->values, again->values, 1600 * N * sizeof(double));
    const ana_design_source source = {.history = drawn, .basis = f.basis};
    ana_design *design = NULL;
    ana_hmm_decoding *decoding = NULL;
    check_ok(ana_design_new(&source, &design));
    const ana_glm_hmm_data data = {.responses = drawn, .design = design};
    check_ok(ana_glm_hmm_decode(fit, &data, NULL, &decoding));
    size_t right = 0;
    for (size_t t = 0; t < 1600; t++) {
        right += (int64_t)decoding->path[t] == drawn->labels[t] ? 1 : 0;
    }
    assert_true(right > 1200);
    ana_hmm_decoding_free(decoding);
    ana_design_free(design);
    ana_observations_free(drawn);
    ana_observations_free(again);
    ana_glm_hmm_free(fit);
    release(&f);
}

static void records_hold_all_of_a_fit(void **state)
{
    (void)state;
    for (int prior = 0; prior < 3; prior++) {
        fixture f = make(T, N, 2, 8);
        ana_glm_hmm *fit = fit_quickly(&f, (ana_glm_hmm_prior)prior);
        ana_glm_hmm *back = NULL;
        ana_record *record = NULL;
        ana_record *second = NULL;
        char where[256];
        check_ok(ana_glm_hmm_to_record(fit, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_glm_hmm_from_record(record, &back));
        check_ok(ana_glm_hmm_to_record(back, &second));
        if (!ana_record_equal(record, second, where, sizeof where)) {
            fail_msg("records differ at %s", where);
        }
        double first_score = 0.0;
        double second_score = 0.0;
        check_ok(ana_glm_hmm_score(fit, &f.data, NULL, &first_score));
        check_ok(ana_glm_hmm_score(back, &f.data, NULL, &second_score));
        check_close(second_score, first_score, 0.0, 0.0);
        ana_record_free(record);
        ana_record_free(second);
        ana_glm_hmm_free(back);
        ana_glm_hmm_free(fit);
        release(&f);
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const size_t threads[] = {1, 2, 3, 7};
    for (int prior = 0; prior < 3; prior++) {
        for (size_t exact = 0; exact <= 128; exact += 128) {
            fixture f = make(1500, 10, 2, 9); /* several blocks of rows */
            ana_glm_hmm *first = NULL;
            for (size_t i = 0; i < 4; i++) {
                ana_glm_hmm_options options = quick((ana_glm_hmm_prior)prior);
                ana_glm_hmm *fit = NULL;
                options.max_iterations = 3;
                options.exact_columns = exact;
                options.run.n_threads = threads[i];
                check_ok(ana_glm_hmm_fit(&f.data, &options, &fit));
                check_rises(&fit->info);
                if (first == NULL) {
                    first = fit;
                    continue;
                }
                assert_memory_equal(fit->coefficients, first->coefficients,
                                    K * fit->n_units * fit->n_columns * sizeof(double));
                assert_true(fit->log_likelihood == first->log_likelihood);
                ana_glm_hmm_free(fit);
            }
            ana_glm_hmm_free(first);
            release(&f);
        }
    }
}

static void a_hundred_units_do_not_underflow(void **state)
{
    (void)state;
    fixture f = make(T, 100, 1, 21);
    ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
    ana_glm_hmm *fit = NULL;
    ana_hmm_decoding *decoding = NULL;
    options.coupling = ANA_COUPLING_SELF;
    options.max_iterations = 30;
    check_ok(ana_glm_hmm_fit(&f.data, &options, &fit));
    check_rises(&fit->info);
    check_ok(ana_glm_hmm_decode(fit, &f.data, NULL, &decoding));
    size_t right = 0;
    for (size_t t = 0; t < T; t++) {
        right += (decoding->path[t] == decoding->path[0]) == (t / 60 % 2 == 0) ? 1 : 0;
    }
    assert_true(right > T * 97 / 100);
    ana_hmm_decoding_free(decoding);
    ana_glm_hmm_free(fit);
    release(&f);
}

static void silent_units_are_flagged_and_stay_finite(void **state)
{
    (void)state;
    for (int prior = 0; prior < 3; prior++) {
        fixture f = make(T, N, 2, 22);
        for (size_t t = 0; t < T; t++) {
            f.counts->values[t * N + 1] = 0.0;
        }
        remake(&f);
        ana_glm_hmm *fit = fit_quickly(&f, (ana_glm_hmm_prior)prior);
        assert_int_equal(fit->flags[1], ANA_GLM_HMM_SILENT);
        assert_int_equal(fit->flags[0], 0);
        for (size_t i = 0; i < K * N * fit->n_columns; i++) {
            assert_true(isfinite(fit->coefficients[i]));
        }
        assert_true(isfinite(fit->log_likelihood));
        ana_glm_hmm_free(fit);
        release(&f);
    }
}

static void a_constant_covariate_and_separation_have_an_answer(void **state)
{
    (void)state;
    ana_observations *choices = NULL;
    ana_observations *covariates = NULL;
    ana_design *design = NULL;
    check_ok(ana_observations_new(T, 1, &choices));
    check_ok(ana_observations_new(T, 2, &covariates));
    ana_random random = ana_random_stream(23, "test.glm_hmm", 0);
    for (size_t t = 0; t < T; t++) {
        covariates->values[2 * t] = 3.5;
        covariates->values[2 * t + 1] = ana_random_normal(&random);
        choices->values[t] = covariates->values[2 * t + 1] > 0.0 ? 1.0 : 0.0;
    }
    const ana_design_source source = {.covariates = covariates};
    check_ok(ana_design_new(&source, &design));
    const ana_glm_hmm_data data = {.responses = choices, .design = design};
    ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
    options.family = (ana_glm_family){ANA_GLM_BERNOULLI, ANA_GLM_CANONICAL, 1.0, 0};
    options.n_states = 1;
    options.max_iterations = 100;
    for (int i = 0; i < 2; i++) {
        ana_glm_hmm *fit = NULL;
        options.ridge = i == 0 ? 1.0 : 0.0;
        check_ok(ana_glm_hmm_fit(&data, &options, &fit));
        check_rises(&fit->info);
        assert_true(isfinite(fit->coefficients[0]) && isfinite(fit->coefficients[1]));
        assert_int_equal(fit->flags[0], i == 0 ? 0 : ANA_GLM_HMM_SEPARATED);
        ana_glm_hmm_free(fit);
    }
    ana_design_free(design);
    ana_observations_free(choices);
    ana_observations_free(covariates);
}

static void few_rows_and_many_states_have_an_answer(void **state)
{
    (void)state;
    fixture one = make(1, N, 1, 24);
    ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
    ana_glm_hmm *fit = NULL;
    options.n_states = 1;
    check_ok(ana_glm_hmm_fit(&one.data, &options, &fit));
    check_rises(&fit->info);
    assert_true(isfinite(fit->log_likelihood));
    ana_glm_hmm_free(fit);
    options.n_states = 2;
    check_fails(ana_glm_hmm_fit(&one.data, &options, &fit), ANA_ERR_VALUE, "cannot show 2 states");
    release(&one);
    fixture few = make(12, N, 1, 25);
    options.n_states = 6;
    check_ok(ana_glm_hmm_fit(&few.data, &options, &fit));
    check_rises(&fit->info);
    for (size_t i = 0; i < 6 * N * fit->n_columns; i++) {
        assert_true(isfinite(fit->coefficients[i]));
    }
    ana_glm_hmm_free(fit);
    release(&few);
}

static void zero_transitions_and_equal_states_stay(void **state)
{
    (void)state;
    fixture f = make(T, N, 1, 26);
    ana_glm_hmm *start = fit_quickly(&f, ANA_GLM_HMM_FREE);
    const size_t cells = N * start->n_columns;
    ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
    ana_glm_hmm *fit = NULL;
    start->transition[2] = 0.0;
    start->transition[3] = 1.0;
    check_ok(ana_glm_hmm_fit_from(&f.data, start, &options, &fit));
    check_rises(&fit->info);
    check_close(fit->transition[2], 0.0, 0.0, 0.0);
    ana_glm_hmm_free(fit);
    start->transition[2] = 0.05;
    start->transition[3] = 0.95;
    start->transition[0] = 0.95;
    start->transition[1] = 0.05;
    start->initial[0] = start->initial[1] = 0.5;
    memcpy(start->coefficients + cells, start->coefficients, cells * sizeof(double));
    check_ok(ana_glm_hmm_fit_from(&f.data, start, &options, &fit));
    check_rises(&fit->info);
    assert_true(isfinite(fit->log_likelihood));
    ana_glm_hmm_free(fit);
    ana_glm_hmm_free(start);
    release(&f);
}

/* What lies in the lags after a missing count is not known, and counts for nothing. */
static void missing_counts_and_gaps_carry_no_information(void **state)
{
    (void)state;
    fixture f = make(T, N, 2, 27);
    for (size_t t = 200; t < 220; t++) {
        for (size_t n = 0; n < N; n++) {
            f.counts->values[t * N + n] = (double)NAN;
        }
    }
    remake(&f);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_FREE);
    double *rows = calloc((size_t)T * K, sizeof *rows);
    check_ok(ana_glm_hmm_log_emission(fit, &f.data, NULL, rows));
    for (size_t t = 200; t < 224; t++) {
        check_close(rows[t * K], 0.0, 0.0, 0.0);
        check_close(rows[t * K + 1], 0.0, 0.0, 0.0);
    }
    assert_true(rows[224 * K] != 0.0);
    assert_int_equal(fit->n_rows, T - 23);
    free(rows);
    ana_glm_hmm_free(fit);
    release(&f);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    fixture f = make(T, N, 1, 28);
    ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
    ana_glm_hmm *fit = NULL;
    f.counts->values[5] = 0.5;
    check_fails(ana_glm_hmm_fit(&f.data, &options, &fit), ANA_ERR_VALUE, "0.5");
    f.counts->values[5] = 1.0;
    options.family.link = ANA_GLM_IDENTITY;
    check_fails(ana_glm_hmm_fit(&f.data, &options, &fit), ANA_ERR_VALUE, "");
    options = quick(ANA_GLM_HMM_FREE);
    options.coupling = ANA_COUPLING_MASK;
    check_fails(ana_glm_hmm_fit(&f.data, &options, &fit), ANA_ERR_VALUE, "mask");
    options = quick(ANA_GLM_HMM_ONE_HOT);
    const ana_design_source rows = {.rows = f.counts};
    ana_design *plain = NULL;
    check_ok(ana_design_new(&rows, &plain));
    const ana_glm_hmm_data no_history = {.responses = f.counts, .design = plain};
    check_fails(ana_glm_hmm_fit(&no_history, &options, &fit), ANA_ERR_VALUE, "no history");
    ana_glm_hmm *other = fit_quickly(&f, ANA_GLM_HMM_FREE);
    double score = 0.0;
    check_fails(ana_glm_hmm_score(other, &no_history, NULL, &score), ANA_ERR_SHAPE, "columns");
    check_fails(ana_glm_hmm_fit_from(&no_history, other, NULL, &fit), ANA_ERR_SHAPE, "columns");
    ana_glm_hmm_stream *stream = NULL;
    double filtered[K];
    const double wrong[N] = {0.0, -1.0, 0.0, 0.0};
    check_ok(ana_glm_hmm_stream_new(other, &stream));
    check_fails(ana_glm_hmm_step(stream, wrong, NULL, filtered, NULL), ANA_ERR_VALUE, "-1");
    ana_glm_hmm_stream_free(stream);
    ana_glm_hmm_free(other);
    ana_design_free(plain);
    release(&f);
}

static void a_mask_keeps_weights_at_zero(void **state)
{
    (void)state;
    fixture f = make(T, N, 2, 29);
    const uint8_t mask[N * N] = {1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1};
    f.data.mask = mask;
    for (size_t exact = 0; exact <= 128; exact += 128) {
        ana_glm_hmm_options options = quick(ANA_GLM_HMM_FREE);
        ana_glm_hmm *fit = NULL;
        options.coupling = ANA_COUPLING_MASK;
        options.exact_columns = exact;
        check_ok(ana_glm_hmm_fit(&f.data, &options, &fit));
        check_rises(&fit->info);
        for (size_t i = 0; i < (size_t)K * N * N; i++) {
            const double *own = fit->coefficients + i / N * fit->n_columns + 1 + i % N * 2;
            assert_true((own[0] != 0.0) == (mask[i % (N * N)] != 0));
        }
        ana_glm_hmm_free(fit);
    }
    release(&f);
}

static void states_are_found_in_another_order(void **state)
{
    (void)state;
    fixture f = make(T, N, 1, 31);
    ana_glm_hmm *fit = fit_quickly(&f, ANA_GLM_HMM_FREE);
    ana_glm_hmm *other = NULL;
    ana_record *record = NULL;
    size_t partner[K];
    check_ok(ana_glm_hmm_to_record(fit, &record));
    check_ok(ana_glm_hmm_from_record(record, &other));
    const size_t cells = N * fit->n_columns;
    memcpy(other->coefficients, fit->coefficients + cells, cells * sizeof(double));
    memcpy(other->coefficients + cells, fit->coefficients, cells * sizeof(double));
    other->coefficients[0] += 0.01;
    check_ok(ana_glm_hmm_match(fit, other, partner));
    assert_int_equal(partner[0], 1);
    assert_int_equal(partner[1], 0);
    check_ok(ana_glm_hmm_match(fit, fit, partner));
    assert_int_equal(partner[0], 0);
    other->n_columns--;
    check_fails(ana_glm_hmm_match(fit, other, partner), ANA_ERR_SHAPE, "cannot be matched");
    other->n_columns++;
    ana_record_free(record);
    ana_glm_hmm_free(other);
    ana_glm_hmm_free(fit);
    release(&f);
}

static ana_status everything(void *user)
{
    fixture *f = user;
    ana_glm_hmm_options options = quick(ANA_GLM_HMM_ONE_HOT);
    ana_glm_hmm *fit = NULL;
    ana_glm_hmm *back = NULL;
    ana_record *record = NULL;
    ana_hmm_decoding *decoding = NULL;
    ana_glm_hmm_stream *stream = NULL;
    ana_observations *drawn = NULL;
    const size_t length = 5;
    double mean[30 * N];
    size_t partner[K];
    options.max_iterations = 1;
    options.run.n_threads = 1;
    ana_status status = ana_glm_hmm_fit(&f->data, &options, &fit);
    status = status == ANA_OK ? ana_glm_hmm_to_record(fit, &record) : status;
    status = status == ANA_OK ? ana_glm_hmm_from_record(record, &back) : status;
    status = status == ANA_OK ? ana_glm_hmm_decode(fit, &f->data, NULL, &decoding) : status;
    status = status == ANA_OK ? ana_glm_hmm_predict(fit, &f->data, NULL, mean) : status;
    status = status == ANA_OK ? ana_glm_hmm_stream_new(fit, &stream) : status;
    status = status == ANA_OK ? ana_glm_hmm_simulate(fit, 1, &length, NULL, 1, &drawn) : status;
    status = status == ANA_OK ? ana_glm_hmm_match(fit, back, partner) : status;
    ana_observations_free(drawn);
    ana_glm_hmm_stream_free(stream);
    ana_hmm_decoding_free(decoding);
    ana_record_free(record);
    ana_glm_hmm_free(back);
    ana_glm_hmm_free(fit);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    fixture f = make(30, N, 2, 30);
    assert_true(check_each_allocation(everything, &f, 1) >= 20);
    release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihoods_are_sums_over_units),
        cmocka_unit_test(one_state_is_the_penalised_optimum),
        cmocka_unit_test(every_objective_rises),
        cmocka_unit_test(signs_are_probabilities_and_weights_follow_them),
        cmocka_unit_test(a_stream_filters_as_the_batch_does),
        cmocka_unit_test(predictions_are_mixtures_of_what_is_known_before),
        cmocka_unit_test(what_is_drawn_is_decoded_again),
        cmocka_unit_test(records_hold_all_of_a_fit),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(a_hundred_units_do_not_underflow),
        cmocka_unit_test(silent_units_are_flagged_and_stay_finite),
        cmocka_unit_test(a_constant_covariate_and_separation_have_an_answer),
        cmocka_unit_test(few_rows_and_many_states_have_an_answer),
        cmocka_unit_test(zero_transitions_and_equal_states_stay),
        cmocka_unit_test(missing_counts_and_gaps_carry_no_information),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_mask_keeps_weights_at_zero),
        cmocka_unit_test(states_are_found_in_another_order),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("glm_hmm", tests, NULL, NULL);
}
