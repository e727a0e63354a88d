/* Rules of BrainVision recordings that reading does not depend on: the markers, line by line. */
#include "brainvision.h"
#include "format.h"
#include "try.h"

#include <stdio.h>
#include <stdlib.h>

static ana_status add_line(ana_findings *findings, const char *file, int64_t line, const char *what)
{
    char where[32];
    (void)snprintf(where, sizeof where, "line %lld", (long long)line);
    return ana_findings_add(findings, false, where, "%s: %s", file, what);
}

static ana_status check_markers(const char *file, const ana_brainvision_markers *markers,
                                const ana_recording *recording, ana_findings *findings)
{
    const ana_series *series = recording->series[0];
    ana_status status = ANA_OK;
    for (size_t i = 0; i < markers->n_unread; i++) {
        ANA_TRY(add_line(findings, file, markers->unread[i].line,
                         "a marker without a readable position; it is kept as text"));
    }
    for (size_t i = 0; i < markers->n && status == ANA_OK; i++) {
        const ana_brainvision_marker *marker = &markers->items[i];
        bool before = marker->position < 1;
        if (before || (uint64_t)marker->position > series->n_times) {
            status = add_line(findings, file, marker->line,
                              before ? "a marker before the first sample; positions begin at 1"
                                     : "a marker after the last sample");
        } else if (marker->channel > series->n_channels) {
            status =
                add_line(findings, file, marker->line, "a marker of a channel that is not there");
        }
    }
done:
    return status;
}

ana_status ana_brainvision_validate(const char *path, const ana_read_options *options,
                                    ana_findings *findings)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_brainvision_header header = {0};
    ana_brainvision_markers markers = {0};
    char *marker_path = NULL;
    ana_read_options chosen = *options;
    chosen.format = "brainvision";
    status = ana_recording_read(path, &chosen, &recording);
    if (status != ANA_OK) { /* what is wrong with the file is a finding already */
        return status == ANA_ERR_MEMORY || status == ANA_ERR_IO ? status : ANA_OK;
    }
    ANA_TRY(ana_brainvision_read_header(path, options, recording, &header));
    if (header.marker_file != NULL &&
        ana_file_companion(path, header.marker_file, options->allow_outside, &marker_path) ==
            ANA_OK) {
        ANA_TRY(ana_brainvision_read_markers(marker_path, &markers));
        ANA_TRY(check_markers(header.marker_file, &markers, recording, findings));
    }
done:
    free(marker_path);
    ana_brainvision_release_markers(&markers);
    ana_brainvision_release_header(&header);
    ana_recording_free(recording);
    return status;
}
