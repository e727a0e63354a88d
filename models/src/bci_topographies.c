/* Where on the head is what a pipeline has learned? */
#include "bci_linear.h"
#include "bci_scalp.h"
#include "try.h"

#include <analysis/models/spd_map.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Patterns of csp or spoc: its second learned array. */
static ana_status add_filters(const bci_step *step, bci_scalp *self)
{
    ana_status status = ANA_OK;
    const bci_array *patterns = &step->learned[1];
    if (strcmp(step->kind->learned[1], "patterns") != 0 || patterns->shape.n_axes != 2 ||
        patterns->shape.n[1] != self->n_channels) {
        return ANA_OK;
    }
    for (size_t f = 0; f < patterns->shape.n[0] && self->n_drawn < BCI_MOST_MAPS; f++) {
        char name[64];
        char title[96];
        snprintf(name, sizeof name, "pattern_%zu", f + 1);
        snprintf(title, sizeof title, "Pattern %zu of %s", f + 1, step->kind->says.name);
        const ana_picture_words words = {
            .title = title,
            .caption = "What a source that the filter passes looks like at the channels; the sign "
                       "is free.",
            .value_title = "pattern"};
        ANA_TRY(ana_bci_add_map(self, name, &words, patterns->values + f * self->n_channels, NULL));
    }
done:
    return status;
}

/* diag(R^1/2 S R^1/2) / diag(R): the change of each channel's log power, to first order, along the
 * tangent S at R (spd_map.h). */
static ana_status power_change(size_t n, const double *reference, const double *pattern,
                               const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = {.n = n, .n_matrices = 1, .values = reference};
    double *root = ana_workspace_doubles(&workspace, n, n);
    double *tangent = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "topographies"));
    ANA_TRY(ana_spd_apply(&set, ANA_SPD_SQUARE_ROOT, 0.0, run, root));
    for (size_t i = 0, k = 0; i < n; i++) {
        for (size_t j = i; j < n; j++, k++) {
            tangent[i * n + j] = i == j ? pattern[k] : pattern[k] / sqrt(2.0);
            tangent[j * n + i] = tangent[i * n + j];
        }
    }
    for (size_t c = 0; c < n; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                sum += root[c * n + i] * tangent[i * n + j] * root[c * n + j];
            }
        }
        out[c] = sum / reference[c * n + c];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Scores of tangent vectors, of real matrices whose first rows are the channels. */
static ana_status add_tangents(const ana_bci_pipeline *pipeline, size_t which, bci_scalp *self)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bci_array *reference = &pipeline->steps[which].learned[0];
    const bci_step *linear = &pipeline->steps[which + 1];
    const size_t n = reference->shape.n[0];
    const bci_array *patterns = &linear->learned[BCI_PATTERNS];
    const ana_run run = ana_run_default();
    const bool fits = linear->kind->learned == ana_bci_linear_learned && patterns->values != NULL &&
                      patterns->shape.n_axes == 2 && patterns->shape.n[1] == n * (n + 1) / 2 &&
                      reference->shape.n[1] == n && n >= self->n_channels &&
                      n % self->n_channels == 0;
    if (!fits) {
        return ANA_OK;
    }
    double *change = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "topographies"));
    for (size_t s = 0; s < patterns->shape.n[0] && self->n_drawn < BCI_MOST_MAPS; s++) {
        char name[64];
        char title[320];
        const size_t class = patterns->shape.n[0] == 1 ? 1 : s;
        snprintf(name, sizeof name, "power_%zu", s + 1);
        snprintf(title, sizeof title, "Power that speaks for %.256s",
                 pipeline->lesson.classes[class]);
        const ana_picture_words words = {
            .title = title,
            .caption = "Change of each channel's log power that goes along with the score: "
                       "cov(x) w of the tangent vectors (Haufe et al. 2014), carried back to the "
                       "channels.",
            .value_title = "change of log power"};
        ANA_TRY(power_change(n, reference->values, patterns->values + s * n * (n + 1) / 2, &run,
                             change));
        ANA_TRY(ana_bci_add_map(self, name, &words, change, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_add_topographies(const ana_bci_pipeline *pipeline, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    bci_scalp self = {.record = record};
    ANA_TRY(ana_bci_find_scalp(pipeline, &workspace, &self));
    for (size_t k = 0; self.n > 3 && k < pipeline->n_steps; k++) {
        const bci_step *step = &pipeline->steps[k];
        const char *name = step->kind->says.name;
        if (strcmp(name, "csp") == 0 || strcmp(name, "spoc") == 0) {
            ANA_TRY(add_filters(step, &self));
        }
        if (strcmp(name, "tangent") == 0 && k + 1 < pipeline->n_steps) {
            ANA_TRY(add_tangents(pipeline, k, &self));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
