/* The header of GDF files: a fixed part, and one part for each signal, field by field. */
#include "calendar.h"
#include "checked.h"
#include "cursor.h"
#include "format.h"
#include "gdf.h"
#include "lists.h"
#include "memory.h"
#include "record_source.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_FIXED = 256, /* bytes of the fixed header, and of each signal's part */
    V1_END = 190,  /* versions below have the first layout */
    MAX_SIGNALS = 4096
};

/* A header being parsed. */
typedef struct header_parser {
    const ana_file *file;
    const char *name;
    const ana_read_options *options;
    ana_recording *recording;
    ana_gdf_header *header;
} header_parser;

void ana_gdf_release_header(ana_gdf_header *header)
{
    for (size_t s = 0; s < header->n_signals && header->signals != NULL; s++) {
        free(header->signals[s].label);
        free(header->signals[s].transducer);
        free(header->signals[s].unit);
        free(header->signals[s].filter);
    }
    free(header->signals);
    ana_free_texts(header->n_descriptions, header->descriptions);
    free(header->patient);
    free(header->recording);
    *header = (ana_gdf_header){0};
}

/* The next n bytes as text without padding. */
static ana_status take_text(ana_cursor *cursor, size_t n, char **out)
{
    const char *bytes = (const char *)ana_cursor_take(cursor, n);
    if (bytes == NULL) {
        return ana_cursor_check(cursor, "a text of the header");
    }
    const char *end = memchr(bytes, '\0', n);
    size_t used = end != NULL ? (size_t)(end - bytes) : n;
    while (used > 0 && (bytes[used - 1] == ' ' || bytes[used - 1] == '\n')) {
        used--;
    }
    return ana_text_to_utf8(bytes, used, out);
}

/* Units of ISO/IEEE 11073-10101: the low five bits are a decimal prefix. */
static ana_status unit_of_code(unsigned code, const char *otherwise, char **out)
{
    static const struct {
        unsigned code;
        const char *symbol;
    } bases[] = {{544, "%"},    {1280, "m"},   {1728, "g"},    {2176, "s"},
                 {2720, "bpm"}, {3840, "Pa"},  {3872, "mmHg"}, {4160, "A"},
                 {4256, "V"},   {4288, "Ohm"}, {6048, "degC"}};
    static const char *const prefixes[32] = {"",  "da", "h",  "k",  "M",  "G",  "T",  "P", "E",
                                             "Z", "Y",  NULL, NULL, NULL, NULL, NULL, "d", "c",
                                             "m", "u",  "n",  "p",  "f",  "a",  "z",  "y"};
    ana_text text = {0};
    const char *prefix = prefixes[code & 31U];
    const char *symbol = NULL;
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        symbol = bases[i].code == (code & ~31U) ? bases[i].symbol : symbol;
    }
    if (symbol == NULL || prefix == NULL) {
        return ana_copy_text(code == 512 ? "" : otherwise, out);
    }
    ana_text_append(&text, prefix);
    ana_text_append(&text, symbol);
    ana_status status = ana_text_check(&text, "unit");
    *out = text.bytes;
    return status;
}

/* The types that we have; others are passed over. */
static bool find_type(unsigned code, ana_sample_type *out, size_t *bytes)
{
    static const struct {
        unsigned code;
        ana_sample_type sample;
    } types[] = {{1, ANA_INT8},     {2, ANA_UINT8},    {3, ANA_INT16},  {4, ANA_UINT16},
                 {5, ANA_INT32},    {6, ANA_UINT32},   {7, ANA_INT64},  {8, ANA_UINT64},
                 {16, ANA_FLOAT32}, {17, ANA_FLOAT64}, {279, ANA_INT24}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].code == code) {
            *out = types[i].sample;
            *bytes = ana_record_sample_bytes(*out);
            return true;
        }
    }
    return false;
}

