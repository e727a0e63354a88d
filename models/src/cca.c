/* Canonical correlations by the singular vectors of both systems. */
#include "dense.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "whole_units.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/cca.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_cca_options ana_cca_options_default(void)
{
    return (ana_cca_options){.run = ana_run_default(), .share = 0.99};
}

const ana_option ana_cca_option_table[] = {
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_cca_options, ridge), 0, 1e12, NULL, "R",
     "added to squared singular values, in means of them (0: none)", false},
    {"share", ANA_OPTION_DOUBLE, offsetof(ana_cca_options, share), 1e-6, 1, NULL, "SHARE",
     "svcca: of each system, that the principal components kept hold", false},
    {"sum-of-sv", ANA_OPTION_BOOL, offsetof(ana_cca_options, sum_of_sv), 0, 0, NULL, NULL,
     "svcca: the share is of the sum of singular values, not of the variance", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_cca_options, tolerance), 0, 0.5, NULL, "T",
     "singular values up to so much of the largest are 0 (0: of rounding)", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_cca_options, n_folds), 0, 1e6, NULL, "N",
     "of stimuli, for the correlations of those held out, 2 or more (0: none)", false},
    ANA_OPTION_END,
};

/* A centred system, as U S V^T of its rank. */
typedef struct factors {
    size_t n;
    size_t p;
    size_t rank;
    size_t width;    /* columns of u: min(n, p) */
    double *mean;    /* p */
    double *centred; /* n x p */
    double *u;       /* n x width */
    double *s;       /* width */
    double *vt;      /* width x p */
    double *shrink;  /* width: s / sqrt(s^2 + ridge) */
} factors;

/* Canonical directions of two systems: M = D U^T U' D' = A diag(rho) B. */
typedef struct directions {
    size_t n;      /* min of the ranks */
    double *left;  /* rank x n: A */
    double *rho;   /* n */
    double *right; /* n x rank': B */
} directions;

static void centre(size_t n, size_t p, const double *values, factors *to)
{
    memcpy(to->centred, values, n * p * sizeof *values);
    /* About the first row: equal values have exactly their own mean. */
    for (size_t i = 0; i < n; i++) {
        for (size_t u = 0; u < p; u++) {
            to->mean[u] += (values[i * p + u] - values[u]) / (double)n;
        }
    }
    for (size_t u = 0; u < p; u++) {
        to->mean[u] += values[u];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t u = 0; u < p; u++) {
            to->centred[i * p + u] -= to->mean[u];
        }
    }
}

static ana_status factorise(const char *name, size_t n, size_t p, const double *values,
                            const ana_cca_options *options, ana_workspace *workspace, factors *to)
{
    ana_status status = ANA_OK;
    double square = 0.0;
    *to = (factors){.n = n, .p = p, .width = n < p ? n : p};
    /* Centred, its copy for LAPACK, and both sides' vectors. */
    ANA_TRY(ana_run_check_memory(&options->run, (2 * n * p + to->width * (n + p)) * sizeof(double),
                                 "singular vectors of a system"));
    to->mean = ana_workspace_doubles(workspace, p, 1);
    to->centred = ana_workspace_doubles(workspace, n, p);
    to->u = ana_workspace_doubles(workspace, n, to->width);
    to->s = ana_workspace_doubles(workspace, to->width, 1);
    to->vt = ana_workspace_doubles(workspace, to->width, p);
    to->shrink = ana_workspace_doubles(workspace, to->width, 1);
    ANA_TRY(ana_workspace_check(workspace, "cca"));
    centre(n, p, values, to);
    ANA_TRY(ana_linalg_svd(n, p, to->centred, to->u, to->s, to->vt));
    const double largest_side = (double)(n > p ? n : p);
    const double tolerance =
        options->tolerance > 0.0 ? options->tolerance : largest_side * DBL_EPSILON;
    for (size_t k = 0; k < to->width; k++) {
        to->rank += to->s[k] > tolerance * to->s[0] ? 1 : 0;
        square += to->s[k] * to->s[k];
    }
    if (to->rank == 0) {
        status = ana_fail(ANA_ERR_NUMERIC, "cca: %s does not vary over the stimuli", name);
        goto done;
    }
    const double ridge = options->ridge * square / (double)to->rank;
    for (size_t k = 0; k < to->rank; k++) {
        to->shrink[k] = to->s[k] / sqrt(to->s[k] * to->s[k] + ridge);
    }
done:
    return status;
}

