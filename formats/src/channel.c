#include "channel.h"

#include "text.h"

#include <math.h>
#include <string.h>

typedef struct kind_word {
    const char *word;
    ana_kind kind;
} kind_word;

/* Words of the EDF+ specification's list of signal types, and those that are common beside it. A
 * word counts where no letter stands before or after it; digits may follow ("EMG3"). */
static const kind_word kind_words[] = {
    {"EEG", ANA_KIND_EEG},         {"EOG", ANA_KIND_EOG},        {"HEOG", ANA_KIND_EOG},
    {"VEOG", ANA_KIND_EOG},        {"LEOG", ANA_KIND_EOG},       {"REOG", ANA_KIND_EOG},
    {"IEOG", ANA_KIND_EOG},        {"HEOGL", ANA_KIND_EOG},      {"HEOGR", ANA_KIND_EOG},
    {"VEOGU", ANA_KIND_EOG},       {"VEOGO", ANA_KIND_EOG},      {"VEOGL", ANA_KIND_EOG},
    {"EMG", ANA_KIND_EMG},         {"ECG", ANA_KIND_ECG},        {"EKG", ANA_KIND_ECG},
    {"SEEG", ANA_KIND_LFP},        {"ECOG", ANA_KIND_LFP},       {"DBS", ANA_KIND_LFP},
    {"LFP", ANA_KIND_LFP},         {"STATUS", ANA_KIND_TRIGGER}, {"TRIGGER", ANA_KIND_TRIGGER},
    {"TRIG", ANA_KIND_TRIGGER},    {"STI", ANA_KIND_TRIGGER},    {"STIM", ANA_KIND_STIMULUS},
    {"PUPIL", ANA_KIND_BEHAVIOUR}, {"ACC", ANA_KIND_BEHAVIOUR},
};

/* Letters of the places of the extended 10-20 system (Oostenveld & Praamstra 2001), before their
 * number or "z"; A and M are the ear lobes and mastoids. */
static const char *const places[] = {"N",   "FP",  "AF",  "F",   "FT",  "FC",  "T",   "TP",
                                     "C",   "CP",  "P",   "PO",  "O",   "I",   "A",   "M",
                                     "FFC", "FFT", "FCC", "FTT", "CCP", "CPP", "TTP", "TPP",
                                     "PPO", "POO", "AFP", "AFF", "OI"};

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static bool is_letter(char c)
{
    return upper(c) >= 'A' && upper(c) <= 'Z';
}

/* Whether `text` begins with the n upper-case bytes of `word`, in any case. */
static bool begins(const char *text, const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (upper(text[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

static const kind_word *find_word(const char *text, size_t n)
{
    for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++) {
        if (strlen(kind_words[i].word) == n && begins(text, kind_words[i].word, n)) {
            return &kind_words[i];
        }
    }
    return NULL;
}

/* "Fz", "Fp1", "PO10", a reference or second electrode after '-' apart: letters of a place, then z
 * or at most two digits. */
static bool is_place(const char *label)
{
    size_t n_letters = 0;
    while (is_letter(label[n_letters])) {
        n_letters++;
    }
    bool middle = n_letters > 1 && upper(label[n_letters - 1]) == 'Z';
    size_t n_digits = strspn(label + n_letters, "0123456789");
    char end = label[n_letters + n_digits];
    bool numbered = !middle && n_digits >= 1 && n_digits <= 2;
    if ((!numbered && !(middle && n_digits == 0)) || (end != '\0' && end != '-' && end != ' ')) {
        return false;
    }
    size_t n = middle ? n_letters - 1 : n_letters;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strlen(places[i]) == n && begins(label, places[i], n)) {
            return true;
        }
    }
    return false;
}

ana_kind ana_kind_from_label(const char *label)
{
    for (const char *at = label; *at != '\0';) {
        size_t n = 0;
        while (is_letter(at[n])) {
            n++;
        }
        const kind_word *found = n > 0 ? find_word(at, n) : NULL;
        if (found != NULL) {
            return found->kind;
        }
        at += n > 0 ? n : 1;
    }
    return is_place(label) ? ANA_KIND_EEG : ANA_KIND_OTHER;
}

ana_kind ana_kind_from_electrode(const char *label, const char *transducer)
{
    ana_kind kind = ana_kind_from_label(label);
    bool biosemi = label[0] >= 'A' && label[0] <= 'H' && label[1] != '\0' &&
                   strspn(label + 1, "0123456789") == strlen(label + 1) && transducer != NULL &&
                   ana_text_starts_with(transducer, "Active Electrode");
    return kind == ANA_KIND_OTHER && biosemi ? ANA_KIND_EEG : kind;
}

ana_kind ana_kind_from_voltage(const char *label, const char *unit)
{
    ana_kind kind = ana_kind_from_label(label);
    double factor = 0.0;
    char si[16];
    bool volts = ana_unit_to_si(unit, &factor, si) && strcmp(si, "V") == 0;
    return kind == ANA_KIND_OTHER && volts ? ANA_KIND_EEG : kind;
}

/* The number at `value`, "DC" being 0; NaN when there is none. */
static double frequency_at(const char *value)
{
    double number = NAN;
    if (begins(value, "DC", 2)) {
        return 0.0;
    }
    (void)ana_parse_double(value, strspn(value, "0123456789."), &number);
    return number;
}

/* The frequency after the whole word `name` and an optional colon; NaN when it is not there. */
static double frequency_after(const char *words, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = words; *at != '\0'; at++) {
        bool at_start = at == words || !is_letter(at[-1]);
        if (at_start && begins(at, name, n) && !is_letter(at[n])) {
            double number = frequency_at(at + n + strspn(at + n, ": \t="));
            if (!isnan(number)) {
                return number;
            }
        }
    }
    return NAN;
}

static void set_frequency(const char *words, const char *name, double *out)
{
    double number = frequency_after(words, name);
    *out = isnan(number) ? *out : number;
}

void ana_channel_parse_filter(const char *words, ana_channel *channel)
{
    set_frequency(words, "HP", &channel->high_pass_hz);
    set_frequency(words, "LP", &channel->low_pass_hz);
    set_frequency(words, "N", &channel->notch_hz);
    set_frequency(words, "NOTCH", &channel->notch_hz);
}

const char *ana_word_for_channels(const ana_series *series)
{
    ana_kind kind = ANA_KIND_OTHER;
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_kind this_kind = series->channels[c].kind;
        if (this_kind == ANA_KIND_TRIGGER && series->n_channels > 1) {
            continue;
        }
        if (this_kind == ANA_KIND_OTHER || (kind != ANA_KIND_OTHER && kind != this_kind)) {
            return "signals";
        }
        kind = this_kind;
    }
    return kind == ANA_KIND_OTHER ? "signals" : ana_kind_name(kind);
}
