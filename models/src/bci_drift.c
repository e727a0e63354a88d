#include "bci_parts.h"
#include "memory.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>
#include <analysis/models/bci_drift.h>
#include <analysis/models/bci_prefix.h>
#include <analysis/models/spd_mean.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_bci_drift_free(ana_bci_drift *drift)
{
    if (drift == NULL) {
        return;
    }
    free(drift->sessions);
    free(drift->classes);
    free(drift->distances);
    free(drift->drifts);
    free(drift->spreads);
    free(drift->matrices);
    free(drift);
}

static ana_status make_room(const ana_bci_trials *trials, ana_bci_drift **out)
{
    ana_status status = ANA_OK;
    ana_bci_drift *drift = NULL;
    size_t most = trials->n_sessions * trials->n_classes;
    most = most < trials->n_trials ? most : trials->n_trials;
    ANA_TRY(ana_allocate(1, sizeof *drift, "drift", &drift));
    drift->n_sessions = trials->n_sessions;
    ANA_TRY(ana_allocate(most, sizeof *drift->sessions, "drift", &drift->sessions));
    ANA_TRY(ana_allocate(most, sizeof *drift->classes, "drift", &drift->classes));
    ANA_TRY(ana_allocate(most * most, sizeof *drift->distances, "drift", &drift->distances));
    ANA_TRY(ana_allocate(trials->n_sessions, sizeof *drift->drifts, "drift", &drift->drifts));
    ANA_TRY(ana_allocate(trials->n_sessions, sizeof *drift->spreads, "drift", &drift->spreads));
    *out = drift;
    drift = NULL;
done:
    ana_bci_drift_free(drift);
    return status;
}

/* The matrices of one class of one session into `part`; their number. */
static size_t gather(const ana_bci_trials *trials, const ana_spd_set *matrices, size_t session,
                     size_t class, double *part)
{
    const size_t size = ana_spd_size(matrices);
    size_t n = 0;
    for (size_t i = 0; i < trials->n_trials; i++) {
        if (trials->sessions[i] == session && trials->labels[i] == class) {
            memcpy(part + n++ * size, matrices->values + i * size, size * sizeof *part);
        }
    }
    return n;
}

/* The mean of the next point, and the squares of distances from it into its subject's sum. */
static ana_status add_point(const ana_spd_set *part, const ana_run *run, double *mean, double *room,
                            double *squares)
{
    ana_status status = ANA_OK;
    ana_spd_mean_options how = ana_spd_mean_options_default();
    ana_spd_distance_options measure = ana_spd_distance_options_default();
    const ana_spd_set middle = {
        .n = part->n, .hermitian = part->hermitian, .n_matrices = 1, .values = mean};
    how.run = *run;
    measure.run = *run;
    measure.squared = true;
    ANA_TRY(ana_spd_mean(part, NULL, &how, NULL, mean));
    ANA_TRY(ana_spd_distances(part, &middle, &measure, room));
    for (size_t k = 0; k < part->n_matrices; k++) {
        *squares += room[k];
    }
done:
    return status;
}

