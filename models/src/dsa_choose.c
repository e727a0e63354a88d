/* Delays and rank by how well the next sample of held-out trials is predicted. */
#include "dsa_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/folds.h>
#include <analysis/linalg.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every number up to 8, then steps of a quarter, and the last. */
static size_t list_sizes(size_t given, size_t most, size_t *out)
{
    size_t n = 0;
    if (given > 0) {
        out[n++] = given;
        return n;
    }
    for (size_t k = 1; k <= most; k = k < 8 ? k + 1 : k + k / 4) {
        out[n++] = k;
    }
    if (out[n - 1] < most) {
        out[n++] = most;
    }
    return n;
}

/* A system cut into parts, each with the fold it tests in. */
typedef struct parted {
    ana_dsa_samples samples;
    size_t n_parts;
    ana_dsa_stretch *parts;
    size_t *fold; /* n_parts */
} parted;

/* Whole trials by fold, dealt at random. */
static ana_status deal_trials(const ana_dsa_options *options, ana_workspace *workspace,
                              parted *system)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    ana_folds_options settings = ana_folds_options_default();
    settings.run = options->run;
    settings.n_folds = options->n_folds;
    size_t *of_trial = ana_workspace_sizes(workspace, system->samples.n_trials, 1);
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    ANA_TRY(ana_folds_plain(system->samples.n_trials, &settings, &folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        for (size_t k = 0; k < folds->folds[f].n_test; k++) {
            of_trial[folds->folds[f].test[k]] = f;
        }
    }
    for (size_t s = 0; s < system->samples.n_stretches; s++) {
        system->parts[s] = system->samples.stretches[s];
        system->fold[s] = of_trial[system->parts[s].trial];
    }
    system->n_parts = system->samples.n_stretches;
done:
    ana_folds_free(folds);
    return status;
}

/* Each stretch of samples cut into as many parts as there are folds. */
static void cut_stretches(size_t n_folds, parted *system)
{
    for (size_t s = 0; s < system->samples.n_stretches; s++) {
        const ana_dsa_stretch *whole = &system->samples.stretches[s];
        for (size_t f = 0; f < n_folds; f++) {
            const size_t from = whole->length * f / n_folds;
            const size_t to = whole->length * (f + 1) / n_folds;
            system->fold[system->n_parts] = f;
            system->parts[system->n_parts++] =
                (ana_dsa_stretch){whole->trial, whole->start + from, to - from};
        }
    }
}

static ana_status part_system(const ana_observations *observations, const char *name,
                              const ana_dsa_options *options, ana_workspace *workspace, parted *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_dsa_take_samples(observations, name, workspace, &out->samples));
    const size_t most = out->samples.n_stretches * options->n_folds;
    out->parts = ana_workspace_bytes(workspace, most, 1, sizeof *out->parts);
    out->fold = ana_workspace_sizes(workspace, most, 1);
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    if (out->samples.n_trials >= options->n_folds) {
        ANA_TRY(deal_trials(options, workspace, out));
    } else {
        cut_stretches(options->n_folds, out);
    }
done:
    return status;
}

/* Squares and absolute values of what is predicted, of the errors, and of staying the same. */
typedef struct sums {
    double n;
    double square;
    double square_error;
    double absolute_error;
    double absolute_step;
} sums;

/* All systems, folds and delays. */
typedef struct grid {
    const ana_dsa_options *options;
    const parted *systems;
    size_t n_systems;
    size_t skip; /* of the test: the same samples for all delays */
    ana_dsa_choice *choice;
    sums *sums; /* n_systems x n_folds x n_delays x n_ranks */
    ana_status *statuses;
} grid;

static ana_status embed_fold(const grid *g, const parted *system, size_t fold, bool test,
                             const ana_dsa_delays *delays, ana_workspace *workspace,
                             ana_dsa_embedding *out)
{
    ana_dsa_stretch *chosen = ana_workspace_bytes(workspace, system->n_parts, 1, sizeof *chosen);
    ana_status status = ana_workspace_check(workspace, "dsa");
    size_t n = 0;
    for (size_t s = 0; s < system->n_parts && status == ANA_OK; s++) {
        if ((system->fold[s] == fold) == test) {
            chosen[n++] = system->parts[s];
        }
    }
    return status == ANA_OK ? ana_dsa_embed(&system->samples, n, chosen, delays, &g->options->run,
                                            workspace, out)
                            : status;
}

