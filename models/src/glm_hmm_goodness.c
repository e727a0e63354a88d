/* Whether a GLM-HMM accounts for the spike times. */
#include "glm_hmm_model.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    ROWS = 256,            /* of a panel */
    GROUP_BYTES = 64 << 20 /* of the means of the units that one pass over the rows gives */
};

/* P(state | past), and the means of a group of units, which are made anew when another unit is
 * asked for. */
typedef struct group_means {
    const ana_glm_hmm *model;
    const ana_glm_hmm_data *data;
    size_t group;         /* units of a group */
    size_t first;         /* unit of the group at hand; n_units: none */
    double *weights;      /* T x K */
    double *means;        /* T x group x K */
    double *panel;        /* ROWS x P */
    double *coefficients; /* group x K x P */
} group_means;

static ana_status make_group(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                             ana_workspace *workspace, group_means *out)
{
    const size_t n_times = data->responses->n_times;
    const size_t row = (n_times + 1) * model->n_states * sizeof(double);
    size_t group = GROUP_BYTES / row;
    group = group < 1 ? 1 : group;
    group = group > model->n_units ? model->n_units : group;
    *out =
        (group_means){.model = model,
                      .data = data,
                      .group = group,
                      .first = model->n_units,
                      .weights = ana_workspace_doubles(workspace, n_times, model->n_states),
                      .means = ana_workspace_doubles(workspace, n_times, group * model->n_states),
                      .panel = ana_workspace_doubles(workspace, ROWS, model->n_columns),
                      .coefficients = ana_workspace_doubles(workspace, group * model->n_states,
                                                            model->n_columns)};
    return ana_workspace_check(workspace, "glm-hmm goodness");
}

/* Chances of a one with lapses: rows of (unit, state) pairs from unit `first` on. */
static void add_lapses(const ana_glm_hmm *model, size_t first, size_t n, size_t wide, double *means)
{
    for (size_t i = 0; model->lapse != NULL && i < n * wide; i++) {
        const size_t unit = first + i % wide / model->n_states;
        const size_t state = i % model->n_states;
        const double *shares = model->lapse + 2 * (state * model->n_units + unit);
        means[i] = (1.0 - shares[0] - shares[1]) * means[i] + shares[1];
    }
}

/* Means of the units from `first` on, in every state. */
static ana_status fill_group(group_means *group, size_t first)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = group->model;
    const ana_design *design = group->data->design;
    const size_t n_columns = model->n_columns;
    const size_t left = model->n_units - first;
    const size_t wide = (left < group->group ? left : group->group) * model->n_states;
    const size_t n_times = group->data->responses->n_times;
    for (size_t i = 0; i < wide; i++) {
        size_t state = i % model->n_states;
        size_t unit = first + i / model->n_states;
        memcpy(group->coefficients + i * n_columns,
               model->coefficients + (state * model->n_units + unit) * n_columns,
               n_columns * sizeof *group->coefficients);
    }
    for (size_t t = 0; t < n_times; t += ROWS) {
        const size_t n = n_times - t < ROWS ? n_times - t : ROWS;
        double *means = group->means + t * wide;
        const ana_gemm shape = {.n_rows = n,
                                .n_inner = n_columns,
                                .n_columns = wide,
                                .transpose_b = true,
                                .alpha = 1.0};
        ANA_TRY(ana_design_panel(design, t, n, group->panel));
        ANA_TRY(ana_linalg_gemm(&shape, group->panel, group->coefficients, means));
        ana_glm_mean(&model->family, n * wide, means, means);
        add_lapses(model, first, n, wide, means);
    }
    group->first = first;
done:
    return status;
}

static ana_status means_in_states(void *user, size_t unit, double *mean)
{
    group_means *group = user;
    const ana_glm_hmm *model = group->model;
    const size_t first = unit - unit % group->group;
    if (group->first != first) {
        ana_status status = fill_group(group, first);
        if (status != ANA_OK) {
            return status;
        }
    }
    const size_t left = model->n_units - first;
    const size_t wide = (left < group->group ? left : group->group) * model->n_states;
    for (size_t t = 0; t < group->data->responses->n_times; t++) {
        const double *row = group->means + t * wide + (unit - first) * model->n_states;
        const bool usable = ana_design_usable(group->data->design, t);
        for (size_t k = 0; k < model->n_states; k++) {
            mean[t * model->n_states + k] = usable ? row[k] : (double)NAN;
        }
    }
    return ANA_OK;
}

ana_status ana_glm_hmm_goodness(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                                const ana_goodness_options *given, ana_goodness **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    group_means group = {0};
    ana_goodness_options options = given != NULL ? *given : ana_goodness_options_default();
    if (model->family.distribution != ANA_GLM_POISSON &&
        model->family.distribution != ANA_GLM_BERNOULLI) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "glm-hmm: goodness of fit by time rescaling is for spikes: Poisson or "
                        "Bernoulli responses");
    }
    if (model->family.distribution == ANA_GLM_BERNOULLI) {
        options.rescaling = ANA_RESCALE_BINARY;
    }
    ANA_TRY(make_group(model, data, &workspace, &group));
    ANA_TRY(ana_glm_hmm_look_ahead(model, data, &options.run, group.weights));
    const ana_expectation expectation = {model->n_states, group.weights, means_in_states, &group};
    ANA_TRY(ana_goodness_of_fit(data->responses, &expectation, &options, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
