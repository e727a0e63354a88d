/** The elements that MAT files of versions 5 to 7 are made of. */
#ifndef ANALYSIS_FORMATS_MAT5_H
#define ANALYSIS_FORMATS_MAT5_H

#include "cursor.h"
#include "mat.h"

/** An element: its type, and its data as a cursor of its own. */
typedef struct ana_mat5_element {
    uint32_t type;
    ana_cursor data;
} ana_mat5_element;

/** The next element, in its long or its short form, and the padding behind it. ANA_ERR_FORMAT. */
ANA_USE_RESULT ana_status ana_mat5_take(ana_cursor *cursor, ana_mat5_element *element);

/** Read the head of a matrix and, unless it is a cell or struct, its content. Of these, the
 *  children are made but not read: `body` then stands at the first of them. */
ANA_USE_RESULT ana_status ana_mat5_read_value(ana_mat_reader *reader, ana_cursor *body,
                                              ana_mat_value *value);

/** Whether the matrix that begins so is called `name`; true when its name does not show yet. */
bool ana_mat5_may_be_called(ana_cursor body, const char *name);

#endif
