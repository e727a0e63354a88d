/** Covariances of many small blocks without allocating: in parallel, a room for each thread. */
#ifndef ANALYSIS_INTERNAL_COVARIANCE_ROOM_H
#define ANALYSIS_INTERNAL_COVARIANCE_ROOM_H

#include "workspace.h"

#include <analysis/stats.h>

#include <stddef.h>

/** What one covariance of n observations of m features needs. */
typedef struct ana_covariance_room {
    double *centred; /**< n x m; the observations themselves may stand here */
    double *means;   /**< m */
    double *rest;    /**< m */
    double *fourth;  /**< m x m */
} ana_covariance_room;

/** Borrowed from the workspace, which the caller checks. */
ana_covariance_room ana_covariance_room_take(ana_workspace *workspace, size_t n, size_t m);

/** As ana_stats_covariance; the means are left in the room. */
ANA_USE_RESULT ana_status ana_covariance_in_room(size_t n, size_t m, const double *x, size_t ddof,
                                                 const ana_covariance_room *room, double *out);

/** As ana_stats_shrunk_covariance. */
ANA_USE_RESULT ana_status ana_shrunk_covariance_in_room(size_t n, size_t m, const double *x,
                                                        ana_shrinkage method,
                                                        const ana_covariance_room *room,
                                                        double *out, double *intensity);

#endif
