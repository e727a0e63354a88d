#include "bci_linear.h"

#include "try.h"

const char *const ana_bci_linear_learned[] = {"weights", "biases", NULL};

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
