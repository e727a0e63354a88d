/* Other losses than squares, other starts, and all factors at once. */
#include "ntf_divergence.h"
#include "ntf_engine.h"
#include "ntf_search.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/ntf_world.h"

#include <analysis/linalg.h>
#include <analysis/models/ntf.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double betas[] = {-0.5, 0.0, 0.3, 1.0, 1.5, 2.0, 3.0};

enum {
    N_BETAS = sizeof betas / sizeof betas[0],
    N_SMALL = 4 * 3 * 5
};

static const size_t small[] = {4, 3, 5};

/* d(x | y) by its definition. */
static double divergence(double x, double y, double beta)
{
    if (beta == 1.0) {
        return (x > 0.0 ? x * log(x / y) : 0.0) - x + y;
    }
    if (beta == 0.0) {
        return x / y - log(x / y) - 1.0;
    }
    return (pow(x, beta) + (beta - 1.0) * pow(y, beta) - beta * x * pow(y, beta - 1.0)) /
           (beta * (beta - 1.0));
}

/* Of a small tensor, with penalties; NaN does not count. */
typedef struct problem {
    double values[N_SMALL];
    double weights[N_SMALL];
    double beta;
    double sparsity;
    double smoothness;
    bool symmetric;
    size_t lengths[3];
} problem;

static double objective_of(const problem *self, double *const *factors, size_t rank)
{
    const size_t *n = self->lengths;
    double sum = 0.0;
    for (size_t k = 0; k < n[0] * n[1] * n[2]; k++) {
        double y = 0.0;
        for (size_t r = 0; r < rank; r++) {
            y += factors[0][k / n[2] / n[1] * rank + r] * factors[1][k / n[2] % n[1] * rank + r] *
                 factors[2][k % n[2] * rank + r];
        }
        sum += isnan(self->values[k])
                   ? 0.0
                   : self->weights[k] * divergence(self->values[k], y, self->beta);
    }
    for (size_t m = 0; m < 3; m++) {
        for (size_t k = 0; k < n[m] * rank; k++) {
            const double step = m == 2 && k >= rank ? factors[m][k] - factors[m][k - rank] : 0.0;
            const double size = m == 2 ? step : factors[m][k];
            sum += self->sparsity * factors[m][k] + 0.5 * self->smoothness * size * size;
        }
    }
    return sum;
}

static void make_problem(bool weighted, double beta, problem *out)
{
    double *draws = ntf_draw(2 * N_SMALL, 31);
    *out = (problem){.beta = beta, .lengths = {small[0], small[1], small[2]}};
    for (size_t k = 0; k < N_SMALL; k++) {
        out->values[k] = 0.2 + draws[k];
        out->weights[k] = weighted ? draws[N_SMALL + k] : 1.0;
        if (weighted && k % 11 == 3) {
            out->values[k] = (double)NAN;
        } else if (k % 7 == 2 && beta > 0.0) {
            out->values[k] = 0.0;
        }
    }
    free(draws);
}

static ana_tensor *tensor_of(const problem *self, bool weighted)
{
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_dense(3, self->lengths, self->values, weighted ? self->weights : NULL, NULL,
                              &tensor));
    return tensor;
}

/* Values against the definition, slopes against central differences of it. */
static void divergences_and_gradients_are_as_defined(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2 * N_BETAS; k++) {
        problem self;
        const size_t rank = 2;
        double *factors[3];
        double *parts[6];
        ana_workspace workspace = {0};
        ntf_divergence found;
        ntf_reading reading;
        ntf_subject subject = {.value = 0.0};
        make_problem(k % 2 == 1, betas[k / 2], &self);
        ana_tensor *tensor = tensor_of(&self, k % 2 == 1);
        check_ok(ntf_divergence_of(tensor, self.beta, NULL, &found));
        check_ok(ntf_reading_new(tensor, NULL, rank, 1, true, &workspace, &reading));
        for (size_t m = 0; m < 3; m++) {
            factors[m] = ntf_draw(small[m] * rank, 40 + m);
            parts[2 * m] = ntf_draw(small[m] * rank, 0);
            parts[2 * m + 1] = ntf_draw(small[m] * rank, 0);
            subject.factors[m] = factors[m];
            subject.up[m] = parts[2 * m];
            subject.down[m] = parts[2 * m + 1];
        }
        reading.divergence = &found;
        reading.subjects = &subject;
        reading.n_subjects = 1;
        reading.wants_value = true;
        check_ok(ntf_read(&reading));
        const double wanted = objective_of(&self, factors, rank);
        check_close(subject.value, wanted, 1e-12, 1e-12);
        for (size_t m = 0; m < 3; m++) {
            for (size_t i = 0; i < small[m] * rank; i++) {
                const double value = factors[m][i];
                const double h = 1e-5 * value;
                factors[m][i] = value + h;
                const double above = objective_of(&self, factors, rank);
                factors[m][i] = value - h;
                const double below = objective_of(&self, factors, rank);
                factors[m][i] = value;
                /* Of differences: h^2 of the third derivative, and rounding over h. */
                check_close(subject.down[m][i] - subject.up[m][i], (above - below) / (2.0 * h),
                            1e-6, 1e-6);
            }
        }
        for (size_t m = 0; m < 3; m++) {
            free(factors[m]);
            free(parts[2 * m]);
            free(parts[2 * m + 1]);
        }
        ana_workspace_release(&workspace);
        ana_tensor_free(tensor);
    }
}

