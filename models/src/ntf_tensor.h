/** What tensors are made of: a backend each. Sums over rows are cut in chunks whose number depends
 *  on the tensor alone, and added in their order: equal bits for any number of threads. */
#ifndef MODELS_NTF_TENSOR_H
#define MODELS_NTF_TENSOR_H

#include <analysis/models/tensor.h>

enum {
    NTF_CHUNKS = 16, /**< at most */
    NTF_TILE = 128   /**< rows that one product takes at most */
};

/** Factors of one or several runs side by side, and the room to work with them: the tensor is read
 *  once for all. */
typedef struct ntf_job {
    const ana_tensor *tensor;
    size_t rank;
    size_t n_runs;
    double *factors[ANA_TENSOR_MAX_MODES]; /**< length x (n_runs rank) */
    double *kept;                          /**< from ntf_contract to the next */
    double *room;                          /**< NTF_CHUNKS times room_size */
    size_t room_size;
    double *scratch; /**< of each thread, scratch_size; nothing there lasts */
    size_t scratch_size;
    double *filled;    /**< n_runs: squares of the model where the tensor is missing */
    bool fills;        /**< missing entries are what the model says; else 0 */
    bool has_products; /**< `kept` is of the factors that are there */
    int n_threads;
} ntf_job;

static inline size_t ntf_columns(const ntf_job *job)
{
    return job->n_runs * job->rank;
}

/** Doubles, of a job with that many columns in runs of `rank`. */
typedef struct ntf_need {
    size_t kept;
    size_t room;    /**< of each chunk */
    size_t scratch; /**< of each thread */
} ntf_need;

/** Some rows of the whole array: values times weights, and weights (NULL: all 1). */
typedef struct ntf_tile {
    const double *values;
    const double *weights;
} ntf_tile;

/** *tile = `n` rows of the whole array (all lengths but the last, by the last) from row `first` on:
 *  where they stand, or made in `room`, 2 x n x last. Several threads may ask at once. */
typedef ana_status (*ntf_loader)(const ana_tensor *tensor, size_t first, size_t n, double *room,
                                 ntf_tile *tile);

typedef struct ntf_backend {
    ntf_need (*need)(const ana_tensor *tensor, size_t n_columns, size_t rank);
    /** The factors have changed: what holds until the last mode's does again. NULL: nothing. With
     *  `fills`, job->filled. */
    ana_status (*contract)(ntf_job *job);
    /** Also with what the model fills in. */
    ana_status (*mttkrp)(ntf_job *job, size_t mode, double *out);
    /** Squared distance of one run's model from what is observed. */
    ana_status (*residual)(ntf_job *job, double *out);
} ntf_backend;

struct ana_tensor {
    const ntf_backend *backend;
    size_t n_modes;
    size_t length[ANA_TENSOR_MAX_MODES];
    size_t n_rows; /**< the product of all lengths but the last; pairs: their number */
    size_t time_mode;
    bool symmetric; /**< the first two modes can be exchanged */
    bool has_missing;
    ntf_loader load;
    bool in_place; /**< `load` needs no room */
    double square;
    const double *values;  /**< n_rows x last length, times the weights; borrowed or `owned` */
    const double *weights; /**< as values; NULL: all 1 */
    double *owned;
    double *owned_weights;
    size_t *pair; /**< of pairs and of several animals: n x 2 */
    const float *floats;
    const double *given_weights; /**< of floats; NULL: all 1 */
    ana_tensor_reader read;      /**< of a tensor that stands elsewhere */
    void *user;
    /* Of several animals: animal x neuron x time, NaN where missing; of affinities of which some
     * are missing: T x N, 0 there; owned. */
    size_t n_neurons;
    double *traces[2];
    /* Of what is left when some is held out. */
    const ana_tensor *base;
    size_t block;
    unsigned char *held; /**< cell x block: held out; owned */
    /* Of affinities. */
    const ana_affinity *affinity;
    double *mask;         /**< T x N; NULL: all observed */
    const double *rising; /**< of what is observed; the affinity's own, or in `traces` */
    const double *falling;
    double *diagonal; /**< T x N: r^2 + s^2 */
    size_t n_spans;
    size_t *span_start; /**< n_spans + 1: times between which the mask is the same */
};

extern const ntf_backend ntf_dense_backend;
extern const ntf_backend ntf_pairs_backend;
extern const ntf_backend ntf_affinity_backend;

/** ana_tensor_affinity with another mask. `mask` (T x N; NULL: all observed) becomes the tensor's,
 *  also on failure. */
ANA_USE_RESULT ana_status ntf_make_implicit(const ana_affinity *affinity, double *mask,
                                            ana_tensor **out);

/** Steps of making a tensor: its lengths; the list of pairs; to `out`, unless it is all 0. */
ANA_USE_RESULT ana_status ntf_set_lengths(size_t n_modes, const size_t *lengths,
                                          ana_tensor *tensor);
ANA_USE_RESULT ana_status ntf_list_pairs(size_t n_neurons, ana_tensor *tensor);
ANA_USE_RESULT ana_status ntf_hand_out(ana_tensor *tensor, ana_tensor **out);

/** Squares of r r' + s s' off its diagonal: |r|^4 + |s|^4 + 2 (r.s)^2 - |r^2 + s^2|^2. */
double ntf_slice_square(size_t n, const double *r, const double *s);

/** Rows that one product takes: fewer of long ones, so that they stay near. */
size_t ntf_tile_rows(size_t n_last);

/** Rows of the whole array. */
size_t ntf_n_whole_rows(const ana_tensor *tensor);

/** ntf_loader of symmetric slices of which the pairs are given, and of a factored kernel. */
ANA_USE_RESULT ana_status ntf_load_pairs(const ana_tensor *tensor, size_t first, size_t n,
                                         double *room, ntf_tile *tile);
ANA_USE_RESULT ana_status ntf_load_affinity(const ana_tensor *tensor, size_t first, size_t n,
                                            double *room, ntf_tile *tile);

/** For loaders: `n` values in `room`, NaN where missing, become a tile. */
void ntf_tile_of(size_t n, double *room, ntf_tile *tile);

/** Sets the tensor's sum of squares, and whether entries are missing, by one reading; refuses
 *  values that are negative or infinite. With `looks_for_symmetry`, also whether rows [i][j] and
 *  [j][i] are the same. */
ANA_USE_RESULT ana_status ntf_survey(ana_tensor *tensor, const ana_run *run,
                                     bool looks_for_symmetry);

/** How a part of parallel work ended, with its sentence, which its thread alone knows. */
typedef struct ntf_outcome {
    ana_status status;
    char sentence[256];
} ntf_outcome;

void ntf_note(ntf_outcome *outcome, ana_status status);
/** The same, said in this thread. */
ana_status ntf_outcome_status(const ntf_outcome *outcome);

/** The product of a mode but the last from job->kept. */
void ntf_gather(const ntf_job *job, size_t mode, double *out);

/** Number of chunks that n rows are cut into, and where chunk c begins. */
size_t ntf_n_chunks(size_t n_rows);
size_t ntf_chunk_start(size_t n_rows, size_t chunk);

/** The columns of run `run` of `values` (n x columns) as n x rank. */
void ntf_take_columns(const ntf_job *job, size_t run, size_t n, const double *values, double *out);

/** out (n) += partials of all chunks, which stand room_size apart, in their order. */
void ntf_add_partials(const ntf_job *job, size_t n_chunks, size_t n, double *out);

#endif
