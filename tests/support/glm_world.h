/** A small population whose linear models are known: units that drive one another and follow
 *  covariates. */
#ifndef TESTS_SUPPORT_GLM_WORLD_H
#define TESTS_SUPPORT_GLM_WORLD_H

#include <analysis/models/glm.h>

enum {
    N = 3,
    C = 2,
    B = 3,
    L = 6,
    P = 1 + N * B + C
};

/** Counts of N units that drive one another and follow C covariates. Two sequences. */
typedef struct world {
    ana_observations *counts;
    ana_observations *covariates;
    ana_basis *basis;
    ana_design *design;
    ana_glm_data data;
} world;

/** Poisson counts, canonical link. */
extern const ana_glm_family poisson;

enum {
    N_FAMILIES = 9
};

/** Each distribution, with each link that it takes. */
extern const ana_glm_family families[N_FAMILIES];

/** Room for n_times rows of zeros; `finish` makes the design and points to it. */
void world_begin(size_t n_times, world *made);
void world_finish(world *made);

/** Drawn bin by bin from the definition, with coefficients so weak that nothing runs away. */
world world_draw(size_t n_times, ana_glm_family family, uint64_t seed);

void world_release(world *made);

/** Of the smooth part of a unit's objective (without lasso and group) at the fit: P values. */
void world_gradient(const world *from, const ana_glm *glm, size_t unit, double *out);

/** The trace of the objective rises, but for rounding. */
void check_never_falls(const ana_glm *glm);

#endif
