/* Kernels, norms, joint diagonalisation and measures of positive definite matrices as pyRiemann has
 * them. */
#include "bci.h"
#include "support/check.h"

#include <analysis/linalg.h>
#include <analysis/models/channel_selection.h>
#include <analysis/models/joint_diagonalisation.h>
#include <analysis/models/spd_kernel.h>
#include <analysis/models/spd_mean.h>
#include <analysis/models/spd_normalise.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 8,
    SIZE = N * N
};

/* Matrices 0 to 9 with 5 to 11, at the Riemannian mean of the first ten. */
static void compare_inner_products(const h5_reference *file, const ana_spd_set *all, tally *counts)
{
    const ana_spd_set x = {N, false, 10, all->values};
    const ana_spd_set y = {N, false, 7, all->values + (size_t)5 * SIZE};
    double reference[SIZE];
    double kernel[70];
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.tolerance = 1e-12;
    check_ok(ana_spd_mean(&x, NULL, &options, NULL, reference));
    static const struct {
        const char *path;
        ana_spd_metric metric;
    } kernels[] = {{"kernel/euclid", ANA_SPD_EUCLIDEAN},
                   {"kernel/logeuclid", ANA_SPD_LOG_EUCLIDEAN},
                   {"kernel/riemann", ANA_SPD_RIEMANN}};
    for (size_t i = 0; i < 3; i++) {
        check_ok(ana_spd_kernel(&x, &y, kernels[i].metric, reference, NULL, kernel));
        compare_to_largest(file, kernels[i].path, 70, kernel, 1e-8,
                           counts); /* its mean stops at 1e-8 */
    }
}

static void compare_norms(const h5_reference *file, const ana_spd_set *all, tally *counts)
{
    const ana_spd_set three = {N, false, 3, all->values};
    double out[3 * SIZE];
    static const char *const paths[] = {"norm/trace", "norm/det", "norm/corr"};
    for (int norm = 0; norm < 3; norm++) {
        check_ok(ana_spd_normalise(&three, (ana_spd_norm)norm, NULL, out));
        compare_to_largest(file, paths[norm], sizeof out / sizeof out[0], out, 1e-12, counts);
    }
    check_ok(ana_spd_nondiagonality(&three, out));
    compare_to_largest(file, "norm/nondiag", 3, out, 1e-13, counts);
}

/* pyRiemann adds 1e-6 to each eigenvalue; ours is a part of the largest, and so nearer. */
static void compare_nearest(const h5_reference *file, tally *counts)
{
    h5_doubles held = h5_reference_doubles(file, "nspd/in");
    h5_doubles peer = h5_reference_doubles(file, "nspd/out");
    const ana_spd_set set = {held.shape[1], false, held.shape[0], held.values};
    double *out = calloc(held.n, sizeof *out);
    assert_non_null(out);
    ana_spd_nearest_options options = ana_spd_nearest_options_default();
    options.compat = true;
    check_ok(ana_spd_nearest(&set, &options, out));
    compare_to_largest(file, "nspd/out", held.n, out, 1e-12, counts);
    options.compat = false;
    options.floor = 1e-10; /* of eigenvalues of some 1e3: below the peer's */
    check_ok(ana_spd_nearest(&set, &options, out));
    double ours = 0.0;
    double theirs = 0.0;
    for (size_t e = 0; e < held.n; e++) {
        ours += (out[e] - held.values[e]) * (out[e] - held.values[e]);
        theirs += (peer.values[e] - held.values[e]) * (peer.values[e] - held.values[e]);
    }
    tally_that(counts, ours <= theirs, "nspd: squares %.12g, the peer's %.12g", ours, theirs);
    h5_doubles_free(&held);
    h5_doubles_free(&peer);
    free(out);
}

static void compare_classes(const h5_reference *file, const ana_spd_set *all, tally *counts)
{
    h5_ints labels = h5_reference_ints(file, "in/y");
    size_t classes[64];
    double found = 0.0;
    assert_true(labels.n == all->n_matrices && labels.n <= 64);
    for (size_t k = 0; k < labels.n; k++) {
        classes[k] = (size_t)labels.values[k] - 1;
    }
    const ana_labelled_matrices known = {*all, 2, classes};
    check_ok(ana_class_distinctiveness(&known, 1.0, NULL, &found));
    compare_to_largest(file, "stat/class_distinctiveness", 1, &found, 1e-7, counts);
    h5_ints_free(&labels);
}

static void compare_pairs(const h5_reference *file, const ana_spd_set *all, tally *counts)
{
    const ana_spd_set eight = {N, false, 8, all->values};
    double out[64];
    check_ok(ana_spd_distances(&eight, &eight, NULL, out));
    compare_to_largest(file, "pair/riemann", 64, out, 1e-8,
                       counts); /* from itself, 1e-15 and not 0 */
}

/* V with rows of unit variance under the mean of D = V X V^T, as ours have; whichever sign has the
 * same direction as our row. */
