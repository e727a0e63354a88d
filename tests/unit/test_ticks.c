#include "scale.h"
#include "support/check.h"
#include "svg.h"
#include "text.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_ticks ticks_of(ana_scale_kind kind, double low, double high, size_t most)
{
    ana_scale scale = {.kind = kind, .low = low, .high = high};
    ana_ticks ticks;
    ana_ticks_make(&scale, most, &ticks);
    return ticks;
}

static void check_labels(const ana_ticks *ticks, size_t n, const char *const *labels)
{
    assert_int_equal(ticks->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(ticks->tick[i].label, labels[i]);
    }
}

static void ticks_stand_at_round_numbers(void **state)
{
    (void)state;
    ana_ticks ticks = ticks_of(ANA_SCALE_LINEAR, -0.5, 1.5, 6);
    check_labels(&ticks, 5,
                 (const char *[]){"\xe2\x88\x92"
                                  "0.5",
                                  "0.0", "0.5", "1.0", "1.5"});
    ticks = ticks_of(ANA_SCALE_LINEAR, 0.0, 9.7, 6);
    check_labels(&ticks, 5, (const char *[]){"0", "2", "4", "6", "8"});
    ticks = ticks_of(ANA_SCALE_LINEAR, 0.013, 0.052, 5);
    check_labels(&ticks, 4, (const char *[]){"0.02", "0.03", "0.04", "0.05"});
    assert_string_equal(ticks.power, "");
    ana_scale counts = {.kind = ANA_SCALE_LINEAR, .whole = true, .low = 0.0, .high = 3.0};
    ana_ticks_make(&counts, 9, &ticks);
    check_labels(&ticks, 4, (const char *[]){"0", "1", "2", "3"});
}

static void large_and_small_numbers_share_a_power_of_ten(void **state)
{
    (void)state;
    ana_ticks ticks = ticks_of(ANA_SCALE_LINEAR, 0.0, 4.2e-6, 5);
    check_labels(&ticks, 5, (const char *[]){"0", "1", "2", "3", "4"});
    assert_string_equal(ticks.power, "\xc3\x97"
                                     "10\xe2\x81\xbb\xe2\x81\xb6");
    ticks = ticks_of(ANA_SCALE_LINEAR, -2.4e7, 3.1e7, 6);
    check_labels(&ticks, 6,
                 (const char *[]){"\xe2\x88\x92"
                                  "20",
                                  "\xe2\x88\x92"
                                  "10",
                                  "0", "10", "20", "30"});
    assert_string_equal(ticks.power, "\xc3\x97"
                                     "10\xe2\x81\xb6");
}

static void numbers_far_from_zero_count_from_a_base(void **state)
{
    (void)state;
    ana_ticks ticks = ticks_of(ANA_SCALE_LINEAR, 1712345678.0, 1712345690.0, 5);
    assert_string_equal(ticks.from, "1712340000");
    assert_string_equal(ticks.tick[0].label, "5680");
    assert_true(ticks.tick[0].value == 1712345680.0);
    ticks = ticks_of(ANA_SCALE_LINEAR, 3.14159262, 3.14159268, 5);
    assert_true(ticks.from[0] != '\0');
}

static void long_times_read_in_minutes_and_hours(void **state)
{
    (void)state;
    ana_ticks ticks = ticks_of(ANA_SCALE_TIME, 0.0, 95.0, 6);
    assert_null(ticks.unit);
    ticks = ticks_of(ANA_SCALE_TIME, 0.0, 600.0, 7);
    check_labels(&ticks, 6, (const char *[]){"0:00", "2:00", "4:00", "6:00", "8:00", "10:00"});
    assert_string_equal(ticks.unit, "min:s");
    ticks = ticks_of(ANA_SCALE_TIME, -1800.0, 7300.0, 7);
    check_labels(&ticks, 6,
                 (const char *[]){"\xe2\x88\x92"
                                  "0:30",
                                  "0:00", "0:30", "1:00", "1:30", "2:00"});
    assert_string_equal(ticks.unit, "h:min");
    ticks = ticks_of(ANA_SCALE_TIME, 40000.0, 40130.0, 5);
    assert_string_equal(ticks.unit, "h:min:s");
    assert_string_equal(ticks.tick[0].label, "11:07:00");
}

