#include "hmm_select_parts.h"
#include "try.h"

#include <analysis/models/glm_hmm_select.h>

#include <math.h>

/* What every trial is made with. */
typedef struct recipe {
    const ana_glm_hmm_select_data *all;
    ana_glm_hmm_options options;
} recipe;

/* The rows of one side of a trial as a model takes them; owned but for the responses. */
typedef struct side {
    ana_observations *covariates;
    ana_observations *inputs;
    ana_design *design;
    ana_glm_hmm_data data;
} side;

static void release(side *self)
{
    ana_design_free(self->design);
    ana_observations_free(self->covariates);
    ana_observations_free(self->inputs);
}

/* *out = the same rows of what goes with the responses; NULL for nothing. */
static ana_status take_alike(const ana_observations *from, const ana_observations *rows,
                             const size_t *numbers, const ana_observations **taken,
                             ana_observations **out)
{
    if (from == NULL || numbers == NULL) {
        *taken = from;
        return ANA_OK;
    }
    ana_status status = ana_hmm_take_rows(from, rows->n_times, numbers, out);
    *taken = *out;
    return status;
}

/* rows: training or test rows; numbers: which they are of all, NULL: all. */
static ana_status take_side(const recipe *from, const ana_observations *rows, const size_t *numbers,
                            side *out)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_select_data *all = from->all;
    const ana_observations *covariates = NULL;
    const ana_observations *inputs = NULL;
    ANA_TRY(take_alike(all->covariates, rows, numbers, &covariates, &out->covariates));
    ANA_TRY(take_alike(all->inputs, rows, numbers, &inputs, &out->inputs));
    const ana_design_source source = {.history = all->basis != NULL ? rows : NULL,
                                      .basis = all->basis,
                                      .covariates = covariates,
                                      .rows = rows,
                                      .no_intercept = all->no_intercept};
    ANA_TRY(ana_design_new(&source, &out->design));
    out->data = (ana_glm_hmm_data){.responses = rows, .design = out->design, .inputs = inputs};
done:
    return status;
}

/* Held-out rows under the model that was fitted to the others. */
static ana_status score_held_out(const recipe *from, const ana_glm_hmm *model,
                                 const ana_hmm_trial *trial, double *out)
{
    ana_status status = ANA_OK;
    side test = {0};
    ANA_TRY(take_side(from, trial->test, trial->test_rows, &test));
    status = ana_glm_hmm_score(model, &test.data, &from->options.run, out);
    if (status == ANA_ERR_NUMERIC) { /* impossible in every state that can be reached */
        *out = -(double)INFINITY;
        status = ANA_OK;
    }
done:
    release(&test);
    return status;
}

static ana_status try_glm_hmm(void *user, const ana_hmm_trial *trial, ana_hmm_trial_result *out)
{
    ana_status status = ANA_OK;
    recipe from = *(const recipe *)user;
    side train = {0};
    ana_glm_hmm *model = NULL;
    ana_hmm_decoding *decoding = NULL;
    from.options.n_states = trial->n_states;
    if (trial->speckled) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm select: held-out counts would leak through the history of the other "
                        "units; hold out sequences or blocks");
    }
    ANA_TRY(take_side(&from, trial->train, trial->train_rows, &train));
    ANA_TRY(ana_glm_hmm_fit(&train.data, &from.options, &model));
    ANA_TRY(ana_glm_hmm_decode(model, &train.data, &from.options.run, &decoding));
    *out = (ana_hmm_trial_result){.log_likelihood = model->log_likelihood,
                                  .n_parameters = ana_glm_hmm_n_parameters(model),
                                  .n_observed = (double)model->n_observed,
                                  .entropy = ana_hmm_posterior_entropy(decoding),
                                  .converged = model->info.converged};
    if (trial->test != NULL) {
        ANA_TRY(score_held_out(&from, model, trial, &out->held_out));
    }
done:
    ana_hmm_decoding_free(decoding);
    ana_glm_hmm_free(model);
    release(&train);
    return status;
}

ana_status ana_glm_hmm_select(const ana_glm_hmm_select_data *data, const ana_glm_hmm_options *model,
                              const ana_hmm_select_options *options, ana_hmm_selection **out)
{
    recipe from = {.all = data, .options = model != NULL ? *model : ana_glm_hmm_options_default()};
    if (options != NULL) {
        from.options.run = options->run;
        from.options.run.progress = NULL; /* the selection itself tells how far it is */
    }
    if (data->basis == NULL) {
        from.options.coupling = ANA_COUPLING_NONE;
    }
    return ana_hmm_select_by(data->responses, options, try_glm_hmm, &from, out);
}
