#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/filter.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double rate = 160.0;

static double number(reference *root, const char *group, const char *name, const char *key)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s/%s", group, name, key);
    return reference_number(root, path);
}

static ana_taper_kind taper(reference *root, const char *group, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s/taper", group, name);
    const char *wanted = reference_text(root, path);
    int kind = 0;
    while (strcmp(ana_taper_names[kind], wanted) != 0) {
        kind++;
    }
    return (ana_taper_kind)kind;
}

static void windowed_sincs_agree_with_scipy(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "firwin"); i++) {
        char path[128];
        double taps[61];
        size_t n_taps = 0;
        size_t n_cutoffs = 0;
        const char *name = reference_key(root, "firwin", i);
        snprintf(path, sizeof path, "firwin/%s/taps", name);
        const double *wanted = reference_doubles(root, path, &n_taps);
        snprintf(path, sizeof path, "firwin/%s/cutoffs", name);
        const double *cutoffs = reference_doubles(root, path, &n_cutoffs);
        check_ok(ana_firwin(n_taps, n_cutoffs, cutoffs,
                            number(root, "firwin", name, "pass_zero") == 1.0,
                            taper(root, "firwin", name), 5.0, taps));
        check_all_close(n_taps, taps, wanted, 1e-15, 0.0);
    }
}

static ana_filter_options options_of(reference *root, const char *name)
{
    ana_filter_options options = ana_filter_options_default();
    options.high_pass_hz = number(root, "fir_design", name, "high_pass");
    options.low_pass_hz = number(root, "fir_design", name, "low_pass");
    options.high_pass_transition_hz = number(root, "fir_design", name, "high_transition");
    options.low_pass_transition_hz = number(root, "fir_design", name, "low_transition");
    options.length_s = number(root, "fir_design", name, "length");
    options.taper = taper(root, "fir_design", name);
    return options;
}

static void automatic_designs_agree_with_mne(void **state)
{
    reference *root = *state;
    assert_true(reference_count(root, "fir_design") >= 8);
    for (size_t i = 0; i < reference_count(root, "fir_design"); i++) {
        char path[128];
        size_t n_taps = 0;
        const char *name = reference_key(root, "fir_design", i);
        ana_filter_options options = options_of(root, name);
        ana_fir *fir = NULL;
        check_ok(ana_fir_design(&options, number(root, "fir_design", name, "rate"), &fir));
        snprintf(path, sizeof path, "fir_design/%s/taps", name);
        const double *wanted = reference_doubles(root, path, &n_taps);
        assert_int_equal(fir->n_taps, n_taps);
        check_all_close(n_taps, fir->taps, wanted, 1e-15, 0.0);
        ana_fir_free(fir);
    }
}

/* scipy's own products differ in rounding: sections of order 8 bands agree to 1e-12 of their size.
 */
static void butterworth_sections_agree_with_scipy(void **state)
{
    reference *root = *state;
    size_t n = 0;
    const double *frequencies = reference_doubles(root, "butterworth/frequencies", &n);
    size_t n_compared = 0;
    for (size_t i = 0; i < reference_count(root, "butterworth"); i++) {
        char path[128];
        double gain[2 * 8];
        const char *name = reference_key(root, "butterworth", i);
        if (strcmp(name, "frequencies") == 0) {
            continue;
        }
        ana_sos *sos = NULL;
        size_t order = (size_t)number(root, "butterworth", name, "order");
        check_ok(ana_butterworth(order, number(root, "butterworth", name, "high_pass"),
                                 number(root, "butterworth", name, "low_pass"), rate, &sos));
        size_t n_values = 0;
        snprintf(path, sizeof path, "butterworth/%s/sections", name);
        const double *wanted = reference_doubles(root, path, &n_values);
        assert_int_equal(sos->n_sections * 6, n_values);
        check_all_close(n_values, sos->sections, wanted, 1e-15, 1e-12);
        assert_int_equal(ana_sos_ringing(sos), number(root, "butterworth", name, "ringing"));
        snprintf(path, sizeof path, "butterworth/%s/gain", name);
        wanted = reference_doubles(root, path, NULL);
        ana_sos_response(sos, rate, n, frequencies, gain);
        for (size_t k = 0; k < n; k++) {
            check_close(hypot(gain[2 * k], gain[2 * k + 1]), wanted[k], 1e-14, 1e-10);
        }
        ana_sos_free(sos);
        n_compared++;
    }
    assert_true(n_compared >= 30);
}

static void a_butterworth_filter_is_3_db_down_at_its_edges(void **state)
{
    (void)state;
    static const double edges[] = {7.0, 33.0};
    for (size_t order = 1; order <= 9; order++) {
        double gain[4];
        ana_sos *sos = NULL;
        check_ok(ana_butterworth(order, edges[0], edges[1], rate, &sos));
        ana_sos_response(sos, rate, 2, edges, gain);
        check_close(hypot(gain[0], gain[1]), sqrt(0.5), 1e-10, 0.0);
        check_close(hypot(gain[2], gain[3]), sqrt(0.5), 1e-10, 0.0);
        ana_sos_free(sos);
    }
}

