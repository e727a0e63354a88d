#include "blas.h"
#include "covariance_room.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/stats.h>

#include <math.h>

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

ana_covariance_room ana_covariance_room_take(ana_workspace *workspace, size_t n, size_t m)
{
    return (ana_covariance_room){.centred = ana_workspace_doubles(workspace, n, m),
                                 .means = ana_workspace_doubles(workspace, m, 1),
                                 .rest = ana_workspace_doubles(workspace, m, 1),
                                 .fourth = ana_workspace_doubles(workspace, m, m)};
}

/* X less its means, in the room. */
static ana_status centre(size_t n, size_t m, const double *x, const ana_covariance_room *room)
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

ana_status ana_covariance_in_room(size_t n, size_t m, const double *x, size_t ddof,
                                  const ana_covariance_room *room, double *out)
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
    const ana_covariance_room room =
        ana_covariance_room_take(&workspace, n_observations, n_features);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    ANA_TRY(ana_covariance_in_room(n_observations, n_features, x, ddof, &room, out));
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

/* What the methods look at: the covariance with divisor n, its mean variance, and n. */
typedef struct sample_covariance {
    size_t n;
    size_t m;
    const double *centred;
    const double *covariance;
    double mean_variance;
} sample_covariance;

/* |S - mu I|^2. */
static double distance_to_identity(const sample_covariance *s)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->m; i++) {
        for (size_t j = 0; j < s->m; j++) {
            double d = s->covariance[i * s->m + j] - (i == j ? s->mean_variance : 0.0);
            sum += d * d;
        }
    }
    return sum;
}

static double square_norm(const sample_covariance *s)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->m * s->m; i++) {
        sum += s->covariance[i] * s->covariance[i];
    }
    return sum;
}

/* b^2 / d^2 of lemma 3.3: the scatter of the observations' own x x^T around S, over the distance of
 * S from its target. */
static double ledoit_wolf(const sample_covariance *s)
{
    double distance = distance_to_identity(s);
    double fourth = 0.0; /* sum over observations of |x x^T|^2 = |x|^4 */
    for (size_t i = 0; i < s->n; i++) {
        double square = 0.0;
        for (size_t j = 0; j < s->m; j++) {
            square += s->centred[i * s->m + j] * s->centred[i * s->m + j];
        }
        fourth += square * square;
    }
    double n = (double)s->n;
    double scatter = (fourth / n - square_norm(s)) / n;
    return distance > 0.0 ? fmax(0.0, fmin(1.0, scatter / distance)) : 0.0;
}

static double oracle_approximating(const sample_covariance *s)
{
    double m = (double)s->m;
    double mean_square = square_norm(s) / (m * m);
    double square = s->mean_variance * s->mean_variance;
    double numerator = mean_square + square;
    double denominator = ((double)s->n + 1.0) * (mean_square - square / m);
    return denominator > 0.0 ? fmin(numerator / denominator, 1.0) : 1.0;
}

/* The sum of the variances of the correlations over the sum of their squares (their eq. for target
 * D); fourth[i][j] = sum x_i^2 x_j^2. Features that do not vary have no correlations. */
static double schaefer_strimmer(const sample_covariance *s, const double *fourth)
{
    double n = (double)s->n;
    double variance_sum = 0.0;
    double square_sum = 0.0;
    for (size_t i = 0; i < s->m; i++) {
        for (size_t j = 0; j < i; j++) {
            double scale = s->covariance[i * s->m + i] * s->covariance[j * s->m + j];
            double mean = s->covariance[i * s->m + j];
            if (scale > 0.0) {
                double scatter = fourth[i * s->m + j] - n * mean * mean;
                variance_sum += scatter / scale * (n / pow(n - 1.0, 3.0));
                square_sum += mean * mean / scale * (n / (n - 1.0)) * (n / (n - 1.0));
            }
        }
    }
    return square_sum > 0.0 ? fmax(0.0, fmin(1.0, variance_sum / square_sum)) : 1.0;
}

/* The observations in the room are squared where the method needs their fourth moments. */
static ana_status find_intensity(const sample_covariance *s, ana_shrinkage method,
                                 const ana_covariance_room *room, double *intensity)
{
    ana_status status = ANA_OK;
    if (method == ANA_SHRINKAGE_LEDOIT_WOLF) {
        *intensity = ledoit_wolf(s);
    } else if (method == ANA_SHRINKAGE_OAS) {
        *intensity = oracle_approximating(s);
    } else {
        for (size_t i = 0; i < s->n * s->m; i++) {
            room->centred[i] *= room->centred[i];
        }
        ANA_TRY(ana_linalg_gram(s->n, s->m, room->centred, room->fourth));
        *intensity = schaefer_strimmer(s, room->fourth);
    }
done:
    return status;
}

ana_status ana_shrunk_covariance_in_room(size_t n, size_t m, const double *x, ana_shrinkage method,
                                         const ana_covariance_room *room, double *out,
                                         double *intensity)
{
    ana_status status = ANA_OK;
    if (n < 2) {
        return ana_fail(ANA_ERR_VALUE, "covariance: %zu observations, but two are needed", n);
    }
    ANA_TRY(centre(n, m, x, room));
    ANA_TRY(ana_linalg_gram(n, m, room->centred, out));
    scale_by(m * m, 1.0 / (double)n, out);
    sample_covariance s = {.n = n, .m = m, .centred = room->centred, .covariance = out};
    for (size_t i = 0; i < m; i++) {
        s.mean_variance += out[i * m + i] / (double)m;
    }
    double found = 0.0;
    ANA_TRY(find_intensity(&s, method, room, &found));
    bool to_diagonal = method == ANA_SHRINKAGE_SCHAEFER_STRIMMER;
    double divisor = to_diagonal ? (double)n / (double)(n - 1) : 1.0;
    for (size_t i = 0; i < m * m; i++) {
        bool diagonal = i % (m + 1) == 0;
        double target = to_diagonal ? out[i] : s.mean_variance;
        out[i] = divisor * ((1.0 - found) * out[i] + (diagonal ? found * target : 0.0));
    }
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
    const ana_covariance_room room =
        ana_covariance_room_take(&workspace, n_observations, n_features);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    ANA_TRY(ana_shrunk_covariance_in_room(n_observations, n_features, x, method, &room, out,
                                          intensity));
done:
    ana_workspace_release(&workspace);
    return status;
}
