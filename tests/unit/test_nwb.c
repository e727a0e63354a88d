#include "hdf5_write.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/reader.h>

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 3 electrodes at 250 Hz from 1.5 s on, int16, gains that differ. */
static void add_eeg(ana_recording *recording)
{
    static const int16_t samples[3 * 4] = {1, -2, 3, -4, 50, 60, 70, 80, 900, 800, 700, -600};
    static const char *const names[3] = {"Fz", "Cz", "Pz"};
    ana_series *series = NULL;
    check_ok(ana_series_new("eeg", 3, &series));
    series->rate = 250.0;
    series->type = ANA_INT16;
    check_ok(ana_series_add_segment(series, 4, 1.5));
    check_ok(ana_source_from_memory(ANA_INT16, 3, 4, true, samples, &series->source));
    for (size_t c = 0; c < 3; c++) {
        series->channels[c].name = strdup(names[c]);
        series->channels[c].unit = strdup("uV");
        series->channels[c].kind = ANA_KIND_EEG;
        series->channels[c].gain = 0.1 * (double)(c + 1);
    }
    check_ok(ana_recording_add_series(recording, series));
}

static void add_units(ana_recording *recording)
{
    static const size_t n_in_unit[3] = {3, 0, 2};
    static const double times[5] = {0.25, 0.5, 3.75, 1.125, 2.0};
    static const char *const quality[3] = {"good", "mua", NULL};
    static const size_t rows[4] = {0, 1, 1, 3};
    static const double start[3] = {0.0, 0.0, 2.0};
    static const double stop[3] = {4.0, 1.5, 4.0};
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("units", 3, n_in_unit, &spikes));
    memcpy(spikes->times, times, sizeof times);
    check_ok(ana_spikes_observe_each(spikes, rows, start, stop));
    check_ok(ana_table_add_texts(spikes->units, "quality", quality));
    check_ok(ana_recording_add_spikes(recording, spikes));
}

static void add_trials(ana_recording *recording)
{
    ana_intervals *intervals = NULL;
    ana_column *column = NULL;
    static const size_t rows[3] = {0, 2, 3};
    check_ok(ana_intervals_new("trials", 2, &intervals));
    intervals->start[1] = 2.0;
    intervals->stop[0] = 1.0;
    intervals->stop[1] = NAN;
    check_ok(ana_table_add(intervals->table, "licks", ANA_COLUMN_DOUBLE, rows, &column));
    column->doubles[0] = 0.5;
    column->doubles[1] = 0.75;
    column->doubles[2] = 2.5;
    check_ok(ana_table_add(intervals->table, "correct", ANA_COLUMN_BOOL, NULL, &column));
    column->bools[1] = true;
    check_ok(ana_recording_add_intervals(recording, intervals));
}

static ana_recording *make_recording(void)
{
    ana_recording *recording = NULL;
    check_ok(ana_recording_new(&recording));
    recording->start_time = strdup("2021-03-04T05:06:07+01:00");
    add_eeg(recording);
    add_units(recording);
    add_trials(recording);
    check_ok(ana_recording_add_fact(recording, "lab", "a lab"));
    check_ok(ana_recording_add_fact(recording, "subject/species", "Mus musculus"));
    return recording;
}