static void a_first_order_low_pass_is_the_one_worked_by_hand(void **state)
{
    (void)state;
    ana_sos *sos = NULL;
    /* cutoff at a quarter of the rate: tan(pi / 4) = 1, so H(z) = (1 + z^-1) / 2 */
    check_ok(ana_butterworth(1, 0.0, 40.0, rate, &sos));
    assert_int_equal(sos->n_sections, 1);
    static const double wanted[] = {0.5, 0.5, 0.0, 1.0, 0.0, 0.0};
    check_all_close(6, sos->sections, wanted, 1e-16, 0.0);
    ana_sos_free(sos);
}

static void a_notch_has_a_zero_at_its_frequency(void **state)
{
    reference *root = *state;
    ana_sos *sos = NULL;
    static const double frequencies[] = {50.0, 0.0, 50.0 - 50.0 / 60.0};
    double gain[6];
    check_ok(ana_sos_notch(50.0, 50.0 / 30.0, rate, &sos));
    check_all_close(6, sos->sections, reference_doubles(root, "iir/notch", NULL), 1e-15, 0.0);
    ana_sos_response(sos, rate, 3, frequencies, gain);
    check_close(hypot(gain[0], gain[1]), 0.0, 1e-14, 0.0);
    check_close(gain[2], 1.0, 1e-14, 0.0);
    check_close(hypot(gain[4], gain[5]), sqrt(0.5), 0.01, 0.0);
    ana_sos_free(sos);
}

static void steady_states_agree_with_scipy_and_give_a_constant_answer(void **state)
{
    reference *root = *state;
    ana_sos *sos = NULL;
    double z[4];
    double x[100];
    double y[100];
    check_ok(ana_butterworth(3, 0.0, 20.0, rate, &sos));
    check_ok(ana_sos_steady_state(sos, z));
    check_all_close(4, z, reference_doubles(root, "iir/steady_state", NULL), 1e-14, 0.0);
    for (size_t t = 0; t < 100; t++) {
        x[t] = 1.0;
    }
    check_ok(ana_sos_apply(sos, 1, 100, x, z, y));
    for (size_t t = 0; t < 100; t++) {
        check_close(y[t], 1.0, 1e-13, 0.0);
    }
    ana_sos_free(sos);
}

static void minimum_phase_keeps_the_magnitude_and_comes_first(void **state)
{
    reference *root = *state;
    size_t n = 0;
    const double *taps = reference_doubles(root, "minimum_phase/taps", &n);
    const double *peer = reference_doubles(root, "minimum_phase/minimum", NULL);
    ana_fir *fir = NULL;
    ana_fir *minimum = NULL;
    check_ok(ana_fir_new(n, taps, &fir));
    check_ok(ana_fir_minimum_phase(fir, &minimum));
    assert_int_equal(minimum->n_taps, n);
    double energy = 0.0;
    double whole = 0.0;
    double linear_energy = 0.0;
    for (size_t k = 0; k < n; k++) {
        energy += k < n / 4 ? minimum->taps[k] * minimum->taps[k] : 0.0;
        linear_energy += k < n / 4 ? taps[k] * taps[k] : 0.0;
        whole += minimum->taps[k] * minimum->taps[k];
        check_close(minimum->taps[k], peer[k], 3e-3, 0.0); /* scipy's floor is another one */
    }
    assert_true(energy > 0.95 * whole && linear_energy < 0.05 * whole);
    for (double f = 0.0; f < 80.0; f += 1.7) {
        double a[2];
        double b[2];
        ana_fir_response(fir, rate, 1, &f, a);
        ana_fir_response(minimum, rate, 1, &f, b);
        check_close(hypot(b[0], b[1]), hypot(a[0], a[1]), 3e-5, 0.0);
    }
    ana_fir_free(fir);
    ana_fir_free(minimum);
}

