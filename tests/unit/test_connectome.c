#include "support/check.h"
#include "support/connectome_world.h"
#include "support/fail_nth.h"

#include <analysis/agreement.h>
#include <analysis/models/connectome.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANIMALS = 3,
    TIMES = 61,
    NEURONS = 7,
    MOTIFS = 3,
    PAIRS = NEURONS * (NEURONS - 1) / 2
};

/* Random walks; `lost` neurons of the animal are not seen. */
static ana_affinity *affinity_of(size_t animal, size_t lost)
{
    ana_random random = ana_random_stream(3, "test.connectome", animal);
    ana_observations *observations = NULL;
    ana_affinity *affinity = NULL;
    check_ok(ana_observations_new(TIMES, NEURONS, &observations));
    observations->bin_s = 0.5;
    for (size_t i = 0; i < NEURONS; i++) {
        double value = 0.0;
        for (size_t t = 0; t < TIMES; t++) {
            value += ana_random_normal(&random);
            observations->values[t * NEURONS + i] = i < lost ? (double)NAN : value;
        }
    }
    check_ok(ana_affinity_new(observations, NULL, &affinity));
    ana_observations_free(observations);
    return affinity;
}

typedef struct world {
    ana_affinity *animals[ANIMALS];
    ana_tensor *tensor;
    ana_ntf *ntf;
    ana_connectome *connectome;
} world;

static const ana_affinity *const *borrowed(const world *self)
{
    return (const ana_affinity *const *)self->animals;
}

/* Animal 0 lacks neurons 0 and 1, the others neuron 0: nobody has a pair with 0, and the first not
 * the pairs with 1. */
static world new_world(void)
{
    world self;
    ana_ntf_options options = ana_ntf_options_default();
    options.rank = MOTIFS;
    options.n_restarts = 2;
    options.max_iterations = 40;
    for (size_t w = 0; w < ANIMALS; w++) {
        self.animals[w] = affinity_of(w, w == 0 ? 2 : 1);
    }
    check_ok(ana_tensor_animals(ANIMALS, borrowed(&self), NULL, &self.tensor));
    check_ok(ana_ntf_fit(self.tensor, &options, &self.ntf));
    check_ok(ana_connectome_new(self.ntf, ANIMALS, borrowed(&self), NULL, NULL, &self.connectome));
    return self;
}

static void free_world(world *self)
{
    ana_connectome_free(self->connectome);
    ana_ntf_free(self->ntf);
    ana_tensor_free(self->tensor);
    for (size_t w = 0; w < ANIMALS; w++) {
        ana_affinity_free(self->animals[w]);
    }
}

static void motifs_are_symmetric_graphs_of_norm_one(void **state)
{
    (void)state;
    world self = new_world();
    const ana_connectome *connectome = self.connectome;
    assert_string_equal(connectome->animal_names[2], "3");
    assert_string_equal(connectome->neuron_names[4], "4");
    for (size_t r = 0; r < MOTIFS; r++) {
        const double *matrix = connectome->matrices + r * NEURONS * NEURONS;
        double square = 0.0;
        for (size_t i = 0; i < NEURONS; i++) {
            check_close(matrix[i * NEURONS + i], 0.0, 0.0, 0.0);
            for (size_t j = i + 1; j < NEURONS; j++) {
                const double value = matrix[i * NEURONS + j];
                check_close(matrix[j * NEURONS + i], value, 0.0, 0.0);
                assert_true(i == 0 ? isnan(value) : value >= 0.0);
                square += i == 0 ? 0.0 : value * value;
                const size_t p = ana_affinity_pair(NEURONS, i, j);
                if (i > 0) { /* weight and norm: the same product */
                    check_close(connectome->weights[r] * value,
                                self.ntf->weights[r] * self.ntf->factors[1][p * MOTIFS + r], 1e-14,
                                1e-12);
                }
            }
        }
        check_close(square, 1.0, 1e-13, 0.0);
        for (size_t w = 0; w < ANIMALS; w++) {
            check_close(connectome->shares[r * ANIMALS + w], self.ntf->factors[0][w * MOTIFS + r],
                        0.0, 0.0);
        }
    }
    assert_false(connectome->has[0]);
    assert_false(connectome->has[1]);
    assert_true(connectome->has[NEURONS + 1]);
    free_world(&self);
}

