#include "hmm_inputs.h"

#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    N_NEWTON = 4, /* steps of one M-step: the next E-step changes the target anyway */
    N_HALVINGS = 30
};

/* Parameters are log P (K x K, -inf for a zero) and then V (K x D), n of them. */
struct ana_em_inputs {
    size_t n;
    double *at;       /* n */
    double *tried;    /* n */
    double *gradient; /* n */
    double *step;     /* n */
    double *hessian;  /* n x n, of the negative target */
    double *push;     /* K: V_j' u_t */
    double *row;      /* K */
    double *block;    /* K x K: sum over rows i of gamma_i (diag p - p p') */
};

static void push_of(size_t n_states, size_t n_inputs, const double *weights, const double *u,
                    double *push)
{
    for (size_t j = 0; j < n_states; j++) {
        push[j] = 0.0;
        for (size_t d = 0; d < n_inputs; d++) {
            push[j] += weights[j * n_inputs + d] * u[d];
        }
    }
}

/* out = softmax(logits + push); returns the log of the normaliser. */
static double pushed_row(size_t n_states, const double *logits, const double *push, double *out)
{
    double largest = -INFINITY;
    double sum = 0.0;
    for (size_t j = 0; j < n_states; j++) {
        largest = fmax(largest, logits[j] + push[j]);
    }
    for (size_t j = 0; j < n_states; j++) {
        out[j] = exp(logits[j] + push[j] - largest);
        sum += out[j];
    }
    for (size_t j = 0; j < n_states; j++) {
        out[j] /= sum;
    }
    return largest + log(sum);
}

void ana_hmm_input_steps(const ana_hmm_inputs *inputs, size_t first, size_t n,
                         const ana_hmm_input_room *room, double *out)
{
    const size_t n_states = inputs->n_states;
    for (size_t j = 0; j < n_states * n_states; j++) {
        room->logits[j] = log(inputs->transition[j]);
    }
    for (size_t t = 1; t < n; t++) {
        push_of(n_states, inputs->n_inputs, inputs->weights,
                inputs->values + (first + t) * inputs->n_inputs, room->push);
        for (size_t i = 0; i < n_states; i++) {
            pushed_row(n_states, room->logits + i * n_states, room->push,
                       out + ((t - 1) * n_states + i) * n_states);
        }
    }
}

ana_status ana_hmm_driven_new(const ana_hmm_inputs *inputs, const double *initial,
                              size_t n_sequences, const size_t *sequence_start,
                              ana_workspace *workspace, ana_hmm_driven *out)
{
    const size_t n_states = inputs->n_states;
    size_t longest = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        const size_t n = sequence_start[s + 1] - sequence_start[s];
        longest = n > longest ? n : longest;
    }
    *out =
        (ana_hmm_driven){.inputs = *inputs, .initial = initial, .sequence_start = sequence_start};
    if (inputs->n_inputs > 0) {
        out->steps = ana_workspace_doubles(workspace, longest, n_states * n_states);
        out->room.logits = ana_workspace_doubles(workspace, n_states, n_states);
        out->room.push = ana_workspace_doubles(workspace, n_states, 1);
    }
    return ana_workspace_check(workspace, "hmm inputs");
}

ana_hmm_chain ana_hmm_driven_chain(const ana_hmm_driven *driven, size_t s)
{
    const size_t n_states = driven->inputs.n_states;
    ana_hmm_chain chain = {n_states, driven->initial, driven->inputs.transition, 0};
    if (driven->inputs.n_inputs > 0) {
        const size_t first = driven->sequence_start[s];
        ana_hmm_input_steps(&driven->inputs, first, driven->sequence_start[s + 1] - first,
                            &driven->room, driven->steps);
        chain.transition = driven->steps;
        chain.transition_stride = n_states * n_states;
    }
    return chain;
}

static size_t n_parameters(size_t n_states, size_t n_inputs)
{
    return n_states * (n_states + n_inputs);
}

size_t ana_em_inputs_bytes(size_t n_states, size_t n_inputs)
{
    const size_t n = n_parameters(n_states, n_inputs);
    return sizeof(double) * (n * (n + 4) + n_states * (n_states + 2));
}

