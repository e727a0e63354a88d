#include "picture.h"
#include "spike_summary_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spike_stats.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

ana_status ana_summary_add_tiling(const ana_ranked_units *units,
                                  const ana_spikes_summary_options *options, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spikes *chosen = NULL;
    ana_matrix *matrix = NULL;
    ana_record *map = NULL;
    const ana_picture_words words = {
        .title = "Spike time tiling coefficient",
        .caption = "How often two units fire together, beyond their rates; busiest units first.",
        .value_title = "tiling coefficient"};
    const size_t n_units = units->spikes->n_units;
    const size_t n = n_units < options->n_matrix ? n_units : options->n_matrix;
    if (n < 2) {
        return ANA_OK;
    }
    const char **labels = ana_workspace_bytes(&workspace, n, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    for (size_t i = 0; i < n; i++) {
        labels[i] = units->names[units->busiest[i]];
    }
    ANA_TRY(ana_spikes_take(units->spikes, n, units->busiest, &chosen));
    ANA_TRY(ana_sttc_matrix(chosen, options->tiling_s, &options->run, &matrix));
    for (size_t i = 0; i < n; i++) {
        matrix->values[i * n + i] = NAN; /* 1 by definition, and it would drown the others */
    }
    ANA_TRY(ana_record_add_picture(record, "tiling", ANA_HINT_HEAT_MAP, &words, &map));
    ANA_TRY(ana_record_add_doubles(map, "values", ana_shape_2(n, "unit", n, "unit"), matrix->values,
                                   NULL));
    ANA_TRY(ana_record_add_texts(map, "row_labels", n, labels));
    ANA_TRY(ana_record_add_texts(map, "column_labels", n, labels));
done:
    ana_matrix_free(matrix);
    ana_spikes_free(chosen);
    ana_workspace_release(&workspace);
    return status;
}

/* One pair; units that were never observed together have no correlogram. */
static ana_status add_pair(const ana_ranked_units *units, size_t a, size_t b,
                           const ana_correlogram_options *options, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_correlogram *correlogram = NULL;
    ana_record *record = NULL;
    char title[200];
    char name[200];
    snprintf(title, sizeof title, "Unit %s, then unit %s", units->names[a], units->names[b]);
    snprintf(name, sizeof name, "%s then %s", units->names[a], units->names[b]);
    if (strchr(name, '/') != NULL) { /* not allowed in a record's names */
        snprintf(name, sizeof name, "row %zu then row %zu", a, b);
    }
    ANA_TRY(ana_correlogram_compute(units->spikes, a, b, NULL, options, &correlogram));
    ANA_TRY(ana_correlogram_to_record(correlogram, title, &record));
    status = ana_record_adopt(group, name, record);
done:
    ana_correlogram_free(correlogram);
    return status;
}

static bool observed_together(const ana_spikes *spikes, size_t a, size_t b)
{
    for (size_t i = spikes->observed_row[a]; i < spikes->observed_row[a + 1]; i++) {
        for (size_t j = spikes->observed_row[b]; j < spikes->observed_row[b + 1]; j++) {
            if (spikes->observed_start[i] < spikes->observed_stop[j] &&
                spikes->observed_start[j] < spikes->observed_stop[i] &&
                spikes->observed_start[i] < spikes->observed_stop[i] &&
                spikes->observed_start[j] < spikes->observed_stop[j]) {
                return true;
            }
        }
    }
    return false;
}

ana_status ana_summary_add_correlograms(const ana_ranked_units *units,
                                        const ana_spikes_summary_options *options,
                                        ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ana_correlogram_options plain = options->correlogram;
    plain.run = options->run;
    if (options->n_pairs == 0 || units->spikes->n_units < 2) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_group(record, "correlograms", ANA_HINT_NONE, &group));
    size_t n = 0;
    /* Pairs (0, 1), (0, 2), (1, 2), (0, 3), ...: by the rank of the less busy unit. */
    for (size_t j = 1; j < units->spikes->n_units && n < options->n_pairs; j++) {
        for (size_t i = 0; i < j && n < options->n_pairs; i++) {
            size_t a = units->busiest[i];
            size_t b = units->busiest[j];
            bool together = observed_together(units->spikes, a, b);
            status = together ? add_pair(units, a, b, &plain, group) : ANA_OK;
            n += together;
            if (status != ANA_OK) {
                goto done;
            }
        }
    }
done:
    return status;
}
