#include "hdf5_walk.h"

#include "hdf5_tokens.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 256

/* The groups between the root of the walk and where it is. */
typedef struct walk_frame {
    ana_hdf5_links links;
    size_t next;
    size_t n_path; /* length of the group's own path */
} walk_frame;

typedef struct tree_walk {
    ana_hdf5 *file;
    ana_hdf5_visitor visitor;
    void *user;
    ana_text path;
    walk_frame frames[MAX_DEPTH];
    size_t depth;
    ana_hdf5_tokens met;
} tree_walk;

static ana_status enter(tree_walk *walk)
{
    walk_frame *frame = &walk->frames[walk->depth];
    *frame = (walk_frame){.n_path = walk->path.n};
    ana_status status =
        ana_hdf5_list(walk->file, walk->path.n == 0 ? "/" : walk->path.bytes, &frame->links);
    if (status == ANA_OK) {
        walk->depth++;
    }
    return status;
}

/* Where the link leads; what cannot be followed is a problem of that link alone. */
static ana_status look(tree_walk *walk, ana_hdf5_visit *visit, char *problem, size_t size)
{
    ana_hdf5_token token = {0};
    ana_status status = ana_hdf5_look(walk->file, visit->path, &visit->kind);
    if (status == ANA_OK && visit->kind != ANA_HDF5_NOTHING) {
        status = ana_hdf5_get_token(walk->file, visit->path, &token);
    }
    if (status == ANA_ERR_MEMORY) {
        return status;
    }
    if (status != ANA_OK) {
        visit->kind = ANA_HDF5_NOTHING;
        strncpy(problem, ana_last_error(), size - 1);
        problem[size - 1] = '\0';
        visit->problem = problem;
        return ANA_OK;
    }
    return visit->kind == ANA_HDF5_NOTHING
               ? ANA_OK
               : ana_hdf5_tokens_meet(&walk->met, token, &visit->seen_before);
}

static ana_status visit_link(tree_walk *walk, const ana_hdf5_link *link)
{
    ana_status status = ANA_OK;
    char problem[1024];
    ana_hdf5_visit visit = {.path = walk->path.bytes, .link = link};
    ANA_TRY(look(walk, &visit, problem, sizeof problem));
    visit.enter = link->type == ANA_HDF5_HARD;
    if (visit.kind == ANA_HDF5_GROUP && walk->depth == MAX_DEPTH) {
        visit.problem = "stands more than 256 groups deep and is not read";
        visit.kind = ANA_HDF5_NOTHING;
    }
    ANA_TRY(walk->visitor(walk->user, &visit));
    if (visit.enter && visit.kind == ANA_HDF5_GROUP && !visit.seen_before) {
        status = enter(walk);
    }
done:
    return status;
}

static ana_status walk_on(tree_walk *walk)
{
    ana_status status = ANA_OK;
    bool seen = false;
    ana_hdf5_token token;
    ANA_TRY(ana_hdf5_get_token(walk->file, walk->path.n == 0 ? "/" : walk->path.bytes, &token));
    ANA_TRY(ana_hdf5_tokens_meet(&walk->met, token, &seen));
    ANA_TRY(enter(walk));
    while (walk->depth > 0) {
        walk_frame *frame = &walk->frames[walk->depth - 1];
        walk->path.n = frame->n_path;
        if (frame->next == frame->links.n) {
            ana_hdf5_links_release(&frame->links);
            walk->depth--;
            continue;
        }
        const ana_hdf5_link *link = &frame->links.items[frame->next++];
        ana_text_append(&walk->path, "/");
        ana_text_append(&walk->path, link->name);
        ANA_TRY(ana_text_check(&walk->path, "walk through a file"));
        ANA_TRY(visit_link(walk, link));
    }
done:
    return status;
}

ana_status ana_hdf5_walk(ana_hdf5 *file, const char *group, ana_hdf5_visitor visitor, void *user)
{
    tree_walk *walk = NULL;
    ana_status status = ana_allocate(1, sizeof *walk, "walk through a file", &walk);
    if (status != ANA_OK) {
        return status;
    }
    walk->file = file;
    walk->visitor = visitor;
    walk->user = user;
    if (strcmp(group, "/") != 0) {
        ana_text_append(&walk->path, group);
        status = ana_text_check(&walk->path, "walk through a file");
    }
    if (status == ANA_OK) {
        status = walk_on(walk);
    }
    while (walk->depth > 0) {
        ana_hdf5_links_release(&walk->frames[--walk->depth].links);
    }
    ana_hdf5_tokens_release(&walk->met);
    ana_text_release(&walk->path);
    free(walk);
    return status;
}
