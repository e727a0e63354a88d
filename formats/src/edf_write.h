/** What the parts of the EDF writer share. */
#ifndef ANALYSIS_FORMATS_EDF_WRITE_H
#define ANALYSIS_FORMATS_EDF_WRITE_H

#include "calendar.h"
#include "edf_plan.h"
#include "text.h"

#include <analysis/recording.h>
#include <analysis/run.h>

/** When the file says that it starts, and how the clocks differ. */
typedef struct ana_edf_clock {
    bool is_known;
    ana_moment start; /**< whole seconds */
    double shift;     /**< file's clock = recording's clock + shift */
    const char *zone; /**< of the recording's start time, which the file cannot hold; "" */
} ana_edf_clock;

ana_edf_clock ana_edf_make_clock(const ana_edf_plan *plan);

/** Annotations as they stand in the records: a list for each record, record after record. */
typedef struct ana_edf_lists {
    size_t bytes_in_record; /**< room for lists in each */
    size_t n_records;
    size_t *list_start; /**< n_records + 1 places in `bytes` */
    ana_text bytes;
} ana_edf_lists;

/** Lay all intervals out over the records. */
ANA_USE_RESULT ana_status ana_edf_make_lists(const ana_edf_plan *plan, const ana_edf_clock *clock,
                                             ana_edf_lists *lists);
void ana_edf_release_lists(ana_edf_lists *lists);

/** Whether the file must be EDF+: annotations, gaps, a start that is unknown or not at a whole
 *  second, or facts that EDF+ has places for. */
bool ana_edf_needs_plus(const ana_edf_plan *plan, const ana_edf_clock *clock);

/** The header's "local patient identification" and "local recording identification", not yet cut to
 *  80 bytes. */
void ana_edf_patient_text(const ana_recording *recording, bool is_plus, ana_text *text);
void ana_edf_recording_text(const ana_recording *recording, const ana_edf_clock *clock,
                            bool is_plus, ana_text *text);
/** Whether a fact of that name has a place in the header. */
bool ana_edf_holds_fact(const char *name);

/** The channel's filter settings as header text. */
void ana_edf_filter_text(const ana_channel *channel, ana_text *text);

/** The first character of `words` (not empty) in US-ASCII: micro signs as "u", ohms as "Ohm"; ""
 *  when there is nothing like it. Returns the bytes that it takes in `words`. */
size_t ana_edf_next_ascii(const char *words, char out[4]);
/** Append `words` in US-ASCII, with "?" for characters that have nothing like it. */
void ana_edf_append_ascii(ana_text *text, const char *words);

ANA_USE_RESULT ana_status ana_edf_list_losses(const ana_recording *recording, bool is_bdf,
                                              ana_text *text);
ANA_USE_RESULT ana_status ana_edf_write(const ana_recording *recording, const char *path,
                                        const char *final_path, bool is_bdf, const ana_run *run);

#endif
