/** MDOP, from the inside: nothing here allocates. */
#ifndef MODELS_LAG_EMBEDDING_PARTS_H
#define MODELS_LAG_EMBEDDING_PARTS_H

#include "order.h"
#include "workspace.h"

#include <analysis/models/lag_embedding.h>

#include <stdbool.h>

/** Room of one recording. */
typedef struct embedding_room {
    double *series;     /**< channels x times: standardised */
    double *trajectory; /**< (cycles + 1) x times: a coordinate behind the other */
    double *distances;  /**< times */
    size_t *nearest;    /**< times */
    double *apart;      /**< times: distance to the nearest, among the first points */
    double *before;     /**< times: that of the trajectory before, among all */
    double *after;      /**< times: that of the new one */
    double *beta;       /**< (max_delay + 1) x 3 */
    ana_placed *sorted; /**< times */
    size_t *bin;        /**< times: of each sample in sorted order */
    double *edges;      /**< times + 1 */
    size_t *counts;     /**< 2 x times */
} embedding_room;

/** Workspace memory, which the caller checks. */
void embedding_open_room(size_t n_channels, size_t n_times,
                         const ana_lag_embedding_options *options, ana_workspace *workspace,
                         embedding_room *room);

/** The delay at the first minimum of the mutual information of x with itself. */
size_t embedding_first_minimum(const embedding_room *room, size_t n_times, const double *x,
                               size_t n_delays);

/** The partition of sorted values for mutual information: bins[b] values in bin b, up to and with
 *  edges[b + 1]; returns their number. */
size_t embedding_bisect(size_t n, const ana_placed *sorted, size_t *bins, double *edges);

/** Points of a trajectory: a coordinate behind the other, `stride` apart. */
typedef struct embedding_cloud {
    size_t n;
    size_t n_dimensions;
    size_t stride;
    const double *values;
} embedding_cloud;

/** nearest[i], apart[i]: the nearest of the points to point i that is more than `theiler` from it
 *  in time, the first of equals; room: n. False when a point has none. */
bool embedding_nearest(const embedding_cloud *cloud, size_t theiler, double *room, size_t *nearest,
                       double *apart);

/** beta[delay], delay = 0 ... max_delay, of series s at n points with their neighbours; room: 2
 *  (max_delay + 1). -infinity when no term is left. */
void embedding_beta(size_t n, const double *s, size_t max_delay, const size_t *nearest,
                    const double *apart, double *room, double *beta);

/** Share of n points whose distance grew by more than the factor; of distance 0 they do not count
 *  as false. */
double embedding_false_share(size_t n, const double *before, const double *after, double growth);

/** values: element (channel, time) at channel * strides[0] + time * strides[1]. What may be wrong
 *  with it: a sentence's worth. */
typedef enum embedding_fault {
    EMBEDDING_FINE,
    EMBEDDING_CONSTANT, /**< a channel: *where */
    EMBEDDING_NO_NEIGHBOUR
} embedding_fault;

typedef struct embedding_input {
    size_t n_channels;
    size_t n_times;
    const double *values;
    size_t channel_stride;
    size_t time_stride;
} embedding_input;

embedding_fault embedding_run(const embedding_input *input,
                              const ana_lag_embedding_options *options, const embedding_room *room,
                              ana_lag_embedding *out, size_t *where);

/** ANA_ERR_VALUE unless a recording of that length can be embedded. */
ana_status embedding_check_length(size_t n_times, const ana_lag_embedding_options *options);

/** The fault in a sentence; `which` begins it. */
ana_status embedding_refuse(embedding_fault fault, size_t where, const char *which);

#endif
