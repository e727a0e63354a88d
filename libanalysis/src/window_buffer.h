/** Samples of channels that come bit by bit, held until they fill windows. */
#ifndef WINDOW_BUFFER_H
#define WINDOW_BUFFER_H

#include <analysis/status.h>

#include <stddef.h>

typedef struct ana_window_buffer {
    size_t n_channels;
    size_t n;      /**< samples of a window */
    size_t step;   /**< from one window to the next */
    size_t room;   /**< samples that a channel's row holds */
    size_t n_held; /**< samples in it; the first begins the next window; 0 after a gap */
    double *held;  /**< n_channels x room; owned */
} ana_window_buffer;

/** `what` is asked for in the sentence when memory runs out. */
ANA_USE_RESULT ana_status ana_window_buffer_new(size_t n_channels, size_t n, size_t step,
                                                const char *what, ana_window_buffer *out);
void ana_window_buffer_release(ana_window_buffer *buffer);

/** Takes of x (n_channels x n) what there is room for, from sample `at` on; returns how many. */
size_t ana_window_buffer_take(ana_window_buffer *buffer, size_t n, const double *x, size_t at);

/** Whole windows that are held; 0 of no channels. */
size_t ana_window_buffer_count(const ana_window_buffer *buffer);

/** The samples of held window w. */
const double *ana_window_buffer_at(const ana_window_buffer *buffer, size_t channel, size_t w);

/** Forgets the first n_windows windows; what the next one needs is kept. */
void ana_window_buffer_drop(ana_window_buffer *buffer, size_t n_windows);

#endif
