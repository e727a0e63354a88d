/* reference.states: every case of every file of reference/states whose layout is known. */
#include "states.h"
#include "support/check.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tolerance tolerance_of(const h5_reference *file, const char *path)
{
    tolerance found = {h5_reference_attribute(file, path, "atol", 0.0),
                       h5_reference_attribute(file, path, "rtol", 0.0)};
    return found;
}

bool is_for_reading(const h5_reference *file, const char *path)
{
    char kind[32];
    h5_reference_attribute_text(file, path, "kind", kind, sizeof kind);
    return strcmp(kind, "input") == 0 || strcmp(kind, "record") == 0;
}

void compare_array(const h5_reference *file, const char *path, size_t n, const double *values,
                   double scale, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    tolerance allowed = tolerance_of(file, path);
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        for (size_t i = 0; i < n; i++) {
            tally_number(counts, values[i], wanted.values[i], allowed.absolute * scale,
                         allowed.relative, "%s[%zu]", path, i);
        }
    }
    h5_doubles_free(&wanted);
}

/* What a case is, by the inputs it holds. */
static bool compare_case(const h5_reference *file, const char *name, tally *counts)
{
    char path[512];
    snprintf(path, sizeof path, "%s/ll", name);
    if (h5_reference_has(file, path)) {
        snprintf(path, sizeof path, "%s/pi0", name);
        if (h5_reference_has(file, path)) {
            compare_messages(file, name, counts);
            return true;
        }
    }
    snprintf(path, sizeof path, "%s/init_lambda", name);
    if (h5_reference_has(file, path)) {
        compare_poisson(file, name, counts);
        return true;
    }
    return false;
}

static void compare_file(const char *folder, const char *file_name, tally *counts)
{
    char path[4096];
    size_t n_unread = 0;
    snprintf(path, sizeof path, "%s/%s", folder, file_name);
    h5_reference *file = h5_reference_open(path);
    if (!tally_that(counts, file != NULL, "%s cannot be opened", path)) {
        return;
    }
    counts->file = file_name;
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t i = 0; i < cases.n; i++) {
        if (compare_case(file, cases.names[i], counts)) {
            counts->n_cases++;
        } else {
            n_unread++;
        }
    }
    if (n_unread > 0 || cases.n == 0) {
        printf("  %s: %zu cases not read yet\n", file_name, n_unread);
    }
    h5_names_free(&cases);
    h5_reference_close(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_hdf5(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".h5") == 0;
}

int main(void)
{
    char folder[4096];
    struct dirent **entries = NULL;
    tally counts = {0};
    if (!shared_path("reference/states", folder, sizeof folder)) {
        printf("reference.states: no reference values here; set ANA_SHARED\n");
        return TEST_SKIPPED;
    }
    int n = scandir(folder, &entries, is_hdf5, by_name);
    for (int i = 0; i < n; i++) {
        compare_file(folder, entries[i]->d_name, &counts);
        free(entries[i]);
    }
    free(entries);
    return tally_finish(&counts, "reference.states");
}
