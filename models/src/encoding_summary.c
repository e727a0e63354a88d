/* Models by their held-out predictions: values, intervals over units within animals, chance. */
#include "encoding_parts.h"
#include "encoding_summary_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/random.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_encoding_summary_options ana_encoding_summary_options_default(void)
{
    return (ana_encoding_summary_options){
        .run = ana_run_default(), .n_permutations = 1000, .n_bootstraps = 1000, .level = 0.95};
}

const ana_option ana_encoding_summary_option_table[] = {
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_encoding_summary_options, n_permutations), 0,
     1e8, NULL, "N", "of the measured stimuli, for the chance of a score (0: none)", false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_encoding_summary_options, n_bootstraps), 0, 1e8,
     NULL, "N", "of the units within animals, for intervals (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_encoding_summary_options, level), 0.5, 0.9999, NULL,
     "SHARE", "of the intervals", false},
    ANA_OPTION_END,
};

double encoding_mean_of_medians(const encoding_units *units, const double *values,
                                const size_t *drawn, double *room, double *by_animal)
{
    double sum = 0.0;
    double count = 0.0;
    for (size_t a = 0; a < units->n_animals; a++) {
        const size_t first = units->start[a];
        const size_t n = units->start[a + 1] - first;
        for (size_t k = 0; k < n; k++) {
            room[k] = values[units->unit[drawn != NULL ? drawn[first + k] : first + k]];
        }
        const double median = ana_stats_median_in_place(n, room);
        sum += isnan(median) ? 0.0 : median;
        count += isnan(median) ? 0.0 : 1.0;
        if (by_animal != NULL) {
            by_animal[a] = median;
        }
    }
    return count > 0.0 ? sum / count : (double)NAN;
}

/* Units of each animal, in their order. */
static ana_status list_units(const ana_encoding *encoding,
                             const ana_encoding_summary_options *options, ana_workspace *workspace,
                             encoding_units *out)
{
    ana_status status = ANA_OK;
    const size_t q = encoding->n_units;
    out->n_animals = options->n_animals > 0 ? options->n_animals : 1;
    out->start = ana_workspace_sizes(workspace, out->n_animals + 1, 1);
    out->unit = ana_workspace_sizes(workspace, q, 1);
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
    size_t n = 0;
    for (size_t a = 0; a < out->n_animals; a++) {
        for (size_t j = 0; j < q; j++) {
            const size_t animal = options->n_animals > 0 ? options->animals[encoding->unit[j]] : 0;
            if (animal >= out->n_animals) {
                return ana_fail(ANA_ERR_VALUE, "encoding: unit %s is of animal %zu of %zu",
                                encoding->units[j], animal, out->n_animals);
            }
            if (animal == a) {
                out->unit[n++] = j;
            }
        }
        out->start[a + 1] = n;
    }
done:
    return status;
}

/* *out = n numbers that are not known yet. */
static ana_status new_gaps(size_t n, double **out)
{
    const ana_status status = ana_allocate(n, sizeof **out, "encoding", (void *)out);
    for (size_t k = 0; k < n && status == ANA_OK; k++) {
        (*out)[k] = (double)NAN;
    }
    return status;
}

static ana_status new_summary(size_t n, ana_encoding *const *encodings,
                              const ana_encoding_summary_options *options,
                              ana_encoding_summary **out)
{
    ana_status status = ANA_OK;
    ana_encoding_summary *s = NULL;
    ANA_TRY(ana_allocate(1, sizeof *s, "encoding", (void *)&s));
    s->n_models = n;
    s->n_animals = options->n_animals > 0 ? options->n_animals : 1;
    double **const arrays[] = {&s->value,      &s->low,         &s->high, &s->behind,
                               &s->behind_low, &s->behind_high, &s->p,    &s->p_max};
    ANA_TRY(ana_allocate(n * s->n_animals, sizeof(double), "encoding", (void *)&s->by_animal));
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(new_gaps(n, arrays[k]));
    }
    s->n_units = encodings[0]->n_units;
    ANA_TRY(new_gaps(n * s->n_units, &s->p_units));
    ANA_TRY(new_gaps(n * s->n_units, &s->q_units));
    ANA_TRY(ana_allocate(n, sizeof(char *), "encoding", (void *)&s->models));
    ANA_TRY(ana_allocate(s->n_animals, sizeof(char *), "encoding", (void *)&s->animals));
    for (size_t m = 0; m < n; m++) {
        ANA_TRY(ana_copy_text(encodings[m]->name, &s->models[m]));
        for (size_t j = 0; j < encodings[m]->n_units; j++) {
            s->normalised = s->normalised || !isnan(encodings[m]->normalised[j]);
        }
    }
    for (size_t a = 0; a < s->n_animals; a++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", a);
        ANA_TRY(ana_copy_text(options->names != NULL ? options->names[a] : number, &s->animals[a]));
    }
    *out = s;
    s = NULL;
done:
    ana_encoding_summary_free(s);
    return status;
}

/* What the draws of units need. */
typedef struct bootstrap_task {
    const encoding_units *units;
    ana_encoding *const *encodings;
    const ana_encoding_summary *summary;
    uint64_t seed;
    size_t q;
    size_t *drawn;  /* threads x q */
    double *room;   /* threads x q */
    double *values; /* n_models x n_bootstraps */
    size_t n;
} bootstrap_task;

static const double *scores_of(const ana_encoding_summary *summary, const ana_encoding *encoding)
{
    return summary->normalised ? encoding->normalised : encoding->score;
}

