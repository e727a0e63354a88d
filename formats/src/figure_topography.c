#include "chart.h"
#include "constants.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>

#define GRID ((size_t)96) /* pixels along a side of the interpolated image */
#define RIM ((size_t)180) /* corners of the circle that cuts it */

static const size_t most_names = 72; /* more would hide the map */
static const double same_place = 1e-6;
static const double least_reach = 0.3; /* head radii from an electrode that are coloured; */
static const double most_reach = 1.0;  /* in between, twice the way to the next electrode */
static const double outside = 1.13;    /* radius of head and nose, in head radii */
static const double name_size = 10.0;

typedef struct topography_data {
    ana_values values, position;
    size_t n;          /* electrodes with a value */
    double *x, *y, *v; /* theirs: head radii, nose towards +y */
    double *w;         /* weights of their splines */
    double mean;
    size_t n_all;
    double *all_x, *all_y; /* of all electrodes */
    double squeeze;        /* below 1 when electrodes are beyond the rim of the head */
    double cx, cy, radius; /* of the head, pixels */
    double *field;         /* GRID x GRID from the top left */
} topography_data;

/* Head seen from above: 3-D positions by their angle from the vertex, the equator at radius 1. */
static void project(const ana_values *position, size_t i, double *x, double *y)
{
    *x = ana_value(position, i * position->columns);
    *y = ana_value(position, i * position->columns + 1);
    if (position->columns == 3) {
        double z = ana_value(position, i * 3 + 2);
        double across = hypot(*x, *y);
        double radius = atan2(across, z) / (ANA_PI / 2.0);
        double scale = across > 0.0 ? radius / across : 0.0;
        *x *= scale;
        *y *= scale;
    }
}

/* Adds a value; electrodes at one place share their mean. */
static void add_electrode(topography_data *map, size_t *shared, double x, double y, double value)
{
    for (size_t i = 0; i < map->n; i++) {
        if (hypot(map->x[i] - x, map->y[i] - y) < same_place) {
            shared[i]++;
            map->v[i] += (value - map->v[i]) / (double)shared[i];
            return;
        }
    }
    map->x[map->n] = x;
    map->y[map->n] = y;
    map->v[map->n] = value;
    shared[map->n++] = 1;
}

static ana_status read_topography(ana_figure *figure, topography_data *map)
{
    const size_t n = map->values.n;
    map->x = ana_workspace_doubles(&figure->workspace, n, 6);
    map->field = ana_workspace_doubles(&figure->workspace, GRID, GRID);
    size_t *shared = ana_workspace_sizes(&figure->workspace, n, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    map->y = map->x + n;
    map->v = map->y + n;
    map->w = map->v + n;
    map->all_x = map->w + n;
    map->all_y = map->all_x + n;
    double farthest = 1.0;
    for (size_t i = 0; i < n; i++) {
        double x = 0.0;
        double y = 0.0;
        project(&map->position, i, &x, &y);
        farthest = isfinite(x) && isfinite(y) ? fmax(farthest, 1.03 * hypot(x, y)) : farthest;
    }
    map->squeeze = 1.0 / farthest;
    for (size_t i = 0; i < n; i++) {
        double x = 0.0;
        double y = 0.0;
        project(&map->position, i, &x, &y);
        if (!isfinite(x) || !isfinite(y)) {
            continue;
        }
        x *= map->squeeze;
        y *= map->squeeze;
        map->all_x[map->n_all] = x;
        map->all_y[map->n_all++] = y;
        double value = ana_value(&map->values, i);
        if (fabs(value) <= 1e300) {
            add_electrode(map, shared, x, y, value);
        }
    }
    return ANA_OK;
}

/* Green's function of the biharmonic equation in the plane. */
static double spline(double dx, double dy)
{
    double square = dx * dx + dy * dy;
    return square > 0.0 ? square * (0.5 * log(square) - 1.0) : 0.0;
}

/* Weights with which the splines pass through all values; Sandwell (1987), Geophys. Res. Lett. 14,
 * 139-142, about the mean. Electrodes that leave the system singular (a single one) get none. */
static ana_status solve_weights(ana_figure *figure, topography_data *map)
{
    const size_t n = map->n;
    double *a = ana_workspace_doubles(&figure->workspace, n, n);
    double *rest = ana_workspace_doubles(&figure->workspace, n, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    map->mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        map->mean += map->v[i] / (double)n;
    }
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        rest[i] = map->v[i] - map->mean;
        largest = fmax(largest, fabs(rest[i]));
        for (size_t j = 0; j < n; j++) {
            a[i * n + j] = spline(map->x[i] - map->x[j], map->y[i] - map->y[j]);
        }
    }
    status = largest > 0.0 ? ana_linalg_solve(n, a, 1, rest, map->w, NULL) : ANA_OK;
    if (status == ANA_ERR_NUMERIC) {
        for (size_t i = 0; i < n; i++) {
            map->w[i] = 0.0;
        }
        status = ANA_OK;
    }
    return status;
}

