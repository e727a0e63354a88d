/* The header of EDF and BDF files: text fields of fixed width. */
#include "checked.h"
#include "edf.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A header being parsed. */
typedef struct header_parser {
    const char *name;  /* of the file */
    const char *bytes; /* of the header */
} header_parser;

/* A text field: its place in the header and its width. */
typedef struct header_field {
    size_t at;
    size_t n;
    const char *what;
} header_field;

static const header_field patient_field = {8, 80, "the patient"};
static const header_field recording_field = {88, 80, "the recording"};
static const size_t start = 168; /* of the start date */
static const header_field header_bytes_field = {184, 8, "the number of header bytes"};
static const header_field n_records_field = {236, 8, "the number of data records"};
static const header_field record_s_field = {244, 8, "the duration of a data record"};
static const header_field n_signals_field = {252, 4, "the number of signals"};

/* The signal's own field: all signals' labels stand together, then all transducers, ... */
static header_field signal_field(size_t n_signals, size_t signal, size_t before, size_t n,
                                 const char *what)
{
    return (header_field){ANA_EDF_HEADER_BYTES + n_signals * before + signal * n, n, what};
}

/* Bytes of the field up to its first NUL. */
static size_t used_bytes(const header_parser *parser, header_field field)
{
    const char *end = memchr(parser->bytes + field.at, '\0', field.n);
    return end != NULL ? (size_t)(end - (parser->bytes + field.at)) : field.n;
}

static ana_status fail_field(const header_parser *parser, header_field field, const char *wanted)
{
    char shown[81];
    size_t n = field.n < sizeof shown - 1 ? field.n : sizeof shown - 1;
    for (size_t i = 0; i < n; i++) {
        char c = parser->bytes[field.at + i];
        shown[i] = (char)(c >= ' ' && c <= '~' ? c : '?');
    }
    shown[n] = '\0';
    return ana_fail(ANA_ERR_FORMAT, "%s: byte %zu: %s is \"%s\", but %s", parser->name, field.at,
                    field.what, shown, wanted);
}

/* A number, with a comma as the decimal point too, as some programs write it. */
static ana_status parse_number(const header_parser *parser, header_field field, double *out)
{
    char text[16] = {0};
    size_t n = used_bytes(parser, field);
    memcpy(text, parser->bytes + field.at, n < sizeof text ? n : sizeof text);
    char *comma = memchr(text, ',', sizeof text);
    if (comma != NULL) {
        *comma = '.';
    }
    if (!ana_parse_double(text, n, out) || !isfinite(*out)) {
        return fail_field(parser, field, "a number is needed");
    }
    return ANA_OK;
}

static ana_status parse_count(const header_parser *parser, header_field field, int64_t min,
                              int64_t *out)
{
    if (!ana_parse_int(parser->bytes + field.at, used_bytes(parser, field), out)) {
        return fail_field(parser, field, "a whole number is needed");
    }
    if (*out < min) {
        return fail_field(parser, field,
                          min > 0 ? "it must be 1 or more"
                                  : "it must be 0 or more (-1: not known)");
    }
    return ANA_OK;
}

static ana_status parse_text(const header_parser *parser, header_field field, char **out)
{
    return ana_text_to_utf8(parser->bytes + field.at, field.n, out);
}

/* What kind of file it is, by its first bytes and the reserved field. */
static ana_status parse_kind(const header_parser *parser, ana_edf_header *header)
{
    header->is_bdf = memcmp(parser->bytes,
                            "\xff"
                            "BIOSEMI",
                            8) == 0;
    if (!header->is_bdf && parser->bytes[0] != '0') {
        return ana_fail(
            ANA_ERR_FORMAT,
            "%s: byte 0: begins neither with \"0\" (EDF) nor with 0xff \"BIOSEMI\" (BDF)",
            parser->name);
    }
    header->sample_bytes = header->is_bdf ? 3 : 2;
    const char *reserved = parser->bytes + 192;
    header->is_plus = memcmp(reserved, "EDF+", 4) == 0 || memcmp(reserved, "BDF+", 4) == 0;
    header->is_discontinuous = header->is_plus && reserved[4] == 'D';
    return ANA_OK;
}

