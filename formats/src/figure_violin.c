#include "chart.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS ((size_t)512)
#define OUTLINE ((size_t)96)

static const size_t fewest = 5; /* values below which a density says nothing */
static const size_t most_points = 500;
static const double half_width = 0.4; /* of a band */

typedef struct grouped_value {
    int64_t group;
    double value;
} grouped_value;

static int compare_grouped_values(const void *a, const void *b)
{
    const grouped_value *x = a;
    const grouped_value *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return (x->value > y->value) - (x->value < y->value);
}

/* The finite values: those of a group ascend from sorted[start[g]] to before sorted[start[g + 1]].
 */
typedef struct violin_data {
    ana_values values;
    size_t n, n_groups;
    double *sorted;
    size_t *start;
    int64_t *number; /* of each group that occurs */
    bool points;
    ana_chart chart;
} violin_data;

static ana_status read_violins(ana_figure *figure, violin_data *violins)
{
    violins->values = ana_figure_values(figure, "values");
    const ana_values group = ana_figure_values(figure, "group");
    const size_t n = violins->values.n;
    ana_workspace *workspace = &figure->workspace;
    grouped_value *pairs = ana_workspace_bytes(workspace, n, 1, sizeof *pairs);
    violins->sorted = ana_workspace_doubles(workspace, n, 1);
    violins->start = ana_workspace_sizes(workspace, n + 1, 1);
    violins->number = ana_workspace_bytes(workspace, n, 1, sizeof *violins->number);
    ana_status status = ana_workspace_check(workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        double value = ana_value(&violins->values, i);
        if (fabs(value) <= 1e300) {
            pairs[violins->n++] = (grouped_value){group.ints[i], value};
        }
    }
    qsort(pairs, violins->n, sizeof *pairs, compare_grouped_values);
    for (size_t i = 0; i < violins->n; i++) {
        violins->sorted[i] = pairs[i].value;
        if (i == 0 || pairs[i].group != pairs[i - 1].group) {
            violins->start[violins->n_groups] = i;
            violins->number[violins->n_groups++] = pairs[i].group;
        }
    }
    violins->start[violins->n_groups] = violins->n;
    const ana_record *points = ana_record_find(figure->group, "points");
    violins->points = points != NULL && points->type == ANA_RECORD_BOOL && points->boolean;
    return ANA_OK;
}

/* One group, with its quartiles. */
typedef struct one_violin {
    const double *sorted;
    size_t n, place;
    ana_ink ink;
    double quartiles[3];
    double density[OUTLINE]; /* half width, largest 1; flat where there are too few values */
} one_violin;

static ana_status take_violin(const violin_data *violins, size_t g, one_violin *one)
{
    static const double q[] = {0.25, 0.5, 0.75};
    one->sorted = violins->sorted + violins->start[g];
    one->n = violins->start[g + 1] - violins->start[g];
    one->place = g;
    one->ink = ana_ink_category((size_t)violins->number[g]);
    for (size_t k = 0; k < OUTLINE; k++) {
        one->density[k] = 0.3;
    }
    return ana_stats_quantiles(one->n, one->sorted, 3, q, one->quartiles);
}

/* Rule of thumb of Silverman (1986), eq. 3.31. */
static double bandwidth(const one_violin *one)
{
    double deviation = sqrt(ana_stats_variance(one->n, one->sorted, 1));
    double spread = (one->quartiles[2] - one->quartiles[0]) / 1.34;
    double smaller = spread > 0.0 ? fmin(spread, deviation) : deviation;
    return 0.9 * smaller * pow((double)one->n, -0.2);
}

/* Gaussian density at OUTLINE places from the smallest to the largest value. */
static void estimate_density(one_violin *one)
{
    double counts[BINS];
    memset(counts, 0, sizeof counts);
    const double low = one->sorted[0];
    const double span = one->sorted[one->n - 1] - low;
    const double width = bandwidth(one) / span * (double)(BINS - 1); /* in bins */
    for (size_t i = 0; i < one->n; i++) {
        double at = (one->sorted[i] - low) / span * (double)(BINS - 1);
        size_t bin = at < (double)(BINS - 1) ? (size_t)at : BINS - 2;
        counts[bin] += 1.0 - (at - (double)bin);
        counts[bin + 1] += at - (double)bin;
    }
    double largest = 0.0;
    for (size_t k = 0; k < OUTLINE; k++) {
        double at = (double)k / (double)(OUTLINE - 1) * (double)(BINS - 1);
        double sum = 0.0;
        for (size_t bin = 0; bin < BINS; bin++) {
            double z = (at - (double)bin) / fmax(width, 1.0);
            sum += counts[bin] * exp(-0.5 * z * z);
        }
        one->density[k] = sum;
        largest = fmax(largest, sum);
    }
    for (size_t k = 0; k < OUTLINE; k++) {
        one->density[k] /= largest;
    }
}

static void draw_body(ana_figure *figure, const violin_data *violins, one_violin *one)
{
    const double low = one->sorted[0];
    const double span = one->sorted[one->n - 1] - low;
    if (one->n < fewest || !(span > 0.0)) {
        return;
    }
    estimate_density(one);
    ana_svg *svg = &figure->svg;
    ana_svg_path_open(svg);
    for (size_t k = 0; k < 2 * OUTLINE; k++) { /* up the right side, down the left */
        bool back = k >= OUTLINE;
        size_t at = back ? 2 * OUTLINE - 1 - k : k;
        double value = low + span * (double)at / (double)(OUTLINE - 1);
        double aside = (back ? -half_width : half_width) * one->density[at];
        double x = ana_scale_at(&violins->chart.x.scale, (double)one->place + 0.5 + aside);
        double y = ana_scale_at(&violins->chart.y.scale, value);
        if (k == 0) {
            ana_svg_move(svg, x, y);
        } else {
            ana_svg_line_to(svg, x, y);
        }
    }
    ana_svg_close(svg);
    ana_svg_path_paint(svg, (ana_paint){.fill = one->ink, .opacity = 0.55});
}

