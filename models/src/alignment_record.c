/* An alignment as a record: its numbers, by target, and its tables. */
#include "alignment_figures.h"
#include "alignment_parts.h"
#include "lists.h"
#include "memory.h"
#include "picture.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t ana_alignment_best_target(const ana_alignment *of, size_t region)
{
    size_t best = of->n_targets;
    double most = -(double)INFINITY;
    for (size_t t = 0; t < of->n_targets; t++) {
        const ana_rsa *scores = of->targets[t].scores;
        const double mean = scores->mean[scores->best];
        const double here = scores->similarity == ANA_RDM_SIM_BURES_DISTANCE ? -mean : mean;
        if (of->region_of[t] == region && (best == of->n_targets || here > most)) {
            best = t;
            most = here;
        }
    }
    return best;
}

ana_status ana_alignment_labels(const ana_alignment *of, char ***out)
{
    ana_status status = ANA_OK;
    char **labels = NULL;
    ANA_TRY(ana_allocate(of->n_layers, sizeof *labels, "alignment", (void *)&labels));
    for (size_t l = 0; l < of->n_layers; l++) {
        ana_text text = {0};
        if (of->n_models > 1) {
            ana_text_printf(&text, "%s ", of->models[of->model_of[l]]);
        }
        ana_text_printf(&text, "%s", of->layers[l]);
        ana_text_append(&text, of->is_baseline[l] ? " (baseline)" : "");
        if (!isnan(of->layer_time[l])) {
            ana_text_printf(&text, " at %s s", ana_number(of->layer_time[l]).text);
        }
        status = ana_text_check(&text, "alignment");
        if (status == ANA_OK) {
            status = ana_copy_text(text.bytes, &labels[l]);
        }
        ana_text_release(&text);
        ANA_TRY(status);
    }
    *out = labels;
    labels = NULL;
done:
    ana_free_texts(of->n_layers, labels);
    return status;
}

/* A column of the table of scores: what it is of a target and its layer. */
typedef struct score_column {
    const char *name;
    double (*value)(const ana_alignment *of, size_t target, size_t layer);
} score_column;

static double time_of(const ana_alignment *of, size_t t, size_t l)
{
    (void)l;
    return of->targets[t].time;
}

static double units_of(const ana_alignment *of, size_t t, size_t l)
{
    (void)t;
    return of->n_units[l] > 0 ? (double)of->n_units[l] : (double)NAN;
}

static double mean_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].scores->mean[l];
}

static double low_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].scores->low[l];
}

static double high_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].scores->high[l];
}

static double chance_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].scores->p_chance[l];
}

static double chance_max_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].scores->p_chance_max[l];
}

static double zero_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].scores->p_zero[l];
}

/* Of what the upper ceiling allows. */
static double relative_of(const ana_alignment *of, size_t t, size_t l)
{
    const ana_rsa *scores = of->targets[t].scores;
    return scores->ceiling_high > 0.0 ? scores->mean[l] / scores->ceiling_high : (double)NAN;
}

static double rank_of(const ana_alignment *of, size_t t, size_t l)
{
    return (double)of->targets[t].layer_rank[l];
}

static double chosen_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].chosen != NULL ? of->targets[t].chosen[l] : (double)NAN;
}

static double drawn_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].drawn_mean != NULL ? of->targets[t].drawn_mean[l] : (double)NAN;
}

static double drawn_sd_of(const ana_alignment *of, size_t t, size_t l)
{
    return of->targets[t].drawn_sd != NULL ? of->targets[t].drawn_sd[l] : (double)NAN;
}

static const score_column columns[] = {
    {"time", time_of},        {"units", units_of},     {"mean", mean_of},
    {"low", low_of},          {"high", high_of},       {"of_ceiling", relative_of},
    {"p_zero", zero_of},      {"p_chance", chance_of}, {"p_chance_max", chance_max_of},
    {"rank", rank_of},        {"chosen", chosen_of},   {"drawn_mean", drawn_of},
    {"drawn_sd", drawn_sd_of}};