static const char *write_recording(const char *name)
{
    ana_recording *recording = make_recording();
    ana_write_options options = ana_write_options_default();
    options.overwrite = true;
    const char *path = scratch(name);
    check_ok(ana_recording_write(recording, path, &options));
    ana_recording_free(recording);
    return path;
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    double values[12];
    check_ok(ana_recording_read(write_recording("a.nwb"), NULL, &recording));
    assert_string_equal(recording->format, "nwb");
    assert_string_equal(recording->start_time, "2021-03-04T05:06:07+01:00");
    assert_string_equal(ana_recording_find_fact(recording, "lab"), "a lab");
    assert_string_equal(ana_recording_find_fact(recording, "subject/species"), "Mus musculus");
    const ana_series *eeg = ana_recording_find_series(recording, "eeg");
    assert_non_null(eeg);
    assert_string_equal(eeg->channels[2].name, "Pz");
    assert_int_equal(eeg->channels[0].kind, ANA_KIND_EEG);
    check_close(eeg->segments[0].start, 1.5, 0.0, 0.0);
    check_ok(ana_series_read_si(eeg, 3, NULL, 0, 4, values));
    check_close(values[1], -2 * 0.1e-6, 0.0, 1e-14); /* Fz, sample 1 */
    check_close(values[11], -600 * 0.3e-6, 0.0, 1e-14);
    const ana_spikes *units = ana_recording_find_spikes(recording, "units");
    assert_int_equal(units->unit_start[2], 3);
    check_close(units->times[4], 2.0, 0.0, 0.0);
    assert_int_equal(units->observed_row[3], 3);
    check_close(units->observed_stop[1], 1.5, 0.0, 0.0);
    assert_false(units->observed_inferred);
    const ana_intervals *trials = ana_recording_find_intervals(recording, "trials");
    assert_true(isnan(trials->stop[1]));
    const ana_column *licks = ana_table_find(trials->table, "licks");
    assert_int_equal(licks->row_start[1], 2);
    check_close(licks->doubles[2], 2.5, 0.0, 0.0);
    assert_true(ana_table_find(trials->table, "correct")->bools[1]);
    assert_int_equal(recording->n_warnings, 0);
    ana_recording_free(recording);
}

static void equal_recordings_give_equal_bytes(void **state)
{
    (void)state;
    size_t n[2];
    unsigned char *first = read_bytes(write_recording("b.nwb"), &n[0]);
    unsigned char *second = read_bytes(write_recording("c.nwb"), &n[1]);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(first, second, n[0]);
    free(first);
    free(second);
}

static void what_we_write_keeps_the_cached_rules(void **state)
{
    (void)state;
    ana_findings *findings = NULL;
    check_ok(ana_file_validate(write_recording("d.nwb"), NULL, &findings));
    if (findings->n > 0) {
        fail_msg("%s: %s", findings->items[0].where, findings->items[0].what);
    }
    ana_findings_free(findings);
}

/* Break one rule of a written file through HDF5 itself, which opens it for changing. */
static void broken_rules_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        const char *attribute; /* NULL: the object itself goes */
        const char *what;
    } cases[] = {
        {"/acquisition/eeg/data", "unit", "\"unit\""},
        {"/acquisition/eeg", "neurodata_type", ""},
        {"/units/spike_times_index", "target", "\"target\""},
        {"/session_description", NULL, "\"session_description\""},
        {"/intervals/trials/start_time", NULL, "start_time"},
        {"/acquisition/eeg/electrodes", NULL, "\"electrodes\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_recording("e.nwb");
        ana_findings *findings = NULL;
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0);
        if (cases[i].attribute != NULL) {
            assert_true(H5Adelete_by_name(file, cases[i].object, cases[i].attribute, H5P_DEFAULT) >=
                        0);
        } else {
            assert_true(H5Ldelete(file, cases[i].object, H5P_DEFAULT) >= 0);
        }
        H5Fclose(file);
        check_ok(ana_file_validate(path, NULL, &findings));
        bool found = cases[i].what[0] == '\0';
        for (size_t k = 0; k < findings->n; k++) {
            found = found || strstr(findings->items[k].what, cases[i].what) != NULL;
        }
        if (!found) {
            fail_msg("nothing was found about %s %s", cases[i].object, cases[i].what);
        }
        ana_findings_free(findings);
    }
}

static void nwb_1_is_refused_by_name(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_hdf5 *file = NULL;
    check_ok(ana_hdf5_create(scratch("old.nwb"), &file));
    check_ok(ana_hdf5_write_text(file, "/nwb_version", "NWB-1.0.6"));
    check_ok(ana_hdf5_finish(file));
    check_fails(ana_recording_read(scratch("old.nwb"), NULL, &recording), ANA_ERR_UNSUPPORTED,
                "NWB 1");
    assert_null(recording);
}

