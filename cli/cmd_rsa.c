#include "commands.h"
#include "job.h"
#include "rdm_input.h"
#include "try.h"

#include <analysis/models/rsa.h>

typedef struct rsa_options {
    ana_rsa_options rsa;
    const char *subjects;
} rsa_options;

static const ana_option subject_table[] = {
    {"subjects", ANA_OPTION_TEXT, offsetof(rsa_options, subjects), 0, 0, NULL, "FILE",
     "dissimilarities of the subjects: saved by ana rdm, or an array of them", false},
    ANA_OPTION_END,
};

static ana_status compare(command_job *job, void *user)
{
    rsa_options *options = user;
    ana_status status = ANA_OK;
    ana_rdms *both[2] = {NULL, NULL}; /* models, subjects */
    ana_rdms *joined = NULL;
    ana_rsa *rsa = NULL;
    options->rsa.compare.run = job->run;
    if (options->subjects == NULL) {
        return job_refuse(job, "needs --subjects FILE: what the models are compared with");
    }
    ANA_TRY(rdm_inputs(job, job->arguments.n_inputs, job->arguments.inputs, &both[0]));
    char *subjects[] = {(char *)(uintptr_t)options->subjects};
    ANA_TRY(rdm_inputs(job, 1, subjects, &both[1]));
    /* The conditions that both have, in the order of the first. */
    const size_t n_models = both[0]->n_rdms;
    ANA_TRY(ana_rdms_join(2, both, &joined));
    if (joined->n_conditions < both[0]->n_conditions ||
        joined->n_conditions < both[1]->n_conditions) {
        console_say(&job->console,
                    "%zu conditions are shared, of %zu of models and %zu of subjects",
                    joined->n_conditions, both[0]->n_conditions, both[1]->n_conditions);
    }
    const size_t n_pairs = ana_rdm_n_pairs(joined->n_conditions);
    ana_rdms models = *joined; /* borrowed halves */
    ana_rdms measured = *joined;
    models.n_rdms = n_models;
    measured.n_rdms = joined->n_rdms - n_models;
    measured.values = joined->values + n_models * n_pairs;
    measured.names = joined->names + n_models;
    ANA_TRY(ana_rsa_compute(&measured, &models, NULL, &options->rsa, &rsa));
    ANA_TRY(ana_rsa_to_record(rsa, &job->record));
done:
    ana_rdms_free(both[0]);
    ana_rdms_free(both[1]);
    ana_rdms_free(joined);
    ana_rsa_free(rsa);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    rsa_options options = {.rsa = ana_rsa_options_default()};
    const option_target own[] = {{"Subjects", subject_table, &options},
                                 {"Comparison", ana_rdm_compare_option_table, &options.rsa.compare},
                                 {"Tests", ana_rsa_option_table, &options.rsa},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_SAVING,
                           .runs = {&options.rsa.run},
                           .work = compare,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_rsa = {
    .name = "rsa",
    .summary = "Find how well models match subjects, and how well any could",
    .inputs = "MODEL...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Compares the dissimilarities of models with those of subjects (representational "
        "similarity analysis). Inputs are models, --subjects the measured: matrices saved by ana "
        "rdm, joined by the ids of their conditions, or arrays: one matrix (condition x "
        "condition), "
        "or a stack of them (matrix x condition x condition), in one common order.\n\n"
        "The result holds each model's similarity with each subject, its mean with an interval, "
        "the "
        "noise ceiling, and tests: against chance by permuting conditions (alone, and against the "
        "best of all models), against zero and the ceiling over subjects, and between models.",
    .examples = "ana rsa layer1.h5 layer4.h5 --subjects brains.h5 -o rsa.html\n"
                "ana rsa models.npy --subjects subjects.npy --similarity whitened-cosine --json",
    .run = run_command,
};
