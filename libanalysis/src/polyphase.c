#include "polyphase.h"

#include "memory.h"
#include "simd.h"
#include "try.h"

#include <stdlib.h>

ana_status ana_polyphase_new(size_t up, size_t down, size_t half, const double *taps, bool reflect,
                             ana_polyphase **out)
{
    ana_status status = ANA_OK;
    ana_polyphase *polyphase = NULL;
    const size_t n_phase = (2 * half + up) / up;
    ANA_TRY(ana_allocate(1, sizeof *polyphase, "resampling", &polyphase));
    *polyphase = (ana_polyphase){up, down, half, n_phase, reflect, NULL};
    ANA_TRY(ana_allocate(n_phase * up, sizeof(double), "resampling", &polyphase->phases));
    for (size_t j = 0; j <= 2 * half; j++) {
        polyphase->phases[(j % up) * n_phase + n_phase - 1 - j / up] = taps[j];
    }
    *out = polyphase;
    polyphase = NULL;
done:
    ana_polyphase_free(polyphase);
    return status;
}

void ana_polyphase_free(ana_polyphase *polyphase)
{
    if (polyphase != NULL) {
        free(polyphase->phases);
        free(polyphase);
    }
}

/* The last sample that answer i meets (it may lie beyond the end), and the phase of its taps. */
static size_t last_sample(const ana_polyphase *polyphase, size_t i, size_t *phase)
{
    const size_t place = i * polyphase->down + polyphase->half;
    *phase = place % polyphase->up;
    return place / polyphase->up;
}

/* Positions from the first sample of the first answer's window to the last one's last. */
static void window_of(const ana_polyphase *polyphase, size_t first, size_t n, ptrdiff_t *from,
                      ptrdiff_t *to)
{
    size_t phase = 0;
    *from = (ptrdiff_t)last_sample(polyphase, first, &phase) - (ptrdiff_t)polyphase->n_phase + 1;
    *to = (ptrdiff_t)last_sample(polyphase, first + n - 1, &phase);
}

void ana_polyphase_reach(const ana_polyphase *polyphase, size_t n_times, size_t first, size_t n,
                         size_t *in_first, size_t *in_n)
{
    ptrdiff_t from = 0;
    ptrdiff_t to = 0;
    window_of(polyphase, first, n, &from, &to);
    ana_stretch_reach(n_times, polyphase->reflect, from, to, in_first, in_n);
}

size_t ana_polyphase_scratch(const ana_polyphase *polyphase, size_t n)
{
    return n * polyphase->down / polyphase->up + polyphase->n_phase + 2;
}

/* Sums of four interleaved chains, added in one order. */
ANA_CLONES static double dot(size_t n, const double *restrict a, const double *restrict b)
{
    double sums[4] = {0.0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
#pragma omp simd
        for (size_t l = 0; l < 4; l++) {
            sums[l] += a[i + l] * b[i + l];
        }
    }
    for (; i < n; i++) {
        sums[i % 4] += a[i] * b[i];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void ana_polyphase_run(const ana_polyphase *polyphase, const ana_stretch *stretch, size_t first,
                       size_t n, double *scratch, double *out)
{
    ptrdiff_t from = 0;
    ptrdiff_t to = 0;
    window_of(polyphase, first, n, &from, &to);
    ana_stretch_load(stretch, polyphase->reflect, from, (size_t)(to - from + 1), scratch);
    for (size_t i = 0; i < n; i++) {
        size_t phase = 0;
        size_t last = last_sample(polyphase, first + i, &phase);
        size_t window = (size_t)((ptrdiff_t)last - from) + 1 - polyphase->n_phase;
        out[i] = dot(polyphase->n_phase, polyphase->phases + phase * polyphase->n_phase,
                     scratch + window);
    }
}