static void rescale(double *v, double *d, size_t n_matrices, const double *ours)
{
    for (size_t i = 0; i < N; i++) {
        double variance = 0.0;
        double same = 0.0;
        for (size_t k = 0; k < n_matrices; k++) {
            variance += d[k * SIZE + i * (N + 1)] / (double)n_matrices;
        }
        for (size_t j = 0; j < N; j++) {
            same += v[i * N + j] * ours[i * N + j];
        }
        const double factor = (same < 0.0 ? -1.0 : 1.0) / sqrt(variance);
        for (size_t j = 0; j < N; j++) {
            v[i * N + j] *= factor;
        }
        for (size_t k = 0; k < n_matrices; k++) {
            for (size_t j = 0; j < N; j++) {
                d[k * SIZE + i * N + j] *= factor;
                d[k * SIZE + j * N + i] *= factor;
            }
        }
    }
}

/* The peer's row that is nearest in direction to each of ours takes its place. */
static void reorder(const double *v, const double *d, size_t n_matrices, const double *ours,
                    double *v_out, double *d_out)
{
    size_t from[N];
    for (size_t i = 0; i < N; i++) {
        double best = -1.0;
        for (size_t r = 0; r < N; r++) {
            double both = 0.0;
            double length = 0.0;
            for (size_t j = 0; j < N; j++) {
                both += v[r * N + j] * ours[i * N + j];
                length += v[r * N + j] * v[r * N + j];
            }
            const double likeness = fabs(both) / sqrt(length);
            from[i] = likeness > best ? r : from[i];
            best = fmax(best, likeness);
        }
        memcpy(v_out + i * N, v + from[i] * N, N * sizeof *v);
    }
    for (size_t e = 0; e < n_matrices * SIZE; e++) {
        d_out[e] = d[e / SIZE * SIZE + from[e / N % N] * N + from[e % N]];
    }
}

/* pyRiemann's Pham stops when the sum over matrices, not their mean, falls by less than 1e-6 for
 * each pair: its rows are then 1e-3 off those at which it ends. Stopped there ours is the same. Its
 * Jacobi angles stop 2e-6 of a row before their end, its uwedge 4e-5. */
static void compare_joint(const h5_reference *file, const ana_spd_set *all, tally *counts)
{
    static const struct {
        const char *v;
        const char *d;
        ana_joint_method method;
        double tolerance;
        double accuracy;
    } methods[] = {{"ajd/ajd_pham_V", "ajd/ajd_pham_D", ANA_JOINT_PHAM, 1e-6 / 12.0, 1e-10},
                   {"ajd/rjd_V", "ajd/rjd_D", ANA_JOINT_RJD, 1e-12, 3e-5},
                   {"ajd/uwedge_V", "ajd/uwedge_D", ANA_JOINT_UWEDGE, 1e-14, 1e-4}};
    const ana_spd_set twelve = {N, false, 12, all->values};
    double v[SIZE];
    double d[12 * SIZE];
    double their_v[SIZE];
    double their_d[12 * SIZE];
    for (size_t m = 0; m < 3; m++) {
        ana_joint_options options = ana_joint_options_default();
        options.method = methods[m].method;
        options.tolerance = methods[m].tolerance;
        check_ok(ana_joint_diagonalise(&twelve, NULL, &options, NULL, v, d));
        h5_doubles peer_v = h5_reference_doubles(file, methods[m].v);
        h5_doubles peer_d = h5_reference_doubles(file, methods[m].d);
        if (methods[m].method == ANA_JOINT_RJD) { /* its V has vectors as columns */
            double rows[SIZE];
            for (size_t e = 0; e < SIZE; e++) {
                rows[e] = peer_v.values[e % N * N + e / N];
            }
            reorder(rows, peer_d.values, 12, v, their_v, their_d);
        } else {
            reorder(peer_v.values, peer_d.values, 12, v, their_v, their_d);
        }
        double ours_v[SIZE];
        double ours_d[12 * SIZE];
        memcpy(ours_v, v, sizeof ours_v);
        memcpy(ours_d, d, sizeof ours_d);
        rescale(ours_v, ours_d, 12, v);
        rescale(their_v, their_d, 12, v);
        counts->n_cases += 2;
        for (size_t e = 0; e < SIZE; e++) {
            const size_t row = e / N * N;
            double largest = 0.0;
            for (size_t j = 0; j < N; j++) {
                largest = fmax(largest, fabs(ours_v[row + j]));
            }
            tally_number(counts, ours_v[e], their_v[e], methods[m].accuracy * largest, 0.0,
                         "%s[%zu]", methods[m].v, e);
        }
        for (size_t e = 0; e < (size_t)12 * SIZE; e++) {
            tally_number(counts, ours_d[e], their_d[e], methods[m].accuracy * 10.0, 0.0, "%s[%zu]",
                         methods[m].d, e);
        }
        h5_doubles_free(&peer_v);
        h5_doubles_free(&peer_d);
    }
}

void compare_kernels(const h5_reference *file, tally *counts)
{
    h5_doubles held = h5_reference_doubles(file, "spd/C");
    const ana_spd_set all = {N, false, held.shape[0], held.values};
    compare_inner_products(file, &all, counts);
    compare_norms(file, &all, counts);
    compare_nearest(file, counts);
    compare_classes(file, &all, counts);
    compare_pairs(file, &all, counts);
    compare_joint(file, &all, counts);
    h5_doubles_free(&held);
}
