#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/alignment_hierarchy.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    L = 7, /* layers: four of model A (one at a step in time), two of B, one of C */
    R = 4,
    T = 5,
    S = 3
};

/* Scores as an alignment holds them: a target for each region and time. Subject 2 was not measured
 * in region 3, and stands first among the subjects of region 1. */
typedef struct world {
    ana_alignment alignment;
    ana_alignment_target targets[R * T];
    ana_rsa scores[R * T];
    double values[R * T][L * S];
    size_t region_of[R * T];
    char *subjects[2][S];
} world;

static char word[][4] = {"A", "B", "C", "V1", "V2", "V4", "IT", "ann", "bob", "cy"};
static char *names_of_models[] = {word[0], word[1], word[2]};
static char *names_of_regions[] = {word[3], word[4], word[5], word[6]};
static char *names_of_subjects[] = {word[7], word[8], word[9]};
static size_t model_of[] = {0, 0, 0, 0, 1, 1, 2};
static double layer_time[] = {(double)NAN, (double)NAN, (double)NAN, 0.1,
                              (double)NAN, (double)NAN, (double)NAN};
static const double distance_of[] = {0.0, 11.0, 32.5, 58.0};

static double time_of(size_t t)
{
    return 0.1 + 0.05 * (double)t;
}

/* By subject's number, layer, region and time. */
typedef double (*score_of)(size_t s, size_t l, size_t r, size_t t);

static void make_world(size_t n_times, score_of score, world *to)
{
    memset(to, 0, sizeof *to);
    for (size_t s = 0; s < S; s++) {
        to->subjects[0][s] = names_of_subjects[s];
        to->subjects[1][s] = names_of_subjects[S - 1 - s];
    }
    for (size_t k = 0; k < R * n_times; k++) {
        const size_t r = k % R;
        const size_t t = n_times - 1 - k / R; /* not in their order */
        const size_t n_subjects = r == 3 ? 2 : S;
        const size_t turned = r == 1 ? 1 : 0;
        for (size_t i = 0; i < L * n_subjects; i++) {
            const size_t s = i % n_subjects;
            to->values[k][i] = score(turned == 1 ? S - 1 - s : s, i / n_subjects, r, t);
        }
        to->scores[k] = (ana_rsa){.n_models = L,
                                  .n_subjects = n_subjects,
                                  .subjects = to->subjects[turned],
                                  .values = to->values[k]};
        to->targets[k] = (ana_alignment_target){.region = names_of_regions[r],
                                                .time = n_times > 1 ? time_of(t) : (double)NAN,
                                                .scores = &to->scores[k]};
        to->region_of[k] = r;
    }
    to->alignment = (ana_alignment){.n_layers = L,
                                    .model_of = model_of,
                                    .layer_time = layer_time,
                                    .n_models = 3,
                                    .models = names_of_models,
                                    .n_regions = R,
                                    .regions = names_of_regions,
                                    .n_targets = R * n_times,
                                    .targets = to->targets,
                                    .region_of = to->region_of};
}

/* Layer 0 is best in V1 and V2, 1 in V4, 2 in IT, each at a later time; the layer with a time would
 * be best everywhere. Model B is the other way round. */
static double follows(size_t s, size_t l, size_t r, size_t t)
{
    static const size_t best[] = {0, 0, 1, 2};
    static const double shape[] = {0.0, 0.5, 1.0, 0.5, 0.0};
    if (l == 3) {
        return 5.0;
    }
    const double height = l < 3 ? (l == best[r] ? 0.8 : 0.2) : ((l == 4) == (r > 1) ? 0.6 : 0.1);
    const size_t peak = r + 1; /* V1 at the second time, IT at the fifth */
    const size_t away = t > peak ? t - peak : peak - t;
    return height * (away < 3 ? shape[2 + away] : 0.0) + 0.001 * (double)s;
}

static void layers_that_follow_regions_are_found(void **state)
{
    (void)state;
    static const double depth[] = {0.0, 0.0, 0.5, 1.0};
    world w;
    ana_hierarchy_options options = ana_hierarchy_options_default();
    ana_alignment_hierarchy *h = NULL;
    options.n_resamples = 300;
    make_world(T, follows, &w);
    check_ok(ana_alignment_find_hierarchy(&w.alignment, distance_of, &options, &h));
    assert_int_equal(h->n_subjects, S);
    assert_int_equal(h->n_layers[0], 3);
    assert_int_equal(h->n_layers[2], 1);
    for (size_t kind = 0; kind < ANA_HIERARCHY_KINDS; kind++) {
        const ana_hierarchy *a = h->scores[kind * 3];
        const ana_hierarchy *b = h->scores[kind * 3 + 1];
        double wanted = 0.0;
        double wanted_of_three = 0.0;
        assert_null(h->scores[kind * 3 + 2]);
        check_ok(ana_stats_spearman(4, depth, distance_of, &wanted));
        check_ok(ana_stats_spearman(3, depth, distance_of, &wanted_of_three));
        for (size_t s = 0; s < S; s++) {
            for (size_t r = 0; r < R; r++) {
                const bool there = s < 2 || r < 3;
                const double place = kind == ANA_HIERARCHY_SPATIAL ? distance_of[r]
                                     : kind == ANA_HIERARCHY_PEAK  ? time_of(r + 1)
                                                                   : a->place[s * R + r];
                assert_true(there == !isnan(a->depth[s * R + r]));
                if (there) {
                    check_close(a->depth[s * R + r], depth[r], 0.0, 0.0);
                    check_close(b->depth[s * R + r], r > 1 ? 0.0 : 1.0, 0.0, 0.0);
                    check_close(a->place[s * R + r], place, 1e-15, 0.0);
                }
                if (there && kind == ANA_HIERARCHY_HALF && s == 0 && r > 0) {
                    check_close(place, time_of(r), 1e-12, 0.0); /* half a step below the peak */
                }
            }
            check_close(a->score[s], s < 2 ? wanted : wanted_of_three, 1e-12, 0.0);
            assert_true(b->score[s] < -0.5);
        }
        assert_int_equal(a->over.n, S);
        assert_true(a->over.p < b->over.p && a->over.low > 0.5 && b->over.high < 0.0);
    }
    ana_record *record = NULL;
    check_ok(ana_alignment_hierarchy_to_record(h, &record));
    check_ok(ana_record_check(record));
    assert_int_equal(ana_record_find(record, "scores/mean")->shape[0], 6);
    assert_non_null(ana_record_find(record, "spatial/x"));
    assert_non_null(ana_record_find(record, "half_maximum/y"));
    ana_record_free(record);
    ana_alignment_hierarchy_free(h);
}

