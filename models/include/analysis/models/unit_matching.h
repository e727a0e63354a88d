/** Which unit of one system does what a unit of the other does?
 *
 *  Units are matched by the correlation of their responses to the same stimuli (convergent
 *  learning: Li et al. 2016):
 *
 *  | method | match |
 *  |---|---|
 *  | one to one | each unit of the smaller system has a partner of its own, with the largest sum of correlations |
 *  | semi | each unit takes its best partner, which others may take as well; both ways |
 *  | soft | units share partners: the transport plan of largest sum of P_ij r_ij, each unit of a system weighing the same (Khosla & Williams 2024) |
 *
 *  A best partner among many is found in noise as well: the partners are therefore chosen on the
 *  training stimuli of each fold and correlated on the others, and the mean over units is held
 *  against matches of exchanged stimuli. */
#ifndef ANALYSIS_MODELS_UNIT_MATCHING_H
#define ANALYSIS_MODELS_UNIT_MATCHING_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_unit_method {
    ANA_UNITS_ONE_TO_ONE,
    ANA_UNITS_SEMI,
    ANA_UNITS_SOFT
} ana_unit_method;

typedef struct ana_unit_match_options {
    ana_run run;
    ana_unit_method method; /**< default one to one */
    size_t n_folds;         /**< of stimuli held out; default 5; 0: none */
    size_t n_permutations;  /**< of the second system's stimuli; default 200; 0: no test */
    size_t n_bootstraps;    /**< of the stimuli, partners kept; 0, the default: no interval */
    double level;           /**< of the interval; default 0.95 */
} ana_unit_match_options;

ANA_API ana_unit_match_options ana_unit_match_options_default(void);

/** Rows for folds, permutations, bootstraps and level; the method is the caller's. */
ANA_API extern const ana_option ana_unit_match_option_table[];

/** A unit of the first system (`a`) and one of the second that go together. */
typedef struct ana_unit_pair {
    size_t a; /**< of the compared units */
    size_t b;
    double weight;      /**< the weights of one side add up to 1 */
    double correlation; /**< over all stimuli */
} ana_unit_pair;

/** One side's units: those compared, and what became of the rest. */
typedef struct ana_unit_side {
    char *name; /**< of the system */
    size_t n;
    char **units;      /**< n ids */
    size_t n_missing;  /**< left out: without any value */
    size_t n_constant; /**< left out: the same for every stimulus */
    double *matched;   /**< n: correlation with its partners, weighted; NaN: it has none */
    double *held_out;  /**< n: the same of partners chosen on other stimuli, mean over the folds;
                            NaN: not asked for, none, or it never varies in a fold's test stimuli */
} ana_unit_side;

/** All owned. */
typedef struct ana_unit_match {
    ana_unit_method method;
    size_t n_stimuli;
    size_t n_folds;
    ana_unit_side sides[2];
    double *correlation;  /**< sides[0].n x sides[1].n */
    size_t n_pairs;       /**< semi: first each unit of `a` with its best, then each of `b` */
    ana_unit_pair *pairs; /**< by the unit of `a`, or for semi's second half of `b` */
    double mean;          /**< weighted mean correlation of the pairs (semi: of a's choices) */
    double mean_back;     /**< semi: of b's choices; else the same as mean */
    double held_out;      /**< mean as `mean`, of stimuli that did not choose; NaN: not asked for */
    double held_out_back;
    double distance; /**< root of the weighted mean of 2 - 2 r */
    double chance;   /**< mean of `mean` when stimuli are exchanged; NaN: not asked for */
    double p;        /**< of so large a mean, one-sided */
    double low;      /**< ends of the bootstrap's interval of `mean`; NaN: not asked for */
    double high;
} ana_unit_match;

/** Match the units of two systems with the same stimuli (ana_responses_match). Units without any
 *  value or without variance are left out and counted. A unit that is constant over the training
 *  stimuli of a fold correlates with nothing there.
 *
 *  @return ANA_ERR_VALUE for an option out of range, fewer than three stimuli (or training or test
 *  stimuli of a fold), another missing value, an infinite one or one above 1e100 (named with its
 *  system, unit and stimulus), no unit left; ANA_ERR_SHAPE for different numbers of stimuli;
 *  ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_unit_match_compute(const ana_responses *a,
                                                         const ana_responses *b,
                                                         const ana_unit_match_options *options,
                                                         ana_unit_match **out);

/** "schema" is "unit match": the pairs, as figures the matched correlations in falling order,
 *  seen and held out, and the correlations with matched units side by side. */
ANA_API ANA_USE_RESULT ana_status ana_unit_match_to_record(const ana_unit_match *match,
                                                           ana_record **out);
ANA_API void ana_unit_match_free(ana_unit_match *match);

ANA_END_DECLS

#endif
