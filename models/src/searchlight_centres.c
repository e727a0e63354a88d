/* Which channels belong to a centre: near ones, of a sphere, along edges, of a window of time. */
#include "checked.h"
#include "dense.h"
#include "memory.h"
#include "order.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/searchlight.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Room for n centres of observations with that many features; lists are added one by one. */
static ana_status new_centres(size_t n, size_t n_features, ana_centres **out)
{
    ana_status status = ANA_OK;
    ana_centres *centres = NULL;
    ANA_TRY(ana_allocate(1, sizeof *centres, "searchlight", (void *)&centres));
    centres->n_features = n_features;
    ANA_TRY(ana_allocate(n + 1, sizeof(size_t), "searchlight", (void *)&centres->start));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "searchlight", (void *)&centres->centre));
    ANA_TRY(ana_allocate(3 * n, sizeof(double), "searchlight", (void *)&centres->positions));
    *out = centres;
    centres = NULL;
done:
    ana_centres_free(centres);
    return status;
}

/* One centre more, with n channels. */
static ana_status add_centre(ana_centres *centres, size_t *capacity, size_t centre,
                             const double *position, size_t n, const size_t *features)
{
    const size_t before = centres->start[centres->n];
    ana_status status = ana_grow(&centres->features, capacity, before + n,
                                 sizeof *centres->features, "searchlight");
    if (status != ANA_OK) {
        return status;
    }
    memcpy(centres->features + before, features, n * sizeof *features);
    memcpy(centres->positions + 3 * centres->n, position, 3 * sizeof *position);
    centres->centre[centres->n] = centre;
    centres->start[++centres->n] = before + n;
    return ANA_OK;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static ana_status check_positions(size_t n, const double *positions)
{
    for (size_t i = 0; i < 3 * n; i++) {
        if (!isfinite(positions[i])) {
            return ana_fail(ANA_ERR_VALUE, "searchlight: the position of sensor %zu is not finite",
                            i / 3);
        }
    }
    return ANA_OK;
}

ana_status ana_centres_near(size_t n, const double *positions, double radius, size_t n_nearest,
                            ana_centres **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_centres *centres = NULL;
    size_t capacity = 0;
    if (n == 0 || (n_nearest == 0 && !(radius >= 0.0))) {
        return ana_fail(ANA_ERR_VALUE,
                        "searchlight: %zu sensors, radius %s, %zu neighbours; sensors and one of "
                        "the others are needed",
                        n, ana_number(radius).text, n_nearest);
    }
    ana_placed *order = ana_workspace_bytes(&workspace, n, 1, sizeof *order);
    size_t *near = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    ANA_TRY(check_positions(n, positions));
    ANA_TRY(new_centres(n, n, &centres));
    for (size_t i = 0; i < n; i++) {
        size_t n_near = 0;
        for (size_t j = 0; j < n; j++) {
            const double square = ana_squared_distance(3, positions + 3 * i, positions + 3 * j);
            order[j] = (ana_placed){j == i ? -1.0 : square, j}; /* itself first */
        }
        qsort(order, n, sizeof *order, ana_compare_rising);
        while (n_near < n &&
               (n_nearest > 0 ? n_near < n_nearest : order[n_near].value <= radius * radius)) {
            near[n_near] = order[n_near].index;
            n_near++;
        }
        qsort(near, n_near, sizeof *near, compare_sizes);
        ANA_TRY(add_centre(centres, &capacity, i, positions + 3 * i, n_near, near));
    }
    *out = centres;
    centres = NULL;
done:
    ana_centres_free(centres);
    ana_workspace_release(&workspace);
    return status;
}

/* Steps in voxels to every voxel of a sphere. */
typedef struct sphere {
    size_t n;
    int64_t *steps; /* n x 3 */
} sphere;

static ana_status make_sphere(const ana_volume *volume, double radius, ana_workspace *workspace,
                              sphere *out)
{
    int64_t reach[3];
    size_t room = 1;
    for (size_t axis = 0; axis < 3; axis++) {
        if (!(volume->size[axis] > 0.0) || !isfinite(volume->size[axis]) || !(radius >= 0.0) ||
            radius / volume->size[axis] > 1000.0) {
            return ana_fail(ANA_ERR_VALUE,
                            "searchlight: radius %s with voxels of %s; sizes above 0 and at most "
                            "1000 voxels are wanted",
                            ana_number(radius).text, ana_number(volume->size[axis]).text);
        }
        reach[axis] = (int64_t)floor(radius / volume->size[axis] + 1e-9);
        room *= (size_t)(2 * reach[axis] + 1);
    }
    out->steps = ana_workspace_bytes(workspace, room, 3, sizeof *out->steps);
    ana_status status = ana_workspace_check(workspace, "searchlight");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t k = 0; k < room; k++) {
        size_t rest = k;
        int64_t *step = out->steps + 3 * out->n;
        double square = 0.0;
        for (size_t axis = 3; axis-- > 0;) {
            const size_t width = (size_t)(2 * reach[axis] + 1);
            step[axis] = (int64_t)(rest % width) - reach[axis];
            rest /= width;
            square +=
                (double)step[axis] * volume->size[axis] * (double)step[axis] * volume->size[axis];
        }
        out->n += square <= radius * radius * (1.0 + 1e-12) ? 1 : 0;
    }
    return ANA_OK;
}

