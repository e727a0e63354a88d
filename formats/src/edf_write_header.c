/* The texts of an EDF header that is written. */
#include "edf_write.h"

#include <math.h>
#include <string.h>

static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

ana_edf_clock ana_edf_make_clock(const ana_edf_plan *plan)
{
    const ana_recording *recording = plan->recording;
    ana_edf_clock clock = {.start = {1985, 1, 1, 0, 0, 0, 0}, .zone = ""};
    ana_moment moment;
    const char *zone = "";
    if (recording->start_time == NULL ||
        !ana_moment_from_iso(recording->start_time, &moment, &zone)) {
        return clock;
    }
    clock.is_known = true;
    clock.zone = zone;
    clock.shift = 1e-6 * moment.microsecond;
    int64_t start = ana_moment_to_microseconds(&moment) - moment.microsecond;
    double first = plan->n_segments > 0 ? plan->segments[0].start + clock.shift : 0.0;
    if (first < 0.0 && first > -1e9) { /* records cannot start before the file does */
        start -= (int64_t)ceil(-first) * 1000000;
        clock.shift += ceil(-first);
    }
    clock.start = ana_moment_from_microseconds(start > 0 ? start : 0);
    return clock;
}

bool ana_edf_needs_plus(const ana_edf_plan *plan, const ana_edf_clock *clock)
{
    const ana_recording *recording = plan->recording;
    bool two_digits = clock->start.year >= 1985 && clock->start.year <= 2084;
    double first = plan->n_segments > 0 ? plan->segments[0].start + clock->shift : 0.0;
    for (size_t i = 0; i < recording->n_facts; i++) {
        const char *name = recording->facts[i].name;
        bool plain = strcmp(name, "patient") == 0 || strcmp(name, "recording") == 0;
        if (ana_edf_holds_fact(name) && !plain) {
            return true;
        }
    }
    return recording->n_intervals > 0 || plan->n_segments != 1 || !clock->is_known || !two_digits ||
           first != 0.0;
}

bool ana_edf_holds_fact(const char *name)
{
    static const char *const names[] = {
        "patient",      "recording",           "patient_code", "patient_sex", "patient_birthdate",
        "patient_name", "administration_code", "technician",   "equipment",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

size_t ana_edf_next_ascii(const char *words, char out[4])
{
    static const struct {
        const char *utf8;
        const char *ascii;
    } known[] = {
        {"\xc2\xb5", "u"},
        {"\xce\xbc", "u"},
        {"\xce\xa9", "Ohm"},
        {"\xe2\x84\xa6", "Ohm"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (ana_text_starts_with(words, known[i].utf8)) {
            memcpy(out, known[i].ascii, strlen(known[i].ascii) + 1);
            return strlen(known[i].utf8);
        }
    }
    size_t n = 1;
    bool printable = *words >= ' ' && *words <= '~';
    out[0] = *words;
    out[1] = '\0';
    if (!printable) {
        out[0] = '\0';                                     /* unknown */
        while (((unsigned char)words[n] & 0xc0) == 0x80) { /* the rest of the character */
            n++;
        }
    }
    return n;
}

void ana_edf_append_ascii(ana_text *text, const char *words)
{
    while (*words != '\0') {
        char piece[4];
        words += ana_edf_next_ascii(words, piece);
        ana_text_append(text, piece[0] != '\0' ? piece : "?");
    }
}

/* A fact as one word: blanks become "_", a missing one "X". */
static void append_word(const ana_recording *recording, const char *name, ana_text *text)
{
    const char *value = ana_recording_find_fact(recording, name);
    ana_text_append(text, text->n > 0 ? " " : "");
    if (value == NULL) {
        ana_text_append(text, "X");
        return;
    }
    for (; *value != '\0'; value++) {
        ana_text_append_bytes(text, *value == ' ' ? "_" : value, 1);
    }
}

static size_t count_words(const char *text)
{
    size_t n = 0;
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, " ");
        n += *at != '\0' ? 1 : 0;
        at += strcspn(at, " ");
    }
    return n;
}

void ana_edf_patient_text(const ana_recording *recording, bool is_plus, ana_text *text)
{
    const char *patient = ana_recording_find_fact(recording, "patient");
    ana_text_append(text, "");
    if (patient != NULL && (!is_plus || count_words(patient) >= 4)) {
        ana_text_append(text, patient);
    } else if (is_plus) {
        append_word(recording, "patient_code", text);
        append_word(recording, "patient_sex", text);
        append_word(recording, "patient_birthdate", text);
        bool named = ana_recording_find_fact(recording, "patient_name") != NULL;
        append_word(recording, named || patient == NULL ? "patient_name" : "patient", text);
    }
}

void ana_edf_recording_text(const ana_recording *recording, const ana_edf_clock *clock,
                            bool is_plus, ana_text *text)
{
    const char *words = ana_recording_find_fact(recording, "recording");
    ana_text_append(text, "");
    if (!is_plus) {
        ana_text_append(text, words != NULL ? words : "");
        return;
    }
    ana_text_append(text, "Startdate ");
    if (clock->is_known) {
        ana_text_printf(text, "%02d-%s-%04d", clock->start.day, month_names[clock->start.month - 1],
                        clock->start.year);
    } else {
        ana_text_append(text, "X");
    }
    bool is_plus_text = words != NULL && ana_text_starts_with(words, "Startdate ");
    if (is_plus_text && count_words(words) >= 5) { /* all that follows the date, as it is worded */
        const char *rest = words + strlen("Startdate ");
        ana_text_append(text, rest + strcspn(rest, " "));
        return;
    }
    append_word(recording, "administration_code", text);
    append_word(recording, "technician", text);
    append_word(recording, "equipment", text);
    if (words != NULL && !is_plus_text) {
        append_word(recording, "recording", text);
    }
}

static void append_frequency(const char *name, double hertz, ana_text *text)
{
    if (!isnan(hertz)) {
        ana_text_append(text, text->n > 0 ? " " : "");
        ana_text_append(text, name);
        ana_text_append_double(text, hertz);
        ana_text_append(text, "Hz");
    }
}

void ana_edf_filter_text(const ana_channel *channel, ana_text *text)
{
    if (channel->filter != NULL) {
        ana_text_append(text, channel->filter);
        return;
    }
    append_frequency("HP:", channel->high_pass_hz, text);
    append_frequency("LP:", channel->low_pass_hz, text);
    append_frequency("N:", channel->notch_hz, text);
    ana_text_append(text, "");
}
