/* Samples of the lowest level of a hierarchy against all states there are. */
#include "sbm_prepare.h"
#include "sbm_search.h"
#include "support/check.h"

#include <analysis/models/sbm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 5,
    PARENTS = 2,
    SWEEPS = 40000
};

/* What is counted of a state: who is together, below the same parent, and how many groups. */
typedef struct tally_of {
    double together[N * N];
    double siblings[N * N];
    double groups[N + 1];
} tally_of;

static void count(const size_t *group, const size_t *parent, size_t n_groups, double weight,
                  tally_of *out)
{
    out->groups[n_groups] += weight;
    for (size_t i = 0; i < (size_t)N * N; i++) {
        const size_t a = group[i / N];
        const size_t b = group[i % N];
        out->together[i] += a == b ? weight : 0.0;
        out->siblings[i] += parent[a] == parent[b] ? weight : 0.0;
    }
}

static ana_graph *make_graph(void)
{
    const double matrix[N * N] = {0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 4, 0,
                                  0, 0, 0, 1, 0, 0, 0, 0, 2, 5, 2, 0};
    ana_graph *graph = NULL;
    check_ok(ana_graph_from_matrix(N, matrix, false, false, &graph));
    return graph;
}

/* Partitions with labels in the order in which they appear; false after the last. */
static bool next_partition(size_t *group)
{
    for (size_t i = N; i-- > 1;) {
        size_t largest = 0;
        for (size_t j = 0; j < i; j++) {
            largest = group[j] > largest ? group[j] : largest;
        }
        if (group[i] <= largest) {
            group[i]++;
            memset(group + i + 1, 0, (N - i - 1) * sizeof *group);
            return true;
        }
    }
    return false;
}

/* Every partition, and every way to put its groups below two parents so that none is without. */
static void enumerate(const ana_graph *graph, const ana_sbm_options *options, tally_of *out)
{
    size_t group[N] = {0};
    size_t parent[N];
    size_t top[PARENTS] = {0};
    double sum = 0.0;
    *out = (tally_of){.groups = {0}};
    do {
        size_t n_groups = 0;
        for (size_t i = 0; i < N; i++) {
            n_groups = group[i] + 1 > n_groups ? group[i] + 1 : n_groups;
        }
        for (size_t map = 1; map + 1 < (size_t)1 << n_groups; map++) {
            size_t sizes[3] = {n_groups, PARENTS, 1};
            size_t *levels[3] = {group, parent, top};
            const ana_sbm_hierarchy hierarchy = {3, sizes, levels};
            ana_sbm_length length;
            for (size_t g = 0; g < n_groups; g++) {
                parent[g] = map >> g & 1;
            }
            check_ok(ana_sbm_describe_nested(graph, &hierarchy, options, NULL, &length));
            const double weight = exp(lgamma((double)n_groups + 1.0) - length.total);
            sum += weight;
            count(group, parent, n_groups, weight, out);
        }
    } while (next_partition(group));
    for (size_t i = 0; i < (size_t)N * N; i++) {
        out->together[i] /= sum;
        out->siblings[i] /= sum;
    }
    for (size_t b = 0; b <= N; b++) {
        out->groups[b] /= sum;
    }
}

static void sample(const ana_graph *graph, const ana_sbm_options *options, tally_of *out)
{
    static const size_t start[N] = {0, 0, 1, 2, 2};
    static const size_t parents[3] = {0, 1, 1};
    static const size_t top[PARENTS] = {0, 0};
    const ana_sbm_layers layers = {.n = 1, .graphs = &graph};
    ana_workspace workspace = {0};
    ana_sbm_terms terms;
    ana_sbm_network network;
    ana_sbm_search search;
    check_ok(ana_sbm_prepare(&layers, options, N, &workspace, &terms, &network));
    check_ok(ana_sbm_search_make(&terms, &network, N + 1, &workspace, &search));
    check_ok(ana_sbm_state_reserve(&search.state, 1, N + 1, PARENTS, &workspace));
    check_ok(ana_sbm_state_reserve(&search.state, 2, PARENTS, 1, &workspace));
    ana_sbm_state_stack(&search.state, 3, parents, PARENTS);
    ana_sbm_state_stack(&search.state, PARENTS, top, 1);
    ana_sbm_search_set(&search, start);
    search.random = ana_random_stream(4, "test.sbm.samples", 0);
    *out = (tally_of){.groups = {0}};
    for (size_t k = 0; k < SWEEPS; k++) {
        const ana_sbm_level *level = &search.state.levels[0];
        ana_sbm_gibbs(&search);
        count(level->group, search.state.levels[1].group, level->n_groups, 1.0 / SWEEPS, out);
    }
    check_close(search.length, ana_sbm_state_length(&search.state, NULL, NULL), 1e-6, 1e-9);
    ana_workspace_release(&workspace);
}

/* Samples of a chain go together: ten sweeps of correlation leave a standard error below 0.008. */
static void samples_of_a_hierarchy_follow_the_posterior(void **state)
{
    (void)state;
    ana_graph *graph = make_graph();
    for (int weights = ANA_SBM_UNWEIGHTED; weights <= ANA_SBM_POISSON; weights++) {
        tally_of wanted;
        tally_of found;
        ana_sbm_options options = ana_sbm_options_default();
        options.weights = weights;
        options.degrees = weights % 2 == 0 ? ANA_SBM_DEGREES_PLAIN : ANA_SBM_DEGREES_CORRECTED;
        enumerate(graph, &options, &wanted);
        sample(graph, &options, &found);
        check_all_close((size_t)N * N, found.together, wanted.together, 0.02, 0.0);
        check_all_close((size_t)N * N, found.siblings, wanted.siblings, 0.02, 0.0);
        check_all_close(N + 1, found.groups, wanted.groups, 0.02, 0.0);
        assert_true(wanted.groups[2] < 0.97); /* their number varies */
    }
    ana_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_of_a_hierarchy_follow_the_posterior),
    };
    return cmocka_run_group_tests_name("sbm samples", tests, NULL, NULL);
}
