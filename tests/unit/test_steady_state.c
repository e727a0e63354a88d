/* Steady-state responses: canonical correlations and task-related components. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/steady_state.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 5,
    MANY = 12,
    T = 150,
    LENGTH = N * T,
    HARMONICS = 2
};

static const double frequencies[3] = {7.0, 10.5, 13.0};
static const double rate = 125.0;

typedef struct world {
    double signals[MANY * LENGTH];
    size_t classes[MANY];
} world;

/* A weak wave of the class's frequency, at phases that channels keep over trials, in noise. */
static world draw(uint64_t seed, double scale)
{
    world out;
    ana_random random = ana_random_stream(seed, "test.steady", 0);
    for (size_t k = 0; k < MANY; k++) {
        out.classes[k] = (k + k / 5) % 3;
        const double f = frequencies[out.classes[k]];
        for (size_t e = 0; e < LENGTH; e++) {
            const size_t j = e / T;
            const double phase = 0.7 * (double)j + 0.3 * (double)out.classes[k];
            const double wave =
                sin(2.0 * 3.14159265358979323846 * f * (double)(e % T) / rate + phase);
            out.signals[k * LENGTH + e] =
                scale * (3.0 * (double)j + wave + 1.2 * ana_random_normal(&random));
        }
    }
    return out;
}

static ana_labelled_signals known_of(const world *from)
{
    return (ana_labelled_signals){MANY, N, T, from->signals, 3, from->classes};
}

static const ana_steady_state_bank bank = {3, frequencies, HARMONICS, 125.0};

static void references_are_sines_and_cosines(void **state)
{
    (void)state;
    double out[4 * 3];
    check_ok(ana_steady_state_references(10.0, 2, 80.0, 3, out));
    const double half = sqrt(0.5);
    const double wanted[12] = {0, half, 1, 1, half, 0, 0, 1, 0, 1, 0, -1};
    check_all_close(12, out, wanted, 1e-15, 0.0);
    check_fails(ana_steady_state_references(10.0, 4, 80.0, 3, out), ANA_ERR_VALUE,
                "4 harmonics of 10 Hz");
    check_fails(ana_steady_state_references(0.0, 1, 80.0, 3, out), ANA_ERR_VALUE, "of 0 Hz");
    check_fails(ana_steady_state_references(10.0, 0, 80.0, 3, out), ANA_ERR_VALUE, "0 harmonics");
}

/* The correlation squared is an eigenvalue of Cxx^-1 Cxy Cyy^-1 Cyx: here of the symmetric
 * Cyx Cxx^-1 Cxy against Cyy. */
static double by_covariances(const double *trial, double frequency)
{
    enum {
        R = 2 * HARMONICS,
        ALL = N + R
    };
    double rows[ALL * T];
    double all[ALL * ALL];
    double xx[N * N];
    double xy[N * R];
    double solved[N * R];
    double yxy[R * R];
    double yy[R * R];
    double values[R];
    double vectors[R * R];
    memcpy(rows, trial, LENGTH * sizeof *rows);
    check_ok(ana_steady_state_references(frequency, HARMONICS, rate, T, rows + LENGTH));
    for (size_t i = 0; i < ALL; i++) {
        double mean = 0.0;
        for (size_t t = 0; t < T; t++) {
            mean += rows[i * T + t] / T;
        }
        for (size_t t = 0; t < T; t++) {
            rows[i * T + t] -= mean;
        }
    }
    check_ok(ana_linalg_gram_rows(ALL, T, rows, all));
    for (size_t i = 0; i < ALL; i++) {
        for (size_t j = 0; j < ALL; j++) {
            if (i < N && j < N) {
                xx[i * N + j] = all[i * ALL + j];
            } else if (i < N) {
                xy[i * R + j - N] = all[i * ALL + j];
            } else if (j >= N) {
                yy[(i - N) * R + j - N] = all[i * ALL + j];
            }
        }
    }
    check_ok(ana_linalg_solve(N, xx, R, xy, solved, NULL));
    const ana_gemm shape = {
        .n_rows = R, .n_inner = N, .n_columns = R, .transpose_a = true, .alpha = 1.0};
    check_ok(ana_linalg_gemm(&shape, xy, solved, yxy));
    check_ok(ana_linalg_eigen_generalised(R, yxy, yy, values, vectors));
    return sqrt(values[R - 1]);
}

