/** How are covariances of another day, or of another person, made to look like those that a
 *  classifier was trained on?
 *
 *  A domain is a session, a day or a subject. Riemannian Procrustes analysis (RPA; Rodrigues et
 *  al. 2019, IEEE Trans. Biomed. Eng. 66(8)) takes three steps:
 *
 *  | step | what becomes of X in domain d |
 *  |---|---|
 *  | recentre | C_d^-1/2 X C_d^-1/2, with the domain's mean C_d (Zanini et al. 2018) |
 *  | rescale | X^sqrt(s / s_d), s_d the mean squared distance of the domain's X from their mean |
 *  | rotate | Q X Q^T, which carries the domain's class means to those of the target |
 *
 *  domain_tangent.h has the same steps for tangent vectors. Minimum distance to weighted means
 *  (MDWM; Kalunga et al. 2018, EUSIPCO) instead moves the class means from the source's to the
 *  target's.
 *
 *  What of the data that are then predicted has entered a step, without their labels, is said by an
 *  ana_transfer_use, which reports have to print: a transductive score is not to be had live. */
#ifndef ANALYSIS_MODELS_DOMAIN_TRANSFER_H
#define ANALYSIS_MODELS_DOMAIN_TRANSFER_H

#include <analysis/models/spd.h>
#include <analysis/models/spd_mean.h>

ANA_BEGIN_DECLS

typedef enum ana_transfer_use {
    ANA_TRANSFER_CALIBRATED,  /**< nothing: training matrices alone */
    ANA_TRANSFER_STREAMING,   /**< each matrix and those before it */
    ANA_TRANSFER_TRANSDUCTIVE /**< all of them, later ones as well */
} ana_transfer_use;

/** "calibrated", "streaming", "transductive", NULL. */
ANA_API extern const char *const ana_transfer_use_names[];

/** Which domain (or class) each matrix is of; borrowed. */
typedef struct ana_domains {
    size_t n_domains;
    const size_t *of;      /**< n_matrices, each below n_domains */
    const double *weights; /**< n_matrices, not negative; NULL: equal */
} ana_domains;

/** centres[d] (n_domains x ana_spd_size, out) = mean of the matrices of domain d. ANA_ERR_VALUE for
 *  a domain beyond n_domains or without a matrix that counts; errors of ana_spd_mean, with the
 *  domain. */
ANA_API ANA_USE_RESULT ana_status ana_domain_centres(const ana_spd_set *set,
                                                     const ana_domains *domains,
                                                     const ana_spd_mean_options *options,
                                                     double *centres);

/** out[k] = C^-1/2 X_k C^-1/2 with the centre C of the domain of k. `out` may be the set's own
 *  values. */
ANA_API ANA_USE_RESULT ana_status ana_domain_recentre(const ana_spd_set *set,
                                                      const ana_domains *domains,
                                                      const double *centres, const ana_run *run,
                                                      double *out);

typedef struct ana_recentre_options {
    ana_spd_mean_options mean; /**< of the transductive centre; its run serves all */
    ana_transfer_use use;      /**< default transductive */
    double rate; /**< streaming: the share of each new matrix in the centre; 0 (default): the same
                      as of every matrix before it, 1 / (n_before + 1) */
    size_t n_before;      /**< streaming: so many matrices stand behind the centre that is given;
                               default 0: none, the first matrix is the centre */
    const double *centre; /**< calibrated, and streaming with n_before > 0 or a rate: where it
                               begins, ana_spd_size; borrowed */
} ana_recentre_options;

ANA_API ana_recentre_options ana_recentre_options_default(void);

/** Rows for recentre, recentre-rate, recentre-before. */
ANA_API extern const ana_option ana_recentre_option_table[];

/** A domain that training has not seen, recentred. */
typedef struct ana_recentred {
    ana_transfer_use use; /**< to be printed beside any score that comes of it */
    ana_spd_set set;      /**< the matrices; its values are `values` */
    double *values;       /**< owned */
    double *centre;       /**< ana_spd_size: at the end; owned */
    size_t n_seen;        /**< matrices behind it: n_before and those of this call that entered */
} ana_recentred;

/** *out = the set, recentred in the order it stands, freed by ana_recentred_free. In streaming use,
 *  matrix k is whitened by the centre that it has itself just moved, along the geodesic by `rate`;
 *  bits are those of ana_running_centre_move, one by one. ANA_ERR_VALUE also when a centre is
 *  needed and NULL. */
ANA_API ANA_USE_RESULT ana_status ana_domain_recentre_new(const ana_spd_set *set,
                                                          const ana_recentre_options *options,
                                                          ana_recentred **out);
ANA_API void ana_recentred_free(ana_recentred *recentred);

/** For a live stream, without allocation: `room` is ana_running_centre_room doubles. */

ANA_API size_t ana_running_centre_room(const ana_spd_set *shape);

