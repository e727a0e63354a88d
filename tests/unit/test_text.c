#include "support/check.h"
#include "text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool parses(const char *text, double wanted)
{
    double value = -7.0;
    return ana_parse_double(text, strlen(text), &value) && is_close(value, wanted, 0.0, 0.0);
}

static void doubles_are_parsed_whole(void **state)
{
    (void)state;
    assert_true(parses("2.385", 2.385));
    assert_true(parses("  -1e-3 ", -1e-3));
    assert_true(parses(".5", 0.5));
    assert_true(parses("+7.", 7.0));
    assert_true(parses("nan", (double)NAN));
    assert_true(parses("-inf", -(double)INFINITY));
    assert_true(parses("5e-324", 5e-324));
    double value = 0.0;
    const char *bad[] = {"",    " ",   "1,5", "0x10", "1e999", "1 2",
                         "abc", "--1", "1e",  "nanx", "1.2.3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(ana_parse_double(bad[i], strlen(bad[i]), &value));
    }
    assert_false(ana_parse_double("1\0002", 3, &value));
}

static void integers_are_parsed_whole(void **state)
{
    (void)state;
    int64_t value = 0;
    uint64_t natural = 0;
    assert_true(ana_parse_int("-9223372036854775808", 20, &value) && value == INT64_MIN);
    assert_false(ana_parse_int("9223372036854775808", 19, &value));
    assert_false(ana_parse_int("1.0", 3, &value));
    assert_true(ana_parse_u64(" 18446744073709551615", 21, &natural) && natural == UINT64_MAX);
    assert_false(ana_parse_u64("-1", 2, &natural));
    assert_false(ana_parse_u64("18446744073709551616", 20, &natural));
}

static void doubles_survive_the_round_trip(void **state)
{
    (void)state;
    const double special[] = {0.1,  1.0 / 3.0, DBL_MAX,  DBL_MIN,          5e-324,      -2.5e-7,
                              1e23, 0.0,       123456.0, (double)INFINITY, (double)NAN, 0x1p53};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        char text[32];
        ana_format_double(special[i], text);
        assert_true(parses(text, special[i]));
    }
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value = 0.0;
        memcpy(&value, &bits, sizeof value);
        char text[32];
        ana_format_double(value, text);
        assert_true(parses(text, value));
    }
}

static void fixed_numbers_have_their_decimals(void **state)
{
    (void)state;
    char text[400];
    ana_format_fixed(2.345, 2, text, sizeof text);
    assert_string_equal(text, "2.35"); /* the double nearest 2.345 lies above it */
    ana_format_fixed(-0.001, 2, text, sizeof text);
    assert_string_equal(text, "0.00");
    ana_format_fixed(-1.5, 0, text, sizeof text);
    assert_string_equal(text, "-2");
    ana_format_fixed((double)NAN, 2, text, sizeof text);
    assert_string_equal(text, "nan");
}

static void the_host_locale_does_not_matter(void **state)
{
    (void)state;
    const char *names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < 3; i++) {
        if (setlocale(LC_ALL, names[i]) != NULL) {
            break;
        }
    }
    char text[32];
    ana_format_double(0.5, text);
    assert_string_equal(text, "0.5");
    assert_true(parses("0.25", 0.25));
    setlocale(LC_ALL, "C");
}

static void texts_grow(void **state)
{
    (void)state;
    ana_text text = {0};
    for (int i = 0; i < 300; i++) {
        ana_text_printf(&text, "%d,", i);
    }
    ana_text_append_double(&text, 0.5);
    ana_text_append_fixed(&text, 1.0, 2);
    check_ok(ana_text_check(&text, "text"));
    assert_int_equal(strlen(text.bytes), text.n);
    assert_string_equal(text.bytes + text.n - 11, "299,0.51.00");
    char word[600];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    ana_text_printf(&text, "%s", word);
    assert_string_equal(text.bytes + text.n - 599, word);
    ana_text_release(&text);
    assert_null(text.bytes);
}

static void utf8_is_told_from_latin1(void **state)
{
    (void)state;
    assert_true(ana_text_is_utf8("\xc2\xb5V", 3));
    assert_true(ana_text_is_utf8("\xf0\x9f\xa7\xa0", 4));
    const char *bad[] = {"\xb5V",    "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                         "\xe2\x82", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(ana_text_is_utf8(bad[i], strlen(bad[i])));
    }
    char *text = NULL;
    check_ok(ana_text_to_utf8("\xb5V   ", 5, &text));
    assert_string_equal(text, "\xc2\xb5V");
    free(text);
    check_ok(ana_text_to_utf8("Cz \0xx", 6, &text));
    assert_string_equal(text, "Cz");
    free(text);
}

static void words_are_compared(void **state)
{
    (void)state;
    assert_true(ana_text_equal_ignoring_case("EEG", "eeg"));
    assert_false(ana_text_equal_ignoring_case("EEG", "eegs"));
    assert_true(ana_text_starts_with("EDF+C", "EDF+"));
    assert_false(ana_text_starts_with("ED", "EDF"));
    assert_true(ana_text_ends_with_ignoring_case("a.EDF", ".edf"));
    assert_false(ana_text_ends_with_ignoring_case("df", ".edf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_are_parsed_whole),
        cmocka_unit_test(integers_are_parsed_whole),
        cmocka_unit_test(doubles_survive_the_round_trip),
        cmocka_unit_test(fixed_numbers_have_their_decimals),
        cmocka_unit_test(the_host_locale_does_not_matter),
        cmocka_unit_test(texts_grow),
        cmocka_unit_test(utf8_is_told_from_latin1),
        cmocka_unit_test(words_are_compared),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
