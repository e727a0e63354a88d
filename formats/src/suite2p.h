/** Suite2p's output: a folder for each plane with F.npy (fluorescence, roi x frame), Fneu.npy
 *  (neuropil), spks.npy (deconvolved), iscell.npy (roi x [is a cell, probability]) and ops.npy.
 *
 *  The rate is `fs` in ops.npy, which is a pickle: it is never unpickled; the text "fs" and the
 *  number behind it are looked for in its bytes. Where that fails the rate is --rate's, and where
 *  that is missing too, reading is refused: a rate is never assumed. */
#ifndef ANALYSIS_FORMATS_SUITE2P_H
#define ANALYSIS_FORMATS_SUITE2P_H

#include "text.h"

#include <analysis/formats/reader.h>

/** *rate = the number under "fs" in the pickle `path`, 0 when it is not there, is not one plain
 *  number above 0, or there are several that differ. */
ANA_USE_RESULT ana_status ana_suite2p_find_rate(const char *path, double *rate);

/** An ops.npy that holds {"fs": rate}. */
ANA_USE_RESULT ana_status ana_suite2p_write_ops(const char *path, double rate);

/** The writer of the format, and what it loses. */
ANA_USE_RESULT ana_status ana_suite2p_write(const ana_recording *recording, const char *path,
                                            const char *final_path,
                                            const ana_write_options *options);
ANA_USE_RESULT ana_status ana_suite2p_losses(const ana_recording *recording, ana_text *text);

#endif
