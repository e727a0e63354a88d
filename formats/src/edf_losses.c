/* What an EDF or BDF file cannot hold of a recording. */
#include "channel.h"
#include "edf_write.h"
#include "losses.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* Whether a text says the same in US-ASCII within a field. */
static bool fits_field(const char *words, size_t width)
{
    size_t n = 0;
    while (words != NULL && *words != '\0') {
        char piece[4];
        words += ana_edf_next_ascii(words, piece);
        if (piece[0] == '\0') {
            return false;
        }
        n += strlen(piece);
    }
    return n <= width;
}

static bool loses_name(const ana_channel *channel)
{
    return !fits_field(channel->name, 16);
}

static bool loses_transducer(const ana_channel *channel)
{
    return !fits_field(channel->transducer, 80);
}

static bool loses_filter(const ana_channel *channel)
{
    return !fits_field(channel->filter, 80);
}

static bool loses_unit(const ana_channel *channel)
{
    return !fits_field(channel->unit, 8);
}

static bool loses_kind(const ana_channel *channel)
{
    return ana_kind_from_electrode(channel->name, channel->transducer) != channel->kind;
}

static bool loses_position(const ana_channel *channel)
{
    return !isnan(channel->position[0]);
}

static bool loses_bad(const ana_channel *channel)
{
    return channel->bad;
}

/* "EEG Fz-Ref" says its reference itself. */
static bool loses_reference(const ana_channel *channel)
{
    const char *dash = strrchr(channel->name, '-');
    return channel->reference != NULL &&
           (dash == NULL || strcmp(dash + 1, channel->reference) != 0);
}

static void list_series(const ana_edf_plan *plan, ana_text *text)
{
    for (size_t i = 0; i < plan->recording->n_series; i++) {
        const ana_series *series = plan->recording->series[i];
        const ana_edf_plan_series *planned = &plan->series[i];
        if (planned->left_out != NULL) {
            ana_text_printf(text, "series \"%s\" (%zu channels, %zu samples): %s\n", series->name,
                            series->n_channels, series->n_times, planned->left_out);
            continue;
        }
        if (series->description != NULL) {
            ana_text_printf(text, "series \"%s\": its description\n", series->name);
        }
        if (planned->n_dropped > 0) {
            ana_text_printf(text,
                            "series \"%s\": %zu samples at the ends of its segments, which fill no "
                            "data record\n",
                            series->name, planned->n_dropped);
        }
        double rate = (double)planned->n_samples / plan->record_s;
        if (fabs(rate / series->rate - 1.0) > 1e-12) {
            ana_text_printf(text, "series \"%s\": its rate of %s Hz becomes %s Hz\n", series->name,
                            ana_number(series->rate).text, ana_number(rate).text);
        }
    }
}

/* A number for a sentence: three digits say enough of a step. */
static ana_number_text in_words(double value)
{
    if (!(value > 0.0)) {
        return ana_number(value);
    }
    const double scale = pow(10.0, 2.0 - floor(log10(value)));
    return ana_number(round(value * scale) / scale);
}

/* What happens to the numbers of the channels of one series. */
static void list_numbers(const ana_edf_plan *plan, size_t i, ana_text *text)
{
    const ana_series *series = plan->recording->series[i];
    size_t n_rounded = 0;
    size_t n_scaled = 0;
    size_t n_missing = 0;
    double coarsest = 0.0;
    double furthest = 0.0;
    const char *unit = "";
    for (size_t s = 0; s < plan->n_signals; s++) {
        const ana_edf_plan_signal *signal = &plan->signals[s];
        if (signal->series != i) {
            continue;
        }
        n_missing += signal->n_missing;
        if (!signal->keeps_stored) {
            n_rounded++;
            coarsest = fmax(coarsest, fabs(signal->scale.gain));
            unit = signal->unit;
        } else if (signal->is_approximate) {
            double gain = series->channels[signal->channel].gain * signal->factor;
            n_scaled++;
            furthest = fmax(furthest, fabs(signal->scale.gain / gain - 1.0));
        }
    }
    if (n_rounded > 0) {
        ana_text_printf(text,
                        "series \"%s\": %s samples of %zu channels are rounded to steps of up "
                        "to %s%s%s\n",
                        series->name, ana_sample_type_name(series->type), n_rounded,
                        in_words(coarsest).text, unit[0] != '\0' ? " " : "", unit);
    }
    if (n_scaled > 0) {
        ana_text_printf(text,
                        "series \"%s\": the gains of %zu channels change by up to the factor "
                        "1 + %s\n",
                        series->name, n_scaled, in_words(furthest).text);
    }
    if (n_missing > 0) {
        ana_text_printf(text, "series \"%s\": %zu missing samples become the lowest value\n",
                        series->name, n_missing);
    }
}

