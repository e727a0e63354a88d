#include "support/check.h"
#include "support/reference_json.h"
#include "support/spike_trains.h"

#include <analysis/bin.h>
#include <analysis/correlogram.h>
#include <analysis/smooth.h>
#include <analysis/spike_stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* tests/reference/make_spikes.py: exact fractions of whole microseconds, and numpy. */
typedef struct fixture {
    reference *root;
    ana_spikes *spikes;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->root = reference_open("spikes.json");
    size_t n_units = 0;
    const size_t *n = reference_sizes(f->root, "trains/n", &n_units);
    const double *times = reference_doubles(f->root, "trains/times", NULL);
    f->spikes = spikes_by_hand(n_units, n, times, 0.0, 10.0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ana_spikes_free(f->spikes);
    reference_close(f->root);
    free(f);
    return 0;
}

static void counts_are_those_of_exact_fractions(void **state)
{
    fixture *f = *state;
    static const char *const cases[] = {"bins_25000", "bins_33300", "bins_250000"};
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        ana_bin_options options = ana_bin_options_default();
        snprintf(path, sizeof path, "trains/%s/bin", cases[i]);
        options.bin_s = reference_number(f->root, path);
        snprintf(path, sizeof path, "trains/%s/counts", cases[i]);
        size_t n = 0;
        const double *wanted = reference_doubles(f->root, path, &n);
        ana_observations *found = NULL;
        check_ok(ana_bin_spikes(f->spikes, NULL, &options, &found, NULL));
        assert_int_equal(found->n_times * found->n_features, n);
        check_all_close(n, found->values, wanted, 0.0, 0.0);
        ana_observations_free(found);
    }
}

static void measures_are_those_of_numpy(void **state)
{
    fixture *f = *state;
    const double *isi_wanted = reference_doubles(f->root, "trains/isi", NULL);
    const double *fano_wanted = reference_doubles(f->root, "trains/bins_250000/fano", NULL);
    double *isi = calloc(f->spikes->n_spikes, sizeof *isi);
    for (size_t u = 0; u < f->spikes->n_units; u++) {
        size_t n = ana_spike_isi(f->spikes, u, isi, NULL);
        ana_isi_stats s = ana_isi_measure(n, isi, NULL, 0.005);
        const double found[] = {s.mean, s.sd, s.cv, s.cv2, s.lv, s.lvr};
        /* Unit 3 is regular: its measures are rounding of times near 10 s. */
        check_all_close(6, found, isi_wanted + 6 * u, 1e-14, 1e-12);
        double fano = 0.0;
        check_ok(ana_spike_fano(f->spikes, u, 0.25, &fano));
        check_close(fano, fano_wanted[u], 1e-14, 1e-12);
    }
    free(isi);
}

static void tiling_is_that_of_whole_microseconds(void **state)
{
    fixture *f = *state;
    static const char *const cases[] = {"sttc_0", "sttc_500", "sttc_2000", "sttc_100000"};
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof path, "trains/%s/window", cases[i]);
        double window = reference_number(f->root, path);
        snprintf(path, sizeof path, "trains/%s/values", cases[i]);
        size_t n = 0;
        const double *wanted = reference_doubles(f->root, path, &n);
        ana_matrix *found = NULL;
        check_ok(ana_sttc_matrix(f->spikes, window, NULL, &found));
        check_all_close(n, found->values, wanted, 1e-12, 1e-12);
        ana_matrix_free(found);
    }
}

static void lags_are_those_of_whole_microseconds(void **state)
{
    fixture *f = *state;
    ana_correlogram_options options = ana_correlogram_options_default();
    options.bin_s = 0.005;
    options.max_lag_s = 0.1;
    for (size_t a = 0; a < 4; a++) {
        for (size_t b = 0; b < 4; b++) {
            char path[64];
            snprintf(path, sizeof path, "trains/lags/%zu_%zu", a, b);
            size_t n = 0;
            const double *wanted = reference_doubles(f->root, path, &n);
            ana_correlogram *found = NULL;
            check_ok(ana_correlogram_compute(f->spikes, a, b, NULL, &options, &found));
            assert_int_equal(found->n_lags, n);
            check_all_close(n, found->count, wanted, 0.0, 0.0);
            ana_correlogram_free(found);
        }
    }
}

static void smoothing_is_a_convolution(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *name;
        ana_smooth_kernel kernel;
        bool causal;
    } cases[] = {
        {"smooth/gaussian", ANA_SMOOTH_GAUSSIAN, false},
        {"smooth/gaussian_causal", ANA_SMOOTH_GAUSSIAN, true},
        {"smooth/exponential", ANA_SMOOTH_EXPONENTIAL, false},
        {"smooth/exponential_causal", ANA_SMOOTH_EXPONENTIAL, true},
        {"smooth/alpha", ANA_SMOOTH_ALPHA, false},
        {"smooth/alpha_causal", ANA_SMOOTH_ALPHA, true},
    };
    size_t n = 0;
    const double *counts = reference_doubles(f->root, "smooth/counts", &n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_smooth_options options = ana_smooth_options_default();
        options.kernel = cases[i].kernel;
        options.causal = cases[i].causal;
        options.width_s = reference_number(f->root, "smooth/width");
        options.correct = false;
        ana_observations *found = NULL;
        check_ok(ana_observations_new(n, 1, &found));
        found->bin_s = reference_number(f->root, "smooth/bin");
        memcpy(found->values, counts, n * sizeof *counts);
        check_ok(ana_smooth_observations(&options, found));
        const double *wanted = reference_doubles(f->root, cases[i].name, NULL);
        check_all_close(n, found->values, wanted, 1e-11, 1e-12); /* of up to 200 Hz */
        ana_observations_free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_are_those_of_exact_fractions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(measures_are_those_of_numpy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tiling_is_that_of_whole_microseconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lags_are_those_of_whole_microseconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(smoothing_is_a_convolution, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
