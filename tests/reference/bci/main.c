/* reference.bci: every HDF5 file of reference/bci whose layout is known. */
#include "bci.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of methods that the library does not have. */
static const char *const unread_files[] = {"riemann.h5"};

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
    snprintf(path, sizeof path, "%s/%s", folder, name);
    h5_reference *file = h5_reference_open(path);
    if (!tally_that(counts, file != NULL, "%s cannot be opened", path)) {
        return;
    }
    counts->file = name;
    if (h5_reference_has(file, "in") && h5_reference_has(file, "in/x")) {
        compare_signals(file, counts);
    } else {
        tally_that(counts, is_unread(name), "a layout that is not known");
        printf("  %s: %zu datasets not read yet\n", name, h5_reference_count(file));
    }
    h5_reference_close(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_hdf5(const struct dirent *entry)
{
    const char *ending = strrchr(entry->d_name, '.');
    return ending != NULL && strcmp(ending, ".h5") == 0;
}

int main(void)
{
    char folder[4096];
    struct dirent **entries = NULL;
    tally counts = {0};
    if (!shared_path("reference/bci", folder, sizeof folder)) {
        printf("reference.bci: no reference values here; set ANA_SHARED\n");
        return TEST_SKIPPED;
    }
    int n = scandir(folder, &entries, is_hdf5, by_name);
    for (int i = 0; i < n; i++) {
        compare_file(folder, entries[i]->d_name, &counts);
        free(entries[i]);
    }
    free(entries);
    return tally_finish(&counts, "reference.bci");
}
