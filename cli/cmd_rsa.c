#include "commands.h"
#include "job.h"
#include "rsa_input.h"
#include "try.h"

#include <analysis/models/rsa.h>
#include <analysis/models/rsa_flexible.h>
#include <analysis/models/rsa_partition.h>

typedef struct rsa_options {
    ana_rsa_options rsa;
    ana_rsa_flexible_options flexible;
    rsa_input_options input;
    bool bends;
    bool parts;
} rsa_options;

static const ana_option bend_table[] = {
    {"flexible", ANA_OPTION_BOOL, offsetof(rsa_options, bends), 0, 0, NULL, NULL,
     "try the models together as well: fitted to some subjects and conditions, tried on others",
     false},
    {"partition", ANA_OPTION_BOOL, offsetof(rsa_options, parts), 0, 0, NULL, NULL,
     "also what the models explain together, each by itself (partial correlation, unique "
     "variance), and two to four of them in common",
     false},
    ANA_OPTION_END,
};

/* The models together, as a part of the result. */
static ana_status bend(const rsa_inputs *of, rsa_options *options, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_rsa_flexible *flexible = NULL;
    ana_record *part = NULL;
    options->flexible.compare = options->rsa.compare;
    options->flexible.groups = of->groups;
    options->flexible.over = options->rsa.over;
    options->flexible.level = options->rsa.level;
    options->flexible.correction = options->rsa.correction;
    ANA_TRY(ana_rsa_flexible_compute(&of->subjects, &of->models, of->noise, &options->flexible,
                                     &flexible));
    ANA_TRY(ana_rsa_flexible_to_record(flexible, &part));
    ana_record *child = part;
    part = NULL;
    ANA_TRY(ana_record_adopt(record, "flexible", child));
done:
    options->flexible.groups = NULL;
    ana_record_free(part);
    ana_rsa_flexible_free(flexible);
    return status;
}

/* What the models explain together and alone, as a part of the result. */
static ana_status divide(const rsa_inputs *of, const rsa_options *options, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_rsa_partition *partition = NULL;
    ana_record *part = NULL;
    ANA_TRY(ana_rsa_partition_compute(&of->subjects, &of->models, &options->rsa, &partition));
    ANA_TRY(ana_rsa_partition_to_record(partition, &part));
    ana_record *child = part;
    part = NULL;
    ANA_TRY(ana_record_adopt(record, "partition", child));
done:
    ana_record_free(part);
    ana_rsa_partition_free(partition);
    return status;
}

static ana_status compare(command_job *job, void *user)
{
    rsa_options *options = user;
    ana_status status = ANA_OK;
    rsa_inputs of = {{NULL, NULL}, NULL, {0}, {0}, NULL, NULL};
    ana_rsa *rsa = NULL;
    options->rsa.compare.run = job->run;
    ANA_TRY(rsa_inputs_read(job, &options->input, &of));
    options->rsa.groups = of.groups;
    ANA_TRY(ana_rsa_compute(&of.subjects, &of.models, of.noise, &options->rsa, &rsa));
    ANA_TRY(ana_rsa_to_record(rsa, &job->record));
    if (options->bends) {
        ANA_TRY(bend(&of, options, job->record));
    }
    if (options->parts) {
        ANA_TRY(divide(&of, options, job->record));
    }
done:
    options->rsa.groups = NULL;
    rsa_inputs_release(&of);
    ana_rsa_free(rsa);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    rsa_options options = {.rsa = ana_rsa_options_default(),
                           .flexible = ana_rsa_flexible_options_default()};
    const option_target own[] = {
        {"Subjects", rsa_input_table, &options.input},
        {"Comparison", ana_rdm_compare_option_table, &options.rsa.compare},
        {"Tests", ana_rsa_option_table, &options.rsa},
        {"Models together", bend_table, &options},
        {"Fitted models", ana_rsa_flexible_option_table, &options.flexible},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_SAVING,
                           .runs = {&options.rsa.run, &options.flexible.run},
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
        "or a stack of them (matrix x condition x condition), in one common order; structs of "
        "MATLAB's toolbox (RDM, name) are such a stack.\n\n"
        "The result holds each model's similarity with each subject, its mean with an interval, "
        "the "
        "noise ceiling, and tests: against chance by permuting conditions (alone, and against the "
        "best of all models), against zero and the ceiling over subjects, and between models.\n\n"
        "--bootstrap says what is drawn with repetition, and so for whom or what the result should "
        "hold beside those at hand: other subjects, other conditions, or both (dual). Where "
        "conditions are drawn, or --groups are known, tests use the bootstrap's variance.\n\n"
        "--flexible takes the models together: the best one, their weighted sum, without negative "
        "weights, or between two of them in the order given, fitted to some subjects and "
        "conditions and tried on the others, beside each model and the ceiling of the same folds. "
        "--partition regresses each subject on all models: weights, partial correlations, the "
        "variance each explains alone and sets of two to four have in common.",
    .examples = "ana rsa layer1.h5 layer4.h5 --subjects brains.h5 -o rsa.html\n"
                "ana rsa models.h5 --subjects brains.h5 --bootstrap dual -o rsa.html\n"
                "ana rsa layers.h5 --subjects brains.h5 --flexible --fold-bootstraps 200\n"
                "ana rsa low.h5 high.h5 --subjects brains.h5 --partition -o shares.html\n"
                "ana rsa models.npy --subjects subjects.npy --similarity whitened-cosine --json",
    .run = run_command,
};
