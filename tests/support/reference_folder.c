#include "support/reference_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where more than one name begins the file's, the longest is its layout. */
static const reference_layout *layout_of(const char *file_name, size_t n_layouts,
                                         const reference_layout *layouts)
{
    const reference_layout *found = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < n_layouts; i++) {
        size_t n = strlen(layouts[i].name);
        if (n > longest && strncmp(file_name, layouts[i].name, n) == 0) {
            found = &layouts[i];
            longest = n;
        }
    }
    return found;
}

static void compare_file(const char *path, const reference_layout *layout, tally *counts)
{
    h5_reference *file = h5_reference_open(path);
    if (!tally_that(counts, file != NULL, "%s cannot be opened", path) ||
        !tally_that(counts, layout != NULL, "a layout that is not known")) {
        h5_reference_close(file);
        return;
    }
    const size_t n_cases = counts->n_cases;
    const size_t n_unread = counts->n_unread;
    if (layout->compare != NULL) {
        layout->compare(file, counts);
        tally_that(counts, counts->n_cases > n_cases, "found no case");
    } else {
        counts->n_unread += h5_reference_count(file);
    }
    if (counts->n_unread > n_unread) {
        printf("  %s: %zu datasets not read yet\n", counts->file, counts->n_unread - n_unread);
    }
    h5_reference_close(file);
}

static int is_hdf5(const struct dirent *entry)
{
    const char *ending = strrchr(entry->d_name, '.');
    return ending != NULL && strcmp(ending, ".h5") == 0;
}

int compare_reference_folder(const char *module, size_t n_layouts, const reference_layout *layouts)
{
    char name[256];
    char folder[4096];
    struct dirent **files = NULL;
    tally counts = {0};
    snprintf(name, sizeof name, "reference/%s", module);
    if (!shared_path(name, folder, sizeof folder)) {
        printf("reference.%s: no reference values here; set ANA_SHARED\n", module);
        return TEST_SKIPPED;
    }
    int n_files = scandir(folder, &files, is_hdf5, alphasort);
    for (int i = 0; i < n_files; i++) {
        char path[4608];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
        counts.file = files[i]->d_name;
        compare_file(path, layout_of(files[i]->d_name, n_layouts, layouts), &counts);
    }
    for (int i = 0; i < n_files; i++) {
        free(files[i]);
    }
    free(files);
    counts.file = NULL;
    snprintf(name, sizeof name, "reference.%s", module);
    return tally_finish(&counts, name);
}
