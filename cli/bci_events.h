/** Which events of a recording begin trials. */
#ifndef CLI_BCI_EVENTS_H
#define CLI_BCI_EVENTS_H

#include "bci_input.h"

/** The column of the intervals' labels; NULL: they have none, or none of texts. */
const ana_column *bci_event_labels(const ana_intervals *intervals);

/** Whether a label marks what is not to be used: BAD..., in any case. */
bool bci_event_is_bad(const char *label);

/** Whether the text is LABEL or LABEL=CLASS, with commas between, none of them empty. */
bool bci_events_are_right(const char *events);

/** Says which labels became classes, with their trials, where no --events were given and more than
 *  two did, one of them has far more trials than another, or is called as rest is. */
void bci_events_tell_classes(const command_job *job, const bci_input_options *options,
                             const ana_bci_trials *trials);

/** Says of how many subjects, sessions and runs several recordings are taken for, where no --names
 *  were given. */
void bci_events_tell_sessions(const command_job *job, const bci_input_options *options,
                              const ana_bci_trials *trials);

#endif
