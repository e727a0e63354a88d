/* The header of a BrainVision recording: sections of "key=value" lines. */
#include "brainvision.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A header being parsed. */
typedef struct vhdr_parser {
    const char *path;
    size_t n_bytes; /* of the header file */
    const ana_run *run;
    ana_brainvision_header *header;
    double interval_us;
    bool has_binary_format;
} vhdr_parser;

/* A "key=value" line, cut at the sign. */
typedef struct vhdr_entry {
    const char *key;
    size_t n_key;
    const char *value;
    size_t n_value;
    size_t line;
} vhdr_entry;

static bool equals(const char *text, size_t n, const char *word)
{
    return n == strlen(word) && strncmp(text, word, n) == 0;
}

static bool is_key(const vhdr_entry *entry, const char *key)
{
    return equals(entry->key, entry->n_key, key);
}

/* Bytes of a value that a sentence shows. */
static int shown(size_t n)
{
    return n < 80 ? (int)n : 80;
}

static ana_status fail_entry(const vhdr_parser *parser, const vhdr_entry *entry, ana_status status,
                             const char *wanted)
{
    return ana_fail(status, "%s: line %zu: %.*s is \"%.*s\", but %s", parser->path, entry->line,
                    shown(entry->n_key), entry->key, shown(entry->n_value), entry->value, wanted);
}

static ana_status parse_size(const vhdr_parser *parser, const vhdr_entry *entry, uint64_t *out)
{
    int64_t number = 0;
    if (!ana_parse_int(entry->value, entry->n_value, &number) || number < 0) {
        return fail_entry(parser, entry, ANA_ERR_FORMAT, "a whole number of 0 or more is needed");
    }
    *out = (uint64_t)number;
    return ANA_OK;
}

/* One of two words. */
static ana_status parse_word(const vhdr_parser *parser, const vhdr_entry *entry, const char *no,
                             const char *yes, bool *out)
{
    if (!equals(entry->value, entry->n_value, no) && !equals(entry->value, entry->n_value, yes)) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: line %zu: %.*s is \"%.*s\", but only %s and %s are read", parser->path,
                        entry->line, shown(entry->n_key), entry->key, shown(entry->n_value),
                        entry->value, no, yes);
    }
    *out = equals(entry->value, entry->n_value, yes);
    return ANA_OK;
}

/* A file name; "$b" stands for the header's own name without its ending. */
static ana_status parse_file_name(const vhdr_parser *parser, const vhdr_entry *entry, char **out)
{
    const char *slash = strrchr(parser->path, '/');
    const char *base = slash != NULL ? slash + 1 : parser->path;
    const char *ending = strrchr(base, '.');
    const size_t n_base = ending != NULL ? (size_t)(ending - base) : strlen(base);
    char *value = NULL;
    ana_text text = {0};
    ana_status status = ana_text_to_utf8(entry->value, entry->n_value, &value);
    if (status != ANA_OK) {
        return status;
    }
    ana_text_append(&text, "");
    for (const char *at = value; *at != '\0';) {
        if (at[0] == '$' && at[1] == 'b') {
            ana_text_append_bytes(&text, base, n_base);
            at += 2;
        } else {
            ana_text_append_bytes(&text, at, 1);
            at++;
        }
    }
    free(value);
    status = ana_text_check(&text, "file name");
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    free(*out);
    *out = text.bytes;
    return ANA_OK;
}

static ana_status parse_n_channels(const vhdr_parser *parser, const vhdr_entry *entry)
{
    ana_brainvision_header *header = parser->header;
    uint64_t n = 0;
    ana_status status = parse_size(parser, entry, &n);
    if (status != ANA_OK) {
        return status;
    }
    /* Each channel has a line of its own, "Ch1=": more than the file has room for are no channels.
     */
    if (n == 0 || n > parser->n_bytes / 4) {
        return fail_entry(parser, entry, ANA_ERR_FORMAT,
                          "1 or more, each with a line in [Channel Infos], are needed");
    }
    if (header->channels != NULL) {
        return fail_entry(parser, entry, ANA_ERR_FORMAT, "it was given before");
    }
    status = ana_run_check_memory(parser->run, (size_t)n * sizeof *header->channels, "channels");
    if (status != ANA_OK) {
        return status;
    }
    status = ana_allocate((size_t)n, sizeof *header->channels, "channels", &header->channels);
    if (status == ANA_OK) {
        header->n_channels = (size_t)n;
    }
    return status;
}

