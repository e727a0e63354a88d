#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>
#include <analysis/models/bci_check.h>
#include <analysis/models/riemannian_potato.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_bci_check_option_table[] = {
    {"artefact", ANA_OPTION_DOUBLE, offsetof(ana_bci_check_options, artefact), 0, 1e6, NULL, "Z",
     "z in the Riemannian potato at and above which a trial is an artefact (default 3)", false},
    {"gross", ANA_OPTION_DOUBLE, offsetof(ana_bci_check_options, gross), 1, 1e6, NULL, "TIMES",
     "how many times the median channel's deviation, or less than its inverse, makes a channel "
     "stand out (default 10)",
     false},
    {"bridge", ANA_OPTION_DOUBLE, offsetof(ana_bci_check_options, bridge), 0, 1, NULL, "R",
     "correlation at and above which two channels are bridged (default 0.999)", false},
    ANA_OPTION_END,
};

/* A deviation below this share of the median channel's is what filtering a constant leaves. */
static const double least_share = 1e-9;
/* From this ratio on a unit explains more than a bad contact does. */
static const double unit_ratio = 300.0;

ana_bci_check_options ana_bci_check_options_default(void)
{
    return (ana_bci_check_options){
        .rank = ana_spd_rank_options_default(), .artefact = 3.0, .gross = 10.0, .bridge = 0.999};
}

const char *ana_bci_channel_state_name(ana_bci_channel_state state)
{
    static const char *const names[] = {"good", "flat", "other unit", "gross", "weak", "bridged"};
    return names[state];
}

void ana_bci_check_free(ana_bci_check *check)
{
    if (check == NULL) {
        return;
    }
    free(check->deviations);
    free(check->ratios);
    free(check->states);
    ana_free_texts(check->n_channels, check->notes);
    free(check->rank_sentence);
    free(check->z);
    free(check->artefacts);
    free(check->unjudged);
    free(check);
}

static ana_status make_room(const ana_bci_trials *trials, ana_bci_check **out)
{
    ana_status status = ANA_OK;
    ana_bci_check *check = NULL;
    ANA_TRY(ana_allocate(1, sizeof *check, "check", &check));
    check->n_trials = trials->n_trials;
    check->n_channels = trials->n_channels;
    const size_t n = check->n_channels;
    ANA_TRY(ana_allocate(n, sizeof *check->deviations, "check", &check->deviations));
    ANA_TRY(ana_allocate(n, sizeof *check->ratios, "check", &check->ratios));
    ANA_TRY(ana_allocate(n, sizeof *check->states, "check", &check->states));
    ANA_TRY(ana_allocate(n, sizeof *check->notes, "check", &check->notes));
    ANA_TRY(ana_allocate(trials->n_trials, sizeof *check->z, "check", &check->z));
    ANA_TRY(ana_allocate(trials->n_trials, sizeof *check->artefacts, "check", &check->artefacts));
    *out = check;
    check = NULL;
done:
    ana_bci_check_free(check);
    return status;
}

static double deviation_of(size_t n, const double *x)
{
    double sum = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < n; t++) {
        sum += x[t];
    }
    const double mean = sum / (double)n;
    for (size_t t = 0; t < n; t++) {
        squares += (x[t] - mean) * (x[t] - mean);
    }
    return sqrt(squares / (double)n);
}

static ana_status check_finite(const ana_bci_trials *trials)
{
    const size_t n = trials->n_channels;
    for (size_t k = 0; k < trials->n_trials * ana_bci_trial_size(trials); k++) {
        if (!isfinite(trials->values[k])) {
            const size_t row = k / trials->n_times;
            return ana_fail(ANA_ERR_VALUE, "check: trial %zu, channel %s: a sample is not finite",
                            row / n, trials->channel_names[row % n]);
        }
    }
    return ANA_OK;
}

