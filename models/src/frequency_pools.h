/** Frequencies pooled into bands of equal width: what the steps psd and connectivity share. */
#ifndef MODELS_FREQUENCY_POOLS_H
#define MODELS_FREQUENCY_POOLS_H

#include "bci_step.h"

#include <analysis/matrix.h>

/** Bands [min + k width, min + (k + 1) width), the last with its end; width 0: every frequency. */
typedef struct ana_frequency_pools {
    const char *what; /**< begins sentences: "psd" */
    double min_hz;
    double max_hz;
    double width_hz;
} ana_frequency_pools;

/** Options min, max and width of a step whose own begin with ana_frequency_pools. */
#define ANA_FREQUENCY_POOLS_MIN                                                                    \
    {                                                                                              \
        "min", ANA_OPTION_DOUBLE, offsetof(ana_frequency_pools, min_hz), 0, 1e6, NULL, "HZ",       \
            "lowest frequency (default 8)", false                                                  \
    }
#define ANA_FREQUENCY_POOLS_MAX                                                                    \
    {                                                                                              \
        "max", ANA_OPTION_DOUBLE, offsetof(ana_frequency_pools, max_hz), 0, 1e6, NULL, "HZ",       \
            "highest frequency (default 30)", false                                                \
    }
#define ANA_FREQUENCY_POOLS_WIDTH                                                                  \
    {                                                                                              \
        "width", ANA_OPTION_DOUBLE, offsetof(ana_frequency_pools, width_hz), 0, 1e6, NULL, "HZ",   \
            "of the bands whose mean is a feature; 0: each frequency (default 2)", false           \
    }

/** 8 to 30 Hz, bands of 2 Hz. */
ana_frequency_pools ana_frequency_pools_default(const char *what);

/** ANA_ERR_VALUE when there is no band. */
ANA_USE_RESULT ana_status ana_frequency_pools_check(const void *pools);

/** What makes row x frequency of the signals of a trial: the head of a step's tool. */
typedef struct ana_pooled {
    ana_matrix *matrix; /**< row x frequency, of the last trial; owned by the tool */
    ana_status (*make)(struct ana_pooled *self, size_t n_times, const double *x);
} ana_pooled;

/** *n = bands of the step's kind, by the tool that it takes up for n_rows rows. ANA_ERR_VALUE names
 *  a band without a frequency. */
ANA_USE_RESULT ana_status ana_frequency_pools_count(const bci_step *step, const bci_shape *in,
                                                    size_t n_rows, size_t *n);

/** out = row x band of each trial, by the teacher's tool. */
ANA_USE_RESULT ana_status ana_frequency_pools_apply(const bci_step *step, const bci_batch *in,
                                                    const bci_teacher *teacher, bci_batch *out);

#endif
