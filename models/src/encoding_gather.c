/* Features and units that were measured, out of responses. */
#include "columns.h"
#include "encoding_parts.h"
#include "text.h"
#include "try.h"

#include <math.h>

/* Units of the responses with a finite value; another value that is not finite is refused. */
static ana_status list_measured(const ana_responses *responses, size_t *list, size_t *n)
{
    *n = 0;
    for (size_t u = 0; u < responses->n_units; u++) {
        size_t missing = SIZE_MAX;
        bool measured = false;
        for (size_t s = 0; s < responses->n_stimuli; s++) {
            const double value = responses->values[s * responses->n_units + u];
            if (isinf(value)) {
                return ana_fail(ANA_ERR_VALUE,
                                "encoding: %s, stimulus %s, unit %s: %s; only "
                                "finite values are taken",
                                responses->name, responses->stimuli[s], responses->units[u],
                                ana_number(value).text);
            }
            measured = measured || !isnan(value);
            missing = isnan(value) && missing == SIZE_MAX ? s : missing;
        }
        if (measured && missing != SIZE_MAX) {
            return ana_fail(ANA_ERR_VALUE,
                            "encoding: %s, unit %s was measured, but not for stimulus %s; leave "
                            "the one or the other out",
                            responses->name, responses->units[u], responses->stimuli[missing]);
        }
        if (measured) {
            list[(*n)++] = u;
        }
    }
    return *n > 0 ? ANA_OK
                  : ana_fail(ANA_ERR_VALUE, "encoding: no unit of %s was ever measured",
                             responses->name);
}

/* Columns `first`, ... of to (row length `width`) = those units. */
static void take_units(const ana_responses *responses, size_t n, const size_t *units, size_t first,
                       size_t width, double *to)
{
    for (size_t s = 0; s < responses->n_stimuli; s++) {
        for (size_t k = 0; k < n; k++) {
            to[s * width + first + k] = responses->values[s * responses->n_units + units[k]];
        }
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

ana_status encoding_gather(size_t n_spaces, ana_responses *const *spaces,
                           const ana_responses *target, ana_workspace *workspace,
                           encoding_inputs *out)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    size_t most = target->n_units;
    size_t **units = ana_workspace_bytes(&own, n_spaces, 1, sizeof(size_t *));
    out->space_start = ana_workspace_sizes(workspace, n_spaces + 1, 1);
    ANA_TRY(ana_workspace_check(&own, "encoding"));
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    for (size_t g = 0; g < n_spaces; g++) {
        size_t n = 0;
        units[g] = ana_workspace_sizes(&own, spaces[g]->n_units, 1);
        ANA_TRY(ana_workspace_check(&own, "encoding"));
        ANA_TRY(list_measured(spaces[g], units[g], &n));
        out->space_start[g + 1] = out->space_start[g] + n;
    }
    out->n = target->n_stimuli;
    out->p = out->space_start[n_spaces];
    out->unit = ana_workspace_sizes(workspace, most, 1);
    out->x = ana_workspace_doubles(workspace, out->n, out->p);
    double *room = ana_workspace_doubles(&own, 2, out->p);
    ANA_TRY(ana_workspace_check(&own, "encoding"));
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    ANA_TRY(list_measured(target, out->unit, &out->q));
    out->y = ana_workspace_doubles(workspace, out->n, out->q);
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    for (size_t g = 0; g < n_spaces; g++) {
        const size_t first = out->space_start[g];
        take_units(spaces[g], out->space_start[g + 1] - first, units[g], first, out->p, out->x);
    }
    take_units(target, out->q, out->unit, 0, out->q, out->y);
    take_means_away(out->n, out->p, out->x, room);
done:
    ana_workspace_release(&own);
    return status;
}
