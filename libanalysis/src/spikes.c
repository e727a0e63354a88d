#include "checked.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spikes.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_spikes_free(ana_spikes *spikes)
{
    if (spikes == NULL) {
        return;
    }
    free(spikes->name);
    free(spikes->unit_start);
    free(spikes->times);
    free(spikes->ticks);
    ana_table_free(spikes->units);
    free(spikes->observed_row);
    free(spikes->observed_start);
    free(spikes->observed_stop);
    free(spikes);
}

/* unit_start, times and empty observed intervals: what _new and _take share. */
static ana_status allocate_units(ana_spikes *spikes, size_t n_units, const size_t *n_in_unit)
{
    ana_status status = ANA_OK;
    spikes->n_units = n_units;
    ANA_TRY(ana_allocate(n_units + 1, sizeof(size_t), "spikes", &spikes->unit_start));
    ANA_TRY(ana_allocate(n_units + 1, sizeof(size_t), "spikes", &spikes->observed_row));
    for (size_t u = 0; u < n_units; u++) {
        if (!ana_add(spikes->unit_start[u], n_in_unit[u], &spikes->unit_start[u + 1])) {
            return ana_fail(ANA_ERR_SHAPE, "spikes: the number of spikes overflows at unit %zu", u);
        }
    }
    spikes->n_spikes = spikes->unit_start[n_units];
    ANA_TRY(ana_allocate(spikes->n_spikes, sizeof(double), "spike times", &spikes->times));
    ANA_TRY(ana_allocate(0, sizeof(double), "spikes", &spikes->observed_start));
    ANA_TRY(ana_allocate(0, sizeof(double), "spikes", &spikes->observed_stop));
done:
    return status;
}

/* The table of units with their ids from 0 on. */
static ana_status number_units(ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    ana_column *id = NULL;
    ANA_TRY(ana_table_new(spikes->n_units, &spikes->units));
    ANA_TRY(ana_table_add(spikes->units, "id", ANA_COLUMN_INT, NULL, &id));
    for (size_t u = 0; u < spikes->n_units; u++) {
        id->ints[u] = (int64_t)u;
    }
done:
    return status;
}

ana_status ana_spikes_new(const char *name, size_t n_units, const size_t *n_in_unit,
                          ana_spikes **out)
{
    ana_status status = ANA_OK;
    ana_spikes *spikes = NULL;
    ANA_TRY(ana_allocate(1, sizeof *spikes, "spikes", &spikes));
    ANA_TRY(ana_copy_text(name, &spikes->name));
    ANA_TRY(allocate_units(spikes, n_units, n_in_unit));
    ANA_TRY(number_units(spikes));
    *out = spikes;
    spikes = NULL;
done:
    ana_spikes_free(spikes);
    return status;
}

/* Replace the observed intervals by new arrays of n rows; `row` is left for the caller to fill. */
static ana_status renew_observed(ana_spikes *spikes, size_t n)
{
    ana_status status = ANA_OK;
    double *start = NULL;
    double *stop = NULL;
    ANA_TRY(ana_allocate(n, sizeof *start, "observed intervals", &start));
    ANA_TRY(ana_allocate(n, sizeof *stop, "observed intervals", &stop));
    free(spikes->observed_start);
    free(spikes->observed_stop);
    spikes->observed_start = start;
    spikes->observed_stop = stop;
    start = NULL;
    stop = NULL;
done:
    free(start);
    free(stop);
    return status;
}

ana_status ana_spikes_observe(ana_spikes *spikes, size_t n, const double *start, const double *stop)
{
    size_t total = 0;
    if (!ana_multiply(n, spikes->n_units, &total)) {
        return ana_fail(ANA_ERR_SHAPE, "spikes: %zu observed intervals for %zu units overflow", n,
                        spikes->n_units);
    }
    ana_status status = renew_observed(spikes, total);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t u = 0; u < spikes->n_units; u++) {
        spikes->observed_row[u + 1] = (u + 1) * n;
        if (n > 0) {
            memcpy(spikes->observed_start + u * n, start, n * sizeof *start);
            memcpy(spikes->observed_stop + u * n, stop, n * sizeof *stop);
        }
    }
    return ANA_OK;
}

static ana_status check_rows(size_t n_units, const size_t *row)
{
    if (row[0] != 0) {
        return ana_fail(ANA_ERR_VALUE, "spikes: observed_row begins with %zu, not 0", row[0]);
    }
    for (size_t u = 0; u < n_units; u++) {
        if (row[u + 1] < row[u]) {
            return ana_fail(ANA_ERR_VALUE, "spikes: observed_row falls at unit %zu", u);
        }
    }
    return ANA_OK;
}

ana_status ana_spikes_observe_each(ana_spikes *spikes, const size_t *row, const double *start,
                                   const double *stop)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_rows(spikes->n_units, row));
    const size_t n = row[spikes->n_units];
    ANA_TRY(renew_observed(spikes, n));
    memcpy(spikes->observed_row, row, (spikes->n_units + 1) * sizeof *row);
    if (n > 0) {
        memcpy(spikes->observed_start, start, n * sizeof *start);
        memcpy(spikes->observed_stop, stop, n * sizeof *stop);
    }
done:
    return status;
}

/* One spike while it is being sorted. */
typedef struct sortable_spike {
    double time;
    int64_t tick;
    size_t place; /* before sorting: equal times keep their order */
} sortable_spike;

