#include "hmm_select_parts.h"
#include "try.h"

#include <analysis/models/glm_hmm_select.h>

#include <math.h>

/* What every trial is made with. */
typedef struct recipe {
    const ana_basis *basis;
    ana_glm_hmm_options options;
} recipe;

static ana_status new_design(const recipe *from, const ana_observations *rows, ana_design **out)
{
    const ana_design_source source = {
        .history = from->basis != NULL ? rows : NULL, .basis = from->basis, .rows = rows};
    return ana_design_new(&source, out);
}

/* Held-out rows under the model that was fitted to the others. */
static ana_status score_held_out(const recipe *from, const ana_glm_hmm *model,
                                 const ana_observations *test, double *out)
{
    ana_status status = ANA_OK;
    ana_design *design = NULL;
    ANA_TRY(new_design(from, test, &design));
    const ana_glm_hmm_data data = {.responses = test, .design = design};
    status = ana_glm_hmm_score(model, &data, &from->options.run, out);
    if (status == ANA_ERR_NUMERIC) { /* impossible in every state that can be reached */
        *out = -(double)INFINITY;
        status = ANA_OK;
    }
done:
    ana_design_free(design);
    return status;
}

static ana_status try_glm_hmm(void *user, const ana_hmm_trial *trial, ana_hmm_trial_result *out)
{
    ana_status status = ANA_OK;
    recipe from = *(const recipe *)user;
    ana_design *design = NULL;
    ana_glm_hmm *model = NULL;
    ana_hmm_decoding *decoding = NULL;
    from.options.n_states = trial->n_states;
    if (trial->speckled) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm select: held-out counts would leak through the history of the other "
                        "units; hold out sequences or blocks");
    }
    ANA_TRY(new_design(&from, trial->train, &design));
    const ana_glm_hmm_data data = {.responses = trial->train, .design = design};
    ANA_TRY(ana_glm_hmm_fit(&data, &from.options, &model));
    ANA_TRY(ana_glm_hmm_decode(model, &data, &from.options.run, &decoding));
    const double n_states = (double)trial->n_states;
    *out = (ana_hmm_trial_result){.log_likelihood = model->log_likelihood,
                                  .n_parameters =
                                      n_states * (double)model->n_free + n_states * n_states - 1.0,
                                  .n_observed = (double)model->n_observed,
                                  .entropy = ana_hmm_posterior_entropy(decoding),
                                  .converged = model->info.converged};
    if (trial->test != NULL) {
        ANA_TRY(score_held_out(&from, model, trial->test, &out->held_out));
    }
done:
    ana_hmm_decoding_free(decoding);
    ana_glm_hmm_free(model);
    ana_design_free(design);
    return status;
}

ana_status ana_glm_hmm_select(const ana_observations *observations, const ana_basis *basis,
                              const ana_glm_hmm_options *model,
                              const ana_hmm_select_options *options, ana_hmm_selection **out)
{
    recipe from = {.basis = basis,
                   .options = model != NULL ? *model : ana_glm_hmm_options_default()};
    if (options != NULL) {
        from.options.run = options->run;
        from.options.run.progress = NULL; /* the selection itself tells how far it is */
    }
    if (basis == NULL) {
        from.options.coupling = ANA_COUPLING_NONE;
    }
    return ana_hmm_select_by(observations, options, try_glm_hmm, &from, out);
}
