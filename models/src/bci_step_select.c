/* select 10: the features that say most about the class; select-channels 8: the channels whose
 * covariances tell the classes apart. */
#include "bci_kinds.h"
#include "bci_selection.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/channel_selection.h>
#include <analysis/models/feature_information.h>

#include <stdlib.h>

enum {
    SELECTED
};

static const char *const learned[] = {"selected", NULL};

typedef struct select_options {
    size_t n_selected;
    size_t n_neighbours;
} select_options;

static const ana_option select_table[] = {
    {"features", ANA_OPTION_SIZE, offsetof(select_options, n_selected), 1, 1e6, NULL, "N",
     "how many to keep, at most as there are (default 10)", false},
    {"neighbours", ANA_OPTION_SIZE, offsetof(select_options, n_neighbours), 1, 1000, NULL, "N",
     "of a trial in its class, by whose distance information is measured (default 3)", false},
    ANA_OPTION_END,
};

static void select_defaults(void *options)
{
    *(select_options *)options = (select_options){.n_selected = 10, .n_neighbours = 3};
}

static ana_status fit_features(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const select_options *options = step->options;
    const size_t d = in->shape.n_columns;
    const size_t n = options->n_selected < d ? options->n_selected : d;
    const ana_labelled_rows rows = {in->n_items, d, in->values, teacher->n_classes,
                                    teacher->labels};
    double *information = NULL;
    size_t *selected = NULL;
    ANA_TRY(ana_allocate(d, sizeof *information, "select", &information));
    ANA_TRY(ana_allocate(n, sizeof *selected, "select", &selected));
    ANA_TRY(ana_feature_information(&rows, options->n_neighbours, information));
    ANA_TRY(ana_feature_select(d, information, n, selected));
    ANA_TRY(ana_bci_keep_selection(step, SELECTED, n, selected));
done:
    free(selected);
    free(information);
    return status;
}

static ana_status shape_features(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *selected = NULL;
    size_t n = 0;
    ANA_TRY(ana_bci_selection(step, SELECTED, in->n_columns, &workspace, &n, &selected));
    *out = *in;
    out->n_columns = n;
    out->n_bands = 1;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status apply_features(const bci_step *step, const bci_batch *in,
                                 const bci_teacher *teacher, bci_batch *out)
{
    const size_t n = out->shape.n_columns;
    const double *selected = step->learned[SELECTED].values;
    (void)teacher;
    for (size_t i = 0; i < in->n_items; i++) {
        for (size_t k = 0; k < n; k++) {
            out->values[i * n + k] = in->values[i * in->shape.n_columns + (size_t)selected[k]];
        }
    }
    return ANA_OK;
}

typedef struct channels_options {
    size_t n_selected;
    ana_spd_metric metric;
} channels_options;

static const ana_option channels_table[] = {
    {"channels", ANA_OPTION_SIZE, offsetof(channels_options, n_selected), 1, 1e6, NULL, "N",
     "how many to keep, at most as there are (default 16)", false},
    {"metric", ANA_OPTION_CHOICE, offsetof(channels_options, metric), 0, 0, ana_spd_metric_names,
     "METRIC", "by which the means of the classes are to be far apart (default riemann)", false},
    ANA_OPTION_END,
};

static void channels_defaults(void *options)
{
    *(channels_options *)options = (channels_options){.n_selected = 16, .metric = ANA_SPD_RIEMANN};
}

static ana_status check_channels(const void *options)
{
    const channels_options *given = options;
    ana_spd_mean_method method = ANA_SPD_MEAN_RIEMANN;
    return ana_minimum_distance_mean(given->metric, &method);
}

static ana_status fit_channels(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const channels_options *options = step->options;
    const size_t n =
        options->n_selected < in->shape.n_rows ? options->n_selected : in->shape.n_rows;
    const ana_labelled_matrices known = {ana_bci_batch_set(in), teacher->n_classes,
                                         teacher->labels};
    const ana_minimum_distance_options how = {*teacher->run, options->metric};
    size_t *selected = NULL;
    ANA_TRY(ana_allocate(n, sizeof *selected, "select-channels", &selected));
    ANA_TRY(ana_channels_select(&known, n, &how, selected));
    ANA_TRY(ana_bci_keep_selection(step, SELECTED, n, selected));
done:
    free(selected);
    return status;
}

static ana_status shape_channels(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *selected = NULL;
    size_t n = 0;
    ANA_TRY(ana_bci_selection(step, SELECTED, in->n_rows, &workspace, &n, &selected));
    *out = *in;
    out->n_rows = n;
    out->n_columns = n;
    out->n_bands = 1;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status apply_channels(const bci_step *step, const bci_batch *in,
                                 const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = ana_bci_batch_set(in);
    size_t *selected = NULL;
    size_t n = 0;
    (void)teacher;
    ANA_TRY(ana_bci_selection(step, SELECTED, in->shape.n_rows, &workspace, &n, &selected));
    ana_channels_take(&set, n, selected, out->values);
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_select = {
    .says = {.name = "select",
             .summary = "the features that say most about the class",
             .takes = "vectors",
             .gives = "vectors",
             .options = select_table,
             .n_positional = 1},
    .takes = BCI_VECTORS,
    .gives = BCI_VECTORS,
    .options_size = sizeof(select_options),
    .defaults = select_defaults,
    .learned = learned,
    .fit = fit_features,
    .shape = shape_features,
    .apply = apply_features,
};

const bci_kind ana_bci_select_channels = {
    .says = {.name = "select-channels",
             .summary = "the channels whose covariances tell the classes apart",
             .takes = "matrices",
             .gives = "matrices",
             .options = channels_table,
             .n_positional = 2},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .options_size = sizeof(channels_options),
    .defaults = channels_defaults,
    .learned = learned,
    .check = check_channels,
    .fit = fit_channels,
    .shape = shape_channels,
    .apply = apply_channels,
};
