/* Numbers to text and back, in the "C" locale whatever the host's is: the second half of text.h. */
#include "text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_NUMBER = 400
};

/* The digits of strtod and printf follow the locale's decimal point only: one character at a known
 * place. So the point is put in, or taken out, around the standard functions; this is exact, and
 * unlike uselocale() it touches no state that another thread of the host may share. */
static char decimal_point(void)
{
    // The table localeconv points to changes only when the host calls setlocale meanwhile, which no
    // threaded host may do.
    const struct lconv *convention = localeconv(); // NOLINT(concurrency-mt-unsafe)
    return convention->decimal_point[0];
}

static bool copy_trimmed(const char *text, size_t n, char out[MAX_NUMBER])
{
    while (n > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        n--;
    }
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r')) {
        n--;
    }
    if (n == 0 || n >= MAX_NUMBER || memchr(text, '\0', n) != NULL) {
        return false;
    }
    memcpy(out, text, n);
    out[n] = '\0';
    return true;
}

static bool is_decimal_number(const char *text)
{
    const char *s = text + (text[0] == '-' || text[0] == '+');
    if (ana_text_equal_ignoring_case(s, "nan") || ana_text_equal_ignoring_case(s, "inf") ||
        ana_text_equal_ignoring_case(s, "infinity")) {
        return true;
    }
    return strspn(text, "+-.0123456789eE") == strlen(text);
}

bool ana_parse_double(const char *text, size_t n, double *out)
{
    char number[MAX_NUMBER];
    if (!copy_trimmed(text, n, number) || !is_decimal_number(number)) {
        return false;
    }
    char *point = strchr(number, '.');
    if (point != NULL) {
        *point = decimal_point();
    }
    char *end = NULL;
    errno = 0;
    double value = strtod(number, &end);
    if (end == number || *end != '\0' || (errno == ERANGE && isinf(value))) {
        return false;
    }
    *out = value;
    return true;
}

bool ana_parse_int(const char *text, size_t n, int64_t *out)
{
    char number[MAX_NUMBER];
    if (!copy_trimmed(text, n, number)) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(number, &end, 10);
    if (end == number || *end != '\0' || errno != 0) {
        return false;
    }
    *out = value;
    return true;
}

bool ana_parse_u64(const char *text, size_t n, uint64_t *out)
{
    char number[MAX_NUMBER];
    if (!copy_trimmed(text, n, number) || number[0] == '-') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(number, &end, 10);
    if (end == number || *end != '\0' || errno != 0) {
        return false;
    }
    *out = value;
    return true;
}

static bool format_special(double value, char *out, size_t size)
{
    if (isfinite(value)) {
        return false;
    }
    const char *word = isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    snprintf(out, size, "%s", word);
    return true;
}

static void use_point(char *number)
{
    char *point = strchr(number, decimal_point());
    if (point != NULL) {
        *point = '.';
    }
}

void ana_format_double(double value, char out[32])
{
    if (format_special(value, out, 32)) {
        return;
    }
    /* 15 digits always survive a round trip from text, 17 always one from a double. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value) {
            break;
        }
    }
    use_point(out);
}

void ana_format_fixed(double value, int digits, char *out, size_t size)
{
    if (size == 0 || format_special(value, out, size)) {
        return;
    }
    char number[MAX_NUMBER];
    snprintf(number, sizeof number, "%.*f", digits < 0 ? 0 : digits > 17 ? 17 : digits, value);
    use_point(number);
    const char *shown = number;
    if (number[0] == '-' && strspn(number + 1, "0.") == strlen(number + 1)) {
        shown = number + 1;
    }
    snprintf(out, size, "%s", shown);
}
