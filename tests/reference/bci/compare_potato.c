/* The Riemannian potato as pyRiemann has it, before and after an update by matrices 10 and 11; and
 * its k-means. */
#include "bci.h"
#include "support/check.h"

#include <analysis/models/riemannian_potato.h>
#include <analysis/models/spd_clustering.h>

#include <math.h>
#include <string.h>

enum {
    N = 8,
    SIZE = N * N,
    MANY = 36
};

/* The values of pyRiemann's partial_fit are had by `compat`. By the definition, the two matrices
 * are as far from the centre as they are: the mean of them is nearer, so that the peer's potato
 * ends smaller and gives the same matrices larger z. */
static void compare_update(const h5_reference *file, const ana_spd_set *set, tally *counts)
{
    ana_potato *potato = NULL;
    double centre[SIZE];
    double z[MANY];
    double compat_mean = 0.0;
    const ana_spd_set two = {N, false, 2, set->values + 10 * SIZE};
    for (int compat = 1; compat >= 0; compat--) {
        check_ok(ana_potato_fit(set, NULL, NULL, NULL, &potato));
        check_ok(ana_potato_update(potato, &two, 0.1, compat == 1));
        check_ok(ana_potato_scores(potato, set, NULL, z));
        if (compat == 1) {
            compat_mean = potato->mean;
            compare_values(file, "potato/after_update_z", MANY, z, 1e-6, counts);
        } else {
            h5_doubles theirs = h5_reference_doubles(file, "potato/after_update_z");
            counts->n_cases++;
            tally_that(counts, potato->mean > compat_mean, "potato: mean %g, compat %g",
                       potato->mean, compat_mean);
            tally_that(counts, z[10] < theirs.values[10], "potato: z %g, compat %g", z[10],
                       theirs.values[10]);
            h5_doubles_free(&theirs);
        }
        memcpy(centre, potato->centre, sizeof centre);
        compare_values(file, "potato/after_update_ref", SIZE, centre, 1e-7, counts);
        ana_potato_free(potato);
    }
}

/* Two potatoes: of all rows, and of the first four. */
static void compare_field(const h5_reference *file, const ana_spd_set *set, tally *counts)
{
    double small[MANY * 16];
    double z[2][MANY];
    double both[MANY * 2];
    double p[MANY];
    ana_potato *potato = NULL;
    for (size_t k = 0; k < MANY; k++) {
        for (size_t e = 0; e < 16; e++) {
            small[k * 16 + e] = set->values[k * SIZE + e / 4 * N + e % 4];
        }
    }
    const ana_spd_set sets[2] = {*set, {4, false, MANY, small}};
    for (size_t i = 0; i < 2; i++) {
        check_ok(ana_potato_fit(&sets[i], NULL, NULL, NULL, &potato));
        check_ok(ana_potato_scores(potato, &sets[i], NULL, z[i]));
        ana_potato_free(potato);
    }
    for (size_t k = 0; k < MANY; k++) {
        both[2 * k] = z[0][k];
        both[2 * k + 1] = z[1][k];
    }
    compare_values(file, "potato/field_z", sizeof both / sizeof both[0], both, 1e-7, counts);
    check_ok(ana_potato_field(MANY, 2, both, p));
    compare_values(file, "potato/field_p_fisher", MANY, p, 1e-7, counts);
}

void compare_potato(const h5_reference *file, tally *counts)
{
    h5_doubles matrices = h5_reference_doubles(file, "potato/C");
    const ana_spd_set set = {N, false, MANY, matrices.values};
    ana_potato *potato = NULL;
    double z[MANY];
    double probability[MANY];
    double is_clean[MANY];
    bool clean[MANY];
    check_ok(ana_potato_fit(&set, NULL, NULL, clean, &potato));
    check_ok(ana_potato_scores(potato, &set, NULL, z));
    for (size_t k = 0; k < MANY; k++) {
        probability[k] = ana_potato_probability(z[k]);
        is_clean[k] = clean[k] ? 1.0 : 0.0;
    }
    const double spread[2] = {potato->mean, potato->deviation};
    compare_values(file, "potato/z", MANY, z, 1e-7, counts);
    compare_values(file, "potato/proba", MANY, probability, 1e-7, counts);
    compare_values(file, "potato/pred", MANY, is_clean, 0.0, counts);
    compare_values(file, "potato/mean_std", 2, spread, 1e-8, counts);
    compare_values(file, "potato/ref", SIZE, potato->centre, 1e-7, counts);
    ana_potato_free(potato);
    compare_update(file, &set, counts);
    compare_field(file, &set, counts);
    h5_doubles_free(&matrices);
}

/* Begun at the peer's centroids nothing moves; its inertia is a sum of distances. From ten starts
 * ours has no larger sum of squares. */
void compare_kmeans(const h5_reference *file, tally *counts)
{
    h5_doubles matrices = h5_reference_doubles(file, "spd/C");
    h5_doubles starts = h5_reference_doubles(file, "kmeans/centroids");
    h5_ints labels = h5_reference_ints(file, "kmeans/labels");
    h5_doubles inertia = h5_reference_doubles(file, "kmeans/inertia");
    const ana_spd_set set = {N, false, MANY, matrices.values};
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    ana_spd_clusters *clusters = NULL;
    double distances[2 * MANY];
    double sum = 0.0;
    options.starts = starts.values;
    check_ok(ana_spd_kmeans(&set, &options, &clusters));
    const ana_spd_set centres = {N, false, 2, clusters->centres};
    check_ok(ana_spd_distances(&set, &centres, NULL, distances));
    counts->n_cases++;
    const bool swapped = clusters->labels[0] != (size_t)labels.values[0];
    for (size_t i = 0; i < MANY; i++) {
        tally_that(counts, (clusters->labels[i] != (size_t)labels.values[i]) == swapped,
                   "kmeans/labels[%zu]", i);
        sum += distances[2 * i + clusters->labels[i]];
    }
    tally_number(counts, sum, inertia.values[0], 0.0, 1e-7, "kmeans/inertia");
    for (size_t e = 0; e < 2 * SIZE; e++) {
        const size_t theirs = swapped ? (e + SIZE) % (2 * SIZE) : e;
        tally_number(counts, clusters->centres[e], starts.values[theirs], 1e-6, 1e-7,
                     "kmeans/centroids[%zu]", e);
    }
    const double of_theirs = clusters->inertia;
    ana_spd_clusters_free(clusters);
    options.starts = NULL;
    check_ok(ana_spd_kmeans(&set, &options, &clusters));
    tally_that(counts, clusters->inertia <= of_theirs * (1.0 + 1e-9),
               "kmeans: a sum of squares of %g, from the peer's centroids %g", clusters->inertia,
               of_theirs);
    ana_spd_clusters_free(clusters);
    h5_doubles_free(&inertia);
    h5_ints_free(&labels);
    h5_doubles_free(&starts);
    h5_doubles_free(&matrices);
}
