/* Reading a file's samples as doubles against a plain loop that does the same conversion over the
 * same bytes in memory: same layout of the output, gain and offset, one thread. Prints both and
 * their ratio, the best of several runs each; nothing fails on time. */
#include "bench.h"

#include <analysis/formats/reader.h>
#include <analysis/series.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N_CHANNELS = 64,
    N_PER_RECORD = 512, /* samples of a channel in a record */
    N_RECORDS = 256,
    N_TIMES = N_PER_RECORD * N_RECORDS,
    N_TILE = 128, /* times that a loop over channels keeps in the cache */
    N_RUNS = 9
};

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, ana_last_error());
        exit(1);
    }
}

static unsigned char *random_bytes(size_t n)
{
    unsigned char *bytes = malloc(n);
    need(bytes != NULL, "memory");
    uint32_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525U + 1013904223U;
        bytes[i] = (unsigned char)(state >> 24);
    }
    return bytes;
}

/* A field of an EDF header, the same for each signal when `times` is above 1. */
static void put(FILE *stream, const char *text, int width, int times)
{
    for (int i = 0; i < times; i++) {
        fprintf(stream, "%-*s", width, text);
    }
}

static void write_edf(const char *path, bool bdf, const unsigned char *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");
    need(stream != NULL, path);
    char number[16];
    if (bdf) {
        fputs("\xff"
              "BIOSEMI",
              stream);
    } else {
        put(stream, "0", 8, 1);
    }
    put(stream, "", 160, 1);
    put(stream, "01.01.0100.00.00", 16, 1);
    snprintf(number, sizeof number, "%d", 256 * (N_CHANNELS + 1));
    put(stream, number, 8, 1);
    put(stream, "", 44, 1);
    snprintf(number, sizeof number, "%d", N_RECORDS);
    put(stream, number, 8, 1);
    put(stream, "1", 8, 1);
    snprintf(number, sizeof number, "%d", N_CHANNELS);
    put(stream, number, 4, 1);
    put(stream, "EEG", 16, N_CHANNELS);
    put(stream, "", 80, N_CHANNELS);
    put(stream, "uV", 8, N_CHANNELS);
    put(stream, "-200.5", 8, N_CHANNELS);
    put(stream, "200.5", 8, N_CHANNELS);
    put(stream, bdf ? "-8388608" : "-32768", 8, N_CHANNELS);
    put(stream, bdf ? "8388607" : "32767", 8, N_CHANNELS);
    put(stream, "", 80, N_CHANNELS);
    snprintf(number, sizeof number, "%d", N_PER_RECORD);
    put(stream, number, 8, N_CHANNELS);
    put(stream, "", 32, N_CHANNELS);
    need(fwrite(bytes, 1, n, stream) == n && fclose(stream) == 0, path);
}

static void write_brainvision(const char *path, const char *data, const unsigned char *bytes,
                              size_t n, const char *binary_format)
{
    FILE *stream = fopen(path, "wb");
    need(stream != NULL, path);
    fprintf(stream,
            "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=%s\n"
            "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=%d\n"
            "SamplingInterval=1000\n[Binary Infos]\nBinaryFormat=%s\n[Channel Infos]\n",
            strrchr(data, '/') + 1, N_CHANNELS, binary_format);
    for (int c = 0; c < N_CHANNELS; c++) {
        fprintf(stream, "Ch%d=E%d,,0.0061,uV\n", c + 1, c + 1);
    }
    need(fclose(stream) == 0, path);
    stream = fopen(data, "wb");
    need(stream != NULL && fwrite(bytes, 1, n, stream) == n && fclose(stream) == 0, data);
}

/* The plain loops: what one writes down without a library, as fast as the compiler makes them. */
typedef void (*plain_loop)(const unsigned char *bytes, double gain, double offset, double *out);

static void plain_int16_records(const unsigned char *bytes, double gain, double offset, double *out)
{
    for (size_t r = 0; r < N_RECORDS; r++) {
        for (size_t c = 0; c < N_CHANNELS; c++) {
            const unsigned char *run = bytes + (r * N_CHANNELS + c) * N_PER_RECORD * 2;
            double *to = out + c * N_TIMES + r * N_PER_RECORD;
            for (size_t t = 0; t < N_PER_RECORD; t++) {
                int16_t sample = 0;
                memcpy(&sample, run + 2 * t, sizeof sample);
                to[t] = sample * gain + offset;
            }
        }
    }
}

