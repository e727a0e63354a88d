/* Which trace of an animal is which neuron. */
#include "homogenise_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

static const char *name_of(const ana_worm_source *source)
{
    return source->name != NULL ? source->name : source->series->name;
}

/* *channel = the trace that row r of the table is about. */
static ana_status channel_of(const ana_worm_source *source, const ana_column *trace, size_t r,
                             size_t *channel)
{
    double number = (double)r;
    if (trace != NULL && trace->type == ANA_COLUMN_INT && !ana_column_is_missing(trace, r)) {
        number = (double)trace->ints[r];
    } else if (trace != NULL) {
        number = trace->type == ANA_COLUMN_DOUBLE ? trace->doubles[r] : (double)NAN;
    }
    if (!(number >= 0.0 && number < (double)source->series->n_channels) ||
        number != floor(number)) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: row %zu of the table of neurons is about no trace; there are %zu, the "
                        "first is 0",
                        name_of(source), r, source->series->n_channels);
    }
    *channel = (size_t)number;
    return ANA_OK;
}

static double confidence_at(const ana_column *column, size_t r)
{
    if (column == NULL || ana_column_is_missing(column, r)) {
        return NAN;
    }
    return column->type == ANA_COLUMN_INT ? (double)column->ints[r] : column->doubles[r];
}

static bool is_numbers(const ana_column *column)
{
    return column->type == ANA_COLUMN_INT || column->type == ANA_COLUMN_DOUBLE;
}

typedef struct worm_columns {
    char **labels;
    const ana_column *confidence; /* NULL: none */
    const ana_column *trace;      /* NULL: a row a channel */
} worm_columns;

/* *out = a column of numbers, or NULL when there is none of that name. */
static ana_status find_numbers(const ana_worm_source *source, const char *name,
                               const ana_column **out)
{
    const ana_column *column = ana_table_find(source->neurons, name);
    if (column != NULL && (!is_numbers(column) || column->row_start != NULL)) {
        return ana_fail(ANA_ERR_VALUE, "%s: the table of neurons wants numbers in \"%s\"",
                        name_of(source), name);
    }
    *out = column;
    return ANA_OK;
}

/* The columns, of the types they have to be. */
static ana_status find_columns(const ana_worm_source *source, worm_columns *out)
{
    ana_status status = ANA_OK;
    const ana_column *label = ana_table_find(source->neurons, "label");
    if (label == NULL || label->type != ANA_COLUMN_TEXT || label->row_start != NULL) {
        return ana_fail(ANA_ERR_VALUE, "%s: the table of neurons wants a column \"label\" of texts",
                        name_of(source));
    }
    out->labels = label->texts;
    ANA_TRY(find_numbers(source, "confidence", &out->confidence));
    ANA_TRY(find_numbers(source, "trace", &out->trace));
done:
    return status;
}

static ana_status label_by_table(const ana_worm_source *source, ana_worm *worm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    worm_columns columns = {0};
    bool *told = ana_workspace_bytes(&workspace, worm->n_traces, 1, sizeof *told);
    ANA_TRY(ana_workspace_check(&workspace, "homogenise"));
    ANA_TRY(find_columns(source, &columns));
    for (size_t r = 0; r < source->neurons->n_rows && columns.labels != NULL; r++) {
        size_t channel = 0;
        ANA_TRY(channel_of(source, columns.trace, r, &channel));
        if (told[channel]) {
            status = ana_fail(ANA_ERR_VALUE, "%s: trace %zu stands twice in the table of neurons",
                              name_of(source), channel);
            goto done;
        }
        told[channel] = true;
        ANA_TRY(ana_copy_text(columns.labels[r], &worm->labels[channel]));
        worm->confidence[channel] = confidence_at(columns.confidence, r);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Whether a second trace with the same neuron takes its place, and whether the first loses it. */
static void decide(const ana_homogenise_options *options, ana_worm *worm, size_t first,
                   size_t second, bool *tied)
{
    const double a = worm->confidence[first];
    const double b = worm->confidence[second];
    const bool best = options->duplicates == ANA_WORM_DUPLICATES_BEST;
    const bool second_wins = best && (b > a || (isnan(a) && !isnan(b)));
    const bool first_wins = options->duplicates == ANA_WORM_DUPLICATES_FIRST ||
                            (best && (a > b || (isnan(b) && !isnan(a))));
    worm->rule[second_wins ? first : second] = ANA_LABEL_DUPLICATE;
    *tied = second_wins ? false : *tied || !first_wins;
}

/* The traces of one neuron, of which at most one keeps it. */
static void resolve(const ana_homogenise_options *options, ana_worm *worm, size_t first)
{
    const int slot = worm->slot[first];
    size_t winner = first;
    bool tied = false;
    for (size_t i = first + 1; i < worm->n_traces; i++) {
        if (worm->slot[i] == slot) {
            decide(options, worm, winner, i, &tied);
            winner = worm->rule[i] == ANA_LABEL_DUPLICATE ? winner : i;
        }
    }
    if (tied) {
        worm->rule[winner] = ANA_LABEL_DUPLICATE;
    }
    for (size_t i = first; i < worm->n_traces; i++) {
        if (worm->slot[i] == slot && worm->rule[i] == ANA_LABEL_DUPLICATE) {
            worm->slot[i] = -1;
        }
    }
}

static void find_slots(const ana_homogenise_options *options, ana_worm *worm)
{
    for (size_t i = 0; i < worm->n_traces; i++) {
        worm->slot[i] = ana_worm_neuron_find(worm->labels[i], &worm->rule[i]);
        if (worm->slot[i] >= 0 && worm->confidence[i] < options->min_confidence) {
            worm->slot[i] = -1;
            worm->rule[i] = ANA_LABEL_LOW_CONFIDENCE;
        }
    }
    for (size_t i = 0; i < worm->n_traces; i++) {
        if (worm->slot[i] >= 0) {
            resolve(options, worm, i);
        }
        worm->n_labelled += worm->slot[i] >= 0 ? 1 : 0;
    }
}

ana_status worm_label(const ana_worm_source *source, const ana_homogenise_options *options,
                      ana_worm *worm)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < worm->n_traces; i++) {
        worm->confidence[i] = NAN;
    }
    if (source->neurons != NULL) {
        ANA_TRY(label_by_table(source, worm));
    } else {
        for (size_t i = 0; i < worm->n_traces; i++) {
            ANA_TRY(ana_copy_text(source->series->channels[i].name, &worm->labels[i]));
        }
    }
    find_slots(options, worm);
done:
    return status;
}
