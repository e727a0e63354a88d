/* CaImAn results: each two-dimensional array of /estimates against the series of its name, the
 * footprints and the accepted components against the table. */
#include "formats.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compare_traces(const format_case *c, const json_t *object, const ana_series *series)
{
    const size_t n = series->n_times;
    double *values = calloc(series->n_channels * n + 1, sizeof *values);
    check_ok(ana_series_read(series, series->n_channels, NULL, 0, n, values));
    compare_values(c, series->name, object, series->n_channels * n, values, 1.0, 1e-12);
    free(values);
}

static void compare_column(const format_case *c, const json_t *objects, const char *path,
                           const ana_recording *recording, const char *name)
{
    const ana_table *table = ana_recording_find_table(recording, "components");
    const ana_column *column = table != NULL ? ana_table_find(table, name) : NULL;
    const json_t *object = json_object_get(objects, path);
    if (object == NULL || !tally_that(c->tally, column != NULL, "%s: no column %s", path, name)) {
        return;
    }
    if (column->type == ANA_COLUMN_DOUBLE) {
        compare_values(c, path, object, column->n_elements, column->doubles, 1.0, 1e-12);
    } else if (column->type == ANA_COLUMN_INT) {
        double sum = 0.0;
        for (size_t i = 0; i < column->n_elements; i++) {
            sum += (double)column->ints[i];
        }
        tally_number(c->tally, sum, truth_number(json_object_get(object, "int_sum")), 0.0, 0.0,
                     "%s: sum", path);
    } else {
        double sum = 0.0;
        for (size_t i = 0; i < column->n_elements; i++) {
            sum += column->bools[i] ? (double)i : 0.0;
        }
        tally_number(c->tally, sum, truth_number(json_object_get(object, "int_sum")), 0.0, 0.0,
                     "%s: sum of the accepted", path);
    }
}

void compare_caiman(const format_case *c)
{
    const json_t *objects = json_object_get(c->truth, "objects");
    ana_recording *recording = open_case(c);
    const char *path = NULL;
    json_t *object = NULL;
    if (recording == NULL) {
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)objects, path, object)
    {
        const char *name = strrchr(path, '/') + 1;
        const json_t *shape = json_object_get(object, "shape");
        bool traces = strcmp(name, "C") == 0 || strcmp(name, "S") == 0 || strcmp(name, "R") == 0 ||
                      strcmp(name, "F_dff") == 0 || strcmp(name, "YrA") == 0 ||
                      strcmp(name, "f") == 0;
        if (!traces || json_array_size(shape) != 2) {
            continue;
        }
        const ana_series *series = ana_recording_find_series(recording, name);
        if (tally_that(c->tally, series != NULL, "no series %s", name)) {
            compare_traces(c, object, series);
        }
    }
    compare_column(c, objects, "/estimates/A/data", recording, "weight");
    compare_column(c, objects, "/estimates/A/indices", recording, "pixel");
    compare_column(c, objects, "/estimates/idx_components", recording, "accepted");
    ana_recording_free(recording);
}
