/** The selection of a delay embedding, from the inside. */
#ifndef MODELS_LAG_PARTS_H
#define MODELS_LAG_PARTS_H

#include "workspace.h"

#include <analysis/models/lag_selection.h>

/** Means over folds that differ by less are the same. */
#define LAG_SAME_SCORE 1e-12

struct ana_lag_products {
    size_t n_trials;
    size_t n_channels;
    size_t n_times;
    size_t max_order;
    size_t max_lag;
    size_t *classes; /**< n_trials */
    double *samples; /**< trial x time x channel, about each channel's mean */
    size_t n_shifts; /**< distances in time that some pair of order and lag needs */
    size_t *slot;    /**< (max_order - 1) max_lag + 1: the place of a distance; SIZE_MAX: none */
    double *sums;    /**< trial x n_shifts x channel x channel: sum over s of x[s] x[s + shift] */
    bool *embedded;  /**< n_trials: whether the two below are known */
    size_t *order;   /**< n_trials: of mdop */
    double *lag;     /**< n_trials: of mdop */
};

/** Order, lag and the lags that its window leaves out at the end. */
typedef struct lag_embedding {
    size_t order;
    size_t lag;  /**< 0 of order 1 */
    size_t span; /**< the window has n_times - span * lag samples */
} lag_embedding;

lag_embedding lag_embedding_of(size_t order, size_t lag, ana_lag_tail tail, size_t max_order);

/** Samples of the window; 0 when there are none. */
size_t lag_window(const ana_lag_products *products, lag_embedding at);

/** Whether the window allows a matrix: at least two samples, and of plain covariances more than
 *  rows. */
bool lag_fits(const ana_lag_products *products, lag_embedding at, ana_lag_estimator estimator);

/** Doubles of the room of lag_assemble. */
size_t lag_room_size(const ana_lag_products *products, size_t order);

/** The covariance of a trial about the mean, divisor n - 1; allocates nothing. */
ana_status lag_assemble(const ana_lag_products *products, size_t trial, lag_embedding at,
                        double *room, double *out);

/** What all pairs of a selection share. */
typedef struct lag_job {
    ana_lag_products *products;
    const ana_lag_options *options;
    const size_t *items;   /**< n_items: trials */
    const size_t *classes; /**< n_items, each below n_classes */
    size_t n_items;
    size_t n_classes;
    const ana_folds *folds;
    bool is_auc;
    size_t n_penalties;
    const double *penalties;
    size_t n_settings;   /**< penalties x kernels; 1 of mdm */
    double *fold_scores; /**< n_settings x n_folds, of the pair at hand */
    size_t *n_vectors;   /**< counts of the selection */
    size_t *n_values;
    double *x;            /**< n_items x n x n for the largest n */
    double *maps;         /**< the same, and n_items x n_items at least */
    double *rooms;        /**< n_threads x room_size */
    size_t room_size;     /**< doubles of a thread's */
    size_t *places;       /**< n_items: items in the order of x */
    double *kernel;       /**< n_items x n_items: products of tangent vectors */
    double *other;        /**< the same: a kernel of some of them */
    double *decisions;    /**< n_items */
    size_t *votes;        /**< n_items x n_classes */
    size_t *chosen;       /**< n_items */
    bool *flags;          /**< n_items */
    ana_status *statuses; /**< n_items */
    double *weights;      /**< n_items */
} lag_job;

/** Fills the job, whose products and options are there; workspace memory. `made`: folds that were
 *  made, to be freed. */
ana_status lag_open_job(const size_t *items, size_t n_items, const ana_folds *folds,
                        ana_workspace *workspace, ana_folds **made, lag_job *job);

/** An empty selection with room for every pair. */
ana_status lag_selection_new(const lag_job *job, ana_lag_selection **out);

/** x[k] = matrix of item places[k]; n_placed of them. */
ana_status lag_place(const lag_job *job, lag_embedding at, size_t n_placed);

/** Scores of every setting on every fold, into job->fold_scores. A pair that cannot be scored is
 *  no error: *state says so, and ana_last_error() why. */
ana_status lag_score_pair(const lag_job *job, lag_embedding at, ana_lag_state *state);

/** The same on tangent vectors at the arithmetic mean of all. */
ana_status lag_screen_pair(const lag_job *job, lag_embedding at, ana_lag_state *state);

/** How many kernels compete. */
static inline size_t lag_n_kernels(const ana_lag_options *options)
{
    const bool both = options->kernels == ANA_LAG_BOTH_KERNELS;
    return options->classifier == ANA_LAG_SVM && both ? 2 : 1;
}

/** The kernel of that number among those that compete. */
static inline ana_lag_kernel lag_kernel_of(ana_lag_kernels kernels, size_t number)
{
    return kernels == ANA_LAG_ONLY_RADIAL || number == 1 ? ANA_LAG_RADIAL : ANA_LAG_LINEAR;
}

/** Which items train and test, as places. */
typedef struct lag_split {
    size_t n_train; /**< places 0 ... n_train - 1 train, */
    size_t n_test;  /**< those that follow test */
    size_t fold;
    const size_t *places; /**< item of each place */
} lag_split;

/** Scores of the settings on one fold, from the products of tangent vectors. job->kernel: n_train
 *  x (n_train + n_test); squares: n_train + n_test of their own products. */
ana_status lag_score_svm(const lag_job *job, const lag_split *split, const double *squares);
/** From squared distances to the classes, n_test x n_classes. */
void lag_score_distances(const lag_job *job, const lag_split *split, const double *squared);

/** AIC of autoregressive models on the items, max_lag x max_order. */
ana_status lag_find_orders(const lag_job *job, double *aic);

/** Finds what mdop says of the items that are not known yet. */
ana_status lag_embed_trials(const lag_job *job);

#endif
