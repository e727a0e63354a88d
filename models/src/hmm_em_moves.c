#include "hmm_em_moves.h"

#include <math.h>
#include <string.h>

enum {
    MIN_WINDOW = 8,
    MAX_WINDOWS = 20000,
    N_POWER_STEPS = 50,
    N_SPLITS = 2 /* states that are tried to be split for each pair that is merged */
};

/* A row's log-likelihoods count no further below the best state's than this, nats: one row that is
 * impossible in a state must not hide all others. */
static const double deepest = 100.0;

ana_em_moves *ana_em_moves_new(const ana_em *em, ana_workspace *workspace)
{
    const size_t n_states = em->n_states;
    ana_em_moves *moves = ana_workspace_bytes(workspace, 1, 1, sizeof *moves);
    size_t *first_window = ana_workspace_sizes(workspace, em->n_sequences, 1);
    if (moves == NULL || first_window == NULL) {
        return moves;
    }
    moves->length = em->n_times / MAX_WINDOWS > MIN_WINDOW ? em->n_times / MAX_WINDOWS : MIN_WINDOW;
    for (size_t s = 0; s < em->n_sequences; s++) {
        size_t n = em->sequence_start[s + 1] - em->sequence_start[s];
        first_window[s] = moves->n_windows;
        moves->n_windows += (n + moves->length - 1) / moves->length;
    }
    moves->first_window = first_window;
    moves->mass = ana_workspace_doubles(workspace, moves->n_windows, n_states);
    moves->profile = ana_workspace_doubles(workspace, moves->n_windows, n_states);
    moves->side = ana_workspace_bytes(workspace, moves->n_windows, 1, 1);
    moves->likeness = ana_workspace_doubles(workspace, n_states, n_states);
    moves->total = ana_workspace_doubles(workspace, n_states, 1);
    moves->transitions = ana_workspace_doubles(workspace, n_states, n_states);
    moves->spread = ana_workspace_doubles(workspace, n_states, 1);
    moves->axis = ana_workspace_doubles(workspace, n_states, n_states);
    moves->covariance = ana_workspace_doubles(workspace, n_states, n_states);
    moves->mean = ana_workspace_doubles(workspace, n_states, 1);
    moves->after = ana_workspace_doubles(workspace, n_states, 1);
    return moves;
}

static void observe_row(size_t n_states, const double *log_emission, const double *posterior,
                        double share, size_t window, ana_em_moves *moves)
{
    double *mass = moves->mass + window * n_states;
    double *profile = moves->profile + window * n_states;
    double highest = -INFINITY;
    for (size_t k = 0; k < n_states; k++) {
        highest = fmax(highest, log_emission[k]);
    }
    for (size_t a = 0; a < n_states; a++) {
        const double here = fmax(log_emission[a] - highest, -deepest);
        mass[a] += posterior[a];
        profile[a] += share * here;
        moves->total[a] += posterior[a];
        for (size_t b = 0; b < n_states; b++) {
            const double there = fmax(log_emission[b] - highest, -deepest);
            moves->likeness[a * n_states + b] += posterior[a] * (here - there);
        }
    }
}

/* Fresh gives to heir, then takes from split where the window's side says so. */
static void edit_row(const ana_em_proposal *proposal, bool other_side, double *posterior)
{
    if (proposal->heir != proposal->fresh) {
        posterior[proposal->heir] += posterior[proposal->fresh];
        posterior[proposal->fresh] = 0.0;
    }
    if (other_side) {
        posterior[proposal->fresh] += posterior[proposal->split];
        posterior[proposal->split] = 0.0;
    }
}

/* Expected transitions as if the edited rows were independent given their posteriors: a start for
 * the iterations that follow. */
static void add_transitions(size_t n_states, const double *from, const double *to, double *sums)
{
    for (size_t i = 0; i < n_states; i++) {
        for (size_t j = 0; j < n_states; j++) {
            sums[i * n_states + j] += from[i] * to[j];
        }
    }
}