/* The voxels of mask and volume in the sphere about one; ascending, as the steps are. */
static size_t take_sphere(const ana_volume *volume, const sphere *ball, const size_t place[3],
                          size_t *out)
{
    size_t n = 0;
    for (size_t k = 0; k < ball->n; k++) {
        size_t voxel = 0;
        bool within = true;
        for (size_t axis = 0; axis < 3; axis++) {
            const int64_t at = (int64_t)place[axis] + ball->steps[3 * k + axis];
            within = within && at >= 0 && at < (int64_t)volume->shape[axis];
            voxel = voxel * volume->shape[axis] + (size_t)at;
        }
        if (within && (volume->mask == NULL || volume->mask[voxel])) {
            out[n++] = voxel;
        }
    }
    return n;
}

static ana_status count_voxels(const ana_volume *volume, size_t *n)
{
    if (!ana_multiply(volume->shape[0], volume->shape[1], n) ||
        !ana_multiply(*n, volume->shape[2], n) || *n == 0 || *n > SIZE_MAX / 16) {
        return ana_fail(ANA_ERR_VALUE, "searchlight: a volume of %zu x %zu x %zu voxels",
                        volume->shape[0], volume->shape[1], volume->shape[2]);
    }
    return ANA_OK;
}

ana_status ana_centres_volume(const ana_volume *volume, double radius, double min_fraction,
                              ana_centres **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_centres *centres = NULL;
    sphere ball = {0};
    size_t capacity = 0;
    size_t n = 0;
    ANA_TRY(count_voxels(volume, &n));
    if (!(min_fraction >= 0.0 && min_fraction <= 1.0)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "searchlight: a share of %s of the sphere; 0 to 1",
                         ana_number(min_fraction).text));
    }
    ANA_TRY(make_sphere(volume, radius, &workspace, &ball));
    size_t *voxels = ana_workspace_sizes(&workspace, ball.n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    ANA_TRY(new_centres(n, n, &centres));
    for (size_t v = 0; v < n; v++) {
        const size_t place[3] = {v / volume->shape[2] / volume->shape[1],
                                 v / volume->shape[2] % volume->shape[1], v % volume->shape[2]};
        const double position[3] = {(double)place[0] * volume->size[0],
                                    (double)place[1] * volume->size[1],
                                    (double)place[2] * volume->size[2]};
        if (volume->mask != NULL && !volume->mask[v]) {
            continue;
        }
        const size_t n_taken = take_sphere(volume, &ball, place, voxels);
        if ((double)n_taken >= min_fraction * (double)ball.n) {
            ANA_TRY(add_centre(centres, &capacity, v, position, n_taken, voxels));
        }
    }
    if (centres->n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "searchlight: no voxel of the mask has %s of a sphere of %zu voxels "
                         "within it",
                         ana_number(min_fraction).text, ball.n));
    }
    *out = centres;
    centres = NULL;
done:
    ana_centres_free(centres);
    ana_workspace_release(&workspace);
    return status;
}

/* Who is joined with whom, in either direction: neighbours[start[i]] ... */
typedef struct neighbours {
    size_t *start;
    size_t *of;
} neighbours;