static ana_status parse_common(vhdr_parser *parser, const vhdr_entry *entry)
{
    ana_brainvision_header *header = parser->header;
    uint64_t n_points = 0;
    ana_status status = ANA_OK;
    if (is_key(entry, "DataFile")) {
        header->data_line = entry->line;
        status = parse_file_name(parser, entry, &header->data_file);
    } else if (is_key(entry, "MarkerFile") && entry->n_value > 0) {
        header->marker_line = entry->line;
        status = parse_file_name(parser, entry, &header->marker_file);
    } else if (is_key(entry, "DataFormat")) {
        status = parse_word(parser, entry, "BINARY", "ASCII", &header->is_ascii);
    } else if (is_key(entry, "DataOrientation")) {
        status = parse_word(parser, entry, "MULTIPLEXED", "VECTORIZED", &header->is_vectorized);
    } else if (is_key(entry, "DataType") && !equals(entry->value, entry->n_value, "TIMEDOMAIN")) {
        status = fail_entry(parser, entry, ANA_ERR_UNSUPPORTED, "only TIMEDOMAIN is read");
    } else if (is_key(entry, "NumberOfChannels")) {
        status = parse_n_channels(parser, entry);
    } else if (is_key(entry, "DataPoints")) {
        status = parse_size(parser, entry, &n_points);
        header->n_points = (size_t)n_points;
    } else if (is_key(entry, "SegmentationType")) {
        header->is_segmented = !equals(entry->value, entry->n_value, "NOTSEGMENTED");
    } else if (is_key(entry, "SamplingInterval")) {
        bool number = ana_parse_double(entry->value, entry->n_value, &parser->interval_us);
        if (!number || !(parser->interval_us > 0.0) || isinf(parser->interval_us)) {
            status = fail_entry(parser, entry, ANA_ERR_FORMAT,
                                "a number of microseconds above 0 is needed");
        }
    }
    return status;
}

static ana_status parse_binary(vhdr_parser *parser, const vhdr_entry *entry)
{
    static const struct {
        const char *name;
        ana_sample_type type;
    } types[] = {
        {"INT_16", ANA_INT16},          {"UINT_16", ANA_UINT16},        {"INT_32", ANA_INT32},
        {"IEEE_FLOAT_32", ANA_FLOAT32}, {"IEEE_FLOAT_64", ANA_FLOAT64},
    };
    ana_brainvision_header *header = parser->header;
    if (is_key(entry, "UseBigEndianOrder")) {
        return parse_word(parser, entry, "NO", "YES", &header->is_big_endian);
    }
    if (is_key(entry, "DataOffset")) {
        return parse_size(parser, entry, &header->data_offset);
    }
    if (is_key(entry, "ChannelOffset")) {
        return parse_size(parser, entry, &header->channel_offset);
    }
    if (is_key(entry, "TrailerSize")) {
        return parse_size(parser, entry, &header->trailer_bytes);
    }
    if (!is_key(entry, "BinaryFormat")) {
        return ANA_OK;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (equals(entry->value, entry->n_value, types[i].name)) {
            header->type = types[i].type;
            parser->has_binary_format = true;
            return ANA_OK;
        }
    }
    return fail_entry(parser, entry, ANA_ERR_UNSUPPORTED,
                      "only INT_16, UINT_16, INT_32, IEEE_FLOAT_32 and IEEE_FLOAT_64 are read");
}

static ana_status parse_ascii(vhdr_parser *parser, const vhdr_entry *entry)
{
    ana_brainvision_header *header = parser->header;
    uint64_t n = 0;
    ana_status status = ANA_OK;
    if (is_key(entry, "DecimalSymbol") && entry->n_value == 1) {
        header->decimal = entry->value[0];
    } else if (is_key(entry, "SkipLines")) {
        status = parse_size(parser, entry, &n);
        header->skip_lines = (size_t)n;
    } else if (is_key(entry, "SkipColumns")) {
        status = parse_size(parser, entry, &n);
        header->skip_columns = (size_t)n;
    }
    return status;
}

/* The channel that "Ch<number>" names; NULL when it is none of the channels. */
static ana_brainvision_channel *channel_of(const vhdr_parser *parser, const vhdr_entry *entry)
{
    int64_t number = 0;
    if (entry->n_key < 3 || strncmp(entry->key, "Ch", 2) != 0 ||
        !ana_parse_int(entry->key + 2, entry->n_key - 2, &number) || number < 1 ||
        (uint64_t)number > parser->header->n_channels) {
        return NULL;
    }
    return &parser->header->channels[number - 1];
}

