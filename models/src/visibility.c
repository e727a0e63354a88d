#include "constants.h"
#include "memory.h"
#include "orientation.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/visibility.h>

#include <math.h>
#include <stdlib.h>

static const char *const kind_names[] = {"natural", "horizontal", NULL};
static const char *const weight_names[] = {"one", "duration", "slope", "angle", NULL};

ana_visibility_options ana_visibility_options_default(void)
{
    return (ana_visibility_options){.run = ana_run_default(), .view_angle = ANA_PI};
}

const ana_option ana_visibility_option_table[] = {
    {"visibility", ANA_OPTION_CHOICE, offsetof(ana_visibility_options, kind), 0, 0, kind_names,
     "KIND", "natural: by straight lines; horizontal: by height alone", false},
    {"edge-weight", ANA_OPTION_CHOICE, offsetof(ana_visibility_options, weight), 0, 0, weight_names,
     "WEIGHT", "of an edge: one, its duration, slope or angle (radians)", false},
    {"directed", ANA_OPTION_BOOL, offsetof(ana_visibility_options, directed), 0, 0, NULL, NULL,
     "edges lead from the earlier to the later sample", false},
    {"view-window", ANA_OPTION_SIZE, offsetof(ana_visibility_options, window), 0, 1e15, NULL,
     "SAMPLES", "longest span of an edge; 0: any", false},
    {"view-angle", ANA_OPTION_DOUBLE, offsetof(ana_visibility_options, view_angle), 0, ANA_PI, NULL,
     "RADIANS", "edges within this angle from straight down; pi: all", false},
    ANA_OPTION_END,
};

/* A series, and the edges found in it. */
typedef struct landscape {
    size_t n;
    const double *points; /* n x 2: time, value */
    const ana_visibility_options *options;
    size_t most; /* edges that fit the memory */
    size_t n_edges;
    size_t from_capacity;
    size_t to_capacity;
    size_t *from;
    size_t *to;
} landscape;

static double slope_of(const landscape *view, size_t i, size_t j)
{
    const double *a = view->points + 2 * i;
    const double *b = view->points + 2 * j;
    return (b[1] - a[1]) / (b[0] - a[0]);
}

/* i < j see each other. */
static ana_status add_edge(landscape *view, size_t i, size_t j)
{
    ana_status status = ANA_OK;
    const ana_visibility_options *options = view->options;
    if ((options->window > 0 && j - i > options->window) ||
        (options->view_angle < ANA_PI &&
         ANA_PI / 2.0 + atan(slope_of(view, i, j)) >= options->view_angle)) {
        return ANA_OK;
    }
    if (view->n_edges == view->most) {
        return ana_fail(ANA_ERR_LIMIT,
                        "visibility: more than %zu edges; give a shorter series, a window or more "
                        "memory",
                        view->most);
    }
    ANA_TRY(ana_grow(&view->from, &view->from_capacity, view->n_edges + 1, sizeof(size_t),
                     "visibility"));
    ANA_TRY(
        ana_grow(&view->to, &view->to_capacity, view->n_edges + 1, sizeof(size_t), "visibility"));
    view->from[view->n_edges] = i;
    view->to[view->n_edges++] = j;
done:
    return status;
}

/* Samples that see each other at their own height: those waiting are ever lower. */
static ana_status look_horizontally(landscape *view, size_t *waiting)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    for (size_t j = 0; j < view->n; j++) {
        const double height = view->points[2 * j + 1];
        while (n > 0 && view->points[2 * waiting[n - 1] + 1] < height) {
            ANA_TRY(add_edge(view, waiting[--n], j));
        }
        if (n > 0) {
            ANA_TRY(add_edge(view, waiting[n - 1], j));
            n -= view->points[2 * waiting[n - 1] + 1] == height ? 1 : 0;
        }
        waiting[n++] = j;
    }
done:
    return status;
}

/* What the highest sample of rows first ... last - 1 sees. The horizon is the last one seen. */
static ana_status look_around(landscape *view, size_t first, size_t last, size_t highest)
{
    ana_status status = ANA_OK;
    const double *points = view->points;
    const size_t reach = view->options->window > 0 ? view->options->window : view->n;
    const double *eye = points + 2 * highest;
    const double *horizon = NULL;
    for (size_t j = highest + 1; j < last && j - highest <= reach; j++) {
        const double *point = points + 2 * j;
        if (horizon == NULL || ana_orientation(eye, horizon, point) > 0) {
            ANA_TRY(add_edge(view, highest, j));
            horizon = point;
        }
    }
    horizon = NULL;
    for (size_t i = highest; i > first && highest - (i - 1) <= reach; i--) {
        const double *point = points + 2 * (i - 1);
        /* Both differences of time are negative: the sign of the product is the same. */
        if (horizon == NULL || ana_orientation(eye, horizon, point) < 0) {
            ANA_TRY(add_edge(view, i - 1, highest));
            horizon = point;
        }
    }
done:
    return status;
}

