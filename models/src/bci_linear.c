#include "bci_linear.h"

#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

const char *const ana_bci_linear_learned[] = {"weights", "biases", "patterns", NULL};

ana_labelled_rows ana_bci_rows(const bci_batch *in, const bci_teacher *teacher)
{
    return (ana_labelled_rows){.n = in->n_items,
                               .d = in->shape.n_columns,
                               .x = in->values,
                               .n_classes = teacher->n_classes,
                               .classes = teacher->labels};
}

ana_status ana_bci_linear_learn(bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                                double **weights, double **biases)
{
    ana_status status = ANA_OK;
    const size_t n_scores = ana_linear_n_scores(teacher->n_classes);
    ANA_TRY(ana_bci_learn(step, BCI_WEIGHTS,
                          ana_shape_2(n_scores, "score", in->shape.n_columns, "feature"), weights));
    ANA_TRY(ana_bci_learn(step, BCI_BIASES, ana_shape_1(n_scores, "score"), biases));
done:
    return status;
}

ana_status ana_bci_linear_patterns(bci_step *step, const bci_batch *in)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = in->n_items;
    const size_t d = in->shape.n_columns;
    const size_t n_scores = ana_bci_learned_length(step, BCI_WEIGHTS, 0);
    const double *weights = step->learned[BCI_WEIGHTS].values;
    double *patterns = NULL;
    double *mean = ana_workspace_doubles(&workspace, d, 1);
    double *centred = ana_workspace_doubles(&workspace, n, d);
    double *scores = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "patterns"));
    ANA_TRY(
        ana_bci_learn(step, BCI_PATTERNS, ana_shape_2(n_scores, "score", d, "feature"), &patterns));
    for (size_t k = 0; k < n * d; k++) {
        mean[k % d] += in->values[k] / (double)n;
    }
    for (size_t k = 0; k < n * d; k++) {
        centred[k] = in->values[k] - mean[k % d];
    }
    for (size_t s = 0; s < n_scores; s++) {
        double *pattern = patterns + s * d;
        ANA_TRY(ana_linalg_apply(n, d, centred, false, weights + s * d, scores));
        ANA_TRY(ana_linalg_apply(n, d, centred, true, scores, pattern));
        for (size_t f = 0; f < d; f++) {
            pattern[f] /= n > 1 ? (double)(n - 1) : 1.0;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_linear_shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *learned = NULL;
    const size_t n_scores = ana_bci_learned_length(step, BCI_WEIGHTS, 0);
    ANA_TRY(ana_bci_learned(step, BCI_WEIGHTS, ana_shape_2(0, "score", in->n_columns, "feature"),
                            &learned));
    ANA_TRY(ana_bci_learned(step, BCI_BIASES, ana_shape_1(n_scores, "score"), &learned));
    *out = (bci_shape){
        .form = BCI_CLASSES, .n_rows = 1, .n_columns = n_scores == 1 ? 2 : n_scores, .n_bands = 1};
done:
    return status;
}

ana_status ana_bci_linear_apply(const bci_step *step, const bci_batch *in,
                                const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    const size_t n_scores = ana_bci_learned_length(step, BCI_WEIGHTS, 0);
    (void)teacher;
    ANA_TRY(ana_linear_scores(in->n_items, in->shape.n_columns, in->values, n_scores,
                              step->learned[BCI_WEIGHTS].values, step->learned[BCI_BIASES].values,
                              out->values));
    /* One score for two classes is spread from the last item on: places are read before written. */
    for (size_t i = n_scores == 1 ? in->n_items : 0; i-- > 0;) {
        const double score = out->values[i];
        out->values[2 * i] = -score;
        out->values[2 * i + 1] = score;
    }
    ana_bci_choose(out);
done:
    return status;
}
