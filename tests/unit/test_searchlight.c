#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/rdm_compare.h>
#include <analysis/models/searchlight.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CONDITIONS = 6,
    N_PAIRS = N_CONDITIONS * (N_CONDITIONS - 1) / 2,
    N_FOLDS = 4,
    SIDE = 5,
    N_VOXELS = SIDE * SIDE * SIDE
};

/* Trials of conditions a, b, ... in every fold; the voxels near (1, 2, 3) carry the first model. */
static ana_observations *draw_trials(size_t n_features, const double *positions, double strength)
{
    ana_random random = ana_random_stream(1, "trials", 0);
    ana_observations *rows = NULL;
    size_t lengths[N_FOLDS];
    const double middle[3] = {1.0, 2.0, 3.0};
    check_ok(ana_observations_new((size_t)N_FOLDS * N_CONDITIONS, n_features, &rows));
    rows->n_labels = N_CONDITIONS;
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    rows->label_names = calloc(N_CONDITIONS, sizeof *rows->label_names);
    for (size_t c = 0; c < N_CONDITIONS; c++) {
        const char name[] = {(char)('a' + (char)c), '\0'};
        rows->label_names[c] = strdup(name);
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = (int64_t)(t % N_CONDITIONS);
        lengths[t / N_CONDITIONS] = N_CONDITIONS;
    }
    for (size_t f = 0; f < n_features; f++) {
        double square = 0.0;
        for (size_t k = 0; k < 3; k++) {
            square += pow(positions[3 * f + k] - middle[k], 2.0);
        }
        const double tuning = square <= 1.0 ? strength * ana_random_normal(&random) : 0.0;
        for (size_t t = 0; t < rows->n_times; t++) {
            rows->values[t * n_features + f] =
                ana_random_normal(&random) + tuning * (double)(t % N_CONDITIONS);
        }
    }
    check_ok(ana_observations_set_sequences(rows, N_FOLDS, lengths, NULL));
    return rows;
}

/* Of n models the first says how far conditions are apart in their order; the others are random.
 * The models have one condition more, and stand in another order. */
static ana_rdms *draw_models(size_t n)
{
    ana_random random = ana_random_stream(2, "models", 0);
    ana_rdms *models = NULL;
    check_ok(ana_rdms_new(n, N_CONDITIONS + 1, &models));
    for (size_t c = 0; c <= N_CONDITIONS; c++) {
        models->conditions[c][0] = c == 0 ? 'z' : (char)('a' + (char)(N_CONDITIONS - c));
        models->conditions[c][1] = '\0';
    }
    for (size_t k = 0; k < n * ana_rdm_n_pairs(N_CONDITIONS + 1); k++) {
        models->values[k] = 1.0 + ana_random_uniform(&random);
    }
    for (size_t i = 0; i <= N_CONDITIONS; i++) {
        for (size_t j = i + 1; j <= N_CONDITIONS; j++) {
            models->values[ana_rdm_pair(N_CONDITIONS + 1, i, j)] =
                (double)((j - i) * (j - i)) + 0.01 * (double)i;
        }
    }
    return models;
}

static void voxel_positions(double *positions)
{
    for (size_t v = 0; v < N_VOXELS; v++) {
        positions[3 * v] = (double)(v / SIDE / SIDE);
        positions[3 * v + 1] = (double)(v / SIDE % SIDE);
        positions[3 * v + 2] = (double)(v % SIDE);
    }
}

