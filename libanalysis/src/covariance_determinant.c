/* The covariance of the h samples whose covariance has the smallest determinant: concentration
 * steps of Rousseeuw & Van Driessen (1999) from random subsets. */
#include "covariance_parts.h"
#include "try.h"

#include <analysis/distributions.h>
#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>

enum {
    N_FIRST_STEPS = 2, /* of every start */
    N_BEST = 10,       /* starts that go on until they settle */
    N_MOST_STEPS = 1000
};

/* How many samples it is of: at least those that half of the samples being wild leaves. */
static size_t support_of(const covariance_plan *plan)
{
    const size_t smallest = (plan->n_times + plan->n_rows + 1) / 2;
    const double asked = ceil(plan->options->support * (double)plan->n_times);
    return asked > (double)smallest ? (size_t)asked : smallest;
}

/* gram = covariance (divisor h) of the first h placed samples, times = their mean, third = the
 * factor. */
static ana_status describe_subset(const covariance_plan *plan, const covariance_room *room,
                                  size_t h, double *logdet)
{
    ana_status status = ANA_OK;
    const size_t m = plan->n_rows;
    for (size_t r = 0; r < m; r++) {
        const double *row = room->rows + r * plan->n_times;
        double *taken = room->scaled + r * h;
        double sum = 0.0;
        for (size_t k = 0; k < h; k++) {
            taken[k] = row[room->placed[k].index];
            sum += taken[k];
        }
        room->times[r] = sum / (double)h;
        for (size_t k = 0; k < h; k++) {
            taken[k] -= room->times[r];
        }
    }
    ANA_TRY(ana_linalg_gram_rows(m, h, room->scaled, room->gram));
    for (size_t i = 0; i < m * m; i++) {
        room->gram[i] /= (double)h;
    }
    ANA_TRY(covariance_factor(plan, room->gram, room->third));
    *logdet = ana_linalg_logdet_cholesky(m, room->third);
done:
    return status;
}

/* placed = all samples, those nearest to the subset described last first. */
static ana_status place_all(const covariance_plan *plan, const covariance_room *room)
{
    const size_t n_times = plan->n_times;
    for (size_t r = 0; r < plan->n_rows; r++) {
        for (size_t t = 0; t < n_times; t++) {
            room->scaled[r * n_times + t] = room->rows[r * n_times + t] - room->times[r];
        }
    }
    const ana_status status = ana_linalg_solve_lower(plan->n_rows, room->third, false, n_times,
                                                     room->scaled, room->scaled);
    for (size_t t = 0; t < n_times; t++) {
        room->placed[t] = (ana_placed){0.0, t};
    }
    for (size_t r = 0; r < plan->n_rows; r++) {
        for (size_t t = 0; t < n_times; t++) {
            const double value = room->scaled[r * n_times + t];
            room->placed[t].value += value * value;
        }
    }
    qsort(room->placed, n_times, sizeof *room->placed, ana_compare_rising);
    return status;
}

/* A random order of the samples, and as many of its first as it takes to span all rows. */
static ana_status begin(const covariance_plan *plan, const covariance_room *room, size_t start,
                        size_t h)
{
    ana_random random = ana_random_stream(plan->options->run.seed, "covariance.determinant", start);
    const size_t n_times = plan->n_times;
    double logdet = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        const size_t other = (size_t)ana_random_below(&random, t + 1);
        room->placed[t] = room->placed[other];
        room->placed[other].index = t;
    }
    ana_status status = ANA_ERR_NUMERIC;
    for (size_t size = plan->n_rows + 1; status != ANA_OK; size *= 2) {
        const size_t taken = size < h ? size : h;
        status = describe_subset(plan, room, taken, &logdet);
        if (status != ANA_OK && taken == h) {
            return status;
        }
    }
    return place_all(plan, room);
}

/* Concentration steps from that start: each takes the h nearest samples, and the determinant falls
 * until they stay the same. Leaves the last subset in the room. */
static ana_status concentrate(const covariance_plan *plan, const covariance_room *room,
                              size_t start, size_t n_most, ana_covariance_info *info,
                              double *logdet)
{
    ana_status status = ANA_OK;
    const size_t h = support_of(plan);
    *logdet = INFINITY;
    info->converged = false;
    ANA_TRY(begin(plan, room, start, h));
    for (info->n_iterations = 0; info->n_iterations < n_most && !info->converged;
         info->n_iterations++) {
        const double before = *logdet;
        ANA_TRY(describe_subset(plan, room, h, logdet));
        info->converged = !(*logdet < before);
        ANA_TRY(place_all(plan, room));
    }
done:
    return status;
}

/* best[*n_best] in rising order of the logarithm of the determinant. */
static void keep(ana_placed *best, size_t *n_best, double logdet, size_t start)
{
    size_t place = *n_best;
    while (place > 0 && logdet < best[place - 1].value) {
        place--;
    }
    *n_best += *n_best < N_BEST ? 1 : 0;
    for (size_t k = *n_best; k-- > place + 1;) {
        best[k] = best[k - 1];
    }
    if (place < N_BEST) {
        best[place] = (ana_placed){logdet, start};
    }
}

ana_status covariance_minimum_determinant(const covariance_plan *plan, const covariance_room *room,
                                          ana_covariance_info *info)
{
    ana_status status = ANA_OK;
    ana_placed best[N_BEST];
    size_t n_best = 0;
    size_t winner = 0;
    double lowest = INFINITY;
    double logdet = 0.0;
    for (size_t start = 0; start < plan->options->n_starts; start++) {
        ANA_TRY(concentrate(plan, room, start, N_FIRST_STEPS, info, &logdet));
        keep(best, &n_best, logdet, start);
    }
    for (size_t k = 0; k < n_best; k++) {
        ANA_TRY(concentrate(plan, room, best[k].index, N_MOST_STEPS, info, &logdet));
        winner = logdet < lowest ? best[k].index : winner;
        lowest = fmin(lowest, logdet);
    }
    ANA_TRY(concentrate(plan, room, winner, N_MOST_STEPS, info, &logdet));
    const double part = (double)support_of(plan) / (double)plan->n_times;
    if (part < 1.0 && !plan->options->compat) { /* what the tails would have added, if normal */
        const double m = (double)plan->n_rows;
        const double factor = part / ana_chi2_cdf(ana_chi2_quantile(part, m), m + 2.0);
        for (size_t i = 0; i < plan->n_rows * plan->n_rows; i++) {
            room->gram[i] *= factor;
        }
    }
done:
    return status;
}
