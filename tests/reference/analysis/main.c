/* reference.analysis: every dataset of every file of reference/analysis whose layout is known. */
#include "analysis.h"
#include "support/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of analyses that the library does not have. */
static const char *const unread_files[] = {
    "complexity.h5", "connectivity.h5", "criticality.h5", "dsa.h5",
    "gpfa.h5",       "hawkes.h5",       "misc.h5",        "visibility.h5",
};

void compare_dataset(const h5_reference *file, const char *path, size_t n, const double *values,
                     tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    double tolerance = h5_reference_attribute(file, path, "tol", 0.0);
    counts->n_cases++;
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        for (size_t i = 0; i < n; i++) {
            tally_number(counts, values[i], wanted.values[i], tolerance, 0.0, "%s[%zu]", path, i);
        }
    }
    h5_doubles_free(&wanted);
}

/* Depth is bounded: the files have groups of groups at most, and a deeper one is not followed. */
static size_t count_datasets(const h5_reference *file, const char *group, int depth)
{
    h5_names datasets = h5_reference_list(file, group, H5_KIND_DATASET);
    size_t n = datasets.n;
    h5_names_free(&datasets);
    h5_names groups = h5_reference_list(file, group, H5_KIND_GROUP);
    for (size_t i = 0; i < groups.n && depth > 0; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", strcmp(group, "/") == 0 ? "" : group, groups.names[i]);
        n += count_datasets(file, path, depth - 1);
    }
    h5_names_free(&groups);
    return n;
}

static bool is_unread(const char *name)
{
    for (size_t i = 0; i < sizeof unread_files / sizeof unread_files[0]; i++) {
        if (strcmp(name, unread_files[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void compare_file(const char *folder, const char *name, tally *counts)
{
    char path[4096];
    size_t n_unread = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    h5_reference *file = h5_reference_open(path);
    if (!tally_that(counts, file != NULL, "%s cannot be opened", path)) {
        return;
    }
    counts->file = name;
    if (h5_reference_has(file, "times") && h5_reference_has(file, "offsets")) {
        compare_spike_trains(file, counts, &n_unread);
    } else {
        tally_that(counts, is_unread(name), "a layout that is not known");
        n_unread = count_datasets(file, "/", 4);
    }
    printf("  %s: %zu datasets not read yet\n", name, n_unread);
    h5_reference_close(file);
}

static int is_hdf5(const struct dirent *entry)
{
    const char *ending = strrchr(entry->d_name, '.');
    return ending != NULL && strcmp(ending, ".h5") == 0;
}

int main(void)
{
    char folder[2048];
    tally counts = {0};
    if (!shared_path("reference/analysis", folder, sizeof folder)) {
        printf("reference/analysis is not on this machine\n");
        return TEST_SKIPPED;
    }
    struct dirent **files = NULL;
    int n_files = scandir(folder, &files, is_hdf5, alphasort);
    for (int i = 0; i < n_files; i++) {
        compare_file(folder, files[i]->d_name, &counts);
        free(files[i]);
    }
    free(files);
    return tally_finish(&counts, "reference.analysis");
}
