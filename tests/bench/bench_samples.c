/* Widening stored samples to doubles: contiguous, and out of rows of 64 channels, against a plain
 * loop of the same work and against writing the output alone (memset), the best of several runs.
 * Prints millions of samples a second; nothing fails on time. */
#include "bench.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CHANNELS = 64,
    N_TIMES = 1 << 16,
    N = N_CHANNELS * N_TIMES,
    N_RUNS = 9
};

/* What every way of widening is handed. */
typedef struct widening_job {
    const void *stored;
    const ana_window *window;
    ana_sample_type type;
    double *out;
} widening_job;

static void contiguous(const widening_job *job)
{
    ana_samples_to_double(job->type, N, job->stored, 1, job->window->gain[0], 1.0, job->out);
}

static void rows(const widening_job *job)
{
    ana_rows_to_double(job->type, N_TIMES, N_CHANNELS, job->stored, job->window, 0, job->out);
}

static void plain_int16(const widening_job *job)
{
    const int16_t *stored = job->stored;
    const double gain = job->window->gain[0];
    for (size_t i = 0; i < N; i++) {
        job->out[i] = (double)stored[i] * gain + 1.0;
    }
}

static void plain_rows_int16(const widening_job *job)
{
    const int16_t *stored = job->stored;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        for (size_t t = 0; t < N_TIMES; t++) {
            job->out[c * N_TIMES + t] =
                (double)stored[t * N_CHANNELS + c] * job->window->gain[c] + job->window->offset[c];
        }
    }
}

static void write_only(const widening_job *job)
{
    memset(job->out, 1, N * sizeof *job->out);
}

static void measure(const char *name, void (*way)(const widening_job *), const widening_job *job)
{
    double best = 1e9;
    for (int run = 0; run < N_RUNS; run++) {
        double start = wall_seconds();
        way(job);
        double seconds = wall_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    printf("%-28s %7.0f million samples/s\n", name, (double)N / best / 1e6);
}

int main(void)
{
    static size_t channels[N_CHANNELS];
    static double gain[N_CHANNELS];
    static double offset[N_CHANNELS];
    const ana_window window = {N_CHANNELS, channels, 0, N_TIMES, gain, offset};
    void *stored = calloc(N, sizeof(double));
    double *out = calloc(N, sizeof *out);
    if (stored == NULL || out == NULL) {
        return 1;
    }
    for (size_t c = 0; c < N_CHANNELS; c++) {
        channels[c] = c;
        gain[c] = 0.1 + (double)c;
        offset[c] = 1.0;
    }
    widening_job job = {stored, &window, ANA_INT16, out};
    measure("output alone", write_only, &job);
    measure("plain loop, int16", plain_int16, &job);
    measure("plain loop, int16 rows", plain_rows_int16, &job);
    for (int type = ANA_INT8; type <= ANA_FLOAT64; type++) {
        char name[64];
        job.type = (ana_sample_type)type;
        snprintf(name, sizeof name, "%s", ana_sample_type_name(job.type));
        measure(name, contiguous, &job);
        snprintf(name, sizeof name, "%s rows", ana_sample_type_name(job.type));
        measure(name, rows, &job);
    }
    free(stored);
    free(out);
    return 0;
}