static void correlations_are_canonical(void **state)
{
    (void)state;
    const world drawn = draw(1, 1.0);
    const ana_labelled_signals known = known_of(&drawn);
    double found[MANY * 3];
    size_t n_right = 0;
    check_ok(ana_steady_state_correlate(&known, &bank, NULL, found));
    for (size_t k = 0; k < MANY; k++) {
        size_t best = 0;
        for (size_t f = 0; f < 3; f++) {
            check_close(found[k * 3 + f],
                        by_covariances(drawn.signals + k * LENGTH, frequencies[f]), 1e-10, 0.0);
            best = found[k * 3 + f] > found[k * 3 + best] ? f : best;
        }
        n_right += best == drawn.classes[k] ? 1 : 0;
    }
    assert_int_equal(n_right, MANY);
}

static void correlations_know_no_unit_gain_or_reference(void **state)
{
    (void)state;
    const world drawn = draw(2, 1.0);
    const ana_labelled_signals known = known_of(&drawn);
    world other = draw(2, 1e-6);
    const ana_labelled_signals changed = known_of(&other);
    double found[MANY * 3];
    double again[MANY * 3];
    check_ok(ana_steady_state_correlate(&known, &bank, NULL, found));
    for (size_t k = 0; k < MANY; k++) {
        for (size_t t = 0; t < T; t++) { /* each channel a gain; the last copies the first */
            for (size_t j = 0; j < N; j++) {
                other.signals[k * LENGTH + j * T + t] *= pow(10.0, (double)j);
            }
        }
    }
    check_ok(ana_steady_state_correlate(&changed, &bank, NULL, again));
    check_all_close((size_t)MANY * 3, again, found, 1e-10, 0.0);
    /* Average-referenced channels span one dimension less: as any four of them. */
    double few[(N - 1) * T];
    double referenced[LENGTH];
    for (size_t t = 0; t < T; t++) {
        double mean = 0.0;
        for (size_t j = 0; j < N; j++) {
            mean += drawn.signals[j * T + t] / N;
        }
        for (size_t j = 0; j < N; j++) {
            referenced[j * T + t] = drawn.signals[j * T + t] - mean;
        }
        for (size_t j = 0; j < N - 1; j++) {
            few[j * T + t] = referenced[j * T + t];
        }
    }
    check_ok(ana_steady_state_correlate(&(ana_labelled_signals){1, N, T, referenced, 0, NULL},
                                        &bank, NULL, found));
    check_ok(ana_steady_state_correlate(&(ana_labelled_signals){1, N - 1, T, few, 0, NULL}, &bank,
                                        NULL, again));
    check_all_close(3, found, again, 1e-9, 0.0);
}

static void trials_that_cannot_be_correlated_are_refused(void **state)
{
    (void)state;
    world drawn = draw(3, 1.0);
    ana_labelled_signals known = known_of(&drawn);
    double found[MANY * 3];
    known.n_times = 9;
    check_fails(ana_steady_state_correlate(&known, &bank, NULL, found), ANA_ERR_VALUE,
                "9 samples of 5 channels");
    known.n_times = T;
    drawn.signals[2 * LENGTH + 3 * T + 11] = NAN;
    check_fails(ana_steady_state_correlate(&known, &bank, NULL, found), ANA_ERR_VALUE,
                "sample 11 of trial 2, channel 3 is not finite");
    memset(drawn.signals + 2 * LENGTH, 0, LENGTH * sizeof(double));
    check_fails(ana_steady_state_correlate(&known, &bank, NULL, found), ANA_ERR_VALUE,
                "no channel of trial 2 varies");
}