static void near_sensors_by_hand(void **state)
{
    (void)state;
    const double positions[] = {0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 0.0, 3.0, 0.0, 0.0};
    const size_t within[] = {0, 1, 0, 1, 2, 3, 2, 3};
    const size_t nearest[] = {0, 1, 0, 1, 2, 3, 2, 3};
    const size_t start[] = {0, 2, 4, 6, 8};
    ana_centres *centres = NULL;
    check_ok(ana_centres_near(4, positions, 1.0, 0, &centres));
    assert_memory_equal(centres->start, start, sizeof start);
    assert_memory_equal(centres->features, within, sizeof within);
    check_all_close(12, centres->positions, positions, 0.0, 0.0);
    ana_centres_free(centres);
    check_ok(ana_centres_near(4, positions, 0.0, 2, &centres));
    assert_memory_equal(centres->features, nearest, sizeof nearest);
    ana_centres_free(centres);
    check_ok(ana_centres_near(4, positions, NAN, 9, &centres)); /* all of them */
    assert_int_equal(centres->start[4], 16);
    ana_centres_free(centres);
    check_fails(ana_centres_near(4, positions, NAN, 0, &centres), ANA_ERR_VALUE, "radius");
    check_fails(ana_centres_near(0, positions, 1.0, 0, &centres), ANA_ERR_VALUE, "0 sensors");
    const double lost[] = {0.0, (double)INFINITY, 0.0};
    check_fails(ana_centres_near(1, lost, 1.0, 0, &centres), ANA_ERR_VALUE, "sensor 0");
    ALLOCATION_TEST(ana_centres_near, (4, positions, 1.0, 0, &centres), ana_centres_free(centres));
}

/* Every voxel against every other. */
static void spheres_are_those_of_all_distances(void **state)
{
    (void)state;
    bool mask[4 * 5 * 6];
    ana_random random = ana_random_stream(3, "mask", 0);
    const ana_volume volume = {{4, 5, 6}, {2.0, 3.0, 2.5}, mask};
    for (size_t v = 0; v < 120; v++) {
        mask[v] = ana_random_uniform(&random) < 0.7;
    }
    for (size_t trial = 0; trial < 4; trial++) {
        const double radius = 3.0 * (double)trial;
        const double share = 0.1 * (double)trial;
        ana_centres *centres = NULL;
        size_t n = 0;
        size_t n_sphere = 0;
        check_ok(ana_centres_volume(&volume, radius, share, &centres));
        for (int x = -9; x <= 9; x++) {
            for (int y = -9; y <= 9; y++) {
                for (int z = -9; z <= 9; z++) {
                    n_sphere += 4.0 * x * x + 9.0 * y * y + 6.25 * z * z <= radius * radius ? 1 : 0;
                }
            }
        }
        for (size_t v = 0; v < 120; v++) {
            size_t within[120];
            size_t n_within = 0;
            for (size_t w = 0; w < 120 && mask[v]; w++) {
                const double x = 2.0 * ((double)(v / 30) - (double)(w / 30));
                const double y = 3.0 * ((double)(v / 6 % 5) - (double)(w / 6 % 5));
                const double z = 2.5 * ((double)(v % 6) - (double)(w % 6));
                if (mask[w] && x * x + y * y + z * z <= radius * radius) {
                    within[n_within++] = w;
                }
            }
            if (!mask[v] || (double)n_within < share * (double)n_sphere) {
                continue;
            }
            assert_int_equal(centres->centre[n], v);
            assert_int_equal(centres->start[n + 1] - centres->start[n], n_within);
            assert_memory_equal(centres->features + centres->start[n], within,
                                n_within * sizeof *within);
            check_close(centres->positions[3 * n + 2], 2.5 * (double)(v % 6), 0.0, 0.0);
            n++;
        }
        assert_int_equal(centres->n, n);
        ana_centres_free(centres);
    }
}

static void volumes_that_are_none_are_refused(void **state)
{
    (void)state;
    ana_volume volume = {{2, 2, 2}, {1.0, 1.0, 1.0}, NULL};
    ana_centres *centres = NULL;
    bool nothing[8] = {false};
    check_fails(ana_centres_volume(&volume, -1.0, 0.5, &centres), ANA_ERR_VALUE, "radius");
    check_fails(ana_centres_volume(&volume, 1.0, 1.5, &centres), ANA_ERR_VALUE, "share");
    check_fails(ana_centres_volume(&volume, 1.0, 1.0, &centres), ANA_ERR_VALUE, "no voxel");
    volume.mask = nothing;
    check_fails(ana_centres_volume(&volume, 1.0, 0.0, &centres), ANA_ERR_VALUE, "no voxel");
    volume.size[1] = 0.0;
    check_fails(ana_centres_volume(&volume, 1.0, 0.5, &centres), ANA_ERR_VALUE, "voxels of 0");
    volume.shape[0] = (size_t)-1;
    check_fails(ana_centres_volume(&volume, 1.0, 0.5, &centres), ANA_ERR_VALUE, "a volume of");
    volume = (ana_volume){{2, 2, 2}, {1.0, 1.0, 1.0}, NULL};
    ALLOCATION_TEST(ana_centres_volume, (&volume, 1.0, 0.5, &centres), ana_centres_free(centres));
}

