#include "chart.h"

#include <math.h>
#include <stdio.h>

static const double strip_height = 26.0;
static const double posterior_height = 84.0;
static const double gap = 13.0;        /* labels of two panels may face each other */
static const size_t most_spans = 2000; /* more are sampled, one state a pixel */

typedef struct ribbon_data {
    ana_values start, stop, state, posterior, x;
    ana_events events;
    size_t n_states;
    ana_names names;
    ana_chart_axis time;
} ribbon_data;

static size_t count_states(const ribbon_data *ribbon)
{
    size_t n = ribbon->names.node != NULL ? ribbon->names.node->shape[0] : 0;
    n = ribbon->posterior.n > 0 && ribbon->posterior.rows > n ? ribbon->posterior.rows : n;
    for (size_t i = 0; i < ribbon->state.n; i++) {
        size_t state = (size_t)ribbon->state.ints[i];
        n = state >= n ? state + 1 : n;
    }
    return n;
}

static ribbon_data read_ribbon(const ana_figure *figure)
{
    ribbon_data ribbon = {.start = ana_figure_values(figure, "start"),
                          .stop = ana_figure_values(figure, "stop"),
                          .state = ana_figure_values(figure, "state"),
                          .posterior = ana_figure_values(figure, "posterior"),
                          .x = ana_figure_values(figure, "x"),
                          .events = ana_figure_events(figure),
                          .names = ana_figure_names(figure, "state_labels")};
    if (ribbon.x.n == 0) {
        ribbon.posterior.n = 0;
    }
    ribbon.n_states = count_states(&ribbon);
    const ana_values *parts[] = {&ribbon.start, &ribbon.stop, &ribbon.events.times, &ribbon.x};
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < 4; i++) {
        ana_range one = ana_values_range(parts[i]);
        ana_range_add(&range, one.low);
        ana_range_add(&range, one.high);
    }
    const char *unit = ribbon.start.node->unit;
    const char *title = ana_figure_text(figure, "x_title");
    ribbon.time = ana_axis_of(ana_figure_scale_kind(figure, "", unit),
                              ana_range_widened(range, 0.0), title != NULL ? title : "Time", unit);
    return ribbon;
}

static void append_span(ana_svg *svg, double x0, double x1, ana_box plot)
{
    ana_svg_move(svg, x0, plot.y);
    ana_svg_across(svg, x1 - x0);
    ana_svg_down(svg, plot.height);
    ana_svg_across(svg, x0 - x1);
    ana_svg_close(svg);
}

static void draw_spans(ana_figure *figure, const ribbon_data *ribbon, const ana_chart *chart)
{
    for (size_t colour = 0; colour < ANA_N_CATEGORIES && colour < ribbon->n_states; colour++) {
        ana_svg_path_open(&figure->svg);
        for (size_t i = 0; i < ribbon->state.n; i++) {
            double x0 = ana_scale_at(&chart->x.scale, ana_value(&ribbon->start, i));
            double x1 = ana_scale_at(&chart->x.scale, ana_value(&ribbon->stop, i));
            bool mine = (size_t)ribbon->state.ints[i] % ANA_N_CATEGORIES == colour;
            if (mine && x1 >= x0) { /* false when an end is missing */
                append_span(&figure->svg, x0, fmax(x1, x0 + 0.3), chart->plot);
            }
        }
        ana_svg_path_paint(&figure->svg, (ana_paint){.fill = ana_ink_category(colour)});
    }
}

