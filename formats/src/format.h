/** What a format offers to the table of readers in registry.c. */
#ifndef ANALYSIS_FORMATS_FORMAT_H
#define ANALYSIS_FORMATS_FORMAT_H

#include "text.h"

#include <analysis/formats/reader.h>

#include <stdint.h>

/** What detection may look at. For a folder `head` is empty. */
typedef struct ana_probe {
    const char *path;
    bool is_folder;
    uint64_t size;
    const unsigned char *head; /**< first n_head bytes */
    size_t n_head;             /**< up to 4096 */
} ana_probe;

/** `path` is a temporary name that is renamed when the writer returns ANA_OK; a format of several
 *  files (BrainVision) writes its companions beside `final_path` by ana_atomic itself. A format
 *  whose endings are "folder" gets `final_path` twice and lets the folder appear by a rename. */
typedef struct ana_format {
    const char *name;
    const char *title;
    const char *endings;
    const char *companions; /**< endings of the files written beside the named one; NULL: none */
    /** 0 (not this) ... 100 (certain), by content; never fails. */
    int (*probe)(const ana_probe *probe);
    ana_status (*read)(const char *path, const ana_read_options *options, ana_recording **out);
    /** NULL: no writer. */
    ana_status (*write)(const ana_recording *recording, const char *path, const char *final_path,
                        const ana_write_options *options);
    /** Append a line to `text` for each thing the format cannot hold; NULL when `write` is. */
    ana_status (*losses)(const ana_recording *recording, ana_text *text);
    /** Rules beyond what reading checks; NULL: none. */
    ana_status (*validate)(const char *path, const ana_read_options *options,
                           ana_findings *findings);
} ana_format;

/** One table entry a file; registry.c lists them. */
extern const ana_format ana_format_edf;
extern const ana_format ana_format_bdf;
extern const ana_format ana_format_gdf;
extern const ana_format ana_format_brainvision;
extern const ana_format ana_format_fif;
extern const ana_format ana_format_nwb;
extern const ana_format ana_format_npy;
extern const ana_format ana_format_npz;
extern const ana_format ana_format_safetensors;
extern const ana_format ana_format_mat;   /**< MAT v4 refused by name, v5 own reader */
extern const ana_format ana_format_mat73; /**< MAT v7.3 on HDF5 */
extern const ana_format ana_format_csv;
extern const ana_format ana_format_phy;
extern const ana_format ana_format_suite2p;
extern const ana_format ana_format_caiman;
extern const ana_format ana_format_signal_h5; /**< samples in plain HDF5 */
extern const ana_format ana_format_worm;      /**< C. elegans in published layouts */

/** *out = the format that options->format names, or the one that the content of `path` fits best.
 *  ANA_ERR_FORMAT with the candidates when none or more than one does. */
ANA_USE_RESULT ana_status ana_format_choose(const char *path, const ana_read_options *options,
                                            const ana_format **out);

/** ANA_ERR_FORMAT with what can be said of a file or folder that no format claims: what it is, what
 *  it holds, and how that could be read. `names` lists the formats. */
ANA_USE_RESULT ana_status ana_fail_unknown(const char *path, const char *names);

/** Append a finding (texts by printf); ANA_ERR_MEMORY. */
ANA_PRINTF(4, 5)
ana_status ana_findings_add(ana_findings *findings, bool error, const char *where,
                            const char *format, ...);

/** A warning of a reader: an entry of recording->warnings, or with `strict` the error itself. */
ANA_PRINTF(3, 4)
ANA_USE_RESULT ana_status ana_recover(ana_recording *recording, const ana_read_options *options,
                                      const char *format, ...);

#endif
