/* Intensities of shrinkage, and shrinking. */
#include "shrinkage.h"

#include <math.h>
#include <stdbool.h>

double ana_shrinkage_mean_variance(size_t m, const double *covariance)
{
    double sum = 0.0;
    for (size_t i = 0; i < m; i++) {
        sum += covariance[i * m + i] / (double)m;
    }
    return sum;
}

static double square_norm(size_t m, const double *covariance)
{
    double sum = 0.0;
    for (size_t i = 0; i < m * m; i++) {
        sum += covariance[i] * covariance[i];
    }
    return sum;
}

double ana_shrinkage_ledoit_wolf(size_t m, const double *covariance, double scatter)
{
    const double mean_variance = ana_shrinkage_mean_variance(m, covariance);
    double distance = 0.0; /* |S - mu I|^2 */
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            const double d = covariance[i * m + j] - (i == j ? mean_variance : 0.0);
            distance += d * d;
        }
    }
    return distance > 0.0 ? fmax(0.0, fmin(1.0, scatter / distance)) : 0.0;
}

double ana_shrinkage_oas(size_t m, const double *covariance, double n)
{
    const double mean_variance = ana_shrinkage_mean_variance(m, covariance);
    const double mean_square = square_norm(m, covariance) / ((double)m * (double)m);
    const double square = mean_variance * mean_variance;
    const double denominator = (n + 1.0) * (mean_square - square / (double)m);
    return denominator > 0.0 ? fmin((mean_square + square) / denominator, 1.0) : 1.0;
}

/* The sum of the variances of the correlations over the sum of their squares (their eq. for target
 * D). */
double ana_shrinkage_schaefer_strimmer(size_t m, const double *covariance, const double *scatter,
                                       double unbias)
{
    double variance_sum = 0.0;
    double square_sum = 0.0;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < i; j++) {
            const double scale = covariance[i * m + i] * covariance[j * m + j];
            if (scale > 0.0) {
                variance_sum += scatter[i * m + j] / scale * unbias;
                square_sum += covariance[i * m + j] / scale * covariance[i * m + j];
            }
        }
    }
    return square_sum > 0.0 ? fmax(0.0, fmin(1.0, variance_sum / square_sum)) : 1.0;
}

void ana_shrink(size_t m, ana_shrinkage method, double intensity, double unbias, double *covariance)
{
    const bool to_diagonal = method == ANA_SHRINKAGE_SCHAEFER_STRIMMER;
    const double mean_variance = ana_shrinkage_mean_variance(m, covariance);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            double *element = covariance + i * m + j;
            const double target = to_diagonal ? *element : mean_variance;
            *element =
                unbias * ((1.0 - intensity) * *element + (i == j ? intensity * target : 0.0));
        }
    }
}
