/** What a program that writes files through this library needs besides writing. */
#ifndef ANALYSIS_FORMATS_FILES_H
#define ANALYSIS_FORMATS_FILES_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Remove the temporary files of all writes under way, so that an ending program leaves none
 *  behind; for signal handlers: async-signal-safe. Writes that go on nevertheless fail. */
ANA_API void ana_files_abandon(void);

/** The outside libraries this one runs on: how many, and the i-th one's name and version as the
 *  library itself words it; static texts. */
ANA_API size_t ana_outside_count(void);
ANA_API const char *ana_outside_name(size_t i);
ANA_API const char *ana_outside_version(size_t i);

ANA_END_DECLS

#endif
