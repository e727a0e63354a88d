/* Held-out predictions of measured responses by features: the options, the folds, and the run. */
#include "encoding_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_encoding_map_names[] = {"ridge", "banded",     "pls",       "pca-ridge",
                                              "ols",   "one-to-one", "best-unit", NULL};
const char *const ana_encoding_measure_names[] = {"pearson", "pearson-squared", "r2", NULL};

ana_encoding_options ana_encoding_options_default(void)
{
    return (ana_encoding_options){.run = ana_run_default(),
                                  .n_components = 25,
                                  .per_target = true,
                                  .n_draws = 50,
                                  .n_folds = 5,
                                  .n_repeats = 1};
}

const ana_option ana_encoding_option_table[] = {
    {"map", ANA_OPTION_CHOICE, offsetof(ana_encoding_options, map), 0, 0, ana_encoding_map_names,
     "MAP", "from features to units; banded has a penalty for each input of features", false},
    {"score", ANA_OPTION_CHOICE, offsetof(ana_encoding_options, measure), 0, 0,
     ana_encoding_measure_names, "SCORE",
     "of predicted and measured: correlation, its square (below 0 where it is), or R2 = 1 - "
     "squared "
     "errors / variance",
     false},
    {"pooled", ANA_OPTION_BOOL, offsetof(ana_encoding_options, pooled), 0, 0, NULL, NULL,
     "score all held-out stimuli at once (default: the mean over folds)", false},
    {"components", ANA_OPTION_SIZE, offsetof(ana_encoding_options, n_components), 1, 1e6, NULL, "N",
     "of pls and pca-ridge", false},
    {"pls-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_encoding_options, pls_tolerance), 0, 1, NULL,
     "CHANGE",
     "at which a direction of pls has settled (0: to its last digits; scikit-learn: 1e-6)", false},
    {"standardise", ANA_OPTION_BOOL, offsetof(ana_encoding_options, standardise), 0, 0, NULL, NULL,
     "z-score features by the training stimuli of each fold", false},
    {"penalty-per-unit", ANA_OPTION_BOOL, offsetof(ana_encoding_options, per_target), 0, 0, NULL,
     NULL, "choose a penalty for each unit, else one for all", false},
    {"draws", ANA_OPTION_SIZE, offsetof(ana_encoding_options, n_draws), 1, 1e6, NULL, "N",
     "banded: mixtures of the feature spaces that are tried", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_encoding_options, n_folds), 2, 1e6, NULL, "N",
     "of the stimuli, each of which is predicted once (in each repeat)", false},
    {"inner-folds", ANA_OPTION_SIZE, offsetof(ana_encoding_options, n_inner), 0, 1e6, NULL, "N",
     "of the training stimuli, to choose penalties (0: leave one out, or 5 with groups or blocks)",
     false},
    {"repeats", ANA_OPTION_SIZE, offsetof(ana_encoding_options, n_repeats), 1, 1e6, NULL, "N",
     "times the stimuli are dealt to folds anew; scores are means over them", false},
    {"blocked", ANA_OPTION_BOOL, offsetof(ana_encoding_options, blocked), 0, 0, NULL, NULL,
     "stimuli follow each other in time: folds are stretches of it", false},
    {"gap", ANA_OPTION_SIZE, offsetof(ana_encoding_options, gap), 0, 1e9, NULL, "N",
     "blocked: stimuli left out of training on either side of a stretch", false},
    ANA_OPTION_END,
};

bool encoding_has_penalties(ana_encoding_map map)
{
    return map == ANA_ENCODING_RIDGE || map == ANA_ENCODING_BANDED || map == ANA_ENCODING_PCA_RIDGE;
}

ana_status ana_encoding_folds(size_t n_stimuli, const ana_encoding_options *options,
                              ana_folds **out)
{
    const size_t sequence[] = {0, n_stimuli};
    ana_folds_options settings = ana_folds_options_default();
    settings.run = options->run;
    settings.n_folds = options->n_folds;
    settings.n_repeats = options->n_repeats;
    if (options->blocked) {
        return ana_folds_blocked(1, sequence, options->n_folds, options->gap, out);
    }
    return options->groups != NULL ? ana_folds_grouped(n_stimuli, options->groups, &settings, out)
                                   : ana_folds_plain(n_stimuli, &settings, out);
}