/* Where the start date stands when a text before it is some bytes too short or too long; `start`
 * where it should stand, or nowhere near. */
static size_t find_start(const header_parser *parser)
{
    for (size_t by = 0; by <= 16; by++) {
        if (ana_edf_is_start(parser->bytes + start - by)) {
            return start - by;
        }
        if (ana_edf_is_start(parser->bytes + start + by)) {
            return start + by;
        }
    }
    return start;
}

/* The numbers of the fixed header; where one cannot be, a header that is out of step says so. */
static ana_status parse_numbers(const header_parser *parser, ana_edf_header *header,
                                int64_t *n_records)
{
    ana_status status = ANA_OK;
    int64_t header_bytes = 0;
    int64_t n_signals = 0;
    ANA_TRY(parse_count(parser, n_signals_field, 1, &n_signals));
    ANA_TRY(parse_count(parser, header_bytes_field, 1, &header_bytes));
    header->n_signals = (size_t)n_signals;
    header->data_offset = (uint64_t)ANA_EDF_HEADER_BYTES * ((uint64_t)n_signals + 1);
    if ((uint64_t)header_bytes != header->data_offset) {
        status = fail_field(parser, header_bytes_field, "it must be 256 for each signal and 256");
        goto done;
    }
    ANA_TRY(parse_count(parser, n_records_field, -1, n_records));
    ANA_TRY(parse_number(parser, record_s_field, &header->record_s));
done:
    if (status != ANA_OK) {
        const size_t at = find_start(parser);
        const size_t off = at < start ? start - at : at - start;
        if (at != start) {
            status =
                ana_fail(ANA_ERR_FORMAT,
                         "%s: byte %zu: the start date stands here, not at byte %zu: the texts "
                         "before it are %zu byte%s %s, and all that follows is out of place",
                         parser->name, at, start, off, off == 1 ? "" : "s",
                         at < start ? "too short" : "too long");
        }
    }
    return status;
}

static ana_status parse_fixed(const header_parser *parser, ana_edf_header *header,
                              int64_t *n_records)
{
    ana_status status = ANA_OK;
    char start_time[32];
    ANA_TRY(parse_kind(parser, header));
    ANA_TRY(parse_numbers(parser, header, n_records));
    ANA_TRY(parse_text(parser, patient_field, &header->patient));
    ANA_TRY(parse_text(parser, recording_field, &header->recording));
    if (header->record_s < 0.0) {
        status = fail_field(parser, record_s_field, "it must not be negative");
        goto done;
    }
    ana_edf_start_time(parser->bytes + start, parser->bytes + start + 8,
                       header->is_plus ? header->recording : "", start_time);
    if (start_time[0] != '\0') {
        ANA_TRY(ana_copy_text(start_time, &header->start_time));
    }
done:
    return status;
}

static ana_status parse_scale(const header_parser *parser, size_t n_signals, size_t s,
                              ana_edf_signal *signal)
{
    ana_status status = ANA_OK;
    ANA_TRY(parse_number(parser, signal_field(n_signals, s, 104, 8, "a physical minimum"),
                         &signal->physical_min));
    ANA_TRY(parse_number(parser, signal_field(n_signals, s, 112, 8, "a physical maximum"),
                         &signal->physical_max));
    ANA_TRY(parse_number(parser, signal_field(n_signals, s, 120, 8, "a digital minimum"),
                         &signal->digital_min));
    ANA_TRY(parse_number(parser, signal_field(n_signals, s, 128, 8, "a digital maximum"),
                         &signal->digital_max));
done:
    return status;
}