/* Of the first kept_a and kept_b components. */
static ana_status find_directions(const factors *a, const factors *b, size_t kept_a, size_t kept_b,
                                  ana_workspace *workspace, directions *to)
{
    ana_status status = ANA_OK;
    to->n = kept_a < kept_b ? kept_a : kept_b;
    double *whole = ana_workspace_doubles(workspace, a->width, b->width);
    double *m = ana_workspace_doubles(workspace, kept_a, kept_b);
    to->left = ana_workspace_doubles(workspace, kept_a, to->n);
    to->rho = ana_workspace_doubles(workspace, to->n, 1);
    to->right = ana_workspace_doubles(workspace, to->n, kept_b);
    ANA_TRY(ana_workspace_check(workspace, "cca"));
    const ana_gemm shape = {.n_rows = a->width,
                            .n_inner = a->n,
                            .n_columns = b->width,
                            .transpose_a = true,
                            .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, a->u, b->u, whole));
    for (size_t i = 0; i < kept_a; i++) {
        for (size_t j = 0; j < kept_b; j++) {
            m[i * kept_b + j] = a->shrink[i] * whole[i * b->width + j] * b->shrink[j];
        }
    }
    ANA_TRY(ana_linalg_svd(kept_a, kept_b, m, to->left, to->rho, to->right));
    for (size_t k = 0; k < to->n; k++) {
        to->rho[k] = fmin(to->rho[k], 1.0);
    }
done:
    return status;
}

/* Components whose share of the sum, or of the squares, reaches what is wanted. */
static size_t count_kept(const factors *of, const ana_cca_options *options)
{
    double whole = 0.0;
    double sum = 0.0;
    size_t kept = 0;
    for (size_t k = 0; k < of->rank; k++) {
        whole += options->sum_of_sv ? of->s[k] : of->s[k] * of->s[k];
    }
    while (kept < of->rank && sum < options->share * whole) {
        sum += options->sum_of_sv ? of->s[kept] : of->s[kept] * of->s[kept];
        kept++;
    }
    return kept;
}

/* One side's coefficients of the variates: rank x n, or n x rank. */
typedef struct side {
    const double *values;
    bool by_variates; /* n x rank */
} side;

/* rho weighted by the sizes of the products of each canonical variate with every unit: those of the
 * variates U A are A^T S V^T. */
static ana_status weigh(const factors *of, const directions *found, side of_variates,
                        ana_workspace *workspace, double *mean)
{
    ana_status status = ANA_OK;
    double *scaled = ana_workspace_doubles(workspace, of->rank, of->p);
    double *products = ana_workspace_doubles(workspace, found->n, of->p);
    double sum = 0.0;
    double whole = 0.0;
    const ana_gemm shape = {.n_rows = found->n,
                            .n_inner = of->rank,
                            .n_columns = of->p,
                            .transpose_a = !of_variates.by_variates,
                            .alpha = 1.0};
    ANA_TRY(ana_workspace_check(workspace, "cca"));
    for (size_t i = 0; i < of->rank * of->p; i++) {
        scaled[i] = of->s[i / of->p] * of->vt[i];
    }
    ANA_TRY(ana_linalg_gemm(&shape, of_variates.values, scaled, products));
    for (size_t i = 0; i < found->n; i++) {
        double weight = 0.0;
        for (size_t u = 0; u < of->p; u++) {
            weight += fabs(products[i * of->p + u]);
        }
        sum += weight * found->rho[i];
        whole += weight;
    }
    *mean = sum / whole;
done:
    return status;
}

