/* One set of folds: fit to some subjects and conditions, try on the others. */
#include "rsa_folds.h"

#include "rsa_draws.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>

#include <math.h>
#include <string.h>

double ana_rsa_mean_of_known(size_t n, const double *x)
{
    double sum = 0.0;
    double count = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += isnan(x[i]) ? 0.0 : x[i];
        count += isnan(x[i]) ? 0.0 : 1.0;
    }
    return sum / count;
}

static bool same_group(const ana_rsa_dealing *of, size_t i, size_t j)
{
    return of->group != NULL ? of->group[i] == of->group[j] : i == j;
}

static bool is_there(const ana_rsa_dealing *of, size_t i)
{
    return of->times == NULL || of->times[i] > 0;
}

/* One of each group that is there; how many. */
static size_t list_groups(const ana_rsa_dealing *of, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < of->n; i++) {
        bool first = is_there(of, i);
        for (size_t k = 0; k < n && first; k++) {
            first = !same_group(of, i, out[k]);
        }
        if (first) {
            out[n++] = i;
        }
    }
    return n;
}

void ana_rsa_draw_folds(const ana_rsa_dealing *of, uint64_t item, size_t *scratch, size_t *fold)
{
    ana_random random = ana_random_stream(of->seed, of->what, item);
    const size_t n_there = list_groups(of, scratch);
    for (size_t k = n_there; k > 1; k--) {
        const size_t other = (size_t)ana_random_below(&random, k);
        const size_t keep = scratch[k - 1];
        scratch[k - 1] = scratch[other];
        scratch[other] = keep;
    }
    for (size_t i = 0; i < of->n; i++) {
        fold[i] = 0;
        for (size_t k = 0; k < n_there; k++) {
            fold[i] = same_group(of, i, scratch[k]) ? k * of->n_folds / n_there : fold[i];
        }
    }
}

/* Places of a fold, or of all others; of one fold alone, all places are both. */
static size_t list(size_t n, const size_t *fold, size_t n_folds, size_t k, bool test, size_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (n_folds == 1 || (fold[i] == k) == test) {
            out[count++] = i;
        }
    }
    return count;
}

/* A part of the matrices' rows and conditions. */
typedef struct part {
    size_t n_rows;
    size_t *rows;
    size_t n;
    size_t *conditions;
} part;

static ana_status take(const ana_rdms *from, const part *of, bool all_rows, ana_rdms **out)
{
    return ana_rsa_copy(from, of->n_rows, all_rows ? NULL : of->rows, of->n, of->conditions, out);
}

static void take_noise(size_t n_all, const double *noise, const part *of, double *out)
{
    for (size_t a = 0; a < of->n && noise != NULL; a++) {
        for (size_t b = 0; b < of->n; b++) {
            out[a * of->n + b] = noise[of->conditions[a] * n_all + of->conditions[b]];
        }
    }
}

static bool is_enough(const ana_rsa_folded *data, const part *of)
{
    size_t n_different = 0;
    for (size_t a = 0; a < of->n; a++) {
        bool seen = false;
        for (size_t b = 0; b < a; b++) {
            seen = seen || data->identity[of->conditions[a]] == data->identity[of->conditions[b]];
        }
        n_different += seen ? 0 : 1;
    }
    return n_different >= 3 && of->n_rows > 0;
}

/* One fold at work. */
typedef struct fold_room {
    part train;
    part test;
    double *noise;         /* n x n, of what is trained or tested */
    double *similarity;    /* P x S */
    double *weights;       /* K x M */
    ana_rdms *pool;        /* of all subjects, in all conditions */
    ana_rdms *matrices[5]; /* training subjects and models, tested ones, predictions */
} fold_room;

enum {
    TRAIN_SUBJECTS,
    TRAIN_MODELS,
    TEST_SUBJECTS,
    TEST_MODELS,
    PREDICTIONS
};

static void release_fold(fold_room *room)
{
    for (size_t k = 0; k < 5; k++) {
        ana_rdms_free(room->matrices[k]);
        room->matrices[k] = NULL;
    }
}