/* Points spread sideways within the outline by multiples of the golden ratio: even, and the same
 * every time. */
static void draw_points(ana_figure *figure, const violin_data *violins, const one_violin *one)
{
    if (one->n >= fewest && (!violins->points || one->n > most_points)) {
        return;
    }
    const double low = one->sorted[0];
    const double span = fmax(one->sorted[one->n - 1] - low, 1e-300);
    ana_svg_path_open(&figure->svg);
    for (size_t i = 0; i < one->n; i++) {
        double turn = (double)i * 0.6180339887498949;
        double wide = one->density[(size_t)((one->sorted[i] - low) / span * (double)(OUTLINE - 1))];
        double aside = (turn - floor(turn) - 0.5) * 1.8 * half_width * wide;
        double x = ana_scale_at(&violins->chart.x.scale, (double)one->place + 0.5 + aside);
        ana_svg_move(&figure->svg, x, ana_scale_at(&violins->chart.y.scale, one->sorted[i]));
        ana_svg_across(&figure->svg, 0.0);
    }
    ana_svg_path_paint(
        &figure->svg,
        (ana_paint){.stroke = ANA_INK_TEXT, .stroke_width = 2.6, .round = true, .opacity = 0.4});
}

/* Quartiles as a slim box, the median as a line across it. */
static void draw_quartiles(ana_figure *figure, const violin_data *violins, const one_violin *one)
{
    const ana_scale *scale = &violins->chart.y.scale;
    const double x = ana_scale_at(&violins->chart.x.scale, (double)one->place + 0.5);
    const double band = violins->chart.plot.width / (double)violins->n_groups;
    const double half = fmin(fmax(0.05 * band, 1.0), 4.0);
    if (one->n >= fewest) {
        double top = ana_scale_at(scale, one->quartiles[2]);
        double bottom = ana_scale_at(scale, one->quartiles[0]);
        ana_svg_rect(&figure->svg, (ana_box){x - half, top, 2.0 * half, bottom - top},
                     (ana_paint){.fill = ANA_INK_PAPER, .stroke = ANA_INK_TEXT});
    }
    double median = ana_scale_at(scale, one->quartiles[1]);
    ana_svg_line(&figure->svg, x - 2.0 * half, median, x + 2.0 * half, median,
                 (ana_paint){.stroke = ANA_INK_TEXT, .stroke_width = 2.0});
}

/* Names of the groups that occur, in their order. */
static ana_status make_axes(ana_figure *figure, violin_data *violins)
{
    const ana_names all = ana_figure_names(figure, "group_labels");
    ana_record *node = ana_workspace_bytes(&figure->workspace, 1, 1, sizeof *node);
    char **texts = ana_workspace_bytes(&figure->workspace, violins->n_groups, 1, sizeof *texts);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    *node = (ana_record){.type = ANA_RECORD_TEXTS, .n_axes = 1, .shape = {violins->n_groups}};
    node->texts = texts;
    for (size_t g = 0; all.node != NULL && g < violins->n_groups; g++) {
        texts[g] = all.node->texts[violins->number[g]];
    }
    ana_names names = {.node = all.node != NULL ? node : NULL, .numbers = violins->number};
    const char *title = ana_figure_text(figure, "value_title");
    title = title != NULL ? title : ana_figure_text(figure, "y_title");
    ana_range range = ana_range_empty();
    for (size_t i = 0; i < violins->n; i++) {
        ana_range_add(&range, violins->sorted[i]);
    }
    violins->chart.y = ana_axis_of(ANA_SCALE_LINEAR, ana_range_widened(range, 0.05), title,
                                   violins->values.node->unit);
    violins->chart.y.grid = true;
    violins->chart.x =
        ana_axis_of_bands(violins->n_groups, names, ana_figure_text(figure, "x_title"));
    return ANA_OK;
}

ana_status ana_draw_violin(ana_figure *figure)
{
    violin_data violins = {0};
    ana_status status = read_violins(figure, &violins);
    if (status != ANA_OK) {
        return status;
    }
    if (violins.n == 0) {
        ana_figure_say(figure, violins.values.n == 0 ? "No data" : "All values are missing");
        return ANA_OK;
    }
    status = make_axes(figure, &violins);
    if (status != ANA_OK) {
        return status;
    }
    ana_figure_open(figure, 320.0 + ana_axis_extra_height(violins.chart.x, figure->width - 80.0));
    ana_chart_place(&violins.chart, figure->body);
    ana_chart_grid(figure, &violins.chart);
    for (size_t g = 0; g < violins.n_groups && status == ANA_OK; g++) {
        one_violin one;
        status = take_violin(&violins, g, &one);
        if (status == ANA_OK) {
            draw_body(figure, &violins, &one);
            draw_points(figure, &violins, &one);
            draw_quartiles(figure, &violins, &one);
        }
    }
    ana_chart_axes(figure, &violins.chart);
    return status;
}
