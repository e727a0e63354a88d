#include "encode_between.h"

#include "trials_input.h"
#include "try.h"

#include <analysis/models/encoding_scores.h>
#include <analysis/stats.h>

#include <stdlib.h>

/* Medians as a table, and every unit's value. */
static ana_status add(size_t n, char **inputs, size_t n_units, const double *r,
                      const double *medians, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ana_record *table = NULL;
    ANA_TRY(ana_record_add_group(record, "two_sided", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "title", "Without the noise of either side"));
    ANA_TRY(ana_record_add_group(group, "medians", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Correlation of prediction and response"));
    ANA_TRY(ana_record_add_text(table, "caption",
                                "Median over units of the correlation that is left when the noise "
                                "of features and responses is taken away, by halves of the trials "
                                "of both."));
    ANA_TRY(ana_record_add_texts(table, "features", n, (const char *const *)inputs));
    ANA_TRY(ana_record_add_doubles(table, "correlation", ana_shape_1(n, "input"), medians, NULL));
    ANA_TRY(ana_record_add_doubles(group, "correlation", ana_shape_2(n, "input", n_units, "unit"),
                                   r, NULL));
done:
    return status;
}

ana_status encode_add_between(command_job *job, const encode_input_options *input,
                              const ana_observations *responses,
                              const ana_encoding_options *encoding,
                              const ana_ceiling_options *halves, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = job->arguments.n_inputs;
    const size_t q = responses->n_features;
    ana_observations *trials = NULL;
    double *r = calloc(n * q + 1, sizeof *r);
    double *medians = calloc(n + 1, sizeof *medians);
    if (r == NULL || medians == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu units", n * q);
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(
            trials_of_stimuli(job, job->arguments.inputs[k], input->features.conditions, &trials));
        status = ana_encoding_between(trials, responses, encoding, halves, r + k * q, NULL);
        if (status != ANA_OK) {
            (void)ana_fail_in(status, "%s, two-sided: ", job->arguments.inputs[k]);
            goto done;
        }
        ANA_TRY(ana_stats_median(q, r + k * q, &medians[k]));
        ana_observations_free(trials);
        trials = NULL;
    }
    ANA_TRY(add(n, job->arguments.inputs, q, r, medians, record));
done:
    ana_observations_free(trials);
    free(r);
    free(medians);
    return status;
}