/* Field i of a value, between commas. */
static ana_text_line comma_field(const vhdr_entry *entry, size_t i)
{
    const char *at = entry->value;
    const char *end = entry->value + entry->n_value;
    for (; i > 0 && at < end; i--) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        at = comma != NULL ? comma + 1 : end;
    }
    const char *comma = memchr(at, ',', (size_t)(end - at));
    ana_text_line field = {at, (size_t)((comma != NULL ? comma : end) - at), entry->line};
    ana_trim_blanks(&field.text, &field.n);
    return field;
}

/* A field as text, "\1" being a comma. */
static ana_status copy_field(ana_text_line field, char **out)
{
    char *text = NULL;
    ana_status status = ana_text_to_utf8(field.text, field.n, &text);
    if (status != ANA_OK) {
        return status;
    }
    size_t n = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        bool comma = text[i] == '\\' && text[i + 1] == '1';
        text[n++] = (char)(comma ? ',' : text[i]);
        i += comma ? 1 : 0;
    }
    text[n] = '\0';
    free(*out);
    *out = text;
    return ANA_OK;
}

static void clear_channel(ana_brainvision_channel *channel)
{
    channel->resolution = 1.0;
    channel->high_pass_hz = NAN;
    channel->low_pass_hz = NAN;
    channel->notch_hz = NAN;
}

static ana_status parse_channel(vhdr_parser *parser, const vhdr_entry *entry)
{
    ana_brainvision_channel *channel = channel_of(parser, entry);
    if (channel == NULL) {
        return parser->header->channels == NULL
                   ? ana_fail(ANA_ERR_FORMAT,
                              "%s: line %zu: channels before NumberOfChannels, which must be first",
                              parser->path, entry->line)
                   : ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_text_line resolution = comma_field(entry, 2);
    ana_text_line unit = comma_field(entry, 3);
    clear_channel(channel);
    channel->line = entry->line;
    ANA_TRY(copy_field(comma_field(entry, 0), &channel->name));
    ANA_TRY(copy_field(comma_field(entry, 1), &channel->reference));
    if (unit.n == 0) {
        unit = (ana_text_line){"\xc2\xb5V", 3, entry->line};
    }
    ANA_TRY(copy_field(unit, &channel->unit));
    if (resolution.n > 0 &&
        (!ana_parse_double(resolution.text, resolution.n, &channel->resolution) ||
         !isfinite(channel->resolution) || channel->resolution == 0.0)) {
        status = fail_entry(parser, entry, ANA_ERR_FORMAT,
                            "its third field, the resolution, must be a number other than 0");
    }
done:
    return status;
}

static ana_status parse_coordinates(vhdr_parser *parser, const vhdr_entry *entry)
{
    ana_brainvision_channel *channel = channel_of(parser, entry);
    if (channel == NULL) {
        return ANA_OK;
    }
    channel->has_coordinates = true;
    for (size_t i = 0; i < 3; i++) {
        ana_text_line field = comma_field(entry, i);
        channel->has_coordinates =
            channel->has_coordinates &&
            ana_parse_double(field.text, field.n, &channel->coordinates[i]) &&
            isfinite(channel->coordinates[i]);
    }
    return ANA_OK;
}

typedef ana_status (*section_parser)(vhdr_parser *parser, const vhdr_entry *entry);

static ana_status ignore_entry(vhdr_parser *parser, const vhdr_entry *entry)
{
    (void)parser;
    (void)entry;
    return ANA_OK;
}

/* The parser of a "[Section]" line's entries. */
static section_parser parser_of_section(ana_text_line line)
{
    static const struct {
        const char *title;
        section_parser parse;
    } sections[] = {
        {"[Common Infos]", parse_common},     {"[Binary Infos]", parse_binary},
        {"[ASCII Infos]", parse_ascii},       {"[Channel Infos]", parse_channel},
        {"[Coordinates]", parse_coordinates},
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (equals(line.text, line.n, sections[i].title)) {
            return sections[i].parse;
        }
    }
    return ignore_entry;
}

static ana_status parse_line(vhdr_parser *parser, section_parser parse, ana_text_line line)
{
    const char *sign = memchr(line.text, '=', line.n);
    if (sign == NULL || line.text[0] == ';') {
        return ANA_OK;
    }
    vhdr_entry entry = {.key = line.text, .n_key = (size_t)(sign - line.text), .line = line.number};
    entry.value = sign + 1;
    entry.n_value = line.n - entry.n_key - 1;
    ana_trim_blanks(&entry.key, &entry.n_key);
    ana_trim_blanks(&entry.value, &entry.n_value);
    return parse(parser, &entry);
}

static ana_status parse_lines(vhdr_parser *parser, const char *text, size_t n)
{
    section_parser parse = ignore_entry;
    ana_status status = ANA_OK;
    ana_text_line line = {0};
    for (size_t at = 0; status == ANA_OK && ana_next_line(text, n, &at, &line);) {
        ana_trim_blanks(&line.text, &line.n);
        if (line.n > 0 && line.text[0] == '[') {
            if (equals(line.text, line.n, "[Comment]")) {
                ana_brainvision_read_filters(text + at, at < n ? n - at : 0, parser->header);
                break;
            }
            parse = parser_of_section(line);
        } else if (line.n > 0) {
            status = parse_line(parser, parse, line);
        }
    }
    return status;
}

/* What must be there, is. */
static ana_status check_complete(vhdr_parser *parser)
{
    const ana_brainvision_header *header = parser->header;
    const char *missing = header->channels == NULL                          ? "NumberOfChannels"
                          : !(parser->interval_us > 0.0)                    ? "SamplingInterval"
                          : header->data_file == NULL                       ? "DataFile"
                          : header->data_file[0] == '\0'                    ? "a name in DataFile"
                          : !header->is_ascii && !parser->has_binary_format ? "BinaryFormat"
                                                                            : NULL;
    if (missing != NULL) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %zu: ends without %s", parser->path,
                        parser->n_bytes, missing);
    }
    return ANA_OK;
}

