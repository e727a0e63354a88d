/* Time-stamped annotation lists (TALs) of EDF+ and BDF+: Kemp & Olivan (2003), section 2.2.
 *
 *  +onset [0x15 duration] 0x14 text 0x14 text 0x14 0x00, padded with 0x00. The first list of a
 * record has an empty first text; its onset is the record's own. */
#include "edf.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    AFTER_TEXT = 0x14,
    BEFORE_DURATION = 0x15
};

/* A scan of all annotation signals. */
typedef struct tal_scan {
    const char *name; /* of the file */
    const ana_edf_header *header;
    const ana_read_options *options;
    ana_recording *recording;
    ana_edf_annotations *out;
} tal_scan;

/* The bytes of one annotation signal in one record. */
typedef struct tal_bytes {
    const char *bytes;
    size_t n;
    uint64_t offset; /* in the file */
    size_t record;
    bool keeps_time; /* the record's first annotation signal */
} tal_bytes;

/* One list: the numbers before its first text, and where its texts are. */
typedef struct tal {
    double onset;
    double duration;
    size_t onset_digits; /* decimals it is written with */
    size_t texts;        /* place of the first text */
    size_t end;          /* place of its final 0x00, or the end of the signal */
} tal;

static unsigned long long place(const tal_bytes *lists, size_t at)
{
    return (unsigned long long)lists->offset + at;
}

/* Where the byte `wanted` next stands at or after `at`, `end` when it does not. */
static size_t find(const tal_bytes *lists, size_t at, size_t end, char wanted)
{
    const char *found = memchr(lists->bytes + at, wanted, end - at);
    return found != NULL ? (size_t)(found - lists->bytes) : end;
}

static bool parse_signed(const char *text, size_t n, double *out)
{
    return n > 0 && (text[0] == '+' || text[0] == '-') && ana_parse_double(text, n, out) &&
           isfinite(*out);
}

static size_t count_decimals(const char *text, size_t n)
{
    const char *point = memchr(text, '.', n);
    return point != NULL ? n - (size_t)(point - text) - 1 : 0;
}

/* Parse the numbers of the list at `at`; false when it must be passed over. */
static ana_status parse_numbers(const tal_scan *scan, const tal_bytes *lists, size_t at, tal *list,
                                bool *usable)
{
    const char *bytes = lists->bytes;
    size_t stop = find(lists, at, list->end, AFTER_TEXT);
    size_t split = find(lists, at, stop, BEFORE_DURATION);
    *usable = false;
    if (stop == list->end || !parse_signed(bytes + at, split - at, &list->onset)) {
        return ana_recover(
            scan->recording, scan->options,
            "%s: byte %llu: record %zu: an annotation list begins without a readable "
            "onset (\"+seconds\") and is passed over",
            scan->name, place(lists, at), lists->record);
    }
    *usable = true;
    list->onset_digits = count_decimals(bytes + at, split - at);
    list->duration = NAN;
    list->texts = stop + 1;
    if (split < stop && (!ana_parse_double(bytes + split + 1, stop - split - 1, &list->duration) ||
                         !(list->duration >= 0.0) || isinf(list->duration))) {
        list->duration = NAN;
        return ana_recover(scan->recording, scan->options,
                           "%s: byte %llu: record %zu: the duration of an annotation is no number "
                           "of seconds and is passed over",
                           scan->name, place(lists, split), lists->record);
    }
    return ANA_OK;
}

static ana_status add_annotation(const tal_scan *scan, const tal *list, const char *text, size_t n)
{
    ana_edf_annotations *out = scan->out;
    ana_edf_annotation annotation = {list->onset, list->duration, NULL};
    ana_status status =
        ana_grow(&out->items, &out->capacity, out->n + 1, sizeof annotation, "annotations");
    if (status == ANA_OK) {
        status = ana_text_to_utf8(text, n, &annotation.text);
    }
    if (status == ANA_OK) {
        out->items[out->n++] = annotation;
    }
    return status;
}

