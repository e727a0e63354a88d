#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/trigger_events.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What a walk over the channel has found. */
typedef struct trigger_walk {
    const ana_series *series;
    size_t channel;
    size_t segment; /**< of the code below */
    int64_t code;   /**< in force; 0: rest */
    size_t n;
    size_t room[3]; /**< of the three lists */
    int64_t *codes; /**< n */
    size_t *first;  /**< n samples */
    size_t *end;    /**< n: one past the last */
} trigger_walk;

/* The code of a sample; false: it is none. */
static bool code_of(double value, int64_t *code)
{
    *code = 0;
    if (isnan(value)) {
        return true;
    }
    if (!(fabs(value) < 2147483648.0)) {
        return false;
    }
    const double rounded = round(value);
    *code = (int64_t)rounded;
    return fabs(value - rounded) <= 1e-3;
}

static ana_status begin_event(trigger_walk *walk, size_t sample)
{
    static const char *const what = "trigger events";
    ana_status status = ANA_OK;
    const size_t n = walk->n + 1;
    ANA_TRY(ana_grow(&walk->codes, &walk->room[0], n, sizeof *walk->codes, what));
    ANA_TRY(ana_grow(&walk->first, &walk->room[1], n, sizeof *walk->first, what));
    ANA_TRY(ana_grow(&walk->end, &walk->room[2], n, sizeof *walk->end, what));
    walk->codes[walk->n] = walk->code;
    walk->first[walk->n] = sample;
    walk->end[walk->n++] = sample;
done:
    return status;
}

/* The code in force ends before that sample, and another one begins. */
static ana_status change_code(trigger_walk *walk, size_t sample, int64_t code)
{
    if (walk->code != 0) {
        walk->end[walk->n - 1] = sample;
    }
    walk->code = code;
    return code != 0 ? begin_event(walk, sample) : ANA_OK;
}

static ana_status take_block(void *user, const ana_block *block)
{
    ana_status status = ANA_OK;
    trigger_walk *walk = user;
    if (block->segment != walk->segment) {
        ANA_TRY(change_code(walk, block->first, 0));
        walk->segment = block->segment;
    }
    for (size_t t = 0; t < block->n; t++) {
        int64_t code = 0;
        if (!code_of(block->values[t], &code)) {
            double time = 0.0;
            ANA_TRY(ana_series_times(walk->series, block->first + t, 1, &time));
            return ana_fail(ANA_ERR_VALUE,
                            "channel %s: %s at %s s is not a code; codes of triggers are whole "
                            "numbers",
                            walk->series->channels[walk->channel].name,
                            ana_number(block->values[t]).text, ana_number(time).text);
        }
        if (code != walk->code) {
            ANA_TRY(change_code(walk, block->first + t, code));
        }
    }
done:
    return status;
}

/* Samples as seconds: an event stops a sample after its last. */
static ana_status set_times(const trigger_walk *walk, ana_intervals *events)
{
    ana_status status = ANA_OK;
    const ana_series *series = walk->series;
    char label[32];
    ana_column *labels = NULL;
    ANA_TRY(ana_table_add(events->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t i = 0; i < walk->n; i++) {
        ANA_TRY(ana_series_times(series, walk->first[i], 1, &events->start[i]));
        ANA_TRY(ana_series_times(series, walk->end[i] - 1, 1, &events->stop[i]));
        events->stop[i] += series->rate > 0.0 ? 1.0 / series->rate : 0.0;
        snprintf(label, sizeof label, "%lld", (long long)walk->codes[i]);
        ANA_TRY(ana_column_set_text(labels, i, label));
    }
done:
    return status;
}

ana_status ana_trigger_events(const ana_series *series, size_t channel, const ana_run *run,
                              ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_intervals *events = NULL;
    trigger_walk walk = {.series = series, .channel = channel};
    const ana_block_plan plan = {.n_channels = 1, .channels = &channel};
    *out = NULL;
    ANA_TRY(ana_series_blocks(series, &plan, run, take_block, &walk));
    ANA_TRY(change_code(&walk, series->n_times, 0));
    ANA_TRY(ana_intervals_new(series->channels[channel].name, walk.n, &events));
    ANA_TRY(set_times(&walk, events));
    *out = events;
    events = NULL;
done:
    ana_intervals_free(events);
    free(walk.codes);
    free(walk.first);
    free(walk.end);
    return status;
}
