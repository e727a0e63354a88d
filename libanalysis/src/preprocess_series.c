/* Preprocessing as the options word it: channels by name. */
#include "spans.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/preprocess.h>

#include <string.h>

/* The channel whose name is the n bytes of `name`; n_channels when there is none. */
static size_t find_channel(const ana_series *series, const char *name, size_t n)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        const char *own = series->channels[c].name;
        if (strlen(own) == n && memcmp(own, name, n) == 0) {
            return c;
        }
    }
    return series->n_channels;
}

static ana_status no_such_channel(const ana_series *series, const char *what, const char *name,
                                  size_t n)
{
    ana_text known = {0};
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_text_append(&known, c > 0 ? ", " : "");
        ana_text_append(&known, series->channels[c].name);
    }
    ana_status status =
        ana_fail(ANA_ERR_VALUE, "%s: no \"%.*s\" in series \"%s\", which has %s", what,
                 (int)(n < 200 ? n : 200), name, series->name,
                 known.bytes != NULL && !known.failed ? known.bytes : "no channels");
    ana_text_release(&known);
    return status;
}

/* Bytes of the first of the names in `list`, which are separated by commas. */
static size_t name_length(const char *list)
{
    return strcspn(list, ",");
}

static const char *next_name(const char *name)
{
    name += name_length(name);
    return *name == ',' ? name + 1 : name;
}

static size_t count_names(const char *list)
{
    size_t n = 0;
    for (const char *name = list; *name != '\0'; name = next_name(name)) {
        n++;
    }
    return n;
}

static ana_status list_reference(const ana_series *series, const char *text, size_t *n,
                                 size_t *list)
{
    *n = 0;
    if (strcmp(text, "average") == 0) {
        ana_series_average_channels(series, n, list);
        return ANA_OK;
    }
    for (const char *name = text; *name != '\0'; name = next_name(name)) {
        const size_t channel = find_channel(series, name, name_length(name));
        if (channel == series->n_channels) {
            return no_such_channel(series, "reference", name, name_length(name));
        }
        list[(*n)++] = channel;
    }
    return ANA_OK;
}

static ana_status rereference(const ana_series *series, const char *text, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t room = series->n_channels + count_names(text);
    size_t n = 0;
    size_t *list = ana_workspace_sizes(&workspace, room, 1);
    ANA_TRY(ana_workspace_check(&workspace, "reference"));
    ANA_TRY(list_reference(series, text, &n, list));
    ANA_TRY(ana_series_rereference(series, n, list, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Names may hold '-' themselves: the first one between two known names parts them. */
static ana_status find_pair(const ana_series *series, const char *text, size_t *pair)
{
    const size_t n = name_length(text);
    for (size_t i = 1; i + 1 < n; i++) {
        if (text[i] != '-') {
            continue;
        }
        pair[0] = find_channel(series, text, i);
        pair[1] = find_channel(series, text + i + 1, n - i - 1);
        if (pair[0] < series->n_channels && pair[1] < series->n_channels) {
            return ANA_OK;
        }
    }
    return no_such_channel(series, "bipolar", text, n);
}

static ana_status pair_up(const ana_series *series, const char *text, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = count_names(text);
    size_t *pairs = ana_workspace_sizes(&workspace, n, 2);
    ANA_TRY(ana_workspace_check(&workspace, "bipolar"));
    const char *name = text;
    for (size_t i = 0; i < n; i++, name = next_name(name)) {
        ANA_TRY(find_pair(series, name, pairs + 2 * i));
    }
    ANA_TRY(ana_series_bipolar(series, n, pairs, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Puts `next` in the place of the series made so far. */
static void replace(ana_series **made, ana_series **next)
{
    ana_series_free(*made);
    *made = *next;
    *next = NULL;
}

ana_status ana_series_preprocess(const ana_series *series, const ana_preprocess_options *options,
                                 ana_series **out)
{
    ana_status status = ANA_OK;
    ana_series *made = NULL;
    ana_series *next = NULL;
    const ana_preprocess_options standard = ana_preprocess_options_default();
    const ana_preprocess_options *chosen = options != NULL ? options : &standard;
    ANA_TRY(ana_options_check(ana_preprocess_option_table, chosen, "preprocess"));
    ANA_TRY(ana_series_cut(series, 0, NULL, NULL, &made));
    if (chosen->detrend != ANA_TREND_NONE) {
        ANA_TRY(ana_series_detrend(made, chosen->detrend, &chosen->run, &next));
        replace(&made, &next);
    }
    if (chosen->reference != NULL) {
        ANA_TRY(rereference(made, chosen->reference, &next));
        replace(&made, &next);
    }
    if (chosen->bipolar != NULL) {
        ANA_TRY(pair_up(made, chosen->bipolar, &next));
        replace(&made, &next);
    }
    *out = made;
    made = NULL;
done:
    ana_series_free(made);
    return status;
}
