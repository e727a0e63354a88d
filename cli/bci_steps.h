/** The steps of pipelines, in words. */
#ifndef CLI_BCI_STEPS_H
#define CLI_BCI_STEPS_H

#include "job.h"

/** Every step with what it takes, gives, and its options: as text on stdout, or with --json as the
 *  job's record. */
ANA_USE_RESULT ana_status bci_steps_list(command_job *job);

#endif
