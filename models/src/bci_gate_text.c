/* The text of a field: "1-8: Fp1,Fp2; 20-40: T7,T8; 1-40". */
#include "bci_gate_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_NAMED = 512 /* channels of a potato */
};

/* Bytes begin ... begin + n - 1 of the text, without blanks around. */
typedef struct span {
    size_t begin;
    size_t n;
} span;

static span trim(const char *text, size_t begin, size_t end)
{
    while (begin < end && (text[begin] == ' ' || text[begin] == '\t')) {
        begin++;
    }
    while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t')) {
        end--;
    }
    return (span){begin, end - begin};
}

/* What stands there is wrong: where, and what would be right. Bytes of a letter count once. */
static ana_status refuse(const char *text, span where, const char *right)
{
    size_t place = 1;
    size_t n = 0;
    for (size_t k = 0; k < where.begin; k++) {
        place += ((unsigned char)text[k] & 0xC0U) != 0x80U;
    }
    while (n < where.n && (n < 40 || ((unsigned char)text[where.begin + n] & 0xC0U) == 0x80U)) {
        n++;
    }
    return ana_fail(ANA_ERR_VALUE, "gate field, character %zu, \"%.*s\": %s", place, (int)n,
                    text + where.begin, right);
}

/* The field is being read: potatoes so far, and the one at hand. */
typedef struct reader {
    const char *text;
    const ana_bci_lesson *lesson; /* NULL: channels are not looked for */
    ana_bci_gate *gate;
    size_t *channels; /* MAX_NAMED */
} reader;

static ana_status read_band(const reader *r, span where, size_t *band)
{
    ana_bci_bank *bank = &r->gate->bank;
    const char *text = r->text + where.begin;
    const char *dash = memchr(text, '-', where.n);
    const size_t n_low = dash != NULL ? (size_t)(dash - text) : 0;
    double edges[2] = {0.0, 0.0};
    if (dash == NULL || !ana_parse_double(text, n_low, &edges[0]) ||
        !ana_parse_double(dash + 1, where.n - n_low - 1, &edges[1]) ||
        !(edges[0] > 0.0 && edges[1] > edges[0] && edges[1] < 1e9)) {
        return refuse(r->text, where,
                      "a potato begins with its band, two frequencies in hertz, the lower one "
                      "first and above 0, as in 1-20: Fp1,Fp2");
    }
    if (r->lesson != NULL && !(edges[1] < 0.5 * r->lesson->rate)) {
        return refuse(r->text, where, "a band ends below half the rate of the signals");
    }
    *band = 0;
    while (*band < bank->n_bands &&
           (bank->bands_hz[2 * *band] != edges[0] || bank->bands_hz[2 * *band + 1] != edges[1])) {
        (*band)++;
    }
    if (*band == bank->n_bands) { /* no more of them than potatoes */
        memcpy(bank->bands_hz + 2 * *band, edges, sizeof edges);
        bank->n_bands++;
    }
    return ANA_OK;
}

static ana_status refuse_channel(const reader *r, span name)
{
    char right[320] = "there is no such channel; the pipeline learned from";
    size_t n = strlen(right);
    for (size_t c = 0; c < r->lesson->n_channels; c++) {
        const char *one = r->lesson->channel_names[c];
        const bool fits = strlen(one) + 8 < sizeof right - n;
        snprintf(right + n, sizeof right - n, "%s %s", c > 0 ? "," : "", fits ? one : "...");
        if (!fits) {
            break;
        }
        n = strlen(right);
    }
    return refuse(r->text, name, right);
}

static ana_status find_channel(const reader *r, span name, size_t n_before, size_t *place)
{
    const ana_bci_lesson *lesson = r->lesson;
    size_t c = 0;
    if (name.n == 0) {
        return refuse(r->text, name,
                      "a channel is missing; commas stand between names, as in C3,C4");
    }
    if (n_before == MAX_NAMED) {
        return refuse(r->text, name, "a potato has 512 channels at most, or all of them");
    }
    *place = n_before;
    if (lesson == NULL) {
        return ANA_OK;
    }
    while (c < lesson->n_channels &&
           (strlen(lesson->channel_names[c]) != name.n ||
            memcmp(lesson->channel_names[c], r->text + name.begin, name.n) != 0)) {
        c++;
    }
    if (c == lesson->n_channels) {
        return refuse_channel(r, name);
    }
    for (size_t k = 0; k < n_before; k++) {
        if (r->channels[k] == c) {
            return refuse(r->text, name, "the same channel stands before; once is right");
        }
    }
    *place = c;
    return ANA_OK;
}