static void steps_along_a_path_and_windows_by_hand(void **state)
{
    (void)state;
    const size_t from[] = {1, 1, 2, 2};
    const size_t to[] = {0, 2, 3, 2};
    const size_t two[] = {0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 4};
    const size_t windows[] = {0, 1, 2, 3, 2, 3, 4, 5};
    ana_centres *graph = NULL;
    ana_centres *times = NULL;
    check_ok(ana_centres_graph(5, 4, from, to, 2, &graph));
    assert_int_equal(graph->start[5], 15);
    assert_memory_equal(graph->features, two, sizeof two);
    ana_centres_free(graph);
    check_fails(ana_centres_graph(3, 4, from, to, 2, &graph), ANA_ERR_VALUE,
                "edge 2 joins 2 and 3");
    check_fails(ana_centres_graph(0, 0, from, to, 2, &graph), ANA_ERR_VALUE, "without nodes");
    ALLOCATION_TEST(ana_centres_graph, (5, 4, from, to, 1, &graph), ana_centres_free(graph));
    check_ok(ana_centres_times(3, 2, 2, &times));
    assert_int_equal(times->n, 2);
    assert_memory_equal(times->features, windows, sizeof windows);
    check_close(times->positions[3], 1.5, 0.0, 0.0);
    ana_centres_free(times);
    check_fails(ana_centres_times(3, 2, 4, &times), ANA_ERR_VALUE, "windows of 4 of 3");
    check_fails(ana_centres_times(3, 2, 0, &times), ANA_ERR_VALUE, "windows of 0");
    ALLOCATION_TEST(ana_centres_times, (3, 2, 2, &times), ana_centres_free(times));
    /* Node 4 has no neighbours: in the second window of two bins, features 9 and 14. */
    check_ok(ana_centres_graph(5, 4, from, to, 1, &graph));
    check_ok(ana_centres_by_times(graph, 3, 2, &times));
    assert_int_equal(times->n, 10);
    assert_int_equal(times->n_features, 15);
    assert_int_equal(times->start[10] - times->start[9], 2);
    assert_int_equal(times->features[times->start[9]], 9);
    assert_int_equal(times->features[times->start[9] + 1], 14);
    assert_int_equal(times->centre[9], 4);
    ana_centres_free(times);
    ALLOCATION_TEST(ana_centres_by_times, (graph, 3, 2, &times), ana_centres_free(times));
    ana_centres_free(graph);
}

typedef struct told {
    size_t n;
    double *matrices;
} told;

static ana_status keep_matrix(void *user, size_t centre, size_t n_pairs, const double *rdm)
{
    told *all = user;
    assert_int_equal(centre, all->n);
    assert_int_equal(n_pairs, N_PAIRS);
    memcpy(all->matrices + all->n++ * N_PAIRS, rdm, N_PAIRS * sizeof *rdm);
    return ANA_OK;
}

static ana_centres *spheres(void)
{
    const ana_volume volume = {{SIDE, SIDE, SIDE}, {1.0, 1.0, 1.0}, NULL};
    ana_centres *centres = NULL;
    check_ok(ana_centres_volume(&volume, 1.0, 0.0, &centres));
    return centres;
}

