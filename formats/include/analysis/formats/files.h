/** What a program that writes files through this library needs besides writing. */
#ifndef ANALYSIS_FORMATS_FILES_H
#define ANALYSIS_FORMATS_FILES_H

#include <analysis/status.h>

ANA_BEGIN_DECLS

/** Remove the temporary files of all writes under way, so that an ending program leaves none behind;
 *  for signal handlers: async-signal-safe. Writes that go on nevertheless fail. */
ANA_API void ana_files_abandon(void);

ANA_END_DECLS

#endif
