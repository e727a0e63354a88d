/** Groups of a record that are drawn, with the words about them. */
#ifndef ANALYSIS_INTERNAL_PICTURE_H
#define ANALYSIS_INTERNAL_PICTURE_H

#include <analysis/record.h>

/** What stands over, under and beside a picture; NULL: nothing. */
typedef struct ana_picture_words {
    const char *title;
    const char *caption; /**< a sentence */
    const char *x_title;
    const char *y_title;
    const char *value_title; /**< of colours */
} ana_picture_words;

/** *out = a new group with that hint and those words; its arrays are still to be added. */
ANA_USE_RESULT ana_status ana_record_add_picture(ana_record *record, const char *name,
                                                 ana_hint hint, const ana_picture_words *words,
                                                 ana_record **out);

#endif