/* Share of a's squares in the span of b. */
static ana_status explain(const factors *a, const factors *b, ana_workspace *workspace,
                          double *share)
{
    ana_status status = ANA_OK;
    double *products = ana_workspace_doubles(workspace, b->width, a->width);
    double sum = 0.0;
    double whole = 0.0;
    ANA_TRY(ana_workspace_check(workspace, "cca"));
    const ana_gemm shape = {.n_rows = b->width,
                            .n_inner = a->n,
                            .n_columns = a->width,
                            .transpose_a = true,
                            .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, b->u, a->u, products));
    for (size_t k = 0; k < a->rank; k++) {
        const double square = a->s[k] * a->s[k];
        whole += square;
        for (size_t i = 0; i < b->rank; i++) {
            const double product = products[i * a->width + k];
            sum += square * product * product;
        }
    }
    *share = sum / whole;
done:
    return status;
}

static ana_status copy_values(size_t n, const double *values, double **out, double *mean)
{
    const ana_status status = ana_allocate(n, sizeof *values, "cca", (void *)out);
    if (status == ANA_OK) {
        memcpy(*out, values, n * sizeof *values);
        *mean = ana_stats_mean(n, values);
    }
    return status;
}

static ana_status summarise(const factors *a, const factors *b, const directions *found,
                            ana_workspace *workspace, ana_cca *cca)
{
    ana_status status = ANA_OK;
    const double ranks = (double)a->rank * (double)b->rank;
    cca->rank_a = a->rank;
    cca->rank_b = b->rank;
    cca->n = found->n;
    ANA_TRY(copy_values(found->n, found->rho, &cca->correlations, &cca->mean));
    cca->pillai = ana_dot(found->n, found->rho, found->rho);
    cca->r2 = cca->pillai / (double)found->n;
    cca->yanai = cca->pillai / sqrt(ranks);
    ANA_TRY(weigh(a, found, (side){found->left, false}, workspace, &cca->pwcca_a));
    ANA_TRY(weigh(b, found, (side){found->right, true}, workspace, &cca->pwcca_b));
    cca->pwcca = a->rank <= b->rank ? cca->pwcca_a : cca->pwcca_b;
    ANA_TRY(explain(a, b, workspace, &cca->regression_a));
    ANA_TRY(explain(b, a, workspace, &cca->regression_b));
done:
    return status;
}

static ana_status find_svcca(const factors *a, const factors *b, const ana_cca_options *options,
                             ana_workspace *workspace, ana_cca *cca)
{
    ana_status status = ANA_OK;
    directions found = {0};
    cca->kept_a = count_kept(a, options);
    cca->kept_b = count_kept(b, options);
    ANA_TRY(find_directions(a, b, cca->kept_a, cca->kept_b, workspace, &found));
    cca->n_svcca = found.n;
    ANA_TRY(copy_values(found.n, found.rho, &cca->svcca, &cca->svcca_mean));
done:
    return status;
}

