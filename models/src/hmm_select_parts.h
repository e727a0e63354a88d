/** What the files of hmm_select.h share. */
#ifndef ANALYSIS_MODELS_HMM_SELECT_PARTS_H
#define ANALYSIS_MODELS_HMM_SELECT_PARTS_H

#include <analysis/models/hmm_select.h>

/** What each way of holding out is called; ends with NULL. */
extern const char *const ana_hmm_held_out_names[];

/** The data of one fold. */
typedef struct ana_hmm_split {
    ana_observations *train;
    ana_observations *test;
    size_t *train_rows; /**< which rows of the data they are; NULL: all */
    size_t *test_rows;
    size_t n_rows; /**< that are held out: by which scores are divided */
} ana_hmm_split;

/** *out = options->n_folds splits; *held_out says how. */
ANA_USE_RESULT ana_status ana_hmm_splits_new(const ana_observations *observations,
                                             const ana_hmm_select_options *options,
                                             ana_hmm_held_out *held_out, ana_hmm_split **out);

/** `splits` may be NULL. */
void ana_hmm_splits_free(size_t n, ana_hmm_split *splits);

/** *out = n rows, ascending; where one does not follow another a sequence begins. */
ANA_USE_RESULT ana_status ana_hmm_take_rows(const ana_observations *from, size_t n,
                                            const size_t *rows, ana_observations **out);

/** Of the states given the rows: sum over rows of the posterior's entropy, nats. */
double ana_hmm_posterior_entropy(const ana_hmm_decoding *decoding);

#endif
