/** Likelihoods of choices among classes, with lapses: what a row says of the predictors of all
 *  classes together. Bernoulli responses are those of two classes. */
#ifndef ANALYSIS_MODELS_GLM_CHOICE_H
#define ANALYSIS_MODELS_GLM_CHOICE_H

#include <analysis/models/glm_family.h>
#include <analysis/observations.h>

/** R responses of C classes each; a row has R x (C - 1) values. */
typedef struct ana_glm_choice {
    size_t n_classes;
    size_t n_responses;
    const double *lapse; /**< R x C: P(lapse, and to this class); NULL: none */
} ana_glm_choice;

/** A categorical or Bernoulli family over n values of one row. */
ana_glm_choice ana_glm_choice_of(const ana_glm_family *family, size_t n);

/** Whether each response is of one class at most, and is missing as a whole. */
ANA_USE_RESULT ana_status ana_glm_choice_check(const ana_glm_family *family, size_t n,
                                               const double *y);

/** P(class) of every unit with lapses; may be the same array. */
void ana_glm_choice_mean(const ana_glm_choice *choice, size_t n_rows, const double *eta,
                         double *mean);

/** Log-likelihoods at the first unit of each response (0 at the others), gradients of all units,
 *  and the expected curvatures of each alone. */
void ana_glm_choice_kernel(const ana_glm_choice *choice, size_t n_rows, const double *y,
                           const double *eta, const ana_glm_outputs *out);

/** One response in one row, in its C - 1 predictors and the lapse's parameters: none; for UNIFORM
 *  the logit of P(lapse); for LEARNED the log odds of each class's lapse to no lapse. */
typedef struct ana_glm_choice_row {
    double score[2 * ANA_GLM_MOST_CLASSES];
    double information[2 * ANA_GLM_MOST_CLASSES][2 * ANA_GLM_MOST_CLASSES]; /**< expected */
} ana_glm_choice_row;

/** How many parameters the lapses of one response have. */
size_t ana_glm_lapse_size(ana_glm_lapse lapse, size_t n_classes);

/** Log-likelihood of a response that is not missing (chosen: its class); its derivatives into
 *  `out`, unless NULL. `shares` (C): the lapse's, or NULL. */
double ana_glm_choice_derive(size_t n_classes, ana_glm_lapse lapse, const double *shares,
                             const double *eta, size_t chosen, ana_glm_choice_row *out);

/** The lapse's parameters from its shares and back. Shares of 0 are taken as 1e-12. */
void ana_glm_lapse_to_logits(ana_glm_lapse lapse, size_t n_classes, const double *shares,
                             double *logits);
void ana_glm_lapse_from_logits(ana_glm_lapse lapse, size_t n_classes, const double *logits,
                               double *shares);

/** Responses of a family, with unit and row of what cannot be. */
ANA_USE_RESULT ana_status ana_glm_check_observations(const ana_glm_family *family, const char *what,
                                                     const ana_observations *responses);

#endif
