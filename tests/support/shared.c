#include "support/shared.h"

#include "support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const size_t max_printed = 20;

const char *shared_root(void)
{
    const char *root = getenv("ANA_SHARED");
    if (root == NULL || root[0] == '\0') {
        root = ANA_SOURCE_DIR "/../shared";
    }
    struct stat status;
    return stat(root, &status) == 0 && S_ISDIR(status.st_mode) ? root : NULL;
}

bool shared_path(const char *relative, char *path, size_t size)
{
    const char *root = shared_root();
    if (root == NULL) {
        return false;
    }
    int n = snprintf(path, size, "%s/%s", root, relative);
    struct stat status;
    return n > 0 && (size_t)n < size && stat(path, &status) == 0;
}

__attribute__((format(printf, 2, 0))) static void report(tally *counts, const char *what,
                                                         va_list arguments)
{
    counts->n_failed++;
    if (counts->n_failed <= max_printed) {
        char text[512];
        vsnprintf(text, sizeof text, what, arguments);
        printf("  differs: %s: %s\n", counts->file ? counts->file : "?", text);
    }
}

bool tally_number(tally *counts, double value, double wanted, double absolute, double relative,
                  const char *what, ...)
{
    counts->n_compared++;
    double tolerance = absolute + relative * fabs(wanted);
    double error = value == wanted ? 0.0 : fabs(value - wanted) / tolerance;
    bool close = is_close(value, wanted, absolute, relative);
    va_list arguments;
    if (close && isfinite(error) && error > counts->worst) {
        counts->worst = error;
        char text[200];
        va_start(arguments, what);
        vsnprintf(text, sizeof text, what, arguments);
        va_end(arguments);
        snprintf(counts->worst_at, sizeof counts->worst_at, "%s: %s",
                 counts->file ? counts->file : "?", text);
    }
    if (!close) {
        va_start(arguments, what);
        report(counts, what, arguments);
        va_end(arguments);
        if (counts->n_failed <= max_printed) {
            printf("           %.17g, wanted %.17g, tolerance %.3g\n", value, wanted, tolerance);
        }
    }
    return close;
}

bool tally_that(tally *counts, bool holds, const char *what, ...)
{
    counts->n_compared++;
    if (!holds) {
        va_list arguments;
        va_start(arguments, what);
        report(counts, what, arguments);
        va_end(arguments);
    }
    return holds;
}

int tally_finish(const tally *counts, const char *name)
{
    printf(
        "%s: %zu cases, %zu values compared, %zu differ, worst error %.3g of its tolerance%s%s\n",
        name, counts->n_cases, counts->n_compared, counts->n_failed, counts->worst,
        counts->worst_at[0] ? " at " : "", counts->worst_at);
    if (counts->n_compared == 0 || counts->n_cases == 0) {
        printf("%s: found nothing to compare\n", name);
        return 1;
    }
    return counts->n_failed == 0 ? 0 : 1;
}
