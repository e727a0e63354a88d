/* Spatial filters of riemann.h5: groups csp and xdawn. A filter's sign is left open. */
#include "bci.h"
#include "support/check.h"

#include <analysis/covariance.h>
#include <analysis/models/common_spatial_patterns.h>
#include <analysis/models/xdawn.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANNELS = 8,
    TRIALS = 18,
    TIMES = 320
};

/* Trials of one side of the split: matrices of spd/C, the first channels of in/X, classes. */
typedef struct side {
    size_t n;
    size_t classes[TRIALS];
    double matrices[TRIALS * CHANNELS * CHANNELS];
    double signals[TRIALS * CHANNELS * TIMES];
} side;

static void read_side(const h5_reference *file, const char *path, side *out)
{
    h5_ints rows = h5_reference_ints(file, path);
    h5_ints labels = h5_reference_ints(file, "in/y");
    h5_doubles matrices = h5_reference_doubles(file, "spd/C");
    h5_doubles signals = h5_reference_doubles(file, "in/X");
    const size_t size = (size_t)CHANNELS * CHANNELS;
    const size_t length = (size_t)CHANNELS * TIMES;
    assert_true(rows.n <= TRIALS && signals.shape[2] == TIMES);
    out->n = rows.n;
    for (size_t i = 0; i < rows.n; i++) {
        const size_t row = (size_t)rows.values[i];
        out->classes[i] = (size_t)labels.values[row] - 1;
        memcpy(out->matrices + i * size, matrices.values + row * size, size * sizeof(double));
        memcpy(out->signals + i * length, signals.values + row * signals.shape[1] * TIMES,
               length * sizeof(double));
    }
    h5_doubles_free(&signals);
    h5_doubles_free(&matrices);
    h5_ints_free(&labels);
    h5_ints_free(&rows);
}

/* Rows of one length, each up to its sign. */
static void compare_rows(const h5_reference *file, tally *counts, const char *path, size_t n,
                         const double *values, double accuracy)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    const size_t width = wanted.shape[1];
    double largest = 0.0;
    counts->n_cases++;
    tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n);
    for (size_t i = 0; i < wanted.n; i++) {
        largest = fmax(largest, fabs(wanted.values[i]));
    }
    for (size_t row = 0; row < n / width; row++) {
        double along = 0.0;
        for (size_t j = 0; j < width; j++) {
            along += values[row * width + j] * wanted.values[row * width + j];
        }
        for (size_t j = 0; j < width; j++) {
            tally_number(counts, copysign(1.0, along) * values[row * width + j],
                         wanted.values[row * width + j], accuracy * largest, accuracy,
                         "%s[%zu, %zu]", path, row, j);
        }
    }
    h5_doubles_free(&wanted);
}

static void compare_patterns(const h5_reference *file, tally *counts, const side *train,
                             const side *test)
{
    const ana_labelled_matrices known = {
        {CHANNELS, false, train->n, train->matrices}, 2, train->classes};
    const ana_spd_set fresh = {CHANNELS, false, test->n, test->matrices};
    ana_csp_options options = ana_csp_options_default();
    double filters[6 * CHANNELS];
    double patterns[6 * CHANNELS];
    double values[6];
    double features[6 * TRIALS];
    const ana_spatial_filters out = {6, filters, patterns, values};
    options.n_filters = 6;
    check_ok(ana_csp_fit(&known, &options, &out));
    compare_rows(file, counts, "csp/bin_filters", (size_t)6 * CHANNELS, filters, 1e-10);
    compare_rows(file, counts, "csp/bin_patterns", (size_t)6 * CHANNELS, patterns, 1e-10);
    check_ok(ana_csp_features(&fresh, 6, filters, features));
    h5_doubles wanted = h5_reference_doubles(file, "csp/bin_feat_test");
    counts->n_cases++;
    for (size_t i = 0; i < wanted.n; i++) {
        tally_number(counts, features[i], wanted.values[i], 1e-10, 1e-10, "csp/bin_feat_test[%zu]",
                     i);
    }
    h5_doubles_free(&wanted);
    /* The peer's Riemannian mean stops at 1e-8. */
    options.metric = ANA_SPD_RIEMANN;
    check_ok(ana_csp_fit(&known, &options, &out));
    compare_rows(file, counts, "csp/bin_riemann_filters", (size_t)6 * CHANNELS, filters, 1e-6);
    options.n_filters = 4;
    const ana_spatial_filters four = {4, filters, patterns, values};
    h5_doubles numbers = h5_reference_doubles(file, "csp/spoc_target");
    check_ok(ana_spoc_fit(&known.set, numbers.values, &options, &four));
    compare_rows(file, counts, "csp/spoc_filters", (size_t)4 * CHANNELS, filters, 1e-10);
    h5_doubles_free(&numbers);
}

/* Covariances by OAS of the first four test trials, with two filters of each class. Signs of
 * filters change those of whole rows and columns. */
static void compare_stacked(const h5_reference *file, tally *counts,
                            const ana_labelled_signals *known, const side *test)
{
    ana_xdawn_options options = ana_xdawn_options_default();
    double filters[4 * CHANNELS];
    double evoked[4 * TIMES];
    double covariance[64];
    double *stacked = calloc((size_t)4 * 8 * TIMES, sizeof *stacked);
    assert_non_null(stacked);
    options.n_filters = 2;
    check_ok(
        ana_xdawn_fit(known, &options, &(ana_spatial_filters){4, filters, NULL, NULL}, evoked));
    check_ok(ana_xdawn_stack(&(ana_labelled_signals){4, CHANNELS, TIMES, test->signals, 0, NULL}, 4,
                             filters, evoked, stacked));
    h5_doubles wanted = h5_reference_doubles(file, "xdawn/cov_test");
    counts->n_cases++;
    for (size_t i = 0; i < 4; i++) {
        check_ok(ana_covariance_compute(ANA_COVARIANCE_OAS, 8, TIMES, stacked + i * 8 * TIMES,
                                        covariance));
        for (size_t e = 0; e < 64; e++) {
            tally_number(counts, fabs(covariance[e]), fabs(wanted.values[i * 64 + e]), 1e-8, 1e-10,
                         "xdawn/cov_test[%zu, %zu, %zu]", i, e / 8, e % 8);
        }
    }
    h5_doubles_free(&wanted);
    free(stacked);
}

static void compare_evoked(const h5_reference *file, tally *counts, const side *train,
                           const side *test)
{
    const ana_labelled_signals known = {train->n,       CHANNELS, TIMES,
                                        train->signals, 2,        train->classes};
    ana_xdawn_options options = ana_xdawn_options_default();
    double filters[6 * CHANNELS];
    double patterns[6 * CHANNELS];
    double ratios[6];
    double evoked[6 * TIMES];
    options.n_filters = 3;
    check_ok(ana_xdawn_fit(&known, &options, &(ana_spatial_filters){6, filters, patterns, ratios},
                           evoked));
    compare_rows(file, counts, "xdawn/filters", (size_t)6 * CHANNELS, filters, 1e-9);
    compare_rows(file, counts, "xdawn/evokeds", (size_t)6 * TIMES, evoked, 1e-9);
    compare_stacked(file, counts, &known, test);
}

void compare_filters(const h5_reference *file, tally *counts)
{
    side *train = calloc(1, sizeof *train);
    side *test = calloc(1, sizeof *test);
    assert_true(train != NULL && test != NULL);
    read_side(file, "split/train", train);
    read_side(file, "split/test", test);
    compare_patterns(file, counts, train, test);
    compare_evoked(file, counts, train, test);
    free(test);
    free(train);
}
