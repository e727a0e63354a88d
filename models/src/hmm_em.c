/* The EM driver's restarts: room for them, running them, the best of them. */
#include "hmm_em.h"

#include "checked.h"
#include "hmm_em_moves.h"
#include "hmm_inputs.h"
#include "memory.h"
#include "seconds.h"
#include "try.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

/* How one restart ended. */
typedef struct outcome {
    ana_status status;
    double objective; /* -inf: failed */
    char error[256];
} outcome;

static ana_em_model new_model(const ana_em *em, ana_workspace *workspace, ana_status *status)
{
    const size_t n_states = em->n_states;
    ana_em_model model = {
        .initial = ana_workspace_doubles(workspace, n_states, 1),
        .transition = ana_workspace_doubles(workspace, n_states, n_states),
        .input_weights = ana_workspace_doubles(workspace, n_states, em->options->n_inputs),
        .durations = ana_workspace_doubles(workspace, n_states, 2),
        .occupancy = ana_workspace_doubles(workspace, n_states, 1),
        .trace = ana_workspace_doubles(workspace, em->options->max_iterations + 1, 1),
    };
    if (*status == ANA_OK) {
        *status = em->emission->make(em->emission->data, workspace, &model.emission);
    }
    return model;
}

static ana_status new_seat(const ana_em *em, ana_workspace *workspace, ana_em_seat *seat)
{
    const size_t n_states = em->n_states;
    ana_status status = ANA_OK;
    seat->scratch = ana_hmm_scratch_new(workspace, em->held, n_states);
    seat->log_emission = ana_workspace_doubles(workspace, em->held, n_states);
    seat->posterior =
        ana_workspace_doubles(workspace, em->keeps_all ? em->n_times : em->held, n_states);
    seat->border = ana_workspace_doubles(workspace, em->n_borders, n_states);
    seat->next = ana_workspace_doubles(workspace, n_states + 1, 1);
    if (em->options->n_inputs > 0) {
        seat->steps = ana_workspace_doubles(workspace, em->longest, n_states * n_states);
        seat->logits = ana_workspace_doubles(workspace, n_states, n_states);
        seat->push = ana_workspace_doubles(workspace, n_states, 1);
        seat->inputs = ana_em_inputs_new(n_states, em->options->n_inputs, workspace);
    }
    if (em->options->max_duration > 0) {
        const size_t most = em->options->max_duration;
        seat->semi = ana_semi_scratch_new(workspace, em->longest, n_states, most, false);
        seat->log_pmf = ana_workspace_doubles(workspace, n_states, most);
        seat->log_tail = ana_workspace_doubles(workspace, n_states, most);
    }
    seat->first = ana_workspace_doubles(workspace, n_states, 1);
    seat->moves = ana_em_moves_new(em, workspace);
    seat->current = new_model(em, workspace, &status);
    seat->spare = new_model(em, workspace, &status);
    seat->best = new_model(em, workspace, &status);
    return status != ANA_OK ? status : ana_workspace_check(workspace, em->emission->name);
}

/* Bytes that n_threads seats hold; SIZE_MAX: too many to say. */
static size_t bytes_of_seats(const ana_em *em, size_t n_threads)
{
    const size_t n_states = em->n_states;
    const size_t kept = em->keeps_all ? em->n_times : em->held;
    const size_t steps = em->options->n_inputs > 0 ? n_states * n_states : 0;
    const size_t semi = em->options->max_duration > 0 ? 5 * n_states : 0;
    const size_t of_inputs =
        steps > 0 ? ana_em_inputs_bytes(n_states, em->options->n_inputs) : (size_t)0;
    size_t rows = 0;
    size_t doubles = 0;
    size_t bytes = 0;
    bool fits = ana_multiply(em->held, 2 * n_states + semi + steps + 1, &rows) &&
                ana_multiply(kept, n_states, &doubles) && ana_add(rows, doubles, &doubles) &&
                ana_multiply(em->n_borders, n_states, &rows) && ana_add(doubles, rows, &doubles) &&
                ana_add(doubles, 3 * em->options->max_iterations, &doubles) &&
                ana_multiply(doubles, sizeof(double), &bytes) &&
                ana_add(bytes, 3 * em->emission->bytes(em->emission->data), &bytes) &&
                ana_add(bytes, of_inputs, &bytes) && ana_multiply(bytes, n_threads, &bytes);
    return fits ? bytes : SIZE_MAX;
}

