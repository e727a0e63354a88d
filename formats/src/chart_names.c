#include "chart.h"

#include <math.h>
#include <stdint.h>

static const double longest_name = 140.0;
static const size_t most_names = 400; /* all pairs are compared */

ana_status ana_name_places_new(ana_figure *figure, size_t most, double size,
                               ana_name_places *places)
{
    most = most < most_names ? most : most_names;
    *places = (ana_name_places){.within = figure->body, .size = size, .away = 7.0};
    places->taken = ana_workspace_bytes(&figure->workspace, most, 1, sizeof *places->taken);
    return ana_workspace_check(&figure->workspace, "figure");
}

static bool is_free(const ana_name_places *places, ana_box box)
{
    const ana_box within = places->within;
    if (box.x < within.x || box.y < within.y || box.x + box.width > within.x + within.width ||
        box.y + box.height > within.y + within.height) {
        return false;
    }
    for (size_t i = 0; i < places->n; i++) {
        const ana_box other = places->taken[i];
        if (box.x < other.x + other.width && other.x < box.x + box.width &&
            box.y < other.y + other.height && other.y < box.y + box.height) {
            return false;
        }
    }
    return true;
}

/* The part of a line from a to b (as shares of it) that lies between low and high along one axis.
 */
static void cut_line(double a, double b, double low, double high, double part[2])
{
    if (a == b) {
        part[1] = a < low || a > high ? -1.0 : part[1];
        return;
    }
    const double first = (low - a) / (b - a);
    const double second = (high - a) / (b - a);
    part[0] = fmax(part[0], fmin(first, second));
    part[1] = fmin(part[1], fmax(first, second));
}

/* How many of the lines run through a box. */
static size_t count_crossing(const ana_name_places *places, ana_box box)
{
    size_t n = 0;
    for (size_t i = 0; i < places->n_lines; i++) {
        const double *line = places->lines + 4 * i;
        double part[2] = {0.0, 1.0};
        cut_line(line[0], line[2], box.x, box.x + box.width, part);
        cut_line(line[1], line[3], box.y, box.y + box.height, part);
        n += part[0] <= part[1];
    }
    return n;
}

void ana_name_beside(ana_figure *figure, ana_name_places *places, double x, double y,
                     const char *name)
{
    char cut[256];
    ana_svg_fit(name, places->size, longest_name, cut, sizeof cut);
    const double width = ana_svg_text_width(cut, places->size);
    const double height = 1.25 * places->size;
    const double lefts[] = {x + places->away, x - places->away - width, x - width / 2.0,
                            x - width / 2.0};
    const double tops[] = {y - height / 2.0, y - height / 2.0, y - places->away - height,
                           y + places->away};
    ana_box best = {0.0, 0.0, 0.0, 0.0};
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < 4 && places->n < most_names; i++) {
        const ana_box box = {lefts[i], tops[i], width, height};
        const size_t n_crossed = is_free(places, box) ? count_crossing(places, box) : SIZE_MAX;
        best = n_crossed < fewest ? box : best;
        fewest = n_crossed < fewest ? n_crossed : fewest;
    }
    if (fewest == SIZE_MAX) {
        return;
    }
    places->taken[places->n++] = best;
    ana_figure_label(figure,
                     (ana_label){.x = best.x,
                                 .y = best.y + 0.94 * places->size,
                                 .size = places->size,
                                 .ink = places->over_map ? ANA_INK_CONTOUR : ANA_INK_TEXT,
                                 .halo = places->over_map ? ANA_INK_RIM : ANA_INK_PAPER},
                     name, longest_name);
}
