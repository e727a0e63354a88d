#include "support/reading.h"

#include "format.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <stdlib.h>
#include <string.h>

int format_score(const char *format, const char *path)
{
    int score = -1;
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    assert_non_null(scores);
    check_ok(ana_format_detect(path, scores));
    for (size_t i = 0; i < ana_format_count(); i++) {
        score = strcmp(scores[i].name, format) == 0 ? scores[i].score : score;
    }
    free(scores);
    return score;
}

void check_cuts_are_refused(const char *format, const char *path)
{
    size_t n = 0;
    unsigned char *bytes = read_bytes(path, &n);
    ana_read_options options = ana_read_options_default();
    options.format = format;
    for (size_t cut = 0; cut < n; cut += 1 + n / 60) {
        ana_recording *recording = NULL;
        check_fails(ana_recording_read(scratch_file("cut.bin", bytes, cut), &options, &recording),
                    ANA_ERR_FORMAT, "cut.bin");
    }
    free(bytes);
}

typedef struct reading {
    ana_read_options options;
    char path[1024];
} reading;

static ana_status read_once(void *user)
{
    const reading *of = user;
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(of->path, &of->options, &recording);
    if (status == ANA_OK) {
        double values[4];
        const size_t channel = 1;
        status = ana_series_read(recording->series[0], 1, &channel, 0, 4, values);
        ana_recording_free(recording);
    }
    return status;
}

void check_reading_reports_failed_allocations(const char *format, const char *path, size_t least)
{
    reading of = {.options = ana_read_options_default()};
    of.options.format = format;
    assert_true(strlen(path) < sizeof of.path);
    memcpy(of.path, path, strlen(path) + 1);
    assert_true(check_each_allocation(read_once, &of, 0) > least);
}
