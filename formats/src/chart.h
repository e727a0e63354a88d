/** What the figures share: the frame with its title, axes that keep their labels apart, legends,
 *  the colour bar, and the arrays of a hinted group. Internal to the drawing code. */
#ifndef ANALYSIS_FORMATS_CHART_H
#define ANALYSIS_FORMATS_CHART_H

#include "png.h"
#include "scale.h"
#include "svg.h"
#include "workspace.h"

#include <analysis/formats/figure.h>

#include <stdint.h>

#define ANA_TICK_SIZE 11.0
#define ANA_TITLE_SIZE 12.0
#define ANA_HEAD_SIZE 14.0
#define ANA_PAD 12.0 /**< free space at the edges of the picture */

/** A picture being drawn. */
typedef struct ana_figure {
    ana_svg svg;
    const ana_record *group;
    double width, height; /**< height 0 until ana_figure_open */
    double wanted_height; /**< from the options; 0: what suits */
    ana_box body;         /**< what title and note leave */
    char note[200];       /**< small line below the picture, set before ana_figure_open */
    ana_workspace workspace;
} ana_figure;

/** An array of a hinted group as doubles; `n` 0 and no data when the group lacks it. */
typedef struct ana_values {
    const ana_record *node;
    size_t n, rows, columns; /**< one axis: one row */
    const double *doubles;
    const int64_t *ints;
} ana_values;

ana_values ana_figure_values(const ana_figure *figure, const char *name);

static inline double ana_value(const ana_values *values, size_t i)
{
    return values->doubles != NULL ? values->doubles[i] : (double)values->ints[i];
}

/** Range of the finite values. */
ana_range ana_values_range(const ana_values *values);

/** A text of the group, or NULL. */
const char *ana_figure_text(const ana_figure *figure, const char *name);
/** Whether the group's text `name` is `word`. */
bool ana_figure_says(const ana_figure *figure, const char *name, const char *word);

/** Texts of a group, by index; without them the index itself. */
typedef struct ana_names {
    const ana_record *node; /**< TEXTS, or NULL */
    const int64_t *numbers; /**< without texts: the number of each; NULL: 0, 1, 2, ... */
} ana_names;

/** The i-th name, or its number written into `number`. */
const char *ana_name(const ana_names *names, size_t i, char number[24]);
ana_names ana_figure_names(const ana_figure *figure, const char *name);

/** Fixes the height (the options' or `suits`), writes the head and the title, sets `body`. */
void ana_figure_open(ana_figure *figure, double suits);
/** The whole picture for data that cannot be drawn: the title and one sentence. */
void ana_figure_say(ana_figure *figure, const char *sentence);

/** One axis: numbers on a scale, or bands (categories) with a name each. */
typedef struct ana_chart_axis {
    ana_scale scale; /**< kind and data ends are the figure's, pixels the layout's */
    const char *title;
    const char *unit;
    ana_ticks ticks;
    bool bands;  /**< then scale.low = 0, scale.high = n_bands */
    bool hidden; /**< no labels, no title */
    bool grid;
    bool upright; /**< x bands: names stand on end; set by the layout */
    size_t n_bands;
    size_t stride;     /**< every stride-th name is written; set by the layout */
    double label_gap;  /**< more pixels between plot and labels */
    double label_room; /**< pixels a label may take; set by the layout */
    double label_most; /**< what `label_room` may grow to; set by the layout */
    ana_names names;
} ana_chart_axis;

typedef struct ana_chart {
    ana_box plot;
    ana_chart_axis x, y;
    double least_left, least_right; /**< so that charts below one another line up */
} ana_chart;

ana_chart_axis ana_axis_of(ana_scale_kind kind, ana_range range, const char *title,
                           const char *unit);
ana_chart_axis ana_axis_of_bands(size_t n, ana_names names, const char *title);

/** Height that names on end would need below an axis of about `width` pixels; 0 when they need
 *  none. */
double ana_axis_extra_height(ana_chart_axis axis, double width);

/** Sets the plot's box and both axes so that all labels stay within `outer`. */
void ana_chart_place(ana_chart *chart, ana_box outer);
/** The same with a plot about as wide as tall, at the left of `outer`. */
void ana_chart_place_square(ana_chart *chart, ana_box outer);
/** Grid lines (to be drawn before the data), then axes with labels. */
void ana_chart_grid(ana_figure *figure, const ana_chart *chart);
void ana_chart_axes(ana_figure *figure, const ana_chart *chart);

/** One line of text cut to `width`; `label` says where (its `full` is set here). */
void ana_figure_label(ana_figure *figure, ana_label label, const char *text, double width);

/** The same for a name, cut in the middle. */
void ana_figure_name(ana_figure *figure, ana_label label, const char *name, double width);

/** "title (unit)" of an axis or colour bar with what its ticks leave out, in `out`. */
void ana_axis_title(const char *title, const char *unit, const ana_ticks *ticks, char *out,
                    size_t n);

/** Takes away the labels that come too near the one before, on an axis of `length` pixels;
 *  `upright` when labels stand above one another. Returns how many. */
size_t ana_ticks_drop_crowded(ana_ticks *ticks, ana_scale scale, double length, bool upright);

/** Time axis for seconds, else linear, or as the text `name` ("log") of the group says. */
ana_scale_kind ana_figure_scale_kind(const ana_figure *figure, const char *name, const char *unit);

