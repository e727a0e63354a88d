/** Recordings of animals whose neurons have names, and what of them goes into one analysis. */
#ifndef CLI_ANIMALS_H
#define CLI_ANIMALS_H

#include "load.h"

#include <analysis/models/affinity.h>
#include <analysis/record.h>

/** Traces as they are read: `rows` is one sequence; names as the input has them. */
typedef struct animal {
    char *name;
    ana_observations *rows;
    char **neurons; /**< rows->n_features */
    bool joined;    /**< with others, so that it has columns for neurons that it lacks */
    /* What is left out of it, counted: */
    size_t n_unnamed;  /**< traces without a name */
    size_t n_twice;    /**< traces whose name another trace has too */
    size_t n_constant; /**< traces that never change */
    size_t n_missing;  /**< traces with missing samples (of one animal: of which nothing is left) */
    size_t n_rare;     /**< neurons that too few animals have */
    size_t n_cut;      /**< rows after the end of the shortest animal */
    bool *used;        /**< rows->n_features */
    bool *rare;        /**< rows->n_features */
} animal;

typedef struct animals {
    size_t n;
    animal *items;
    ana_intervals *intervals; /**< of the first input that has any; NULL: none has */
    double origin_s;          /**< of the rows on the clock of the intervals */
} animals;

/** *out = the inputs' animals: each sequence of saved rows, each worm of `ana homogenise`, the
 *  series of each recording, each array (with --bin). `intervals` names those wanted, NULL: the
 *  first. */
ANA_USE_RESULT ana_status animals_load(size_t n, char **inputs, const input_options *options,
                                       const console_options *console, const char *intervals,
                                       animals *out);

/** Which traces are used, and what is not, counted; neurons that fewer than `least` animals have
 *  (0: half of them) are not. ANA_ERR_SHAPE when animals are sampled at different rates;
 *  ANA_ERR_VALUE when no two neurons are left. */
ANA_USE_RESULT ana_status animals_choose(animals *self, size_t least);

/** *out = a list of the names of all neurons used, in the order in which animals have them; freed
 *  by free(), its texts borrowed. */
ANA_USE_RESULT ana_status animals_neurons(const animals *self, size_t *n, const char ***out);

/** out[w] = affinities of animal w, NaN traces for neurons it lacks, at every `step`-th time. On
 *  failure those made are freed. */
ANA_USE_RESULT ana_status animals_affinities(const animals *self,
                                             const ana_affinity_options *options, size_t step,
                                             ana_affinity **out);

/** "schema" is "connectome inputs": animals, neurons, what was left out, and who has whom. */
ANA_USE_RESULT ana_status animals_to_record(const animals *self, ana_record **out);

void animals_release(animals *self);

#endif
