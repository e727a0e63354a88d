#include "chart.h"

#include <math.h>

static const size_t most_strokes = 6000; /* more are drawn as an image */
static const size_t most_across = 1600;
static const size_t most_down = 900;

/* A colour of middle lightness: contrast 4 against white and against the dark paper. */
static const unsigned char shade[3] = {0x5a, 0x7d, 0x9a};

ana_events ana_figure_events(const ana_figure *figure)
{
    ana_events events = {.times = ana_figure_values(figure, "times"),
                         .rows = ana_figure_values(figure, "rows")};
    if (events.times.n == 0 || events.rows.n == 0) {
        events.times.n = 0;
    }
    ana_names names = ana_figure_names(figure, "row_labels");
    if (names.node != NULL) {
        events.n_rows = names.node->shape[0];
        return events;
    }
    for (size_t i = 0; i < events.times.n; i++) {
        size_t row = (size_t)events.rows.ints[i];
        events.n_rows = row + 1 > events.n_rows ? row + 1 : events.n_rows;
    }
    return events;
}

static void draw_strokes(ana_figure *figure, const ana_events *events, const ana_chart *chart)
{
    ana_svg *svg = &figure->svg;
    const double lane = chart->plot.height / (double)events->n_rows;
    const double length = fmin(fmax(0.75 * lane, 1.0), 14.0);
    ana_svg_path_open(svg);
    for (size_t i = 0; i < events->times.n; i++) {
        double time = ana_value(&events->times, i);
        if (isfinite(time)) {
            double row = ana_value(&events->rows, i);
            ana_svg_move(svg, ana_scale_at(&chart->x.scale, time),
                         ana_scale_at(&chart->y.scale, row + 0.5) - length / 2.0);
            ana_svg_down(svg, length);
        }
    }
    double width = events->times.n > 2000 ? 0.8 : 1.1;
    ana_svg_path_paint(svg, (ana_paint){.stroke = ANA_INK_TEXT, .stroke_width = width});
}

/* Lines of the image a row of events takes: with a clear line between rows that have room. */
static size_t lines_per_row(const ana_events *events, double height)
{
    double lane = height / (double)events->n_rows;
    return lane >= 5.0 ? (size_t)fmin(lane, 8.0) : 1;
}

static void count_events(const ana_events *events, const ana_chart *chart, size_t lines,
                         const ana_image *image, uint32_t *counts)
{
    ana_scale across = chart->x.scale;
    across.start = 0.0;
    across.end = (double)image->width;
    const double down = (double)image->height / (double)events->n_rows;
    for (size_t i = 0; i < events->times.n; i++) {
        double time = ana_value(&events->times, i);
        if (!isfinite(time)) {
            continue;
        }
        size_t column = (size_t)ana_scale_at(&across, time);
        size_t line = (size_t)(ana_value(&events->rows, i) * down);
        column = column < image->width ? column : image->width - 1;
        line = line < image->height ? line : image->height - 1;
        for (size_t k = 0; k + (lines > 2) < lines && line + k < image->height; k++) {
            counts[(line + k) * image->width + column]++;
        }
    }
}

/* The count that all but a twentieth of the occupied pixels stay below. */
static double usual_most(const uint32_t *counts, size_t n)
{
    size_t histogram[256] = {0};
    size_t occupied = 0;
    for (size_t i = 0; i < n; i++) {
        histogram[counts[i] < 255 ? counts[i] : 255]++;
        occupied += counts[i] > 0;
    }
    size_t seen = 0;
    size_t count = 0;
    while (count < 255 && 20 * seen < 19 * occupied) {
        seen += histogram[++count];
    }
    return fmax((double)count, 1.0);
}

static ana_status draw_shades(ana_figure *figure, const ana_events *events, const ana_chart *chart)
{
    const ana_box plot = chart->plot;
    const size_t lines = lines_per_row(events, plot.height);
    size_t height = (size_t)fmax(plot.height, 1.0);
    height = lines > 1 || events->n_rows < height ? events->n_rows * lines : height;
    ana_image image = {.width = (size_t)fmin(fmax(plot.width, 1.0), (double)most_across),
                       .height = height < most_down ? height : most_down};
    ana_workspace *workspace = &figure->workspace;
    const size_t n = image.width * image.height;
    uint32_t *counts = ana_workspace_bytes(workspace, n, 1, sizeof *counts);
    unsigned char *pixels = ana_workspace_bytes(workspace, n, 1, 1);
    ana_status status = ana_workspace_check(workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    count_events(events, chart, lines, &image, counts);
    const double most = usual_most(counts, n);
    for (size_t i = 0; i < n; i++) {
        double part = 0.5 + 0.5 * fmin((double)counts[i] / most, 1.0);
        pixels[i] = counts[i] == 0 ? 0 : (unsigned char)(255.0 * part);
    }
    for (size_t i = 0; i < 256; i++) {
        for (size_t channel = 0; channel < 3; channel++) {
            image.palette[i][channel] = shade[channel];
        }
        image.palette[i][3] = (unsigned char)i;
    }
    image.pixels = pixels;
    ana_figure_image(figure, plot, &image, false);
    return ANA_OK;
}

ana_status ana_events_draw(ana_figure *figure, const ana_events *events, const ana_chart *chart)
{
    if (events->times.n > most_strokes) {
        return draw_shades(figure, events, chart);
    }
    draw_strokes(figure, events, chart);
    return ANA_OK;
}
