/* Clusters of trials: planted groups are found, classes are not looked at. */
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_clusters.h>
#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <string.h>

/* Many small means: threads would wait for each other more than they work. */
static const ana_run one_thread = {.n_threads = 1};

static ana_bci_cluster_options choose(void)
{
    ana_bci_cluster_options options = ana_bci_cluster_options_default();
    options.how.run = one_thread;
    return options;
}

static void matrices_of(const char *text, const ana_bci_trials *trials, ana_bci_matrices *out)
{
    ana_bci_prefix *prefix = NULL;
    check_ok(ana_bci_prefix_parse(text, &prefix));
    check_ok(ana_bci_prefix_apply(prefix, trials, &one_thread, out));
    ana_bci_prefix_free(prefix);
}

/* Means and members are counted again, and stand in the record. */
static void check_numbers(const ana_bci_clusters *found, const ana_spd_set *set,
                          const ana_bci_trials *trials)
{
    const size_t n_clusters = found->found->n_clusters;
    const bool by_silhouette = found->method == ANA_BCI_KMEANS;
    ana_record *record = NULL;
    const double *members = NULL;
    const double *numbers = NULL;
    const int64_t *clusters = NULL;
    const char *title = NULL;
    ana_shape table = {.n_axes = 2, .n = {trials->n_classes, n_clusters}};
    ana_shape scores = ana_shape_1(found->n_scores, NULL);
    ana_shape each = ana_shape_1(trials->n_trials, NULL);
    double counts[9] = {0.0};
    double mean = 0.0;
    check_ok(ana_bci_clusters_to_record(found, set, trials, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_doubles(record, "classes/values", &table, &members));
    check_ok(ana_record_get_doubles(record, "numbers/x", &scores, &numbers));
    check_ok(ana_record_get_ints(record, "trials/cluster", &each, &clusters));
    check_ok(ana_record_get_text(record, "numbers/y_title", &title));
    assert_string_equal(title,
                        by_silhouette ? "mean silhouette" : "Bayesian information criterion");
    for (size_t i = 0; i < trials->n_trials; i++) {
        counts[trials->labels[i] * n_clusters + found->found->labels[i]] += 1.0;
        assert_int_equal(clusters[i], found->found->labels[i] + 1);
        mean += found->silhouettes[i] / (double)trials->n_trials;
    }
    check_all_close(trials->n_classes * n_clusters, members, counts, 0.0, 0.0);
    const char *const *names = NULL;
    size_t n_names = n_clusters;
    check_ok(ana_record_get_texts(record, "classes/column_labels", &n_names, &names));
    assert_true(strcmp(names[0], "1") == 0 && strcmp(names[n_clusters - 1], "3") == 0);
    check_close(found->silhouette, mean, 1e-13, 0.0);
    for (size_t i = 0; i < found->n_scores; i++) {
        assert_true(numbers[i] == (double)(found->least + i) && found->scores[i] != 0.0);
    }
    check_close(found->scores[n_clusters - found->least],
                by_silhouette ? found->silhouette : found->found->bic, 1e-13, 0.0);
    ana_record_free(record);
}

static void planted_classes_are_found_without_labels(void **state)
{
    (void)state;
    static const ana_bci_cluster_method methods[] = {ANA_BCI_KMEANS, ANA_BCI_MIXTURE};
    ana_bci_trials *trials = NULL;
    ana_bci_matrices matrices;
    make_bci_trials(60, 3, 1, 4, 200, 6.0, 0.0, &trials);
    matrices_of("cov oas", trials, &matrices);
    for (size_t m = 0; m < 2; m++) {
        ana_bci_cluster_options options = choose();
        ana_bci_clusters *found = NULL;
        options.method = methods[m];
        options.most = 5;
        check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
        assert_int_equal(found->found->n_clusters, 3);
        check_close(found->of_classes, 1.0, 1e-12, 0.0);
        assert_true(isnan(found->of_sessions) && found->silhouette > 0.2);
        assert_int_equal(found->n_scores, 4);
        check_numbers(found, &matrices.set, trials);
        ana_bci_clusters_free(found);
    }
    ana_bci_matrices_release(&matrices);
    ana_bci_trials_free(trials);
}

/* Sessions that drift far apart are what clusters are, until they are re-centred. */
static void sessions_are_the_clusters_until_they_are_recentred(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(60, 2, 2, 4, 200, 3.0, 3.0, &trials);
    const ana_bci_cluster_options options = choose();
    double of_sessions[2];
    double of_classes[2];
    for (size_t k = 0; k < 2; k++) {
        ana_bci_matrices matrices;
        ana_bci_clusters *found = NULL;
        matrices_of(k == 0 ? "cov oas" : "cov oas | recentre", trials, &matrices);
        check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
        of_sessions[k] = found->of_sessions;
        of_classes[k] = found->of_classes;
        assert_int_equal(found->n_scores, 0); /* one number: nothing was compared */
        ana_bci_clusters_free(found);
        ana_bci_matrices_release(&matrices);
    }
    assert_true(of_sessions[0] > 0.9 && of_sessions[1] < 0.2);
    assert_true(of_classes[0] < 0.2 && of_classes[1] > 0.8);
    ana_bci_trials_free(trials);
}

static void modes_are_as_many_as_there_are(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_matrices matrices;
    ana_bci_clusters *found = NULL;
    ana_record *record = NULL;
    ana_bci_cluster_options options = choose();
    make_bci_trials(40, 2, 1, 3, 300, 8.0, 0.0, &trials);
    matrices_of("cov", trials, &matrices);
    options.method = ANA_BCI_MEAN_SHIFT;
    options.how.bandwidth = 2.0;
    check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
    assert_int_equal(found->found->n_clusters, 2);
    check_close(found->of_classes, 1.0, 1e-12, 0.0);
    ana_bci_clusters_free(found);
    options.most = 4;            /* modes have no number to choose */
    options.how.bandwidth = 1e3; /* everything is one mode, and has no silhouette */
    check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
    assert_int_equal(found->found->n_clusters, 1);
    assert_true(isnan(found->silhouette) && found->n_scores == 0);
    check_ok(ana_bci_clusters_to_record(found, &matrices.set, trials, &record));
    assert_null(ana_record_find(record, "numbers"));
    ana_record_free(record);
    ana_bci_clusters_free(found);
    ana_bci_matrices_release(&matrices);
    ana_bci_trials_free(trials);
}

/* Complex matrices have centres of twice as many columns. */
static void complex_matrices_have_complex_centres(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_matrices matrices;
    ana_bci_clusters *found = NULL;
    ana_record *record = NULL;
    const double *centres = NULL;
    ana_shape shape = {.n_axes = 3, .n = {2, 3, 6}};
    const ana_bci_cluster_options options = choose();
    make_bci_trials(8, 2, 1, 3, 128, 4.0, 0.0, &trials);
    trials->n_classes = 1; /* nothing to agree with */
    memset(trials->labels, 0, 8 * sizeof *trials->labels);
    matrices_of("cospectra 20,21 part=complex window=32", trials, &matrices);
    check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
    assert_true(isnan(found->of_classes));
    check_ok(ana_bci_clusters_to_record(found, &matrices.set, trials, &record));
    check_ok(ana_record_get_doubles(record, "centres", &shape, &centres));
    ana_record_free(record);
    ana_bci_clusters_free(found);
    ana_bci_matrices_release(&matrices);
    trials->n_classes = 2;
    ana_bci_trials_free(trials);
}

/* Sum over time of two channels less their means. */
static double product(const double *x, const double *y, size_t n)
{
    double sums[3] = {0.0, 0.0, 0.0};
    for (size_t t = 0; t < n; t++) {
        sums[0] += x[t];
        sums[1] += y[t];
        sums[2] += x[t] * y[t];
    }
    return sums[2] - sums[0] * sums[1] / (double)n;
}

/* Covariances by hand, but for their divisor. */
static void a_prefix_makes_the_matrices_of_its_steps(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_matrices matrices;
    make_bci_trials(6, 2, 1, 3, 50, 2.0, 0.0, &trials);
    matrices_of("cov cov", trials, &matrices);
    assert_int_equal(matrices.set.n_matrices, 6);
    for (size_t k = 0; k < 6; k++) {
        const double *x = trials->values + k * 150;
        const double *found = matrices.values + k * 9;
        for (size_t e = 0; e < 9; e++) {
            check_close(found[e] / found[0],
                        product(x + e / 3 * 50, x + e % 3 * 50, 50) / product(x, x, 50), 1e-12,
                        1e-12);
        }
    }
    ana_bci_matrices_release(&matrices);
    ana_bci_trials_free(trials);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    ana_bci_prefix *prefix = NULL;
    check_fails(ana_bci_prefix_parse("cov | tangent", &prefix), ANA_ERR_VALUE, "gives vectors");
    check_fails(ana_bci_prefix_parse("band 8-32", &prefix), ANA_ERR_VALUE, "must give matrices");
    check_fails(ana_bci_prefix_parse("cov | mdm", &prefix), ANA_ERR_VALUE, "gives classes");
    check_fails(ana_bci_prefix_parse("xdawncov 2", &prefix), ANA_ERR_VALUE,
                "xdawncov learns from classes");
    check_fails(ana_bci_prefix_parse("cov {oas,lwf}", &prefix), ANA_ERR_UNSUPPORTED, "family");
    ana_bci_trials *trials = NULL;
    ana_bci_matrices matrices;
    ana_bci_clusters *found = NULL;
    ana_bci_cluster_options options = choose();
    make_bci_trials(8, 2, 1, 3, 50, 2.0, 0.0, &trials);
    matrices_of("cov", trials, &matrices);
    options.most = 9;
    check_fails(ana_bci_cluster(&matrices.set, trials, &options, &found), ANA_ERR_VALUE,
                "2 to 9 clusters of 8 trials");
    options.least = 1;
    options.most = 3;
    check_fails(ana_bci_cluster(&matrices.set, trials, &options, &found), ANA_ERR_VALUE,
                "at least 2");
    check_ok(ana_bci_cluster(&matrices.set, trials, NULL, &found)); /* two by k-means */
    assert_int_equal(found->found->n_clusters, 2);
    ana_bci_clusters_free(found);
    options.method = ANA_BCI_MIXTURE; /* which may find that there is one */
    options.most = 2;
    check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
    ana_bci_clusters_free(found);
    options.method = ANA_BCI_KMEANS;
    options.least = 8;
    options.most = 8; /* each trial by itself */
    check_ok(ana_bci_cluster(&matrices.set, trials, &options, &found));
    ana_bci_clusters_free(found);
    matrices.set.n_matrices = 7;
    check_fails(ana_bci_cluster(&matrices.set, trials, &options, &found), ANA_ERR_SHAPE,
                "7 matrices of 8 trials");
    ana_bci_matrices_release(&matrices);
    check_ok(ana_bci_prefix_parse("band 8-12,12-30 | cov", &prefix));
    check_fails(ana_bci_prefix_apply(prefix, trials, &one_thread, &matrices), ANA_ERR_SHAPE,
                "trials are of 2 bands, not 1");
    ana_bci_prefix_free(prefix);
    trials->values[60] = (double)NAN;
    check_ok(ana_bci_prefix_parse("cov", &prefix));
    check_fails(ana_bci_prefix_apply(prefix, trials, &one_thread, &matrices), ANA_ERR_VALUE,
                "missing sample in channel 2");
    ana_bci_prefix_free(prefix);
    ana_bci_trials_free(trials);
}

static ana_status cluster_all(void *user)
{
    ana_bci_prefix *prefix = NULL;
    ana_bci_matrices matrices = {.values = NULL};
    ana_bci_clusters *found = NULL;
    ana_record *record = NULL;
    ana_bci_cluster_options options = choose();
    options.most = 3;
    options.how.n_restarts = 1;
    ana_status status = ana_bci_prefix_parse("cov oas", &prefix);
    status = status != ANA_OK ? status : ana_bci_prefix_apply(prefix, user, &one_thread, &matrices);
    status = status != ANA_OK ? status : ana_bci_cluster(&matrices.set, user, &options, &found);
    status =
        status != ANA_OK ? status : ana_bci_clusters_to_record(found, &matrices.set, user, &record);
    ana_record_free(record);
    ana_bci_clusters_free(found);
    ana_bci_matrices_release(&matrices);
    ana_bci_prefix_free(prefix);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(12, 2, 2, 2, 30, 3.0, 0.0, &trials);
    assert_true(check_each_allocation(cluster_all, trials, 0) > 10);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_classes_are_found_without_labels),
        cmocka_unit_test(sessions_are_the_clusters_until_they_are_recentred),
        cmocka_unit_test(modes_are_as_many_as_there_are),
        cmocka_unit_test(complex_matrices_have_complex_centres),
        cmocka_unit_test(a_prefix_makes_the_matrices_of_its_steps),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
