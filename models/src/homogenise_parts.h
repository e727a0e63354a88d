/* One animal on its way into the common form: the steps of homogenise.h, each by itself. */
#ifndef MODELS_HOMOGENISE_PARTS_H
#define MODELS_HOMOGENISE_PARTS_H

#include "workspace.h"

#include <analysis/models/homogenise.h>

/* Empty labels, slots, rules, confidences and masks of worm->n_traces traces. */
ANA_USE_RESULT ana_status worm_allocate_traces(ana_worm *worm);

/* Coverage, rules and animals as pictures and tables. */
ANA_USE_RESULT ana_status worms_add_figures(const ana_worms *worms, ana_record *record);

/* The neurons of an animal by the rules of its labels: fills labels, slot, rule and confidence. */
ANA_USE_RESULT ana_status worm_label(const ana_worm_source *source,
                                     const ana_homogenise_options *options, ana_worm *worm);

/* The times of an animal's samples, and the rows that they will become. */
typedef struct worm_clock {
    size_t n; /* samples */
    const double *times;
    double median_s; /* between samples */
    double max_gap_s;
    double dt_s;
    bool blocks;  /* rows are means over blocks, not points on lines */
    size_t first; /* rows t0 + k dt, k = first ... first + n_rows - 1 */
    size_t n_rows;
} worm_clock;

/* Which rows lie in the recording; n_rows 0: none. */
void worm_clock_set_rows(double dt_s, worm_clock *clock);

/* out (n) = the smoothed samples. */
void worm_smooth(const worm_clock *clock, const ana_homogenise_options *options, const double *x,
                 double *out);

/* out (n_rows) = the samples at the rows; `room` holds 2 n doubles. */
void worm_resample(const worm_clock *clock, const double *x, double *room, double *out);

/* out = derivative of n rows, per second. */
void worm_derive(size_t n, double dt_s, const double *x, double *out);

/* Scale n rows in place; false (and all missing, unless not scaled) when they do not vary. */
bool worm_scale(ana_worm_scale scale, size_t n, double *x);

/* The published steps for all traces of an animal: x is n_samples x n_traces. Fills n_times, start
 * and values of the worm. */
ANA_USE_RESULT ana_status worm_homogenise_as_published(const ana_homogenise_options *options,
                                                       double dt_s, const worm_clock *clock,
                                                       const double *x, ana_worm *worm);

#endif