/* Slope of half the squared distance over the pairs an animal has, by the definition. */
static double slope(const world *self, size_t animal, size_t t, size_t motif)
{
    const ana_connectome *connectome = self->connectome;
    const bool *has = connectome->has + animal * NEURONS;
    const double *course = connectome->courses + (animal * TIMES + t) * MOTIFS;
    double slice[NEURONS * NEURONS];
    double sum = 0.0;
    ana_affinity_slice(self->animals[animal], t, slice);
    for (size_t i = 0; i < NEURONS; i++) {
        for (size_t j = i + 1; j < NEURONS; j++) {
            const size_t k = i * NEURONS + j;
            double model = 0.0;
            for (size_t r = 0; r < MOTIFS; r++) {
                model += course[r] * connectome->matrices[r * NEURONS * NEURONS + k];
            }
            if (has[i] && has[j]) {
                sum += (model - slice[k]) * connectome->matrices[motif * NEURONS * NEURONS + k];
            }
        }
    }
    return sum;
}

static void courses_are_least_squares_of_what_each_animal_has(void **state)
{
    (void)state;
    world self = new_world();
    double total = 0.0;
    for (size_t w = 0; w < ANIMALS; w++) {
        for (size_t t = 0; t < TIMES; t++) {
            for (size_t r = 0; r < MOTIFS; r++) {
                const double course = self.connectome->courses[(w * TIMES + t) * MOTIFS + r];
                const double down = slope(&self, w, t, r);
                assert_true(course >= 0.0); /* at the bound, or level: the optimum's conditions */
                assert_true(course > 0.0 ? fabs(down) < 1e-12 : down > -1e-12);
                total += course;
            }
        }
    }
    assert_true(total > 1.0);
    free_world(&self);
}

