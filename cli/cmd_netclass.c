#include "commands.h"
#include "job.h"
#include "netclass_input.h"
#include "try.h"

#include <analysis/models/network_classification.h>

enum {
    MOST_COUNTS = 24
};

typedef struct netclass_options {
    ana_network_classifier_options classifier;
    ana_folds_options folds;
    size_t n_inner;
    netclass_input_options input;
} netclass_options;

static const ana_option choice_table[] = {
    {"inner-folds", ANA_OPTION_SIZE, offsetof(netclass_options, n_inner), 2, 1e6, NULL, "N",
     "folds within the training subjects, by which the number of components and the threshold are "
     "chosen",
     false},
    ANA_OPTION_END,
};

/* The choice of the largest mean share within training subjects, the first of equals. */
static size_t best_choice(const ana_network_validation *found)
{
    const size_t n = found->n_kinds * found->n_counts;
    size_t best = 0;
    double most = -1.0;
    for (size_t k = 0; k < n; k++) {
        double sum = 0.0;
        for (size_t f = 0; f < found->n_folds; f++) {
            sum += found->grid[f * n + k];
        }
        if (sum > most + 1e-12) {
            most = sum;
            best = k;
        }
    }
    return best;
}

/* Components 1, 2, 4, ... up to those asked for, by folds; then a fit to all subjects by the choice
 * that was best in them. */
static ana_status classify(const subject_maps *maps, const ana_labelled_maps *kinds,
                           const netclass_options *options, const ana_network_class_names *names,
                           ana_record **record)
{
    ana_status status = ANA_OK;
    size_t counts[MOST_COUNTS];
    ana_network_choices choices = {
        .n_kinds = maps->n_levels, .kinds = kinds, .counts = counts, .n_inner = options->n_inner};
    ana_network_classifier_options final = options->classifier;
    ana_folds *folds = NULL;
    ana_network_validation *found = NULL;
    ana_network_classifier *fit = NULL;
    for (size_t k = 1; k <= options->classifier.n_components && choices.n_counts < MOST_COUNTS;
         k *= 2) {
        counts[choices.n_counts++] = k;
    }
    ANA_TRY(ana_folds_stratified(maps->n_subjects, maps->groups, &options->folds, &folds));
    ANA_TRY(ana_network_validate(&choices, folds, &options->classifier, &found));
    const size_t best = best_choice(found);
    final.n_components = counts[best % found->n_counts];
    ANA_TRY(ana_network_classifier_fit(&kinds[best / found->n_counts], 0, NULL, &final, &fit));
    ANA_TRY(ana_network_validation_to_record(found, &choices, names, fit, record));
    ANA_TRY(ana_record_add_int(*record, "final_components", (int64_t)fit->n_components, NULL));
    if (maps->n_levels > 1) {
        ANA_TRY(ana_record_add_text(*record, "final_maps", names->kinds[best / found->n_counts]));
    }
done:
    ana_network_classifier_free(fit);
    ana_network_validation_free(found);
    ana_folds_free(folds);
    return status;
}

static ana_status work(command_job *job, void *user)
{
    const netclass_options *options = user;
    ana_status status = ANA_OK;
    subject_maps maps = {0};
    ana_labelled_maps kinds[NETCLASS_LEVELS];
    const char *level_names[NETCLASS_LEVELS];
    ANA_TRY(load_subject_maps(job, &options->input, &options->classifier.run, &maps));
    for (size_t l = 0; l < maps.n_levels; l++) {
        level_names[l] = maps.names[l];
        kinds[l] = (ana_labelled_maps){.n = maps.n_subjects,
                                       .n_features = maps.n_features,
                                       .x = maps.x + l * maps.n_subjects * maps.n_features,
                                       .n_groups = maps.n_groups,
                                       .groups = maps.groups};
    }
    const ana_network_class_names names = {.groups = maps.group_names,
                                           .kinds = maps.n_levels > 1 ? level_names : NULL};
    ANA_TRY(classify(&maps, kinds, options, &names, &job->record));
done:
    release_subject_maps(&maps);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    netclass_options options = {.classifier = ana_network_classifier_options_default(),
                                .folds = ana_folds_options_default(),
                                .n_inner = 5,
                                .input = {.feature = ANA_FUNCTIONAL_CYCLES3}};
    const option_target own[] = {
        {"Classifier", ana_network_classifier_option_table, &options.classifier},
        {"Validation", ana_folds_option_table, &options.folds},
        {"Choice", choice_table, &options},
        {"Subjects", netclass_input_option_table, &options.input},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_ROWS | JOB_SAVING,
                           .not_of_rows = "labels",
                           .runs = {&options.classifier.run, &options.folds.run},
                           .work = work,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_netclass = {
    .name = "netclass",
    .summary = "Tell groups of subjects apart by maps of network features",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Principal components and linear discriminants of maps (an array, subject x feature). Or, "
        "with --thresholds or --densities, of maps of functional networks: inputs are then "
        "signals, each session (or trial of an array, subject x time x signal) a subject. "
        "--groups has the group of each subject; without it each input is a group. Subjects are "
        "predicted from others alone: the mask of features (--kept), the components, and the "
        "choice of their number, 1, 2, 4, ... up to --components, and of the threshold, see "
        "training subjects only. The result holds predictions, accuracies, how good each choice "
        "was, and the discriminants of all subjects, by the best choice, as maps.",
    .examples = "ana netclass triangles.npy --groups diagnosis.npy --kept 0.1 -o classes.h5\n"
                "ana netclass scans.npy --groups diagnosis.npy --thresholds 0.2,0.4,0.6 "
                "-o classes.html",
    .run = run_command,
};
