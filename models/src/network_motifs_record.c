/* Motifs as a record: tables, and how far from chance each kind is. */
#include "try.h"
#include "workspace.h"

#include <analysis/models/network_motifs.h>

#include <math.h>

/* The numbers of one kind of result as columns of a table. */
static ana_status add_columns(size_t n, const ana_beside_chance *numbers, const char *axis,
                              const char *name, ana_record *table)
{
    static const char *const names[] = {NULL, "null_mean", "null_sd", "z", "p", "q"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *column = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "motifs"));
    for (size_t c = 0; c < 6; c++) {
        for (size_t k = 0; k < n; k++) {
            const double all[] = {numbers[k].value, numbers[k].null_mean, numbers[k].null_sd,
                                  numbers[k].z,     numbers[k].p,         numbers[k].q};
            column[k] = all[c];
        }
        ANA_TRY(ana_record_add_doubles(table, c == 0 ? name : names[c], ana_shape_1(n, axis),
                                       column, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_kinds(const ana_beside_chance *numbers, const char *name, const char *title,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char *names[ANA_N_TRIADS];
    size_t first = 0;
    while (isnan(numbers[first].value) && first + 1 < ANA_N_TRIADS &&
           !ana_triad_is_connected(first)) {
        first++; /* kinds that are not connected have no edges to weigh */
    }
    for (size_t k = first; k < ANA_N_TRIADS; k++) {
        names[k - first] = ana_triad_name(k);
    }
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", title));
    ANA_TRY(ana_record_add_texts(table, "kind", ANA_N_TRIADS - first, names));
    ANA_TRY(add_columns(ANA_N_TRIADS - first, numbers + first, "kind", name, table));
done:
    return status;
}

static ana_status add_profile(const ana_network_motifs *motifs, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const char *names[ANA_N_TRIADS];
    double z[ANA_N_TRIADS];
    size_t n = 0;
    for (size_t k = 0; k < ANA_N_TRIADS; k++) {
        if (ana_triad_is_connected(k) && !isnan(motifs->count[k].z)) {
            names[n] = ana_triad_name(k);
            z[n++] = motifs->count[k].z;
        }
    }
    if (n == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_group(record, "profile", ANA_HINT_BARS, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "More or less frequent than by chance"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Standard deviations from the mean of random networks, for each "
                                "kind of three connected nodes."));
    ANA_TRY(ana_record_add_text(figure, "y_title", "z"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "kind"), z, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, names));
done:
    return status;
}

static ana_status add_nodes(const ana_network_motifs *motifs, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    ANA_TRY(ana_record_add_group(record, "nodes", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Cycles of three through each node"));
    ANA_TRY(ana_record_add_texts(table, "node", motifs->n_nodes,
                                 (const char *const *)motifs->node_names));
    ANA_TRY(add_columns(motifs->n_nodes, motifs->cycles3, "node", "cycles3", table));
done:
    return status;
}

ana_status ana_network_motifs_to_record(const ana_network_motifs *motifs, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "network motifs"));
    ANA_TRY(ana_record_add_text(record, "title", "Groups of three nodes"));
    ANA_TRY(ana_record_add_bool(record, "directed", motifs->directed));
    ANA_TRY(ana_record_add_int(record, "n_nodes", (int64_t)motifs->n_nodes, NULL));
    ANA_TRY(ana_record_add_int(record, "n_nulls", (int64_t)motifs->n_nulls, NULL));
    ANA_TRY(add_kinds(motifs->count, "count", "How many groups of each kind", record));
    ANA_TRY(add_profile(motifs, record));
    ANA_TRY(add_kinds(motifs->intensity, "intensity", "How strong their edges are", record));
    ANA_TRY(add_kinds(motifs->coherence, "coherence", "How even their edges are", record));
    ANA_TRY(add_nodes(motifs, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
