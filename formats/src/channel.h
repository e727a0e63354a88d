/** What channel labels and filter texts of EEG files say. */
#ifndef ANALYSIS_FORMATS_CHANNEL_H
#define ANALYSIS_FORMATS_CHANNEL_H

#include <analysis/series.h>

/** Kind by a label: its type word ("EEG Fz", "ECG", "Status") or a place of the extended 10-20
 *  system
 *  ("Fp1", "POz"); ANA_KIND_OTHER when it says nothing. */
ana_kind ana_kind_from_label(const char *label);

/** The same with the transducer's help: BioSemi names its electrodes A1 ... H32 and calls them
 *  "Active Electrode" there. `transducer` may be NULL. */
ana_kind ana_kind_from_electrode(const char *label, const char *transducer);

/** The same for recorders of EEG, where a channel that names nothing else measures EEG if its unit
 *  is one of voltage. `unit` may be NULL. */
ana_kind ana_kind_from_voltage(const char *label, const char *unit);

/** High pass, low pass and notch in hertz from words such as "HP:0.1Hz LP:75Hz N:50Hz" ("HP: DC" is
 *  0); what is not said stays as it is. */
void ana_channel_parse_filter(const char *words, ana_channel *channel);

/** A name for a series: "eeg" when all its channels beside triggers are, else "signals". */
const char *ana_word_for_channels(const ana_series *series);

#endif
