/* Truths of .npy, .npz, safetensors, Suite2p and Phy. */
#include "formats.h"
#include "npy.h"
#include "npz.h"
#include "safetensors.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers against their summary: integers also as they are stored. */
void compare_numbers(const format_case *c, const char *what, const json_t *summary, size_t n,
                     ana_sample_type type, const void *stored)
{
    double *values = malloc((n + 1) * sizeof *values);
    assert_non_null(values);
    ana_samples_to_double(type, n, stored, 1, 1.0, 0.0, values);
    compare_values(c, what, summary, n, values, 1.0, type == ANA_FLOAT32 ? 1e-6 : 1e-12);
    if (json_object_get(summary, "int_sum") != NULL) {
        compare_integers(c, what, summary, n, type, stored);
    }
    free(values);
}

/* n pairs of doubles against {sum: [re, im], sumabs2, first, last}. */
void compare_complex(const format_case *c, const char *what, const json_t *summary, size_t n,
                     const double *pairs)
{
    double re = 0.0;
    double im = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        re += pairs[2 * i];
        im += pairs[2 * i + 1];
        squares += pairs[2 * i] * pairs[2 * i] + pairs[2 * i + 1] * pairs[2 * i + 1];
    }
    const json_t *sum = json_object_get(summary, "sum");
    double wanted = truth_number(json_object_get(summary, "sumabs2"));
    tally_number(c->tally, re, truth_number(json_array_get(sum, 0)), 1e-12 * wanted, 0.0,
                 "%s, real sum", what);
    tally_number(c->tally, im, truth_number(json_array_get(sum, 1)), 1e-12 * wanted, 0.0,
                 "%s, imaginary sum", what);
    tally_number(c->tally, squares, wanted, 0.0, 1e-11, "%s, sum of squares", what);
    const json_t *first = json_object_get(summary, "first");
    for (size_t i = 0; i < json_array_size(first); i++) {
        const json_t *pair = json_array_get(first, i);
        for (size_t part = 0; part < 2; part++) {
            tally_number(c->tally, pairs[2 * i + part], truth_number(json_array_get(pair, part)),
                         0.0, 0.0, "%s, value %zu", what, i);
        }
    }
}

/* n texts against "first" and "last". */
static void compare_texts(const format_case *c, const char *what, const json_t *summary, size_t n,
                          char *const *texts)
{
    const json_t *first = json_object_get(summary, "first");
    const json_t *last = json_object_get(summary, "last");
    for (size_t i = 0; i < json_array_size(first) && i < n; i++) {
        compare_text(c, what, json_array_get(first, i), texts[i]);
    }
    size_t n_last = json_array_size(last);
    for (size_t i = 0; i < n_last && n_last <= n; i++) {
        compare_text(c, what, json_array_get(last, i), texts[n - n_last + i]);
    }
}

static void compare_shape(const format_case *c, const char *what, const json_t *shape,
                          const ana_npy *npy)
{
    /* The truths of Phy are squeezed: (n, 1) stands as (n). */
    size_t n = json_array_size(shape);
    bool same = n == npy->n_axes || (n + 1 == npy->n_axes && npy->shape[n] == 1);
    for (size_t i = 0; same && i < n; i++) {
        same = (size_t)json_integer_value(json_array_get(shape, i)) == npy->shape[i];
    }
    tally_that(c->tally, same, "%s has another shape", what);
}

/* Row `i` as Python prints a record: (1, 2.5, b'ab'). */
static char *print_record(const ana_npy *npy, const unsigned char *raw, size_t i)
{
    ana_text text = {0};
    ana_text_append(&text, "(");
    for (size_t f = 0; f < npy->n_fields; f++) {
        const ana_npy_field *field = &npy->fields[f];
        ana_text_append(&text, f > 0 ? ", " : "");
        if (field->type.kind == ANA_NPY_BYTES) {
            char **texts = calloc(npy->n, sizeof *texts);
            check_ok(ana_npy_column_texts(npy, field, raw, texts));
            ana_text_printf(&text, "b'%s'", texts[i]);
            for (size_t r = 0; r < npy->n; r++) {
                free(texts[r]);
            }
            free(texts);
            continue;
        }
        void *values = NULL;
        double value = 0.0;
        check_ok(ana_npy_column(npy, field, raw, &values));
        ana_samples_to_double(field->type.sample, 1,
                              (unsigned char *)values + i * ana_sample_size(field->type.sample), 1,
                              1.0, 0.0, &value);
        ana_text_append_double(&text, value);
        free(values);
    }
    ana_text_append(&text, ")");
    return text.bytes;
}

