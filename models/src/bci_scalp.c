#include "bci_scalp.h"

#include "try.h"

#include <analysis/montage.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

ana_status ana_bci_find_scalp(const ana_bci_pipeline *pipeline, ana_workspace *workspace,
                              bci_scalp *out)
{
    ana_status status = ANA_OK;
    bool measured = false;
    const ana_bci_lesson *lesson = &pipeline->lesson;
    const size_t n = lesson->n_channels;
    out->n_channels = n;
    out->channels = ana_workspace_sizes(workspace, n, 1);
    out->positions = ana_workspace_doubles(workspace, n, 2);
    double *places = ana_workspace_doubles(workspace, n, 2);
    out->names = ana_workspace_bytes(workspace, n, 1, sizeof *out->names);
    out->values = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "topographies"));
    ANA_TRY(ana_montage_places(n, (const char *const *)lesson->channel_names, lesson->positions,
                               places, &measured));
    out->source = measured ? "Places are the positions that the recording has."
                           : "Places are those of the 10-10 system by the channels' names.";
    for (size_t c = 0; c < n; c++) {
        if (!isnan(places[2 * c])) {
            memcpy(out->positions + 2 * out->n, places + 2 * c, 2 * sizeof *places);
            out->channels[out->n] = c;
            out->names[out->n++] = lesson->channel_names[c];
        }
    }
done:
    return status;
}

ana_status ana_bci_add_map(bci_scalp *scalp, const char *name, const ana_picture_words *words,
                           const double *values, const double *range)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    char caption[768];
    ana_picture_words whole = *words;
    const ana_shape shape = ana_shape_1(scalp->n, "channel");
    for (size_t k = 0; k < scalp->n; k++) {
        scalp->values[k] = values[scalp->channels[k]];
    }
    snprintf(caption, sizeof caption, "%s %s", words->caption, scalp->source);
    whole.caption = caption;
    ANA_TRY(ana_record_add_picture(scalp->record, name, ANA_HINT_TOPOGRAPHY, &whole, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, scalp->values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(scalp->n, "channel", 2, "axis"),
                                   scalp->positions, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", scalp->n, scalp->names));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    if (range != NULL) {
        ANA_TRY(ana_record_add_doubles(figure, "range", ana_shape_1(2, NULL), range, NULL));
    }
    scalp->n_drawn++;
done:
    return status;
}
