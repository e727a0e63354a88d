#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/unit_clusters.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 50
};

/* Unit u follows (with either sign) course group[u] in noise. */
static ana_responses *draw(const char *name, size_t n_units, const size_t *group, double noise,
                           uint64_t item)
{
    ana_random random = ana_random_stream(41, "clusters", item);
    ana_random common = ana_random_stream(42, "courses", 0);
    ana_responses *system = NULL;
    double courses[3 * N];
    for (size_t i = 0; i < 3 * N; i++) {
        courses[i] = ana_random_normal(&common);
    }
    check_ok(ana_responses_new(name, N, n_units, &system));
    for (size_t i = 0; i < N * n_units; i++) {
        const size_t u = i % n_units;
        system->values[i] = (u % 2 == 0 ? 1.0 : -2.0) * courses[group[u] * N + i / n_units] +
                            noise * ana_random_normal(&random);
    }
    return system;
}

static const size_t groups_a[] = {0, 1, 0, 2, 1, 0, 0};
static const size_t groups_b[] = {1, 1, 2, 0, 1};

static void planted_groups_are_found(void **state)
{
    (void)state;
    ana_responses *systems[] = {draw("a", 7, groups_a, 0.4, 1), draw("b", 5, groups_b, 0.4, 2)};
    const ana_responses_set set = {2, systems};
    ana_unit_clusters *found = NULL;
    check_ok(ana_unit_clusters_find(&set, NULL, &found)); /* the gap says three */
    assert_int_equal(found->n_clusters, 3);
    assert_int_equal(found->n, 12);
    for (size_t i = 0; i < 12; i++) {
        const size_t of_i = i < 7 ? groups_a[i] : groups_b[i - 7];
        for (size_t j = 0; j < 12; j++) {
            const size_t of_j = j < 7 ? groups_a[j] : groups_b[j - 7];
            assert_true((of_i == of_j) == (found->cluster[i] == found->cluster[j]));
        }
        assert_int_equal(found->system[i], i < 7 ? 0 : 1);
    }
    /* Five of course 0 and of course 1, that of unit 0 first; two of course 2. */
    const double counts[] = {4, 1, 2, 3, 1, 1};
    check_all_close(6, found->counts, counts, 0.0, 0.0);
    assert_true(found->within[0] > 0.6 && found->within[1] > 0.6);
    ana_unit_clusters_free(found);
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

static void affinity_and_spectrum_are_those_of_the_definition(void **state)
{
    (void)state;
    ana_responses *system = draw("a", 7, groups_a, 2.0, 3);
    const ana_responses_set set = {1, &system};
    ana_unit_clusters_options options = ana_unit_clusters_options_default();
    ana_unit_clusters *found = NULL;
    double walk[49];
    double values[7];
    double trace = 0.0;
    options.n_clusters = 2;
    check_ok(ana_unit_clusters_find(&set, &options, &found));
    for (size_t i = 0; i < 49; i++) {
        double x[N];
        double y[N];
        for (size_t s = 0; s < N; s++) {
            x[s] = system->values[s * 7 + i / 7];
            y[s] = system->values[s * 7 + i % 7];
        }
        check_close(found->affinity[i], fabs(ana_stats_pearson(N, x, y)), 1e-14, 0.0);
    }
    /* D^-1/2 A D^-1/2 has eigenvalues 1 - those of the Laplacian. */
    for (size_t i = 0; i < 49; i++) {
        double rows[2] = {0.0, 0.0};
        for (size_t k = 0; k < 7; k++) {
            rows[0] += found->affinity[i / 7 * 7 + k];
            rows[1] += found->affinity[i % 7 * 7 + k];
        }
        walk[i] = found->affinity[i] / sqrt(rows[0] * rows[1]);
        trace += i / 7 == i % 7 ? 1.0 - walk[i] : 0.0;
    }
    check_ok(ana_linalg_eigen_symmetric(7, walk, values, NULL));
    for (size_t k = 0; k < 7; k++) {
        check_close(found->eigenvalues[k], 1.0 - values[6 - k], 1e-14, 0.0);
        trace -= found->eigenvalues[k];
    }
    check_close(trace, 0.0, 1e-13, 0.0);
    check_close(found->eigenvalues[0], 0.0, 1e-14, 0.0);
    ana_unit_clusters_free(found);
    ana_responses_free(system);
}

static void silent_units_are_counted(void **state)
{
    (void)state;
    ana_responses *systems[] = {draw("a", 7, groups_a, 0.4, 1), draw("b", 5, groups_b, 0.4, 2)};
    const ana_responses_set set = {2, systems};
    ana_unit_clusters *found = NULL;
    for (size_t s = 0; s < N; s++) {
        systems[0]->values[s * 7 + 1] = NAN;
        systems[1]->values[s * 5 + 4] = 0.1;
    }
    check_ok(ana_unit_clusters_find(&set, NULL, &found));
    assert_int_equal(found->n, 10);
    assert_int_equal(found->systems[0].n_missing, 1);
    assert_int_equal(found->systems[1].n_constant, 1);
    assert_string_equal(found->systems[0].units[1], "2");
    ana_unit_clusters_free(found);
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_responses *systems[] = {draw("a", 7, groups_a, 0.4, 1), draw("b", 2, groups_b, 0.4, 2)};
    const ana_responses_set both = {2, systems};
    const ana_responses_set small = {1, systems + 1};
    const ana_responses_set none = {0, NULL};
    ana_unit_clusters_options options = ana_unit_clusters_options_default();
    ana_unit_clusters *found = NULL;
    check_fails(ana_unit_clusters_find(&none, NULL, &found), ANA_ERR_VALUE, "no system");
    check_fails(ana_unit_clusters_find(&small, NULL, &found), ANA_ERR_VALUE, "2 units");
    options.n_clusters = 1;
    check_fails(ana_unit_clusters_find(&both, &options, &found), ANA_ERR_VALUE, "1 cluster");
    options.n_clusters = 9;
    check_fails(ana_unit_clusters_find(&both, &options, &found), ANA_ERR_VALUE, "9 clusters");
    options = ana_unit_clusters_options_default();
    options.n_starts = 0;
    check_fails(ana_unit_clusters_find(&both, &options, &found), ANA_ERR_VALUE, "starts");
    options = ana_unit_clusters_options_default();
    options.run.max_memory = 100;
    check_fails(ana_unit_clusters_find(&both, &options, &found), ANA_ERR_LIMIT, "pairs of units");
    systems[1]->values[5] = INFINITY;
    check_fails(ana_unit_clusters_find(&both, NULL, &found), ANA_ERR_VALUE,
                "unit 1 of b is infinite for stimulus 2");
    assert_null(found);
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

static void a_record_holds_counts_spectrum_and_matrix(void **state)
{
    (void)state;
    ana_responses *systems[] = {draw("a", 7, groups_a, 0.4, 1), draw("b", 5, groups_b, 0.4, 2)};
    const ana_responses_set set = {2, systems};
    ana_unit_clusters *found = NULL;
    ana_record *record = NULL;
    const char *text = NULL;
    const char *const *units = NULL;
    size_t n = 12;
    check_ok(ana_unit_clusters_find(&set, NULL, &found));
    check_ok(ana_unit_clusters_to_record(found, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_text(record, "schema", &text));
    assert_string_equal(text, "unit clusters");
    check_ok(ana_record_get_text(record, "title", &text));
    check_ok(ana_record_get_texts(record, "units/unit", &n, &units));
    assert_string_equal(units[6], "6");
    assert_string_equal(units[7], "0");
    ana_record_free(record);
    record = NULL;
    ALLOCATION_TEST(ana_unit_clusters_to_record, (found, &record), ana_record_free(record));
    ana_unit_clusters_free(found);
    ALLOCATION_TEST(ana_unit_clusters_find, (&set, NULL, &found), ana_unit_clusters_free(found));
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_groups_are_found),
        cmocka_unit_test(affinity_and_spectrum_are_those_of_the_definition),
        cmocka_unit_test(silent_units_are_counted),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(a_record_holds_counts_spectrum_and_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