static void plain_int24_records(const unsigned char *bytes, double gain, double offset, double *out)
{
    for (size_t r = 0; r < N_RECORDS; r++) {
        for (size_t c = 0; c < N_CHANNELS; c++) {
            const unsigned char *run = bytes + (r * N_CHANNELS + c) * N_PER_RECORD * 3;
            double *to = out + c * N_TIMES + r * N_PER_RECORD;
            for (size_t t = 0; t < N_PER_RECORD; t++) {
                const unsigned char *b = run + 3 * t;
                int32_t sample =
                    (int32_t)((uint32_t)b[0] << 8 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 24) >>
                    8;
                to[t] = sample * gain + offset;
            }
        }
    }
}

static void plain_int16_multiplexed(const unsigned char *bytes, double gain, double offset,
                                    double *out)
{
    for (size_t first = 0; first < N_TIMES; first += N_TILE) {
        for (size_t i = 0; i < N_TILE * N_CHANNELS; i++) {
            size_t c = i / N_TILE;
            size_t t = first + i % N_TILE;
            int16_t sample = 0;
            memcpy(&sample, bytes + 2 * (t * N_CHANNELS + c), sizeof sample);
            out[c * N_TIMES + t] = sample * gain + offset;
        }
    }
}

static void plain_float32_multiplexed(const unsigned char *bytes, double gain, double offset,
                                      double *out)
{
    for (size_t first = 0; first < N_TIMES; first += N_TILE) {
        for (size_t i = 0; i < N_TILE * N_CHANNELS; i++) {
            size_t c = i / N_TILE;
            size_t t = first + i % N_TILE;
            float sample = 0.0F;
            memcpy(&sample, bytes + 4 * (t * N_CHANNELS + c), sizeof sample);
            out[c * N_TIMES + t] = (double)sample * gain + offset;
        }
    }
}

static void compare(const char *what, const char *path, const unsigned char *bytes, size_t n_bytes,
                    plain_loop plain)
{
    ana_recording *recording = NULL;
    need(ana_recording_read(path, NULL, &recording) == ANA_OK, path);
    const ana_series *series = recording->series[0];
    const double gain = series->channels[0].gain;
    const double offset = series->channels[0].offset;
    double *ours = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *ours);
    double *theirs = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *theirs);
    need(ours != NULL && theirs != NULL && series->n_times == N_TIMES, "memory");
    double read_s = 1e9;
    double plain_s = 1e9;
    for (int run = 0; run < N_RUNS; run++) {
        double start = wall_seconds();
        need(ana_series_read(series, 0, NULL, 0, N_TIMES, ours) == ANA_OK, path);
        double middle = wall_seconds();
        plain(bytes, gain, offset, theirs);
        double end = wall_seconds();
        read_s = middle - start < read_s ? middle - start : read_s;
        plain_s = end - middle < plain_s ? end - middle : plain_s;
    }
    bool same = memcmp(ours, theirs, (size_t)N_CHANNELS * N_TIMES * sizeof *ours) == 0;
    printf("%-28s read %7.1f MB/s, plain loop %7.1f MB/s, ratio %.2f%s\n", what,
           (double)n_bytes / read_s / 1e6, (double)n_bytes / plain_s / 1e6, plain_s / read_s,
           same ? "" : "  VALUES DIFFER");
    free(ours);
    free(theirs);
    ana_recording_free(recording);
}

int main(void)
{
    const size_t n = (size_t)N_CHANNELS * N_TIMES;
    unsigned char *bytes = random_bytes(n * 4);
    for (size_t i = 0; i < n; i++) {
        bytes[4 * i + 3] = 0x40; /* floats that are ordinary numbers */
    }
    char folder[] = "/tmp/bench_read_XXXXXX";
    char path[64];
    char data[64];
    need(mkdtemp(folder) != NULL, folder);
    snprintf(path, sizeof path, "%s/a.edf", folder);
    write_edf(path, false, bytes, n * 2);
    compare("EDF int16", path, bytes, n * 2, plain_int16_records);
    remove(path);
    write_edf(path, true, bytes, n * 3);
    compare("BDF int24", path, bytes, n * 3, plain_int24_records);
    remove(path);
    snprintf(path, sizeof path, "%s/a.vhdr", folder);
    snprintf(data, sizeof data, "%s/a.eeg", folder);
    write_brainvision(path, data, bytes, n * 2, "INT_16");
    compare("BrainVision int16", path, bytes, n * 2, plain_int16_multiplexed);
    write_brainvision(path, data, bytes, n * 4, "IEEE_FLOAT_32");
    compare("BrainVision float32", path, bytes, n * 4, plain_float32_multiplexed);
    remove(path);
    remove(data);
    rmdir(folder);
    free(bytes);
    return 0;
}
