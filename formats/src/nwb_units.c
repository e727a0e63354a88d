/* Units: ragged spike times with the intervals during which each unit was watched. */
#include "memory.h"
#include "nwb.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More than any recording has: numbers never written cost a file nothing, units cost memory. */
static const size_t max_units = (size_t)1 << 20;

/* A dataset of doubles with the starts of its rows. */
typedef struct ragged_doubles {
    double *values; /* NULL: not there */
    size_t n;
    size_t *starts;
} ragged_doubles;

/* `width` values an entry: 1, or 2 for intervals. A column without an index has an entry a row. */
static ana_status read_ragged(ana_nwb_reader *reader, const char *table, const char *name,
                              size_t n_rows, size_t width, ragged_doubles *out)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ANA_TRY(ana_nwb_join(&path, table, name));
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind == ANA_HDF5_NOTHING) {
        goto done;
    }
    ANA_TRY(ana_hdf5_read_doubles(reader->file, path.bytes, NULL, &out->values, &out->n));
    ANA_TRY(ana_nwb_row_starts(reader, table, name, n_rows, out->n / width, &out->starts));
    if (out->starts == NULL) {
        if (out->n / width != n_rows) {
            status = ana_fail(ANA_ERR_FORMAT, "%s: %s: has %zu rows, but its table has %zu",
                              ana_hdf5_path(reader->file), path.bytes, out->n / width, n_rows);
            goto done;
        }
        ANA_TRY(ana_allocate(n_rows + 1, sizeof *out->starts, name, &out->starts));
        for (size_t r = 0; r <= n_rows; r++) {
            out->starts[r] = r;
        }
    }
done:
    ana_text_release(&path);
    return status;
}

static void release(ragged_doubles *ragged)
{
    free(ragged->values);
    free(ragged->starts);
}

/* Finite times of each unit; what is left out is counted. */
static size_t count_finite(const ragged_doubles *times, size_t n_units, size_t *n_in_unit)
{
    size_t n_bad = 0;
    for (size_t u = 0; u < n_units && times->values != NULL; u++) {
        for (size_t i = times->starts[u]; i < times->starts[u + 1]; i++) {
            bool finite = isfinite(times->values[i]);
            n_in_unit[u] += finite ? 1 : 0;
            n_bad += finite ? 0 : 1;
        }
    }
    return n_bad;
}

/* Copy the finite times; whether they ascend within each unit. */
static bool copy_times(const ragged_doubles *times, ana_spikes *spikes)
{
    bool ascend = true;
    for (size_t u = 0; u < spikes->n_units && times->values != NULL; u++) {
        size_t to = spikes->unit_start[u];
        for (size_t i = times->starts[u]; i < times->starts[u + 1]; i++) {
            if (isfinite(times->values[i])) {
                ascend = ascend &&
                         (to == spikes->unit_start[u] || times->values[i] >= spikes->times[to - 1]);
                spikes->times[to++] = times->values[i];
            }
        }
    }
    return ascend;
}

static ana_status make_spikes(ana_nwb_reader *reader, const ana_nwb_object *object, size_t n_units,
                              const ragged_doubles *times, ana_spikes **out)
{
    ana_status status = ANA_OK;
    size_t *n_in_unit = NULL;
    ana_spikes *spikes = NULL;
    const char *file = ana_hdf5_path(reader->file);
    ANA_TRY(ana_allocate(n_units, sizeof *n_in_unit, object->path, &n_in_unit));
    size_t n_bad = count_finite(times, n_units, n_in_unit);
    if (n_bad > 0) {
        ANA_TRY(ana_recover(reader->recording, reader->options,
                            "%s: %s: %zu spike times are not finite and are left out", file,
                            object->path, n_bad));
    }
    ANA_TRY(ana_spikes_new(ana_nwb_name(object->path), n_units, n_in_unit, &spikes));
    if (!copy_times(times, spikes)) {
        ANA_TRY(ana_recover(reader->recording, reader->options,
                            "%s: %s: spike times do not ascend within a unit; they were sorted",
                            file, object->path));
        ANA_TRY(ana_spikes_sort(spikes));
    }
    *out = spikes;
    spikes = NULL;
done:
    ana_spikes_free(spikes);
    free(n_in_unit);
    return status;
}

