/* xDAWN filters: by what defines them. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/xdawn.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 4,
    MANY = 14,
    T = 30,
    LENGTH = N * T
};

typedef struct world {
    double signals[MANY * LENGTH];
    size_t classes[MANY];
} world;

/* A wave at all channels by weights of its own in class 1, another in class 0, and noise. */
static world draw(uint64_t seed, double scale)
{
    static const double weights[2][N] = {{1.0, 0.2, -0.5, 0.1}, {0.0, 1.0, 1.0, -0.7}};
    world out;
    ana_random random = ana_random_stream(seed, "test.xdawn", 0);
    for (size_t k = 0; k < MANY; k++) {
        out.classes[k] = (k + k / 3) % 2;
        for (size_t e = 0; e < LENGTH; e++) {
            const double t = (double)(e % T);
            const double wave = sin(0.2 * t * (1.0 + (double)out.classes[k]));
            out.signals[k * LENGTH + e] =
                scale * (5.0 + ana_random_normal(&random) + wave * weights[out.classes[k]][e / T]);
        }
    }
    return out;
}

static ana_labelled_signals known_of(const world *from)
{
    return (ana_labelled_signals){MANY, N, T, from->signals, 2, from->classes};
}

/* w' C w' of numbers n_rows x n_samples about their means; divisor n_samples - 1. Channel j of
 * sample s is x[(s / T) * LENGTH + j * T + s % T]. */
static double through(const double *x, size_t n_samples, const double *a, const double *b)
{
    double mean_a = 0.0;
    double mean_b = 0.0;
    double product = 0.0;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t s = 0; s < n_samples; s++) {
            double along_a = 0.0;
            double along_b = 0.0;
            for (size_t j = 0; j < N; j++) {
                const double value = x[s / T * LENGTH + j * T + s % T];
                along_a += a[j] * value;
                along_b += b[j] * value;
            }
            if (pass == 0) {
                mean_a += along_a / (double)n_samples;
                mean_b += along_b / (double)n_samples;
            } else {
                product += (along_a - mean_a) * (along_b - mean_b);
            }
        }
    }
    return product / ((double)n_samples - 1.0);
}

static void average(const world *from, size_t c, double *out)
{
    double n = 0.0;
    memset(out, 0, LENGTH * sizeof *out);
    for (size_t k = 0; k < MANY; k++) {
        n += from->classes[k] == c ? 1.0 : 0.0;
        for (size_t e = 0; e < LENGTH && from->classes[k] == c; e++) {
            out[e] += from->signals[k * LENGTH + e];
        }
    }
    for (size_t e = 0; e < LENGTH; e++) {
        out[e] /= n;
    }
}

static void filters_have_the_ratios_of_evoked_to_all_variance(void **state)
{
    (void)state;
    const world drawn = draw(1, 1.0);
    const ana_labelled_signals known = known_of(&drawn);
    ana_xdawn_options options = ana_xdawn_options_default();
    double filters[2 * N * N];
    double patterns[2 * N * N];
    double ratios[2 * N];
    double evoked[2 * N * T];
    options.n_filters = 9; /* as many as there are */
    assert_int_equal(ana_xdawn_n_filters(N, 2, &options), 2 * N);
    check_ok(ana_xdawn_fit(&known, &options,
                           &(ana_spatial_filters){(size_t)2 * N, filters, patterns, ratios},
                           evoked));
    for (size_t c = 0; c < 2; c++) {
        double response[LENGTH];
        average(&drawn, c, response);
        for (size_t k = 0; k < N; k++) {
            const double *w = filters + (c * N + k) * N;
            double length = 0.0;
            double product = 0.0;
            for (size_t j = 0; j < N; j++) {
                length += w[j] * w[j];
                product += w[j] * response[j * T + 3];
            }
            check_close(length, 1.0, 1e-13, 0.0);
            check_close(evoked[(c * N + k) * T + 3], product, 1e-12, 0.0);
            const double all = through(drawn.signals, (size_t)MANY * T, w, w);
            check_close(through(response, T, w, w) / all, ratios[c * N + k], 1e-11, 0.0);
            assert_true(k == 0 || ratios[c * N + k] <= ratios[c * N + k - 1]);
            for (size_t l = 0; l < N; l++) {
                const double *other = filters + (c * N + l) * N;
                double inverse = 0.0;
                for (size_t j = 0; j < N; j++) {
                    inverse += w[j] * patterns[(c * N + l) * N + j];
                }
                check_close(inverse, k == l ? 1.0 : 0.0, 1e-11, 0.0);
                if (k != l) {
                    check_close(through(drawn.signals, (size_t)MANY * T, w, other), 0.0, 1e-11,
                                0.0);
                }
            }
        }
    }
}

