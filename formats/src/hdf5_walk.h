/** A walk over all that an HDF5 file holds, which ends on any file. */
#ifndef ANALYSIS_FORMATS_HDF5_WALK_H
#define ANALYSIS_FORMATS_HDF5_WALK_H

#include "hdf5_file.h"

/** One link on the way. */
typedef struct ana_hdf5_visit {
    const char *path;
    const ana_hdf5_link *link;
    ana_hdf5_kind kind;  /**< NOTHING: it leads nowhere it may; `problem` says why */
    bool seen_before;    /**< the object was met under another path; it is not entered again */
    const char *problem; /**< NULL: none */
    bool enter;          /**< (in and out) whether to go into the group; hard links: true */
} ana_hdf5_visit;

typedef ana_status (*ana_hdf5_visitor)(void *user, ana_hdf5_visit *visit);

/** Visit every link below `group`, depth first, in the order of ana_hdf5_list; each group is
 *  entered once. Groups more than 256 deep are a problem that is visited. Stops at the visitor's
 *  failure. */
ANA_USE_RESULT ana_status ana_hdf5_walk(ana_hdf5 *file, const char *group, ana_hdf5_visitor visitor,
                                        void *user);

#endif
