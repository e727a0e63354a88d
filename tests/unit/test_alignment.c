#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/alignment.h>
#include <analysis/models/cka.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 12, /* stimuli */
    P = 9,  /* units of layers */
    S = 4   /* subjects */
};

/* Layers that are noise, and subjects of two regions that see layers 1 and 2 in noise. */
typedef struct world {
    ana_responses *layers[4];
    ana_responses *brains[2 * S];
    ana_alignment_system layer_systems[4];
    ana_alignment_system brain_systems[2 * S];
    char names[2 * S][8];
    ana_alignment_data data;
} world;

static ana_responses *draw(const char *what, size_t item, size_t n_units)
{
    ana_random random = ana_random_stream(7, what, item);
    ana_responses *made = NULL;
    check_ok(ana_responses_new(what, N, n_units, &made));
    for (size_t i = 0; i < N * n_units; i++) {
        made->values[i] = ana_random_normal(&random);
    }
    return made;
}

static void make_world(double noise, world *to)
{
    static const char *const layer_names[] = {"a1", "a2", "b1", "b2"};
    memset(to, 0, sizeof *to);
    for (size_t l = 0; l < 4; l++) {
        to->layers[l] = draw("layer", l, P);
        to->layer_systems[l] = (ana_alignment_system){.group = l < 2 ? "A" : "B",
                                                      .name = layer_names[l],
                                                      .time = (double)NAN,
                                                      .responses = to->layers[l]};
    }
    for (size_t b = 0; b < (size_t)2 * S; b++) {
        to->brains[b] = draw("brain", b, P);
        for (size_t i = 0; i < (size_t)N * P; i++) {
            to->brains[b]->values[i] =
                to->layers[b < S ? 1 : 2]->values[i] + noise * to->brains[b]->values[i];
        }
        snprintf(to->names[b], sizeof to->names[b], "s%zu", b % S);
        to->brain_systems[b] = (ana_alignment_system){.group = b < S ? "V1" : "IT",
                                                      .name = to->names[b],
                                                      .time = (double)NAN,
                                                      .responses = to->brains[b]};
    }
    to->data = (ana_alignment_data){.n_stimuli = N,
                                    .n_layers = 4,
                                    .layers = to->layer_systems,
                                    .n_brains = (size_t)2 * S,
                                    .brains = to->brain_systems};
}

static void free_world(world *of)
{
    for (size_t l = 0; l < 4; l++) {
        ana_responses_free(of->layers[l]);
    }
    for (size_t b = 0; b < (size_t)2 * S; b++) {
        ana_responses_free(of->brains[b]);
    }
}

static ana_alignment_options quick(void)
{
    ana_alignment_options options = ana_alignment_options_default();
    options.n_permutations = 99;
    options.n_bootstraps = 200;
    options.n_halves = 4;
    return options;
}

static void count_warning(void *user, const char *sentence)
{
    size_t *n = user;
    assert_non_null(sentence);
    (*n)++;
}

static ana_rdms *dissimilarities(const ana_responses *responses)
{
    ana_observations *rows = NULL;
    ana_rdms *rdms = NULL;
    check_ok(ana_observations_new(N, responses->n_units, &rows));
    memcpy(rows->values, responses->values, N * responses->n_units * sizeof(double));
    rows->labels = calloc(N, sizeof *rows->labels);
    rows->label_names = calloc(N, sizeof *rows->label_names);
    assert_non_null(rows->labels);
    assert_non_null(rows->label_names);
    rows->n_labels = N;
    for (size_t i = 0; i < N; i++) {
        rows->labels[i] = (int64_t)i;
        rows->label_names[i] = strdup(responses->stimuli[i]);
        assert_non_null(rows->label_names[i]);
    }
    check_ok(ana_rdm_compute(rows, NULL, NULL, "x", &rdms));
    ana_observations_free(rows);
    return rdms;
}

