/* Units, TimeIntervals and other tables, written. */
#include "memory.h"
#include "nwb.h"
#include "nwb_write.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* [start, stop) side by side, as obs_intervals has them. */
static ana_status put_observed(ana_nwb_table_out *out, const ana_spikes *spikes)
{
    size_t n = spikes->observed_row[spikes->n_units];
    double *pairs = NULL;
    ana_status status = ana_allocate(n, 2 * sizeof *pairs, "obs_intervals", &pairs);
    for (size_t i = 0; status == ANA_OK && i < n; i++) {
        pairs[2 * i] = spikes->observed_start[i];
        pairs[2 * i + 1] = spikes->observed_stop[i];
    }
    if (status == ANA_OK) {
        status = ana_nwb_put_doubles(out, "obs_intervals", "the observation intervals of each unit",
                                     spikes->observed_row, n, 2, pairs);
    }
    free(pairs);
    return status;
}

/* Rows of the electrodes table, which must be there for each of them. */
static bool names_electrodes(const ana_nwb_writer *writer, const ana_column *column)
{
    bool fits = writer->electrodes != NULL && column != NULL && column->type == ANA_COLUMN_INT &&
                column->missing == NULL && column->row_start != NULL;
    for (size_t i = 0; fits && i < column->n_elements; i++) {
        fits = column->ints[i] >= 0 && (uint64_t)column->ints[i] < writer->electrodes->n_rows;
    }
    return fits;
}

/* "electrodes" is a region of the electrodes table. */
static ana_status put_electrodes(ana_nwb_table_out *out, const ana_column *column)
{
    ana_status status = ana_nwb_put_typed(out, column, "DynamicTableRegion");
    return status == ANA_OK ? ana_hdf5_set_reference(out->writer->file, out->text.bytes, "table",
                                                     "/general/extracellular_ephys/electrodes")
                            : status;
}

static ana_status write_units(ana_nwb_writer *writer, const ana_spikes *spikes, const char *path)
{
    static const char *const apart[] = {"electrodes", NULL};
    ana_status status = ANA_OK;
    ana_nwb_table_out out;
    const ana_column *electrodes = ana_table_find(spikes->units, "electrodes");
    bool is_region = names_electrodes(writer, electrodes);
    ANA_TRY(ana_nwb_begin_table(writer, path, "Units", "units and their spike times",
                                spikes->n_units, spikes->units, &out));
    ANA_TRY(ana_nwb_put_doubles(&out, "spike_times", "the spike times of each unit, in seconds",
                                spikes->unit_start, spikes->n_spikes, 1, spikes->times));
    if (!spikes->observed_inferred) {
        ANA_TRY(put_observed(&out, spikes));
    }
    ANA_TRY(ana_nwb_put_columns(&out, spikes->units, is_region ? apart : NULL));
    if (is_region) {
        ANA_TRY(put_electrodes(&out, electrodes));
    }
done:
    return ana_nwb_end_table(&out, status);
}

ana_status ana_nwb_write_all_units(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    for (size_t i = 0; i < writer->recording->n_spikes; i++) {
        const ana_spikes *spikes = writer->recording->spikes[i];
        if (i == 0) {
            ANA_TRY(write_units(writer, spikes, "/units"));
            continue;
        }
        ANA_TRY(ana_nwb_ensure_group(writer, "/processing/ecephys", "ProcessingModule",
                                     "extracellular electrophysiology"));
        ANA_TRY(ana_nwb_join_name(&path, "/processing/ecephys", spikes->name));
        ANA_TRY(write_units(writer, spikes, path.bytes));
    }
done:
    ana_text_release(&path);
    return status;
}

static ana_status write_intervals(ana_nwb_writer *writer, const ana_intervals *intervals,
                                  const char *path)
{
    ana_status status = ANA_OK;
    ana_nwb_table_out out;
    ANA_TRY(ana_nwb_begin_table(writer, path, "TimeIntervals", intervals->name, intervals->n,
                                intervals->table, &out));
    ANA_TRY(ana_nwb_put_doubles(&out, "start_time", "start of the interval, in seconds", NULL,
                                intervals->n, 1, intervals->start));
    ANA_TRY(ana_nwb_put_doubles(&out, "stop_time", "end of the interval, in seconds", NULL,
                                intervals->n, 1, intervals->stop));
    status = ana_nwb_put_columns(&out, intervals->table, NULL);
done:
    return ana_nwb_end_table(&out, status);
}

ana_status ana_nwb_write_all_intervals(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    if (writer->recording->n_intervals > 0) {
        ANA_TRY(ana_hdf5_make_group(writer->file, "/intervals"));
    }
    for (size_t i = 0; i < writer->recording->n_intervals; i++) {
        const ana_intervals *intervals = writer->recording->intervals[i];
        ANA_TRY(ana_nwb_join_name(&path, "/intervals", intervals->name));
        ANA_TRY(write_intervals(writer, intervals, path.bytes));
    }
done:
    ana_text_release(&path);
    return status;
}

/* Tables that stand elsewhere: the electrodes, and regions of interest that a series names. */
static bool is_placed(const ana_nwb_writer *writer, const ana_table *table)
{
    bool placed = table == writer->electrodes;
    for (size_t i = 0; i < writer->recording->n_series; i++) {
        placed = placed || ana_nwb_rois_of(writer, writer->recording->series[i]) == table;
    }
    return placed;
}

ana_status ana_nwb_write_all_tables(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    for (size_t i = 0; i < writer->recording->n_tables; i++) {
        const ana_named_table *table = &writer->recording->tables[i];
        ana_nwb_table_out out;
        if (is_placed(writer, table->table)) {
            continue;
        }
        ANA_TRY(ana_nwb_ensure_group(writer, "/processing/tables", "ProcessingModule",
                                     "tables of the recording"));
        ANA_TRY(ana_nwb_join_name(&path, "/processing/tables", table->name));
        status = ana_nwb_begin_table(writer, path.bytes, "DynamicTable", table->name,
                                     table->table->n_rows, table->table, &out);
        if (status == ANA_OK) {
            status = ana_nwb_put_columns(&out, table->table, NULL);
        }
        ANA_TRY(ana_nwb_end_table(&out, status));
    }
done:
    ana_text_release(&path);
    return status;
}