static double nearest_electrode(const topography_data *map, double x, double y, size_t but)
{
    double nearest = INFINITY;
    for (size_t i = 0; i < map->n; i++) {
        nearest = i != but ? fmin(nearest, hypot(x - map->x[i], y - map->y[i])) : nearest;
    }
    return nearest;
}

/* How far from electrodes the map says something: twice the median way to the next electrode. */
static ana_status find_reach(ana_figure *figure, const topography_data *map, double *reach)
{
    static const double half = 0.5;
    double *ways = ana_workspace_doubles(&figure->workspace, map->n, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    *reach = most_reach;
    for (size_t i = 0; i < map->n && status == ANA_OK; i++) {
        ways[i] = nearest_electrode(map, map->x[i], map->y[i], i);
    }
    if (status == ANA_OK && map->n > 1) {
        double median = 0.0;
        status = ana_stats_quantiles(map->n, ways, 1, &half, &median);
        *reach = fmin(fmax(2.0 * median, least_reach), most_reach);
    }
    return status;
}

/* Nothing is told where no electrode is near. */
static void leave_blank(ana_figure *figure, topography_data *map, double reach)
{
    bool any = false;
    for (size_t k = 0; k < GRID * GRID; k++) {
        const size_t row = k / GRID;
        const double y = 1.0 - 2.0 * ((double)row + 0.5) / (double)GRID;
        const double x = 2.0 * ((double)(k % GRID) + 0.5) / (double)GRID - 1.0;
        if (hypot(x, y) < 1.05 && nearest_electrode(map, x, y, map->n) > reach) {
            map->field[k] = (double)NAN;
            any = any || hypot(x, y) < 0.97;
        }
    }
    if (any) {
        snprintf(figure->note, sizeof figure->note, "Blank: no electrode is near.");
    }
}

static void interpolate(topography_data *map)
{
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < map->n; i++) {
        ana_range_add(&range, map->v[i]);
    }
    for (size_t row = 0; row < GRID; row++) {
        double y = 1.0 - 2.0 * ((double)row + 0.5) / (double)GRID;
        for (size_t column = 0; column < GRID; column++) {
            double x = 2.0 * ((double)column + 0.5) / (double)GRID - 1.0;
            double sum = map->mean;
            for (size_t i = 0; i < map->n; i++) {
                sum += map->w[i] * spline(x - map->x[i], y - map->y[i]);
            }
            /* Beyond the outermost electrodes splines run away: no more than was measured. */
            map->field[row * GRID + column] = fmin(fmax(sum, range.low), range.high);
        }
    }
}

static double pixel_x(const topography_data *map, double x)
{
    return map->cx + x * map->radius;
}

static double pixel_y(const topography_data *map, double y)
{
    return map->cy - y * map->radius;
}

/* Where the level crosses between two neighbours of the field, as a part of the way. */
static double crossing(double a, double b, double level)
{
    return (level - a) / (b - a);
}

