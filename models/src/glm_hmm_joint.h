/** What one thread of the joint M-step writes to. m units of a response, d = m and its lapses'
 *  parameters, q parameters of a state at most. */
#ifndef ANALYSIS_MODELS_GLM_HMM_JOINT_H
#define ANALYSIS_MODELS_GLM_HMM_JOINT_H

#include "glm_hmm_parts.h"

typedef struct ana_glm_hmm_joint_seat {
    double *panel;        /**< rows of a block x P */
    double *rows;         /**< the same, of the rows with weight */
    double *scaled;       /**< rows x P */
    double *response;     /**< rows x m */
    double *eta;          /**< rows x m */
    double *weight;       /**< rows */
    double *score;        /**< rows x d: weighted */
    double *information;  /**< rows x d x d: weighted, lower triangles */
    double *block;        /**< P x P */
    double *hessian;      /**< q x q */
    double *factor;       /**< q x q */
    double *coefficients; /**< m x P: where a value is taken */
    double *shares;       /**< C: the lapses there */
    double *at;           /**< K x q, and so the next three */
    double *tried;
    double *gradient;
    double *direction;
    double *solved;  /**< K x q x (1 + m) */
    double *inverse; /**< K x m x m */
    double *common;  /**< m x m and more, of the states' agreement */
} ana_glm_hmm_joint_seat;

/** One response in one state, or with shared intercepts in all. */
typedef struct ana_glm_hmm_item {
    const ana_glm_hmm_task *task;
    const ana_glm_hmm_weights *weights;
    const double *posterior;
    ana_glm_hmm_joint_seat *seat;
    size_t response;
    size_t first_state;
    size_t n_states;
    size_t n_free;   /**< coefficients of a state */
    size_t n_lapses; /**< parameters of its lapses */
    size_t n;        /**< both */
    size_t n_ends;   /**< units with an intercept that is free */
} ana_glm_hmm_item;

/** Units of a response; parameters of its lapses; how many items an M-step has, and the one of that
 *  number, with the seat of the thread at work. */
size_t ana_glm_hmm_wide(const ana_glm_hmm_task *task);
size_t ana_glm_hmm_lapse_size(const ana_glm_hmm_task *task);
size_t ana_glm_hmm_n_items(const ana_glm_hmm_task *task);
ana_glm_hmm_item ana_glm_hmm_item_new(const ana_glm_hmm_task *task,
                                      const ana_glm_hmm_weights *weights, const double *posterior,
                                      size_t number);

/** Its first unit; where unit a's coefficients begin in a state's vector; its lapses (C) or NULL.
 */
size_t ana_glm_hmm_first_unit(const ana_glm_hmm_item *self);
size_t ana_glm_hmm_place(const ana_glm_hmm_item *self, size_t a);
double *ana_glm_hmm_lapse_of(const ana_glm_hmm_item *self, size_t state);

/** Free coefficients and lapses of a state as one vector, and back into `coefficients` (m x P,
 *  which holds the others) and `shares`. */
void ana_glm_hmm_pack(const ana_glm_hmm_item *self, size_t state, double *x);
void ana_glm_hmm_unpack(const ana_glm_hmm_item *self, const double *x, double *coefficients,
                        double *shares);

/** inverse = matrix^-1 (n x n, positive definite; may be the same), without taking memory; factor:
 *  n x n of room. */
ANA_USE_RESULT ana_status ana_glm_hmm_invert(size_t n, const double *matrix, double *factor,
                                             double *inverse);

/** The penalised value of a state at x; with a gradient (else NULL), that and the Hessian, into the
 *  seat. */
ANA_USE_RESULT ana_status ana_glm_hmm_evaluate(const ana_glm_hmm_item *self, size_t state,
                                               const double *x, double *gradient, double *value);

#endif
