/** Who is who among the neurons of the hermaphrodite C. elegans?
 *
 *  The 300 neurons that recordings and connectomes share: the 302 of White et al. (1986) without
 *  CANL and CANR, which make no synapses, sorted by the bytes of their names; and the rules by
 *  which what a source calls a trace becomes one of them. A label that could be several neurons is
 *  none of them: nothing is moved to a neighbour's name. */
#ifndef ANALYSIS_MODELS_WORM_NEURONS_H
#define ANALYSIS_MODELS_WORM_NEURONS_H

#include <analysis/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

#define ANA_WORM_NEURONS 300

/** ANA_WORM_NEURONS names, ascending: "ADAL" is 0, "VD9" is 299. */
ANA_API extern const char *const ana_worm_neuron_names[];

typedef enum ana_neuron_type {
    ANA_NEURON_SENSORY,
    ANA_NEURON_INTERNEURON,
    ANA_NEURON_MOTOR
} ana_neuron_type;

typedef struct ana_worm_neuron {
    const char *name;       /**< "AVAL" */
    const char *class_name; /**< "AVA": those that differ in side or number alone */
    ana_neuron_type type;
    bool pharyngeal;
} ana_worm_neuron;

/** The neuron in slot `slot` (< ANA_WORM_NEURONS). */
ANA_API ana_worm_neuron ana_worm_neuron_get(size_t slot);

/** "sensory", "interneuron", "motor". */
ANA_API const char *ana_neuron_type_name(ana_neuron_type type);

/** How a label became a neuron, or why it did not. Only the first two name one. */
typedef enum ana_label_rule {
    ANA_LABEL_NAMED,     /**< is a name of the list */
    ANA_LABEL_RESPELT,   /**< is one but for spaces around, small letters, or a zero before its
                              number ("VB02", "vb2": VB2); a name that ends in 0 is kept */
    ANA_LABEL_NONE,      /**< nothing, "n/a", "-", or a number: the trace's own */
    ANA_LABEL_AMBIGUOUS, /**< the source is not sure: has a '?', or names several ("VB1/VB2") */
    ANA_LABEL_NO_SIDE,   /**< a class without side or number ("AIA", "IL1D", "VB"), or AWCON and
                              AWCOFF, whose side differs from animal to animal */
    ANA_LABEL_UNKNOWN,   /**< no neuron of the list: CANL, CANR, glia, muscles, typing errors */
    ANA_LABEL_LOW_CONFIDENCE, /**< a neuron, but the source is less sure than was asked for */
    ANA_LABEL_DUPLICATE       /**< a neuron that another trace of the animal is */
} ana_label_rule;

#define ANA_LABEL_RULES 8

/** "named", "respelt", "unlabelled", "ambiguous", "no side", "unknown", "low confidence",
 *  "duplicate". */
ANA_API const char *ana_label_rule_name(ana_label_rule rule);

/** Slot of the neuron that `label` (NULL: none) names, or -1. *rule (may be NULL): one of the first
 *  six; the last two need the animal. */
ANA_API int ana_worm_neuron_find(const char *label, ana_label_rule *rule);

ANA_END_DECLS

#endif