static void compare_records(const format_case *c, const json_t *summary, const ana_file *file,
                            const ana_npy *npy)
{
    unsigned char *raw = NULL;
    check_ok(ana_npy_read_raw(file, npy, NULL, &raw));
    char **texts = calloc(npy->n + 1, sizeof *texts);
    assert_non_null(texts);
    for (size_t i = 0; i < npy->n; i++) {
        texts[i] = print_record(npy, raw, i);
    }
    compare_texts(c, "record", summary, npy->n, texts);
    for (size_t i = 0; i < npy->n; i++) {
        free(texts[i]);
    }
    free(texts);
    free(raw);
}

static void compare_npy_texts(const format_case *c, const char *what, const json_t *summary,
                              const ana_file *file, const ana_npy *npy)
{
    char **texts = calloc(npy->n + 1, sizeof *texts);
    assert_non_null(texts);
    check_ok(ana_npy_read_texts(file, npy, NULL, texts));
    compare_texts(c, what, summary, npy->n, texts);
    for (size_t i = 0; i < npy->n; i++) {
        free(texts[i]);
    }
    free(texts);
}

static void compare_array(const format_case *c, const char *what, const json_t *summary,
                          const ana_file *file, const ana_npy *npy)
{
    compare_shape(c, what, json_object_get(summary, "shape"), npy);
    if (npy->n_fields > 0) {
        compare_records(c, summary, file, npy);
        return;
    }
    if (npy->type.kind == ANA_NPY_BYTES || npy->type.kind == ANA_NPY_UNICODE) {
        compare_npy_texts(c, what, summary, file, npy);
        return;
    }
    void *stored = calloc(npy->n + 1, 16);
    assert_non_null(stored);
    check_ok(ana_npy_read_stored(file, npy, NULL, stored));
    if (npy->type.kind == ANA_NPY_COMPLEX) {
        tally_that(c->tally, npy->type.sample == ANA_FLOAT64, "%s: pairs of doubles", what);
        compare_complex(c, what, summary, npy->n, stored);
    } else {
        compare_numbers(c, what, summary, npy->n, npy->type.sample, stored);
    }
    free(stored);
}

static void compare_file(const format_case *c, const char *path, const char *what,
                         const json_t *summary)
{
    ana_file *file = NULL;
    ana_npy npy = {0};
    bool opened = ana_file_open(path, &file) == ANA_OK &&
                  ana_npy_open(file, 0, ana_file_size(file), &npy) == ANA_OK;
    if (tally_that(c->tally, opened, "%s", ana_last_error())) {
        const json_t *fortran = json_object_get(summary, "fortran");
        size_t n_long = 0; /* with one long axis both orders are the same */
        for (size_t i = 0; i < npy.n_axes; i++) {
            n_long += npy.shape[i] > 1 ? 1 : 0;
        }
        tally_that(c->tally, fortran == NULL || n_long < 2 || json_is_true(fortran) == npy.fortran,
                   "%s: the other order of axes", what);
        compare_array(c, what, summary, file, &npy);
    }
    ana_npy_release(&npy);
    ana_file_close(file);
}

/* The reader must refuse what numpy refuses. */
static void expect_refusal(const format_case *c)
{
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(c->path, NULL, &recording);
    tally_that(c->tally, status == ANA_ERR_UNSUPPORTED || status == ANA_ERR_FORMAT,
               "should be refused");
    if (status == ANA_OK) {
        ana_recording_free(recording);
    }
}

