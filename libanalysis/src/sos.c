/* Recursive second-order sections: causal and zero-phase filtering. */
#include "constants.h"
#include "filters.h"
#include "memory.h"
#include "simd.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_sos_new(size_t n_sections, ana_sos **out)
{
    if (n_sections == 0) {
        return ana_fail(ANA_ERR_VALUE, "a filter of 0 sections: at least 1");
    }
    ana_status status = ANA_OK;
    ana_sos *sos = NULL;
    ANA_TRY(ana_allocate(1, sizeof *sos, "filter", &sos));
    ANA_TRY(ana_allocate(n_sections, 6 * sizeof(double), "filter", &sos->sections));
    sos->n_sections = n_sections;
    *out = sos;
    sos = NULL;
done:
    ana_sos_free(sos);
    return status;
}

ana_status ana_sos_copy(const ana_sos *sos, ana_sos **out)
{
    ana_status status = ana_sos_new(sos->n_sections, out);
    if (status == ANA_OK) {
        memcpy((*out)->sections, sos->sections, 6 * sos->n_sections * sizeof(double));
    }
    return status;
}

void ana_sos_free(ana_sos *sos)
{
    if (sos != NULL) {
        free(sos->sections);
        free(sos);
    }
}

void ana_sos_response(const ana_sos *sos, double rate, size_t n, const double *frequencies_hz,
                      double *gain)
{
    for (size_t i = 0; i < n; i++) {
        double angle = 2.0 * ANA_PI * frequencies_hz[i] / rate;
        double c[3] = {1.0, cos(angle), cos(2.0 * angle)};
        double s[3] = {0.0, -sin(angle), -sin(2.0 * angle)};
        double re = 1.0;
        double im = 0.0;
        for (size_t k = 0; k < sos->n_sections; k++) {
            const double *b = sos->sections + 6 * k;
            const double *a = b + 3;
            double up_re = b[0] + b[1] * c[1] + b[2] * c[2];
            double up_im = b[1] * s[1] + b[2] * s[2];
            double down_re = a[0] + a[1] * c[1] + a[2] * c[2];
            double down_im = a[1] * s[1] + a[2] * s[2];
            double norm = down_re * down_re + down_im * down_im;
            double ratio_re = (up_re * down_re + up_im * down_im) / norm;
            double ratio_im = (up_im * down_re - up_re * down_im) / norm;
            double product = re * ratio_re - im * ratio_im;
            im = re * ratio_im + im * ratio_re;
            re = product;
        }
        gain[2 * i] = re;
        gain[2 * i + 1] = im;
    }
}

ana_status ana_sos_steady_state(const ana_sos *sos, double *state)
{
    double level = 1.0;
    for (size_t s = 0; s < sos->n_sections; s++) {
        const double *b = sos->sections + 6 * s;
        const double *a = b + 3;
        double denominator = a[0] + a[1] + a[2];
        if (denominator == 0.0) {
            return ana_fail(ANA_ERR_NUMERIC, "filter: section %zu has a pole at frequency 0", s);
        }
        double gain = (b[0] + b[1] + b[2]) / denominator;
        state[2 * s] = level * (gain - b[0]);
        state[2 * s + 1] = level * (b[2] - a[2] * gain);
        level *= gain;
    }
    return ANA_OK;
}

/* Channels are filtered LANES at a time, TILE samples of them at a time: the recursion is one chain
 * of dependent operations, so speed comes from independent chains side by side. Each lane does the
 * same arithmetic in the same order as it would alone. */
enum {
    LANES = ANA_SOS_LANES,
    TILE = 128
};

/* Up to LANES channels: rows of x and out, `stride` apart. */
typedef struct lane_rows {
    size_t n_lanes;
    size_t stride;
    const double *x;
    double *out;
} lane_rows;

/* tile: n x LANES in place; z: 2 x LANES, transposed direct form II. */
ANA_CLONES static void run_section(const double *section, size_t n, double *restrict tile,
                                   double *restrict z)
{
    const double b0 = section[0];
    const double b1 = section[1];
    const double b2 = section[2];
    const double a1 = section[4];
    const double a2 = section[5];
    double z0[LANES];
    double z1[LANES];
    memcpy(z0, z, sizeof z0);
    memcpy(z1, z + LANES, sizeof z1);
    for (size_t t = 0; t < n; t++) {
        double *values = tile + t * LANES;
#pragma omp simd
        for (size_t l = 0; l < LANES; l++) {
            double value = values[l];
            double answer = b0 * value + z0[l];
            z0[l] = b1 * value - a1 * answer + z1[l];
            z1[l] = b2 * value - a2 * answer;
            values[l] = answer;
        }
    }
    memcpy(z, z0, sizeof z0);
    memcpy(z + LANES, z1, sizeof z1);
}