/* Folds are of these stimuli, enough of which train and test, and their repeats counted. */
static ana_status check_folds(const ana_folds *folds, size_t n, bool pooled, size_t *n_repeats)
{
    ana_status status = ANA_OK;
    if (folds->n_items != n) {
        return ana_fail(ANA_ERR_SHAPE, "encoding: folds of %zu items for %zu stimuli",
                        folds->n_items, n);
    }
    ANA_TRY(ana_folds_check(folds));
    *n_repeats = 0;
    for (size_t f = 0; f < folds->n_folds; f++) {
        const ana_fold *fold = &folds->folds[f];
        const size_t n_train = fold->train != NULL ? fold->n_train : n - fold->n_test;
        if (n_train < 2 || (!pooled && fold->n_test < 3)) {
            return ana_fail(ANA_ERR_VALUE,
                            "encoding: fold %zu trains on %zu stimuli and tests %zu; two and three "
                            "are wanted at least (fewer to test when all are scored at once: "
                            "pooled)",
                            f, n_train, fold->n_test);
        }
        if (fold->repeat > *n_repeats) {
            return ana_fail(ANA_ERR_VALUE,
                            "encoding: fold %zu is of repeat %zu after %zu repeats; they are "
                            "numbered from 0 on",
                            f, fold->repeat, *n_repeats);
        }
        *n_repeats = fold->repeat + 1;
    }
done:
    return status;
}

/* Which fold tested each stimulus in each repeat. */
static void note_folds(const ana_folds *folds, ana_encoding *e)
{
    for (size_t i = 0; i < e->n_repeats * e->n_stimuli; i++) {
        e->fold[i] = folds->n_folds;
    }
    for (size_t f = 0; f < folds->n_folds; f++) {
        const ana_fold *fold = &folds->folds[f];
        for (size_t i = 0; i < fold->n_test; i++) {
            e->fold[fold->repeat * e->n_stimuli + fold->test[i]] = f;
        }
    }
}

static ana_status new_encoding(const encoding_inputs *inputs, const encoding_task *task,
                               const ana_responses *target, size_t n_repeats, ana_encoding **out)
{
    ana_status status = ANA_OK;
    ana_encoding *e = NULL;
    const double bytes = 8.0 * (double)n_repeats * (double)inputs->n * ((double)inputs->q + 1.0);
    ANA_TRY(ana_run_check_memory(&task->options->run, bytes < 9e18 ? (size_t)bytes : SIZE_MAX,
                                 "predictions of an encoding model"));
    ANA_TRY(ana_allocate(1, sizeof *e, "encoding", (void *)&e));
    const size_t q = e->n_units = inputs->q;
    const size_t n_folds = e->n_folds = task->folds->n_folds;
    e->n_repeats = n_repeats;
    e->map = task->options->map;
    e->measure = task->options->measure;
    e->pooled = task->options->pooled;
    e->n_stimuli = inputs->n;
    e->n_features = inputs->p;
    e->n_not_measured = target->n_units - q;
    e->n_penalties = task->n_penalties;
    e->n_spaces = task->n_draws > 0 ? task->data.n_spaces : 0;
    const struct {
        size_t n;
        double **array;
    } arrays[] = {{n_repeats * inputs->n * q, &e->predicted},
                  {n_folds * q, &e->r_folds},
                  {q, &e->r_pooled},
                  {q, &e->r2},
                  {q, &e->score},
                  {q, &e->reliability},
                  {q, &e->ceiling},
                  {q, &e->normalised},
                  {e->n_penalties, &e->penalties},
                  {e->n_penalties * q, &e->losses},
                  {e->n_penalties > 0 ? n_folds * q : 0, &e->penalty},
                  {e->n_spaces * q, &e->gamma}};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(ana_allocate(arrays[k].n, sizeof(double), "encoding", (void *)arrays[k].array));
    }
    ANA_TRY(ana_allocate(q, sizeof(size_t), "encoding", (void *)&e->unit));
    ANA_TRY(ana_allocate(n_repeats * inputs->n, sizeof(size_t), "encoding", (void *)&e->fold));
    ANA_TRY(ana_allocate(q, sizeof(char *), "encoding", (void *)&e->units));
    memcpy(e->unit, inputs->unit, q * sizeof *e->unit);
    note_folds(task->folds, e);
    for (size_t j = 0; j < q; j++) {
        ANA_TRY(ana_copy_text(target->units[inputs->unit[j]], &e->units[j]));
    }
    *out = e;
    e = NULL;
