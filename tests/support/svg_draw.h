/** Draws records for tests of the pictures. */
#ifndef TESTS_SUPPORT_SVG_DRAW_H
#define TESTS_SUPPORT_SVG_DRAW_H

#include <analysis/formats/figure.h>

/** The picture of a group, or the test fails; freed by free(). */
char *draw_svg(const ana_record *group, const ana_figure_options *options);

/** The picture is well formed and its labels are sound, or the test fails with what is wrong; the
 *  picture is left in the file that ANA_UNSOUND names. `what` stands in the message. */
void check_sound_svg(const char *svg, const char *what);

#endif