void ana_em_moves_pass(const ana_em *em, const ana_em_seat *seat, const ana_em_rows *rows)
{
    ana_em_moves *moves = seat->moves;
    const size_t n_states = em->n_states;
    const size_t all = em->sequence_start[rows->sequence + 1] - em->sequence_start[rows->sequence];
    for (size_t t = 0; t < rows->n && moves->pass != ANA_EM_PASS_PLAIN; t++) {
        const size_t place = (rows->begin + t) / moves->length;
        const size_t window = moves->first_window[rows->sequence] + place;
        const size_t rest = all - place * moves->length;
        double *row = rows->posterior + t * n_states;
        if (moves->pass == ANA_EM_PASS_OBSERVE) {
            const double share = 1.0 / (double)(rest < moves->length ? rest : moves->length);
            observe_row(n_states, rows->log_emission + t * n_states, row, share, window, moves);
            continue;
        }
        edit_row(&moves->proposal, moves->side[window] != 0, row);
        if (t > 0) {
            add_transitions(n_states, row - n_states, row, moves->transitions);
        }
    }
    if (moves->pass == ANA_EM_PASS_EDIT) {
        if (rows->begin + rows->n < all) {
            add_transitions(n_states, rows->posterior + (rows->n - 1) * n_states, moves->after,
                            moves->transitions);
        }
        memcpy(moves->after, rows->posterior, n_states * sizeof *moves->after);
    }
}

void ana_em_moves_begin(const ana_em *em, const ana_em_seat *seat)
{
    ana_em_moves *moves = seat->moves;
    const size_t n_states = em->n_states;
    memset(moves->transitions, 0, n_states * n_states * sizeof(double));
    if (moves->pass == ANA_EM_PASS_OBSERVE) {
        const size_t bytes = moves->n_windows * n_states * sizeof(double);
        memset(moves->mass, 0, bytes);
        memset(moves->profile, 0, bytes);
        memset(moves->likeness, 0, n_states * n_states * sizeof(double));
        memset(moves->total, 0, n_states * sizeof(double));
    }
}

void ana_em_moves_end(const ana_em *em, const ana_em_seat *seat)
{
    if (seat->moves->pass == ANA_EM_PASS_EDIT) {
        memcpy(seat->scratch.sums, seat->moves->transitions,
               em->n_states * em->n_states * sizeof(double));
    }
    seat->moves->pass = ANA_EM_PASS_PLAIN;
}

static ana_status observe(const ana_em *em, ana_em_seat *seat)
{
    seat->moves->pass = ANA_EM_PASS_OBSERVE;
    return ana_em_expect(em, seat, &seat->current);
}

/* Covariance of the profiles of one state's windows. */
static void profile_covariance(size_t n_states, size_t state, const ana_em_moves *moves)
{
    const double total = moves->total[state];
    memset(moves->mean, 0, n_states * sizeof(double));
    memset(moves->covariance, 0, n_states * n_states * sizeof(double));
    for (size_t w = 0; w < moves->n_windows; w++) {
        const double weight = moves->mass[w * n_states + state] / total;
        for (size_t k = 0; k < n_states; k++) {
            moves->mean[k] += weight * moves->profile[w * n_states + k];
        }
    }
    for (size_t w = 0; w < moves->n_windows; w++) {
        const double weight = moves->mass[w * n_states + state] / total;
        const double *profile = moves->profile + w * n_states;
        for (size_t i = 0; i < n_states && weight > 0.0; i++) {
            for (size_t j = 0; j < n_states; j++) {
                moves->covariance[i * n_states + j] +=
                    weight * (profile[i] - moves->mean[i]) * (profile[j] - moves->mean[j]);
            }
        }
    }
}

