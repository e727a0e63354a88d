#include "nwb_validate.h"

#include "hdf5_walk.h"
#include "memory.h"
#include "nwb.h"
#include "nwb_types.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Specifications nest no deeper than this in one another. */
static const size_t max_depth = 16;

/* Members of one type that were checked: the most derived type says what holds. */
#define MAX_SEEN 128

typedef struct nwb_checker {
    ana_hdf5 *file;
    ana_nwb_types types;
    ana_findings *findings;
} nwb_checker;

typedef struct seen_members {
    const char *names[MAX_SEEN];
    size_t n;
} seen_members;

/* Whether a member of that name was checked before; now it is. */
static bool was_seen(seen_members *seen, const char *name)
{
    for (size_t i = 0; i < seen->n; i++) {
        if (strcmp(seen->names[i], name) == 0) {
            return true;
        }
    }
    if (seen->n < MAX_SEEN) {
        seen->names[seen->n++] = name;
    }
    return false;
}

static const char *text_of(const ana_json *node, const char *key)
{
    const ana_json *value = ana_json_find(node, key);
    return value == NULL ? NULL : ana_json_text(value);
}

/* Bytes at the end of "float32", "int8", "uint64"; 0: none said. */
static size_t bytes_of(const char *dtype)
{
    static const struct {
        const char *ending;
        size_t bytes;
    } widths[] = {{"64", 8}, {"32", 4}, {"16", 2}, {"8", 1}};
    for (size_t i = 0; i < 4; i++) {
        if (ana_text_ends_with_ignoring_case(dtype, widths[i].ending)) {
            return widths[i].bytes;
        }
    }
    return 0;
}

static bool is_one_of(const char *word, const char *const *list)
{
    while (*list != NULL && strcmp(word, *list) != 0) {
        list++;
    }
    return *list != NULL;
}

static bool is_signed(ana_sample_type type)
{
    return type == ANA_INT8 || type == ANA_INT16 || type == ANA_INT32 || type == ANA_INT64;
}

/* A wider type than asked for is fine; an unknown name says nothing. */
static bool fits_name(const char *dtype, const ana_hdf5_info *info)
{
    static const char *const texts[] = {"text",        "utf",      "utf8", "ascii",
                                        "isodatetime", "datetime", NULL};
    static const char *const other_integers[] = {"long", "short", NULL};
    bool integer = info->type_class == ANA_HDF5_INTEGER;
    bool real = info->type_class == ANA_HDF5_FLOAT;
    if (strcmp(dtype, "numeric") == 0) {
        return integer || real;
    }
    if (strcmp(dtype, "bool") == 0) {
        return info->type_class == ANA_HDF5_BOOL;
    }
    if (is_one_of(dtype, texts)) {
        return info->type_class == ANA_HDF5_TEXT;
    }
    bool wide = info->type_size >= bytes_of(dtype);
    if (ana_text_starts_with(dtype, "float") || strcmp(dtype, "double") == 0) {
        return real && wide;
    }
    if (ana_text_starts_with(dtype, "uint")) {
        return integer && wide && !is_signed(info->sample);
    }
    bool any_integer = ana_text_starts_with(dtype, "int") || is_one_of(dtype, other_integers);
    return any_integer ? integer && wide : true;
}

static const char *class_name(const ana_hdf5_info *info)
{
    switch (info->type_class) {
    case ANA_HDF5_INTEGER:
    case ANA_HDF5_FLOAT:
        return ana_sample_type_name(info->sample);
    case ANA_HDF5_BOOL:
        return "bool";
    case ANA_HDF5_TEXT:
        return "text";
    case ANA_HDF5_COMPOUND:
        return "a compound";
    case ANA_HDF5_REFERENCE:
        return "a reference";
    case ANA_HDF5_OTHER:
    default:
        return "something else";
    }
}

