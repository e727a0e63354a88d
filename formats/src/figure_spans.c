/* Spans of the axis of x behind lines: stimuli, epochs. */
#include "chart.h"

#include <math.h>
#include <string.h>

static const double shade = 0.16; /* opacity */

typedef struct span_list {
    ana_values start, stop, kind;
} span_list;

static span_list spans_of(const ana_figure *figure)
{
    return (span_list){ana_figure_values(figure, "span_start"),
                       ana_figure_values(figure, "span_stop"),
                       ana_figure_values(figure, "span_kind")};
}

static size_t colour_of(const span_list *spans, size_t i)
{
    const double kind = spans->kind.n > i ? ana_value(&spans->kind, i) : 0.0;
    return kind >= 0.0 ? (size_t)fmod(kind, (double)ANA_N_CATEGORIES) : 0;
}

/* Which pixel columns of the plot spans of one colour cover; returns whether any. */
static bool mark_columns(const span_list *spans, const ana_chart *chart, size_t colour, size_t n,
                         unsigned char *covered)
{
    bool any = false;
    memset(covered, 0, n);
    for (size_t i = 0; i < spans->start.n; i++) {
        const double start = ana_value(&spans->start, i);
        const double stop = ana_value(&spans->stop, i);
        const double x0 = ana_scale_at(&chart->x.scale, start) - chart->plot.x;
        const double x1 = ana_scale_at(&chart->x.scale, stop) - chart->plot.x;
        const double from = fmax(floor(x0 + 0.5), 0.0);
        const double to = fmin(fmax(floor(x1 + 0.5), from + 1.0), (double)n);
        const bool seen = start <= stop && stop >= chart->x.scale.low &&
                          start <= chart->x.scale.high; /* false where missing */
        if (seen && from < to && colour_of(spans, i) == colour) {
            memset(covered + (size_t)from, 1, (size_t)(to - from));
            any = true;
        }
    }
    return any;
}

static void paint_columns(ana_figure *figure, const ana_chart *chart, size_t colour, size_t n,
                          const unsigned char *covered)
{
    ana_svg *svg = &figure->svg;
    ana_svg_path_open(svg);
    for (size_t start = 0; start < n; start++) {
        size_t stop = start;
        while (stop < n && covered[stop] != 0) {
            stop++;
        }
        if (stop > start) {
            const double width = (double)(stop - start);
            ana_svg_move(svg, chart->plot.x + (double)start, chart->plot.y);
            ana_svg_across(svg, width);
            ana_svg_down(svg, chart->plot.height);
            ana_svg_across(svg, -width);
            ana_svg_close(svg);
            start = stop;
        }
    }
    ana_svg_path_paint(svg, (ana_paint){.fill = ana_ink_category(colour), .opacity = shade});
}

void ana_spans_legend(ana_figure *figure, ana_box *box)
{
    ana_legend legend = {.names = ana_figure_names(figure, "span_labels")};
    if (legend.names.node != NULL && spans_of(figure).start.n > 0) {
        legend.n = legend.names.node->shape[0];
        ana_legend_draw(figure, &legend, box);
    }
}

ana_status ana_spans_draw(ana_figure *figure, const ana_chart *chart)
{
    const span_list spans = spans_of(figure);
    const size_t n = (size_t)fmax(floor(chart->plot.width), 0.0);
    if (spans.start.n == 0 || n == 0) {
        return ANA_OK;
    }
    unsigned char *covered = ana_workspace_bytes(&figure->workspace, n, 1, 1);
    const ana_status status = ana_workspace_check(&figure->workspace, "figure");
    for (size_t colour = 0; status == ANA_OK && colour < ANA_N_CATEGORIES; colour++) {
        if (mark_columns(&spans, chart, colour, n, covered)) {
            paint_columns(figure, chart, colour, n, covered);
        }
    }
    return status;
}
