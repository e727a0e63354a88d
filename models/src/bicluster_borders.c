/* Borders between states move with the trajectories integrated out: given a trajectory they hardly
 * can, since it follows the dynamics it was drawn by (Carter & Kohn 1996, Biometrika 83(3)). Given
 * Polya-Gamma variables and dynamics everything is Gaussian, so that what the rows up to t and the
 * rows after t say of m_t are two messages in information form,
 *
 *   log density = -m' J m / 2 + h' m + c.
 *
 * A border between states a and b is drawn from its conditional within a window that does not
 * depend on where in it the border is: messages run through the window from the left by a and from
 * the right by b, and meet in every row. Borders are visited from left to right or from right to
 * left, as a coin decides, so that the pass as a whole is reversible, which the acceptance of the
 * trajectories drawn after it asks for. A row costs some 5 D^3 flops. */
#include "bicluster_parts.h"
#include "dense.h"
#include "simd.h"

#include <math.h>
#include <string.h>

enum {
    WINDOW = 24
};

/* The two messages of every row, in the room's arrays. */
typedef struct messages {
    const bicluster_data *data;
    ana_bicluster_chain *chain;
    bicluster_room *room;
    size_t n;          /* D */
    double *before;    /* T x D^2: J of the rows up to t; upper triangle */
    double *after;     /* T x D^2: J of the rows after t */
    double *h_before;  /* T x D */
    double *h_after;   /* T x D */
    double *c_before;  /* T */
    double *c_after;   /* T */
    double *weights;   /* T: of a border's places */
    double *solved;    /* D */
    double *square[2]; /* D^2 each */
} messages;

static messages messages_in(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room)
{
    const size_t n = chain->n_clusters * data->n_rows;
    messages it = {.data = data, .chain = chain, .room = room, .n = n};
    it.before = room->factor;
    it.after = room->link;
    it.h_before = room->linear;
    it.h_after = room->proposal;
    it.c_before = room->block;
    it.c_after = room->block + data->n_times;
    it.weights = room->block + 2 * data->n_times;
    it.solved = room->moment_row;
    it.square[0] = room->dense;
    it.square[1] = room->dense + n * n;
    return it;
}

/* out += sign L' L (upper triangle), linear += sign L' v. */
ANA_CLONES static void add_products(size_t n, double sign, const double *l, const double *v,
                                    double *out, double *linear)
{
    for (size_t k = 0; k < n; k++) {
        const double *row = l + k * n;
        for (size_t i = 0; i < n; i++) {
            const double factor = sign * row[i];
            double *to = out + i * n;
            for (size_t j = i; j < n; j++) {
                to[j] += factor * row[j];
            }
            linear[i] += factor * v[k];
        }
    }
}

/* What integrating out a Gaussian leaves: U of `precision`, v = U^-T linear, and the constant. */
static bool integrate(size_t n, double *precision, double *linear, double *constant)
{
    if (!bicluster_cholesky(n, precision)) {
        return false;
    }
    bicluster_solve_transposed(n, precision, 1, linear);
    *constant -= bicluster_log_diagonal(n, precision);
    for (size_t d = 0; d < n; d++) {
        *constant += 0.5 * linear[d] * linear[d];
    }
    return true;
}

/* log |W| / 2 - b' W b / 2 */
static double constant_of(size_t n, const bicluster_dynamics *one)
{
    double sum = 0.5 * one->log_det;
    for (size_t d = 0; d < n; d++) {
        sum -= 0.5 * one->b[d] * one->push[d];
    }
    return sum;
}

