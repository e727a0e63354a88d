/* Means by meeting, by joint diagonalisation, by Thompson's geodesics and of matrices with missing
 * channels, as pyRiemann has them. */
#include "bci.h"
#include "support/check.h"

#include <analysis/models/spd_map.h>
#include <analysis/models/spd_mean.h>
#include <analysis/models/spd_missing.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST = 2 * 8 * 8
};

/* The peer's values are of the first three matrices; of ill-conditioned ones its geodesics have six
 * digits. */
static void compare_ladders(const h5_reference *file, const char *set_name, tally *counts)
{
    static const struct {
        const char *name;
        ana_spd_mean_method method;
    } ladders[] = {{"alm", ANA_SPD_MEAN_ANDO_LI_MATHIAS}, {"bmp", ANA_SPD_MEAN_BINI_MEINI_POLONI}};
    h5_doubles held;
    ana_spd_set set = read_spd_set(file, set_name, &held);
    set.n_matrices = 3;
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        double mean[MOST];
        ana_spd_mean_options options = ana_spd_mean_options_default();
        options.method = ladders[i].method;
        check_ok(ana_spd_mean(&set, NULL, &options, NULL, mean));
        snprintf(path, sizeof path, "mean/%s/%s", set_name, ladders[i].name);
        compare_to_largest(file, path, ana_spd_size(&set), mean,
                           strcmp(set_name, "Cill") == 0 ? 5e-6 : 1e-8, counts);
    }
    h5_doubles_free(&held);
}

/* pyRiemann's coordinates have not settled, and do not know the weights. Those of ill-conditioned
 * matrices never do, which is said; pyRiemann's values there are of scales that went to and fro by
 * a factor of e^5.8. */
static void compare_joint_diagonal(const h5_reference *file, const char *set_name, tally *counts)
{
    static const char *const groups[] = {"mean", "mean_w"};
    h5_doubles held;
    h5_doubles weights = h5_reference_doubles(file, "spd/weights");
    const ana_spd_set set = read_spd_set(file, set_name, &held);
    for (size_t g = 0; g < 2; g++) {
        char path[64];
        double mean[MOST];
        ana_spd_mean_options options = ana_spd_mean_options_default();
        ana_spd_mean_info info;
        options.method = ANA_SPD_MEAN_JOINT_DIAGONAL;
        check_ok(ana_spd_mean(&set, g == 0 ? NULL : weights.values, &options, &info, mean));
        snprintf(path, sizeof path, "%s/%s/ale", groups[g], set_name);
        const bool is_ill = strcmp(set_name, "Cill") == 0;
        const ana_spd_set one = {set.n, set.hermitian, 1, mean};
        tally_that(counts, info.converged != is_ill, "%s: %g after %zu steps", path, info.residual,
                   info.n_iterations);
        check_ok(ana_spd_check(&one, NULL));
        if (!is_ill) {
            compare_to_largest(file, path, ana_spd_size(&set), mean, 1e-3, counts);
        }
    }
    h5_doubles_free(&weights);
    h5_doubles_free(&held);
}

/* The peer's is the fiftieth point of the walk from the arithmetic mean along the geodesics to the
 * matrices in turn, 1/2, 1/3, ... of each: reached by our geodesics, and not where the walk ends.
 */
static void compare_thompson(const h5_reference *file, const char *set_name, tally *counts)
{
    char path[64];
    h5_doubles held;
    const ana_spd_set set = read_spd_set(file, set_name, &held);
    const size_t size = ana_spd_size(&set);
    double pair_values[2 * MOST];
    double point[MOST];
    double change = INFINITY;
    const ana_spd_set pair = {set.n, set.hermitian, 2, pair_values};
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.method = ANA_SPD_MEAN_EUCLIDEAN;
    check_ok(ana_spd_mean(&set, NULL, &options, NULL, point));
    for (size_t i = 0; i < 50 && change > 1e-6; i++) {
        memcpy(pair_values, point, size * sizeof *point);
        memcpy(pair_values + size, set.values + i % set.n_matrices * size, size * sizeof *point);
        check_ok(ana_spd_geodesic(&pair, ANA_SPD_THOMPSON, 1.0 / (double)(i + 2), point));
        change = 0.0;
        for (size_t e = 0; e < size; e++) {
            change += (point[e] - pair_values[e]) * (point[e] - pair_values[e]);
        }
        change = sqrt(change);
    }
    snprintf(path, sizeof path, "mean/%s/thompson", set_name);
    compare_to_largest(file, path, size, point, strcmp(set_name, "Cill") == 0 ? 1e-5 : 1e-9,
                       counts);
    double mean[MOST];
    options.method = ANA_SPD_MEAN_THOMPSON;
    check_ok(ana_spd_mean(&set, NULL, &options, NULL, mean));
    h5_doubles_free(&held);
}

/* The sum of squared distances in the channels that matrices have. */
static double sum_of_squares(const h5_doubles *held, const double *mean)
{
    double sum = 0.0;
    for (size_t k = 0; k < held->shape[0]; k++) {
        const double *x = held->values + k * 64;
        double known[64];
        double same[64];
        size_t n = 0;
        for (size_t i = 0; i < 8; i++) {
            n += isnan(x[i * 9]) ? 0 : 1;
        }
        size_t e = 0;
        for (size_t i = 0; i < 64; i++) {
            if (!isnan(x[i])) {
                known[e] = x[i];
                same[e++] = mean[i];
            }
        }
        const ana_spd_set a = {n, false, 1, known};
        const ana_spd_set b = {n, false, 1, same};
        ana_spd_distance_options options = ana_spd_distance_options_default();
        double square = 0.0;
        options.squared = true;
        check_ok(ana_spd_distances(&a, &b, &options, &square));
        sum += square;
    }
    return sum;
}

static void compare_missing(const h5_reference *file, tally *counts)
{
    h5_doubles held = h5_reference_doubles(file, "nan/C");
    h5_doubles peer = h5_reference_doubles(file, "nan/mean");
    const ana_spd_set set = {8, false, held.shape[0], held.values};
    double mean[64];
    ana_spd_missing_options options = ana_spd_missing_options_default();
    options.compat = true;
    check_ok(ana_spd_mean_missing(&set, NULL, &options, NULL, mean));
    compare_to_largest(file, "nan/mean", 64, mean, 1e-7, counts);
    check_ok(ana_spd_mean_missing(&set, NULL, NULL, NULL, mean));
    const double ours = sum_of_squares(&held, mean);
    const double theirs = sum_of_squares(&held, peer.values);
    tally_that(counts, ours < 0.56 * theirs, "nan: squares %g, the peer's %g", ours, theirs);
    h5_doubles_free(&held);
    h5_doubles_free(&peer);
}

void compare_means(const h5_reference *file, tally *counts)
{
    static const char *const sets[] = {"C", "Cill", "Chpd"};
    for (size_t i = 0; i < 3; i++) {
        compare_ladders(file, sets[i], counts);
        compare_joint_diagonal(file, sets[i], counts);
        compare_thompson(file, sets[i], counts);
    }
    compare_missing(file, counts);
}