static ana_status fit_kinds(const ana_rsa_trial *trial, const ana_rsa_folded *data, fold_room *room)
{
    ana_status status = ANA_OK;
    const size_t n_models = data->models->n_rdms;
    ANA_TRY(take(data->subjects, &room->train, false, &room->matrices[TRAIN_SUBJECTS]));
    ANA_TRY(take(data->models, &room->train, true, &room->matrices[TRAIN_MODELS]));
    take_noise(data->models->n_conditions, data->noise, &room->train, room->noise);
    for (size_t k = 0; k < trial->n_kinds; k++) {
        ANA_TRY(ana_rsa_fit_weights(room->matrices[TRAIN_SUBJECTS], room->matrices[TRAIN_MODELS],
                                    data->noise != NULL ? room->noise : NULL, trial->options,
                                    trial->kinds[k], room->weights + k * n_models));
    }
done:
    return status;
}

/* The models, then their sums by the kinds' weights. */
static ana_status predict(const ana_rsa_trial *trial, fold_room *room)
{
    ana_status status = ANA_OK;
    const ana_rdms *models = room->matrices[TEST_MODELS];
    const size_t n_pairs = ana_rdm_n_pairs(models->n_conditions);
    const size_t n_models = models->n_rdms;
    ANA_TRY(ana_rdms_new(n_models + trial->n_kinds, models->n_conditions,
                         &room->matrices[PREDICTIONS]));
    double *values = room->matrices[PREDICTIONS]->values;
    memcpy(values, models->values, n_models * n_pairs * sizeof *values);
    for (size_t k = 0; k < trial->n_kinds; k++) {
        double *to = values + (n_models + k) * n_pairs;
        for (size_t m = 0; m < n_models; m++) {
            const double weight = room->weights[k * n_models + m];
            for (size_t i = 0; i < n_pairs; i++) {
                to[i] += weight * models->values[m * n_pairs + i];
            }
        }
    }
done:
    return status;
}

/* Mean similarity of the tested subjects with the pool of the training ones, and of all. */
static ana_status find_ceilings(const ana_rsa_trial *trial, const ana_rsa_folded *data,
                                const fold_room *room, double ceilings[2])
{
    ana_status status = ANA_OK;
    ana_rdms *in_test = NULL;
    ana_rdms *pools[2] = {NULL, NULL}; /* of the training subjects, of all */
    const part trained = {.n_rows = room->train.n_rows,
                          .rows = room->train.rows,
                          .n = room->test.n,
                          .conditions = room->test.conditions};
    const ana_rdms *tested = room->matrices[TEST_SUBJECTS];
    ANA_TRY(take(data->subjects, &trained, false, &in_test));
    ANA_TRY(take(room->pool, &room->test, true, &pools[0]));
    ANA_TRY(take(room->pool, &room->test, true, &pools[1]));
    ANA_TRY(ana_rdm_pool(in_test, trial->options->compare.similarity, in_test->n_rdms,
                         pools[0]->values));
    for (size_t k = trial->n_subject_folds > 1 ? 0 : 1; k < 2; k++) {
        ANA_TRY(ana_rdm_compare_pool(tested, pools[k], data->noise != NULL ? room->noise : NULL,
                                     &trial->options->compare, room->similarity));
        ceilings[k] = ana_rsa_mean_of_known(tested->n_rdms, room->similarity);
    }
done:
    ana_rdms_free(in_test);
    ana_rdms_free(pools[0]);
    ana_rdms_free(pools[1]);
    return status;
}

/* values[P] and ceilings[2] of one fold. */
static ana_status try_fold(const ana_rsa_trial *trial, const ana_rsa_folded *data, fold_room *room,
                           double *values, double ceilings[2])
{
    ana_status status = ANA_OK;
    const size_t n_predictions = data->models->n_rdms + trial->n_kinds;
    ANA_TRY(fit_kinds(trial, data, room));
    ANA_TRY(take(data->subjects, &room->test, false, &room->matrices[TEST_SUBJECTS]));
    ANA_TRY(take(data->models, &room->test, true, &room->matrices[TEST_MODELS]));
    take_noise(data->models->n_conditions, data->noise, &room->test, room->noise);
    ANA_TRY(predict(trial, room));
    ANA_TRY(ana_rdm_compare(room->matrices[PREDICTIONS], room->matrices[TEST_SUBJECTS],
                            data->noise != NULL ? room->noise : NULL, &trial->options->compare,
                            room->similarity));
    for (size_t p = 0; p < n_predictions; p++) {
        values[p] =
            ana_rsa_mean_of_known(room->test.n_rows, room->similarity + p * room->test.n_rows);
    }
    ANA_TRY(find_ceilings(trial, data, room, ceilings));
done:
    release_fold(room);
    return status;
}