/* Every text of a list that is not empty becomes an annotation. */
static ana_status add_texts(const tal_scan *scan, const tal_bytes *lists, const tal *list)
{
    ana_status status = ANA_OK;
    for (size_t at = list->texts; at < list->end && status == ANA_OK;) {
        size_t stop = find(lists, at, list->end, AFTER_TEXT);
        if (stop > at) {
            status = add_annotation(scan, list, lists->bytes + at, stop - at);
        }
        at = stop + 1;
    }
    return status;
}

/* The first list of a record keeps its time when its first text is empty. */
static void keep_time(const tal_scan *scan, const tal_bytes *lists, const tal *list)
{
    if (list->texts < list->end && lists->bytes[list->texts] != AFTER_TEXT) {
        return;
    }
    scan->out->record_onset[lists->record] = list->onset;
    if (list->onset_digits > scan->out->onset_digits) {
        scan->out->onset_digits = list->onset_digits;
    }
}

/* The list at `at` up to its end; `first`: of its signal. */
static ana_status scan_list(const tal_scan *scan, const tal_bytes *lists, size_t at, size_t end,
                            bool first)
{
    ana_status status = ANA_OK;
    tal list = {.end = end};
    bool usable = false;
    if (end == lists->n || lists->bytes[end - 1] != AFTER_TEXT) {
        ANA_TRY(ana_recover(scan->recording, scan->options,
                            "%s: byte %llu: record %zu: an annotation list does not end with "
                            "0x14 0x00; what is there is kept",
                            scan->name, place(lists, at), lists->record));
    }
    ANA_TRY(parse_numbers(scan, lists, at, &list, &usable));
    if (usable && first && lists->keeps_time) {
        keep_time(scan, lists, &list);
    }
    if (usable) {
        ANA_TRY(add_texts(scan, lists, &list));
    }
done:
    return status;
}

static ana_status scan_lists(const tal_scan *scan, const tal_bytes *lists)
{
    ana_status status = ANA_OK;
    bool first = true;
    for (size_t at = 0; at < lists->n && status == ANA_OK; at++) {
        if (lists->bytes[at] != '\0') {
            size_t end = find(lists, at, lists->n, '\0');
            status = scan_list(scan, lists, at, end, first);
            first = false;
            at = end;
        }
    }
    return status;
}

/* Seconds for a sentence: to the nanosecond, without the noise of a sum. */
static ana_number_text in_words(double seconds)
{
    return ana_number(round(seconds * 1e9) / 1e9);
}

/* A record without a readable onset, or one not after the record before it, follows that one. */
static ana_status complete_onsets(const tal_scan *scan)
{
    const ana_edf_header *header = scan->header;
    double *onset = scan->out->record_onset;
    ana_status status = ANA_OK;
    for (size_t r = 0; r < header->n_records && status == ANA_OK; r++) {
        double next = r == 0 ? 0.0 : onset[r - 1] + header->record_s;
        bool missing = isnan(onset[r]);
        if (missing || (r > 0 && onset[r] <= onset[r - 1])) {
            uint64_t byte = header->data_offset + (uint64_t)r * header->record_bytes;
            const char *said =
                missing ? "no onset" : "an onset that is not after the one before it";
            onset[r] = next;
            status =
                ana_recover(scan->recording, scan->options,
                            "%s: byte %llu: record %zu has %s; it is taken to start at %s s",
                            scan->name, (unsigned long long)byte, r, said, in_words(next).text);
        }
    }
    return status;
}

static ana_status scan_record(const tal_scan *scan, const ana_file *file, size_t record,
                              char *bytes)
{
    const ana_edf_header *header = scan->header;
    ana_status status = ANA_OK;
    tal_bytes lists = {.bytes = bytes, .record = record, .keeps_time = true};
    for (size_t s = 0; s < header->n_signals; s++) {
        const ana_edf_signal *signal = &header->signals[s];
        if (!signal->is_annotation) {
            continue;
        }
        lists.n = signal->n_samples * header->sample_bytes;
        lists.offset =
            header->data_offset + (uint64_t)record * header->record_bytes + signal->offset;
        ANA_TRY(ana_file_read(file, lists.offset, lists.n, bytes));
        ANA_TRY(scan_lists(scan, &lists));
        lists.keeps_time = false;
    }
done:
    return status;
}

