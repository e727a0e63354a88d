#include "memory.h"
#include "picture.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/bci_check.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Every channel: how much it varies, and what is wrong. */
static ana_status add_channels(const ana_bci_check *check, const ana_bci_trials *trials,
                               ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = check->n_channels;
    size_t n_suspect = 0;
    const char **states = ana_workspace_bytes(&workspace, n, 1, sizeof *states);
    const char **suspects = ana_workspace_bytes(&workspace, n, 1, sizeof *suspects);
    const ana_picture_words words = {
        .title = "Channels",
        .caption = "Median over trials of the standard deviation, and how many times the median "
                   "channel's that is."};
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    for (size_t c = 0; c < n; c++) {
        states[c] = ana_bci_channel_state_name(check->states[c]);
        if (check->states[c] != ANA_BCI_CHANNEL_GOOD) {
            suspects[n_suspect++] = trials->channel_names[c];
        }
    }
    ANA_TRY(ana_record_add_texts(record, "suspect_channels", n_suspect, suspects));
    ANA_TRY(ana_record_add_picture(record, "channels", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "channel", n, (const char *const *)trials->channel_names));
    ANA_TRY(ana_record_add_doubles(table, "deviation", ana_shape_1(n, "channel"), check->deviations,
                                   trials->unit));
    ANA_TRY(ana_record_add_doubles(table, "ratio", ana_shape_1(n, "channel"), check->ratios, NULL));
    ANA_TRY(ana_record_add_texts(table, "state", n, states));
    ANA_TRY(ana_record_add_texts(table, "note", n, (const char *const *)check->notes));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The trials that are artefacts. */
static ana_status add_artefacts(const ana_bci_check *check, const ana_bci_trials *trials,
                                ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    size_t n = 0;
    const ana_picture_words words = {.title = "Trials that are artefacts",
                                     .caption = "By their distance from the mean of clean "
                                                "covariances, in a Riemannian potato."};
    size_t *rows = ana_workspace_sizes(&workspace, check->n_trials, 1);
    double *onsets = ana_workspace_doubles(&workspace, check->n_trials, 1);
    double *z = ana_workspace_doubles(&workspace, check->n_trials, 1);
    const char **classes = ana_workspace_bytes(&workspace, check->n_trials, 1, sizeof *classes);
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    for (size_t i = 0; i < check->n_trials; i++) {
        if (check->artefacts[i]) {
            rows[n] = i;
            onsets[n] = trials->onsets[i];
            z[n] = check->z[i];
            classes[n++] = trials->classes[trials->labels[i]];
        }
    }
    ANA_TRY(ana_record_add_int(record, "n_artefacts", (int64_t)n, NULL));
    if (check->unjudged != NULL) {
        ANA_TRY(ana_record_add_text(record, "not_judged", check->unjudged));
    }
    if (n > 0) {
        const ana_shape shape = ana_shape_1(n, "artefact");
        ANA_TRY(ana_record_add_picture(record, "artefacts", ANA_HINT_TABLE, &words, &table));
        ANA_TRY(ana_record_add_sizes(table, "trial", shape, rows, NULL));
        ANA_TRY(ana_record_add_doubles(table, "onset", shape, onsets, "s"));
        ANA_TRY(ana_record_add_texts(table, "class", n, classes));
        ANA_TRY(ana_record_add_doubles(table, "z", shape, z, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* z of every trial over time, where it is a number, with the threshold. */
static ana_status add_scores(const ana_bci_check *check, const ana_bci_trials *trials,
                             double threshold, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    static const char *const labels[] = {"trial", "threshold"};
    const size_t n = check->n_trials;
    const ana_picture_words words = {
        .title = "Trials in the Riemannian potato",
        .caption = "How many standard deviations a trial's distance from clean trials lies above "
                   "theirs; artefacts lie above the threshold.",
        .x_title = "onset",
        .y_title = "z"};
    if (check->unjudged != NULL || n < 2) {
        return ANA_OK;
    }
    double *y = ana_workspace_doubles(&workspace, 2, n);
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    for (size_t i = 0; i < n; i++) {
        y[i] = isfinite(check->z[i]) ? check->z[i] : (double)NAN;
        y[n + i] = threshold;
    }
    ANA_TRY(ana_record_add_picture(record, "scores", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "trial"), trials->onsets, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(2, "line", n, "trial"), y, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", 2, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_check_to_record(const ana_bci_check *check, const ana_bci_trials *trials,
                                   const ana_bci_check_options *options, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const double threshold =
        options != NULL ? options->artefact : ana_bci_check_options_default().artefact;
    *out = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-check"));
    ANA_TRY(ana_record_add_text(record, "title", "Channels and artefacts"));
    ANA_TRY(ana_record_add_int(record, "n_trials", (int64_t)check->n_trials, NULL));
    ANA_TRY(ana_record_add_int(record, "rank", (int64_t)check->rank, NULL));
    ANA_TRY(ana_record_add_text(record, "rank_sentence", check->rank_sentence));
    ANA_TRY(add_channels(check, trials, record));
    ANA_TRY(add_artefacts(check, trials, record));
    ANA_TRY(add_scores(check, trials, threshold, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
