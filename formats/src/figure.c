#include "chart.h"
#include "file.h"
#include "try.h"

static const double least_width = 240.0;
static const double least_height = 160.0;
static const double most_pixels = 8192.0;

ana_figure_options ana_figure_options_default(void)
{
    return (ana_figure_options){.width = 760.0};
}

static ana_status check_options(const ana_figure_options *options)
{
    if (!(options->width >= least_width && options->width <= most_pixels)) {
        return ana_fail(ANA_ERR_VALUE, "figure: width is %s, it should be 240 to 8192 pixels",
                        ana_number(options->width).text);
    }
    bool suits = options->height == 0.0;
    if (!suits && !(options->height >= least_height && options->height <= most_pixels)) {
        return ana_fail(ANA_ERR_VALUE, "figure: height is %s, it should be 0 or 160 to 8192 pixels",
                        ana_number(options->height).text);
    }
    return ANA_OK;
}

static ana_status draw(ana_figure *figure)
{
    switch (figure->group->hint) {
    case ANA_HINT_LINE:
        return ana_figure_says(figure, "layout", "scatter") ? ana_draw_scatter(figure)
                                                            : ana_draw_line(figure);
    case ANA_HINT_HEAT_MAP:
        return ana_figure_says(figure, "layout", "alluvial") ? ana_draw_alluvial(figure)
                                                             : ana_draw_heat_map(figure);
    case ANA_HINT_RASTER:
        return ana_draw_raster(figure);
    case ANA_HINT_BARS:
        return ana_draw_bars(figure);
    case ANA_HINT_RIBBON:
        return ana_draw_ribbon(figure);
    case ANA_HINT_GRAPH:
        return ana_draw_graph(figure);
    case ANA_HINT_MATRIX_GROUPS:
        return ana_draw_matrix_groups(figure);
    case ANA_HINT_TOPOGRAPHY:
        return ana_draw_topography(figure);
    case ANA_HINT_VIOLIN:
        return ana_draw_violin(figure);
    case ANA_HINT_NONE:
    case ANA_HINT_TABLE:
        break;
    }
    return ana_draw_table(figure);
}

/* The document in `text`, the caller's. */
static ana_status write_document(const ana_record *group, const ana_figure_options *options,
                                 ana_text *text)
{
    ana_status status = ANA_OK;
    const ana_figure_options settings = options != NULL ? *options : ana_figure_options_default();
    ana_figure figure = {.group = group,
                         .width = settings.width,
                         .wanted_height = settings.height,
                         .svg = {.dark = settings.dark, .embedded = settings.embedded}};
    ANA_TRY(check_options(&settings));
    if (group->type != ANA_RECORD_GROUP) {
        status = ana_fail(ANA_ERR_VALUE, "figure: \"%s\" is no group", group->name);
        goto done;
    }
    ANA_TRY(ana_record_check(group));
    ANA_TRY(draw(&figure));
    ana_svg_end(&figure.svg);
    ANA_TRY(ana_text_check(&figure.svg.text, "figure"));
    *text = figure.svg.text;
    figure.svg.text = (ana_text){0};
done:
    ana_text_release(&figure.svg.text);
    ana_workspace_release(&figure.workspace);
    return status;
}

ana_status ana_figure_svg(const ana_record *group, const ana_figure_options *options, char **out)
{
    ana_text text = {0};
    ana_status status = write_document(group, options, &text);
    if (status == ANA_OK) {
        *out = text.bytes;
    }
    return status;
}

ana_status ana_figure_write(const ana_record *group, const ana_figure_options *options,
                            const char *path)
{
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text text = {0};
    ANA_TRY(write_document(group, options, &text));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, text.bytes, text.n));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    return status;
}
