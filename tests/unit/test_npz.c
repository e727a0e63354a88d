/* Archives of arrays: plain ones, and recordings in our own layout. */
#include "npz.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One array of an archive to be made. */
typedef struct member {
    const char *name;
    const char *descr;
    size_t n_axes;
    size_t shape[3];
    const void *bytes;
    size_t n_bytes;
    bool deflated;
} member;

static const char *make_archive(const char *name, size_t n, const member *members)
{
    ana_atomic atomic = {0};
    ana_zip_writer *writer = NULL;
    check_ok(ana_atomic_open(scratch(name), &atomic));
    check_ok(ana_zip_writer_new(&atomic, &writer));
    for (size_t i = 0; i < n; i++) {
        const member *m = &members[i];
        ana_text header = {0};
        if (m->descr != NULL) {
            ana_npy_put_header(&header, m->descr, false, m->n_axes, m->shape);
        }
        check_ok(ana_zip_writer_begin(writer, m->name, header.n + m->n_bytes, m->deflated));
        check_ok(ana_zip_writer_add(writer, header.bytes, header.n));
        check_ok(ana_zip_writer_add(writer, m->bytes, m->n_bytes));
        check_ok(ana_zip_writer_end(writer));
        ana_text_release(&header);
    }
    check_ok(ana_zip_writer_finish(writer));
    check_ok(ana_atomic_commit(&atomic));
    ana_zip_writer_free(writer);
    ana_atomic_discard(&atomic);
    return scratch(name);
}

static const double times[] = {0.5, 0.502, 0.504, 0.506};
static const int16_t samples[] = {1, 2, 3, 4, -1, -2, -3, -4};
static const char texts[] = "a\0b\0c"; /* |S2 */
static const float late_times[] = {1.0F, 2.0F, 4.0F};

static const member plain[] = {
    {"data.npy", "<i2", 2, {2, 4}, samples, sizeof samples, true},
    {"t.npy", "<f8", 1, {4}, times, sizeof times, false},
    {"rate.npy", "<f8", 0, {0}, times, 8, false},
    {"names.npy", "|S2", 1, {3}, texts, 6, true},
    {"group.x.npy", "<i2", 1, {3}, samples, 6, false},
    {"group.time.npy", "<f4", 1, {3}, late_times, sizeof late_times, false},
    {"z.npy", "<c8", 1, {1}, samples, 8, false},
    {"readme.txt", NULL, 0, {0}, "hello", 5, false},
};

static void plain_arrays_become_series_facts_and_tables(void **state)
{
    (void)state;
    const char *path = make_archive("plain.npz", 8, plain);
    ana_recording *recording = NULL;
    check_ok(ana_recording_read(path, NULL, &recording));
    check_ok(ana_recording_check(recording));
    assert_string_equal(recording->format, "npz");
    assert_int_equal(recording->n_series, 2); /* t and group.time are times of others */
    const ana_series *data = ana_recording_find_series(recording, "data");
    check_close(data->rate, 500.0, 0.0, 0.0);
    check_close(data->segments[0].start, 0.5, 0.0, 0.0);
    double values[8];
    check_ok(ana_series_read(data, 2, NULL, 0, 4, values));
    for (size_t i = 0; i < 8; i++) {
        check_close(values[i], samples[i], 0.0, 0.0);
    }
    const ana_series *x = ana_recording_find_series(recording, "group.x");
    assert_true(x->rate == 0.0); /* 1, 2, 4 s is no rate */
    check_ok(ana_series_times(x, 0, 3, values));
    check_close(values[2], 4.0, 0.0, 0.0);
    assert_string_equal(ana_recording_find_fact(recording, "rate"), "0.5");
    const ana_table *names = ana_recording_find_table(recording, "names");
    assert_string_equal(ana_table_find(names, "names")->texts[2], "c");
    assert_int_equal(recording->n_warnings, 2); /* complex, readme */
    ana_recording_free(recording);
}

