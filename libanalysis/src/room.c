#include "room.h"

#include "checked.h"

#include <stdlib.h>

enum {
    ALIGNMENT = 64
};

ana_status ana_room_doubles(ana_room *room, size_t n, size_t m, const char *what, double **out)
{
    size_t bytes = 0;
    bool fits = ana_multiply(n, m, &bytes) && ana_multiply(bytes, sizeof(double), &bytes);
    bytes = bytes > 0 ? bytes : 1;
    if (!fits || bytes > room->bytes) {
        ana_room_release(room);
        if (!fits || posix_memalign(&room->memory, ALIGNMENT, bytes) != 0) {
            room->memory = NULL;
            return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu x %zu numbers", what, n, m);
        }
        room->bytes = bytes;
    }
    *out = room->memory;
    return ANA_OK;
}

void ana_room_release(ana_room *room)
{
    free(room->memory);
    *room = (ana_room){0};
}