/* Bytes of a sample of a type that is not read: n-bit integers and long doubles; 0: unknown. */
static size_t bytes_of_other(unsigned code)
{
    if (code == 18) {
        return 16;
    }
    const unsigned bits = code > 511 ? code - 511 : code > 255 ? code - 255 : 1;
    return bits % 8 == 0 ? bits / 8 : 0;
}

static ana_status read_times(header_parser *parser, ana_cursor *cursor)
{
    ana_gdf_header *header = parser->header;
    ana_moment moment = {0};
    char stamp[ANA_STAMP_DIGITS] = "00000000000000000000";
    if (header->version < V1_END) {
        const unsigned char *digits = ana_cursor_take(cursor, 16);
        if (digits != NULL) {
            memcpy(stamp, digits, 16);
        }
        if (ana_moment_from_stamp(stamp, &moment)) {
            ana_moment_to_iso(&moment, header->start_time);
        }
        return ana_cursor_check(cursor, "the header");
    }
    /* Days since the first of January of the year 0, 32 binary places. */
    const uint64_t time = ana_cursor_u64(cursor);
    const int64_t days = (int64_t)(time >> 32) - 367;
    const uint64_t seconds = (time & 0xffffffffU) * 86400U; /* with 32 binary places */
    const uint64_t part = (seconds >> 32) * 1000000U +
                          (((seconds & 0xffffffffU) * 1000000U + (UINT64_C(1) << 31)) >> 32);
    if (days > 0 && days < 3652059) {
        moment = ana_moment_from_microseconds(days * INT64_C(86400000000) + (int64_t)part);
        ana_moment_to_iso(&moment, header->start_time);
    }
    return ana_cursor_check(cursor, "the header");
}

static bool is_plausible(double seconds)
{
    return seconds >= 1e-9 && seconds <= 1e9;
}

/* Two whole numbers, or from 2.2 on a double; some writers do one and say the other. */
static ana_status read_duration(header_parser *parser, ana_cursor *cursor)
{
    ana_cursor again = *cursor;
    const double above = (double)ana_cursor_u32(cursor);
    const double below = (double)ana_cursor_u32(cursor);
    const double ratio = below > 0.0 ? above / below : 0.0;
    const double whole = ana_cursor_f64(&again);
    const bool prefers_ratio = parser->header->version <= 220;
    const double first = prefers_ratio ? ratio : whole;
    const double second = prefers_ratio ? whole : ratio;
    parser->header->record_s = is_plausible(first) ? first : second;
    if (!is_plausible(parser->header->record_s)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte 244: a record lasts %g s as a ratio, %g s as a number; both must "
                        "be above 0",
                        parser->name, ratio, whole);
    }
    return ana_cursor_check(cursor, "the header");
}

/* The fixed header; *length: bytes of the whole header, *n_records: as it is said, or -1. */
static ana_status read_fixed(header_parser *parser, uint64_t *length, int64_t *n_records)
{
    ana_status status = ANA_OK;
    ana_gdf_header *header = parser->header;
    unsigned char bytes[N_FIXED];
    int64_t major = 0;
    int64_t minor = 0;
    ANA_TRY(ana_file_read(parser->file, 0, N_FIXED, bytes));
    ana_cursor cursor = ana_cursor_over(parser->name, bytes, N_FIXED, 0);
    ana_cursor_skip(&cursor, 8);
    if (memcmp(bytes, "GDF ", 4) != 0 || !ana_parse_int((const char *)bytes + 4, 1, &major) ||
        bytes[5] != '.' || !ana_parse_int((const char *)bytes + 6, 2, &minor) || major < 1 ||
        major > 3) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte 0: the version should be \"GDF 1.00\" to \"GDF 3.99\"",
                        parser->name);
    }
    header->version = (int)(100 * major + minor);
    const bool first_layout = header->version < V1_END;
    ANA_TRY(take_text(&cursor, first_layout ? 80 : 66, &header->patient));
    ana_cursor_skip(&cursor, first_layout ? 0 : 14); /* reserved, habits, weight, height, sex */
    ANA_TRY(take_text(&cursor, first_layout ? 80 : 64, &header->recording));
    ana_cursor_skip(&cursor, first_layout ? 0 : 16); /* where it was recorded */
    ANA_TRY(read_times(parser, &cursor));
    ana_cursor_skip(&cursor, first_layout ? 0 : 8); /* birthday */
    *length = first_layout ? ana_cursor_u64(&cursor) : (uint64_t)ana_cursor_u16(&cursor) * N_FIXED;
    ana_cursor_skip(&cursor, 236 - cursor.at);
    *n_records = ana_cursor_i64(&cursor);
    ANA_TRY(read_duration(parser, &cursor));
    header->n_signals = first_layout ? ana_cursor_u32(&cursor) : ana_cursor_u16(&cursor);
    ANA_TRY(ana_cursor_check(&cursor, "the header"));
    if (header->n_signals > MAX_SIGNALS) {
        const size_t n = header->n_signals;
        header->n_signals = 0;
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "%s: byte 252: %zu signals; at most %d are read",
                         parser->name, n, MAX_SIGNALS));
    }