static ana_status parse_signal(const header_parser *parser, size_t n_signals, size_t s,
                               ana_edf_signal *signal)
{
    ana_status status = ANA_OK;
    int64_t n_samples = 0;
    ANA_TRY(parse_text(parser, signal_field(n_signals, s, 0, 16, "a label"), &signal->label));
    ANA_TRY(parse_text(parser, signal_field(n_signals, s, 16, 80, "a transducer"),
                       &signal->transducer));
    ANA_TRY(parse_text(parser, signal_field(n_signals, s, 96, 8, "a unit"), &signal->unit));
    ANA_TRY(parse_text(parser, signal_field(n_signals, s, 136, 80, "a filter"), &signal->filter));
    ANA_TRY(parse_count(parser,
                        signal_field(n_signals, s, 216, 8, "the number of samples in a record"), 1,
                        &n_samples));
    signal->n_samples = (size_t)n_samples;
    signal->is_annotation = strcmp(signal->label, "EDF Annotations") == 0 ||
                            strcmp(signal->label, "BDF Annotations") == 0;
    if (!signal->is_annotation) {
        ANA_TRY(parse_scale(parser, n_signals, s, signal));
    }
done:
    return status;
}

static ana_status parse_signals(const header_parser *parser, ana_edf_header *header)
{
    ana_status status = ANA_OK;
    bool only_annotations = true;
    ANA_TRY(ana_allocate(header->n_signals, sizeof *header->signals, "signals", &header->signals));
    for (size_t s = 0; s < header->n_signals; s++) {
        ana_edf_signal *signal = &header->signals[s];
        size_t bytes = 0;
        ANA_TRY(parse_signal(parser, header->n_signals, s, signal));
        signal->offset = header->record_bytes;
        only_annotations = only_annotations && signal->is_annotation;
        if (!ana_multiply(signal->n_samples, header->sample_bytes, &bytes) ||
            !ana_add(header->record_bytes, bytes, &header->record_bytes)) {
            status = fail_field(
                parser,
                signal_field(header->n_signals, s, 216, 8, "the number of samples in a record"),
                "no file can hold that many");
            goto done;
        }
    }
    if (header->record_s <= 0.0 && !only_annotations) {
        status = fail_field(parser, record_s_field,
                            "it must be above 0 where there are signals beside annotations");
    }
done:
    return status;
}

/* Hold the number of records in the header against what the file holds. */
static ana_status count_records(const ana_file *file, int64_t declared,
                                const ana_read_options *options, ana_recording *recording,
                                ana_edf_header *header)
{
    const uint64_t data_bytes = ana_file_size(file) - header->data_offset;
    const uint64_t whole = data_bytes / header->record_bytes;
    const uint64_t rest = data_bytes % header->record_bytes;
    const char *name = ana_file_name(file);
    ana_status status = ANA_OK;
    if (whole == 0 && (declared > 0 || rest > 0)) {
        return ana_fail(
            ANA_ERR_FORMAT,
            "%s: byte %llu: ends before the first of its data records, of %zu bytes each", name,
            (unsigned long long)ana_file_size(file), header->record_bytes);
    }
    uint64_t n = declared < 0 || whole < (uint64_t)declared ? whole : (uint64_t)declared;
    header->n_records = (size_t)n;
    if (declared < 0) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: byte 236: the number of data records is -1, as while recording; "
                            "the file holds %llu",
                            name, (unsigned long long)whole));
    } else if (whole < (uint64_t)declared) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: byte 236: says %lld data records, but the file ends at byte %llu "
                            "with %llu whole ones, which are read",
                            name, (long long)declared, (unsigned long long)ana_file_size(file),
                            (unsigned long long)whole));
    }
    uint64_t used = header->data_offset + n * header->record_bytes;
    if (used < ana_file_size(file) && !(declared >= 0 && whole < (uint64_t)declared)) {
        ANA_TRY(ana_recover(
            recording, options, "%s: byte %llu: %llu bytes after the last data record are not read",
            name, (unsigned long long)used, (unsigned long long)(ana_file_size(file) - used)));
    }
