/* Clusters of trials as a record. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/bci_clusters.h>

#include <stdio.h>

static ana_status add_facts(const ana_bci_clusters *clusters, const ana_bci_trials *trials,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_spd_clusters *found = clusters->found;
    ANA_TRY(ana_record_add_text(record, "schema", "bci-clusters"));
    ANA_TRY(ana_record_add_text(record, "title", "Trials that belong together"));
    ANA_TRY(ana_record_add_text(record, "method",
                                ana_bci_cluster_option_table[0].choices[clusters->method]));
    ANA_TRY(ana_record_add_int(record, "n_trials", (int64_t)trials->n_trials, NULL));
    ANA_TRY(ana_record_add_int(record, "n_clusters", (int64_t)found->n_clusters, NULL));
    ANA_TRY(ana_record_add_double(record, "silhouette", clusters->silhouette, NULL));
    ANA_TRY(ana_record_add_double(record, "adjusted_rand_classes", clusters->of_classes, NULL));
    ANA_TRY(ana_record_add_double(record, "adjusted_rand_sessions", clusters->of_sessions, NULL));
    ANA_TRY(ana_record_add_double(record, "inertia", found->inertia, NULL));
    ANA_TRY(ana_record_add_double(record, "bic", found->bic, "nat"));
    ANA_TRY(ana_record_add_bool(record, "converged", found->converged));
    ANA_TRY(ana_record_add_sizes(record, "sizes", ana_shape_1(found->n_clusters, "cluster"),
                                 found->sizes, "trials"));
done:
    return status;
}

static ana_status add_table(const ana_bci_clusters *clusters, const ana_bci_trials *trials,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = trials->n_trials;
    const ana_picture_words words = {.title = "Trials", .caption = "Clusters are counted from 1."};
    const char **runs = ana_workspace_bytes(&workspace, n, 1, sizeof *runs);
    const char **sessions = ana_workspace_bytes(&workspace, n, 1, sizeof *sessions);
    const char **classes = ana_workspace_bytes(&workspace, n, 1, sizeof *classes);
    size_t *numbers = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    for (size_t i = 0; i < n; i++) {
        runs[i] = trials->run_names[trials->runs[i]];
        sessions[i] = trials->session_names[trials->sessions[i]];
        classes[i] = trials->classes[trials->labels[i]];
        numbers[i] = clusters->found->labels[i] + 1;
    }
    const ana_shape shape = ana_shape_1(n, "trial");
    ANA_TRY(ana_record_add_picture(record, "trials", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "run", n, runs));
    ANA_TRY(ana_record_add_texts(table, "session", n, sessions));
    ANA_TRY(ana_record_add_doubles(table, "onset", shape, trials->onsets, "s"));
    ANA_TRY(ana_record_add_texts(table, "class", n, classes));
    ANA_TRY(ana_record_add_sizes(table, "cluster", shape, numbers, NULL));
    ANA_TRY(ana_record_add_doubles(table, "silhouette", shape, clusters->silhouettes, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One way to group trials that are of known groups. */
typedef struct grouping {
    const char *name;
    const char *title;
    const char *axis;
    size_t n;
    const char *const *names;
    const size_t *of;
} grouping;

static ana_status add_members(const ana_spd_clusters *found, const grouping *groups,
                              ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n_clusters = found->n_clusters;
    const ana_picture_words words = {.title = groups->title,
                                     .x_title = "cluster",
                                     .y_title = groups->axis,
                                     .value_title = "trials"};
    double *counts = ana_workspace_doubles(&workspace, groups->n, n_clusters);
    char(*texts)[32] = ana_workspace_bytes(&workspace, n_clusters, 1, sizeof *texts);
    const char **numbers = ana_workspace_bytes(&workspace, n_clusters, 1, sizeof *numbers);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    for (size_t k = 0; k < n_clusters; k++) {
        snprintf(texts[k], sizeof texts[k], "%zu", k + 1);
        numbers[k] = texts[k];
    }
    for (size_t i = 0; i < found->n_matrices; i++) {
        counts[groups->of[i] * n_clusters + found->labels[i]] += 1.0;
    }
    ANA_TRY(ana_record_add_picture(record, groups->name, ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(groups->n, groups->axis, n_clusters, "cluster"),
                                   counts, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", groups->n, groups->names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n_clusters, numbers));
    ANA_TRY(ana_record_add_bool(figure, "numbers", true));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_scores(const ana_bci_clusters *clusters, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = clusters->n_scores;
    const bool is_mixture = clusters->method == ANA_BCI_MIXTURE;
    const ana_picture_words words = {
        .title = "How many clusters?",
        .caption = is_mixture ? "The lowest criterion is chosen."
                              : "The largest mean silhouette is chosen.",
        .x_title = "clusters",
        .y_title = is_mixture ? "Bayesian information criterion" : "mean silhouette"};
    double *x = ana_workspace_doubles(&workspace, n + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)(clusters->least + i);
    }
    if (n > 0) {
        ANA_TRY(ana_record_add_picture(record, "numbers", ANA_HINT_LINE, &words, &figure));
        ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "number"), x, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(1, "curve", n, "number"),
                                       clusters->scores, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_clusters_to_record(const ana_bci_clusters *clusters, const ana_spd_set *matrices,
                                      const ana_bci_trials *trials, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const size_t n = matrices->n;
    const grouping classes = {"classes",
                              "Clusters and classes",
                              "class",
                              trials->n_classes,
                              (const char *const *)trials->classes,
                              trials->labels};
    const grouping sessions = {"sessions",
                               "Clusters and sessions",
                               "session",
                               trials->n_sessions,
                               (const char *const *)trials->session_names,
                               trials->sessions};
    const ana_shape shape = {.n_axes = 3,
                             .n = {clusters->found->n_clusters, n, matrices->hermitian ? 2 * n : n},
                             .axis_names = {"cluster", "row", "column"}};
    *out = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(add_facts(clusters, trials, record));
    ANA_TRY(add_members(clusters->found, &classes, record));
    ANA_TRY(add_members(clusters->found, &sessions, record));
    ANA_TRY(add_scores(clusters, record));
    ANA_TRY(add_table(clusters, trials, record));
    ANA_TRY(ana_record_add_doubles(record, "centres", shape, clusters->found->centres, NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