static void one_variable_can_be_asked_for(void **state)
{
    (void)state;
    const char *path = make_archive("variable.npz", 8, plain);
    ana_read_options options = ana_read_options_default();
    ana_recording *recording = NULL;
    options.variable = "group.x";
    options.rate = 10.0;
    check_ok(ana_recording_read(path, &options, &recording));
    assert_int_equal(recording->n_series, 1);
    assert_int_equal(recording->n_warnings, 0);
    check_close(recording->series[0]->rate, 10.0, 0.0, 0.0);
    ana_recording_free(recording);
    options.variable = "missing";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_VALUE, "data, t, rate");
    options.variable = "z";
    check_fails(ana_recording_read(path, &options, &recording), ANA_ERR_UNSUPPORTED, "complex");
}

static void objects_duplicates_and_liars_are_refused(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    const member objects[] = {{"x.npy", "|O", 1, {1}, "pickle..", 8, false}};
    check_fails(ana_recording_read(make_archive("o.npz", 1, objects), NULL, &recording),
                ANA_ERR_UNSUPPORTED, "pickled");
    const member twice[] = {{"x.npy", "<i2", 1, {2}, samples, 4, false},
                            {"x.NPY", "<i2", 1, {2}, samples, 4, false}};
    check_fails(ana_recording_read(make_archive("w.npz", 2, twice), NULL, &recording),
                ANA_ERR_FORMAT, "two arrays are called \"x\"");
    const member lying[] = {{"x.npy", "<i2", 1, {200}, samples, 4, true}};
    check_fails(ana_recording_read(make_archive("l.npz", 1, lying), NULL, &recording),
                ANA_ERR_FORMAT, "200 elements need 400 bytes");
    unsigned char *zeros = calloc(40 << 20, 1);
    assert_non_null(zeros);
    const member bomb[] = {{"x.npy", "|u1", 1, {40 << 20}, zeros, 40 << 20, true}};
    check_fails(ana_recording_read(make_archive("b.npz", 1, bomb), NULL, &recording),
                ANA_ERR_FORMAT, "believed");
    free(zeros);
    ana_read_options options = ana_read_options_default();
    options.run.max_memory = 100;
    check_fails(ana_recording_read(make_archive("m.npz", 8, plain), &options, &recording),
                ANA_ERR_LIMIT, "m.npz");
    ana_findings *findings = NULL;
    check_ok(ana_file_validate(scratch("l.npz"), NULL, &findings));
    assert_int_equal(findings->n, 1);
    assert_true(findings->items[0].error);
    ana_findings_free(findings);
}

/* A recording with one of each. */
static ana_recording *make_recording(void)
{
    ana_recording *recording = NULL;
    check_ok(ana_recording_new(&recording));
    recording->start_time = strdup("2024-02-29T12:00:00Z");
    ana_series *series = NULL;
    check_ok(ana_series_new("eeg", 2, &series));
    for (size_t c = 0; c < 2; c++) {
        series->channels[c].name = strdup(c == 0 ? "Fz" : "C\xc3\xa9");
        series->channels[c].unit = c == 0 ? strdup("uV") : NULL;
        series->channels[c].kind = c == 0 ? ANA_KIND_EEG : ANA_KIND_TRIGGER;
        series->channels[c].gain = 0.1 * (double)(c + 1);
        series->channels[c].offset = -3.0 * (double)c;
    }
    series->rate = 512.0;
    series->type = ANA_INT16;
    check_ok(ana_source_from_memory(ANA_INT16, 2, 4, true, samples, &series->source));
    check_ok(ana_series_add_segment(series, 3, 0.25));
    check_ok(ana_series_add_segment(series, 1, 7.0));
    check_ok(ana_recording_add_series(recording, series));
    ana_series *stamped = NULL;
    check_ok(ana_series_new("pupil", 1, &stamped));
    stamped->channels[0].name = strdup("size");
    stamped->type = ANA_FLOAT64;
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, 4, true, times, &stamped->source));
    const double uneven[] = {0.0, 0.1, 0.5, 0.4};
    check_ok(ana_series_stamp(stamped, 4, uneven));
    check_ok(ana_recording_add_series(recording, stamped));
    ana_spikes *spikes = NULL;
    const size_t counts[] = {2, 0, 1};
    check_ok(ana_spikes_new("units", 3, counts, &spikes));
    spikes->times[0] = 0.25;
    spikes->times[1] = 0.5;
    spikes->times[2] = 0.125;
    spikes->ticks = calloc(3, sizeof *spikes->ticks);
    spikes->ticks[1] = INT64_MAX;
    spikes->tick_rate = 30000.0;
    static const char *const labels[] = {"good", NULL, "mua"};
    check_ok(ana_table_add_texts(spikes->units, "label", labels));
    const double depths[] = {10.5, NAN, 30.0};
    check_ok(ana_table_add_doubles(spikes->units, "depth", NULL, depths));
    const double starts[] = {0.0, 2.0};
    const double stops[] = {1.0, 3.5};
    check_ok(ana_spikes_observe(spikes, 2, starts, stops));
    spikes->observed_inferred = true;
    check_ok(ana_recording_add_spikes(recording, spikes));
    ana_intervals *trials = NULL;
    check_ok(ana_intervals_new("trials", 2, &trials));
    trials->start[1] = 1.5;
    trials->stop[0] = 0.5;
    trials->stop[1] = NAN;
    ana_column *column = NULL;
    check_ok(ana_table_add(trials->table, "hit", ANA_COLUMN_BOOL, NULL, &column));
    column->bools[1] = true;
    check_ok(ana_recording_add_intervals(recording, trials));
    ana_table *table = NULL;
    check_ok(ana_table_new(2, &table));
    const int64_t ids[] = {INT64_MIN, 7};
    check_ok(ana_table_add_ints(table, "id", ids));
    check_ok(ana_recording_add_table(recording, "electrodes", table));
    check_ok(ana_recording_add_fact(recording, "subject", "m1"));
    check_ok(ana_recording_check(recording));
    return recording;
}

