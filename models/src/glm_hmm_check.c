/* Whether data and options of a GLM-HMM go together, and the sizes of its task. */
#include "glm_hmm_model.h"
#include "text.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>

/* How many choices a row has. */
static void set_choices(const ana_glm_hmm_options *options, ana_glm_hmm_task *task)
{
    const ana_glm_distribution distribution = options->family.distribution;
    if (distribution == ANA_GLM_BERNOULLI || distribution == ANA_GLM_CATEGORICAL) {
        const ana_glm_choice all = ana_glm_choice_of(&options->family, task->n_units);
        task->n_classes = all.n_classes;
        task->n_responses = all.n_responses;
    }
}

/* What goes together. */
static ana_status check_options(const ana_glm_hmm_options *options)
{
    const ana_glm_distribution distribution = options->family.distribution;
    const bool chooses = distribution == ANA_GLM_BERNOULLI || distribution == ANA_GLM_CATEGORICAL;
    if (options->lapse != ANA_GLM_LAPSE_NONE && !chooses) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm-hmm: lapses are of choices: family bernoulli or categorical, not %s",
                        ana_glm_distribution_names[distribution]);
    }
    if (ana_glm_hmm_asks_joint(options) && options->prior != ANA_GLM_HMM_FREE) {
        return ana_fail(ANA_ERR_VALUE, "glm-hmm: lapses, shared intercepts and categorical "
                                       "responses go with the free prior alone");
    }
    return ANA_OK;
}

static ana_status check_inputs(const ana_glm_hmm_data *data)
{
    const ana_observations *inputs = data->inputs;
    if (inputs == NULL) {
        return ANA_OK;
    }
    if (inputs->n_times != data->responses->n_times || inputs->n_features == 0) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm-hmm: %zu rows of responses but %zu rows of %zu inputs of transitions",
                        data->responses->n_times, inputs->n_times, inputs->n_features);
    }
    for (size_t i = 0; i < inputs->n_times * inputs->n_features; i++) {
        if (!isfinite(inputs->values[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "glm-hmm: input %zu of the transitions is not finite in row %zu",
                            i % inputs->n_features, i / inputs->n_features);
        }
    }
    return ANA_OK;
}

static ana_status set_sizes(const ana_glm_hmm_data *data, const ana_glm_hmm_options *options,
                            ana_glm_hmm_task *task)
{
    const size_t first = ana_design_history_column(data->design, 0);
    const size_t end = ana_design_covariate_column(data->design);
    const ana_design_source *source = ana_design_sources(data->design);
    task->data = data;
    task->options = options;
    task->n_states = options->n_states;
    task->n_units = data->responses->n_features;
    task->n_columns = ana_design_n_columns(data->design);
    task->n_functions = source->basis != NULL ? source->basis->n_functions : 0;
    task->n_sources = task->n_functions > 0 ? (end - first) / task->n_functions : 0;
    task->has_intercept = !source->no_intercept;
    set_choices(options, task);
    if (ana_design_n_times(data->design) != data->responses->n_times) {
        return ana_fail(ANA_ERR_SHAPE, "glm-hmm: %zu rows of responses but %zu of the design",
                        data->responses->n_times, ana_design_n_times(data->design));
    }
    if (options->coupling == ANA_COUPLING_MASK && data->mask == NULL) {
        return ana_fail(ANA_ERR_VALUE, "glm-hmm: coupling by a mask, but none is given");
    }
    if (options->share == ANA_GLM_HMM_SHARE_INTERCEPT && !task->has_intercept) {
        return ana_fail(ANA_ERR_VALUE, "glm-hmm: the design has no intercept to share");
    }
    if (options->prior == ANA_GLM_HMM_ONE_HOT && task->n_functions == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm-hmm: the one-hot prior is on edges, but the design has no history");
    }
    return ANA_OK;
}

ana_status ana_glm_hmm_check_data(const ana_glm_hmm_data *data, const ana_glm_hmm_options *options,
                                  ana_glm_hmm_task *task)
{
    ana_status status = ana_observations_check(data->responses);
    if (status == ANA_OK) {
        status = ana_glm_family_check(&options->family);
    }
    if (status == ANA_OK) {
        status = check_options(options);
    }
    if (status == ANA_OK) {
        status = set_sizes(data, options, task);
    }
    if (status == ANA_OK) {
        status = ana_glm_check_observations(&options->family, "glm-hmm", data->responses);
    }
    if (status == ANA_OK) {
        status = check_inputs(data);
    }
    return status;
}

ana_status ana_glm_hmm_check_start(const ana_glm_hmm_task *task, const ana_glm_hmm *start)
{
    const ana_observations *inputs = task->data->inputs;
    const size_t n_inputs = inputs != NULL ? inputs->n_features : 0;
    const ana_hmm_chain chain = {start->n_states, start->initial, start->transition, 0};
    if (start->n_units != task->n_units || start->n_columns != task->n_columns) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm-hmm: the model has %zu units and %zu columns, the data %zu and %zu",
                        start->n_units, start->n_columns, task->n_units, task->n_columns);
    }
    if (start->n_inputs > 0 && start->n_inputs != n_inputs) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm-hmm: the model's transitions have %zu inputs, the data %zu",
                        start->n_inputs, n_inputs);
    }
    const size_t cells = start->n_states * start->n_units * start->n_columns;
    for (size_t i = 0; i < cells; i++) {
        if (!isfinite(start->coefficients[i])) {
            return ana_fail(ANA_ERR_VALUE, "glm-hmm: coefficient %zu of the model is not finite",
                            i);
        }
    }
    return ana_hmm_chain_check(&chain, 1);
}
