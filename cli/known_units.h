/** Which features (units) of the data a saved model takes: said, and kept in its result. */
#ifndef CLI_KNOWN_UNITS_H
#define CLI_KNOWN_UNITS_H

#include "console.h"

#include <analysis/observations.h>
#include <analysis/record.h>

/** Warns when the rows of the data have no known width, and the model's have: nothing tells then
 *  whether they are the same. */
void known_bins_warn(double model_bin_s, const ana_observations *observations);

/** Add the group "units" to `record`: "used", the model's n names, and "left_out", those of the
 *  data that the model does not know; a remark on stderr names them. */
ANA_USE_RESULT ana_status known_units_note(size_t n, char *const *names,
                                           const ana_observations *observations,
                                           const console_options *console, ana_record *record);

#endif
