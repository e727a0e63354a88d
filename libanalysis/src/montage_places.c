/* Places of channels by where they were measured. */
#include "constants.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/montage.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

enum {
    FEWEST = 4
};

static const double largest = 1e6;  /* of a coordinate that is one */
static const double outlying = 3.0; /* of the median distance: not used for the middle */
static const double nearest = 0.5;  /* of the median distance from the middle */
static const double farthest = 1.6; /* the same */
static const double lowest = 1.5;   /* 135 degrees */
static const double least_spread = 0.1;
static const double most_deviation = 0.5;
static const double least_depth = 0.05; /* variance in each direction, of the median distance^2 */
static const double slack = 0.02;       /* near the top, where names and places are alike small */

static bool is_position(const double *p)
{
    bool any = false;
    for (size_t i = 0; i < 3; i++) {
        if (!(fabs(p[i]) <= largest)) {
            return false;
        }
        any = any || p[i] != 0.0;
    }
    return any;
}

static double distance(const double *p, const double middle[3])
{
    return sqrt((p[0] - middle[0]) * (p[0] - middle[0]) + (p[1] - middle[1]) * (p[1] - middle[1]) +
                (p[2] - middle[2]) * (p[2] - middle[2]));
}

/* The median distance of the kept positions from the middle; room: n. */
static ana_status median_distance(size_t n, const double *positions, const bool *kept,
                                  const double middle[3], double *room, double *median)
{
    static const double half = 0.5;
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept[i]) {
            room[n_kept++] = distance(positions + 3 * i, middle);
        }
    }
    *median = 0.0;
    return n_kept > 0 ? ana_stats_quantiles(n_kept, room, 1, &half, median) : ANA_OK;
}

/* x, y, z and |p|^2 of a position, less a mean of them. */
static void centred(const double *p, const double mean[4], double row[4])
{
    row[0] = p[0] - mean[0];
    row[1] = p[1] - mean[1];
    row[2] = p[2] - mean[2];
    row[3] = p[0] * p[0] + p[1] * p[1] + p[2] * p[2] - mean[3];
}

/* Covariances of x, y, z and |p|^2 of the kept positions. */
static void covariances(size_t n, const double *positions, const bool *kept,
                        double covariance[4][4])
{
    double n_kept = 0.0;
    double mean[4] = {0.0, 0.0, 0.0, 0.0};
    double sum[4] = {0.0, 0.0, 0.0, 0.0};
    double row[4];
    memset(covariance, 0, 4 * sizeof *covariance);
    for (size_t i = 0; i < n; i++) {
        centred(positions + 3 * i, mean, row);
        for (size_t a = 0; kept[i] && a < 4; a++) {
            sum[a] += row[a];
        }
        n_kept += kept[i] ? 1.0 : 0.0;
    }
    for (size_t a = 0; a < 4; a++) {
        mean[a] = sum[a] / n_kept;
    }
    for (size_t i = 0; i < n; i++) {
        centred(positions + 3 * i, mean, row);
        for (size_t k = 0; kept[i] && k < 16; k++) {
            covariance[k / 4][k % 4] += row[k / 4] * row[k % 4] / n_kept;
        }
    }
}

/* The middle of the sphere that fits best: |p|^2 = 2 c p + (r^2 - |c|^2), the regression of |p|^2
 * on p, halved. Of positions that lie about a plane only its height is sought, of those at one
 * height nothing: then it is the origin. */
static ana_status find_middle(size_t n, const double *positions, const bool *kept, double median,
                              double middle[3])
{
    ana_status status = ANA_OK;
    double covariance[4][4];
    double square[9];
    double right[3];
    double variances[3] = {0.0, 0.0, 0.0};
    covariances(n, positions, kept, covariance);
    for (size_t a = 0; a < 3; a++) {
        right[a] = 0.5 * covariance[a][3];
        memcpy(square + 3 * a, covariance[a], 3 * sizeof *square);
    }
    memset(middle, 0, 3 * sizeof *middle);
    ANA_TRY(ana_linalg_eigen_symmetric(3, square, variances, NULL));
    const double least = fmin(variances[0], fmin(variances[1], variances[2]));
    if (least > least_depth * median * median) {
        ANA_TRY(ana_linalg_solve(3, square, 1, right, middle, NULL));
    } else if (square[8] > 0.01 * median * median) {
        middle[2] = right[2] / square[8];
    }
    for (size_t a = 0; a < 3; a++) {
        middle[a] = fmax(fmin(middle[a], median), -median);
    }
done:
    return status;
}