static void what_cannot_be_designed_is_refused(void **state)
{
    (void)state;
    double taps[8];
    static const double cutoffs[] = {0.3, 0.2, 1.0};
    ana_fir *fir = NULL;
    ana_sos *sos = NULL;
    ana_filter_options options = ana_filter_options_default();
    check_fails(ana_firwin(0, 1, cutoffs, true, ANA_TAPER_HANN, 0.0, taps), ANA_ERR_VALUE,
                "0 taps");
    check_fails(ana_firwin(7, 2, cutoffs, true, ANA_TAPER_HANN, 0.0, taps), ANA_ERR_VALUE, "0.2");
    check_fails(ana_firwin(7, 1, cutoffs + 2, true, ANA_TAPER_HANN, 0.0, taps), ANA_ERR_VALUE,
                "cutoff 1;");
    check_fails(ana_firwin(8, 1, cutoffs, false, ANA_TAPER_HANN, 0.0, taps), ANA_ERR_VALUE, "even");
    check_fails(ana_fir_new(0, taps, &fir), ANA_ERR_VALUE, "0 taps");
    check_fails(ana_fir_design(&options, rate, &fir), ANA_ERR_VALUE, "neither");
    options.high_pass_hz = 100.0;
    check_fails(ana_fir_design(&options, rate, &fir), ANA_ERR_VALUE, "100 Hz");
    options.high_pass_hz = 10.0;
    options.length_s = 0.1;
    check_fails(ana_fir_design(&options, rate, &fir), ANA_ERR_VALUE, "filter of 17 samples");
    options.length_s = 1e9;
    check_fails(ana_fir_design(&options, rate, &fir), ANA_ERR_VALUE, "wider transition");
    options.length_s = 0.0;
    options.taper = ANA_TAPER_FLAT_TOP;
    check_fails(ana_fir_design(&options, rate, &fir), ANA_ERR_VALUE, "flat-top");
    options.taper = ANA_TAPER_HANN;
    options.low_pass_hz = 9.0; /* a stop from 9 to 10 Hz: its transitions meet */
    check_fails(ana_fir_design(&options, rate, &fir), ANA_ERR_VALUE, "overlap");
    check_fails(ana_fir_notch(&options, rate, &fir), ANA_ERR_VALUE, "notch");
    options.notch_hz = 90.0;
    check_fails(ana_fir_notch(&options, rate, &fir), ANA_ERR_VALUE, "90 Hz");
    options.notch_hz = 0.7;
    options.notch_harmonics = 3;
    check_fails(ana_fir_notch(&options, rate, &fir), ANA_ERR_VALUE, "overlap");
    check_fails(ana_butterworth(0, 1.0, 0.0, rate, &sos), ANA_ERR_VALUE, "order 0");
    check_fails(ana_butterworth(25, 1.0, 0.0, rate, &sos), ANA_ERR_VALUE, "order 25");
    check_fails(ana_butterworth(4, 0.0, 0.0, rate, &sos), ANA_ERR_VALUE, "both at 0 Hz");
    check_fails(ana_butterworth(4, 80.0, 0.0, rate, &sos), ANA_ERR_VALUE, "below 80 Hz");
    check_fails(ana_butterworth(4, 0.0, -2.0, rate, &sos), ANA_ERR_VALUE, "-2 Hz");
    check_fails(ana_sos_notch(80.0, 1.0, rate, &sos), ANA_ERR_VALUE, "notch at 80 Hz");
    check_fails(ana_sos_notch(50.0, 0.0, rate, &sos), ANA_ERR_VALUE, "notch width at 0 Hz");
    check_fails(ana_sos_new(0, &sos), ANA_ERR_VALUE, "0 sections");
    static const double zeros[] = {0.0, 0.0, 0.0};
    check_ok(ana_fir_new(3, zeros, &fir));
    ana_fir *minimum = NULL;
    check_fails(ana_fir_minimum_phase(fir, &minimum), ANA_ERR_VALUE, "zero");
    ana_fir_free(fir);
    check_ok(ana_sos_new(1, &sos));
    static const double integrator[] = {1.0, 0.0, 0.0, 1.0, -1.0, 0.0};
    memcpy(sos->sections, integrator, sizeof integrator);
    double z[2];
    check_fails(ana_sos_steady_state(sos, z), ANA_ERR_NUMERIC, "section 0");
    ana_sos_free(sos);
}

static ana_status design_all(void *user)
{
    (void)user;
    ana_filter_options options = ana_filter_options_default();
    ana_fir *fir = NULL;
    ana_fir *notch = NULL;
    ana_fir *minimum = NULL;
    ana_sos *sos = NULL;
    ana_sos *line = NULL;
    options.high_pass_hz = 8.0;
    options.low_pass_hz = 30.0;
    options.notch_hz = 50.0;
    ana_status status = ana_fir_design(&options, rate, &fir);
    status = status == ANA_OK ? ana_fir_notch(&options, rate, &notch) : status;
    status = status == ANA_OK ? ana_fir_minimum_phase(fir, &minimum) : status;
    status = status == ANA_OK ? ana_butterworth(3, 8.0, 30.0, rate, &sos) : status;
    status = status == ANA_OK ? ana_sos_notch(50.0, 2.0, rate, &line) : status;
    ana_fir_free(fir);
    ana_fir_free(notch);
    ana_fir_free(minimum);
    ana_sos_free(sos);
    ana_sos_free(line);
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(check_each_allocation(design_all, NULL, 0) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windowed_sincs_agree_with_scipy),
        cmocka_unit_test(automatic_designs_agree_with_mne),
        cmocka_unit_test(butterworth_sections_agree_with_scipy),
        cmocka_unit_test(a_butterworth_filter_is_3_db_down_at_its_edges),
        cmocka_unit_test(a_first_order_low_pass_is_the_one_worked_by_hand),
        cmocka_unit_test(a_notch_has_a_zero_at_its_frequency),
        cmocka_unit_test(steady_states_agree_with_scipy_and_give_a_constant_answer),
        cmocka_unit_test(minimum_phase_keeps_the_magnitude_and_comes_first),
        cmocka_unit_test(what_cannot_be_designed_is_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