done:
    ana_encoding_free(e);
    return status;
}

/* Names of the features: of their spaces, joined. */
static ana_status name_features(size_t n_spaces, ana_responses *const *spaces, ana_encoding *e)
{
    ana_status status = ANA_OK;
    char name[256] = "";
    size_t at = 0;
    for (size_t g = 0; g < n_spaces; g++) {
        const char *pieces[] = {g > 0 ? " + " : "", spaces[g]->name};
        for (size_t k = 0; k < 2; k++) {
            const size_t length = strlen(pieces[k]);
            const size_t room = sizeof name - 1 - at;
            memcpy(name + at, pieces[k], length < room ? length : room);
            at += length < room ? length : room;
        }
    }
    name[at] = '\0';
    ANA_TRY(ana_copy_text(name, &e->name));
    if (e->n_spaces > 0) {
        ANA_TRY(ana_allocate(e->n_spaces, sizeof(char *), "encoding", (void *)&e->spaces));
        for (size_t g = 0; g < e->n_spaces; g++) {
            ANA_TRY(ana_copy_text(spaces[g]->name, &e->spaces[g]));
        }
    }
done:
    return status;
}

/* Penalties and mixtures that every fold tries. */
static ana_status prepare(const encoding_inputs *inputs, ana_workspace *workspace,
                          encoding_task *task)
{
    ana_status status = ANA_OK;
    const ana_encoding_options *options = task->options;
    if (!encoding_has_penalties(options->map)) {
        return ANA_OK;
    }
    ANA_TRY(ridge_check_penalties(options->n_penalties, options->penalties));
    task->n_penalties = options->n_penalties > 0 ? options->n_penalties : RIDGE_N_PENALTIES;
    task->penalties = options->penalties;
    if (options->n_penalties == 0) {
        double *found = ana_workspace_doubles(workspace, RIDGE_N_PENALTIES, 1);
        ANA_TRY(ana_workspace_check(workspace, "encoding"));
        const double length =
            ridge_mean_length(inputs->n, inputs->p, inputs->x, options->standardise);
        ANA_TRY(ridge_default_penalties(length, "encoding", found));
        task->penalties = found;
    }
    if (options->map == ANA_ENCODING_BANDED) {
        double *gammas = ana_workspace_doubles(workspace, options->n_draws, task->data.n_spaces);
        ANA_TRY(ana_workspace_check(workspace, "encoding"));
        ridge_draw_gammas(options->run.seed, options->n_draws, task->data.n_spaces, gammas);
        task->n_draws = options->n_draws;
        task->gammas = gammas;
    }
done:
    return status;
}

/* What the folds write beside their predictions. */
static ana_status make_room(ana_workspace *workspace, encoding_task *task)
{
    const size_t n_folds = task->folds->n_folds;
    task->losses = ana_workspace_doubles(workspace, n_folds * task->n_penalties, task->q);
    task->penalty = ana_workspace_doubles(workspace, n_folds, task->q);
    task->gamma = ana_workspace_doubles(workspace, n_folds * task->data.n_spaces, task->q);
    return ana_workspace_check(workspace, "encoding");
}

/* What a fold holds: rows of features (or their kernels), the decomposition, and several copies of
 * the units. */
static double fold_bytes(const encoding_task *task)
{
    const double n = (double)task->data.n;
    const double p = (double)task->data.p;
    const double q = (double)task->q;
    const bool by_kernels = task->data.kernels != NULL;
    const double side = encoding_has_penalties(task->options->map) ? fmin(n, p) : 0.0;
    const double weights = task->options->map == ANA_ENCODING_OLS ||
                                   task->options->map == ANA_ENCODING_PLS ||
                                   task->options->map == ANA_ENCODING_ONE_TO_ONE ||
                                   task->options->map == ANA_ENCODING_BEST_UNIT
                               ? p * q
                               : 0.0;
    return 8.0 * ((by_kernels ? 2.0 * n * n : n * p) + 3.0 * side * side + 2.0 * n * side +
                  6.0 * n * q + 2.0 * weights);
}

