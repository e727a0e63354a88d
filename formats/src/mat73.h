/** How the objects of an HDF5 file become the values of a MAT file of version 7.3. */
#ifndef ANALYSIS_FORMATS_MAT73_H
#define ANALYSIS_FORMATS_MAT73_H

#include "hdf5_file.h"
#include "mat.h"

/** What a reference can lead to. */
typedef struct ana_mat73_target {
    uint64_t address;
    const char *name; /**< in /#refs#; borrowed from the links */
    bool met;         /**< something referred to it already */
} ana_mat73_target;

/** An object that is still to be read into its value. */
typedef struct ana_mat73_task {
    char *path;
    ana_mat_value *value;
    size_t depth;
    bool again; /**< the object was referred to before */
} ana_mat73_task;

/** The reader's state: objects wait on a stack, so that nesting costs no recursion. */
typedef struct ana_mat73 {
    ana_mat_reader *reader;
    ana_hdf5 *file;
    ana_hdf5_links links;      /**< of /#refs# */
    ana_mat73_target *targets; /**< links.n, by address; NULL: there is no /#refs# */
    size_t n_values;
    size_t n_again; /**< cells and structs read another time */
    ana_mat73_task *stack;
    size_t n;
    size_t capacity;
} ana_mat73;

/** Let `name` below the object of `parent` (NULL: the root) be read into `value`.
 *  ANA_ERR_UNSUPPORTED when that is too deep. */
ANA_USE_RESULT ana_status ana_mat73_push(ana_mat73 *mat, const ana_mat73_task *parent,
                                         ana_mat_value *value, const char *name);
/** The same for what an element of the object of `task` refers to; 0 refers to nothing. */
ANA_USE_RESULT ana_status ana_mat73_push_reference(ana_mat73 *mat, const ana_mat73_task *task,
                                                   uint64_t address, ana_mat_value *value);
/** Make n empty children of the value. ANA_ERR_UNSUPPORTED when there are too many values, or too
 *  many that hold others are read again: MATLAB itself refers to each but once. */
ANA_USE_RESULT ana_status ana_mat73_add_children(ana_mat73 *mat, const ana_mat73_task *task,
                                                 size_t n);

/** Fill the value of `task`; its children are pushed. */
ANA_USE_RESULT ana_status ana_mat73_read_value(ana_mat73 *mat, const ana_mat73_task *task);

#endif
