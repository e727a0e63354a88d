#include "try.h"
#include "workspace.h"

#include <analysis/spikes.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_status check_counts(const ana_spikes *spikes)
{
    const size_t *start = spikes->unit_start;
    if (start[0] != 0 || start[spikes->n_units] != spikes->n_spikes) {
        return ana_fail(ANA_ERR_VALUE,
                        "spikes \"%s\": unit_start goes from %zu to %zu, not from 0 to %zu",
                        spikes->name, start[0], start[spikes->n_units], spikes->n_spikes);
    }
    for (size_t u = 0; u < spikes->n_units; u++) {
        if (start[u + 1] < start[u]) {
            return ana_fail(ANA_ERR_VALUE, "spikes \"%s\": unit_start falls at unit %zu",
                            spikes->name, u);
        }
    }
    if ((spikes->ticks != NULL) != (spikes->tick_rate > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "spikes \"%s\": ticks and tick_rate go together",
                        spikes->name);
    }
    return ANA_OK;
}

static ana_status check_times(const ana_spikes *spikes, size_t unit)
{
    for (size_t i = spikes->unit_start[unit]; i < spikes->unit_start[unit + 1]; i++) {
        if (!isfinite(spikes->times[i])) {
            return ana_fail(ANA_ERR_VALUE, "spikes \"%s\": unit %zu: spike %zu has no finite time",
                            spikes->name, unit, i - spikes->unit_start[unit]);
        }
        if (i > spikes->unit_start[unit] && spikes->times[i] < spikes->times[i - 1]) {
            return ana_fail(ANA_ERR_VALUE, "spikes \"%s\": unit %zu: spike %zu is out of order",
                            spikes->name, unit, i - spikes->unit_start[unit]);
        }
    }
    return ANA_OK;
}

/* Unit's observed intervals ascend and do not overlap. */
static ana_status check_observed(const ana_spikes *spikes, size_t unit)
{
    const size_t first = spikes->observed_row[unit];
    const size_t stop = spikes->observed_row[unit + 1];
    if (stop < first || (unit == 0 && first != 0)) {
        return ana_fail(ANA_ERR_VALUE, "spikes \"%s\": observed_row breaks its rule at unit %zu",
                        spikes->name, unit);
    }
    for (size_t i = first; i < stop; i++) {
        bool ordered = spikes->observed_start[i] <= spikes->observed_stop[i]; /* false for NaN */
        if (!ordered || (i > first && spikes->observed_start[i] < spikes->observed_stop[i - 1])) {
            return ana_fail(ANA_ERR_VALUE,
                            "spikes \"%s\": unit %zu: observed interval %zu is reversed or "
                            "overlaps the one before it",
                            spikes->name, unit, i - first);
        }
    }
    return ANA_OK;
}

static int compare_ids(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static ana_status check_distinct(const ana_spikes *spikes, const ana_column *id)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    int64_t *sorted = ana_workspace_bytes(&workspace, spikes->n_units, 1, sizeof *sorted);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    for (size_t u = 0; u < spikes->n_units; u++) {
        sorted[u] = id->ints[u];
    }
    qsort(sorted, spikes->n_units, sizeof *sorted, compare_ids);
    for (size_t u = 1; u < spikes->n_units; u++) {
        if (sorted[u] == sorted[u - 1]) {
            status = ana_fail(ANA_ERR_VALUE, "spikes \"%s\": two units have the id %" PRId64,
                              spikes->name, sorted[u]);
            goto done;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_units(const ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    if (spikes->units == NULL || spikes->units->n_rows != spikes->n_units) {
        return ana_fail(ANA_ERR_VALUE, "spikes \"%s\": its units table does not have %zu rows",
                        spikes->name, spikes->n_units);
    }
    ANA_TRY(ana_table_check(spikes->units));
    const ana_column *id = ana_table_find(spikes->units, "id");
    if (id == NULL || id->row_start != NULL ||
        (id->type != ANA_COLUMN_INT && id->type != ANA_COLUMN_TEXT)) {
        return ana_fail(ANA_ERR_VALUE,
                        "spikes \"%s\": its units have no column \"id\" of integers or texts",
                        spikes->name);
    }
    if (id->type == ANA_COLUMN_INT) {
        ANA_TRY(check_distinct(spikes, id));
    }
done:
    return status;
}

ana_status ana_spikes_check(const ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    if (spikes->name == NULL) {
        return ana_fail(ANA_ERR_VALUE, "spikes: they have no name");
    }
    ANA_TRY(check_counts(spikes));
    for (size_t u = 0; u < spikes->n_units; u++) {
        ANA_TRY(check_times(spikes, u));
        ANA_TRY(check_observed(spikes, u));
    }
    ANA_TRY(check_units(spikes));
done:
    return status;
}
