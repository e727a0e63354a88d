#include "fuzz/driver.h"

#include <analysis/formats/live_frames.h>
#include <analysis/formats/reader.h>
#include <analysis/formats/record_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *ending_of(const char *format)
{
    if (strcmp(format, "brainvision") == 0) {
        return ".vhdr";
    }
    if (strcmp(format, "record_json") == 0) {
        return ".json";
    }
    if (strcmp(format, "record_h5") == 0 || strcmp(format, "signal_h5") == 0) {
        return ".h5";
    }
    static char ending[32];
    snprintf(ending, sizeof ending, ".%s", format);
    return ending;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) {
        abort();
    }
}

/* The first and the last samples of every series, and a stretch in the middle. */
static void read_series(const ana_series *series)
{
    enum {
        N = 64
    };
    double values[N];
    const size_t n = series->n_times < N ? series->n_times : N;
    const size_t starts[] = {0, (series->n_times - n) / 2, series->n_times - n};
    for (size_t c = 0; c < series->n_channels && c < 64 && n > 0; c++) {
        for (size_t i = 0; i < 3; i++) {
            if (ana_series_read(series, 1, &c, starts[i], n, values) != ANA_OK) {
                return;
            }
        }
    }
    if (n > 0 && ana_series_times(series, 0, n, values) != ANA_OK) {
        return;
    }
}

static void read_recording(const char *format, const char *path)
{
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    options.format = format;
    options.run.max_memory = (size_t)256 << 20;
    if (ana_recording_read(path, &options, &recording) != ANA_OK) {
        return;
    }
    if (ana_recording_check(recording) != ANA_OK) {
        fprintf(stderr, "a recording that breaks its own rules: %s\n", ana_last_error());
        abort();
    }
    for (size_t i = 0; i < recording->n_series; i++) {
        read_series(recording->series[i]);
    }
    ana_recording_free(recording);
}

/* Every sample of a frame is there to be read. */
static double look_at(const ana_live_frame *frame)
{
    double sum = 0.0;
    for (size_t i = 0; frame->kind == ANA_LIVE_SAMPLES && i < frame->n_channels * frame->n_samples;
         i++) {
        sum += frame->samples[i];
    }
    for (size_t c = 0; frame->kind == ANA_LIVE_HEADER && c < frame->n_channels; c++) {
        sum += (double)strlen(frame->names[c]);
    }
    return sum;
}

/* The bytes as they come through a pipe, in pieces of 1 to 97 bytes. */
static void read_live(ana_live_form form, const uint8_t *bytes, size_t n)
{
    ana_live_decoder *decoder = NULL;
    ana_live_frame frame;
    size_t piece = 1;
    ana_status status = ana_live_decoder_new(form, &decoder);
    for (size_t at = 0; at < n && status == ANA_OK;) {
        size_t n_used = 0;
        piece = piece * 5 % 97;
        const size_t given = piece < n - at ? piece : n - at;
        status = ana_live_decoder_feed(decoder, given, bytes + at, &n_used, &frame);
        if (status == ANA_OK && (n_used > given || (n_used == 0 && frame.kind == ANA_LIVE_NONE))) {
            fprintf(stderr, "a decoder that does not go on\n");
            abort();
        }
        if (status == ANA_OK && look_at(&frame) == 0.5) {
            fputc(' ', stderr); /* so that looking is not left out */
        }
        at += n_used;
    }
    if (status == ANA_OK && ana_live_decoder_finish(decoder, &frame) == ANA_OK) {
        (void)look_at(&frame);
    }
    ana_live_decoder_free(decoder);
}

void drive(const char *format, const uint8_t *bytes, size_t n)
{
    if (strncmp(format, "live_", 5) == 0) {
        read_live(strcmp(format, "live_csv") == 0 ? ANA_LIVE_CSV : ANA_LIVE_FRAMES, bytes, n);
        return;
    }
    char path[128];
    char companion[128];
    snprintf(path, sizeof path, "/dev/shm/ana_fuzz_%ld%s", (long)getpid(), ending_of(format));
    snprintf(companion, sizeof companion, "/dev/shm/ana_fuzz_%ld.eeg", (long)getpid());
    write_file(path, bytes, n);
    if (strcmp(format, "brainvision") == 0) {
        static const char samples[4096] = {1, 2, 3};
        write_file(companion, samples, sizeof samples);
    }
    if (strncmp(format, "record_", 7) == 0) {
        ana_record *record = NULL;
        if (ana_record_read(path, &record) == ANA_OK) {
            ana_record_free(record);
        }
    } else {
        read_recording(format, path);
    }
    unlink(path);
    unlink(companion);
}
