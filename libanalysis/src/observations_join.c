#include "lists.h"
#include "memory.h"
#include "table_rows.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/observations.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A feature's id as text, and where it stands: how features of different parts are compared. */
typedef struct feature_id {
    const char *text;
    size_t row;
} feature_id;

/* The ids of one part: by row, and sorted to be found. */
typedef struct id_list {
    size_t n;
    char **texts;
    feature_id *sorted;
} id_list;

/* One join: its parts with their ids, and the features and labels of the result. */
typedef struct join_work {
    size_t n_parts;
    ana_observations *const *parts;
    id_list *ids;
    size_t n_features;
    size_t *from_part; /* part and row that describe feature f of the result */
    size_t *from_row;
    size_t n_labels;
    const char **label_names; /* borrowed from the parts */
    ana_workspace workspace;
} join_work;

static void release_work(join_work *work)
{
    for (size_t p = 0; p < work->n_parts && work->ids != NULL; p++) {
        ana_free_texts(work->ids[p].n, work->ids[p].texts);
    }
    ana_workspace_release(&work->workspace);
}

static int compare_ids(const void *left, const void *right)
{
    const feature_id *a = left;
    const feature_id *b = right;
    return strcmp(a->text, b->text);
}

static ana_status id_text(const ana_column *id, size_t row, char **out)
{
    char text[24];
    if (id->type == ANA_COLUMN_TEXT) {
        return ana_copy_text(id->texts[row] != NULL ? id->texts[row] : "", out);
    }
    snprintf(text, sizeof text, "%" PRId64, id->ints[row]);
    return ana_copy_text(text, out);
}

static ana_status list_ids(join_work *work, size_t p)
{
    ana_status status = ANA_OK;
    const ana_observations *part = work->parts[p];
    const ana_column *id = ana_table_find(part->features, "id");
    id_list *list = &work->ids[p];
    ANA_TRY(ana_allocate(part->n_features, sizeof *list->texts, "join", &list->texts));
    list->n = part->n_features;
    list->sorted = ana_workspace_bytes(&work->workspace, list->n, 1, sizeof *list->sorted);
    ANA_TRY(ana_workspace_check(&work->workspace, "join"));
    for (size_t f = 0; f < list->n; f++) {
        ANA_TRY(id_text(id, f, &list->texts[f]));
        list->sorted[f] = (feature_id){list->texts[f], f};
    }
    qsort(list->sorted, list->n, sizeof *list->sorted, compare_ids);
    for (size_t i = 1; i < list->n; i++) {
        if (strcmp(list->sorted[i - 1].text, list->sorted[i].text) == 0) {
            status = ana_fail(ANA_ERR_VALUE, "join: the feature id \"%s\" stands twice in part %zu",
                              list->sorted[i].text, p);
            goto done;
        }
    }
done:
    return status;
}

/* Row of that id in the list; list->n when it is not there. */
static size_t find_id(const id_list *list, const char *text)
{
    const feature_id wanted = {text, 0};
    const feature_id *found =
        list->n > 0 ? bsearch(&wanted, list->sorted, list->n, sizeof wanted, compare_ids) : NULL;
    return found != NULL ? found->row : list->n;
}

/* How many of the first n parts have the id. */
static size_t count_parts_with(const join_work *work, size_t n, const char *text)
{
    size_t count = 0;
    for (size_t p = 0; p < n; p++) {
        count += find_id(&work->ids[p], text) < work->ids[p].n ? 1 : 0;
    }
    return count;
}