done:
    return status;
}

static double limit_of(ana_cursor *cursor, bool as_integer)
{
    return as_integer ? (double)ana_cursor_i64(cursor) : ana_cursor_f64(cursor);
}

/* A filter's edge: NaN or below 0 stands for an unknown one. */
static double edge_of(ana_cursor *cursor)
{
    const double edge = (double)ana_cursor_f32(cursor);
    return edge >= 0.0 ? edge : (double)NAN;
}

/* The fields of all signals stand together: all labels, all transducers, ... */
typedef struct signal_columns {
    bool first_layout;
    ana_cursor labels;
    ana_cursor transducers;
    ana_cursor units;
    ana_cursor codes; /* of units */
    ana_cursor limits[4];
    ana_cursor filters;
    ana_cursor edges[3]; /* low pass, high pass, notch */
    ana_cursor samples;
    ana_cursor types;
    ana_cursor positions;
} signal_columns;

static signal_columns open_columns(ana_cursor *at, size_t n, bool first_layout)
{
    signal_columns columns = {.first_layout = first_layout};
    const size_t n_second = first_layout ? 0 : n; /* for fields of the second layout alone */
    columns.labels = ana_cursor_sub(at, n * 16);
    columns.transducers = ana_cursor_sub(at, n * 80);
    columns.units = ana_cursor_sub(at, n * (first_layout ? 8 : 6));
    columns.codes = ana_cursor_sub(at, n_second * 2);
    for (size_t i = 0; i < 4; i++) {
        columns.limits[i] = ana_cursor_sub(at, n * 8);
    }
    columns.filters = ana_cursor_sub(at, n * (first_layout ? 80 : 68));
    for (size_t i = 0; i < 3; i++) {
        columns.edges[i] = ana_cursor_sub(at, n_second * 4);
    }
    columns.samples = ana_cursor_sub(at, n * 4);
    columns.types = ana_cursor_sub(at, n * 4);
    columns.positions = ana_cursor_sub(at, n_second * 12);
    return columns;
}

static ana_status take_unit(signal_columns *columns, char **out)
{
    char *unit = NULL;
    ana_status status = take_text(&columns->units, columns->first_layout ? 8 : 6, &unit);
    if (status != ANA_OK || columns->first_layout) {
        *out = unit;
        return status;
    }
    status = unit_of_code(ana_cursor_u16(&columns->codes), unit, out);
    free(unit);
    return status;
}