/* The same by taking the channels, making a matrix, and comparing it. */
static double compared(const ana_observations *rows, const ana_centres *centres, size_t c,
                       const ana_rdms *models, size_t model, const ana_searchlight_options *options)
{
    ana_observations *taken = NULL;
    ana_noise *noise = NULL;
    ana_rdms *both[2] = {NULL, NULL};
    ana_rdms *joined = NULL;
    ana_rdm_compare_options comparing = ana_rdm_compare_options_default();
    double value = 0.0;
    comparing.similarity = (ana_rdm_similarity)options->similarity;
    check_ok(ana_observations_take(rows, centres->start[c + 1] - centres->start[c],
                                   centres->features + centres->start[c], &taken));
    if (options->whiten) {
        check_ok(ana_noise_of_observations(taken, &options->noise, &noise));
    }
    check_ok(ana_rdm_compute(taken, noise, &options->rdm, "one", &both[0]));
    both[1] = (ana_rdms *)(uintptr_t)models;
    check_ok(ana_rdms_join(2, both, &joined));
    ana_rdms first = *joined;
    ana_rdms second = *joined;
    first.n_rdms = second.n_rdms = 1;
    second.values += (1 + model) * N_PAIRS;
    check_ok(ana_rdm_compare(&first, &second, NULL, &comparing, &value));
    ana_rdms_free(joined);
    ana_rdms_free(both[0]);
    ana_noise_free(noise);
    ana_observations_free(taken);
    return value;
}

