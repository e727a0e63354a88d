/* Classification of subjects that nothing was learned from. */
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/network_classification.h>

#include <math.h>
#include <stdlib.h>

/* What one fit is asked: which maps, how many components, learned from whom, tried on whom. */
typedef struct trial {
    const ana_labelled_maps *data;
    ana_network_classifier_options options;
    size_t n_train;
    const size_t *train;
    size_t n_test;
    const size_t *test;
} trial;

/* predicted[test[k]] for all k; *n_right of them. */
static ana_status try_once(const trial *self, size_t *predicted, size_t *n_right)
{
    ana_status status = ANA_OK;
    ana_network_classifier *classifier = NULL;
    *n_right = 0;
    ANA_TRY(ana_network_classifier_fit(self->data, self->n_train, self->train, &self->options,
                                       &classifier));
    for (size_t k = 0; k < self->n_test; k++) {
        const size_t i = self->test[k];
        ana_network_classifier_predict(classifier, 1, self->data->x + i * self->data->n_features,
                                       NULL, &predicted[i]);
        *n_right += predicted[i] == self->data->groups[i] ? 1 : 0;
    }
done:
    ana_network_classifier_free(classifier);
    return status;
}

/* Room for inner folds; n each. */
typedef struct inner_room {
    size_t *groups;
    size_t *train;
    size_t *test;
    size_t *chosen;
    size_t *predicted;
} inner_room;

/* Share right of one choice in the inner folds of `outer->train`. */
static ana_status rate_choice(const trial *outer, const ana_folds *inner, const inner_room *room,
                              double *share)
{
    ana_status status = ANA_OK;
    size_t n_right = 0;
    size_t n_tested = 0;
    for (size_t f = 0; f < inner->n_folds; f++) {
        trial self = *outer;
        size_t right = 0;
        ana_folds_train(inner, f, room->chosen, &self.n_train);
        for (size_t k = 0; k < self.n_train; k++) {
            room->train[k] = outer->train[room->chosen[k]];
        }
        self.n_test = inner->folds[f].n_test;
        for (size_t k = 0; k < self.n_test; k++) {
            room->test[k] = outer->train[inner->folds[f].test[k]];
        }
        self.train = room->train;
        self.test = room->test;
        ANA_TRY(try_once(&self, room->predicted, &right));
        n_right += right;
        n_tested += self.n_test;
    }
    *share = (double)n_right / (double)n_tested;
done:
    return status;
}

/* Folds of the training subjects, each group dealt evenly. */
static ana_status make_inner(const ana_network_choices *choices, const trial *outer, size_t fold,
                             const inner_room *room, ana_folds **out)
{
    ana_folds_options options = ana_folds_options_default();
    options.n_folds = choices->n_inner;
    options.run.seed = outer->options.run.seed + fold;
    for (size_t k = 0; k < outer->n_train; k++) {
        room->groups[k] = outer->data->groups[outer->train[k]];
    }
    return ana_folds_stratified(outer->n_train, room->groups, &options, out);
}

static ana_status choose(const ana_network_choices *choices, size_t fold, const inner_room *room,
                         trial *outer, ana_network_validation *result)
{
    ana_status status = ANA_OK;
    ana_folds *inner = NULL;
    double best = -1.0;
    const size_t n_choices = choices->n_kinds * choices->n_counts;
    ANA_TRY(make_inner(choices, outer, fold, room, &inner));
    for (size_t k = 0; k < n_choices; k++) {
        double share = 0.0;
        const bool last = k + 1 == n_choices;
        outer->data = &choices->kinds[k / choices->n_counts];
        outer->options.n_components = choices->counts[k % choices->n_counts];
        status = rate_choice(outer, inner, room, &share);
        /* A choice that cannot be fitted, such as maps without an edge, is not the best one. */
        share = status == ANA_ERR_NUMERIC ? (double)NAN : share;
        if (status != ANA_OK && (status != ANA_ERR_NUMERIC || (last && best < 0.0))) {
            goto done;
        }
        status = ANA_OK;
        result->grid[fold * n_choices + k] = share;
        if (share > best) {
            best = share;
            result->kind[fold] = k / choices->n_counts;
            result->n_components[fold] = outer->options.n_components;
        }
    }
    result->inner[fold] = best;
    outer->data = &choices->kinds[result->kind[fold]];
    outer->options.n_components = result->n_components[fold];
done:
    ana_folds_free(inner);
    return status;
}

static ana_status check_choices(const ana_network_choices *choices, const ana_folds *folds)
{
    const ana_labelled_maps *first = choices->kinds;
    if (choices->n_kinds == 0 || choices->n_counts == 0 || folds->n_items != first->n) {
        return ana_fail(ANA_ERR_SHAPE,
                        "classifier: %zu kinds of maps, %zu numbers of components, folds of %zu "
                        "subjects; there must be some, and folds of all subjects",
                        choices->n_kinds, choices->n_counts, folds->n_items);
    }
    for (size_t k = 0; k < choices->n_kinds; k++) {
        if (choices->kinds[k].n != first->n || choices->kinds[k].n_groups != first->n_groups) {
            return ana_fail(ANA_ERR_SHAPE,
                            "classifier: maps of kind %zu are of %zu subjects in %zu groups, the "
                            "first of %zu in %zu",
                            k, choices->kinds[k].n, choices->kinds[k].n_groups, first->n,
                            first->n_groups);
        }
    }
    return ANA_OK;
}

