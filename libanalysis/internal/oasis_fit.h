/** The search for baseline, penalty and threshold round the kernels of oasis_solve.h. */
#ifndef ANALYSIS_INTERNAL_OASIS_FIT_H
#define ANALYSIS_INTERNAL_OASIS_FIT_H

#include "oasis_solve.h"

#include <analysis/oasis.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** One trace on its way: what is known, what is looked for. */
typedef struct ana_oasis_task {
    ana_oasis_problem problem;
    ana_oasis_scratch scratch;
    ana_oasis_solution solution;
    ana_oasis_fit fit;
    ana_oasis_method method;
    bool second_order;
    bool fit_baseline;
    bool find_min_spike;
    double tolerance;
    double low;  /**< least sample */
    double high; /**< greatest */
} ana_oasis_task;

/** Bytes of scratch memory a trace of n samples needs, without y, calcium and spikes. */
size_t ana_oasis_scratch_bytes(size_t n);

/** Lay the scratch arrays out in `memory` (ana_oasis_scratch_bytes, aligned to 8). */
void ana_oasis_scratch_place(size_t n, void *memory, ana_oasis_scratch *scratch);

/** Noise and time constants of the trace in task->problem (n, y), and what else the options say.
 *  Options have been checked. May allocate and fail. */
ANA_USE_RESULT ana_status ana_oasis_prepare(const ana_oasis_options *options, double rate,
                                            ana_oasis_task *task);

/** Solve: task->solution and task->fit. Neither allocates nor fails. */
void ana_oasis_solve(double rate, ana_oasis_task *task);

ANA_USE_RESULT ana_status ana_oasis_check_options(const ana_oasis_options *options);

/** The slow root of z^2 - g1 z - g2. */
double ana_oasis_slow_root(const double g[2]);

#endif
