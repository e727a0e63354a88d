/** Folders of Kilosort and Phy: spike_times.npy (samples), spike_clusters.npy (the unit of each
 *  spike), cluster_*.tsv (what is known of each unit), params.py.
 *
 *  params.py is read as lines of `name = literal`; nothing in it is ever run. The sampling rate is
 *  --rate's, or its sample_rate; without either, reading is refused. */
#ifndef ANALYSIS_FORMATS_PHY_H
#define ANALYSIS_FORMATS_PHY_H

#include <analysis/formats/reader.h>

/** Facts of params.py, prefixed "params.", into `recording`; *rate = sample_rate, 0 when it is not
 *  there. ANA_ERR_FORMAT (with the line) when it is no number above 0. */
ANA_USE_RESULT ana_status ana_phy_read_params(const char *path, ana_recording *recording,
                                              double *rate);

/** The columns of one cluster_*.tsv into `units`, whose column "id" says which row each line
 *  belongs to: whole numbers, numbers or texts, missing where the file is silent. Columns that are
 *  there already are passed over. ANA_ERR_FORMAT with the line. */
ANA_USE_RESULT ana_status ana_phy_read_columns(const char *path, ana_table *units);

#endif
