/* shape.h5: distances of shape and matched units, by netrep and other peers. */
#include "alignment.h"
#include "lasso.h"
#include "shape_clouds.h"
#include "shape_parts.h"
#include "support/check.h"
#include "unit_parts.h"

#include <analysis/agreement.h>
#include <analysis/linalg.h>
#include <analysis/models/unit_clusters.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_responses *read_system(const h5_reference *file, const char *path)
{
    h5_doubles values = h5_reference_doubles(file, path);
    ana_responses *system = NULL;
    check_ok(ana_responses_new(path, values.shape[0], values.shape[1], &system));
    memcpy(system->values, values.values, values.n * sizeof(double));
    h5_doubles_free(&values);
    return system;
}

static double distance_of(ana_responses *x, ana_responses *y, const ana_shape_options *options)
{
    ana_responses *both[2] = {x, y};
    const ana_responses_set set = {2, both};
    ana_shapes *shapes = NULL;
    check_ok(ana_shapes_compute(&set, options, &shapes));
    const double distance = shapes->distance[1];
    ana_shapes_free(shapes);
    return distance;
}

static const struct {
    const char *name;
    ana_shape_distance distance;
} kinds[] = {{"angular", ANA_SHAPE_ANGULAR}, {"euclidean", ANA_SHAPE_EUCLIDEAN}};

static const struct {
    const char *name;
    double whitening;
} shares[] = {{"0.0", 1.0}, {"0.3", 0.7}, {"1.0", 0.0}};

/* Eigenvalues of a centred (or not) system's inner products of units. */
static void spread(const ana_responses *system, bool centre, double *values)
{
    const size_t n = system->n_stimuli;
    const size_t p = system->n_units;
    double *x = calloc(n * p + p * p, sizeof *x);
    for (size_t i = 0; i < n * p; i++) {
        double mean = 0.0;
        for (size_t t = 0; t < n && centre; t++) {
            mean += system->values[t * p + i % p] / (double)n;
        }
        x[i] = system->values[i] - mean;
    }
    check_ok(ana_linalg_gram(n, p, x, x + n * p));
    check_ok(ana_linalg_eigen_symmetric(p, x + n * p, values, NULL));
    free(x);
}

/* netrep whitens y after it is padded with units that are 0, and counts each of those as if it had
 * a variance of 1e-7 when it brings the variance back: whitened, they would weigh as much as any,
 * and all of y shrinks. The angle does not notice; this is the distance with y so short. */
static double as_padded(const ana_responses *x, const ana_responses *y,
                        const ana_shape_options *options, double angle)
{
    const double tolerance = 1e-7;
    double lengths[2] = {0.0, 0.0};
    double whitened = 0.0;
    double values[8];
    spread(x, options->centre, values);
    for (size_t k = 0; k < x->n_units; k++) {
        lengths[0] += values[k];
    }
    spread(y, options->centre, values);
    for (size_t k = 0; k < x->n_units; k++) {
        const double value = k < y->n_units ? values[k] : tolerance;
        const double d = 1.0 - options->whitening + options->whitening / sqrt(value);
        lengths[1] += value;
        whitened += d * d * value;
    }
    double own = whitened;
    for (size_t k = y->n_units; k < x->n_units; k++) {
        const double d = 1.0 - options->whitening + options->whitening / sqrt(tolerance);
        own -= d * d * tolerance;
    }
    lengths[1] *= own / whitened;
    return sqrt(lengths[0] + lengths[1] - 2.0 * cos(angle) * sqrt(lengths[0] * lengths[1]));
}

