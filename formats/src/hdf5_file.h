/** HDF5 behind a small face: objects are named by path, nothing has to be closed but the file.
 *
 *  HDF5 prints, leaks ids and trusts what it reads; this face does not. Every call holds one lock,
 *  silences HDF5's printing and turns its error into our sentence. Plug-ins, links out of the
 *  file's folder, external storage and virtual datasets are refused unless asked for. Sizes are
 *  held against the bytes stored and the memory limit before anything is allocated. */
#ifndef ANALYSIS_FORMATS_HDF5_FILE_H
#define ANALYSIS_FORMATS_HDF5_FILE_H

#include <analysis/formats/reader.h>
#include <analysis/series.h>

#include <stdint.h>

#define ANA_HDF5_MAX_AXES 8

/** An open file. Shared by those who read from it later. */
typedef struct ana_hdf5 ana_hdf5;

/** Whether the first bytes of a file are those of HDF5 (also behind a user block). */
bool ana_hdf5_has_signature(const unsigned char *head, size_t n);

/** Open for reading. Superblock and length are checked first. `options` may be NULL.
 *  ANA_ERR_IO; ANA_ERR_FORMAT with the byte. */
ANA_USE_RESULT ana_status ana_hdf5_open(const char *path, const ana_read_options *options,
                                        ana_hdf5 **out);
ana_hdf5 *ana_hdf5_share(ana_hdf5 *file);
/** Drop one owner; the last closes. NULL is fine. */
void ana_hdf5_close(ana_hdf5 *file);
const char *ana_hdf5_path(const ana_hdf5 *file);

/** Texts that are owned; NULL elements do not occur. */
typedef struct ana_hdf5_texts {
    size_t n;
    char **items;
} ana_hdf5_texts;
void ana_hdf5_texts_release(ana_hdf5_texts *texts);

typedef enum ana_hdf5_kind {
    ANA_HDF5_NOTHING,
    ANA_HDF5_GROUP,
    ANA_HDF5_DATASET,
    ANA_HDF5_NAMED_TYPE
} ana_hdf5_kind;

/** What stands at `path`, links followed; NOTHING when no link of that name exists. A soft link
 *  into nowhere or in a circle, and a link out of the file that the rules forbid, are errors. */
ANA_USE_RESULT ana_status ana_hdf5_look(ana_hdf5 *file, const char *path, ana_hdf5_kind *out);

/** A number that is the same for two paths exactly when they lead to the same object of one file
 *  (its header's byte), for finding circles and for resolving references. */
typedef struct ana_hdf5_token {
    uint64_t file;
    uint64_t address;
} ana_hdf5_token;
ANA_USE_RESULT ana_status ana_hdf5_get_token(ana_hdf5 *file, const char *path, ana_hdf5_token *out);

typedef enum ana_hdf5_link_type {
    ANA_HDF5_HARD,
    ANA_HDF5_SOFT,
    ANA_HDF5_EXTERNAL
} ana_hdf5_link_type;

typedef struct ana_hdf5_link {
    char *name;
    ana_hdf5_link_type type;
    char *target; /**< of a soft link its path; of an external one "file:path"; else NULL */
} ana_hdf5_link;

typedef struct ana_hdf5_links {
    size_t n;
    ana_hdf5_link *items;
} ana_hdf5_links;

/** The links of a group: in creation order where the file keeps it, else by name. */
ANA_USE_RESULT ana_status ana_hdf5_list(ana_hdf5 *file, const char *group, ana_hdf5_links *out);
void ana_hdf5_links_release(ana_hdf5_links *links);

typedef enum ana_hdf5_class {
    ANA_HDF5_INTEGER, /**< also enumerations other than BOOL */
    ANA_HDF5_FLOAT,
    ANA_HDF5_BOOL, /**< enumeration of FALSE and TRUE */
    ANA_HDF5_TEXT,
    ANA_HDF5_COMPOUND,
    ANA_HDF5_REFERENCE,
    ANA_HDF5_OTHER
} ana_hdf5_class;

