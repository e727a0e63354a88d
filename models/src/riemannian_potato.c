/* The Riemannian potato: fitted, asked, moved. */
#include "memory.h"
#include "spd_live.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/models/riemannian_potato.h>
#include <analysis/models/spd_map.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_potato_option_table[] = {
    {"potato-threshold", ANA_OPTION_DOUBLE, offsetof(ana_potato_options, threshold), 0.1, 100.0,
     NULL, "Z", "standard deviations of the log distance at which a trial is an artefact", false},
    {"potato-iterations", ANA_OPTION_SIZE, offsetof(ana_potato_options, max_iterations), 1, 1e6,
     NULL, "N", "rounds of rejection at most", false},
    ANA_OPTION_END,
};

ana_potato_options ana_potato_options_default(void)
{
    return (ana_potato_options){
        .mean = ana_spd_mean_options_default(), .threshold = 3.0, .max_iterations = 100};
}

double ana_potato_probability(double z)
{
    return ana_normal_survival(z);
}

/* log of the riemann distances of a set from one matrix. */
static ana_status log_distances(const ana_potato *potato, const ana_spd_set *set,
                                const ana_run *run, double *out)
{
    const size_t n = spd_rows(set);
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const double *real = spd_real(set, &workspace);
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, n);
    ANA_TRY(ana_workspace_check(&workspace, "potato"));
    const spd_work work = {.n = n, .lower = potato->lower, .positive = true, .values = values};
    ANA_TRY(spd_run(&work, set->n_matrices, real, run));
    for (size_t k = 0; k < set->n_matrices; k++) {
        double squared = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double value = log(values[k * n + i]);
            squared += value * value;
        }
        out[k] = 0.5 * log(set->hermitian ? 0.5 * squared : squared); /* embedded: all twice */
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The potato's factor of its centre. */
static ana_status factorise(ana_potato *potato, double *real)
{
    const ana_spd_set centre = {potato->n, potato->hermitian, 1, potato->centre};
    spd_live_embed(&centre, real);
    return spd_live_factor(spd_rows(&centre), real, potato->lower);
}

static ana_status make(const ana_spd_set *set, ana_potato **out)
{
    ana_status status = ANA_OK;
    const size_t rows = spd_rows(set);
    ana_potato *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "potato", &made));
    made->n = set->n;
    made->hermitian = set->hermitian;
    ANA_TRY(ana_allocate(ana_spd_size(set), sizeof *made->centre, "potato", &made->centre));
    ANA_TRY(ana_allocate(rows * rows, sizeof *made->lower, "potato", &made->lower));
    *out = made;
    made = NULL;
done:
    ana_potato_free(made);
    return status;
}

void ana_potato_free(ana_potato *potato)
{
    if (potato != NULL) {
        free(potato->centre);
        free(potato->lower);
        free(potato);
    }
}

/* What is left of a set while it is fitted. */
typedef struct sieve {
    size_t n;       /* matrices left */
    size_t *which;  /* their numbers */
    double *values; /* behind each other */
    double *weights;
    double *distances; /* logarithms */
    double *real;      /* a matrix, embedded */
} sieve;

/* Centre, mean and deviation of what is left. */
static ana_status fit_once(const ana_spd_set *set, const ana_potato_options *options, sieve *left,
                           ana_potato *potato)
{
    ana_status status = ANA_OK;
    const ana_spd_set clean = {set->n, set->hermitian, left->n, left->values};
    double sum = 0.0;
    double square = 0.0;
    if (left->n < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "potato: %zu of %zu matrices are left; three at least, or a threshold "
                         "above %g, would be right",
                         left->n, set->n_matrices, options->threshold));
    }
    ANA_TRY(ana_spd_mean(&clean, left->weights, &options->mean, NULL, potato->centre));
    ANA_TRY(factorise(potato, left->real));
    ANA_TRY(log_distances(potato, &clean, &options->mean.run, left->distances));
    for (size_t k = 0; k < left->n; k++) {
        sum += left->distances[k];
    }
    potato->mean = sum / (double)left->n;
    for (size_t k = 0; k < left->n; k++) {
        const double from = left->distances[k] - potato->mean;
        square += from * from;
    }
    potato->deviation = sqrt(square / (double)left->n);
    if (!(potato->deviation > 0.0) || !isfinite(potato->deviation)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "potato: the %zu matrices left have log distances of deviation %g from "
                         "their mean; a spread is needed",
                         left->n, potato->deviation));
    }