/* Both systems' training and test stimuli, one after another, in one split. */
static double held_out(const h5_reference *file, const ana_shape_options *options)
{
    enum {
        N_TRAIN = 40,
        N_TEST = 20
    };
    static const char *const names[2][2] = {{"in/X", "in/Xt"}, {"in/Y", "in/Yt"}};
    size_t rows[N_TRAIN + N_TEST];
    ana_workspace workspace = {0};
    ana_shape_form forms[2];
    double lengths[2] = {0.0, 0.0};
    double apart = 0.0;
    for (size_t i = 0; i < N_TRAIN + N_TEST; i++) {
        rows[i] = i;
    }
    const ana_shape_split split = {N_TRAIN, rows, N_TEST, rows + N_TRAIN};
    for (size_t s = 0; s < 2; s++) {
        h5_doubles train = h5_reference_doubles(file, names[s][0]);
        h5_doubles test = h5_reference_doubles(file, names[s][1]);
        double *values = calloc(train.n + test.n, sizeof *values);
        memcpy(values, train.values, train.n * sizeof *values);
        memcpy(values + train.n, test.values, test.n * sizeof *values);
        const ana_measured_units units = {
            .n_stimuli = N_TRAIN + N_TEST, .n = train.shape[1], .values = values};
        check_ok(ana_shape_form_fit(&units, options, &split, &workspace, &forms[s]));
        for (size_t i = 0; i < N_TEST * forms[s].d; i++) {
            lengths[s] += forms[s].test[i] * forms[s].test[i];
        }
        free(values);
        h5_doubles_free(&train);
        h5_doubles_free(&test);
    }
    check_ok(ana_shape_fit_pair(&forms[0], &forms[1], options->alignment, NULL, &apart, NULL));
    ana_workspace_release(&workspace);
    return ana_shape_distance_of(options->distance, apart, lengths[0], lengths[1]);
}

static void compare_linear(const h5_reference *file, tally *counts)
{
    ana_responses *x = read_system(file, "in/X");
    ana_responses *y = read_system(file, "in/Y");
    ana_responses *narrow = read_system(file, "in/Y3");
    for (size_t k = 0; k < 12; k++) {
        ana_shape_options options = ana_shape_options_default();
        char path[96];
        const size_t centred = k / 2 % 2;
        options.distance = kinds[k % 2].distance;
        options.centre = centred == 1;
        options.whitening = shares[k / 4].whitening;
        snprintf(path, sizeof path, "out/linear/a%s_%s_c%zu", shares[k / 4].name, kinds[k % 2].name,
                 centred);
        double found = distance_of(x, y, &options);
        compare_output(file, path, 1, &found, counts);
        snprintf(path, sizeof path, "out/linear/a%s_%s_c%zu_test", shares[k / 4].name,
                 kinds[k % 2].name, centred);
        found = held_out(file, &options);
        compare_output(file, path, 1, &found, counts);
        snprintf(path, sizeof path, "out/linear/a%s_%s_c%zu_pad", shares[k / 4].name,
                 kinds[k % 2].name, centred);
        if (h5_reference_has(file, path)) {
            found = distance_of(x, narrow, &options);
            if (options.distance == ANA_SHAPE_EUCLIDEAN && options.whitening > 0.0) {
                options.distance = ANA_SHAPE_ANGULAR;
                const double peer =
                    as_padded(x, narrow, &options, distance_of(x, narrow, &options));
                tally_that(counts, peer < found - 0.02, "%s: %.17g of the peer, ours %.17g", path,
                           peer, found);
                found = peer;
            }
            compare_output(file, path, 1, &found, counts);
        }
    }
    ana_responses_free(x);
    ana_responses_free(y);
    ana_responses_free(narrow);
}

static void compare_permutation(const h5_reference *file, tally *counts)
{
    ana_responses *x = read_system(file, "in/X");
    for (size_t k = 0; k < 4; k++) {
        ana_responses *y = read_system(file, k < 2 ? "in/Y" : "in/Y3");
        ana_shape_options options = ana_shape_options_default();
        char path[96];
        options.alignment = ANA_SHAPE_PERMUTATION;
        options.distance = kinds[k % 2].distance;
        snprintf(path, sizeof path, "out/perm/%s%s", kinds[k % 2].name, k < 2 ? "" : "_pad");
        const double found = distance_of(x, y, &options);
        compare_output(file, path, 1, &found, counts);
        ana_responses_free(y);
    }
    ana_responses_free(x);
}

