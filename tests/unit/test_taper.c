#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/taper.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static void tapers_agree_with_scipy(void **state)
{
    reference *root = *state;
    for (int kind = 0; ana_taper_names[kind] != NULL; kind++) {
        char path[64];
        double taper[13];
        size_t n = 0;
        snprintf(path, sizeof path, "taper/%s/symmetric", ana_taper_names[kind]);
        const double *wanted = reference_doubles(root, path, &n);
        check_ok(ana_taper_fill((ana_taper_kind)kind, 5.0, true, n, taper));
        check_all_close(n, taper, wanted, 2e-16, 1e-15);
        snprintf(path, sizeof path, "taper/%s/periodic", ana_taper_names[kind]);
        wanted = reference_doubles(root, path, &n);
        check_ok(ana_taper_fill((ana_taper_kind)kind, 5.0, false, n, taper));
        check_all_close(n, taper, wanted, 2e-16, 1e-15);
    }
}

static void kaiser_beta_agrees_with_scipy(void **state)
{
    reference *root = *state;
    const double *wanted = reference_doubles(root, "taper/kaiser/beta", NULL);
    static const double attenuation[] = {10.0, 30.0, 65.5};
    for (size_t i = 0; i < 3; i++) {
        check_close(ana_kaiser_beta(attenuation[i]), wanted[i], 0.0, 1e-15);
    }
}

static void a_symmetric_taper_is_the_same_backwards_bit_by_bit(void **state)
{
    (void)state;
    for (int kind = 0; ana_taper_names[kind] != NULL; kind++) {
        double taper[31];
        check_ok(ana_taper_fill((ana_taper_kind)kind, 8.6, true, 31, taper));
        for (size_t t = 0; t < 31; t++) {
            assert_true(taper[t] == taper[30 - t]);
        }
        check_close(taper[15], 1.0, 1e-8, 0.0); /* the flat top's published coefficients */
    }
}

static void a_taper_of_one_sample_is_one(void **state)
{
    (void)state;
    double taper = 0.0;
    check_ok(ana_taper_fill(ANA_TAPER_HANN, 0.0, true, 1, &taper));
    assert_true(taper == 1.0);
}

static void impossible_tapers_are_refused(void **state)
{
    (void)state;
    double taper[4];
    check_fails(ana_taper_fill(ANA_TAPER_HANN, 0.0, true, 0, taper), ANA_ERR_VALUE, "0 samples");
    check_fails(ana_taper_fill(ANA_TAPER_KAISER, -1.0, true, 4, taper), ANA_ERR_VALUE, "-1");
    check_fails(ana_taper_fill(ANA_TAPER_KAISER, NAN, true, 4, taper), ANA_ERR_VALUE, "nan");
    check_fails(ana_dpss(1, 0.4, true, 1, taper, NULL), ANA_ERR_VALUE, "1 samples");
    check_fails(ana_dpss(4, 1.0, true, 5, taper, NULL), ANA_ERR_VALUE, "5 tapers");
    check_fails(ana_dpss(4, 1.0, true, 0, taper, NULL), ANA_ERR_VALUE, "0 tapers");
    check_fails(ana_dpss(4, 2.0, true, 1, taper, NULL), ANA_ERR_VALUE, "below 4 / 2");
    check_fails(ana_dpss(4, 0.0, true, 1, taper, NULL), ANA_ERR_VALUE, "below 4 / 2");
}

/* Eigenvectors of a matrix with eigenvalues of spacing ~1/n of its norm: n * 1e-16 at best. */
static void slepian_sequences_agree_with_scipy(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "dpss"); i++) {
        char path[64];
        double tapers[8 * 400];
        double concentrations[8];
        const char *name = reference_key(root, "dpss", i);
        snprintf(path, sizeof path, "dpss/%s/n", name);
        size_t n = reference_size(root, path);
        snprintf(path, sizeof path, "dpss/%s/half_bandwidth", name);
        double half_bandwidth = reference_number(root, path);
        snprintf(path, sizeof path, "dpss/%s/symmetric", name);
        bool symmetric = reference_size(root, path) == 1;
        snprintf(path, sizeof path, "dpss/%s/concentrations", name);
        size_t k = 0;
        const double *wanted = reference_doubles(root, path, &k);
        check_ok(ana_dpss(n, half_bandwidth, symmetric, k, tapers, concentrations));
        check_all_close(k, concentrations, wanted, 1e-13, 0.0);
        snprintf(path, sizeof path, "dpss/%s/tapers", name);
        wanted = reference_doubles(root, path, NULL);
        check_all_close(k * n, tapers, wanted, 1e-12, 0.0);
    }
}

static void slepian_sequences_are_orthonormal(void **state)
{
    (void)state;
    enum {
        N = 211,
        K = 9
    };
    double tapers[K * N];
    double concentrations[K];
    check_ok(ana_dpss(N, 5.0, true, K, tapers, concentrations));
    for (size_t i = 0; i < K; i++) {
        assert_true(i == 0 || concentrations[i] < concentrations[i - 1]);
        for (size_t j = 0; j < K; j++) {
            double product = 0.0;
            for (size_t t = 0; t < N; t++) {
                product += tapers[i * N + t] * tapers[j * N + t];
            }
            check_close(product, i == j ? 1.0 : 0.0, 1e-13, 0.0);
        }
    }
}

static ana_status make_tapers(void *user)
{
    (void)user;
    double tapers[3 * 40];
    double concentrations[3];
    return ana_dpss(40, 2.0, false, 3, tapers, concentrations);
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(check_each_allocation(make_tapers, NULL, 0) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tapers_agree_with_scipy),
        cmocka_unit_test(kaiser_beta_agrees_with_scipy),
        cmocka_unit_test(a_symmetric_taper_is_the_same_backwards_bit_by_bit),
        cmocka_unit_test(a_taper_of_one_sample_is_one),
        cmocka_unit_test(impossible_tapers_are_refused),
        cmocka_unit_test(slepian_sequences_agree_with_scipy),
        cmocka_unit_test(slepian_sequences_are_orthonormal),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, open_signal_reference, close_reference);
}