/* Folds by rounds of as many as there are threads, and memory for. */
static ana_status fit_folds(const encoding_task *task)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_folds = task->folds->n_folds;
    const ana_run *run = &task->options->run;
    const double bytes = fold_bytes(task);
    ANA_TRY(ana_run_check_memory(run, bytes < 9e18 ? (size_t)bytes : SIZE_MAX,
                                 "a fold of an encoding model"));
    const double fitting = (double)ana_run_memory_limit(run) / bytes;
    const size_t most = fitting < (double)n_folds ? (size_t)fitting : n_folds;
    const int n_threads = ana_run_threads(run, most > 0 ? most : 1);
    const size_t n_lanes = (size_t)n_threads;
    ana_status *outcome = ana_workspace_bytes(&workspace, n_folds, 1, sizeof *outcome);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t first = 0; first < n_folds; first += n_lanes) {
        const size_t end = n_folds - first < n_lanes ? n_folds : first + n_lanes;
        ANA_TRY(ana_run_progress(run, "folds", first, n_folds));
#pragma omp parallel for default(none) shared(task, outcome, first, end) num_threads(n_threads)    \
    schedule(static, 1)
        for (size_t f = first; f < end; f++) {
            outcome[f] = encoding_fit_fold(task, f);
        }
        for (size_t f = first; f < end; f++) {
            if (outcome[f] != ANA_OK) { /* its sentence stays in its thread: said again in this */
                ANA_TRY(encoding_fit_fold(task, f));
                ANA_TRY(ana_fail(outcome[f], "encoding: fold %zu failed", f));
            }
        }
    }
    ANA_TRY(ana_run_progress(run, "folds", n_folds, n_folds));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Means over folds of the losses and mixtures. */
static void average(const encoding_task *task, ana_encoding *e)
{
    const size_t n_losses = e->n_penalties * e->n_units;
    const size_t n_gammas = e->n_spaces * e->n_units;
    const double share = 1.0 / (double)e->n_folds;
    for (size_t f = 0; f < e->n_folds; f++) {
        for (size_t k = 0; k < n_losses; k++) {
            e->losses[k] += share * task->losses[f * n_losses + k];
        }
        for (size_t k = 0; k < n_gammas; k++) {
            e->gamma[k] += share * task->gamma[f * n_gammas + k];
        }
    }
    if (e->n_penalties > 0) {
        memcpy(e->penalties, task->penalties, e->n_penalties * sizeof *e->penalties);
        memcpy(e->penalty, task->penalty, e->n_folds * e->n_units * sizeof *e->penalty);
    }
}

/* Says so when penalties that were asked for end where many units would go on. */
static void warn_of_ends(const ana_encoding_options *options, const ana_encoding *e)
{
    static const char *const ends[] = {"least", "largest"};
    const size_t n = e->n_folds * e->n_units;
    double range[2] = {INFINITY, 0.0};
    for (size_t a = 0; a < options->n_penalties && e->n_penalties > 1; a++) {
        range[0] = fmin(range[0], options->penalties[a]);
        range[1] = fmax(range[1], options->penalties[a]);
    }
    for (size_t end = 0; end < 2; end++) {
        size_t n_there = 0;
        for (size_t k = 0; k < n && e->n_penalties > 1; k++) {
            n_there += e->penalty[k] == range[end] ? 1 : 0;
        }
        if (2 * n_there > n) {
            ana_warn(&options->run,
                     "%s: the %s of the penalties is chosen in %zu of %zu fits; others beyond it "
                     "may predict better",
                     e->name, ends[end], n_there, n);
        }
    }
}