static void a_trial_is_stacked_below_the_evoked_responses(void **state)
{
    (void)state;
    const world drawn = draw(2, 1.0);
    const ana_labelled_signals known = known_of(&drawn);
    ana_xdawn_options options = ana_xdawn_options_default();
    double filters[2 * N];
    double evoked[2 * T];
    double stacked[2 * 4 * T];
    options.n_filters = 1;
    check_ok(
        ana_xdawn_fit(&known, &options, &(ana_spatial_filters){2, filters, NULL, NULL}, evoked));
    check_ok(ana_xdawn_stack(&(ana_labelled_signals){2, N, T, drawn.signals, 0, NULL}, 2, filters,
                             evoked, stacked));
    check_all_close((size_t)2 * T, stacked + 4 * T, evoked, 0.0, 0.0);
    for (size_t t = 0; t < T; t++) {
        double wanted = 0.0;
        for (size_t j = 0; j < N; j++) {
            wanted += filters[N + j] * drawn.signals[LENGTH + j * T + t];
        }
        check_close(stacked[(4 + 3) * T + t], wanted, 1e-12, 0.0);
    }
}

static void volts_and_microvolts_give_the_same_filters(void **state)
{
    (void)state;
    const world volts = draw(3, 1e-6);
    const world microvolts = draw(3, 1.0);
    double filters[2][4 * N];
    double evoked[4 * T];
    ana_xdawn_options options = ana_xdawn_options_default();
    options.n_filters = 2;
    for (size_t unit = 0; unit < 2; unit++) {
        const ana_labelled_signals known = known_of(unit == 0 ? &volts : &microvolts);
        check_ok(ana_xdawn_fit(&known, &options,
                               &(ana_spatial_filters){4, filters[unit], NULL, NULL}, evoked));
    }
    check_all_close((size_t)4 * N, filters[1], filters[0], 1e-10, 0.0);
}

static void what_cannot_be_filtered_is_refused(void **state)
{
    (void)state;
    world drawn = draw(4, 1.0);
    ana_labelled_signals known = known_of(&drawn);
    double filters[2 * N * N];
    double evoked[2 * N * T];
    const ana_spatial_filters out = {(size_t)2 * N, filters, NULL, NULL};
    check_fails(ana_xdawn_fit(&known, NULL, &(ana_spatial_filters){3, filters, NULL, NULL}, evoked),
                ANA_ERR_SHAPE, "room for 3 filters; there are 8");
    known.n_classes = 3;
    check_fails(ana_xdawn_fit(&known, NULL, &out, evoked), ANA_ERR_VALUE, "no trial of class 2");
    known.n_classes = 0;
    check_fails(ana_xdawn_fit(&known, NULL, &out, evoked), ANA_ERR_VALUE, "0 classes");
    known.n_classes = 2;
    drawn.classes[5] = 4;
    check_fails(ana_xdawn_fit(&known, NULL, &out, evoked), ANA_ERR_VALUE,
                "trial 5 is of class 4 of 2");
    drawn.classes[5] = 0;
    for (size_t k = 0; k < MANY; k++) { /* a silent channel */
        memset(drawn.signals + k * LENGTH + T, 0, T * sizeof(double));
    }
    check_fails(ana_xdawn_fit(&known, NULL, &out, evoked), ANA_ERR_NUMERIC, "singular");
    drawn.signals[LENGTH + 2 * T + 7] = NAN;
    check_fails(ana_xdawn_fit(&known, NULL, &out, evoked), ANA_ERR_VALUE,
                "sample 7 of trial 1, channel 2 is not finite");
}

static ana_status fit(void *user)
{
    const world *drawn = user;
    const ana_labelled_signals known = known_of(drawn);
    double filters[2 * N * N];
    double evoked[2 * N * T];
    return ana_xdawn_fit(&known, NULL, &(ana_spatial_filters){(size_t)2 * N, filters, NULL, NULL},
                         evoked);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    world drawn = draw(5, 1.0);
    assert_true(check_each_allocation(fit, &drawn, 0) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_have_the_ratios_of_evoked_to_all_variance),
        cmocka_unit_test(a_trial_is_stacked_below_the_evoked_responses),
        cmocka_unit_test(volts_and_microvolts_give_the_same_filters),
        cmocka_unit_test(what_cannot_be_filtered_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