/* w' S w / w' Q w by all pairs of trials. */
static double likeness_of(const world *from, size_t c, const double *w)
{
    double pairs = 0.0;
    double own = 0.0;
    for (size_t a = 0; a < MANY; a++) {
        for (size_t b = 0; b < MANY; b++) {
            if (from->classes[a] != c || from->classes[b] != c) {
                continue;
            }
            double product = 0.0;
            double mean[2] = {0.0, 0.0};
            for (size_t pass = 0; pass < 2; pass++) {
                for (size_t t = 0; t < T; t++) {
                    double along[2] = {0.0, 0.0};
                    for (size_t j = 0; j < N; j++) {
                        along[0] += w[j] * from->signals[a * LENGTH + j * T + t];
                        along[1] += w[j] * from->signals[b * LENGTH + j * T + t];
                    }
                    mean[0] += pass == 0 ? along[0] / T : 0.0;
                    mean[1] += pass == 0 ? along[1] / T : 0.0;
                    product += pass == 1 ? (along[0] - mean[0]) * (along[1] - mean[1]) : 0.0;
                }
            }
            *(a == b ? &own : &pairs) += product;
        }
    }
    return pairs / own;
}

static void components_are_the_most_alike_of_all_mixtures(void **state)
{
    (void)state;
    const world drawn = draw(4, 1.0);
    const ana_labelled_signals known = known_of(&drawn);
    double filters[3 * N];
    double templates[3 * LENGTH];
    ana_random random = ana_random_stream(9, "test.steady", 0);
    check_ok(ana_task_components_fit(&known, 1, filters, templates));
    for (size_t c = 0; c < 3; c++) {
        const double best = likeness_of(&drawn, c, filters + c * N);
        double length = 0.0;
        for (size_t j = 0; j < N; j++) {
            length += filters[c * N + j] * filters[c * N + j];
        }
        check_close(length, 1.0, 1e-13, 0.0);
        for (size_t k = 0; k < 8; k++) {
            double other[N];
            for (size_t j = 0; j < N; j++) {
                other[j] = filters[c * N + j] + 0.05 * ana_random_normal(&random);
            }
            assert_true(likeness_of(&drawn, c, other) < best);
        }
    }
}

static void new_trials_are_told_by_their_components(void **state)
{
    (void)state;
    const world drawn = draw(5, 1.0);
    const world fresh = draw(6, 1e-6); /* in another unit, too */
    const ana_labelled_signals known = known_of(&drawn);
    const ana_labelled_signals asked = known_of(&fresh);
    double filters[3 * N];
    double templates[3 * LENGTH];
    double scores[MANY * 3];
    check_ok(ana_task_components_fit(&known, 1, filters, templates));
    for (size_t ensemble = 0; ensemble < 2; ensemble++) {
        const ana_task_components components = {1, 3, filters, templates, ensemble == 1};
        size_t n_right = 0;
        check_ok(ana_task_components_scores(&asked, &components, scores));
        for (size_t k = 0; k < MANY; k++) {
            size_t best = 0;
            for (size_t c = 0; c < 3; c++) {
                best = scores[k * 3 + c] > scores[k * 3 + best] ? c : best;
                assert_true(fabs(scores[k * 3 + c]) <= 1.25);
            }
            n_right += best == fresh.classes[k] ? 1 : 0;
        }
        assert_int_equal(n_right, MANY);
    }
    /* A class's own template is like itself. */
    const ana_task_components components = {1, 3, filters, templates, false};
    check_ok(ana_task_components_scores(&(ana_labelled_signals){3, N, T, templates, 0, NULL},
                                        &components, scores));
    check_close(scores[0], 1.25, 1e-12, 0.0);
    check_close(scores[8], 1.25, 1e-12, 0.0);
}