static size_t longest_annotation_signal(const ana_edf_header *header)
{
    size_t longest = 0;
    for (size_t s = 0; s < header->n_signals; s++) {
        const ana_edf_signal *signal = &header->signals[s];
        if (signal->is_annotation && signal->n_samples > longest) {
            longest = signal->n_samples;
        }
    }
    return longest * header->sample_bytes;
}

/* Line feeds of one block, and how many of them stand behind a carriage return. */
static void count_line_feeds(size_t n, const char *bytes, char before, size_t counts[2])
{
    for (size_t k = 0; k < n; k++) {
        if (bytes[k] == '\n') {
            counts[0]++;
            counts[1] += (k > 0 ? bytes[k - 1] : before) == '\r';
        }
    }
}

/* Refuses a file that was transferred as text: 0x0D was put before every 0x0A of its samples, and
 * everything behind has shifted, so that records do not begin with their times. */
static ana_status check_transfer(const ana_file *file, const ana_edf_header *header, size_t record)
{
    enum {
        BLOCK = 1 << 16,
        MOST = 64,  /* blocks looked at */
        FEWEST = 64 /* line feeds that tell */
    };
    ana_status status = ANA_OK;
    char *bytes = NULL;
    size_t counts[2] = {0, 0};
    char before = '\0';
    const uint64_t end = header->data_offset + (uint64_t)header->n_records * header->record_bytes;
    ANA_TRY(ana_allocate(BLOCK, 1, "samples", &bytes));
    for (uint64_t offset = header->data_offset;
         offset < end && offset < header->data_offset + (uint64_t)MOST * BLOCK; offset += BLOCK) {
        const size_t n = end - offset < BLOCK ? (size_t)(end - offset) : BLOCK;
        ANA_TRY(ana_file_read(file, offset, n, bytes));
        count_line_feeds(n, bytes, before, counts);
        before = bytes[n - 1];
    }
    if (counts[0] >= FEWEST && counts[0] == counts[1]) {
        const uint64_t place = header->data_offset + (uint64_t)record * header->record_bytes;
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte %llu: record %zu does not begin with its time, and every line "
                          "feed among the samples (0x0A, %zu of them) stands behind a carriage "
                          "return (0x0D): the file was changed by a transfer as text and its "
                          "samples have shifted; get it again as binary",
                          ana_file_name(file), (unsigned long long)place, record, counts[0]);
    }
done:
    free(bytes);
    return status;
}

ana_status ana_edf_read_annotations(const ana_file *file, const ana_edf_header *header,
                                    const ana_read_options *options, ana_recording *recording,
                                    ana_edf_annotations *out)
{
    ana_status status = ANA_OK;
    char *bytes = NULL;
    const size_t n_bytes = longest_annotation_signal(header);
    const tal_scan scan = {ana_file_name(file), header, options, recording, out};
    *out = (ana_edf_annotations){0};
    ANA_TRY(ana_run_check_memory(&options->run, n_bytes, "an annotation signal"));
    ANA_TRY(ana_allocate(n_bytes, 1, "annotation signal", &bytes));
    ANA_TRY(ana_allocate(header->n_records, sizeof *out->record_onset, "record onsets",
                         &out->record_onset));
    for (size_t r = 0; r < header->n_records; r++) {
        out->record_onset[r] = NAN;
    }
    for (size_t r = 0; r < header->n_records; r++) {
        ANA_TRY(scan_record(&scan, file, r, bytes));
    }
    size_t r = 0;
    while (r < header->n_records && !isnan(out->record_onset[r])) {
        r++;
    }
    if (r < header->n_records) {
        ANA_TRY(check_transfer(file, header, r));
    }
    if (header->record_s > 0.0) {
        ANA_TRY(complete_onsets(&scan));
    }
done:
    free(bytes);
    if (status != ANA_OK) {
        ana_edf_release_annotations(out);
    }
    return status;
}

void ana_edf_release_annotations(ana_edf_annotations *annotations)
{
    for (size_t i = 0; i < annotations->n; i++) {
        free(annotations->items[i].text);
    }
    free(annotations->items);
    free(annotations->record_onset);
    *annotations = (ana_edf_annotations){0};
}