static void every_centre_is_a_matrix_compared(void **state)
{
    (void)state;
    double positions[3 * N_VOXELS];
    voxel_positions(positions);
    ana_observations *rows = draw_trials(N_VOXELS, positions, 1.0);
    ana_rdms *models = draw_models(2);
    ana_centres *centres = spheres();
    const size_t halves[] = {(size_t)2 * N_CONDITIONS, (size_t)2 * N_CONDITIONS};
    check_ok(ana_observations_set_sequences(rows, 2, halves, NULL)); /* two trials of each */
    rows->labels[5] = -1;
    told all = {0, calloc(N_VOXELS * N_PAIRS, sizeof(double))};
    for (int similarity = 0; similarity < 4; similarity++) {
        ana_searchlight_options options = ana_searchlight_options_default();
        ana_searchlight *map = NULL;
        options.similarity = (ana_searchlight_similarity)similarity;
        options.n_permutations = 0;
        options.whiten = similarity == 3;
        options.rdm.method = similarity > 1 ? ANA_RDM_CROSSNOBIS : ANA_RDM_EUCLIDEAN;
        all.n = 0;
        check_ok(ana_searchlight_compute(rows, centres, models, &options, keep_matrix, &all, &map));
        assert_int_equal(all.n, N_VOXELS);
        assert_null(map->p);
        for (size_t c = 0; c < N_VOXELS; c += 7) {
            for (size_t m = 0; m < 2; m++) {
                check_close(map->values[m * N_VOXELS + c],
                            compared(rows, centres, c, models, m, &options), 1e-12, 0.0);
            }
            assert_int_equal(map->n_features[c], centres->start[c + 1] - centres->start[c]);
        }
        ana_searchlight_free(map);
    }
    free(all.matrices);
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

static void what_is_planted_is_found_and_nothing_else(void **state)
{
    (void)state;
    double positions[3 * N_VOXELS];
    voxel_positions(positions);
    ana_observations *rows = draw_trials(N_VOXELS, positions, 1.5);
    ana_rdms *models = draw_models(2);
    ana_centres *centres = spheres();
    ana_searchlight_options options = ana_searchlight_options_default();
    ana_searchlight *map = NULL;
    size_t best = 0;
    size_t n_far = 0;
    options.rdm.method = ANA_RDM_CROSSNOBIS;
    options.similarity = ANA_SEARCHLIGHT_PEARSON;
    options.n_permutations = 199;
    check_ok(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map));
    for (size_t c = 0; c < N_VOXELS; c++) {
        best = map->values[c] > map->values[best] ? c : best;
        assert_true(map->p_max[c] >= map->p[c]);
        /* Above the threshold is what p_max calls so. */
        assert_int_equal(map->p_max[c] <= 0.05, map->values[c] > map->thresholds[0] + 1e-12);
        const double apart = fabs(positions[3 * c] - 1.0) + fabs(positions[3 * c + 1] - 2.0) +
                             fabs(positions[3 * c + 2] - 3.0);
        n_far += apart > 3.0 && map->p_max[c] <= 0.05 ? 1 : 0;
    }
    const double apart = fabs(positions[3 * best] - 1.0) + fabs(positions[3 * best + 1] - 2.0) +
                         fabs(positions[3 * best + 2] - 3.0);
    assert_true(apart <= 1.0);
    assert_true(map->p_max[best] <= 0.05);
    assert_int_equal(n_far, 0);
    ana_searchlight_free(map);
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

/* p by walking through all permutations with matrices in hand. */
static void p_values_are_those_of_models_rearranged(void **state)
{
    (void)state;
    enum {
        N_SENSORS = 5,
        N_NULL = 39
    };
    double positions[3 * N_SENSORS] = {0.0};
    for (size_t s = 0; s < N_SENSORS; s++) {
        positions[3 * s] = (double)s;
    }
    ana_observations *rows = draw_trials(N_SENSORS, positions, 0.0);
    ana_rdms *models = draw_models(2);
    ana_rdms *pair[2] = {NULL, models};
    ana_rdms *joined = NULL;
    ana_centres *centres = NULL;
    told all = {0, calloc(N_SENSORS * N_PAIRS, sizeof(double))};
    ana_searchlight_options options = ana_searchlight_options_default();
    ana_searchlight *map = NULL;
    double null[N_NULL][2][N_SENSORS];
    options.rdm.method = ANA_RDM_EUCLIDEAN;
    options.similarity = ANA_SEARCHLIGHT_COSINE;
    options.n_permutations = N_NULL;
    options.run.seed = 5;
    check_ok(ana_centres_near(N_SENSORS, positions, 1.0, 0, &centres));
    check_ok(ana_searchlight_compute(rows, centres, models, &options, keep_matrix, &all, &map));
    check_ok(ana_rdm_compute(rows, NULL, &options.rdm, "one", &pair[0]));
    check_ok(ana_rdms_join(2, pair, &joined)); /* the models in the order of the conditions */
    for (size_t k = 0; k < N_NULL; k++) {
        size_t order[N_CONDITIONS];
        ana_random random = ana_random_stream(5, "searchlight.permutation", k);
        ana_random_permutation(&random, N_CONDITIONS, order);
        for (size_t m = 0; m < 2; m++) {
            for (size_t c = 0; c < N_SENSORS; c++) {
                double sums[3] = {0.0};
                for (size_t i = 0; i < N_CONDITIONS; i++) {
                    for (size_t j = i + 1; j < N_CONDITIONS; j++) {
                        const size_t a = order[i] < order[j] ? order[i] : order[j];
                        const size_t b = order[i] < order[j] ? order[j] : order[i];
                        const double x =
                            all.matrices[c * N_PAIRS + ana_rdm_pair(N_CONDITIONS, i, j)];
                        const double y =
                            joined->values[(1 + m) * N_PAIRS + ana_rdm_pair(N_CONDITIONS, a, b)];
                        sums[0] += x * y;
                        sums[1] += x * x;
                        sums[2] += y * y;
                    }
                }
                null[k][m][c] = sums[0] / sqrt(sums[1] * sums[2]);
            }
        }
    }
    for (size_t at = 0; at < 2 * N_SENSORS; at++) {
        double above = 1.0;
        double above_max = 1.0;
        for (size_t k = 0; k < N_NULL; k++) {
            double most = -1.0;
            for (size_t c = 0; c < N_SENSORS; c++) {
                most = fmax(most, null[k][at / N_SENSORS][c]);
            }
            above += null[k][at / N_SENSORS][at % N_SENSORS] >= map->values[at] - 1e-11 ? 1.0 : 0.0;
            above_max += most >= map->values[at] - 1e-11 ? 1.0 : 0.0;
        }
        check_close(map->p[at], above / 40.0, 1e-15, 0.0);
        check_close(map->p_max[at], above_max / 40.0, 1e-15, 0.0);
    }
    ana_searchlight_free(map);
    ana_rdms_free(joined);
    ana_rdms_free(pair[0]);
    free(all.matrices);
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

static void neither_threads_nor_memory_matter(void **state)
{
    (void)state;
    double positions[3 * N_VOXELS];
    voxel_positions(positions);
    ana_observations *rows = draw_trials(N_VOXELS, positions, 1.0);
    ana_rdms *models = draw_models(2);
    ana_centres *centres = spheres();
    ana_searchlight *maps[3];
    for (size_t k = 0; k < 3; k++) {
        ana_searchlight_options options = ana_searchlight_options_default();
        options.n_permutations = 50;
        options.run.n_threads = k == 0 ? 1 : 2;
        options.run.max_memory = k == 2 ? 100000 : 0; /* two permutations at a time */
        check_ok(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &maps[k]));
    }
    for (size_t k = 1; k < 3; k++) {
        check_same_bits(2 * N_VOXELS, maps[k]->values, maps[0]->values);
        check_same_bits(2 * N_VOXELS, maps[k]->p, maps[0]->p);
        check_same_bits(2 * N_VOXELS, maps[k]->p_max, maps[0]->p_max);
        check_same_bits(2, maps[k]->thresholds, maps[0]->thresholds);
    }
    for (size_t k = 0; k < 3; k++) {
        ana_searchlight_free(maps[k]);
    }
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

static void channels_that_say_nothing_are_left_out_and_counted(void **state)
{
    (void)state;
    const double positions[] = {0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 5.5, 0.0, 0.0, 9.0, 0.0, 0.0};
    ana_observations *rows = draw_trials(4, positions, 0.0);
    ana_rdms *models = draw_models(1);
    ana_centres *centres = NULL;
    ana_searchlight_options options = ana_searchlight_options_default();
    ana_searchlight *map = NULL;
    options.rdm.method = ANA_RDM_CROSSNOBIS;
    options.whiten = true;
    options.n_permutations = 9;
    check_ok(ana_centres_near(4, positions, 1.0, 0, &centres));
    rows->values[8] = (double)NAN; /* channel 0 of row 2 */
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->values[t * 4 + 2] = 3.0;
    }
    check_ok(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map));
    assert_int_equal(map->n_features_left_out, 2);
    assert_int_equal(map->n_without, 1);
    assert_int_equal(map->n_features[0], 0);
    assert_int_equal(map->n_features[1], 1);
    assert_true(isnan(map->values[0]) && isnan(map->p[0]) && isnan(map->p_max[0]));
    assert_true(isfinite(map->values[1]) && map->values[1] == map->values[2]);
    ana_searchlight_free(map);
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

static ana_status refuse_third(void *user, size_t centre, size_t n_pairs, const double *rdm)
{
    (void)user;
    (void)n_pairs;
    (void)rdm;
    return centre < 2 ? ANA_OK : ana_fail(ANA_ERR_CANCELLED, "no more");
}

static void what_cannot_be_searched_is_refused(void **state)
{
    (void)state;
    const double positions[] = {0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 6.0, 0.0, 0.0};
    ana_observations *rows = draw_trials(3, positions, 0.0);
    ana_rdms *models = draw_models(1);
    ana_centres *centres = NULL;
    ana_searchlight_options options = ana_searchlight_options_default();
    ana_searchlight *map = NULL;
    options.rdm.method = ANA_RDM_EUCLIDEAN;
    check_ok(ana_centres_near(3, positions, 1.0, 0, &centres));
    check_fails(ana_searchlight_compute(rows, centres, models, &options, refuse_third, NULL, &map),
                ANA_ERR_CANCELLED, "no more");
    options.whiten = true;
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "noise");
    options.whiten = false;
    rows->values[7] = INFINITY;
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "row 2 is infinite in channel 1");
    for (size_t i = 0; i < rows->n_times * 3; i++) {
        rows->values[i] = 2.0;
    }
    options.similarity = ANA_SEARCHLIGHT_PEARSON;
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "none of 3 centres tells");
    models->conditions[2][0] = 'q';
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "condition e of the responses is in no model");
    models->conditions[2][0] = 'e';
    models->values[ana_rdm_pair(N_CONDITIONS + 1, 1, 2)] = (double)NAN;
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "lacks dissimilarities");
    for (size_t k = 0; k < ana_rdm_n_pairs(N_CONDITIONS + 1); k++) {
        models->values[k] = 2.0;
    }
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "same of all pairs");
    centres->n_features = 4;
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "centres of 4 channels");
    centres->n_features = 3;
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = rows->labels[t] > 1 ? -1 : rows->labels[t];
    }
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "2 conditions");
    free(rows->labels);
    rows->labels = NULL;
    check_fails(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map),
                ANA_ERR_VALUE, "without labels");
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

