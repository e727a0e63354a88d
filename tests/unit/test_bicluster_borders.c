#include "bicluster_parts.h"
#include "bicluster_whole.h"
#include "support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = 10, /* rows; states lead to rows 1 ... 9 */
    Q = 2,
    N = 2,
    WIDE = T * Q
};

/* One cluster with a mean and one factor, two states, and what counts could say of its rows. */
typedef struct fixture {
    ana_workspace workspace;
    ana_observations *counts;
    ana_bicluster_options options;
    ana_bicluster *fit;
    bicluster_data data;
    bicluster_room room;
} fixture;

static void fill_information(fixture *f, ana_random *random)
{
    for (size_t t = 0; t < T; t++) {
        const double omega = 0.3 + ana_random_uniform(random);
        const double c = ana_random_normal(random);
        double *block = f->room.information + t * Q * Q;
        block[0] = omega;
        block[1] = omega * c;
        block[Q + 1] = omega * c * c;
        f->room.pull[t * Q] = ana_random_normal(random);
        f->room.pull[t * Q + 1] = c * f->room.pull[t * Q];
    }
}

static fixture *begin(void)
{
    fixture *f = calloc(1, sizeof *f);
    ana_random random = ana_random_stream(4, "test.borders", 0);
    double log_dynamics = 0.0;
    f->options = ana_bicluster_options_default();
    f->options.n_factors = Q - 1;
    f->options.n_states = 2;
    f->options.max_clusters = 2;
    f->options.start_clusters = 1;
    f->options.n_chains = 1;
    f->options.noise = 0.3;
    f->options.noise_df = 8.0;
    f->options.precision = 4.0;
    check_ok(ana_observations_new(T, N, &f->counts));
    for (size_t j = 0; j < (size_t)T * N; j++) {
        f->counts->values[j] = (double)ana_random_poisson(&random, 2.0);
    }
    check_ok(bicluster_new(N, T, &f->options, &f->fit));
    check_ok(bicluster_data_new(&f->workspace, f->counts, &f->options, &f->data));
    f->room = bicluster_room_new(&f->workspace, &f->data);
    check_ok(ana_workspace_check(&f->workspace, "test"));
    ana_bicluster_chain *chain = f->fit->chains;
    check_ok(bicluster_start(&f->data, 0, chain, &f->room));
    assert_int_equal(chain->n_clusters, 1);
    for (size_t t = 0; t < T; t++) {
        chain->state[t] = t / 3 == 1 ? 1 : 0;
    }
    chain->transition[0] = 0.8;
    chain->transition[1] = 0.2;
    chain->transition[2] = 0.4;
    chain->transition[3] = 0.6;
    check_ok(bicluster_draw_dynamics(&f->data, chain, &f->room, &log_dynamics));
    fill_information(f, &random);
    return f;
}

static void end(fixture *f)
{
    ana_observations_free(f->counts);
    ana_bicluster_free(f->fit);
    ana_workspace_release(&f->workspace);
    free(f);
}

/* precision, linear += what one step says of rows t - 1 and t, from a, b and W alone. */
static void add_step(const bicluster_dynamics *one, size_t t, double *precision, double *linear)
{
    double rows[Q][WIDE] = {{0.0}};
    for (size_t k = 0; k < Q; k++) {
        rows[k][t * Q + k] = 1.0;
        for (size_t j = 0; j < Q; j++) {
            rows[k][(t - 1) * Q + j] = -one->a[k * Q + j];
        }
    }
    for (size_t k = 0; k < Q; k++) {
        for (size_t l = 0; l < Q; l++) {
            const double w = one->precision[k * Q + l];
            for (size_t i = 0; i < WIDE; i++) {
                linear[i] += rows[k][i] * w * one->b[l];
                for (size_t j = 0; j < WIDE; j++) {
                    precision[i * WIDE + j] += rows[k][i] * w * rows[l][j];
                }
            }
        }
    }
}