/* The peer's Gaussians are given by moments, and not centred. */
static void compare_gaussian(const h5_reference *file, tally *counts)
{
    enum {
        STIMULI = 10,
        UNITS = 4
    };
    static const char *const paths[2][2] = {{"gauss/in/mX", "gauss/in/cX"},
                                            {"gauss/in/mY", "gauss/in/cY"}};
    ana_shape_cloud clouds[2];
    double roots[2][STIMULI * UNITS * UNITS];
    double common[2][UNITS * UNITS];
    double values[UNITS];
    h5_doubles means[2];
    for (size_t s = 0; s < 2; s++) {
        h5_doubles covariance = h5_reference_doubles(file, paths[s][1]);
        double all[UNITS * UNITS] = {0.0};
        double spread = 0.0;
        means[s] = h5_reference_doubles(file, paths[s][0]);
        for (size_t i = 0; i < STIMULI; i++) {
            const double *own = covariance.values + i * UNITS * UNITS;
            check_ok(ana_linalg_sqrtm_spd(UNITS, own, roots[s] + i * UNITS * UNITS));
            for (size_t k = 0; k < UNITS * UNITS; k++) {
                all[k] += own[k] / STIMULI;
                spread += k / UNITS == k % UNITS ? own[k] / STIMULI : 0.0;
            }
        }
        check_ok(ana_linalg_eigen_symmetric(UNITS, all, values, common[s]));
        clouds[s] = (ana_shape_cloud){.n = STIMULI,
                                      .d = UNITS,
                                      .means = means[s].values,
                                      .roots = roots[s],
                                      .spread = spread,
                                      .common = common[s]};
        h5_doubles_free(&covariance);
    }
    for (size_t k = 0; k < 6; k++) {
        ana_shape_trials_options options = ana_shape_trials_options_default();
        char path[64];
        double square = 0.0;
        double from_means = 0.0;
        options.mean_weight = (double)(k / 2);
        options.alignment = k % 2 == 0 ? ANA_SHAPE_UNALIGNED : ANA_SHAPE_ORTHOGONAL;
        snprintf(path, sizeof path, "gauss/out/a%zu.0_%s", k / 2, k % 2 == 0 ? "identity" : "orth");
        check_ok(ana_shape_align_clouds(&clouds[0], &clouds[1], &options, 0, &square));
        /* The peer begins at the means alone. Of covariances alone that is as good a place as any,
         * and it ends in a local minimum. */
        options.n_starts = 1;
        check_ok(ana_shape_align_clouds(&clouds[0], &clouds[1], &options, 0, &from_means));
        const double distance = sqrt(from_means);
        compare_output(file, path, 1, &distance, counts);
        tally_that(counts, k == 1 ? square < 0.99 * from_means : square > 0.9999 * from_means,
                   "%s: %.17g from the means, %.17g from all starts", path, from_means, square);
    }
    h5_doubles_free(&means[0]);
    h5_doubles_free(&means[1]);
}

/* Matches of all stimuli: without folds and tests. */
static ana_unit_match *match_by(const ana_responses *a, const ana_responses *b,
                                ana_unit_method method)
{
    ana_unit_match_options options = ana_unit_match_options_default();
    ana_unit_match *match = NULL;
    options.method = method;
    options.n_folds = 0;
    options.n_permutations = 0;
    check_ok(ana_unit_match_compute(a, b, &options, &match));
    return match;
}

