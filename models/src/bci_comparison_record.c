/* Intervals and tests as tables. */
#include "bci_evaluation_parts.h"
#include "picture.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "165 standard, 32 target", as far as there is room. */
static void list_counts(const ana_bci_evaluation *all, const size_t *counts, char out[240])
{
    enum {
        SIZE = 240
    };
    size_t n = 0;
    out[0] = '\0';
    for (size_t c = 0; c < all->n_classes; c++) {
        if (n + strlen(all->classes[c]) + 40 > SIZE) {
            snprintf(out + n, SIZE - n, " and %zu more classes", all->n_classes - c);
            return;
        }
        n += (size_t)snprintf(out + n, SIZE - n, "%s%zu %s", c > 0 ? ", " : "", counts[c],
                              all->classes[c]);
    }
}

/* What the columns are. */
static void describe_columns(const ana_bci_evaluation *all, const ana_bci_comparison *comparison,
                             const size_t *counts, char out[800])
{
    char list[240];
    const ana_score_interval *first = &comparison->intervals[0];
    list_counts(all, counts, list);
    snprintf(out, 800,
             "Mean and standard deviation of %s over sessions; low and high: bootstrap interval "
             "over %zu %s%s. Tested: %s. Chance is what guessing scores%s.",
             ana_bci_metric_name(all->metric), first->n_units, ana_score_unit_names[first->unit],
             first->unit == ANA_SCORE_SUBJECTS
                 ? ""
                 : ", of all answers at once: it does not hold for other people",
             list,
             all->metric == ANA_BCI_METRIC_ACCURACY
                 ? ", the name of the largest class every time; of 100 guessers 95 stay at or "
                   "below the bound"
                 : "");
}

/* A line for each pipeline: its scores, those of guessing, and how sure they are. */
ana_status ana_bci_add_summary(const ana_bci_evaluation *all, size_t p,
                               const ana_bci_comparison *comparison, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = all->n_pipelines;
    char name[64];
    char caption[800];
    double band[2];
    size_t *counts = ana_workspace_sizes(&workspace, all->n_classes, 1);
    double *columns = ana_workspace_doubles(&workspace, 7, n);
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    const ana_shape shape = ana_shape_1(n, "pipeline");
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    ana_bci_count_tested(all, p, counts);
    ana_bci_chance_of(all, counts, band);
    for (size_t k = 0; k < n; k++) {
        const ana_bci_performance *one = all->pipelines[k].performances[p];
        names[k] = all->pipelines[k].name;
        columns[k] = one->mean;
        columns[n + k] = one->sd;
        columns[2 * n + k] = comparison->intervals[k].low;
        columns[3 * n + k] = comparison->intervals[k].high;
        columns[4 * n + k] = one->seconds;
        columns[5 * n + k] = band[0];
        columns[6 * n + k] = band[1];
    }
    describe_columns(all, comparison, counts, caption);
    snprintf(name, sizeof name, "summary_%s", ana_bci_protocol_name((ana_bci_protocol)p));
    const ana_picture_words words = {.title = ana_bci_protocol_title((ana_bci_protocol)p),
                                     .caption = caption};
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "pipeline", n, names));
    ANA_TRY(ana_record_add_doubles(table, "mean", shape, columns, NULL));
    ANA_TRY(ana_record_add_doubles(table, "chance", shape, columns + 5 * n, NULL));
    if (all->metric == ANA_BCI_METRIC_ACCURACY) {
        ANA_TRY(ana_record_add_doubles(table, "chance_bound", shape, columns + 6 * n, NULL));
    }
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
