/** What the program says while it works, on stderr; results alone go to stdout. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <analysis/options.h>
#include <analysis/run.h>

#include <stdbool.h>

typedef enum progress_kind {
    PROGRESS_AUTO, /**< a bar on a terminal, else nothing */
    PROGRESS_BAR,
    PROGRESS_JSON, /**< a JSON object a line */
    PROGRESS_NONE
} progress_kind;

/** Options of every command. */
typedef struct console_options {
    bool json;
    bool quiet;
    bool verbose;
    progress_kind progress;
    bool isolate;        /**< seen to in main, before anything else */
    double time_limit_s; /**< likewise */
} console_options;

extern const ana_option console_option_table[];

/** Install the handler of SIGINT and SIGTERM: the first one asks the computation to stop, the
 *  second ends the program; either way no half-written file stays behind. */
void console_begin(void);

/** Let `run` report progress and warnings as the options say. `options` must outlive `run`. */
void console_attach(console_options *options, ana_run *run);

/** End the progress line, if one is on the terminal. */
void console_finish_line(void);

/** A remark on stderr unless --quiet. */
__attribute__((format(printf, 2, 3))) void console_say(const console_options *options,
                                                       const char *format, ...);

/** A remark on stderr with --verbose. */
__attribute__((format(printf, 2, 3))) void console_detail(const console_options *options,
                                                          const char *format, ...);

/** Number of warnings so far, and the i-th; kept for provenance (the first 100). */
size_t console_n_warnings(void);
const char *console_warning(size_t i);

/** A warning on stderr (also with --quiet), kept for provenance; once, however often it is
 *  given. */
__attribute__((format(printf, 1, 2))) void console_warn(const char *format, ...);

#endif
