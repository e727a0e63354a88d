#include "constants.h"

#include <analysis/series.h>

#include <stdio.h>
#include <string.h>

/* A unit as it may be written, its factor to the SI unit `si`. */
typedef struct named_unit {
    const char *name;
    double factor;
    const char *si;
} named_unit;

static const named_unit bases[] = {
    {"V", 1.0, "V"},
    {"A", 1.0, "A"},
    {"s", 1.0, "s"},
    {"Hz", 1.0, "Hz"},
    {"m", 1.0, "m"},
    {"g", 1e-3, "kg"},
    {"T", 1.0, "T"},
    {"F", 1.0, "F"},
    {"C", 1.0, "C"},
    {"Pa", 1.0, "Pa"},
    {"Ohm", 1.0, "Ohm"},
    {"ohm", 1.0, "Ohm"},
    {"\xce\xa9", 1.0, "Ohm"},     /* Greek capital omega */
    {"\xe2\x84\xa6", 1.0, "Ohm"}, /* the ohm sign */
    {"rad", 1.0, "rad"},
};

/* Taken whole, without a prefix. */
static const named_unit plain[] = {
    {"deg", ANA_PI / 180.0, "rad"},
    {"degree", ANA_PI / 180.0, "rad"},
    {"degrees", ANA_PI / 180.0, "rad"},
    {"radians", 1.0, "rad"},
    {"degC", 1.0, "degC"},
};

/* Words, as NWB spells units; they take prefixes in words, and a plural s. */
static const named_unit words[] = {
    {"volt", 1.0, "V"},   {"ampere", 1.0, "A"}, {"amp", 1.0, "A"},     {"second", 1.0, "s"},
    {"hertz", 1.0, "Hz"}, {"meter", 1.0, "m"},  {"metre", 1.0, "m"},   {"gram", 1e-3, "kg"},
    {"tesla", 1.0, "T"},  {"farad", 1.0, "F"},  {"pascal", 1.0, "Pa"},
};

static const named_unit prefixes[] = {
    {"p", 1e-12, ""},       {"n", 1e-9, ""}, {"u", 1e-6, ""},
    {"\xc2\xb5", 1e-6, ""}, /* the micro sign */
    {"\xce\xbc", 1e-6, ""}, /* Greek small mu */
    {"m", 1e-3, ""},        {"c", 1e-2, ""}, {"d", 1e-1, ""},
    {"k", 1e3, ""},         {"M", 1e6, ""},  {"G", 1e9, ""},
};

static const named_unit word_prefixes[] = {
    {"pico", 1e-12, ""}, {"nano", 1e-9, ""},  {"micro", 1e-6, ""},
    {"milli", 1e-3, ""}, {"centi", 1e-2, ""}, {"deci", 1e-1, ""},
    {"kilo", 1e3, ""},   {"mega", 1e6, ""},   {"giga", 1e9, ""},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The unit whose name is exactly the n bytes of `text`, or NULL. */
static const named_unit *find_whole(size_t n_units, const named_unit *units, const char *text,
                                    size_t n)
{
    for (size_t i = 0; i < n_units; i++) {
        if (strlen(units[i].name) == n && memcmp(units[i].name, text, n) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

/* One of `units`, alone or behind one of `before`. */
static const named_unit *find_prefixed(size_t n_before, const named_unit *before, size_t n_units,
                                       const named_unit *units, const char *text, size_t n,
                                       double *factor)
{
    *factor = 1.0;
    const named_unit *unit = find_whole(n_units, units, text, n);
    for (size_t i = 0; i < n_before && unit == NULL; i++) {
        size_t skip = strlen(before[i].name);
        if (n > skip && memcmp(before[i].name, text, skip) == 0) {
            unit = find_whole(n_units, units, text + skip, n - skip);
            *factor = before[i].factor;
        }
    }
    return unit;
}

bool ana_unit_to_si(const char *unit, double *factor, char si[16])
{
    if (unit == NULL) {
        return false;
    }
    while (*unit == ' ') {
        unit++;
    }
    size_t n = strlen(unit);
    while (n > 0 && unit[n - 1] == ' ') {
        n--;
    }
    double prefix = 1.0;
    const named_unit *found = find_whole(COUNT(plain), plain, unit, n);
    if (found == NULL) {
        found = find_prefixed(COUNT(prefixes), prefixes, COUNT(bases), bases, unit, n, &prefix);
    }
    if (found == NULL) {
        size_t singular = n > 1 && unit[n - 1] == 's' ? n - 1 : n;
        found = find_prefixed(COUNT(word_prefixes), word_prefixes, COUNT(words), words, unit,
                              singular, &prefix);
    }
    if (found == NULL) {
        return false;
    }
    *factor = prefix * found->factor;
    snprintf(si, 16, "%s", found->si);
    return true;
}