static ana_ntf *start_small(const size_t *lengths_of, size_t rank)
{
    ana_ntf *start = NULL;
    check_ok(ana_ntf_new(3, lengths_of, rank, &start));
    for (size_t m = 0; m < 3; m++) {
        double *values = ntf_draw(lengths_of[m] * rank, 50 + m);
        memcpy(start->factors[m], values, lengths_of[m] * rank * sizeof *values);
        free(values);
    }
    for (size_t r = 0; r < rank; r++) {
        start->weights[r] = 1.0;
    }
    return start;
}

static void multiplicative_steps_never_raise_a_divergence(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4 * N_BETAS; k++) {
        problem self;
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        const bool weighted = k % 2 == 1;
        make_problem(weighted, betas[k / 4], &self);
        ana_tensor *tensor = tensor_of(&self, weighted);
        ana_ntf *start = start_small(small, 3);
        options.loss = ANA_NTF_BETA;
        options.beta = self.beta;
        options.sparsity = k / 2 % 2 == 1 ? 0.05 : 0.0;
        options.max_iterations = 200;
        options.tolerance = 0.0;
        check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fit));
        check_ntf_never_falls(fit);
        assert_true(fit->info.trace[200] > fit->info.trace[0] + 0.01);
        ana_ntf_free(fit);
        ana_ntf_free(start);
        ana_tensor_free(tensor);
    }
}

/* Two programs of one formula: by whole tiles, and by products of the unfolded tensor. */
static void beta_two_is_squares(void **state)
{
    (void)state;
    problem self;
    make_problem(false, 2.0, &self);
    ana_tensor *tensor = tensor_of(&self, false);
    ana_ntf *start = start_small(small, 3);
    ana_ntf *fits[2] = {NULL};
    ana_ntf_options options = ana_ntf_options_default();
    options.method = ANA_NTF_MULTIPLICATIVE;
    options.max_iterations = 50;
    options.tolerance = 0.0;
    check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fits[0]));
    options.loss = ANA_NTF_BETA;
    options.beta = 2.0;
    check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fits[1]));
    check_ntf_same(fits[0], fits[1], 1e-11);
    ana_ntf_free(fits[0]);
    ana_ntf_free(fits[1]);
    ana_ntf_free(start);
    ana_tensor_free(tensor);
}

/* Of rank 1 the Kullback-Leibler divergence has one minimum: the product of the sums over all other
 * modes. */
static void one_component_of_counts_is_the_product_of_their_sums(void **state)
{
    (void)state;
    const ana_ntf_method found_by[] = {ANA_NTF_MULTIPLICATIVE, ANA_NTF_POISSON_REGRESSION,
                                       ANA_NTF_TOGETHER};
    problem self;
    make_problem(false, 1.0, &self);
    ana_tensor *tensor = tensor_of(&self, false);
    double sums[3][5] = {{0.0}};
    for (size_t k = 0; k < N_SMALL; k++) {
        sums[0][k / 15] += self.values[k];
        sums[1][k / 5 % 3] += self.values[k];
        sums[2][k % 5] += self.values[k];
    }
    for (size_t k = 0; k < 3; k++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        options.loss = ANA_NTF_KL;
        options.method = found_by[k];
        options.rank = 1;
        options.n_restarts = 2;
        options.tolerance = 1e-14;
        check_ok(ana_ntf_fit(tensor, &options, &fit));
        for (size_t m = 0; m < 3; m++) {
            double norm = 0.0;
            for (size_t i = 0; i < small[m]; i++) {
                norm += sums[m][i] * sums[m][i];
            }
            for (size_t i = 0; i < small[m]; i++) {
                check_close(fit->factors[m][i], sums[m][i] / sqrt(norm), 1e-6, 0.0);
            }
        }
        ana_ntf_free(fit);
    }
    ana_tensor_free(tensor);
}

