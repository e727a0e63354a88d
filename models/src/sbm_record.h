/** What a fit's record is made of. */
#ifndef ANALYSIS_MODELS_SBM_RECORD_H
#define ANALYSIS_MODELS_SBM_RECORD_H

#include <analysis/models/sbm.h>

/** "level_0", ... */
void ana_sbm_name_level(size_t l, char name[32]);

/** The group of each node at level l. */
void ana_sbm_project(const ana_sbm *sbm, size_t l, size_t *out);

/** Pictures, of the layers too where they are given, and the table of nodes. */
ANA_USE_RESULT ana_status ana_sbm_add_figures(const ana_sbm *sbm, const ana_sbm_layers *layers,
                                              ana_record *record);

#endif
