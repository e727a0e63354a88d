/* Similarities of dissimilarity matrices. All but ranks' pair counts and the two geometries are
 * inner products of matrices that were each transformed once: one product of n_a x N by N x n_b. */
#include "order.h"
#include "rdm_parts.h"
#include "rdm_whiten.h"
#include "rsa_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/models/rdm_compare.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    PART = 3000000 /* numbers of each side's rows copied at a time: 24 MB */
};

const char *const ana_rdm_similarity_names[] = {
    "cosine", "pearson",        "spearman",        "rho-a",
    "tau-a",  "tau-b",          "whitened-cosine", "whitened-correlation",
    "bures",  "bures-distance", "riemannian",      NULL};

ana_rdm_compare_options ana_rdm_compare_options_default(void)
{
    return (ana_rdm_compare_options){.run = ana_run_default(), .similarity = ANA_RDM_SIM_RHO_A};
}

const ana_option ana_rdm_compare_option_table[] = {
    {"similarity", ANA_OPTION_CHOICE, offsetof(ana_rdm_compare_options, similarity), 0, 0,
     ana_rdm_similarity_names, "SIMILARITY", "of two dissimilarity matrices", false},
    {"leave-out-missing", ANA_OPTION_BOOL, offsetof(ana_rdm_compare_options, leave_out_missing), 0,
     0, NULL, NULL, "leave out pairs of conditions that any matrix lacks, of all matrices", false},
    ANA_OPTION_END,
};

static ana_status check_conditions(const ana_rdms *a, const ana_rdms *b)
{
    if (a->n_conditions != b->n_conditions) {
        return ana_fail(ANA_ERR_VALUE, "rdm: %zu conditions against %zu; join them by id first",
                        a->n_conditions, b->n_conditions);
    }
    for (size_t i = 0; i < a->n_conditions; i++) {
        if (strcmp(a->conditions[i], b->conditions[i]) != 0) {
            return ana_fail(ANA_ERR_VALUE,
                            "rdm: condition %zu is %s in one set of matrices and %s in the other; "
                            "join them by id first",
                            i, a->conditions[i], b->conditions[i]);
        }
    }
    return ANA_OK;
}

/* Places of the pairs that all matrices have. Without `any`, all must lack the same. */
static ana_status find_pairs(const ana_rdms *a, const ana_rdms *b, bool any, size_t *kept,
                             size_t *n_kept)
{
    const size_t n_pairs = ana_rdm_n_pairs(a->n_conditions);
    const size_t n_rdms = a->n_rdms + b->n_rdms;
    *n_kept = 0;
    for (size_t k = 0; k < n_pairs; k++) {
        size_t n_missing = 0;
        for (size_t r = 0; r < n_rdms; r++) {
            const double *row =
                r < a->n_rdms ? a->values + r * n_pairs : b->values + (r - a->n_rdms) * n_pairs;
            n_missing += isnan(row[k]) ? 1 : 0;
        }
        if (n_missing > 0 && n_missing < n_rdms && !any) {
            return ana_fail(ANA_ERR_VALUE,
                            "rdm: %zu of %zu matrices lack pair %zu of conditions; leave it out of "
                            "all (leave-out-missing), or fill it",
                            n_missing, n_rdms, k);
        }
        if (n_missing == 0) {
            kept[(*n_kept)++] = k;
        }
    }
    if (*n_kept < 3) {
        return ana_fail(
            ANA_ERR_VALUE,
            "rdm: %zu pairs of conditions are in all matrices; at least three are needed", *n_kept);
    }
    return ANA_OK;
}

static void take_pairs(const ana_rdms *from, size_t n, const size_t *kept, double *out)
{
    const size_t n_pairs = ana_rdm_n_pairs(from->n_conditions);
    for (size_t r = 0; r < from->n_rdms; r++) {
        for (size_t k = 0; k < n; k++) {
            out[r * n + k] = from->values[r * n_pairs + kept[k]];
        }
    }
}

