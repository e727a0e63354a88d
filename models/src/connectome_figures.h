/** What the pictures of a connectome and of its dynamics share. */
#ifndef MODELS_CONNECTOME_FIGURES_H
#define MODELS_CONNECTOME_FIGURES_H

#include "picture.h"
#include "workspace.h"

#include <analysis/models/connectome.h>

/** The drawing's spans on the axis of time of a figure of lines. */
ANA_USE_RESULT ana_status connectome_add_spans(const ana_connectome_drawing *drawing,
                                               ana_record *figure);

typedef struct connectome_lines {
    size_t n;
    const char *axis;
    const double *values; /**< n x time */
    const char *const *labels;
    const ana_connectome_drawing *drawing; /**< may be NULL */
} connectome_lines;

/** Lines over the connectome's times, one above the other. */
ANA_USE_RESULT ana_status connectome_add_lines(const ana_connectome *connectome,
                                               const ana_picture_words *words, const char *name,
                                               const connectome_lines *lines, ana_record *record);

typedef struct connectome_picture {
    size_t n;
    const double *values; /**< n x n */
    const char *const *labels;
    const size_t *group; /**< n; NULL: none */
    size_t n_groups;
    const char *const *group_names;        /**< n_groups; NULL: numbers */
    const ana_connectome_drawing *drawing; /**< may be NULL */
} connectome_picture;

/** The strongest pairs as a graph. */
ANA_USE_RESULT ana_status connectome_add_graph(const connectome_picture *picture,
                                               const ana_picture_words *words, const char *name,
                                               ana_record *record);

#endif