/* Samples at, at + 1, ... of each row (counted from its end if `backward`) to the tile, or back. */
static void load_tile(const lane_rows *rows, size_t n, bool backward, size_t at, size_t n_tile,
                      double *tile)
{
    for (size_t l = 0; l < rows->n_lanes; l++) {
        const double *x = rows->x + l * rows->stride;
        for (size_t i = at; i < at + n_tile; i++) {
            tile[(i - at) * LANES + l] = x[backward ? n - 1 - i : i];
        }
    }
}

static void store_tile(const lane_rows *rows, size_t n, bool backward, size_t at, size_t n_tile,
                       const double *tile)
{
    for (size_t l = 0; l < rows->n_lanes; l++) {
        double *out = rows->out + l * rows->stride;
        for (size_t i = at; i < at + n_tile; i++) {
            out[backward ? n - 1 - i : i] = tile[(i - at) * LANES + l];
        }
    }
}

/* n samples of the rows through all sections, forward or from the last to the first. z: n_sections
 * x 2 x LANES. */
static void run_rows(const ana_sos *sos, const lane_rows *rows, size_t n, bool backward, double *z)
{
    double tile[TILE * LANES] = {0.0};
    for (size_t at = 0; at < n; at += TILE) {
        size_t n_tile = n - at < TILE ? n - at : TILE;
        load_tile(rows, n, backward, at, n_tile, tile);
        for (size_t s = 0; s < sos->n_sections; s++) {
            run_section(sos->sections + 6 * s, n_tile, tile, z + s * 2 * LANES);
        }
        store_tile(rows, n, backward, at, n_tile, tile);
    }
}

/* States as the caller keeps them (channel x section x 2), as the kernel does (section x 2 x lane).
 */
static void load_states(const ana_sos *sos, size_t n_lanes, const double *state, double *z)
{
    for (size_t l = 0; l < n_lanes; l++) {
        for (size_t i = 0; i < 2 * sos->n_sections; i++) {
            z[i * LANES + l] = state[l * 2 * sos->n_sections + i];
        }
    }
}

static void store_states(const ana_sos *sos, size_t n_lanes, const double *z, double *state)
{
    for (size_t l = 0; l < n_lanes; l++) {
        for (size_t i = 0; i < 2 * sos->n_sections; i++) {
            state[l * 2 * sos->n_sections + i] = z[i * LANES + l];
        }
    }
}

static size_t lanes_of_group(size_t group, size_t n_channels)
{
    size_t left = n_channels - group * LANES;
    return left < LANES ? left : LANES;
}

