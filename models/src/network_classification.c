/* Principal components and linear discriminants of training subjects. */
#include "discriminants.h"
#include "memory.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/network_classification.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

ana_network_classifier_options ana_network_classifier_options_default(void)
{
    return (ana_network_classifier_options){
        .run = ana_run_default(), .n_components = 10, .kept = 1.0};
}

const ana_option ana_network_classifier_option_table[] = {
    {"components", ANA_OPTION_SIZE, offsetof(ana_network_classifier_options, n_components), 1, 1e6,
     NULL, "N", "principal components at most", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_network_classifier_options, shrinkage), 0, 1,
     NULL, "SHARE", "of the covariance towards its mean variance", false},
    {"kept", ANA_OPTION_DOUBLE, offsetof(ana_network_classifier_options, kept), 0, 1, NULL, "SHARE",
     "of the features, those that tell training subjects apart best", false},
    ANA_OPTION_END,
};

/* The training subjects. */
typedef struct training {
    size_t n;
    size_t n_features;
    size_t n_groups;
    double *x;      /* n x n_features */
    size_t *groups; /* n */
    double *n_in;   /* n_groups */
    double *means;  /* n_groups x n_features */
    double *scores; /* n x n_components */
} training;

static ana_status take_rows(const ana_labelled_maps *data, const size_t *rows, training *self)
{
    const size_t p = self->n_features;
    for (size_t i = 0; i < self->n; i++) {
        const size_t row = rows != NULL ? rows[i] : i;
        if (row >= data->n || data->groups[row] >= data->n_groups) {
            return ana_fail(ANA_ERR_VALUE, "classifier: no subject %zu of one of %zu groups", row,
                            data->n_groups);
        }
        self->groups[i] = data->groups[row];
        self->n_in[self->groups[i]] += 1.0;
        for (size_t f = 0; f < p; f++) {
            self->x[i * p + f] = data->x[row * p + f];
            if (!isfinite(self->x[i * p + f])) {
                return ana_fail(ANA_ERR_VALUE,
                                "classifier: feature %zu of subject %zu is missing or infinite", f,
                                row);
            }
        }
    }
    for (size_t g = 0; g < self->n_groups; g++) {
        if (self->n_in[g] == 0.0) {
            return ana_fail(ANA_ERR_VALUE, "classifier: no training subject is of group %zu", g);
        }
    }
    return ANA_OK;
}

static ana_grouped_rows grouped(const training *self, size_t d, const double *x)
{
    return (ana_grouped_rows){self->n, d, x, self->n_groups, self->groups, self->n_in};
}

/* Variance between groups over that within them (Fisher 1936). */
static double rate_feature(const training *self, const double *mean, size_t f)
{
    const size_t p = self->n_features;
    double between = 0.0;
    double within = 0.0;
    for (size_t g = 0; g < self->n_groups; g++) {
        const double d = self->means[g * p + f] - mean[f];
        between += self->n_in[g] * d * d;
    }
    for (size_t i = 0; i < self->n; i++) {
        const double d = self->x[i * p + f] - self->means[self->groups[i] * p + f];
        within += d * d;
    }
    const double rounding = 1e-24 * (double)self->n * mean[f] * mean[f];
    return between + within > rounding ? between / within : 0.0;
}

