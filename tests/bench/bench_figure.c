/* How long pictures of large data take, and how large they are: a line of ten million samples and a
 * raster of a million spikes. Prints seconds and bytes. */
#include "bench.h"

#include <analysis/formats/figure.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int draw(const char *name, const ana_record *group)
{
    char *svg = NULL;
    double start = wall_seconds();
    if (ana_figure_svg(group, NULL, &svg) != ANA_OK) {
        (void)fprintf(stderr, "%s: %s\n", name, ana_last_error());
        return 1;
    }
    printf("%-28s %6.3f s %8zu bytes\n", name, wall_seconds() - start, strlen(svg));
    free(svg);
    return 0;
}

static int draw_line(size_t n, ana_random *random)
{
    ana_record *group = NULL;
    double *y = malloc(n * sizeof *y);
    int failed = y == NULL || ana_record_new(&group) != ANA_OK;
    for (size_t i = 0; i < n && !failed; i++) {
        y[i] = (i > 0 ? 0.999 * y[i - 1] : 0.0) + ana_random_normal(random);
    }
    failed =
        failed || ana_record_add_doubles(group, "y", ana_shape_1(n, "time"), y, "mV") != ANA_OK;
    if (!failed) {
        group->hint = ANA_HINT_LINE;
        failed = draw("line of 10^7 samples", group);
    }
    free(y);
    ana_record_free(group);
    return failed;
}

static int draw_raster(size_t n, ana_random *random)
{
    ana_record *group = NULL;
    double *times = malloc(n * sizeof *times);
    int64_t *rows = malloc(n * sizeof *rows);
    int failed = times == NULL || rows == NULL || ana_record_new(&group) != ANA_OK;
    for (size_t i = 0; i < n && !failed; i++) {
        times[i] = 3600.0 * ana_random_uniform(random);
        rows[i] = (int64_t)ana_random_below(random, 400);
    }
    failed = failed ||
             ana_record_add_doubles(group, "times", ana_shape_1(n, NULL), times, "s") != ANA_OK ||
             ana_record_add_ints(group, "rows", ana_shape_1(n, NULL), rows, NULL) != ANA_OK;
    if (!failed) {
        group->hint = ANA_HINT_RASTER;
        failed = draw("raster of 10^6 spikes", group);
    }
    free(times);
    free(rows);
    ana_record_free(group);
    return failed;
}

int main(void)
{
    ana_random random = ana_random_stream(1, "bench.figure", 0);
    return draw_line(10000000, &random) | draw_raster(1000000, &random);
}
