/* The E-step of the EM driver, block by block of a sequence: filtered from the first to the last,
 * smoothed from the last to the first. What the way back needs of a block is kept, or, where it
 * would be too much, made again from the filtered row before the block. Sums are taken in the same
 * order either way: the bits are the same. */
#include "hmm_em.h"
#include "hmm_em_moves.h"
#include "hmm_inputs.h"

#include <math.h>
#include <string.h>

bool ana_em_goes_on(const ana_em *em)
{
    ana_em_watch *watch = em->watch;
    bool cancelled = false;
#pragma omp critical(ana_em_watch)
    {
        if (!watch->cancelled &&
            ana_run_progress(watch->run, watch->what, watch->n_done, watch->n) != ANA_OK) {
            watch->cancelled = true;
        }
        cancelled = watch->cancelled;
    }
    return !cancelled;
}

static ana_status cancelled(const ana_em *em)
{
    return ana_fail(ANA_ERR_CANCELLED, "%s: cancelled", em->emission->name);
}

/* One block of a sequence, and where its rows lie. */
typedef struct block {
    size_t sequence;
    size_t first; /* row of the fit where the sequence begins */
    size_t begin; /* row of the sequence */
    size_t n;
    bool is_last;
    double *log_emission;    /* n x K */
    double *posterior;       /* n x K; until it is smoothed, the filtered rows */
    ana_hmm_scratch scratch; /* of these rows and, unless it is the last, the one after */
} block;

static block block_of(const ana_em *em, const ana_em_seat *seat, size_t sequence, size_t begin)
{
    const size_t n_states = em->n_states;
    const size_t first = em->sequence_start[sequence];
    const size_t rest = em->sequence_start[sequence + 1] - first - begin;
    const size_t at = em->streams ? 0 : begin;
    const size_t kept = em->keeps_all ? first : (size_t)0;
    block made = {.sequence = sequence,
                  .first = first,
                  .begin = begin,
                  .n = rest < em->block_rows ? rest : em->block_rows,
                  .is_last = rest <= em->block_rows,
                  .log_emission = seat->log_emission + at * n_states,
                  .posterior = seat->posterior + (kept + at) * n_states,
                  .scratch = seat->scratch};
    made.scratch.likelihood += at * n_states;
    made.scratch.scale += at;
    if (begin > 0) {
        made.scratch.before = em->streams ? seat->border + (begin / em->block_rows - 1) * n_states
                                          : made.posterior - n_states;
    }
    return made;
}

/* log p(row | state) of a block. */
static ana_status emissions_of_block(const ana_em *em, const ana_em_model *model, const block *rows)
{
    const ana_emission *emission = em->emission;
    for (size_t t = 0; t < rows->n; t += ANA_EM_BLOCK) {
        const size_t n = rows->n - t < ANA_EM_BLOCK ? rows->n - t : ANA_EM_BLOCK;
        if (!ana_em_goes_on(em)) {
            return cancelled(em);
        }
        ana_status status =
            emission->log_likelihood(emission->data, model->emission, rows->first + rows->begin + t,
                                     n, rows->log_emission + t * em->n_states);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static void add_occupancy(size_t n, size_t n_states, const double *posterior, double *occupancy)
{
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < n_states; k++) {
            occupancy[k] += posterior[t * n_states + k];
        }
    }
}

/* The chain of one sequence; transitions driven by inputs are written to the seat. */
static ana_hmm_chain chain_of(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model,
                              size_t first, size_t n)
{
    const size_t n_states = em->n_states;
    ana_hmm_chain chain = {n_states, model->initial, model->transition, 0};
    if (em->options->n_inputs > 0) {
        const ana_hmm_inputs inputs = {n_states, em->options->n_inputs, em->options->inputs,
                                       model->transition, model->input_weights};
        const ana_hmm_input_room room = {seat->logits, seat->push};
        ana_hmm_input_steps(&inputs, first, n, &room, seat->steps);
        chain.transition = seat->steps;
        chain.transition_stride = n_states * n_states;
    }
    return chain;
}

/* Likelihoods and filtered rows of a block. */
static ana_status filter_block(const ana_em *em, const ana_em_model *model,
                               const ana_hmm_chain *chain, const block *rows,
                               double *log_likelihood)
{
    ana_status status = emissions_of_block(em, model, rows);
    return status != ANA_OK ? status
                            : ana_hmm_forward(chain, rows->begin, rows->n, rows->log_emission,
                                              &rows->scratch, rows->posterior, log_likelihood);
}

/* The way there: all blocks filtered, in order; *end is where the one after the last would begin.
 */
static ana_status filter_sequence(const ana_em *em, const ana_em_seat *seat,
                                  const ana_em_model *model, const ana_hmm_chain *chain, size_t s,
                                  size_t *end, double *log_likelihood)
{
    const size_t n_states = em->n_states;
    const size_t n = em->sequence_start[s + 1] - em->sequence_start[s];
    ana_status status = ANA_OK;
    size_t begin = 0;
    for (; begin < n && status == ANA_OK; begin += em->block_rows) {
        const block rows = block_of(em, seat, s, begin);
        status = filter_block(em, model, chain, &rows, log_likelihood);
        if (em->streams) {
            memcpy(seat->border + begin / em->block_rows * n_states,
                   rows.posterior + (rows.n - 1) * n_states, n_states * sizeof(double));
        }
    }
    *end = begin;
    return status;
}