static void each_region_finds_the_layer_it_sees(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    const ana_alignment_options options = quick();
    make_world(0.5, &made);
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_int_equal(alignment->n_models, 2);
    assert_int_equal(alignment->n_regions, 2);
    assert_int_equal(alignment->n_targets, 2);
    assert_string_equal(alignment->regions[1], "IT");
    assert_int_equal(alignment->model_of[2], 1);
    for (size_t t = 0; t < 2; t++) {
        const ana_alignment_target *target = &alignment->targets[t];
        const size_t own = t == 0 ? 1 : 2;
        const size_t other = t == 0 ? 2 : 1;
        assert_int_equal(target->scores->best, own);
        assert_true(target->scores->p_chance_max[own] <= 0.02);
        assert_true(target->scores->p_chance_max[other] > 0.05);
        assert_true(target->scores->p_chance_max[0] >= target->scores->p_chance[0]);
        assert_int_equal(target->layer_rank[own], 1);
        assert_int_equal(target->model_rank[t], 1);
        assert_int_equal(target->model_rank[1 - t], 2);
        check_close(target->chosen[own], 1.0, 1e-12, 0.0);
        assert_true(target->models->mean[t] > target->models->mean[1 - t]);
        assert_true(target->other_subjects > 0.2);
        assert_true(fabs(target->other_regions[1 - t]) < 0.2);
        assert_true(isnan(target->other_regions[t]));
    }
    ana_alignment_free(alignment);
    free_world(&made);
}

static void scores_and_tests_are_those_of_rsa(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_rdms *both[2] = {NULL, NULL};
    ana_rsa *rsa = NULL;
    ana_alignment_options options = quick();
    ana_rsa_options alone = ana_rsa_options_default();
    make_world(1.0, &made);
    options.n_halves = 0;
    options.compare.similarity = ANA_RDM_SIM_SPEARMAN;
    alone.compare.similarity = ANA_RDM_SIM_SPEARMAN;
    alone.n_permutations = 99;
    alone.n_bootstraps = 200;
    check_ok(ana_rdms_new(4, N, &both[0]));
    check_ok(ana_rdms_new(S, N, &both[1]));
    const size_t n_pairs = ana_rdm_n_pairs(N);
    for (size_t k = 0; k < 4 + S; k++) {
        ana_rdms *one = dissimilarities(k < 4 ? made.layers[k] : made.brains[k - 4]);
        memcpy(both[k < 4 ? 0 : 1]->values + (k < 4 ? k : k - 4) * n_pairs, one->values,
               n_pairs * sizeof(double));
        ana_rdms_free(one);
    }
    check_ok(ana_rsa_compute(both[1], both[0], NULL, &alone, &rsa));
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    const ana_rsa *scores = alignment->targets[0].scores;
    check_all_close((size_t)4 * S, scores->values, rsa->values, 1e-14, 0.0);
    for (size_t l = 0; l < 4; l++) {
        assert_true(scores->low[l] < scores->mean[l] && scores->mean[l] < scores->high[l]);
    }
    check_all_close(4, scores->p_zero, rsa->p_zero, 1e-14, 0.0);
    check_all_close(4, scores->p_chance, rsa->p_chance, 1e-14, 0.0);
    check_all_close(16, scores->p_between, rsa->p_between, 1e-14, 0.0);
    check_close(scores->ceiling_low, rsa->ceiling_low, 1e-14, 0.0);
    check_close(scores->ceiling_high, rsa->ceiling_high, 1e-14, 0.0);
    for (size_t l = 0; l < 4; l++) { /* a larger family */
        assert_true(scores->p_chance_max[l] >= rsa->p_chance_max[l]);
    }
    assert_null(alignment->targets[0].models);
    ana_alignment_free(alignment);
    ana_rsa_free(rsa);
    ana_rdms_free(both[0]);
    ana_rdms_free(both[1]);
    free_world(&made);
}