/* The message of the rows up to t, from that of the row before and the state of t. */
static bool step_forward(const messages *it, size_t t, bool first)
{
    const size_t n = it->n;
    const double *pull = it->room->pull + t * n;
    double *j = it->before + t * n * n;
    double *h = it->h_before + t * n;
    if (first) {
        memset(j, 0, n * n * sizeof *j);
        for (size_t d = 0; d < n; d++) {
            j[d * n + d] = 1.0;
        }
        memcpy(h, pull, n * sizeof *h);
        it->c_before[t] = 0.0;
    } else {
        const bicluster_dynamics *one = it->room->dynamics + it->chain->state[t];
        const double *j_last = j - n * n;
        const double *h_last = h - n;
        for (size_t k = 0; k < n * n; k++) {
            it->square[0][k] = j_last[k] + one->back[k];
            it->square[1][k] = -one->cross[k];
        }
        for (size_t d = 0; d < n; d++) {
            it->solved[d] = h_last[d] - one->pull[d];
            h[d] = pull[d] + one->push[d];
        }
        it->c_before[t] = it->c_before[t - 1] + constant_of(n, one);
        if (!integrate(n, it->square[0], it->solved, it->c_before + t)) {
            return false;
        }
        bicluster_solve_transposed(n, it->square[0], n, it->square[1]);
        memcpy(j, one->precision, n * n * sizeof *j);
        add_products(n, -1.0, it->square[1], it->solved, j, h);
    }
    bicluster_add_information(it->data, it->chain, it->room, t, j);
    return true;
}

/* The message of the rows after t - 1, from that of the rows after t and the state of t. */
static bool step_backward(const messages *it, size_t t)
{
    const size_t n = it->n;
    const bicluster_dynamics *one = it->room->dynamics + it->chain->state[t];
    const double *j_next = it->after + t * n * n;
    const double *h_next = it->h_after + t * n;
    const double *pull = it->room->pull + t * n;
    double *j = it->after + (t - 1) * n * n;
    double *h = it->h_after + (t - 1) * n;
    for (size_t k = 0; k < n * n; k++) {
        it->square[0][k] = j_next[k] + one->precision[k];
    }
    bicluster_add_information(it->data, it->chain, it->room, t, it->square[0]);
    for (size_t d = 0; d < n; d++) {
        it->solved[d] = h_next[d] + pull[d] + one->push[d];
        h[d] = -one->pull[d];
    }
    it->c_after[t - 1] = it->c_after[t] + constant_of(n, one);
    if (!integrate(n, it->square[0], it->solved, it->c_after + t - 1)) {
        return false;
    }
    ana_transpose(n, n, one->cross, it->square[1]);
    bicluster_solve_transposed(n, it->square[0], n, it->square[1]);
    memcpy(j, one->back, n * n * sizeof *j);
    /* h += L' v and j -= L' L */
    for (size_t d = 0; d < n; d++) {
        it->solved[d] = -it->solved[d];
    }
    add_products(n, -1.0, it->square[1], it->solved, j, h);
    return true;
}

static bool run_forward(const messages *it, size_t from, size_t end)
{
    bool works = true;
    for (size_t t = from; t < end && works; t++) {
        works = step_forward(it, t, false);
    }
    return works;
}

/* The messages after rows first ... from - 1, from that after row `from`. */
static bool run_backward(const messages *it, size_t from, size_t first)
{
    bool works = true;
    for (size_t t = from; t > first && works; t--) {
        works = step_backward(it, t);
    }
    return works;
}

/* log p(counts) when both messages meet in row t. */
static bool meet(const messages *it, size_t t, double *log_evidence)
{
    const size_t n = it->n;
    for (size_t k = 0; k < n * n; k++) {
        it->square[0][k] = it->before[t * n * n + k] + it->after[t * n * n + k];
    }
    for (size_t d = 0; d < n; d++) {
        it->solved[d] = it->h_before[t * n + d] + it->h_after[t * n + d];
    }
    *log_evidence = it->c_before[t] + it->c_after[t];
    return integrate(n, it->square[0], it->solved, log_evidence);
}

static void set_states(ana_bicluster_chain *chain, size_t first, size_t end, size_t state)
{
    for (size_t t = first; t < end; t++) {
        chain->state[t] = state;
    }
}

/* Draws where, in rows low ... high, the state b = state[*border] takes over from the one before.
 * The message before row low and that after row high must be there. */