static void compare_member(const format_case *c, ana_npz *npz, const char *key,
                           const json_t *summary)
{
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    const ana_zip_entry *entry = ana_npz_find(npz, key);
    if (!tally_that(c->tally, entry != NULL, "no array \"%s\"", key)) {
        return;
    }
    ana_status status = ana_npz_array(npz, entry, NULL, &held, &npy);
    if (json_object_get(summary, "error") != NULL) {
        tally_that(c->tally, status == ANA_ERR_UNSUPPORTED, "\"%s\" should be refused", key);
    } else if (tally_that(c->tally, status == ANA_OK, "%s", ana_last_error())) {
        compare_array(c, key, summary, ana_held_file_get(held), &npy);
    }
    ana_npy_release(&npy);
    ana_held_file_free(held);
}

/* What the arrays give as a recording: every number array is a series, single numbers facts. */
static void compare_recording(const format_case *c, const json_t *arrays)
{
    const char *key = NULL;
    json_t *summary = NULL;
    size_t n_read = 0;
    json_object_foreach((json_t *)(uintptr_t)arrays, key, summary)
    {
        n_read +=
            json_object_get(summary, "int_sum") != NULL || json_object_get(summary, "sumsq") != NULL
                ? 1
                : 0;
    }
    if (n_read == 0) {
        expect_refusal(c);
        return;
    }
    ana_recording *recording = open_case(c);
    if (recording != NULL) {
        tally_that(c->tally, recording->n_series + recording->n_facts >= n_read,
                   "%zu arrays, but %zu series", n_read, recording->n_series);
    }
    ana_recording_free(recording);
}

void compare_safetensors(const format_case *c)
{
    const json_t *tensors = json_object_get(c->truth, "tensors");
    const char *key = NULL;
    json_t *summary = NULL;
    ana_file *file = NULL;
    ana_safetensors found = {0};
    const bool opened =
        ana_file_open(c->path, &file) == ANA_OK && ana_safetensors_open(file, &found) == ANA_OK;
    if (tally_that(c->tally, opened, "%s", ana_last_error())) {
        tally_that(c->tally, found.n == json_object_size(tensors), "%zu tensors", found.n);
        json_object_foreach((json_t *)(uintptr_t)tensors, key, summary)
        {
            const ana_tensor *tensor = NULL;
            if (tally_that(c->tally, ana_safetensors_find(&found, c->path, key, &tensor) == ANA_OK,
                           "%s", ana_last_error())) {
                compare_array(c, key, summary, file, &tensor->array);
            }
        }
        const json_t *metadata = json_object_get(c->truth, "metadata");
        ana_recording *recording = open_case(c);
        json_object_foreach((json_t *)(uintptr_t)metadata, key, summary)
        {
            const char *fact = recording != NULL ? ana_recording_find_fact(recording, key) : NULL;
            tally_that(c->tally, fact != NULL && strcmp(fact, json_string_value(summary)) == 0,
                       "the fact \"%s\"", key);
        }
        ana_recording_free(recording);
    }
    ana_safetensors_release(&found);
    ana_file_close(file);
}

void compare_npy(const format_case *c)
{
    const json_t *array = json_object_get(c->truth, "array");
    const json_t *arrays = json_object_get(c->truth, "vars");
    size_t n = strlen(c->path);
    if (json_object_get(c->truth, "error") != NULL) {
        expect_refusal(c);
    } else if (array != NULL) {
        compare_file(c, c->path, "array", array);
        ana_recording_free(open_case(c));
    } else if (n > 4 && strcmp(c->path + n - 4, ".npz") == 0) {
        ana_npz npz = {0};
        const char *key = NULL;
        json_t *summary = NULL;
        if (tally_that(c->tally, ana_npz_open(c->path, &npz) == ANA_OK, "%s", ana_last_error())) {
            json_object_foreach((json_t *)(uintptr_t)arrays, key, summary)
            {
                compare_member(c, &npz, key, summary);
            }
        }
        ana_npz_close(&npz);
        compare_recording(c, arrays);
    }
}

/* *out = the file's folder + name. */
static void beside(const char *path, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
}

