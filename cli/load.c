#include "load.h"

#include "try.h"

#include <analysis/formats/record_io.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option selection_option_table[] = {
    {"series", ANA_OPTION_TEXT, offsetof(selection_options, series), 0, 0, NULL, "NAME,...",
     "only these series", false},
    {"channels", ANA_OPTION_TEXT, offsetof(selection_options, channels), 0, 0, NULL, "NAME,...",
     "only these channels; a * at the end stands for any rest", false},
    {"units", ANA_OPTION_TEXT, offsetof(selection_options, units), 0, 0, NULL, "ID,...",
     "only these units", false},
    ANA_OPTION_END,
};

const ana_option selection_time_option_table[] = {
    {"from", ANA_OPTION_DOUBLE, offsetof(selection_options, from), 0, 0, NULL, "SECONDS",
     "only from this time on; nan: from the beginning", false},
    {"to", ANA_OPTION_DOUBLE, offsetof(selection_options, to), 0, 0, NULL, "SECONDS",
     "only up to this time; nan: to the end", false},
    {"during", ANA_OPTION_TEXT, offsetof(selection_options, during), 0, 0, NULL, "LABEL,...",
     "only during intervals with one of these labels", false},
    ANA_OPTION_END,
};

selection_options selection_options_default(void)
{
    selection_options options = {.from = NAN, .to = NAN};
    return options;
}

input_options input_options_default(void)
{
    input_options options = {.read = ana_read_options_default(),
                             .selection = selection_options_default(),
                             .rows = rows_options_default()};
    return options;
}

/* A list with commas as a NULL-terminated array; one allocation, freed by free(). NULL stays NULL.
 */
static ana_status split_list(const char *text, char ***out)
{
    *out = NULL;
    if (text == NULL) {
        return ANA_OK;
    }
    size_t n = 2;
    for (const char *c = text; *c != '\0'; c++) {
        n += *c == ',' ? 1 : 0;
    }
    char **items = malloc(n * sizeof *items + strlen(text) + 1);
    if (items == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a list of %zu names", n);
    }
    char *copy = (char *)(items + n);
    memcpy(copy, text, strlen(text) + 1);
    size_t i = 0;
    for (char *word = copy; word != NULL;) {
        char *comma = strchr(word, ',');
        items[i++] = word;
        word = comma != NULL ? comma + 1 : NULL;
        if (comma != NULL) {
            *comma = '\0';
        }
    }
    items[i] = NULL;
    *out = items;
    return ANA_OK;
}

static bool selects_something(const selection_options *options)
{
    return options->series != NULL || options->channels != NULL || options->units != NULL ||
           options->during != NULL || !isnan(options->from) || !isnan(options->to);
}

enum {
    MAX_LISTED = 4 /* things that a sentence names */
};

/* A list of things in words: "eeg (21 channels at 250 Hz), units (12 units), and 3 more". */
typedef struct word_text {
    char text[512];
    size_t n;
    size_t n_things;
} word_text;

__attribute__((format(printf, 2, 3))) static void add_thing(word_text *list, const char *format,
                                                            ...)
{
    if (list->n_things++ >= MAX_LISTED || list->n + 3 >= sizeof list->text) {
        return;
    }
    if (list->n > 0) {
        list->n += (size_t)snprintf(list->text + list->n, sizeof list->text - list->n, ", ");
    }
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(list->text + list->n, sizeof list->text - list->n, format, arguments);
    va_end(arguments);
    list->n += n > 0 ? (size_t)n : 0;
}

static void add_series(word_text *list, const ana_series *series)
{
    const char *plural = series->n_channels == 1 ? "" : "s";
    if (series->rate > 0.0) {
        add_thing(list, "series %s (%zu channel%s at %g Hz)", series->name, series->n_channels,
                  plural, series->rate);
    } else {
        add_thing(list, "series %s (%zu channel%s, time-stamped)", series->name, series->n_channels,
                  plural);
    }
}

