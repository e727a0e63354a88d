/** A record's arrays as SVG, drawn by display hint; the same record gives the same bytes.
 *
 *  No label leaves the picture or covers another: what does not fit is cut (the whole text is shown
 *  when pointed at), thinned or left out. The size of a picture is bounded however many samples or
 *  spikes it shows: lines by their lowest and highest point in each pixel column, rasters by
 *  shades, cells by the mean in each pixel. */
#ifndef ANALYSIS_FORMATS_FIGURE_H
#define ANALYSIS_FORMATS_FIGURE_H

#include <analysis/record.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef struct ana_figure_options {
    double width;  /**< CSS pixels, 240 to 8192; default 760 */
    double height; /**< 160 to 8192; 0: what suits the figure */
    bool dark;     /**< for a dark page; default light. Reports carry both */
    bool embedded; /**< colours from the page's CSS variables instead: for use inside HTML */
} ana_figure_options;

ANA_API ana_figure_options ana_figure_options_default(void);

/** *out = one hinted group as an SVG document; freed by free(). ANA_ERR_SHAPE and ANA_ERR_VALUE
 *  as ana_record_check, ANA_ERR_VALUE also for a size out of range or a node that is no group.
 *  Empty and all-missing data are drawn as a figure that says so. */
ANA_API ANA_USE_RESULT ana_status ana_figure_svg(const ana_record *group,
                                                 const ana_figure_options *options, char **out);

/** Write the figure of one hinted group; whole or not at all. */
ANA_API ANA_USE_RESULT ana_status ana_figure_write(const ana_record *group,
                                                   const ana_figure_options *options,
                                                   const char *path);

ANA_END_DECLS

#endif