static void brains_may_be_known_by_their_dissimilarities_alone(void **state)
{
    (void)state;
    world made;
    ana_alignment *one = NULL;
    ana_alignment *two = NULL;
    ana_rdms *rdms[2 * S] = {NULL};
    const ana_alignment_options options = quick();
    make_world(1.0, &made);
    check_ok(ana_alignment_compute(&made.data, &options, &one));
    for (size_t b = 0; b < (size_t)2 * S; b++) {
        rdms[b] = dissimilarities(made.brains[b]);
        made.brain_systems[b].responses = NULL;
        made.brain_systems[b].dissimilarities = rdms[b]->values;
    }
    check_ok(ana_alignment_compute(&made.data, &options, &two));
    for (size_t t = 0; t < 2; t++) {
        check_all_close((size_t)4 * S, two->targets[t].scores->values,
                        one->targets[t].scores->values, 1e-14, 0.0);
        check_all_close((size_t)2 * S, two->targets[t].held_out, one->targets[t].held_out, 1e-14,
                        0.0);
    }
    ana_alignment_free(one);
    ana_alignment_free(two);
    for (size_t b = 0; b < (size_t)2 * S; b++) {
        ana_rdms_free(rdms[b]);
    }
    free_world(&made);
}

static void one_subject_has_intervals_over_stimuli(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_alignment_options options = quick();
    make_world(0.3, &made);
    made.data.n_brains = 1;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    const ana_rsa *scores = alignment->targets[0].scores;
    assert_true(isnan(scores->ceiling_low) && isnan(alignment->targets[0].other_subjects));
    for (size_t l = 0; l < 4; l++) {
        assert_true(scores->low[l] < scores->mean[l] && scores->mean[l] < scores->high[l]);
    }
    assert_true(scores->p_between[1 * 4 + 0] < 0.05); /* the one it sees, another */
    ana_alignment_free(alignment);
    options.n_bootstraps = 0;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_true(isnan(alignment->targets[0].scores->low[0]));
    ana_alignment_free(alignment);
    free_world(&made);
}

/* Both variances add up: the squared half width for both is that over subjects and stimuli. */
static void both_variances_add_up(void **state)
{
    (void)state;
    world made;
    double error[2] = {0.0, 0.0};
    make_world(0.8, &made);
    for (int over = ANA_ALIGNMENT_STIMULI; over <= ANA_ALIGNMENT_BOTH; over++) {
        ana_alignment *alignment = NULL;
        ana_alignment_options options = quick();
        options.measure = ANA_ALIGNMENT_CKA;
        options.over = (ana_alignment_over)over;
        check_ok(ana_alignment_compute(&made.data, &options, &alignment));
        error[over - 1] = alignment->targets[0].scores->standard_error[1];
        if (over == ANA_ALIGNMENT_BOTH) {
            const double *values = alignment->targets[0].scores->values + S;
            const double own = ana_stats_variance(S, values, 1) / S;
            check_close(error[1] * error[1], error[0] * error[0] + own, 1e-14, 1e-10);
        }
        ana_alignment_free(alignment);
    }
    free_world(&made);
}

