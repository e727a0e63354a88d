/* Shortest paths between all conditions: from each in turn, the nearest of those not yet reached
 * for good joins (Dijkstra 1959), n^2 steps from each, since nearly all pairs are edges. */
#include "order.h"
#include "pairs.h"
#include "trsa_parts.h"

#include <math.h>
#include <stdlib.h>

static void spread(size_t n, const double *pairs, double *square)
{
    for (size_t i = 0; i < n; i++) {
        square[i * n + i] = 0.0;
        for (size_t j = i + 1; j < n; j++) {
            const double length = pairs[pairs_place(n, i, j)];
            square[i * n + j] = isnan(length) ? (double)INFINITY : length;
            square[j * n + i] = square[i * n + j];
        }
    }
}

/* distance (n, out) from one condition; `done` is 0 until a distance is final. */
static void reach(size_t n, const double *square, size_t from, double *distance, double *done)
{
    for (size_t i = 0; i < n; i++) {
        distance[i] = square[from * n + i];
        done[i] = 0.0;
    }
    done[from] = INFINITY; /* added to a distance it takes that out of the search */
    for (size_t step = 1; step < n; step++) {
        double least = INFINITY;
        size_t next = n;
        for (size_t i = 0; i < n; i++) {
            if (distance[i] + done[i] < least) {
                least = distance[i];
                next = i;
            }
        }
        if (next == n) {
            return; /* the rest cannot be reached */
        }
        done[next] = INFINITY;
        const double *edges = square + next * n;
        for (size_t i = 0; i < n; i++) {
            const double way = least + edges[i];
            distance[i] = way < distance[i] ? way : distance[i];
        }
    }
}

bool ana_trsa_shortest_paths(size_t n, double *pairs, const ana_trsa_room *room,
                             size_t *n_unreachable)
{
    double farthest = -1.0;
    *n_unreachable = 0;
    spread(n, pairs, room->square);
    for (size_t i = 0; i + 1 < n; i++) {
        double *row = pairs + pairs_place(n, i, i + 1);
        reach(n, room->square, i, room->distance, room->done);
        for (size_t j = i + 1; j < n; j++) {
            double *pair = row + (j - i - 1);
            *pair = isnan(*pair) ? *pair : room->distance[j];
            *n_unreachable += isinf(*pair) ? 1 : 0;
            farthest = isfinite(*pair) && *pair > farthest ? *pair : farthest;
        }
    }
    for (size_t k = 0; k < pairs_count(n); k++) {
        pairs[k] = isinf(pairs[k]) ? fmax(farthest, 1.0) : pairs[k];
    }
    return farthest >= 0.0;
}

void ana_trsa_keep_nearest(size_t n, size_t neighbours, double *pairs, const ana_trsa_room *room)
{
    spread(n, pairs, room->square);
    for (size_t i = 0; i < n; i++) {
        size_t n_others = 0;
        for (size_t j = 0; j < n; j++) {
            if (j != i) {
                room->distance[n_others++] = room->square[i * n + j];
            }
        }
        qsort(room->distance, n_others, sizeof(double), ana_compare_doubles);
        room->done[i] = room->distance[(neighbours < n_others ? neighbours : n_others) - 1];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            double *pair = &pairs[pairs_place(n, i, j)];
            *pair = *pair > room->done[i] && *pair > room->done[j] ? (double)INFINITY : *pair;
        }
    }
}
