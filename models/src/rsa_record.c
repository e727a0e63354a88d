/* Models against subjects as a record: the numbers, the bars with their ceiling, who differs. */
#include "picture.h"
#include "rsa_figures.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>

static ana_status add_table(const ana_rsa *rsa, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_shape shape = ana_shape_1(rsa->n_models, "model");
    const struct {
        const char *name;
        const double *values;
    } columns[] = {{"mean", rsa->mean},         {"standard_error", rsa->standard_error},
                   {"low", rsa->low},           {"high", rsa->high},
                   {"p_chance", rsa->p_chance}, {"p_chance_max", rsa->p_chance_max},
                   {"p_zero", rsa->p_zero},     {"p_ceiling", rsa->p_ceiling}};
    const ana_picture_words words = {
        .title = "Models",
        .caption = "p of chance by permutation of conditions, alone and against the best of all "
                   "models; p of zero and of the lower ceiling for subjects beyond these, or "
                   "what else the bootstrap drew."};
    ANA_TRY(ana_record_add_picture(record, "models", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "model", rsa->n_models, (const char *const *)rsa->models));
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
        if (!isnan(columns[k].values[0])) {
            ANA_TRY(ana_record_add_doubles(table, columns[k].name, shape, columns[k].values, NULL));
        }
    }
done:
    return status;
}

/* Models that are not told apart from the best one, the best first. */
static ana_status add_best(const ana_rsa *rsa, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char **names = ana_workspace_bytes(&workspace, rsa->n_models, 1, sizeof *names);
    size_t n = 0;
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    names[n++] = rsa->models[rsa->best];
    for (size_t m = 0; m < rsa->n_models; m++) {
        const double p = rsa->p_between[rsa->best * rsa->n_models + m];
        if (m != rsa->best && !(p < 0.05)) {
            names[n++] = rsa->models[m];
        }
    }
    ANA_TRY(ana_record_add_text(record, "best", rsa->models[rsa->best]));
    ANA_TRY(ana_record_add_texts(record, "not_told_apart_from_best", n, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What was drawn, and the variances by it: of each quantity, and of the difference of two. */
ana_status ana_rsa_add_bootstrap(const ana_rsa_bootstrap *b, const char *const *models,
                                 ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const size_t q = b->n_models + 2;
    const char **names = ana_workspace_bytes(&workspace, q, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t m = 0; m < b->n_models; m++) {
        names[m] = models[m];
    }
    names[q - 2] = "lower ceiling";
    names[q - 1] = "upper ceiling";
    ANA_TRY(ana_record_add_group(record, "bootstrap", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "drawn", ana_rsa_resampled_names[b->over]));
    ANA_TRY(ana_record_add_int(group, "n_samples", (int64_t)b->n_samples, NULL));
    ANA_TRY(ana_record_add_int(group, "n_void_samples", (int64_t)b->n_void, NULL));
    ANA_TRY(ana_record_add_int(group, "n_groups_of_subjects", (int64_t)b->n_groups, NULL));
    ANA_TRY(ana_record_add_double(group, "degrees_of_freedom", b->dof, NULL));
    ANA_TRY(ana_record_add_texts(group, "quantities", q, names));
    ANA_TRY(ana_record_add_doubles(group, "low", ana_shape_1(q, "quantity"), b->low, NULL));
    ANA_TRY(ana_record_add_doubles(group, "high", ana_shape_1(q, "quantity"), b->high, NULL));
    ANA_TRY(ana_record_add_doubles(group, "variance_of_difference",
                                   ana_shape_2(q, "quantity", q, "quantity"), b->variance, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Whether tests are about more than subjects that are drawn one by one. */
static bool by_bootstrap(const ana_rsa *rsa)
{
    return rsa->bootstrap != NULL &&
           (rsa->bootstrap->over != ANA_RSA_SUBJECTS || rsa->bootstrap->n_groups < rsa->n_subjects);
}

ana_status ana_rsa_to_record(const ana_rsa *rsa, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_rsa_pictured of = {
        .n = rsa->n_models,
        .names = (const char *const *)rsa->models,
        .title = "Similarity of models and subjects",
        .caption = isnan(rsa->ceiling_low)
                       ? "Of the one subject."
                       : "Mean over subjects with its bootstrap interval; shaded, the noise "
                         "ceiling: what the best possible model would reach.",
        .mean = rsa->mean,
        .low = rsa->low,
        .high = rsa->high,
        .ceiling = {rsa->ceiling_low, rsa->ceiling_high},
        .p = rsa->n_models > 1 ? rsa->p_between : NULL};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "rsa"));
    ANA_TRY(ana_record_add_text(record, "title", "How well models match the subjects"));
    ANA_TRY(ana_record_add_text(record, "measure", ana_rdm_similarity_names[rsa->similarity]));
    ANA_TRY(ana_record_add_text(record, "test",
                                by_bootstrap(rsa) ? "t, by the bootstrap's variance"
                                                  : ana_rsa_test_names[rsa->test]));
    ANA_TRY(ana_record_add_int(record, "n_subjects", (int64_t)rsa->n_subjects, NULL));
    ANA_TRY(ana_record_add_int(record, "n_conditions", (int64_t)rsa->n_conditions, NULL));
    ANA_TRY(ana_record_add_int(record, "n_permutations", (int64_t)rsa->n_permutations, NULL));
    if (!isnan(rsa->ceiling_low)) {
        ANA_TRY(ana_record_add_double(record, "ceiling_low", rsa->ceiling_low, NULL));
        ANA_TRY(ana_record_add_double(record, "ceiling_high", rsa->ceiling_high, NULL));
    }
    ANA_TRY(add_best(rsa, record));
    ANA_TRY(ana_rsa_add_bars(&of, rsa->best, record));
    ANA_TRY(add_table(rsa, record));
    if (rsa->n_models > 1) {
        ANA_TRY(ana_rsa_add_differences(&of, record));
    }
    ANA_TRY(ana_record_add_doubles(record, "p_between",
                                   ana_shape_2(rsa->n_models, "model", rsa->n_models, "model"),
                                   rsa->p_between, NULL));
    ANA_TRY(ana_record_add_doubles(record, "values",
                                   ana_shape_2(rsa->n_models, "model", rsa->n_subjects, "subject"),
                                   rsa->values, NULL));
    ANA_TRY(ana_record_add_texts(record, "subjects", rsa->n_subjects,
                                 (const char *const *)rsa->subjects));
    if (rsa->bootstrap != NULL) {
        ANA_TRY(ana_rsa_add_bootstrap(rsa->bootstrap, (const char *const *)rsa->models, record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