/* A column that nothing is known in is left out. */
static ana_status add_column(const ana_alignment *of, const score_column *column, double *values,
                             ana_record *table)
{
    const size_t n = of->n_layers * of->n_targets;
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        values[i] = column->value(of, i / of->n_layers, i % of->n_layers);
        known = known || !isnan(values[i]);
    }
    const char *unit = column->value == time_of ? "s" : NULL;
    return known ? ana_record_add_doubles(table, column->name, ana_shape_1(n, "row"), values, unit)
                 : ANA_OK;
}

static ana_status add_scores(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = of->n_layers * of->n_targets;
    const ana_picture_words words = {
        .title = "Scores",
        .caption =
            "Mean over subjects with its interval, and as a share of the upper ceiling; p of "
            "zero by a t-test over subjects, p of chance by permuting stimuli, alone and "
            "against the best of all layers, regions and times; layers of one rank are not "
            "told apart from the best of them; chosen: how often the layer was its model's "
            "best on half of the stimuli; drawn: with as many units as the brain has."};
    double *values = ana_workspace_doubles(&workspace, n, 1);
    const char **texts = ana_workspace_bytes(&workspace, n, 3, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < n; i++) {
        const size_t l = i % of->n_layers;
        texts[i] = of->targets[i / of->n_layers].region;
        texts[n + i] = of->models[of->model_of[l]];
        texts[2 * n + i] = of->layers[l];
    }
    ANA_TRY(ana_record_add_picture(record, "scores", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "region", n, texts));
    ANA_TRY(ana_record_add_texts(table, "model", n, texts + n));
    ANA_TRY(ana_record_add_texts(table, "layer", n, texts + 2 * n));
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
        ANA_TRY(add_column(of, &columns[k], values, table));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_known(ana_record *table, const char *name, size_t n, const double *values,
                            const char *unit)
{
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        known = known || !isnan(values[i]);
    }
    return known ? ana_record_add_doubles(table, name, ana_shape_1(n, "target"), values, unit)
                 : ANA_OK;
}

