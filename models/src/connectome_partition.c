#include "connectome_partition.h"

#include <analysis/agreement.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    MOST_PASSES = 100,
    MOST_ROUNDS = 20
};

size_t connectome_room_doubles(size_t n)
{
    return 2 * n * n + 2 * n;
}

size_t connectome_room_sizes(size_t n)
{
    return 4 * n;
}

/* One graph, of nodes or of communities, and the labels of its nodes. */
typedef struct level {
    size_t n;
    const double *matrix;
    double resolution;
    double total;     /* of the matrix */
    double *strength; /* n */
    double *held;     /* n: strength of each label */
    double *tie;      /* n x n: of each label (row) to the nodes */
    size_t *order;    /* n */
    size_t *place;    /* n */
    size_t *label;    /* n: 0 ... n_labels - 1 */
    size_t n_labels;
} level;

static void measure(level *self)
{
    self->total = 0.0;
    for (size_t i = 0; i < self->n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < self->n; j++) {
            sum += self->matrix[i * self->n + j];
        }
        self->strength[i] = sum;
        self->total += sum;
    }
}

/* Labels without gaps, in the order in which nodes have them. */
static void close_gaps(level *self)
{
    size_t n_labels = 0;
    for (size_t i = 0; i < self->n; i++) {
        self->place[i] = ANA_NO_LABEL;
    }
    for (size_t i = 0; i < self->n; i++) {
        size_t *place = &self->place[self->label[i]];
        if (*place == ANA_NO_LABEL) {
            *place = n_labels++;
        }
        self->label[i] = *place;
    }
    self->n_labels = n_labels;
}

static void sum_held(level *self)
{
    memset(self->held, 0, self->n * sizeof *self->held);
    for (size_t i = 0; i < self->n; i++) {
        self->held[self->label[i]] += self->strength[i];
    }
}

static void add_row(size_t n, double sign, const double *row, double *out)
{
    for (size_t j = 0; j < n; j++) {
        out[j] += sign * row[j];
    }
}

static void sum_ties(level *self)
{
    memset(self->tie, 0, self->n_labels * self->n * sizeof *self->tie);
    for (size_t i = 0; i < self->n; i++) {
        add_row(self->n, 1.0, self->matrix + i * self->n, self->tie + self->label[i] * self->n);
    }
}

/* What modularity gains, times the total, if node i, standing alone, joins label c. */
static double gain_of(const level *self, size_t i, size_t c)
{
    const double pull = self->resolution * self->strength[i] / self->total;
    const bool own = self->label[i] == c;
    const double tie = self->tie[c * self->n + i] - (own ? self->matrix[i * self->n + i] : 0.0);
    return tie - pull * (self->held[c] - (own ? self->strength[i] : 0.0));
}

/* Whether node i is better off with another label; then it has it. */
static bool move_node(level *self, size_t i)
{
    const double *row = self->matrix + i * self->n;
    const size_t own = self->label[i];
    const double least_gain = 1e-12 * self->strength[i];
    double most = gain_of(self, i, own);
    size_t best = own;
    for (size_t c = 0; c < self->n_labels; c++) {
        const double gain = c == own ? most : gain_of(self, i, c);
        if (gain > most + least_gain) {
            most = gain;
            best = c;
        }
    }
    if (best == own) {
        return false;
    }
    add_row(self->n, -1.0, row, self->tie + own * self->n);
    add_row(self->n, 1.0, row, self->tie + best * self->n);
    self->held[own] -= self->strength[i];
    self->held[best] += self->strength[i];
    self->label[i] = best;
    return true;
}

/* Until no node moves; whether one did. */
static bool move_nodes(level *self, ana_random *random)
{
    bool any = false;
    bool moved = true;
    for (size_t pass = 0; moved && pass < MOST_PASSES; pass++) {
        moved = false;
        close_gaps(self);
        sum_held(self);
        sum_ties(self);
        ana_random_permutation(random, self->n, self->order);
        for (size_t k = 0; k < self->n; k++) {
            const size_t i = self->order[k];
            if (self->strength[i] > 0.0 && move_node(self, i)) {
                moved = true;
            }
        }
        any = any || moved;
    }
    close_gaps(self);
    return any;
}

/* out (labels x labels) = what the graph's nodes of each two labels share. */
static void join_labels(const level *nodes, double *out)
{
    const size_t m = nodes->n_labels;
    memset(out, 0, m * m * sizeof *out);
    for (size_t i = 0; i < nodes->n; i++) {
        const double *row = nodes->matrix + i * nodes->n;
        double *sums = out + nodes->label[i] * m;
        for (size_t j = 0; j < nodes->n; j++) {
            sums[nodes->label[j]] += row[j];
        }
    }
}

