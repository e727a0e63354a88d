/** What can go wrong, and the sentence that says so.
 *
 *  Whatever can fail returns an `ana_status`; the sentence (which file, byte, line, channel or
 *  sample, and what would be right) is in `ana_last_error()` of the same thread. The library never
 *  prints, exits or aborts on its input. */
#ifndef ANALYSIS_STATUS_H
#define ANALYSIS_STATUS_H

#include <analysis/export.h>

ANA_BEGIN_DECLS

/** Every status with its text; the enum and `ana_status_text` are both made from this list. */
#define ANA_STATUS_MAP(X)                                                                          \
    X(ANA_OK, "done")                                                                              \
    X(ANA_ERR_VALUE, "a value or option out of range")                                             \
    X(ANA_ERR_SHAPE, "sizes that do not fit together")                                             \
    X(ANA_ERR_NUMERIC, "a computation that has no finite answer")                                  \
    X(ANA_ERR_MEMORY, "out of memory")                                                             \
    X(ANA_ERR_LIMIT, "more memory needed than --max-memory allows")                                \
    X(ANA_ERR_IO, "a file could not be read or written")                                           \
    X(ANA_ERR_FORMAT, "a file that breaks the rules of its format")                                \
    X(ANA_ERR_UNSUPPORTED, "a legal file or request that this version does not handle")            \
    X(ANA_ERR_CANCELLED, "cancelled")

typedef enum ana_status {
#define ANA_STATUS_ENUM(name, text) name,
    ANA_STATUS_MAP(ANA_STATUS_ENUM)
#undef ANA_STATUS_ENUM
} ana_status;

/** The few words that stand for a status; never NULL. */
ANA_API const char *ana_status_text(ana_status status);

/** The sentence of this thread's last failure; "" before the first. Valid until the next failure
 *  in this thread. */
ANA_API const char *ana_last_error(void);

/** Record the sentence of a failure and return its status:
 *  `return ana_fail(ANA_ERR_SHAPE, "glm: X has %zu rows but y has %zu", n, m);`
 *  A sentence longer than 1023 bytes is cut. */
ANA_API ANA_PRINTF(2, 3) ana_status ana_fail(ana_status status, const char *format, ...);

/** Put words in front of the recorded sentence ("session2.edf: " + sentence); returns `status`, so
 *  that a caller who knows more can say more on the way out. */
ANA_API ANA_PRINTF(2, 3) ana_status ana_fail_in(ana_status status, const char *format, ...);

ANA_END_DECLS

#endif
