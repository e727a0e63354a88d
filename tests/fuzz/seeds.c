#include "fuzz/driver.h"
#include "support/build_fif.h"
#include "support/build_gdf.h"
#include "support/build_signal_h5.h"
#include "support/tensors.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/live_frames.h>
#include <analysis/formats/reader.h>
#include <analysis/formats/record_io.h>
#include <analysis/models/simulate.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_back(const char *path, uint8_t **bytes, size_t *n)
{
    FILE *file = fopen(path, "rb");
    *bytes = NULL;
    *n = 0;
    if (file == NULL) {
        return;
    }
    *bytes = malloc((size_t)1 << 22);
    if (*bytes != NULL) {
        *n = fread(*bytes, 1, (size_t)1 << 22, file);
    }
    fclose(file);
    unlink(path);
}

static ana_status simulate(const char *format, ana_recording **out)
{
    ana_simulate_options options = ana_simulate_options_default();
    options.duration_s = 10.0;
    options.n_units = 3;
    if (strcmp(format, "nwb") == 0) {
        return ana_simulate_spikes(&options, out);
    }
    return ana_simulate_motor_imagery(&options, out);
}

static ana_status write_seed(const char *format, const char *path)
{
    ana_recording *recording = NULL;
    ana_record *record = NULL;
    ana_write_options options = ana_write_options_default();
    ana_status status = simulate(format, &recording);
    options.format = format;
    options.lossy = true;
    options.overwrite = true;
    if (status == ANA_OK && strncmp(format, "record_", 7) == 0) {
        const double values[3] = {0.5, -1.25, 1e300};
        status = ana_record_new(&record);
        if (status == ANA_OK) {
            status = ana_record_add_doubles(record, "x", ana_shape_1(3, "time"), values, "s");
        }
        if (status == ANA_OK) {
            status = ana_record_add_text(record, "title", "a \"seed\"");
        }
        if (status == ANA_OK) {
            status = ana_record_write(record, path);
        }
    } else if (status == ANA_OK) {
        status = ana_recording_write(recording, path, &options);
    }
    ana_record_free(record);
    ana_recording_free(recording);
    return status;
}

/* A header and three frames, or the same as lines. */
static bool write_live(const char *format, const char *path)
{
    static const char *const names[] = {"C3", "C4"};
    const double samples[] = {0.5, -1.25, 1e300, 3.0};
    uint8_t *bytes = NULL;
    size_t n = 0;
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    if (strcmp(format, "live_csv") == 0) {
        fputs("C3,\"C4\"\n0.5,1e300\n-1.25,\n\n 3 ,nan\r\n", file);
        return fclose(file) == 0;
    }
    bool fine = ana_live_encode_header(2, names, 250.0, &bytes, &n) == ANA_OK;
    for (uint64_t k = 0; fine && k < 4; k++) {
        fine = fwrite(bytes, 1, n, file) == n;
        free(bytes);
        bytes = NULL;
        fine = fine && ana_live_encode_samples(2, 2, samples, k, 0.5, &bytes, &n) == ANA_OK;
    }
    free(bytes);
    return fclose(file) == 0 && fine;
}

/* Formats without a writer of ours are built by hand. */
static bool write_any_seed(const char *format, const char *path)
{
    const gdf_plan gdf = {.version = 210, .n_records = GDF_RECORDS, .mode = 3, .tags = true};
    const fif_plan fif = {.type = 4, .first_sample = 100, .skip = 1, .rest = true};
    if (strncmp(format, "live_", 5) == 0) {
        return write_live(format, path);
    }
    if (strcmp(format, "safetensors") == 0) {
        return write_example_tensors(path);
    }
    if (strcmp(format, "gdf") == 0) {
        return write_gdf(path, &gdf);
    }
    if (strcmp(format, "signal_h5") == 0) {
        const signal_h5_plan signal = signal_h5_good();
        return write_signal_h5(path, &signal);
    }
    return strcmp(format, "fif") == 0 ? write_fif(path, &fif) : write_seed(format, path) == ANA_OK;
}

void make_seed(const char *format, uint8_t **bytes, size_t *n)
{
    char path[128];
    snprintf(path, sizeof path, "/dev/shm/ana_seed_%d%s", (int)getpid(), ending_of(format));
    *bytes = NULL;
    *n = 0;
    if (write_any_seed(format, path)) {
        read_back(path, bytes, n);
    } else {
        fprintf(stderr, "no seed of %s: %s\n", format, ana_last_error());
    }
}
