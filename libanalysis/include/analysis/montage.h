/** Where on the head is an electrode of that name?
 *
 *  Places of the international 10-10 system (Chatrian et al. 1985; American Electroencephalographic
 *  Society 1994) on a sphere: midline and ring of the ear (Fpz, T7, Oz, T8) in steps of 18 degrees,
 *  the rows between in quarters of the great circle from midline to ring, 9 and 10 one step below
 *  the ring. For pictures; recordings with measured positions have better ones. */
#ifndef ANALYSIS_MONTAGE_H
#define ANALYSIS_MONTAGE_H

#include <analysis/status.h>

#include <stdbool.h>

ANA_BEGIN_DECLS

/** position (out) = x to the right, y to the nose, in the unit circle of the head: distance from
 *  Cz over the sphere, 90 degrees being 1. Letters of any case; "EEG " before the name and what
 *  follows it after a character that is no letter or digit are passed over ("EEG Fp1-REF", "Fc5.");
 *  T3, T4, T5 and T6 are T7, T8, P7 and P8. False (and position as it was) for other names. */
ANA_API bool ana_montage_position(const char *name, double position[2]);

ANA_END_DECLS

#endif