static void list_parts(const ana_rsa_trial *trial, const ana_rsa_folded *data, size_t fold,
                       fold_room *room)
{
    const size_t f = fold / trial->n_condition_folds;
    const size_t g = fold % trial->n_condition_folds;
    const size_t n_subjects = data->subjects->n_rdms;
    const size_t n = data->subjects->n_conditions;
    part *const parts[] = {&room->train, &room->test};
    for (size_t k = 0; k < 2; k++) {
        parts[k]->n_rows =
            list(n_subjects, data->subject_fold, trial->n_subject_folds, f, k == 1, parts[k]->rows);
        parts[k]->n = list(n, data->condition_fold, trial->n_condition_folds, g, k == 1,
                           parts[k]->conditions);
    }
}

static ana_status make_room(const ana_rsa_trial *trial, const ana_rsa_folded *data,
                            ana_workspace *workspace, fold_room *room)
{
    const size_t n = data->subjects->n_conditions;
    const size_t n_subjects = data->subjects->n_rdms;
    const size_t n_models = data->models->n_rdms;
    part *const parts[] = {&room->train, &room->test};
    *room = (fold_room){.noise = ana_workspace_doubles(workspace, data->noise != NULL ? n : 0, n),
                        .similarity =
                            ana_workspace_doubles(workspace, n_models + trial->n_kinds, n_subjects),
                        .weights = ana_workspace_doubles(workspace, trial->n_kinds, n_models)};
    for (size_t k = 0; k < 2; k++) {
        parts[k]->rows = ana_workspace_sizes(workspace, n_subjects, 1);
        parts[k]->conditions = ana_workspace_sizes(workspace, n, 1);
    }
    return ana_workspace_check(workspace, "rsa");
}

ana_status ana_rsa_try_folds(const ana_rsa_trial *trial, const ana_rsa_folded *data, double *values,
                             double *ceilings, double *weights)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    fold_room room = {0};
    const size_t n_folds = trial->n_subject_folds * trial->n_condition_folds;
    const size_t n_predictions = data->models->n_rdms + trial->n_kinds;
    const size_t n_weights = trial->n_kinds * data->models->n_rdms;
    double *column = ana_workspace_doubles(&workspace, n_predictions, 1);
    ANA_TRY(make_room(trial, data, &workspace, &room));
    ANA_TRY(ana_rdms_new(1, data->subjects->n_conditions, &room.pool));
    ANA_TRY(ana_rdm_pool(data->subjects, trial->options->compare.similarity, data->subjects->n_rdms,
                         room.pool->values));
    for (size_t f = 0; f < n_folds; f++) {
        double ends[2] = {(double)NAN, (double)NAN};
        for (size_t p = 0; p < n_predictions; p++) {
            column[p] = (double)NAN;
        }
        memset(room.weights, 0, n_weights * sizeof *room.weights);
        list_parts(trial, data, f, &room);
        if (is_enough(data, &room.train) && is_enough(data, &room.test)) {
            ANA_TRY(try_fold(trial, data, &room, column, ends));
        }
        for (size_t p = 0; p < n_predictions; p++) {
            values[p * n_folds + f] = column[p];
        }
        ceilings[f] = ends[0];
        ceilings[n_folds + f] = ends[1];
        if (weights != NULL) {
            memcpy(weights + f * n_weights, room.weights, n_weights * sizeof *weights);
        }
    }
done:
    ana_rdms_free(room.pool);
    ana_workspace_release(&workspace);
    return status;
}
