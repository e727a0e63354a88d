/** The specifications cached in an NWB file: its types, with inheritance. */
#ifndef ANALYSIS_FORMATS_NWB_TYPES_H
#define ANALYSIS_FORMATS_NWB_TYPES_H

#include "hdf5_file.h"
#include "json.h"

/** A type and its definition, borrowed from its document. */
typedef struct ana_nwb_type {
    const char *name;
    const ana_json *node;
} ana_nwb_type;

typedef struct ana_nwb_types {
    ana_json **documents;
    size_t n_documents;
    size_t document_capacity;
    ana_nwb_type *items;
    size_t n;
    size_t capacity;
} ana_nwb_types;

/** No chain of types is longer; a longer one is a circle. */
#define ANA_NWB_MAX_CHAIN 64

/** Read every document below /specifications. ANA_ERR_FORMAT for what is no JSON. */
ANA_USE_RESULT ana_status ana_nwb_types_read(ana_hdf5 *file, ana_nwb_types *out);
void ana_nwb_types_release(ana_nwb_types *types);

/** The type of that name, or NULL. */
const ana_nwb_type *ana_nwb_type_find(const ana_nwb_types *types, const char *name);
/** What a specification builds on ("neurodata_type_inc"), or NULL. */
const char *ana_nwb_type_inc(const ana_json *node);
/** Whether `name` is `ancestor`, or is built on it. */
bool ana_nwb_type_is(const ana_nwb_types *types, const char *name, const char *ancestor);

#endif
