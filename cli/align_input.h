/** Inputs of an alignment: layers and brains, cut to the stimuli that all of them share. */
#ifndef CLI_ALIGN_INPUT_H
#define CLI_ALIGN_INPUT_H

#include "job.h"
#include "windows_input.h"

#include <analysis/models/alignment.h>

/** One layer, or one region of one subject at one time; all owned. */
typedef struct align_item {
    char *group;
    char *name;
    double time;
    bool is_baseline;
    size_t source;            /**< of its stimuli */
    ana_responses *responses; /**< NULL: dissimilarities */
    double *dissimilarities;  /**< packed; NULL: responses */
    ana_observations *trials; /**< behind the responses; NULL: means alone */
} align_item;

/** The stimuli of an array or recording; all owned. */
typedef struct align_source {
    char *location;
    ana_responses *stimuli; /**< one unit, whose value is the stimulus' number; NaN: not measured */
} align_source;

typedef struct align_inputs {
    size_t n_items;
    size_t items_room;
    align_item *items;
    size_t n_sources;
    size_t sources_room;
    align_source *sources;
} align_inputs;

/** How the inputs of one side are read. */
typedef struct align_reading {
    bool are_brains;
    bool are_baselines;
    const char *conditions; /**< table of the stimuli's ids; NULL: of the input, or numbers */
    const char *axes;       /**< names of an array's axes, with commas; NULL: by their number */
    double first_s;         /**< time of the first index of the time axis, seconds */
    double step_s;          /**< between two; 0: times are not known, and there may be one alone */
    const windows_options *windows; /**< about the events of recordings; NULL or without events:
                                         none */
} align_reading;

/** Add all that an input holds: "[GROUP[/NAME]=]LOCATION", GROUP the model or region, NAME the
 *  layer or subject. */
ANA_USE_RESULT ana_status align_read(command_job *job, const char *input, const align_reading *how,
                                     align_inputs *to);

/** The same of a list with commas between the inputs; NULL: none. */
ANA_USE_RESULT ana_status align_read_list(command_job *job, const char *list,
                                          const align_reading *how, align_inputs *to);

/** Cut everything to the stimuli that all sources share, in the order of the first; *ids: their
 *  ids, freed by ana_texts_free. */
ANA_USE_RESULT ana_status align_match(const ana_match_options *options, align_inputs *inputs,
                                      ana_match_report **report, size_t *n, char ***ids);

/** A new item or source at the end; its members are the caller's to fill. */
ANA_USE_RESULT ana_status align_add_item(align_inputs *to, align_item **out);
ANA_USE_RESULT ana_status align_add_source(align_inputs *to, const char *location, size_t n_stimuli,
                                           char *const *ids, size_t *out);

/** Add the items of an array. `group` and `name` NULL: not given; `label` is what the array is
 *  called, `only` whether its input holds no other. */
typedef struct align_array {
    const char *location;
    const char *group;
    const char *name;
    const char *label;
    const char *stem; /**< of the file */
    bool only;
} align_array;

ANA_USE_RESULT ana_status align_read_array(command_job *job, const align_array *array,
                                           const align_reading *how, align_inputs *to);

/** Says of which inputs stimuli are left out, and which. */
void align_say_match(const command_job *job, const align_inputs *inputs,
                     const ana_match_report *report);

/** "matching", a table: stimuli of each input, those shared, and the trials behind them; and
 *  "stimuli_left_out". */
ANA_USE_RESULT ana_status align_add_matching(const align_inputs *inputs,
                                             const ana_match_report *report, ana_record *record);

void align_release(align_inputs *inputs);

#endif