/* coefficients (n_in x n_units) of the next sample on the states. */
static ana_status find_coefficients(const ana_dsa_states *states, size_t n_columns, size_t n_units,
                                    const ana_dsa_dynamics *dynamics, ana_workspace *workspace,
                                    double *coefficients)
{
    ana_status status = ANA_OK;
    const size_t r = dynamics->rank;
    const size_t n = dynamics->n_in;
    double *samples = ana_workspace_doubles(workspace, n, n_units);
    double *of_rank = samples;
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    for (size_t k = 0; k < n; k++) {
        for (size_t u = 0; u < n_units; u++) {
            samples[k * n_units + u] = states->singular[k] * states->vectors[k * n_columns + u];
        }
    }
    if (dynamics->decode != NULL) {
        of_rank = ana_workspace_doubles(workspace, r, n_units);
        ANA_TRY(ana_workspace_check(workspace, "dsa"));
        ANA_TRY(ana_linalg_multiply(r, n, n_units, dynamics->decode, samples, of_rank));
    }
    ANA_TRY(ana_linalg_multiply(n, r, n_units, dynamics->predict, of_rank, coefficients));
done:
    return status;
}

/* The states of test rows: (h - mean) W / s. */
static ana_status project(const ana_dsa_embedding *test, const ana_dsa_states *states, double *out)
{
    ana_status status = ANA_OK;
    const ana_gemm onto = {test->n_rows, test->n_columns, states->n, false, true, 1.0, 0.0};
    for (size_t i = 0; i < test->n_rows * test->n_columns; i++) {
        test->rows[i] -= states->mean[i % test->n_columns];
    }
    ANA_TRY(ana_linalg_gemm(&onto, test->rows, states->vectors, out));
    for (size_t i = 0; i < test->n_rows * states->n; i++) {
        out[i] /= states->singular[i % states->n];
    }
done:
    return status;
}

static sums add_up(const ana_dsa_embedding *test, size_t n_units, const double *predicted)
{
    sums all = {.n = 0.0};
    for (size_t t = 0; t < test->n_rows; t++) {
        const double *now = test->rows + t * test->n_columns;
        const double *next = now + test->n_columns;
        for (size_t u = 0; test->is_followed[t] && u < n_units; u++) {
            const double error = next[u] - predicted[t * n_units + u];
            all.n += 1.0;
            all.square += next[u] * next[u];
            all.square_error += error * error;
            all.absolute_error += fabs(error);
            all.absolute_step += fabs(next[u] - now[u]);
        }
    }
    return all;
}

