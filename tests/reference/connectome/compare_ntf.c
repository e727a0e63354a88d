/* Factorisations: the product of each mode, one iteration of each peer by its own settings, and
 * where their iterations end. tensortools sweeps three times, tensorly a hundred times. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/ntf.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct subject {
    const h5_reference *file;
    const char *group;
    tally *counts;
    h5_doubles x;
    ana_tensor *tensor;
    ana_ntf *start;
} subject;

static h5_doubles read_in(const subject *self, const char *name, size_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s%zu", self->group, name, mode);
    return h5_reference_doubles(self->file, path);
}

/* The model of a peer. */
static ana_ntf *read_model(const subject *self, const char *name)
{
    ana_ntf *ntf = NULL;
    char path[256];
    check_ok(ana_ntf_new(self->x.n_axes, self->x.shape,
                         (size_t)h5_reference_attribute(self->file, self->group, "rank", 0.0),
                         &ntf));
    for (size_t m = 0; m < ntf->n_modes; m++) {
        h5_doubles factor = read_in(self, name, m);
        memcpy(ntf->factors[m], factor.values, factor.n * sizeof(double));
        h5_doubles_free(&factor);
    }
    for (size_t r = 0; r < ntf->rank; r++) {
        ntf->weights[r] = 1.0;
    }
    snprintf(path, sizeof path, "%s/%.*sweights", self->group, (int)(strlen(name) - 6), name);
    if (strcmp(name, "init") != 0 && h5_reference_has(self->file, path)) {
        h5_doubles weights = h5_reference_doubles(self->file, path);
        memcpy(ntf->weights, weights.values, ntf->rank * sizeof(double));
        h5_doubles_free(&weights);
    }
    return ntf;
}

static void compare_products(const subject *self)
{
    for (size_t m = 0; m < self->x.n_axes; m++) {
        h5_doubles wanted = read_in(self, "mttkrp_init_mode", m);
        double *product = calloc(wanted.n, sizeof *product);
        assert_non_null(product);
        check_ok(ana_tensor_mttkrp(self->tensor, NULL, self->start->rank,
                                   (const double *const *)self->start->factors, m, product));
        for (size_t k = 0; k < wanted.n; k++) {
            tally_number(self->counts, product[k], wanted.values[k], 0.0, 1e-12,
                         "%s mode %zu [%zu]", self->group, m, k);
        }
        free(product);
        h5_doubles_free(&wanted);
    }
}

/* A run of the peer's settings against what the peer found. */
typedef struct trial {
    const char *peer;
    ana_ntf_method method;
    size_t n_sweeps;
    size_t n_iterations;
    double sparsity;
    double of_factors; /* tolerance of the factors, relative to their largest; 0: not compared */
    double of_error;   /* tolerance of the relative error */
} trial;

static const trial trials[] = {
    {"tensortools_hals_1", ANA_NTF_HALS, 3, 1, 0.0, 1e-12, 1e-12},
    {"tensortools_hals_10", ANA_NTF_HALS, 3, 10, 0.0, 1e-9, 1e-9},
    {"tensortools_hals_200", ANA_NTF_HALS, 3, 200, 0.0, 0.0, 1e-6},
    {"tensorly_hals_1", ANA_NTF_HALS, 100, 1, 0.0, 1e-12, 1e-12},
    {"tensorly_hals_10", ANA_NTF_HALS, 100, 10, 0.0, 1e-9, 1e-9},
    {"tensorly_hals_200", ANA_NTF_HALS, 100, 200, 0.0, 0.0, 1e-6},
    {"tensorly_mu_1", ANA_NTF_MULTIPLICATIVE, 1, 1, 0.0, 1e-12, 1e-12},
    {"tensorly_mu_10", ANA_NTF_MULTIPLICATIVE, 1, 10, 0.0, 1e-9, 1e-9},
    {"tensorly_mu_200", ANA_NTF_MULTIPLICATIVE, 1, 200, 0.0, 0.0, 1e-6},
    {"tensorly_hals_sparse0.02_50", ANA_NTF_HALS, 100, 50, 0.02, 0.0, 1e-6},
};