static void times_become_targets_and_lags(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_alignment_options options = quick();
    make_world(0.3, &made);
    /* Steps 0 and 1 of model A are layers 0 and 1 at 0 and 10 ms; the brain sees layer 1 at 30 ms
     * and noise at 20 and 40 ms: the lag is 20 ms. */
    made.data.n_layers = 2;
    made.layer_systems[0].time = 0.0;
    made.layer_systems[1].time = 0.01;
    ana_alignment_system brains[3 * S];
    ana_responses *noise[2 * S];
    for (size_t b = 0; b < (size_t)3 * S; b++) {
        brains[b] = made.brain_systems[b % S];
        brains[b].time = 0.02 + 0.01 * (double)((b / S + 1) % 3); /* not in order */
        if (b / S != 0) {
            noise[b - S] = draw("noise", b, P);
            brains[b].responses = noise[b - S];
        }
    }
    made.data.brains = brains;
    made.data.n_brains = (size_t)3 * S;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_int_equal(alignment->n_regions, 1);
    assert_int_equal(alignment->n_targets, 3);
    for (size_t t = 0; t < 3; t++) {
        check_close(alignment->targets[t].time, 0.02 + 0.01 * (double)t, 1e-12, 0.0);
    }
    assert_int_equal(alignment->targets[1].scores->best, 1);
    assert_true(alignment->targets[1].scores->p_chance_max[1] <= 0.02);
    assert_int_equal(alignment->lags.n_lags, 4); /* 10 to 40 ms */
    check_close(alignment->lags.lag[1], 0.02, 1e-9, 0.0);
    const double two =
        0.5 * (alignment->targets[0].scores->mean[0] + alignment->targets[1].scores->mean[1]);
    check_close(alignment->lags.value[1], two, 1e-14, 0.0);
    for (size_t k = 0; k < 4; k++) {
        assert_true(alignment->lags.value[k] <= alignment->lags.value[1]);
        assert_true(alignment->lags.p_max[k] >= alignment->lags.p_max[1]);
    }
    assert_true(alignment->lags.p_max[1] <= 0.05);
    ana_alignment_free(alignment);
    for (size_t b = 0; b < (size_t)2 * S; b++) {
        ana_responses_free(noise[b]);
    }
    free_world(&made);
}

static void units_are_drawn_as_many_as_the_brain_has(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_alignment_options options = quick();
    make_world(0.3, &made);
    options.n_draws = 6;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    for (size_t l = 0; l < 4; l++) { /* the brain has all units: every draw is the whole layer */
        check_close(alignment->targets[0].drawn_mean[l], alignment->targets[0].scores->mean[l],
                    1e-13, 0.0);
        assert_true(alignment->targets[0].drawn_sd[l] < 1e-7);
    }
    ana_alignment_free(alignment);
    options.n_units = 4;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_true(alignment->targets[0].drawn_mean[1] < alignment->targets[0].scores->mean[1]);
    assert_true(alignment->targets[0].drawn_sd[1] > 1e-3);
    ana_alignment_free(alignment);
    free_world(&made);
}

/* crossnobis of brains from their trials, of layers by squared distances. */
static void brains_with_trials_may_be_cross_validated(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_observations *rows = NULL;
    ana_alignment_options options = quick();
    const size_t lengths[] = {N, N, N};
    ana_random random = ana_random_stream(11, "trials", 0);
    make_world(0.3, &made);
    options.rdm.method = ANA_RDM_EUCLIDEAN;
    options.brain_method = ANA_RDM_CROSSNOBIS;
    options.whiten = true;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_UNSUPPORTED,
                "s0 of V1 is known by its means alone; whitening needs its trials");
    check_ok(ana_observations_new((size_t)3 * N, P, &rows));
    rows->labels = calloc((size_t)3 * N, sizeof *rows->labels);
    rows->label_names = calloc(N, sizeof *rows->label_names);
    assert_non_null(rows->labels);
    assert_non_null(rows->label_names);
    rows->n_labels = N;
    for (size_t t = 0; t < (size_t)3 * N; t++) {
        rows->labels[t] = (int64_t)(t % N);
        if (t < N) {
            rows->label_names[t] = strdup(made.layers[0]->stimuli[t]);
            assert_non_null(rows->label_names[t]);
        }
        for (size_t u = 0; u < P; u++) {
            rows->values[t * P + u] =
                made.layers[1]->values[t % N * P + u] + 0.5 * ana_random_normal(&random);
        }
    }
    check_ok(ana_observations_set_sequences(rows, 3, lengths, NULL));
    made.brain_systems[0].trials = rows;
    made.data.n_brains = 1;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_int_equal(alignment->targets[0].scores->best, 1);
    ana_alignment_free(alignment);
    rows->labels[0] = rows->labels[N] = rows->labels[(size_t)2 * N] = -1;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "show 11 of 12 stimuli");
    ana_observations_free(rows);
    free_world(&made);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_alignment_options options = quick();
    make_world(1.0, &made);
    ana_alignment_data data = made.data;
    data.n_layers = 0;
    check_fails(ana_alignment_compute(&data, &options, &alignment), ANA_ERR_VALUE, "0 layers");
    data = made.data;
    data.n_stimuli = 2;
    check_fails(ana_alignment_compute(&data, &options, &alignment), ANA_ERR_VALUE, "2 stimuli");
    data.n_stimuli = 11;
    check_fails(ana_alignment_compute(&data, &options, &alignment), ANA_ERR_VALUE,
                "a1 of A has 12 stimuli; 11 are compared");
    made.layer_systems[1].name = "a1";
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "layer a1 is given twice in A");
    made.layer_systems[1].name = "a2";
    made.brain_systems[1].name = made.brain_systems[0].name;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "subject s0 is given twice in V1");
    made.brain_systems[1].responses = NULL;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "nothing is known of s0 of V1");
    options.level = 2.0;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE, "level");
    free_world(&made);
}