/** Type and shape of a dataset or attribute. */
typedef struct ana_hdf5_info {
    ana_hdf5_class type_class;
    ana_sample_type sample; /**< of INTEGER, FLOAT and BOOL: the C type that holds each value */
    size_t type_size;       /**< bytes of an element in the file */
    bool is_null;           /**< no dataspace: holds nothing */
    size_t n_axes;          /**< 0: scalar */
    size_t n[ANA_HDF5_MAX_AXES];
    size_t n_elements;
    bool is_chunked;
    size_t chunk[ANA_HDF5_MAX_AXES];
    uint64_t stored_bytes; /**< 0 for attributes */
} ana_hdf5_info;

/** Describe a dataset. ANA_ERR_UNSUPPORTED for external storage, virtual datasets, more than
 *  ANA_HDF5_MAX_AXES axes; ANA_ERR_FORMAT when it claims more bytes than the file can hold. */
ANA_USE_RESULT ana_status ana_hdf5_describe(ana_hdf5 *file, const char *path, ana_hdf5_info *out);

/** Describe a member of a compound dataset: type_class is OTHER when there is none of that name. */
ANA_USE_RESULT ana_status ana_hdf5_describe_field(ana_hdf5 *file, const char *path,
                                                  const char *field, ana_hdf5_info *out);

/** The whole dataset in C order, *n elements; `out` is freed by free(). Integers refuse fractions'
 *  types and values beyond int64. `field` names a member of a compound; NULL: not a compound. */
ANA_USE_RESULT ana_status ana_hdf5_read_doubles(ana_hdf5 *file, const char *path, const char *field,
                                                double **out, size_t *n);
ANA_USE_RESULT ana_status ana_hdf5_read_ints(ana_hdf5 *file, const char *path, const char *field,
                                             int64_t **out, size_t *n);
/** Object references as addresses to compare with tokens; 0 is no reference. */
ANA_USE_RESULT ana_status ana_hdf5_read_references(ana_hdf5 *file, const char *path,
                                                   const char *field, uint64_t **out, size_t *n);
ANA_USE_RESULT ana_status ana_hdf5_read_texts(ana_hdf5 *file, const char *path,
                                              ana_hdf5_texts *out);
/** The text of a scalar or of the first element; *out is NULL when nothing stands at `path`. */
ANA_USE_RESULT ana_status ana_hdf5_read_text(ana_hdf5 *file, const char *path, char **out);

/** Attributes of the object at `path`. An absent one leaves `*out` as it is (numbers), or NULL and
 *  *n 0. */
ANA_USE_RESULT ana_status ana_hdf5_attribute_names(ana_hdf5 *file, const char *path,
                                                   ana_hdf5_texts *out);
ANA_USE_RESULT ana_status ana_hdf5_describe_attribute(ana_hdf5 *file, const char *path,
                                                      const char *name, bool *found,
                                                      ana_hdf5_info *out);
ANA_USE_RESULT ana_status ana_hdf5_attribute_text(ana_hdf5 *file, const char *path,
                                                  const char *name, char **out);
ANA_USE_RESULT ana_status ana_hdf5_attribute_texts(ana_hdf5 *file, const char *path,
                                                   const char *name, ana_hdf5_texts *out);
ANA_USE_RESULT ana_status ana_hdf5_attribute_double(ana_hdf5 *file, const char *path,
                                                    const char *name, double *out);
ANA_USE_RESULT ana_status ana_hdf5_attribute_doubles(ana_hdf5 *file, const char *path,
                                                     const char *name, double **out, size_t *n);
ANA_USE_RESULT ana_status ana_hdf5_attribute_reference(ana_hdf5 *file, const char *path,
                                                       const char *name, uint64_t *out);

/** A numeric dataset that is read piece by piece; keeps its file open. */
typedef struct ana_hdf5_dataset ana_hdf5_dataset;
ANA_USE_RESULT ana_status ana_hdf5_dataset_open(ana_hdf5 *file, const char *path,
                                                ana_hdf5_dataset **out);
const ana_hdf5_info *ana_hdf5_dataset_info(const ana_hdf5_dataset *dataset);
/** out = the box start ... start + count - 1 (one entry an axis) as elements of info->sample. */
ANA_USE_RESULT ana_status ana_hdf5_dataset_read(ana_hdf5_dataset *dataset, const size_t *start,
                                                const size_t *count, void *out);
void ana_hdf5_dataset_close(ana_hdf5_dataset *dataset);

#endif
