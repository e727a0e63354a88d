/** Seeds that mutants are made of: small good files, written when the test runs. */
#ifndef TESTS_BAD_MUTANTS_H
#define TESTS_BAD_MUTANTS_H

#include "child.h"

#include <analysis/recording.h>
#include <analysis/status.h>

#define MAX_SEED_FILES 8

enum {
    N_WORM_SEEDS = 9,
    N_CONNECTOME_SEEDS = 9
};

/** One seed. Of the files, the first is mutated most often. */
typedef struct mutant_seed {
    const char *format;                /**< as in the table of readers, or what it is read as */
    const char *entry;                 /**< what is opened, below the folder; "" for the folder */
    const char *files[MAX_SEED_FILES]; /**< those to mutate, below the folder, NULL-terminated */
    ana_status (*write)(const char *folder);
    read_file *read;
} mutant_seed;

/** Each format's file of seeds offers one. */
extern const mutant_seed seed_edf;
extern const mutant_seed seed_bdf;
extern const mutant_seed seed_brainvision;
extern const mutant_seed seed_fif;
extern const mutant_seed seed_gdf;
extern const mutant_seed seed_nwb;
extern const mutant_seed seed_caiman;
extern const mutant_seed seed_signal_h5;
extern const mutant_seed seed_npy;
extern const mutant_seed seed_npz;
extern const mutant_seed seed_safetensors;
extern const mutant_seed seed_mat; /**< and deflated, and of version 4 */
extern const mutant_seed seed_mat_packed;
extern const mutant_seed seed_mat_old;
extern const mutant_seed seed_mat_structs; /**< as matrices of structs */
extern const mutant_seed seed_mat73;
extern const mutant_seed seed_csv;
extern const mutant_seed seed_phy;
extern const mutant_seed seed_suite2p;

/** Several of one kind: traces of worms in each layout; what becomes a connectome, a list of names
 *  or rows of an array. */
extern const mutant_seed seeds_worm[N_WORM_SEEDS];
extern const mutant_seed seeds_connectome[N_CONNECTOME_SEEDS];

/** A small recording of irregular numbers: n_series series at different rates, two segments with
 *  `gap`, annotations, a start time. Freed by ana_recording_free. */
ana_status make_seed_recording(size_t n_series, bool gap, ana_sample_type type,
                               ana_recording **out);

#endif
