/** Where the channels of a classifier are on the head, and maps of them. */
#ifndef MODELS_BCI_SCALP_H
#define MODELS_BCI_SCALP_H

#include "bci_parts.h"
#include "picture.h"
#include "workspace.h"

enum {
    BCI_MOST_MAPS = 12 /* of one kind in one record */
};

typedef struct bci_scalp {
    ana_record *record; /**< where maps go */
    size_t n_drawn;
    size_t n; /**< channels with a place */
    size_t n_channels;
    size_t *channels;
    double *positions; /**< n x 2 */
    const char **names;
    double *values;     /**< room for n */
    const char *source; /**< a sentence: where the places are from */
} bci_scalp;

/** The channels of the lesson that have a place; memory is the workspace's. */
ANA_USE_RESULT ana_status ana_bci_find_scalp(const ana_bci_pipeline *pipeline,
                                             ana_workspace *workspace, bci_scalp *out);

/** A map of one value for each channel of the lesson. The sentence on places follows the caption
 *  of `words`; range: ends of the colours, NULL: of the values. */
ANA_USE_RESULT ana_status ana_bci_add_map(bci_scalp *scalp, const char *name,
                                          const ana_picture_words *words, const double *values,
                                          const double *range);

#endif