/* No direction lowers the objective at what was found: Karush, Kuhn and Tucker, with slopes by
 * differences of the definition. `scale`: of the slopes. */
static void check_minimum(const problem *self, const ana_ntf *fit, double tolerance)
{
    double *factors[3];
    for (size_t m = 0; m < 3; m++) {
        factors[m] = malloc(self->lengths[m] * fit->rank * sizeof(double));
        assert_non_null(factors[m]);
        for (size_t i = 0; i < self->lengths[m] * fit->rank; i++) {
            factors[m][i] = fit->factors[m][i] * pow(fit->weights[i % fit->rank], 1.0 / 3.0);
        }
    }
    for (size_t m = 0; m < 3; m++) {
        for (size_t i = 0; i < self->lengths[m] * fit->rank; i++) {
            const double value = factors[m][i];
            const double h = 1e-5;
            factors[m][i] = value + h;
            double above = objective_of(self, factors, fit->rank);
            factors[m][i] = value > h ? value - h : value;
            const double below = objective_of(self, factors, fit->rank);
            factors[m][i] = value;
            const double slope = (above - below) / (value > h ? 2.0 * h : h);
            assert_true(value > h ? fabs(slope) < tolerance : slope > -tolerance);
        }
    }
    for (size_t m = 0; m < 3; m++) {
        free(factors[m]);
    }
}

static void all_factors_at_once_reach_a_minimum(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2 * N_BETAS; k++) {
        problem self;
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        const bool weighted = k % 2 == 1;
        make_problem(weighted, betas[k / 2], &self);
        ana_tensor *tensor = tensor_of(&self, weighted);
        options.method = ANA_NTF_TOGETHER;
        options.loss = self.beta == 2.0 ? ANA_NTF_FROBENIUS : ANA_NTF_BETA;
        options.beta = self.beta;
        options.rank = 2;
        options.n_restarts = 3;
        options.tolerance = 1e-15;
        options.max_iterations = 4000;
        check_ok(ana_ntf_fit(tensor, &options, &fit));
        check_ntf_never_falls(fit);
        assert_true(fit->info.converged);
        check_minimum(&self, fit, 2e-3);
        ana_ntf_free(fit);
        ana_tensor_free(tensor);
    }
}

