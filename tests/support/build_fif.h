/** FIF files of a few channels, tag by tag, for tests of the reader. */
#ifndef TESTS_SUPPORT_BUILD_FIF_H
#define TESTS_SUPPORT_BUILD_FIF_H

#include <stdbool.h>
#include <stddef.h>

enum {
    FIF_CHANNELS = 3, /**< "Cz" (eeg, uV), "STI 014" (stim), "a longer name of EOG" (V) */
    FIF_TIMES = 4     /**< of each of three buffers; the last has two */
};

typedef struct fif_plan {
    int type;         /**< of the samples: 3, 4, 5 or 16 */
    int first_sample; /**< number of the first */
    int skip;         /**< buffers left out before the second */
    bool rest; /**< annotations "go: {COLON}" and "stop", a bad channel, projections, long names */
} fif_plan;

/** Stored number t of channel c, a whole number of at most 16 bits. */
int fif_sample(size_t c, size_t t);

/** A raw recording of 200 Hz, 10 samples. */
bool write_fif(const char *path, const fif_plan *plan);

/** A list of three events by class: samples 8, 2 and 6, codes 1, 2 and 1. */
bool write_fif_events(const char *path);

/** Any one tag, behind the first that every file has: for headers that lie. */
bool write_fif_tag(const char *path, int kind, int type, int size, int next);

#endif
