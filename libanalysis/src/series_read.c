#include "checked.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <analysis/series.h>

/* The window's channel list, gains and offsets live in `workspace`. `channels` NULL stands for all;
 * `si` asks for gains and offsets that lead to SI units. */
static ana_status fill_window(const ana_series *series, const size_t *channels, bool si,
                              ana_workspace *workspace, ana_window *window)
{
    size_t *list = ana_workspace_sizes(workspace, window->n_channels, 1);
    double *gain = ana_workspace_doubles(workspace, window->n_channels, 1);
    double *offset = ana_workspace_doubles(workspace, window->n_channels, 1);
    ana_status status = ana_workspace_check(workspace, "series");
    for (size_t i = 0; i < window->n_channels && status == ANA_OK; i++) {
        size_t c = channels != NULL ? channels[i] : i;
        double factor = 1.0;
        char unit[16];
        if (c >= series->n_channels) {
            return ana_fail(ANA_ERR_SHAPE,
                            "series \"%s\": channel %zu asked for, but there are %zu channels",
                            series->name, c, series->n_channels);
        }
        const ana_channel *channel = &series->channels[c];
        if (si && !ana_unit_to_si(channel->unit, &factor, unit)) {
            return ana_fail(
                ANA_ERR_VALUE, "series \"%s\": channel \"%s\": its unit \"%s\" is not understood",
                series->name, channel->name, channel->unit != NULL ? channel->unit : "");
        }
        list[i] = c;
        gain[i] = channel->gain * factor;
        offset[i] = channel->offset * factor;
    }
    window->channels = list;
    window->gain = gain;
    window->offset = offset;
    return status;
}

/* n_channels when a list is given; all of them when it is not (then n_channels is 0 or all). */
static ana_status count_channels(const ana_series *series, size_t n_channels,
                                 const size_t *channels, size_t *out)
{
    if (channels == NULL && n_channels != 0 && n_channels != series->n_channels) {
        return ana_fail(ANA_ERR_SHAPE,
                        "series \"%s\": %zu channels asked for without saying which of the %zu",
                        series->name, n_channels, series->n_channels);
    }
    *out = channels != NULL ? n_channels : series->n_channels;
    return ANA_OK;
}

static ana_status check_window(const ana_series *series, size_t first, size_t n)
{
    if (first > series->n_times || n > series->n_times - first) {
        return ana_fail(ANA_ERR_SHAPE,
                        "series \"%s\": %zu samples from %zu on asked for, but there are %zu",
                        series->name, n, first, series->n_times);
    }
    return ANA_OK;
}

typedef enum read_as {
    PHYSICAL,
    SI,
    STORED
} read_as;