/* The leading direction by power iteration from the most variable axis; returns its variance. */
static double leading_axis(size_t n, const double *covariance, double *next, double *axis)
{
    double value = 0.0;
    size_t widest = 0;
    for (size_t i = 0; i < n; i++) {
        widest = covariance[i * n + i] > covariance[widest * n + widest] ? i : widest;
    }
    memset(axis, 0, n * sizeof *axis);
    axis[widest] = 1.0;
    for (int step = 0; step < N_POWER_STEPS; step++) {
        double norm = 0.0;
        for (size_t i = 0; i < n; i++) {
            next[i] = 0.0;
            for (size_t j = 0; j < n; j++) {
                next[i] += covariance[i * n + j] * axis[j];
            }
            norm += next[i] * next[i];
        }
        value = sqrt(norm);
        if (!(value > 0.0)) {
            return 0.0;
        }
        for (size_t i = 0; i < n; i++) {
            axis[i] = next[i] / value;
        }
    }
    return value;
}

/* How much the windows of each state differ, and along which axis. */
static void measure_spread(size_t n_states, const ana_em_moves *moves)
{
    for (size_t k = 0; k < n_states; k++) {
        moves->spread[k] = 0.0;
        if (moves->total[k] > 0.0) {
            profile_covariance(n_states, k, moves);
            /* mean is the scratch row of the power iteration, and set anew for each state */
            moves->spread[k] =
                moves->total[k] *
                leading_axis(n_states, moves->covariance, moves->mean, moves->axis + k * n_states);
        }
    }
}

/* Windows of the split state beyond its mean along its axis go to the other side. */
static void cut(size_t n_states, size_t split, const ana_em_moves *moves)
{
    const double *axis = moves->axis + split * n_states;
    double mean = 0.0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t w = 0; w < moves->n_windows; w++) {
            double place = 0.0;
            for (size_t k = 0; k < n_states; k++) {
                place += axis[k] * moves->profile[w * n_states + k];
            }
            if (pass == 0) {
                mean += place * moves->mass[w * n_states + split] / moves->total[split];
            } else {
                moves->side[w] = place > mean ? 1 : 0;
            }
        }
    }
}

/* Iterations from the edited posteriors; false when the objective is no higher, and then the model
 * is what it was. */
static ana_status try_proposal(const ana_em *em, ana_em_seat *seat, bool *raised)
{
    ana_em_moves *moves = seat->moves;
    const ana_em_model before = seat->current;
    const double least = 1e-10 * (fabs(before.objective) + (double)em->n_times);
    *raised = false;
    seat->current = seat->spare;
    seat->spare = before;
    memcpy(seat->current.initial, before.initial, em->n_states * sizeof(double));
    memcpy(seat->current.transition, before.transition,
           em->n_states * em->n_states * sizeof(double));
    memcpy(seat->current.durations, before.durations, 2 * em->n_states * sizeof(double));
    memcpy(seat->current.input_weights, before.input_weights,
           em->n_states * em->options->n_inputs * sizeof(double));
    em->emission->copy(em->emission->data, before.emission, NULL, seat->current.emission);
    cut(em->n_states, moves->proposal.split, moves);
    moves->pass = ANA_EM_PASS_EDIT;
    ana_status status = ana_em_expect(em, seat, &seat->current);
    if (status == ANA_OK) {
        status = ana_em_maximise(em, seat, &seat->current);
    }
    if (status == ANA_OK) {
        status = ana_em_iterate(em, seat, &seat->current);
    }
    *raised = status == ANA_OK && seat->current.objective > before.objective + least;
    if (!*raised) {
        seat->spare = seat->current;
        seat->current = before;
    }
    return status == ANA_ERR_CANCELLED ? status : ANA_OK;
}

/* The state with the rank-th largest spread among those that are neither a nor b; n_states: none.
 */
