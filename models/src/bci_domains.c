#include "bci_domains.h"

#include "try.h"

ana_status ana_bci_domains(const bci_teacher *teacher, size_t n_items, ana_workspace *workspace,
                           ana_domains *out)
{
    ana_status status = ANA_OK;
    const size_t n_known = teacher->domains != NULL ? teacher->n_domains : 1;
    size_t *of = ana_workspace_sizes(workspace, n_items, 1);
    size_t *number = ana_workspace_sizes(workspace, n_known, 1);
    size_t n = 0;
    ANA_TRY(ana_workspace_check(workspace, "pipeline"));
    for (size_t i = 0; i < n_items; i++) {
        number[teacher->domains != NULL ? teacher->domains[i] : 0] = 1;
    }
    for (size_t d = 0; d < n_known; d++) {
        n += number[d];
        number[d] = n - number[d];
    }
    for (size_t i = 0; i < n_items; i++) {
        of[i] = number[teacher->domains != NULL ? teacher->domains[i] : 0];
    }
    *out = (ana_domains){.n_domains = n, .of = of};
done:
    return status;
}

ana_shape ana_bci_matrices_shape(const bci_shape *in, size_t n, const char *what)
{
    const size_t columns = in->hermitian ? 2 * in->n_rows : in->n_rows;
    return (ana_shape){
        .n_axes = 3, .n = {n, in->n_rows, columns}, .axis_names = {what, "row", "column"}};
}
