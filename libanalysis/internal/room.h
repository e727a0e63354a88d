/** Memory that a source keeps from one read to the next: what is allocated and freed for every
 *  block goes back to the system each time, and each of its pages is asked for anew. */
#ifndef ANALYSIS_INTERNAL_ROOM_H
#define ANALYSIS_INTERNAL_ROOM_H

#include <analysis/status.h>

#include <stddef.h>

/** Zeroed to begin with. Not thread-safe: its owner locks. */
typedef struct ana_room {
    void *memory; /**< aligned to 64 bytes; what is in it is not to be relied on */
    size_t bytes;
} ana_room;

/** *out = the room's memory (borrowed), at least n * m doubles; makes it larger where it has to be,
 *  and then forgets what was in it. ANA_ERR_MEMORY. */
ANA_USE_RESULT ana_status ana_room_doubles(ana_room *room, size_t n, size_t m, const char *what,
                                           double **out);

void ana_room_release(ana_room *room);

#endif
