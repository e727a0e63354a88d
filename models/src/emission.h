/** What a family of emissions gives to the EM driver (hmm_em.h): its likelihood, and how its
 *  parameters follow from the posterior.
 *
 *  A family is a table of functions over `data`, which all restarts read and nobody writes while
 *  they run, and over parameters, of which the driver makes several sets a thread. The driver owns
 *  the chain (initial and transition probabilities, their priors), the E-step, restarts, the choice
 *  of the best and the order of states; a family never sees them.
 *
 *  One iteration of one set of parameters:
 *      begin; for each sequence: log_likelihood of its blocks from the first to the last, then
 *      accumulate from the last to the first; maximise.
 *  Where memory is short, log_likelihood of a block is asked for once more before accumulate, and
 *  has to say the same.
 *  Nothing may be allocated after `make`: the functions run inside a parallel region. A function
 *  that fails says why by ana_fail and leaves the restart to be dropped; ANA_ERR_CANCELLED ends
 *  the whole fit. */
#ifndef ANALYSIS_MODELS_EMISSION_H
#define ANALYSIS_MODELS_EMISSION_H

#include "workspace.h"

#include <analysis/random.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** Rows first ... first + n - 1 lie in one sequence. Posteriors and likelihoods are row by row, K
 *  to a row. */
typedef struct ana_emission {
    const char *name; /**< what is fitted, for sentences: "hmm fit" */
    const void *data; /**< handed to every function; borrowed */
    size_t n_states;

    /** Whether maximise wants the posteriors of all rows at once (T x K are then kept). */
    bool needs_posterior;

    /** Whether the family's functions run threads of their own; restarts then come one by one. */
    bool uses_threads;

    /** Bytes that one `make` takes. */
    size_t (*bytes)(const void *data);

    /** *out = room for one set of parameters and the sums of an M-step, from the workspace. */
    ana_status (*make)(const void *data, ana_workspace *workspace, void **out);

    /** Where restart `restart` begins; `random` is that restart's own stream. */
    ana_status (*start)(const void *data, size_t restart, ana_random *random, void *parameters);

    /** State k of `to` becomes state order[k] of `from` (NULL: the same order). Parameters alone,
     *  no sums; `to` is another set. */
    void (*copy)(const void *data, const void *from, const size_t *order, void *to);

    /** Before each pass over the rows: derived tables, and sums at zero. */
    ana_status (*begin)(const void *data, void *parameters);

    /** out (n x K) = log p(row | state), nats; 0 throughout for a row that is missing. Blocks are
     *  cut on a grid anchored at the sequence's first row (ANA_EM_BLOCK rows). */
    ana_status (*log_likelihood)(const void *data, void *parameters, size_t first, size_t n,
                                 double *out);

    /** Add the rows' posteriors to the sums; may be NULL where needs_posterior is set. */
    void (*accumulate)(const void *data, void *parameters, size_t first, size_t n,
                       const double *posterior);

    /** New parameters that raise expected log-likelihood plus log_prior, or keep it. `posterior`
     *  is T x K, or NULL unless needs_posterior. A state without weight keeps its parameters. */
    ana_status (*maximise)(const void *data, void *parameters, const double *posterior);

    /** Log density of the parameters' prior, up to a constant; NULL: flat. */
    double (*log_prior)(const void *data, const void *parameters);
} ana_emission;

#endif
