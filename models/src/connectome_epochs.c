/* Visits of epochs: windows, or the intervals of a recording. */
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/connectome_dynamics.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_connectome_epochs_free(ana_connectome_epochs *epochs)
{
    if (epochs != NULL) {
        ana_free_texts(epochs->n_epochs, epochs->names);
        free(epochs->epoch);
        free(epochs->first);
        free(epochs->stop);
        free(epochs);
    }
}

static ana_status new_epochs(size_t n_visits, size_t n_epochs, ana_connectome_epochs **out)
{
    ana_status status = ANA_OK;
    ana_connectome_epochs *epochs = NULL;
    ANA_TRY(ana_allocate(1, sizeof *epochs, "epochs", &epochs));
    ANA_TRY(ana_allocate(n_epochs, sizeof(char *), "epochs", &epochs->names));
    epochs->n_epochs = n_epochs;
    epochs->n_visits = n_visits;
    ANA_TRY(ana_allocate(n_visits, sizeof(size_t), "epochs", &epochs->epoch));
    ANA_TRY(ana_allocate(n_visits, sizeof(size_t), "epochs", &epochs->first));
    ANA_TRY(ana_allocate(n_visits, sizeof(size_t), "epochs", &epochs->stop));
    *out = epochs;
    epochs = NULL;
done:
    ana_connectome_epochs_free(epochs);
    return status;
}

ana_status ana_connectome_windows(size_t n_times, double dt_s, size_t n,
                                  ana_connectome_epochs **out)
{
    ana_status status = ANA_OK;
    ana_connectome_epochs *epochs = NULL;
    if (n < 1 || n > n_times) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "epochs: %zu windows of %zu times; 1 to %zu are possible",
                         n, n_times, n_times));
    }
    ANA_TRY(new_epochs(n, n, &epochs));
    for (size_t e = 0; e < n; e++) {
        char name[64];
        const size_t first = (size_t)floor((double)n_times * (double)e / (double)n);
        const size_t stop = (size_t)floor((double)n_times * (double)(e + 1) / (double)n);
        (void)snprintf(name, sizeof name, "%.4g-%.4g s", (double)first * dt_s, (double)stop * dt_s);
        ANA_TRY(ana_copy_text(name, &epochs->names[e]));
        epochs->epoch[e] = e;
        epochs->first[e] = first;
        epochs->stop[e] = stop;
    }
    *out = epochs;
    epochs = NULL;
done:
    ana_connectome_epochs_free(epochs);
    return status;
}

static const char *label_of(const ana_intervals *intervals, size_t i)
{
    const ana_column *labels = ana_table_find(intervals->table, "label");
    const bool has = labels != NULL && labels->type == ANA_COLUMN_TEXT &&
                     !ana_column_is_missing(labels, i) && labels->texts[i] != NULL;
    const char *name = intervals->name != NULL ? intervals->name : "interval";
    return has ? labels->texts[i] : name;
}

/* The first sample at or after a time, within the recording. */
static size_t sample_at(const ana_connectome_clock *clock, double seconds)
{
    const double exact = (seconds - clock->origin_s) / clock->dt_s;
    const double sample = ceil(exact - 1e-6); /* a sample's own time is not after it */
    if (!(sample > 0.0)) {
        return 0;
    }
    return sample < (double)clock->n_times ? (size_t)sample : clock->n_times;
}

/* Visits being listed; names are borrowed from the intervals. */
typedef struct listing {
    size_t n_visits;
    size_t n_epochs;
    size_t *epoch;
    size_t *first;
    size_t *stop;
    const char **names;
    bool *covered; /* n_times */
} listing;

static void add_visit(listing *list, const char *name, size_t first, size_t stop)
{
    size_t e = 0;
    while (e < list->n_epochs && strcmp(list->names[e], name) != 0) {
        e++;
    }
    list->names[e] = name;
    list->n_epochs += e == list->n_epochs ? 1 : 0;
    list->epoch[list->n_visits] = e;
    list->first[list->n_visits] = first;
    list->stop[list->n_visits++] = stop;
}

static void list_intervals(const ana_intervals *intervals, const ana_connectome_clock *clock,
                           listing *list)
{
    for (size_t i = 0; i < intervals->n; i++) {
        const size_t first = sample_at(clock, intervals->start[i]);
        const size_t stop =
            isnan(intervals->stop[i]) ? clock->n_times : sample_at(clock, intervals->stop[i]);
        if (first >= stop) {
            continue;
        }
        add_visit(list, label_of(intervals, i), first, stop);
        memset(list->covered + first, 1, (stop - first) * sizeof(bool));
    }
}

static void list_rest(size_t n_times, listing *list)
{
    size_t t = 0;
    while (t < n_times) {
        const size_t first = t;
        while (t < n_times && !list->covered[t]) {
            t++;
        }
        if (t > first) {
            add_visit(list, "rest", first, t);
        }
        while (t < n_times && list->covered[t]) {
            t++;
        }
    }
}

static ana_status copy_listing(const listing *list, ana_connectome_epochs **out)
{
    ana_status status = ANA_OK;
    ana_connectome_epochs *epochs = NULL;
    ANA_TRY(new_epochs(list->n_visits, list->n_epochs, &epochs));
    memcpy(epochs->epoch, list->epoch, list->n_visits * sizeof(size_t));
    memcpy(epochs->first, list->first, list->n_visits * sizeof(size_t));
    memcpy(epochs->stop, list->stop, list->n_visits * sizeof(size_t));
    for (size_t e = 0; e < list->n_epochs; e++) {
        ANA_TRY(ana_copy_text(list->names[e], &epochs->names[e]));
    }
    *out = epochs;
    epochs = NULL;
done:
    ana_connectome_epochs_free(epochs);
    return status;
}

ana_status ana_connectome_epochs_of(const ana_intervals *intervals,
                                    const ana_connectome_clock *clock, bool rest,
                                    ana_connectome_epochs **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = 2 * intervals->n + 2; /* a rest before each, and after the last */
    listing list = {.epoch = ana_workspace_sizes(&workspace, most, 1),
                    .first = ana_workspace_sizes(&workspace, most, 1),
                    .stop = ana_workspace_sizes(&workspace, most, 1),
                    .names = ana_workspace_bytes(&workspace, most, 1, sizeof(char *)),
                    .covered = ana_workspace_bytes(&workspace, clock->n_times, 1, sizeof(bool))};
    ANA_TRY(ana_workspace_check(&workspace, "epochs"));
    list_intervals(intervals, clock, &list);
    if (list.n_visits == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "epochs: none of the %zu intervals holds one of the %zu samples from %g s "
                         "to %g s",
                         intervals->n, clock->n_times, clock->origin_s,
                         clock->origin_s + (double)clock->n_times * clock->dt_s));
    }
    if (rest) {
        list_rest(clock->n_times, &list);
    }
    ANA_TRY(copy_listing(&list, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