ana_em_inputs *ana_em_inputs_new(size_t n_states, size_t n_inputs, ana_workspace *workspace)
{
    ana_em_inputs *made = ana_workspace_bytes(workspace, 1, 1, sizeof *made);
    if (made != NULL) {
        const size_t n = n_parameters(n_states, n_inputs);
        made->n = n;
        made->at = ana_workspace_doubles(workspace, n, 1);
        made->tried = ana_workspace_doubles(workspace, n, 1);
        made->gradient = ana_workspace_doubles(workspace, n, 1);
        made->step = ana_workspace_doubles(workspace, n, 1);
        made->hessian = ana_workspace_doubles(workspace, n, n);
        made->push = ana_workspace_doubles(workspace, n_states, 1);
        made->row = ana_workspace_doubles(workspace, n_states, 1);
        made->block = ana_workspace_doubles(workspace, n_states, n_states);
    }
    return made;
}

/* What one M-step works on. */
typedef struct problem {
    const ana_em *em;
    const ana_em_seat *seat;
    size_t n_states;
    size_t n_inputs;
    const double *counts; /* K x K: expected transitions with the prior's */
} problem;

/* Adds the curvature of row i at one time, whose input is u and probabilities p. */
static void add_curvature(const problem *p, size_t i, double weight, const double *u)
{
    ana_em_inputs *own = p->seat->inputs;
    const size_t n_states = p->n_states;
    const size_t n_inputs = p->n_inputs;
    for (size_t j = 0; j < n_states; j++) {
        double *h = own->hessian + (i * n_states + j) * own->n;
        for (size_t l = 0; l < n_states; l++) {
            double c = weight * own->row[j] * ((j == l ? 1.0 : 0.0) - own->row[l]);
            double *across = h + n_states * n_states + l * n_inputs;
            h[i * n_states + l] += c;
            own->block[j * n_states + l] += c;
            for (size_t d = 0; d < n_inputs; d++) {
                across[d] += c * u[d];
            }
        }
    }
}

/* Adds block (x) u u' to the curvature of V. */
static void add_weight_curvature(const problem *p, const double *u)
{
    ana_em_inputs *own = p->seat->inputs;
    const size_t n_inputs = p->n_inputs;
    const size_t first = p->n_states * p->n_states;
    for (size_t j = 0; j < p->n_states; j++) {
        for (size_t d = 0; d < n_inputs; d++) {
            double *h = own->hessian + (first + j * n_inputs + d) * own->n + first;
            for (size_t l = 0; l < p->n_states; l++) {
                for (size_t e = 0; e < n_inputs; e++) {
                    h[l * n_inputs + e] += own->block[j * p->n_states + l] * u[d] * u[e];
                }
            }
        }
    }
}

/* One time's part of the target; with `derive` also of its derivatives. */
static double add_time(const problem *p, const double *at, size_t t, bool derive)
{
    ana_em_inputs *own = p->seat->inputs;
    const size_t n_states = p->n_states;
    const double *u = p->em->options->inputs + t * p->n_inputs;
    const double *before = p->seat->posterior + (t - 1) * n_states;
    double *of_weights = own->gradient + n_states * n_states;
    double sum = 0.0;
    push_of(n_states, p->n_inputs, at + n_states * n_states, u, own->push);
    memset(own->block, 0, n_states * n_states * sizeof *own->block);
    for (size_t j = 0; j < n_states; j++) {
        double entered = before[n_states + j];
        sum += entered * own->push[j];
        for (size_t d = 0; derive && d < p->n_inputs; d++) {
            of_weights[j * p->n_inputs + d] += entered * u[d];
        }
    }
    for (size_t i = 0; i < n_states; i++) {
        sum -= before[i] * pushed_row(n_states, at + i * n_states, own->push, own->row);
        for (size_t j = 0; derive && j < n_states; j++) {
            double expected = before[i] * own->row[j];
            own->gradient[i * n_states + j] -= expected;
            for (size_t d = 0; d < p->n_inputs; d++) {
                of_weights[j * p->n_inputs + d] -= expected * u[d];
            }
        }
        if (derive) {
            add_curvature(p, i, before[i], u);
        }
    }
    if (derive) {
        add_weight_curvature(p, u);
    }
    return sum;
}

