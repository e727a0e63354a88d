/* The choice of a penalty as a record. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/glm_path.h>

static const char *const penalty_names[] = {"ridge", "lasso", "group", "smooth"};

/* Held-out log-likelihood over the penalty, with the error of the loss against the best. */
static ana_status add_curve(const ana_glm_path *path, ana_record *record)
{
    static const ana_picture_words words = {
        "Choice of the penalty",
        "Log-likelihood per held-out response under each value of the penalty, mean over the "
        "folds, with the standard error of its loss against the best value, paired over folds.",
        "penalty", "held-out log-likelihood", NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = path->n_values;
    const ana_shape shape = ana_shape_1(n, "penalty");
    double *low = ana_workspace_doubles(&workspace, n, 1);
    double *high = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm path"));
    for (size_t i = 0; i < n; i++) {
        low[i] = path->mean[i] - path->error[i];
        high[i] = path->mean[i] + path->error[i];
    }
    ANA_TRY(ana_record_add_picture(record, "curve", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "x_scale", "log"));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, path->values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, path->mean, "nat"));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, "nat"));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, "nat"));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_path_to_record(const ana_glm_path *path, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const size_t n = path->n_values;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "glm path"));
    ANA_TRY(ana_record_add_text(record, "title", "How strong the penalty should be"));
    ANA_TRY(ana_record_add_text(record, "penalty", penalty_names[path->penalty]));
    ANA_TRY(ana_record_add_double(record, "chosen", path->values[path->chosen], NULL));
    ANA_TRY(ana_record_add_double(record, "best", path->values[path->best], NULL));
    ANA_TRY(ana_record_add_text(record, "held_out_parts",
                                path->by_sequences ? "sequences" : "stretches of time"));
    ANA_TRY(ana_record_add_double(record, "heldout_log_likelihood_per_bin",
                                  path->mean[path->chosen], "nat"));
    ANA_TRY(add_curve(path, record));
    ANA_TRY(
        ana_record_add_doubles(record, "values", ana_shape_1(n, "penalty"), path->values, NULL));
    ANA_TRY(ana_record_add_doubles(record, "held_out",
                                   ana_shape_2(n, "penalty", path->n_folds, "fold"), path->held_out,
                                   "nat"));
    ANA_TRY(ana_record_add_doubles(record, "nonzero", ana_shape_1(n, "penalty"), path->n_nonzero,
                                   NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
