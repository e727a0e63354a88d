/** Mathematical constants that strict C11 does not define. */
#ifndef ANALYSIS_INTERNAL_CONSTANTS_H
#define ANALYSIS_INTERNAL_CONSTANTS_H

#define ANA_PI 3.14159265358979323846
#define ANA_LOG_2PI 1.83787706640934548356

#endif
