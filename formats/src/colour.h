/** The colours of pictures: inks by role for light and dark pages, and two colour maps. */
#ifndef ANALYSIS_FORMATS_COLOUR_H
#define ANALYSIS_FORMATS_COLOUR_H

#include <stdbool.h>
#include <stddef.h>

#define ANA_N_CATEGORIES 8

/** What a colour is for. The categories are told apart by colour-blind eyes (protan, deutan,
 *  tritan; tested by simulation) and have a contrast of 3 or more against the paper. */
typedef enum ana_ink {
    ANA_INK_NONE,
    ANA_INK_PAPER,
    ANA_INK_TEXT,
    ANA_INK_MUTED, /**< secondary text */
    ANA_INK_AXIS,
    ANA_INK_GRID,
    ANA_INK_PANEL,   /**< a tint of the paper: missing data, table stripes */
    ANA_INK_CONTOUR, /**< lines and names over a colour map: dark on any page */
    ANA_INK_RIM,     /**< around them: light on any page */
    ANA_INK_CATEGORY,
    ANA_INK_CATEGORY_1,
    ANA_INK_CATEGORY_2,
    ANA_INK_CATEGORY_3,
    ANA_INK_CATEGORY_4,
    ANA_INK_CATEGORY_5,
    ANA_INK_CATEGORY_6,
    ANA_INK_CATEGORY_7,
    ANA_INK_COUNT
} ana_ink;

/** The k-th category; they repeat after ANA_N_CATEGORIES. */
ana_ink ana_ink_category(size_t k);

/** "#rrggbb" on a light or dark page; "none" for ANA_INK_NONE. */
const char *ana_ink_hex(ana_ink ink, bool dark);

/** The CSS variable that holds the ink in a page: "--ana-text". NULL for ANA_INK_NONE. */
const char *ana_ink_variable(ana_ink ink);

typedef enum ana_colour_map {
    ANA_MAP_VIRIDIS,  /**< low to high; perceptually even (Smith and van der Walt 2015) */
    ANA_MAP_DIVERGING /**< blue below, white at the middle, red above (ColorBrewer RdBu) */
} ana_colour_map;

/** The colour at `position` in [0, 1] (clamped). */
void ana_colour_map_at(ana_colour_map map, double position, unsigned char rgb[3]);

#endif
