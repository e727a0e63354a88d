/** What the hdf5_*.c files share; nobody else includes this or hdf5.h. */
#ifndef ANALYSIS_FORMATS_HDF5_PRIVATE_H
#define ANALYSIS_FORMATS_HDF5_PRIVATE_H

#include "hdf5_check.h"
#include "hdf5_file.h"
#include "hdf5_output.h"
#include "hdf5_tokens.h"

struct ana_hdf5 {
    hid_t id;
    char *path;
    uint64_t size;         /**< bytes of the file; 0 while writing */
    ana_hdf5_check *check; /**< NULL while writing */
    size_t n_owners;
    bool writing;
    ana_hdf5_output output; /**< while writing */
    bool allow_outside;
    bool plugins;
    ana_run run;               /**< its memory limit */
    uint64_t n_filled;         /**< bytes read whole that no byte of the file stands behind */
    struct ana_hdf5 **outside; /**< files that external links led to */
    size_t n_outside;
    size_t outside_capacity;
    /** The object looked at last stays open: readers ask for many things of one object. */
    char *last_path;
    struct ana_hdf5 *last_file;
    char *last_real;
    unsigned last_links; /**< followed on the way there */
    hid_t last_id;
};

struct ana_hdf5_dataset {
    ana_hdf5 *file; /**< shared: the file that holds it, perhaps an outside one */
    hid_t id;
    hid_t memory_type;
    ana_hdf5_info info;
    char *path;
    ana_hdf5_tokens checked; /**< chunks that unpack to the right size */
};

/** State of the library that belongs to the host program, saved while we work. */
typedef struct ana_hdf5_guard {
    H5E_auto2_t report;
    void *report_data;
    unsigned plugins;
} ana_hdf5_guard;

/** Take the lock, silence HDF5, switch plug-ins off (or on where `file` allows them). */
void ana_hdf5_enter(const ana_hdf5 *file, ana_hdf5_guard *guard);
void ana_hdf5_leave(const ana_hdf5_guard *guard);

/** Record the sentence "file: path: `what`: HDF5's innermost reason", and forget the reason. */
void ana_hdf5_explain(ana_status status, const ana_hdf5 *file, const char *path, const char *what);

static inline ana_status ana_hdf5_fail(ana_status status, const ana_hdf5 *file, const char *path,
                                       const char *what)
{
    ana_hdf5_explain(status, file, path, what);
    return status;
}

/** The object at `path`, opened; borrowed until the next call. kind NOTHING: no such link. */
typedef struct ana_hdf5_object {
    ana_hdf5 *file;   /**< where it is: `file`, or one that an external link led to */
    const char *real; /**< its path there without links */
    hid_t id;
    ana_hdf5_kind kind;
} ana_hdf5_object;
ANA_USE_RESULT ana_status ana_hdf5_locate(ana_hdf5 *file, const char *path, ana_hdf5_object *out);
/** The same for an object that must be there and of that kind (NOTHING: any). */
ANA_USE_RESULT ana_status ana_hdf5_require(ana_hdf5 *file, const char *path, ana_hdf5_kind kind,
                                           ana_hdf5_object *out);
/** Forget the object looked at last, before the file changes under it. */
void ana_hdf5_forget(ana_hdf5 *file);
/** Open without taking the lock; used for outside files. */
ANA_USE_RESULT ana_status ana_hdf5_open_locked(const char *path, const ana_hdf5 *parent,
                                               const ana_read_options *options, ana_hdf5 **out);
void ana_hdf5_close_locked(ana_hdf5 *file);

/** Fill type_class, sample and type_size from a type; sizes from a dataspace. */
ANA_USE_RESULT ana_status ana_hdf5_describe_type(const ana_hdf5 *file, const char *path, hid_t type,
                                                 ana_hdf5_info *info);
ANA_USE_RESULT ana_status ana_hdf5_describe_space(const ana_hdf5 *file, const char *path,
                                                  hid_t space, ana_hdf5_info *info);
/** ANA_ERR_IO with the system's reason once not all bytes of a file being written went out. */
ANA_USE_RESULT ana_status ana_hdf5_check_output(const ana_hdf5 *file);
/** The memory type of a sample type; not to be closed. */
hid_t ana_hdf5_native_type(ana_sample_type type);
/** A new UTF-8 text type of variable length. */
hid_t ana_hdf5_text_type(void);
/** A new enumeration FALSE, TRUE over int8, as h5py writes it. */
hid_t ana_hdf5_bool_type(void);

/** An attribute that is open; ids negative when it is absent. */
typedef struct ana_hdf5_attribute {
    hid_t id;
    hid_t type;
} ana_hdf5_attribute;
ANA_USE_RESULT ana_status ana_hdf5_attribute_open(const ana_hdf5_object *object, const char *path,
                                                  const char *name, ana_hdf5_attribute *attribute,
                                                  ana_hdf5_info *info);
void ana_hdf5_attribute_close(ana_hdf5_attribute *attribute);

/** Bytes that a dataset or chunk may claim when the file stores `stored` bytes for it. */
uint64_t ana_hdf5_plausible_bytes(uint64_t stored);
ANA_USE_RESULT ana_status ana_hdf5_describe_object(const ana_hdf5_object *object, const char *path,
                                                   ana_hdf5_info *info);
/** A new id of the member's type; negative when there is none. */
hid_t ana_hdf5_field_type(hid_t type, const char *field);
/** The packed chunks that a box of a dataset touches, and the texts of variable length in them:
 *  HDF5 believes their sizes. Each chunk once, which `seen` remembers. */
ANA_USE_RESULT ana_status ana_hdf5_check_packed(const ana_hdf5 *file, hid_t dataset,
                                                const char *path, const size_t *start,
                                                const size_t *count, ana_hdf5_tokens *seen);
/** All chunks, and all texts also where they are not in chunks. */
ANA_USE_RESULT ana_status ana_hdf5_check_whole(const ana_hdf5 *file, hid_t dataset,
                                               const char *path);
/** Every filter of a dataset's pipeline is there, or the sentence names the missing one. */
ANA_USE_RESULT ana_status ana_hdf5_check_filters(const ana_hdf5_object *object, const char *path);

#endif
