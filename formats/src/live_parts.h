/** What the files of live_frames.h share. */
#ifndef FORMATS_LIVE_PARTS_H
#define FORMATS_LIVE_PARTS_H

#include <analysis/formats/live_frames.h>

#include <stdbool.h>

enum {
    LIVE_HEAD = 32,         /**< bytes of every frame's head */
    LIVE_MAX_LINE = 1 << 22 /**< bytes of a line of CSV */
};

struct ana_live_decoder {
    ana_live_form form;
    size_t n_channels;
    char **names;      /**< NULL: no header yet */
    bool any;          /**< samples have come */
    uint64_t next;     /**< sequence number */
    uint64_t n_before; /**< bytes of the frames that are done with; of CSV: lines */
    uint8_t *bytes;    /**< of the frame (line) under way */
    size_t n_bytes;
    size_t capacity;
    double *samples; /**< channels x samples */
    size_t room;
};

/** Take bytes up to the end of the line. */
ANA_USE_RESULT ana_status ana_live_feed_line(ana_live_decoder *decoder, size_t n,
                                             const uint8_t *bytes, size_t *n_used,
                                             ana_live_frame *frame);

/** The bytes at hand are a line. */
ANA_USE_RESULT ana_status ana_live_take_line(ana_live_decoder *decoder, ana_live_frame *frame);

#endif