static int compare_spikes(const void *left, const void *right)
{
    const sortable_spike *a = left;
    const sortable_spike *b = right;
    if (isnan(a->time) || isnan(b->time)) { /* NaN last, so that the order is total */
        return isnan(a->time) - isnan(b->time);
    }
    if (a->time < b->time || a->time > b->time) {
        return a->time < b->time ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static bool is_sorted(size_t n, const double *times)
{
    for (size_t i = 1; i < n; i++) {
        if (!(times[i - 1] <= times[i])) {
            return false;
        }
    }
    return true;
}

static void sort_unit(ana_spikes *spikes, size_t unit, sortable_spike *buffer)
{
    const size_t first = spikes->unit_start[unit];
    const size_t n = spikes->unit_start[unit + 1] - first;
    for (size_t i = 0; i < n; i++) {
        buffer[i].time = spikes->times[first + i];
        buffer[i].tick = spikes->ticks != NULL ? spikes->ticks[first + i] : 0;
        buffer[i].place = i;
    }
    qsort(buffer, n, sizeof *buffer, compare_spikes);
    for (size_t i = 0; i < n; i++) {
        spikes->times[first + i] = buffer[i].time;
        if (spikes->ticks != NULL) {
            spikes->ticks[first + i] = buffer[i].tick;
        }
    }
}

ana_status ana_spikes_sort(ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t most = 0;
    for (size_t u = 0; u < spikes->n_units; u++) {
        size_t n = spikes->unit_start[u + 1] - spikes->unit_start[u];
        bool sorted = is_sorted(n, spikes->times + spikes->unit_start[u]);
        most = !sorted && n > most ? n : most;
    }
    if (most == 0) {
        return ANA_OK;
    }
    sortable_spike *buffer = ana_workspace_bytes(&workspace, most, 1, sizeof *buffer);
    ANA_TRY(ana_workspace_check(&workspace, "sort spikes"));
    for (size_t u = 0; u < spikes->n_units; u++) {
        size_t first = spikes->unit_start[u];
        if (!is_sorted(spikes->unit_start[u + 1] - first, spikes->times + first)) {
            sort_unit(spikes, u, buffer);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_spikes_unit_name(const ana_spikes *spikes, size_t unit, char *text, size_t size)
{
    const ana_column *id = ana_table_find(spikes->units, "id");
    if (id == NULL || ana_column_is_missing(id, unit)) {
        snprintf(text, size, "?");
    } else if (id->type == ANA_COLUMN_TEXT) {
        snprintf(text, size, "%s", id->texts[unit]);
    } else {
        snprintf(text, size, "%" PRId64, id->ints[unit]);
    }
}

double ana_spikes_observed_s(const ana_spikes *spikes, size_t unit)
{
    double seconds = 0.0;
    for (size_t i = spikes->observed_row[unit]; i < spikes->observed_row[unit + 1]; i++) {
        seconds += spikes->observed_stop[i] - spikes->observed_start[i];
    }
    return seconds;
}

/* Copy unit `from_unit` of `from` (spikes and ticks) to unit `to_unit` of `to`, of the same size.
 */
static void copy_unit(const ana_spikes *from, size_t from_unit, ana_spikes *to, size_t to_unit)
{
    const size_t first = from->unit_start[from_unit];
    const size_t n = from->unit_start[from_unit + 1] - first;
    const size_t at = to->unit_start[to_unit];
    if (n == 0) {
        return;
    }
    memcpy(to->times + at, from->times + first, n * sizeof *to->times);
    if (from->ticks != NULL) {
        memcpy(to->ticks + at, from->ticks + first, n * sizeof *to->ticks);
    }
}

/* Copy the observed intervals of the listed units of `from`. */
static ana_status take_observed(const ana_spikes *from, const size_t *units, ana_spikes *to)
{
    size_t n = 0;
    for (size_t i = 0; i < to->n_units; i++) {
        size_t rows = from->observed_row[units[i] + 1] - from->observed_row[units[i]];
        if (!ana_add(n, rows, &n)) {
            return ana_fail(ANA_ERR_SHAPE, "spikes: the observed intervals overflow");
        }
        to->observed_row[i + 1] = n;
    }
    ana_status status = renew_observed(to, n);
    for (size_t i = 0; i < to->n_units && status == ANA_OK; i++) {
        const size_t first = from->observed_row[units[i]];
        const size_t rows = from->observed_row[units[i] + 1] - first;
        for (size_t r = 0; r < rows; r++) {
            to->observed_start[to->observed_row[i] + r] = from->observed_start[first + r];
            to->observed_stop[to->observed_row[i] + r] = from->observed_stop[first + r];
        }
    }
    return status;
}

ana_status ana_spikes_take(const ana_spikes *spikes, size_t n, const size_t *units,
                           ana_spikes **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spikes *taken = NULL;
    size_t *n_in_unit = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    for (size_t i = 0; i < n; i++) {
        if (units[i] >= spikes->n_units) {
            status = ana_fail(ANA_ERR_VALUE, "spikes: unit %zu asked for, but there are %zu units",
                              units[i], spikes->n_units);
            goto done;
        }
        n_in_unit[i] = spikes->unit_start[units[i] + 1] - spikes->unit_start[units[i]];
    }
    ANA_TRY(ana_allocate(1, sizeof *taken, "spikes", &taken));
    ANA_TRY(ana_copy_text(spikes->name, &taken->name));
    ANA_TRY(allocate_units(taken, n, n_in_unit));
    taken->tick_rate = spikes->tick_rate;
    taken->observed_inferred = spikes->observed_inferred;
    if (spikes->ticks != NULL) {
        ANA_TRY(ana_allocate(taken->n_spikes, sizeof *taken->ticks, "spikes", &taken->ticks));
    }
    ANA_TRY(ana_table_take(spikes->units, n, units, &taken->units));
    for (size_t i = 0; i < n; i++) {
        copy_unit(spikes, units[i], taken, i);
    }
    ANA_TRY(take_observed(spikes, units, taken));
    *out = taken;
    taken = NULL;
done:
    ana_spikes_free(taken);
    ana_workspace_release(&workspace);
    return status;
}
