/** Records as one self-contained HTML file: no network, no outside font, everything escaped.
 *
 *  The page is light or dark as its reader's screen is, and white in print. Its content security
 *  policy allows nothing but its own style sheet and images within it. Each figure's data are a
 *  download of comma-separated values within the page; of more than some sixty thousand numbers one
 *  row in k is taken, and the link says so. */
#ifndef ANALYSIS_FORMATS_REPORT_H
#define ANALYSIS_FORMATS_REPORT_H

#include <analysis/record.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef struct ana_report_options {
    const char *title;    /**< NULL: made from the records */
    const char *subtitle; /**< NULL: none */
} ana_report_options;

ANA_API ana_report_options ana_report_options_default(void);

/** *out = the page for n records in that order; each record's "title" and "summary" texts, numbers
 *  as tables, hinted groups as figures with captions, their data as a download, its "provenance"
 *  at the end. Freed by free(). */
ANA_API ANA_USE_RESULT ana_status ana_report_html(size_t n, const ana_record *const *records,
                                                  const ana_report_options *options, char **out);

/** Write that page; whole or not at all. */
ANA_API ANA_USE_RESULT ana_status ana_report_write(size_t n, const ana_record *const *records,
                                                   const ana_report_options *options,
                                                   const char *path);

ANA_END_DECLS

#endif
