/** Blocks of computed samples that are kept until their memory is wanted for others. */
#ifndef ANALYSIS_INTERNAL_BLOCK_CACHE_H
#define ANALYSIS_INTERNAL_BLOCK_CACHE_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

/** Which block: of one channel, in the grid of one segment. */
typedef struct ana_block_key {
    size_t segment;
    size_t index;
    size_t channel;
} ana_block_key;

typedef struct ana_kept_block {
    ana_block_key key;
    size_t bytes;
    uint64_t used; /**< the cache's clock when it was asked for last */
    double *values;
} ana_kept_block;

/** Zeroed to begin with. Not thread-safe: its owner locks. */
typedef struct ana_block_cache {
    size_t n;
    size_t n_spare; /**< dropped blocks behind those, whose memory the next ones take */
    size_t capacity;
    ana_kept_block *blocks;
    size_t bytes; /**< of all kept values */
    uint64_t clock;
} ana_block_cache;

/** The values of a block, or NULL; asked for now. */
double *ana_block_cache_find(ana_block_cache *cache, ana_block_key key);

/** Drops the blocks asked for longest ago until at most `bytes` are kept; those of the segment and
 *  index of `spared` stay. Their memory is spare until it is taken or trimmed. */
void ana_block_cache_shrink(ana_block_cache *cache, size_t bytes, ana_block_key spared);

/** Keep a block of n doubles, n > 0; *out (borrowed) are its values, not yet set. Takes spare
 *  memory of the same size; where there is none, all that is spare is freed before more is asked
 *  for. */
ANA_USE_RESULT ana_status ana_block_cache_add(ana_block_cache *cache, ana_block_key key, size_t n,
                                              double **out);

/** Frees the memory that is spare. */
void ana_block_cache_trim(ana_block_cache *cache);

/** Drops the blocks added last, until n are left, and frees the memory of all that were dropped. */
void ana_block_cache_cut(ana_block_cache *cache, size_t n);

#endif
