#include "unit_names.h"

#include "lists.h"
#include "memory.h"
#include "try.h"

#include <stdio.h>

ana_status ana_unit_names(const ana_observations *observations, char ***out)
{
    ana_status status = ANA_OK;
    const size_t n = observations->n_features;
    const ana_column *ids = ana_table_find(observations->features, "id");
    char **names = NULL;
    ANA_TRY(ana_allocate(n, sizeof *names, "unit names", &names));
    for (size_t f = 0; f < n; f++) {
        char number[32];
        const char *name = number;
        snprintf(number, sizeof number, "%zu", f);
        if (ids != NULL && ids->type == ANA_COLUMN_TEXT && ids->texts[f] != NULL) {
            name = ids->texts[f];
        } else if (ids != NULL && ids->type == ANA_COLUMN_INT) {
            snprintf(number, sizeof number, "%lld", (long long)ids->ints[f]);
        }
        ANA_TRY(ana_copy_text(name, &names[f]));
    }
    *out = names;
    names = NULL;
done:
    ana_free_texts(n, names);
    return status;
}