static void check_same_series(const ana_series *a, const ana_series *b)
{
    assert_string_equal(a->name, b->name);
    check_close(a->rate, b->rate, 0.0, 0.0);
    assert_int_equal(a->n_times, b->n_times);
    assert_int_equal(a->n_channels, b->n_channels);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->n_segments, b->n_segments);
    for (size_t i = 0; i < a->n_segments; i++) {
        assert_int_equal(a->segments[i].first, b->segments[i].first);
        check_close(a->segments[i].start, b->segments[i].start, 0.0, 0.0);
    }
    for (size_t c = 0; c < a->n_channels; c++) {
        assert_string_equal(a->channels[c].name, b->channels[c].name);
        assert_true((a->channels[c].unit == NULL) == (b->channels[c].unit == NULL));
        assert_int_equal(a->channels[c].kind, b->channels[c].kind);
    }
    double left[8];
    double right[8];
    size_t n = a->n_channels * a->n_times;
    check_ok(ana_series_read(a, a->n_channels, NULL, 0, a->n_times, left));
    check_ok(ana_series_read(b, a->n_channels, NULL, 0, a->n_times, right));
    check_all_close(n, left, right, 0.0, 0.0);
    check_ok(ana_series_times(a, 0, a->n_times, left));
    check_ok(ana_series_times(b, 0, a->n_times, right));
    check_all_close(a->n_times, left, right, 0.0, 0.0);
}

static void a_recording_reads_back_whole(void **state)
{
    (void)state;
    ana_recording *recording = make_recording();
    char *losses = NULL;
    check_ok(ana_recording_losses(recording, "npz", &losses));
    assert_string_equal(losses, "");
    free(losses);
    check_ok(ana_recording_write(recording, scratch("whole.npz"), NULL));
    ana_recording *again = NULL;
    check_ok(ana_recording_read(scratch("whole.npz"), NULL, &again));
    check_ok(ana_recording_check(again));
    assert_int_equal(again->n_warnings, 0);
    assert_string_equal(again->start_time, recording->start_time);
    assert_int_equal(again->n_series, 2);
    check_same_series(again->series[0], recording->series[0]);
    check_same_series(again->series[1], recording->series[1]);
    assert_false(again->series[1]->timestamps_ascend);
    const ana_spikes *a = again->spikes[0];
    const ana_spikes *b = recording->spikes[0];
    assert_int_equal(a->n_units, 3);
    assert_memory_equal(a->unit_start, b->unit_start, 4 * sizeof(size_t));
    assert_memory_equal(a->times, b->times, 3 * sizeof(double));
    assert_memory_equal(a->ticks, b->ticks, 3 * sizeof(int64_t));
    check_close(a->tick_rate, 30000.0, 0.0, 0.0);
    assert_true(a->observed_inferred);
    check_close(ana_spikes_observed_s(a, 2), 2.5, 0.0, 0.0);
    assert_null(ana_table_find(a->units, "label")->texts[1]);
    assert_string_equal(ana_table_find(a->units, "label")->texts[2], "mua");
    assert_true(isnan(ana_table_find(a->units, "depth")->doubles[1]));
    assert_true(isnan(again->intervals[0]->stop[1]));
    assert_true(ana_table_find(again->intervals[0]->table, "hit")->bools[1]);
    assert_true(ana_table_find(ana_recording_find_table(again, "electrodes"), "id")->ints[0] ==
                INT64_MIN);
    assert_string_equal(ana_recording_find_fact(again, "subject"), "m1");
    ana_recording_free(again);
    ana_recording_free(recording);
}