/* Messages of whole sequences are kept while there is room; beyond, blocks are made twice. What
 * wants all rows at once (segments, inputs, posteriors for the M-step) keeps them. */
static void choose_messages(size_t n_threads, ana_em *em)
{
    const size_t share = ana_run_memory_limit(em->options->run) / 4;
    const size_t usual = share < ANA_EM_KEPT ? share : ANA_EM_KEPT;
    const size_t most = em->options->kept_bytes > 0 ? em->options->kept_bytes : usual;
    const bool can = em->options->max_duration == 0 && !em->keeps_all;
    em->block_rows = em->options->block_rows > 0 ? em->options->block_rows : ANA_EM_BLOCK;
    em->held = em->longest;
    if (can && em->longest > em->block_rows && bytes_of_seats(em, n_threads) > most) {
        em->streams = true;
        em->n_borders = (em->longest - 1) / em->block_rows + 1;
        em->held = em->block_rows + 1;
    }
}

static ana_status new_seats(const ana_em *em, size_t n_threads, ana_workspace *workspace,
                            ana_em_seat **out)
{
    ana_status status =
        ana_run_check_memory(em->options->run, bytes_of_seats(em, n_threads), em->emission->name);
    if (status != ANA_OK) {
        return status;
    }
    ana_em_seat *seats = ana_workspace_bytes(workspace, n_threads, 1, sizeof *seats);
    status = ana_workspace_check(workspace, em->emission->name);
    for (size_t i = 0; i < n_threads && status == ANA_OK; i++) {
        status = new_seat(em, workspace, seats + i);
    }
    *out = seats;
    return status;
}

/* Where the transition from i to j begins when nothing is given. */
static double start_of_step(const ana_em_options *options, size_t n_states, size_t i, size_t j)
{
    const bool stays = options->max_duration == 0; /* else that is the duration's affair */
    if (n_states == 1) {
        return 1.0;
    }
    if (i == j) {
        return stays ? options->persistence : 0.0;
    }
    return (stays ? 1.0 - options->persistence : 1.0) / (double)(n_states - 1);
}

static void start_chain(const ana_em_options *options, size_t n_states, ana_em_model *model)
{
    for (size_t i = 0; i < n_states; i++) {
        model->initial[i] = options->initial != NULL ? options->initial[i] : 1.0 / (double)n_states;
        for (size_t j = 0; j < n_states; j++) {
            const size_t at = i * n_states + j;
            model->transition[at] = options->transition != NULL
                                        ? options->transition[at]
                                        : start_of_step(options, n_states, i, j);
        }
    }
}

static void start_rest(const ana_em_options *options, size_t n_states, ana_em_model *model)
{
    for (size_t k = 0; k < n_states; k++) {
        const double given[2] = {1.0, fmin(options->persistence, 1.0 - 1e-6)};
        const double *from = options->durations != NULL ? options->durations + 2 * k : given;
        memcpy(model->durations + 2 * k, from, 2 * sizeof *from);
    }
    for (size_t w = 0; w < n_states * options->n_inputs; w++) {
        model->input_weights[w] = options->input_weights != NULL ? options->input_weights[w] : 0.0;
    }
}

static void keep_if_best(ana_em_seat *seat, size_t restart)
{
    const bool higher =
        !seat->has_best || seat->current.objective > seat->best.objective ||
        (seat->current.objective == seat->best.objective && restart < seat->best_restart);
    if (higher) {
        const ana_em_model kept = seat->best;
        seat->best = seat->current;
        seat->current = kept;
        seat->best_restart = restart;
        seat->has_best = true;
    }
}

