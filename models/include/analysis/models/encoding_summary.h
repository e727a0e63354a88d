/** Which features predict best, could it be chance, and how sure is the ranking?
 *
 *  The value of a model is the median of its units' scores in each animal (or region), averaged
 *  over animals: normalised scores where there is a ceiling, else raw ones. Its interval is of
 *  units drawn anew within their animals, the same draw for all models, so that the difference of
 *  two models has an interval of its own.
 *
 *  Chance: held-out predictions stay, measured stimuli change places within their folds (blocks of
 *  time: are turned in a circle within them), and the same statistic of correlations is taken; the
 *  largest of all models in each permutation controls the family-wise error. Units have a p each as
 *  well, adjusted for their number by Benjamini & Hochberg (1995). Of repeated folds the first
 *  repeat is tested; the others are no new stimuli.
 *
 *  Stimuli of a group may be answered alike, so that the group, not the stimulus, is what chance
 *  may exchange (Winkler et al. 2015, NeuroImage 123: whole-block exchangeability): groups change
 *  places whole, with others of their size in their fold, the k-th stimulus of one for the k-th of
 *  the other, which keeps any dependence within groups. Groups alone of their size in their fold
 *  stay; where all do, there is no p. */
#ifndef ANALYSIS_MODELS_ENCODING_SUMMARY_H
#define ANALYSIS_MODELS_ENCODING_SUMMARY_H

#include <analysis/models/encoding.h>

ANA_BEGIN_DECLS

typedef struct ana_encoding_summary_options {
    ana_run run;
    size_t n_permutations; /**< 0: no p; default 1000 */
    size_t n_bootstraps;   /**< 0: no intervals; default 1000 */
    double level;          /**< of the intervals; default 0.95 */
    bool blocked;          /**< turn stimuli in time rather than exchange them; default false */
    const size_t *groups;  /**< of each stimulus: exchanged whole; NULL (default): none; borrowed */
    size_t n_animals;      /**< 0 (default): one */
    const size_t *animals; /**< of each unit of the target: 0 ... n_animals - 1; borrowed */
    char *const *names;    /**< n_animals, borrowed; NULL: numbers */
} ana_encoding_summary_options;

ANA_API ana_encoding_summary_options ana_encoding_summary_options_default(void);

/** Rows for permutations, bootstraps, level. */
ANA_API extern const ana_option ana_encoding_summary_option_table[];

/** M models, A animals; all owned. NaN: not known, or not asked for. */
typedef struct ana_encoding_summary {
    size_t n_models;
    size_t n_animals;
    char **models;
    char **animals;
    bool normalised;     /**< values are of normalised scores */
    double *by_animal;   /**< M x A: median over units; NaN: no unit has a score */
    double *value;       /**< M: mean over animals that have one */
    double *low;         /**< M: ends of its interval */
    double *high;        /**< M */
    double *behind;      /**< M: value of the best model less this one's */
    double *behind_low;  /**< M: ends of its interval; above 0: told apart */
    double *behind_high; /**< M */
    double *p;           /**< M: of chance */
    double *p_max;       /**< M: against the best of all models in each permutation */
    size_t n_exchanged;  /**< stimuli that permutations can move; 0: no p */
    size_t best;         /**< model of the largest value */
    size_t n_units;      /**< Q */
    double *p_units;     /**< M x Q: chance of each unit's correlation */
    double *q_units;     /**< M x Q: adjusted for the Q units (false discovery rate) */
} ana_encoding_summary;

/** Of encodings of one target by the same folds.
 *
 *  @return ANA_ERR_VALUE for no models, groups of blocks of time, an animal beyond their number, or
 *  an option out of range; ANA_ERR_SHAPE for encodings of other stimuli, units or folds;
 *  ANA_ERR_CANCELLED; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status
ana_encoding_summarise(size_t n, ana_encoding *const *encodings, const ana_responses *target,
                       const ana_encoding_summary_options *options, ana_encoding_summary **out);

/** "schema" is "encoding": the numbers above, scores, ceilings and chosen penalties of every unit,
 *  the best model's predictions, and pictures: models with their intervals and the ceiling, units
 *  against their ceiling and in the order of it, the distribution of scores, errors by penalty,
 *  parts of banded ridge. `ceiling` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_encoding_to_record(size_t n, ana_encoding *const *encodings,
                                                         const ana_ceiling *ceiling,
                                                         const ana_encoding_summary *summary,
                                                         ana_record **out);

ANA_API void ana_encoding_summary_free(ana_encoding_summary *summary);

ANA_END_DECLS

#endif
