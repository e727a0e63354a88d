#include "nwb_types.h"

#include "memory.h"
#include "nwb.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

const ana_nwb_type *ana_nwb_type_find(const ana_nwb_types *types, const char *name)
{
    for (size_t i = 0; name != NULL && i < types->n; i++) {
        if (strcmp(types->items[i].name, name) == 0) {
            return &types->items[i];
        }
    }
    return NULL;
}

static const char *text_of(const ana_json *node, const char *key)
{
    const ana_json *value = ana_json_find(node, key);
    return value == NULL ? NULL : ana_json_text(value);
}

const char *ana_nwb_type_inc(const ana_json *node)
{
    const char *inc = text_of(node, "neurodata_type_inc");
    return inc != NULL ? inc : text_of(node, "data_type_inc");
}

bool ana_nwb_type_is(const ana_nwb_types *types, const char *name, const char *ancestor)
{
    for (size_t i = 0; name != NULL && i < ANA_NWB_MAX_CHAIN; i++) {
        if (strcmp(name, ancestor) == 0) {
            return true;
        }
        const ana_nwb_type *type = ana_nwb_type_find(types, name);
        name = type == NULL ? NULL : ana_nwb_type_inc(type->node);
    }
    return false;
}

/* Types that a list of groups or datasets defines, also within one another: `pending` grows. */
static ana_status add_types(ana_nwb_types *types, const ana_json *root)
{
    static const char *const sections[] = {"groups", "datasets"};
    ana_status status = ANA_OK;
    const ana_json **pending = NULL;
    size_t capacity = 0;
    size_t n = 1;
    ANA_TRY(ana_grow(&pending, &capacity, 1, sizeof(void *), "specification"));
    pending[0] = root;
    while (n > 0) {
        const ana_json *node = pending[--n];
        const char *name = text_of(node, "neurodata_type_def");
        name = name != NULL ? name : text_of(node, "data_type_def");
        if (name != NULL && ana_nwb_type_find(types, name) == NULL) {
            ANA_TRY(ana_grow(&types->items, &types->capacity, types->n + 1, sizeof *types->items,
                             "specification"));
            types->items[types->n++] = (ana_nwb_type){name, node};
        }
        for (size_t s = 0; s < 2; s++) {
            const ana_json *list = ana_json_find(node, sections[s]);
            size_t count = list == NULL ? 0 : ana_json_count(list);
            ANA_TRY(ana_grow(&pending, &capacity, n + count + 1, sizeof(void *), "specification"));
            for (size_t i = 0; i < count; i++) {
                pending[n] = ana_json_at(list, i);
                n += pending[n] != NULL ? 1 : 0;
            }
        }
    }
done:
    free(pending);
    return status;
}

static ana_status read_document(ana_hdf5 *file, const char *path, ana_nwb_types *types)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    ana_json *root = NULL;
    ANA_TRY(ana_hdf5_read_text(file, path, &text));
    ANA_TRY(ana_json_parse(path, text != NULL ? text : "", text != NULL ? strlen(text) : 0, &root));
    ANA_TRY(ana_grow(&types->documents, &types->document_capacity, types->n_documents + 1,
                     sizeof(void *), path));
    types->documents[types->n_documents++] = root;
    const ana_json *kept = root;
    root = NULL;
    status = add_types(types, kept);
done:
    free(text);
    ana_json_free(root);
    return status;
}

/* One namespace: the documents of its last version. */
static ana_status read_namespace(ana_hdf5 *file, const char *path, ana_nwb_types *types)
{
    ana_status status = ANA_OK;
    ana_hdf5_links versions = {0};
    ana_hdf5_links documents = {0};
    ana_text folder = {0};
    ana_text at = {0};
    ANA_TRY(ana_hdf5_list(file, path, &versions));
    if (versions.n == 0) {
        goto done;
    }
    ANA_TRY(ana_nwb_join(&folder, path, versions.items[versions.n - 1].name));
    ANA_TRY(ana_hdf5_list(file, folder.bytes, &documents));
    for (size_t i = 0; i < documents.n; i++) {
        if (strcmp(documents.items[i].name, "namespace") != 0) {
            ANA_TRY(ana_nwb_join(&at, folder.bytes, documents.items[i].name));
            ANA_TRY(read_document(file, at.bytes, types));
        }
    }
done:
    ana_hdf5_links_release(&versions);
    ana_hdf5_links_release(&documents);
    ana_text_release(&folder);
    ana_text_release(&at);
    return status;
}

ana_status ana_nwb_types_read(ana_hdf5 *file, ana_nwb_types *out)
{
    ana_status status = ANA_OK;
    ana_hdf5_links names = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_text path = {0};
    ANA_TRY(ana_hdf5_look(file, "/specifications", &kind));
    if (kind != ANA_HDF5_GROUP) {
        goto done;
    }
    ANA_TRY(ana_hdf5_list(file, "/specifications", &names));
    for (size_t i = 0; i < names.n; i++) {
        ANA_TRY(ana_nwb_join(&path, "/specifications", names.items[i].name));
        ANA_TRY(read_namespace(file, path.bytes, out));
    }
done:
    ana_hdf5_links_release(&names);
    ana_text_release(&path);
    return status;
}

void ana_nwb_types_release(ana_nwb_types *types)
{
    for (size_t i = 0; i < types->n_documents; i++) {
        ana_json_free(types->documents[i]);
    }
    free(types->documents);
    free(types->items);
    *types = (ana_nwb_types){0};
}
