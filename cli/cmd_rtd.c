#include "commands.h"
#include "rdm_input.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/models/rtd.h>

#include <stdlib.h>

typedef struct rtd_options {
    ana_rtd_options rtd;
    responses_options responses;
    bool rdms;
} rtd_options;

static const ana_option own_table[] = {
    {"rdms", ANA_OPTION_BOOL, offsetof(rtd_options, rdms), 0, 0, NULL, NULL,
     "inputs are dissimilarity matrices (ana rdm, or arrays), taken as distances", false},
    ANA_OPTION_END,
};

/* What is compared: responses, or the distances themselves. */
typedef struct systems {
    const ana_responses_set *set; /* NULL: rdms */
    const ana_rdms *rdms;
    size_t n;
} systems;

static const char *name_of(const systems *of, size_t i)
{
    return of->set != NULL ? of->set->systems[i]->name : of->rdms->names[i];
}

static ana_status diverge(const systems *of, size_t i, size_t j, const ana_rtd_options *options,
                          ana_rtd **out)
{
    if (of->set != NULL) {
        return ana_rtd_of_responses(of->set->systems[i], of->set->systems[j], options, out);
    }
    const size_t n_pairs = ana_rdm_n_pairs(of->rdms->n_conditions);
    const ana_status status =
        ana_rtd_compute(of->rdms->n_conditions, of->rdms->values + i * n_pairs,
                        of->rdms->values + j * n_pairs, options, out);
    return status == ANA_OK ? status
                            : ana_fail_in(status, "%s and %s: ", name_of(of, i), name_of(of, j));
}

/* The pairs of the first system come first. */
static void say_silent(size_t n, const char *const *names, ana_rtd *const *divergences)
{
    for (size_t j = 0; j < n; j++) {
        const ana_rtd *pair = divergences[j == 0 ? 0 : j - 1];
        const size_t side = j == 0 ? 0 : 1;
        if (pair != NULL && pair->n_silent[side] > 0) {
            console_warn("%s: %zu units without values are left out", names[j],
                         pair->n_silent[side]);
        }
    }
}

static ana_status compare(command_job *job, const rtd_options *options, const systems *of)
{
    ana_status status = ANA_OK;
    size_t n_done = 0;
    const size_t n_pairs = of->n * (of->n - 1) / 2;
    ana_rtd **divergences = calloc(n_pairs + 1, sizeof(ana_rtd *));
    const char **names = calloc(of->n + 1, sizeof *names);
    if (divergences == NULL || names == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu pairs of systems", n_pairs);
        goto done;
    }
    for (size_t i = 0; i < of->n; i++) {
        names[i] = name_of(of, i);
        for (size_t j = i + 1; j < of->n; j++) {
            ANA_TRY(ana_run_progress(&job->run, "pairs of systems", n_done, n_pairs));
            ANA_TRY(diverge(of, i, j, &options->rtd, &divergences[n_done]));
            n_done++;
        }
    }
    say_silent(of->n, names, divergences);
    const ana_rtd_report report = {of->n, names, divergences};
    ANA_TRY(ana_rtd_to_record(&report, &job->record));
done:
    for (size_t k = 0; k < n_done; k++) {
        ana_rtd_free(divergences[k]);
    }
    free(divergences);
    free(names);
    return status;
}

static ana_status work(command_job *job, void *user)
{
    const rtd_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *set = NULL;
    ana_rdms *rdms = NULL;
    systems all = {0};
    if (options->rdms) {
        ANA_TRY(rdm_inputs(job, job->arguments.n_inputs, job->arguments.inputs, &rdms));
        all = (systems){.rdms = rdms, .n = rdms != NULL ? rdms->n_rdms : 0};
    } else {
        ANA_TRY(responses_inputs(job, job->arguments.n_inputs, job->arguments.inputs,
                                 &options->responses, &set));
        all = (systems){.set = set, .n = set != NULL ? set->n : 0};
    }
    if (all.n < 2) {
        ANA_TRY(job_refuse(job, "needs two systems, to compare them"));
    }
    ANA_TRY(compare(job, options, &all));
done:
    ana_rdms_free(rdms);
    ana_responses_set_free(set);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    rtd_options options = {.rtd = ana_rtd_options_default(),
                           .responses = responses_options_default()};
    const option_target own[] = {{"Divergence", ana_rtd_option_table, &options.rtd},
                                 {"Input", own_table, &options},
                                 {"Stimuli", responses_option_table, &options.responses},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.rtd.run},
                           .work = work,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_rtd = {
    .name = "rtd",
    .summary = "Find whether systems have clusters and loops in the same places",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Representation topology divergence of each pair of systems (layers of a model, regions, "
        "animals) that answer to the same stimuli: at which distances the stimuli of the one are "
        "connected, or closed to loops, that those of the other are not yet. It is 0 for the same "
        "distances, whatever their scale, and knows which stimulus is which.\n\n"
        "Distances are Euclidean, or with --rdms those that the inputs hold. With more stimuli "
        "than --points, it is the mean over random "
        "subsamples. The result holds the divergences and the cross-barcode of the first pair.",
    .examples = "ana rtd layer1.npy layer2.npy layer4.npy -o rtd.html\n"
                "ana rtd layer4.npy it.npy --conditions images.csv --points 300 --json",
    .run = run_command,
};
