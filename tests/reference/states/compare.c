/* What the comparisons of all files share: tolerances, kinds of datasets, cases. */
#include "states.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

tolerance tolerance_of(const h5_reference *file, const char *path)
{
    tolerance found = {h5_reference_attribute(file, path, "atol", 0.0),
                       h5_reference_attribute(file, path, "rtol", 0.0)};
    return found;
}

static bool is_of_kind(const h5_reference *file, const char *path, const char *wanted)
{
    char kind[32];
    h5_reference_attribute_text(file, path, "kind", kind, sizeof kind);
    return strcmp(kind, wanted) == 0;
}

bool is_for_reading(const h5_reference *file, const char *path)
{
    return is_of_kind(file, path, "input") || is_of_kind(file, path, "record");
}

void compare_array(const h5_reference *file, const char *path, size_t n, const double *values,
                   double scale, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    const tolerance allowed = tolerance_of(file, path);
    const bool is_bound = is_of_kind(file, path, "bound");
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        for (size_t i = 0; i < n; i++) {
            /* Beyond a bound is as good as on it. */
            const double value = is_bound ? fmin(values[i], wanted.values[i]) : values[i];
            tally_number(counts, isnan(values[i]) ? values[i] : value, wanted.values[i],
                         allowed.absolute * scale, allowed.relative, "%s[%zu]", path, i);
        }
    }
    h5_doubles_free(&wanted);
}

void compare_case(const h5_reference *file, const char *name, quantity_comparison compare,
                  const void *answers, tally *counts)
{
    h5_names datasets = h5_reference_list(file, name, H5_KIND_DATASET);
    for (size_t i = 0; i < datasets.n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", strcmp(name, "/") == 0 ? "" : name, datasets.names[i]);
        if (!is_for_reading(file, path)) {
            tally_that(counts, compare(file, path, datasets.names[i], answers, counts),
                       "%s: a quantity this test does not know", path);
        }
    }
    h5_names_free(&datasets);
    counts->n_cases++;
}

void compare_groups(const h5_reference *file,
                    void (*compare)(const h5_reference *file, const char *name, tally *counts),
                    tally *counts)
{
    h5_names outside = h5_reference_list(file, "/", H5_KIND_DATASET);
    for (size_t i = 0; i < outside.n; i++) {
        tally_that(counts, is_for_reading(file, outside.names[i]), "%s: belongs to no case",
                   outside.names[i]);
    }
    h5_names_free(&outside);
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t i = 0; i < cases.n; i++) {
        compare(file, cases.names[i], counts);
    }
    h5_names_free(&cases);
}
