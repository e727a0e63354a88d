#include "file.h"
#include "hdf5_private.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Soft and external links followed for one path; more is a circle. */
static const unsigned max_links = 32;

/* Files that external links of one file may lead to. */
static const size_t max_outside = 64;

/* On the way along a path: where we are, and what is left to walk. */
typedef struct path_walk {
    ana_hdf5 *file;
    const char *asked; /* for sentences */
    ana_text real;     /* "" is the root */
    char *todo;
    unsigned n_links; /* followed since the root of the first file */
    size_t n_asked;   /* what is left of the path asked for; more is left of a link's target */
    bool missing;
} path_walk;

static ana_status open_outside(ana_hdf5 *from, const char *name, ana_hdf5 **out)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    ANA_TRY(ana_file_companion(from->path, name, from->allow_outside, &path));
    for (size_t i = 0; i < from->n_outside; i++) {
        if (strcmp(from->outside[i]->path, path) == 0) {
            *out = from->outside[i];
            goto done;
        }
    }
    if (from->n_outside >= max_outside) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: links to more than %zu files", from->path,
                          max_outside);
        goto done;
    }
    ANA_TRY(ana_grow(&from->outside, &from->outside_capacity, from->n_outside + 1,
                     sizeof(ana_hdf5 *), from->path));
    ANA_TRY(ana_hdf5_open_locked(path, from, NULL, out));
    from->outside[from->n_outside++] = *out;
done:
    free(path);
    return status;
}

/* The rest of the way becomes target + "/" + rest. */
static ana_status detour(path_walk *walk, const char *target, const char *rest)
{
    ana_text todo = {0};
    size_t n_rest = strlen(rest);
    ana_text_append(&todo, target);
    ana_text_append(&todo, "/");
    ana_text_append(&todo, rest);
    ana_status status = ana_text_check(&todo, walk->asked);
    if (status != ANA_OK) {
        ana_text_release(&todo);
        return status;
    }
    free(walk->todo);
    walk->todo = todo.bytes;
    walk->n_asked = n_rest < walk->n_asked ? n_rest : walk->n_asked;
    if (target[0] == '/') {
        walk->real.n = 0;
    }
    return ANA_OK;
}

static ana_status follow_external(path_walk *walk, const void *value, size_t n, const char *rest)
{
    const char *name = NULL;
    const char *target = NULL;
    if (H5Lunpack_elink_val(value, n, NULL, &name, &target) < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, walk->file, walk->asked, "has a broken external link");
    }
    ana_hdf5 *outside = NULL;
    ana_status status = open_outside(walk->file, name, &outside);
    if (status != ANA_OK) {
        return ana_fail_in(status, "%s: %s: external link: ", walk->file->path, walk->asked);
    }
    walk->file = outside;
    walk->real.n = 0;
    return detour(walk, target, rest);
}

/* The link at walk->real leads elsewhere; `parent` is the length of the path to its group. */
static ana_status follow(path_walk *walk, const H5L_info_t *info, size_t parent, const char *rest)
{
    ana_status status = ANA_OK;
    char *value = NULL;
    if (++walk->n_links > max_links) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: links that lead in a circle", walk->file->path,
                        walk->asked);
    }
    size_t n = info->u.val_size;
    ANA_TRY(ana_allocate(n + 1, 1, walk->asked, &value));
    if (H5Lget_val(walk->file->id, walk->real.bytes, value, n, H5P_DEFAULT) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, walk->file, walk->asked, "has a broken link");
        goto done;
    }
    walk->real.n = parent;
    walk->real.bytes[parent] = '\0';
    if (info->type == H5L_TYPE_SOFT) {
        status = detour(walk, value, rest);
    } else {
        status = follow_external(walk, value, n, rest);
    }
done:
    free(value);
    return status;
}

/* Before HDF5 opens it; what we write ourselves is good. */
static ana_status check_object(const path_walk *walk, haddr_t address)
{
    if (walk->file->check == NULL) {
        return ANA_OK;
    }
    ana_status status = ana_hdf5_check_object(walk->file->check, address);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "%s: ", walk->asked);
}

