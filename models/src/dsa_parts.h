/** What the parts of dynamical similarity analysis share. */
#ifndef MODELS_DSA_PARTS_H
#define MODELS_DSA_PARTS_H

#include "workspace.h"

#include <analysis/models/dsa.h>

/** Successive samples without a missing value, of one trial. */
typedef struct ana_dsa_stretch {
    size_t trial;
    size_t start; /**< sample */
    size_t length;
} ana_dsa_stretch;

/** The samples of one system that can be used: its units that have values. Borrowed from a
 *  workspace. */
typedef struct ana_dsa_samples {
    const char *name; /**< of the system, for sentences */
    size_t n_units;
    size_t n_units_left_out;
    size_t n_samples;
    const double *values; /**< n_samples x n_units */
    size_t n_trials;
    size_t n_stretches;
    const ana_dsa_stretch *stretches;
} ana_dsa_samples;

/** Delays: how rows are made of samples. */
typedef struct ana_dsa_delays {
    size_t n;
    size_t interval;
    size_t skip; /**< samples at the beginning of a stretch that are not the newest of a row: at
                      least (n - 1) interval */
} ana_dsa_delays;

/** Rows of delayed samples; borrowed from a workspace. */
typedef struct ana_dsa_embedding {
    size_t n_rows;
    size_t n_columns;
    double *rows;      /**< n_rows x n_columns */
    bool *is_followed; /**< n_rows: the next row is the next in time */
    size_t n_followed; /**< transitions */
} ana_dsa_embedding;

/** State directions of an embedding: its singular values and right vectors, and the moments of its
 *  left vectors. Borrowed from a workspace. */
typedef struct ana_dsa_states {
    size_t n;          /**< directions that count: the numerical rank */
    size_t n_followed; /**< transitions */
    double total;      /**< sum of squares of the embedding, after centring */
    double *mean;      /**< n_columns: taken off */
    double *singular;  /**< n */
    double *vectors;   /**< n x n_columns */
    double *past;      /**< n x n: V-^T V- */
    double *cross;     /**< n x n: V-^T V+ */
    double *future;    /**< n x n: V+^T V+ */
} ana_dsa_states;

/** What one state says of the next. */
typedef struct ana_dsa_dynamics {
    size_t rank;
    double *a;       /**< rank x rank */
    size_t n_in;     /**< states that predict: rank, or all (reduced rank) */
    double *predict; /**< n_in x rank: v predict is the next state, in the rank directions */
    double *decode;  /**< rank x n_in: those directions in the states; NULL: the first ones */
} ana_dsa_dynamics;

/** Units with values, and stretches of whole samples. */
ANA_USE_RESULT ana_status ana_dsa_take_samples(const ana_observations *observations,
                                               const char *name, ana_workspace *workspace,
                                               ana_dsa_samples *out);

/** Rows of the stretches; without any, n_rows is 0. ANA_ERR_LIMIT as `run` allows. */
ANA_USE_RESULT ana_status ana_dsa_embed(const ana_dsa_samples *samples, size_t n_stretches,
                                        const ana_dsa_stretch *stretches,
                                        const ana_dsa_delays *delays, const ana_run *run,
                                        ana_workspace *workspace, ana_dsa_embedding *out);

/** The states of an embedding, whose rows are centred in place; at most `most` of them. `quick`:
 *  by products of columns where they keep enough digits. */
ANA_USE_RESULT ana_status ana_dsa_find_states(const ana_dsa_embedding *embedding, bool centre,
                                              size_t most, bool quick, ana_workspace *workspace,
                                              ana_dsa_states *out);

/** The dynamics of that rank; ANA_ERR_VALUE when there are fewer states. */
ANA_USE_RESULT ana_status ana_dsa_regress(const ana_dsa_states *states, size_t rank,
                                          const ana_dsa_options *options, ana_workspace *workspace,
                                          ana_dsa_dynamics *out);

/** Dynamics (rank x rank, out) of those stretches alone, with the given delays and rank. */
ANA_USE_RESULT ana_status ana_dsa_fit_stretches(const ana_dsa_samples *samples, size_t n_stretches,
                                                const ana_dsa_stretch *stretches,
                                                const ana_dsa_options *options, double *dynamics);

/** One search for the C that brings C B C^T nearest to A. */
typedef struct ana_dsa_task {
    size_t n;
    const double *a; /**< n x n, of unit norm */
    const double *b;
    double push; /**< above twice the product of their largest singular values */
    uint64_t seed;
    size_t start; /**< number of the start */
} ana_dsa_task;

/** *value: the square of the distance found; basis (n x n, out; may be NULL): C. */
ANA_USE_RESULT ana_status ana_dsa_search(const ana_dsa_task *task, double *basis, double *value);

/** Two dynamics to be matched. */
typedef struct ana_dsa_pair {
    const double *a;
    const double *b;
} ana_dsa_pair;

/** Every pair by the measure; matches[n_pairs] (out). Parallel over pairs and starts. `what` is
 *  said of the progress. */
ANA_USE_RESULT ana_status ana_dsa_match_pairs(size_t rank, size_t n_pairs,
                                              const ana_dsa_pair *pairs,
                                              const ana_dsa_options *options, const char *what,
                                              ana_dsa_match *matches);

/** Half distances and p-values of a comparison, where asked for. */
ANA_USE_RESULT ana_status ana_dsa_resample(const ana_observations *const *systems,
                                           const ana_dsa_options *options, ana_dsa *dsa);

#endif