/* EDF+ names the channel of an annotation at the end of its text: "text@@channel". */
static bool keeps_channels(const ana_intervals *intervals)
{
    const ana_column *labels = ana_table_find(intervals->table, "label");
    const ana_column *channels = ana_table_find(intervals->table, "channels");
    if (labels == NULL || channels == NULL || labels->type != ANA_COLUMN_TEXT ||
        channels->type != ANA_COLUMN_TEXT || labels->row_start != NULL) {
        return false;
    }
    for (size_t i = 0; i < intervals->n; i++) {
        size_t first = channels->row_start != NULL ? channels->row_start[i] : i;
        size_t n = channels->row_start != NULL ? channels->row_start[i + 1] - first : 1;
        const char *at = labels->texts[i] != NULL ? strstr(labels->texts[i], "@@") : NULL;
        const char *name = n == 1 ? channels->texts[first] : NULL;
        if (n > 1 || (name != NULL && (at == NULL || strcmp(at + 2, name) != 0))) {
            return false;
        }
    }
    return true;
}

/* Whether a fact is there that the header's text does not hold word by word. The recording's own
 * start date may change its form. */
static bool rewords(const char *fact, const char *text)
{
    if (fact == NULL || text == NULL || strcmp(fact, text) == 0) {
        return false;
    }
    const char *rest = ana_text_starts_with(fact, "Startdate ") ? strchr(fact + 10, ' ') : NULL;
    return rest == NULL || !ana_text_ends_with_ignoring_case(text, rest);
}

static void list_texts(const ana_edf_plan *plan, const ana_edf_clock *clock, ana_text *text)
{
    const ana_recording *recording = plan->recording;
    const bool is_plus = ana_edf_needs_plus(plan, clock);
    ana_text patient = {0};
    ana_text words = {0};
    ana_edf_patient_text(recording, is_plus, &patient);
    ana_edf_recording_text(recording, clock, is_plus, &words);
    if (!fits_field(patient.bytes, 80)) {
        ana_text_append(text, "the end of what is said on the patient, or its accents\n");
    }
    if (!fits_field(words.bytes, 80)) {
        ana_text_append(text, "the end of what is said on the recording, or its accents\n");
    }
    if (rewords(ana_recording_find_fact(recording, "patient"), patient.bytes) ||
        rewords(ana_recording_find_fact(recording, "recording"), words.bytes)) {
        ana_text_append(text, "the wording of patient and recording, which EDF+ prescribes\n");
    }
    text->failed = text->failed || patient.failed || words.failed;
    ana_text_release(&patient);
    ana_text_release(&words);
    if (recording->start_time != NULL && !clock->is_known) {
        ana_text_append(text, "the start time, which is no ISO 8601 date\n");
    }
    if (clock->zone[0] != '\0') {
        ana_text_printf(text, "the time zone of the start time (%s)\n", clock->zone);
    }
}

ana_status ana_edf_list_losses(const ana_recording *recording, bool is_bdf, ana_text *text)
{
    ana_status status = ANA_OK;
    ana_edf_plan plan = {0};
    ANA_TRY(ana_edf_make_plan(recording, is_bdf, &plan));
    const ana_edf_clock clock = ana_edf_make_clock(&plan);
    list_series(&plan, text);
    for (size_t i = 0; i < recording->n_series; i++) {
        list_numbers(&plan, i, text);
    }
    ana_lose_of_channels(recording, "the end of the name, or its accents,", loses_name, text);
    ana_lose_of_channels(recording, "the end of the unit, or its accents,", loses_unit, text);
    ana_lose_of_channels(recording, "the end of the transducer, or its accents,", loses_transducer,
                         text);
    ana_lose_of_channels(recording, "the end of the filter, or its accents,", loses_filter, text);
    ana_lose_of_channels(recording, "the kind, which the name does not say,", loses_kind, text);
    ana_lose_of_channels(recording, "the reference", loses_reference, text);
    ana_lose_of_channels(recording, "the position", loses_position, text);
    ana_lose_of_channels(recording, "the mark as bad", loses_bad, text);
    list_texts(&plan, &clock, text);
    ana_lose_columns(recording, keeps_channels, text);
    ana_lose_facts(recording, ana_edf_holds_fact, text);
    ana_lose_spikes(recording, text);
    ana_lose_tables(recording, NULL, text);
done:
    ana_edf_release_plan(&plan);
    return status;
}
