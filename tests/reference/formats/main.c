/* Every truth under ANA_SHARED/reference/formats against the readers. */
#include "formats.h"
#include "support/check.h"

#include <analysis/formats/reader.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A format of the truths: compared, or not read yet. */
typedef struct truth_format {
    const char *name;   /* as the truths have it */
    const char *reader; /* its name in the table of formats; NULL: none */
    compare_function compare;
    size_t n_found;
} truth_format;

static truth_format table[] = {
    {"EDF", "edf", compare_edf, 0},
    {"BDF", "bdf", compare_edf, 0},
    {"BrainVision", "brainvision", compare_brainvision, 0},
    {"NWB", "nwb", compare_nwb, 0},
    {"NPY", "npy", compare_npy, 0},
    {"NPZ", "npz", compare_npy, 0},
    {"MAT", "mat", compare_mat, 0},
    {"PHY", "phy", compare_phy, 0},
    {"SUITE2P", "suite2p", compare_suite2p, 0},
    {"CAIMAN", "caiman", compare_caiman, 0},
    {"HDF5", NULL, compare_hdf5, 0},
    {"BIDS", NULL, NULL, 0},
    {"EEGLAB", NULL, NULL, 0},
    {"FIF", "fif", compare_fif, 0},
    {"GDF", "gdf", compare_gdf, 0},
    {"NEV", NULL, NULL, 0},
    {"NSX", NULL, NULL, 0},
    {"Neuralynx", NULL, NULL, 0},
    {"OEBIN", NULL, NULL, 0},
    {"PLX", NULL, NULL, 0},
    {"RHD", NULL, NULL, 0},
    {"SAFETENSORS", "safetensors", compare_safetensors, 0},
    {"SIMTEXT", NULL, NULL, 0},
    {"SNIRF", NULL, NULL, 0},
    {"SONATA", NULL, NULL, 0},
    {"SPIKEGLX", NULL, NULL, 0},
    {"XDF", NULL, NULL, 0},
};
static const size_t n_table = sizeof table / sizeof table[0];

static truth_format *find_format(const char *name)
{
    for (size_t i = 0; name != NULL && i < n_table; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static bool is_in_our_table(const char *reader)
{
    for (size_t i = 0; reader != NULL && i < ana_format_count(); i++) {
        if (strcmp(ana_format_get(i).name, reader) == 0) {
            return true;
        }
    }
    return false;
}

static void compare_truth(tally *counts, const char *root, const char *relative)
{
    char truth_path[4096];
    char data_path[4096];
    char data_relative[2048];
    json_error_t error;
    snprintf(truth_path, sizeof truth_path, "%s/reference/formats/%s", root, relative);
    snprintf(data_relative, sizeof data_relative, "%.*s", (int)(strlen(relative) - strlen(".json")),
             relative);
    snprintf(data_path, sizeof data_path, "%s/data/formats/%s", root, data_relative);
    counts->file = data_relative;
    json_t *truth = json_load_file(truth_path, 0, &error);
    const char *name = json_string_value(json_object_get(truth, "format"));
    truth_format *format = find_format(name);
    if (!tally_that(counts, truth != NULL, "the truth is no JSON: %s", error.text) ||
        !tally_that(counts, format != NULL, "truth of the unknown format \"%s\"",
                    name != NULL ? name : "")) {
        json_decref(truth);
        return;
    }
    format->n_found++;
    if (format->compare != NULL) {
        size_t before = counts->n_compared;
        format_case one = {data_path, data_relative, truth, counts};
        format->compare(&one);
        counts->n_cases++;
        tally_that(counts, counts->n_compared > before, "nothing was compared");
    } else {
        tally_that(counts, !is_in_our_table(format->reader),
                   "\"%s\" is read by now, but its truths are not compared", format->reader);
    }
    counts->file = NULL;
    json_decref(truth);
}

static int compare_names(const void *a, const void *b)
{
    const char *const *first = a;
    const char *const *second = b;
    return strcmp(*first, *second);
}

/* A list of relative paths that grows while folders are walked. */
typedef struct path_list {
    size_t n;
    char **items;
} path_list;

static void add_path(path_list *paths, const char *folder, const char *name)
{
    char path[2048];
    snprintf(path, sizeof path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
    paths->items = realloc(paths->items, (paths->n + 1) * sizeof *paths->items);
    assert_non_null(paths->items);
    paths->items[paths->n] = strdup(path);
    assert_non_null(paths->items[paths->n]);
    paths->n++;
}

/* All truths below `root`, folder by folder: `folders` is both the list of work and its record. */
static void find_truths(const char *root, path_list *folders, path_list *truths)
{
    add_path(folders, "", "");
    for (size_t i = 0; i < folders->n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/reference/formats/%s", root, folders->items[i]);
        DIR *folder = opendir(path);
        for (struct dirent *entry = NULL;
             folder != NULL && (entry = readdir(folder)) != NULL;) { /* one thread only */
            char below[5000];
            struct stat status;
            snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (entry->d_name[0] == '.' || stat(below, &status) != 0) {
                continue;
            }
            size_t n = strlen(entry->d_name);
            if (S_ISDIR(status.st_mode)) {
                add_path(folders, folders->items[i], entry->d_name);
            } else if (n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0 &&
                       strcmp(entry->d_name, "malformed_expectations.json") != 0) {
                add_path(truths, folders->items[i], entry->d_name);
            }
        }
        if (folder != NULL) {
            closedir(folder);
        }
    }
    if (truths->n > 0) {
        qsort(truths->items, truths->n, sizeof *truths->items, compare_names);
    }
}

static void free_paths(path_list *paths)
{
    for (size_t i = 0; i < paths->n; i++) {
        free(paths->items[i]);
    }
    free(paths->items);
}

/* Which formats were compared, and which wait for their reader. */
static void report_formats(void)
{
    printf("compared:");
    for (size_t i = 0; i < n_table; i++) {
        if (table[i].compare != NULL) {
            printf(" %s %zu", table[i].name, table[i].n_found);
        }
    }
    printf("\nnot read yet:");
    for (size_t i = 0; i < n_table; i++) {
        if (table[i].compare == NULL && table[i].n_found > 0) {
            printf(" %s %zu", table[i].name, table[i].n_found);
        }
    }
    printf("\n");
}

int main(void)
{
    const char *root = shared_root();
    if (root == NULL) {
        printf("ANA_SHARED is not on this machine\n");
        return TEST_SKIPPED;
    }
    tally counts = {0};
    path_list folders = {0};
    path_list truths = {0};
    find_truths(root, &folders, &truths);
    for (size_t i = 0; i < truths.n; i++) {
        compare_truth(&counts, root, truths.items[i]);
    }
    report_formats();
    free_paths(&folders);
    free_paths(&truths);
    return tally_finish(&counts, "reference.formats");
}