/* One rank: the dynamics of the training rows, and what they say of the test. */
static ana_status test_rank(const grid *g, const ana_dsa_embedding *test, size_t n_units,
                            const ana_dsa_states *states, const double *projected, size_t rank,
                            sums *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_dsa_dynamics dynamics;
    const ana_status regressed = ana_dsa_regress(states, rank, g->options, &workspace, &dynamics);
    if (regressed == ANA_ERR_VALUE) {
        goto done; /* too few transitions: no number */
    }
    ANA_TRY(regressed);
    const size_t n = dynamics.n_in;
    double *coefficients = ana_workspace_doubles(&workspace, n, n_units);
    double *used = ana_workspace_doubles(&workspace, test->n_rows, n);
    double *predicted = ana_workspace_doubles(&workspace, test->n_rows, n_units);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(
        find_coefficients(states, test->n_columns, n_units, &dynamics, &workspace, coefficients));
    for (size_t t = 0; t < test->n_rows; t++) {
        memcpy(used + t * n, projected + t * states->n, n * sizeof *used);
    }
    ANA_TRY(ana_linalg_multiply(test->n_rows, n, n_units, used, coefficients, predicted));
    *out = add_up(test, n_units, predicted);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Item (system, fold, delay): all ranks. */
static ana_status test_item(const grid *g, size_t item)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_dsa_embedding train;
    ana_dsa_embedding test;
    ana_dsa_states states;
    const ana_dsa_choice *choice = g->choice;
    const size_t delay = item % choice->n_delays;
    const size_t fold = item / choice->n_delays % choice->n_folds;
    const parted *system = &g->systems[item / choice->n_delays / choice->n_folds];
    const size_t interval = g->options->delay_interval;
    const size_t n = choice->delays[delay];
    const ana_dsa_delays own = {n, interval, (n - 1) * interval};
    const ana_dsa_delays common = {n, interval, g->skip};
    ANA_TRY(embed_fold(g, system, fold, false, &own, &workspace, &train));
    ANA_TRY(embed_fold(g, system, fold, true, &common, &workspace, &test));
    if (train.n_followed == 0 || test.n_followed == 0) {
        goto done;
    }
    const bool reduced = g->options->regression == ANA_DSA_REDUCED_RANK;
    ANA_TRY(ana_dsa_find_states(&train, g->options->centre,
                                reduced ? SIZE_MAX : choice->ranks[choice->n_ranks - 1], !reduced,
                                &workspace, &states));
    double *projected = ana_workspace_doubles(&workspace, test.n_rows, states.n);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(project(&test, &states, projected));
    for (size_t r = 0; r < choice->n_ranks && choice->ranks[r] <= states.n; r++) {
        ANA_TRY(test_rank(g, &test, system->samples.n_units, &states, projected, choice->ranks[r],
                          &g->sums[item * choice->n_ranks + r]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static void test_block(const grid *g, size_t first, size_t stop, int n_threads)
{
#pragma omp parallel for default(none) shared(g, first, stop) num_threads(n_threads)               \
    schedule(dynamic, 1)
    for (size_t i = first; i < stop; i++) {
        g->statuses[i] = test_item(g, i);
    }
}

static ana_status test_all(const grid *g)
{
    ana_status status = ANA_OK;
    const size_t n = g->n_systems * g->choice->n_folds * g->choice->n_delays;
    const int n_threads = ana_run_threads(&g->options->run, n);
    const size_t block = 4 * (size_t)n_threads;
    for (size_t first = 0; first < n; first += block) {
        const size_t stop = n - first < block ? n : first + block;
        ANA_TRY(ana_run_progress(&g->options->run, "choosing delays and rank", first, n));
        test_block(g, first, stop, n_threads);
        for (size_t i = first; i < stop; i++) {
            if (g->statuses[i] != ANA_OK) { /* for the sentence, in this thread */
                const ana_status again = test_item(g, i);
                ANA_TRY(again != ANA_OK ? again
                                        : ana_fail(g->statuses[i], "dsa: fold %zu failed", i));
            }
        }
    }
    ANA_TRY(ana_run_progress(&g->options->run, "choosing delays and rank", n, n));
done:
    return status;
}

/* The criteria of one cell: means over systems and folds, NaN when one of them has none. */
static void summarise(const grid *g, size_t delay, size_t rank)
{
    ana_dsa_choice *choice = g->choice;
    const size_t cell = delay * choice->n_ranks + rank;
    const double dimensions = (double)choice->ranks[rank];
    double error = 0.0;
    double mase = 0.0;
    double aic = 0.0;
    for (size_t s = 0; s < g->n_systems; s++) {
        sums all = {.n = 0.0};
        for (size_t f = 0; f < choice->n_folds; f++) {
            const sums *one =
                &g->sums[((s * choice->n_folds + f) * choice->n_delays + delay) * choice->n_ranks +
                         rank];
            error += one->n > 0.0 ? one->square_error / one->square : (double)NAN;
            mase += one->n > 0.0 ? one->absolute_error / one->absolute_step : (double)NAN;
            all.n += one->n;
            all.square_error += one->square_error;
        }
        aic += all.n * log(all.square_error / all.n) + 2.0 * dimensions * dimensions;
    }
    const double n = (double)(g->n_systems * choice->n_folds);
    choice->error[cell] = error / n;
    choice->mase[cell] = mase / n;
    choice->aic[cell] = isnan(error) ? (double)NAN : aic;
}

static ana_status find_best(const grid *g)
{
    ana_dsa_choice *choice = g->choice;
    double least = INFINITY;
    for (size_t d = 0; d < choice->n_delays; d++) {
        for (size_t r = 0; r < choice->n_ranks; r++) {
            summarise(g, d, r);
            if (choice->error[d * choice->n_ranks + r] < least) {
                least = choice->error[d * choice->n_ranks + r];
                choice->best_delay = d;
                choice->best_rank = r;
            }
        }
    }
    if (!isfinite(least)) {
        return ana_fail(ANA_ERR_VALUE,
                        "dsa: no delays and rank of those asked for can be fitted and tested in "
                        "all folds of all systems: longer trials, fewer delays (--max-delays %zu, "
                        "%zu samples), fewer folds or a lower rank are needed",
                        choice->delays[choice->n_delays - 1], g->skip + 2);
    }
    return ANA_OK;
}

static ana_status new_choice(const ana_dsa_options *options, ana_dsa_choice **out)
{
    ana_status status = ANA_OK;
    ana_dsa_choice *choice = NULL;
    ANA_TRY(ana_allocate(1, sizeof *choice, "dsa", (void *)&choice));
    ANA_TRY(ana_allocate(options->max_delays + 1, sizeof(size_t), "dsa", (void *)&choice->delays));
    ANA_TRY(ana_allocate(options->max_rank + 1, sizeof(size_t), "dsa", (void *)&choice->ranks));
    choice->n_folds = options->n_folds;
    choice->n_delays = list_sizes(options->n_delays, options->max_delays, choice->delays);
    choice->n_ranks = list_sizes(options->rank, options->max_rank, choice->ranks);
    const size_t n = choice->n_delays * choice->n_ranks;
    ANA_TRY(ana_allocate(n, sizeof(double), "dsa", (void *)&choice->error));
    ANA_TRY(ana_allocate(n, sizeof(double), "dsa", (void *)&choice->mase));
    ANA_TRY(ana_allocate(n, sizeof(double), "dsa", (void *)&choice->aic));
    *out = choice;
    choice = NULL;
done:
    ana_dsa_choice_free(choice);
    return status;
}

ana_status ana_dsa_choose(size_t n, const ana_observations *const *systems,
                          const char *const *names, const ana_dsa_options *options,
                          ana_dsa_choice **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_dsa_choice *choice = NULL;
    const ana_dsa_options settings = options != NULL ? *options : ana_dsa_options_default();
    ANA_TRY(ana_options_check(ana_dsa_option_table, &settings, "dsa"));
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "dsa: no systems to choose delays and rank for"));
    }
    ANA_TRY(new_choice(&settings, &choice));
    const size_t n_items = n * choice->n_folds * choice->n_delays;
    parted *parts = ana_workspace_bytes(&workspace, n, 1, sizeof *parts);
    const grid g = {.options = &settings,
                    .systems = parts,
                    .n_systems = n,
                    .skip = (choice->delays[choice->n_delays - 1] - 1) * settings.delay_interval,
                    .choice = choice,
                    .sums =
                        ana_workspace_bytes(&workspace, n_items, choice->n_ranks, sizeof *g.sums),
                    .statuses = ana_workspace_bytes(&workspace, n_items, 1, sizeof *g.statuses)};
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t s = 0; s < n; s++) {
        ANA_TRY(part_system(systems[s], names != NULL ? names[s] : NULL, &settings, &workspace,
                            &parts[s]));
    }
    ANA_TRY(test_all(&g));
    ANA_TRY(find_best(&g));
    *out = choice;
    choice = NULL;
done:
    ana_dsa_choice_free(choice);
    ana_workspace_release(&workspace);
    return status;
}

void ana_dsa_choice_free(ana_dsa_choice *choice)
{
    if (choice == NULL) {
        return;
    }
    free(choice->delays);
    free(choice->ranks);
    free(choice->error);
    free(choice->mase);
    free(choice->aic);
    free(choice);
}
