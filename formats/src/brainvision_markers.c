/* Marker files of BrainVision recordings: "Mk<n>=type,description,position,points,channel,date". */
#include "brainvision.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* A marker line, cut at its commas. */
typedef struct marker_fields {
    ana_text_line type;
    ana_text_line description;
    ana_text_line position;
    ana_text_line n_points;
    ana_text_line channel;
    ana_text_line date;
} marker_fields;

static ana_text_line next_field(const char **at, const char *end)
{
    const char *comma = *at < end ? memchr(*at, ',', (size_t)(end - *at)) : NULL;
    const char *stop = comma != NULL ? comma : end;
    ana_text_line field = {*at, *at < end ? (size_t)(stop - *at) : 0, 0};
    *at = comma != NULL ? comma + 1 : end;
    return field;
}

static marker_fields cut_fields(const char *at, const char *end)
{
    marker_fields fields;
    fields.type = next_field(&at, end);
    fields.description = next_field(&at, end);
    fields.position = next_field(&at, end);
    fields.n_points = next_field(&at, end);
    fields.channel = next_field(&at, end);
    fields.date = next_field(&at, end);
    return fields;
}

/* "type/description", "\1" being a comma. */
static ana_status make_label(const marker_fields *fields, char **out)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    const ana_text_line parts[] = {fields->type, fields->description};
    for (size_t p = 0; p < 2; p++) {
        for (size_t i = 0; i < parts[p].n; i++) {
            bool comma =
                parts[p].text[i] == '\\' && i + 1 < parts[p].n && parts[p].text[i + 1] == '1';
            ana_text_append_bytes(&text, comma ? "," : parts[p].text + i, 1);
            i += comma ? 1 : 0;
        }
        ana_text_append(&text, p == 0 ? "/" : "");
    }
    ANA_TRY(ana_text_check(&text, "marker"));
    ANA_TRY(ana_text_to_utf8(text.bytes, text.n, out));
done:
    ana_text_release(&text);
    return status;
}

static ana_status add_unread(ana_text_line line, ana_brainvision_markers *out)
{
    ana_brainvision_unread unread = {(int64_t)line.number, NULL};
    ana_status status =
        ana_grow(&out->unread, &out->unread_capacity, out->n_unread + 1, sizeof unread, "markers");
    if (status == ANA_OK) {
        status = ana_text_to_utf8(line.text, line.n, &unread.text);
    }
    if (status == ANA_OK) {
        out->unread[out->n_unread++] = unread;
    }
    return status;
}

/* A field that is a whole number, or `otherwise` when it is empty. */
static bool parse_field(ana_text_line field, int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    return field.n == 0 || ana_parse_int(field.text, field.n, out);
}

static ana_status add_marker(ana_text_line line, const char *value, ana_brainvision_markers *out)
{
    const marker_fields fields = cut_fields(value, line.text + line.n);
    ana_brainvision_marker marker = {0};
    int64_t channel = 0;
    if (fields.position.n == 0 ||
        !ana_parse_int(fields.position.text, fields.position.n, &marker.position) ||
        !parse_field(fields.n_points, 1, &marker.n_points) || marker.n_points < 0 ||
        !parse_field(fields.channel, 0, &channel) || channel < 0) {
        return add_unread(line, out);
    }
    marker.channel = (size_t)channel;
    marker.line = (int64_t)line.number;
    marker.new_segment = fields.type.n == strlen("New Segment") &&
                         memcmp(fields.type.text, "New Segment", fields.type.n) == 0;
    marker.has_date =
        fields.date.n == ANA_STAMP_DIGITS && ana_moment_from_stamp(fields.date.text, &marker.date);
    ana_status status = ana_grow(&out->items, &out->capacity, out->n + 1, sizeof marker, "markers");
    if (status == ANA_OK) {
        status = make_label(&fields, &marker.label);
    }
    if (status == ANA_OK) {
        out->items[out->n++] = marker;
    }
    return status;
}

/* The value of a line "Mk<anything>=value"; NULL when it is another line. */
static const char *value_of(ana_text_line line)
{
    const char *sign = memchr(line.text, '=', line.n);
    bool marker = line.n > 2 && line.text[0] == 'M' && line.text[1] == 'k' && sign != NULL;
    return marker ? sign + 1 : NULL;
}

ana_status ana_brainvision_read_markers(const char *path, ana_brainvision_markers *out)
{
    static const char title[] = "[Marker Infos]";
    ana_status status = ANA_OK;
    char *text = NULL;
    size_t n = 0;
    ana_text_line line = {0};
    bool in_markers = true;
    *out = (ana_brainvision_markers){0};
    ANA_TRY(ana_file_read_all(path, ANA_BRAINVISION_MAX_TEXT, &text, &n));
    for (size_t at = 0; status == ANA_OK && ana_next_line(text, n, &at, &line);) {
        if (line.n > 0 && line.text[0] == '[') {
            in_markers = line.n == strlen(title) && memcmp(line.text, title, line.n) == 0;
        }
        const char *value = in_markers ? value_of(line) : NULL;
        if (value != NULL) {
            status = add_marker(line, value, out);
        }
    }
done:
    free(text);
    if (status != ANA_OK) {
        ana_brainvision_release_markers(out);
    }
    return status;
}

void ana_brainvision_release_markers(ana_brainvision_markers *markers)
{
    for (size_t i = 0; i < markers->n; i++) {
        free(markers->items[i].label);
    }
    for (size_t i = 0; i < markers->n_unread; i++) {
        free(markers->unread[i].text);
    }
    free(markers->items);
    free(markers->unread);
    *markers = (ana_brainvision_markers){0};
}
