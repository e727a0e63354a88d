#include "support/svg_draw.h"

#include "support/check.h"
#include "support/svg_check.h"

#include <stdio.h>
#include <stdlib.h>

char *draw_svg(const ana_record *group, const ana_figure_options *options)
{
    char *svg = NULL;
    check_ok(ana_figure_svg(group, options, &svg));
    return svg;
}

void check_sound_svg(const char *svg, const char *what)
{
    char reason[400] = "";
    if (!is_well_formed(svg, reason, sizeof reason) ||
        !has_sound_labels(svg, reason, sizeof reason)) {
        const char *path = getenv("ANA_UNSOUND"); /* a file to look at */
        FILE *file = path != NULL ? fopen(path, "w") : NULL;
        if (file != NULL) {
            (void)fputs(svg, file);
            (void)fclose(file);
        }
        fail_msg("%s: %s (ANA_UNSOUND=FILE keeps it)", what, reason);
    }
}
