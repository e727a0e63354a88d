/* What models explain together and alone, as a record. */
#include "commonality.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/rsa_partition.h>
#include <analysis/stats.h>

#include <math.h>

enum {
    MOST_SETS = (1 << ANA_RSA_PARTITION_MAX_MODELS) - 1
};

/* means[i] over subjects, of n rows. */
static void find_means(size_t n, size_t n_subjects, const double *values, double *means)
{
    for (size_t i = 0; i < n; i++) {
        means[i] = ana_stats_mean(n_subjects, values + i * n_subjects);
    }
}

static ana_status add_models(const ana_rsa_partition *from, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t m = from->n_models;
    const ana_shape shape = ana_shape_1(m, "model");
    const ana_picture_words words = {
        .title = "Models together",
        .caption = "Means over subjects: weight in the regression on all models, the variance that "
                   "no other model explains, and the correlation with the other models taken out; "
                   "p of that being 0, over subjects."};
    double *weights = ana_workspace_doubles(&workspace, m, 1);
    double *unique = ana_workspace_doubles(&workspace, m, 1);
    double *partial = ana_workspace_doubles(&workspace, m, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    find_means(m, from->n_subjects, from->weights, weights);
    find_means(m, from->n_subjects, from->unique, unique);
    find_means(m, from->n_subjects, from->partial, partial);
    ANA_TRY(ana_record_add_picture(record, "models", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "model", m, (const char *const *)from->models));
    ANA_TRY(ana_record_add_doubles(table, "weight", shape, weights, NULL));
    ANA_TRY(ana_record_add_doubles(table, "unique", shape, unique, NULL));
    ANA_TRY(ana_record_add_doubles(table, "partial_correlation", shape, partial, NULL));
    if (from->n_subjects > 1) {
        ANA_TRY(ana_record_add_doubles(table, "p_partial", shape, from->p_partial, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_sets(const ana_rsa_partition *from, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    ana_record *table = NULL;
    char texts[MOST_SETS][COMMONALITY_NAME_SIZE];
    const char *names[MOST_SETS];
    double r2[MOST_SETS];
    double shares[MOST_SETS];
    const size_t n = from->n_sets;
    const ana_shape shape = ana_shape_1(n, "set");
    const ana_shape by_subject = ana_shape_2(n, "set", from->n_subjects, "subject");
    const ana_picture_words words = {
        .title = "What models explain",
        .caption = "Mean over subjects of the share of variance that the models of a set explain "
                   "together and the others do not; below 0 where one hides what another explains.",
        .x_title = "models",
        .value_title = "share of variance"};
    const ana_picture_words columns = {
        .title = "Sets of models",
        .caption = "Means over subjects: R2 of the models of a set, and the share that they alone "
                   "have in common."};
    for (size_t s = 0; s < n; s++) {
        ana_commonality_name(s, from->n_models, (const char *const *)from->models, texts[s]);
        names[s] = texts[s];
    }
    find_means(n, from->n_subjects, from->set_r2, r2);
    find_means(n, from->n_subjects, from->shares, shares);
    ANA_TRY(ana_record_add_picture(record, "explained", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, shares, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, names));
    ANA_TRY(ana_record_add_picture(record, "sets", ANA_HINT_TABLE, &columns, &table));
    ANA_TRY(ana_record_add_texts(table, "models", n, names));
    ANA_TRY(ana_record_add_doubles(table, "r2", shape, r2, NULL));
    ANA_TRY(ana_record_add_doubles(table, "share", shape, shares, NULL));
    ANA_TRY(ana_record_add_doubles(record, "set_r2", by_subject, from->set_r2, NULL));
    ANA_TRY(ana_record_add_doubles(record, "shares", by_subject, from->shares, NULL));
done:
    return status;
}

ana_status ana_rsa_partition_to_record(const ana_rsa_partition *from, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_shape shape = ana_shape_2(from->n_models, "model", from->n_subjects, "subject");
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "rsa-partition"));
    ANA_TRY(ana_record_add_text(record, "title", "What models explain together and alone"));
    ANA_TRY(ana_record_add_int(record, "n_subjects", (int64_t)from->n_subjects, NULL));
    ANA_TRY(ana_record_add_double(record, "r2", ana_stats_mean(from->n_subjects, from->r2), NULL));
    ANA_TRY(add_models(from, record));
    if (from->n_sets > 0) {
        ANA_TRY(add_sets(from, record));
    }
    ANA_TRY(ana_record_add_doubles(record, "r2_by_subject",
                                   ana_shape_1(from->n_subjects, "subject"), from->r2, NULL));
    ANA_TRY(ana_record_add_doubles(record, "weights", shape, from->weights, NULL));
    ANA_TRY(ana_record_add_doubles(record, "unique", shape, from->unique, NULL));
    ANA_TRY(ana_record_add_doubles(record, "partial", shape, from->partial, NULL));
    ANA_TRY(ana_record_add_texts(record, "subjects", from->n_subjects,
                                 (const char *const *)from->subjects));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
