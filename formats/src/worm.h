/** Calcium recordings of C. elegans in the layouts of their publications. Each animal becomes a
 *  series of regions of interest on its own clock, beside it a table "<series>_neurons" with
 *  "label" (the source's own words) and "confidence", a row a channel. */
#ifndef ANALYSIS_FORMATS_WORM_H
#define ANALYSIS_FORMATS_WORM_H

#include <analysis/formats/reader.h>

#include <stdint.h>

/** A recording of worms on its way. */
typedef struct ana_worm_reader {
    const char *path;
    const ana_read_options *options;
    ana_recording *recording;
} ana_worm_reader;

/** One animal; borrowed. */
typedef struct ana_worm_traces {
    const char *name;
    size_t n_times;
    size_t n_traces;
    bool trace_major; /**< value t of trace i at i * n_times + t, else t * n_traces + i */
    const double *values;
    const double *times;      /**< n_times seconds; NULL: by rate, from 0 */
    double rate;              /**< hertz, without times */
    char *const *labels;      /**< n_traces, NULL: none; NULL: none has one */
    const double *confidence; /**< n_traces, NaN: unknown; NULL: none is known */
} ana_worm_traces;

/** Add an animal; --rate goes before its times. ANA_ERR_FORMAT for one without times or traces. */
ANA_USE_RESULT ana_status ana_worm_add(const ana_worm_reader *reader,
                                       const ana_worm_traces *traces);

/** Bytes of a file of text that are read at once: what is made of one takes less than 40. */
size_t ana_worm_most_text(const ana_worm_reader *reader);

/** What a look at a variable may take to tell a layout. */
#define ANA_WORM_PROBE_MEMORY ((size_t)16 << 20)

/** Labels that stand apart from the traces. All owned. */
typedef struct ana_worm_labels {
    size_t n; /**< traces */
    char **labels;
    double *confidence;
} ana_worm_labels;

/** No labels for n traces. Released also after a failure. */
ANA_USE_RESULT ana_status ana_worm_labels_new(size_t n, ana_worm_labels *out);
/** Label trace `trace`, counted from 0; ANA_ERR_FORMAT beyond the last. */
ANA_USE_RESULT ana_status ana_worm_labels_set(ana_worm_labels *labels, const char *name,
                                              double trace, const char *label, double confidence);
void ana_worm_labels_release(ana_worm_labels *labels);

/** "2022-08-02-38" of "data/2022-08-02-38-data.h5": no folder, no ending, no "-data". */
ANA_USE_RESULT ana_status ana_worm_name_of(const char *path, char **out);

/** One layout. */
typedef struct ana_worm_layout {
    const char *dataset; /**< a fact of the recording */
    /** Whether a file, that begins so, is of it; never fails. */
    bool (*fits)(const char *path, const unsigned char *head, size_t n_head);
    /** Adds its animals. */
    ana_status (*read)(const ana_worm_reader *reader);
} ana_worm_layout;

extern const ana_worm_layout ana_worm_layout_compact;       /**< HDF5, a group an animal */
extern const ana_worm_layout ana_worm_layout_dag;           /**< Dag 2023, HDF5 */
extern const ana_worm_layout ana_worm_layout_flavell;       /**< Atanas 2023, JSON */
extern const ana_worm_layout ana_worm_layout_structs;       /**< Kato 2015 and kin, MAT 7.3 */
extern const ana_worm_layout ana_worm_layout_yemini;        /**< Yemini 2021, MAT */
extern const ana_worm_layout ana_worm_layout_lin;           /**< Lin 2023, MAT */
extern const ana_worm_layout ana_worm_layout_randi;         /**< Randi 2023, text */
extern const ana_worm_layout ana_worm_layout_venkatachalam; /**< CSV in ZIP */
extern const ana_worm_layout ana_worm_layout_nejatbakhsh;   /**< Nejatbakhsh 2020, NWB */

#endif