static ana_status check_dtype(nwb_checker *checker, const char *where, const char *what,
                              const ana_json *spec, const ana_hdf5_info *info)
{
    const ana_json *dtype = ana_json_find(spec, "dtype");
    const char *wanted = "a reference";
    bool fits = true;
    if (dtype == NULL || info->is_null || info->n_elements == 0) {
        return ANA_OK;
    }
    switch (ana_json_get_type(dtype)) {
    case ANA_JSON_TEXT:
        wanted = ana_json_text(dtype);
        fits = fits_name(wanted, info);
        break;
    case ANA_JSON_LIST:
        wanted = "a compound";
        fits = info->type_class == ANA_HDF5_COMPOUND;
        break;
    case ANA_JSON_OBJECT:
        fits = info->type_class == ANA_HDF5_REFERENCE || info->type_class == ANA_HDF5_OTHER;
        break;
    case ANA_JSON_NULL:
    case ANA_JSON_BOOL:
    case ANA_JSON_INT:
    case ANA_JSON_DOUBLE:
    default:
        break;
    }
    return fits ? ANA_OK
                : ana_findings_add(checker->findings, true, where, "%s is %s; it should be %s",
                                   what, class_name(info), wanted);
}

/* One shape: a list of sizes, null for any. */
static bool fits_shape(const ana_json *shape, const ana_hdf5_info *info)
{
    bool fits = ana_json_count(shape) == info->n_axes;
    for (size_t i = 0; fits && i < info->n_axes; i++) {
        const ana_json *size = ana_json_at(shape, i);
        fits = ana_json_get_type(size) != ANA_JSON_INT || ana_json_int(size) == (int64_t)info->n[i];
    }
    return fits;
}

static ana_status check_shape(nwb_checker *checker, const char *where, const char *what,
                              const ana_json *spec, const ana_hdf5_info *info)
{
    const ana_json *shape = ana_json_find(spec, "shape");
    if (shape == NULL || ana_json_get_type(shape) != ANA_JSON_LIST || ana_json_count(shape) == 0 ||
        info->is_null) {
        return ANA_OK;
    }
    bool fits = false;
    if (ana_json_get_type(ana_json_at(shape, 0)) == ANA_JSON_LIST) {
        for (size_t i = 0; i < ana_json_count(shape) && !fits; i++) {
            fits = fits_shape(ana_json_at(shape, i), info);
        }
    } else {
        fits = fits_shape(shape, info);
    }
    return fits ? ANA_OK
                : ana_findings_add(checker->findings, true, where,
                                   "%s has %zu axes, or sizes, that its type does not allow", what,
                                   info->n_axes);
}

static ana_status check_attribute(nwb_checker *checker, const char *path, const ana_json *spec)
{
    ana_status status = ANA_OK;
    const char *name = text_of(spec, "name");
    const ana_json *required = ana_json_find(spec, "required");
    bool found = false;
    ana_hdf5_info info;
    ana_text what = {0};
    if (name == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_hdf5_describe_attribute(checker->file, path, name, &found, &info));
    if (!found) {
        bool needed = (required == NULL || ana_json_bool(required)) &&
                      ana_json_find(spec, "default_value") == NULL;
        return needed ? ana_findings_add(checker->findings, true, path,
                                         "has no attribute \"%s\", which its type requires", name)
                      : ANA_OK;
    }
    ana_text_printf(&what, "attribute \"%s\"", name);
    ANA_TRY(ana_text_check(&what, path));
    ANA_TRY(check_dtype(checker, path, what.bytes, spec, &info));
    status = check_shape(checker, path, what.bytes, spec, &info);
done:
    ana_text_release(&what);
    return status;
}

