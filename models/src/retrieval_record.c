/* Scores of retrieval as a record. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/retrieval.h>

#include <math.h>
#include <stdio.h>

enum {
    MOST_BARS = 20
};

/* Predictions whose rank falls into each of up to 20 equal parts of the candidates. */
static ana_status add_histogram(const ana_retrieval *retrieval, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t m = retrieval->n_candidates;
    const size_t n_bars = m < MOST_BARS ? m : MOST_BARS;
    double counts[MOST_BARS] = {0.0};
    char texts[MOST_BARS][48];
    const char *labels[MOST_BARS];
    const ana_picture_words words = {
        .title = "Rank of the right candidate",
        .caption = "How many predictions put their own stimulus at which place among the "
                   "candidates, the first at the left; by chance all bars are alike.",
        .x_title = "rank",
        .value_title = "predictions"};
    for (size_t i = 0; i < retrieval->n_predictions; i++) {
        const size_t bar = (size_t)(retrieval->rank[i] * (double)n_bars / (double)m);
        counts[bar < n_bars ? bar : n_bars - 1] += 1.0;
    }
    for (size_t b = 0; b < n_bars; b++) {
        snprintf(texts[b], sizeof texts[b], "%.0f", ceil((double)(b * m) / (double)n_bars) + 1.0);
        labels[b] = texts[b];
    }
    ANA_TRY(ana_record_add_picture(record, "ranks", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n_bars, "rank"), counts, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n_bars, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_curve(const ana_retrieval *retrieval, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t m = retrieval->n_candidates;
    static const char *const labels[] = {"predictions", "chance"};
    const ana_picture_words words = {
        .title = "Among the first k",
        .caption = "Share of the predictions that have their own stimulus among the k most similar "
                   "candidates, and what chance would give.",
        .x_title = "k",
        .y_title = "share"};
    double *y = ana_workspace_doubles(&workspace, 2, m);
    double *x = ana_workspace_doubles(&workspace, m, 1);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    for (size_t c = 0; c < m; c++) {
        x[c] = (double)c + 1.0;
        y[c] = retrieval->curve[c];
        y[m + c] = x[c] / (double)m;
    }
    ANA_TRY(ana_record_add_picture(record, "curve", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(2, NULL, m, "k"), y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(m, "k"), x, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", 2, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_scores(const ana_retrieval *retrieval, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n_k = retrieval->n_k;
    const size_t n = n_k + 3;
    const ana_shape shape = ana_shape_1(n, "score");
    const ana_picture_words words = {
        .title = "Scores",
        .caption = "Expected by chance, and how often permuted stimuli score as well (p)."};
    double *columns = ana_workspace_doubles(&workspace, 3, n);
    char *texts = ana_workspace_bytes(&workspace, n_k, 32, 1);
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    for (size_t v = 0; v < n_k; v++) {
        snprintf(texts + 32 * v, 32, "top %zu", retrieval->k[v]);
        names[v] = texts + 32 * v;
        columns[v] = retrieval->top[v];
        columns[n + v] = retrieval->chance_top[v];
        columns[2 * n + v] = retrieval->p_top[v];
    }
    const struct {
        const char *name;
        double value, chance, p;
    } others[] = {{"two-alternative forced choice", retrieval->two_afc, 0.5, retrieval->p_two_afc},
                  {"mean reciprocal rank", retrieval->mean_reciprocal_rank,
                   retrieval->chance_mean_reciprocal_rank, retrieval->p_mean_reciprocal_rank},
                  {"median relative rank", retrieval->median_relative_rank, 0.5,
                   retrieval->p_median_relative_rank}};
    for (size_t v = 0; v < 3; v++) {
        names[n_k + v] = others[v].name;
        columns[n_k + v] = others[v].value;
        columns[n + n_k + v] = others[v].chance;
        columns[2 * n + n_k + v] = others[v].p;
    }
    ANA_TRY(ana_record_add_picture(record, "scores", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "score", n, names));
    ANA_TRY(ana_record_add_doubles(table, "value", shape, columns, NULL));
    ANA_TRY(ana_record_add_doubles(table, "chance", shape, columns + n, NULL));
    if (!isnan(retrieval->p_two_afc)) {
        ANA_TRY(ana_record_add_doubles(table, "p", shape, columns + 2 * n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_retrieval_to_record(const ana_retrieval *retrieval, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const struct {
        const char *name;
        size_t value;
    } counts[] = {{"n_predictions", retrieval->n_predictions},
                  {"n_candidates", retrieval->n_candidates},
                  {"n_duplicate_candidates", retrieval->n_duplicates},
                  {"n_predictions_without_candidate", retrieval->n_unmatched},
                  {"n_units", retrieval->n_units},
                  {"n_units_left_out", retrieval->n_silent},
                  {"n_predictions_of_zero", retrieval->n_undirected}};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "retrieval"));
    ANA_TRY(ana_record_add_text(record, "title", "Retrieval of stimuli"));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ANA_TRY(ana_record_add_int(record, counts[i].name, (int64_t)counts[i].value, NULL));
    }
    ANA_TRY(ana_record_add_double(record, "two_afc", retrieval->two_afc, NULL));
    ANA_TRY(ana_record_add_double(record, "mean_reciprocal_rank", retrieval->mean_reciprocal_rank,
                                  NULL));
    ANA_TRY(ana_record_add_double(record, "median_relative_rank", retrieval->median_relative_rank,
                                  NULL));
    ANA_TRY(add_scores(retrieval, record));
    ANA_TRY(add_curve(retrieval, record));
    ANA_TRY(add_histogram(retrieval, record));
    ANA_TRY(ana_record_add_doubles(record, "rank",
                                   ana_shape_1(retrieval->n_predictions, "prediction"),
                                   retrieval->rank, NULL));
    if (retrieval->stimuli != NULL) {
        ANA_TRY(ana_record_add_texts(record, "stimuli", retrieval->n_predictions,
                                     (const char *const *)retrieval->stimuli));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
