/** `ana encode --two-sided`: inputs that are measured with noise themselves. */
#ifndef CLI_ENCODE_BETWEEN_H
#define CLI_ENCODE_BETWEEN_H

#include "encode_input.h"

#include <analysis/models/encoding.h>

/** Into the record: each input's trials as the model of the responses, without the noise of both.
 */
ANA_USE_RESULT ana_status encode_add_between(command_job *job, const encode_input_options *input,
                                             const ana_observations *responses,
                                             const ana_encoding_options *encoding,
                                             const ana_ceiling_options *halves, ana_record *record);

#endif
