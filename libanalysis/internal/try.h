/** The only macro of the project that jumps: on failure keep `status` and go to `done`. */
#ifndef ANALYSIS_INTERNAL_TRY_H
#define ANALYSIS_INTERNAL_TRY_H

#include <analysis/status.h>

#define ANA_TRY(call)                                                                              \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != ANA_OK) {                                                                    \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#endif
