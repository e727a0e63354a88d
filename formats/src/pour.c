#include "pour.h"

#include "try.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

/* Bytes of a block on its way from the source to the file. */
static const size_t block_bytes = (size_t)4 << 20;

bool ana_series_is_unscaled(const ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        if (series->channels[c].gain != 1.0 || series->channels[c].offset != 0.0) {
            return false;
        }
    }
    return true;
}

/* rows[t][c] = columns[c][t], elements of `size` bytes. */
static void turn(size_t n_channels, size_t n_times, size_t size, const unsigned char *columns,
                 unsigned char *rows)
{
    for (size_t c = 0; c < n_channels; c++) {
        for (size_t t = 0; t < n_times; t++) {
            memcpy(rows + (t * n_channels + c) * size, columns + (c * n_times + t) * size, size);
        }
    }
}

ana_status ana_series_pour(const ana_series *series, bool physical, const ana_run *run,
                           ana_byte_sink sink, void *user)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t size = physical ? sizeof(double) : ana_sample_size(series->type);
    size_t n_channels = series->n_channels;
    if (n_channels == 0 || series->n_times == 0) {
        return ANA_OK;
    }
    size_t step = block_bytes / size / n_channels;
    step = step == 0 ? 1 : step;
    step = step < series->n_times ? step : series->n_times;
    void *columns = ana_workspace_bytes(&workspace, n_channels, step, size);
    void *rows = ana_workspace_bytes(&workspace, n_channels, step, size);
    ANA_TRY(ana_workspace_check(&workspace, "samples"));
    for (size_t first = 0; first < series->n_times; first += step) {
        size_t n = series->n_times - first < step ? series->n_times - first : step;
        ANA_TRY(ana_run_progress(run, "writing", first, series->n_times));
        ANA_TRY(physical ? ana_series_read(series, n_channels, NULL, first, n, columns)
                         : ana_series_read_stored(series, n_channels, NULL, first, n, columns));
        turn(n_channels, n, size, columns, rows);
        ANA_TRY(sink(user, rows, n * n_channels * size));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_pour_into_atomic(void *user, const void *bytes, size_t n)
{
    return ana_atomic_write(user, bytes, n);
}

void ana_lose_other_objects(const ana_recording *recording, const ana_series *kept, ana_text *text)
{
    for (size_t i = 0; i < recording->n_series && kept != NULL; i++) {
        if (recording->series[i] != kept) {
            ana_text_printf(text, "series \"%s\"\n", recording->series[i]->name);
        }
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ana_text_printf(text, "spikes \"%s\"\n", recording->spikes[i]->name);
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        ana_text_printf(text, "intervals \"%s\"\n", recording->intervals[i]->name);
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        ana_text_printf(text, "table \"%s\"\n", recording->tables[i].name);
    }
    for (size_t i = 0; i < recording->n_facts; i++) {
        ana_text_printf(text, "fact \"%s\": %s\n", recording->facts[i].name,
                        recording->facts[i].value);
    }
    if (recording->start_time != NULL) {
        ana_text_printf(text, "the start time %s\n", recording->start_time);
    }
}

void ana_lose_channel_details(const ana_series *series, ana_text *text)
{
    size_t n_filters = 0;
    size_t n_places = 0;
    size_t n_bad = 0;
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_channel *channel = &series->channels[c];
        bool filtered = !isnan(channel->high_pass_hz) || !isnan(channel->low_pass_hz) ||
                        !isnan(channel->notch_hz) || channel->filter != NULL;
        bool placed = channel->reference != NULL || channel->transducer != NULL ||
                      !isnan(channel->position[0]);
        n_filters += filtered ? 1 : 0;
        n_places += placed ? 1 : 0;
        n_bad += channel->bad ? 1 : 0;
    }
    if (n_filters > 0) {
        ana_text_printf(text, "series \"%s\": the filters of %zu channels\n", series->name,
                        n_filters);
    }
    if (n_places > 0) {
        ana_text_printf(text, "series \"%s\": reference, transducer or position of %zu channels\n",
                        series->name, n_places);
    }
    if (n_bad > 0) {
        ana_text_printf(text, "series \"%s\": that %zu channels are bad\n", series->name, n_bad);
    }
    if (series->description != NULL) {
        ana_text_printf(text, "series \"%s\": its description\n", series->name);
    }
}
