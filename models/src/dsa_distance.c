/* Distances of dynamics: scaled, searched for by many starts at once, and bounded from below. */
#include "dense.h"
#include "dsa_parts.h"
#include "eigenvalues.h"
#include "try.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/transport.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Starts that found the same distance to this agree. */
static const double agreement = 1e-6;

enum {
    BLOCK = 32 /* searches between two reports of progress */
};

/* Dynamics of norm 1 with what bounds its distance from others. */
typedef struct scaled {
    double *a;         /* n x n */
    double norm;       /* before */
    double largest;    /* singular value */
    double *symmetric; /* n eigenvalues of the symmetric part, ascending */
    double *skew;      /* n singular values of the skew part, descending */
} scaled;

static ana_status scale(size_t n, const double *from, ana_workspace *workspace, scaled *out)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    double *part = ana_workspace_doubles(&own, n, n);
    double *u = ana_workspace_doubles(&own, n, n);
    double *vt = ana_workspace_doubles(&own, n, n);
    *out = (scaled){.a = ana_workspace_doubles(workspace, n, n),
                    .norm = sqrt(ana_dot(n * n, from, from)),
                    .symmetric = ana_workspace_doubles(workspace, n, 1),
                    .skew = ana_workspace_doubles(workspace, n, 1)};
    ANA_TRY(ana_workspace_check(&own, "dsa"));
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    if (!(out->norm > 0.0) || !isfinite(out->norm)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "dsa: dynamics that are all 0, or not finite"));
    }
    for (size_t i = 0; i < n * n; i++) {
        out->a[i] = from[i] / out->norm;
    }
    ANA_TRY(ana_linalg_svd(n, n, out->a, u, out->skew, vt));
    out->largest = out->skew[0];
    for (size_t i = 0; i < n * n; i++) {
        part[i] = 0.5 * (out->a[i] + out->a[i % n * n + i / n]);
    }
    ANA_TRY(ana_linalg_eigen_symmetric(n, part, out->symmetric, NULL));
    for (size_t i = 0; i < n * n; i++) {
        part[i] = 0.5 * (out->a[i] - out->a[i % n * n + i / n]);
    }
    ANA_TRY(ana_linalg_svd(n, n, part, u, out->skew, vt));
done:
    ana_workspace_release(&own);
    return status;
}

/* The measure, for dynamics of unit norm whose best distance is d. */
static double measured(double d, const scaled *a, const scaled *b, const ana_dsa_options *options)
{
    if (options->measure == ANA_DSA_ANGULAR) {
        return 2.0 * asin(fmin(0.5 * d, 1.0));
    }
    if (options->unscaled) {
        const double between = a->norm - b->norm;
        return sqrt(between * between + a->norm * b->norm * d * d);
    }
    return d;
}

static double bound(size_t n, const scaled *a, const scaled *b)
{
    return sqrt(ana_squared_distance(n, a->symmetric, b->symmetric) +
                ana_squared_distance(n, a->skew, b->skew));
}

/* The searches of all pairs, a round of starts at a time. */
typedef struct searches {
    size_t n;
    const scaled *both; /* two for each pair */
    const ana_dsa_options *options;
    size_t most;       /* starts of a pair */
    double *distances; /* n_pairs x most */
    size_t *n_done;    /* n_pairs */
    size_t n_open;
    size_t *open;         /* pairs whose best was not found often enough */
    ana_status *statuses; /* of a round */
} searches;

static ana_status run_search(const searches *s, size_t pair, size_t start, double *basis)
{
    const scaled *a = &s->both[2 * pair];
    const scaled *b = a + 1;
    double square = 0.0;
    const ana_dsa_task task = {.n = s->n,
                               .a = a->a,
                               .b = b->a,
                               .push = 2.0 * (1.0 + 1e-6) * a->largest * b->largest,
                               .seed = s->options->run.seed,
                               .start = start};
    const ana_status status = ana_dsa_search(&task, basis, &square);
    s->distances[pair * s->most + start] = sqrt(square);
    return status;
}