static void centre(size_t n, double *row)
{
    const double first = row[0]; /* equal values have exactly their own mean */
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += row[k] - first;
    }
    for (size_t k = 0; k < n; k++) {
        row[k] -= first + sum / (double)n;
    }
}

/* To length 1; what has none, or only what rounding left of `before`, becomes NaN. */
static void normalise(size_t n, double before, double *row)
{
    double square = 0.0;
    for (size_t k = 0; k < n; k++) {
        square += row[k] * row[k];
    }
    const double length = sqrt(square);
    const double divisor = length > 1e-14 * before ? length : (double)NAN;
    for (size_t k = 0; k < n; k++) {
        row[k] /= divisor;
    }
}

static double length_of(size_t n, const double *row)
{
    double square = 0.0;
    for (size_t k = 0; k < n; k++) {
        square += row[k] * row[k];
    }
    return sqrt(square);
}

ana_status ana_rdm_directions_of(ana_rdm_similarity similarity, size_t n_rows, size_t n,
                                 double *rows)
{
    const bool ranks = similarity == ANA_RDM_SIM_SPEARMAN || similarity == ANA_RDM_SIM_RHO_A;
    for (size_t r = 0; r < n_rows; r++) {
        double *row = rows + r * n;
        if (ranks) {
            ana_status status = ana_stats_ranks(n, row, row);
            if (status != ANA_OK) {
                return status;
            }
        }
        const double before = length_of(n, row);
        if (similarity != ANA_RDM_SIM_COSINE) {
            centre(n, row);
        }
        if (similarity == ANA_RDM_SIM_RHO_A) {
            const double m = (double)n;
            const double scale = sqrt(12.0 / (m * (m * m - 1.0)));
            for (size_t k = 0; k < n; k++) {
                row[k] *= scale;
            }
        } else {
            normalise(n, before, row);
        }
    }
    return ANA_OK;
}

static ana_status multiply(size_t n_a, size_t n_b, size_t n, const double *a, const double *b,
                           double *out)
{
    const ana_gemm shape = {
        .n_rows = n_a, .n_inner = n, .n_columns = n_b, .transpose_b = true, .alpha = 1.0};
    return ana_linalg_gemm(&shape, a, b, out);
}

/* Share of all pairs of entries that are not tied. */
static double untied(size_t n, const double *row, double *scratch)
{
    double tied = 0.0;
    size_t start = 0;
    memcpy(scratch, row, n * sizeof *row);
    qsort(scratch, n, sizeof *scratch, ana_compare_doubles);
    for (size_t k = 1; k <= n; k++) {
        if (k == n || scratch[k] != scratch[start]) {
            tied += 0.5 * (double)(k - start) * (double)(k - start - 1);
            start = k;
        }
    }
    return 1.0 - tied / (0.5 * (double)n * (double)(n - 1));
}

