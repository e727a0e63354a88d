#include "whole_units.h"

#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

static bool is_whole(const ana_responses *system)
{
    int n_bad = 0; /* without a way out of the loop it is vectorised; memory is the limit */
    for (size_t i = 0; i < system->n_stimuli * system->n_units; i++) {
        n_bad |= !isfinite(system->values[i]);
    }
    return n_bad == 0;
}

ana_status ana_whole_units_find(size_t n, const ana_responses *const *systems, ana_whole_units *out)
{
    ana_status status = ANA_OK;
    *out = (ana_whole_units){.n = n};
    ANA_TRY(ana_allocate(n, sizeof(void *), "systems", (void *)&out->systems));
    ANA_TRY(ana_allocate(n, sizeof(void *), "systems", (void *)&out->cut));
    ANA_TRY(ana_allocate(n, sizeof *out->n_left_out, "systems", (void *)&out->n_left_out));
    for (size_t k = 0; k < n; k++) {
        out->systems[k] = systems[k];
        if (!is_whole(systems[k])) {
            ANA_TRY(ana_responses_complete(systems[k], &out->n_left_out[k], &out->cut[k]));
            out->systems[k] = out->cut[k];
        }
    }
done:
    return status;
}

void ana_whole_units_release(ana_whole_units *units)
{
    for (size_t k = 0; k < units->n && units->cut != NULL; k++) {
        ana_responses_free(units->cut[k]);
    }
    free(units->cut);
    free((void *)units->systems);
    free(units->n_left_out);
}
