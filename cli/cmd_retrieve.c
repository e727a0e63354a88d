#include "commands.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/models/retrieval.h>

#include <stdio.h>
#include <string.h>

enum {
    MOST_K = 16
};

typedef struct retrieve_options {
    ana_retrieval_options retrieval;
    responses_options responses;
    const char *candidate_conditions;
    const char *k;
    bool logits;
} retrieve_options;

static const ana_option own_table[] = {
    {"k", ANA_OPTION_TEXT, offsetof(retrieve_options, k), 0, 0, NULL, "K,K,...",
     "how many of the most similar candidates may hold the right one (default 1,5,10)", false},
    {"logits", ANA_OPTION_BOOL, offsetof(retrieve_options, logits), 0, 0, NULL, NULL,
     "the one input holds similarities, prediction x candidate, rather than responses", false},
    {"conditions", ANA_OPTION_TEXT, offsetof(retrieve_options, responses.conditions), 0, 0, NULL,
     "TABLE",
     "id of each row's stimulus: the first column of a text table (default: the labels of the "
     "input, or the number of the row)",
     false},
    {"candidate-conditions", ANA_OPTION_TEXT, offsetof(retrieve_options, candidate_conditions), 0,
     0, NULL, "TABLE", "the same of the candidates (default: --conditions)", false},
    ANA_OPTION_END,
};

static ana_status parse_k(command_job *job, const char *list, size_t *k, size_t *n)
{
    static const ana_option number = {"k", ANA_OPTION_SIZE, 0, 1, 1e9, NULL, NULL, NULL, false};
    for (const char *at = list; at != NULL && *at != '\0';) {
        char piece[32];
        const size_t length = strcspn(at, ",");
        snprintf(piece, sizeof piece, "%.*s", length < sizeof piece ? (int)length : 0, at);
        if (*n == MOST_K) {
            return job_refuse(job, "--k: at most %d numbers", MOST_K);
        }
        if (ana_option_set(&number, &k[(*n)++], piece) != ANA_OK) {
            return job_refuse(job, "--k %s: numbers from 1 on with commas between them are wanted",
                              list);
        }
        at += at[length] == ',' ? length + 1 : length;
    }
    return ANA_OK;
}

static void say(command_job *job, const ana_retrieval *retrieval)
{
    if (retrieval->n_duplicates > 0) {
        console_say(&job->console, "%zu candidates stood there already and are left out",
                    retrieval->n_duplicates);
    }
    if (retrieval->n_unmatched > 0) {
        console_warn("%zu predictions are of no candidate and are left out",
                     retrieval->n_unmatched);
    }
    if (retrieval->n_silent > 0) {
        console_warn("%zu units without values are left out", retrieval->n_silent);
    }
    if (retrieval->n_undirected > 0) {
        console_warn("%zu predictions are 0 throughout: as similar to any candidate",
                     retrieval->n_undirected);
    }
}

/* Predictions, and candidates where similarities are not given: systems[0] and [1]. */
static ana_status load(command_job *job, const retrieve_options *options, size_t n,
                       ana_responses_set **sets)
{
    responses_options of = options->responses;
    for (size_t k = 0; k < n; k++) {
        if (k > 0 && options->candidate_conditions != NULL) {
            of.conditions = options->candidate_conditions;
        }
        const ana_status status = responses_load(job, 1, &job->arguments.inputs[k], &of, &sets[k]);
        if (status != ANA_OK) {
            return status;
        }
        if (sets[k]->n != 1) {
            ana_fail(ANA_ERR_VALUE,
                     "%s holds %zu systems; one is wanted: name the array behind the file, "
                     "FILE:NAME",
                     job->arguments.inputs[k], sets[k]->n);
            return ANA_ERR_VALUE;
        }
    }
    return ANA_OK;
}

static ana_status work(command_job *job, void *user)
{
    retrieve_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *sets[2] = {NULL, NULL};
    ana_retrieval *retrieval = NULL;
    size_t k[MOST_K] = {0};
    const size_t n_wanted = options->logits ? 1 : 2;
    if (options->logits && options->candidate_conditions != NULL) {
        return job_refuse(job, "--logits holds similarities with candidates, by number; leave "
                               "--candidate-conditions out");
    }
    if (job->arguments.n_inputs != n_wanted) {
        return job_refuse(
            job, options->logits ? "--logits takes one input: prediction x candidate"
                                 : "needs predictions and candidates (or --logits and one input)");
    }
    ANA_TRY(parse_k(job, options->k, k, &options->retrieval.n_k));
    options->retrieval.k = k;
    ANA_TRY(load(job, options, n_wanted, sets));
    if (options->logits) {
        ANA_TRY(
            ana_retrieval_of_similarities(sets[0]->systems[0], &options->retrieval, &retrieval));
    } else {
        ana_responses *const both[] = {sets[0]->systems[0], sets[1]->systems[0]};
        responses_say_numbered(&job->console, 2, both);
        ANA_TRY(ana_retrieval_of_responses(both[0], both[1], &options->retrieval, &retrieval));
    }
    say(job, retrieval);
    ANA_TRY(ana_retrieval_to_record(retrieval, &job->record));
done:
    ana_retrieval_free(retrieval);
    ana_responses_set_free(sets[0]);
    ana_responses_set_free(sets[1]);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    retrieve_options options = {.retrieval = ana_retrieval_options_default(),
                                .responses = responses_options_default()};
    const option_target own[] = {{"Retrieval", own_table, &options},
                                 {"Tests", ana_retrieval_option_table, &options.retrieval},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.retrieval.run},
                           .work = work,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_retrieve = {
    .name = "retrieve",
    .summary = "Find which stimulus it was, among many candidates",
    .inputs = "PREDICTIONS [CANDIDATES]",
    .min_inputs = 1,
    .max_inputs = 2,
    .description =
        "How often is a predicted response most similar to that of its own stimulus? Predictions "
        "and candidates are responses (stimulus x unit) in the same units: predicted by a model "
        "and measured, or features decoded from a brain and those of images. Candidates that no "
        "prediction is of make the task harder and stay; those of one stimulus are one.\n\n"
        "Similarity is the cosine, or with --logits what the one input holds. The result holds "
        "top-k shares, two-alternative forced choice, reciprocal and median ranks, each with its "
        "chance and a permutation test, and pictures of the ranks.",
    .examples = "ana retrieve predicted.npy measured.npy --k 1,5,10 -o retrieval.html\n"
                "ana retrieve similarity.npy --logits --json",
    .run = run_command,
};