static void compare_factors(const subject *self, const trial *settings, const ana_ntf *fit,
                            const ana_ntf *wanted)
{
    for (size_t m = 0; settings->of_factors > 0.0 && m < fit->n_modes; m++) {
        for (size_t k = 0; k < fit->length[m] * fit->rank; k++) {
            if (wanted->weights[k % fit->rank] > 0.0) {
                tally_number(self->counts, fit->factors[m][k], wanted->factors[m][k],
                             settings->of_factors, 0.0, "%s/%s factor %zu [%zu]", self->group,
                             settings->peer, m, k);
            }
        }
    }
}

static void compare_trial(const subject *self, const trial *settings)
{
    char name[256];
    char path[256];
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    options.method = settings->method;
    options.n_sweeps = settings->n_sweeps;
    options.max_iterations = settings->n_iterations;
    options.sparsity = settings->sparsity;
    options.tolerance = 0.0;
    options.reseed = false;
    snprintf(path, sizeof path, "%s/%s", self->group, settings->peer);
    snprintf(name, sizeof name, "%s/factor", settings->peer);
    check_ok(ana_ntf_fit_from(self->tensor, self->start, NULL, &options, &fit));
    ana_ntf *wanted = read_model(self, name);
    check_ok(ana_ntf_normalise(wanted, ANA_NTF_BY_WEIGHT));
    const double error = h5_reference_attribute(self->file, path, "true_rel_error", -1.0);
    if (settings->n_iterations > 1 && settings->sparsity <= 0.0 &&
        !(wanted->weights[wanted->rank - 1] > 0.0)) {
        /* A component that tensortools let die, for good: ours may come back. */
        tally_that(self->counts, fit->relative_error <= error, "%s: error %g, not above %g", path,
                   fit->relative_error, error);
    } else {
        tally_number(self->counts, fit->relative_error, error, settings->of_error, 0.0, "%s error",
                     path);
        compare_factors(self, settings, fit, wanted);
    }
    ana_ntf_free(wanted);
    ana_ntf_free(fit);
    self->counts->n_cases++;
}

static void compare_core(const subject *self, const char *peer)
{
    char name[256];
    char path[256];
    double consistency = 0.0;
    snprintf(name, sizeof name, "%s/factor", peer);
    snprintf(path, sizeof path, "%s/%s", self->group, peer);
    ana_ntf *model = read_model(self, name);
    check_ok(ana_ntf_core_consistency(model, self->tensor, NULL, &consistency));
    tally_number(self->counts, consistency,
                 h5_reference_attribute(self->file, path, "core_consistency", 0.0), 1e-6, 1e-8,
                 "%s core consistency", path);
    ana_ntf_free(model);
}

void compare_ntf(const h5_reference *file, tally *counts)
{
    h5_names groups = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t g = 0; g < groups.n; g++) {
        subject self = {.file = file, .group = groups.names[g], .counts = counts};
        char path[256];
        snprintf(path, sizeof path, "%s/X", self.group);
        self.x = h5_reference_doubles(file, path);
        check_ok(
            ana_tensor_dense(self.x.n_axes, self.x.shape, self.x.values, NULL, NULL, &self.tensor));
        self.start = read_model(&self, "init");
        compare_products(&self);
        for (size_t k = 0; k < sizeof trials / sizeof trials[0]; k++) {
            compare_trial(&self, &trials[k]);
        }
        compare_core(&self, "tensorly_hals_10");
        compare_core(&self, "tensortools_hals_200");
        ana_ntf_free(self.start);
        ana_tensor_free(self.tensor);
        h5_doubles_free(&self.x);
    }
    h5_names_free(&groups);
}