static void logarithmic_ticks_are_decades(void **state)
{
    (void)state;
    ana_ticks ticks = ticks_of(ANA_SCALE_LOG, 0.5, 75.0, 12);
    check_labels(&ticks, 7, (const char *[]){"0.5", "1", "2", "5", "10", "20", "50"});
    ticks = ticks_of(ANA_SCALE_LOG, 1e-13, 1e-10, 5);
    check_labels(
        &ticks, 4,
        (const char *[]){"10\xe2\x81\xbb\xc2\xb9\xc2\xb3", "10\xe2\x81\xbb\xc2\xb9\xc2\xb2",
                         "10\xe2\x81\xbb\xc2\xb9\xc2\xb9", "10\xe2\x81\xbb\xc2\xb9\xe2\x81\xb0"});
    ticks = ticks_of(ANA_SCALE_LOG, 1e-250, 1e250, 6);
    assert_true(ticks.n >= 2 && ticks.n <= 6);
    ticks = ticks_of(ANA_SCALE_LOG, 11.0, 14.0, 5); /* less than a decade: as if linear */
    assert_true(ticks.n >= 2);
}

static void numbers_are_written_for_readers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *label;
    } cases[] = {{0.0, "0"},
                 {-12.0, "\xe2\x88\x92"
                         "12"},
                 {0.1 + 0.2, "0.3"},
                 {1234567.0, "1234567"},
                 {123456.789, "123457"},
                 {0.000012345, "1.2345\xc3\x97"
                               "10\xe2\x81\xbb\xe2\x81\xb5"},
                 {-2.5e12, "\xe2\x88\x92"
                           "2.5\xc3\x97"
                           "10\xc2\xb9\xc2\xb2"},
                 {NAN, "missing"},
                 {INFINITY, "\xe2\x88\x9e"},
                 {-INFINITY, "\xe2\x88\x92\xe2\x88\x9e"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        ana_number_label(cases[i].value, 5, out, sizeof out);
        assert_string_equal(out, cases[i].label);
    }
}

/* Fixed decimals with a true minus. */
static double read_fixed(const char *label)
{
    char plain[64];
    bool negative = strncmp(label, "\xe2\x88\x92", 3) == 0;
    snprintf(plain, sizeof plain, "%s%s", negative ? "-" : "", label + (negative ? 3 : 0));
    return strtod(plain, NULL);
}

/* A label, and what the labels leave out, back to a number. */
static double read_back(const ana_ticks *ticks, const char *label)
{
    double value = read_fixed(label);
    if (ticks->power[0] != '\0') {
        static const char *const raised[] = {
            "\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",     "\xe2\x81\xb4",
            "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8", "\xe2\x81\xb9"};
        const char *at = ticks->power + 4;
        double exponent = 0.0;
        bool below = strncmp(at, "\xe2\x81\xbb", 3) == 0;
        at += below ? 3 : 0;
        while (*at != '\0') {
            for (int digit = 0; digit < 10; digit++) {
                size_t n = strlen(raised[digit]);
                if (strncmp(at, raised[digit], n) == 0) {
                    exponent = 10.0 * exponent + digit;
                    at += n;
                    break;
                }
            }
        }
        value *= pow(10.0, below ? -exponent : exponent);
    }
    return value + (ticks->from[0] != '\0' ? read_fixed(ticks->from) : 0.0);
}

/* Whatever the range: ticks ascend within it, are as many as asked at most, at least two where the
 * range was widened for drawing, and their labels are all different and read back to the values. */