static ana_status check_request(size_t n_spaces, ana_responses *const *spaces,
                                const ana_responses *target, const ana_ceiling *ceiling,
                                const ana_encoding_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_encoding_option_table, options, "encoding"));
    if (options->blocked && options->groups != NULL) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "encoding: folds are of groups or of blocks, not both"));
    }
    if (options->blocked && options->n_repeats > 1) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "encoding: %zu repeats of blocks of time are all the same",
                         options->n_repeats));
    }
    if (n_spaces == 0 || (options->map == ANA_ENCODING_BANDED && n_spaces < 2)) {
        ANA_TRY(
            ana_fail(ANA_ERR_VALUE, "encoding: %zu feature spaces; %s", n_spaces,
                     n_spaces == 0 ? "one is wanted at least" : "banded ridge wants two at least"));
    }
    for (size_t g = 0; g < n_spaces; g++) {
        if (spaces[g]->n_stimuli != target->n_stimuli) {
            ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                             "encoding: %s has %zu stimuli and %s %zu: they must be the same "
                             "(match them by their ids)",
                             spaces[g]->name, spaces[g]->n_stimuli, target->name,
                             target->n_stimuli));
        }
    }
    if (ceiling != NULL && ceiling->n_units != target->n_units) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "encoding: a ceiling of %zu units for %zu",
                         ceiling->n_units, target->n_units));
    }
    if (target->n_stimuli < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "encoding: %zu stimuli; three are wanted at least",
                         target->n_stimuli));
    }
done:
    return status;
}

ana_status ana_encoding_compute(size_t n_spaces, ana_responses *const *spaces,
                                const ana_responses *target, const ana_ceiling *ceiling,
                                const ana_encoding_options *options, ana_encoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *own_folds = NULL;
    ana_encoding *encoding = NULL;
    encoding_inputs inputs = {0};
    encoding_task task = {0};
    size_t n_repeats = 0;
    const ana_encoding_options defaults = ana_encoding_options_default();
    task.options = options != NULL ? options : &defaults;
    task.folds = task.options->folds;
    ANA_TRY(check_request(n_spaces, spaces, target, ceiling, task.options));
    ANA_TRY(encoding_gather(n_spaces, spaces, target, &workspace, &inputs));
    if (task.folds == NULL) {
        ANA_TRY(ana_encoding_folds(inputs.n, task.options, &own_folds));
        task.folds = own_folds;
    }
    task.q = inputs.q;
    task.y = inputs.y;
    const bool banded = task.options->map == ANA_ENCODING_BANDED;
    task.data = (ridge_data){.n = inputs.n,
                             .p = inputs.p,
                             .x = inputs.x,
                             .intercept = true,
                             .standardise = task.options->standardise,
                             .n_spaces = banded ? n_spaces : 1,
                             .space_start = banded ? inputs.space_start : NULL};
    ANA_TRY(prepare(&inputs, &workspace, &task));
    ANA_TRY(check_folds(task.folds, inputs.n, task.options->pooled, &n_repeats));
    ANA_TRY(new_encoding(&inputs, &task, target, n_repeats, &encoding));
    ANA_TRY(name_features(n_spaces, spaces, encoding));
    ANA_TRY(make_room(&workspace, &task));
    if (encoding_has_penalties(task.options->map)) {
        ANA_TRY(ridge_make_kernels(inputs.n, &task.options->run, &workspace, &task.data));
    }
    task.predicted = encoding->predicted;
    ANA_TRY(fit_folds(&task));
    average(&task, encoding);
    warn_of_ends(task.options, encoding);
    ANA_TRY(encoding_score(task.folds, inputs.y, ceiling, encoding));
    *out = encoding;
    encoding = NULL;
done:
    ana_folds_free(own_folds);
    ana_encoding_free(encoding);
    ana_workspace_release(&workspace);
    return status;
}

void ana_encoding_free(ana_encoding *e)
{
    if (e == NULL) {
        return;
    }
    double *const arrays[] = {e->predicted, e->r_folds,     e->r_pooled, e->r2,
                              e->score,     e->reliability, e->ceiling,  e->normalised,
                              e->penalties, e->losses,      e->penalty,  e->gamma};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        free(arrays[k]);
    }
    ana_free_texts(e->n_units, e->units);
    ana_free_texts(e->n_spaces, e->spaces);
    free(e->name);
    free(e->unit);
    free(e->fold);
    free(e);
}
