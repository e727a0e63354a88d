/* What comparisons begin with and end in: matrices, and values against those of a dataset. */
#include "bci.h"

#include <math.h>
#include <stdio.h>

ana_spd_set read_spd_set(const h5_reference *file, const char *name, h5_doubles *held)
{
    char path[64];
    snprintf(path, sizeof path, "spd/%s", name);
    *held = h5_reference_doubles(file, path);
    return (ana_spd_set){.n = held->shape[1],
                         .hermitian = held->n_axes == 4,
                         .n_matrices = held->shape[0],
                         .values = held->values};
}

static void compare_each(const h5_doubles *wanted, const char *path, const double *values,
                         double absolute, double relative, tally *counts)
{
    for (size_t i = 0; i < wanted->n; i++) {
        tally_number(counts, values[i], wanted->values[i], absolute, relative, "%s[%zu]", path, i);
    }
}

void compare_values(const h5_reference *file, const char *path, size_t n, const double *values,
                    double accuracy, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    counts->n_cases++;
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        compare_each(&wanted, path, values, accuracy, accuracy, counts);
    }
    h5_doubles_free(&wanted);
}

void compare_to_largest(const h5_reference *file, const char *path, size_t n, const double *values,
                        double accuracy, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    double largest = 0.0;
    counts->n_cases++;
    for (size_t i = 0; i < wanted.n; i++) {
        largest = fmax(largest, fabs(wanted.values[i]));
    }
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        compare_each(&wanted, path, values, accuracy * largest, 0.0, counts);
    }
    h5_doubles_free(&wanted);
}