/* Choose the features of the result: those of the first part that all share, or all there are. */
static ana_status choose_features(join_work *work, bool union_of_features)
{
    size_t most = 0;
    for (size_t p = 0; p < work->n_parts; p++) {
        most += work->ids[p].n;
    }
    work->from_part = ana_workspace_sizes(&work->workspace, most, 1);
    work->from_row = ana_workspace_sizes(&work->workspace, most, 1);
    ana_status status = ana_workspace_check(&work->workspace, "join");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t p = 0; p < (union_of_features ? work->n_parts : 1); p++) {
        for (size_t f = 0; f < work->ids[p].n; f++) {
            const char *id = work->ids[p].texts[f];
            bool wanted = union_of_features
                              ? count_parts_with(work, p, id) == 0
                              : count_parts_with(work, work->n_parts, id) == work->n_parts;
            if (wanted) {
                work->from_part[work->n_features] = p;
                work->from_row[work->n_features++] = f;
            }
        }
    }
    if (work->n_features == 0) {
        return ana_fail(ANA_ERR_VALUE, "join: the parts have no feature in common");
    }
    return ANA_OK;
}

static ana_status check_parts(size_t n, ana_observations *const *parts)
{
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "join: there is nothing to join");
    }
    for (size_t p = 1; p < n; p++) {
        const double width = parts[p]->bin_s;
        const double wanted = parts[0]->bin_s;
        if (isnan(width) != isnan(wanted) || fabs(width - wanted) > 1e-9 * wanted) {
            return ana_fail(ANA_ERR_VALUE,
                            "join: the rows of part %zu are %s s wide, those of the first %s s", p,
                            ana_number(width).text, ana_number(wanted).text);
        }
        const char *unit = parts[p]->unit;
        if (unit != NULL && parts[0]->unit != NULL && strcmp(unit, parts[0]->unit) != 0) {
            return ana_fail(ANA_ERR_VALUE,
                            "join: the values of part %zu are in %s, those of the first in %s", p,
                            unit, parts[0]->unit);
        }
    }
    return ANA_OK;
}

static ana_status join_features(join_work *work, ana_observations *joined)
{
    ana_status status = ANA_OK;
    ana_table *features = NULL;
    const ana_table **tables =
        ana_workspace_bytes(&work->workspace, work->n_features, 1, sizeof(ana_table *));
    ANA_TRY(ana_workspace_check(&work->workspace, "join"));
    for (size_t f = 0; f < work->n_features; f++) {
        tables[f] = work->parts[work->from_part[f]]->features;
    }
    ANA_TRY(ana_table_gather(work->parts[0]->features, work->n_features, tables, work->from_row,
                             &features));
    ana_table_free(joined->features);
    joined->features = features;
done:
    return status;
}

/* The values of part p become the rows from `first` on. */
static ana_status join_values(join_work *work, size_t p, size_t first, ana_observations *joined)
{
    const ana_observations *part = work->parts[p];
    size_t *place = ana_workspace_sizes(&work->workspace, work->n_features, 1);
    ana_status status = ana_workspace_check(&work->workspace, "join");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t f = 0; f < work->n_features; f++) {
        place[f] = find_id(&work->ids[p], work->ids[work->from_part[f]].texts[work->from_row[f]]);
    }
    for (size_t t = 0; t < part->n_times; t++) {
        double *to = joined->values + (first + t) * work->n_features;
        const double *from = part->values + t * part->n_features;
        for (size_t f = 0; f < work->n_features; f++) {
            to[f] = place[f] < part->n_features ? from[place[f]] : (double)NAN;
        }
    }
    return ANA_OK;
}

static size_t find_label(const join_work *work, const char *name)
{
    size_t k = 0;
    while (k < work->n_labels && strcmp(work->label_names[k], name) != 0) {
        k++;
    }
    return k;
}

/* Distinct names of the labels of all parts, in the order they are met. */
static ana_status collect_labels(join_work *work)
{
    size_t most = 0;
    for (size_t p = 0; p < work->n_parts; p++) {
        most += work->parts[p]->n_labels;
    }
    work->label_names = ana_workspace_bytes(&work->workspace, most, 1, sizeof *work->label_names);
    ana_status status = ana_workspace_check(&work->workspace, "join");
    for (size_t p = 0; p < work->n_parts && status == ANA_OK; p++) {
        for (size_t k = 0; k < work->parts[p]->n_labels; k++) {
            const char *name = work->parts[p]->label_names[k];
            if (find_label(work, name) == work->n_labels) {
                work->label_names[work->n_labels++] = name;
            }
        }
    }
    return status;
}

