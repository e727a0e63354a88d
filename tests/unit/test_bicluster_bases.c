#include "bicluster_parts.h"
#include "bicluster_whole.h"
#include "support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 8,
    Q = 3,
    T = 50,
    L = 3
};

typedef struct fixture {
    ana_workspace workspace;
    ana_observations *counts;
    ana_bicluster_options options;
    ana_bicluster *fit;
    bicluster_data data;
    bicluster_room room;
} fixture;

/* Two sequences, two states in use. */
static fixture *begin(uint64_t seed)
{
    fixture *f = calloc(1, sizeof *f);
    const size_t lengths[2] = {20, 30};
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    simulation.seed = seed;
    simulation.n_clusters = 2;
    simulation.n_per_cluster = N / 2;
    simulation.n_times = T;
    check_ok(ana_bicluster_simulate(&simulation, &f->counts));
    check_ok(ana_observations_set_sequences(f->counts, 2, lengths, NULL));
    f->options = ana_bicluster_options_default();
    f->options.n_states = L;
    f->options.n_chains = 1;
    f->options.run.seed = seed;
    check_ok(bicluster_new(N, T, &f->options, &f->fit));
    check_ok(bicluster_data_new(&f->workspace, f->counts, &f->options, &f->data));
    f->room = bicluster_room_new(&f->workspace, &f->data);
    check_ok(ana_workspace_check(&f->workspace, "test"));
    check_ok(bicluster_start(&f->data, 0, f->fit->chains, &f->room));
    for (size_t t = 0; t < T; t++) {
        f->fit->chains->state[t] = t / 12 % 2;
    }
    bicluster_mirror_states(&f->data, f->fit->chains);
    return f;
}

static void end(fixture *f)
{
    ana_workspace_release(&f->workspace);
    ana_bicluster_free(f->fit);
    ana_observations_free(f->counts);
    free(f);
}

static void fill_rates(const fixture *f, double *rates)
{
    const ana_bicluster_chain *chain = f->fit->chains;
    for (size_t i = 0; i < N; i++) {
        bicluster_predictor(Q, T, chain->path + chain->cluster[i] * Q * T, chain->loading + i * Q,
                            rates + i * T);
    }
}

static void new_bases_leave_the_rates_unchanged(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        fixture *f = begin(seed);
        ana_bicluster_chain *chain = f->fit->chains;
        double before[N * T];
        double after[N * T];
        double loading[N * Q];
        size_t n_changed = 0;
        fill_rates(f, before);
        memcpy(loading, chain->loading, sizeof loading);
        for (size_t k = 0; k < 30; k++) {
            bicluster_change_bases(&f->data, chain, &f->room);
        }
        fill_rates(f, after);
        check_all_close((size_t)N * T, after, before, 1e-9, 1e-9);
        for (size_t j = 0; j < (size_t)N * Q; j++) {
            n_changed += fabs(chain->loading[j] - loading[j]) > 1e-6 ? 1 : 0;
        }
        /* every c, and no delta */
        assert_int_equal(n_changed, N * (Q - 1));
        end(f);
    }
}

/* What decides are moments that changed along with the rows: those of the rows as they are now. */
static void moments_follow_the_rows(void **state)
{
    (void)state;
    fixture *f = begin(4);
    ana_bicluster_chain *chain = f->fit->chains;
    const size_t n = chain->n_clusters * Q;
    const size_t wide = 2 * n + 1;
    double *moments = calloc(L * wide * wide, sizeof *moments);
    for (size_t k = 0; k < 5; k++) {
        bicluster_change_bases(&f->data, chain, &f->room);
    }
    memcpy(moments, f->room.moments, L * wide * wide * sizeof *moments);
    bicluster_gather_moments(&f->data, chain->state, n, f->room.rows, &f->room);
    for (size_t l = 0; l < L; l++) {
        for (size_t i = 0; i < wide; i++) {
            check_all_close(wide - i, moments + (l * wide + i) * wide + i,
                            f->room.moments + (l * wide + i) * wide + i, 1e-9, 1e-9);
        }
    }
    free(moments);
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_bases_leave_the_rates_unchanged),
        cmocka_unit_test(moments_follow_the_rows),
    };
    return cmocka_run_group_tests_name("bicluster bases", tests, NULL, NULL);
}
