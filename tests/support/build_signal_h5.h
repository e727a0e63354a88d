/** Signals in plain HDF5, as h5py writes them, for tests of the reader. */
#ifndef TESTS_SUPPORT_BUILD_SIGNAL_H5_H
#define TESTS_SUPPORT_BUILD_SIGNAL_H5_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIGNAL_H5_CHANNELS = 3,
    SIGNAL_H5_TIMES = 40,
    SIGNAL_H5_EVENTS = 4
};

/** What a test makes different. */
typedef struct signal_h5_plan {
    const char *rate_name; /**< NULL: none is given */
    double rate;
    hsize_t shape[3]; /**< of the signal; 0 from the first axis on that it does not have */
    hsize_t chunk;    /**< channels a chunk of 7 times, deflated; 0: contiguous */
    size_t n_names;   /**< of "C3", "Cz", "marker", "Pz"; 0: none */
    bool names_are_numbers;
    int32_t last_sample;     /**< of the events at 0, 7, 5 and there, of codes 1, 2, 7, 1 */
    hsize_t n_codes;         /**< 0: none, and no samples */
    const char *event_names; /**< NULL: none */
    double duration_s;       /**< 0: not given */
    double onset_s;          /**< of the first of two seizures, which ends at .25 s */
    hsize_t n_offsets;       /**< of 2; 0: no seizures */
} signal_h5_plan;

/** 3 channels of 40 times at 125 Hz with everything the layout has; contiguous. */
signal_h5_plan signal_h5_good(void);

/** Number t of row c of a signal of 40 times: irregular, and exact as a float. */
float signal_h5_sample(size_t c, size_t t);

/** Writes the file, the same bytes whenever. */
bool write_signal_h5(const char *path, const signal_h5_plan *plan);

#endif