static void any_range_gets_sound_ticks(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(41, "test.ticks", 0);
    for (int round = 0; round < 20000; round++) {
        double size = pow(10.0, -290.0 + 580.0 * ana_random_uniform(&random));
        if (round % 2 == 0) {
            size = pow(10.0, -8.0 + 16.0 * ana_random_uniform(&random));
        }
        ana_range range = ana_range_empty();
        double centre = size * ana_random_normal(&random);
        double spread = size * pow(10.0, -13.0 * ana_random_uniform(&random));
        ana_range_add(&range, centre);
        ana_range_add(&range, centre + spread * ana_random_normal(&random));
        range = ana_range_widened(range, 0.05);
        size_t most = 2 + (size_t)ana_random_below(&random, 11);
        ana_ticks ticks = ticks_of(ANA_SCALE_LINEAR, range.low, range.high, most);
        assert_true(ticks.n >= 1 && ticks.n <= most);
        double step = ticks.n > 1 ? ticks.tick[1].value - ticks.tick[0].value : fabs(centre);
        for (size_t i = 0; i < ticks.n; i++) {
            const ana_tick *tick = &ticks.tick[i];
            assert_true(tick->value >= range.low && tick->value <= range.high);
            assert_true(i == 0 || tick->value > ticks.tick[i - 1].value);
            assert_true(i == 0 || strcmp(tick->label, ticks.tick[i - 1].label) != 0);
            assert_true(strlen(tick->label) <= 12);
            if (fabs(tick->value) < 1e250 && strchr(ticks.from, '\xc3') == NULL) {
                check_close(read_back(&ticks, tick->label), tick->value, 1e-3 * fabs(step) + 1e-307,
                            1e-12);
            }
        }
    }
}

static void ranges_pass_over_what_is_not_finite(void **state)
{
    (void)state;
    ana_range range = ana_range_empty();
    assert_true(ana_range_is_empty(range));
    ana_range_add(&range, NAN);
    ana_range_add(&range, INFINITY);
    ana_range_add(&range, -INFINITY);
    assert_true(ana_range_is_empty(range));
    ana_range widened = ana_range_widened(range, 0.1);
    assert_true(widened.low == 0.0 && widened.high == 1.0);
    ana_range_add(&range, 3.0);
    widened = ana_range_widened(range, 0.1);
    check_close(widened.low, 1.5, 0.0, 0.0);
    check_close(widened.high, 4.5, 0.0, 0.0);
    ana_range_add(&range, -1.0);
    widened = ana_range_widened(range, 0.25);
    check_close(widened.low, -2.0, 0.0, 0.0);
    check_close(widened.high, 4.0, 0.0, 0.0);
    ana_range_add(&range, 1.7e308);
    assert_true(range.high == 1e300);
    widened = ana_range_widened_log((ana_range){10.0, 1000.0}, 0.5);
    check_close(widened.low, 1.0, 0.0, 1e-12);
    check_close(widened.high, 10000.0, 0.0, 1e-12);
    widened = ana_range_widened_log((ana_range){7.0, 7.0}, 0.5);
    assert_true(widened.low == 3.5 && widened.high == 14.0);
}

static void scales_go_both_ways(void **state)
{
    (void)state;
    ana_scale scale = {
        .kind = ANA_SCALE_LOG, .low = 0.01, .high = 100.0, .start = 300.0, .end = 20.0};
    check_close(ana_scale_at(&scale, 1.0), 160.0, 1e-9, 0.0);
    check_close(ana_scale_at(&scale, 1e9), 20.0, 0.0, 0.0);
    check_close(ana_scale_at(&scale, -5.0), 300.0, 0.0, 0.0);
    assert_true(isnan(ana_scale_at(&scale, NAN)));
    check_close(ana_scale_invert(&scale, 160.0), 1.0, 1e-12, 0.0);
    scale = (ana_scale){.low = -1e300, .high = 1e300, .start = 0.0, .end = 10.0};
    check_close(ana_scale_at(&scale, 0.0), 5.0, 1e-12, 0.0);
    check_close(ana_scale_invert(&scale, 7.5), 5e299, 0.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_stand_at_round_numbers),
        cmocka_unit_test(large_and_small_numbers_share_a_power_of_ten),
        cmocka_unit_test(numbers_far_from_zero_count_from_a_base),
        cmocka_unit_test(long_times_read_in_minutes_and_hours),
        cmocka_unit_test(logarithmic_ticks_are_decades),
        cmocka_unit_test(numbers_are_written_for_readers),
        cmocka_unit_test(any_range_gets_sound_ticks),
        cmocka_unit_test(ranges_pass_over_what_is_not_finite),
        cmocka_unit_test(scales_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