static void one_animal_has_the_course_of_its_fit(void **state)
{
    (void)state;
    ana_affinity *affinity = affinity_of(1, 0);
    const ana_affinity *const list[] = {affinity};
    const char *const names[] = {"the worm"};
    ana_tensor *tensor = NULL;
    ana_ntf *ntf = NULL;
    ana_connectome *connectome = NULL;
    ana_ntf_options options = ana_ntf_options_default();
    options.rank = 2;
    options.max_iterations = 30;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    check_ok(ana_ntf_fit(tensor, &options, &ntf));
    check_ok(ana_connectome_new(ntf, 1, list, names, NULL, &connectome));
    assert_string_equal(connectome->animal_names[0], "the worm");
    for (size_t r = 0; r < 2; r++) {
        for (size_t t = 0; t < TIMES; t++) {
            const double model = connectome->courses[t * 2 + r] *
                                 connectome->matrices[r * NEURONS * NEURONS + 1 * NEURONS + 4];
            const double *u = ntf->factors[0];
            const double *v = ntf->factors[1];
            const double pair = 0.5 * (u[2 + r] * v[8 + r] + u[8 + r] * v[2 + r]);
            check_close(model, ntf->weights[r] * pair * ntf->factors[2][t * 2 + r], 1e-14, 1e-12);
        }
    }
    ana_connectome_free(connectome);
    ana_ntf_free(ntf);
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

static void fits_that_do_not_go_with_the_affinities_are_refused(void **state)
{
    (void)state;
    world self = new_world();
    ana_connectome *connectome = NULL;
    check_fails(ana_connectome_new(self.ntf, 2, borrowed(&self), NULL, NULL, &connectome),
                ANA_ERR_SHAPE, "does not go with 2 animals");
    check_fails(ana_connectome_new(self.ntf, 0, borrowed(&self), NULL, NULL, &connectome),
                ANA_ERR_SHAPE, "0 animals");
    self.animals[1]->n_times--;
    check_fails(ana_connectome_new(self.ntf, ANIMALS, borrowed(&self), NULL, NULL, &connectome),
                ANA_ERR_SHAPE, "animal 1 has 7 neurons at 60 times, not 7 at 61");
    self.animals[1]->n_times++;
    self.animals[2]->factored = false;
    check_fails(ana_connectome_new(self.ntf, ANIMALS, borrowed(&self), NULL, NULL, &connectome),
                ANA_ERR_UNSUPPORTED, "factored");
    self.animals[2]->factored = true;
    ana_run run = ana_run_default();
    run.max_memory = 1000;
    check_fails(ana_connectome_new(self.ntf, ANIMALS, borrowed(&self), NULL, &run, &connectome),
                ANA_ERR_LIMIT, "motifs");
    memset(self.ntf->weights, 0, MOTIFS * sizeof(double));
    check_fails(ana_connectome_new(self.ntf, ANIMALS, borrowed(&self), NULL, NULL, &connectome),
                ANA_ERR_VALUE, "no motif ties");
    free_world(&self);
}

static bool stop_at_once(void *user, const char *what, size_t done, size_t total)
{
    (void)user;
    (void)what;
    (void)done;
    (void)total;
    return false;
}

static void courses_can_be_cancelled(void **state)
{
    (void)state;
    world self = new_world();
    ana_connectome *connectome = NULL;
    ana_run run = ana_run_default();
    run.progress = stop_at_once;
    assert_int_equal(
        ana_connectome_new(self.ntf, ANIMALS, borrowed(&self), NULL, &run, &connectome),
        ANA_ERR_CANCELLED);
    free_world(&self);
}

/* Four neurons, two motifs, one animal at three times: all by hand. */
static ana_connectome *by_hand(void)
{
    ana_connectome *connectome = connectome_blank((connectome_size){2, 2, 4, 3});
    static const double first[] = {0, 3, 1, 2, 3, 0, 0, 4, 1, 0, 0, 6, 2, 4, 6, 0};
    static const double courses[] = {1, 0, 2, 1, 0, 5, 1, 1, 0, 0, 0, 3};
    memcpy(connectome->matrices, first, sizeof first);
    connectome->matrices[16 + 1] = 2.0; /* neurons 0 and 1 alone */
    connectome->matrices[16 + 4] = 2.0;
    connectome->matrices[16 + 11] = (double)NAN; /* no animal has 2 and 3 */
    connectome->matrices[16 + 14] = (double)NAN;
    memcpy(connectome->courses, courses, sizeof courses);
    return connectome;
}

static void ties_and_activity_are_means_over_pairs(void **state)
{
    (void)state;
    ana_connectome *connectome = by_hand();
    const size_t group[] = {0, 0, 1, 1};
    const size_t single[] = {0, ANA_NO_LABEL, 1, 1};
    ana_connectome_ties *ties = NULL;
    double activity[6];
    check_ok(ana_connectome_tie(connectome, 2, group, &ties));
    check_close(ties->within[0], 3.0, 0.0, 0.0);
    check_close(ties->within[1], 6.0, 0.0, 0.0);
    check_close(ties->between[0], (1.0 + 2.0 + 0.0 + 4.0) / 4.0, 1e-15, 0.0);
    check_close(ties->between[1], 1.75, 1e-15, 0.0);
    check_close(ties->within[2], 2.0, 0.0, 0.0);
    assert_true(isnan(ties->within[3])); /* its only pair is missing */
    check_close(ties->between[2], 0.0, 0.0, 0.0);
    ana_connectome_activity(connectome, 0, 2, ties->within, activity);
    check_close(activity[0], 3.0 * 1.0 + 2.0 * 0.0, 1e-15, 0.0);
    check_close(activity[1], 3.0 * 2.0 + 2.0 * 1.0, 1e-15, 0.0);
    check_close(activity[2], 2.0 * 5.0, 1e-15, 0.0);
    assert_true(isnan(activity[3]));
    ana_connectome_activity(connectome, 1, 2, ties->between, activity);
    check_close(activity[0], 1.75, 1e-15, 0.0);
    ana_connectome_ties_free(ties);
    check_ok(ana_connectome_tie(connectome, 2, single, &ties));
    assert_true(isnan(ties->within[0]));
    check_close(ties->between[0], 1.5, 1e-15, 0.0);
    ana_connectome_ties_free(ties);
    check_fails(ana_connectome_tie(connectome, 1, group, &ties), ANA_ERR_VALUE,
                "neuron 2 is in group 1");
    ana_connectome_free(connectome);
}

static void the_mean_graph_is_the_mean_of_the_modelled_affinities(void **state)
{
    (void)state;
    ana_connectome *connectome = by_hand();
    double graph[16];
    ana_connectome_mean_graph(connectome, 1, 3, graph);
    /* motif 0: 2, 0 and 0, 0; motif 1: 1, 5 and 0, 3 */
    check_close(graph[1], (2.0 * 3.0 + 9.0 * 2.0) / 4.0, 1e-14, 0.0);
    check_close(graph[7], 2.0 * 4.0 / 4.0, 1e-14, 0.0);
    assert_true(isnan(graph[11]));
    ana_connectome_free(connectome);
}

static void a_motif_is_a_graph_of_its_pairs(void **state)
{
    (void)state;
    ana_connectome *connectome = by_hand();
    ana_graph *graph = NULL;
    check_ok(ana_connectome_motif_graph(connectome, 0, &graph));
    assert_int_equal(graph->n_edges, 5);
    assert_string_equal(graph->node_names[3], "N3");
    assert_false(graph->directed);
    check_close(graph->weights[ana_graph_find_edge(graph, 1, 3)], 4.0, 0.0, 0.0);
    ana_graph_free(graph);
    check_ok(ana_connectome_motif_graph(connectome, 1, &graph));
    assert_int_equal(graph->n_edges, 1);
    ana_graph_free(graph);
    check_fails(ana_connectome_motif_graph(connectome, 2, &graph), ANA_ERR_VALUE,
                "motif 2; there are 0 to 1");
    ana_connectome_free(connectome);
}

static void its_record_holds_what_figures_need(void **state)
{
    (void)state;
    ana_connectome *connectome = by_hand();
    ana_record *record = NULL;
    const size_t group[] = {0, 1, 1, 0};
    const size_t *const groups[] = {group, group};
    const double position[] = {0, 0, 1, 0, 0, 1, NAN, NAN};
    const double start[] = {0.0, 1.0};
    const double stop[] = {0.5, 1.5};
    const size_t kind[] = {0, 1};
    const char *const kinds[] = {"light", "odour"};
    const ana_connectome_drawing drawing = {position, 2, start, stop, kind, kinds};
    const double *values = NULL;
    ana_shape shape = ana_shape_2(2, NULL, 3, NULL);
    connectome->weights[1] = 2.0;
    connectome->time[4] = 3.0;
    check_ok(ana_connectome_to_record(connectome, groups, &drawing, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_doubles(record, "time_factors/y", &shape, &values));
    check_close(values[4], 6.0, 0.0, 0.0);
    assert_non_null(ana_record_find(record, "time_factors/span_start"));
    assert_non_null(ana_record_find(record, "motif_2_graph/position"));
    assert_int_equal(ana_record_find(record, "motif_1")->hint, ANA_HINT_MATRIX_GROUPS);
    ana_record_free(record);
    check_ok(ana_connectome_to_record(connectome, NULL, NULL, &record));
    check_ok(ana_record_check(record));
    assert_int_equal(ana_record_find(record, "motif_1")->hint, ANA_HINT_HEAT_MAP);
    ana_record_free(record);
    ana_connectome_free(connectome);
}

static ana_status make_all(void *user)
{
    const world *self = user;
    ana_connectome *connectome = NULL;
    ana_connectome_ties *ties = NULL;
    ana_graph *graph = NULL;
    ana_record *record = NULL;
    const size_t group[NEURONS] = {0, 0, 1, 1, 1, 0, 0};
    const size_t *const groups[] = {group, group, group};
    ana_status status =
        ana_connectome_new(self->ntf, ANIMALS, borrowed(self), NULL, NULL, &connectome);
    if (status == ANA_OK) {
        status = ana_connectome_motif_graph(connectome, 0, &graph);
        ana_graph_free(graph);
    }
    if (status == ANA_OK) {
        status = ana_connectome_tie(connectome, 2, group, &ties);
        ana_connectome_ties_free(ties);
    }
    if (status == ANA_OK) {
        status = ana_connectome_to_record(connectome, groups, NULL, &record);
        ana_record_free(record);
    }
    ana_connectome_free(connectome);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    world self = new_world();
    assert_true(check_each_allocation(make_all, &self, 0) > 20);
    free_world(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(motifs_are_symmetric_graphs_of_norm_one),
        cmocka_unit_test(courses_are_least_squares_of_what_each_animal_has),
        cmocka_unit_test(one_animal_has_the_course_of_its_fit),
        cmocka_unit_test(fits_that_do_not_go_with_the_affinities_are_refused),
        cmocka_unit_test(courses_can_be_cancelled),
        cmocka_unit_test(ties_and_activity_are_means_over_pairs),
        cmocka_unit_test(the_mean_graph_is_the_mean_of_the_modelled_affinities),
        cmocka_unit_test(a_motif_is_a_graph_of_its_pairs),
        cmocka_unit_test(its_record_holds_what_figures_need),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