/* One component further: the first n bytes of walk->todo. */
static ana_status step(path_walk *walk, const char *name, size_t n)
{
    size_t parent = walk->real.n;
    ana_text_append(&walk->real, "/");
    ana_text_append_bytes(&walk->real, name, n);
    ana_status status = ana_text_check(&walk->real, walk->asked);
    if (status != ANA_OK) {
        return status;
    }
    htri_t exists = H5Lexists(walk->file->id, walk->real.bytes, H5P_DEFAULT);
    if (exists < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, walk->file, walk->asked, "cannot be looked up");
    }
    if (exists == 0) {
        if (strlen(name) > walk->n_asked) {
            return ana_fail(ANA_ERR_FORMAT, "%s: %s: a link that leads to nothing (%s)",
                            walk->file->path, walk->asked, walk->real.bytes);
        }
        walk->missing = true;
        return ANA_OK;
    }
    H5L_info_t info;
    if (H5Lget_info(walk->file->id, walk->real.bytes, &info, H5P_DEFAULT) < 0) {
        return ana_hdf5_fail(ANA_ERR_FORMAT, walk->file, walk->asked, "has a broken link");
    }
    if (info.type == H5L_TYPE_HARD) {
        memmove(walk->todo, name + n, strlen(name + n) + 1);
        return check_object(walk, info.u.address);
    }
    if (info.type != H5L_TYPE_SOFT && info.type != H5L_TYPE_EXTERNAL) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: a link of user-defined type %d",
                        walk->file->path, walk->asked, (int)info.type);
    }
    return follow(walk, &info, parent, name + n);
}

/* Walk to the end, by hard links alone in the end. */
static ana_status walk_path(path_walk *walk)
{
    while (!walk->missing) {
        const char *name = walk->todo + strspn(walk->todo, "/");
        size_t n = strcspn(name, "/");
        if (n == 0) {
            return ANA_OK;
        }
        if (n == 1 && name[0] == '.') {
            memmove(walk->todo, name + n, strlen(name + n) + 1);
            continue;
        }
        ana_status status = step(walk, name, n);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_hdf5_kind kind_of(hid_t id)
{
    switch ((int)H5Iget_type(id)) {
    case H5I_GROUP:
        return ANA_HDF5_GROUP;
    case H5I_DATASET:
        return ANA_HDF5_DATASET;
    default:
        return ANA_HDF5_NAMED_TYPE;
    }
}

/* Make the object at the end of the walk the one looked at last. */
static ana_status arrive(ana_hdf5 *file, path_walk *walk)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    ana_text_append(&walk->real, ""); /* so that the root has bytes, too */
    ANA_TRY(ana_text_check(&walk->real, walk->asked));
    ANA_TRY(ana_copy_text(walk->asked, &path));
    const char *real = walk->real.n == 0 ? "/" : walk->real.bytes;
    hid_t id = H5Oopen(walk->file->id, real, H5P_DEFAULT);
    if (id < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, walk->file, walk->asked, "cannot be opened");
        goto done;
    }
    ana_hdf5_forget(file);
    file->last_path = path;
    file->last_file = walk->file;
    file->last_real = walk->real.bytes;
    file->last_links = walk->n_links;
    file->last_id = id;
    path = NULL;
    walk->real = (ana_text){0};
done:
    free(path);
    return status;
}

static bool is_below(const char *path, const char *parent)
{
    size_t n = strlen(parent);
    return strncmp(path, parent, n) == 0 && path[n] == '/';
}

ana_status ana_hdf5_locate(ana_hdf5 *file, const char *path, ana_hdf5_object *out)
{
    ana_status status = ANA_OK;
    path_walk walk = {.file = file, .asked = path, .n_asked = SIZE_MAX};
    *out = (ana_hdf5_object){.file = file, .real = "", .id = -1, .kind = ANA_HDF5_NOTHING};
    if (file->last_path == NULL || strcmp(file->last_path, path) != 0) {
        const char *todo = path;
        if (file->last_path != NULL && is_below(path, file->last_path)) {
            walk.file = file->last_file;
            walk.n_links = file->last_links;
            ana_text_append(&walk.real, file->last_real);
            todo = path + strlen(file->last_path);
        }
        ANA_TRY(ana_copy_text(todo, &walk.todo));
        ANA_TRY(walk_path(&walk));
        if (walk.missing) {
            goto done;
        }
        ANA_TRY(arrive(file, &walk));
    }
    *out = (ana_hdf5_object){.file = file->last_file,
                             .real = file->last_real,
                             .id = file->last_id,
                             .kind = kind_of(file->last_id)};
done:
    free(walk.todo);
    ana_text_release(&walk.real);
    return status;
}

ana_status ana_hdf5_require(ana_hdf5 *file, const char *path, ana_hdf5_kind kind,
                            ana_hdf5_object *out)
{
    static const char *const names[] = {"object", "group", "dataset", "named type"};
    ana_status status = ana_hdf5_locate(file, path, out);
    if (status != ANA_OK) {
        return status;
    }
    if (out->kind == ANA_HDF5_NOTHING) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: there is no such %s", file->path, path,
                        names[kind]);
    }
    if (kind != ANA_HDF5_NOTHING && out->kind != kind) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: is a %s, not a %s", file->path, path,
                        names[out->kind], names[kind]);
    }
    return ANA_OK;
}

