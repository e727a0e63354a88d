/* acm 3,2: each trial with delayed copies of itself, whose covariance is the augmented one. */
#include "bci_kinds.h"

#include <analysis/augmented_covariance.h>

#include <string.h>

static const ana_option acm_table[] = {
    {"order", ANA_OPTION_SIZE, offsetof(ana_augmentation, order), 1, 1000, NULL, "N",
     "copies of the signals, the first undelayed; 1: as they are (default 3)", false},
    {"lag", ANA_OPTION_SIZE, offsetof(ana_augmentation, lag), 1, 100000, NULL, "SAMPLES",
     "from one copy to the next (default 1)", false},
    {"tail", ANA_OPTION_CHOICE, offsetof(ana_augmentation, tail), 0, 0, ana_augmented_tail_names,
     "TAIL",
     "published: order x lag samples less, as in Carrara & Papadopoulo 2023; full: what fits, a "
     "lag more; circular: as long as the trial, whose end stands before its begin",
     false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(ana_augmentation *)options =
        (ana_augmentation){.order = 3, .lag = 1, .tail = ANA_TAIL_PUBLISHED};
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const ana_augmentation *augmentation = step->options;
    size_t n_left = 0;
    *out = *in;
    if (augmentation->order == 1) {
        return ANA_OK;
    }
    if (ana_augmented_length(augmentation, in->n_columns, &n_left) != ANA_OK) {
        return ana_fail_in(ANA_ERR_SHAPE, "pipeline: acm %zu,%zu: ", augmentation->order,
                           augmentation->lag);
    }
    if (step->handed_on) {
        return ANA_OK;
    }
    out->n_columns = n_left;
    out->n_rows = augmentation->order * in->n_rows;
    out->n_bands = 1;
    return ANA_OK;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    (void)teacher;
    if (step->handed_on) {
        memcpy(out->values, in->values,
               in->n_items * ana_bci_item_size(&in->shape) * sizeof *out->values);
        return ANA_OK;
    }
    const ana_trial_signals trials = {.n_trials = in->n_items,
                                      .n_channels = in->shape.n_rows,
                                      .n_times = in->shape.n_columns,
                                      .values = in->values};
    return ana_augmented_signals(step->options, &trials, out->values);
}

const bci_kind ana_bci_acm = {
    .says = {.name = "acm",
             .summary = "add delayed copies, for augmented covariances",
             .takes = "signals",
             .gives = "signals",
             .options = acm_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_SIGNALS,
    .options_size = sizeof(ana_augmentation),
    .defaults = defaults,
    .shape = shape,
    .apply = apply,
};