/* The names behind the colon, from `begin` to `end`, each noted in the potato's own text. */
static ana_status read_channels(reader *r, size_t begin, size_t end, ana_bci_gate_part *part,
                                ana_text *own)
{
    ana_status status = ANA_OK;
    bool more = true;
    while (more) {
        const char *comma = memchr(r->text + begin, ',', end - begin);
        const size_t stop = comma != NULL ? (size_t)(comma - r->text) : end;
        const span name = trim(r->text, begin, stop);
        size_t place = 0;
        ANA_TRY(find_channel(r, name, part->n_channels, &place));
        ana_text_append(own, part->n_channels > 0 ? "," : ": ");
        ana_text_append_bytes(own, r->text + name.begin, name.n);
        r->channels[part->n_channels++] = place;
        more = comma != NULL;
        begin = stop + 1;
    }
    ANA_TRY(ana_allocate(part->n_channels, sizeof *part->channels, "gate", &part->channels));
    memcpy(part->channels, r->channels, part->n_channels * sizeof *part->channels);
done:
    return status;
}

static ana_status read_part(reader *r, span where)
{
    ana_status status = ANA_OK;
    ana_bci_gate_part *part = &r->gate->parts[r->gate->n_parts++];
    ana_text own = {.bytes = NULL};
    const char *colon = memchr(r->text + where.begin, ':', where.n);
    const size_t end = where.begin + where.n;
    const size_t stop = colon != NULL ? (size_t)(colon - r->text) : end;
    const span band = trim(r->text, where.begin, stop);
    if (where.n == 0) {
        ANA_TRY(refuse(r->text, where,
                       "a potato is missing; semicolons stand between them, as in "
                       "1-8: Fp1,Fp2; 20-40"));
    }
    ANA_TRY(read_band(r, band, &part->band));
    ana_text_append_bytes(&own, r->text + band.begin, band.n);
    if (colon != NULL) {
        ANA_TRY(read_channels(r, stop + 1, end, part, &own));
    } else if (r->lesson != NULL) {
        part->n_channels = r->lesson->n_channels;
    }
    ANA_TRY(ana_text_check(&own, "gate"));
    ANA_TRY(ana_copy_text(own.bytes, &part->text));
    for (size_t k = 0; k + 1 < r->gate->n_parts; k++) {
        if (strcmp(r->gate->parts[k].text, part->text) == 0) {
            ANA_TRY(refuse(r->text, where, "the same potato stands before; once is right"));
        }
    }
done:
    ana_text_release(&own);
    return status;
}

/* The field in its own words. */
static ana_status say_field(ana_bci_gate *gate)
{
    ana_status status = ANA_OK;
    ana_text text = {.bytes = NULL};
    for (size_t k = 0; k < gate->n_parts; k++) {
        ana_text_append(&text, k > 0 ? "; " : "");
        ana_text_append(&text, gate->parts[k].text);
    }
    ANA_TRY(ana_text_check(&text, "gate"));
    ANA_TRY(ana_copy_text(text.bytes, &gate->text));
done:
    ana_text_release(&text);
    return status;
}

ana_status bci_gate_parse(const char *field, const ana_bci_lesson *lesson, size_t order,
                          ana_bci_gate **out)
{
    ana_status status = ANA_OK;
    reader r = {.text = field, .lesson = lesson};
    bool more = true;
    size_t begin = 0;
    *out = NULL;
    ANA_TRY(ana_allocate(1, sizeof *r.gate, "gate", &r.gate));
    ANA_TRY(ana_allocate(ANA_BCI_MAX_BANDS, sizeof *r.gate->parts, "gate", &r.gate->parts));
    ANA_TRY(ana_allocate(MAX_NAMED, sizeof *r.channels, "gate", &r.channels));
    while (more) {
        const size_t stop = begin + strcspn(field + begin, ";");
        const span where = trim(field, begin, stop);
        if (r.gate->n_parts == ANA_BCI_MAX_BANDS) {
            ANA_TRY(refuse(field, where, "a field has 32 potatoes at most"));
        }
        ANA_TRY(read_part(&r, where));
        more = field[stop] == ';';
        begin = stop + 1;
    }
    ANA_TRY(say_field(r.gate));
    r.gate->bank.order = order;
    r.gate->bank.phase = ANA_PHASE_CAUSAL;
    *out = r.gate;
    r.gate = NULL;
done:
    bci_gate_free(r.gate);
    free(r.channels);
    return status;
}