static void a_constant_layer_is_unknown_and_harms_no_other(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_record *record = NULL;
    ana_alignment_options options = quick();
    make_world(0.5, &made);
    options.compare.similarity = ANA_RDM_SIM_PEARSON;
    for (size_t i = 0; i < (size_t)N * P; i++) {
        made.layers[0]->values[i] = (double)(i % P); /* the same pattern throughout */
    }
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_true(isnan(alignment->targets[0].scores->mean[0]));
    assert_true(isnan(alignment->targets[0].scores->p_chance_max[0]));
    assert_true(alignment->targets[0].scores->p_chance_max[1] <= 0.05);
    assert_int_equal(alignment->targets[1].scores->best, 2);
    assert_true(alignment->targets[1].layer_rank[0] > alignment->targets[1].layer_rank[2]);
    check_ok(ana_alignment_to_record(alignment, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_alignment_free(alignment);
    for (size_t i = 0; i < (size_t)N * P; i++) {
        made.layers[0]->values[i] = 3.0; /* no pattern at all */
    }
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "a1 of A has 0 dissimilarities of 66 pairs");
    for (size_t u = 0; u < P; u++) { /* of one stimulus: its pairs are left out of all */
        made.layers[0]->values[u] = 3.0;
        for (size_t i = 1; i < N; i++) {
            made.layers[0]->values[i * P + u] = made.layers[3]->values[i * P + u];
        }
    }
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_int_equal(alignment->targets[0].scores->best, 1);
    ana_alignment_free(alignment);
    free_world(&made);
}

static void records_hold_the_pictures_they_promise(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_record *record = NULL;
    const ana_alignment_options options = quick();
    make_world(0.5, &made);
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    check_ok(ana_alignment_to_record(alignment, &record));
    check_ok(ana_record_check(record));
    static const char *const wanted[] = {"matrix",
                                         "between_0",
                                         "layers_0",
                                         "differences_0",
                                         "models_1",
                                         "best_layers",
                                         "scores",
                                         "baselines",
                                         "systems",
                                         "rdm_5",
                                         "numbers/values",
                                         "numbers/units_left_out",
                                         "numbers/brain_units_left_out",
                                         "numbers/stimuli"};
    for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++) {
        assert_non_null(ana_record_find(record, wanted[k]));
    }
    ana_record_free(record);
    ana_alignment_free(alignment);
    free_world(&made);
}

