#include "memory.h"
#include "mix.h"
#include "text.h"
#include "try.h"

#include <analysis/preprocess.h>

#include <stdlib.h>
#include <string.h>

const char *const ana_trend_names[] = {"none", "constant", "linear", NULL};

const ana_option ana_preprocess_option_table[] = {
    {"detrend", ANA_OPTION_CHOICE, offsetof(ana_preprocess_options, detrend), 0, 0, ana_trend_names,
     "TREND", "take each segment's mean or straight line away", false},
    {"reference", ANA_OPTION_TEXT, offsetof(ana_preprocess_options, reference), 0, 0, NULL,
     "CHANNELS", "\"average\", or channels separated by commas whose mean is subtracted", false},
    {"bipolar", ANA_OPTION_TEXT, offsetof(ana_preprocess_options, bipolar), 0, 0, NULL, "PAIRS",
     "differences to keep, such as Fp1-F7,F7-T3", false},
    ANA_OPTION_END,
};

ana_preprocess_options ana_preprocess_options_default(void)
{
    return (ana_preprocess_options){.run = ana_run_default()};
}

static ana_status check_channel(const char *what, size_t channel, size_t n_channels)
{
    if (channel >= n_channels) {
        return ana_fail(ANA_ERR_VALUE, "%s: channel %zu of %zu", what, channel, n_channels);
    }
    return ANA_OK;
}

ana_status ana_rereference(size_t n_channels, size_t n_times, double *x, size_t n_reference,
                           const size_t *reference)
{
    ana_status status = ANA_OK;
    if (n_reference == 0) {
        return ana_fail(ANA_ERR_VALUE, "reference: no channel is listed");
    }
    for (size_t i = 0; i < n_reference; i++) {
        ANA_TRY(check_channel("reference", reference[i], n_channels));
    }
    for (size_t t = 0; t < n_times; t++) {
        double mean = 0.0;
        for (size_t i = 0; i < n_reference; i++) {
            mean += x[reference[i] * n_times + t];
        }
        mean /= (double)n_reference;
        for (size_t c = 0; c < n_channels; c++) {
            x[c * n_times + t] -= mean;
        }
    }
done:
    return status;
}

static size_t list_kind(const ana_series *series, ana_kind kind, size_t *list)
{
    size_t n = 0;
    for (size_t c = 0; c < series->n_channels; c++) {
        if (series->channels[c].kind == kind && !series->channels[c].bad) {
            list[n++] = c;
        }
    }
    return n;
}

void ana_series_average_channels(const ana_series *series, size_t *n, size_t *list)
{
    static const ana_kind kinds[] = {ANA_KIND_EEG, ANA_KIND_LFP, ANA_KIND_OTHER};
    *n = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && *n == 0; i++) {
        *n = list_kind(series, kinds[i], list);
    }
}

static const char *unit_of(const ana_channel *channel)
{
    return channel->unit != NULL ? channel->unit : "";
}

/* What is subtracted must be measured in what it is subtracted from. */
static ana_status check_units(const ana_series *series, size_t a, size_t b)
{
    const ana_channel *first = &series->channels[a];
    const ana_channel *second = &series->channels[b];
    if (strcmp(unit_of(first), unit_of(second)) != 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "series \"%s\": channels \"%s\" in \"%s\" and \"%s\" in \"%s\" cannot be "
                        "subtracted",
                        series->name, first->name, unit_of(first), second->name, unit_of(second));
    }
    return ANA_OK;
}

/* Replaces an owned text; on failure it is kept. */
static ana_status set_text(char **text, const char *value)
{
    char *copy = NULL;
    ana_status status = ana_copy_text(value, &copy);
    if (status == ANA_OK) {
        free(*text);
        *text = copy;
    }
    return status;
}

