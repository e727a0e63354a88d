/** A look at a recording in a terminal: traces in braille dots, spikes as a raster, spans as bars.
 */
#ifndef ANALYSIS_FORMATS_SKETCH_H
#define ANALYSIS_FORMATS_SKETCH_H

#include <analysis/options.h>
#include <analysis/recording.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>

ANA_BEGIN_DECLS

typedef struct ana_sketch_options {
    ana_run run;
    double from;         /**< seconds; NaN: the beginning */
    double to;           /**< seconds; NaN: ten seconds later, or the end */
    size_t width;        /**< characters a line; default 100 */
    size_t rows;         /**< text rows a channel; default 2 */
    size_t max_channels; /**< channels or units shown; default 24 */
    bool ascii;          /**< no braille and no blocks */
} ana_sketch_options;

ANA_API ana_sketch_options ana_sketch_options_default(void);
ANA_API extern const ana_option ana_sketch_option_table[];

/** The times that `options` mean for this recording. */
ANA_API ANA_USE_RESULT ana_status ana_sketch_span(const ana_recording *recording,
                                                  const ana_sketch_options *options, double *from,
                                                  double *to);

/** *out = the sketch as text; freed by free(). Each channel is scaled by its own extremes, which
 *  stand beside it; gaps stay empty. */
ANA_API ANA_USE_RESULT ana_status ana_recording_sketch(const ana_recording *recording,
                                                       const ana_sketch_options *options,
                                                       char **out);

/** Lowest and highest value of one channel in each of n_columns equal parts of [from, to); NaN
 *  where there is no sample. low and high have n_columns entries. */
ANA_API ANA_USE_RESULT ana_status ana_series_envelope(const ana_series *series, size_t channel,
                                                      double from, double to, size_t n_columns,
                                                      double *low, double *high);

ANA_END_DECLS

#endif
