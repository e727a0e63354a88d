#include "block_cache.h"

#include "memory.h"

#include <stdbool.h>
#include <stdlib.h>

double *ana_block_cache_find(ana_block_cache *cache, ana_block_key key)
{
    for (size_t i = 0; i < cache->n; i++) {
        ana_kept_block *block = &cache->blocks[i];
        if (block->key.channel == key.channel && block->key.index == key.index &&
            block->key.segment == key.segment) {
            block->used = ++cache->clock;
            return block->values;
        }
    }
    return NULL;
}

static void swap(ana_kept_block *a, ana_kept_block *b)
{
    ana_kept_block held = *a;
    *a = *b;
    *b = held;
}

/* Kept no longer, but at hand for the next block of its size. */
static void drop(ana_block_cache *cache, ana_kept_block *block)
{
    cache->bytes -= block->bytes;
    swap(block, &cache->blocks[--cache->n]);
    cache->n_spare++;
}

/* Moves a spare block of that size, if there is one, to the place of the next one to be kept. */
static bool take_spare(ana_block_cache *cache, size_t bytes)
{
    for (size_t i = cache->n; i < cache->n + cache->n_spare; i++) {
        if (cache->blocks[i].bytes == bytes) {
            swap(&cache->blocks[cache->n], &cache->blocks[i]);
            cache->n_spare--;
            return true;
        }
    }
    return false;
}

void ana_block_cache_shrink(ana_block_cache *cache, size_t bytes, ana_block_key spared)
{
    while (cache->bytes > bytes) {
        ana_kept_block *oldest = NULL;
        for (size_t i = 0; i < cache->n; i++) {
            ana_kept_block *block = &cache->blocks[i];
            bool spare = block->key.segment == spared.segment && block->key.index == spared.index;
            if (!spare && (oldest == NULL || block->used < oldest->used)) {
                oldest = block;
            }
        }
        if (oldest == NULL) {
            return;
        }
        drop(cache, oldest);
    }
}

/* Memory for a block where the next one to be kept goes. */
static ana_status make_block(ana_block_cache *cache, size_t n)
{
    ana_status status =
        ana_grow(&cache->blocks, &cache->capacity, cache->n + 1, sizeof *cache->blocks, "blocks");
    if (status == ANA_OK) {
        cache->blocks[cache->n] = (ana_kept_block){.bytes = n * sizeof(double)};
        status = ana_allocate(n, sizeof(double), "blocks", &cache->blocks[cache->n].values);
    }
    return status;
}

ana_status ana_block_cache_add(ana_block_cache *cache, ana_block_key key, size_t n, double **out)
{
    if (!take_spare(cache, n * sizeof(double))) {
        ana_block_cache_trim(cache);
        ana_status status = make_block(cache, n);
        if (status != ANA_OK) {
            return status;
        }
    }
    ana_kept_block *block = &cache->blocks[cache->n++];
    block->key = key;
    block->used = ++cache->clock;
    cache->bytes += block->bytes;
    *out = block->values;
    return ANA_OK;
}

void ana_block_cache_trim(ana_block_cache *cache)
{
    while (cache->n_spare > 0) {
        free(cache->blocks[cache->n + --cache->n_spare].values);
    }
}

void ana_block_cache_cut(ana_block_cache *cache, size_t n)
{
    while (cache->n > n) {
        drop(cache, &cache->blocks[cache->n - 1]);
    }
    ana_block_cache_trim(cache);
    if (n == 0) {
        free(cache->blocks);
        cache->blocks = NULL;
        cache->capacity = 0;
    }
}
