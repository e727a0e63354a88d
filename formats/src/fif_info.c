#include "fif_info.h"

#include "calendar.h"
#include "cursor.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_CHANNELS = 65536
};

void ana_fif_info_release(ana_fif_info *info)
{
    for (size_t i = 0; i < info->n_described; i++) {
        free(info->channels[i].name);
        free(info->channels[i].unit);
    }
    free(info->channels);
    free(info->comment);
    free(info->bad);
    free(info->buffers);
    free(info->gaps);
    free(info->annotations.starts);
    free(info->annotations.stops);
    free(info->annotations.labels);
    *info = (ana_fif_info){0};
}

static ana_kind kind_of(int32_t kind)
{
    static const struct {
        int32_t file;
        ana_kind ours;
    } kinds[] = {{2, ANA_KIND_EEG},   {3, ANA_KIND_TRIGGER}, {202, ANA_KIND_EOG},
                 {302, ANA_KIND_EMG}, {402, ANA_KIND_ECG},   {802, ANA_KIND_LFP},
                 {803, ANA_KIND_LFP}, {902, ANA_KIND_LFP}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].file == kind) {
            return kinds[i].ours;
        }
    }
    return ANA_KIND_OTHER;
}

/* "uV": the unit with the prefix of its power of ten; NULL: none, or one that we have no word for.
 */
static ana_status unit_of(int32_t unit, int32_t power, char **out)
{
    static const struct {
        int32_t code;
        const char *symbol;
    } units[] = {{1, "m"},     {3, "s"},   {4, "A"},   {101, "Hz"},   {107, "V"},
                 {109, "Ohm"}, {110, "S"}, {112, "T"}, {114, "degC"}, {201, "T/m"}};
    static const struct {
        int32_t power;
        const char *prefix;
    } prefixes[] = {{0, ""}, {-3, "m"}, {-6, "u"}, {-9, "n"}, {-12, "p"}, {-15, "f"}, {3, "k"}};
    ana_text text = {0};
    const char *symbol = NULL;
    const char *prefix = NULL;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        symbol = units[i].code == unit ? units[i].symbol : symbol;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        prefix = prefixes[i].power == power ? prefixes[i].prefix : prefix;
    }
    *out = NULL;
    if (symbol == NULL || prefix == NULL) {
        return ANA_OK;
    }
    ana_text_append(&text, prefix);
    ana_text_append(&text, symbol);
    ana_status status = ana_text_check(&text, "unit");
    *out = text.bytes;
    return status;
}

/* physical = stored * range * calibration. */
static ana_status note_channel(ana_fif_info *info, const ana_fif_tag *tag)
{
    ana_status status = ANA_OK;
    unsigned char bytes[ANA_FIF_CHANNEL_BYTES];
    if (tag->n_bytes != ANA_FIF_CHANNEL_BYTES || info->n_described >= MAX_CHANNELS) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a channel should be described by %d bytes, and there "
                        "should be at most %d",
                        ana_file_name(info->file), (unsigned long long)tag->data,
                        ANA_FIF_CHANNEL_BYTES, MAX_CHANNELS);
    }
    ANA_TRY(ana_file_read(info->file, tag->data, sizeof bytes, bytes));
    ANA_TRY(ana_grow(&info->channels, &info->capacity, info->n_described + 1,
                     sizeof *info->channels, "channels"));
    ana_cursor cursor = ana_cursor_over(ana_file_name(info->file), bytes, sizeof bytes, tag->data);
    cursor.big_endian = true;
    ana_channel *channel = &info->channels[info->n_described];
    *channel = (ana_channel){.high_pass_hz = (double)NAN, .low_pass_hz = (double)NAN};
    channel->notch_hz = (double)NAN;
    channel->file_index = info->n_described++;
    ana_cursor_skip(&cursor, 8); /* numbers */
    const int32_t kind = ana_cursor_i32(&cursor);
    const double range = (double)ana_cursor_f32(&cursor);
    const double calibration = (double)ana_cursor_f32(&cursor);
    channel->kind = kind_of(kind);
    channel->gain = range * calibration;
    if (!isfinite(channel->gain) || channel->gain == 0.0) {
        channel->gain = 1.0;
    }
    ana_cursor_skip(&cursor, 4); /* the coil */
    for (size_t i = 0; i < 3; i++) {
        channel->position[i] = (double)ana_cursor_f32(&cursor);
    }
    ana_cursor_skip(&cursor, 9 * sizeof(float));
    const int32_t unit = ana_cursor_i32(&cursor);
    const int32_t power = ana_cursor_i32(&cursor);
    const char *name = (const char *)ana_cursor_take(&cursor, 16);
    if (channel->position[0] == 0.0 && channel->position[1] == 0.0 &&
        channel->position[2] == 0.0) { /* not digitised */
        channel->position[0] = channel->position[1] = channel->position[2] = (double)NAN;
    }
    ANA_TRY(unit_of(unit, power, &channel->unit));
    ANA_TRY(ana_text_to_utf8(name, strnlen(name, 16), &channel->name));
