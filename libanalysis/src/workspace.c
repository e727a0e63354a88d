#include "checked.h"
#include "workspace_keep.h"

#include <stdlib.h>
#include <string.h>

/* The header of a block takes one alignment unit, so that what follows it is aligned too. */
enum {
    ALIGNMENT = 64
};

struct ana_workspace_block {
    struct ana_workspace_block *next;
    size_t bytes;             /* with the header */
    ana_workspace_keep *keep; /* whose it is; NULL: the system's */
};

/* What workspaces of this thread use. */
static _Thread_local ana_workspace_keep *kept;

ana_workspace_keep *ana_workspace_keep_open(ana_workspace_keep *keep)
{
    ana_workspace_keep *before = kept;
    kept = keep;
    return before;
}

void ana_workspace_keep_close(ana_workspace_keep *before)
{
    kept = before;
}

void ana_workspace_keep_release(ana_workspace_keep *keep)
{
    while (keep->idle != NULL) {
        struct ana_workspace_block *next = keep->idle->next;
        free(keep->idle);
        keep->idle = next;
    }
}

/* An idle block of that very size, taken out; NULL: none. A larger one would do, but might be
 * missed later: so the same work finds its blocks again. */
static struct ana_workspace_block *take_idle(size_t bytes)
{
    struct ana_workspace_block **at = &kept->idle;
    while (*at != NULL && (*at)->bytes != bytes) {
        at = &(*at)->next;
    }
    struct ana_workspace_block *block = *at;
    if (block != NULL) {
        *at = block->next;
    }
    return block;
}

/* NULL: no memory. */
static struct ana_workspace_block *take_block(size_t bytes)
{
    void *memory = kept != NULL ? take_idle(bytes) : NULL;
    /* Not padded, as aligned_alloc would want it: the sanitizer sees what runs over the end. */
    if (memory == NULL && posix_memalign(&memory, ALIGNMENT, bytes) != 0) {
        return NULL;
    }
    memset(memory, 0, bytes);
    struct ana_workspace_block *block = memory;
    block->bytes = bytes;
    block->keep = kept;
    return block;
}

void *ana_workspace_bytes(ana_workspace *workspace, size_t n, size_t m, size_t size)
{
    size_t elements = 0;
    size_t bytes = 0;
    if (workspace->failed) {
        return NULL;
    }
    bool fits = ana_multiply(n, m, &elements) && ana_multiply(elements, size, &bytes) &&
                ana_add(bytes, ALIGNMENT, &bytes);
    workspace->bytes_wanted = fits ? bytes - ALIGNMENT : SIZE_MAX;
    struct ana_workspace_block *block = fits ? take_block(bytes) : NULL;
    if (block == NULL) {
        workspace->failed = true;
        return NULL;
    }
    block->next = workspace->blocks;
    workspace->blocks = block;
    return (char *)block + ALIGNMENT;
}

double *ana_workspace_doubles(ana_workspace *workspace, size_t n, size_t m)
{
    return ana_workspace_bytes(workspace, n, m, sizeof(double));
}

size_t *ana_workspace_sizes(ana_workspace *workspace, size_t n, size_t m)
{
    return ana_workspace_bytes(workspace, n, m, sizeof(size_t));
}

ana_status ana_workspace_check(const ana_workspace *workspace, const char *what)
{
    if (!workspace->failed) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu bytes", what, workspace->bytes_wanted);
}

void ana_workspace_release(ana_workspace *workspace)
{
    struct ana_workspace_block *block = workspace->blocks;
    while (block != NULL) {
        struct ana_workspace_block *next = block->next;
        if (block->keep != NULL) {
            block->next = block->keep->idle;
            block->keep->idle = block;
        } else {
            free(block);
        }
        block = next;
    }
    workspace->blocks = NULL;
    workspace->failed = false;
}
