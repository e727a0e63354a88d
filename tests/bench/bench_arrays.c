/* Reading a Phy folder of 379,321 spikes against the bare reading of its files, and whole arrays
 * against a copy of as many bytes. Prints the best of several runs each; nothing fails on time. */
#include "bench.h"
#include "file.h"
#include "npy.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    N_SPIKES = 379321,
    N_UNITS = 404,
    N_VALUES = 1 << 22,
    N_RUNS = 9
};

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, ana_last_error());
        exit(1);
    }
}

static const char *in_folder(const char *folder, const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void make_folder(const char *folder)
{
    uint64_t *ticks = malloc(N_SPIKES * sizeof *ticks);
    int32_t *units = malloc(N_SPIKES * sizeof *units);
    const size_t n = N_SPIKES;
    uint32_t state = 1;
    need(ticks != NULL && units != NULL, "memory");
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525U + 1013904223U;
        ticks[i] = i * 9 + (state >> 29);
        units[i] = (int32_t)((state >> 8) % N_UNITS);
    }
    need(ana_npy_save(in_folder(folder, "spike_times.npy"), ANA_UINT64, 1, &n, ticks) == ANA_OK,
         "times");
    need(ana_npy_save(in_folder(folder, "spike_clusters.npy"), ANA_INT32, 1, &n, units) == ANA_OK,
         "units");
    free(ticks);
    free(units);
}

static double best_of_phy(const char *folder)
{
    double best = 1e9;
    ana_read_options options = ana_read_options_default();
    options.rate = 30000.0;
    for (int run = 0; run < N_RUNS; run++) {
        ana_recording *recording = NULL;
        double start = wall_seconds();
        need(ana_recording_read(folder, &options, &recording) == ANA_OK, "phy");
        double seconds = wall_seconds() - start;
        best = seconds < best ? seconds : best;
        ana_recording_free(recording);
    }
    return best;
}

static double best_of_files(const char *folder)
{
    static const char *const names[] = {"spike_times.npy", "spike_clusters.npy"};
    double best = 1e9;
    for (int run = 0; run < N_RUNS; run++) {
        double start = wall_seconds();
        for (size_t i = 0; i < 2; i++) {
            char *bytes = NULL;
            size_t n = 0;
            need(ana_file_read_all(in_folder(folder, names[i]), SIZE_MAX / 2, &bytes, &n) == ANA_OK,
                 "file");
            free(bytes);
        }
        double seconds = wall_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static void bench_matrix(const char *folder)
{
    const size_t shape[] = {2048, N_VALUES / 2048};
    float *values = calloc(N_VALUES, sizeof *values);
    need(values != NULL, "memory");
    for (size_t i = 0; i < N_VALUES; i++) {
        values[i] = (float)(i % 1000) * 0.25F;
    }
    const char *path = in_folder(folder, "values.npy");
    need(ana_npy_save(path, ANA_FLOAT32, 2, shape, values) == ANA_OK, "npy");
    double best = 1e9;
    double copy = 1e9;
    for (int run = 0; run < N_RUNS; run++) {
        ana_matrix *matrix = NULL;
        double start = wall_seconds();
        need(ana_matrix_read(path, NULL, &matrix) == ANA_OK, "matrix");
        double seconds = wall_seconds() - start;
        best = seconds < best ? seconds : best;
        start = wall_seconds();
        double *plain = malloc(N_VALUES * sizeof *plain);
        need(plain != NULL, "memory");
        for (size_t i = 0; i < N_VALUES; i++) {
            plain[i] = (double)values[i];
        }
        need(memcmp(plain, matrix->values, N_VALUES * sizeof *plain) == 0, "same values");
        seconds = wall_seconds() - start;
        copy = seconds < copy ? seconds : copy;
        free(plain);
        ana_matrix_free(matrix);
    }
    printf("matrix of %d floats: %.1f ms; a plain loop that widens and compares them %.1f ms\n",
           N_VALUES, best * 1e3, copy * 1e3);
    free(values);
    unlink(path);
}

int main(void)
{
    char folder[] = "/tmp/bench_arrays_XXXXXX";
    need(mkdtemp(folder) != NULL, folder);
    make_folder(folder);
    double phy = best_of_phy(folder);
    double files = best_of_files(folder);
    printf("Phy folder of %d spikes: %.2f ms, of which reading its files %.2f ms\n", N_SPIKES,
           phy * 1e3, files * 1e3);
    bench_matrix(folder);
    unlink(in_folder(folder, "spike_times.npy"));
    unlink(in_folder(folder, "spike_clusters.npy"));
    rmdir(folder);
    return 0;
}
