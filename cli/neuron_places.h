/** Where neurons stand in a drawing. */
#ifndef CLI_NEURON_PLACES_H
#define CLI_NEURON_PLACES_H

#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

/** *out = n x 2 places by name, from a table (positions_input.h), or from lines of three numbers
 *  below a line "#NAME NAME ...". Of three axes the two along which the neurons are spread most,
 *  the first of them across, each stretched to 0 ... 1: for a drawing, not a map. Neurons that the
 * file lacks stand in a row below the others, which is said. Freed by free(). ANA_ERR_VALUE when it
 *  has none of them. */
ANA_USE_RESULT ana_status neuron_places_read(const char *path, size_t n, char **names,
                                             const ana_run *run, double **out);

#endif
