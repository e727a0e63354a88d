/* A partition to begin with. A chain cannot find it by its own means: a trajectory is a few
 * thousand numbers, so that a cluster that holds two hardly ever splits, nor do two that are one
 * merge. Here trajectories are integrated out, if only in a bound (bicluster_bound.h) and with
 * dynamics of each cluster by itself: from more groups than there may be, of neurons that rise and
 * fall together, neurons change groups and groups join, whatever raises the bound most. A chain
 * begins with the best of a few such searches. */
#include "bicluster_bound.h"
#include "checked.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    N_TRIES = 3,
    N_BEGIN = 10,  /* updates of a new group, */
    N_JOINED = 12, /* of two that join, */
    N_CHANGED = 4, /* of one that a neuron left or entered */
    N_ROUNDS = 5,
    MOST_CLUSTERS = 12 /* unless more are asked for: all pairs of groups are tried */
};

/* Nats by which a neuron may fit worse elsewhere and still be tried there: its own group's path is
 * bent towards it. */
static const double bend = 25.0;

typedef struct search {
    const bicluster_bounds *bounds;
    ana_random *random;
    size_t n_groups;
    size_t most;
    bicluster_group *groups; /* most, two for trials, most to go back to */
    double *gains;           /* most x most, row below column: of joining; NaN: not known */
    bool *changed;           /* most */
    size_t *home;            /* N */
} search;

/* What is paid for a group of n neurons. Its dynamics have q (q + 1) coefficients and a covariance,
 * which the evidence charges half a logarithm of the steps each; the bound loses as much again,
 * since it holds paths in one of the bases they may be turned to. It is paid back, for as many of
 * the q rows as n neurons can tell apart: a chain that begins with a group too many can give it up,
 * neuron by neuron, sooner than found one that is missing. */
static double price_of(const bicluster_data *data, size_t n)
{
    const double q = (double)data->n_rows;
    const double all = 0.5 * log((double)data->n_times) * (q * (q + 1.0) + 0.5 * q * (q + 1.0));
    return n < data->n_rows ? all * (double)n / q : all;
}

static void swap_groups(bicluster_group *a, bicluster_group *b)
{
    const bicluster_group kept = *a;
    *a = *b;
    *b = kept;
}

static double *gain_of(const search *it, size_t a, size_t b)
{
    return it->gains + (a < b ? a * it->most + b : b * it->most + a);
}

static void forget_gains(const search *it, size_t g)
{
    for (size_t h = 0; h < it->most; h++) {
        *gain_of(it, g, h) = NAN;
    }
}

/* Group g goes, the last takes its number. */
static void remove_group(search *it, size_t g)
{
    const size_t last = --it->n_groups;
    if (g != last) {
        swap_groups(it->groups + g, it->groups + last);
        it->changed[g] = it->changed[last];
        for (size_t h = 0; h < last; h++) {
            *gain_of(it, g, h) = h == g ? (double)NAN : *gain_of(it, last, h);
        }
    }
    for (size_t i = 0; i < it->bounds->data->n_neurons; i++) {
        it->home[i] = it->home[i] == last ? g : it->home[i];
    }
    forget_gains(it, last);
}

/* Groups by k-means of the counts' shapes, with members. */
static void begin(search *it, size_t n_clusters, bicluster_room *room)
{
    const bicluster_data *data = it->bounds->data;
    bicluster_sort_shapes(data, n_clusters, it->random, room, it->home);
    for (size_t g = 0; g < n_clusters; g++) {
        it->groups[g].n = 0;
        it->changed[g] = false;
        forget_gains(it, g);
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        bicluster_group_add(it->groups + it->home[i], i);
    }
    it->n_groups = n_clusters;
    for (size_t g = n_clusters; g-- > 0;) {
        if (it->groups[g].n == 0) {
            remove_group(it, g);
        }
    }
    for (size_t g = 0; g < it->n_groups; g++) {
        bicluster_group_begin(it->bounds, it->random, it->groups + g);
        bicluster_group_fit(it->bounds, N_BEGIN, it->groups + g);
    }
}

