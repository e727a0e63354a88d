#include "bci_selection.h"

#include "text.h"
#include "try.h"

#include <math.h>
#include <string.h>

ana_status ana_bci_keep_selection(bci_step *step, size_t which, size_t n, const size_t *selected)
{
    ana_status status = ANA_OK;
    double *kept = NULL;
    ANA_TRY(ana_bci_learn(step, which, ana_shape_1(n, "selected"), &kept));
    for (size_t k = 0; k < n; k++) {
        kept[k] = (double)selected[k];
    }
done:
    return status;
}

ana_status ana_bci_selection(const bci_step *step, size_t which, size_t n_from,
                             ana_workspace *workspace, size_t *n, size_t **selected)
{
    ana_status status = ANA_OK;
    const double *kept = NULL;
    *n = ana_bci_learned_length(step, which, 0);
    ANA_TRY(ana_bci_learned(step, which, ana_shape_1(0, "selected"), &kept));
    if (*n == 0) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: it has selected none", step->kind->says.name);
    }
    *selected = ana_workspace_sizes(workspace, *n, 1);
    ANA_TRY(ana_workspace_check(workspace, step->kind->says.name));
    for (size_t k = 0; k < *n; k++) {
        if (!(kept[k] >= 0.0) || !(kept[k] < (double)n_from) || kept[k] != floor(kept[k])) {
            return ana_fail(ANA_ERR_FORMAT, "step %s: %g is not the number of one of %zu",
                            step->kind->says.name, kept[k], n_from);
        }
        (*selected)[k] = (size_t)kept[k];
    }
done:
    return status;
}

ana_status ana_bci_parse_numbers(const char *text, const char *what, double least, double most,
                                 bci_numbers *out)
{
    *out = (bci_numbers){.n = 0};
    while (text != NULL && *text != '\0') {
        const size_t length = strcspn(text, ",");
        double value = 0.0;
        if (out->n == BCI_MAX_NUMBERS) {
            return ana_fail(ANA_ERR_VALUE, "pipeline: %s: more than %d", what, BCI_MAX_NUMBERS);
        }
        if (!ana_parse_double(text, length, &value) || !(value >= least) || !(value <= most)) {
            return ana_fail(ANA_ERR_VALUE, "pipeline: %s: \"%.*s\" is not a number from %g to %g",
                            what, (int)(length < 40 ? length : 40), text, least, most);
        }
        out->values[out->n++] = value;
        text += length + (text[length] == ',' ? 1 : 0);
    }
    return out->n > 0 ? ANA_OK
                      : ana_fail(ANA_ERR_VALUE,
                                 "pipeline: %s: give one or more, with commas "
                                 "between",
                                 what);
}