static ana_status join_labels(join_work *work, ana_observations *joined)
{
    ana_status status = ANA_OK;
    ANA_TRY(collect_labels(work));
    if (work->n_labels == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_allocate(joined->n_times, sizeof *joined->labels, "labels", &joined->labels));
    ANA_TRY(ana_copy_texts(work->n_labels, work->label_names, &joined->label_names));
    joined->n_labels = work->n_labels;
    size_t row = 0;
    for (size_t p = 0; p < work->n_parts; p++) {
        const ana_observations *part = work->parts[p];
        for (size_t t = 0; t < part->n_times; t++) {
            int64_t label = part->labels != NULL ? part->labels[t] : -1;
            joined->labels[row++] =
                label < 0 ? -1 : (int64_t)find_label(work, part->label_names[label]);
        }
    }
done:
    return status;
}

static ana_status join_sequences(join_work *work, size_t n, ana_observations *joined)
{
    ana_status status = ANA_OK;
    size_t *lengths = ana_workspace_sizes(&work->workspace, n, 1);
    double *origins = ana_workspace_doubles(&work->workspace, n, 1);
    const char **names = ana_workspace_bytes(&work->workspace, n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&work->workspace, "join"));
    size_t i = 0;
    for (size_t p = 0; p < work->n_parts; p++) {
        const ana_observations *part = work->parts[p];
        for (size_t s = 0; s < part->n_sequences; s++, i++) {
            lengths[i] = part->sequence_start[s + 1] - part->sequence_start[s];
            names[i] = part->sequence_name[s];
            origins[i] = part->sequence_origin[s];
        }
    }
    ANA_TRY(ana_observations_set_sequences(joined, n, lengths, names));
    for (i = 0; i < n; i++) {
        joined->sequence_origin[i] = origins[i];
    }
done:
    return status;
}

/* Everything, once the features are chosen. */
static ana_status join_parts(join_work *work, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *joined = NULL;
    size_t n_times = 0;
    size_t n_sequences = 0;
    for (size_t p = 0; p < work->n_parts; p++) {
        n_times += work->parts[p]->n_times;
        n_sequences += work->parts[p]->n_sequences;
    }
    ANA_TRY(ana_observations_new(n_times, work->n_features, &joined));
    joined->bin_s = work->parts[0]->bin_s;
    for (size_t p = 0; p < work->n_parts && joined->unit == NULL; p++) {
        ANA_TRY(ana_copy_text(work->parts[p]->unit, &joined->unit));
    }
    ANA_TRY(join_features(work, joined));
    ANA_TRY(join_sequences(work, n_sequences, joined));
    size_t first = 0;
    for (size_t p = 0; p < work->n_parts; p++) {
        ANA_TRY(join_values(work, p, first, joined));
        first += work->parts[p]->n_times;
    }
    ANA_TRY(join_labels(work, joined));
    *out = joined;
    joined = NULL;
done:
    ana_observations_free(joined);
    return status;
}

ana_status ana_observations_join(size_t n, ana_observations *const *parts, bool union_of_features,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    join_work work = {.n_parts = n, .parts = parts};
    ANA_TRY(check_parts(n, parts));
    work.ids = ana_workspace_bytes(&work.workspace, n, 1, sizeof *work.ids);
    ANA_TRY(ana_workspace_check(&work.workspace, "join"));
    for (size_t p = 0; p < n; p++) {
        ANA_TRY(list_ids(&work, p));
    }
    ANA_TRY(choose_features(&work, union_of_features));
    ANA_TRY(join_parts(&work, out));
done:
    release_work(&work);
    return status;
}