/* Whole communities move, as nodes of a graph of their own, as long as that gains. */
static void move_labels(level *nodes, ana_random *random, double *coarse, size_t *coarse_label)
{
    bool moved = true;
    while (moved && nodes->n_labels > 1) {
        level groups = *nodes;
        groups.n = nodes->n_labels;
        groups.matrix = coarse;
        groups.label = coarse_label;
        join_labels(nodes, coarse);
        measure(&groups);
        for (size_t c = 0; c < groups.n; c++) {
            groups.label[c] = c;
        }
        moved = move_nodes(&groups, random);
        for (size_t i = 0; i < nodes->n; i++) {
            nodes->label[i] = groups.label[nodes->label[i]];
        }
        nodes->n_labels = groups.n_labels;
    }
    measure(nodes); /* the groups used its room */
}

/* Share of each node's strength that its next best choice would cost; labels have no gaps. */
static void find_holds(level *self, double *hold)
{
    sum_held(self);
    sum_ties(self);
    for (size_t i = 0; i < self->n; i++) {
        double next = 0.0; /* alone */
        for (size_t c = 0; c < self->n_labels; c++) {
            next = c != self->label[i] ? fmax(next, gain_of(self, i, c)) : next;
        }
        const double lead = gain_of(self, i, self->label[i]) - next;
        hold[i] = self->strength[i] > 0.0 ? fmax(lead, 0.0) / self->strength[i] : 0.0;
    }
}

/* Labels by falling size, the one of the first node first on a tie. */
static size_t order_labels(level *nodes, size_t *size)
{
    size_t n_groups = 0;
    memset(size, 0, nodes->n * sizeof *size);
    for (size_t i = 0; i < nodes->n; i++) {
        size[nodes->label[i]] += nodes->strength[i] > 0.0 ? 1 : 0;
    }
    for (size_t g = 0; g < nodes->n_labels; g++) {
        size_t best = 0;
        for (size_t c = 1; c < nodes->n_labels; c++) {
            best = size[c] > size[best] ? c : best;
        }
        if (size[best] == 0) { /* the rest are tied to nobody */
            break;
        }
        nodes->place[best] = n_groups++;
        size[best] = 0;
    }
    for (size_t i = 0; i < nodes->n; i++) {
        const bool tied = nodes->strength[i] > 0.0;
        nodes->label[i] = tied ? nodes->place[nodes->label[i]] : ANA_NO_LABEL;
    }
    return n_groups;
}

size_t connectome_partition(const connectome_graph *graph, ana_random *random, double *doubles,
                            size_t *sizes, size_t *label, double *hold)
{
    const size_t n = graph->n;
    level nodes = {.n = n,
                   .matrix = graph->matrix,
                   .resolution = graph->resolution,
                   .strength = doubles,
                   .held = doubles + n,
                   .tie = doubles + 2 * n,
                   .order = sizes,
                   .place = sizes + n,
                   .label = label,
                   .n_labels = n};
    double *coarse = doubles + 2 * n + n * n;
    for (size_t i = 0; i < n; i++) {
        label[i] = i;
    }
    measure(&nodes);
    bool moved = true;
    for (size_t round = 0; moved && round < MOST_ROUNDS; round++) {
        moved = move_nodes(&nodes, random);
        if (moved) {
            move_labels(&nodes, random, coarse, sizes + 2 * n);
        }
    }
    if (hold != NULL) {
        find_holds(&nodes, hold);
    }
    return order_labels(&nodes, sizes + 3 * n);
}

double connectome_modularity(const connectome_graph *graph, const size_t *label, double *sums)
{
    const size_t n = graph->n;
    double within = 0.0;
    double total = 0.0;
    memset(sums, 0, n * sizeof *sums);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double weight = graph->matrix[i * n + j];
            total += weight;
            if (label[i] != ANA_NO_LABEL) {
                within += label[i] == label[j] ? weight : 0.0;
                sums[label[i]] += weight;
            }
        }
    }
    double chance = 0.0;
    for (size_t g = 0; g < n; g++) {
        chance += total > 0.0 ? (sums[g] / total) * (sums[g] / total) : 0.0;
    }
    return total > 0.0 ? within / total - graph->resolution * chance : 0.0;
}
