/* Answers as a record: a table of trials, and how many are right where that is known. */
#include "memory.h"
#include "try.h"

#include <analysis/classification_scores.h>
#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lesson's number of the class of that name; n_classes: none. */
static size_t class_named(const ana_bci_lesson *lesson, const char *name)
{
    size_t c = 0;
    while (c < lesson->n_classes && strcmp(lesson->classes[c], name) != 0) {
        c++;
    }
    return c;
}

typedef struct answer_columns {
    const char **runs;
    const char **truths;
    const char **answers;
    double *confusion;
    size_t n_known;
    size_t n_right;
} answer_columns;

static void fill(const ana_bci_outputs *outputs, const ana_bci_lesson *lesson,
                 const ana_bci_trials *trials, answer_columns *out)
{
    for (size_t i = 0; i < outputs->n_trials; i++) {
        const size_t truth = class_named(lesson, trials->classes[trials->labels[i]]);
        out->runs[i] = trials->run_names[trials->runs[i]];
        out->truths[i] = trials->classes[trials->labels[i]];
        out->answers[i] = lesson->classes[outputs->chosen[i]];
        if (truth < lesson->n_classes) {
            out->n_known++;
            out->n_right += truth == outputs->chosen[i];
            out->confusion[truth * lesson->n_classes + outputs->chosen[i]] += 1.0;
        }
    }
}

static ana_status add_table(const ana_bci_outputs *outputs, const ana_bci_lesson *lesson,
                            const ana_bci_trials *trials, const answer_columns *columns,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = outputs->n_trials;
    double *scores = NULL;
    ANA_TRY(ana_allocate(n, sizeof *scores, "answers", &scores));
    ANA_TRY(ana_record_add_group(record, "answers", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Answers"));
    ANA_TRY(ana_record_add_texts(table, "recording", n, columns->runs));
    ANA_TRY(ana_record_add_doubles(table, "onset", ana_shape_1(n, "trial"), trials->onsets, "s"));
    ANA_TRY(ana_record_add_texts(table, "label", n, columns->truths));
    ANA_TRY(ana_record_add_texts(table, "answer", n, columns->answers));
    for (size_t c = 0; c < lesson->n_classes; c++) {
        char name[160];
        snprintf(name, sizeof name, "score %.128s", lesson->classes[c]);
        for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash, '/')) {
            *slash = '|';
        }
        for (size_t i = 0; i < n; i++) {
            scores[i] = outputs->scores[i * lesson->n_classes + c];
        }
        ANA_TRY(ana_record_add_doubles(table, name, ana_shape_1(n, "trial"), scores, NULL));
    }
done:
    free(scores);
    return status;
}

/* What the name of the most frequent class as every answer would score; NaN: no class is known. */
static double chance_of(const ana_bci_lesson *lesson, const answer_columns *columns)
{
    double most = 0.0;
    for (size_t c = 0; c < lesson->n_classes; c++) {
        double n = 0.0;
        for (size_t k = 0; k < lesson->n_classes; k++) {
            n += columns->confusion[c * lesson->n_classes + k];
        }
        most = fmax(most, n);
    }
    return columns->n_known > 0 ? most / (double)columns->n_known : (double)NAN;
}

static ana_status add_confusion(const ana_bci_lesson *lesson, const answer_columns *columns,
                                ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const char *const *classes = (const char *const *)lesson->classes;
    const size_t n = lesson->n_classes;
    ANA_TRY(ana_record_add_group(record, "confusion", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Which class is taken for which"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "class", n, "answer"),
                                   columns->confusion, "trials"));
    ANA_TRY(ana_record_add_bool(figure, "numbers", true));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, classes));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, classes));
    ANA_TRY(ana_record_add_text(figure, "x_title", "answer"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "class"));
done:
    return status;
}

/* How many answers are right, and would be by guessing. */
static ana_status add_accuracy(const ana_bci_lesson *lesson, const answer_columns *columns,
                               ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = columns->n_known;
    const double chance = chance_of(lesson, columns);
    const double bound = ana_classification_chance_bound(n, chance, 0.95);
    ANA_TRY(ana_record_add_double(
        record, "accuracy", n > 0 ? (double)columns->n_right / (double)n : (double)NAN, NULL));
    ANA_TRY(ana_record_add_double(record, "chance", chance, NULL));
    ANA_TRY(ana_record_add_double(record, "chance_bound", bound, NULL));
    if (n > 0) {
        ANA_TRY(add_confusion(lesson, columns, record));
    }
done:
    return status;
}

ana_status ana_bci_outputs_to_record(const ana_bci_outputs *outputs, const ana_bci_lesson *lesson,
                                     const ana_bci_trials *trials, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    answer_columns columns = {.n_known = 0};
    const size_t n = outputs->n_trials;
    *out = NULL;
    if (n != trials->n_trials || outputs->n_classes != lesson->n_classes) {
        return ana_fail(ANA_ERR_SHAPE, "answers: %zu answers to %zu trials", n, trials->n_trials);
    }
    ANA_TRY(ana_allocate(n, sizeof *columns.runs, "answers", &columns.runs));
    ANA_TRY(ana_allocate(n, sizeof *columns.truths, "answers", &columns.truths));
    ANA_TRY(ana_allocate(n, sizeof *columns.answers, "answers", &columns.answers));
    ANA_TRY(ana_allocate(lesson->n_classes * lesson->n_classes, sizeof *columns.confusion,
                         "answers", &columns.confusion));
    fill(outputs, lesson, trials, &columns);
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-answers"));
    ANA_TRY(ana_record_add_text(record, "title", "Answers of a classifier"));
    ANA_TRY(ana_record_add_int(record, "n_trials", (int64_t)n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_known", (int64_t)columns.n_known, NULL));
    ANA_TRY(add_accuracy(lesson, &columns, record));
    ANA_TRY(add_table(outputs, lesson, trials, &columns, record));
    *out = record;
    record = NULL;
done:
    free(columns.runs);
    free(columns.truths);
    free(columns.answers);
    free(columns.confusion);
    ana_record_free(record);
    return status;
}