static ana_status make_result(const ana_network_choices *choices, size_t n_folds,
                              ana_network_validation **out)
{
    const size_t n = choices->kinds[0].n;
    const size_t n_groups = choices->kinds[0].n_groups;
    ana_status status = ANA_OK;
    ana_network_validation *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "classifier", &made));
    made->n = n;
    made->n_folds = n_folds;
    made->n_kinds = choices->n_kinds;
    made->n_counts = choices->n_counts;
    made->n_groups = n_groups;
    ANA_TRY(ana_allocate(n, sizeof(size_t), "classifier", &made->predicted));
    ANA_TRY(ana_allocate(n_folds, sizeof(size_t), "classifier", &made->kind));
    ANA_TRY(ana_allocate(n_folds, sizeof(size_t), "classifier", &made->n_components));
    ANA_TRY(ana_allocate(n_folds, sizeof(double), "classifier", &made->inner));
    ANA_TRY(ana_allocate(n_folds, sizeof(double), "classifier", &made->outer));
    ANA_TRY(ana_allocate(n_folds * choices->n_kinds * choices->n_counts, sizeof(double),
                         "classifier", &made->grid));
    ANA_TRY(ana_allocate(n_groups * n_groups, sizeof(double), "classifier", &made->confusion));
    for (size_t i = 0; i < n; i++) {
        made->predicted[i] = n_groups;
    }
    *out = made;
    made = NULL;
done:
    ana_network_validation_free(made);
    return status;
}

/* Shares of all tests, and of each group's. */
static void summarise(ana_network_validation *result)
{
    double n_right = 0.0;
    double n_tested = 0.0;
    double n_groups = 0.0;
    for (size_t g = 0; g < result->n_groups; g++) {
        double tested_in = 0.0;
        const double right_in = result->confusion[g * result->n_groups + g];
        for (size_t h = 0; h < result->n_groups; h++) {
            tested_in += result->confusion[g * result->n_groups + h];
        }
        n_right += right_in;
        n_tested += tested_in;
        if (tested_in > 0.0) {
            result->balanced += right_in / tested_in;
            n_groups += 1.0;
        }
    }
    result->accuracy = n_right / n_tested;
    result->balanced /= n_groups;
}

ana_status ana_network_validate(const ana_network_choices *choices, const ana_folds *folds,
                                const ana_network_classifier_options *options,
                                ana_network_validation **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_network_validation *result = NULL;
    trial outer = {.options =
                       options != NULL ? *options : ana_network_classifier_options_default()};
    ANA_TRY(check_choices(choices, folds));
    const size_t n = choices->kinds[0].n;
    const size_t n_groups = choices->kinds[0].n_groups;
    const inner_room room = {.groups = ana_workspace_sizes(&workspace, n, 1),
                             .train = ana_workspace_sizes(&workspace, n, 1),
                             .test = ana_workspace_sizes(&workspace, n, 1),
                             .chosen = ana_workspace_sizes(&workspace, n, 1),
                             .predicted = ana_workspace_sizes(&workspace, n, 1)};
    size_t *train = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    ANA_TRY(make_result(choices, folds->n_folds, &result));
    outer.train = train;
    for (size_t f = 0; f < folds->n_folds; f++) {
        size_t n_right = 0;
        ANA_TRY(ana_run_progress(&outer.options.run, "validation", f, folds->n_folds));
        outer.data = choices->kinds;
        ana_folds_train(folds, f, train, &outer.n_train);
        ANA_TRY(choose(choices, f, &room, &outer, result));
        outer.n_test = folds->folds[f].n_test;
        outer.test = folds->folds[f].test;
        ANA_TRY(try_once(&outer, result->predicted, &n_right));
        result->outer[f] = (double)n_right / (double)outer.n_test;
        for (size_t k = 0; k < outer.n_test; k++) {
            const size_t g = outer.data->groups[outer.test[k]];
            result->confusion[g * n_groups + result->predicted[outer.test[k]]] += 1.0;
        }
    }
    summarise(result);
    *out = result;
    result = NULL;
done:
    ana_network_validation_free(result);
    ana_workspace_release(&workspace);
    return status;
}

void ana_network_validation_free(ana_network_validation *validation)
{
    if (validation == NULL) {
        return;
    }
    free(validation->predicted);
    free(validation->kind);
    free(validation->n_components);
    free(validation->inner);
    free(validation->outer);
    free(validation->grid);
    free(validation->confusion);
    free(validation);
}
