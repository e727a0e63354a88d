#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/network_classification.h>

#include <stdlib.h>

enum {
    MOST_COUNTS = 24
};

typedef struct netclass_options {
    ana_network_classifier_options classifier;
    ana_folds_options folds;
    size_t n_inner;
} netclass_options;

static const ana_option inner_table[] = {
    {"inner-folds", ANA_OPTION_SIZE, offsetof(netclass_options, n_inner), 2, 1e6, NULL, "N",
     "folds within the training subjects, by which the number of components is chosen", false},
    ANA_OPTION_END,
};

/* Groups of all subjects, each of which has one. */
static ana_status take_groups(command_job *job, const ana_observations *observations,
                              size_t **groups)
{
    const size_t n = observations->n_times;
    if (observations->labels == NULL) {
        return job_refuse(job, "--labels: the group of each subject is needed");
    }
    *groups = calloc(n + 1, sizeof **groups);
    if (*groups == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "netclass: no memory for %zu groups", n);
    }
    for (size_t i = 0; i < n; i++) {
        if (observations->labels[i] < 0) {
            return ana_fail(ANA_ERR_VALUE, "netclass: subject %zu has no group", i);
        }
        (*groups)[i] = (size_t)observations->labels[i];
    }
    return ANA_OK;
}

static ana_status add_validation(const ana_network_validation *found, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_shape folds = ana_shape_1(found->n_folds, "fold");
    ANA_TRY(ana_record_add_double(record, "accuracy", found->accuracy, NULL));
    ANA_TRY(ana_record_add_double(record, "balanced_accuracy", found->balanced, NULL));
    ANA_TRY(ana_record_add_sizes(record, "predicted", ana_shape_1(found->n, "subject"),
                                 found->predicted, NULL));
    ANA_TRY(ana_record_add_group(record, "folds", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Folds"));
    ANA_TRY(ana_record_add_sizes(table, "components", folds, found->n_components, NULL));
    ANA_TRY(ana_record_add_doubles(table, "inner_accuracy", folds, found->inner, NULL));
    ANA_TRY(ana_record_add_doubles(table, "accuracy", folds, found->outer, NULL));
done:
    return status;
}

/* Components 1, 2, 4, ... up to those asked for, by folds; then a fit to all subjects. */
static ana_status classify(const ana_labelled_maps *data, const netclass_options *options,
                           ana_record *record)
{
    ana_status status = ANA_OK;
    size_t counts[MOST_COUNTS];
    ana_network_choices choices = {
        .n_kinds = 1, .kinds = data, .counts = counts, .n_inner = options->n_inner};
    ana_folds *folds = NULL;
    ana_network_validation *found = NULL;
    ana_network_classifier *fit = NULL;
    for (size_t k = 1; k <= options->classifier.n_components && choices.n_counts < MOST_COUNTS;
         k *= 2) {
        counts[choices.n_counts++] = k;
    }
    ANA_TRY(ana_folds_stratified(data->n, data->groups, &options->folds, &folds));
    ANA_TRY(ana_network_validate(&choices, folds, &options->classifier, &found));
    ANA_TRY(add_validation(found, record));
    ANA_TRY(ana_network_classifier_fit(data, 0, NULL, &options->classifier, &fit));
    ANA_TRY(ana_record_add_doubles(
        record, "maps", ana_shape_2(data->n_groups, "group", data->n_features, "feature"),
        fit->maps, NULL));
    ANA_TRY(ana_record_add_doubles(record, "mask", ana_shape_1(data->n_features, "feature"),
                                   fit->mask, NULL));
done:
    ana_network_classifier_free(fit);
    ana_network_validation_free(found);
    ana_folds_free(folds);
    return status;
}

static ana_status work(command_job *job, void *user)
{
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    size_t *groups = NULL;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(take_groups(job, observations, &groups));
    const ana_labelled_maps data = {.n = observations->n_times,
                                    .n_features = observations->n_features,
                                    .x = observations->values,
                                    .n_groups = observations->n_labels,
                                    .groups = groups};
    ANA_TRY(ana_record_new(&job->record));
    ANA_TRY(ana_record_add_text(job->record, "schema", "network classification"));
    ANA_TRY(ana_record_add_texts(job->record, "groups", data.n_groups,
                                 (const char *const *)observations->label_names));
    ANA_TRY(classify(&data, user, job->record));
done:
    free(groups);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    netclass_options options = {.classifier = ana_network_classifier_options_default(),
                                .folds = ana_folds_options_default(),
                                .n_inner = 5};
    const option_target own[] = {
        {"Classifier", ana_network_classifier_option_table, &options.classifier},
        {"Validation", ana_folds_option_table, &options.folds},
        {"Choice", inner_table, &options},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_ROWS | JOB_SAVING,
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
        "Principal components and linear discriminants of maps (an array, subject x feature) with "
        "--labels, the group of each subject; or an input for each group. Subjects are predicted "
        "from others alone: the mask of features (--kept), the components and the choice of their "
        "number, 1, 2, 4, ... up to --components, see training subjects only. The result holds "
        "predictions, accuracies, and the discriminants of all subjects as maps.",
    .examples = "ana netclass triangles.npy --labels diagnosis.npy --kept 0.1 -o classes.h5",
    .run = run_command,
};