static size_t find_highest(const landscape *view, size_t first, size_t last)
{
    size_t highest = first;
    for (size_t i = first + 1; i < last; i++) {
        highest = view->points[2 * i + 1] > view->points[2 * highest + 1] ? i : highest;
    }
    return highest;
}

/* No edge passes over the highest sample of a stretch: its sides are looked at by themselves. The
 * larger side waits, so that at most log2(n) do. */
static ana_status look_naturally(landscape *view)
{
    ana_status status = ANA_OK;
    size_t waiting[64][2] = {{0}};
    size_t n = 0;
    waiting[n][0] = 0;
    waiting[n++][1] = view->n;
    while (n > 0) {
        size_t first = waiting[n - 1][0];
        size_t last = waiting[--n][1];
        while (last - first > 1) {
            size_t highest = find_highest(view, first, last);
            ANA_TRY(look_around(view, first, last, highest));
            bool left_is_larger = highest - first > last - highest - 1;
            waiting[n][0] = left_is_larger ? first : highest + 1;
            waiting[n++][1] = left_is_larger ? highest : last;
            first = left_is_larger ? highest + 1 : first;
            last = left_is_larger ? last : highest;
        }
    }
done:
    return status;
}

static double weight_of(const landscape *view, size_t i, size_t j)
{
    switch (view->options->weight) {
    case ANA_VISIBILITY_DURATION:
        return view->points[2 * j] - view->points[2 * i];
    case ANA_VISIBILITY_SLOPE:
        return slope_of(view, i, j);
    case ANA_VISIBILITY_ANGLE:
        return atan(slope_of(view, i, j));
    case ANA_VISIBILITY_ONE:
    default:
        return 1.0;
    }
}

static ana_status fill_points(size_t n, const double *times, const double *values, double *points)
{
    for (size_t i = 0; i < n; i++) {
        points[2 * i] = times != NULL ? times[i] : (double)i;
        points[2 * i + 1] = values[i];
        if (!isfinite(points[2 * i]) || !isfinite(values[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "visibility: sample %zu is missing or not finite; cut the series there",
                            i);
        }
        if (i > 0 && !(points[2 * i] > points[2 * i - 2])) {
            return ana_fail(ANA_ERR_VALUE,
                            "visibility: sample %zu at time %g is not later than the one before", i,
                            points[2 * i]);
        }
    }
    return ANA_OK;
}

ana_status ana_visibility_graph(size_t n, const double *times, const double *values,
                                const ana_visibility_options *given, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_visibility_options options = given != NULL ? *given : ana_visibility_options_default();
    landscape view = {.n = n, .options = &options};
    double *points = ana_workspace_doubles(&workspace, n, 2);
    size_t *waiting = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "visibility"));
    ANA_TRY(ana_options_check(ana_visibility_option_table, &options, "visibility"));
    ANA_TRY(fill_points(n, times, values, points));
    view.points = points;
    view.most = ana_run_memory_limit(&options.run) / (16 * sizeof(size_t));
    ANA_TRY(options.kind == ANA_VISIBILITY_HORIZONTAL ? look_horizontally(&view, waiting)
                                                      : look_naturally(&view));
    double *weights = ana_workspace_doubles(&workspace, view.n_edges, 1);
    ANA_TRY(ana_workspace_check(&workspace, "visibility"));
    for (size_t e = 0; e < view.n_edges; e++) {
        weights[e] = weight_of(&view, view.from[e], view.to[e]);
    }
    const ana_edge_list list = {n, view.n_edges, view.from, view.to, 1, weights, options.directed};
    ANA_TRY(ana_graph_new(&list, out));
done:
    free(view.from);
    free(view.to);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_visibility_irreversibility(const ana_graph *graph, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = graph->n_nodes;
    double sum = 0.0;
    if (!graph->directed) {
        return ana_fail(ANA_ERR_VALUE, "visibility: irreversibility needs a directed graph");
    }
    size_t *forward = ana_workspace_sizes(&workspace, n + 1, 1); /* nodes with so many later ones */
    size_t *backward = ana_workspace_sizes(&workspace, n + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "visibility"));
    for (size_t i = 0; i < n; i++) {
        forward[graph->out_start[i + 1] - graph->out_start[i]]++;
        backward[graph->in_start[i + 1] - graph->in_start[i]]++;
    }
    for (size_t k = 0; k <= n; k++) {
        if (forward[k] > 0 && backward[k] > 0) {
            double p = (double)forward[k] / (double)n;
            sum += p * log((double)forward[k] / (double)backward[k]);
        }
    }
    *out = sum;
done:
    ana_workspace_release(&workspace);
    return status;
}