done:
    return status;
}

/* Whether all stay. */
static bool sift(size_t size, const ana_potato *potato, sieve *left)
{
    size_t kept = 0;
    for (size_t k = 0; k < left->n; k++) {
        const double z = (left->distances[k] - potato->mean) / potato->deviation;
        if (z < potato->threshold) {
            memmove(left->values + kept * size, left->values + k * size,
                    size * sizeof *left->values);
            left->which[kept] = left->which[k];
            left->weights[kept] = left->weights[k];
            kept++;
        }
    }
    const bool all = kept == left->n;
    left->n = kept;
    return all;
}

ana_status ana_potato_fit(const ana_spd_set *set, const double *weights,
                          const ana_potato_options *options, bool *clean, ana_potato **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_potato_options chosen = options != NULL ? *options : ana_potato_options_default();
    const size_t size = ana_spd_size(set);
    const size_t rows = spd_rows(set);
    const size_t n = set->n_matrices;
    ana_potato *made = NULL;
    sieve left = {.n = n,
                  .which = ana_workspace_sizes(&workspace, n, 1),
                  .values = ana_workspace_doubles(&workspace, n, size),
                  .weights = ana_workspace_doubles(&workspace, n, 1),
                  .distances = ana_workspace_doubles(&workspace, n, 1),
                  .real = ana_workspace_doubles(&workspace, rows, rows)};
    *out = NULL;
    ANA_TRY(ana_workspace_check(&workspace, "potato"));
    ANA_TRY(ana_options_check(ana_potato_option_table, &chosen, "potato"));
    ANA_TRY(ana_spd_check(set, &chosen.mean.run));
    ANA_TRY(make(set, &made));
    made->threshold = chosen.threshold;
    for (size_t k = 0; k < n; k++) {
        left.which[k] = k;
        left.weights[k] = weights != NULL ? weights[k] : 1.0;
    }
    memcpy(left.values, set->values, n * size * sizeof *left.values);
    while (!made->converged && made->n_iterations < chosen.max_iterations) {
        ANA_TRY(fit_once(set, &chosen, &left, made));
        made->n_clean = left.n; /* that it is fitted to */
        made->converged = sift(size, made, &left);
        made->n_iterations++;
    }
    made->n_clean = left.n;
    made->n_rejected = n - left.n;
    for (size_t k = 0, next = 0; k < n && clean != NULL; k++) {
        clean[k] = next < left.n && left.which[next] == k;
        next += clean[k] ? 1 : 0;
    }
    *out = made;
    made = NULL;
done:
    ana_potato_free(made);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_shape(const ana_potato *potato, const ana_spd_set *set)
{
    if (set->n != potato->n || set->hermitian != potato->hermitian) {
        return ana_fail(ANA_ERR_SHAPE, "potato: of %s matrices of %zu rows, asked about %s of %zu",
                        potato->hermitian ? "complex" : "real", potato->n,
                        set->hermitian ? "complex" : "real", set->n);
    }
    return ANA_OK;
}

ana_status ana_potato_scores(const ana_potato *potato, const ana_spd_set *set, const ana_run *run,
                             double *z)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_shape(potato, set));
    ANA_TRY(ana_spd_check(set, run));
    ANA_TRY(log_distances(potato, set, run, z));
    for (size_t k = 0; k < set->n_matrices; k++) {
        z[k] = (z[k] - potato->mean) / potato->deviation;
    }
done:
    return status;
}

/* Mean and variance of log distances, moved towards those of the new ones; not where that leaves no
 * variance, as one matrix does at rate 1, which then is the centre. */
static void move_spread(ana_potato *potato, size_t n, const double *distances, double rate)
{
    double sum = 0.0;
    double square = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += distances[k];
    }
    const double mean = (1.0 - rate) * potato->mean + rate * sum / (double)n;
    for (size_t k = 0; k < n; k++) {
        square += (distances[k] - mean) * (distances[k] - mean);
    }
    const double deviation =
        sqrt((1.0 - rate) * potato->deviation * potato->deviation + rate * square / (double)n);
    if (deviation > 0.0 && isfinite(deviation)) {
        potato->mean = mean;
        potato->deviation = deviation;
    }
}