static void run_restart(const ana_em *em, size_t restart, ana_em_seat *seat, outcome *out)
{
    const ana_emission *emission = em->emission;
    const ana_run *run = em->options->run;
    ana_random random = ana_random_stream(run->seed, em->options->stream, restart);
    ana_em_model *model = &seat->current;
    start_chain(em->options, em->n_states, model);
    start_rest(em->options, em->n_states, model);
    out->objective = -INFINITY;
    out->status = emission->start(emission->data, restart, &random, model->emission);
    if (out->status == ANA_OK) {
        out->status = ana_em_iterate(em, seat, model);
    }
    if (out->status == ANA_OK) {
        out->status = ana_em_improve(em, seat);
    }
    if (out->status != ANA_OK) {
        snprintf(out->error, sizeof out->error, "%s", ana_last_error());
        return;
    }
    out->objective = model->objective;
    keep_if_best(seat, restart);
}

/* Runs the restarts in parallel; each writes its own outcome and its thread's seat alone. */
static ana_status run_restarts(const ana_em *em, int n_threads, ana_em_seat *seats,
                               outcome *outcomes)
{
    const size_t n = em->options->n_restarts;
    bool stopped = false;
#pragma omp parallel for default(none) schedule(dynamic, 1) num_threads(n_threads)                 \
    shared(em, seats, outcomes, n)
    for (size_t r = 0; r < n; r++) {
        if (ana_em_goes_on(em)) {
            run_restart(em, r, seats + omp_get_thread_num(), outcomes + r);
#pragma omp critical(ana_em_watch)
            em->watch->n_done++;
        }
    }
    for (size_t r = 0; r < n; r++) {
        stopped = stopped || outcomes[r].status == ANA_ERR_CANCELLED;
    }
    return ana_em_goes_on(em) && !stopped
               ? ANA_OK
               : ana_fail(ANA_ERR_CANCELLED, "%s: cancelled", em->emission->name);
}

/* Whether a's best goes before b's, which may be NULL. */
static bool is_better(const ana_em_seat *a, const ana_em_seat *b)
{
    return b == NULL || a->best.objective > b->best.objective ||
           (a->best.objective == b->best.objective && a->best_restart < b->best_restart);
}

/* The seat that holds the first restart of the highest objective, NULL when all failed; failed
 * ones are warned of. */
static ana_em_seat *choose(const ana_em *em, size_t n_seats, ana_em_seat *seats,
                           const outcome *outcomes)
{
    ana_em_seat *best = NULL;
    for (size_t r = 0; r < em->options->n_restarts; r++) {
        if (outcomes[r].status != ANA_OK) {
            ana_warn(em->options->run, "%s: restart %zu failed: %s", em->emission->name, r,
                     outcomes[r].error);
        }
    }
    for (size_t i = 0; i < n_seats; i++) {
        if (seats[i].has_best && is_better(seats + i, best)) {
            best = seats + i;
        }
    }
    return best;
}

/* order[0] is the state that is to come first: by falling occupancy, then by number. */
static void order_states(const ana_em *em, const double *occupancy, size_t *order)
{
    for (size_t k = 0; k < em->n_states; k++) {
        size_t place = k;
        while (!em->options->keep_order && place > 0 &&
               occupancy[order[place - 1]] < occupancy[k]) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = k;
    }
}

/* The seat's best with its states in order, written over the seat's other model. */
static ana_em_model put_in_order(const ana_em *em, const ana_em_seat *seat, const size_t *order)
{
    const size_t n_states = em->n_states;
    const size_t n_inputs = em->options->n_inputs;
    const ana_em_model *from = &seat->best;
    ana_em_model to = *from;
    to.initial = seat->current.initial;
    to.transition = seat->current.transition;
    to.occupancy = seat->current.occupancy;
    to.input_weights = seat->current.input_weights;
    to.durations = seat->current.durations;
    to.emission = seat->current.emission;
    for (size_t i = 0; i < n_states; i++) {
        to.initial[i] = from->initial[order[i]];
        to.occupancy[i] = from->occupancy[order[i]];
        memcpy(to.durations + 2 * i, from->durations + 2 * order[i], 2 * sizeof(double));
        memcpy(to.input_weights + i * n_inputs, from->input_weights + order[i] * n_inputs,
               n_inputs * sizeof *to.input_weights);
        for (size_t j = 0; j < n_states; j++) {
            to.transition[i * n_states + j] = from->transition[order[i] * n_states + order[j]];
        }
    }
    em->emission->copy(em->emission->data, from->emission, order, to.emission);
    return to;
}