static int compare_ids(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Ids must be distinct; where they are not, rows are counted instead and the file's own are kept
 * beside. */
static ana_status make_distinct(ana_nwb_reader *reader, const char *path, ana_table *units)
{
    ana_status status = ANA_OK;
    ana_column *id = &units->columns[0];
    int64_t *sorted = NULL;
    bool distinct = true;
    ANA_TRY(ana_allocate(units->n_rows, sizeof *sorted, path, &sorted));
    memcpy(sorted, id->ints, units->n_rows * sizeof *sorted);
    qsort(sorted, units->n_rows, sizeof *sorted, compare_ids);
    for (size_t i = 1; i < units->n_rows; i++) {
        distinct = distinct && sorted[i] != sorted[i - 1];
    }
    if (distinct) {
        goto done;
    }
    ANA_TRY(ana_recover(reader->recording, reader->options,
                        "%s: %s: two units have the same id; units are numbered by row and the "
                        "ids kept as \"file_id\"",
                        ana_hdf5_path(reader->file), path));
    ANA_TRY(ana_table_add_ints(units, "file_id", id->ints));
    id = &units->columns[0];
    for (size_t i = 0; i < units->n_rows; i++) {
        id->ints[i] = (int64_t)i;
    }
done:
    free(sorted);
    return status;
}

/* Intervals that are reversed, overlap or are not finite would be a wrong denominator of rates. */
static bool is_ordered(const ragged_doubles *observed, size_t n_units)
{
    for (size_t u = 0; u < n_units; u++) {
        double last = -INFINITY;
        for (size_t i = observed->starts[u]; i < observed->starts[u + 1]; i++) {
            double start = observed->values[2 * i];
            double stop = observed->values[2 * i + 1];
            if (!isfinite(start) || !isfinite(stop) || start < last || stop < start) {
                return false;
            }
            last = stop;
        }
    }
    return true;
}

static ana_status observe(ana_nwb_reader *reader, const char *path, const ragged_doubles *observed,
                          ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    double *starts = NULL;
    double *stops = NULL;
    if (observed->values == NULL) {
        spikes->observed_inferred = true; /* filled in when all of the recording is known */
        return ANA_OK;
    }
    if (!is_ordered(observed, spikes->n_units)) {
        spikes->observed_inferred = true;
        return ana_recover(reader->recording, reader->options,
                           "%s: %s/obs_intervals: are reversed or overlap, and are not used",
                           ana_hdf5_path(reader->file), path);
    }
    size_t n = observed->starts[spikes->n_units];
    ANA_TRY(ana_allocate(n, sizeof *starts, path, &starts));
    ANA_TRY(ana_allocate(n, sizeof *stops, path, &stops));
    for (size_t i = 0; i < n; i++) {
        starts[i] = observed->values[2 * i];
        stops[i] = observed->values[2 * i + 1];
    }
    status = ana_spikes_observe_each(spikes, observed->starts, starts, stops);
done:
    free(starts);
    free(stops);
    return status;
}

ana_status ana_nwb_add_units(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    static const char *const apart[] = {"spike_times", "obs_intervals", NULL};
    ana_status status = ANA_OK;
    ana_table *units = NULL;
    ana_spikes *spikes = NULL;
    ragged_doubles times = {0};
    ragged_doubles observed = {0};
    ANA_TRY(ana_nwb_read_table(reader, object->path, apart, &units));
    if (units->n_rows > max_units) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: claims %zu units; at most %zu are believed",
                          ana_hdf5_path(reader->file), object->path, units->n_rows, max_units);
        goto done;
    }
    ANA_TRY(make_distinct(reader, object->path, units));
    ANA_TRY(read_ragged(reader, object->path, "spike_times", units->n_rows, 1, &times));
    ANA_TRY(read_ragged(reader, object->path, "obs_intervals", units->n_rows, 2, &observed));
    ANA_TRY(make_spikes(reader, object, units->n_rows, &times, &spikes));
    ANA_TRY(observe(reader, object->path, &observed, spikes));
    ana_table_free(spikes->units);
    spikes->units = units;
    units = NULL;
    status = ana_recording_add_spikes(reader->recording, spikes);
    spikes = NULL;
done:
    release(&times);
    release(&observed);
    ana_table_free(units);
    ana_spikes_free(spikes);
    return status;
}