/* Item i of a round. */
static ana_status run_item(const searches *s, size_t i)
{
    const size_t pair = s->open[i / s->options->n_starts];
    return run_search(s, pair, s->n_done[pair] + i % s->options->n_starts, NULL);
}

static void run_block(const searches *s, size_t first, size_t stop, int n_threads)
{
#pragma omp parallel for default(none) shared(s, first, stop) num_threads(n_threads)               \
    schedule(dynamic, 1)
    for (size_t i = first; i < stop; i++) {
        s->statuses[i] = run_item(s, i);
    }
}

static ana_status run_round(const searches *s, size_t n_pairs, const char *what)
{
    ana_status status = ANA_OK;
    const size_t n_starts = s->options->n_starts;
    const size_t n_items = s->n_open * n_starts;
    const int n_threads = ana_run_threads(&s->options->run, n_items);
    for (size_t first = 0; first < n_items; first += BLOCK) {
        const size_t stop = n_items - first < BLOCK ? n_items : first + BLOCK;
        const size_t n_settled = n_pairs - s->n_open;
        if (what != NULL) {
            ANA_TRY(ana_run_progress(&s->options->run, what, n_settled, n_pairs));
        }
        run_block(s, first, stop, n_threads);
        for (size_t i = first; i < stop; i++) {
            if (s->statuses[i] != ANA_OK) { /* for the sentence, in this thread */
                const ana_status again = run_item(s, i);
                ANA_TRY(again != ANA_OK ? again
                                        : ana_fail(s->statuses[i], "dsa: search %zu failed", i));
            }
        }
    }
done:
    return status;
}

/* The best of a pair's starts; *best: which. */
static ana_dsa_match summarise(const searches *s, size_t pair, size_t *best)
{
    const scaled *a = &s->both[2 * pair];
    const scaled *b = a + 1;
    const double *found = s->distances + pair * s->most;
    ana_dsa_match match = {.n_starts = s->n_done[pair]};
    double most = found[0];
    *best = 0;
    for (size_t i = 1; i < match.n_starts; i++) {
        *best = found[i] < found[*best] ? i : *best;
        most = fmax(most, found[i]);
    }
    for (size_t i = 0; i < match.n_starts; i++) {
        match.n_agreeing += found[i] <= found[*best] + agreement ? 1 : 0;
    }
    match.distance = measured(found[*best], a, b, s->options);
    match.spread = measured(most, a, b, s->options) - match.distance;
    match.lower_bound = fmin(measured(bound(s->n, a, b), a, b, s->options), match.distance);
    return match;
}

/* Rounds until the best of each pair was found often enough. */
static ana_status run_searches(searches *s, size_t n_pairs, const char *what,
                               ana_dsa_match *matches, size_t *best)
{
    ana_status status = ANA_OK;
    while (s->n_open > 0) {
        size_t n_left = 0;
        ANA_TRY(run_round(s, n_pairs, what));
        for (size_t k = 0; k < s->n_open; k++) {
            const size_t pair = s->open[k];
            s->n_done[pair] += s->options->n_starts;
            matches[pair] = summarise(s, pair, best);
            if (matches[pair].n_agreeing < s->options->n_agreeing && s->n_done[pair] < s->most) {
                s->open[n_left++] = pair;
            }
        }
        s->n_open = n_left;
    }
    if (what != NULL) {
        ANA_TRY(ana_run_progress(&s->options->run, what, n_pairs, n_pairs));
    }
done:
    return status;
}