/* The pieces of one contour within one square of four neighbours (marching squares). */
static void contour_square(ana_svg *svg, const topography_data *map, size_t row, size_t column,
                           double level)
{
    const double *at = map->field + row * GRID + column;
    const double corners[4] = {at[0], at[1], at[GRID + 1], at[GRID]}; /* clockwise */
    static const double dx[4] = {0.0, 1.0, 1.0, 0.0};
    static const double dy[4] = {0.0, 0.0, 1.0, 1.0};
    const double step = 2.0 * map->radius / (double)GRID;
    const double x0 = map->cx - map->radius + ((double)column + 0.5) * step;
    const double y0 = map->cy - map->radius + ((double)row + 0.5) * step;
    int n = 0;
    if (isnan(corners[0] + corners[1] + corners[2] + corners[3])) {
        return;
    }
    for (size_t side = 0; side < 4; side++) {
        size_t next = (side + 1) % 4;
        if ((corners[side] < level) == (corners[next] < level)) {
            continue;
        }
        double part = crossing(corners[side], corners[next], level);
        double x = x0 + step * (dx[side] + part * (dx[next] - dx[side]));
        double y = y0 + step * (dy[side] + part * (dy[next] - dy[side]));
        if (n++ % 2 == 0) {
            ana_svg_move(svg, x, y);
        } else {
            ana_svg_line_to(svg, x, y);
        }
    }
}

static void draw_contours(ana_figure *figure, const topography_data *map, const ana_colour_bar *bar)
{
    ana_ticks levels;
    ana_ticks_make(&bar->scale, 9, &levels);
    ana_svg_path_open(&figure->svg);
    for (size_t i = 0; i < levels.n; i++) {
        for (size_t row = 0; row + 1 < GRID; row++) {
            for (size_t column = 0; column + 1 < GRID; column++) {
                contour_square(&figure->svg, map, row, column, levels.tick[i].value);
            }
        }
    }
    ana_svg_path_paint(&figure->svg, (ana_paint){.stroke = ANA_INK_CONTOUR, .opacity = 0.45});
}

static void draw_field(ana_figure *figure, const topography_data *map, const ana_colour_bar *bar)
{
    unsigned char pixels[GRID * GRID];
    ana_image image = {.width = GRID, .height = GRID, .pixels = pixels};
    for (size_t i = 0; i < GRID * GRID; i++) {
        pixels[i] = ana_colour_index(bar, map->field[i]);
    }
    ana_colour_palette(bar, image.palette);
    const double half = map->radius;
    const ana_box box = {map->cx - half, map->cy - half, 2.0 * half, 2.0 * half};
    ana_figure_image(figure, box, &image, true);
    draw_contours(figure, map, bar);
    /* Paper over all that is outside the circle: a square less a circle wound the other way. */
    ana_svg *svg = &figure->svg;
    ana_svg_path_open(svg);
    ana_svg_move(svg, box.x - 1.0, box.y - 1.0);
    ana_svg_across(svg, box.width + 2.0);
    ana_svg_down(svg, box.height + 2.0);
    ana_svg_across(svg, -box.width - 2.0);
    ana_svg_close(svg);
    for (size_t i = 0; i < RIM; i++) {
        double angle = -2.0 * ANA_PI * (double)i / (double)RIM;
        double x = map->cx + (half - 0.5) * cos(angle);
        double y = map->cy + (half - 0.5) * sin(angle);
        if (i == 0) {
            ana_svg_move(svg, x, y);
        } else {
            ana_svg_line_to(svg, x, y);
        }
    }
    ana_svg_close(svg);
    ana_svg_path_paint(svg, (ana_paint){.fill = ANA_INK_PAPER});
}