static ana_recording *open_with_rate(const format_case *c, double rate)
{
    ana_recording *recording = NULL;
    ana_read_options options = ana_read_options_default();
    ana_status without = ana_recording_read(c->path, NULL, &recording);
    tally_that(c->tally, without == ANA_ERR_UNSUPPORTED, "read although its rate is not known");
    if (without == ANA_OK) {
        return recording;
    }
    options.rate = rate;
    ana_status status = ana_recording_read(c->path, &options, &recording);
    tally_that(c->tally, status == ANA_OK && ana_recording_check(recording) == ANA_OK, "%s",
               ana_last_error());
    return recording;
}

void compare_suite2p(const format_case *c)
{
    static const char *const names[] = {"F", "Fneu", "spks", "iscell"};
    ana_recording *recording = open_with_rate(c, 30.0);
    for (size_t i = 0; i < 4 && recording != NULL; i++) {
        char name[32];
        char path[4096];
        const json_t *summary = json_object_get(c->truth, names[i]);
        if (summary == NULL) {
            continue;
        }
        snprintf(name, sizeof name, "%s.npy", names[i]);
        beside(c->path, name, path, sizeof path);
        compare_file(c, path, names[i], summary);
        const ana_series *series = ana_recording_find_series(recording, names[i]);
        if (i == 3 || !tally_that(c->tally, series != NULL, "no series \"%s\"", names[i])) {
            continue;
        }
        size_t n = series->n_channels * series->n_times;
        double *values = malloc((n + 1) * sizeof *values);
        assert_non_null(values);
        check_ok(ana_series_read(series, series->n_channels, NULL, 0, series->n_times, values));
        compare_values(c, names[i], summary, n, values, 1.0, 1e-6);
        free(values);
    }
    ana_recording_free(recording);
}

static void compare_units(const format_case *c, const ana_spikes *spikes)
{
    const json_t *units = json_object_get(c->truth, "units");
    const int64_t *ids = ana_table_find(spikes->units, "id")->ints;
    tally_that(c->tally, json_array_size(units) == spikes->n_units, "%zu units, wanted %zu",
               spikes->n_units, json_array_size(units));
    for (size_t u = 0; u < json_array_size(units) && u < spikes->n_units; u++) {
        const json_t *unit = json_array_get(units, u);
        size_t first = spikes->unit_start[u];
        size_t n = spikes->unit_start[u + 1] - first;
        int64_t sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += spikes->ticks[first + i];
        }
        bool same = json_integer_value(json_object_get(unit, "id")) == ids[u] &&
                    (size_t)json_integer_value(json_object_get(unit, "n")) == n &&
                    json_integer_value(json_object_get(unit, "sum")) == sum;
        tally_that(c->tally, same, "unit %lld: %zu spikes, ticks sum to %lld", (long long)ids[u], n,
                   (long long)sum);
    }
}

static void compare_groups(const format_case *c, const ana_spikes *spikes)
{
    const json_t *groups = json_object_get(c->truth, "groups");
    const ana_column *label = ana_table_find(spikes->units, "label");
    const char *name = NULL;
    json_t *wanted = NULL;
    json_object_foreach((json_t *)(uintptr_t)groups, name, wanted)
    {
        size_t n = 0;
        for (size_t u = 0; u < spikes->n_units && label != NULL; u++) {
            n += label->texts[u] != NULL && strcmp(label->texts[u], name) == 0 ? 1 : 0;
        }
        tally_that(c->tally, (size_t)json_integer_value(wanted) == n, "%zu units are \"%s\"", n,
                   name);
    }
}

void compare_phy(const format_case *c)
{
    static const char *const names[] = {"spike_times", "spike_clusters"};
    for (size_t i = 0; i < 2; i++) {
        char name[64];
        char path[4096];
        snprintf(name, sizeof name, "%s.npy", names[i]);
        beside(c->path, name, path, sizeof path);
        compare_file(c, path, names[i], json_object_get(c->truth, names[i]));
    }
    ana_recording *recording = open_with_rate(c, 30000.0);
    if (recording != NULL && tally_that(c->tally, recording->n_spikes == 1, "no spikes")) {
        compare_units(c, recording->spikes[0]);
        compare_groups(c, recording->spikes[0]);
    }
    ana_recording_free(recording);
}
