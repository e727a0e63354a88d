#include "glm_figures.h"

#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_KERNELS = 5, /* lines of a picture */
    LABEL_SIZE = 160
};

static const double normal_95 = 1.959963984540054;

/* Sum over the lags of the kernel from source m to unit u. */
static double area(const ana_glm *glm, size_t u, size_t m)
{
    const ana_basis *basis = glm->basis;
    const size_t b = basis->n_functions;
    const double *weights = glm->coefficients + u * glm->n_columns + glm->history_column + m * b;
    double sum = 0.0;
    for (size_t i = 0; i < basis->n_lags * b; i++) {
        sum += basis->values[i] * weights[i % b];
    }
    return sum;
}

/* The area in standard errors, where they are known; else itself. */
static double strength(const ana_glm *glm, size_t u, size_t m)
{
    const ana_basis *basis = glm->basis;
    const size_t b = basis->n_functions;
    double variance = 0.0;
    if (glm->kernel_covariance == NULL) {
        return fabs(area(glm, u, m));
    }
    const double *covariance = glm->kernel_covariance + (u * glm->n_sources + m) * b * b;
    for (size_t i = 0; i < b * b; i++) {
        double left = 0.0;
        double right = 0.0;
        for (size_t l = 0; l < basis->n_lags; l++) {
            left += basis->values[l * b + i / b];
            right += basis->values[l * b + i % b];
        }
        variance += left * covariance[i] * right;
    }
    return variance > 0.0 ? fabs(area(glm, u, m)) / sqrt(variance) : fabs(area(glm, u, m));
}

