/** All answers of a live stream, kept to be compared. */
#ifndef TESTS_SUPPORT_BCI_HEARD_H
#define TESTS_SUPPORT_BCI_HEARD_H

#include "support/bci_live.h"

#include <analysis/models/bci_stream.h>

enum {
    HEARD_MOST = 20000,
    HEARD_CLASSES = 2,
    HEARD_POTATOES = 4
};

typedef struct heard {
    size_t n;
    ana_bci_answer_kind kinds[HEARD_MOST];
    size_t samples[HEARD_MOST];
    size_t chosen[HEARD_MOST];
    double scores[HEARD_CLASSES * HEARD_MOST];
    double z[HEARD_MOST];
    double p[HEARD_MOST];
    double potatoes[HEARD_POTATOES * HEARD_MOST]; /* 0: none */
    size_t n_reasons;
    size_t n_potatoes; /* of the field that is heard; 0: none */
    size_t stop_after; /* 0: never */
} heard;

/** A listener, of a heard, at 128 Hz. */
ana_status hear_answer(void *user, const ana_bci_answer *answer);

size_t count_heard(const heard *h, ana_bci_answer_kind kind);

/** The same answers, in the same bits. */
void same_heard(const heard *a, const heard *b);

/** All of a series; freed by free(). */
heard *replay_heard(ana_bci_pipeline *pipeline, const ana_series *series,
                    const ana_bci_stream_options *options);

/** Samples first ... end - 1 of the world, pushed in pieces of 1 to 198 samples. */
void push_pieces(ana_bci_stream *stream, const live_world *world, size_t first, size_t end,
                 heard *h);

/** A stream through the world, by the samples themselves, in pieces; freed by free(). */
heard *push_all(ana_bci_pipeline *pipeline, const live_world *world,
                const ana_bci_stream_options *options);

/** The record of a pipeline, which answers the world as before when read back, some windows of it
 *  set aside. */
ana_record *save_and_compare(ana_bci_pipeline *pipeline, const live_world *world);

/** A world that a pipeline was taught, and a place for answers: what is needed to fail. */
typedef struct live_work {
    live_world world;
    ana_bci_pipeline *pipeline;
    ana_bci_trials *trials;
    heard *h;
} live_work;

live_work make_live_work(size_t n_channels, unsigned seed, const char *text);
void free_live_work(live_work *work);

/** The world through a stream that must not allocate behind its first decision; returns how many
 *  decisions there are. */
size_t decide_without_allocation(ana_bci_pipeline *pipeline, const live_world *world,
                                 const ana_bci_stream_options *options);

#endif
