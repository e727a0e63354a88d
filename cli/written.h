/** What a command wrote, for --json: output, format, files, bytes, losses, warnings. */
#ifndef CLI_WRITTEN_H
#define CLI_WRITTEN_H

#include <analysis/record.h>

#include <stddef.h>

/** *out = record "written" of the file or folder `output` in that format. `companions` are endings
 *  of files beside it, with spaces between them. The losses are among the warnings from number
 *  `first_warning` on. */
ANA_USE_RESULT ana_status written_to_record(const char *output, const char *format,
                                            const char *companions, size_t first_warning,
                                            ana_record **out);

#endif
