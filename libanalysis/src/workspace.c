#include "workspace.h"

#include "checked.h"

#include <stdlib.h>
#include <string.h>

/* The header of a block takes one alignment unit, so that what follows it is aligned too. */
enum {
    ALIGNMENT = 64
};

struct ana_workspace_block {
    struct ana_workspace_block *next;
};

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
    void *memory = NULL;
    /* Not padded, as aligned_alloc would want it: the sanitizer sees what runs over the end. */
    if (!fits || posix_memalign(&memory, ALIGNMENT, bytes) != 0) {
        workspace->failed = true;
        return NULL;
    }
    memset(memory, 0, bytes);
    struct ana_workspace_block *block = memory;
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
        free(block);
        block = next;
    }
    workspace->blocks = NULL;
    workspace->failed = false;
}