static void all_factors_at_once_find_what_was_planted(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(1);
    double *values = ntf_expand(truth, 0.0);
    ana_tensor *tensor = ntf_dense(values);
    for (size_t loss = 0; loss < 2; loss++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        double similarity = 0.0;
        options.method = ANA_NTF_TOGETHER;
        options.loss = (ana_ntf_loss)loss;
        options.rank = RANK;
        options.n_restarts = 4;
        options.max_iterations = 600;
        options.tolerance = 1e-9;
        check_ok(ana_ntf_fit(tensor, &options, &fit));
        check_ok(ana_ntf_match(truth, fit, NULL, NULL, &similarity));
        check_ntf_never_falls(fit);
        assert_true(similarity > 0.99);
        ana_ntf_free(fit);
    }
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

/* Counts, most of them 0: bounds are met at once, and slopes are steep there. */
static void all_factors_at_once_explain_counts_as_well_as_steps_do(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(2, "test.ntf.counts", 0);
    ana_ntf *truth = ntf_plant(2);
    double *values = ntf_expand(truth, 0.0);
    ana_ntf *fits[2] = {NULL};
    size_t n_zero = 0;
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        values[k] = (double)ana_random_poisson(&random, 40.0 * values[k] + 0.05);
        n_zero += values[k] > 0.0 ? 0 : 1;
    }
    assert_true(n_zero > (size_t)N * N * T / 4);
    ana_tensor *tensor = ntf_dense(values);
    for (size_t k = 0; k < 2; k++) {
        ana_ntf_options options = ana_ntf_options_default();
        options.loss = ANA_NTF_KL;
        options.method = k == 0 ? ANA_NTF_MULTIPLICATIVE : ANA_NTF_TOGETHER;
        options.rank = RANK;
        options.n_restarts = 2;
        options.run.n_threads = 1;
        check_ok(ana_ntf_fit(tensor, &options, &fits[k]));
        check_ntf_never_falls(fits[k]);
    }
    assert_true(fits[1]->info.objective > fits[0]->info.objective - 1e-4);
    ana_ntf_free(fits[0]);
    ana_ntf_free(fits[1]);
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

/* Affinities never made, and their whole array, with and without missing neurons. */
static void all_factors_at_once_of_affinities_are_those_of_their_array(void **state)
{
    (void)state;
    static double values[N * N * T];
    ana_ntf *start = ntf_start(3);
    for (size_t k = 0; k < 8; k++) {
        ana_affinity *affinity = ntf_affinity(k % 2 == 1);
        ana_tensor *tensors[2] = {NULL};
        ana_ntf *fits[2] = {NULL};
        ana_ntf_options options = ana_ntf_options_default();
        options.method = ANA_NTF_TOGETHER;
        options.loss = k / 4 == 1 ? ANA_NTF_KL : ANA_NTF_FROBENIUS;
        options.symmetric = k / 2 % 2 == 1;
        options.max_iterations = 6; /* before rounding grows */
        options.tolerance = 0.0;
        check_ok(ana_affinity_materialise(affinity, NULL, false, values));
        tensors[0] = ntf_dense(values);
        check_ok(ana_tensor_affinity(affinity, &tensors[1]));
        for (size_t q = 0; q < 2; q++) {
            check_ok(ana_ntf_fit_from(tensors[q], start, NULL, &options, &fits[q]));
            check_ntf_never_falls(fits[q]);
            if (options.symmetric) {
                assert_memory_equal(fits[q]->factors[0], fits[q]->factors[1],
                                    sizeof(double) * N * 3);
            }
        }
        check_ntf_same(fits[0], fits[1], 1e-7);
        for (size_t q = 0; q < 2; q++) {
            ana_ntf_free(fits[q]);
            ana_tensor_free(tensors[q]);
        }
        ana_affinity_free(affinity);
    }
    ana_ntf_free(start);
}

static void penalties_enter_the_common_gradient(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        problem self;
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        const bool fixed[] = {false, true, false};
        make_problem(true, k == 0 ? 2.0 : 1.0, &self);
        ana_tensor *tensor = tensor_of(&self, true);
        ana_ntf *start = start_small(small, 2);
        options.method = ANA_NTF_TOGETHER;
        options.loss = k == 0 ? ANA_NTF_FROBENIUS : ANA_NTF_KL;
        options.tolerance = 1e-15;
        options.max_iterations = 4000;
        options.sparsity = 0.1;
        options.smoothness = 0.5;
        check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fit));
        check_ntf_never_falls(fit);
        assert_true(fit->info.converged);
        /* Factors of unit norm do not say how the penalties share out; the objective does. */
        const double found = fit->info.objective;
        ana_ntf_free(fit);
        options.method = k == 0 ? ANA_NTF_HALS : ANA_NTF_MULTIPLICATIVE;
        options.smoothness = k == 0 ? options.smoothness : 0.0;
        options.reseed = false;
        check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fit));
        if (k == 0) {
            check_close(found, fit->info.objective, 1e-3, 0.0);
        } else {
            assert_true(found < fit->info.objective); /* the smooth one pays more */
        }
        ana_ntf_free(fit);
        check_ok(ana_ntf_fit_from(tensor, start, fixed, &options, &fit));
        options.method = ANA_NTF_TOGETHER;
        ana_ntf_free(fit);
        check_ok(ana_ntf_fit_from(tensor, start, fixed, &options, &fit));
        for (size_t i = 0; i < 6; i++) {
            double norm = 0.0;
            for (size_t j = i % 2; j < 6; j += 2) {
                norm += start->factors[1][j] * start->factors[1][j];
            }
            check_close(fit->factors[1][i], start->factors[1][i] / sqrt(norm), 1e-13, 0.0);
        }
        ana_ntf_free(fit);
        ana_ntf_free(start);
        ana_tensor_free(tensor);
    }
}