static double at_random(size_t s, size_t l, size_t r, size_t t)
{
    ana_random random = ana_random_stream(11, "scores", ((s * L + l) * R + r) * T + t);
    return ana_random_normal(&random);
}

/* The same as of the scores laid out by hand; distances that are turned round turn the sign;
 * without times there are no temporal scores; of distances between dissimilarities the least is
 * best. */
static void scores_are_those_of_the_array(void **state)
{
    (void)state;
    static const double turned[] = {0.0, -11.0, -32.5, -58.0};
    static world w[2];
    double values[S * 3 * R];
    ana_alignment_hierarchy *h[3] = {NULL, NULL, NULL};
    ana_hierarchy *plain = NULL;
    make_world(1, at_random, &w[0]);
    make_world(1, at_random, &w[1]);
    for (size_t i = 0; i < S * 3 * R; i++) {
        const size_t s = i / (3 * R);
        const size_t r = i % R;
        values[i] = s == 2 && r == 3 ? (double)NAN : at_random(s, i / R % 3, r, 0);
    }
    for (size_t k = 0; k < R; k++) {
        w[1].scores[k].similarity = ANA_RDM_SIM_BURES_DISTANCE;
        for (size_t i = 0; i < (size_t)L * S; i++) {
            w[1].values[k][i] = -w[1].values[k][i];
        }
    }
    const ana_layer_scores scores = {S, 3, R, 1, values};
    check_ok(ana_encoding_spatial_score(&scores, distance_of, NULL, &plain));
    check_ok(ana_alignment_find_hierarchy(&w[0].alignment, distance_of, NULL, &h[0]));
    check_ok(ana_alignment_find_hierarchy(&w[0].alignment, turned, NULL, &h[1]));
    check_ok(ana_alignment_find_hierarchy(&w[1].alignment, distance_of, NULL, &h[2]));
    check_same_bits(S, h[0]->scores[0]->score, plain->score);
    check_same_bits(S, h[2]->scores[0]->score, plain->score);
    for (size_t s = 0; s < S; s++) {
        check_close(h[1]->scores[0]->score[s], -plain->score[s], 1e-13, 0.0);
    }
    assert_null(h[0]->scores[3 * ANA_HIERARCHY_PEAK]);
    ana_hierarchy_free(plain);
    for (size_t k = 0; k < 3; k++) {
        ana_alignment_hierarchy_free(h[k]);
    }
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const double endless[] = {0.0, 1.0, (double)INFINITY, 2.0};
    static size_t alone[] = {0, 1, 2, 3, 4, 5, 6};
    world w;
    ana_alignment_hierarchy *h = NULL;
    make_world(1, at_random, &w);
    check_fails(ana_alignment_find_hierarchy(&w.alignment, NULL, NULL, &h), ANA_ERR_VALUE,
                "neither distances of regions nor two times");
    check_fails(ana_alignment_find_hierarchy(&w.alignment, endless, NULL, &h), ANA_ERR_VALUE,
                "distance 2 is not finite");
    w.alignment.n_regions = 2;
    w.alignment.n_targets = 2;
    check_fails(ana_alignment_find_hierarchy(&w.alignment, distance_of, NULL, &h), ANA_ERR_VALUE,
                "2 regions");
    make_world(1, at_random, &w);
    w.alignment.model_of = alone;
    w.alignment.n_models = L;
    char *many[L];
    for (size_t m = 0; m < L; m++) {
        many[m] = names_of_models[0];
    }
    w.alignment.models = many;
    check_fails(ana_alignment_find_hierarchy(&w.alignment, distance_of, NULL, &h), ANA_ERR_VALUE,
                "no model has two layers");
    assert_null(h);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    world w;
    ana_alignment_hierarchy *h = NULL;
    ana_record *record = NULL;
    ana_hierarchy_options options = ana_hierarchy_options_default();
    options.n_resamples = 20;
    options.run.n_threads = 1;
    make_world(2, at_random, &w);
    ALLOCATION_TEST(ana_alignment_find_hierarchy, (&w.alignment, distance_of, &options, &h),
                    ana_alignment_hierarchy_free(h));
    check_ok(ana_alignment_find_hierarchy(&w.alignment, distance_of, &options, &h));
    ALLOCATION_TEST(ana_alignment_hierarchy_to_record, (h, &record), ana_record_free(record));
    ana_alignment_hierarchy_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_that_follow_regions_are_found),
        cmocka_unit_test(scores_are_those_of_the_array),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