static ana_status match_by_search(size_t rank, size_t n_pairs, const ana_dsa_pair *pairs,
                                  const ana_dsa_options *options, const char *what, double *basis,
                                  ana_dsa_match *matches)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_starts = options->n_starts;
    const size_t n_rounds = (options->max_starts + n_starts - 1) / n_starts;
    scaled *both = ana_workspace_bytes(&workspace, n_pairs, 2, sizeof *both);
    size_t best = 0;
    searches all = {.n = rank, .both = both, .options = options, .n_open = n_pairs};
    all.most = n_rounds > 0 ? n_rounds * n_starts : n_starts;
    all.distances = ana_workspace_doubles(&workspace, n_pairs, all.most);
    all.n_done = ana_workspace_sizes(&workspace, n_pairs, 1);
    all.open = ana_workspace_sizes(&workspace, n_pairs, 1);
    all.statuses = ana_workspace_bytes(&workspace, n_pairs, n_starts, sizeof *all.statuses);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t p = 0; p < n_pairs; p++) {
        all.open[p] = p;
        ANA_TRY(scale(rank, pairs[p].a, &workspace, &both[2 * p]));
        ANA_TRY(scale(rank, pairs[p].b, &workspace, &both[2 * p + 1]));
    }
    ANA_TRY(run_searches(&all, n_pairs, what, matches, &best));
    if (basis != NULL) { /* of the only pair */
        ANA_TRY(run_search(&all, 0, best, basis));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status match_by_eigenvalues(size_t rank, const ana_dsa_pair *pair, ana_dsa_match *match)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *a = ana_workspace_doubles(&workspace, rank, 2);
    double *b = ana_workspace_doubles(&workspace, rank, 2);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(ana_linalg_eigenvalues(rank, pair->a, a));
    ANA_TRY(ana_linalg_eigenvalues(rank, pair->b, b));
    *match = (ana_dsa_match){.n_starts = 1, .n_agreeing = 1};
    ANA_TRY(ana_dsa_eigenvalue_distance(rank, a, rank, b, &match->distance));
    match->lower_bound = match->distance;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_dsa_match_pairs(size_t rank, size_t n_pairs, const ana_dsa_pair *pairs,
                               const ana_dsa_options *options, const char *what,
                               ana_dsa_match *matches)
{
    ana_status status = ANA_OK;
    if (options->measure != ANA_DSA_EIGENVALUES) {
        return match_by_search(rank, n_pairs, pairs, options, what, NULL, matches);
    }
    for (size_t p = 0; p < n_pairs; p++) {
        ANA_TRY(match_by_eigenvalues(rank, &pairs[p], &matches[p]));
    }
done:
    return status;
}

ana_status ana_dsa_match_dynamics(size_t rank, const double *a, const double *b,
                                  const ana_dsa_options *options, double *basis, ana_dsa_match *out)
{
    ana_status status = ANA_OK;
    const ana_dsa_options settings = options != NULL ? *options : ana_dsa_options_default();
    const ana_dsa_pair pair = {a, b};
    ANA_TRY(ana_options_check(ana_dsa_option_table, &settings, "dsa"));
    if (rank == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "dsa: dynamics of rank 0"));
    }
    status = settings.measure == ANA_DSA_EIGENVALUES
                 ? match_by_eigenvalues(rank, &pair, out)
                 : match_by_search(rank, 1, &pair, &settings, NULL, basis, out);
done:
    return status;
}

ana_status ana_dsa_eigenvalue_distance(size_t n, const double *a, size_t m, const double *b,
                                       double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_moves = 0;
    double total = 0.0;
    if (n == 0 || m == 0) {
        return ana_fail(ANA_ERR_VALUE, "dsa: %zu and %zu eigenvalues; one of each is needed", n, m);
    }
    double *cost = ana_workspace_doubles(&workspace, n, m);
    size_t *columns = ana_workspace_sizes(&workspace, n, 1);
    ana_transport_move *moves = ana_workspace_bytes(&workspace, n + m, 1, sizeof *moves);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t i = 0; i < n * m; i++) {
        cost[i] = ana_squared_distance(2, a + 2 * (i / m), b + 2 * (i % m));
        if (!isfinite(cost[i])) {
            ANA_TRY(
                ana_fail(ANA_ERR_VALUE, "dsa: eigenvalue %zu or %zu is not finite", i / m, i % m));
        }
    }
    if (n == m) {
        ANA_TRY(ana_assignment_solve(n, n, cost, columns, &total));
        total /= (double)n;
    } else {
        ANA_TRY(ana_transport_solve(n, m, cost, moves, &n_moves, &total));
    }
    *out = sqrt(fmax(total, 0.0));
done:
    ana_workspace_release(&workspace);
    return status;
}
