/** How are tangent vectors of another day, or of another person, made to look like those that a
 *  classifier was trained on? The transfer of domain_transfer.h, for points of a flat space: they
 *  are centred, scaled and rotated (tangent space alignment: Bleuze, Mattout & Congedo 2022, Front.
 *  Hum. Neurosci. 16).
 *
 *  Vectors are rows of n x d numbers: those of ana_spd_to_vectors, or any other features. */
#ifndef ANALYSIS_MODELS_DOMAIN_TANGENT_H
#define ANALYSIS_MODELS_DOMAIN_TANGENT_H

#include <analysis/models/domain_transfer.h>

ANA_BEGIN_DECLS

/** out[k] = vector k less the weighted mean of its domain; the means go to `centres` (n_domains x
 *  d, out), which may be NULL. `out` may be `vectors`. ANA_ERR_VALUE as ana_domain_centres. */
ANA_API ANA_USE_RESULT ana_status ana_tangent_centre(size_t n, size_t d, const double *vectors,
                                                     const ana_domains *domains, double *centres,
                                                     double *out);

/** out[k] = vector k over the weighted mean length of those of its domain; these go to `scales`
 *  (n_domains, out), which may be NULL. `out` may be `vectors`. ANA_ERR_VALUE also for a domain of
 *  zeros. */
ANA_API ANA_USE_RESULT ana_status ana_tangent_scale(size_t n, size_t d, const double *vectors,
                                                    const ana_domains *domains, double *scales,
                                                    double *out);

/** Vectors of one domain with their classes; borrowed. */
typedef struct ana_class_vectors {
    size_t n;
    size_t d;
    const double *vectors; /**< n x d */
    ana_domains classes;   /**< of the vectors: each class stands for a domain there */
} ana_class_vectors;

typedef struct ana_tangent_rotation_options {
    size_t n_components; /**< principal axes of each class of the source along which anchors lie;
                              default 1; 0: class means alone */
    size_t n_clusters;   /**< anchors along each: means of so many equal parts; default 3 */
    double explained;    /**< the directions that share so much of the sum of singular values turn;
                              default 0.999 */
    bool compat;         /**< as pyRiemann 0.13 has it, see below; default false */
} ana_tangent_rotation_options;

ANA_API ana_tangent_rotation_options ana_tangent_rotation_options_default(void);

/** Rows for anchor-components, anchor-clusters, anchor-explained, compat. */
ANA_API extern const ana_option ana_tangent_rotation_option_table[];

/** rotation (d x d, out) = the Q with the least sum of squares of S Q - T over the anchors S and T
 *  of two domains: class means, and for each class and principal axis of the source the means of
 *  the lower, ..., upper part of the vectors along it (Procrustes: S^T T = U D V^T, Q = U V^T).
 *
 *  Anchors leave most of the d directions open; of all the orthogonal Q that are as good, the one
 *  nearest to the identity is given. A class with fewer vectors than n_clusters in either domain:
 *  class means alone.
 *
 *  pyRiemann 0.13 gives V U^T of the leading directions instead: the turn back, and all else made
 *  0. Its anchors end farther apart than they need; that is had by `compat`.
 *
 *  @return ANA_ERR_SHAPE for other d or classes; ANA_ERR_VALUE as ana_domain_centres. */
ANA_API ANA_USE_RESULT ana_status ana_tangent_rotation(const ana_class_vectors *source,
                                                       const ana_class_vectors *target,
                                                       const ana_tangent_rotation_options *options,
                                                       double *rotation);

/** out[k] = vector k times the rotation. `out` must not be `vectors`. */
ANA_API ANA_USE_RESULT ana_status ana_tangent_rotate(size_t n, size_t d, const double *vectors,
                                                     const double *rotation, double *out);

ANA_END_DECLS

#endif
