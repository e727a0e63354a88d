/* Models in the order of their means, those that are not told apart together. */
#include "alignment_parts.h"
#include "order.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

enum {
    TOLD_APART_PERCENT = 5 /* corrected p below which two are told apart */
};

/* rank[m] from 1: the best and all that are not told apart from it, then the same of the rest. A
 * model without a mean comes last, alone. */
static ana_status rank(const ana_rsa *of, size_t *ranks)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = of->n_models;
    const bool is_distance = of->similarity == ANA_RDM_SIM_BURES_DISTANCE;
    size_t n_ranked = 0;
    ana_placed *placed = ana_workspace_bytes(&workspace, n, 1, sizeof *placed);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t m = 0; m < n; m++) {
        const double mean = is_distance ? -of->mean[m] : of->mean[m];
        placed[m] = (ana_placed){isnan(mean) ? -(double)INFINITY : mean, m};
        ranks[m] = 0;
    }
    qsort(placed, n, sizeof *placed, ana_compare_falling);
    for (size_t i = 0; i < n; i++) {
        const size_t best = placed[i].index;
        if (ranks[best] != 0) {
            continue;
        }
        ranks[best] = ++n_ranked;
        for (size_t j = i + 1; j < n; j++) {
            const size_t other = placed[j].index;
            const double p = of->p_between[best * n + other];
            const bool apart = 100.0 * p < TOLD_APART_PERCENT || isinf(placed[j].value);
            ranks[other] = ranks[other] == 0 && !apart ? n_ranked : ranks[other];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_rank(ana_alignment *to)
{
    ana_status status = ANA_OK;
    for (size_t t = 0; t < to->n_targets; t++) {
        ana_alignment_target *target = &to->targets[t];
        ANA_TRY(rank(target->scores, target->layer_rank));
        if (target->models != NULL) {
            ANA_TRY(rank(target->models, target->model_rank));
        }
    }
done:
    return status;
}
