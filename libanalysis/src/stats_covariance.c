#include "blas.h"
#include "dense.h"
#include "shrinkage.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/stats.h>

#include <math.h>

/* What one covariance of n observations of m features needs. */
typedef struct observation_room {
    double *centred; /* n x m; the observations themselves may stand here */
    double *means;   /* m */
    double *rest;    /* m */
    double *fourth;  /* m x m */
} observation_room;

/* Column means: two passes over the rows, so that equal values have exactly their own mean. */
static void column_means(size_t n, size_t m, const double *x, double *mean, double *rest)
{
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t j = 0; j < m; j++) {
            rest[j] = 0.0;
        }
        for (size_t i = 0; i < n; i++) {
            const double *row = x + i * m;
            for (size_t j = 0; j < m; j++) {
                rest[j] += row[j] - mean[j];
            }
        }
        for (size_t j = 0; j < m; j++) {
            mean[j] += rest[j] / (double)n;
        }
    }
}

static observation_room take_room(ana_workspace *workspace, size_t n, size_t m)
{
    return (observation_room){.centred = ana_workspace_doubles(workspace, n, m),
                              .means = ana_workspace_doubles(workspace, m, 1),
                              .rest = ana_workspace_doubles(workspace, m, 1),
                              .fourth = ana_workspace_doubles(workspace, m, m)};
}

/* X less its means, in the room. */
static ana_status centre(size_t n, size_t m, const double *x, const observation_room *room)
{
    ana_status status = ana_blas_check_finite("covariance", n, m, x);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t j = 0; j < m; j++) {
        room->means[j] = 0.0;
    }
    column_means(n, m, x, room->means, room->rest);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            room->centred[i * m + j] = x[i * m + j] - room->means[j];
        }
    }
    return ANA_OK;
}

static void scale_by(size_t n, double factor, double *values)
{
    for (size_t i = 0; i < n; i++) {
        values[i] *= factor;
    }
}

static ana_status covariance_in_room(size_t n, size_t m, const double *x, size_t ddof,
                                     const observation_room *room, double *out)
{
    ana_status status = ANA_OK;
    if (n <= ddof) {
        return ana_fail(ANA_ERR_VALUE, "covariance: %zu observations, but more than %zu are needed",
                        n, ddof);
    }
    ANA_TRY(centre(n, m, x, room));
    ANA_TRY(ana_linalg_gram(n, m, room->centred, out));
    scale_by(m * m, 1.0 / (double)(n - ddof), out);
done:
    return status;
}

ana_status ana_stats_covariance(size_t n_observations, size_t n_features, const double *x,
                                size_t ddof, double *mean, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const observation_room room = take_room(&workspace, n_observations, n_features);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    ANA_TRY(covariance_in_room(n_observations, n_features, x, ddof, &room, out));
    for (size_t j = 0; mean != NULL && j < n_features; j++) {
        mean[j] = room.means[j];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_stats_correlation(size_t n_observations, size_t n_features, const double *x,
                                 double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t m = n_features;
    double *deviation = ana_workspace_doubles(&workspace, m, 1);
    ANA_TRY(ana_workspace_check(&workspace, "correlation"));
    ANA_TRY(ana_stats_covariance(n_observations, m, x, 0, NULL, out));
    for (size_t i = 0; i < m; i++) {
        deviation[i] = sqrt(out[i * m + i]);
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j <= i; j++) {
            bool varies = deviation[i] > 0.0 && deviation[j] > 0.0;
            double r = varies ? out[i * m + j] / deviation[i] / deviation[j] : (double)NAN;
            r = i == j && varies ? 1.0 : r;
            out[i * m + j] = r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r; /* NaN stays */
        }
    }
    ana_blas_mirror_lower(m, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* sum over observations of |x x^T - S|^2 / n^2, with |x x^T|^2 = |x|^4. */
static double total_scatter(size_t n, size_t m, const double *centred, const double *covariance)
{
    double fourth = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double length = ana_dot(m, centred + i * m, centred + i * m);
        fourth += length * length;
    }
    for (size_t i = 0; i < m * m; i++) {
        square += covariance[i] * covariance[i];
    }
    return (fourth / (double)n - square) / (double)n;
}

/* The observations in the room are squared where the method needs their fourth moments. */
static ana_status find_intensity(size_t n, size_t m, ana_shrinkage method,
                                 const observation_room *room, const double *covariance,
                                 double *intensity)
{
    ana_status status = ANA_OK;
    const double count = (double)n;
    if (method == ANA_SHRINKAGE_LEDOIT_WOLF) {
        const double scatter = total_scatter(n, m, room->centred, covariance);
        *intensity = ana_shrinkage_ledoit_wolf(m, covariance, scatter);
    } else if (method == ANA_SHRINKAGE_OAS) {
        *intensity = ana_shrinkage_oas(m, covariance, count);
    } else {
        for (size_t i = 0; i < n * m; i++) {
            room->centred[i] *= room->centred[i];
        }
        ANA_TRY(ana_linalg_gram(n, m, room->centred, room->fourth));
        for (size_t i = 0; i < m * m; i++) {
            room->fourth[i] = (room->fourth[i] / count - covariance[i] * covariance[i]) / count;
        }
        *intensity =
            ana_shrinkage_schaefer_strimmer(m, covariance, room->fourth, count / (count - 1.0));
    }
done:
    return status;
}

static ana_status shrunk_in_room(size_t n, size_t m, const double *x, ana_shrinkage method,
                                 const observation_room *room, double *out, double *intensity)
{
    ana_status status = ANA_OK;
    if (n < 2) {
        return ana_fail(ANA_ERR_VALUE, "covariance: %zu observations, but two are needed", n);
    }
    ANA_TRY(centre(n, m, x, room));
    ANA_TRY(ana_linalg_gram(n, m, room->centred, out));
    scale_by(m * m, 1.0 / (double)n, out);
    double found = 0.0;
    ANA_TRY(find_intensity(n, m, method, room, out, &found));
    const bool to_diagonal = method == ANA_SHRINKAGE_SCHAEFER_STRIMMER;
    ana_shrink(m, method, found, to_diagonal ? (double)n / (double)(n - 1) : 1.0, out);
    if (intensity != NULL) {
        *intensity = found;
    }
done:
    return status;
}

ana_status ana_stats_shrunk_covariance(size_t n_observations, size_t n_features, const double *x,
                                       ana_shrinkage method, double *out, double *intensity)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const observation_room room = take_room(&workspace, n_observations, n_features);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    ANA_TRY(shrunk_in_room(n_observations, n_features, x, method, &room, out, intensity));
done:
    ana_workspace_release(&workspace);
    return status;
}
