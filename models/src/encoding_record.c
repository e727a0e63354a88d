/* Encodings as a record: who predicts best, of what could be predicted, unit by unit. */
#include "encoding_figures.h"
#include "encoding_parts.h"
#include "picture.h"
#include "try.h"

#include <math.h>

static ana_status add_table(const ana_encoding_summary *s, ana_encoding *const *encodings,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = s->n_models;
    const ana_shape shape = ana_shape_1(n, "model");
    double *raw = ana_workspace_doubles(&workspace, n, 1);
    size_t *significant = ana_workspace_sizes(&workspace, n, 1);
    const ana_picture_words words = {
        .title = "Models",
        .caption = "value: median over units of each animal, mean over animals, with the interval "
                   "of units drawn anew; behind: the best model's less this one's, told apart "
                   "where its interval is above 0; p of chance, alone and against the best of all; "
                   "significant units: whose own p, adjusted for their number, is below 0.05."};
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t m = 0; m < n; m++) {
        raw[m] = encodings[m]->median;
        for (size_t j = 0; j < s->n_units; j++) {
            significant[m] += s->q_units[m * s->n_units + j] < 0.05 ? 1 : 0;
        }
    }
    const struct {
        const char *name;
        const double *values;
        bool there;
    } columns[] = {{"value", s->value, true},
                   {"low", s->low, !isnan(s->low[s->best])},
                   {"high", s->high, !isnan(s->low[s->best])},
                   {"median_score", raw, s->normalised || s->n_animals > 1},
                   {"behind", s->behind, n > 1},
                   {"behind_low", s->behind_low, n > 1 && !isnan(s->low[s->best])},
                   {"p", s->p, !isnan(s->p[s->best])},
                   {"p_max", s->p_max, !isnan(s->p[s->best])}};
    ANA_TRY(ana_record_add_picture(record, "models", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "model", n, (const char *const *)s->models));
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
        if (columns[k].there) {
            ANA_TRY(ana_record_add_doubles(table, columns[k].name, shape, columns[k].values, NULL));
        }
    }
    if (!isnan(s->p[s->best])) {
        ANA_TRY(ana_record_add_sizes(table, "significant_units", shape, significant, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The best model, and those whose distance from it may be 0. */
static ana_status add_best(const ana_encoding_summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char **names = ana_workspace_bytes(&workspace, s->n_models, 1, sizeof *names);
    size_t n = 0;
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    names[n++] = s->models[s->best];
    for (size_t m = 0; m < s->n_models; m++) {
        if (m != s->best && !(s->behind_low[m] > 0.0)) {
            names[n++] = s->models[m];
        }
    }
    ANA_TRY(ana_record_add_text(record, "best", s->models[s->best]));
    if (!isnan(s->low[s->best])) {
        ANA_TRY(ana_record_add_texts(record, "not_told_apart_from_best", n, names));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_counts(const ana_encoding *best, const ana_encoding_summary *summary,
                             const ana_ceiling *ceiling, ana_record *record)
{
    ana_status status = ANA_OK;
    const struct {
        const char *name;
        size_t value;
        bool there;
    } counts[] = {
        {"n_stimuli", best->n_stimuli, true},
        {"n_units", best->n_units, true},
        {"n_repeats", best->n_repeats, true},
        {"n_folds", best->n_folds, true},
        {"n_stimuli_exchanged", summary->n_exchanged, !isnan(summary->p[summary->best])},
        {"n_units_not_measured", best->n_not_measured, true},
        {"n_units_constant", best->n_constant, true},
        {"n_units_unmatched", best->n_unmatched, best->map == ANA_ENCODING_ONE_TO_ONE},
        {"n_units_unreliable", best->n_unreliable, ceiling != NULL},
        {"n_units_of_unknown_reliability", best->n_unknown, ceiling != NULL},
        {"n_stimuli_with_trials", ceiling != NULL ? ceiling->n_stimuli : 0, ceiling != NULL},
        {"n_stimuli_of_one_trial", ceiling != NULL ? ceiling->n_single : 0, ceiling != NULL}};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        if (counts[k].there) {
            ANA_TRY(ana_record_add_int(record, counts[k].name, (int64_t)counts[k].value, NULL));
        }
    }
    if (ceiling != NULL) {
        ANA_TRY(ana_record_add_double(record, "trials_per_stimulus", ceiling->n_trials, NULL));
    }
done:
    return status;
}

/* model x unit. */
static ana_status add_of_models(size_t n, ana_encoding *const *encodings, const char *name,
                                const double *(*take)(const ana_encoding *), ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = encodings[0]->n_units;
    double *values = ana_workspace_doubles(&workspace, n, q);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t m = 0; m < n; m++) {
        const double *from = take(encodings[m]);
        for (size_t j = 0; j < q; j++) {
            values[m * q + j] = from[j];
        }
    }
    ANA_TRY(ana_record_add_doubles(group, name, ana_shape_2(n, "model", q, "unit"), values, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static const double *take_score(const ana_encoding *e)
{
    return e->score;
}

static const double *take_normalised(const ana_encoding *e)
{
    return e->normalised;
}

static const double *take_r2(const ana_encoding *e)
{
    return e->r2;
}

static ana_status add_units(size_t n, ana_encoding *const *encodings, const ana_ceiling *ceiling,
                            const ana_encoding_summary *summary, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_encoding *first = encodings[0];
    const ana_shape shape = ana_shape_1(first->n_units, "unit");
    ANA_TRY(ana_record_add_group(record, "units", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_texts(group, "id", first->n_units, (const char *const *)first->units));
    ANA_TRY(add_of_models(n, encodings, "score", take_score, group));
    ANA_TRY(add_of_models(n, encodings, "r2", take_r2, group));
    const ana_shape both = ana_shape_2(n, "model", first->n_units, "unit");
    ANA_TRY(ana_record_add_doubles(group, "p", both, summary->p_units, NULL));
    ANA_TRY(ana_record_add_doubles(group, "p_adjusted", both, summary->q_units, NULL));
    if (ceiling != NULL) {
        ANA_TRY(add_of_models(n, encodings, "normalised", take_normalised, group));
        ANA_TRY(ana_record_add_doubles(group, "reliability", shape, first->reliability, NULL));
        ANA_TRY(ana_record_add_doubles(group, "ceiling", shape, first->ceiling, NULL));
    }
done:
    return status;
}

/* What of the models is not in their table. */
static ana_status add_models(const ana_encoding_summary *s, ana_encoding *const *encodings,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const ana_shape shape = ana_shape_1(s->n_models, "model");
    size_t *features = ana_workspace_sizes(&workspace, s->n_models, 1);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t m = 0; m < s->n_models; m++) {
        features[m] = encodings[m]->n_features;
    }
    ANA_TRY(ana_record_add_group(record, "features", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_texts(group, "model", s->n_models, (const char *const *)s->models));
    ANA_TRY(ana_record_add_sizes(group, "n_features", shape, features, NULL));
    ANA_TRY(ana_record_add_doubles(group, "behind_high", shape, s->behind_high, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What the best model predicted, and how its penalties were chosen. */
static ana_status add_best_model(const ana_encoding *best, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const size_t q = best->n_units;
    ANA_TRY(ana_record_add_group(record, "best_model", ANA_HINT_NONE, &group));
    const size_t n = best->n_stimuli;
    const bool once = best->n_repeats == 1;
    ANA_TRY(ana_record_add_doubles(
        group, "predicted",
        once ? ana_shape_2(n, "stimulus", q, "unit")
             : (ana_shape){3, {best->n_repeats, n, q}, {"repeat", "stimulus", "unit"}},
        best->predicted, NULL));
    ANA_TRY(ana_record_add_sizes(group, "fold",
                                 once ? ana_shape_1(n, "stimulus")
                                      : ana_shape_2(best->n_repeats, "repeat", n, "stimulus"),
                                 best->fold, NULL));
    ANA_TRY(ana_record_add_doubles(group, "r_folds", ana_shape_2(best->n_folds, "fold", q, "unit"),
                                   best->r_folds, NULL));
    if (best->n_penalties > 0) {
        ANA_TRY(ana_record_add_doubles(
            group, "penalties", ana_shape_1(best->n_penalties, "penalty"), best->penalties, NULL));
        ANA_TRY(ana_record_add_doubles(
            group, "penalty", ana_shape_2(best->n_folds, "fold", q, "unit"), best->penalty, NULL));
    }
    if (best->n_spaces > 0) {
        ANA_TRY(ana_record_add_texts(group, "spaces", best->n_spaces,
                                     (const char *const *)best->spaces));
        ANA_TRY(ana_record_add_doubles(
            group, "gamma", ana_shape_2(best->n_spaces, "space", q, "unit"), best->gamma, NULL));
    }
done:
    return status;
}

ana_status ana_encoding_to_record(size_t n, ana_encoding *const *encodings,
                                  const ana_ceiling *ceiling, const ana_encoding_summary *summary,
                                  ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_encoding *best = encodings[summary->best];
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "encoding"));
    ANA_TRY(ana_record_add_text(record, "title", "How well features predict responses"));
    ANA_TRY(ana_record_add_text(record, "map", ana_encoding_map_names[best->map]));
    ANA_TRY(ana_record_add_text(record, "score", ana_encoding_measure_names[best->measure]));
    ANA_TRY(ana_record_add_bool(record, "normalised", summary->normalised));
    ANA_TRY(add_best(summary, record));
    ANA_TRY(add_counts(best, summary, ceiling, record));
    ANA_TRY(encoding_add_bars(summary, encodings, record));
    ANA_TRY(add_table(summary, encodings, record));
    ANA_TRY(encoding_add_animals(summary, record));
    ANA_TRY(encoding_add_scatter(best, record));
    ANA_TRY(encoding_add_order(best, record));
    ANA_TRY(encoding_add_distribution(best, record));
    ANA_TRY(encoding_add_curve(best, record));
    ANA_TRY(encoding_add_parts(best, record));
    ANA_TRY(add_units(n, encodings, ceiling, summary, record));
    ANA_TRY(add_models(summary, encodings, record));
    ANA_TRY(add_best_model(best, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