static size_t widest_state(size_t n_states, const double *spread, size_t rank, size_t a, size_t b)
{
    for (size_t k = 0; k < n_states; k++) {
        size_t n_wider = 0;
        for (size_t j = 0; j < n_states; j++) {
            bool wider = spread[j] > spread[k] || (j < k && spread[j] == spread[k]);
            n_wider += j != a && j != b && wider ? 1 : 0;
        }
        if (k != a && k != b && n_wider == rank && spread[k] > 0.0) {
            return k;
        }
    }
    return n_states;
}

/* Mean nats by which each of two states explains its rows better than the other would. */
static double distance(size_t n_states, const ana_em_moves *moves, size_t a, size_t b)
{
    const double *likeness = moves->likeness;
    return likeness[a * n_states + b] / fmax(moves->total[a], 1.0) +
           likeness[b * n_states + a] / fmax(moves->total[b], 1.0);
}

/* The pair with the least distance above `last`, which that becomes; false: there is none. The one
 * with fewer rows becomes fresh. */
static bool next_pair(size_t n_states, const ana_em_moves *moves, double *last,
                      ana_em_proposal *proposal)
{
    double least = INFINITY;
    for (size_t a = 0; a < n_states; a++) {
        for (size_t b = a + 1; b < n_states; b++) {
            double d = distance(n_states, moves, a, b);
            if (d > *last && d < least) {
                const bool first_is_less = moves->total[a] < moves->total[b];
                least = d;
                proposal->fresh = first_is_less ? a : b;
                proposal->heir = first_is_less ? b : a;
            }
        }
    }
    *last = least;
    return least < (double)INFINITY;
}

/* The pair with the rank-th smallest distance. */
static bool alike_pair(size_t n_states, const ana_em_moves *moves, size_t rank,
                       ana_em_proposal *proposal)
{
    double last = -INFINITY;
    bool found = true;
    for (size_t r = 0; r <= rank && found; r++) {
        found = next_pair(n_states, moves, &last, proposal);
    }
    return found;
}

/* For an empty state, halves of the widest states one after the other. */
static ana_status fill_empty_state(const ana_em *em, ana_em_seat *seat, size_t empty)
{
    ana_em_moves *moves = seat->moves;
    ana_status status = observe(em, seat);
    bool raised = false;
    if (status == ANA_OK) {
        measure_spread(em->n_states, moves);
    }
    for (size_t rank = 0; rank < N_SPLITS && status == ANA_OK && !raised; rank++) {
        size_t split = widest_state(em->n_states, moves->spread, rank, empty, empty);
        if (split == em->n_states) {
            break;
        }
        moves->proposal = (ana_em_proposal){empty, empty, split};
        status = try_proposal(em, seat, &raised);
    }
    return status;
}

static ana_status fill_empty_states(const ana_em *em, ana_em_seat *seat)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < em->n_states && status == ANA_OK; k++) {
        if (seat->current.occupancy[k] < em->options->empty_below) {
            status = fill_empty_state(em, seat, k);
        }
    }
    return status;
}

ana_status ana_em_improve(const ana_em *em, ana_em_seat *seat)
{
    ana_em_moves *moves = seat->moves;
    const size_t n_states = em->n_states;
    bool raised = true;
    size_t rank = 0;
    ana_status status = n_states > 1 ? fill_empty_states(em, seat) : ANA_OK;
    for (size_t i = 0; i < em->options->n_moves && n_states > 2 && status == ANA_OK; i++) {
        if (raised) {
            rank = 0;
            status = observe(em, seat);
            measure_spread(n_states, moves);
        }
        if (status != ANA_OK || !alike_pair(n_states, moves, rank / N_SPLITS, &moves->proposal)) {
            break;
        }
        raised = false;
        moves->proposal.split = widest_state(n_states, moves->spread, rank % N_SPLITS,
                                             moves->proposal.fresh, moves->proposal.heir);
        if (moves->proposal.split < n_states) {
            status = try_proposal(em, seat, &raised);
        }
        rank++;
    }
    return status;
}