static ana_status add_coupling(const ana_glm *glm, ana_record *record)
{
    static const ana_picture_words words = {
        "Couplings",
        "Sum over the lags of the kernel by which the past of one unit (column) drives another "
        "(row); above 0 it excites, below 0 it inhibits.",
        "from", "to", "kernel area"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(&workspace, glm->n_units, glm->n_sources);
    ANA_TRY(ana_workspace_check(&workspace, "glm record"));
    for (size_t i = 0; i < glm->n_units * glm->n_sources; i++) {
        values[i] = area(glm, i / glm->n_sources, i % glm->n_sources);
    }
    ANA_TRY(ana_record_add_picture(record, "coupling", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(glm->n_units, "target", glm->n_sources, "source"),
                                   values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", glm->n_units,
                                 (const char *const *)glm->unit_names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", glm->n_sources,
                                 (const char *const *)glm->source_names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One coupling chosen for a picture. */
typedef struct edge {
    size_t unit;
    size_t source;
    double strength;
} edge;

static bool is_self(const ana_glm *glm, size_t u, size_t m)
{
    return strcmp(glm->unit_names[u], glm->source_names[m]) == 0;
}

/* The strongest couplings of units on themselves, or of others, strongest first. */
static size_t choose(const ana_glm *glm, bool self, edge *edges)
{
    size_t n = 0;
    for (size_t i = 0; i < glm->n_units * glm->n_sources; i++) {
        edge next = {i / glm->n_sources, i % glm->n_sources, 0.0};
        next.strength = strength(glm, next.unit, next.source);
        if (is_self(glm, next.unit, next.source) != self || !(next.strength > 0.0)) {
            continue;
        }
        size_t place = n < MOST_KERNELS ? n++ : n;
        while (place > 0 && edges[place - 1].strength < next.strength) {
            if (place < MOST_KERNELS) {
                edges[place] = edges[place - 1];
            }
            place--;
        }
        if (place < MOST_KERNELS) {
            edges[place] = next;
        }
    }
    return n;
}

/* The kernel over the lags and its error, NaN where none is known. */
static void fill_kernel(const ana_glm *glm, const edge *of, double *kernel, double *low,
                        double *high)
{
    const ana_basis *basis = glm->basis;
    const size_t b = basis->n_functions;
    const double *weights =
        glm->coefficients + of->unit * glm->n_columns + glm->history_column + of->source * b;
    const double *covariance =
        glm->kernel_covariance != NULL
            ? glm->kernel_covariance + (of->unit * glm->n_sources + of->source) * b * b
            : NULL;
    for (size_t l = 0; l < basis->n_lags; l++) {
        const double *row = basis->values + l * b;
        double sum = 0.0;
        double variance = covariance != NULL ? 0.0 : (double)NAN;
        for (size_t i = 0; i < b; i++) {
            sum += row[i] * weights[i];
            for (size_t j = 0; covariance != NULL && j < b; j++) {
                variance += row[i] * covariance[i * b + j] * row[j];
            }
        }
        const double half = normal_95 * sqrt(fmax(variance, 0.0) + 0.0 * variance);
        kernel[l] = sum;
        low[l] = sum - half;
        high[l] = sum + half;
    }
}

static ana_status add_lags(const ana_glm *glm, double *lags, ana_record *figure)
{
    const size_t n = glm->basis->n_lags;
    const bool timed = glm->bin_s > 0.0;
    for (size_t l = 0; l < n; l++) {
        lags[l] = (double)(l + 1) * (timed ? glm->bin_s : 1.0);
    }
    return ana_record_add_doubles(figure, "x", ana_shape_1(n, "lag"), lags, timed ? "s" : "bin");
}

static ana_status add_kernels(const ana_glm *glm, bool self, const char *name,
                              const ana_picture_words *words, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n_lags = glm->basis->n_lags;
    edge edges[MOST_KERNELS];
    char texts[MOST_KERNELS][LABEL_SIZE];
    const char *labels[MOST_KERNELS];
    const size_t n = choose(glm, self, edges);
    const bool band = glm->kernel_covariance != NULL && glm->lasso == 0.0 && glm->group == 0.0;
    double *lines = ana_workspace_doubles(&workspace, 3 * (size_t)MOST_KERNELS, n_lags);
    double *lags = ana_workspace_doubles(&workspace, n_lags, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm record"));
    if (n == 0) {
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        const char *to = glm->unit_names[edges[i].unit];
        if (self) {
            snprintf(texts[i], sizeof texts[i], "%.70s", to);
        } else {
            snprintf(texts[i], sizeof texts[i], "%.70s to %.70s",
                     glm->source_names[edges[i].source], to);
        }
        labels[i] = texts[i];
        fill_kernel(glm, &edges[i], lines + i * n_lags, lines + (n + i) * n_lags,
                    lines + (2 * n + i) * n_lags);
    }
    const ana_shape shape = ana_shape_2(n, "kernel", n_lags, "lag");
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_LINE, words, &figure));
    ANA_TRY(add_lags(glm, lags, figure));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, lines, NULL));
    if (band) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, lines + n * n_lags, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, lines + 2 * n * n_lags, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_bits(const ana_glm *glm, ana_record *record)
{
    static const ana_picture_words words = {
        "What the model explains",
        "Log-likelihood that the model gains over each unit's mean rate, per spike, on the data it "
        "was fitted to.",
        "unit", "bits per spike", NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    double *bits = ana_workspace_doubles(&workspace, glm->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm record"));
    ana_glm_fit_scores(glm, &(ana_glm_scores){.bits_per_spike = bits});
    ANA_TRY(ana_record_add_picture(record, "explained", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(
        ana_record_add_doubles(figure, "values", ana_shape_1(glm->n_units, "unit"), bits, "bit"));
    ANA_TRY(
        ana_record_add_texts(figure, "labels", glm->n_units, (const char *const *)glm->unit_names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_basis(const ana_glm *glm, ana_record *record)
{
    ana_record *basis = NULL;
    ana_status status = ana_basis_to_record(glm->basis, glm->bin_s, &basis);
    return status == ANA_OK ? ana_record_adopt(record, "basis", basis) : status;
}

ana_status ana_glm_add_figures(const ana_glm *glm, ana_record *record)
{
    static const ana_picture_words own = {
        "Own history",
        "How a spike of a unit changes its own linear predictor at later lags, with pointwise 95 % "
        "bands where the fit has standard errors; the units in which it is most certain.",
        "lag", "kernel", NULL};
    static const ana_picture_words others = {
        "Strongest couplings",
        "How a spike of one unit changes the linear predictor of another at later lags, with "
        "pointwise 95 % bands where the fit has standard errors; the most certain ones.",
        "lag", "kernel", NULL};
    ana_status status = ANA_OK;
    if (glm->n_sources > 0) {
        ANA_TRY(add_coupling(glm, record));
        ANA_TRY(add_kernels(glm, true, "own_history", &own, record));
        ANA_TRY(add_kernels(glm, false, "strongest_couplings", &others, record));
    }
    if (glm->family.distribution != ANA_GLM_GAUSSIAN) {
        ANA_TRY(add_bits(glm, record));
    }
    if (glm->basis != NULL) {
        ANA_TRY(add_basis(glm, record));
    }
done:
    return status;
}