/* Row i's counts times log P, less the normaliser of its prior. */
static double add_counts(const problem *p, const double *logits, size_t i, bool derive)
{
    ana_em_inputs *own = p->seat->inputs;
    const size_t n_states = p->n_states;
    double *gradient = own->gradient + i * n_states;
    double pseudo = 0.0;
    double sum = 0.0;
    memset(own->push, 0, n_states * sizeof *own->push);
    for (size_t j = 0; j < n_states; j++) {
        if (isfinite(logits[j])) {
            pseudo += ana_em_pseudo_count(p->em->options, i, j);
            sum += p->counts[i * n_states + j] * logits[j];
            gradient[j] += derive ? p->counts[i * n_states + j] : 0.0;
        }
    }
    sum -= pseudo * pushed_row(n_states, logits, own->push, own->row);
    for (size_t j = 0; derive && j < n_states; j++) {
        double *h = own->hessian + (i * n_states + j) * own->n + i * n_states;
        gradient[j] -= pseudo * own->row[j];
        for (size_t l = 0; l < n_states; l++) {
            h[l] += pseudo * own->row[j] * ((j == l ? 1.0 : 0.0) - own->row[l]);
        }
    }
    return sum;
}

static double add_ridge(const problem *p, const double *at, bool derive)
{
    ana_em_inputs *own = p->seat->inputs;
    const double ridge = p->em->options->input_ridge;
    double sum = 0.0;
    for (size_t w = p->n_states * p->n_states; w < own->n; w++) {
        sum -= 0.5 * ridge * at[w] * at[w];
        if (derive) {
            own->gradient[w] -= ridge * at[w];
            own->hessian[w * own->n + w] += ridge;
        }
    }
    return sum;
}

static double evaluate(const problem *p, const double *at, bool derive)
{
    ana_em_inputs *own = p->seat->inputs;
    if (derive) {
        memset(own->gradient, 0, own->n * sizeof *own->gradient);
        memset(own->hessian, 0, own->n * own->n * sizeof *own->hessian);
    }
    double sum = add_ridge(p, at, derive);
    for (size_t i = 0; i < p->n_states; i++) {
        sum += add_counts(p, at + i * p->n_states, i, derive);
    }
    for (size_t s = 0; s < p->em->n_sequences; s++) {
        for (size_t t = p->em->sequence_start[s] + 1; t < p->em->sequence_start[s + 1]; t++) {
            sum += add_time(p, at, t, derive);
        }
    }
    return sum;
}

/* Each row of log P is free up to a constant, and a zero is not free at all: a small ridge on
 * those, along which the gradient is zero, makes the curvature definite. */
static void make_definite(ana_em_inputs *own)
{
    double largest = 0.0;
    for (size_t i = 0; i < own->n; i++) {
        double *h = own->hessian + i * own->n;
        for (size_t j = i + 1; j < own->n; j++) {
            own->hessian[j * own->n + i] = h[j];
        }
        largest = fmax(largest, h[i]);
    }
    for (size_t i = 0; i < own->n; i++) {
        own->hessian[i * own->n + i] += 1e-9 * largest + 1e-12;
    }
}

/* One Newton step; false when it gains nothing. */
static ana_status newton_step(const problem *p, double *value, bool *gained)
{
    ana_em_inputs *own = p->seat->inputs;
    double size = 2.0; /* halved before each trial: the first is Newton's own step */
    make_definite(own);
    *gained = false;
    ana_status status = ana_linalg_solve_spd(own->n, own->hessian, 1, own->gradient, own->step);
    for (int h = 0; h < N_HALVINGS && status == ANA_OK && !*gained; h++) {
        for (size_t i = 0; i < own->n; i++) {
            own->tried[i] = own->at[i] + size * own->step[i];
        }
        size *= 0.5;
        double tried = evaluate(p, own->tried, false);
        if (tried > *value) {
            *value = tried;
            *gained = true;
            memcpy(own->at, own->tried, own->n * sizeof *own->at);
        }
    }
    return status;
}