/* Variates of rows that took no part, (x - mean) V diag(shrink / s) A: n_found x n. */
static ana_status project(const factors *of, size_t n, const double *rows, size_t n_found,
                          side of_variates, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *centred = ana_workspace_doubles(&workspace, n, of->p);
    double *scores = ana_workspace_doubles(&workspace, n, of->rank);
    const ana_gemm to_scores = {
        .n_rows = n, .n_inner = of->p, .n_columns = of->rank, .transpose_b = true, .alpha = 1.0};
    const ana_gemm to_variates = {.n_rows = n_found,
                                  .n_inner = of->rank,
                                  .n_columns = n,
                                  .transpose_a = !of_variates.by_variates,
                                  .transpose_b = true,
                                  .alpha = 1.0};
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    for (size_t i = 0; i < n * of->p; i++) {
        centred[i] = rows[i] - of->mean[i % of->p];
    }
    ANA_TRY(ana_linalg_gemm(&to_scores, centred, of->vt, scores));
    for (size_t i = 0; i < n * of->rank; i++) {
        scores[i] *= of->shrink[i % of->rank] / of->s[i % of->rank];
    }
    ANA_TRY(ana_linalg_gemm(&to_variates, of_variates.values, scores, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Stimuli of one fold behind those of the others. */
static size_t split(size_t n, const size_t *fold_of, size_t fold, size_t p, const double *values,
                    double *rows)
{
    size_t n_train = 0;
    size_t n_test = 0;
    for (size_t i = 0; i < n; i++) {
        n_train += fold_of[i] != fold ? 1 : 0;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t to = fold_of[i] != fold ? at++ : n_train + n_test++;
        memcpy(rows + to * p, values + i * p, p * sizeof *rows);
    }
    return n_train;
}

/* Correlations of the held-out variates of one fold, `most` values with NaN where there are fewer.
 */
static ana_status hold_out(const ana_responses *const *systems, const size_t *fold_of, size_t fold,
                           const ana_cca_options *options, size_t most, double *correlations)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = systems[0]->n_stimuli;
    double *rows[2];
    factors sides[2];
    directions found = {0};
    size_t n_train = 0;
    for (size_t k = 0; k < 2; k++) {
        const size_t p = systems[k]->n_units;
        rows[k] = ana_workspace_doubles(&workspace, n, p);
        ANA_TRY(ana_workspace_check(&workspace, "cca"));
        n_train = split(n, fold_of, fold, p, systems[k]->values, rows[k]);
        ANA_TRY(factorise(systems[k]->name, n_train, p, rows[k], options, &workspace, &sides[k]));
    }
    ANA_TRY(
        find_directions(&sides[0], &sides[1], sides[0].rank, sides[1].rank, &workspace, &found));
    const size_t n_test = n - n_train;
    double *a = ana_workspace_doubles(&workspace, found.n, n_test);
    double *b = ana_workspace_doubles(&workspace, found.n, n_test);
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    ANA_TRY(project(&sides[0], n_test, rows[0] + n_train * sides[0].p, found.n,
                    (side){found.left, false}, a));
    ANA_TRY(project(&sides[1], n_test, rows[1] + n_train * sides[1].p, found.n,
                    (side){found.right, true}, b));
    for (size_t c = 0; c < most; c++) {
        correlations[c] =
            c < found.n ? ana_stats_pearson(n_test, a + c * n_test, b + c * n_test) : (double)NAN;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status cross_validate(const ana_responses *const *systems,
                                 const ana_cca_options *options, ana_cca *cca)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = systems[0]->n_stimuli;
    const size_t n_folds = options->n_folds;
    size_t *fold_of = ana_workspace_sizes(&workspace, n, 1);
    size_t *order = ana_workspace_sizes(&workspace, n, 1);
    double *values = ana_workspace_doubles(&workspace, n_folds, cca->n);
    double *means = ana_workspace_doubles(&workspace, cca->n, 1);
    ana_random random = ana_random_stream(options->run.seed, "cca.folds", 0);
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    ana_random_permutation(&random, n, order);
    for (size_t i = 0; i < n; i++) {
        fold_of[order[i]] = i % n_folds;
    }
    for (size_t fold = 0; fold < n_folds; fold++) {
        ANA_TRY(ana_run_progress(&options->run, "folds", fold, n_folds));
        ANA_TRY(hold_out(systems, fold_of, fold, options, cca->n, values + fold * cca->n));
    }
    for (size_t c = 0; c < cca->n; c++) {
        for (size_t fold = 0; fold < n_folds; fold++) {
            means[c] += values[fold * cca->n + c] / (double)n_folds;
        }
        cca->n_held_out = isnan(means[c]) ? cca->n_held_out : c + 1;
    }
    ANA_TRY(copy_values(cca->n_held_out, means, &cca->held_out, &cca->held_out_mean));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_responses *a, const ana_responses *b,
                        const ana_cca_options *options)
{
    ana_status status = ana_options_check(ana_cca_option_table, options, "cca");
    const size_t n = a->n_stimuli;
    if (status != ANA_OK) {
        return status;
    }
    if (n != b->n_stimuli) {
        return ana_fail(ANA_ERR_VALUE, "cca: %s has %zu stimuli, but %s has %zu; match them first",
                        a->name, n, b->name, b->n_stimuli);
    }
    if (n < 3) {
        return ana_fail(ANA_ERR_VALUE, "cca: %zu stimuli; at least 3 are needed", n);
    }
    if (options->n_folds == 1 || options->n_folds > n / 3) {
        return ana_fail(ANA_ERR_VALUE,
                        "cca: %zu folds of %zu stimuli; 2 or more folds of 3 or more stimuli are "
                        "needed (0: none)",
                        options->n_folds, n);
    }
    return ANA_OK;
}

static void warn_if_saturated(const ana_cca_options *options, ana_cca *cca)
{
    const size_t most = cca->rank_a > cca->rank_b ? cca->rank_a : cca->rank_b;
    cca->saturated = options->ridge == 0.0 && most + 1 >= cca->n_stimuli;
    if (cca->saturated) {
        ana_warn(&options->run,
                 "cca: saturated: %zu stimuli span %zu dimensions of %s and %zu of %s, so that "
                 "correlations are 1 whatever the responses; a ridge or held-out stimuli (folds) "
                 "say more",
                 cca->n_stimuli, cca->rank_a, cca->name_a, cca->rank_b, cca->name_b);
    }
}

static ana_status correlate(const ana_responses *const *systems, const ana_cca_options *options,
                            ana_cca *cca)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    factors sides[2];
    directions found = {0};
    for (size_t k = 0; k < 2; k++) {
        ANA_TRY(factorise(systems[k]->name, systems[k]->n_stimuli, systems[k]->n_units,
                          systems[k]->values, options, &workspace, &sides[k]));
    }
    ANA_TRY(
        find_directions(&sides[0], &sides[1], sides[0].rank, sides[1].rank, &workspace, &found));
    ANA_TRY(summarise(&sides[0], &sides[1], &found, &workspace, cca));
    ANA_TRY(find_svcca(&sides[0], &sides[1], options, &workspace, cca));
    warn_if_saturated(options, cca);
    if (options->n_folds > 0) {
        ANA_TRY(cross_validate(systems, options, cca));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cca_compute(const ana_responses *a, const ana_responses *b,
                           const ana_cca_options *options, ana_cca **out)
{
    const ana_cca_options settings = options != NULL ? *options : ana_cca_options_default();
    const ana_responses *const given[] = {a, b};
    ana_status status = ANA_OK;
    ana_whole_units whole = {0};
    ana_cca *cca = NULL;
    ANA_TRY(check(a, b, &settings));
    ANA_TRY(ana_whole_units_find(2, given, &whole));
    ANA_TRY(ana_allocate(1, sizeof *cca, "cca", (void *)&cca));
    ANA_TRY(ana_copy_text(a->name, &cca->name_a));
    ANA_TRY(ana_copy_text(b->name, &cca->name_b));
    cca->n_stimuli = a->n_stimuli;
    cca->units_a = whole.systems[0]->n_units;
    cca->units_b = whole.systems[1]->n_units;
    cca->n_units_left_out = whole.n_left_out[0] + whole.n_left_out[1];
    cca->held_out_mean = (double)NAN;
    ANA_TRY(correlate(whole.systems, &settings, cca));
    *out = cca;
    cca = NULL;
done:
    ana_cca_free(cca);
    ana_whole_units_release(&whole);
    return status;
}

void ana_cca_free(ana_cca *cca)
{
    if (cca == NULL) {
        return;
    }
    free(cca->name_a);
    free(cca->name_b);
    free(cca->correlations);
    free(cca->svcca);
    free(cca->held_out);
    free(cca);
}