/* What brains reach of one another. */
static ana_status add_baselines(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = of->n_targets;
    const ana_picture_words words = {
        .title = "What brains say of one another",
        .caption = "The noise ceiling (what the best possible model would reach), one subject as "
                   "the model of another, and other regions as the model of a region in the same "
                   "subjects."};
    double *values = ana_workspace_doubles(&workspace, n, 5);
    const char **regions = ana_workspace_bytes(&workspace, n, 1, sizeof *regions);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t t = 0; t < n; t++) {
        const ana_alignment_target *target = &of->targets[t];
        regions[t] = target->region;
        values[t] = target->time;
        values[n + t] = (double)target->scores->n_subjects;
        values[2 * n + t] = target->scores->ceiling_low;
        values[3 * n + t] = target->scores->ceiling_high;
        values[4 * n + t] = target->other_subjects;
    }
    ANA_TRY(ana_record_add_picture(record, "baselines", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "region", n, regions));
    ANA_TRY(add_known(table, "time", n, values, "s"));
    ANA_TRY(add_known(table, "subjects", n, values + n, NULL));
    ANA_TRY(add_known(table, "ceiling_low", n, values + 2 * n, NULL));
    ANA_TRY(add_known(table, "ceiling_high", n, values + 3 * n, NULL));
    ANA_TRY(add_known(table, "other_subjects", n, values + 4 * n, NULL));
    for (size_t r = 0; r < of->n_regions && of->n_regions > 1; r++) {
        char name[160];
        for (size_t t = 0; t < n; t++) {
            values[t] = of->targets[t].other_regions[r];
        }
        snprintf(name, sizeof name, "by_%s", of->regions[r]);
        for (char *c = name; *c != '\0'; c++) {
            *c = *c == '/' ? '_' : *c;
        }
        ANA_TRY(add_known(table, name, n, values, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_add_tables(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ANA_TRY(add_scores(of, record));
    ANA_TRY(add_baselines(of, record));
done:
    return status;
}

/* The best layer of each region, in words. */
static ana_status add_best(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    char **labels = NULL;
    ANA_TRY(ana_alignment_labels(of, &labels));
    for (size_t r = 0; r < of->n_regions; r++) {
        const ana_alignment_target *target = &of->targets[ana_alignment_best_target(of, r)];
        const size_t best = target->scores->best;
        ana_text_printf(&text, "%s%s: %s", r > 0 ? "; " : "", of->regions[r], labels[best]);
        ana_text_append(&text, " (");
        ana_text_append_fixed(&text, target->scores->mean[best], 3);
        if (!isnan(target->scores->p_chance_max[best])) {
            ana_text_append(&text, ", p ");
            ana_text_append_fixed(&text, target->scores->p_chance_max[best], 3);
        }
        if (!isnan(target->time)) {
            ana_text_printf(&text, ", at %s s", ana_number(target->time).text);
        }
        ana_text_append(&text, ")");
    }
    ANA_TRY(ana_text_check(&text, "alignment"));
    ANA_TRY(ana_record_add_text(record, "best", text.bytes));
done:
    ana_text_release(&text);
    ana_free_texts(of->n_layers, labels);
    return status;
}

/* The lag of each region at which some model is most like it, in words. */
static ana_status add_best_lag(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    const ana_alignment_lags *lags = &of->lags;
    for (size_t r = 0; r < of->n_regions; r++) {
        size_t best = r * lags->n_lags;
        for (size_t i = 0; i < of->n_models * lags->n_lags; i++) {
            const size_t model = i / lags->n_lags;
            const size_t here = (model * of->n_regions + r) * lags->n_lags + i % lags->n_lags;
            const bool more = lags->value[here] > lags->value[best] || isnan(lags->value[best]);
            best = more ? here : best;
        }
        ana_text_printf(&text, "%s%s: %s at %s s (", r > 0 ? "; " : "", of->regions[r],
                        of->models[best / lags->n_lags / of->n_regions],
                        ana_number(lags->lag[best % lags->n_lags]).text);
        ana_text_append_fixed(&text, lags->value[best], 3);
        if (!isnan(lags->p_max[best])) {
            ana_text_append(&text, ", p ");
            ana_text_append_fixed(&text, lags->p_max[best], 3);
        }
        ana_text_append(&text, ")");
    }
    ANA_TRY(ana_text_check(&text, "alignment"));
    ANA_TRY(ana_record_add_text(record, "best_lag", text.bytes));
done:
    ana_text_release(&text);
    return status;
}

ana_status ana_alignment_to_record(const ana_alignment *of, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    char title[160];
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "alignment"));
    snprintf(title, sizeof title, "How alike models and brains are: %s", of->value);
    ANA_TRY(ana_record_add_text(record, "title", title));
    ANA_TRY(ana_record_add_text(record, "measure", of->measure));
    ANA_TRY(ana_record_add_text(record, "value", of->value));
    ANA_TRY(add_best(of, record));
    if (of->lags.n_lags > 1) {
        ANA_TRY(add_best_lag(of, record));
    }
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)of->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_models", (int64_t)of->n_models, NULL));
    ANA_TRY(ana_record_add_int(record, "n_layers", (int64_t)of->n_layers, NULL));
    ANA_TRY(ana_record_add_int(record, "n_regions", (int64_t)of->n_regions, NULL));
    ANA_TRY(ana_record_add_int(record, "n_permutations", (int64_t)of->n_permutations, NULL));
    ANA_TRY(ana_alignment_add_matrices(of, record));
    ANA_TRY(ana_alignment_add_bars(of, record));
    ANA_TRY(ana_alignment_add_courses(of, record));
    ANA_TRY(ana_alignment_add_models(of, record));
    ANA_TRY(ana_alignment_add_tables(of, record));
    ANA_TRY(ana_alignment_add_geometry(of, record));
    ANA_TRY(ana_alignment_add_numbers(of, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
