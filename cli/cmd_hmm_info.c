#include "commands.h"
#include "state_model.h"
#include "try.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdlib.h>

/* What is the same for either kind of model. */
typedef struct facts {
    const char *kind;
    size_t n_states;
    size_t n_units;
    char *const *unit_names;
    const double *transition;
    double bin_s;
    double log_likelihood;
    const ana_fit_info *info;
} facts;

static facts facts_of(const state_model *model)
{
    const ana_hmm *hmm = model->hmm;
    const ana_glm_hmm *coupled = model->coupled;
    if (hmm != NULL) {
        return (facts){"hidden Markov model", hmm->n_states,   hmm->n_features,
                       hmm->feature_names,    hmm->transition, hmm->bin_s,
                       hmm->log_likelihood,   &hmm->info};
    }
    return (facts){"hidden Markov model of coupled linear models",
                   coupled->n_states,
                   coupled->n_units,
                   coupled->unit_names,
                   coupled->transition,
                   coupled->bin_s,
                   coupled->log_likelihood,
                   &coupled->info};
}

/* Mean rows of a visit, and the long-run shares; false where the chain falls apart. */
static ana_status run_long(const state_model *model, double *rows, double *shares, bool *known)
{
    const ana_glm_hmm *coupled = model->coupled;
    ana_status status = ANA_OK;
    if (model->hmm != NULL) {
        *known = ana_hmm_long_run(model->hmm, shares) == ANA_OK;
        return ana_hmm_mean_durations(model->hmm, rows);
    }
    for (size_t k = 0; k < coupled->n_states; k++) {
        rows[k] = 1.0 / (1.0 - coupled->transition[k * coupled->n_states + k]);
    }
    *known = ana_hmm_stationary(coupled->n_states, coupled->transition, shares) == ANA_OK;
    return status;
}

/* Long-run share of each state, and how long a visit is expected to last. */
static ana_status add_chain(const state_model *model, const facts *found, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = found->n_states;
    const bool timed = found->bin_s > 0.0;
    const ana_shape states = ana_shape_1(n, "state");
    bool known = false;
    double *dwell = calloc(2 * n, sizeof *dwell);
    if (dwell == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu states", n);
    }
    double *shares = dwell + n;
    ANA_TRY(run_long(model, dwell, shares, &known));
    for (size_t k = 0; k < n && timed; k++) {
        dwell[k] *= found->bin_s;
    }
    ANA_TRY(ana_record_add_doubles(record, "expected_dwell", states, dwell, timed ? "s" : NULL));
    if (known) {
        ANA_TRY(ana_record_add_doubles(record, "long_run_share", states, shares, NULL));
    }
    ANA_TRY(ana_record_add_doubles(record, "transition", ana_shape_2(n, "from", n, "to"),
                                   found->transition, NULL));
done:
    free(dwell);
    return status;
}

static ana_status describe(command_job *job, void *user)
{
    (void)user;
    ana_status status = ANA_OK;
    state_model model = {0};
    ANA_TRY(state_model_read(job, &model));
    const facts found = facts_of(&model);
    ANA_TRY(ana_record_new(&job->record));
    ANA_TRY(ana_record_add_text(job->record, "schema", "hmm info"));
    ANA_TRY(ana_record_add_text(job->record, "title", "A fitted model of states"));
    ANA_TRY(ana_record_add_text(job->record, "kind", found.kind));
    ANA_TRY(ana_record_add_int(job->record, "states", (int64_t)found.n_states, NULL));
    ANA_TRY(ana_record_add_double(job->record, "bin", found.bin_s, "s"));
    ANA_TRY(ana_record_add_double(job->record, "log_likelihood", found.log_likelihood, "nat"));
    ANA_TRY(ana_record_add_bool(job->record, "converged", found.info->converged));
    ANA_TRY(ana_record_add_int(job->record, "n_iter", (int64_t)found.info->n_iterations, NULL));
    ANA_TRY(add_chain(&model, &found, job->record));
    ANA_TRY(ana_record_add_texts(job->record, "units", found.n_units,
                                 (const char *const *)found.unit_names));
done:
    state_model_close(&model);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    const option_target own[] = {{NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_SAVING, .work = describe};
    return job_run(self, &plan, argc, argv);
}

const command command_hmm_info = {
    .name = "hmm info",
    .summary = "Say what a fitted model of states is",
    .inputs = "MODEL",
    .description =
        "Kind, states, units, width of a bin, how the fit went; how long a visit to each state is "
        "expected to last, the share of the time that each takes in the long run, and the "
        "transitions. All that the fit holds is shown by ana info.",
    .examples = "ana hmm info fit.h5\n"
                "ana hmm info fit.h5 --json",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
