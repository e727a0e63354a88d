#include "cka_sources.h"
#include "commands.h"
#include "job.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/formats/array_io.h>

#include <stdlib.h>

typedef struct cka_options {
    ana_cka_options cka;
    responses_options responses;
    const char *against;
    const char *weights;
} cka_options;

static const ana_option side_table[] = {
    {"against", ANA_OPTION_TEXT, offsetof(cka_options, against), 0, 0, NULL, "INPUT",
     "compare every input with the systems of this one (default: the inputs with one another)",
     false},
    {"weights", ANA_OPTION_TEXT, offsetof(cka_options, weights), 0, 0, NULL, "ARRAY",
     "how much each stimulus counts, 0 or more", false},
    ANA_OPTION_END,
};

static ana_status read_weights(command_job *job, const cka_options *options, size_t n,
                               ana_matrix **out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_matrix_read(options->weights, &job->run, out));
    if (ana_matrix_size(*out) != n) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: %zu weights for %zu stimuli that all inputs have",
                         options->weights, ana_matrix_size(*out), n));
    }
done:
    return status;
}

/* The systems of both, borrowed; the list is the caller's. `b` may be NULL. */
static ana_status put_together(const ana_responses_set *a, const ana_responses_set *b,
                               ana_responses_set *all)
{
    const size_t n = a->n + (b != NULL ? b->n : 0);
    all->systems = calloc(n + 1, sizeof(ana_responses *));
    if (all->systems == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu systems", n);
        return ANA_ERR_MEMORY;
    }
    for (size_t k = 0; k < a->n; k++) {
        all->systems[all->n++] = a->systems[k];
    }
    for (size_t k = 0; b != NULL && k < b->n; k++) {
        all->systems[all->n++] = b->systems[k];
    }
    return ANA_OK;
}

static ana_status compare_loaded(command_job *job, cka_options *options, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_responses_set *loaded[2] = {NULL, NULL};
    ana_responses_set *matched = NULL;
    ana_matrix *weights = NULL;
    ana_responses_set all = {0}; /* borrowed */
    char *against[] = {(char *)(uintptr_t)options->against};
    ANA_TRY(responses_load(job, job->arguments.n_inputs, job->arguments.inputs, &options->responses,
                           &loaded[0]));
    if (options->against != NULL) {
        ANA_TRY(responses_load(job, 1, against, &options->responses, &loaded[1]));
    }
    const size_t n_a = loaded[0]->n;
    const size_t n_b = loaded[1] != NULL ? loaded[1]->n : 0;
    ANA_TRY(put_together(loaded[0], loaded[1], &all));
    ANA_TRY(responses_match(job, &all, &options->responses, NULL, &matched));
    if (options->weights != NULL) {
        ANA_TRY(read_weights(job, options, matched->systems[0]->n_stimuli, &weights));
        options->cka.weights = weights->values;
    }
    const ana_responses_set a = {n_a, matched->systems};
    const ana_responses_set b = {n_b, matched->systems + n_a};
    ANA_TRY(ana_cka_compute(&a, n_b > 0 ? &b : NULL, &options->cka, out));
done:
    ana_matrix_free(weights);
    ana_responses_set_free(matched);
    ana_responses_set_free(loaded[0]);
    ana_responses_set_free(loaded[1]);
    free(all.systems);
    return status;
}

static ana_status compare_in_parts(command_job *job, const cka_options *options, ana_cka **out)
{
    ana_status status = ANA_OK;
    cka_sources a = {0};
    cka_sources b = {0};
    char *against[] = {(char *)(uintptr_t)options->against};
    console_say(&job->console, "the inputs are larger than memory holds: they are read by rows, "
                               "whose order is that of the stimuli");
    ANA_TRY(cka_sources_open(job, job->arguments.n_inputs, job->arguments.inputs, &a));
    if (options->against != NULL) {
        ANA_TRY(cka_sources_open(job, 1, against, &b));
    }
    ANA_TRY(ana_cka_of_sources(a.n, a.sources, b.n, b.sources, &options->cka, out));
done:
    cka_sources_close(&a);
    cka_sources_close(&b);
    return status;
}

