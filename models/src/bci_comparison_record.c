/* Intervals and tests as tables. */
#include "bci_evaluation_parts.h"
#include "picture.h"
#include "try.h"

#include <math.h>
#include <stdio.h>

/* A line for each pipeline: its scores and how sure they are. */
ana_status ana_bci_add_summary(const ana_bci_evaluation *all, size_t p,
                               const ana_bci_comparison *comparison, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = all->n_pipelines;
    char name[64];
    char caption[320];
    double *columns = ana_workspace_doubles(&workspace, 5, n);
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    const ana_shape shape = ana_shape_1(n, "pipeline");
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t k = 0; k < n; k++) {
        const ana_bci_performance *one = all->pipelines[k].performances[p];
        names[k] = all->pipelines[k].name;
        columns[k] = one->mean;
        columns[n + k] = one->sd;
        columns[2 * n + k] = comparison->intervals[k].low;
        columns[3 * n + k] = comparison->intervals[k].high;
        columns[4 * n + k] = one->seconds;
    }
    const ana_score_interval *first = &comparison->intervals[0];
    snprintf(
        caption, sizeof caption,
        "Mean and standard deviation of %s over sessions; low and high: bootstrap interval over "
        "%zu %s%s.",
        ana_bci_metric_name(all->metric), first->n_units, ana_score_unit_names[first->unit],
        first->unit == ANA_SCORE_SUBJECTS
            ? ""
            : ", of all answers at once: it does not hold for other people");
    snprintf(name, sizeof name, "summary_%s", ana_bci_protocol_name((ana_bci_protocol)p));
    const ana_picture_words words = {.title = ana_bci_protocol_title((ana_bci_protocol)p),
                                     .caption = caption};
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "pipeline", n, names));
    ANA_TRY(ana_record_add_doubles(table, "mean", shape, columns, NULL));
    ANA_TRY(ana_record_add_doubles(table, "sd", shape, columns + n, NULL));
    ANA_TRY(ana_record_add_doubles(table, "low", shape, columns + 2 * n, NULL));
    ANA_TRY(ana_record_add_doubles(table, "high", shape, columns + 3 * n, NULL));
    ANA_TRY(ana_record_add_doubles(table, "seconds", shape, columns + 4 * n, "s"));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Columns of the table of pairs. */
typedef struct pair_columns {
    const char **first;
    const char **second;
    double *difference;
    double *effect;
    double *p;
    double *p_corrected;
} pair_columns;

static size_t fill_pairs(const ana_bci_evaluation *all, const ana_bci_comparison *comparison,
                         pair_columns *out)
{
    const size_t n = all->n_pipelines;
    size_t count = 0;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            const size_t place = a * n + b;
            out->first[count] = all->pipelines[a].name;
            out->second[count] = all->pipelines[b].name;
            out->difference[count] = comparison->tests[place].difference;
            out->effect[count] = comparison->combined != NULL ? comparison->combined[place].effect
                                                              : comparison->tests[place].effect;
            out->p[count] = comparison->p[place];
            out->p_corrected[count++] = comparison->p_corrected[place];
        }
    }
    return count;
}

ana_status ana_bci_add_tests(const ana_bci_evaluation *all, size_t p,
                             const ana_bci_comparison *comparison, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = all->n_pipelines;
    const size_t most = n * n;
    char name[64];
    char caption[320];
    if (n < 2) {
        return ANA_OK;
    }
    pair_columns columns = {
        .first = ana_workspace_bytes(&workspace, most, 1, sizeof *columns.first),
        .second = ana_workspace_bytes(&workspace, most, 1, sizeof *columns.second),
        .difference = ana_workspace_doubles(&workspace, most, 1),
        .effect = ana_workspace_doubles(&workspace, most, 1),
        .p = ana_workspace_doubles(&workspace, most, 1),
        .p_corrected = ana_workspace_doubles(&workspace, most, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    const ana_shape shape = ana_shape_1(fill_pairs(all, comparison, &columns), "pair");
    const ana_score_test *test = &comparison->tests[1];
    snprintf(caption, sizeof caption,
             "Paired permutation over %zu %s%s; p corrected for all pairs by Holm's method.",
             test->n_units, ana_score_unit_names[test->unit],
             comparison->combined != NULL
                 ? ", each subject by itself, combined by Stouffer's method"
                 : "");
    snprintf(name, sizeof name, "tests_%s", ana_bci_protocol_name((ana_bci_protocol)p));
    const ana_picture_words words = {.title = "Is one pipeline better than another?",
                                     .caption = caption};
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "first", shape.n[0], columns.first));
    ANA_TRY(ana_record_add_texts(table, "second", shape.n[0], columns.second));
    ANA_TRY(ana_record_add_doubles(table, "difference", shape, columns.difference, NULL));
    ANA_TRY(ana_record_add_doubles(table, "effect", shape, columns.effect, NULL));
    ANA_TRY(ana_record_add_doubles(table, "p", shape, columns.p, NULL));
    ANA_TRY(ana_record_add_doubles(table, "p_corrected", shape, columns.p_corrected, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}
