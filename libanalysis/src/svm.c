#include "try.h"
#include "workspace.h"

#include <analysis/svm.h>

#include <libsvm/svm.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

static void say_nothing(const char *text)
{
    (void)text;
}

static void silence_libsvm(void)
{
    svm_set_print_string_function(say_nothing);
}

static ana_status check(size_t n, const double *kernel, const bool *is_second, double penalty,
                        double tolerance)
{
    size_t n_second = 0;
    for (size_t i = 0; i < n; i++) {
        n_second += is_second[i] ? 1 : 0;
    }
    if (n_second == 0 || n_second == n || n > INT_MAX - 1) {
        return ana_fail(ANA_ERR_VALUE, "svm: %zu items of one class and %zu of the other",
                        n - n_second, n_second);
    }
    if (!(penalty > 0.0) || !isfinite(penalty) || !(tolerance > 0.0) || !isfinite(tolerance)) {
        return ana_fail(ANA_ERR_VALUE,
                        "svm: a penalty of %g and a tolerance of %g; both must be "
                        "above 0",
                        penalty, tolerance);
    }
    for (size_t e = 0; e < n * n; e++) {
        if (!isfinite(kernel[e])) {
            return ana_fail(ANA_ERR_VALUE, "svm: the kernel of items %zu and %zu is not finite",
                            e / n, e % n);
        }
    }
    return ANA_OK;
}

/* Rows as libsvm has them: a number of the item, the kernel with each item, an end. */
static void fill_rows(size_t n, const double *kernel, struct svm_node *nodes,
                      struct svm_node **rows)
{
    for (size_t i = 0; i < n; i++) {
        struct svm_node *row = nodes + i * (n + 2);
        rows[i] = row;
        row[0] = (struct svm_node){0, (double)(i + 1)};
        for (size_t j = 0; j < n; j++) {
            row[j + 1] = (struct svm_node){(int)(j + 1), kernel[i * n + j]};
        }
        row[n + 1].index = -1;
    }
}

ana_status ana_svm_fit(size_t n, const double *kernel, const bool *is_second, double penalty,
                       double tolerance, double *weights, double *offset)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    struct svm_model *model = NULL;
    struct svm_parameter parameter = {.svm_type = C_SVC,
                                      .kernel_type = PRECOMPUTED,
                                      .cache_size = 16.0,
                                      .eps = tolerance,
                                      .C = penalty};
    ANA_TRY(check(n, kernel, is_second, penalty, tolerance));
    struct svm_node *nodes = ana_workspace_bytes(&workspace, n, n + 2, sizeof *nodes);
    struct svm_node **rows = ana_workspace_bytes(&workspace, n, 1, sizeof(struct svm_node *));
    double *classes = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "svm"));
    fill_rows(n, kernel, nodes, rows);
    for (size_t i = 0; i < n; i++) {
        classes[i] = is_second[i] ? 1.0 : -1.0;
    }
    const struct svm_problem problem = {(int)n, classes, rows};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, silence_libsvm);
    model = svm_train(&problem, &parameter);
    if (model == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "svm: no memory for %zu items", n);
        goto done;
    }
    /* libsvm's first class is that of the first item. */
    const double sign = model->label[0] == 1 ? 1.0 : -1.0;
    memset(weights, 0, n * sizeof *weights);
    for (int k = 0; k < model->l; k++) {
        weights[(size_t)model->sv_indices[k] - 1] = sign * model->sv_coef[0][k];
    }
    *offset = -sign * model->rho[0];
done:
    svm_free_and_destroy_model(&model);
    ana_workspace_release(&workspace);
    return status;
}