/* What a smoothed block adds to all sums. */
static void use_block(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model,
                      const block *rows)
{
    const ana_emission *emission = em->emission;
    const ana_em_rows moved = {rows->sequence, rows->begin, rows->n, rows->log_emission,
                               rows->posterior};
    ana_em_moves_pass(em, seat, &moved);
    add_occupancy(rows->n, em->n_states, rows->posterior, model->occupancy);
    if (emission->accumulate != NULL) {
        emission->accumulate(emission->data, model->emission, rows->first + rows->begin, rows->n,
                             rows->posterior);
    }
}

/* The way back: filtered rows become posteriors. */
static ana_status smooth_block(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model,
                               const ana_hmm_chain *chain, const block *rows)
{
    const size_t n_states = em->n_states;
    double *after = rows->scratch.likelihood + rows->n * n_states;
    if (em->streams && !rows->is_last) {
        double ignored = 0.0;
        ana_status status = filter_block(em, model, chain, rows, &ignored);
        if (status != ANA_OK) {
            return status;
        }
        memcpy(after, seat->next, n_states * sizeof *after);
        rows->scratch.scale[rows->n] = seat->next[n_states];
    }
    if (em->streams) {
        memcpy(seat->next, rows->scratch.likelihood, n_states * sizeof *after);
        seat->next[n_states] = rows->scratch.scale[0];
    }
    ana_hmm_backward(chain, rows->begin, rows->is_last ? rows->n : rows->n + 1, &rows->scratch,
                     rows->posterior);
    return ANA_OK;
}

static ana_status smooth_chain(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model,
                               size_t s, double *log_likelihood)
{
    const size_t first = em->sequence_start[s];
    const size_t n = em->sequence_start[s + 1] - first;
    const ana_hmm_chain chain = chain_of(em, seat, model, first, n);
    size_t end = 0;
    ana_status status = filter_sequence(em, seat, model, &chain, s, &end, log_likelihood);
    for (size_t k = 0; k < em->n_states; k++) {
        seat->scratch.beta[k] = 1.0;
    }
    while (end > 0 && status == ANA_OK) {
        end -= em->block_rows;
        const block rows = block_of(em, seat, s, end);
        status = smooth_block(em, seat, model, &chain, &rows);
        if (status == ANA_OK) {
            use_block(em, seat, model, &rows);
        }
    }
    return status;
}

/* States with explicit durations: the whole sequence is kept. */
static ana_status smooth_segments(const ana_em *em, const ana_em_seat *seat,
                                  const ana_em_model *model, size_t s, double *log_likelihood)
{
    const ana_semi_chain chain = {em->n_states,   em->options->max_duration,
                                  model->initial, model->transition,
                                  seat->log_pmf,  seat->log_tail};
    const size_t n = em->sequence_start[s + 1] - em->sequence_start[s];
    const block whole = block_of(em, seat, s, 0);
    ana_status status = ANA_OK;
    size_t begin = 0;
    for (; begin < n && status == ANA_OK; begin += em->block_rows) {
        const block rows = block_of(em, seat, s, begin);
        status = emissions_of_block(em, model, &rows);
    }
    if (status == ANA_OK) {
        status = ana_semi_smooth(&chain, n, whole.log_emission, &seat->semi, whole.posterior,
                                 log_likelihood);
    }
    while (begin > 0 && status == ANA_OK) {
        begin -= em->block_rows;
        const block rows = block_of(em, seat, s, begin);
        use_block(em, seat, model, &rows);
    }
    return status;
}

static ana_status expect_sequence(const ana_em *em, const ana_em_seat *seat, ana_em_model *model,
                                  size_t s)
{
    double part = 0.0;
    ana_status status = em->options->max_duration > 0 ? smooth_segments(em, seat, model, s, &part)
                                                      : smooth_chain(em, seat, model, s, &part);
    if (status != ANA_OK) {
        return ana_fail_in(status, "sequence %zu: ", s);
    }
    model->log_likelihood += part;
    const block start = block_of(em, seat, s, 0);
    for (size_t k = 0; k < em->n_states; k++) {
        seat->first[k] += start.posterior[k];
    }
    return ANA_OK;
}

/* Tables of the durations, and their sums at zero. */
static void begin_durations(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model)
{
    const size_t n_states = em->n_states;
    const size_t most = em->options->max_duration;
    for (size_t k = 0; k < n_states && most > 0; k++) {
        ana_semi_durations(model->durations + 2 * k, most, seat->log_pmf + k * most,
                           seat->log_tail + k * most);
    }
    if (most > 0) {
        memset(seat->semi.steps, 0, n_states * n_states * sizeof(double));
        memset(seat->semi.first, 0, n_states * sizeof(double));
        memset(seat->semi.lasted, 0, n_states * most * sizeof(double));
        memset(seat->semi.cut, 0, n_states * most * sizeof(double));
    }
}

ana_status ana_em_expect(const ana_em *em, const ana_em_seat *seat, ana_em_model *model)
{
    const size_t n_states = em->n_states;
    memset(seat->first, 0, n_states * sizeof *seat->first);
    memset(model->occupancy, 0, n_states * sizeof *model->occupancy);
    memset(seat->scratch.sums, 0, n_states * n_states * sizeof *seat->scratch.sums);
    model->log_likelihood = 0.0;
    begin_durations(em, seat, model);
    ana_em_moves_begin(em, seat);
    ana_status status = em->emission->begin(em->emission->data, model->emission);
    for (size_t s = 0; s < em->n_sequences && status == ANA_OK; s++) {
        status = expect_sequence(em, seat, model, s);
    }
    if (em->options->max_duration > 0) {
        memcpy(seat->scratch.sums, seat->semi.steps, n_states * n_states * sizeof(double));
    }
    ana_em_moves_end(em, seat);
    return status;
}
