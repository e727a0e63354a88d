#include "text.h"

#include <analysis/options.h>
#include <analysis/run.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

const ana_option ana_run_option_table[] = {
    {"seed", ANA_OPTION_SEED, offsetof(ana_run, seed), 0, 0, NULL, "N",
     "seed of all random numbers; the same seed gives the same bits for any number of threads",
     false},
    {"threads", ANA_OPTION_SIZE, offsetof(ana_run, n_threads), 0, 4096, NULL, "N",
     "threads to use; 0: as many as there are processors", true},
    {"max-memory", ANA_OPTION_BYTES, offsetof(ana_run, max_memory), 0, 0, NULL, "BYTES",
     "memory a computation may hold at a time, such as 512M or 4G; 0: three quarters of the "
     "machine",
     true},
    ANA_OPTION_END,
};

/* Field of an options struct. The caller keeps the type in the table row. */
static void *field_of(const ana_option *option, void *options)
{
    return (char *)options + option->offset;
}

static const void *const_field_of(const ana_option *option, const void *options)
{
    return (const char *)options + option->offset;
}

static bool has_range(const ana_option *option)
{
    return option->min != 0.0 || option->max != 0.0;
}

const ana_option *ana_option_find(const ana_option *table, const char *name)
{
    for (const ana_option *option = table; option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

static void format_bound(double value, char out[32])
{
    if (isinf(value)) {
        snprintf(out, 32, "%s", value > 0 ? "any" : "-any");
        return;
    }
    ana_format_double(value, out);
}

void ana_option_range(const ana_option *option, char *text, size_t size)
{
    text[0] = '\0';
    if (option->choices != NULL) {
        size_t n = 0;
        for (size_t i = 0; option->choices[i] != NULL && n < size; i++) {
            int written =
                snprintf(text + n, size - n, "%s%s", i > 0 ? "|" : "", option->choices[i]);
            n += written > 0 ? (size_t)written : 0;
        }
    } else if (has_range(option)) {
        char low[32];
        char high[32];
        format_bound(option->min, low);
        format_bound(option->max, high);
        if (isinf(option->max)) {
            snprintf(text, size, "%s or more", low);
        } else {
            snprintf(text, size, "%s to %s", low, high);
        }
    } else if (option->type == ANA_OPTION_BOOL) {
        snprintf(text, size, "yes|no");
    } else if (option->type == ANA_OPTION_BYTES) {
        snprintf(text, size, "a number of bytes such as 512M or 4G");
    }
}

static ana_status refuse(const ana_option *option, const char *text)
{
    char range[256];
    ana_option_range(option, range, sizeof range);
    if (range[0] == '\0') {
        bool whole = option->type == ANA_OPTION_SIZE || option->type == ANA_OPTION_SEED ||
                     option->type == ANA_OPTION_INT;
        snprintf(range, sizeof range, whole ? "a whole number" : "a number");
    }
    return ana_fail(ANA_ERR_VALUE, "--%s %s: not allowed; give %s", option->name, text, range);
}

static bool in_range(const ana_option *option, double value)
{
    return !has_range(option) || (value >= option->min && value <= option->max);
}

static bool parse_bool(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    return *out || strcmp(text, "no") == 0 || strcmp(text, "false") == 0;
}

static bool parse_bytes(const char *text, size_t *out)
{
    size_t n = strlen(text);
    static const char suffixes[] = "kMGT";
    const char *suffix = n > 0 ? strchr(suffixes, text[n - 1]) : NULL;
    if (n > 0 && text[n - 1] == 'K') {
        suffix = suffixes;
    }
    double value = 0.0;
    if (!ana_parse_double(text, suffix != NULL ? n - 1 : n, &value) || !(value >= 0.0)) {
        return false;
    }
    value = ldexp(value, suffix != NULL ? 10 * ((int)(suffix - suffixes) + 1) : 0);
    if (!(value < 0x1p63)) {
        return false;
    }
    *out = (size_t)value;
    return true;
}

static bool parse_choice(const ana_option *option, const char *text, int *out)
{
    for (int i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool parse_number(const ana_option *option, const char *text, void *field)
{
    size_t n = strlen(text);
    double value = 0.0;
    int64_t integer = 0;
    uint64_t natural = 0;
    switch (option->type) {
    case ANA_OPTION_DOUBLE:
        if (!ana_parse_double(text, n, &value) || !in_range(option, value)) {
            return false;
        }
        memcpy(field, &value, sizeof value);
        return true;
    case ANA_OPTION_INT:
        if (!ana_parse_int(text, n, &integer) || !in_range(option, (double)integer)) {
            return false;
        }
        memcpy(field, &integer, sizeof integer);
        return true;
    case ANA_OPTION_SIZE:
    case ANA_OPTION_SEED:
        if (!ana_parse_u64(text, n, &natural) || !in_range(option, (double)natural)) {
            return false;
        }
        memcpy(field, &natural, sizeof natural); /* size_t has 64 bits on every target */
        return true;
    case ANA_OPTION_BOOL:
    case ANA_OPTION_TEXT:
    case ANA_OPTION_CHOICE:
    case ANA_OPTION_BYTES:
        break;
    }
    return false;
}

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "options store size_t as 64 bits");

ana_status ana_option_set(const ana_option *option, void *options, const char *text)
{
    void *field = field_of(option, options);
    bool good = false;
    switch (option->type) {
    case ANA_OPTION_TEXT:
        memcpy(field, &text, sizeof text);
        return ANA_OK;
    case ANA_OPTION_BOOL:
        good = parse_bool(text, field);
        break;
    case ANA_OPTION_BYTES:
        good = parse_bytes(text, field);
        break;
    case ANA_OPTION_CHOICE:
        good = parse_choice(option, text, field);
        break;
    case ANA_OPTION_SIZE:
    case ANA_OPTION_INT:
    case ANA_OPTION_SEED:
    case ANA_OPTION_DOUBLE:
        good = parse_number(option, text, field);
        break;
    }
    return good ? ANA_OK : refuse(option, text);
}

void ana_option_get(const ana_option *option, const void *options, char *text, size_t size)
{
    const void *field = const_field_of(option, options);
    char number[32];
    switch (option->type) {
    case ANA_OPTION_TEXT: {
        const char *value = *(const char *const *)field;
        snprintf(text, size, "%s", value != NULL ? value : "");
        break;
    }
    case ANA_OPTION_BOOL:
        snprintf(text, size, "%s", *(const bool *)field ? "yes" : "no");
        break;
    case ANA_OPTION_CHOICE:
        snprintf(text, size, "%s", option->choices[*(const int *)field]);
        break;
    case ANA_OPTION_BYTES:
    case ANA_OPTION_SIZE:
        snprintf(text, size, "%zu", *(const size_t *)field);
        break;
    case ANA_OPTION_SEED:
        snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case ANA_OPTION_INT:
        snprintf(text, size, "%lld", (long long)*(const int64_t *)field);
        break;
    case ANA_OPTION_DOUBLE:
        ana_format_double(*(const double *)field, number);
        snprintf(text, size, "%s", number);
        break;
    }
}

static bool field_is_good(const ana_option *option, const void *field)
{
    int n_choices = 0;
    switch (option->type) {
    case ANA_OPTION_SIZE:
        return in_range(option, (double)*(const size_t *)field);
    case ANA_OPTION_INT:
        return in_range(option, (double)*(const int64_t *)field);
    case ANA_OPTION_DOUBLE:
        return in_range(option, *(const double *)field);
    case ANA_OPTION_CHOICE:
        while (option->choices[n_choices] != NULL) {
            n_choices++;
        }
        return *(const int *)field >= 0 && *(const int *)field < n_choices;
    case ANA_OPTION_SEED:
    case ANA_OPTION_BOOL:
    case ANA_OPTION_TEXT:
    case ANA_OPTION_BYTES:
        break;
    }
    return true;
}

ana_status ana_options_check(const ana_option *table, const void *options, const char *module)
{
    for (const ana_option *option = table; option->name != NULL; option++) {
        const void *field = const_field_of(option, options);
        if (field_is_good(option, field)) {
            continue;
        }
        char value[64] = "out of range";
        if (option->type != ANA_OPTION_CHOICE) {
            ana_option_get(option, options, value, sizeof value);
        }
        ana_status status = refuse(option, value);
        return ana_fail_in(status, "%s: ", module);
    }
    return ANA_OK;
}
