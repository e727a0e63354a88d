#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/montage.h>

#include <math.h>
#include <string.h>

static void check_place(const char *name, double x, double y)
{
    double place[2] = {9.0, 9.0};
    assert_true(ana_montage_position(name, place));
    check_close(place[0], x, 1e-12, 0.0);
    check_close(place[1], y, 1e-12, 0.0);
}

static void the_cross_of_midline_and_ears_is_in_steps_of_a_tenth(void **state)
{
    (void)state;
    check_place("Cz", 0.0, 0.0);
    check_place("Fz", 0.0, 0.4);
    check_place("Fpz", 0.0, 0.8);
    check_place("POz", 0.0, -0.6);
    check_place("Iz", 0.0, -1.0);
    check_place("C3", -0.4, 0.0);
    check_place("C4", 0.4, 0.0);
    check_place("C2", 0.2, 0.0);
    check_place("C5", -0.6, 0.0);
    check_place("T8", 0.8, 0.0);
    check_place("T9", -1.0, 0.0);
    const double angle = 54.0 / 180.0 * ANA_PI;
    check_place("F8", 0.8 * sin(angle), 0.8 * cos(angle));
    check_place("Fp1", -0.8 * sin(angle / 3.0), 0.8 * cos(angle / 3.0));
}

/* The middle of two unit vectors has the direction of their sum. */
static void rows_between_lie_on_great_circles(void **state)
{
    (void)state;
    const double degree = ANA_PI / 180.0;
    const double ring[3] = {sin(72 * degree) * sin(54 * degree),
                            sin(72 * degree) * cos(54 * degree), cos(72 * degree)};
    const double sum[3] = {ring[0], ring[1] + sin(36 * degree), ring[2] + cos(36 * degree)};
    const double level = hypot(sum[0], sum[1]);
    const double far = atan2(level, sum[2]) / (90 * degree);
    check_place("F4", far * sum[0] / level, far * sum[1] / level);
}

