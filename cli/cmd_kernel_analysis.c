#include "commands.h"
#include "responses_input.h"
#include "table_codes.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/formats/table_io.h>
#include <analysis/models/ceiling.h>
#include <analysis/models/kernel_analysis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_COUNTS = 64
};

typedef struct kernel_options {
    ana_kernel_analysis_options kernel;
    responses_options responses;
    const char *classes;
    const char *counts;
    const char *noise;
} kernel_options;

static const ana_option task_table[] = {
    {"classes", ANA_OPTION_TEXT, offsetof(kernel_options, classes), 0, 0, NULL, "TABLE",
     "what each stimulus is: a table with a column \"class\", and a column \"id\" of stimuli "
     "unless "
     "its rows are in their order",
     false},
    {"unit-counts", ANA_OPTION_TEXT, offsetof(kernel_options, counts), 0, 0, NULL, "N,N,...",
     "draw so many units at random, --draws times each, to compare systems at the same number",
     false},
    {"noise-of", ANA_OPTION_TEXT, offsetof(kernel_options, noise), 0, 0, NULL, "FILE",
     "make drawn units as noisy as this recording: its trials (stimulus x trial x unit, or rows "
     "with --conditions)",
     false},
    ANA_OPTION_END,
};

typedef struct drawing_plan {
    size_t n_counts;
    size_t counts[MOST_COUNTS];
    double *ratios; /* owned */
    size_t n_ratios;
} drawing_plan;

static ana_status parse_counts(command_job *job, const char *list, drawing_plan *plan)
{
    static const ana_option number = {"unit-counts", ANA_OPTION_SIZE, 0, 1, 1e9, NULL, NULL, NULL,
                                      false};
    for (const char *at = list; at != NULL && *at != '\0';) {
        char piece[32];
        const size_t length = strcspn(at, ",");
        snprintf(piece, sizeof piece, "%.*s", length < sizeof piece ? (int)length : 0, at);
        if (plan->n_counts == MOST_COUNTS) {
            return job_refuse(job, "--unit-counts: at most %d numbers", MOST_COUNTS);
        }
        if (ana_option_set(&number, &plan->counts[plan->n_counts++], piece) != ANA_OK) {
            return job_refuse(
                job, "--unit-counts %s: numbers from 1 on with commas between them are wanted",
                list);
        }
        at += at[length] == ',' ? length + 1 : length;
    }
    return ANA_OK;
}

/* Noise over signal of the means of each recorded unit that has a signal. */
static ana_status read_noise(command_job *job, const kernel_options *options, drawing_plan *plan)
{
    ana_status status = ANA_OK;
    ana_observations *trials = NULL;
    ana_ceiling *ceiling = NULL;
    ana_ceiling_options nsd = ana_ceiling_options_default();
    nsd.run = job->run;
    nsd.method = ANA_CEILING_NSD;
    ANA_TRY(trials_of_stimuli(job, options->noise, options->responses.conditions, &trials));
    ANA_TRY(ana_ceiling_compute(trials, 0, NULL, &nsd, &ceiling));
    plan->ratios = calloc(ceiling->n_units + 1, sizeof *plan->ratios);
    if (plan->ratios == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the noise of %zu units", ceiling->n_units);
        goto done;
    }
    for (size_t u = 0; u < ceiling->n_units; u++) {
        if (ceiling->signal_variance[u] > 0.0) { /* never, where it is not known */
            plan->ratios[plan->n_ratios++] =
                ceiling->noise_variance[u] / ceiling->n_trials / ceiling->signal_variance[u];
        }
    }
    if (plan->n_ratios == 0) {
        ANA_TRY(
            ana_fail(ANA_ERR_VALUE, "%s: no unit has a signal beyond its noise", options->noise));
    }
    console_say(&job->console, "%s: the noise of %zu of %zu units is drawn from", options->noise,
                plan->n_ratios, ceiling->n_units);
done:
    ana_ceiling_free(ceiling);
    ana_observations_free(trials);
    return status;
}

/* Results of all systems. */
typedef struct results {
    size_t n;
    const char **names;
    ana_kernel_analysis **analyses;
    ana_kernel_subsampling **subsamplings;
} results;

static ana_status make_results(size_t n, results *out)
{
    out->n = n;
    out->names = calloc(n + 1, sizeof *out->names);
    out->analyses = calloc(n + 1, sizeof(ana_kernel_analysis *));
    out->subsamplings = calloc(n + 1, sizeof(ana_kernel_subsampling *));
    return out->names != NULL && out->analyses != NULL && out->subsamplings != NULL
               ? ANA_OK
               : ana_fail(ANA_ERR_MEMORY, "no memory for the results of %zu systems", n);
}

