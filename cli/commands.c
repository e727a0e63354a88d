#include "commands.h"

/* One a line: */
/* clang-format off */
const command *const command_table[] = {
    &command_info,
    &command_view,
    &command_convert,
    &command_validate,
    &command_preprocess,
    &command_spectrum,
    &command_spikes,
    &command_calcium,
    &command_hmm_fit,
    &command_hmm_decode,
    &command_affinity,
    &command_simulate,
    &command_report,
    NULL,
};
/* clang-format on */
