/* What readers say on the way: warnings of a recording, findings on a file. */
#include "format.h"
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Longest sentence of a finding or warning; the rest is cut. */
#define SENTENCE_BYTES 1024

ana_status ana_recover(ana_recording *recording, const ana_read_options *options,
                       const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (options != NULL && options->strict) {
        return ana_fail(ANA_ERR_FORMAT, "%s", sentence);
    }
    ana_recording_warn(recording, "%s", sentence);
    return ANA_OK;
}

ana_status ana_findings_add(ana_findings *findings, bool error, const char *where,
                            const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);

    ana_finding finding = {.error = error};
    size_t capacity = findings->n;
    ana_status status = ana_copy_text(where, &finding.where);
    status = status == ANA_OK ? ana_copy_text(sentence, &finding.what) : status;
    status = status == ANA_OK ? ana_grow(&findings->items, &capacity, findings->n + 1,
                                         sizeof finding, "findings")
                              : status;
    if (status != ANA_OK) {
        free(finding.where);
        free(finding.what);
        return status;
    }
    findings->items[findings->n++] = finding;
    return ANA_OK;
}

void ana_findings_free(ana_findings *findings)
{
    if (findings == NULL) {
        return;
    }
    for (size_t i = 0; i < findings->n; i++) {
        free(findings->items[i].where);
        free(findings->items[i].what);
    }
    free(findings->items);
    free(findings);
}
