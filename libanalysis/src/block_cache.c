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

static void drop(ana_block_cache *cache, ana_kept_block *block)
{
    cache->bytes -= block->bytes;
    free(block->values);
    *block = cache->blocks[--cache->n];
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

ana_status ana_block_cache_add(ana_block_cache *cache, ana_block_key key, size_t n, double **out)
{
    ana_status status =
        ana_grow(&cache->blocks, &cache->capacity, cache->n + 1, sizeof *cache->blocks, "blocks");
    if (status != ANA_OK) {
        return status;
    }
    double *values = NULL;
    status = ana_allocate(n, sizeof *values, "blocks", &values);
    if (status != ANA_OK) {
        return status;
    }
    cache->blocks[cache->n++] = (ana_kept_block){key, n * sizeof *values, ++cache->clock, values};
    cache->bytes += n * sizeof *values;
    *out = values;
    return ANA_OK;
}

void ana_block_cache_cut(ana_block_cache *cache, size_t n)
{
    while (cache->n > n) {
        drop(cache, &cache->blocks[cache->n - 1]);
    }
    if (n == 0) {
        free(cache->blocks);
        cache->blocks = NULL;
        cache->capacity = 0;
    }
}
