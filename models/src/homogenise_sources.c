/* The animals of a recording. */
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/homogenise.h>

#include <stdlib.h>

/* The table "x_neurons" beside series "x", or NULL. */
static ana_status find_neurons(const ana_recording *recording, const ana_series *series,
                               const ana_table **out)
{
    ana_text name = {0};
    ana_text_printf(&name, "%s_neurons", series->name);
    ana_status status = ana_text_check(&name, "homogenise");
    *out = status == ANA_OK ? ana_recording_find_table(recording, name.bytes) : NULL;
    ana_text_release(&name);
    return status;
}

static bool is_of_regions(const ana_series *series)
{
    bool regions = series->n_channels > 0;
    for (size_t c = 0; c < series->n_channels; c++) {
        regions = regions && series->channels[c].kind == ANA_KIND_ROI;
    }
    return regions;
}

ana_status ana_worm_sources(const ana_recording *recording, size_t *n, ana_worm_source **out)
{
    ana_status status = ANA_OK;
    ana_worm_source *sources = NULL;
    size_t n_found = 0;
    bool any_table = false;
    ANA_TRY(ana_allocate(recording->n_series, sizeof *sources, "homogenise", (void *)&sources));
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_table *neurons = NULL;
        ANA_TRY(find_neurons(recording, recording->series[i], &neurons));
        if (neurons != NULL && !any_table) {
            any_table = true;
            n_found = 0; /* those without a table were no animals */
        }
        if (neurons != NULL || (!any_table && is_of_regions(recording->series[i]))) {
            sources[n_found++] =
                (ana_worm_source){.name = recording->series[i]->name,
                                  .path = recording->path,
                                  .dataset = ana_recording_find_fact(recording, "dataset"),
                                  .series = recording->series[i],
                                  .neurons = neurons};
        }
    }
    if (n_found == 0) {
        status = ana_fail(ANA_ERR_VALUE,
                          "%s: holds no animal: no series \"x\" with a table \"x_neurons\" beside "
                          "it, and none of regions of interest",
                          recording->path != NULL ? recording->path : "recording");
        goto done;
    }
    *n = n_found;
    *out = sources;
    sources = NULL;
done:
    free(sources);
    return status;
}