static ana_status choose_features(const training *self, double kept,
                                  ana_network_classifier *classifier)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = self->n_features;
    const double wanted = ceil(kept * (double)p);
    ana_placed *rated = ana_workspace_bytes(&workspace, p, 1, sizeof *rated);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    for (size_t f = 0; f < p; f++) {
        rated[f] = (ana_placed){rate_feature(self, classifier->mean, f), f};
    }
    qsort(rated, p, sizeof *rated, ana_compare_falling);
    for (size_t k = 0; k < p && (double)k < wanted; k++) {
        classifier->mask[rated[k].index] = 1.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* x - mean; 0 outside the mask and where nothing but rounding is left. */
static void centre(const training *self, ana_network_classifier *classifier)
{
    const size_t p = self->n_features;
    for (size_t k = 0; k < self->n * p; k++) {
        const double mean = classifier->mean[k % p];
        const double d = self->x[k] - mean;
        self->x[k] = classifier->mask[k % p] > 0.0 && fabs(d) > 1e-14 * fabs(mean) ? d : 0.0;
    }
}

/* Discriminants among the components, taken back to the features. */
static ana_status discriminate(const training *self, double shrinkage,
                               ana_network_classifier *classifier)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = classifier->n_components;
    const size_t p = self->n_features;
    const ana_grouped_rows rows = grouped(self, d, self->scores);
    const ana_discriminant_options options = {"classifier", shrinkage, d};
    double *weights = ana_workspace_doubles(&workspace, self->n_groups, d);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    ANA_TRY(ana_discriminants_fit(&rows, &options, weights, classifier->bias));
    for (size_t g = 0; g < self->n_groups; g++) {
        ANA_TRY(ana_linalg_apply(d, p, classifier->components, true, weights + g * d,
                                 classifier->maps + g * p));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_classifier(const training *self, size_t most, ana_network_classifier **out)
{
    ana_status status = ANA_OK;
    ana_network_classifier *made = NULL;
    const size_t p = self->n_features;
    ANA_TRY(ana_allocate(1, sizeof *made, "classifier", &made));
    made->n_features = p;
    made->n_groups = self->n_groups;
    ANA_TRY(ana_allocate(p, sizeof(double), "classifier", &made->mask));
    ANA_TRY(ana_allocate(p, sizeof(double), "classifier", &made->mean));
    ANA_TRY(ana_allocate(p, most * sizeof(double), "classifier", &made->components));
    ANA_TRY(ana_allocate(most, sizeof(double), "classifier", &made->variance));
    ANA_TRY(ana_allocate(p, self->n_groups * sizeof(double), "classifier", &made->maps));
    ANA_TRY(ana_allocate(self->n_groups, sizeof(double), "classifier", &made->bias));
    *out = made;
    made = NULL;
done:
    ana_network_classifier_free(made);
    return status;
}

static ana_status learn(const training *self, const ana_network_classifier_options *options,
                        size_t most, ana_network_classifier *classifier)
{
    ana_status status = ANA_OK;
    const size_t p = self->n_features;
    const ana_grouped_rows rows = grouped(self, p, self->x);
    ana_group_means(&rows, self->means);
    for (size_t k = 0; k < self->n * p; k++) {
        classifier->mean[k % p] += self->x[k] / (double)self->n;
    }
    ANA_TRY(choose_features(self, options->kept, classifier));
    centre(self, classifier);
    ANA_TRY(ana_components_find(self->n, p, self->x, most, classifier->components,
                                classifier->variance, &classifier->n_components));
    if (classifier->n_components == 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "classifier: no feature varies between the training subjects"));
    }
    const ana_gemm shape = {.n_rows = self->n,
                            .n_inner = p,
                            .n_columns = classifier->n_components,
                            .transpose_b = true,
                            .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, self->x, classifier->components, self->scores));
    ANA_TRY(discriminate(self, options->shrinkage, classifier));
done:
    return status;
}

ana_status ana_network_classifier_fit(const ana_labelled_maps *data, size_t n_rows,
                                      const size_t *rows,
                                      const ana_network_classifier_options *options,
                                      ana_network_classifier **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_network_classifier *classifier = NULL;
    const ana_network_classifier_options defaults = ana_network_classifier_options_default();
    const ana_network_classifier_options *use = options != NULL ? options : &defaults;
    training self = {.n = rows != NULL ? n_rows : data->n,
                     .n_features = data->n_features,
                     .n_groups = data->n_groups};
    ANA_TRY(ana_options_check(ana_network_classifier_option_table, use, "classifier"));
    if (self.n <= self.n_groups || self.n_features == 0 || self.n_groups < 2) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "classifier: %zu training subjects of %zu groups and %zu features; there "
                         "must be two groups and more subjects than groups",
                         self.n, self.n_groups, self.n_features));
    }
    const size_t rank = self.n - 1 < self.n_features ? self.n - 1 : self.n_features;
    const size_t most = use->n_components < rank ? use->n_components : rank;
    self.x = ana_workspace_doubles(&workspace, self.n, self.n_features);
    self.groups = ana_workspace_sizes(&workspace, self.n, 1);
    self.n_in = ana_workspace_doubles(&workspace, self.n_groups, 1);
    self.means = ana_workspace_doubles(&workspace, self.n_groups, self.n_features);
    self.scores = ana_workspace_doubles(&workspace, self.n, most);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    ANA_TRY(take_rows(data, rows, &self));
    ANA_TRY(make_classifier(&self, most, &classifier));
    ANA_TRY(learn(&self, use, most, classifier));
    *out = classifier;
    classifier = NULL;
done:
    ana_network_classifier_free(classifier);
    ana_workspace_release(&workspace);
    return status;
}

void ana_network_classifier_predict(const ana_network_classifier *classifier, size_t n,
                                    const double *x, double *scores, size_t *groups)
{
    const size_t p = classifier->n_features;
    for (size_t i = 0; i < n; i++) {
        double best = -INFINITY;
        groups[i] = 0;
        for (size_t g = 0; g < classifier->n_groups; g++) {
            double score = classifier->bias[g];
            for (size_t f = 0; f < p; f++) {
                score += classifier->maps[g * p + f] * (x[i * p + f] - classifier->mean[f]);
            }
            if (score > best) {
                best = score;
                groups[i] = g;
            }
            if (scores != NULL) {
                scores[i * classifier->n_groups + g] = score;
            }
        }
    }
}

void ana_network_classifier_free(ana_network_classifier *classifier)
{
    if (classifier == NULL) {
        return;
    }
    free(classifier->mask);
    free(classifier->mean);
    free(classifier->components);
    free(classifier->variance);
    free(classifier->maps);
    free(classifier->bias);
    free(classifier);
}