ana_status load_refuse(const ana_recording *recording, const char *kind, const char *name)
{
    word_text list = {.n = 0};
    char more[32] = "";
    for (size_t i = 0; i < recording->n_series; i++) {
        add_series(&list, recording->series[i]);
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        add_thing(&list, "spikes %s (%zu units)", recording->spikes[i]->name,
                  recording->spikes[i]->n_units);
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        add_thing(&list, "intervals %s (%zu)", recording->intervals[i]->name,
                  recording->intervals[i]->n);
    }
    if (list.n_things > MAX_LISTED) {
        snprintf(more, sizeof more, ", and %zu more", list.n_things - MAX_LISTED);
    }
    return ana_fail(ANA_ERR_VALUE, "%s: holds no %s%s%s; it holds %s%s", recording->path, kind,
                    name != NULL ? " " : "", name != NULL ? name : "",
                    list.n > 0 ? list.text : "no series, spikes or intervals at all", more);
}

ana_status load_check_start(const ana_recording *recording, double from)
{
    double end = 0.0;
    ana_status status = ana_recording_duration(recording, &end);
    if (status == ANA_OK && from >= end && end > 0.0) { /* false where it is not given */
        return ana_fail(ANA_ERR_VALUE, "%s: ends at %g s, before --from %g", recording->path, end,
                        from);
    }
    return status;
}

void load_warn_whole(const input_options *options, const char *input)
{
    const selection_options *asked = &options->selection;
    const struct {
        const char *name;
        bool given;
    } choices[] = {{"--series", asked->series != NULL}, {"--channels", asked->channels != NULL},
                   {"--units", asked->units != NULL},   {"--during", asked->during != NULL},
                   {"--from", !isnan(asked->from)},     {"--to", !isnan(asked->to)}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (choices[i].given) {
            console_warn("%s: is an array and taken whole; %s chooses parts of recordings", input,
                         choices[i].name);
            return;
        }
    }
}

static ana_status apply_selection(const selection_options *options, ana_recording *whole,
                                  ana_recording **out)
{
    ana_status status = ANA_OK;
    char **series = NULL;
    char **channels = NULL;
    char **units = NULL;
    char **labels = NULL;
    ana_selection selection = ana_selection_default();
    ANA_TRY(load_check_start(whole, options->from));
    ANA_TRY(split_list(options->series, &series));
    ANA_TRY(split_list(options->channels, &channels));
    ANA_TRY(split_list(options->units, &units));
    ANA_TRY(split_list(options->during, &labels));
    selection.series = (const char *const *)series;
    selection.channels = (const char *const *)channels;
    selection.units = (const char *const *)units;
    selection.labels = (const char *const *)labels;
    selection.start = options->from;
    selection.stop = options->to;
    ANA_TRY(ana_recording_select(whole, &selection, out));
done:
    free(series);
    free(channels);
    free(units);
    free(labels);
    return status;
}

ana_status load_recording(const char *path, const input_options *options,
                          const console_options *console, ana_recording **out)
{
    ana_recording *whole = NULL;
    ana_status status = ana_recording_read(path, &options->read, &whole);
    if (status != ANA_OK) {
        return status;
    }
    console_detail(console, "%s: read as %s", path, whole->format);
    for (size_t i = 0; i < whole->n_warnings; i++) {
        console_warn("%s", whole->warnings[i]);
    }
    if (!selects_something(&options->selection)) {
        *out = whole;
        return ANA_OK;
    }
    status = apply_selection(&options->selection, whole, out);
    ana_recording_free(whole);
    return status;
}

ana_status load_record(const char *path, const char *maker, ana_record **out)
{
    ana_status status = ana_record_read(path, out);
    if (status == ANA_OK) {
        return ANA_OK;
    }
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    char sentence[1024];
    snprintf(sentence, sizeof sentence, "%s", ana_last_error());
    if (scores != NULL && ana_format_detect(path, scores) == ANA_OK && scores[0].score > 0) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: holds data (%s), not a saved result as %s with -o makes",
                     path, scores[0].name, maker);
    } else {
        status = ana_fail(status, "%s", sentence);
    }
    free(scores);
    return status;
}
