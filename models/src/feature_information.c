#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/feature_information.h>
#include <analysis/special.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct information_room {
    const double *n_in; /* n_classes */
    double *all;        /* n: values of classes with neighbours, rising */
    double *own;        /* n: of one class, rising */
} information_room;

/* The distance of value i from its k-th neighbour among n sorted ones, k < n. */
static double neighbour_distance(size_t n, const double *sorted, size_t i, size_t k)
{
    size_t low = i;
    size_t high = i;
    double distance = 0.0;
    for (size_t step = 0; step < k; step++) {
        const double below = low > 0 ? sorted[i] - sorted[low - 1] : HUGE_VAL;
        const double above = high + 1 < n ? sorted[high + 1] - sorted[i] : HUGE_VAL;
        distance = fmin(below, above);
        low -= below <= above ? 1 : 0;
        high += below <= above ? 0 : 1;
    }
    return distance;
}

/* How many of n sorted values are less than `limit` above the centre; with `and_equal` also those
 * that are just that. */
static size_t count_up_to(size_t n, const double *sorted, double centre, double limit,
                          bool and_equal)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const double apart = sorted[middle] - centre;
        const bool is_within = apart < limit || (and_equal && apart <= limit);
        low = is_within ? middle + 1 : low;
        high = is_within ? high : middle;
    }
    return low;
}

/* Feature f's values of one class, or with `which` n_classes of all that have neighbours; rising.
 */
static size_t gather(const ana_labelled_rows *rows, size_t f, size_t which, const double *n_in,
                     double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const size_t own = rows->classes[i];
        if (own == which || (which == rows->n_classes && n_in[own] > 1.0)) {
            out[n++] = rows->x[i * rows->d + f];
        }
    }
    qsort(out, n, sizeof *out, ana_compare_doubles);
    return n;
}

static double information_of(const ana_labelled_rows *rows, size_t f, size_t k,
                             information_room *room)
{
    const size_t n = gather(rows, f, rows->n_classes, room->n_in, room->all);
    double sum = 0.0;
    for (size_t c = 0; c < rows->n_classes; c++) {
        const size_t n_own = gather(rows, f, c, room->n_in, room->own);
        const size_t n_near = k < n_own ? k : n_own - 1;
        for (size_t i = 0; i < n_own && n_own > 1; i++) {
            /* Nearer than the k-th neighbour, or where that is as far as itself. */
            const double radius = nextafter(neighbour_distance(n_own, room->own, i, n_near), 0.0);
            const size_t within = count_up_to(n, room->all, room->own[i], radius, true) -
                                  count_up_to(n, room->all, room->own[i], -radius, false);
            sum += ana_special_digamma((double)n_near) - ana_special_digamma((double)n_own) -
                   ana_special_digamma((double)within);
        }
    }
    return n > 0 ? fmax(ana_special_digamma((double)n) + sum / (double)n, 0.0) : 0.0;
}

ana_status ana_feature_information(const ana_labelled_rows *rows, size_t k, double *information)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *n_in = ana_workspace_doubles(&workspace, rows->n_classes, 1);
    information_room room = {n_in, ana_workspace_doubles(&workspace, rows->n, 1),
                             ana_workspace_doubles(&workspace, rows->n, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "feature information"));
    ANA_TRY(ana_labelled_rows_check(rows, "feature information"));
    ANA_TRY(k > 0 ? ANA_OK
                  : ana_fail(ANA_ERR_VALUE, "feature information: 0 neighbours; 1 at least"));
    for (size_t i = 0; i < rows->n; i++) {
        n_in[rows->classes[i]] += 1.0;
    }
    for (size_t f = 0; f < rows->d; f++) {
        information[f] = information_of(rows, f, k, &room);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

ana_status ana_feature_select(size_t d, const double *information, size_t n_selected,
                              size_t *selected)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_placed *sorted = ana_workspace_bytes(&workspace, d, 1, sizeof *sorted);
    ANA_TRY(ana_workspace_check(&workspace, "feature selection"));
    if (n_selected == 0 || n_selected > d) {
        status =
            ana_fail(ANA_ERR_VALUE, "feature selection: %zu of %zu features; 1 to %zu is right",
                     n_selected, d, d);
        goto done;
    }
    for (size_t f = 0; f < d; f++) {
        sorted[f] = (ana_placed){information[f], f};
    }
    qsort(sorted, d, sizeof *sorted, ana_compare_falling);
    for (size_t f = 0; f < n_selected; f++) {
        selected[f] = sorted[f].index;
    }
    qsort(selected, n_selected, sizeof *selected, compare_sizes);
done:
    ana_workspace_release(&workspace);
    return status;
}