static void any_other_hdf5_file_is_no_nwb_file(void **state)
{
    (void)state;
    ana_recording *recording = NULL;
    ana_hdf5 *file = NULL;
    check_ok(ana_hdf5_create(scratch("plain.h5"), &file));
    check_ok(ana_hdf5_write_text(file, "/text", "nothing of ours"));
    check_ok(ana_hdf5_finish(file));
    assert_int_not_equal(ana_recording_read(scratch("plain.h5"), NULL, &recording), ANA_OK);
    assert_null(recording);
}

static void set_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    assert_true(H5Tset_size(type, strlen(text)) >= 0);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* A dataset of numbers that are never written. */
static hid_t put_unwritten(hid_t group, const char *name, hid_t type, int n_axes, hsize_t rows,
                           hsize_t columns)
{
    const hsize_t n[2] = {rows, columns};
    hid_t space = n_axes == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(n_axes, n, NULL);
    hid_t data = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(data >= 0);
    H5Sclose(space);
    return data;
}

/* Samples never written, at 100 Hz. */
static void put_empty_series(hid_t file, const char *path, hsize_t n_times, hsize_t n_channels)
{
    const double rate = 100.0;
    hid_t group = H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    set_text(group, "neurodata_type", "TimeSeries");
    H5Dclose(put_unwritten(group, "data", H5T_STD_I16LE, 2, n_times, n_channels));
    hid_t start = put_unwritten(group, "starting_time", H5T_IEEE_F64LE, 0, 0, 0);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(start, "rate", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &rate) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(start);
    H5Gclose(group);
}

/* Shapes whose channels, samples or units no byte of the file stands behind. */
static void counts_without_bytes_are_not_believed(void **state)
{
    (void)state;
    char path[] = "/acquisition/s0";
    ana_recording *recording = NULL;
    const char *file = write_recording("claims.nwb");
    hid_t raw = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
    put_empty_series(raw, "/acquisition/none", (hsize_t)1 << 40, 0);
    H5Fclose(raw);
    check_ok(ana_recording_read(file, NULL, &recording));
    assert_null(ana_recording_find_series(recording, "none"));
    assert_non_null(strstr(recording->warnings[0], "no channels"));
    ana_recording_free(recording);
    raw = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
    for (; path[14] < '5'; path[14]++) {
        put_empty_series(raw, path, 2, 60000);
    }
    H5Fclose(raw);
    check_fails(ana_recording_read(file, NULL, &recording), ANA_ERR_FORMAT,
                "/acquisition/s4: has 60000 channels");
    file = write_recording("units.nwb");
    raw = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(raw, "/units", H5P_DEFAULT) >= 0);
    hid_t units = H5Gcreate2(raw, "/units", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    set_text(units, "neurodata_type", "Units");
    set_text(units, "colnames", "id");
    H5Dclose(put_unwritten(units, "id", H5T_STD_I8LE, 1, ((hsize_t)1 << 20) + 1, 0));
    H5Gclose(units);
    H5Fclose(raw);
    check_fails(ana_recording_read(file, NULL, &recording), ANA_ERR_FORMAT, "1048577 units");
}

static void each_failing_allocation_is_reported(void **state)
{
    (void)state;
    ana_recording *made = NULL;
    ana_recording *recording = NULL;
    check_ok(ana_recording_new(&made)); /* small, for each of its allocations reads it anew */
    add_units(made);
    ana_write_options writing = ana_write_options_default();
    writing.overwrite = true;
    writing.format = "nwb";
    ana_read_options reading = ana_read_options_default();
    reading.format = "nwb";
    const char *path = scratch("f.nwb");
    ALLOCATION_TEST(ana_recording_write, (made, path, &writing), (void)0);
    TOLERANT_ALLOCATION_TEST(ana_recording_read, (path, &reading, &recording),
                             ana_recording_free(recording));
    ana_recording_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(equal_recordings_give_equal_bytes),
        cmocka_unit_test(what_we_write_keeps_the_cached_rules),
        cmocka_unit_test(broken_rules_are_found),
        cmocka_unit_test(nwb_1_is_refused_by_name),
        cmocka_unit_test(any_other_hdf5_file_is_no_nwb_file),
        cmocka_unit_test(counts_without_bytes_are_not_believed),
        cmocka_unit_test(each_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