static void change_home(search *it, size_t i, size_t to)
{
    const size_t from = it->home[i];
    bicluster_group_remove(it->groups + from, i);
    bicluster_group_add(it->groups + to, i);
    it->changed[from] = true;
    it->changed[to] = true;
    it->home[i] = to;
}

/* Groups that lost all go; those that changed are fitted anew. */
static void settle(search *it)
{
    for (size_t g = it->n_groups; g-- > 0;) {
        if (it->groups[g].n == 0) {
            remove_group(it, g);
        }
    }
    for (size_t g = 0; g < it->n_groups; g++) {
        bicluster_group_fit(it->bounds, it->changed[g] ? N_CHANGED : 1, it->groups + g);
        if (it->changed[g]) {
            forget_gains(it, g);
        }
        it->changed[g] = false;
    }
}

/* Every neuron goes where it fits best, paths as they are. Whether any did. */
static bool reassign(search *it)
{
    bool any = false;
    for (size_t i = 0; i < it->bounds->data->n_neurons; i++) {
        size_t best = it->home[i];
        double most = bicluster_bound_neuron(it->bounds, it->groups + best, i, 1);
        for (size_t g = 0; g < it->n_groups; g++) {
            const double here = g == it->home[i]
                                    ? (double)-INFINITY
                                    : bicluster_bound_neuron(it->bounds, it->groups + g, i, 3);
            best = here > most ? g : best;
            most = fmax(most, here);
        }
        if (best != it->home[i]) {
            change_home(it, i, best);
            any = true;
        }
    }
    settle(it);
    return any;
}

static double value_of(const search *it, const bicluster_group *group)
{
    return group->bound + price_of(it->bounds->data, group->n);
}

/* Whether group g gains more by neuron i than its own group, less[0], loses, paths fitted anew; if
 * so it moves. */
static bool try_move(search *it, size_t i, size_t g)
{
    bicluster_group *less = it->groups + it->most;
    bicluster_group *more = it->groups + it->most + 1;
    bicluster_group *from = it->groups + it->home[i];
    bicluster_group *to = it->groups + g;
    bicluster_group_copy(it->bounds, to, more);
    bicluster_group_add(more, i);
    bicluster_group_fit(it->bounds, N_CHANGED, more);
    bicluster_group_fit(it->bounds, N_CHANGED, from);
    bicluster_group_fit(it->bounds, N_CHANGED, to);
    if (!(value_of(it, less) + value_of(it, more) > value_of(it, from) + value_of(it, to) + 0.1)) {
        return false;
    }
    swap_groups(less, from);
    swap_groups(more, to);
    forget_gains(it, it->home[i]);
    forget_gains(it, g);
    it->home[i] = g;
    return true;
}

/* The same as reassign, but with both groups' paths fitted to each move. */
static bool move_singly(search *it)
{
    bool any = false;
    for (size_t i = 0; i < it->bounds->data->n_neurons; i++) {
        bicluster_group *less = it->groups + it->most;
        const size_t home = it->home[i];
        const double here = bicluster_bound_neuron(it->bounds, it->groups + home, i, 1);
        bool ready = false;
        for (size_t g = 0; g < it->n_groups && it->home[i] == home && it->groups[home].n > 1; g++) {
            if (g == home ||
                bicluster_bound_neuron(it->bounds, it->groups + g, i, 3) < here - bend) {
                continue;
            }
            if (!ready) {
                bicluster_group_copy(it->bounds, it->groups + home, less);
                bicluster_group_remove(less, i);
                bicluster_group_fit(it->bounds, N_CHANGED, less);
                ready = true;
            }
            any = try_move(it, i, g) || any;
        }
    }
    return any;
}

/* Both groups' neurons, with the paths of the larger to begin with. */
static void join(const search *it, size_t a, size_t b, bicluster_group *out)
{
    const bicluster_group *groups[2] = {it->groups + a, it->groups + b};
    const size_t large = groups[0]->n >= groups[1]->n ? 0 : 1;
    const bicluster_group *small = groups[1 - large];
    bicluster_group_copy(it->bounds, groups[large], out);
    for (size_t m = 0; m < small->n; m++) {
        bicluster_group_add(out, small->neurons[m]);
        bicluster_bound_neuron(it->bounds, out, small->neurons[m], 3);
    }
    bicluster_group_fit(it->bounds, N_JOINED, out);
}

