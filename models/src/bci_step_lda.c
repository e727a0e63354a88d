/* lda shrunk: Fisher's linear discriminant of vectors. */
#include "bci_kinds.h"
#include "bci_linear.h"
#include "try.h"

#include <analysis/models/linear_discriminant.h>

typedef enum lda_solver {
    LDA_SVD,
    LDA_SHRUNK
} lda_solver;

typedef struct lda_options {
    lda_solver solver;
    double shrinkage;
} lda_options;

static const char *const solvers[] = {"svd", "shrunk", NULL};

static const ana_option lda_table[] = {
    {"solver", ANA_OPTION_CHOICE, offsetof(lda_options, solver), 0, 0, solvers, "SOLVER",
     "svd: the covariance within classes as it is; shrunk: towards its mean variance (default svd)",
     false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(lda_options, shrinkage), -1.0, 1.0, NULL, "A",
     "of shrunk: 0 none, 1 mean variance alone, -1 (default) as Ledoit & Wolf find best", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(lda_options *)options = (lda_options){.solver = LDA_SVD, .shrinkage = -1.0};
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const lda_options *given = step->options;
    ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
    const ana_labelled_rows rows = ana_bci_rows(in, teacher);
    double *weights = NULL;
    double *biases = NULL;
    options.run = *teacher->run;
    if (given->solver == LDA_SHRUNK) {
        options.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
        options.shrinkage = given->shrinkage;
    }
    ANA_TRY(ana_bci_linear_learn(step, in, teacher, &weights, &biases));
    ANA_TRY(ana_linear_discriminant_fit(&rows, &options, weights, biases));
    ANA_TRY(ana_bci_linear_patterns(step, in));
done:
    return status;
}

const bci_kind ana_bci_lda = {
    .says = {.name = "lda",
             .summary = "linear discriminant",
             .takes = "vectors",
             .gives = "classes",
             .options = lda_table,
             .n_positional = 1},
    .takes = BCI_VECTORS,
    .gives = BCI_CLASSES,
    .options_size = sizeof(lda_options),
    .defaults = defaults,
    .learned = ana_bci_linear_learned,
    .fit = fit,
    .shape = ana_bci_linear_shape,
    .apply = ana_bci_linear_apply,
};
