#include "support/check.h"

#include <analysis/series.h>

#include <string.h>

static void prefixed_units_lead_to_si(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        double factor;
        const char *si;
    } cases[] = {
        {"V", 1.0, "V"},
        {"uV", 1e-6, "V"},
        {"\xc2\xb5V", 1e-6, "V"}, /* micro sign */
        {"\xce\xbcV", 1e-6, "V"}, /* Greek mu */
        {"mV", 1e-3, "V"},
        {"nV", 1e-9, "V"},
        {" uV ", 1e-6, "V"},
        {"pA", 1e-12, "A"},
        {"Pa", 1.0, "Pa"},
        {"mPa", 1e-3, "Pa"},
        {"m", 1.0, "m"},
        {"mm", 1e-3, "m"},
        {"cm", 1e-2, "m"},
        {"dm", 1e-1, "m"},
        {"ms", 1e-3, "s"},
        {"kHz", 1e3, "Hz"},
        {"GHz", 1e9, "Hz"},
        {"kg", 1.0, "kg"},
        {"mg", 1e-6, "kg"},
        {"fT", 0.0, NULL}, /* femto is not in the list */
        {"pT", 1e-12, "T"},
        {"nF", 1e-9, "F"},
        {"pC", 1e-12, "C"},
        {"kOhm", 1e3, "Ohm"},
        {"M\xce\xa9", 1e6, "Ohm"},
        {"k\xe2\x84\xa6", 1e3, "Ohm"},
        {"mrad", 1e-3, "rad"},
        {"degC", 1.0, "degC"},
        {"deg", 0.017453292519943295, "rad"},
        {"volts", 1.0, "V"},
        {"microvolts", 1e-6, "V"},
        {"millivolt", 1e-3, "V"},
        {"picoamperes", 1e-12, "A"},
        {"meters", 1.0, "m"},
        {"centimetres", 1e-2, "m"},
        {"hertz", 1.0, "Hz"},
        {"seconds", 1.0, "s"},
        {"", 0.0, NULL},
        {"u", 0.0, NULL},
        {"n/a", 0.0, NULL},
        {"dB", 0.0, NULL},
        {"%", 0.0, NULL},
        {"uVrms", 0.0, NULL},
        {"uuV", 0.0, NULL},
        {"a.u.", 0.0, NULL},
        {"mdeg", 0.0, NULL},
        {"s s", 0.0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double factor = 0.0;
        char si[16] = "untouched";
        bool understood = ana_unit_to_si(cases[i].unit, &factor, si);
        if (understood != (cases[i].si != NULL)) {
            fail_msg("\"%s\" should%s be understood", cases[i].unit,
                     cases[i].si != NULL ? "" : " not");
        }
        if (understood) {
            check_close(factor, cases[i].factor, 0.0, 1e-15); /* one rounding of a product */
            assert_string_equal(si, cases[i].si);
        }
    }
    double factor = 0.0;
    char si[16];
    assert_false(ana_unit_to_si(NULL, &factor, si));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixed_units_lead_to_si),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