/* A channel without a line gets a number for a name; nothing is known of its unit. */
static ana_status name_channels(const vhdr_parser *parser, const ana_read_options *options,
                                ana_recording *recording)
{
    ana_brainvision_header *header = parser->header;
    ana_status status = ANA_OK;
    size_t n_missing = 0;
    for (size_t c = 0; c < header->n_channels && status == ANA_OK; c++) {
        ana_brainvision_channel *channel = &header->channels[c];
        if (channel->line == 0) {
            char name[32];
            (void)snprintf(name, sizeof name, "Ch%zu", c + 1);
            clear_channel(channel);
            status = ana_copy_text(name, &channel->name);
            n_missing++;
        }
    }
    if (status == ANA_OK && n_missing > 0) {
        status = ana_recover(
            recording, options,
            "%s: byte %zu: ends with lines for %zu of its %zu channels; the others "
            "are read as they are stored, without a unit",
            parser->path, parser->n_bytes, header->n_channels - n_missing, header->n_channels);
    }
    return status;
}

/* The first line says what kind of file it is. */
static ana_status check_title(const char *path, const char *text, size_t n,
                              ana_brainvision_header *header)
{
    ana_text_line line = {0};
    size_t at = 0;
    bool begins = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    (void)ana_next_line(text + (begins ? 3 : 0), n - (begins ? 3 : 0), &at, &line);
    char title[128];
    size_t n_title = line.n < sizeof title - 1 ? line.n : sizeof title - 1;
    memcpy(title, line.text != NULL ? line.text : "", n_title);
    title[n_title] = '\0';
    if (strstr(title, "Marker File") != NULL) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: line 1: is the marker file of a recording; open its header (.vhdr)",
                        path);
    }
    if ((!ana_text_starts_with(title, "Brain Vision") &&
         !ana_text_starts_with(title, "BrainVision")) ||
        strstr(title, "Header File") == NULL) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: line 1: is not \"Brain Vision Data Exchange Header File\"", path);
    }
    header->n_unnamed = strstr(title, "V-Amp") != NULL ? 1 : 0;
    return ANA_OK;
}

ana_status ana_brainvision_read_header(const char *path, const ana_read_options *options,
                                       ana_recording *recording, ana_brainvision_header *header)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    size_t n = 0;
    *header = (ana_brainvision_header){.type = ANA_FLOAT64, .decimal = '.'};
    ANA_TRY(ana_file_read_all(path, ANA_BRAINVISION_MAX_TEXT, &text, &n));
    ANA_TRY(check_title(path, text, n, header));
    vhdr_parser parser = {path, n, &options->run, header, 0.0, false};
    ANA_TRY(parse_lines(&parser, text, n));
    ANA_TRY(check_complete(&parser));
    ANA_TRY(name_channels(&parser, options, recording));
    header->rate = 1e6 / parser.interval_us;
    if (header->is_ascii) {
        header->type = ANA_FLOAT64;
    }
done:
    free(text);
    if (status != ANA_OK) {
        ana_brainvision_release_header(header);
    }
    return status;
}

void ana_brainvision_release_header(ana_brainvision_header *header)
{
    for (size_t c = 0; header->channels != NULL && c < header->n_channels; c++) {
        free(header->channels[c].name);
        free(header->channels[c].reference);
        free(header->channels[c].unit);
    }
    free(header->channels);
    free(header->data_file);
    free(header->marker_file);
    *header = (ana_brainvision_header){0};
}