/** centre = the point at `rate` on the geodesic from it to the one matrix of `set`. ANA_ERR_VALUE
 *  when that is not positive definite; then the centre stays as it was. */
ANA_API ANA_USE_RESULT ana_status ana_running_centre_move(const ana_spd_set *set, double rate,
                                                          double *room, double *centre);
/** out = centre^-1/2 X centre^-1/2 of the one matrix of `set`. ANA_ERR_VALUE as above. */
ANA_API ANA_USE_RESULT ana_status ana_running_centre_whiten(const ana_spd_set *set,
                                                            const double *centre, double *room,
                                                            double *out);

/** dispersions[d] (n_domains, out) = weighted mean squared riemann distance of a domain's matrices
 *  from its centre. centres NULL: identities, of recentred matrices. */
ANA_API ANA_USE_RESULT ana_status ana_domain_dispersions(const ana_spd_set *set,
                                                         const ana_domains *domains,
                                                         const double *centres, const ana_run *run,
                                                         double *dispersions);

/** out[k] = C^1/2 (C^-1/2 X_k C^-1/2)^sqrt(dispersion / dispersions[d]) C^1/2: dispersion about an
 *  unmoved centre. centres NULL: as above. `out` may be the set's own values, which are not written
 *  to otherwise (pyRiemann 0.13 whitens its input in place on the way). ANA_ERR_VALUE for a
 *  dispersion that is not above 1e-16: a domain of one matrix has none. */
ANA_API ANA_USE_RESULT ana_status ana_domain_rescale(const ana_spd_set *set,
                                                     const ana_domains *domains,
                                                     const double *centres,
                                                     const double *dispersions, double dispersion,
                                                     const ana_run *run, double *out);

typedef enum ana_rotation_cost {
    ANA_ROTATION_EUCLIDEAN,
    ANA_ROTATION_RIEMANN
} ana_rotation_cost;

typedef struct ana_rotation_options {
    ana_run run;
    ana_rotation_cost cost; /**< default euclidean */
    const double *weights;  /**< n_classes, not negative; NULL (default): equal; borrowed */
    double tolerance;       /**< of the gradient, relative; default 1e-9 */
    size_t max_iterations;  /**< of each of two descents; default 10000 */
} ana_rotation_options;

ANA_API ana_rotation_options ana_rotation_options_default(void);

/** Rows for rotation-cost, rotation-tolerance, rotation-iterations. */
ANA_API extern const ana_option ana_rotation_option_table[];

typedef struct ana_rotation_info {
    size_t n_iterations;
    bool converged;
    double residual; /**< what is held against the tolerance */
    double before;   /**< cost of no rotation */
    double cost;     /**< cost of this one: weighted mean squared distance of the class means */
} ana_rotation_info;

/** rotation (n x n, out) = the orthogonal Q, of either determinant, with the least weighted mean
 *  squared distance of Q S Q^T from T over the classes' means S and T of two domains.
 *
 *  Gradient descent on the orthogonal group (Barzilai-Borwein steps, halved until they descend,
 *  along Cayley's map), once among the rotations and once among the reflections, from the best of
 *  the identity and the maps of one class's eigenvectors to the other's, in each of whose signs it
 *  is free. pyRiemann 0.13 descends along the gradient of the squared distances while it holds the
 *  distances themselves against its steps, and in `riemann` takes the eigenvectors of a matrix that
 *  is not symmetric for those of one that is: it ends where it began.
 *
 *  @param info  may be NULL; without it a descent that did not settle is ANA_ERR_NUMERIC
 *  @return ANA_ERR_SHAPE for sets that differ; ANA_ERR_UNSUPPORTED for Hermitian ones;
 *  ANA_ERR_VALUE for options or weights out of range. */
ANA_API ANA_USE_RESULT ana_status ana_domain_rotation(const ana_spd_set *source,
                                                      const ana_spd_set *target,
                                                      const ana_rotation_options *options,
                                                      ana_rotation_info *info, double *rotation);

/** out[k] = Q X_k Q^T of real matrices; others are ANA_ERR_UNSUPPORTED. `out` may be the set's own
 *  values. */
ANA_API ANA_USE_RESULT ana_status ana_domain_rotate(const ana_spd_set *set, const double *rotation,
                                                    double *out);

/** out[c] = the point at `share` on the geodesic from class mean c of the source to that of the
 *  target: MDWM's means, the source's own at 0 (where the target's have to be positive definite all
 *  the same) and the target's at 1. The nearest by ana_spd_distances is the class. ANA_ERR_SHAPE
 *  for sets that differ; ANA_ERR_VALUE for a share outside 0 to 1; ANA_ERR_UNSUPPORTED for a metric
 *  without geodesics (spd_map.h). */
ANA_API ANA_USE_RESULT ana_status ana_domain_weighted_means(const ana_spd_set *source,
                                                            const ana_spd_set *target,
                                                            ana_spd_metric metric, double share,
                                                            double *out);

ANA_END_DECLS

#endif