/* Least squares of a random matrix, with x >= 0. */
static void searches_stop_where_bounds_or_slopes_say(void **state)
{
    (void)state;
    enum {
        ROWS = 30,
        COLUMNS = 17
    };
    for (uint64_t item = 0; item < 20; item++) {
        ana_random random = ana_random_stream(item, "test.search", 0);
        ana_workspace workspace = {0};
        ntf_search search;
        double a[ROWS][COLUMNS];
        double b[ROWS];
        ntf_search_new(COLUMNS, &workspace, &search);
        check_ok(ana_workspace_check(&workspace, "test"));
        for (size_t i = 0; i < ROWS; i++) {
            b[i] = ana_random_normal(&random);
            for (size_t j = 0; j < COLUMNS; j++) {
                a[i][j] = ana_random_normal(&random) + 0.5;
                search.trial[j] = ana_random_uniform(&random);
            }
        }
        ntf_search_state told = NTF_SEARCH_ASKS;
        double last = INFINITY;
        size_t n_zero = 0;
        for (size_t n = 0; n < 2000 && told != NTF_SEARCH_ENDED; n++) {
            double value = 0.0;
            memset(search.trial_gradient, 0, COLUMNS * sizeof(double));
            for (size_t i = 0; i < ROWS; i++) {
                double rest = -b[i];
                for (size_t j = 0; j < COLUMNS; j++) {
                    assert_true(search.trial[j] >= 0.0);
                    rest += a[i][j] * search.trial[j];
                }
                value += 0.5 * rest * rest;
                for (size_t j = 0; j < COLUMNS; j++) {
                    search.trial_gradient[j] += rest * a[i][j];
                }
            }
            told = n == 0 ? ntf_search_begin(&search, value) : ntf_search_tell(&search, value);
            assert_true(search.value <= last);
            last = search.value;
        }
        for (size_t j = 0; j < COLUMNS; j++) {
            n_zero += search.x[j] > 0.0 ? 0 : 1;
            assert_true(search.x[j] > 0.0 ? fabs(search.gradient[j]) < 1e-5
                                          : search.gradient[j] > -1e-5);
        }
        assert_true(n_zero > 2 && n_zero < COLUMNS);
        ana_workspace_release(&workspace);
    }
}

/* By the singular value decomposition of the unfolding itself. */
static void check_start(const double *values, size_t mode, const double *factor, size_t rank)
{
    static double unfolded[N * N * T];
    static double u[N * N * T];
    static double vt[N * N * T];
    double s[T];
    const size_t n = lengths[mode];
    const size_t n_columns = (size_t)N * N * T / n;
    const size_t n_values = n < n_columns ? n : n_columns;
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        const size_t index[] = {k / T / N, k / T % N, k % T};
        const size_t column = mode == 0   ? k % ((size_t)N * T)
                              : mode == 1 ? index[0] * T + index[2]
                                          : k / T;
        unfolded[index[mode] * n_columns + column] = values[k];
    }
    check_ok(ana_linalg_svd(n, n_columns, unfolded, u, s, vt));
    for (size_t r = 0; r < rank; r++) {
        double squares[4] = {0.0}; /* of u above and below 0, of v */
        for (size_t i = 0; i < n; i++) {
            const double value = u[i * n_values + r];
            squares[value < 0.0 ? 1 : 0] += value * value;
        }
        for (size_t j = 0; j < n_columns; j++) {
            const double value = vt[r * n_columns + j];
            squares[value < 0.0 ? 3 : 2] += value * value;
        }
        const double sign = squares[0] * squares[2] >= squares[1] * squares[3] ? 1.0 : -1.0;
        double norms[2] = {0.0};
        double common = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double wanted = fmax(0.0, sign * u[i * n_values + r]);
            common += wanted * factor[i * rank + r];
            norms[0] += wanted * wanted;
            norms[1] += factor[i * rank + r] * factor[i * rank + r];
        }
        /* Zeros became a hundredth of the mean. */
        assert_true(common / sqrt(norms[0] * norms[1]) > 0.9999);
    }
}