/* Rows of files stand for the stimuli in their order: nothing tells them apart. */
static bool goes_in_parts(const command_job *job, const cka_options *options)
{
    return options->responses.conditions == NULL && job->input.rows.labels == NULL &&
           options->weights == NULL &&
           cka_inputs_are_large(job, job->arguments.n_inputs, job->arguments.inputs,
                                (char *)(uintptr_t)options->against);
}

/* Options that do not go together are wrong use, said before anything is read. */
static ana_status check_use(command_job *job, const cka_options *options)
{
    const ana_cka_options *cka = &options->cka;
    const bool tests = cka->n_permutations > 0 || cka->n_bootstraps > 0;
    const bool weights = options->weights != NULL;
    if (cka->batch > 0 && cka->batch < 4) {
        return job_refuse(job, "--batch %zu: 4 stimuli or more, or 0: all at once", cka->batch);
    }
    if (cka->batch > 0 && (tests || weights)) {
        return job_refuse(job, "--batch goes without --weights, --permutations and --bootstraps");
    }
    if (weights && cka->n_permutations > 0) {
        return job_refuse(job, "--permutations are of stimuli that count alike: without --weights");
    }
    if (cka->form == ANA_CKA_FEATURES &&
        (cka->kernel == ANA_CKA_RBF || cka->batch > 0 || tests || weights)) {
        return job_refuse(job, "--form features goes with a linear kernel, and without --batch, "
                               "--weights, --permutations and --bootstraps");
    }
    return ANA_OK;
}

static ana_status compare(command_job *job, void *user)
{
    cka_options *options = user;
    ana_status status = ANA_OK;
    ana_cka *cka = NULL;
    ANA_TRY(check_use(job, options));
    if (goes_in_parts(job, options)) {
        ANA_TRY(compare_in_parts(job, options, &cka));
    } else {
        ANA_TRY(compare_loaded(job, options, &cka));
    }
    ANA_TRY(ana_cka_to_record(cka, &job->record));
    responses_warn_units(job->record);
done:
    ana_cka_free(cka);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    cka_options options = {.cka = ana_cka_options_default(),
                           .responses = responses_options_default()};
    const option_target own[] = {{"Alignment", ana_cka_option_table, &options.cka},
                                 {"Sides", side_table, &options},
                                 {"Stimuli", responses_option_table, &options.responses},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.cka.run},
                           .labels = "stimulus of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = compare,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_cka = {
    .name = "cka",
    .summary = "Align the geometry of layers, regions and animals (centred kernel alignment)",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Says how alike the geometry of responses to the same stimuli is in every two systems: "
        "layers of models, regions, animals. Inputs are arrays (stimulus x unit, or stimulus x "
        "trial x unit), recordings with labelled rows, and files of several layers; stimuli are "
        "matched by their ids. The alignment is 1 for responses that differ by a rotation, a shift "
        "and a scale; debiased, the default, it is 0 on average for unrelated ones, however many "
        "units there are.\n\n"
        "The result holds the matrix of alignments, and with --permutations the chance of each "
        "pair, alone and against the best of all pairs, with --bootstraps its interval over "
        "stimuli.\n\n"
        "Arrays larger than a quarter of --max-memory (.npy, .h5, .safetensors) are read by rows, "
        "each a stimulus: exactly while the sums over units, or the likenesses of stimuli, fit in "
        "memory; the mean over batches (--batch) bounds the memory for any size.",
    .examples = "ana cka layer1.npy layer2.npy layer3.npy -o layers.html\n"
                "ana cka layer1.npy layer4.npy --against v1.npy --permutations 1000 --json\n"
                "ana cka wide.npy deep.npy --batch 512 --max-memory 2G -o alignment.h5",
    .run = run_command,
};
