#include "bci_events.h"
#include "commands.h"
#include "try.h"

#include <analysis/models/erd.h>
#include <analysis/models/trial_features.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct features_options {
    size_t select;
    size_t folds;
    const char *classes;
    ana_trial_feature_options features;
    ana_erd_options erd;
    bci_input_options input;
} features_options;

static const ana_option selection_table[] = {
    {"select", ANA_OPTION_SIZE, offsetof(features_options, select), 0, 1 << 20, NULL, "N",
     "best features to pick inside the folds and score on held-out trials; 0: none", false},
    {"folds", ANA_OPTION_SIZE, offsetof(features_options, folds), 2, 1 << 20, NULL, "N",
     "folds of one recording, in the order of time; several recordings are each a fold", false},
    {"classes", ANA_OPTION_TEXT, offsetof(features_options, classes), 0, 0, NULL, "FIRST,SECOND",
     "the two classes to compare (default: the two there are)", false},
    ANA_OPTION_END,
};

static ana_status find_class(const ana_bci_trials *trials, const char *name, size_t length,
                             size_t *out)
{
    for (size_t k = 0; k < trials->n_classes; k++) {
        if (strlen(trials->classes[k]) == length &&
            strncmp(trials->classes[k], name, length) == 0) {
            *out = k;
            return ANA_OK;
        }
    }
    return ana_fail(ANA_ERR_VALUE, "--classes: no trial is of class \"%.*s\"", (int)length, name);
}

/* The two classes compared. */
static ana_status choose_classes(command_job *job, const ana_bci_trials *trials,
                                 const char *classes, size_t chosen[2])
{
    ana_status status = ANA_OK;
    const size_t n = trials->n_classes;
    chosen[0] = 0;
    chosen[1] = 1;
    if (classes == NULL) {
        if (n == 2) {
            return ANA_OK;
        }
        return ana_fail(ANA_ERR_VALUE,
                        "the trials have %zu class%s (%s%s%s%s); two are compared, which --events "
                        "or --classes FIRST,SECOND choose",
                        n, n == 1 ? "" : "es", trials->classes[0], n > 1 ? ", " : "",
                        n > 1 ? trials->classes[1] : "", n > 2 ? ", ..." : "");
    }
    const char *comma = strchr(classes, ',');
    if (comma == NULL || strchr(comma + 1, ',') != NULL) {
        return job_refuse(job, "--classes %s: two names with a comma between are right", classes);
    }
    ANA_TRY(find_class(trials, classes, (size_t)(comma - classes), &chosen[0]));
    ANA_TRY(find_class(trials, comma + 1, strlen(comma + 1), &chosen[1]));
    if (chosen[0] == chosen[1]) {
        return job_refuse(job, "--classes %s: two different classes are right", classes);
    }
done:
    return status;
}

/* Each recording a fold, or stretches of the only one with every class in each. */
static ana_status make_folds(const ana_bci_trials *trials, size_t n_folds, ana_folds **out)
{
    if (trials->n_runs > 1) {
        return ana_folds_leave_one_group_out(trials->n_trials, trials->runs, out);
    }
    ana_folds_options options = ana_folds_options_default();
    options.n_folds = n_folds;
    options.shuffle = false;
    return ana_folds_stratified(trials->n_trials, trials->labels, &options, out);
}

/* The channel of the largest r2, and the one whose largest is next. */
static ana_status add_erd(const features_options *options, const ana_bci_trials *trials,
                          ana_record *record)
{
    ana_status status = ANA_OK;
    ana_erd *erd = NULL;
    ana_record *child = NULL;
    const ana_record *map = ana_record_find(record, "signed_r2/values");
    const size_t n_bins = map->shape[1];
    double largest[2] = {-1.0, -1.0};
    size_t shown[2] = {0, 0};
    for (size_t c = 0; c < trials->n_channels; c++) {
        double best = 0.0;
        for (size_t f = 0; f < n_bins; f++) {
            best = fmax(best, fabs(map->doubles[c * n_bins + f]));
        }
        if (best > largest[0]) {
            largest[1] = largest[0];
            shown[1] = shown[0];
            largest[0] = best;
            shown[0] = c;
        } else if (best > largest[1]) {
            largest[1] = best;
            shown[1] = c;
        }
    }
    ANA_TRY(ana_erd_compute(trials, &options->erd, &erd));
    ANA_TRY(ana_erd_to_record(erd, trials, trials->n_channels > 1 ? 2 : 1, shown, &child));
    status = ana_record_adopt(record, "erd", child);
done:
    ana_erd_free(erd);
    return status;
}

static ana_status compare(command_job *job, void *user)
{
    const features_options *options = user;
    ana_status status = ANA_OK;
    const ana_bci_bank bank = {0};
    ana_bci_trials *trials = NULL;
    ana_trial_features *features = NULL;
    ana_feature_selection *selection = NULL;
    ana_folds *folds = NULL;
    size_t chosen[2];
    ANA_TRY(bci_input_trials(job, 0, &options->input, &bank, &trials));
    bci_events_tell_classes(job, &options->input, trials);
    ANA_TRY(choose_classes(job, trials, options->classes, chosen));
    ANA_TRY(ana_trial_features_compute(trials, &options->features, &features));
    if (options->select > 0) {
        ANA_TRY(make_folds(trials, options->folds, &folds));
        ANA_TRY(ana_feature_selection_score(features, trials->labels, chosen[0], chosen[1],
                                            options->select, folds, &selection));
    }
    ANA_TRY(ana_trial_features_to_record(features, trials, chosen[0], chosen[1], selection,
                                         &job->record));
    if (!isnan(options->erd.baseline_to_s)) {
        ANA_TRY(add_erd(options, trials, job->record));
    }
done:
    ana_folds_free(folds);
    ana_feature_selection_free(selection);
    ana_trial_features_free(features);
    ana_bci_trials_free(trials);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    features_options options = {.select = 5,
                                .folds = 5,
                                .features = ana_trial_feature_options_default(),
                                .erd = ana_erd_options_default(),
                                .input = bci_input_options_default()};
    const option_target own[] = {{"Features", ana_trial_feature_option_table, &options.features},
                                 {"Best features", selection_table, &options},
                                 {"Desynchronisation", ana_erd_option_table, &options.erd},
                                 {"Trials", bci_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.features.run, &options.erd.run},
                           .work = compare,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_features = {
    .name = "bci features",
    .summary = "Find which rhythms at which channels tell two classes of trials apart",
    .inputs = "RECORDING...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Power spectra, node strengths of connectivity, or complexity of every trial and channel; "
        "maps of r2, Welch's t and rank sums between two classes, in which all trials of both "
        "count; and how well the best few features do on trials that had no part in picking them: "
        "each recording is a fold, or stretches of a single one. A map's largest values are picked "
        "from many: the held-out score says what they are worth. With --baseline-to also maps of "
        "event-related desynchronisation, (power - baseline) / baseline by time and frequency.",
    .examples =
        "ana bci features S001R04.edf S001R08.edf --events T1=left,T2=right --window-from 0.5 "
        "--window-to 4 -o features.html\n"
        "ana bci features day1.gdf --classes 769,770 --window-from 0.5 --window-to 3.5 --feature "
        "connectivity --measure wpli --select 0 -o maps.h5\n"
        "ana bci features run.edf --events T1=left,T2=right --window-from -2 --window-to 4 "
        "--baseline-from -1.5 --baseline-to -0.5 -o erd.html",
    .run = run_command,
};
