#include "constants.h"
#include "support/check.h"

#include <analysis/montage.h>

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cross_of_midline_and_ears_is_in_steps_of_a_tenth),
        cmocka_unit_test(rows_between_lie_on_great_circles),
        cmocka_unit_test(both_sides_mirror_and_front_mirrors_back),
        cmocka_unit_test(names_are_read_as_files_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