/* tau-a is tau-b with the tied pairs counted in: times the root of both untied shares. */
static ana_status count_exchanges(bool tau_a, size_t n_a, size_t n_b, size_t n, const double *a,
                                  const double *b, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *scratch = ana_workspace_doubles(&workspace, n, 1);
    double *share = ana_workspace_doubles(&workspace, n_a + n_b, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t r = 0; r < n_a + n_b; r++) {
        share[r] = untied(n, r < n_a ? a + r * n : b + (r - n_a) * n, scratch);
    }
    for (size_t i = 0; i < n_a; i++) {
        for (size_t j = 0; j < n_b; j++) {
            double *tau = &out[i * n_b + j];
            const double both = share[i] * share[n_a + j];
            ANA_TRY(ana_stats_kendall(n, a + i * n, b + j * n, tau));
            *tau = tau_a ? (both > 0.0 ? *tau * sqrt(both) : 0.0) : *tau;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status compare_kept(const ana_rdms *a, const ana_rdms *b, const double *noise,
                               ana_rdm_similarity similarity, size_t n, const size_t *kept,
                               double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *rows_a = ana_workspace_doubles(&workspace, a->n_rdms, n);
    double *rows_b = ana_workspace_doubles(&workspace, b->n_rdms, n);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    take_pairs(a, n, kept, rows_a);
    take_pairs(b, n, kept, rows_b);
    if (similarity == ANA_RDM_SIM_TAU_A || similarity == ANA_RDM_SIM_TAU_B) {
        ANA_TRY(count_exchanges(similarity == ANA_RDM_SIM_TAU_A, a->n_rdms, b->n_rdms, n, rows_a,
                                rows_b, out));
        goto done;
    }
    if (similarity >= ANA_RDM_SIM_WHITENED_COSINE) {
        const ana_rdm_sets sets = {.n_conditions = a->n_conditions,
                                   .n_pairs = n,
                                   .kept = kept,
                                   .n_a = a->n_rdms,
                                   .a = rows_a,
                                   .n_b = b->n_rdms,
                                   .b = rows_b};
        ANA_TRY(similarity <= ANA_RDM_SIM_WHITENED_CORRELATION
                    ? ana_rdm_whitened(&sets, noise, similarity == ANA_RDM_SIM_WHITENED_CORRELATION,
                                       out)
                    : ana_rdm_geometry(&sets, noise, similarity, out));
        goto done;
    }
    ANA_TRY(ana_rdm_directions_of(similarity, a->n_rdms, n, rows_a));
    ANA_TRY(ana_rdm_directions_of(similarity, b->n_rdms, n, rows_b));
    ANA_TRY(multiply(a->n_rdms, b->n_rdms, n, rows_a, rows_b, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Rows of `rdms` from `first` on, borrowed. */
static ana_rdms rows_from(const ana_rdms *rdms, size_t first, size_t most)
{
    ana_rdms part = *rdms;
    part.values += first * ana_rdm_n_pairs(rdms->n_conditions);
    part.n_rdms = rdms->n_rdms - first < most ? rdms->n_rdms - first : most;
    return part;
}

/* A few rows of each at a time, where rows are large and need no sorting: copies of them stay
 * within a part of the memory that the matrices themselves take. */
static ana_status compare_in_parts(const ana_rdms *a, const ana_rdms *b, const double *noise,
                                   ana_rdm_similarity similarity, size_t n, const size_t *kept,
                                   double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool light = similarity <= ANA_RDM_SIM_PEARSON ||
                       similarity == ANA_RDM_SIM_WHITENED_COSINE ||
                       similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    const size_t most = light ? (n < PART ? PART / n : 1) : SIZE_MAX;
    if (a->n_rdms <= most && b->n_rdms <= most) {
        return compare_kept(a, b, noise, similarity, n, kept, out);
    }
    double *part = ana_workspace_doubles(&workspace, most, most);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t i = 0; i < a->n_rdms; i += most) {
        const ana_rdms of_a = rows_from(a, i, most);
        for (size_t j = 0; j < b->n_rdms; j += most) {
            const ana_rdms of_b = rows_from(b, j, most);
            ANA_TRY(compare_kept(&of_a, &of_b, noise, similarity, n, kept, part));
            for (size_t k = 0; k < of_a.n_rdms * of_b.n_rdms; k++) {
                out[(i + k / of_b.n_rdms) * b->n_rdms + j + k % of_b.n_rdms] = part[k];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_shared_pairs(const ana_rdms *a, const ana_rdms *b,
                                const ana_rdm_compare_options *options, const double *noise,
                                size_t *kept, size_t *n_kept)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_rdm_compare_option_table, options, "rdm"));
    ANA_TRY(check_conditions(a, b));
    const size_t n_pairs = ana_rdm_n_pairs(a->n_conditions);
    ANA_TRY(find_pairs(a, b, options->leave_out_missing, kept, n_kept));
    if (*n_kept < n_pairs && (options->similarity >= ANA_RDM_SIM_BURES ||
                              (options->similarity >= ANA_RDM_SIM_WHITENED_COSINE && noise))) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "rdm: %s needs every pair of conditions, and %zu of %zu are missing",
                         ana_rdm_similarity_names[options->similarity], n_pairs - *n_kept,
                         n_pairs));
    }
done:
    return status;
}

ana_status ana_rdm_compare(const ana_rdms *a, const ana_rdms *b, const double *noise,
                           const ana_rdm_compare_options *options, double *similarity)
{
    const ana_rdm_compare_options settings =
        options != NULL ? *options : ana_rdm_compare_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_kept = 0;
    size_t *kept = ana_workspace_sizes(&workspace, ana_rdm_n_pairs(a->n_conditions), 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    ANA_TRY(ana_rdm_shared_pairs(a, b, &settings, noise, kept, &n_kept));
    ANA_TRY(compare_in_parts(a, b, noise, settings.similarity, n_kept, kept, similarity));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A matrix and models of it, all about their means. */
typedef struct regression_room {
    size_t n;        /* pairs */
    size_t m;        /* models */
    const double *y; /* n */
    const double *x; /* m x n */
    double *columns; /* n x m scratch */
} regression_room;

/* R^2 of y on all models but `left_out` (m: on all), and their weights. */
static ana_status fit(const regression_room *room, size_t left_out, double *weights, double *r2)
{
    ana_status status = ANA_OK;
    const size_t n = room->n;
    const size_t width = left_out < room->m ? room->m - 1 : room->m;
    double rest = 0.0;
    double whole = 0.0;
    for (size_t j = 0; j < width; j++) {
        const double *model = room->x + (j < left_out ? j : j + 1) * n;
        for (size_t k = 0; k < n; k++) {
            room->columns[k * width + j] = model[k];
        }
    }
    if (width > 0) {
        ANA_TRY(ana_linalg_least_squares(n, width, room->columns, 1, room->y, weights, NULL));
    }
    for (size_t k = 0; k < n; k++) {
        double error = room->y[k];
        for (size_t j = 0; j < width; j++) {
            error -= room->columns[k * width + j] * weights[j];
        }
        rest += error * error;
        whole += room->y[k] * room->y[k];
    }
    *r2 = 1.0 - rest / whole;
done:
    return status;
}

ana_status ana_rdm_regress(const ana_rdms *data, size_t k, const ana_rdms *models,
                           ana_rdm_regression *regression)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t m = models->n_rdms;
    const size_t n_pairs = ana_rdm_n_pairs(data->n_conditions);
    ana_rdms one = *data; /* matrix k alone, borrowed */
    size_t n = 0;
    one.n_rdms = 1;
    one.values = data->values + k * n_pairs;
    ANA_TRY(check_conditions(data, models));
    size_t *kept = ana_workspace_sizes(&workspace, n_pairs, 1);
    double *y = ana_workspace_doubles(&workspace, n_pairs, 1);
    double *x = ana_workspace_doubles(&workspace, m, n_pairs);
    double *scratch = ana_workspace_doubles(&workspace, m, n_pairs);
    double *weights = ana_workspace_doubles(&workspace, m, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    ANA_TRY(find_pairs(&one, models, true, kept, &n));
    if (n < m + 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "rdm: %zu pairs cannot tell %zu models apart", n, m));
    }
    take_pairs(&one, n, kept, y);
    take_pairs(models, n, kept, x);
    centre(n, y);
    for (size_t j = 0; j < m; j++) {
        centre(n, x + j * n);
    }
    const regression_room room = {.n = n, .m = m, .y = y, .x = x, .columns = scratch};
    ANA_TRY(fit(&room, m, regression->weights, &regression->r2));
    for (size_t j = 0; j < m; j++) {
        double without = 0.0;
        ANA_TRY(fit(&room, j, weights, &without));
        const double gained = fmax(0.0, regression->r2 - without);
        regression->unique[j] = gained;
        regression->partial[j] = copysign(sqrt(gained / (1.0 - without)), regression->weights[j]);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
