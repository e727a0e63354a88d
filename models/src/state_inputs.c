#include "state_inputs.h"

#include "lists.h"
#include "memory.h"
#include "picture.h"
#include "record_read.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

static const double normal_95 = 1.959963984540054;

static ana_status add_figure(const ana_state_inputs *inputs, const char *const *states,
                             ana_record *record)
{
    static const ana_picture_words words = {
        "What drives the transitions",
        "Log odds that one more of the input gives to entering a state, against the mean of all "
        "states, with the interval that holds it in 95 % of cases, the states being known.",
        "input", "weight", NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = inputs->n_states * inputs->n_inputs;
    const ana_shape shape = ana_shape_2(inputs->n_states, "state", inputs->n_inputs, "input");
    double *low = ana_workspace_doubles(&workspace, n, 1);
    double *high = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "record"));
    for (size_t i = 0; i < n; i++) {
        const double error = isfinite(inputs->errors[i]) ? inputs->errors[i] : 0.0;
        low[i] = inputs->weights[i] - normal_95 * error;
        high[i] = inputs->weights[i] + normal_95 * error;
    }
    ANA_TRY(ana_record_add_picture(record, "transition_inputs", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, inputs->weights, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", inputs->n_inputs,
                                 (const char *const *)inputs->names));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", inputs->n_states, states));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_state_inputs_to_record(const ana_state_inputs *inputs, const char *const *states,
                                      ana_record *record, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_shape shape = ana_shape_2(inputs->n_states, "state", inputs->n_inputs, "input");
    if (inputs->n_inputs == 0) {
        return ANA_OK;
    }
    ANA_TRY(add_figure(inputs, states, record));
    ANA_TRY(ana_record_add_texts(group, "inputs", inputs->n_inputs,
                                 (const char *const *)inputs->names));
    ANA_TRY(ana_record_add_doubles(group, "input_weights", shape, inputs->weights, NULL));
    ANA_TRY(ana_record_add_doubles(group, "input_errors", shape, inputs->errors, NULL));
done:
    return status;
}

ana_status ana_state_inputs_from_record(const ana_record *record, ana_state_inputs *inputs)
{
    ana_status status = ANA_OK;
    const char *const *names = NULL;
    size_t n = 0;
    if (ana_record_find(record, "parameters/inputs") == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_get_texts(record, "parameters/inputs", &n, &names));
    ANA_TRY(ana_copy_texts(n, names, &inputs->names));
    inputs->n_inputs = n;
    ANA_TRY(ana_record_copy_doubles(record, "parameters/input_weights",
                                    ana_shape_2(inputs->n_states, NULL, n, NULL),
                                    &inputs->weights));
    ANA_TRY(ana_record_copy_doubles(record, "parameters/input_errors",
                                    ana_shape_2(inputs->n_states, NULL, n, NULL), &inputs->errors));
done:
    return status;
}