ana_status ana_em_maximise_inputs(const ana_em *em, const ana_em_seat *seat, ana_em_model *model)
{
    ana_em_inputs *own = seat->inputs;
    const size_t n_states = em->n_states;
    const size_t n_weights = n_states * em->options->n_inputs;
    const problem p = {em, seat, n_states, em->options->n_inputs, seat->scratch.sums};
    ana_status status = ANA_OK;
    bool gained = true;
    for (size_t j = 0; j < n_states * n_states; j++) {
        own->at[j] = log(model->transition[j]);
    }
    memcpy(own->at + n_states * n_states, model->input_weights, n_weights * sizeof *own->at);
    double value = evaluate(&p, own->at, true);
    for (int i = 0; i < N_NEWTON && gained && status == ANA_OK; i++) {
        if (i > 0) {
            value = evaluate(&p, own->at, true);
        }
        status = newton_step(&p, &value, &gained);
    }
    memset(own->push, 0, n_states * sizeof *own->push);
    for (size_t i = 0; i < n_states && status == ANA_OK; i++) {
        pushed_row(n_states, own->at + i * n_states, own->push, model->transition + i * n_states);
    }
    memcpy(model->input_weights, own->at + n_states * n_states, n_weights * sizeof *own->at);
    return status;
}

/* Variances of the weights about their mean over states, from the inverse of the whole. */
static void centre_errors(const ana_em_inputs *own, size_t n_states, size_t n_inputs,
                          const double *inverse, double *out)
{
    const size_t first = n_states * n_states;
    for (size_t j = 0; j < n_states; j++) {
        for (size_t d = 0; d < n_inputs; d++) {
            double variance = 0.0;
            for (size_t a = 0; a < n_states; a++) {
                for (size_t b = 0; b < n_states; b++) {
                    const double left = (a == j ? 1.0 : 0.0) - 1.0 / (double)n_states;
                    const double right = (b == j ? 1.0 : 0.0) - 1.0 / (double)n_states;
                    variance +=
                        left * right *
                        inverse[(first + a * n_inputs + d) * own->n + first + b * n_inputs + d];
                }
            }
            out[j * n_inputs + d] = sqrt(fmax(variance, 0.0));
        }
    }
}

ana_status ana_hmm_input_errors(const ana_hmm_inputs *inputs, size_t n_sequences,
                                const size_t *sequence_start, const double *posterior, double ridge,
                                double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_states = inputs->n_states;
    const ana_em_options options = {.inputs = inputs->values,
                                    .n_inputs = inputs->n_inputs,
                                    .input_ridge = ridge,
                                    .concentration = 1.0};
    const ana_em em = {.options = &options,
                       .n_states = n_states,
                       .n_sequences = n_sequences,
                       .sequence_start = sequence_start};
    ana_em_inputs *own = ana_em_inputs_new(n_states, inputs->n_inputs, &workspace);
    double *counts = ana_workspace_doubles(&workspace, n_states, n_states);
    /* A posterior is only read. */
    double *rows = ana_workspace_doubles(&workspace, sequence_start[n_sequences], n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm inputs"));
    double *inverse = ana_workspace_doubles(&workspace, own->n, own->n);
    ANA_TRY(ana_workspace_check(&workspace, "hmm inputs"));
    memcpy(rows, posterior, sequence_start[n_sequences] * n_states * sizeof *rows);
    const ana_em_seat seat = {.posterior = rows, .inputs = own};
    const problem p = {&em, &seat, n_states, inputs->n_inputs, counts};
    for (size_t j = 0; j < n_states * n_states; j++) {
        own->at[j] = log(inputs->transition[j]);
    }
    memcpy(own->at + n_states * n_states, inputs->weights,
           n_states * inputs->n_inputs * sizeof *own->at);
    (void)evaluate(&p, own->at, true);
    make_definite(own);
    ANA_TRY(ana_linalg_inverse_spd(own->n, own->hessian, inverse));
    centre_errors(own, n_states, inputs->n_inputs, inverse, out);
done:
    ana_workspace_release(&workspace);
    return status;
}
