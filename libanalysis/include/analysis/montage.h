/** Where on the head is an electrode of that name?
 *
 *  Places of the international 10-10 system (Chatrian et al. 1985; American Electroencephalographic
 *  Society 1994) on a sphere: midline and ring of the ear (Fpz, T7, Oz, T8) in steps of 18 degrees,
 *  the rows between in quarters of the great circle from midline to ring, 9 and 10 one step below
 *  the ring. Recordings with measured positions have better ones. For pictures. */
#ifndef ANALYSIS_MONTAGE_H
#define ANALYSIS_MONTAGE_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** position (out) = x to the right, y to the nose, in the unit circle of the head: distance from
 *  Cz over the sphere, 90 degrees being 1. Letters of any case; "EEG " before the name and what
 *  follows it after a character that is no letter or digit are passed over ("EEG Fp1-REF", "Fc5.");
 *  T3, T4, T5 and T6 are T7, T8, P7 and P8. False (and position as it was) for other names. */
ANA_API bool ana_montage_position(const char *name, double position[2]);

/** Places of n channels, of measured positions where these are of a head, else of their names.
 *
 *  Positions are seen from the middle of the sphere that fits them best by least squares; of those
 *  that lie about a plane only its height is sought, of those at one height it is the origin. A
 *  place is the angle from the top over 90 degrees, in the direction of (x, y): azimuthal
 *  equidistant, so any unit will do. No place have positions that are not finite, at the origin,
 *  less than half or more than 1.6 times as far from the middle as the median, or more than 135
 *  degrees from the top.
 *
 *  Positions are not used where they give fewer channels a place than names do, fewer than four,
 *  or all within a tenth of the head; nor where channels of known names would lie elsewhere, as
 *  positions in another frame do: squared distances that sum to more than half of the squares of
 *  the places by name and 0.02 of each.
 *
 *  @param names      n
 *  @param positions  n x 3, x to the right, y to the nose, z up; NULL: none
 *  @param places     n x 2 (out), as of ana_montage_position; NaN: no place
 *  @param measured   (out) whether places are of positions
 *  @return ANA_OK or ANA_ERR_MEMORY */
ANA_API ANA_USE_RESULT ana_status ana_montage_places(size_t n, const char *const *names,
                                                     const double *positions, double *places,
                                                     bool *measured);

ANA_END_DECLS

#endif