static bool draw_border(const messages *it, size_t low, size_t high, size_t *border)
{
    ana_bicluster_chain *chain = it->chain;
    const size_t n_states = it->data->options->n_states;
    const size_t a = chain->state[*border - 1];
    const size_t b = chain->state[*border];
    const double stay =
        log(chain->transition[a * n_states + a]) - log(chain->transition[b * n_states + b]);
    double largest = -INFINITY;
    set_states(chain, low, high, a);
    if (!run_forward(it, low, high)) {
        return false;
    }
    set_states(chain, low, high + 1, b);
    if (!run_backward(it, high, low - 1)) {
        return false;
    }
    for (size_t t = low; t <= high; t++) {
        double *weight = it->weights + t - low;
        if (!meet(it, t - 1, weight)) {
            return false;
        }
        *weight += (double)(t - low) * stay;
        largest = fmax(largest, *weight);
    }
    for (size_t t = low; t <= high; t++) {
        it->weights[t - low] = exp(it->weights[t - low] - largest);
    }
    *border = low + ana_random_categorical(&chain->random, high - low + 1, it->weights);
    set_states(chain, low, *border, a);
    return true;
}

/* Around `border`, between its neighbours `last` and `next` (or the ends of the steps). */
static void draw_window(ana_random *random, size_t border, size_t last, size_t next, size_t *low,
                        size_t *high)
{
    const size_t left = (size_t)ana_random_below(random, WINDOW);
    const size_t right = WINDOW - 1 - left;
    *low = border - last > left + 1 ? border - left : last + 1;
    *high = next - border > right + 1 ? border + right : next - 1;
}

/* The first border after row t, or `end`. */
static size_t border_after(const size_t *state, size_t t, size_t end)
{
    for (t++; t < end && state[t] == state[t - 1]; t++) {
    }
    return t < end ? t : end;
}

/* The last border before row t, or `begin`. */
static size_t border_before(const size_t *state, size_t t, size_t begin)
{
    for (t--; t > begin && state[t] == state[t - 1]; t--) {
    }
    return t > begin ? t : begin;
}

/* `begin` is the first row a step leads to; the messages before it are there. */
static bool visit_rightward(const messages *it, size_t begin, size_t end)
{
    const size_t *state = it->chain->state;
    size_t known = begin; /* the messages before it hold */
    size_t last = begin;
    size_t border = border_after(state, begin, end);
    if (!run_backward(it, end - 1, begin)) {
        return false;
    }
    while (border < end) {
        size_t low = 0;
        size_t high = 0;
        const size_t next = border_after(state, border, end);
        draw_window(&it->chain->random, border, last, next, &low, &high);
        if (!run_forward(it, known, low) || !draw_border(it, low, high, &border)) {
            return false;
        }
        known = border;
        last = border;
        border = border_after(state, border, end);
    }
    return true;
}

static bool visit_leftward(const messages *it, size_t begin, size_t end)
{
    const size_t *state = it->chain->state;
    size_t known = end - 1; /* the messages after it hold */
    size_t next = end;
    size_t border = border_before(state, end, begin);
    if (!run_forward(it, begin, end)) {
        return false;
    }
    while (border > begin) {
        size_t low = 0;
        size_t high = 0;
        const size_t last = border_before(state, border, begin);
        draw_window(&it->chain->random, border, last, next, &low, &high);
        if (!run_backward(it, known, high) || !draw_border(it, low, high, &border)) {
            return false;
        }
        known = border - 1;
        next = border;
        border = border_before(state, border, begin);
    }
    return true;
}

bool bicluster_move_borders(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room)
{
    const messages it = messages_in(data, chain, room);
    const bool rightward = ana_random_uniform(&chain->random) < 0.5;
    bool works = true;
    for (size_t s = 0; s < data->n_sequences && works; s++) {
        const size_t begin = data->sequence_start[s] + 1;
        const size_t end = data->sequence_start[s + 1];
        if (begin >= end || border_after(chain->state, begin, end) == end) {
            continue;
        }
        const size_t last = end - 1;
        memset(it.after + last * it.n * it.n, 0, it.n * it.n * sizeof(double));
        memset(it.h_after + last * it.n, 0, it.n * sizeof(double));
        it.c_after[last] = 0.0;
        works = step_forward(&it, begin - 1, true) &&
                (rightward ? visit_rightward(&it, begin, end) : visit_leftward(&it, begin, end));
    }
    return works;
}
