/** Blocks that workspaces take and give back without asking the system: for work that is done over
 *  and over and must not wait, as a decision of a live stream.
 *
 *      ana_workspace_keep *before = ana_workspace_keep_open(&keep);
 *      ... whatever is called here, on this thread, and makes workspaces ...
 *      ana_workspace_keep_close(before);
 *
 *  What is not in the keep yet is allocated and stays in it: after a first round, the same work
 *  allocates nothing. A workspace that is open when the keep is closed still gives its blocks back
 *  to it, and must be released before the keep is. */
#ifndef ANALYSIS_INTERNAL_WORKSPACE_KEEP_H
#define ANALYSIS_INTERNAL_WORKSPACE_KEEP_H

#include "workspace.h"

/** Begin with zeros. */
typedef struct ana_workspace_keep {
    struct ana_workspace_block *idle; /**< blocks that no workspace holds */
} ana_workspace_keep;

/** Workspaces of this thread use `keep` from here on; returns what they used before, for close. */
ana_workspace_keep *ana_workspace_keep_open(ana_workspace_keep *keep);
void ana_workspace_keep_close(ana_workspace_keep *before);

/** Frees the idle blocks. */
void ana_workspace_keep_release(ana_workspace_keep *keep);

#endif
