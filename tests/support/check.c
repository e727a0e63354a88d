#include "support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool test_is_long(void)
{
    const char *is_long = getenv("ANA_TEST_LONG");
    return is_long != NULL && strcmp(is_long, "yes") == 0;
}

bool is_close(double value, double wanted, double absolute, double relative)
{
    if (isnan(wanted) || isnan(value)) {
        return isnan(wanted) && isnan(value);
    }
    if (isinf(wanted) || isinf(value)) {
        return value == wanted;
    }
    return fabs(value - wanted) <= absolute + relative * fabs(wanted);
}

void check_close_at(double value, double wanted, double absolute, double relative, const char *what,
                    const char *file, int line)
{
    if (!is_close(value, wanted, absolute, relative)) {
        print_error("%s = %.17g, wanted %.17g (difference %.3g)\n", what, value, wanted,
                    value - wanted);
        _fail(file, line);
    }
}

void check_all_close_at(size_t n, const double *values, const double *wanted, double absolute,
                        double relative, const char *what, const char *file, int line)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_close(values[i], wanted[i], absolute, relative)) {
            print_error("%s[%zu of %zu] = %.17g, wanted %.17g (difference %.3g)\n", what, i, n,
                        values[i], wanted[i], values[i] - wanted[i]);
            _fail(file, line);
        }
    }
}

void check_ok_at(ana_status status, const char *call, const char *file, int line)
{
    if (status != ANA_OK) {
        print_error("%s: %s: %s\n", call, ana_status_text(status), ana_last_error());
        _fail(file, line);
    }
}

void check_fails_at(ana_status status, ana_status wanted, const char *piece, const char *call,
                    const char *file, int line)
{
    if (status != wanted) {
        print_error("%s: status \"%s\", wanted \"%s\"\n", call, ana_status_text(status),
                    ana_status_text(wanted));
        _fail(file, line);
    }
    if (strstr(ana_last_error(), piece) == NULL) {
        print_error("%s: the sentence \"%s\" does not hold \"%s\"\n", call, ana_last_error(),
                    piece);
        _fail(file, line);
    }
}