static void both_sides_mirror_and_front_mirrors_back(void **state)
{
    (void)state;
    static const char *const pairs[][3] = {{"F3", "F4", "P3"},    {"FC5", "FC6", "CP5"},
                                           {"AF7", "AF8", "PO7"}, {"FT7", "FT8", "TP7"},
                                           {"Fp1", "Fp2", "O1"},  {"F9", "F10", "P9"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        double left[2];
        assert_true(ana_montage_position(pairs[i][0], left));
        assert_true(left[0] < 0.0 && left[1] > 0.0 && hypot(left[0], left[1]) <= 1.0 + 1e-12);
        check_place(pairs[i][1], -left[0], left[1]);
        check_place(pairs[i][2], left[0], -left[1]);
    }
}

static void names_are_read_as_files_write_them(void **state)
{
    (void)state;
    double place[2] = {7.0, 8.0};
    check_place("EEG C3-REF", -0.4, 0.0);
    check_place("c3..", -0.4, 0.0);
    check_place("CZ", 0.0, 0.0);
    check_place("T4", 0.8, 0.0);
    double old_one[2];
    double new_one[2];
    assert_true(ana_montage_position("T5", old_one) && ana_montage_position("P7", new_one));
    check_all_close(2, old_one, new_one, 0.0, 0.0);
    static const char *const others[] = {"",           "c0", "T1",  "SP1", "ECG", "C9",
                                         "Fp3",        "11", "EEG", "A1",  "Fz3", "Nz1",
                                         "Afterglow1", "O",  "FT1", "CP7", "F11", "P12"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(ana_montage_position(others[i], place));
    }
    assert_true(place[0] == 7.0 && place[1] == 8.0);
}

/* On a sphere of that radius about (0, 0, height), as far from the top and from the nose to the
 * right as the place says. */
static void put_on_sphere(const double place[2], double radius, double height, double *position)
{
    const double angle = hypot(place[0], place[1]) * 0.5 * ANA_PI;
    const double turn = atan2(place[0], place[1]);
    position[0] = radius * sin(angle) * sin(turn);
    position[1] = radius * sin(angle) * cos(turn);
    position[2] = radius * cos(angle) + height;
}

static const char *const cap[] = {"Fp1", "Fp2", "F3", "Fz", "F4", "T7", "C3", "Cz",
                                  "C4",  "T8",  "P3", "Pz", "P4", "O1", "O2"};

enum {
    N_CAP = sizeof cap / sizeof cap[0]
};

/* Places by name, put on spheres in metres and millimetres about middles above and below the
 * origin, come back; under other names the same. */
static void measured_positions_are_places_in_any_unit(void **state)
{
    (void)state;
    static const double spheres[][2] = {{0.095, 0.0}, {95.0, 40.0}, {0.09, 0.045}, {1.0, -0.3}};
    static const char *const numbers[] = {"E1", "E2",  "E3",  "E4",  "E5",  "E6",  "E7", "E8",
                                          "E9", "E10", "E11", "E12", "E13", "E14", "E15"};
    double named[2 * N_CAP];
    double positions[3 * N_CAP];
    double places[2 * N_CAP];
    bool measured = true;
    check_ok(ana_montage_places(N_CAP, cap, NULL, named, &measured));
    assert_false(measured);
    for (size_t s = 0; s < sizeof spheres / sizeof spheres[0]; s++) {
        for (size_t i = 0; i < N_CAP; i++) {
            put_on_sphere(named + 2 * i, spheres[s][0], spheres[s][1], positions + 3 * i);
            positions[3 * i + 1] += 0.1 * (double)s * spheres[s][0]; /* nearer to the nose */
        }
        for (size_t k = 0; k < 2; k++) {
            check_ok(
                ana_montage_places(N_CAP, k == 0 ? cap : numbers, positions, places, &measured));
            assert_true(measured);
            for (size_t i = 0; i < 2 * N_CAP; i++) {
                check_close(places[i], named[i], 1e-9, 0.0);
            }
        }
    }
}

/* Cz of a name measured 10 degrees to the right of the top is there. */
static void a_measured_place_is_better_than_a_name(void **state)
{
    (void)state;
    const double moved[2] = {1.0 / 9.0, 0.0};
    double positions[3 * N_CAP];
    double places[2 * N_CAP];
    bool measured = false;
    check_ok(ana_montage_places(N_CAP, cap, NULL, places, &measured));
    for (size_t i = 0; i < N_CAP; i++) {
        put_on_sphere(i == 7 ? moved : places + 2 * i, 0.095, 0.0, positions + 3 * i);
    }
    check_ok(ana_montage_places(N_CAP, cap, positions, places, &measured));
    assert_true(measured);
    check_close(places[14], 1.0 / 9.0, 1e-9, 0.0);
    check_close(places[15], 0.0, 1e-9, 0.0);
}

/* Unknown, infinite, at the origin and far off the head: no place, when names have none either. */
static void positions_that_cannot_be_have_no_place(void **state)
{
    (void)state;
    const double hostile[][3] = {{NAN, 0.0, 0.1},       {0.0, 0.0, 0.0}, {INFINITY, 0.0, 0.1},
                                 {1e300, 1e300, 1e300}, {9.0, 0.0, 9.0}, {0.0, 0.0, 0.01},
                                 {0.01, 0.0, -0.095}};
    const size_t n_hostile = sizeof hostile / sizeof hostile[0];
    const char *names[N_CAP + 7];
    double positions[3 * (N_CAP + 7)];
    double places[2 * (N_CAP + 7)];
    bool measured = false;
    check_ok(ana_montage_places(N_CAP, cap, NULL, places, &measured));
    for (size_t i = 0; i < N_CAP + n_hostile; i++) {
        names[i] = i < N_CAP ? cap[i] : "loose";
        if (i < N_CAP) {
            put_on_sphere(places + 2 * i, 0.095, 0.0, positions + 3 * i);
        } else {
            memcpy(positions + 3 * i, hostile[i - N_CAP], sizeof hostile[0]);
        }
    }
    check_ok(ana_montage_places(N_CAP + n_hostile, names, positions, places, &measured));
    assert_true(measured);
    for (size_t i = 0; i < N_CAP + n_hostile; i++) {
        assert_true(isnan(places[2 * i]) == (i >= N_CAP) && !isinf(places[2 * i + 1]));
    }
}

/* Another frame (nose to +x), too few, all zero, in one spot: places are those of names. */
static void positions_of_no_head_leave_places_to_names(void **state)
{
    (void)state;
    double named[2 * N_CAP];
    double places[2 * N_CAP];
    double positions[3 * N_CAP];
    bool measured = true;
    check_ok(ana_montage_places(N_CAP, cap, NULL, named, &measured));
    for (int what = 0; what < 4; what++) {
        for (size_t i = 0; i < N_CAP; i++) {
            double p[3];
            put_on_sphere(named + 2 * i, 0.095, 0.0, p);
            const double turned[3] = {p[1], -p[0], p[2]};
            const double spot[3] = {0.001 * p[0], 0.001 * p[1], 0.1};
            for (size_t k = 0; k < 3; k++) {
                positions[3 * i + k] = what == 0   ? turned[k]
                                       : what == 1 ? (i < 3 ? p[k] : (double)NAN)
                                       : what == 2 ? 0.0
                                                   : spot[k];
            }
        }
        check_ok(ana_montage_places(N_CAP, cap, positions, places, &measured));
        assert_false(measured);
        for (size_t i = 0; i < 2 * N_CAP; i++) {
            check_close(places[i], named[i], 0.0, 0.0);
        }
        ALLOCATION_TEST(ana_montage_places, (N_CAP, cap, positions, places, &measured), (void)0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cross_of_midline_and_ears_is_in_steps_of_a_tenth),
        cmocka_unit_test(rows_between_lie_on_great_circles),
        cmocka_unit_test(both_sides_mirror_and_front_mirrors_back),
        cmocka_unit_test(names_are_read_as_files_write_them),
        cmocka_unit_test(measured_positions_are_places_in_any_unit),
        cmocka_unit_test(a_measured_place_is_better_than_a_name),
        cmocka_unit_test(positions_that_cannot_be_have_no_place),
        cmocka_unit_test(positions_of_no_head_leave_places_to_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