static void records_of_volumes_sensors_and_times_hold_their_figures(void **state)
{
    (void)state;
    double positions[3 * N_VOXELS];
    voxel_positions(positions);
    ana_observations *rows = draw_trials(N_VOXELS, positions, 1.0);
    ana_rdms *models = draw_models(2);
    const ana_volume volume = {{SIDE, SIDE, SIDE}, {1.0, 1.0, 1.0}, NULL};
    char *names[] = {(char *)(uintptr_t) "A", (char *)(uintptr_t) "B", (char *)(uintptr_t) "C",
                     (char *)(uintptr_t) "D", (char *)(uintptr_t) "E"};
    const double times[] = {0.5, 1.5, 2.5};
    const ana_searchlight_view views[] = {
        {.volume = &volume},
        {.names = names, .n_windows = 3, .times = times, .time_unit = "s", .flat = true}};
    static const char *const wanted[] = {"volume", "sensors_0/values"};
    for (size_t k = 0; k < 2; k++) {
        ana_centres *centres = NULL;
        ana_centres *sensors = NULL;
        ana_searchlight_options options = ana_searchlight_options_default();
        ana_searchlight *map = NULL;
        ana_record *record = NULL;
        options.n_permutations = 9;
        if (k == 0) {
            centres = spheres();
        } else { /* 5 sensors, 25 bins of which windows of 23 */
            check_ok(ana_centres_near(5, positions, 1.0, 0, &sensors));
            check_ok(ana_centres_by_times(sensors, 25, 23, &centres));
        }
        check_ok(ana_searchlight_compute(rows, centres, models, &options, NULL, NULL, &map));
        check_ok(ana_searchlight_to_record(map, &views[k], &record));
        check_ok(ana_record_check(record));
        assert_non_null(ana_record_find(record, wanted[k]));
        assert_non_null(ana_record_find(record, "best/p_max"));
        assert_int_equal(ana_record_find(record, "curves/y") != NULL, k);
        ana_record_free(record);
        if (k == 1) {
            ALLOCATION_TEST(ana_searchlight_to_record, (map, &views[k], &record),
                            ana_record_free(record));
        }
        ana_searchlight_free(map);
        ana_centres_free(sensors);
        ana_centres_free(centres);
    }
    ana_rdms_free(models);
    ana_observations_free(rows);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    const double positions[] = {0.0, 0.0, 0.0, 5.0, 0.0, 0.0};
    ana_observations *rows = draw_trials(2, positions, 0.0);
    ana_rdms *models = draw_models(1);
    ana_centres *centres = NULL;
    ana_searchlight_options options = ana_searchlight_options_default();
    ana_searchlight *map = NULL;
    options.rdm.method = ANA_RDM_CROSSNOBIS;
    options.whiten = true;
    options.n_permutations = 3;
    options.run.n_threads = 1;
    options.similarity = ANA_SEARCHLIGHT_COSINE;
    check_ok(ana_centres_near(2, positions, 1.0, 0, &centres));
    ALLOCATION_TEST(ana_searchlight_compute, (rows, centres, models, &options, NULL, NULL, &map),
                    ana_searchlight_free(map));
    ana_centres_free(centres);
    ana_rdms_free(models);
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_sensors_by_hand),
        cmocka_unit_test(spheres_are_those_of_all_distances),
        cmocka_unit_test(volumes_that_are_none_are_refused),
        cmocka_unit_test(steps_along_a_path_and_windows_by_hand),
        cmocka_unit_test(every_centre_is_a_matrix_compared),
        cmocka_unit_test(what_is_planted_is_found_and_nothing_else),
        cmocka_unit_test(p_values_are_those_of_models_rearranged),
        cmocka_unit_test(neither_threads_nor_memory_matter),
        cmocka_unit_test(channels_that_say_nothing_are_left_out_and_counted),
        cmocka_unit_test(what_cannot_be_searched_is_refused),
        cmocka_unit_test(records_of_volumes_sensors_and_times_hold_their_figures),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