static void singular_vectors_begin_as_they_should(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(3);
    double *values = ntf_expand(truth, 0.05);
    ana_tensor *tensor = ntf_dense(values);
    double *factors[3];
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fits[2] = {NULL};
    for (size_t m = 0; m < 3; m++) {
        factors[m] = ntf_draw(lengths[m] * RANK, 0);
    }
    check_ok(ntf_start_nndsvd(tensor, NULL, RANK, factors));
    for (size_t m = 0; m < 3; m++) {
        check_start(values, m, factors[m], RANK);
        free(factors[m]);
    }
    options.init = ANA_NTF_NNDSVD;
    options.n_restarts = 1;
    options.rank = 15; /* more than some modes have */
    options.max_iterations = 5;
    for (size_t k = 0; k < 2; k++) {
        options.run.seed = k;
        check_ok(ana_ntf_fit(tensor, &options, &fits[k]));
    }
    check_ntf_same(fits[0], fits[1], 0.0);
    for (size_t k = 0; k < 2; k++) {
        ana_ntf_free(fits[k]);
    }
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    ana_affinity *affinity = ntf_affinity(true);
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    for (size_t k = 0; k < 4; k++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fits[2] = {NULL};
        options.rank = 5;
        options.n_restarts = 4;
        options.max_iterations = 6;
        options.init = ANA_NTF_NNDSVD;
        options.method = k % 2 == 1 ? ANA_NTF_TOGETHER : ANA_NTF_AUTO;
        options.loss = k / 2 == 1 ? ANA_NTF_KL : ANA_NTF_FROBENIUS;
        for (size_t q = 0; q < 2; q++) {
            options.run.n_threads = q == 0 ? 1 : 3;
            check_ok(ana_ntf_fit(tensor, &options, &fits[q]));
        }
        check_ntf_same(fits[0], fits[1], 0.0);
        ana_ntf_free(fits[0]);
        ana_ntf_free(fits[1]);
    }
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    ana_affinity *affinity = ntf_affinity(false);
    ana_tensor *tensor = NULL;
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    options.loss = ANA_NTF_KL;
    options.method = ANA_NTF_HALS;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "hals does not go");
    options.method = ANA_NTF_AUTO;
    options.smoothness = 1.0;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "smoothness");
    options.smoothness = 0.0;
    options.symmetric = true;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "together");
    options.symmetric = false;
    options.loss = ANA_NTF_BETA;
    options.beta = 0.0; /* a neuron with itself is 0 */
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "value 0 is 0");
    options.beta = 9.0;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "beta");
    options.beta = 0.5;
    options.method = ANA_NTF_POISSON_REGRESSION;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "kl does");
    options = ana_ntf_options_default();
    options.run.max_memory = 20000;
    options.init = ANA_NTF_NNDSVD;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_LIMIT, "memory");
    options.init = ANA_NTF_RANDOM;
    options.loss = ANA_NTF_KL;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_LIMIT, "memory");
    options.method = ANA_NTF_TOGETHER;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_LIMIT, "memory");
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
    const double flat[] = {0.5, 0.5, 0.5, 0.5};
    const size_t sizes[] = {2, 2};
    check_ok(ana_tensor_dense(2, sizes, flat, NULL, NULL, &tensor));
    options = ana_ntf_options_default();
    options.loss = ANA_NTF_KL;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "0.5");
    ana_tensor_free(tensor);
    assert_null(fit);
}

static ana_status fit_all(void *user)
{
    const ana_tensor *tensor = user;
    ana_status status = ANA_OK;
    for (size_t k = 0; k < 3 && status == ANA_OK; k++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        options.rank = 2;
        options.n_restarts = 2;
        options.max_iterations = 1;
        options.init = k == 0 ? ANA_NTF_NNDSVD : ANA_NTF_RANDOM;
        options.method = k > 0 ? ANA_NTF_TOGETHER : ANA_NTF_AUTO;
        options.loss = k < 2 ? ANA_NTF_KL : ANA_NTF_FROBENIUS;
        status = ana_ntf_fit(tensor, &options, &fit);
        ana_ntf_free(fit);
    }
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    problem self;
    make_problem(true, 1.0, &self);
    ana_tensor *tensor = tensor_of(&self, true);
    assert_true(check_each_allocation(fit_all, tensor, 0) > 60);
    ana_tensor_free(tensor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divergences_and_gradients_are_as_defined),
        cmocka_unit_test(multiplicative_steps_never_raise_a_divergence),
        cmocka_unit_test(beta_two_is_squares),
        cmocka_unit_test(one_component_of_counts_is_the_product_of_their_sums),
        cmocka_unit_test(all_factors_at_once_reach_a_minimum),
        cmocka_unit_test(all_factors_at_once_find_what_was_planted),
        cmocka_unit_test(all_factors_at_once_explain_counts_as_well_as_steps_do),
        cmocka_unit_test(all_factors_at_once_of_affinities_are_those_of_their_array),
        cmocka_unit_test(penalties_enter_the_common_gradient),
        cmocka_unit_test(searches_stop_where_bounds_or_slopes_say),
        cmocka_unit_test(singular_vectors_begin_as_they_should),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("ntf losses", tests, NULL, NULL);
}
