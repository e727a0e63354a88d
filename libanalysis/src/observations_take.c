/* Some features of observations, all their rows. */
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/observations.h>

#include <stdlib.h>
#include <string.h>

static ana_status copy_sequences(const ana_observations *from, ana_observations *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = from->n_sequences;
    size_t *lengths = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "observations"));
    for (size_t s = 0; s < n; s++) {
        lengths[s] = from->sequence_start[s + 1] - from->sequence_start[s];
    }
    ANA_TRY(
        ana_observations_set_sequences(to, n, lengths, (const char *const *)from->sequence_name));
    memcpy(to->sequence_origin, from->sequence_origin, n * sizeof *to->sequence_origin);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status copy_labels(const ana_observations *from, ana_observations *to)
{
    ana_status status = ANA_OK;
    if (from->labels == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_allocate(from->n_times, sizeof *to->labels, "observations", &to->labels));
    memcpy(to->labels, from->labels, from->n_times * sizeof *to->labels);
    if (from->n_labels > 0) {
        ANA_TRY(ana_copy_texts(from->n_labels, (const char *const *)from->label_names,
                               &to->label_names));
    }
    to->n_labels = from->n_labels;
done:
    return status;
}

ana_status ana_observations_take(const ana_observations *observations, size_t n,
                                 const size_t *features, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *taken = NULL;
    for (size_t f = 0; f < n; f++) {
        if (features[f] >= observations->n_features) {
            return ana_fail(ANA_ERR_VALUE, "observations: there is no feature %zu; there are %zu",
                            features[f], observations->n_features);
        }
    }
    ANA_TRY(ana_observations_new(observations->n_times, n, &taken));
    for (size_t t = 0; t < observations->n_times; t++) {
        const double *row = observations->values + t * observations->n_features;
        for (size_t f = 0; f < n; f++) {
            taken->values[t * n + f] = row[features[f]];
        }
    }
    taken->bin_s = observations->bin_s;
    ANA_TRY(ana_copy_text(observations->unit, &taken->unit));
    ana_table_free(taken->features);
    taken->features = NULL;
    ANA_TRY(ana_table_take(observations->features, n, features, &taken->features));
    ANA_TRY(copy_sequences(observations, taken));
    ANA_TRY(copy_labels(observations, taken));
    *out = taken;
    taken = NULL;
done:
    ana_observations_free(taken);
    return status;
}

ana_status ana_observations_take_ids(const ana_observations *observations, const char *what,
                                     size_t n, char *const *ids, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *features = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, what));
    ANA_TRY(ana_feature_match(what, n, ids, observations, features));
    ANA_TRY(ana_observations_take(observations, n, features, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