static ana_status join(size_t n, size_t n_edges, const size_t *from, const size_t *to,
                       ana_workspace *workspace, neighbours *out)
{
    out->start = ana_workspace_sizes(workspace, n + 2, 1);
    out->of = ana_workspace_sizes(workspace, n_edges, 2);
    ana_status status = ana_workspace_check(workspace, "searchlight");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t e = 0; e < n_edges; e++) {
        if (from[e] >= n || to[e] >= n) {
            return ana_fail(ANA_ERR_VALUE,
                            "searchlight: edge %zu joins %zu and %zu, but there are %zu nodes", e,
                            from[e], to[e], n);
        }
        out->start[from[e] + 2]++;
        out->start[to[e] + 2]++;
    }
    for (size_t i = 2; i < n + 2; i++) {
        out->start[i] += out->start[i - 1];
    }
    for (size_t e = 0; e < n_edges; e++) { /* start[i + 1] moves on to its end */
        out->of[out->start[from[e] + 1]++] = to[e];
        out->of[out->start[to[e] + 1]++] = from[e];
    }
    return ANA_OK;
}

/* Nodes within `steps` of one, ascending; `seen` tells who was met from where. */
static size_t walk(const neighbours *graph, size_t node, size_t steps, size_t *seen, size_t *out)
{
    size_t n = 1;
    size_t first = 0;
    out[0] = node;
    seen[node] = node + 1;
    for (size_t s = 0; s < steps && first < n; s++) {
        const size_t last = n;
        for (; first < last; first++) {
            for (size_t e = graph->start[out[first]]; e < graph->start[out[first] + 1]; e++) {
                const size_t next = graph->of[e];
                if (seen[next] != node + 1) {
                    seen[next] = node + 1;
                    out[n++] = next;
                }
            }
        }
    }
    qsort(out, n, sizeof *out, compare_sizes);
    return n;
}

ana_status ana_centres_graph(size_t n, size_t n_edges, const size_t *from, const size_t *to,
                             size_t steps, ana_centres **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_centres *centres = NULL;
    neighbours graph = {0};
    size_t capacity = 0;
    const double nowhere[3] = {NAN, NAN, NAN};
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "searchlight: a graph without nodes");
    }
    size_t *seen = ana_workspace_sizes(&workspace, n, 1);
    size_t *near = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    ANA_TRY(join(n, n_edges, from, to, &workspace, &graph));
    ANA_TRY(new_centres(n, n, &centres));
    for (size_t i = 0; i < n; i++) {
        const size_t n_near = walk(&graph, i, steps, seen, near);
        ANA_TRY(add_centre(centres, &capacity, i, nowhere, n_near, near));
    }
    *out = centres;
    centres = NULL;
done:
    ana_centres_free(centres);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_centres_by_times(const ana_centres *channels, size_t n_times, size_t width,
                                ana_centres **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_centres *centres = NULL;
    size_t capacity = 0;
    size_t n_features = 0;
    size_t n = 0;
    if (width == 0 || width > n_times ||
        !ana_multiply(n_times, channels->n_features, &n_features) ||
        !ana_multiply(n_times - width + 1, channels->n, &n)) {
        return ana_fail(ANA_ERR_VALUE, "searchlight: windows of %zu of %zu bins", width, n_times);
    }
    size_t *taken = ana_workspace_sizes(&workspace, width, channels->n_features);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    ANA_TRY(new_centres(n, n_features, &centres));
    for (size_t first = 0; first + width <= n_times; first++) {
        for (size_t c = 0; c < channels->n; c++) {
            size_t n_taken = 0;
            for (size_t t = first; t < first + width; t++) {
                for (size_t k = channels->start[c]; k < channels->start[c + 1]; k++) {
                    taken[n_taken++] = t * channels->n_features + channels->features[k];
                }
            }
            ANA_TRY(add_centre(centres, &capacity, channels->centre[c], channels->positions + 3 * c,
                               n_taken, taken));
        }
    }
    *out = centres;
    centres = NULL;
done:
    ana_centres_free(centres);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_centres_times(size_t n_times, size_t n_channels, size_t width, ana_centres **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t start[2] = {0, n_channels};
    size_t whole = 0;
    double nowhere[3] = {NAN, NAN, NAN};
    size_t *features = ana_workspace_sizes(&workspace, n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    for (size_t c = 0; c < n_channels; c++) {
        features[c] = c;
    }
    const ana_centres all = {.n = 1,
                             .n_features = n_channels,
                             .start = start,
                             .features = features,
                             .centre = &whole,
                             .positions = nowhere};
    ANA_TRY(ana_centres_by_times(&all, n_times, width, out));
    for (size_t w = 0; w < (*out)->n; w++) {
        (*out)->centre[w] = w;
        (*out)->positions[3 * w] = (double)w + 0.5 * (double)(width - 1);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_centres_free(ana_centres *centres)
{
    if (centres == NULL) {
        return;
    }
    free(centres->start);
    free(centres->features);
    free(centres->centre);
    free(centres->positions);
    free(centres);
}
