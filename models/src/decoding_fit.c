/* Three decoders, each linear in the responses in the end. */
#include "decoding_parts.h"
#include "dense.h"
#include "discriminants.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/models/glm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_decoder_new(size_t p, size_t n_classes, ana_workspace *workspace,
                           ana_decoder *decoder)
{
    decoder->p = p;
    decoder->n_classes = n_classes;
    decoder->centre = ana_workspace_doubles(workspace, p, 1);
    decoder->scale = ana_workspace_doubles(workspace, p, 1);
    decoder->maps = ana_workspace_doubles(workspace, n_classes, p);
    decoder->bias = ana_workspace_doubles(workspace, n_classes, 1);
    return ana_workspace_check(workspace, "decoding");
}

/* The training trials as the decoder sees them. */
typedef struct training {
    size_t n;
    size_t p;
    size_t n_classes;
    double *x;       /* n x p, centred and scaled */
    size_t *classes; /* n */
    double *n_in;    /* n_classes */
} training;

/* Mean and standard deviation (divisor n) of each unit; `raw`: the mean alone, which changes no
 * score but is good for the digits. */
static void standardise(const ana_decoding_rows *rows, const size_t *which, bool raw,
                        ana_decoder *decoder, training *self)
{
    const size_t p = self->p;
    for (size_t u = 0; u < p; u++) {
        double mean = 0.0;
        double square = 0.0;
        for (size_t i = 0; i < self->n; i++) {
            mean += rows->x[which[i] * p + u] / (double)self->n;
        }
        for (size_t i = 0; i < self->n; i++) {
            const double d = rows->x[which[i] * p + u] - mean;
            self->x[i * p + u] = d;
            square += d * d / (double)self->n;
        }
        const double deviation = sqrt(square);
        const bool varies = deviation > 1e-14 * fabs(mean);
        decoder->centre[u] = mean;
        decoder->scale[u] = raw || !varies ? 1.0 : deviation;
        for (size_t i = 0; i < self->n; i++) {
            self->x[i * p + u] = varies ? self->x[i * p + u] / decoder->scale[u] : 0.0;
        }
    }
}

static ana_grouped_rows grouped(const training *self, size_t d, const double *x)
{
    return (ana_grouped_rows){self->n, d, x, self->n_classes, self->classes, self->n_in};
}

static ana_status fit_centroids(const training *self, ana_decoder *decoder)
{
    const ana_grouped_rows rows = grouped(self, self->p, self->x);
    ana_group_means(&rows, decoder->maps);
    for (size_t c = 0; c < self->n_classes; c++) {
        const double *mean = decoder->maps + c * self->p;
        decoder->bias[c] =
            self->n_in[c] > 0.0 ? -0.5 * ana_dot(self->p, mean, mean) : -(double)INFINITY;
    }
    return ANA_OK;
}

/* In the space that the trials span when there are more units than trials. */
static ana_status fit_in_span(const training *self, const ana_discriminant_options *options,
                              ana_decoder *decoder)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = self->n - 1;
    size_t d = 0;
    double *components = ana_workspace_doubles(&workspace, most, self->p);
    double *variance = ana_workspace_doubles(&workspace, most, 1);
    double *scores = ana_workspace_doubles(&workspace, self->n, most);
    double *weights = ana_workspace_doubles(&workspace, self->n_classes, most);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    ANA_TRY(ana_components_find(self->n, self->p, self->x, most, components, variance, &d));
    if (d == 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "decoding: no unit varies between training trials"));
    }
    const ana_gemm shape = {
        .n_rows = self->n, .n_inner = self->p, .n_columns = d, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, self->x, components, scores));
    const ana_grouped_rows rows = grouped(self, d, scores);
    ANA_TRY(ana_discriminants_fit(&rows, options, weights, decoder->bias));
    ANA_TRY(ana_linalg_multiply(self->n_classes, d, self->p, weights, components, decoder->maps));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_lda(const training *self, double shrinkage, ana_decoder *decoder)
{
    const ana_discriminant_options options = {"decoding", shrinkage, self->p};
    size_t n_present = 0;
    for (size_t c = 0; c < self->n_classes; c++) {
        n_present += self->n_in[c] > 0.0 ? 1 : 0;
    }
    if (self->n <= n_present) {
        return ana_fail(ANA_ERR_SHAPE,
                        "decoding: %zu training trials of %zu classes say nothing of the spread "
                        "within classes, which lda needs; take centroid",
                        self->n, n_present);
    }
    if (self->p >= self->n) {
        return fit_in_span(self, &options, decoder);
    }
    const ana_grouped_rows rows = grouped(self, self->p, self->x);
    return ana_discriminants_fit(&rows, &options, decoder->maps, decoder->bias);
}

