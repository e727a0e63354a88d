/** The temporaries of one call: allocated here, checked once, released in one line.
 *
 *      ana_workspace workspace = {0};
 *      double *a = ana_workspace_doubles(&workspace, n, n);
 *      size_t *order = ana_workspace_sizes(&workspace, n, 1);
 *      ANA_TRY(ana_workspace_check(&workspace, "logdet"));
 *      ...
 *  done:
 *      ana_workspace_release(&workspace);
 *
 *  After a failed allocation every further one returns NULL and the check reports it. Blocks are
 *  zeroed and aligned to 64 bytes. */
#ifndef ANALYSIS_INTERNAL_WORKSPACE_H
#define ANALYSIS_INTERNAL_WORKSPACE_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ana_workspace {
    struct ana_workspace_block *blocks;
    size_t bytes_wanted; /**< of the allocation that failed */
    bool failed;
} ana_workspace;

/** n * m elements of `size` bytes; NULL (and the workspace failed) on overflow or no memory. */
void *ana_workspace_bytes(ana_workspace *workspace, size_t n, size_t m, size_t size);
double *ana_workspace_doubles(ana_workspace *workspace, size_t n, size_t m);
size_t *ana_workspace_sizes(ana_workspace *workspace, size_t n, size_t m);

/** ANA_ERR_MEMORY "`what`: no memory for ... bytes" when an allocation failed. */
ANA_USE_RESULT ana_status ana_workspace_check(const ana_workspace *workspace, const char *what);

void ana_workspace_release(ana_workspace *workspace);

#endif
