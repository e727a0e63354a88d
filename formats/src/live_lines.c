/* Live samples as lines of numbers. */
#include "lists.h"
#include "live_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A part of a line, without blanks around it. */
typedef struct field {
    const char *text;
    size_t n;
} field;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The field from *place on, which then stands behind its comma. */
static field next_field(const char *line, size_t n, size_t *place)
{
    size_t begin = *place;
    size_t end = begin;
    while (end < n && line[end] != ',') {
        end++;
    }
    *place = end + 1;
    while (begin < end && is_blank(line[begin])) {
        begin++;
    }
    while (end > begin && is_blank(line[end - 1])) {
        end--;
    }
    return (field){line + begin, end - begin};
}

static size_t count_fields(const char *line, size_t n)
{
    size_t count = 1;
    for (size_t i = 0; i < n; i++) {
        count += line[i] == ',';
    }
    return count;
}

static ana_status take_names(ana_live_decoder *decoder, const char *line, size_t n)
{
    ana_status status = ANA_OK;
    const size_t count = count_fields(line, n);
    size_t place = 0;
    ANA_TRY(ana_allocate(count, sizeof *decoder->names, "frames", &decoder->names));
    decoder->n_channels = count;
    for (size_t c = 0; c < count; c++) {
        field one = next_field(line, n, &place);
        if (one.n >= 2 && one.text[0] == '"' && one.text[one.n - 1] == '"') {
            one = (field){one.text + 1, one.n - 2};
        }
        if (one.n == 0 || !ana_text_is_utf8(one.text, one.n)) {
            return ana_fail(ANA_ERR_FORMAT,
                            "lines: line 1 begins with the channels' names, but place %zu has none",
                            c + 1);
        }
        ANA_TRY(ana_copy_bytes_as_text(one.text, one.n, &decoder->names[c]));
    }
done:
    return status;
}

static ana_status take_numbers(ana_live_decoder *decoder, const char *line, size_t n)
{
    ana_status status = ANA_OK;
    const unsigned long long number = (unsigned long long)decoder->n_before;
    const size_t count = count_fields(line, n);
    size_t place = 0;
    if (count != decoder->n_channels) {
        return ana_fail(ANA_ERR_FORMAT,
                        "lines: line %llu has %zu numbers, but there are %zu channels", number,
                        count, decoder->n_channels);
    }
    ANA_TRY(ana_grow(&decoder->samples, &decoder->room, count, sizeof *decoder->samples, "frames"));
    for (size_t c = 0; c < count; c++) {
        const field one = next_field(line, n, &place);
        decoder->samples[c] = NAN;
        if (one.n > 0 && !ana_parse_double(one.text, one.n, &decoder->samples[c])) {
            return ana_fail(ANA_ERR_FORMAT, "lines: line %llu: \"%.*s\" of %s is no number", number,
                            (int)(one.n < 40 ? one.n : 40), one.text, decoder->names[c]);
        }
    }
done:
    return status;
}

ana_status ana_live_take_line(ana_live_decoder *decoder, ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    const char *line = (const char *)decoder->bytes;
    const size_t n = decoder->n_bytes;
    size_t n_blank = 0;
    decoder->n_before++;
    decoder->n_bytes = 0;
    *frame = (ana_live_frame){.kind = ANA_LIVE_NONE};
    while (n_blank < n && is_blank(line[n_blank])) {
        n_blank++;
    }
    if (n_blank == n) {
        return ANA_OK; /* an empty line is none */
    }
    if (decoder->names == NULL) {
        ANA_TRY(take_names(decoder, line, n));
        *frame = (ana_live_frame){.kind = ANA_LIVE_HEADER,
                                  .n_channels = decoder->n_channels,
                                  .names = (const char *const *)decoder->names,
                                  .rate = NAN};
        return ANA_OK;
    }
    ANA_TRY(take_numbers(decoder, line, n));
    *frame = (ana_live_frame){.kind = ANA_LIVE_SAMPLES,
                              .n_channels = decoder->n_channels,
                              .sequence = decoder->next++,
                              .time_s = NAN,
                              .n_samples = 1,
                              .samples = decoder->samples};
done:
    return status;
}

ana_status ana_live_feed_line(ana_live_decoder *decoder, size_t n, const uint8_t *bytes,
                              size_t *n_used, ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    const uint8_t *end = n > 0 ? memchr(bytes, '\n', n) : NULL;
    const size_t taken = end != NULL ? (size_t)(end - bytes) : n;
    if (taken > LIVE_MAX_LINE || decoder->n_bytes + taken > LIVE_MAX_LINE) {
        return ana_fail(ANA_ERR_FORMAT, "lines: line %llu is longer than %d bytes",
                        (unsigned long long)decoder->n_before + 1, LIVE_MAX_LINE);
    }
    ANA_TRY(
        ana_grow(&decoder->bytes, &decoder->capacity, decoder->n_bytes + taken + 1, 1, "frames"));
    memcpy(decoder->bytes + decoder->n_bytes, bytes, taken);
    decoder->n_bytes += taken;
    *n_used = end != NULL ? taken + 1 : taken;
    if (end != NULL) {
        ANA_TRY(ana_live_take_line(decoder, frame));
    }
done:
    return status;
}