/* The colour at the middle of each pixel column; ANA_N_CATEGORIES where no state is. */
static void sample_spans(const ribbon_data *ribbon, const ana_chart *chart, size_t n,
                         size_t *colours)
{
    for (size_t i = 0; i < n; i++) {
        colours[i] = ANA_N_CATEGORIES;
    }
    for (size_t i = 0; i < ribbon->state.n; i++) {
        double x0 = ana_scale_at(&chart->x.scale, ana_value(&ribbon->start, i)) - chart->plot.x;
        double x1 = ana_scale_at(&chart->x.scale, ana_value(&ribbon->stop, i)) - chart->plot.x;
        if (!(x1 >= x0)) {
            continue;
        }
        for (size_t at = (size_t)ceil(fmax(x0 - 0.5, 0.0)); at < n && (double)at + 0.5 < x1; at++) {
            colours[at] = (size_t)ribbon->state.ints[i] % ANA_N_CATEGORIES;
        }
    }
}

static ana_status draw_sampled(ana_figure *figure, const ribbon_data *ribbon,
                               const ana_chart *chart)
{
    const size_t n = (size_t)ceil(chart->plot.width);
    size_t *colours = ana_workspace_sizes(&figure->workspace, n, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    sample_spans(ribbon, chart, n, colours);
    for (size_t colour = 0; colour < ANA_N_CATEGORIES; colour++) {
        ana_svg_path_open(&figure->svg);
        for (size_t start = 0; start < n; start++) {
            size_t stop = start;
            while (stop < n && colours[stop] == colour) {
                stop++;
            }
            if (stop > start) {
                double x0 = chart->plot.x + (double)start;
                append_span(&figure->svg, x0, chart->plot.x + fmin((double)stop, chart->plot.width),
                            chart->plot);
                start = stop;
            }
        }
        ana_svg_path_paint(&figure->svg, (ana_paint){.fill = ana_ink_category(colour)});
    }
    return ANA_OK;
}

/* sums[s * n + i]: mean probability of the states before s in column i; NaN where unknown. */
static void stack_posterior(const ribbon_data *ribbon, const ana_scale *scale, size_t n,
                            double *sums, size_t *counts)
{
    const size_t n_times = ribbon->posterior.columns;
    for (size_t t = 0; t < n_times; t++) {
        double x = ana_scale_at(scale, ana_value(&ribbon->x, t));
        if (isnan(x)) {
            continue;
        }
        size_t column = (size_t)x < n ? (size_t)x : n - 1;
        counts[column]++;
        double sum = 0.0;
        for (size_t s = 0; s < ribbon->posterior.rows; s++) {
            sum += ana_value(&ribbon->posterior, s * n_times + t);
            sums[(s + 1) * n + column] += sum;
        }
    }
    for (size_t column = 0; column < n; column++) {
        for (size_t s = 0; s < ribbon->posterior.rows; s++) {
            double *sum = &sums[(s + 1) * n + column];
            *sum = counts[column] > 0 ? fmin(fmax(*sum / (double)counts[column], 0.0), 1.0)
                                      : (double)NAN;
        }
    }
}

/* Columns a sample stands for: those up to the next, when samples are wider apart than a pixel. */
static size_t columns_per_sample(const ribbon_data *ribbon, const ana_scale *scale)
{
    double least = INFINITY;
    for (size_t t = 1; t < ribbon->x.n; t++) {
        double step = ana_scale_at(scale, ana_value(&ribbon->x, t)) -
                      ana_scale_at(scale, ana_value(&ribbon->x, t - 1));
        least = step > 0.0 && step < least ? step : least;
    }
    return isfinite(least) ? (size_t)ceil(1.5 * least) : 1;
}

static void fill_between(size_t n_rows, size_t n, double *sums, const size_t *counts, size_t reach)
{
    size_t since = reach;
    for (size_t column = 0; column < n; column++) {
        since = counts[column] > 0 ? 0 : since + 1;
        for (size_t row = 0; row < n_rows && since > 0 && since < reach; row++) {
            sums[row * n + column] = sums[row * n + column - 1];
        }
    }
}

/* A run of columns that a state's area covers, and how their numbers become pixels. */
typedef struct area_run {
    size_t start, stop;
    double x0, step;
    const ana_scale *y;
} area_run;

/* The point of column i, unless it lies on a level line between its neighbours; the first and the
 * last column reach to the ends of the run. */
static void append_corner(ana_svg *svg, const area_run *run, const double *values, size_t i)
{
    bool first = i == run->start;
    bool last = i + 1 == run->stop;
    if (!first && !last && values[i] == values[i - 1] && values[i] == values[i + 1]) {
        return;
    }
    double part = last ? 1.0 : first ? 0.0 : 0.5;
    ana_svg_line_to(svg, run->x0 + ((double)i + part) * run->step, ana_scale_at(run->y, values[i]));
}

static void append_run(ana_svg *svg, const area_run *run, const double *below, const double *above)
{
    const double left = run->x0 + (double)run->start * run->step;
    ana_svg_move(svg, left, ana_scale_at(run->y, below[run->start]));
    ana_svg_line_to(svg, left, ana_scale_at(run->y, above[run->start]));
    for (size_t i = run->start; i < run->stop; i++) {
        append_corner(svg, run, above, i);
    }
    for (size_t i = run->stop; i-- > run->start;) {
        append_corner(svg, run, below, i);
    }
    ana_svg_close(svg);
}

static void draw_area(ana_figure *figure, const double *below, const double *above, size_t n,
                      const ana_chart *chart, ana_ink ink)
{
    ana_svg_path_open(&figure->svg);
    area_run run = {.x0 = chart->plot.x, .step = chart->plot.width / (double)n};
    run.y = &chart->y.scale;
    for (size_t i = 0; i < n; i++) {
        run.start = i;
        while (i < n && !isnan(above[i]) && !isnan(below[i])) {
            i++;
        }
        run.stop = i;
        if (run.stop > run.start) {
            append_run(&figure->svg, &run, below, above);
        }
    }
    ana_svg_path_paint(&figure->svg, (ana_paint){.fill = ink, .opacity = 0.85});
}

static ana_status draw_posterior(ana_figure *figure, const ribbon_data *ribbon,
                                 const ana_chart *chart)
{
    const size_t n = (size_t)ceil(chart->plot.width);
    const size_t n_rows = ribbon->posterior.rows + 1;
    double *sums = ana_workspace_doubles(&figure->workspace, n_rows, n);
    size_t *counts = ana_workspace_sizes(&figure->workspace, n, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    ana_scale scale = chart->x.scale;
    scale.start = 0.0;
    scale.end = (double)n;
    stack_posterior(ribbon, &scale, n, sums, counts);
    fill_between(n_rows, n, sums, counts, columns_per_sample(ribbon, &scale));
    for (size_t s = 0; s + 1 < n_rows; s++) {
        draw_area(figure, sums + s * n, sums + (s + 1) * n, n, chart, ana_ink_category(s));
    }
    return ANA_OK;
}

/* The panels from top to bottom; only the lowest shows the time axis. */
typedef enum panel {
    STRIP,
    POSTERIOR,
    RASTER,
    N_PANELS
} panel;

static ana_chart_axis panel_axis(const ana_figure *figure, const ribbon_data *ribbon, panel which)
{
    if (which == RASTER) {
        return ana_axis_of_bands(ribbon->events.n_rows, ana_figure_names(figure, "row_labels"),
                                 ana_figure_text(figure, "y_title"));
    }
    ana_chart_axis axis = ana_axis_of(ANA_SCALE_LINEAR, (ana_range){0.0, 1.0}, NULL, NULL);
    axis.title = "Posterior";
    axis.hidden = which == STRIP;
    return axis;
}

static ana_status draw_panel(ana_figure *figure, const ribbon_data *ribbon, panel which,
                             const ana_chart *chart)
{
    ana_svg_rect(&figure->svg, chart->plot, (ana_paint){.fill = ANA_INK_PANEL});
    if (which == RASTER) {
        return ana_events_draw(figure, &ribbon->events, chart);
    }
    if (which == POSTERIOR) {
        return draw_posterior(figure, ribbon, chart);
    }
    if (ribbon->state.n > most_spans) {
        return draw_sampled(figure, ribbon, chart);
    }
    draw_spans(figure, ribbon, chart);
    return ANA_OK;
}

/* Heights of the panels without axes; 0 for one that is not there or finds no room. What is left
 * goes to the raster, else to the posterior, else to the strip. */
static void share_height(const ribbon_data *ribbon, double height, double heights[N_PANELS])
{
    const double least = 40.0;
    double left = height - strip_height;
    bool raster = ribbon->events.times.n > 0 && left >= gap + least;
    left -= raster ? gap + least : 0.0;
    bool posterior = ribbon->posterior.n > 0 && left >= gap + least;
    heights[STRIP] = raster || posterior ? strip_height : fmax(height, 1.0);
    heights[POSTERIOR] = !posterior ? 0.0
                         : raster   ? fmin(left - gap, posterior_height)
                                    : left - gap;
    heights[RASTER] = raster ? least + left - (posterior ? heights[POSTERIOR] + gap : 0.0) : 0.0;
}

static ana_status draw_panels(ana_figure *figure, const ribbon_data *ribbon, ana_box box)
{
    const double axis_room = 48.0;
    const double above = 7.0; /* as ana_chart_place */
    double heights[N_PANELS];
    ana_chart charts[N_PANELS];
    double left = 40.0;
    double right = 4.0;
    share_height(ribbon, box.height - axis_room - above, heights);
    for (int round = 0; round < 2; round++) { /* the second with the widest left margin */
        double y = box.y;
        for (int p = STRIP; p < N_PANELS; p++) {
            bool lowest = true;
            for (int q = p + 1; q < N_PANELS; q++) {
                lowest = lowest && heights[q] == 0.0;
            }
            charts[p] = (ana_chart){.x = ribbon->time,
                                    .y = panel_axis(figure, ribbon, (panel)p),
                                    .least_left = left,
                                    .least_right = right};
            charts[p].x.hidden = !lowest;
            double room = lowest ? box.y + box.height - y : heights[p] + above + 4.0;
            if (heights[p] > 0.0) {
                ana_chart_place(&charts[p], (ana_box){box.x, y, box.width, room});
                left = fmax(left, charts[p].plot.x - box.x);
                right = fmax(right, box.x + box.width - charts[p].plot.x - charts[p].plot.width);
                y += heights[p] + gap;
            }
        }
    }
    ana_status status = ANA_OK;
    for (int p = STRIP; p < N_PANELS && status == ANA_OK; p++) {
        if (heights[p] > 0.0) {
            status = draw_panel(figure, ribbon, (panel)p, &charts[p]);
            ana_chart_axes(figure, &charts[p]);
        }
    }
    return status;
}

ana_status ana_draw_ribbon(ana_figure *figure)
{
    ribbon_data ribbon = read_ribbon(figure);
    if (ana_range_is_empty(ana_values_range(&ribbon.start)) &&
        ana_range_is_empty(ana_values_range(&ribbon.events.times))) {
        ana_figure_say(figure, "No states");
        return ANA_OK;
    }
    double height = 100.0 + (ribbon.posterior.n > 0 ? posterior_height + gap : 0.0);
    if (ribbon.events.times.n > 0) {
        height += gap + fmin(fmax((double)ribbon.events.n_rows * 8.0, 90.0), 420.0);
    }
    if (ribbon.state.n > most_spans) {
        snprintf(figure->note, sizeof figure->note,
                 "%zu state spans, one shown for each pixel of time", ribbon.state.n);
    }
    ana_legend legend = {.n = ribbon.n_states, .names = ribbon.names};
    double used = ana_legend_height(&legend, figure->width - 2.0 * ANA_PAD);
    ana_figure_open(figure, height + used);
    ana_box box = figure->body;
    ana_legend_draw(figure, &legend, &box);
    return draw_panels(figure, &ribbon, box);
}
