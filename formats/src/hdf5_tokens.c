#include "hdf5_tokens.h"

#include "memory.h"

#include <stdlib.h>

static size_t place_of(const ana_hdf5_tokens *set, ana_hdf5_token token)
{
    uint64_t hash = (token.address ^ token.file << 48) * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(hash >> 20) & (set->capacity - 1);
    while (set->items[at].address != 0 &&
           (set->items[at].address != token.address || set->items[at].file != token.file)) {
        at = (at + 1) & (set->capacity - 1);
    }
    return at;
}

static ana_status enlarge(ana_hdf5_tokens *set)
{
    ana_hdf5_tokens larger = {.n = set->n, .capacity = set->capacity == 0 ? 64 : 2 * set->capacity};
    ana_status status =
        ana_allocate(larger.capacity, sizeof *larger.items, "walk through a file", &larger.items);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->items[i].address != 0) {
            larger.items[place_of(&larger, set->items[i])] = set->items[i];
        }
    }
    free(set->items);
    *set = larger;
    return ANA_OK;
}

bool ana_hdf5_tokens_have(const ana_hdf5_tokens *set, ana_hdf5_token token)
{
    return set->n > 0 && set->items[place_of(set, token)].address != 0;
}

ana_status ana_hdf5_tokens_meet(ana_hdf5_tokens *set, ana_hdf5_token token, bool *seen)
{
    *seen = false;
    if (2 * (set->n + 1) > set->capacity) {
        ana_status status = enlarge(set);
        if (status != ANA_OK) {
            return status;
        }
    }
    size_t at = place_of(set, token);
    *seen = set->items[at].address != 0;
    set->n += *seen ? 0 : 1;
    set->items[at] = token;
    return ANA_OK;
}

void ana_hdf5_tokens_release(ana_hdf5_tokens *set)
{
    free(set->items);
    *set = (ana_hdf5_tokens){0};
}
