/** On which side of a line does a point lie? Exactly. */
#ifndef ANALYSIS_MODELS_ORIENTATION_H
#define ANALYSIS_MODELS_ORIENTATION_H

/** Sign of (y2 - y0)(x1 - x0) - (y1 - y0)(x2 - x0): with x0 < x1, x2 it is 1 when the slope from
 *  point 0 to point 2 is larger than that to point 1, 0 when they are the same. Exact as long as no
 *  product of differences over- or underflows. Shewchuk (1997), Discrete Comput. Geom. 18. */
int ana_orientation(const double point0[2], const double point1[2], const double point2[2]);

#endif
