#include "state_names.h"

#include "lists.h"
#include "memory.h"
#include "try.h"

const char *const *ana_state_names(ana_workspace *workspace, size_t n)
{
    return ana_numbered_texts(workspace, "state", n);
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