/* The classes of which there are training trials: numbers among themselves, and back. */
static size_t number_present(const training *self, size_t *number, size_t *class_of)
{
    size_t n = 0;
    for (size_t c = 0; c < self->n_classes; c++) {
        if (self->n_in[c] > 0.0) {
            class_of[n] = c;
            number[c] = n++;
        }
    }
    return n;
}

/* The regression of classes on responses; class 0 of those present has the score 0. */
static ana_status regress(const training *self, const size_t *number, size_t n_present,
                          const ana_decoding_options *options, ana_glm **out)
{
    ana_status status = ANA_OK;
    ana_observations *choices = NULL;
    ana_observations *indicators = NULL;
    ana_observations *covariates = NULL;
    ana_design *design = NULL;
    ana_glm_options fitting = ana_glm_options_default();
    ANA_TRY(ana_observations_new(self->n, 1, &choices));
    ANA_TRY(ana_observations_new(self->n, self->p, &covariates));
    memcpy(covariates->values, self->x, self->n * self->p * sizeof *self->x);
    for (size_t i = 0; i < self->n; i++) {
        choices->values[i] = (double)number[self->classes[i]];
    }
    ANA_TRY(ana_glm_classes(choices, n_present, &indicators, NULL));
    const ana_design_source source = {.covariates = covariates};
    ANA_TRY(ana_design_new(&source, &design));
    fitting.run = options->run;
    fitting.run.progress = NULL;
    fitting.run.warn = NULL;
    fitting.family.distribution = ANA_GLM_CATEGORICAL;
    fitting.family.n_classes = n_present;
    fitting.coupling = ANA_COUPLING_NONE;
    fitting.ridge = options->ridge;
    fitting.errors = ANA_GLM_ERRORS_NO;
    const ana_glm_data data = {.responses = indicators, .design = design};
    ANA_TRY(ana_glm_fit(&data, &fitting, out));
done:
    ana_design_free(design);
    ana_observations_free(covariates);
    ana_observations_free(indicators);
    ana_observations_free(choices);
    return status;
}

static ana_status fit_logistic(const training *self, const ana_decoding_options *options,
                               ana_decoder *decoder)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_glm *glm = NULL;
    size_t *number = ana_workspace_sizes(&workspace, self->n_classes, 2);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    size_t *class_of = number + self->n_classes;
    const size_t n_present = number_present(self, number, class_of);
    for (size_t c = 0; c < self->n_classes; c++) {
        decoder->bias[c] = self->n_in[c] > 0.0 ? 0.0 : -(double)INFINITY;
    }
    memset(decoder->maps, 0, self->n_classes * self->p * sizeof *decoder->maps);
    if (n_present >= 2) { /* else there is one answer alone */
        ANA_TRY(regress(self, number, n_present, options, &glm));
        for (size_t k = 1; k < n_present; k++) {
            const double *row = glm->coefficients + (k - 1) * glm->n_columns;
            decoder->bias[class_of[k]] = row[0];
            memcpy(decoder->maps + class_of[k] * self->p, row + 1, self->p * sizeof *row);
        }
    }
done:
    ana_glm_free(glm);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_decoder_fit(const ana_decoding_rows *rows, const size_t *classes, size_t n_which,
                           const size_t *which, const ana_decoding_options *options,
                           ana_decoder *decoder)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    training self = {.n = n_which,
                     .p = rows->p,
                     .n_classes = decoder->n_classes,
                     .x = ana_workspace_doubles(&workspace, n_which, rows->p),
                     .classes = ana_workspace_sizes(&workspace, n_which, 1),
                     .n_in = ana_workspace_doubles(&workspace, decoder->n_classes, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    for (size_t i = 0; i < n_which; i++) {
        self.classes[i] = classes[which[i]];
        self.n_in[self.classes[i]] += 1.0;
    }
    standardise(rows, which, options->raw, decoder, &self);
    switch (options->method) {
    case ANA_DECODING_CENTROID:
        ANA_TRY(fit_centroids(&self, decoder));
        break;
    case ANA_DECODING_LOGISTIC:
        ANA_TRY(fit_logistic(&self, options, decoder));
        break;
    case ANA_DECODING_LDA:
    default:
        ANA_TRY(fit_lda(&self, options->shrinkage, decoder));
        break;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

size_t ana_decoder_predict(const ana_decoder *decoder, const double *x, const bool *allowed)
{
    size_t best = decoder->n_classes;
    double highest = -INFINITY;
    for (size_t c = 0; c < decoder->n_classes; c++) {
        const double *map = decoder->maps + c * decoder->p;
        double score = decoder->bias[c];
        for (size_t u = 0; u < decoder->p; u++) {
            score += map[u] * ((x[u] - decoder->centre[u]) / decoder->scale[u]);
        }
        if ((allowed == NULL || allowed[c]) && score > highest) {
            highest = score;
            best = c;
        }
    }
    return best;
}
