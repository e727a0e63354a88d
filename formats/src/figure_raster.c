#include "chart.h"

#include <math.h>

ana_status ana_draw_raster(ana_figure *figure)
{
    const ana_events events = ana_figure_events(figure);
    const ana_range range = ana_values_range(&events.times);
    if (ana_range_is_empty(range)) {
        ana_figure_say(figure, events.times.n == 0 ? "No events" : "All times are missing");
        return ANA_OK;
    }
    const char *unit = events.times.node->unit;
    ana_scale_kind kind = ana_figure_scale_kind(figure, "x_scale", unit);
    kind = kind == ANA_SCALE_LOG ? ANA_SCALE_LINEAR : kind;
    const char *title = ana_figure_text(figure, "x_title");
    ana_chart chart = {.x = ana_axis_of(kind, ana_range_widened(range, 0.01),
                                        title != NULL ? title : "Time", unit),
                       .y = ana_axis_of_bands(events.n_rows, ana_figure_names(figure, "row_labels"),
                                              ana_figure_text(figure, "y_title"))};
    ana_figure_open(figure, fmin(fmax((double)events.n_rows * 9.0 + 60.0, 160.0), 520.0));
    ana_chart_place(&chart, figure->body);
    ana_status status = ana_events_draw(figure, &events, &chart);
    ana_chart_axes(figure, &chart);
    return status;
}