static ana_status check_attributes(nwb_checker *checker, const char *path, const ana_json *spec,
                                   seen_members *seen)
{
    const ana_json *list = ana_json_find(spec, "attributes");
    for (size_t i = 0; list != NULL && i < ana_json_count(list); i++) {
        const char *name = text_of(ana_json_at(list, i), "name");
        if (name == NULL || was_seen(seen, name)) {
            continue;
        }
        ana_status status = check_attribute(checker, path, ana_json_at(list, i));
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

/* Whether at least one must be there: quantity 1 (also when it is not said) or "+". */
static bool is_needed(const ana_json *spec)
{
    const ana_json *quantity = ana_json_find(spec, "quantity");
    if (quantity == NULL) {
        return true;
    }
    const char *words = ana_json_text(quantity);
    if (words != NULL) {
        return strcmp(words, "+") == 0 || strcmp(words, "one_or_many") == 0;
    }
    return ana_json_int(quantity) > 0;
}

/* The object's own type must be the one asked for, or be built on it. */
static ana_status check_type(nwb_checker *checker, const char *path, const char *wanted)
{
    char *type = NULL;
    ana_status status = ana_hdf5_attribute_text(checker->file, path, "neurodata_type", &type);
    if (status == ANA_OK && type == NULL) {
        status = ana_findings_add(checker->findings, true, path,
                                  "has no neurodata_type; it should be %s", wanted);
    } else if (status == ANA_OK && ana_nwb_type_find(&checker->types, type) != NULL &&
               !ana_nwb_type_is(&checker->types, type, wanted)) {
        status =
            ana_findings_add(checker->findings, true, path, "is %s; it should be %s", type, wanted);
    }
    free(type);
    return status;
}

static ana_status check_members(nwb_checker *checker, const char *path, const ana_json *spec,
                                seen_members *seen, size_t depth);

/* A named dataset or group that is there, against its place in the parent's specification. */
// NOLINTNEXTLINE(misc-no-recursion): ends at max_depth
static ana_status check_named(nwb_checker *checker, const char *path, ana_hdf5_kind kind,
                              bool is_dataset, const ana_json *spec, size_t depth)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info;
    seen_members seen = {.n = 0};
    const char *inc = ana_nwb_type_inc(spec);
    if ((kind == ANA_HDF5_DATASET) != is_dataset) {
        return ana_findings_add(checker->findings, true, path, "should be a %s",
                                is_dataset ? "dataset" : "group");
    }
    if (inc != NULL) {
        ANA_TRY(check_type(checker, path, inc));
    }
    if (is_dataset) {
        ANA_TRY(ana_hdf5_describe(checker->file, path, &info));
        ANA_TRY(check_dtype(checker, path, "it", spec, &info));
        ANA_TRY(check_shape(checker, path, "it", spec, &info));
    }
    ANA_TRY(check_attributes(checker, path, spec, &seen));
    if (!is_dataset && depth < max_depth) {
        seen.n = 0;
        status = check_members(checker, path, spec, &seen, depth + 1);
    }
done:
    return status;
}

/* Whether the group holds something of that type. */
static ana_status holds_type(nwb_checker *checker, const char *path, const char *wanted, bool *out)
{
    ana_status status = ANA_OK;
    ana_hdf5_links links = {0};
    ana_text at = {0};
    *out = false;
    ANA_TRY(ana_hdf5_list(checker->file, path, &links));
    for (size_t i = 0; i < links.n && !*out; i++) {
        char *type = NULL;
        ANA_TRY(ana_nwb_join(&at, path, links.items[i].name));
        if (ana_hdf5_attribute_text(checker->file, at.bytes, "neurodata_type", &type) == ANA_OK) {
            *out = type != NULL && (ana_nwb_type_is(&checker->types, type, wanted) ||
                                    ana_nwb_type_find(&checker->types, type) == NULL);
        }
        free(type);
    }
done:
    ana_hdf5_links_release(&links);
    ana_text_release(&at);
    return status;
}

/* One entry of "groups", "datasets" or "links". */
// NOLINTNEXTLINE(misc-no-recursion): ends at max_depth
static ana_status check_member(nwb_checker *checker, const char *path, const char *section,
                               const ana_json *spec, seen_members *seen, size_t depth)
{
    ana_status status = ANA_OK;
    ana_text at = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    bool held = false;
    const char *name = text_of(spec, "name");
    const char *type = ana_nwb_type_inc(spec);
    if (name == NULL && type == NULL) {
        return ANA_OK;
    }
    if (was_seen(seen, name != NULL ? name : type)) {
        return ANA_OK;
    }
    if (name == NULL) {
        if (is_needed(spec)) {
            ANA_TRY(holds_type(checker, path, type, &held));
        }
        return held || !is_needed(spec)
                   ? ANA_OK
                   : ana_findings_add(checker->findings, true, path,
                                      "holds no %s, which its type requires", type);
    }
    ANA_TRY(ana_nwb_join(&at, path, name));
    status = ana_hdf5_look(checker->file, at.bytes, &kind);
    if (status != ANA_OK && status != ANA_ERR_MEMORY) {
        status = ana_findings_add(checker->findings, true, at.bytes, "cannot be followed: %s",
                                  ana_last_error());
    } else if (status == ANA_OK && kind == ANA_HDF5_NOTHING) {
        status = !is_needed(spec)
                     ? ANA_OK
                     : ana_findings_add(checker->findings, true, path,
                                        "has no \"%s\", which its type requires", name);
    } else if (status == ANA_OK && strcmp(section, "links") != 0) {
        status = check_named(checker, at.bytes, kind, section[0] == 'd', spec, depth);
    }
done:
    ana_text_release(&at);
    return status;
}

// NOLINTNEXTLINE(misc-no-recursion): ends at max_depth
static ana_status check_members(nwb_checker *checker, const char *path, const ana_json *spec,
                                seen_members *seen, size_t depth)
{
    static const char *const sections[] = {"groups", "datasets", "links"};
    for (size_t s = 0; s < 3; s++) {
        const ana_json *list = ana_json_find(spec, sections[s]);
        for (size_t i = 0; list != NULL && i < ana_json_count(list); i++) {
            ana_status status =
                check_member(checker, path, sections[s], ana_json_at(list, i), seen, depth);
            if (status != ANA_OK) {
                return status;
            }
        }
    }
    return ANA_OK;
}

/* A typed object against its type and all that it is built on. */
static ana_status check_object(nwb_checker *checker, const char *path, ana_hdf5_kind kind,
                               const char *name)
{
    ana_status status = ANA_OK;
    seen_members attributes = {.n = 0};
    seen_members members = {.n = 0};
    ana_hdf5_info info;
    if (ana_nwb_type_find(&checker->types, name) == NULL) {
        return ana_findings_add(checker->findings, false, path,
                                "its type %s is not in the cached specifications", name);
    }
    for (size_t i = 0; name != NULL && i < ANA_NWB_MAX_CHAIN; i++) {
        const ana_nwb_type *type = ana_nwb_type_find(&checker->types, name);
        if (type == NULL) {
            break;
        }
        ANA_TRY(check_attributes(checker, path, type->node, &attributes));
        if (kind == ANA_HDF5_GROUP) {
            ANA_TRY(check_members(checker, path, type->node, &members, 0));
        } else if (i == 0) {
            ANA_TRY(ana_hdf5_describe(checker->file, path, &info));
            ANA_TRY(check_dtype(checker, path, "it", type->node, &info));
            ANA_TRY(check_shape(checker, path, "it", type->node, &info));
        }
        name = ana_nwb_type_inc(type->node);
    }
done:
    return status;
}

/* Check what carries a type; what cannot be looked at is a finding of its own. */
static ana_status visit_object(nwb_checker *checker, const char *path, ana_hdf5_kind kind)
{
    char *type = NULL;
    ana_status status = ana_hdf5_attribute_text(checker->file, path, "neurodata_type", &type);
    if (status == ANA_OK && type != NULL) {
        status = check_object(checker, path, kind, type);
    }
    free(type);
    if (status != ANA_OK && status != ANA_ERR_MEMORY) {
        status = ana_findings_add(checker->findings, true, path, "%s", ana_last_error());
    }
    return status;
}

static ana_status visit_link(void *user, ana_hdf5_visit *visit)
{
    nwb_checker *checker = user;
    if (strcmp(visit->path, "/specifications") == 0) {
        visit->enter = false;
        return ANA_OK;
    }
    if (visit->problem != NULL) {
        return ana_findings_add(checker->findings, false, visit->path, "is not followed: %s",
                                visit->problem);
    }
    if (visit->seen_before || visit->link->type != ANA_HDF5_HARD ||
        (visit->kind != ANA_HDF5_GROUP && visit->kind != ANA_HDF5_DATASET)) {
        return ANA_OK;
    }
    return visit_object(checker, visit->path, visit->kind);
}

ana_status ana_nwb_validate(const char *path, const ana_read_options *options,
                            ana_findings *findings)
{
    ana_status status = ANA_OK;
    nwb_checker checker = {.findings = findings};
    ANA_TRY(ana_hdf5_open(path, options, &checker.file));
    status = ana_nwb_types_read(checker.file, &checker.types);
    if (status != ANA_OK && status != ANA_ERR_MEMORY) {
        status = ana_findings_add(findings, true, "/specifications", "%s", ana_last_error());
        goto done;
    }
    if (checker.types.n == 0) {
        status = ana_findings_add(findings, false, "/specifications",
                                  "no specifications are cached, so the file cannot be held "
                                  "against them");
        goto done;
    }
    ANA_TRY(visit_object(&checker, "/", ANA_HDF5_GROUP));
    status = ana_hdf5_walk(checker.file, "/", visit_link, &checker);
done:
    ana_nwb_types_release(&checker.types);
    ana_hdf5_close(checker.file);
    return status;
}