static void too_few_stimuli_to_halve_choose_no_layers(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_record *record = NULL;
    size_t n_warnings = 0;
    ana_alignment_options options = quick();
    make_world(0.5, &made);
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    for (size_t k = 0; k < 12; k++) { /* five of the stimuli are left */
        ana_responses *system = k < 4 ? made.layers[k] : made.brains[k - 4];
        system->n_stimuli = 5;
    }
    made.data.n_stimuli = 5;
    options.n_bootstraps = 0;
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_null(alignment->targets[0].models);
    assert_int_equal(alignment->n_halves, 0);
    assert_true(n_warnings > 0);
    check_ok(ana_alignment_to_record(alignment, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_alignment_free(alignment);
    for (size_t k = 0; k < 12; k++) {
        ana_responses *system = k < 4 ? made.layers[k] : made.brains[k - 4];
        system->n_stimuli = N;
    }
    free_world(&made);
}

/* Every measure finds the layer that is seen; a turned layer is the same to all but rsa and the
 * prediction of units. */
static void every_measure_finds_the_layer(void **state)
{
    (void)state;
    ana_responses *many[3] = {NULL, NULL, NULL};
    ana_random random = ana_random_stream(5, "many", 0);
    enum {
        MANY = 40
    };
    for (size_t k = 0; k < 3; k++) {
        check_ok(ana_responses_new("x", MANY, 4, &many[k]));
        for (size_t i = 0; i < (size_t)MANY * 4; i++) {
            many[k]->values[i] = k < 2 ? ana_random_normal(&random)
                                       : many[1]->values[i] + 0.3 * ana_random_normal(&random);
        }
    }
    for (int m = ANA_ALIGNMENT_RSA; m <= ANA_ALIGNMENT_ENCODING; m++) {
        ana_alignment *alignment = NULL;
        ana_alignment_options options = quick();
        const ana_alignment_system layers[] = {
            {.group = "A", .name = "a", .time = (double)NAN, .responses = many[0]},
            {.group = "B", .name = "b", .time = (double)NAN, .responses = many[1]}};
        const ana_alignment_system brain = {
            .group = "V1", .name = "s", .time = (double)NAN, .responses = many[2]};
        const ana_alignment_data data = {
            .n_stimuli = MANY, .n_layers = 2, .layers = layers, .n_brains = 1, .brains = &brain};
        options.measure = (ana_alignment_measure)m;
        options.n_permutations = 19;
        options.n_halves = 2;
        options.n_draws = 2;
        options.n_units = 3;
        check_ok(ana_alignment_compute(&data, &options, &alignment));
        const ana_alignment_target *target = &alignment->targets[0];
        assert_int_equal(target->scores->best, 1);
        assert_true(target->scores->mean[1] > 0.5 && target->scores->mean[1] <= 1.0);
        check_close(target->scores->p_chance_max[1], 0.05, 1e-12, 0.0);
        assert_true(target->scores->low[1] < target->scores->mean[1]);
        assert_true(target->scores->p_between[1] < 0.05);
        assert_int_equal(target->model_rank[1], 1);
        assert_int_equal(target->model_rank[0], 2); /* by the tests for other stimuli */
        assert_true(target->drawn_mean[1] < target->scores->mean[1]);
        ana_alignment_free(alignment);
    }
    for (size_t k = 0; k < 3; k++) {
        ana_responses_free(many[k]);
    }
}

/* Layers of more units than stimuli are turned into as many coordinates: nothing changes. */
static void more_units_than_stimuli_are_turned(void **state)
{
    (void)state;
    ana_responses *layer = draw("wide", 0, 50);
    ana_responses *brain = draw("brain", 0, P);
    ana_responses *sides[] = {layer, brain};
    const ana_responses_set a = {1, &sides[0]};
    const ana_responses_set b = {1, &sides[1]};
    const ana_alignment_system systems[] = {
        {.group = "A", .name = "a", .time = (double)NAN, .responses = layer},
        {.group = "V1", .name = "s", .time = (double)NAN, .responses = brain}};
    const ana_alignment_data data = {
        .n_stimuli = N, .n_layers = 1, .layers = &systems[0], .n_brains = 1, .brains = &systems[1]};
    ana_alignment_options options = quick();
    ana_alignment *alignment = NULL;
    ana_cka *cka = NULL;
    options.measure = ANA_ALIGNMENT_CKA;
    check_ok(ana_cka_compute(&a, &b, NULL, &cka));
    check_ok(ana_alignment_compute(&data, &options, &alignment));
    check_close(alignment->targets[0].scores->values[0], cka->values[0], 1e-12, 0.0);
    ana_cka_free(cka);
    ana_alignment_free(alignment);
    ana_responses_free(layer);
    ana_responses_free(brain);
}

/* Trials without noise reach 1, and noise lowers what can be reached. */
static void trials_say_what_can_be_reached(void **state)
{
    (void)state;
    double reached[2][2];
    for (size_t noisy = 0; noisy < 2; noisy++) {
        for (int m = 0; m < 2; m++) {
            ana_responses *layer = draw("layer", 0, P);
            ana_observations *rows = NULL;
            ana_responses *brain = NULL;
            ana_alignment *alignment = NULL;
            ana_alignment_options options = quick();
            ana_random random = ana_random_stream(13, "trials", 0);
            check_ok(ana_observations_new((size_t)6 * N, P, &rows));
            rows->labels = calloc((size_t)6 * N, sizeof *rows->labels);
            rows->label_names = calloc(N, sizeof *rows->label_names);
            assert_non_null(rows->labels);
            assert_non_null(rows->label_names);
            rows->n_labels = N;
            for (size_t t = 0; t < (size_t)6 * N; t++) {
                rows->labels[t] = (int64_t)(t % N);
                if (t < N) {
                    rows->label_names[t] = strdup(layer->stimuli[t]);
                    assert_non_null(rows->label_names[t]);
                }
                for (size_t u = 0; u < P; u++) {
                    rows->values[t * P + u] = layer->values[t % N * P + u] +
                                              (noisy ? 1.0 : 0.0) * ana_random_normal(&random);
                }
            }
            check_ok(ana_responses_of_observations(rows, "s", &brain));
            const ana_alignment_system systems[] = {
                {.group = "A", .name = "a", .time = (double)NAN, .responses = layer},
                {.group = "V1",
                 .name = "s",
                 .time = (double)NAN,
                 .responses = brain,
                 .trials = rows}};
            const ana_alignment_data data = {.n_stimuli = N,
                                             .n_layers = 1,
                                             .layers = &systems[0],
                                             .n_brains = 1,
                                             .brains = &systems[1]};
            options.measure = m == 0 ? ANA_ALIGNMENT_CKA : ANA_ALIGNMENT_ENCODING;
            options.n_permutations = 0;
            options.n_halves = 0;
            options.n_bootstraps = 0;
            check_ok(ana_alignment_compute(&data, &options, &alignment));
            reached[noisy][m] = alignment->targets[0].scores->ceiling_high;
            const double plain = alignment->targets[0].scores->mean[0];
            assert_true(alignment->targets[0].scores->ceiling_low <= reached[noisy][m]);
            ana_alignment_free(alignment);
            options.normalise = true;
            if (m == 1) { /* of what the trials allow */
                check_ok(ana_alignment_compute(&data, &options, &alignment));
                const double value = alignment->targets[0].scores->mean[0];
                assert_true(noisy ? value > plain : fabs(value - plain) < 1e-9);
                check_close(alignment->targets[0].scores->ceiling_low, 1.0, 0.0, 0.0);
                ana_alignment_free(alignment);
            }
            ana_responses_free(layer);
            ana_responses_free(brain);
            ana_observations_free(rows);
        }
    }
    for (size_t m = 0; m < 2; m++) {
        check_close(reached[0][m], 1.0, 1e-9, 0.0);
        assert_true(reached[1][m] > 0.5 && reached[1][m] < 0.99);
    }
}

static void units_without_values_are_left_out_and_counted(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    size_t n_warnings = 0;
    ana_alignment_options options = quick();
    make_world(0.5, &made);
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    options.measure = ANA_ALIGNMENT_PROCRUSTES;
    for (size_t i = 0; i < N; i++) {
        made.layers[1]->values[i * P] = NAN;
        made.brains[S]->values[i * P + 2] = NAN;
    }
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    assert_int_equal(alignment->n_left_out[1], 1);
    assert_int_equal(alignment->n_left_out[0], 0);
    assert_int_equal(alignment->targets[1].n_left_out, 1);
    assert_int_equal(n_warnings, 2);
    ana_alignment_free(alignment);
    made.layers[2]->values[3] = NAN;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "missing for stimulus 0, unit 3");
    made.layer_systems[2].responses = NULL;
    made.layer_systems[2].dissimilarities = made.layers[0]->values;
    check_fails(ana_alignment_compute(&made.data, &options, &alignment), ANA_ERR_VALUE,
                "b1 of B is known by its dissimilarities alone; procrustes needs responses");
    free_world(&made);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    world made;
    ana_record *records[2] = {NULL, NULL};
    char where[128];
    make_world(1.0, &made);
    for (size_t k = 0; k < 2; k++) {
        ana_alignment *alignment = NULL;
        ana_alignment_options options = quick();
        options.run.n_threads = 1 + 2 * k;
        options.n_draws = 3;
        options.n_units = 5;
        check_ok(ana_alignment_compute(&made.data, &options, &alignment));
        check_ok(ana_alignment_to_record(alignment, &records[k]));
        ana_alignment_free(alignment);
    }
    assert_true(ana_record_equal(records[0], records[1], where, sizeof where));
    ana_record_free(records[0]);
    ana_record_free(records[1]);
    free_world(&made);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    world made;
    ana_alignment *alignment = NULL;
    ana_record *record = NULL;
    ana_alignment_options options = quick();
    options.run.n_threads = 1;
    options.n_permutations = 2;
    options.n_bootstraps = 20;
    options.n_halves = 1;
    options.n_draws = 1;
    options.over = ANA_ALIGNMENT_BOTH;
    make_world(1.0, &made);
    made.data.n_layers = 2;
    made.data.n_brains = 2;
    ALLOCATION_TEST(ana_alignment_compute, (&made.data, &options, &alignment),
                    ana_alignment_free(alignment));
    options.measure = ANA_ALIGNMENT_PROCRUSTES;
    options.n_bootstraps = 0;
    options.n_permutations = 1;
    made.data.n_brains = 1;
    ALLOCATION_TEST(ana_alignment_compute, (&made.data, &options, &alignment),
                    ana_alignment_free(alignment));
    check_ok(ana_alignment_compute(&made.data, &options, &alignment));
    ALLOCATION_TEST(ana_alignment_to_record, (alignment, &record), ana_record_free(record));
    ana_alignment_free(alignment);
    ana_alignment_free(NULL);
    free_world(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_region_finds_the_layer_it_sees),
        cmocka_unit_test(scores_and_tests_are_those_of_rsa),
        cmocka_unit_test(brains_may_be_known_by_their_dissimilarities_alone),
        cmocka_unit_test(one_subject_has_intervals_over_stimuli),
        cmocka_unit_test(both_variances_add_up),
        cmocka_unit_test(times_become_targets_and_lags),
        cmocka_unit_test(units_are_drawn_as_many_as_the_brain_has),
        cmocka_unit_test(brains_with_trials_may_be_cross_validated),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
        cmocka_unit_test(a_constant_layer_is_unknown_and_harms_no_other),
        cmocka_unit_test(records_hold_the_pictures_they_promise),
        cmocka_unit_test(too_few_stimuli_to_halve_choose_no_layers),
        cmocka_unit_test(every_measure_finds_the_layer),
        cmocka_unit_test(more_units_than_stimuli_are_turned),
        cmocka_unit_test(trials_say_what_can_be_reached),
        cmocka_unit_test(units_without_values_are_left_out_and_counted),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
