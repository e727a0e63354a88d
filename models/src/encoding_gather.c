/* Features and units that were measured, out of responses. */
#include "columns.h"
#include "encoding_parts.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* Columns `first`, ... of to (row length `width`) = all units. */
static void take_units(const ana_responses *responses, size_t first, size_t width, double *to)
{
    const size_t n = responses->n_units;
    for (size_t s = 0; s < responses->n_stimuli; s++) {
        memcpy(to + s * width + first, responses->values + s * n, n * sizeof *to);
    }
}

static void take_means_away(size_t n, size_t p, double *x, double *room)
{
    columns_mean(n, p, x, room + p, room);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++) {
            x[i * p + j] -= room[j];
        }
    }
}

static ana_status gather_features(size_t n_spaces, ana_responses *const *spaces,
                                  ana_workspace *workspace, encoding_inputs *out)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    ana_responses **complete = ana_workspace_bytes(&own, n_spaces, 1, sizeof(ana_responses *));
    out->space_start = ana_workspace_sizes(workspace, n_spaces + 1, 1);
    ANA_TRY(ana_workspace_check(&own, "encoding"));
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    for (size_t g = 0; g < n_spaces; g++) {
        ANA_TRY(ana_responses_complete(spaces[g], NULL, &complete[g]));
        out->space_start[g + 1] = out->space_start[g] + complete[g]->n_units;
    }
    out->p = out->space_start[n_spaces];
    out->x = ana_workspace_doubles(workspace, out->n, out->p);
    double *room = ana_workspace_doubles(&own, 2, out->p);
    ANA_TRY(ana_workspace_check(&own, "encoding"));
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    for (size_t g = 0; g < n_spaces; g++) {
        take_units(complete[g], out->space_start[g], out->p, out->x);
    }
    take_means_away(out->n, out->p, out->x, room);
done:
    for (size_t g = 0; g < n_spaces && complete != NULL; g++) {
        ana_responses_free(complete[g]);
    }
    ana_workspace_release(&own);
    return status;
}

static bool is_measured(const ana_responses *of, size_t unit)
{
    bool found = false;
    for (size_t s = 0; s < of->n_stimuli && !found; s++) {
        found = !isnan(of->values[s * of->n_units + unit]);
    }
    return found;
}

ana_status encoding_gather(size_t n_spaces, ana_responses *const *spaces,
                           const ana_responses *target, ana_workspace *workspace,
                           encoding_inputs *out)
{
    ana_status status = ANA_OK;
    ana_responses *complete = NULL;
    out->n = target->n_stimuli;
    ANA_TRY(gather_features(n_spaces, spaces, workspace, out));
    ANA_TRY(ana_responses_complete(target, NULL, &complete));
    out->q = complete->n_units;
    out->y = ana_workspace_doubles(workspace, out->n, out->q);
    out->unit = ana_workspace_sizes(workspace, out->q, 1);
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    take_units(complete, 0, out->q, out->y);
    size_t n = 0;
    for (size_t u = 0; u < target->n_units; u++) {
        if (is_measured(target, u)) {
            out->unit[n++] = u;
        }
    }
done:
    ana_responses_free(complete);
    return status;
}
