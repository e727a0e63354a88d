#include "sbm_choose.h"

#include <math.h>

static const double most_trials = 1e9;

typedef struct weight_kind {
    bool alike;
    bool whole; /* 0, 1, 2, ... */
    bool positive;
    double first;
    double largest;
} weight_kind;

static void look_at(const ana_graph *graph, size_t column, bool first, weight_kind *kind)
{
    const double *weights = graph->weights + column * graph->n_edges;
    for (size_t e = 0; e < graph->n_edges; e++) {
        const double w = weights[e];
        kind->first = first && e == 0 ? w : kind->first;
        kind->alike = kind->alike && w == kind->first;
        kind->whole = kind->whole && w >= 0.0 && w == floor(w) && w < 0x1p53;
        kind->positive = kind->positive && w > 0.0;
        kind->largest = w > kind->largest ? w : kind->largest;
    }
}

static weight_kind kind_of(const ana_sbm_layers *layers, size_t column)
{
    weight_kind kind = {.alike = true, .whole = true, .positive = true};
    for (size_t l = 0; l < layers->n; l++) {
        if (column < layers->graphs[l]->n_weights) { /* else the check says so */
            look_at(layers->graphs[l], column, l == 0, &kind);
        }
    }
    return kind;
}

size_t ana_sbm_admitted(const ana_sbm_layers *layers, const ana_sbm_options *options,
                        ana_sbm_options candidates[ANA_SBM_WEIGHTS_AUTO])
{
    ana_sbm_options chosen = *options;
    size_t n = 0;
    if (chosen.layering == ANA_SBM_LAYERS_AUTO) {
        chosen.layering = ANA_SBM_LAYERS_SHARED;
    }
    if (options->weights != ANA_SBM_WEIGHTS_AUTO) {
        candidates[0] = chosen;
        return 1;
    }
    const weight_kind kind = kind_of(layers, options->weight_index);
    const bool admitted[ANA_SBM_WEIGHTS_AUTO] = {
        [ANA_SBM_UNWEIGHTED] = kind.alike,
        [ANA_SBM_EXPONENTIAL] = !kind.alike && !kind.whole && kind.positive,
        [ANA_SBM_NORMAL] = !kind.alike && !kind.whole,
        [ANA_SBM_GEOMETRIC] = !kind.alike && kind.whole,
        [ANA_SBM_POISSON] = !kind.alike && kind.whole,
        [ANA_SBM_BINOMIAL] = !kind.alike && kind.whole && kind.largest <= most_trials,
    };
    for (int w = 0; w < ANA_SBM_WEIGHTS_AUTO; w++) {
        if (admitted[w]) {
            candidates[n] = chosen;
            candidates[n].weights = w;
            if (w == ANA_SBM_BINOMIAL && kind.largest > (double)chosen.n_trials) {
                candidates[n].n_trials = (size_t)kind.largest;
            }
            n++;
        }
    }
    return n;
}

double ana_sbm_choice_cost(const ana_sbm_options *given, const ana_sbm_options *candidate)
{
    const double n = (double)candidate->n_trials;
    return candidate->weights == ANA_SBM_BINOMIAL && candidate->n_trials != given->n_trials
               ? log(n) + log(n + 1.0)
               : 0.0;
}