done:
    return status;
}

/* Scales that say nothing, or more than the samples can hold. */
static ana_status check_scale(const char *name, size_t s, const ana_read_options *options,
                              ana_recording *recording, const ana_edf_header *header)
{
    const ana_edf_signal *signal = &header->signals[s];
    const double most = header->is_bdf ? 8388607.0 : 32767.0;
    const size_t byte = signal_field(header->n_signals, s, 104, 8, "").at;
    ana_status status = ANA_OK;
    if (signal->digital_min == signal->digital_max) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: byte %zu: signal \"%s\" has no digital range (%s to %s), so its "
                            "unit is unknown: its samples are given as they are stored",
                            name, byte, signal->label, ana_number(signal->digital_min).text,
                            ana_number(signal->digital_max).text));
    } else if (signal->digital_min > signal->digital_max) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: byte %zu: signal \"%s\" has its digital minimum %s above its "
                            "maximum %s: it is read as inverted",
                            name, byte, signal->label, ana_number(signal->digital_min).text,
                            ana_number(signal->digital_max).text));
    }
    if (signal->physical_min == signal->physical_max) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: byte %zu: signal \"%s\" has no physical range (%s to %s): all its "
                            "samples have that value",
                            name, byte, signal->label, ana_number(signal->physical_min).text,
                            ana_number(signal->physical_max).text));
    }
    if (fabs(signal->digital_min) > most + 1.0 || fabs(signal->digital_max) > most + 1.0) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: byte %zu: signal \"%s\" has the digital range %s to %s, more than "
                            "its samples can hold",
                            name, byte, signal->label, ana_number(signal->digital_min).text,
                            ana_number(signal->digital_max).text));
    }
done:
    return status;
}

static ana_status check_scales(const char *name, const ana_read_options *options,
                               ana_recording *recording, const ana_edf_header *header)
{
    ana_status status = ANA_OK;
    for (size_t s = 0; s < header->n_signals && status == ANA_OK; s++) {
        if (!header->signals[s].is_annotation) {
            status = check_scale(name, s, options, recording, header);
        }
    }
    return status;
}

ana_status ana_edf_read_header(const ana_file *file, const ana_read_options *options,
                               ana_recording *recording, ana_edf_header *header)
{
    ana_status status = ANA_OK;
    char fixed[ANA_EDF_HEADER_BYTES];
    char *bytes = NULL;
    int64_t declared = 0;
    header_parser parser = {ana_file_name(file), fixed};
    *header = (ana_edf_header){0};
    ANA_TRY(ana_file_read(file, 0, sizeof fixed, fixed));
    ANA_TRY(parse_fixed(&parser, header, &declared));
    if (header->data_offset > ana_file_size(file)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: ends at byte %llu, within its header of %llu bytes",
                          parser.name, (unsigned long long)ana_file_size(file),
                          (unsigned long long)header->data_offset);
        goto done;
    }
    ANA_TRY(ana_allocate((size_t)header->data_offset, 1, "header", &bytes));
    ANA_TRY(ana_file_read(file, 0, (size_t)header->data_offset, bytes));
    parser.bytes = bytes;
    ANA_TRY(parse_signals(&parser, header));
    ANA_TRY(count_records(file, declared, options, recording, header));
    ANA_TRY(check_scales(parser.name, options, recording, header));
done:
    free(bytes);
    if (status != ANA_OK) {
        ana_edf_release_header(header);
    }
    return status;
}

void ana_edf_release_header(ana_edf_header *header)
{
    for (size_t s = 0; header->signals != NULL && s < header->n_signals; s++) {
        free(header->signals[s].label);
        free(header->signals[s].transducer);
        free(header->signals[s].unit);
        free(header->signals[s].filter);
    }
    free(header->signals);
    free(header->patient);
    free(header->recording);
    free(header->start_time);
    *header = (ana_edf_header){0};
}
