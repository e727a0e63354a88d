/** Domains of matrices, from the inside. */
#ifndef MODELS_DOMAIN_PARTS_H
#define MODELS_DOMAIN_PARTS_H

#include "workspace.h"

#include <analysis/models/domain_transfer.h>

/** Every matrix has a domain, every domain a matrix of weight above 0; `what` begins sentences. */
ANA_USE_RESULT ana_status domains_check(const ana_domains *domains, size_t n_items,
                                        const char *what);

static inline double domain_weight(const ana_domains *domains, size_t k)
{
    return domains->weights != NULL ? domains->weights[k] : 1.0;
}

/** The matrices of one domain (those of weight 0 only with `all`): copied to `values` behind each
 *  other, their numbers to `which`, their weights to `weights` (or NULL); how many. */
size_t domain_gather(const ana_spd_set *set, const ana_domains *domains, size_t domain, bool all,
                     double *values, size_t *which, double *weights);

/** out[k] = F X_k F of real symmetric matrices of n rows, F symmetric; `out` may be x. */
ANA_USE_RESULT ana_status domain_congruence(size_t n, size_t n_matrices, const double *f,
                                            const double *x, double *room, double *out);

#endif
