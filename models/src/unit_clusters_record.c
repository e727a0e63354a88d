/* Groups of pooled units as a record: whose units they hold, and the correlations by group. */
#include "lists.h"
#include "picture.h"
#include "try.h"
#include "unit_parts.h"

#include <analysis/models/unit_clusters.h>

enum {
    MOST_DRAWN = 400, /* units in the matrix */
    MOST_VALUES = 60  /* eigenvalues */
};

static ana_status add_spectrum(const ana_unit_clusters *clusters, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = clusters->n < MOST_VALUES ? clusters->n : MOST_VALUES;
    const ana_picture_words words = {
        .title = "Eigenvalues of the normalised Laplacian",
        .caption = "As many are near 0 as there are groups with little between them; a gap behind "
                   "them says so.",
        .x_title = "eigenvalue, rising",
        .y_title = "value"};
    double *x = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n; k++) {
        x[k] = (double)(k + 1);
    }
    ANA_TRY(ana_record_add_picture(record, "spectrum", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_1(n, "eigenvalue"), clusters->eigenvalues,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "eigenvalue"), x, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_counts(const ana_unit_clusters *clusters, const char *const *systems,
                             const char *const *names, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_picture_words words = {
        .title = "Units of each system in each group",
        .caption = "A group with units of every system is something that all of them represent; "
                   "one of a single system is its own.",
        .x_title = "system",
        .y_title = "group",
        .value_title = "units"};
    ANA_TRY(ana_record_add_picture(record, "counts", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(clusters->n_clusters, "group", clusters->n_systems, "system"),
        clusters->counts, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", clusters->n_clusters, names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", clusters->n_systems, systems));
done:
    return status;
}

/* Units by group; of many, evenly chosen ones. */
static ana_status add_matrix(const ana_unit_clusters *clusters, const char *const *names,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = clusters->n;
    const size_t drawn = n < MOST_DRAWN ? n : MOST_DRAWN;
    size_t n_ordered = 0;
    const ana_picture_words words = {
        .title = "Sizes of correlations, by group",
        .caption = n > MOST_DRAWN ? "Of 400 units, taken evenly from all." : "Of all units.",
        .x_title = "unit",
        .y_title = "unit",
        .value_title = "size of correlation"};
    size_t *order = ana_workspace_sizes(&workspace, n, 1);
    size_t *group = ana_workspace_sizes(&workspace, drawn, 1);
    double *values = ana_workspace_doubles(&workspace, drawn, drawn);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t c = 0; c < clusters->n_clusters; c++) {
        for (size_t i = 0; i < n; i++) {
            if (clusters->cluster[i] == c) {
                order[n_ordered++] = i;
            }
        }
    }
    for (size_t a = 0; a < drawn; a++) {
        order[a] = order[a * n / drawn];
        group[a] = clusters->cluster[order[a]];
    }
    for (size_t i = 0; i < drawn * drawn; i++) {
        values[i] = clusters->affinity[order[i / drawn] * n + order[i % drawn]];
    }
    ANA_TRY(ana_record_add_picture(record, "matrix", ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(drawn, "unit", drawn, "unit"),
                                   values, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(drawn, "unit"), group, NULL));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", clusters->n_clusters, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_units(const ana_unit_clusters *clusters, const char *const *systems,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = clusters->n;
    const ana_picture_words words = {.title = "Units", .caption = "The group of each."};
    const char **texts = ana_workspace_bytes(&workspace, n, 2, sizeof *texts);
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    size_t place = 0;
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t i = 0; i < n; i++) {
        const size_t s = clusters->system[i];
        place = i > 0 && clusters->system[i - 1] == s ? place + 1 : 0;
        texts[i] = systems[s];
        texts[n + i] = clusters->systems[s].units[place];
        group[i] = clusters->cluster[i] + 1;
    }
    ANA_TRY(ana_record_add_picture(record, "units", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n, texts));
    ANA_TRY(ana_record_add_texts(table, "unit", n, texts + n));
    ANA_TRY(ana_record_add_sizes(table, "group", ana_shape_1(n, "unit"), group, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_unit_clusters_to_record(const ana_unit_clusters *clusters, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const char **systems = ana_workspace_bytes(&workspace, clusters->n_systems, 1, sizeof *systems);
    const char **names = ana_numbered_texts(&workspace, "group", clusters->n_clusters);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t s = 0; s < clusters->n_systems; s++) {
        systems[s] = clusters->systems[s].name;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "unit clusters"));
    ANA_TRY(ana_record_add_text(record, "title", "Groups of units of several systems"));
    ANA_TRY(ana_unit_systems_to_record(clusters->n_systems, clusters->systems, record));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)clusters->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_groups", (int64_t)clusters->n_clusters, NULL));
    ANA_TRY(ana_record_add_doubles(record, "correlation_within",
                                   ana_shape_1(clusters->n_clusters, "group"), clusters->within,
                                   NULL));
    ANA_TRY(add_counts(clusters, systems, names, record));
    ANA_TRY(add_spectrum(clusters, record));
    ANA_TRY(add_matrix(clusters, names, record));
    ANA_TRY(add_units(clusters, systems, record));
    ANA_TRY(ana_record_add_doubles(record, "eigenvalues", ana_shape_1(clusters->n, "eigenvalue"),
                                   clusters->eigenvalues, NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
