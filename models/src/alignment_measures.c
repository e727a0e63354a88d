/* The measures of alignment: a row for each. */
#include "alignment_parts.h"
#include "try.h"

#include <analysis/models/cca.h>
#include <analysis/models/ceiling.h>
#include <analysis/models/cka.h>
#include <analysis/models/shape_metric.h>
#include <analysis/stats.h>

#include <math.h>

static ana_responses *borrow(const ana_responses *system)
{
    return (ana_responses *)(uintptr_t)system;
}

static ana_status cka(const ana_responses *layer, const ana_responses *brain,
                      const ana_ceiling *ceiling, const ana_alignment_options *options,
                      double *score)
{
    (void)ceiling;
    ana_cka_options how = ana_cka_options_default();
    ana_cka *made = NULL;
    ana_responses *a[] = {borrow(layer)};
    ana_responses *b[] = {borrow(brain)};
    const ana_responses_set layers = {1, a};
    const ana_responses_set brains = {1, b};
    how.run = options->run;
    ana_status status = ana_cka_compute(&layers, &brains, &how, &made);
    *score = status == ANA_OK ? made->values[0] : (double)NAN;
    ana_cka_free(made);
    return status;
}

/* Mean held-out canonical correlation. A system that does not vary has none. */
static ana_status cca(const ana_responses *layer, const ana_responses *brain,
                      const ana_ceiling *ceiling, const ana_alignment_options *options,
                      double *score)
{
    (void)ceiling;
    ana_cca_options how = ana_cca_options_default();
    ana_cca *made = NULL;
    how.run = options->run;
    how.run.warn = NULL; /* saturated where nothing is held out */
    how.ridge = 1.0;
    how.n_folds = 5;
    const ana_status status = ana_cca_compute(layer, brain, &how, &made);
    *score = status == ANA_OK ? made->held_out_mean : (double)NAN;
    ana_cca_free(made);
    return status == ANA_ERR_NUMERIC ? ANA_OK : status;
}

/* Cosine of the angle between the shapes: 1 for systems that are turned images. */
static ana_status procrustes(const ana_responses *layer, const ana_responses *brain,
                             const ana_ceiling *ceiling, const ana_alignment_options *options,
                             double *score)
{
    (void)ceiling;
    ana_shape_options how = ana_shape_options_default();
    ana_shapes *made = NULL;
    ana_responses *both[] = {borrow(layer), borrow(brain)};
    const ana_responses_set systems = {2, both};
    how.run = options->run;
    const ana_status status = ana_shapes_compute(&systems, &how, &made);
    *score = status == ANA_OK ? cos(made->distance[1]) : (double)NAN;
    ana_shapes_free(made);
    return status;
}

/* Median over units of how well they are predicted held out, of what they allow where that is
 * known. */
static ana_status encoding(const ana_responses *layer, const ana_responses *brain,
                           const ana_ceiling *ceiling, const ana_alignment_options *options,
                           double *score)
{
    ana_encoding_options how = options->encoding;
    ana_encoding *made = NULL;
    ana_responses *spaces[] = {borrow(layer)};
    how.run = options->run;
    how.folds = NULL;
    how.groups = NULL;
    const ana_status status = ana_encoding_compute(1, spaces, brain, ceiling, &how, &made);
    *score = status != ANA_OK  ? (double)NAN
             : ceiling != NULL ? made->median_normalised
                               : made->median;
    ana_encoding_free(made);
    return status;
}

/* Median over units of what a perfect model would reach, given the scatter of trials. */
static ana_status encoding_ceiling(const ana_observations *trials,
                                   const ana_alignment_options *options, double *low, double *high)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_ceiling *ceiling = NULL;
    ana_ceiling_options how = ana_ceiling_options_default();
    how.run = options->run;
    size_t n = 0;
    if (options->normalise) {
        *low = 1.0;
        *high = 1.0;
        return ANA_OK;
    }
    double *reached = ana_workspace_doubles(&workspace, trials->n_features, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    status = ana_ceiling_compute(trials, 0, NULL, &how, &ceiling);
    if (status == ANA_ERR_VALUE) { /* too few trials to know */
        status = ANA_OK;
        goto done;
    }
    ANA_TRY(status);
    for (size_t u = 0; u < ceiling->n_units; u++) {
        const double reliability = ceiling->reliability[u];
        if (reliability > 0.0) {
            reached[n++] =
                options->encoding.measure == ANA_ENCODING_PEARSON ? sqrt(reliability) : reliability;
        }
    }
    if (n > 0) {
        *low = ana_stats_median_in_place(n, reached);
        *high = *low;
    }
done:
    ana_ceiling_free(ceiling);
    ana_workspace_release(&workspace);
    return status;
}

static const ana_alignment_rule rules[] = {
    [ANA_ALIGNMENT_RSA] = {.name = "rsa", .value = "similarity of dissimilarities", .least = 3},
    [ANA_ALIGNMENT_CKA] =
        {.name = "cka", .value = "debiased CKA", .turns = true, .least = 4, .score = cka},
    [ANA_ALIGNMENT_CCA] = {.name = "cca",
                           .value = "held-out canonical correlation",
                           .turns = true,
                           .least = 15,
                           .score = cca},
    [ANA_ALIGNMENT_PROCRUSTES] = {.name = "procrustes",
                                  .value = "cosine of the angle of shapes",
                                  .turns = true,
                                  .least = 3,
                                  .score = procrustes},
    [ANA_ALIGNMENT_ENCODING] = {.name = "encoding",
                                .value = "median held-out prediction",
                                .least = 10,
                                .score = encoding,
                                .ceiling = encoding_ceiling},
};

const char *const ana_alignment_measure_names[] = {"rsa",        "cka",      "cca",
                                                   "procrustes", "encoding", NULL};

const ana_alignment_rule *ana_alignment_rule_of(ana_alignment_measure measure)
{
    return &rules[measure];
}