/* The next field of each column. */
static ana_status take_signal(signal_columns *columns, ana_gdf_signal *signal)
{
    ana_status status = ANA_OK;
    const bool first_layout = columns->first_layout;
    ANA_TRY(take_text(&columns->labels, 16, &signal->label));
    ANA_TRY(take_text(&columns->transducers, 80, &signal->transducer));
    ANA_TRY(take_unit(columns, &signal->unit));
    signal->physical_min = ana_cursor_f64(&columns->limits[0]);
    signal->physical_max = ana_cursor_f64(&columns->limits[1]);
    signal->digital_min = limit_of(&columns->limits[2], first_layout);
    signal->digital_max = limit_of(&columns->limits[3], first_layout);
    ANA_TRY(take_text(&columns->filters, first_layout ? 80 : 64, &signal->filter));
    ana_cursor_skip(&columns->filters, first_layout ? 0 : 4);
    signal->low_pass_hz = first_layout ? (double)NAN : edge_of(&columns->edges[0]);
    signal->high_pass_hz = first_layout ? (double)NAN : edge_of(&columns->edges[1]);
    signal->notch_hz = first_layout ? (double)NAN : edge_of(&columns->edges[2]);
    signal->n_samples = ana_cursor_u32(&columns->samples);
    signal->type = ana_cursor_u32(&columns->types);
    for (size_t i = 0; i < 3; i++) {
        signal->position[i] =
            first_layout ? (double)NAN : (double)ana_cursor_f32(&columns->positions);
    }
done:
    return status;
}

static ana_status read_signals(header_parser *parser, ana_cursor *cursor)
{
    ana_gdf_header *header = parser->header;
    ana_status status = ANA_OK;
    signal_columns columns = open_columns(cursor, header->n_signals, header->version < V1_END);
    ANA_TRY(ana_cursor_check(cursor, "the header"));
    for (size_t s = 0; s < header->n_signals; s++) {
        ANA_TRY(take_signal(&columns, &header->signals[s]));
    }
done:
    return status;
}

/* Where each signal stands in a record. */
static ana_status place_signals(header_parser *parser)
{
    ana_gdf_header *header = parser->header;
    for (size_t s = 0; s < header->n_signals; s++) {
        ana_gdf_signal *signal = &header->signals[s];
        size_t sample_bytes = 0;
        size_t run = 0;
        signal->is_read = find_type(signal->type, &signal->sample, &sample_bytes);
        sample_bytes = signal->is_read ? sample_bytes : bytes_of_other(signal->type);
        signal->is_read = signal->is_read && signal->n_samples > 0;
        if (sample_bytes == 0 && signal->n_samples > 0) {
            return ana_fail(ANA_ERR_UNSUPPORTED,
                            "%s: byte %d: signal %zu (%s) is of type %u, whose size is not known",
                            parser->name, N_FIXED, s, signal->label, signal->type);
        }
        signal->offset = header->record_bytes;
        if (!ana_multiply(signal->n_samples, sample_bytes, &run) ||
            !ana_add(header->record_bytes, run, &header->record_bytes)) {
            return ana_fail(ANA_ERR_FORMAT, "%s: byte %d: records are larger than any file",
                            parser->name, N_FIXED);
        }
    }
    return ANA_OK;
}

/* The number of whole records in the file, against what is said (-1: not known). */
static ana_status count_records(header_parser *parser, int64_t said)
{
    ana_gdf_header *header = parser->header;
    const uint64_t size = ana_file_size(parser->file);
    const uint64_t left = size > header->data_offset ? size - header->data_offset : 0;
    const uint64_t fit = header->record_bytes > 0 ? left / header->record_bytes : 0;
    if (said < -1) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte 236: %lld records; a number from 0 on, or -1, is "
                        "right",
                        parser->name, (long long)said);
    }
    header->n_records = (size_t)(said < 0 || (uint64_t)said > fit ? fit : (uint64_t)said);
    header->event_offset = header->data_offset + (uint64_t)header->n_records * header->record_bytes;
    if (said < 0) {
        return ana_recover(parser->recording, parser->options,
                           "%s: byte 236: the number of records is not said; the file has room "
                           "for %zu",
                           parser->name, header->n_records);
    }
    if ((uint64_t)said > fit && header->record_bytes > 0) {
        header->event_offset = size; /* what follows the last whole record is no event table */
        return ana_recover(parser->recording, parser->options,
                           "%s: byte 236: says that there are %lld records, but the file ends "
                           "after %zu whole ones",
                           parser->name, (long long)said, header->n_records);
    }
    return ANA_OK;
}