static void compare_matching(const h5_reference *file, tally *counts)
{
    ana_responses *a = read_system(file, "match/in/A");
    ana_responses *b = read_system(file, "match/in/B");
    ana_unit_match *match = match_by(a, b, ANA_UNITS_ONE_TO_ONE);
    double rows[7];
    double columns[7];
    for (size_t k = 0; k < 7; k++) {
        rows[k] = (double)match->pairs[k].a;
        columns[k] = (double)match->pairs[k].b;
    }
    compare_output(file, "match/out/corr", 70, match->correlation, counts);
    compare_output(file, "match/out/hungarian_rows", match->n_pairs, rows, counts);
    compare_output(file, "match/out/hungarian_cols", match->n_pairs, columns, counts);
    compare_output(file, "match/out/hungarian_mean", 1, &match->mean, counts);
    ana_unit_match_free(match);
    match = match_by(a, b, ANA_UNITS_SEMI);
    const double both[] = {match->mean, match->mean_back};
    compare_output(file, "match/out/semi_max", 2, both, counts);
    ana_unit_match_free(match);
    match = match_by(a, b, ANA_UNITS_SOFT);
    compare_output(file, "match/out/soft_corr_score", 1, &match->mean, counts);
    compare_output(file, "match/out/soft_dist", 1, &match->distance, counts);
    ana_unit_match_free(match);
    ana_responses_free(a);
    ana_responses_free(b);
}

/* Coefficients of z-scored units at one penalty. */
static void compare_lasso(const h5_reference *file, tally *counts)
{
    ana_responses *a = read_system(file, "match/in/A");
    ana_responses *b = read_system(file, "match/in/B");
    const size_t p = a->n_units;
    const size_t q = b->n_units;
    const double n = (double)a->n_stimuli;
    double *room = calloc(p * p + 2 * p * q, sizeof *room);
    double *products = room + p * p;
    double *beta = products + p * q;
    ana_units_to_directions(a->n_stimuli, p, a->values); /* z-scores over the root of n */
    ana_units_to_directions(b->n_stimuli, q, b->values);
    check_ok(ana_linalg_gram(a->n_stimuli, p, a->values, room));
    check_ok(ana_units_multiply(a->n_stimuli, q, p, b->values, a->values, products));
    for (size_t j = 0; j < q; j++) {
        tally_that(counts, ana_lasso_descend(p, room, 0.05, 1e-13, beta + j * p, products + j * p),
                   "lasso: no end after %g stimuli", n);
    }
    compare_output(file, "match/out/lasso_coef_l0.05", p * q, beta, counts);
    free(room);
    ana_responses_free(a);
    ana_responses_free(b);
}

/* The peer's labels are held by their agreement, at least 0.8. */
static void compare_clusters(const h5_reference *file, tally *counts)
{
    ana_responses *systems[] = {read_system(file, "match/in/A"), read_system(file, "match/in/B")};
    const ana_responses_set set = {2, systems};
    ana_unit_clusters_options options = ana_unit_clusters_options_default();
    ana_unit_clusters *clusters = NULL;
    h5_ints labels = h5_reference_ints(file, "match/out/spectral_labels_k3");
    size_t theirs[17];
    ana_agreement agreement;
    options.n_clusters = 3;
    check_ok(ana_unit_clusters_find(&set, &options, &clusters));
    compare_output(file, "match/out/spectral_eigvals", clusters->n, clusters->eigenvalues, counts);
    for (size_t i = 0; i < 17; i++) {
        theirs[i] = (size_t)labels.values[i];
    }
    check_ok(ana_agreement_compare(17, clusters->cluster, theirs, &agreement));
    counts->n_cases++;
    tally_that(counts, agreement.adjusted_rand >= 0.8, "spectral_labels_k3: agreement %g",
               agreement.adjusted_rand);
    ana_unit_clusters_free(clusters);
    h5_ints_free(&labels);
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

void compare_shape(const h5_reference *file, tally *counts)
{
    compare_linear(file, counts);
    compare_permutation(file, counts);
    compare_gaussian(file, counts);
    compare_matching(file, counts);
    compare_lasso(file, counts);
    compare_clusters(file, counts);
}
