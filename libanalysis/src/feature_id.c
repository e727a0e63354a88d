#include "feature_id.h"

#include "lists.h"
#include "memory.h"
#include "try.h"

#include <stdio.h>
#include <string.h>

void ana_feature_id(const ana_observations *observations, size_t f, char *text, size_t size)
{
    const ana_column *ids = ana_table_find(observations->features, "id");
    if (ids != NULL && ids->type == ANA_COLUMN_TEXT && ids->texts[f] != NULL) {
        snprintf(text, size, "%s", ids->texts[f]);
    } else if (ids != NULL && ids->type == ANA_COLUMN_INT) {
        snprintf(text, size, "%lld", (long long)ids->ints[f]);
    } else {
        snprintf(text, size, "%zu", f);
    }
}

ana_status ana_feature_ids(const ana_observations *observations, char ***out)
{
    ana_status status = ANA_OK;
    char **names = NULL;
    const size_t n = observations->n_features;
    ANA_TRY(ana_allocate(n, sizeof *names, "unit names", (void *)&names));
    for (size_t f = 0; f < n; f++) {
        char id[ANA_FEATURE_ID_SIZE];
        ana_feature_id(observations, f, id, sizeof id);
        ANA_TRY(ana_copy_text(id, &names[f]));
    }
    *out = names;
    names = NULL;
done:
    ana_free_texts(n, names);
    return status;
}

ana_status ana_feature_name(const char *const *ids, ana_observations *observations)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ANA_TRY(ana_table_new(observations->n_features, &table));
    ANA_TRY(ana_table_add_texts(table, "id", ids));
    ana_table_free(observations->features);
    observations->features = table;
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

ana_status ana_feature_match(const char *what, size_t n, char *const *names,
                             const ana_observations *observations, size_t *feature_of)
{
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t f = 0; f < observations->n_features && !found; f++) {
            char id[ANA_FEATURE_ID_SIZE];
            ana_feature_id(observations, f, id, sizeof id);
            found = strcmp(id, names[i]) == 0;
            feature_of[i] = f;
        }
        if (!found) {
            return ana_fail(ANA_ERR_SHAPE,
                            "%s: the data have no unit %s, which the model was fitted with", what,
                            names[i]);
        }
    }
    return ANA_OK;
}