static ana_status read_window(const ana_series *series, size_t n_channels, const size_t *channels,
                              size_t first, size_t n, read_as as, void *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_window window = {.first = first, .n_times = n};
    ANA_TRY(count_channels(series, n_channels, channels, &window.n_channels));
    ANA_TRY(check_window(series, first, n));
    ANA_TRY(fill_window(series, channels, as == SI, &workspace, &window));
    if (n == 0 || window.n_channels == 0) {
        goto done;
    }
    if (as == STORED) {
        window.gain = NULL;
        window.offset = NULL;
        ANA_TRY(ana_source_read_stored(series->source, &window, out));
    } else {
        ANA_TRY(ana_source_read(series->source, &window, out));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_series_read(const ana_series *series, size_t n_channels, const size_t *channels,
                           size_t first, size_t n, double *out)
{
    return read_window(series, n_channels, channels, first, n, PHYSICAL, out);
}

ana_status ana_series_read_si(const ana_series *series, size_t n_channels, const size_t *channels,
                              size_t first, size_t n, double *out)
{
    return read_window(series, n_channels, channels, first, n, SI, out);
}

ana_status ana_series_read_stored(const ana_series *series, size_t n_channels,
                                  const size_t *channels, size_t first, size_t n, void *out)
{
    return read_window(series, n_channels, channels, first, n, STORED, out);
}

ana_status ana_series_times(const ana_series *series, size_t first, size_t n, double *out)
{
    static const size_t only_channel = 0;
    ana_status status = check_window(series, first, n);
    if (status != ANA_OK || n == 0) {
        return status;
    }
    if (series->timestamps != NULL) {
        ana_window window = {1, &only_channel, first, n, NULL, NULL};
        return ana_source_read(series->timestamps, &window, out);
    }
    for (size_t done = 0; done < n;) {
        const ana_segment *segment = &series->segments[ana_series_segment_of(series, first + done)];
        size_t within = first + done - segment->first;
        for (; within < segment->n_times && done < n; within++, done++) {
            out[done] = segment->start + (double)within / series->rate;
        }
    }
    return ANA_OK;
}

/* One walk in blocks. */
typedef struct block_walk {
    const ana_series *series;
    ana_block_plan plan; /* with its numbers filled in */
    const ana_run *run;
    ana_block_function function;
    void *user;
    double *values;
} block_walk;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ana_status walk_segment(const block_walk *walk, size_t s)
{
    ana_status status = ANA_OK;
    const ana_segment *segment = &walk->series->segments[s];
    for (size_t at = 0; at < segment->n_times; at += walk->plan.block) {
        size_t n = smaller(walk->plan.block, segment->n_times - at);
        size_t before = smaller(walk->plan.overlap, at);
        size_t after = smaller(walk->plan.overlap, segment->n_times - at - n);
        ana_block block = {.segment = s,
                           .first = segment->first + at - before,
                           .n = before + n + after,
                           .before = before,
                           .after = after,
                           .values = walk->values};
        ANA_TRY(ana_series_read(walk->series, walk->plan.n_channels, walk->plan.channels,
                                block.first, block.n, walk->values));
        ANA_TRY(walk->function(walk->user, &block));
        ANA_TRY(ana_run_progress(walk->run, walk->series->name, segment->first + at + n,
                                 walk->series->n_times));
    }
done:
    return status;
}

/* Samples in the longest block of the walk, overlap included. */
static size_t longest_block(const block_walk *walk)
{
    size_t longest = 0;
    for (size_t s = 0; s < walk->series->n_segments; s++) {
        size_t n = walk->series->segments[s].n_times;
        longest = n > longest ? n : longest;
    }
    size_t wanted = 0;
    bool fits =
        ana_multiply(walk->plan.overlap, 2, &wanted) && ana_add(wanted, walk->plan.block, &wanted);
    return fits ? smaller(wanted, longest) : longest;
}

/* Memory for one block of the walk. */
static ana_status allocate_block(block_walk *walk, ana_workspace *workspace)
{
    const size_t longest = longest_block(walk);
    const char *name = walk->series->name;
    size_t bytes = 0;
    if (!ana_multiply(longest, walk->plan.n_channels, &bytes) ||
        !ana_multiply(bytes, sizeof(double), &bytes)) {
        return ana_fail(ANA_ERR_LIMIT,
                        "series \"%s\": no memory holds a block of %zu channels x %zu samples",
                        name, walk->plan.n_channels, longest);
    }
    ana_status status = ana_run_check_memory(walk->run, bytes, name);
    if (status == ANA_OK) {
        walk->values = ana_workspace_doubles(workspace, longest, walk->plan.n_channels);
        status = ana_workspace_check(workspace, name);
    }
    return status;
}

ana_status ana_series_blocks(const ana_series *series, const ana_block_plan *plan,
                             const ana_run *run, ana_block_function function, void *user)
{
    const size_t default_values = ((size_t)4 << 20) / sizeof(double);
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    block_walk walk = {.series = series, .run = run, .function = function, .user = user};
    if (plan != NULL) {
        walk.plan = *plan;
    }
    size_t *n = &walk.plan.n_channels;
    ANA_TRY(count_channels(series, *n, walk.plan.channels, n));
    if (walk.plan.block == 0) {
        walk.plan.block = default_values / (*n > 0 ? *n : 1);
        walk.plan.block = walk.plan.block > 0 ? walk.plan.block : 1;
    }
    ANA_TRY(allocate_block(&walk, &workspace));
    for (size_t s = 0; s < series->n_segments; s++) {
        ANA_TRY(walk_segment(&walk, s));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
