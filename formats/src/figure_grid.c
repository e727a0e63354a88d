#include "chart.h"

#include <math.h>

static const size_t most_across = 1600;
static const size_t most_down = 1000;

/* Which cells a pixel of the image averages: order[start ... stop - 1]. */
typedef struct pixel_cells {
    size_t start, stop;
} pixel_cells;

static double edge(const ana_grid_axis *axis, size_t i)
{
    return axis->edges != NULL ? axis->edges[i] : (double)i / (double)axis->n;
}

static double centre(const ana_grid_axis *axis, size_t i)
{
    return (edge(axis, i) + edge(axis, i + 1)) / 2.0;
}

static size_t count_pixels(const ana_grid_axis *axis, double length, size_t most)
{
    size_t pixels = (size_t)fmax(length, 1.0);
    pixels = pixels < most ? pixels : most;
    return axis->edges == NULL && axis->n < pixels ? axis->n : pixels;
}

/* The cells whose centre is in a pixel; in a pixel with none, the cell it is in. */
static void share_out(const ana_grid_axis *axis, size_t n_pixels, pixel_cells *cells)
{
    size_t next = 0; /* first cell whose centre is not before the pixel */
    size_t here = 0; /* cell of the pixel's middle */
    for (size_t i = 0; i < n_pixels; i++) {
        double end = (double)(i + 1) / (double)n_pixels;
        double middle = ((double)i + 0.5) / (double)n_pixels;
        size_t first = next;
        while (next < axis->n && centre(axis, next) < end) {
            next++;
        }
        while (here + 1 < axis->n && edge(axis, here + 1) <= middle) {
            here++;
        }
        cells[i] = next > first ? (pixel_cells){first, next} : (pixel_cells){here, here + 1};
    }
}

static size_t cell_at(const ana_grid_axis *axis, size_t place)
{
    return axis->order != NULL ? axis->order[place] : place;
}

static double mean_of(const ana_values *values, const ana_grid_axis *x, pixel_cells across,
                      const ana_grid_axis *y, pixel_cells down)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t r = down.start; r < down.stop; r++) {
        size_t row = cell_at(y, r) * x->n;
        for (size_t c = across.start; c < across.stop; c++) {
            double value = ana_value(values, row + cell_at(x, c));
            if (!isnan(value)) {
                sum += value;
                n++;
            }
        }
    }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* Even shares of n cells for pixel i of n_pixels. */
static pixel_cells even_share(size_t i, size_t n_pixels, size_t n)
{
    if (n <= n_pixels) {
        return (pixel_cells){i, i + 1};
    }
    double step = (double)n / (double)n_pixels;
    size_t start = (size_t)((double)i * step);
    size_t stop = (size_t)((double)(i + 1) * step);
    return (pixel_cells){start, stop < n ? stop : n};
}

ana_range ana_grid_range(const ana_values *values, double across, double down)
{
    const ana_grid_axis x = {.n = values->columns};
    const ana_grid_axis y = {.n = values->rows};
    const size_t width = x.n < (size_t)across ? x.n : (size_t)across;
    const size_t height = y.n < (size_t)down ? y.n : (size_t)down;
    ana_range range = ana_range_empty();
    for (size_t row = 0; row < height; row++) {
        pixel_cells cells = even_share(row, height, y.n);
        for (size_t column = 0; column < width; column++) {
            ana_range_add(&range, mean_of(values, &x, even_share(column, width, x.n), &y, cells));
        }
    }
    return range;
}

static void draw_hatching(ana_figure *figure, ana_box box)
{
    const double step = 7.0;
    ana_svg_rect(&figure->svg, box, (ana_paint){.fill = ANA_INK_PANEL});
    ana_svg_clip_begin(&figure->svg, box);
    ana_svg_path_open(&figure->svg);
    const size_t n = (size_t)((box.width + box.height) / step);
    for (size_t i = 1; i <= n; i++) {
        double at = step * (double)i;
        ana_svg_move(&figure->svg, box.x + at, box.y);
        ana_svg_line_to(&figure->svg, box.x + at - box.height, box.y + box.height);
    }
    ana_svg_path_paint(&figure->svg, (ana_paint){.stroke = ANA_INK_AXIS, .opacity = 0.6});
    ana_svg_clip_end(&figure->svg);
}

ana_status ana_grid_draw(ana_figure *figure, const ana_values *values, const ana_grid_axis *x,
                         const ana_grid_axis *y, const ana_colour_bar *bar, ana_box box)
{
    ana_image image = {.width = count_pixels(x, box.width, most_across),
                       .height = count_pixels(y, box.height, most_down)};
    ana_workspace *workspace = &figure->workspace;
    pixel_cells *across = ana_workspace_bytes(workspace, image.width, 1, sizeof *across);
    pixel_cells *down = ana_workspace_bytes(workspace, image.height, 1, sizeof *down);
    unsigned char *pixels = ana_workspace_bytes(workspace, image.width, image.height, 1);
    ana_status status = ana_workspace_check(workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    share_out(x, image.width, across);
    share_out(y, image.height, down);
    bool missing = false;
    for (size_t row = 0; row < image.height; row++) {
        size_t place = y->reversed ? image.height - 1 - row : row;
        for (size_t column = 0; column < image.width; column++) {
            double mean = mean_of(values, x, across[column], y, down[place]);
            pixels[row * image.width + column] = ana_colour_index(bar, mean);
            missing = missing || isnan(mean);
        }
    }
    if (missing) {
        draw_hatching(figure, box);
    }
    image.pixels = pixels;
    ana_colour_palette(bar, image.palette);
    ana_figure_image(figure, box, &image, false);
    return ANA_OK;
}
