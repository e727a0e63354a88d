/* What of the inputs of an alignment was compared. */
#include "align_input.h"
#include "responses_input.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

void align_say_match(const command_job *job, const align_inputs *inputs,
                     const ana_match_report *report)
{
    for (size_t s = 0; s < inputs->n_sources; s++) {
        if (report->n_stimuli[s] > report->n_matched) {
            console_say(&job->console, "%s: %zu of its %zu stimuli are shared by all inputs",
                        inputs->sources[s].location, report->n_matched, report->n_stimuli[s]);
        }
    }
    responses_say_left_out(&job->console, report);
}

/* Fewest, most and mean trials behind the stimuli of a source's first item; NaN: not known. */
static void count_trials(const align_inputs *inputs, size_t source, double *fewest, double *most)
{
    *fewest = (double)NAN;
    *most = (double)NAN;
    for (size_t k = 0; k < inputs->n_items; k++) {
        const align_item *item = &inputs->items[k];
        if (item->source != source || item->responses == NULL) {
            continue;
        }
        for (size_t i = 0; i < item->responses->n_stimuli; i++) {
            const double n = (double)item->responses->n_trials[i];
            *fewest = n >= *fewest ? *fewest : n;
            *most = n <= *most ? *most : n;
        }
    }
}

ana_status align_add_matching(const align_inputs *inputs, const ana_match_report *report,
                              ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = inputs->n_sources;
    const char **locations = calloc(n + 1, sizeof *locations);
    double *values = calloc(n + 1, 4 * sizeof *values);
    if (locations == NULL || values == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    for (size_t s = 0; s < n; s++) {
        locations[s] = inputs->sources[s].location;
        values[s] = (double)report->n_stimuli[s];
        values[n + s] = (double)report->n_matched;
        count_trials(inputs, s, &values[2 * n + s], &values[3 * n + s]);
    }
    ANA_TRY(ana_record_add_group(record, "matching", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "What was compared"));
    ANA_TRY(ana_record_add_text(table, "caption",
                                "Stimuli of each input, those that all inputs share, and how many "
                                "trials are behind one of them."));
    ANA_TRY(ana_record_add_texts(table, "input", n, locations));
    ANA_TRY(ana_record_add_doubles(table, "stimuli", ana_shape_1(n, "input"), values, NULL));
    ANA_TRY(ana_record_add_doubles(table, "shared", ana_shape_1(n, "input"), values + n, NULL));
    ANA_TRY(ana_record_add_doubles(table, "fewest_trials", ana_shape_1(n, "input"), values + 2 * n,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(table, "most_trials", ana_shape_1(n, "input"), values + 3 * n,
                                   NULL));
    ANA_TRY(ana_record_add_texts(record, "stimuli_left_out", report->n_unmatched,
                                 (const char *const *)report->unmatched));
done:
    free(locations);
    free(values);
    return status;
}
