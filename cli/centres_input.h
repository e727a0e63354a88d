/** Which channels belong together about a centre, from the command line. */
#ifndef CLI_CENTRES_INPUT_H
#define CLI_CENTRES_INPUT_H

#include "windows_input.h"

#include <analysis/models/searchlight.h>

typedef struct centres_options {
    const char *positions;
    const char *mask;
    const char *voxel_size;
    const char *graph;
    double radius;     /**< NaN: not given */
    size_t neighbours; /**< 0: not given */
    double min_fraction;
    size_t steps;
    size_t window; /**< bins */
} centres_options;

centres_options centres_options_default(void);

/** --positions, --radius, --neighbours, --mask, --voxel-size, --min-fraction, --graph, --steps,
 *  --window. */
extern const ana_option centres_option_table[];

/** Centres, and how their map is drawn; all owned. */
typedef struct centres_input {
    ana_centres *centres;
    ana_volume volume;
    bool *mask; /**< of the volume; or NULL */
    size_t n_names;
    char **names;  /**< of sensors; or NULL */
    double *times; /**< middles of the windows; or NULL */
    ana_searchlight_view view;
} centres_input;

/** *out = centres among the channels (or voxels) and bins of trials, whose names it may take over.
 */
ANA_USE_RESULT ana_status centres_load(command_job *job, const centres_options *options,
                                       trial_windows *windows, centres_input *out);

void centres_release(centres_input *centres);

#endif