static ana_status check_rate(double rate)
{
    if (!(rate >= 0.0 && rate <= 1.0)) {
        return ana_fail(ANA_ERR_VALUE, "potato: a rate of %g; from 0 to 1 is right", rate);
    }
    return ANA_OK;
}

ana_status ana_potato_update(ana_potato *potato, const ana_spd_set *set, double rate, bool compat)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    const size_t rows = spd_rows(set);
    double *pair = ana_workspace_doubles(&workspace, size, 2);
    double *point = ana_workspace_doubles(&workspace, size, 1);
    double *distances = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    ana_potato moved = *potato;
    moved.centre = point;
    moved.lower = ana_workspace_doubles(&workspace, rows, rows);
    double *real = ana_workspace_doubles(&workspace, rows, rows);
    ANA_TRY(ana_workspace_check(&workspace, "potato"));
    ANA_TRY(check_shape(potato, set));
    ANA_TRY(check_rate(rate));
    ANA_TRY(ana_spd_mean(set, NULL, NULL, NULL, pair + size));
    memcpy(pair, potato->centre, size * sizeof *pair);
    const ana_spd_set ends = {set->n, set->hermitian, 2, pair};
    const ana_spd_set mean = {set->n, set->hermitian, 1, pair + size};
    ANA_TRY(ana_spd_geodesic(&ends, ANA_SPD_RIEMANN, rate, point));
    ANA_TRY(factorise(&moved, real));
    ANA_TRY(log_distances(&moved, compat ? &mean : set, NULL, distances));
    move_spread(&moved, compat ? 1 : set->n_matrices, distances, rate);
    memcpy(potato->centre, point, size * sizeof *point);
    memcpy(potato->lower, moved.lower, rows * rows * sizeof *point);
    potato->mean = moved.mean;
    potato->deviation = moved.deviation;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The room: that of the kernels, then three matrices. */
size_t ana_potato_room(const ana_potato *potato)
{
    const size_t rows = potato->hermitian ? 2 * potato->n : potato->n;
    return spd_live_room(rows) + 3 * rows * rows;
}

ana_status ana_potato_judge(const ana_potato *potato, const double *matrix, double *room, double *z)
{
    const ana_spd_set one = {potato->n, potato->hermitian, 1, matrix};
    const size_t rows = spd_rows(&one);
    double *real = room + spd_live_room(rows);
    double squared = 0.0;
    spd_live_embed(&one, real);
    *z = INFINITY;
    if (spd_live_distance(rows, potato->lower, real, room, &squared) == ANA_OK) {
        squared = potato->hermitian ? 0.5 * squared : squared;
        *z = (0.5 * log(squared) - potato->mean) / potato->deviation;
    }
    return ANA_OK;
}

ana_status ana_potato_move(ana_potato *potato, const double *matrix, double rate, double *room)
{
    ana_status status = ANA_OK;
    const ana_spd_set one = {potato->n, potato->hermitian, 1, matrix};
    const size_t rows = spd_rows(&one);
    double *real = room + spd_live_room(rows);
    double *point = real + rows * rows;
    double *lower = point + rows * rows;
    double squared = 0.0;
    spd_live_embed(&one, real);
    ANA_TRY(check_rate(rate));
    ANA_TRY(spd_live_between(rows, potato->lower, real, rate, room, point));
    ANA_TRY(spd_live_factor(rows, point, lower));
    ANA_TRY(spd_live_distance(rows, lower, real, room, &squared));
    const double distance = 0.5 * log(potato->hermitian ? 0.5 * squared : squared);
    move_spread(potato, 1, &distance, rate);
    memcpy(potato->lower, lower, rows * rows * sizeof *lower);
    spd_live_unembed(&one, point, potato->centre);
done:
    return status;
}

ana_status ana_potato_field(size_t n_matrices, size_t n_potatoes, const double *z, double *p)
{
    if (n_potatoes == 0) {
        return ana_fail(ANA_ERR_VALUE, "potato: a field of no potatoes");
    }
    for (size_t k = 0; k < n_matrices; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < n_potatoes; i++) {
            if (isnan(z[k * n_potatoes + i])) {
                return ana_fail(ANA_ERR_VALUE, "potato: z of matrix %zu by potato %zu is NaN", k,
                                i);
            }
            sum -= 2.0 * log(fmax(ana_potato_probability(z[k * n_potatoes + i]), 1e-10));
        }
        p[k] = ana_chi2_survival(sum, 2.0 * (double)n_potatoes);
    }
    return ANA_OK;
}