ana_status ana_hdf5_look(ana_hdf5 *file, const char *path, ana_hdf5_kind *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_locate(file, path, &object);
    *out = object.kind;
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_get_token(ana_hdf5 *file, const char *path, ana_hdf5_token *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    H5O_info_t info;
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object);
    if (status == ANA_OK && H5Oget_info2(object.id, &info, H5O_INFO_BASIC) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, file, path, "has a broken header");
    }
    if (status == ANA_OK) {
        *out = (ana_hdf5_token){.file = info.fileno, .address = info.addr};
    }
    ana_hdf5_leave(&guard);
    return status;
}

/* What H5Literate is given. */
typedef struct gathering {
    ana_hdf5_links *links;
    size_t capacity;
    size_t max;
    const char *path;
    ana_status status;
} gathering;

static ana_status describe_link(hid_t group, const char *name, const H5L_info_t *info,
                                const char *path, ana_hdf5_link *out)
{
    ana_status status = ANA_OK;
    char *value = NULL;
    ana_text target = {0};
    out->type = info->type == H5L_TYPE_HARD   ? ANA_HDF5_HARD
                : info->type == H5L_TYPE_SOFT ? ANA_HDF5_SOFT
                                              : ANA_HDF5_EXTERNAL;
    ANA_TRY(ana_copy_text(name, &out->name));
    if (out->type == ANA_HDF5_HARD) {
        goto done;
    }
    size_t n = info->u.val_size;
    ANA_TRY(ana_allocate(n + 1, 1, path, &value));
    const char *file = "?";
    const char *there = "?";
    if (H5Lget_val(group, name, value, n, H5P_DEFAULT) < 0) {
        value[0] = '\0';
    } else if (out->type == ANA_HDF5_SOFT) {
        there = value;
    } else if (info->type == H5L_TYPE_EXTERNAL) {
        H5Lunpack_elink_val(value, n, NULL, &file, &there);
    }
    if (out->type == ANA_HDF5_EXTERNAL) {
        ana_text_append(&target, file);
        ana_text_append(&target, ":");
    }
    ana_text_append(&target, there);
    ANA_TRY(ana_text_check(&target, path));
    out->target = target.bytes;
    target = (ana_text){0};
done:
    free(value);
    ana_text_release(&target);
    return status;
}

static herr_t gather(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    gathering *into = user;
    ana_hdf5_links *links = into->links;
    if (links->n >= into->max) {
        into->status =
            ana_fail(ANA_ERR_FORMAT, "%s: more links than the file has room for", into->path);
        return -1;
    }
    into->status =
        ana_grow(&links->items, &into->capacity, links->n + 1, sizeof *links->items, into->path);
    if (into->status != ANA_OK) {
        return -1;
    }
    links->items[links->n] = (ana_hdf5_link){0};
    into->status = describe_link(group, name, info, into->path, &links->items[links->n++]);
    return into->status == ANA_OK ? 0 : -1;
}

static bool keeps_creation_order(hid_t group)
{
    unsigned flags = 0;
    hid_t list = H5Gget_create_plist(group);
    bool kept = list >= 0 && H5Pget_link_creation_order(list, &flags) >= 0 &&
                (flags & H5P_CRT_ORDER_TRACKED) != 0;
    H5Pclose(list);
    return kept;
}

ana_status ana_hdf5_list(ana_hdf5 *file, const char *group, ana_hdf5_links *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    *out = (ana_hdf5_links){0};
    ana_hdf5_enter(file, &guard);
    ana_status status = ana_hdf5_require(file, group, ANA_HDF5_GROUP, &object);
    if (status == ANA_OK) {
        /* Each link takes some bytes; a damaged tree can lead in circles. */
        gathering into = {.links = out, .path = group, .max = SIZE_MAX};
        if (!object.file->writing && object.file->size / 4 < SIZE_MAX) {
            into.max = (size_t)(object.file->size / 4) + 16;
        }
        H5_index_t order = keeps_creation_order(object.id) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
        hsize_t from = 0;
        if (H5Literate(object.id, order, H5_ITER_INC, &from, gather, &into) < 0) {
            status = into.status != ANA_OK
                         ? into.status
                         : ana_hdf5_fail(ANA_ERR_FORMAT, file, group, "cannot be listed");
        }
    }
    if (status != ANA_OK) {
        ana_hdf5_links_release(out);
    }
    ana_hdf5_leave(&guard);
    return status;
}

void ana_hdf5_links_release(ana_hdf5_links *links)
{
    for (size_t i = 0; i < links->n; i++) {
        free(links->items[i].name);
        free(links->items[i].target);
    }
    free(links->items);
    *links = (ana_hdf5_links){0};
}
