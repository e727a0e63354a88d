/** What `ana bci info` says of recordings: a row of the table of all, and a group for each. */
#ifndef CLI_BCI_OVERVIEW_H
#define CLI_BCI_OVERVIEW_H

#include "bci_input.h"

#include <analysis/models/bci_check.h>

typedef struct bci_overview_row {
    char file[256]; /**< its name without the folder */
    bci_names names;
    size_t n_channels;
    double rate;
    double duration;
    size_t n_trials;
    size_t n_dropped;
    size_t rank;
    size_t n_artefacts;
    char note[512]; /**< "" or what is wrong */
} bci_overview_row;

/** What it is: subject, session, run, channels, rate, unit, duration. */
ANA_USE_RESULT ana_status bci_overview_recording(const bci_opened *opened, const bci_names *whose,
                                                 const char *path, bci_overview_row *row,
                                                 ana_record *group);

/** Events by label, with their lengths and trials, and those dropped with the reason. */
ANA_USE_RESULT ana_status bci_overview_events(const ana_intervals *events, const ana_epochs *epochs,
                                              bci_overview_row *row, ana_record *group);

/** Events by label where no window is known: of bci_input_events, so that all have a label. */
ANA_USE_RESULT ana_status bci_overview_labels(const ana_intervals *events, ana_record *group);

/** Rank, artefacts and what is wrong with channels into the row. */
void bci_overview_note(const ana_bci_check *check, const ana_bci_trials *trials,
                       bci_overview_row *row);

/** All rows as two tables of the record, whose they are and what their trials are, and one of those
 *  where something is wrong. */
ANA_USE_RESULT ana_status bci_overview_table(size_t n, const bci_overview_row *rows,
                                             ana_record *record);

#endif
