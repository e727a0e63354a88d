/* Lists of events in FIF files, and beside them. */
#include "fif.h"
#include "lists.h"
#include "memory.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first list of events that is met. */
typedef struct event_search {
    const ana_file *file;
    size_t n;
    double *events;
} event_search;

static ana_status find_events(void *user, const ana_fif_tag *tag)
{
    event_search *search = user;
    if (tag->kind != ANA_FIF_EVENTS || search->events != NULL) {
        return ANA_OK;
    }
    if (tag->n_bytes % 12 != 0) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: a list of events should have three whole numbers each",
                        ana_file_name(search->file), (unsigned long long)tag->data);
    }
    ana_fif_tag whole = *tag;
    whole.type = ANA_FIF_INT;
    return ana_fif_numbers(search->file, &whole, &search->n, &search->events);
}

ana_status ana_fif_read_events(const char *path, size_t *n, double **events)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    event_search search = {.n = 0};
    bool cut = false;
    ANA_TRY(ana_file_open(path, &file));
    search.file = file;
    ANA_TRY(ana_fif_walk(file, find_events, &search, &cut));
    *n = search.n / 3;
    *events = search.events;
    search.events = NULL;
done:
    free(search.events);
    ana_file_close(file);
    return status;
}

ana_status ana_fif_add_events(size_t n, const double *events, double rate, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    char text[32];
    ana_placed *order = ana_workspace_bytes(&workspace, n, 1, sizeof *order);
    int64_t *codes = ana_workspace_bytes(&workspace, n, 1, sizeof *codes);
    int64_t *before = ana_workspace_bytes(&workspace, n, 1, sizeof *before);
    ANA_TRY(ana_workspace_check(&workspace, "events"));
    for (size_t i = 0; i < n; i++) {
        order[i] = (ana_placed){events[3 * i], i};
    }
    qsort(order, n, sizeof *order, ana_compare_rising);
    ANA_TRY(ana_intervals_new("events", n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < n; i++) {
        const double *event = events + 3 * order[i].index;
        intervals->start[i] = event[0] / rate;
        intervals->stop[i] = intervals->start[i];
        before[i] = (int64_t)event[1];
        codes[i] = (int64_t)event[2];
        (void)snprintf(text, sizeof text, "%lld", (long long)codes[i]);
        ANA_TRY(ana_column_set_text(label, i, text));
    }
    ANA_TRY(ana_table_add_ints(intervals->table, "code", codes));
    ANA_TRY(ana_table_add_ints(intervals->table, "code_before", before));
    status = ana_recording_add_intervals(recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    ana_workspace_release(&workspace);
    return status;
}