/* The pair that gains most by joining; gains not yet known are found. */
static double best_pair(const search *it, size_t *a, size_t *b)
{
    bicluster_group *both = it->groups + it->most;
    double most = (double)-INFINITY;
    for (size_t g = 0; g < it->n_groups; g++) {
        for (size_t h = g + 1; h < it->n_groups; h++) {
            double *gain = gain_of(it, g, h);
            if (isnan(*gain)) {
                join(it, g, h, both);
                *gain = value_of(it, both) - value_of(it, it->groups + g) -
                        value_of(it, it->groups + h);
            }
            if (*gain > most) {
                most = *gain;
                *a = g;
                *b = h;
            }
        }
    }
    return most;
}

/* Groups join as long as it pays; the best pair has twice as long to show that it does. */
static void merge(search *it)
{
    size_t a = 0;
    size_t b = 0;
    while (it->n_groups > 1) {
        bicluster_group *both = it->groups + it->most;
        const bool pays = best_pair(it, &a, &b) > 0.0;
        const double apart = value_of(it, it->groups + a) + value_of(it, it->groups + b);
        join(it, a, b, both);
        if (!pays) {
            bicluster_group_fit(it->bounds, N_JOINED, both);
        }
        if (!(value_of(it, both) > apart)) {
            return;
        }
        swap_groups(both, it->groups + a);
        forget_gains(it, a);
        for (size_t m = 0; m < it->groups[a].n; m++) {
            it->home[it->groups[a].neurons[m]] = a;
        }
        remove_group(it, b);
        for (size_t round = 0; round < N_ROUNDS && reassign(it); round++) {
        }
        if (it->n_groups <= 4) {
            move_singly(it);
        }
    }
}

/* Every neuron of group g goes to the other it fits best. */
static void scatter(search *it, size_t g)
{
    while (it->groups[g].n > 0) {
        const size_t i = it->groups[g].neurons[0];
        double most = (double)-INFINITY;
        size_t best = g == 0 ? 1 : 0;
        for (size_t h = 0; h < it->n_groups; h++) {
            const double here = h == g ? (double)-INFINITY
                                       : bicluster_bound_neuron(it->bounds, it->groups + h, i, 3);
            best = here > most ? h : best;
            most = fmax(most, here);
        }
        change_home(it, i, best);
    }
}

/* Whether all is worth more without group g; else everything is as before. */
static bool dissolve(search *it, size_t g)
{
    bicluster_group *kept = it->groups + it->most + 2;
    const size_t n_groups = it->n_groups;
    double before = 0.0;
    double after = 0.0;
    for (size_t h = 0; h < n_groups; h++) {
        bicluster_group_copy(it->bounds, it->groups + h, kept + h);
        before += value_of(it, kept + h);
    }
    scatter(it, g);
    for (size_t h = 0; h < n_groups; h++) {
        if (it->changed[h] && h != g) {
            bicluster_group_fit(it->bounds, N_JOINED, it->groups + h);
        }
        after += h == g ? 0.0 : value_of(it, it->groups + h);
    }
    if (after > before) {
        settle(it);
        return true;
    }
    for (size_t h = 0; h < n_groups; h++) {
        swap_groups(it->groups + h, kept + h);
        it->changed[h] = false;
        for (size_t m = 0; m < it->groups[h].n; m++) {
            it->home[it->groups[h].neurons[m]] = h;
        }
    }
    return false;
}

static bool dissolve_any(search *it)
{
    for (size_t g = 0; g < it->n_groups && it->n_groups > 1; g++) {
        if (dissolve(it, g)) {
            return true;
        }
    }
    return false;
}

static double run(search *it, size_t n_clusters, bicluster_room *room)
{
    double sum = 0.0;
    begin(it, n_clusters, room);
    for (size_t round = 0; round < N_ROUNDS && reassign(it); round++) {
    }
    do {
        merge(it);
        for (size_t round = 0; round < N_ROUNDS && move_singly(it); round++) {
        }
    } while (dissolve_any(it));
    for (size_t g = 0; g < it->n_groups; g++) {
        bicluster_group_fit(it->bounds, N_BEGIN, it->groups + g);
        sum += value_of(it, it->groups + g);
    }
    return sum;
}

