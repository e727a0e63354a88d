/** What every model takes: a T x N matrix with its sequences, mask and labels. */
#ifndef ANALYSIS_OBSERVATIONS_H
#define ANALYSIS_OBSERVATIONS_H

#include <analysis/record.h>
#include <analysis/recording.h>
#include <analysis/status.h>

#include <stdint.h>

ANA_BEGIN_DECLS

/** values[t * n_features + f]; NaN is missing (a bin outside the observation intervals is missing,
 *  never zero), infinities are refused. Sequences (sessions, trials, blocks) are the rows
 *  sequence_start[s] ... sequence_start[s + 1] - 1; none is empty, and nothing is carried across
 *  their borders. All owned. */
typedef struct ana_observations {
    size_t n_times;
    size_t n_features;
    double *values;
    size_t n_sequences;
    size_t
        *sequence_start;  /**< n_sequences + 1 entries, ascending, the first 0, the last n_times */
    char **sequence_name; /**< n_sequences texts: session or trial */
    double *sequence_origin; /**< time of each sequence's first row, seconds */
    double bin_s;            /**< width of a row in seconds; NaN: rows are not times */
    ana_table *features;     /**< n_features rows, with "id" */
    char *unit;              /**< of the values: "count", "uV"; NULL: none */
    size_t n_labels;         /**< distinct true labels; 0: none */
    int64_t *labels;         /**< n_times, -1: none; or NULL */
    char **label_names;      /**< n_labels texts */
} ana_observations;

/** Zeroed values, one sequence over all rows, features with "id" 0 ... n_features - 1. */
ANA_API ANA_USE_RESULT ana_status ana_observations_new(size_t n_times, size_t n_features,
                                                       ana_observations **out);

/** Cut into n sequences of the given lengths (none 0; they sum to n_times: else ANA_ERR_SHAPE) and
 *  names (NULL: numbers from 0). Origins follow from those before the cut and bin_s. */
ANA_API ANA_USE_RESULT ana_status ana_observations_set_sequences(ana_observations *observations,
                                                                 size_t n, const size_t *lengths,
                                                                 const char *const *names);

/** *out = the sequences of all parts, one after the other. Features are the same when their ids
 *  are: those that all parts share are kept, in the order of the first, or, with
 *  `union_of_features`, all of them, missing where a part lacks one. Labels are the same when their
 *  names are. ANA_ERR_VALUE when bin widths or units differ, an id stands twice in a part, or no
 *  feature is shared. */
ANA_API ANA_USE_RESULT ana_status ana_observations_join(size_t n, ana_observations *const *parts,
                                                        bool union_of_features,
                                                        ana_observations **out);

/** *out = sums of `factor` successive rows within each sequence (a rest shorter than that, or a
 *  whole sequence, is dropped); missing when any is missing. Labels: the most frequent one (none
 *  counts as one), the lowest on a tie. ANA_ERR_VALUE when `factor` is 0 or longer than every
 *  sequence. */
ANA_API ANA_USE_RESULT ana_status ana_observations_rebin(const ana_observations *observations,
                                                         size_t factor, ana_observations **out);

/** *out = all rows of n features, by their numbers, in that order. ANA_ERR_VALUE for a feature that
 *  is not there. */
ANA_API ANA_USE_RESULT ana_status ana_observations_take(const ana_observations *observations,
                                                        size_t n, const size_t *features,
                                                        ana_observations **out);

/** The same by the features' ids as texts, as models name their units. ANA_ERR_SHAPE names the
 *  first that is missing; `what` begins the sentence ("glm"). */
ANA_API ANA_USE_RESULT ana_status ana_observations_take_ids(const ana_observations *observations,
                                                            const char *what, size_t n,
                                                            char *const *ids,
                                                            ana_observations **out);

/** ANA_ERR_VALUE with the broken invariant. */
ANA_API ANA_USE_RESULT ana_status ana_observations_check(const ana_observations *observations);

/** As a features record that every command reads back: "schema" is "observations", "values" time x
 *  feature, "bin", "sequences" (start, name, origin), the table "features", "labels",
 *  "label_names". ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_observations_to_record(const ana_observations *observations,
                                                             ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_observations_from_record(const ana_record *record,
                                                               ana_observations **out);

ANA_API void ana_observations_free(ana_observations *observations);

ANA_END_DECLS

#endif
