/* Windows against events, as a record. */
#include "memory.h"
#include "try.h"

#include <analysis/models/bci_pseudo_online.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

static ana_status add_scores(const ana_bci_windows *windows,
                             const ana_classification_scores *scores, ana_record *record)
{
    ana_status status = ANA_OK;
    size_t n_gated = 0;
    for (size_t i = 0; i < windows->n; i++) {
        n_gated += windows->chosen[i] == ANA_BCI_NO_CLASS;
    }
    ANA_TRY(ana_record_add_int(record, "n_windows", (int64_t)windows->n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_gated", (int64_t)n_gated, NULL));
    if (windows->warning[0] != '\0') {
        ANA_TRY(ana_record_add_text(record, "warning", windows->warning));
    }
    ANA_TRY(ana_record_add_int(record, "n_scored", (int64_t)scores->n, NULL));
    ANA_TRY(ana_record_add_double(record, "window", windows->window_s, "s"));
    ANA_TRY(ana_record_add_double(record, "accuracy", scores->accuracy, NULL));
    ANA_TRY(ana_record_add_double(record, "balanced_accuracy", scores->balanced_accuracy, NULL));
    ANA_TRY(ana_record_add_double(record, "kappa", scores->kappa, NULL));
    ANA_TRY(ana_record_add_double(record, "mcc", scores->matthews, NULL));
    ANA_TRY(ana_record_add_double(record, "normalised_mcc", scores->normalised_matthews, NULL));
    ANA_TRY(ana_record_add_double(record, "bits_per_decision", scores->bits, "bit"));
    ANA_TRY(ana_record_add_double(record, "bits_per_minute", scores->bits_per_minute, "bit/min"));
    ANA_TRY(ana_record_add_double(record, "chance", scores->chance, NULL));
done:
    return status;
}

static ana_status add_confusion(const ana_bci_windows *windows,
                                const ana_classification_scores *scores, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    double *values = NULL;
    const size_t n = windows->n_classes;
    const char *const *classes = (const char *const *)windows->classes;
    ANA_TRY(ana_allocate(n * n, sizeof *values, "pseudo-online", &values));
    for (size_t k = 0; k < n * n; k++) {
        values[k] = (double)scores->confusion[k];
    }
    ANA_TRY(ana_record_add_group(record, "confusion", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Which class is taken for which"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "class", n, "answer"), values,
                                   "windows"));
    ANA_TRY(ana_record_add_bool(figure, "numbers", true));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, classes));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, classes));
    ANA_TRY(ana_record_add_text(figure, "x_title", "answer"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "class"));
done:
    free(values);
    return status;
}

/* Events, and how long each took to be answered right. */
static ana_status add_events(const ana_bci_windows *windows, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = windows->n_events;
    const char **labels = NULL;
    double *starts = NULL;
    double *latencies = NULL;
    double *met = NULL;
    size_t n_met = 0;
    ANA_TRY(ana_allocate(n, sizeof *labels, "pseudo-online", &labels));
    ANA_TRY(ana_allocate(n, sizeof *starts, "pseudo-online", &starts));
    ANA_TRY(ana_allocate(n, sizeof *latencies, "pseudo-online", &latencies));
    ANA_TRY(ana_allocate(n, sizeof *met, "pseudo-online", &met));
    for (size_t i = 0; i < n; i++) {
        labels[i] = windows->classes[windows->events[i].class_number];
        starts[i] = windows->events[i].start;
        latencies[i] = windows->events[i].latency_s;
        if (!isnan(latencies[i])) {
            met[n_met++] = latencies[i];
        }
    }
    ANA_TRY(ana_record_add_int(record, "n_events", (int64_t)n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_events_answered_right", (int64_t)n_met, NULL));
    ANA_TRY(ana_record_add_double(record, "median_latency",
                                  n_met > 0 ? ana_stats_median_in_place(n_met, met) : (double)NAN,
                                  "s"));
    ANA_TRY(ana_record_add_group(record, "events", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "From each event to the first right answer"));
    ANA_TRY(ana_record_add_texts(table, "class", n, labels));
    ANA_TRY(ana_record_add_doubles(table, "start", ana_shape_1(n, "event"), starts, "s"));
    ANA_TRY(ana_record_add_doubles(table, "latency", ana_shape_1(n, "event"), latencies, "s"));
done:
    free(labels);
    free(starts);
    free(latencies);
    free(met);
    return status;
}

static const char *name_of(const ana_bci_windows *windows, size_t number, const char *none)
{
    return number == ANA_BCI_NO_CLASS ? none : windows->classes[number];
}

static ana_status add_windows(const ana_bci_windows *windows, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = windows->n;
    const char **truths = NULL;
    const char **answers = NULL;
    ANA_TRY(ana_allocate(n, sizeof *truths, "pseudo-online", &truths));
    ANA_TRY(ana_allocate(n, sizeof *answers, "pseudo-online", &answers));
    for (size_t i = 0; i < n; i++) {
        truths[i] = name_of(windows, windows->truth[i], "");
        answers[i] = name_of(windows, windows->chosen[i], "gated");
    }
    ANA_TRY(ana_record_add_group(record, "windows", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Windows"));
    ANA_TRY(ana_record_add_doubles(table, "stop", ana_shape_1(n, "window"), windows->stops, "s"));
    ANA_TRY(ana_record_add_texts(table, "class", n, truths));
    ANA_TRY(ana_record_add_texts(table, "answer", n, answers));
    ANA_TRY(ana_record_add_doubles(table, "z", ana_shape_1(n, "window"), windows->z, NULL));
    if (n > 0 && !isnan(windows->p[0])) {
        ANA_TRY(ana_record_add_doubles(table, "p", ana_shape_1(n, "window"), windows->p, NULL));
    }
    ANA_TRY(ana_record_add_doubles(record, "scores",
                                   ana_shape_2(n, "window", windows->n_model, "class"),
                                   windows->scores, NULL));
    ANA_TRY(ana_record_add_texts(record, "classes", windows->n_classes,
                                 (const char *const *)windows->classes));
done:
    free(truths);
    free(answers);
    return status;
}

ana_status ana_bci_windows_to_record(const ana_bci_windows *windows, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_classification_scores *scores = NULL;
    *out = NULL;
    ANA_TRY(ana_bci_windows_score(windows, &scores));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-pseudo-online"));
    ANA_TRY(ana_record_add_text(record, "title", "Decisions on a recording as on live signals"));
    ANA_TRY(add_scores(windows, scores, record));
    ANA_TRY(add_events(windows, record));
    ANA_TRY(add_confusion(windows, scores, record));
    ANA_TRY(add_windows(windows, record));
    *out = record;
    record = NULL;
done:
    ana_classification_scores_free(scores);
    ana_record_free(record);
    return status;
}
