/* Traces of worms in JSON, as Atanas et al. 2023 share them: "trace_array", a list of numbers for
 * each trace; "timestamp_confocal", seconds; "labeled", an object by the traces' numbers from 1. */
#include "worm_json.h"

#include "checked.h"
#include "file.h"
#include "memory.h"
#include "try.h"
#include "worm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool fits(const char *path, const unsigned char *head, size_t n_head)
{
    static const char *const keys[] = {"\"trace_array\"", "\"labeled\"", "\"timestamp_confocal\""};
    size_t at = 0;
    while (at < n_head && strchr(" \t\r\n", head[at]) != NULL && head[at] != '\0') {
        at++;
    }
    if (at == n_head || head[at] != '{') {
        return false;
    }
    /* Which key comes first is not known, and they are long: the name decides with one of them. */
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const size_t n = strlen(keys[i]);
        for (size_t k = at; k + n <= n_head; k++) {
            if (memcmp(head + k, keys[i], n) == 0) {
                return ana_text_ends_with_ignoring_case(path, ".json");
            }
        }
    }
    return false;
}

ana_status ana_worm_labels_of_json(const char *name, const ana_json *object, ana_worm_labels *out)
{
    ana_json_member member = {0};
    while (ana_json_next(object, &member)) {
        int64_t number = 0;
        const ana_json *label = ana_json_find(member.value, "label");
        const ana_json *confidence = ana_json_find(member.value, "confidence");
        if (!ana_parse_int(member.key, strlen(member.key), &number) || label == NULL ||
            ana_json_text(label) == NULL) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: labels: \"%s\" is no number of a trace with a \"label\"", name,
                            member.key);
        }
        ana_status status =
            ana_worm_labels_set(out, name, (double)number - 1.0, ana_json_text(label),
                                confidence != NULL ? ana_json_double(confidence) : (double)NAN);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

/* A list of numbers; null is missing. */
static ana_status read_numbers(const char *path, const char *key, const ana_json *list, size_t n,
                               double *out)
{
    if (list == NULL || ana_json_get_type(list) != ANA_JSON_LIST || ana_json_count(list) != n) {
        return ana_fail(ANA_ERR_FORMAT, "%s: \"%s\": a list of %zu numbers is wanted", path, key,
                        n);
    }
    for (size_t i = 0; i < n; i++) {
        const ana_json *value = ana_json_at(list, i);
        const ana_json_type type = ana_json_get_type(value);
        if (type != ANA_JSON_INT && type != ANA_JSON_DOUBLE && type != ANA_JSON_NULL) {
            return ana_fail(ANA_ERR_FORMAT, "%s: \"%s\": number %zu is none", path, key, i);
        }
        out[i] = type == ANA_JSON_NULL ? (double)NAN : ana_json_double(value);
    }
    return ANA_OK;
}

static ana_status read_root(const ana_worm_reader *reader, const ana_json *root, const char *name)
{
    ana_status status = ANA_OK;
    double *values = NULL;
    double *times = NULL;
    ana_worm_labels labels = {0};
    const ana_json *traces = ana_json_find(root, "trace_array");
    const ana_json *stamps = ana_json_find(root, "timestamp_confocal");
    const ana_json *labeled = ana_json_find(root, "labeled");
    const size_t n_traces = traces != NULL ? ana_json_count(traces) : 0;
    const size_t n_times = n_traces > 0 ? ana_json_count(ana_json_at(traces, 0)) : 0;
    size_t n = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < n_traces; i++) {
        n += ana_json_count(ana_json_at(traces, i));
    }
    if (!ana_multiply(n_traces, n_times, &bytes) || bytes != n ||
        !ana_multiply(n, 2 * sizeof *values, &bytes)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: \"trace_array\": lists of %zu numbers are wanted, as "
                        "the first",
                        reader->path, n_times);
    }
    ANA_TRY(ana_run_check_memory(&reader->options->run, bytes, reader->path));
    ANA_TRY(ana_allocate(n_times, sizeof *times, "times", (void *)&times));
    ANA_TRY(read_numbers(reader->path, "timestamp_confocal", stamps, n_times, times));
    ANA_TRY(ana_allocate(n, sizeof *values, "traces", (void *)&values));
    for (size_t i = 0; i < n_traces; i++) {
        ANA_TRY(read_numbers(reader->path, "trace_array", ana_json_at(traces, i), n_times,
                             values + i * n_times));
    }
    ANA_TRY(ana_worm_labels_new(n_traces, &labels));
    if (labeled != NULL) {
        ANA_TRY(ana_worm_labels_of_json(reader->path, labeled, &labels));
    }
    for (size_t t = n_times; t-- > 0;) {
        times[t] -= times[0];
    }
    const ana_worm_traces animal = {.name = name,
                                    .n_times = n_times,
                                    .n_traces = n_traces,
                                    .trace_major = true,
                                    .values = values,
                                    .times = times,
                                    .labels = labels.labels,
                                    .confidence = labels.confidence};
    ANA_TRY(ana_worm_add(reader, &animal));
done:
    free(values);
    free(times);
    ana_worm_labels_release(&labels);
    return status;
}

static ana_status read(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    char *name = NULL;
    size_t n = 0;
    ana_json *root = NULL;
    ANA_TRY(ana_file_read_all(reader->path, ana_worm_most_text(reader), &text, &n));
    ANA_TRY(ana_json_parse(reader->path, text, n, &root));
    ANA_TRY(ana_worm_name_of(reader->path, &name));
    ANA_TRY(read_root(reader, root, name));
done:
    ana_json_free(root);
    free(name);
    free(text);
    return status;
}

const ana_worm_layout ana_worm_layout_flavell = {"Atanas 2023", fits, read};
