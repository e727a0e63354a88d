#include "colour.h"

#include <math.h>
#include <stdint.h>

typedef struct ink_row {
    const char *variable;
    const char *light;
    const char *dark;
} ink_row;

static const ink_row inks[ANA_INK_COUNT] = {
    [ANA_INK_NONE] = {NULL, "none", "none"},
    [ANA_INK_PAPER] = {"--ana-paper", "#ffffff", "#14181d"},
    [ANA_INK_TEXT] = {"--ana-text", "#1d2730", "#e3e8ed"},
    [ANA_INK_MUTED] = {"--ana-muted", "#586673", "#a0acb8"},
    [ANA_INK_AXIS] = {"--ana-axis", "#8795a1", "#6d7a87"},
    [ANA_INK_GRID] = {"--ana-grid", "#e6eaee", "#2a323a"},
    [ANA_INK_PANEL] = {"--ana-panel", "#f3f5f7", "#1d242b"},
    [ANA_INK_CONTOUR] = {"--ana-contour", "#1d2730", "#1d2730"},
    [ANA_INK_RIM] = {"--ana-rim", "#ffffff", "#ffffff"},
    [ANA_INK_CATEGORY] = {"--ana-category-0", "#276ac3", "#5394e9"},
    [ANA_INK_CATEGORY_1] = {"--ana-category-1", "#e07a25", "#ee9827"},
    [ANA_INK_CATEGORY_2] = {"--ana-category-2", "#1a9a78", "#3fc5aa"},
    [ANA_INK_CATEGORY_3] = {"--ana-category-3", "#a45f9c", "#c96fb3"},
    [ANA_INK_CATEGORY_4] = {"--ana-category-4", "#796900", "#dbc879"},
    [ANA_INK_CATEGORY_5] = {"--ana-category-5", "#3c9dcf", "#8fd4f6"},
    [ANA_INK_CATEGORY_6] = {"--ana-category-6", "#cf3e47", "#ed7269"},
    [ANA_INK_CATEGORY_7] = {"--ana-category-7", "#595594", "#92aee6"},
};

/* Every eighth of the published 256 colours; between them a straight line is within 1/255. */
static const uint32_t viridis[] = {
    0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453781, 0x424086, 0x3e4989, 0x3b528b,
    0x375b8d, 0x33638d, 0x2f6b8e, 0x2c728e, 0x297a8e, 0x26828e, 0x23898e, 0x21918c, 0x1f978b,
    0x1f9f88, 0x21a685, 0x27ad81, 0x31b57b, 0x3dbc74, 0x4cc26c, 0x5cc863, 0x6ece58, 0x81d34d,
    0x95d840, 0xaadc32, 0xc0df25, 0xd5e21a, 0xeae51a, 0xfde725};

static const uint32_t diverging[] = {0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7,
                                     0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f};

ana_ink ana_ink_category(size_t k)
{
    return (ana_ink)(ANA_INK_CATEGORY + (int)(k % ANA_N_CATEGORIES));
}

const char *ana_ink_hex(ana_ink ink, bool dark)
{
    return dark ? inks[ink].dark : inks[ink].light;
}

const char *ana_ink_variable(ana_ink ink)
{
    return inks[ink].variable;
}

void ana_colour_map_at(ana_colour_map map, double position, unsigned char rgb[3])
{
    const uint32_t *anchors = map == ANA_MAP_VIRIDIS ? viridis : diverging;
    size_t n = map == ANA_MAP_VIRIDIS ? sizeof viridis / sizeof viridis[0]
                                      : sizeof diverging / sizeof diverging[0];
    double at = fmin(fmax(position, 0.0), 1.0) * (double)(n - 1);
    size_t below = (size_t)at < n - 1 ? (size_t)at : n - 2;
    double part = at - (double)below;
    for (unsigned i = 0; i < 3; i++) {
        unsigned shift = 16 - 8 * i;
        double a = (double)((anchors[below] >> shift) & 0xffU);
        double b = (double)((anchors[below + 1] >> shift) & 0xffU);
        rgb[i] = (unsigned char)(a + (b - a) * part + 0.5);
    }
}