done:
    return status;
}

/* The long names of channels follow in their order. */
static ana_status note_long_name(ana_fif_info *info, const ana_fif_tag *tag)
{
    char *name = NULL;
    if (info->n_long_names >= info->n_described) {
        return ANA_OK;
    }
    ana_status status = ana_fif_text(info->file, tag, &name);
    if (status == ANA_OK) {
        free(info->channels[info->n_long_names].name);
        info->channels[info->n_long_names++].name = name;
    }
    return status;
}

/* The first number of a tag; NaN: none. */
static ana_status number_of(const ana_fif_info *info, const ana_fif_tag *tag, double *out)
{
    size_t n = 0;
    double *values = NULL;
    *out = (double)NAN;
    ana_status status = tag->n_bytes <= 64 ? ana_fif_numbers(info->file, tag, &n, &values) : ANA_OK;
    if (n > 0 && values != NULL) {
        *out = values[0];
    }
    free(values);
    return status;
}

/* Seconds and microseconds since 1970; in an identity they stand behind three other numbers. */
static ana_status read_date(const ana_fif_info *info, const ana_fif_tag *tag, size_t before,
                            char out[32])
{
    size_t n = 0;
    double *values = NULL;
    ana_fif_tag whole = *tag;
    whole.type = ANA_FIF_INT;
    if (tag->n_bytes != (before + 2) * sizeof(int32_t)) {
        return ANA_OK;
    }
    ana_status status = ana_fif_numbers(info->file, &whole, &n, &values);
    if (status == ANA_OK) {
        const int64_t epoch = INT64_C(62135596800) * 1000000;
        const ana_moment moment = ana_moment_from_microseconds(
            epoch + (int64_t)values[before] * 1000000 + (int64_t)values[before + 1]);
        if (ana_moment_is_valid(&moment)) {
            ana_moment_to_iso(&moment, out);
        }
    }
    free(values);
    return status;
}

static bool sample_bytes(int32_t type, size_t *out)
{
    *out = type == ANA_FIF_PACKED || type == ANA_FIF_SHORT ? 2 : type == ANA_FIF_DOUBLE ? 8 : 4;
    return type == ANA_FIF_PACKED || type == ANA_FIF_SHORT || type == ANA_FIF_INT ||
           type == ANA_FIF_FLOAT || type == ANA_FIF_DOUBLE;
}

static ana_status note_gap(ana_fif_info *info)
{
    ana_status status =
        ana_grow(&info->gaps, &info->gap_capacity, info->n_gaps + 1, sizeof *info->gaps, "gaps");
    if (status == ANA_OK) {
        info->gaps[info->n_gaps].sample = info->n_samples;
        info->gaps[info->n_gaps++].time = (int64_t)info->n_samples + info->n_skipped;
    }
    return status;
}

static ana_status note_buffer(ana_fif_info *info, const ana_fif_tag *tag)
{
    ana_status status = ANA_OK;
    size_t size = 0;
    const char *name = ana_file_name(info->file);
    if (!sample_bytes(tag->type, &size)) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: samples of type %d; integers of 16 and 32 bits and floats "
                        "are read",
                        name, (unsigned long long)tag->data, (int)tag->type);
    }
    const size_t row = size * info->n_described;
    if (row == 0 || tag->n_bytes % row != 0 || (info->type != 0 && info->type != tag->type)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a buffer of %zu bytes and type %d; rows of %zu channels "
                        "are wanted, all buffers of one type",
                        name, (unsigned long long)tag->data, tag->n_bytes, (int)tag->type,
                        info->n_described);
    }
    const size_t n_times = tag->n_bytes / row;
    if (info->n_buffers_skipped > 0) {
        info->n_skipped += info->n_buffers_skipped * (int64_t)n_times;
        info->n_buffers_skipped = 0;
    }
    const int64_t before = info->n_gaps > 0 ? info->gaps[info->n_gaps - 1].time -
                                                  (int64_t)info->gaps[info->n_gaps - 1].sample
                                            : 0;
    if (info->n_skipped > before) {
        ANA_TRY(note_gap(info));
    }
    ANA_TRY(ana_grow(&info->buffers, &info->buffer_capacity, info->n_buffers + 1,
                     sizeof *info->buffers, "buffers"));
    info->buffers[info->n_buffers++] = (ana_fif_buffer){tag->data, info->n_samples, n_times};
    info->n_samples += n_times;
    info->type = tag->type;
done:
    return status;
}