/* Deviations of channels, and their ratios to the median one's of those that vary. */
static ana_status measure(const ana_bci_trials *trials, ana_bci_check *check)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = trials->n_channels;
    const size_t n_times = trials->n_times;
    double *room = ana_workspace_doubles(&workspace, trials->n_trials + n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    for (size_t c = 0; c < n; c++) {
        for (size_t i = 0; i < trials->n_trials; i++) {
            const double *x = trials->values + (i * n + c) * n_times;
            room[i] = deviation_of(n_times, x);
        }
        check->deviations[c] = ana_stats_median_in_place(trials->n_trials, room);
    }
    size_t n_varying = 0;
    for (size_t c = 0; c < n; c++) {
        if (check->deviations[c] > 0.0) {
            room[n_varying++] = check->deviations[c];
        }
    }
    const double median = n_varying > 0 ? ana_stats_median_in_place(n_varying, room) : 0.0;
    for (size_t c = 0; c < n; c++) {
        check->ratios[c] = median > 0.0 ? check->deviations[c] / median : 0.0;
        if (check->ratios[c] <= least_share) {
            check->states[c] = ANA_BCI_CHANNEL_FLAT;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status note(ana_bci_check *check, size_t c, ana_bci_channel_state state,
                       const char *text)
{
    check->states[c] = state;
    free(check->notes[c]);
    check->notes[c] = NULL;
    return ana_copy_text(text, &check->notes[c]);
}

static bool other_text(const char *a, const char *b)
{
    return (a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0);
}

/* What a channel's unit and size say of it. */
static ana_status judge_sizes(const char *const *units, const ana_bci_check_options *options,
                              ana_bci_check *check)
{
    ana_status status = ANA_OK;
    char text[160];
    for (size_t c = 0; c < check->n_channels; c++) {
        const double ratio = check->ratios[c];
        char times[32];
        snprintf(times, sizeof times, "%.3g", ratio);
        if (check->states[c] == ANA_BCI_CHANNEL_FLAT) {
            ANA_TRY(note(check, c, ANA_BCI_CHANNEL_FLAT, "it does not vary"));
        } else if (units != NULL && other_text(units[c], units[0])) {
            snprintf(text, sizeof text, "its unit is %.40s, the first channel's %.40s",
                     units[c] != NULL ? units[c] : "not known",
                     units[0] != NULL ? units[0] : "not known");
            ANA_TRY(note(check, c, ANA_BCI_CHANNEL_OTHER_UNIT, text));
        } else if (ratio >= unit_ratio || ratio <= 1.0 / unit_ratio) {
            snprintf(text, sizeof text,
                     "%s times the deviation of the median channel, as in another unit", times);
            ANA_TRY(note(check, c, ANA_BCI_CHANNEL_OTHER_UNIT, text));
        } else if (ratio >= options->gross || ratio <= 1.0 / options->gross) {
            const bool gross = ratio > 1.0;
            snprintf(text, sizeof text, "%s times the deviation of the median channel, as of %s",
                     times, gross ? "a loose electrode" : "one near the reference, or shorted");
            ANA_TRY(note(check, c, gross ? ANA_BCI_CHANNEL_GROSS : ANA_BCI_CHANNEL_WEAK, text));
        }
    }
done:
    return status;
}

/* Pairs of channels that are one, by the mean covariance of all trials. */
static ana_status judge_bridges(const ana_bci_trials *trials, const double *covariances,
                                const ana_bci_check_options *options, ana_bci_check *check)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = check->n_channels;
    double *sum = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    for (size_t i = 0; i < check->n_trials; i++) {
        for (size_t k = 0; k < n * n; k++) {
            sum[k] += covariances[i * n * n + k];
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const double scale = sqrt(sum[a * n + a] * sum[b * n + b]);
            if (a == b || !(scale > 0.0) || sum[a * n + b] < options->bridge * scale ||
                check->states[a] != ANA_BCI_CHANNEL_GOOD) {
                continue;
            }
            char text[160];
            snprintf(text, sizeof text, "as %.60s, with a correlation of %.6g",
                     trials->channel_names[b], sum[a * n + b] / scale);
            ANA_TRY(note(check, a, ANA_BCI_CHANNEL_BRIDGED, text));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Signals over their channel's deviation; flat ones are 0. */
static void scale_signals(const ana_bci_trials *trials, const ana_bci_check *check, double *out)
{
    const size_t n = trials->n_channels;
    for (size_t r = 0; r < trials->n_trials * n; r++) {
        const size_t c = r % n;
        const bool flat = check->states[c] == ANA_BCI_CHANNEL_FLAT;
        const double scale = flat ? 0.0 : 1.0 / check->deviations[c];
        for (size_t t = 0; t < trials->n_times; t++) {
            out[r * trials->n_times + t] = scale * trials->values[r * trials->n_times + t];
        }
    }
}

/* The matrices of trials that vary at all to the front; *n_left of them, `items` says which. */
static void gather_varying(const ana_bci_check *check, double *covariances, double *shrunk,
                           size_t *items, size_t *n_left)
{
    const size_t n = check->n_channels;
    *n_left = 0;
    for (size_t i = 0; i < check->n_trials; i++) {
        double trace = 0.0;
        for (size_t c = 0; c < n; c++) {
            trace += covariances[i * n * n + c * n + c];
        }
        if (!(trace > 0.0)) {
            check->z[i] = INFINITY;
            continue;
        }
        memmove(covariances + *n_left * n * n, covariances + i * n * n,
                n * n * sizeof *covariances);
        memmove(shrunk + *n_left * n * n, shrunk + i * n * n, n * n * sizeof *shrunk);
        items[(*n_left)++] = i;
    }
}

/* z of the trials that vary, or why there is none. */
static ana_status judge_trials(const ana_spd_rank *rank, const ana_spd_set *shrunk,
                               const size_t *items, const ana_bci_check_options *options,
                               ana_bci_check *check)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_potato *potato = NULL;
    ana_potato_options fit = ana_potato_options_default();
    const size_t n = rank->n_dimensions;
    double *inner = ana_workspace_doubles(&workspace, shrunk->n_matrices * n, n);
    double *z = ana_workspace_doubles(&workspace, shrunk->n_matrices, 1);
    const ana_spd_set set = {.n = n, .n_matrices = shrunk->n_matrices, .values = inner};
    fit.mean.run = options->rank.run;
    fit.threshold = options->artefact;
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    status = ana_spd_rank_project(rank, shrunk, &options->rank.run, inner);
    if (status == ANA_OK) {
        status = ana_potato_fit(&set, NULL, &fit, NULL, &potato);
    }
    if (status == ANA_ERR_VALUE) {
        status = ana_copy_text(ana_last_error(), &check->unjudged);
        goto done;
    }
    ANA_TRY(status);
    ANA_TRY(ana_potato_scores(potato, &set, &options->rank.run, z));
    for (size_t k = 0; k < set.n_matrices; k++) {
        check->z[items[k]] = z[k];
    }
done:
    ana_potato_free(potato);
    ana_workspace_release(&workspace);
    return status;
}

/* The cause of a loss of rank shows in the channels' own gains: those of an average reference sum
 * to 0 as they are. */
static ana_status tell_rank(const ana_spd_set *scaled, const ana_spd_rank_options *find,
                            ana_bci_check *check)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spd_rank *rank = NULL;
    const size_t n = scaled->n;
    double *own = ana_workspace_doubles(&workspace, scaled->n_matrices, n * n);
    const ana_spd_set set = {.n = n, .n_matrices = scaled->n_matrices, .values = own};
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    for (size_t k = 0; k < scaled->n_matrices * n * n; k++) {
        own[k] = scaled->values[k] * check->ratios[k / n % n] * check->ratios[k % n];
    }
    ANA_TRY(ana_spd_rank_find(&set, find, &rank));
    check->rank = rank->rank;
    ANA_TRY(ana_copy_text(rank->sentence, &check->rank_sentence));
done:
    ana_spd_rank_free(rank);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status judge_matrices(const ana_bci_trials *trials, double *covariances, double *shrunk,
                                 const ana_bci_check_options *options, ana_bci_check *check)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spd_rank *rank = NULL;
    ana_spd_rank_options find = options->rank;
    size_t n_left = 0;
    size_t *items = ana_workspace_sizes(&workspace, check->n_trials, 1);
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    gather_varying(check, covariances, shrunk, items, &n_left);
    if (n_left == 0) {
        ANA_TRY(ana_copy_text("no channel varies in any trial", &check->rank_sentence));
        goto done;
    }
    ana_spd_set set = {.n = check->n_channels, .n_matrices = n_left, .values = covariances};
    find.n_times = trials->n_times;
    find.channels = (const char *const *)trials->channel_names;
    ANA_TRY(tell_rank(&set, &find, check));
    ANA_TRY(ana_spd_rank_find(&set, &find, &rank));
    set.values = shrunk;
    ANA_TRY(judge_trials(rank, &set, items, options, check));
done:
    ana_spd_rank_free(rank);
    ana_workspace_release(&workspace);
    return status;
}

/* Everything that is told by covariances. */
static ana_status judge_covariances(const ana_bci_trials *trials,
                                    const ana_bci_check_options *options, ana_bci_check *check)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = trials->n_channels;
    ana_covariance_options estimate = ana_covariance_options_default();
    double *scaled = ana_workspace_doubles(&workspace, trials->n_trials, n * trials->n_times);
    double *covariances = ana_workspace_doubles(&workspace, trials->n_trials, n * n);
    double *shrunk = ana_workspace_doubles(&workspace, trials->n_trials, n * n);
    ANA_TRY(ana_workspace_check(&workspace, "check"));
    scale_signals(trials, check, scaled);
    const ana_trial_signals signals = {.n_trials = trials->n_trials,
                                       .n_channels = n,
                                       .n_times = trials->n_times,
                                       .values = scaled};
    estimate.run = options->rank.run;
    estimate.estimator = ANA_COVARIANCE_EMPIRICAL;
    ANA_TRY(ana_covariance_of_trials(&signals, &estimate, NULL, covariances));
    estimate.estimator = ANA_COVARIANCE_OAS;
    ANA_TRY(ana_covariance_of_trials(&signals, &estimate, NULL, shrunk));
    ANA_TRY(judge_bridges(trials, covariances, options, check));
    ANA_TRY(judge_matrices(trials, covariances, shrunk, options, check));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_check_trials(const ana_bci_trials *trials, const char *const *units,
                                const ana_bci_check_options *options, ana_bci_check **out)
{
    ana_status status = ANA_OK;
    ana_bci_check *check = NULL;
    const ana_bci_check_options standard = ana_bci_check_options_default();
    options = options != NULL ? options : &standard;
    *out = NULL;
    ANA_TRY(ana_options_check(ana_bci_check_option_table, options, "check"));
    if (trials->n_bands != 1) {
        return ana_fail(ANA_ERR_SHAPE, "check: trials of %zu bands; one is right", trials->n_bands);
    }
    ANA_TRY(make_room(trials, &check));
    for (size_t i = 0; i < trials->n_trials; i++) {
        check->z[i] = NAN;
    }
    ANA_TRY(check_finite(trials));
    ANA_TRY(measure(trials, check));
    ANA_TRY(judge_sizes(units, options, check));
    ANA_TRY(judge_covariances(trials, options, check));
    for (size_t i = 0; i < trials->n_trials; i++) {
        check->artefacts[i] = check->z[i] >= options->artefact;
        check->n_artefacts += check->artefacts[i];
    }
    *out = check;
    check = NULL;
done:
    ana_bci_check_free(check);
    return status;
}