/* The mean distance of the classes that two sessions share; NaN: none. */
static double distance_between(const ana_bci_drift *drift, size_t session, size_t other)
{
    size_t n = 0;
    double sum = 0.0;
    for (size_t k = 0; k < drift->n_points * drift->n_points; k++) {
        const size_t a = k / drift->n_points;
        const size_t b = k % drift->n_points;
        if (drift->sessions[a] == session && drift->sessions[b] == other &&
            drift->classes[a] == drift->classes[b]) {
            sum += a == b ? 0.0 : drift->distances[k];
            n++;
        }
    }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* How far each session's classes lie from those of its subject's first. */
static void measure_drifts(const ana_bci_trials *trials, ana_bci_drift *drift)
{
    for (size_t s = 0; s < drift->n_sessions; s++) {
        size_t first = 0;
        while (trials->session_subjects[first] != trials->session_subjects[s]) {
            first++;
        }
        const bool known = drift->spreads[s] > 0.0;
        drift->drifts[s] =
            known ? distance_between(drift, s, first) / drift->spreads[s] : (double)NAN;
    }
}

/* The root mean square distances of subjects, of their sums. */
static void measure_spreads(const ana_bci_trials *trials, const double *squares,
                            ana_bci_drift *drift)
{
    for (size_t s = 0; s < drift->n_sessions; s++) {
        const size_t subject = trials->session_subjects[s];
        size_t n = 0;
        for (size_t i = 0; i < trials->n_trials; i++) {
            n += trials->session_subjects[trials->sessions[i]] == subject;
        }
        drift->spreads[s] = n > 0 ? sqrt(squares[subject] / (double)n) : 0.0;
    }
}

ana_status ana_bci_drift_of_matrices(const ana_bci_trials *trials, const ana_spd_set *matrices,
                                     const ana_run *run, ana_bci_drift **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_bci_drift *drift = NULL;
    ana_spd_distance_options measure = ana_spd_distance_options_default();
    const ana_run standard = ana_run_default();
    const size_t size = ana_spd_size(matrices);
    const size_t n_most = trials->n_trials;
    run = run != NULL ? run : &standard;
    *out = NULL;
    if (matrices->n_matrices != trials->n_trials) {
        return ana_fail(ANA_ERR_SHAPE, "drift: %zu matrices of %zu trials", matrices->n_matrices,
                        trials->n_trials);
    }
    double *part = ana_workspace_doubles(&workspace, n_most, size);
    double *means = ana_workspace_doubles(&workspace, n_most, size);
    double *room = ana_workspace_doubles(&workspace, n_most, 1);
    double *squares = ana_workspace_doubles(&workspace, trials->n_subjects, 1);
    ANA_TRY(ana_workspace_check(&workspace, "drift"));
    ANA_TRY(make_room(trials, &drift));
    for (size_t k = 0; k < trials->n_sessions * trials->n_classes; k++) {
        const size_t session = k / trials->n_classes;
        const ana_spd_set some = {
            .n = matrices->n,
            .hermitian = matrices->hermitian,
            .n_matrices = gather(trials, matrices, session, k % trials->n_classes, part),
            .values = part};
        if (some.n_matrices > 0) {
            ANA_TRY(add_point(&some, run, means + drift->n_points * size, room,
                              &squares[trials->session_subjects[session]]));
            drift->sessions[drift->n_points] = session;
            drift->classes[drift->n_points++] = k % trials->n_classes;
        }
    }
    const ana_spd_set all = {.n = matrices->n,
                             .hermitian = matrices->hermitian,
                             .n_matrices = drift->n_points,
                             .values = means};
    measure.run = *run;
    ANA_TRY(ana_spd_distances(&all, &all, &measure, drift->distances));
    measure_spreads(trials, squares, drift);
    measure_drifts(trials, drift);
    *out = drift;
    drift = NULL;
done:
    ana_bci_drift_free(drift);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_drift_of_trials(const ana_bci_trials *trials, const ana_run *run,
                                   ana_bci_drift **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_covariance_options estimate = ana_covariance_options_default();
    const size_t n = trials->n_bands * trials->n_channels;
    const ana_trial_signals signals = {.n_trials = trials->n_trials,
                                       .n_channels = n,
                                       .n_times = trials->n_times,
                                       .values = trials->values};
    ana_bci_drift *drift = NULL;
    *out = NULL;
    estimate.run = run != NULL ? *run : estimate.run;
    estimate.estimator = ANA_COVARIANCE_OAS;
    double *values = ana_workspace_doubles(&workspace, trials->n_trials, n * n);
    ANA_TRY(ana_workspace_check(&workspace, "drift"));
    ANA_TRY(ana_covariance_of_trials(&signals, &estimate, NULL, values));
    const ana_spd_set set = {.n = n, .n_matrices = trials->n_trials, .values = values};
    ANA_TRY(ana_bci_drift_of_matrices(trials, &set, run, &drift));
    ANA_TRY(ana_copy_text("cov oas", &drift->matrices));
    *out = drift;
    drift = NULL;
done:
    ana_bci_drift_free(drift);
    ana_workspace_release(&workspace);
    return status;
}

/* *steps = the pipeline's text up to the last of its first steps that give matrices and learn
 * nothing; NULL: there is none. */
static ana_status cut_text(const char *text, char **steps)
{
    ana_status status = ANA_OK;
    ana_bci_family *family = NULL;
    ana_bci_pipeline *pipeline = NULL;
    size_t n_kept = 0;
    *steps = NULL;
    ANA_TRY(ana_bci_family_expand(text, &family));
    ANA_TRY(ana_bci_pipeline_parse(family->texts[0], &pipeline));
    for (size_t i = 0; i < pipeline->n_plain; i++) {
        n_kept = pipeline->steps[i].kind->gives == BCI_MATRICES ? i + 1 : n_kept;
    }
    if (n_kept > 0) { /* the bank is no step, but stands in the text */
        size_t left = n_kept + (pipeline->bank.n_bands > 0 ? 1 : 0);
        size_t length = 0;
        for (; pipeline->text[length] != '\0'; length++) {
            left -= pipeline->text[length] == '|';
            if (left == 0) {
                break;
            }
        }
        while (length > 0 && pipeline->text[length - 1] == ' ') {
            length--;
        }
        ANA_TRY(ana_copy_bytes_as_text(pipeline->text, length, steps));
    }
done:
    ana_bci_pipeline_free(pipeline);
    ana_bci_family_free(family);
    return status;
}

ana_status ana_bci_drift_of_pipeline(const char *text, const ana_bci_trials *trials,
                                     const ana_run *run, ana_bci_drift **out)
{
    ana_status status = ANA_OK;
    char *steps = NULL;
    ana_bci_prefix *prefix = NULL;
    ana_bci_matrices matrices = {.values = NULL};
    *out = NULL;
    ANA_TRY(cut_text(text, &steps));
    if (steps == NULL) {
        return ana_bci_drift_of_trials(trials, run, out);
    }
    ANA_TRY(ana_bci_prefix_parse(steps, &prefix));
    ANA_TRY(ana_bci_prefix_apply(prefix, trials, run, &matrices));
    status = ana_bci_drift_of_matrices(trials, &matrices.set, run, out);
    if (status == ANA_ERR_VALUE || status == ANA_ERR_NUMERIC) {
        status = ana_bci_drift_of_trials(trials, run, out);
    } else if (*out != NULL) {
        (*out)->matrices = steps;
        steps = NULL;
    }
done:
    ana_bci_matrices_release(&matrices);
    ana_bci_prefix_free(prefix);
    free(steps);
    return status;
}

/* "P1 s2": a session, or of a class of it "P1 s2 left". */
static void name_point(const ana_bci_trials *trials, size_t session, const char *class,
                       char out[128])
{
    const char *subject = trials->subject_names[trials->session_subjects[session]];
    snprintf(out, 128, "%.40s %.40s%s%.40s", subject, trials->session_names[session],
             class[0] != '\0' ? " " : "", class);
}

static ana_status add_figures(const ana_bci_drift *drift, const ana_bci_trials *trials,
                              ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = drift->n_points;
    const size_t n_names = n + drift->n_sessions;
    char caption[400];
    const ana_picture_words map = {
        .title = "Distances between class means", .caption = caption, .value_title = "distance"};
    const ana_picture_words bars = {
        .title = "Drift of sessions",
        .caption = "Mean distance of a session's classes from those of its subject's first "
                   "session, over the spread of trials about their own mean.",
        .x_title = "session",
        .value_title = "drift"};
    const bool known = drift->matrices != NULL;
    snprintf(caption, sizeof caption,
             "Riemannian distances between the means of the classes of all sessions%s%.256s.",
             known ? "; matrices by " : "", known ? drift->matrices : "");
    char(*texts)[128] = ana_workspace_bytes(&workspace, n_names, 1, sizeof *texts);
    const char **names = ana_workspace_bytes(&workspace, n_names, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "drift"));
    for (size_t k = 0; k < n_names; k++) {
        const bool is_point = k < n;
        name_point(trials, is_point ? drift->sessions[k] : k - n,
                   is_point ? trials->classes[drift->classes[k]] : "", texts[k]);
        names[k] = texts[k];
    }
    ANA_TRY(ana_record_add_picture(record, "distances", ANA_HINT_HEAT_MAP, &map, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "mean", n, "mean"),
                                   drift->distances, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, names));
    ANA_TRY(ana_record_add_picture(record, "drift", ANA_HINT_BARS, &bars, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(drift->n_sessions, "session"),
                                   drift->drifts, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", drift->n_sessions, names + n));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_drift_to_record(const ana_bci_drift *drift, const ana_bci_trials *trials,
                                   ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    *out = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-drift"));
    ANA_TRY(ana_record_add_text(record, "title", "Drift of the class means"));
    ANA_TRY(ana_record_add_doubles(record, "spreads", ana_shape_1(drift->n_sessions, "session"),
                                   drift->spreads, NULL));
    if (drift->matrices != NULL) {
        ANA_TRY(ana_record_add_text(record, "matrices", drift->matrices));
    }
    ANA_TRY(add_figures(drift, trials, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