/* Places of the kept positions, NaN of the others; how many have one. */
static size_t project(size_t n, const double *positions, const bool *kept, const double middle[3],
                      double median, double *places)
{
    size_t n_placed = 0;
    for (size_t i = 0; i < n; i++) {
        const double *p = positions + 3 * i;
        const double x = kept[i] ? p[0] - middle[0] : 0.0;
        const double y = kept[i] ? p[1] - middle[1] : 0.0;
        const double far = kept[i] ? distance(p, middle) : 0.0;
        const double across = hypot(x, y);
        const double angle = atan2(across, p[2] - middle[2]) / (0.5 * ANA_PI);
        const bool placed =
            far > 0.0 && far >= nearest * median && far <= farthest * median && angle <= lowest;
        const double scale = across > 0.0 ? angle / across : 0.0;
        places[2 * i] = placed ? scale * x : (double)NAN;
        places[2 * i + 1] = placed ? scale * y : (double)NAN;
        n_placed += placed;
    }
    return n_placed;
}

/* Whether the measured places are apart from each other, and where names say they are. */
static bool agree(size_t n, const double *named, const double *places)
{
    double low[2] = {INFINITY, INFINITY};
    double high[2] = {-INFINITY, -INFINITY};
    double deviation = 0.0;
    double n_common = 0.0;
    double size = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2; k++) {
            const double is = places[2 * i + k];
            const double said = named[2 * i + k];
            low[k] = fmin(low[k], is);
            high[k] = fmax(high[k], is);
            if (!isnan(is) && !isnan(said)) {
                deviation += (is - said) * (is - said);
                n_common += 0.5;
                size += said * said;
            }
        }
    }
    return fmax(high[0] - low[0], high[1] - low[1]) > least_spread &&
           deviation <= most_deviation * size + slack * n_common;
}

ana_status ana_montage_places(size_t n, const char *const *names, const double *positions,
                              double *places, bool *measured)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_named = 0;
    double middle[3] = {0.0, 0.0, 0.0};
    double median = 0.0;
    *measured = false;
    for (size_t i = 0; i < n; i++) {
        places[2 * i] = places[2 * i + 1] = (double)NAN;
        n_named += ana_montage_position(names[i], places + 2 * i);
    }
    if (positions == NULL) {
        return ANA_OK;
    }
    double *found = ana_workspace_doubles(&workspace, n, 2);
    double *room = ana_workspace_doubles(&workspace, n, 1);
    bool *kept = ana_workspace_bytes(&workspace, n, 1, sizeof *kept);
    ANA_TRY(ana_workspace_check(&workspace, "montage"));
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        kept[i] = is_position(positions + 3 * i);
        n_kept += kept[i];
    }
    if (n_kept < FEWEST) {
        goto done;
    }
    ANA_TRY(median_distance(n, positions, kept, middle, room, &median));
    for (int pass = 0; pass < 2; pass++) { /* again without those off the head */
        const double most = pass == 0 ? outlying : farthest;
        for (size_t i = 0; i < n; i++) {
            const double far = kept[i] ? distance(positions + 3 * i, middle) : 0.0;
            kept[i] = kept[i] && far <= most * median && (pass == 0 || far >= nearest * median);
        }
        ANA_TRY(find_middle(n, positions, kept, median, middle));
        ANA_TRY(median_distance(n, positions, kept, middle, room, &median));
    }
    const size_t n_placed = project(n, positions, kept, middle, median, found);
    if (n_placed >= FEWEST && n_placed >= n_named && agree(n, places, found)) {
        memcpy(places, found, 2 * n * sizeof *places);
        *measured = true;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
