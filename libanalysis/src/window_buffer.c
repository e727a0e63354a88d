#include "window_buffer.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

ana_status ana_window_buffer_new(size_t n_channels, size_t n, size_t step, const char *what,
                                 ana_window_buffer *out)
{
    const size_t least = 8192;
    const size_t room = n > least ? n : least;
    *out = (ana_window_buffer){.n_channels = n_channels, .n = n, .step = step, .room = room};
    return ana_allocate(n_channels, room * sizeof(double), what, &out->held);
}

void ana_window_buffer_release(ana_window_buffer *buffer)
{
    free(buffer->held);
}

size_t ana_window_buffer_take(ana_window_buffer *buffer, size_t n, const double *x, size_t at)
{
    const size_t free_room = buffer->room - buffer->n_held;
    const size_t now = n - at < free_room ? n - at : free_room;
    for (size_t c = 0; c < buffer->n_channels; c++) {
        memcpy(buffer->held + c * buffer->room + buffer->n_held, x + c * n + at, now * sizeof *x);
    }
    buffer->n_held += now;
    return now;
}

size_t ana_window_buffer_count(const ana_window_buffer *buffer)
{
    return buffer->n_held < buffer->n || buffer->n_channels == 0
               ? 0
               : (buffer->n_held - buffer->n) / buffer->step + 1;
}

const double *ana_window_buffer_at(const ana_window_buffer *buffer, size_t channel, size_t w)
{
    return buffer->held + channel * buffer->room + w * buffer->step;
}

void ana_window_buffer_drop(ana_window_buffer *buffer, size_t n_windows)
{
    const size_t done_with = n_windows * buffer->step;
    for (size_t c = 0; c < buffer->n_channels; c++) {
        double *held = buffer->held + c * buffer->room;
        memmove(held, held + done_with, (buffer->n_held - done_with) * sizeof *held);
    }
    buffer->n_held -= done_with;
}
