/** Where HDF5's bytes go while a file is written.
 *
 *  HDF5 1.10 cannot close a file whose last bytes do not fit on the disk, and crashes when the
 *  program ends. So it writes through a driver of ours that never fails: the first failure is kept
 *  and reported by us. */
#ifndef ANALYSIS_FORMATS_HDF5_OUTPUT_H
#define ANALYSIS_FORMATS_HDF5_OUTPUT_H

#include <hdf5.h>
#include <stdint.h>

typedef struct ana_hdf5_output {
    int descriptor;
    int error; /**< errno of the first failure; 0: none */
    uint64_t end;
    hid_t driver; /**< negative: none */
} ana_hdf5_output;

/** Let files of this access list be written to `output`, which outlives them; negative on failure.
 *  Released by ana_hdf5_output_release, also after a failure. */
herr_t ana_hdf5_output_use(hid_t access_list, ana_hdf5_output *output);

/** After the files are closed: HDF5 1.10 asks a driver how to close a file when it has let go of it
 *  already, so that somebody else has to hold it until then. */
void ana_hdf5_output_release(ana_hdf5_output *output);

#endif
