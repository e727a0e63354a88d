/* acm 3,2: each trial with delayed copies of itself, whose covariance is the augmented one. */
#include "bci_kinds.h"

#include <string.h>

typedef enum acm_tail {
    ACM_PUBLISHED,
    ACM_FULL
} acm_tail;

typedef struct acm_options {
    size_t order;
    size_t lag;
    acm_tail tail;
} acm_options;

static const char *const tails[] = {"published", "full", NULL};

static const ana_option acm_table[] = {
    {"order", ANA_OPTION_SIZE, offsetof(acm_options, order), 1, 1000, NULL, "N",
     "copies of the signals, the first undelayed; 1: as they are (default 3)", false},
    {"lag", ANA_OPTION_SIZE, offsetof(acm_options, lag), 1, 100000, NULL, "SAMPLES",
     "from one copy to the next (default 1)", false},
    {"tail", ANA_OPTION_CHOICE, offsetof(acm_options, tail), 0, 0, tails, "TAIL",
     "published: order x lag samples less, as in Carrara & Papadopoulo 2023; full: what fits, a "
     "lag "
     "more",
     false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(acm_options *)options = (acm_options){.order = 3, .lag = 1, .tail = ACM_PUBLISHED};
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const acm_options *options = step->options;
    const size_t order = options->order;
    *out = *in;
    if (order == 1) {
        return ANA_OK;
    }
    const size_t lost = (options->tail == ACM_FULL ? order - 1 : order) * options->lag;
    if (in->n_columns <= lost + 1) {
        return ana_fail(ANA_ERR_SHAPE,
                        "pipeline: acm %zu,%zu needs trials of more than %zu samples; these have "
                        "%zu",
                        order, options->lag, lost + 1, in->n_columns);
    }
    out->n_rows = order * in->n_rows;
    out->n_columns = in->n_columns - lost;
    out->n_bands = 1;
    return ANA_OK;
}

/* Copy p, from the top, begins p lags later. */
static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    (void)teacher;
    const acm_options *options = step->options;
    const size_t n_times = out->shape.n_columns;
    const size_t n_rows = in->shape.n_rows;
    double *to = out->values;
    for (size_t i = 0; i < in->n_items; i++) {
        const double *signals = in->values + i * n_rows * in->shape.n_columns;
        for (size_t r = 0; r < out->shape.n_rows; r++) {
            const double *from =
                signals + r % n_rows * in->shape.n_columns + r / n_rows * options->lag;
            memcpy(to, from, n_times * sizeof *to);
            to += n_times;
        }
    }
    return ANA_OK;
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
    .options_size = sizeof(acm_options),
    .defaults = defaults,
    .shape = shape,
    .apply = apply,
};
