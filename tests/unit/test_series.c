#include "support/check.h"

#include <analysis/series.h>

#include <math.h>
#include <string.h>

/* Three channels in two segments with a gap between them, int16, irregular values. */
enum {
    N_CHANNELS = 3,
    N_TIMES = 50,
    FIRST_SEGMENT = 20
};

static int16_t stored(size_t c, size_t t)
{
    return (int16_t)((int)((c * 7919 + t * 104729 + t * t * 31) % 65536) - 32768);
}

static double physical(const ana_series *series, size_t c, size_t t)
{
    return (double)stored(c, t) * series->channels[c].gain + series->channels[c].offset;
}

static ana_series *make_series(bool channel_major)
{
    int16_t samples[N_CHANNELS * N_TIMES];
    ana_series *series = NULL;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        for (size_t t = 0; t < N_TIMES; t++) {
            samples[channel_major ? c * N_TIMES + t : t * N_CHANNELS + c] = stored(c, t);
        }
    }
    check_ok(ana_series_new("eeg", N_CHANNELS, &series));
    series->rate = 250.0;
    series->type = ANA_INT16;
    check_ok(ana_series_add_segment(series, FIRST_SEGMENT, 1.5));
    check_ok(ana_series_add_segment(series, N_TIMES - FIRST_SEGMENT, 7.25));
    check_ok(ana_source_from_memory(ANA_INT16, N_CHANNELS, N_TIMES, channel_major, samples,
                                    &series->source));
    static const char *const names[] = {"Fz", "Cz", "Pz"};
    static const char *const units[] = {"uV", "mV", "V"};
    for (size_t c = 0; c < N_CHANNELS; c++) {
        series->channels[c].name = strdup(names[c]);
        series->channels[c].unit = strdup(units[c]);
        series->channels[c].gain = 0.1 + 0.3 * (double)c;
        series->channels[c].offset = (double)c - 0.7;
    }
    check_ok(ana_series_check(series));
    return series;
}

static void any_window_of_any_channels_reads_as_physical_values(void **state)
{
    (void)state;
    static const size_t channels[] = {2, 0};
    for (int major = 0; major < 2; major++) {
        ana_series *series = make_series(major == 1);
        double out[2 * 13];
        check_ok(ana_series_read(series, 2, channels, 11, 13, out));
        for (size_t i = 0; i < 2; i++) {
            for (size_t t = 0; t < 13; t++) {
                assert_true(out[i * 13 + t] == physical(series, channels[i], 11 + t));
            }
        }
        ana_series_free(series);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_window_of_any_channels_reads_as_physical_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