/* Sizes of negative binomials at the log rates that a first fit of small groups gives: the
 * likeliest power of two with its prior. Poisson keeps the proposal's. */
static void fit_sizes(const search *it, double *size, double *block)
{
    const bicluster_data *data = it->bounds->data;
    const ana_bicluster_options *options = data->options;
    const size_t n = data->n_times;
    for (size_t i = 0; i < data->n_neurons && options->family != ANA_BICLUSTER_POISSON; i++) {
        const bicluster_group *group = it->groups + it->home[i];
        double most = (double)-INFINITY;
        bicluster_predictor(data->n_rows, n, group->mean, group->loading + i * data->n_rows, block);
        for (int power = -1; power <= 6; power++) {
            const double r = ldexp(1.0, power);
            const double here = (options->size_shape - 1.0) * log(r) - options->size_rate * r +
                                bicluster_log_constant(data, i, r) +
                                bicluster_log_likelihood(data, i, r, block, block + n);
            size[i] = here > most ? r : size[i];
            most = fmax(most, here);
        }
    }
}

static void take(const search *it, ana_bicluster_chain *chain)
{
    const bicluster_data *data = it->bounds->data;
    const size_t q = data->n_rows;
    const size_t n = data->n_times;
    chain->n_clusters = it->n_groups;
    memcpy(chain->cluster, it->home, data->n_neurons * sizeof *chain->cluster);
    for (size_t g = 0; g < it->n_groups; g++) {
        const bicluster_group *group = it->groups + g;
        memcpy(chain->path + g * q * n, group->mean, q * n * sizeof *chain->path);
        for (size_t i = 0; i < data->n_neurons; i++) {
            const double *loading = group->loading + i * q;
            memcpy(chain->mode + (i * data->options->max_clusters + g) * q, loading,
                   q * sizeof *loading);
            if (it->home[i] == g) {
                memcpy(chain->loading + i * q, loading, q * sizeof *loading);
            }
        }
    }
}

/* Groups at the start. */
static size_t groups_of(const bicluster_data *data)
{
    const ana_bicluster_options *options = data->options;
    const size_t third = (data->n_neurons + 2) / 3;
    size_t n = third < MOST_CLUSTERS ? third : MOST_CLUSTERS;
    n = options->start_clusters > 0 ? options->start_clusters : n;
    n = n < options->max_clusters ? n : options->max_clusters;
    return n < data->n_neurons ? n : data->n_neurons;
}

size_t bicluster_search_bytes(const bicluster_data *data)
{
    size_t sum = 0;
    if (!ana_multiply(bicluster_group_doubles(data), 2 * groups_of(data) + 2, &sum) ||
        !ana_add(sum, bicluster_bounds_doubles(data), &sum) ||
        !ana_multiply(sum, sizeof(double), &sum)) {
        return SIZE_MAX;
    }
    return sum;
}

ana_status bicluster_search(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = groups_of(data);
    const bicluster_bounds bounds = bicluster_bounds_new(&workspace, data, chain->size);
    search it = {.bounds = &bounds, .random = &chain->random, .most = most};
    double best = (double)-INFINITY;
    it.groups = ana_workspace_bytes(&workspace, 2 * most + 2, 1, sizeof *it.groups);
    it.gains = ana_workspace_doubles(&workspace, most, most);
    it.changed = ana_workspace_bytes(&workspace, most, 1, sizeof *it.changed);
    it.home = ana_workspace_sizes(&workspace, data->n_neurons, 1);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    for (size_t g = 0; g < 2 * most + 2; g++) {
        it.groups[g] = bicluster_group_new(&workspace, data);
    }
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    begin(&it, most, room);
    fit_sizes(&it, chain->size, room->block);
    for (size_t try = 0; try < N_TRIES; try++) {
        const double bound = run(&it, most, room);
        if (bound > best) {
            best = bound;
            take(&it, chain);
        }
    }
    if (!isfinite(best)) {
        status = ana_fail(ANA_ERR_NUMERIC, "bicluster: no trajectories to begin with");
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