/* A number of buffers, or of samples, that were not saved. */
static ana_status note_skip(ana_fif_info *info, const ana_fif_tag *tag)
{
    double n = 0.0;
    ana_status status = number_of(info, tag, &n);
    if (status != ANA_OK) {
        return status;
    }
    if (!(n >= 0.0) || n > 1e9) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: a gap of %g", ana_file_name(info->file),
                        (unsigned long long)tag->data, n);
    }
    if (tag->kind == ANA_FIF_SKIP) {
        info->n_buffers_skipped += (int64_t)n;
    } else {
        info->n_skipped += (int64_t)n;
    }
    return ANA_OK;
}

static ana_status note_annotations(ana_fif_info *info, const ana_fif_tag *tag)
{
    ana_fif_annotation_lists *lists = &info->annotations;
    if (tag->kind == ANA_FIF_STARTS && lists->starts == NULL) {
        return ana_fif_numbers(info->file, tag, &lists->n_starts, &lists->starts);
    }
    if (tag->kind == ANA_FIF_STOPS && lists->stops == NULL) {
        return ana_fif_numbers(info->file, tag, &lists->n_stops, &lists->stops);
    }
    if (tag->kind == ANA_FIF_COMMENT && lists->labels == NULL) {
        return ana_fif_text(info->file, tag, &lists->labels);
    }
    lists->has_origin = lists->has_origin || tag->kind == ANA_FIF_DATE;
    return ANA_OK;
}

static void note_block(ana_fif_info *info, int32_t block)
{
    info->has_projections = info->has_projections || block == ANA_FIF_PROJECTION;
    info->has_compensation = info->has_compensation || block == ANA_FIF_COMPENSATION;
    info->has_covariance = info->has_covariance || block == ANA_FIF_COVARIANCE;
    info->has_epochs = info->has_epochs || block == ANA_FIF_EPOCHS;
    info->has_next_file = info->has_next_file || block == ANA_FIF_NEXT_FILE;
}

/* Numbers of the measurement; the first of each kind counts. */
static ana_status note_number(ana_fif_info *info, const ana_fif_tag *tag)
{
    double value = 0.0;
    ana_status status = number_of(info, tag, &value);
    if (status != ANA_OK || !isfinite(value)) {
        return status;
    }
    if (tag->kind == ANA_FIF_RATE && !(info->rate > 0.0)) {
        info->rate = value;
    } else if (tag->kind == ANA_FIF_LOW_PASS) {
        info->low_pass_hz = value;
    } else if (tag->kind == ANA_FIF_HIGH_PASS) {
        info->high_pass_hz = value;
    } else if (tag->kind == ANA_FIF_FIRST_SAMPLE && fabs(value) < 4e18) {
        info->first_sample = (int64_t)value;
    } else if (tag->kind == ANA_FIF_N_CHANNELS && value >= 0.0 && value <= MAX_CHANNELS) {
        info->n_channels = (size_t)value;
    }
    return ANA_OK;
}

ana_status ana_fif_note(void *user, const ana_fif_tag *tag)
{
    ana_fif_info *info = user;
    if (tag->block == ANA_FIF_ANNOTATIONS) {
        return note_annotations(info, tag);
    }
    switch (tag->kind) {
    case ANA_FIF_BLOCK_START:
        note_block(info, tag->block);
        return ANA_OK;
    case ANA_FIF_CHANNEL:
        return info->n_buffers == 0 ? note_channel(info, tag) : ANA_OK;
    case ANA_FIF_LONG_NAME:
        return note_long_name(info, tag);
    case ANA_FIF_DATE:
        return read_date(info, tag, 0, info->start_time);
    case ANA_FIF_BLOCK_ID:
        return tag->block == ANA_FIF_MEASUREMENT ? read_date(info, tag, 3, info->identity_time)
                                                 : ANA_OK;
    case ANA_FIF_COMMENT:
        return info->comment == NULL ? ana_fif_text(info->file, tag, &info->comment) : ANA_OK;
    case ANA_FIF_NAMES:
        return tag->block == ANA_FIF_BAD_CHANNELS && info->bad == NULL
                   ? ana_fif_text(info->file, tag, &info->bad)
                   : ANA_OK;
    case ANA_FIF_BUFFER:
        return note_buffer(info, tag);
    case ANA_FIF_SKIP:
    case ANA_FIF_SKIP_SAMPLES:
        return note_skip(info, tag);
    case ANA_FIF_N_CHANNELS:
    case ANA_FIF_RATE:
    case ANA_FIF_LOW_PASS:
    case ANA_FIF_HIGH_PASS:
    case ANA_FIF_FIRST_SAMPLE:
        return note_number(info, tag);
    default:
        return ANA_OK;
    }
}
