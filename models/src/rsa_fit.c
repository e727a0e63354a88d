/* Models that bend: weights that match subjects best, from inner products in the similarity's
 * metric. */
#include "rsa_fit.h"

#include "rdm_whiten.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* Models, and what they are fitted to: subjects, or their pool. */
typedef struct fit_data {
    const ana_rdms *models;
    const ana_rdms *targets;
    const double *noise;
    const ana_rsa_flexible_options *options;
    size_t n_pairs; /* that all have */
    const size_t *kept;
} fit_data;

static void take_rows(const ana_rdms *from, const fit_data *data, bool centred, double *out)
{
    const size_t n_pairs = ana_rdm_n_pairs(from->n_conditions);
    for (size_t r = 0; r < from->n_rdms; r++) {
        const double *row = from->values + r * n_pairs;
        const double first = row[data->kept[0]]; /* equal values have exactly their own mean */
        double sum = 0.0;
        for (size_t k = 0; k < data->n_pairs; k++) {
            sum += row[data->kept[k]] - first;
        }
        const double mean = centred ? first + sum / (double)data->n_pairs : 0.0;
        for (size_t k = 0; k < data->n_pairs; k++) {
            out[r * data->n_pairs + k] = row[data->kept[k]] - mean;
        }
    }
}

/* products (R x R): of models, then targets. Pearson for ranks, cosine for geometries. */
static ana_status multiply(const fit_data *data, double *products)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rdm_similarity similarity = data->options->compare.similarity;
    const bool whitened =
        similarity == ANA_RDM_SIM_WHITENED_COSINE || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    const bool centred = similarity == ANA_RDM_SIM_WHITENED_CORRELATION ||
                         (similarity >= ANA_RDM_SIM_PEARSON && similarity <= ANA_RDM_SIM_TAU_B);
    const size_t n_models = data->models->n_rdms;
    const size_t n = n_models + data->targets->n_rdms;
    double *rows = ana_workspace_doubles(&workspace, n, data->n_pairs);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    take_rows(data->models, data, centred, rows);
    take_rows(data->targets, data, centred, rows + n_models * data->n_pairs);
    const ana_rdm_sets sets = {.n_conditions = data->models->n_conditions,
                               .n_pairs = data->n_pairs,
                               .kept = data->kept,
                               .n_a = n,
                               .a = rows,
                               .n_b = n,
                               .b = rows};
    if (whitened) {
        ANA_TRY(ana_rdm_whitened_products(&sets, data->noise, centred, products));
    } else {
        ANA_TRY(ana_linalg_gram_rows(n, data->n_pairs, rows, products));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* a, c: products of models of length 1 with each other, and with the sum of the targets at length
 * 1; size: the models' lengths, 0 for one that does not vary. */
static void set_system(const fit_data *data, const double *products, double *a, double *c,
                       double *size)
{
    const size_t n_models = data->models->n_rdms;
    const size_t n = n_models + data->targets->n_rdms;
    double largest = 0.0;
    for (size_t i = 0; i < n_models; i++) {
        largest = fmax(largest, products[i * n + i]);
    }
    for (size_t i = 0; i < n_models; i++) {
        const double square = products[i * n + i];
        size[i] = square > 1e-28 * largest ? sqrt(square) : 0.0;
    }
    for (size_t i = 0; i < n_models; i++) {
        c[i] = 0.0;
        for (size_t j = 0; j < n_models; j++) {
            const double lengths = size[i] * size[j];
            a[i * n_models + j] = lengths > 0.0 ? products[i * n + j] / lengths : 0.0;
        }
        for (size_t t = n_models; t < n; t++) {
            const double lengths = size[i] * sqrt(products[t * n + t]);
            c[i] += lengths > 0.0 ? products[i * n + t] / lengths : 0.0;
        }
    }
}

/* The best point between one model and the next: a sum of the two with no weight below 0. */
static ana_status interpolate(size_t n, const double *a, const double *c, double *x)
{
    ana_status status = ANA_OK;
    double best = -INFINITY;
    memset(x, 0, n * sizeof *x);
    for (size_t i = 0; i + 1 < n; i++) {
        const double part[] = {a[i * n + i], a[i * n + i + 1], a[(i + 1) * n + i],
                               a[(i + 1) * n + i + 1]};
        double pair[2];
        ANA_TRY(ana_rsa_solve_non_negative(2, part, c + i, pair));
        if (pair[0] == 0.0 && pair[1] == 0.0) { /* both match less than nothing: the better one */
            pair[c[i] >= c[i + 1] ? 0 : 1] = 1.0;
        }
        const double square = pair[0] * (part[0] * pair[0] + part[1] * pair[1]) +
                              pair[1] * (part[2] * pair[0] + part[3] * pair[1]);
        const double match = (pair[0] * c[i] + pair[1] * c[i + 1]) / sqrt(square);
        if (match > best) {
            best = match;
            memset(x, 0, n * sizeof *x);
            x[i] = pair[0];
            x[i + 1] = pair[1];
        }
    }
    if (n == 1) {
        x[0] = 1.0;
    }
done:
    return status;
}

/* The one model of the largest mean similarity, or the least distance. */
static ana_status pick(const fit_data *data, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rdm_compare_options *compare = &data->options->compare;
    const size_t n = data->targets->n_rdms;
    double best = -INFINITY;
    size_t chosen = 0;
    double *values = ana_workspace_doubles(&workspace, data->models->n_rdms, n);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_rdm_compare(data->models, data->targets, data->noise, compare, values));
    for (size_t m = 0; m < data->models->n_rdms; m++) {
        double sum = 0.0;
        for (size_t s = 0; s < n; s++) {
            sum += values[m * n + s];
        }
        sum = compare->similarity == ANA_RDM_SIM_BURES_DISTANCE ? -sum : sum;
        chosen = sum > best ? m : chosen;
        best = sum > best ? sum : best;
        x[m] = 0.0;
    }
    x[chosen] = isfinite(best) ? 1.0 : 0.0;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Weights of the models as they are, of length 1, or of sum 1. */
static void scale(size_t n, const double *size, bool to_sum, double *x)
{
    double total = 0.0;
    for (size_t i = 0; i < n; i++) {
        x[i] = size[i] > 0.0 ? x[i] / size[i] : 0.0;
        total += to_sum ? x[i] : x[i] * x[i];
    }
    total = to_sum ? total : sqrt(total);
    for (size_t i = 0; i < n && total > 0.0; i++) {
        x[i] /= total;
    }
}

static ana_status weigh(const fit_data *data, ana_rsa_flexibility kind, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_models = data->models->n_rdms;
    const size_t n = n_models + data->targets->n_rdms;
    double *products = ana_workspace_doubles(&workspace, n, n);
    double *a = ana_workspace_doubles(&workspace, n_models, n_models);
    double *c = ana_workspace_doubles(&workspace, n_models, 1);
    double *size = ana_workspace_doubles(&workspace, n_models, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(multiply(data, products));
    set_system(data, products, a, c, size);
    if (kind == ANA_RSA_INTERPOLATED) {
        ANA_TRY(interpolate(n_models, a, c, x));
    } else {
        for (size_t i = 0; i < n_models; i++) {
            a[i * n_models + i] += data->options->ridge;
        }
        ANA_TRY(kind == ANA_RSA_WEIGHTED ? ana_rsa_solve_weights(n_models, a, c, x)
                                         : ana_rsa_solve_non_negative(n_models, a, c, x));
    }
    scale(n_models, size, kind == ANA_RSA_INTERPOLATED, x);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The pool of the subjects as the only target. */
static ana_status pool_targets(const ana_rdms *subjects, ana_rdm_similarity similarity,
                               ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *pool = NULL;
    ANA_TRY(ana_rdms_new(1, subjects->n_conditions, &pool));
    ANA_TRY(ana_rdm_pool(subjects, similarity, subjects->n_rdms, pool->values));
    *out = pool;
    pool = NULL;
done:
    ana_rdms_free(pool);
    return status;
}

ana_status ana_rsa_fit_weights(const ana_rdms *subjects, const ana_rdms *models,
                               const double *noise, const ana_rsa_flexible_options *options,
                               ana_rsa_flexibility kind, double *weights)
{
    const ana_rsa_flexible_options settings =
        options != NULL ? *options : ana_rsa_flexible_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdms *pool = NULL;
    size_t *kept = ana_workspace_sizes(&workspace, ana_rdm_n_pairs(models->n_conditions), 1);
    fit_data data = {
        .models = models, .targets = subjects, .noise = noise, .options = &settings, .kept = kept};
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_options_check(ana_rsa_flexible_option_table, &settings, "rsa"));
    if (models->n_rdms == 0 || subjects->n_rdms == 0 || kind == ANA_RSA_ALL_KINDS) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "rsa: weights of one kind, of %zu models for %zu subjects; one of each is "
                         "needed",
                         models->n_rdms, subjects->n_rdms));
    }
    ANA_TRY(ana_rdm_shared_pairs(subjects, models, &settings.compare, noise, kept, &data.n_pairs));
    if (settings.to_pool && kind != ANA_RSA_SELECT) {
        ANA_TRY(pool_targets(subjects, settings.compare.similarity, &pool));
        data.targets = pool;
    }
    ANA_TRY(kind == ANA_RSA_SELECT ? pick(&data, weights) : weigh(&data, kind, weights));
done:
    ana_rdms_free(pool);
    ana_workspace_release(&workspace);
    return status;
}
