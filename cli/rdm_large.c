#include "rdm_large.h"

#include "cka_sources.h"
#include "rows.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/models/rdm_stream.h>

/* An array of two axes that is read in parts; *bytes: of its values as doubles. */
static bool is_table(const char *location, double *bytes)
{
    ana_array_rows *rows = NULL;
    const bool opened = ana_array_rows_open(location, &rows) == ANA_OK;
    const bool fits = opened && ana_array_rows_n_axes(rows) == 2;
    if (fits) {
        *bytes = (double)sizeof(double) * (double)ana_array_rows_length(rows, 0) *
                 (double)ana_array_rows_length(rows, 1);
    }
    ana_array_rows_close(rows);
    return fits;
}

bool rdm_is_large(const command_job *job, const char *location, const ana_rdm_options *options)
{
    char *inputs[] = {(char *)(uintptr_t)location};
    const double limit = (double)ana_run_memory_limit(&job->run);
    double bytes = 0.0;
    if (job->input.rows.mask != NULL || job->input.rows.rebin > 1 || !is_array_input(location) ||
        !cka_inputs_are_large(job, 1, inputs, NULL) || !is_table(location, &bytes)) {
        return false;
    }
    return bytes > limit ||
           (ana_rdm_method_streams(options->method) && options->pooling == ANA_RDM_FOLDS);
}

static ana_status read_block(void *user, const ana_rdm_block *block, double *values)
{
    const ana_array_part part = {.first = block->first_row,
                                 .n = block->n_rows,
                                 .first_column = block->first_channel,
                                 .n_columns = block->n_channels};
    return ana_array_rows_read_part(user, &part, values);
}

/* Rows without values: their labels and sessions. */
static ana_status label_rows(command_job *job, const char *location, size_t n,
                             const char *conditions, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    if (n == 0) {
        ana_fail(ANA_ERR_VALUE, "%s: holds no rows", location);
        return ANA_ERR_VALUE;
    }
    ANA_TRY(ana_observations_new(n, 0, &rows));
    ANA_TRY(rows_refine(&job->input.rows, &job->run, rows));
    ANA_TRY(trials_label(job, conditions, rows));
    *out = rows;
    rows = NULL;
done:
    ana_observations_free(rows);
    return status;
}

ana_status rdm_of_large(command_job *job, const char *location, const char *conditions,
                        const ana_rdm_options *options, const char *name, bool *is_numbered,
                        ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_array_rows *array = NULL;
    ana_observations *rows = NULL;
    ANA_TRY(ana_array_rows_open(location, &array));
    ANA_TRY(label_rows(job, location, ana_array_rows_length(array, 0), conditions, &rows));
    *is_numbered = conditions == NULL && job->input.rows.labels == NULL;
    rows->n_features = ana_array_rows_length(array, 1);
    console_say(&job->console, "%s: larger than memory holds: it is read by blocks of channels",
                location);
    const ana_rdm_source source = {.rows = rows, .read = read_block, .user = array};
    ANA_TRY(ana_rdm_of_source(&source, options, name, out));
done:
    ana_observations_free(rows);
    ana_array_rows_close(array);
    return status;
}
