/** The lasso by coordinate descent on inner products: one set of them serves any number of
 *  responses, and a step costs p whatever the number of rows. (The penalised steps of linear models
 *  of a population, glm_descend.c, are of groups under bounds and of one response.) */
#ifndef MODELS_LASSO_H
#define MODELS_LASSO_H

#include <stdbool.h>
#include <stddef.h>

/** Lower b G b / 2 - c b + penalty |b|_1 from the b given; G (p x p) of standardised predictors has
 *  1, or 0 for one to be left out, on its diagonal.
 *
 *  @param beta  p (in, out)
 *  @param rest  p (in, out)  c - G beta
 *  @return whether no coefficient moves by more than `tolerance` any more */
bool ana_lasso_descend(size_t p, const double *gram, double penalty, double tolerance, double *beta,
                       double *rest);

#endif