/* log p(what the counts ask for, states): all rows at once, by one dense Cholesky factor. */
static double log_density(const fixture *f, const size_t *state)
{
    double precision[WIDE * WIDE] = {0.0};
    double linear[WIDE];
    double sum = 0.0;
    memcpy(linear, f->room.pull, sizeof linear);
    for (size_t t = 0; t < T; t++) {
        const double *block = f->room.information + t * Q * Q;
        for (size_t k = 0; k < Q; k++) {
            for (size_t j = k; j < Q; j++) {
                precision[(t * Q + k) * WIDE + t * Q + j] += block[k * Q + j];
            }
            precision[(t * Q + k) * (WIDE + 1)] += t == 0 ? 1.0 : 0.0;
        }
        if (t == 0) {
            continue;
        }
        const bicluster_dynamics *one = f->room.dynamics + state[t];
        add_step(one, t, precision, linear);
        sum += 0.5 * one->log_det;
        for (size_t k = 0; k < Q; k++) {
            for (size_t l = 0; l < Q; l++) {
                sum -= 0.5 * one->b[k] * one->precision[k * Q + l] * one->b[l];
            }
        }
        sum += t > 1 ? log(f->fit->chains->transition[state[t - 1] * 2 + state[t]]) : 0.0;
    }
    assert_true(bicluster_cholesky(WIDE, precision));
    bicluster_solve_transposed(WIDE, precision, 1, linear);
    for (size_t i = 0; i < WIDE; i++) {
        sum += 0.5 * linear[i] * linear[i];
    }
    return sum - bicluster_log_diagonal(WIDE, precision);
}

/* State 1 in rows first ... end - 1, state 0 around it. */
static void set_states(size_t first, size_t end, size_t *state)
{
    for (size_t t = 0; t < T; t++) {
        state[t] = t >= first && t < end ? 1 : 0;
    }
}

static void borders_are_where_a_sum_over_all_places_says(void **state)
{
    (void)state;
    enum {
        N_MOVES = 40000
    };
    fixture *f = begin();
    ana_bicluster_chain *chain = f->fit->chains;
    double wanted[T + 1][T + 1] = {{0.0}};
    double found[T + 1][T + 1] = {{0.0}};
    double total = 0.0;
    double largest = 0.0;
    set_states(3, 6, chain->state);
    const double level = log_density(f, chain->state);
    for (size_t first = 2; first < T; first++) {
        for (size_t stop = first + 1; stop < T; stop++) {
            size_t other[T];
            set_states(first, stop, other);
            wanted[first][stop] = exp(log_density(f, other) - level);
            total += wanted[first][stop];
        }
    }
    for (size_t move = 0; move < N_MOVES; move++) {
        size_t first = 1;
        assert_true(bicluster_move_borders(&f->data, chain, &f->room));
        while (chain->state[first] == 0) {
            first++;
        }
        size_t stop = first;
        while (stop < T && chain->state[stop] == 1) {
            stop++;
        }
        found[first][stop] += 1.0 / N_MOVES;
    }
    for (size_t first = 0; first <= T; first++) {
        for (size_t stop = 0; stop <= T; stop++) {
            const double share = wanted[first][stop] / total;
            largest = fmax(largest, share);
            /* Five standard errors of a tenth of the moves, which are not independent. */
            assert_true(fabs(found[first][stop] - share) <=
                        5.0 * sqrt(share * (1.0 - share) / (0.1 * N_MOVES)));
        }
    }
    assert_true(largest < 0.9); /* else there was nothing to see */
    end(f);
}

static void a_path_in_one_state_stays_as_it_is(void **state)
{
    (void)state;
    fixture *f = begin();
    ana_bicluster_chain *chain = f->fit->chains;
    set_states(0, T, chain->state);
    assert_true(bicluster_move_borders(&f->data, chain, &f->room));
    for (size_t t = 0; t < T; t++) {
        assert_int_equal(chain->state[t], 1);
    }
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_are_where_a_sum_over_all_places_says),
        cmocka_unit_test(a_path_in_one_state_stays_as_it_is),
    };
    return cmocka_run_group_tests_name("bicluster borders", tests, NULL, NULL);
}
