/** Which build of the library is this? */
#ifndef ANALYSIS_VERSION_H
#define ANALYSIS_VERSION_H

#include <analysis/export.h>

ANA_BEGIN_DECLS

/** "0.1.0". */
ANA_API const char *ana_version(void);

/** Compiler, its version and the kind of build: "GNU 12.2.0 Release". */
ANA_API const char *ana_build(void);

ANA_END_DECLS

#endif
