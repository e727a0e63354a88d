#include "state_names.h"

#include "memory.h"
#include "try.h"

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

ana_status ana_state_labels(size_t n_states, ana_observations *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char *const *names = ana_state_names(&workspace, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "labels"));
    ANA_TRY(ana_allocate(made->n_times, sizeof(int64_t), "labels", &made->labels));
    ANA_TRY(ana_allocate(n_states, sizeof(char *), "labels", &made->label_names));
    made->n_labels = n_states;
    for (size_t k = 0; k < n_states; k++) {
        ANA_TRY(ana_copy_text(names[k], &made->label_names[k]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
