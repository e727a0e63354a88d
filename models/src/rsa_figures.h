/** What predictions of subjects' matrices look like: bars with their ceiling, and who differs. */
#ifndef MODELS_RSA_FIGURES_H
#define MODELS_RSA_FIGURES_H

#include <analysis/record.h>

/** n models or predictions, in the order of their bars. */
typedef struct ana_rsa_pictured {
    size_t n;
    const char *const *names;
    const char *title;
    const char *caption; /**< of bars without lines between them */
    const double *mean;
    const double *low; /**< NULL: no intervals */
    const double *high;
    double ceiling[2]; /**< NaN: none */
    const double *p;   /**< n x n: of each two being the same; NULL: not tested */
} ana_rsa_pictured;

/** "similarity": the bars; lines join those whose p is below 0.05, all where they are few, else
 *  those with the best, which is `best`. */
ANA_USE_RESULT ana_status ana_rsa_add_bars(const ana_rsa_pictured *of, size_t best,
                                           ana_record *record);

/** "differences": of the means of those whose p is below 0.05, where there are any, and
 *  "n_pairs_that_differ". */
ANA_USE_RESULT ana_status ana_rsa_add_differences(const ana_rsa_pictured *of, ana_record *record);

#endif