static void what_is_lost_is_told(void **state)
{
    (void)state;
    ana_recording *recording = make_recording();
    const size_t rows[] = {0, 2, 2};
    check_ok(
        ana_table_add(recording->intervals[0]->table, "channels", ANA_COLUMN_TEXT, rows, NULL));
    recording->series[0]->channels[1].bad = true;
    recording->series[0]->channels[0].high_pass_hz = 0.1;
    recording->series[0]->channels[0].reference = strdup("Cz");
    check_fails(ana_recording_write(recording, scratch("lost.npz"), NULL), ANA_ERR_UNSUPPORTED,
                "ragged column \"channels\"");
    assert_non_null(strstr(ana_last_error(), "filters of 1 channel"));
    assert_non_null(strstr(ana_last_error(), "position of 1 channel"));
    assert_non_null(strstr(ana_last_error(), "1 channels are bad"));
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    check_ok(ana_recording_write(recording, scratch("lost.npz"), &options));
    ana_recording_free(recording);
}

static void mutated_archives_do_no_harm(void **state)
{
    (void)state;
    ana_recording *recording = make_recording();
    check_ok(ana_recording_write(recording, scratch("seed.npz"), NULL));
    ana_recording_free(recording);
    make_archive("seed_plain.npz", 8, plain);
    ana_random random = ana_random_stream(21, "test", 0);
    size_t n_refused = 0;
    for (int round = 0; round < 2000; round++) {
        size_t n = 0;
        unsigned char *bytes =
            read_bytes(scratch(round % 2 == 0 ? "seed.npz" : "seed_plain.npz"), &n);
        size_t n_changes = 1 + (size_t)ana_random_below(&random, 3);
        for (size_t i = 0; i < n_changes; i++) {
            bytes[ana_random_below(&random, n)] = (unsigned char)ana_random_u64(&random);
        }
        const char *path = scratch_file("mutant.npz", bytes, n);
        ana_recording *read = NULL;
        ana_status status = ana_recording_read(path, NULL, &read);
        n_refused += status != ANA_OK ? 1 : 0;
        if (status == ANA_OK) {
            check_ok(ana_recording_check(read));
            ana_recording_free(read);
        }
        free(bytes);
    }
    assert_true(n_refused > 500);
}

static ana_status write_and_read(void *user)
{
    ana_write_options options = ana_write_options_default();
    options.overwrite = true;
    const char *path = scratch("failing.npz");
    ana_status status = ana_recording_write(user, path, &options);
    ana_recording *again = NULL;
    if (status == ANA_OK) {
        status = ana_recording_read(path, NULL, &again);
    }
    if (status == ANA_OK) {
        ana_recording_free(again);
    }
    return status;
}

static ana_status read_plain(void *user)
{
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(user, NULL, &recording);
    if (status == ANA_OK) {
        ana_recording_free(recording);
    }
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_recording *recording = make_recording();
    assert_true(check_each_allocation(write_and_read, recording, 1) > 100);
    ana_recording_free(recording);
    char *path = strdup(make_archive("failing_plain.npz", 8, plain));
    assert_true(check_each_allocation(read_plain, path, 1) > 50);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_arrays_become_series_facts_and_tables),
        cmocka_unit_test(one_variable_can_be_asked_for),
        cmocka_unit_test(objects_duplicates_and_liars_are_refused),
        cmocka_unit_test(a_recording_reads_back_whole),
        cmocka_unit_test(what_is_lost_is_told),
        cmocka_unit_test(mutated_archives_do_no_harm),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
