#include "drawing.h"

#include "try.h"

#include <stdlib.h>

drawing_options drawing_options_default(void)
{
    return (drawing_options){.run = ana_run_default(), .n_rows = 10000, .n_sequences = 1};
}

const ana_option drawing_option_table[] = {
    {"rows", ANA_OPTION_SIZE, offsetof(drawing_options, n_rows), 1, 1e9, NULL, "N",
     "rows (bins) of each sequence", false},
    {"sequences", ANA_OPTION_SIZE, offsetof(drawing_options, n_sequences), 1, 1e6, NULL, "N",
     "sequences, each with a past of its own", false},
    ANA_OPTION_END,
};

ana_status drawing_prepare(const drawing_options *options, size_t n_units, drawing *out)
{
    ana_status status = ANA_OK;
    out->lengths = calloc(options->n_sequences, sizeof *out->lengths);
    if (out->lengths == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu sequences", options->n_sequences);
    }
    for (size_t s = 0; s < options->n_sequences; s++) {
        out->lengths[s] = options->n_rows;
    }
    ANA_TRY(ana_run_check_memory(
        &options->run, 3 * options->n_rows * options->n_sequences * n_units * sizeof(double),
        "the drawn rows"));
    ANA_TRY(glm_read_covariates(options->inputs.covariates, &options->run, options->n_sequences,
                                out->lengths, &out->covariates));
    ANA_TRY(glm_read_covariates(options->inputs.transition_inputs, &options->run,
                                options->n_sequences, out->lengths, &out->inputs));
    if (out->inputs != NULL && out->covariates != NULL) {
        ANA_TRY(glm_append_inputs(out->covariates, out->inputs, &out->both));
    }
done:
    return status;
}

void drawing_release(drawing *drawn)
{
    ana_observations_free(drawn->covariates);
    ana_observations_free(drawn->inputs);
    ana_observations_free(drawn->both);
    free(drawn->lengths);
}

const ana_observations *drawing_columns(const drawing *drawn)
{
    if (drawn->both != NULL) {
        return drawn->both;
    }
    return drawn->covariates != NULL ? drawn->covariates : drawn->inputs;
}
