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

/** *out = row x frequency of the signals of one trial; run may be NULL. */
typedef ana_status (*ana_pooled)(const bci_step *step, const bci_shape *in, const ana_run *run,
                                 const double *x, ana_matrix **out);

/** *n = bands in what is made of n_rows silent rows. ANA_ERR_VALUE names a band without a
 *  frequency. */
ANA_USE_RESULT ana_status ana_frequency_pools_count(const bci_step *step, ana_pooled make,
                                                    const bci_shape *in, size_t n_rows, size_t *n);

/** out = row x band of each trial. */
ANA_USE_RESULT ana_status ana_frequency_pools_apply(const bci_step *step, ana_pooled make,
                                                    const bci_batch *in, const ana_run *run,
                                                    bci_batch *out);

#endif
