#include "chart.h"

#include <math.h>

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
    for (size_t i = 0; i < 4 && places->n < most_names; i++) {
        ana_box box = {lefts[i], tops[i], width, height};
        if (!is_free(places, box)) {
            continue;
        }
        places->taken[places->n++] = box;
        ana_figure_label(figure,
                         (ana_label){.x = box.x,
                                     .y = box.y + 0.94 * places->size,
                                     .size = places->size,
                                     .ink = places->over_map ? ANA_INK_CONTOUR : ANA_INK_TEXT,
                                     .halo = places->over_map ? ANA_INK_RIM : ANA_INK_PAPER},
                         name, longest_name);
        return;
    }
}
