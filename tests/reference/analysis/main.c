/* reference.analysis: every dataset of every file of reference/analysis whose layout is known. */
#include "analysis.h"

/* One row for each file of the folder; a row without a comparison waits for its method. */
static const reference_layout layouts[] = {
    {"complexity", NULL},  {"connectivity", NULL},
    {"criticality", NULL}, {"dsa", compare_dsa},
    {"gpfa", NULL},        {"hawkes", NULL},
    {"misc", NULL},        {"spiketrains", compare_spiketrains},
    {"visibility", NULL},
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

int main(void)
{
    return compare_reference_folder("analysis", sizeof layouts / sizeof layouts[0], layouts);
}