static void free_results(results *self)
{
    for (size_t i = 0; i < self->n && self->analyses != NULL && self->subsamplings != NULL; i++) {
        ana_kernel_analysis_free(self->analyses[i]);
        ana_kernel_subsampling_free(self->subsamplings[i]);
    }
    free(self->names);
    free(self->analyses);
    free(self->subsamplings);
}

static ana_status analyse(command_job *job, const kernel_options *options,
                          const ana_responses_set *set, const ana_kernel_classes *classes,
                          const drawing_plan *plan)
{
    ana_status status = ANA_OK;
    results found = {0};
    const ana_kernel_noise noise = {plan->n_ratios, plan->ratios};
    const bool draws = plan->n_counts > 0;
    ANA_TRY(make_results(set->n, &found));
    for (size_t i = 0; i < set->n; i++) {
        const ana_responses *system = set->systems[i];
        found.names[i] = system->name;
        ANA_TRY(ana_kernel_analysis_compute(system, classes, &options->kernel, &found.analyses[i]));
        if (found.analyses[i]->n_silent > 0) {
            console_warn("%s: %zu units without values, or with one value, are left out",
                         system->name, found.analyses[i]->n_silent);
        }
        if (draws) {
            ANA_TRY(ana_kernel_analysis_subsample(system, classes, plan->n_counts, plan->counts,
                                                  plan->ratios != NULL ? &noise : NULL,
                                                  &options->kernel, &found.subsamplings[i]));
        }
    }
    const ana_kernel_report report = {set->n, found.names, found.analyses,
                                      draws ? found.subsamplings : NULL};
    ANA_TRY(ana_kernel_analysis_to_record(&report, &job->record));
done:
    free_results(&found);
    return status;
}

static ana_status work(command_job *job, void *user)
{
    const kernel_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *set = NULL;
    ana_table *table = NULL;
    table_codes codes = {0};
    size_t *classes = NULL;
    drawing_plan plan = {0};
    if (options->classes == NULL) {
        return job_refuse(job, "needs --classes TABLE: what each stimulus is");
    }
    if (options->noise != NULL && options->counts == NULL) {
        return job_refuse(job, "--noise-of goes with --unit-counts");
    }
    ANA_TRY(parse_counts(job, options->counts, &plan));
    ANA_TRY(responses_inputs(job, job->arguments.n_inputs, job->arguments.inputs,
                             &options->responses, &set));
    ANA_TRY(ana_table_read(options->classes, &job->run, &table));
    ANA_TRY(table_code_column(table, options->classes, "class", &codes));
    const size_t n = set->systems[0]->n_stimuli;
    classes = calloc(n + 1, sizeof *classes);
    if (classes == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_MEMORY, "no memory for %zu classes", n));
    }
    ANA_TRY(
        table_codes_of_ids(table, options->classes, &codes, n, set->systems[0]->stimuli, classes));
    if (options->noise != NULL) {
        ANA_TRY(read_noise(job, options, &plan));
    }
    const ana_kernel_classes task = {codes.n, classes};
    ANA_TRY(analyse(job, options, set, &task, &plan));
done:
    free(classes);
    table_codes_free(&codes);
    free(plan.ratios);
    ana_table_free(table);
    ana_responses_set_free(set);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    kernel_options options = {.kernel = ana_kernel_analysis_options_default(),
                              .responses = responses_options_default()};
    const option_target own[] = {{"Task", task_table, &options},
                                 {"Kernel", ana_kernel_analysis_option_table, &options.kernel},
                                 {"Stimuli", responses_option_table, &options.responses},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.kernel.run},
                           .work = work,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_kernel_analysis = {
    .name = "kernel-analysis",
    .summary = "Find how simple a task is in the representations of several systems",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "How many dimensions of a representation does a task need? Inputs are the responses of "
        "systems (layers of a model, regions of a brain) to the same stimuli, --classes what these "
        "are. The leading d eigenvectors of a Gaussian kernel of the responses leave an error e(d) "
        "of the classes: the earlier it falls, the simpler the task. The kernel's width is chosen "
        "at each d by the error on held-out stimuli.\n\n"
        "Systems with more units than a recording are compared at the same number of them by "
        "--unit-counts, and as noisy as it by --noise-of.",
    .examples = "ana kernel-analysis layer1.npy layer4.npy --classes category.csv -o kernel.html\n"
                "ana kernel-analysis model.npy it.npy --classes category.csv --unit-counts "
                "20,50,100 -o kernel.h5",
    .run = run_command,
};