static void draw_head(ana_figure *figure, const topography_data *map)
{
    ana_svg *svg = &figure->svg;
    const ana_paint paint = {.stroke = ANA_INK_TEXT, .stroke_width = 1.6, .round = true};
    ana_svg_circle(svg, map->cx, map->cy, map->radius, paint);
    ana_svg_path_open(svg);
    ana_svg_move(svg, pixel_x(map, -0.13), pixel_y(map, 0.992));
    ana_svg_line_to(svg, pixel_x(map, 0.0), pixel_y(map, 1.12));
    ana_svg_line_to(svg, pixel_x(map, 0.13), pixel_y(map, 0.992));
    for (int side = -1; side <= 1; side += 2) {
        ana_svg_move(svg, pixel_x(map, side * 0.985), pixel_y(map, 0.17));
        ana_svg_curve_to(svg, pixel_x(map, side * 1.1), pixel_y(map, 0.21),
                         pixel_x(map, side * 1.085), pixel_y(map, 0.03));
        ana_svg_curve_to(svg, pixel_x(map, side * 1.11), pixel_y(map, -0.2),
                         pixel_x(map, side * 0.985), pixel_y(map, -0.17));
    }
    ana_svg_path_paint(svg, paint);
}

static ana_status draw_electrodes(ana_figure *figure, const topography_data *map)
{
    const double radius = map->n_all > 80 ? 1.6 : 2.4;
    for (size_t i = 0; i < map->n_all; i++) {
        ana_svg_circle(&figure->svg, pixel_x(map, map->all_x[i]), pixel_y(map, map->all_y[i]),
                       radius, (ana_paint){.fill = ANA_INK_CONTOUR, .stroke = ANA_INK_RIM});
    }
    const ana_names names = ana_figure_names(figure, "labels");
    if (names.node == NULL || map->n_all > most_names) {
        return ANA_OK;
    }
    ana_name_places places;
    ana_status status = ana_name_places_new(figure, map->values.n, name_size, &places);
    const double half = outside * map->radius;
    places.over_map = true;
    places.within = (ana_box){map->cx - half, map->cy - half, 2.0 * half, 2.0 * half};
    for (size_t i = 0; i < map->values.n && status == ANA_OK; i++) {
        double x = 0.0;
        double y = 0.0;
        project(&map->position, i, &x, &y);
        if (isfinite(x) && isfinite(y)) {
            ana_name_beside(figure, &places, pixel_x(map, x * map->squeeze),
                            pixel_y(map, y * map->squeeze), names.node->texts[i]);
        }
    }
    return status;
}

ana_status ana_draw_topography(ana_figure *figure)
{
    topography_data map = {.values = ana_figure_values(figure, "values"),
                           .position = ana_figure_values(figure, "position")};
    ana_status status = ANA_OK;
    double reach = 0.0;
    ANA_TRY(read_topography(figure, &map));
    if (map.n == 0) {
        ana_figure_say(figure, map.values.n == 0 ? "No data" : "All values are missing");
        goto done;
    }
    ANA_TRY(solve_weights(figure, &map));
    ANA_TRY(find_reach(figure, &map, &reach));
    interpolate(&map);
    leave_blank(figure, &map, reach);
    ana_figure_open(figure, 400.0);
    const ana_record *values = map.values.node;
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < map.n; i++) {
        ana_range_add(&range, map.v[i]);
    }
    range = ana_figure_range(figure, range);
    ana_colour_bar bar = ana_figure_colour_bar(figure, range, values->unit);
    const ana_box body = figure->body;
    const double room = ana_colour_bar_room(&bar, 0.7 * body.height);
    map.radius = fmax(fmin(body.height, body.width - room) / 2.0 / outside - 2.0, 8.0);
    map.cx = body.x + (body.width - room) / 2.0;
    map.cy = body.y + body.height / 2.0;
    draw_field(figure, &map, &bar);
    draw_head(figure, &map);
    ANA_TRY(draw_electrodes(figure, &map));
    ana_box beside = {map.cx - outside * map.radius, map.cy - 0.35 * body.height,
                      2.0 * outside * map.radius, 0.7 * body.height};
    ana_colour_bar_draw(figure, &bar, beside);
done:
    return status;
}
