/* cka.h5: centred kernel alignment of the google demo, anatome, netrep and torch_cka, similarity of
 * similarity matrices, and anatome's Procrustes distance. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/cka.h>
#include <analysis/models/shape_metric.h>
#include <analysis/models/ssm.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    X,
    Y,
    CONSTANT,
    N_SYSTEMS
};

static ana_responses *read_system(const h5_reference *file, const char *path)
{
    h5_doubles values = h5_reference_doubles(file, path);
    ana_responses *made = NULL;
    check_ok(ana_responses_new(path, values.shape[0], values.shape[1], &made));
    memcpy(made->values, values.values, values.n * sizeof(double));
    h5_doubles_free(&values);
    return made;
}

static ana_cka *compare(ana_responses *a, ana_responses *b, const ana_cka_options *options)
{
    const ana_responses_set left = {1, &a};
    const ana_responses_set right = {1, &b};
    ana_cka *cka = NULL;
    check_ok(ana_cka_compute(&left, &right, options, &cka));
    return cka;
}

/* The output at `path` holds f(CKA), f affine or the angle. */
static void hold(const h5_reference *file, const char *path, double value, tally *counts)
{
    compare_output(file, path, 1, &value, counts);
}

static void compare_linear(const h5_reference *file, ana_responses *const *systems, tally *counts)
{
    for (int debiased = 0; debiased <= 1; debiased++) {
        for (int form = ANA_CKA_FEATURES; form <= ANA_CKA_KERNELS; form++) {
            char path[64];
            ana_cka_options options = ana_cka_options_default();
            options.form = (ana_cka_form)form;
            options.estimator = debiased ? ANA_CKA_DEBIASED : ANA_CKA_BIASED;
            ana_cka *cka = compare(systems[X], systems[Y], &options);
            snprintf(path, sizeof path, "out/linear_%s_debiased%d",
                     form == ANA_CKA_FEATURES ? "feature" : "gram", debiased);
            hold(file, path, cka->values[0], counts);
            if (form == ANA_CKA_FEATURES) {
                snprintf(path, sizeof path, "out/anatome_linear_cka_distance_rb%d", debiased);
                hold(file, path, 1.0 - cka->values[0], counts);
            }
            if (form == ANA_CKA_FEATURES && !debiased) {
                hold(file, "out/netrep_angular", acos(cka->values[0]), counts);
            }
            if (form == ANA_CKA_KERNELS && debiased) {
                const double hsic[] = {cka->cross[0], cka->self_a[0], cka->self_b[0]};
                hold(file, "out/hsic_u_cka", cka->values[0], counts);
                compare_output(file, "out/hsic1", 3, hsic, counts);
                compare_output(file, "out/torch_cka_hsic", 3, hsic, counts);
            }
            ana_cka_free(cka);
        }
    }
}

static void compare_rbf(const h5_reference *file, ana_responses *const *systems, tally *counts)
{
    static const char *const bandwidths[] = {"0.2", "0.5", "1.0"};
    static const double values[] = {0.2, 0.5, 1.0};
    for (size_t k = 0; k < 6; k++) {
        char path[64];
        ana_cka_options options = ana_cka_options_default();
        options.kernel = ANA_CKA_RBF;
        options.median_of_all = true;
        options.bandwidth = values[k / 2];
        options.estimator = k % 2 == 1 ? ANA_CKA_DEBIASED : ANA_CKA_BIASED;
        ana_cka *cka = compare(systems[X], systems[Y], &options);
        snprintf(path, sizeof path, "out/rbf_t%s_debiased%zu", bandwidths[k / 2], k % 2);
        hold(file, path, cka->values[0], counts);
        ana_cka_free(cka);
    }
}

/* Similarity of similarity matrices: of all units, and of the recorded draws of Y's. */
static void compare_ssm(const h5_reference *file, ana_responses *const *systems, tally *counts)
{
    h5_ints drawn = h5_reference_ints(file, "in/subsample");
    const size_t n_draws = drawn.shape[0];
    const size_t n_units = drawn.shape[1];
    ana_ssm_options options = ana_ssm_options_default();
    double values[64];
    options.n_draws = 0;
    for (size_t draw = 0; draw <= n_draws && draw < 64; draw++) {
        size_t places[64];
        ana_responses *part = NULL;
        ana_ssm *ssm = NULL;
        const bool all = draw == n_draws;
        const size_t n = all ? systems[Y]->n_units : n_units;
        for (size_t u = 0; u < n && u < 64; u++) {
            places[u] = all ? u : (size_t)drawn.values[draw * n_units + u];
        }
        check_ok(ana_responses_take_units(systems[Y], n, places, &part));
        const ana_responses_set other = {1, &part};
        check_ok(ana_ssm_compute(systems[X], &other, &options, &ssm));
        values[draw] = ssm->values[0];
        ana_ssm_free(ssm);
        ana_responses_free(part);
    }
    compare_output(file, "out/ssm_subsample", n_draws, values, counts);
    hold(file, "out/ssm_spearman", values[n_draws], counts);
    h5_ints_free(&drawn);
}

/* anatome's distance is half of the squared one of systems of length 1: 1 - cos of the angle. */
static void compare_procrustes(const h5_reference *file, ana_responses **systems, tally *counts)
{
    const ana_responses_set both = {2, systems};
    ana_shapes *shapes = NULL;
    check_ok(ana_shapes_compute(&both, NULL, &shapes));
    hold(file, "out/anatome_procrustes_distance", 1.0 - cos(shapes->distance[1]), counts);
    ana_shapes_free(shapes);
}

void compare_cka(const h5_reference *file, tally *counts)
{
    const size_t before = counts->n_cases;
    static const char *const paths[] = {"in/X", "in/Y", "in/const"};
    ana_responses *systems[N_SYSTEMS];
    ana_cka_options options = ana_cka_options_default();
    for (size_t k = 0; k < N_SYSTEMS; k++) {
        systems[k] = read_system(file, paths[k]);
    }
    compare_linear(file, systems, counts);
    compare_rbf(file, systems, counts);
    compare_ssm(file, systems, counts);
    compare_procrustes(file, systems, counts);
    options.batch = systems[X]->n_stimuli / 4;
    ana_cka *batches = compare(systems[X], systems[Y], &options);
    hold(file, "out/minibatch4", batches->values[0], counts);
    ana_cka_free(batches);
    ana_cka *constant = compare(systems[X], systems[CONSTANT], NULL);
    hold(file, "out/const", constant->values[0], counts);
    tally_that(counts, constant->n_undefined == 1, "a constant system is counted");
    ana_cka_free(constant);
    for (size_t k = 0; k < N_SYSTEMS; k++) {
        ana_responses_free(systems[k]);
    }
    counts->n_unread += h5_reference_count(file) - 4 - (counts->n_cases - before); /* inputs */
}
