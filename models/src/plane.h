/** Items in the plane by their dissimilarities, drawn as a graph. */
#ifndef MODELS_PLANE_H
#define MODELS_PLANE_H

#include "picture.h"

#include <analysis/record.h>
#include <analysis/status.h>

#include <stddef.h>

/** Classical scaling (Torgerson 1952): the two largest eigenvectors of -H D H / 2, each times the
 *  root of its eigenvalue. square (n x n, finite): squared distances, or what stands for them;
 *  overwritten. positions (out): n x 2; all 0 for a single item. */
ANA_USE_RESULT ana_status ana_plane_scale(size_t n, double *square, double *positions);

/** The picture `name` of n items in the plane, each joined with the one nearest to it; n is at
 *  least 2. `square` as above, overwritten. */
ANA_USE_RESULT ana_status ana_plane_add(size_t n, double *square, const char *const *labels,
                                        const char *name, const ana_picture_words *words,
                                        ana_record *record);

#endif
