#include "support/reference_table.h"

#include "support/check.h"

#include <stdio.h>

static void print_row(const char *path, size_t n, const double *row)
{
    print_error("%s(", path);
    for (size_t k = 0; k < n; k++) {
        print_error("%s%.17g", k > 0 ? ", " : "", row[k]);
    }
    print_error(")\n");
}

void check_table(reference *root, const char *path, tabled_function function, double absolute,
                 double relative)
{
    char at[160];
    snprintf(at, sizeof at, "%s/results", path);
    size_t n_rows = 0;
    const double *results = reference_doubles(root, at, &n_rows);
    snprintf(at, sizeof at, "%s/arguments", path);
    size_t n_arguments = reference_axis(root, at, 1);
    const double *arguments = reference_doubles(root, at, NULL);
    assert_true(n_rows > 0 && n_rows == reference_axis(root, at, 0));
    for (size_t i = 0; i < n_rows; i++) {
        const double *row = arguments + i * n_arguments;
        double value = function(row, n_arguments);
        if (!is_close(value, results[i], absolute, relative)) {
            print_row(path, n_arguments, row);
        }
        check_close(value, results[i], absolute, relative);
    }
}
