/* reference.alignment: every output of every file of reference/alignment whose layout is known. */
#include "alignment.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row for each file of the folder; a row without a comparison waits for its method. */
static const reference_layout layouts[] = {
    {"cca", compare_cca},   {"cka", compare_cka},           {"compare", compare_compare},
    {"dsa", compare_dsa},   {"encoding", compare_encoding}, {"inference", compare_inference},
    {"rdm", compare_rdm},   {"real", compare_real},         {"shape", compare_shape},
    {"trsa", compare_trsa},
};

void compare_output(const h5_reference *file, const char *path, size_t n, const double *values,
                    tally *counts)
{
    compare_output_within(file, path, n, values, 0.0, counts);
}

void compare_output_within(const h5_reference *file, const char *path, size_t n,
                           const double *values, double least, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    const double relative = h5_reference_attribute(file, path, "rtol", 0.0);
    const double absolute = h5_reference_attribute(file, path, "atol", 0.0);
    counts->n_cases++;
    if (tally_that(counts, wanted.n == n, "%s: %zu values, computed %zu", path, wanted.n, n)) {
        for (size_t i = 0; i < n; i++) {
            tally_number(counts, values[i], wanted.values[i], absolute > least ? absolute : least,
                         relative, "%s[%zu]", path, i);
        }
    }
    h5_doubles_free(&wanted);
}

/* The place of each row when sorted by fold; stable. */
static void sort_by_fold(const h5_ints *fold, size_t *order, size_t *lengths, size_t *n_folds)
{
    size_t n = 0;
    *n_folds = 0;
    for (int64_t f = 0; n < fold->n; f++) {
        const size_t before = n;
        for (size_t t = 0; t < fold->n; t++) {
            if (fold->values[t] == f) {
                order[n++] = t;
            }
        }
        if (n > before) {
            lengths[(*n_folds)++] = n - before;
        }
    }
}

ana_observations *read_trials(const h5_reference *file, const char *group)
{
    char path[128];
    snprintf(path, sizeof path, "%s/in/X", group);
    h5_doubles x = h5_reference_doubles(file, path);
    snprintf(path, sizeof path, "%s/in/cond", group);
    h5_ints condition = h5_reference_ints(file, path);
    snprintf(path, sizeof path, "%s/in/fold", group);
    h5_ints fold = h5_reference_ints(file, path);
    size_t *order = calloc(x.shape[0] + 1, sizeof *order);
    size_t *lengths = calloc(x.shape[0] + 1, sizeof *lengths);
    size_t n_folds = 0;
    ana_observations *rows = NULL;
    const size_t p = x.shape[1];
    sort_by_fold(&fold, order, lengths, &n_folds);
    check_ok(ana_observations_new(x.shape[0], p, &rows));
    check_ok(ana_observations_set_sequences(rows, n_folds, lengths, NULL));
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    for (size_t t = 0; t < rows->n_times; t++) {
        memcpy(rows->values + t * p, x.values + order[t] * p, p * sizeof(double));
        rows->labels[t] = condition.values[order[t]];
        rows->n_labels = (size_t)rows->labels[t] + 1 > rows->n_labels ? (size_t)rows->labels[t] + 1
                                                                      : rows->n_labels;
    }
    rows->label_names = calloc(rows->n_labels, sizeof *rows->label_names);
    for (size_t c = 0; c < rows->n_labels; c++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", c);
        rows->label_names[c] = strdup(name);
    }
    free(order);
    free(lengths);
    h5_doubles_free(&x);
    h5_ints_free(&condition);
    h5_ints_free(&fold);
    return rows;
}

int main(void)
{
    return compare_reference_folder("alignment", sizeof layouts / sizeof layouts[0], layouts);
}
