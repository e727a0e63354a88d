/** How a long computation is carried out: seed, threads, memory, shard, progress, warnings.
 *
 *  Options of computations begin with an `ana_run`. The results depend on `seed` alone: threads,
 *  shards and progress change how long it takes, never the bits. */
#ifndef ANALYSIS_RUN_H
#define ANALYSIS_RUN_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** Which part of the independent items (permutations, folds, restarts, sessions) this process does:
 *  the items `index`, `index + count`, `index + 2 count`, ... `count` 0 or 1 means all of them. */
typedef struct ana_shard {
    size_t index;
    size_t count;
} ana_shard;

/** Told from time to time how far the work is. `total` 0 means unknown. Returns false to cancel:
 *  the computation then stops at its next safe point with ANA_ERR_CANCELLED. */
typedef bool (*ana_progress_function)(void *user, const char *what, size_t done, size_t total);

/** Told each warning once, as a whole sentence without a newline. */
typedef void (*ana_warn_function)(void *user, const char *sentence);

typedef struct ana_run {
    uint64_t seed;     /**< all random streams follow from it; default 0 */
    size_t n_threads;  /**< 0: as many as OpenMP offers */
    size_t max_memory; /**< bytes one call may hold at a time; 0: three quarters of the machine */
    ana_shard shard;   /**< default: everything */
    ana_progress_function progress; /**< may be NULL */
    ana_warn_function warn;         /**< may be NULL: warnings are dropped */
    void *user;                     /**< handed to both */
} ana_run;

/** Seed 0, all threads, the memory default, one shard, silent. */
ANA_API ana_run ana_run_default(void);

/** Report progress; returns ANA_ERR_CANCELLED once the caller asked to stop. `run` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_run_progress(const ana_run *run, const char *what,
                                                   size_t done, size_t total);

/** Hand a warning to the caller. `run` may be NULL. */
ANA_API ANA_PRINTF(2, 3) void ana_warn(const ana_run *run, const char *format, ...);

/** Bytes a call may hold: `run->max_memory`, or three quarters of the machine's memory. */
ANA_API size_t ana_run_memory_limit(const ana_run *run);

/** ANA_ERR_LIMIT with the figure needed when `bytes` is over the limit; `what` names the need. */
ANA_API ANA_USE_RESULT ana_status ana_run_check_memory(const ana_run *run, size_t bytes,
                                                       const char *what);

/** Number of threads a parallel region of `n_items` uses: at least 1, at most n_items. */
ANA_API int ana_run_threads(const ana_run *run, size_t n_items);

/** Whether item `item` belongs to this shard. */
ANA_API bool ana_shard_has(ana_shard shard, size_t item);

/** Number of the `n_items` items that belong to this shard. */
ANA_API size_t ana_shard_size(ana_shard shard, size_t n_items);

ANA_END_DECLS

#endif