ana_status ana_sos_apply_parallel(const ana_sos *sos, size_t n_channels, size_t n_times,
                                  const double *x, double *state, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_groups = (n_channels + LANES - 1) / LANES;
    const int n_threads = ana_run_threads(run, n_groups);
    const size_t stride = sos->n_sections * 2 * LANES;
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "filter"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(sos, scratch, stride, n_groups, n_channels, n_times, x, state, out)
    for (size_t group = 0; group < n_groups; group++) {
        const size_t first = group * LANES;
        lane_rows rows = {lanes_of_group(group, n_channels), n_times, x + first * n_times, NULL};
        rows.out = out + first * n_times;
        double *z = scratch + (size_t)omp_get_thread_num() * stride;
        double *group_state = state + first * 2 * sos->n_sections;
        load_states(sos, rows.n_lanes, group_state, z);
        run_rows(sos, &rows, n_times, false, z);
        store_states(sos, rows.n_lanes, z, group_state);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_sos_apply(const ana_sos *sos, size_t n_channels, size_t n_times, const double *x,
                         double *state, double *out)
{
    ana_run alone = ana_run_default();
    alone.n_threads = 1;
    return ana_sos_apply_parallel(sos, n_channels, n_times, x, state, &alone, out);
}

/* What a segment is continued by before its first and after its last sample: n_pad values a lane,
 * 2 x[0] - x[k] and 2 x[n - 1] - x[n - 1 - k]. */
static void reflect(const lane_rows *rows, size_t n_times, size_t n_pad, double *left,
                    double *right)
{
    for (size_t l = 0; l < rows->n_lanes; l++) {
        const double *x = rows->x + l * rows->stride;
        const double *end = x + n_times - 1;
        for (size_t k = 1; k <= n_pad; k++) {
            left[l * n_pad + n_pad - k] = 2.0 * x[0] - x[k];
            right[l * n_pad + k - 1] = 2.0 * end[0] - *(end - k);
        }
    }
}

/* Every lane in the steady state of a constant input: values[l * stride]. */
static void settle(const ana_sos *sos, const double *steady, size_t n_lanes, const double *values,
                   size_t stride, double *z)
{
    for (size_t l = 0; l < n_lanes; l++) {
        for (size_t i = 0; i < 2 * sos->n_sections; i++) {
            z[i * LANES + l] = steady[i] * values[l * stride];
        }
    }
}

size_t ana_sos_scratch(const ana_sos *sos, size_t n_pad)
{
    return (sos->n_sections + n_pad) * 2 * LANES;
}

void ana_sos_both_ways(const ana_sos *sos, const double *steady, size_t n_channels, size_t n_times,
                       size_t n_pad, double *x, double *scratch)
{
    double *z = scratch;
    double *left = z + sos->n_sections * 2 * LANES;
    double *right = left + n_pad * LANES;
    const lane_rows rows = {n_channels, n_times, x, x};
    const lane_rows before = {n_channels, n_pad, left, left};
    const lane_rows after = {n_channels, n_pad, right, right};
    reflect(&rows, n_times, n_pad, left, right);
    if (n_pad > 0) {
        settle(sos, steady, n_channels, left, n_pad, z);
    } else {
        settle(sos, steady, n_channels, x, n_times, z);
    }
    run_rows(sos, &before, n_pad, false, z);
    run_rows(sos, &rows, n_times, false, z);
    run_rows(sos, &after, n_pad, false, z);
    if (n_pad > 0) {
        settle(sos, steady, n_channels, right + n_pad - 1, n_pad, z);
    } else {
        settle(sos, steady, n_channels, x + n_times - 1, n_times, z);
    }
    run_rows(sos, &after, n_pad, true, z);
    run_rows(sos, &rows, n_times, true, z);
}

ana_status ana_sos_apply_zero_phase(const ana_sos *sos, size_t n_pad, size_t n_channels,
                                    size_t n_times, const double *x, const ana_run *run,
                                    double *out)
{
    if (n_times == 0 || n_channels == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t pad = n_pad < n_times ? n_pad : n_times - 1;
    const size_t n_groups = (n_channels + LANES - 1) / LANES;
    const int n_threads = ana_run_threads(run, n_groups);
    const size_t stride = ana_sos_scratch(sos, pad);
    double *steady = ana_workspace_doubles(&workspace, sos->n_sections, 2);
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "zero-phase filter"));
    ANA_TRY(ana_sos_steady_state(sos, steady));
    if (out != x) {
        memcpy(out, x, n_channels * n_times * sizeof(double));
    }
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(sos, steady, scratch, stride, n_groups, n_channels, n_times, pad, out)
    for (size_t group = 0; group < n_groups; group++) {
        ana_sos_both_ways(sos, steady, lanes_of_group(group, n_channels), n_times, pad,
                          out + group * LANES * n_times,
                          scratch + (size_t)omp_get_thread_num() * stride);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

size_t ana_sos_ringing(const ana_sos *sos)
{
    enum {
        STEP = 1000,
        MAX_STEPS = 100,
        MAX_SECTIONS = 64
    };
    double z[2 * LANES * MAX_SECTIONS] = {0.0};
    double response[STEP] = {1.0};
    const lane_rows rows = {1, STEP, response, response};
    double largest = 0.0;
    size_t last = 0;
    if (sos->n_sections > MAX_SECTIONS) {
        return (size_t)STEP * MAX_STEPS;
    }
    for (size_t step = 0; step < MAX_STEPS; step++) {
        run_rows(sos, &rows, STEP, false, z);
        for (size_t i = 0; i < STEP; i++) {
            largest = fmax(largest, fabs(response[i]));
        }
        bool rings = false;
        for (size_t i = 0; i < STEP; i++) {
            if (fabs(response[i]) > 0.001 * largest) {
                last = step * STEP + i;
                rings = true;
            }
            response[i] = 0.0;
        }
        if (!rings) {
            return last;
        }
    }
    return (size_t)STEP * MAX_STEPS;
}
