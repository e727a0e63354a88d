#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct pair {
    double x;
    double y;
} pair;

static int by_x_then_y(const void *a, const void *b)
{
    const pair *p = a;
    const pair *q = b;
    int order = (p->x > q->x) - (p->x < q->x);
    return order != 0 ? order : (p->y > q->y) - (p->y < q->y);
}

ana_status ana_stats_spearman(size_t n, const double *x, const double *y, double *correlation)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *x_ranks = ana_workspace_doubles(&workspace, n, 1);
    double *y_ranks = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spearman"));
    for (size_t i = 0; i < n; i++) {
        bool complete = !isnan(x[i]) && !isnan(y[i]);
        x_ranks[i] = complete ? x[i] : (double)NAN;
        y_ranks[i] = complete ? y[i] : (double)NAN;
    }
    ANA_TRY(ana_stats_ranks(n, x_ranks, x_ranks));
    ANA_TRY(ana_stats_ranks(n, y_ranks, y_ranks));
    *correlation = ana_stats_pearson(n, x_ranks, y_ranks);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Pairs of equal neighbours: t (t - 1) / 2 for each run of t. */
static double tied_pairs(size_t n, const pair *pairs, bool by_x, bool by_y)
{
    double tied = 0.0;
    double run = 1.0;
    for (size_t i = 1; i < n; i++) {
        bool same =
            (!by_x || pairs[i].x == pairs[i - 1].x) && (!by_y || pairs[i].y == pairs[i - 1].y);
        run = same ? run + 1.0 : 1.0;
        tied += run - 1.0;
    }
    return tied;
}

/* Merge two sorted runs by y; the number of pairs that stood in the wrong order. */
static double merge(const pair *left, size_t n_left, const pair *right, size_t n_right, pair *out)
{
    double exchanges = 0.0;
    size_t i = 0;
    size_t j = 0;
    while (i < n_left || j < n_right) {
        if (j == n_right || (i < n_left && left[i].y <= right[j].y)) {
            out[i + j] = left[i];
            i++;
        } else {
            exchanges += (double)(n_left - i);
            out[i + j] = right[j];
            j++;
        }
    }
    return exchanges;
}

/* Sort by y from runs of one upwards, counting exchanges. The result is in *pairs. */
static double sort_counting(size_t n, pair **pairs, pair **other)
{
    double exchanges = 0.0;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t first = 0; first < n; first += 2 * width) {
            size_t middle = first + width < n ? first + width : n;
            size_t end = middle + width < n ? middle + width : n;
            exchanges += merge(*pairs + first, middle - first, *pairs + middle, end - middle,
                               *other + first);
        }
        pair *sorted = *other;
        *other = *pairs;
        *pairs = sorted;
    }
    return exchanges;
}

ana_status ana_stats_kendall(size_t n, const double *x, const double *y, double *tau)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    pair *pairs = ana_workspace_bytes(&workspace, n, 1, sizeof *pairs);
    pair *other = ana_workspace_bytes(&workspace, n, 1, sizeof *other);
    ANA_TRY(ana_workspace_check(&workspace, "kendall"));
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i]) && !isnan(y[i])) {
            pairs[count++] = (pair){x[i], y[i]};
        }
    }
    qsort(pairs, count, sizeof *pairs, by_x_then_y);
    double total = count > 1 ? 0.5 * (double)count * (double)(count - 1) : 0.0;
    double tied_x = tied_pairs(count, pairs, true, false);
    double tied_both = tied_pairs(count, pairs, true, true);
    double exchanges = sort_counting(count, &pairs, &other);
    double tied_y = tied_pairs(count, pairs, false, true);
    double scale = sqrt(total - tied_x) * sqrt(total - tied_y);
    double score = total - tied_x - tied_y + tied_both - 2.0 * exchanges;
    *tau = scale > 0.0 ? fmax(-1.0, fmin(1.0, score / scale)) : (double)NAN;
done:
    ana_workspace_release(&workspace);
    return status;
}
