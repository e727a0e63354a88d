#include "state_names.h"

#include <stdio.h>

const char *const *ana_state_names(ana_workspace *workspace, size_t n)
{
    enum {
        NAME_SIZE = 32
    };
    char *room = ana_workspace_bytes(workspace, n, NAME_SIZE, 1);
    const char **names = ana_workspace_bytes(workspace, n, 1, sizeof *names);
    for (size_t k = 0; k < n && room != NULL && names != NULL; k++) {
        snprintf(room + k * NAME_SIZE, NAME_SIZE, "state %zu", k + 1);
        names[k] = room + k * NAME_SIZE;
    }
    return names;
}