static void warn_of_empty_states(const ana_em *em, const ana_em_model *model)
{
    for (size_t k = 0; k < em->n_states; k++) {
        if (model->occupancy[k] < em->options->empty_below) {
            ana_warn(em->options->run,
                     "%s: state %zu is empty: it explains %.3g of %zu rows; fewer states would do",
                     em->emission->name, k + 1, model->occupancy[k], em->n_times);
        }
    }
}

static ana_status fill_info(const ana_em *em, const outcome *outcomes, size_t best,
                            const ana_em_model *model, ana_fit_info *info)
{
    ana_status status = ANA_OK;
    const size_t n = em->options->n_restarts;
    info->converged = model->converged;
    info->n_iterations = model->n_trace - 1;
    info->objective = model->objective;
    info->best_restart = best;
    ANA_TRY(ana_allocate(model->n_trace, sizeof(double), em->emission->name, &info->trace));
    memcpy(info->trace, model->trace, model->n_trace * sizeof(double));
    info->n_trace = model->n_trace;
    ANA_TRY(ana_allocate(n, sizeof(double), em->emission->name, &info->restart_objective));
    for (size_t r = 0; r < n; r++) {
        info->restart_objective[r] = outcomes[r].objective;
    }
    info->n_restarts = n;
done:
    return status;
}

static ana_em describe(const ana_emission *emission, const ana_observations *observations,
                       const ana_em_options *options, ana_em_watch *watch)
{
    ana_em em = {.emission = emission,
                 .options = options,
                 .n_states = emission->n_states,
                 .n_times = observations->n_times,
                 .n_sequences = observations->n_sequences,
                 .sequence_start = observations->sequence_start,
                 .keeps_all = emission->needs_posterior || options->n_inputs > 0,
                 .watch = watch};
    for (size_t s = 0; s < em.n_sequences; s++) {
        size_t n = em.sequence_start[s + 1] - em.sequence_start[s];
        em.longest = n > em.longest ? n : em.longest;
    }
    snprintf(watch->what, sizeof watch->what, "%s: restarts", emission->name);
    return em;
}

ana_status ana_em_fit(const ana_emission *emission, const ana_observations *observations,
                      const ana_em_options *options, ana_workspace *workspace, ana_em_model *out,
                      ana_fit_info *info)
{
    ana_status status = ANA_OK;
    ana_em_watch watch = {.run = options->run, .n = options->n_restarts};
    ana_em em = describe(emission, observations, options, &watch);
    const int n_threads =
        emission->uses_threads ? 1 : ana_run_threads(options->run, options->n_restarts);
    choose_messages((size_t)n_threads, &em);
    const double began = ana_seconds_now();
    ana_em_seat *seats = NULL;
    ana_em_seat *best = NULL;
    size_t *order = ana_workspace_sizes(workspace, em.n_states, 1);
    outcome *outcomes = ana_workspace_bytes(workspace, options->n_restarts, 1, sizeof *outcomes);
    ANA_TRY(ana_workspace_check(workspace, emission->name));
    ANA_TRY(new_seats(&em, (size_t)n_threads, workspace, &seats));
    ANA_TRY(run_restarts(&em, n_threads, seats, outcomes));
    best = choose(&em, (size_t)n_threads, seats, outcomes);
    if (best == NULL) {
        status = ana_fail(outcomes[0].status, "%s", outcomes[0].error);
        goto done;
    }
    order_states(&em, best->best.occupancy, order);
    *out = put_in_order(&em, best, order);
    warn_of_empty_states(&em, out);
    ANA_TRY(fill_info(&em, outcomes, best->best_restart, out, info));
    info->seconds = ana_seconds_now() - began;
done:
    return status;
}