/* Texts behind each other, each ended by a NUL; the i-th describes event code i. */
static ana_status read_descriptions(ana_cursor *texts, ana_gdf_header *header)
{
    ana_status status = ANA_OK;
    size_t capacity = 0;
    while (ana_cursor_left(texts) > 0) {
        const size_t left = ana_cursor_left(texts);
        const char *text = (const char *)texts->bytes + texts->at;
        const char *end = memchr(text, '\0', left);
        const size_t n = end != NULL ? (size_t)(end - text) : left;
        ANA_TRY(ana_grow(&header->descriptions, &capacity, header->n_descriptions + 1,
                         sizeof *header->descriptions, "event descriptions"));
        header->descriptions[header->n_descriptions] = NULL;
        ANA_TRY(ana_text_to_utf8(text, n, &header->descriptions[header->n_descriptions]));
        header->n_descriptions++;
        ana_cursor_skip(texts, n + (end != NULL ? 1 : 0));
    }
done:
    return status;
}

/* The third part of the header: tag (1 byte), length (3 bytes), value, until tag 0. */
static ana_status read_tags(header_parser *parser)
{
    enum {
        DESCRIPTIONS = 1
    };
    ana_gdf_header *header = parser->header;
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    const uint64_t first = N_FIXED * (uint64_t)(header->n_signals + 1);
    const size_t n = (size_t)(header->data_offset - first);
    if (header->version < V1_END || n == 0 || n > (size_t)UINT16_MAX * N_FIXED) {
        return ANA_OK;
    }
    ANA_TRY(ana_allocate(n, 1, parser->name, &bytes));
    ANA_TRY(ana_file_read(parser->file, first, n, bytes));
    ana_cursor cursor = ana_cursor_over(parser->name, bytes, n, first);
    while (ana_cursor_left(&cursor) >= 4) {
        const unsigned tag = ana_cursor_u8(&cursor);
        const unsigned char *three = ana_cursor_take(&cursor, 3);
        ana_cursor value = ana_cursor_sub(&cursor, three[0] + 256U * three[1] + 65536U * three[2]);
        if (tag == 0 || cursor.failed) {
            break;
        }
        if (tag == DESCRIPTIONS && header->n_descriptions == 0) {
            ANA_TRY(read_descriptions(&value, header));
        }
    }
done:
    free(bytes);
    return status;
}

ana_status ana_gdf_read_header(const ana_file *file, const ana_read_options *options,
                               ana_recording *recording, ana_gdf_header *header)
{
    ana_status status = ANA_OK;
    header_parser parser = {file, ana_file_name(file), options, recording, header};
    unsigned char *bytes = NULL;
    uint64_t length = 0;
    int64_t n_records = 0;
    *header = (ana_gdf_header){0};
    ANA_TRY(read_fixed(&parser, &length, &n_records));
    const size_t n_bytes = header->n_signals * N_FIXED;
    if (length < N_FIXED + (uint64_t)n_bytes || length > ana_file_size(file)) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT,
                         "%s: byte 184: a header of %llu bytes; %zu signals need %zu, and the "
                         "file has %llu",
                         parser.name, (unsigned long long)length, header->n_signals,
                         N_FIXED + n_bytes, (unsigned long long)ana_file_size(file)));
    }
    header->data_offset = length;
    ANA_TRY(ana_allocate(n_bytes, 1, parser.name, &bytes));
    ANA_TRY(
        ana_allocate(header->n_signals, sizeof *header->signals, parser.name, &header->signals));
    ANA_TRY(ana_file_read(file, N_FIXED, n_bytes, bytes));
    ana_cursor cursor = ana_cursor_over(parser.name, bytes, n_bytes, N_FIXED);
    ANA_TRY(read_signals(&parser, &cursor));
    ANA_TRY(read_tags(&parser));
    ANA_TRY(place_signals(&parser));
    ANA_TRY(count_records(&parser, n_records));
done:
    free(bytes);
    if (status != ANA_OK) {
        ana_gdf_release_header(header);
    }
    return status;
}