static void draw_units(const bootstrap_task *task, size_t item, size_t seat)
{
    size_t *drawn = task->drawn + seat * task->q;
    ana_random random = ana_random_stream(task->seed, "encoding.units", item);
    for (size_t a = 0; a < task->units->n_animals; a++) {
        const size_t first = task->units->start[a];
        const size_t n = task->units->start[a + 1] - first;
        for (size_t k = 0; k < n; k++) {
            drawn[first + k] = first + (size_t)ana_random_below(&random, n);
        }
    }
    for (size_t m = 0; m < task->summary->n_models; m++) {
        task->values[m * task->n + item] =
            encoding_mean_of_medians(task->units, scores_of(task->summary, task->encodings[m]),
                                     drawn, task->room + seat * task->q, NULL);
    }
}

/* Intervals of the values, and of what each is behind the best. */
static ana_status take_intervals(const bootstrap_task *task, double level, double *behind,
                                 ana_encoding_summary *summary)
{
    ana_status status = ANA_OK;
    const double *best = task->values + summary->best * task->n;
    for (size_t m = 0; m < summary->n_models; m++) {
        double interval[2];
        const double *values = task->values + m * task->n;
        if (isnan(summary->value[m])) {
            continue;
        }
        ANA_TRY(ana_resampling_percentile(task->n, values, level, interval));
        summary->low[m] = interval[0];
        summary->high[m] = interval[1];
        for (size_t i = 0; i < task->n; i++) {
            behind[i] = best[i] - values[i];
        }
        ANA_TRY(ana_resampling_percentile(task->n, behind, level, interval));
        summary->behind_low[m] = interval[0];
        summary->behind_high[m] = interval[1];
    }
done:
    return status;
}

static ana_status bootstrap(const encoding_units *units, ana_encoding *const *encodings,
                            const ana_encoding_summary_options *options,
                            ana_encoding_summary *summary)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = options->n_bootstraps;
    const size_t q = encodings[0]->n_units;
    const int n_threads = ana_run_threads(&options->run, n);
    const size_t n_seats = (size_t)n_threads;
    const bootstrap_task task = {.units = units,
                                 .encodings = encodings,
                                 .summary = summary,
                                 .seed = options->run.seed,
                                 .q = q,
                                 .drawn = ana_workspace_sizes(&workspace, n_seats, q),
                                 .room = ana_workspace_doubles(&workspace, n_seats, q),
                                 .values = ana_workspace_doubles(&workspace, summary->n_models, n),
                                 .n = n};
    double *behind = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
#pragma omp parallel for default(none) shared(task, n) num_threads(n_threads)
    for (size_t i = 0; i < n; i++) {
        draw_units(&task, i, (size_t)omp_get_thread_num());
    }
    ANA_TRY(take_intervals(&task, options->level, behind, summary));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_same(size_t n, ana_encoding *const *encodings, const ana_responses *target)
{
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "encoding: no models to summarise");
    }
    for (size_t m = 0; m < n; m++) {
        const ana_encoding *e = encodings[m];
        const ana_encoding *first = encodings[0];
        const bool same =
            e->n_stimuli == target->n_stimuli && e->n_units == first->n_units &&
            e->n_folds == first->n_folds && e->n_repeats == first->n_repeats &&
            e->pooled == first->pooled &&
            memcmp(e->unit, first->unit, e->n_units * sizeof *e->unit) == 0 &&
            memcmp(e->fold, first->fold, e->n_repeats * e->n_stimuli * sizeof *e->fold) == 0 &&
            (e->n_units == 0 || e->unit[e->n_units - 1] < target->n_units);
        if (!same) {
            return ana_fail(
                ANA_ERR_SHAPE,
                "encoding: %s was computed for other stimuli, units or folds (or pooled) than the "
                "target or %s",
                e->name, first->name);
        }
    }
    return ANA_OK;
}

ana_status ana_encoding_summarise(size_t n, ana_encoding *const *encodings,
                                  const ana_responses *target,
                                  const ana_encoding_summary_options *options,
                                  ana_encoding_summary **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_encoding_summary *summary = NULL;
    encoding_units units = {0};
    const ana_encoding_summary_options defaults = ana_encoding_summary_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(ana_options_check(ana_encoding_summary_option_table, options, "encoding"));
    if (options->blocked && options->groups != NULL) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "encoding: stimuli are exchanged in groups or turned in "
                                        "time, not both"));
    }
    ANA_TRY(check_same(n, encodings, target));
    ANA_TRY(list_units(encodings[0], options, &workspace, &units));
    double *room = ana_workspace_doubles(&workspace, encodings[0]->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    ANA_TRY(new_summary(n, encodings, options, &summary));
    for (size_t m = 0; m < n; m++) {
        summary->value[m] =
            encoding_mean_of_medians(&units, scores_of(summary, encodings[m]), NULL, room,
                                     summary->by_animal + m * summary->n_animals);
        const double best = summary->value[summary->best];
        summary->best = isnan(best) || summary->value[m] > best ? m : summary->best;
    }
    for (size_t m = 0; m < n; m++) {
        summary->behind[m] = summary->value[summary->best] - summary->value[m];
    }
    if (options->n_bootstraps > 0) {
        ANA_TRY(bootstrap(&units, encodings, options, summary));
    }
    if (options->n_permutations > 0) {
        ANA_TRY(encoding_permute(&units, encodings, target, options, summary));
    }
    *out = summary;
    summary = NULL;
done:
    ana_encoding_summary_free(summary);
    ana_workspace_release(&workspace);
    return status;
}

void ana_encoding_summary_free(ana_encoding_summary *s)
{
    if (s == NULL) {
        return;
    }
    double *const arrays[] = {s->by_animal, s->value,      s->low,         s->high,
                              s->behind,    s->behind_low, s->behind_high, s->p,
                              s->p_max,     s->p_units,    s->q_units};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        free(arrays[k]);
    }
    ana_free_texts(s->n_models, s->models);
    ana_free_texts(s->n_animals, s->animals);
    free(s);
}