/** Names with a patch of colour each. */
typedef struct ana_legend {
    size_t n;
    ana_names names;
    bool lines; /**< strokes instead of patches */
} ana_legend;

/** Rows of entries at the top of `box`, which shrinks: at most three, the rest is counted in words.
 *  Leaves it out where it would take half of the box. */
void ana_legend_draw(ana_figure *figure, const ana_legend *legend, ana_box *box);
/** Height the legend takes within `width`. */
double ana_legend_height(const ana_legend *legend, double width);

/** The group's spans along x as shades, to be drawn before the data; their names as a legend. */
void ana_spans_legend(ana_figure *figure, ana_box *box);
ANA_USE_RESULT ana_status ana_spans_draw(ana_figure *figure, const ana_chart *chart);

/** The colours of a map from low to high, beside a plot. */
typedef struct ana_colour_bar {
    ana_colour_map map;
    ana_scale scale;
    const char *title;
    const char *unit;
    ana_ticks ticks;
} ana_colour_bar;

/** Names beside points of a picture, none over another. */
typedef struct ana_name_places {
    size_t n;
    ana_box *taken;
    double size;    /**< of the letters */
    double away;    /**< pixels from a point to its name */
    bool over_map;  /**< dark letters with a light rim instead of the page's */
    ana_box within; /**< names stay in there: the body of the figure */
    size_t n_lines;
    const double *lines; /**< n_lines x 4, ends of lines that names had better not lie on */
} ana_name_places;

ANA_USE_RESULT ana_status ana_name_places_new(ana_figure *figure, size_t most, double size,
                                              ana_name_places *places);
/** Writes `name` beside the point (right, left, above or below) where it is free; else leaves it
 *  out. */
void ana_name_beside(ana_figure *figure, ana_name_places *places, double x, double y,
                     const char *name);

/** Map, ends and title that suit values of that range: diverging about 0 when there are both signs,
 *  unless they are levels ("dB re ...") or the group's text "colours" says "sequential". */
ana_colour_bar ana_figure_colour_bar(const ana_figure *figure, ana_range range, const char *unit);
/** The group's "range" where it has one, two ascending numbers; else `found`. */
ana_range ana_figure_range(const ana_figure *figure, ana_range found);
/** Sets its pixels for a plot of that height; returns the width it needs to the right of the plot.
 */
double ana_colour_bar_room(ana_colour_bar *bar, double height);
/** Places a chart (square: as wide as tall) with the bar at its right within the figure's body. */
void ana_chart_place_with_bar(ana_figure *figure, ana_chart *chart, ana_colour_bar *bar,
                              bool square);
void ana_colour_bar_draw(ana_figure *figure, const ana_colour_bar *bar, ana_box plot);
/** Index of a value in the palette of ana_colour_palette; 0 (clear) for NaN. */
unsigned char ana_colour_index(const ana_colour_bar *bar, double value);
void ana_colour_palette(const ana_colour_bar *bar, unsigned char palette[256][4]);

/** An image in a box; `smooth` blends neighbouring pixels. */
void ana_figure_image(ana_figure *figure, ana_box box, const ana_image *image, bool smooth);

/** One axis of a grid of cells. `edges` (n + 1 positions from 0 to 1, ascending) is NULL when the
 *  cells are equally wide; `order` (n indices) says which cell of the data stands where. */
typedef struct ana_grid_axis {
    size_t n;
    const double *edges;
    const size_t *order;
    bool reversed; /**< the first cell is at the bottom */
} ana_grid_axis;

/** Cells as an image: one pixel a cell where they are large; the mean of the cells of a pixel where
 *  they are small. Missing cells show hatching. */
ANA_USE_RESULT ana_status ana_grid_draw(ana_figure *figure, const ana_values *values,
                                        const ana_grid_axis *x, const ana_grid_axis *y,
                                        const ana_colour_bar *bar, ana_box box);

/** Range of what a grid of about that many pixels shows: of the means where cells are smaller. */
ana_range ana_grid_range(const ana_values *values, double across, double down);

/** Marks of events at times in rows; merged by pixel into shades when there are many. */
typedef struct ana_events {
    ana_values times, rows;
    size_t n_rows;
} ana_events;

/** `times` and `rows` of the group; n_rows by `row_labels` or by the largest row. */
ana_events ana_figure_events(const ana_figure *figure);
ANA_USE_RESULT ana_status ana_events_draw(ana_figure *figure, const ana_events *events,
                                          const ana_chart *chart);

/** Draws by hint; each opens the figure itself. */
ana_status ana_draw_line(ana_figure *figure);
ana_status ana_draw_scatter(ana_figure *figure);
ana_status ana_draw_heat_map(ana_figure *figure);
ana_status ana_draw_alluvial(ana_figure *figure);
ana_status ana_draw_raster(ana_figure *figure);
ana_status ana_draw_bars(ana_figure *figure);
ana_status ana_draw_ribbon(ana_figure *figure);
ana_status ana_draw_graph(ana_figure *figure);
ana_status ana_draw_matrix_groups(ana_figure *figure);
ana_status ana_draw_topography(ana_figure *figure);
ana_status ana_draw_violin(ana_figure *figure);
ana_status ana_draw_table(ana_figure *figure);

#endif