/* "A1,A2": the names of the reference channels, written on the channels it was subtracted from. */
static ana_status note_reference(const ana_series *parent, const ana_mix *mix, ana_series *series)
{
    ana_status status = ANA_OK;
    ana_text names = {0};
    for (size_t i = 0; i < mix->n_shared; i++) {
        ana_text_append(&names, i > 0 ? "," : "");
        ana_text_append(&names, parent->channels[mix->shared[i]].name);
    }
    ANA_TRY(ana_text_check(&names, "reference"));
    for (size_t c = 0; c < mix->n && status == ANA_OK; c++) {
        if (mix->minus[c] == ANA_MIX_MEAN) {
            status = set_text(&series->channels[c].reference, names.bytes);
        }
    }
done:
    ana_text_release(&names);
    return status;
}

static ana_status plan_reference(const ana_series *series, ana_mix *mix)
{
    ana_status status = ANA_OK;
    const ana_kind kind = series->channels[mix->shared[0]].kind;
    for (size_t i = 1; i < mix->n_shared; i++) {
        ANA_TRY(check_units(series, mix->shared[0], mix->shared[i]));
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        const bool concerned = series->channels[c].kind == kind;
        mix->plus[c] = c;
        mix->minus[c] = concerned ? ANA_MIX_MEAN : ANA_MIX_ALONE;
        ANA_TRY(concerned ? check_units(series, mix->shared[0], c) : ANA_OK);
    }
done:
    return status;
}

ana_status ana_series_rereference(const ana_series *series, size_t n_reference,
                                  const size_t *reference, ana_series **out)
{
    ana_status status = ANA_OK;
    ana_mix mix = {0};
    ana_series *made = NULL;
    if (n_reference == 0) {
        return ana_fail(ANA_ERR_VALUE, "reference: no channel is listed");
    }
    for (size_t i = 0; i < n_reference; i++) {
        ANA_TRY(check_channel("reference", reference[i], series->n_channels));
    }
    ANA_TRY(ana_mix_new(series->n_channels, n_reference, &mix));
    memcpy(mix.shared, reference, n_reference * sizeof *reference);
    ANA_TRY(plan_reference(series, &mix));
    ANA_TRY(ana_series_mix(series, &mix, &made));
    ANA_TRY(note_reference(series, &mix, made));
    *out = made;
    made = NULL;
done:
    ana_series_free(made);
    ana_mix_release(&mix);
    return status;
}

/* A pair's channel carries both names. */
static ana_status name_pair(const ana_series *parent, size_t plus, size_t minus,
                            ana_channel *channel)
{
    ana_status status = ANA_OK;
    ana_text name = {0};
    ana_text_printf(&name, "%s-%s", parent->channels[plus].name, parent->channels[minus].name);
    ANA_TRY(ana_text_check(&name, "bipolar"));
    ANA_TRY(set_text(&channel->name, name.bytes));
    ANA_TRY(set_text(&channel->reference, parent->channels[minus].name));
    channel->bad = parent->channels[plus].bad || parent->channels[minus].bad;
done:
    ana_text_release(&name);
    return status;
}

ana_status ana_series_bipolar(const ana_series *series, size_t n_pairs, const size_t *pairs,
                              ana_series **out)
{
    ana_status status = ANA_OK;
    ana_mix mix = {0};
    ana_series *made = NULL;
    if (n_pairs == 0) {
        return ana_fail(ANA_ERR_VALUE, "bipolar: no pair is listed");
    }
    ANA_TRY(ana_mix_new(n_pairs, 0, &mix));
    for (size_t i = 0; i < n_pairs; i++) {
        ANA_TRY(check_channel("bipolar", pairs[2 * i], series->n_channels));
        ANA_TRY(check_channel("bipolar", pairs[2 * i + 1], series->n_channels));
        ANA_TRY(check_units(series, pairs[2 * i], pairs[2 * i + 1]));
        mix.plus[i] = pairs[2 * i];
        mix.minus[i] = pairs[2 * i + 1];
    }
    ANA_TRY(ana_series_mix(series, &mix, &made));
    for (size_t i = 0; i < n_pairs; i++) {
        ANA_TRY(name_pair(series, pairs[2 * i], pairs[2 * i + 1], &made->channels[i]));
    }
    *out = made;
    made = NULL;
done:
    ana_series_free(made);
    ana_mix_release(&mix);
    return status;
}