/* Two bands of the same signals: each as one, summed by the weights. */
static void bands_are_summed_by_their_weights(void **state)
{
    (void)state;
    const world drawn = draw(7, 1.0);
    const ana_labelled_signals known = known_of(&drawn);
    double filters[3 * N];
    double templates[3 * LENGTH];
    double one[MANY * 3];
    double two[MANY * 3];
    static double doubled[MANY * 2 * LENGTH];
    static double double_templates[3 * 2 * LENGTH];
    double double_filters[3 * 2 * N];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t band = 0; band < 2; band++) {
            memcpy(doubled + (2 * k + band) * LENGTH, drawn.signals + k * LENGTH,
                   LENGTH * sizeof(double));
        }
    }
    const ana_labelled_signals both = {MANY, (size_t)2 * N, T, doubled, 3, drawn.classes};
    check_ok(ana_task_components_fit(&known, 1, filters, templates));
    check_ok(ana_task_components_fit(&both, 2, double_filters, double_templates));
    const ana_task_components single = {1, 3, filters, templates, false};
    const ana_task_components twice = {2, 3, double_filters, double_templates, false};
    check_ok(ana_task_components_scores(&known, &single, one));
    check_ok(ana_task_components_scores(&both, &twice, two));
    for (size_t e = 0; e < (size_t)MANY * 3; e++) {
        check_close(two[e], one[e] / 1.25 * (1.25 + pow(2.0, -1.25) + 0.25), 1e-12, 0.0);
    }
}

static void components_that_cannot_be_learned_are_refused(void **state)
{
    (void)state;
    world drawn = draw(8, 1.0);
    ana_labelled_signals known = known_of(&drawn);
    double filters[4 * N];
    double templates[4 * LENGTH];
    double scores[MANY * 4];
    check_fails(ana_task_components_fit(&known, 2, filters, templates), ANA_ERR_VALUE,
                "5 rows are not 2 bands");
    check_fails(ana_task_components_fit(&known, 0, filters, templates), ANA_ERR_VALUE,
                "5 rows are not 0 bands");
    const ana_task_components components = {3, 3, filters, templates, false};
    check_fails(ana_task_components_scores(&known, &components, scores), ANA_ERR_VALUE,
                "5 rows are not 3 bands");
    known.n_classes = 4;
    check_fails(ana_task_components_fit(&known, 1, filters, templates), ANA_ERR_VALUE,
                "no trial of class 3");
    drawn.classes[0] = 3;
    check_fails(ana_task_components_fit(&known, 1, filters, templates), ANA_ERR_VALUE,
                "class 3 has one trial");
    known.n_classes = 4;
    drawn.classes[1] = 3;
    for (size_t k = 0; k < MANY; k++) {
        memset(drawn.signals + k * LENGTH, 0, T * sizeof(double));
    }
    check_fails(ana_task_components_fit(&known, 1, filters, templates), ANA_ERR_NUMERIC,
                "singular");
}

static ana_status use_all(void *user)
{
    const world *drawn = user;
    const ana_labelled_signals known = known_of(drawn);
    double filters[3 * N];
    double templates[3 * LENGTH];
    double scores[MANY * 3];
    const ana_task_components components = {1, 3, filters, templates, true};
    ana_status status = ana_task_components_fit(&known, 1, filters, templates);
    if (status == ANA_OK) {
        status = ana_task_components_scores(&known, &components, scores);
    }
    return status == ANA_OK
               ? ana_steady_state_correlate(
                     &(ana_labelled_signals){1, N, T, drawn->signals, 0, NULL}, &bank, NULL, scores)
               : status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    world drawn = draw(9, 1.0);
    assert_true(check_each_allocation(use_all, &drawn, 0) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_sines_and_cosines),
        cmocka_unit_test(correlations_are_canonical),
        cmocka_unit_test(correlations_know_no_unit_gain_or_reference),
        cmocka_unit_test(trials_that_cannot_be_correlated_are_refused),
        cmocka_unit_test(components_are_the_most_alike_of_all_mixtures),
        cmocka_unit_test(new_trials_are_told_by_their_components),
        cmocka_unit_test(bands_are_summed_by_their_weights),
        cmocka_unit_test(components_that_cannot_be_learned_are_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
