/** How a fit went: what models fitted by iterations carry (hmm, glm, glm_hmm, ntf). */
#ifndef ANALYSIS_MODELS_FIT_INFO_H
#define ANALYSIS_MODELS_FIT_INFO_H

#include <analysis/record.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Running out of iterations is not an error: `converged` is false and the fit is what it is. */
typedef struct ana_fit_info {
    bool converged;      /**< of the best restart */
    size_t n_iterations; /**< of the best restart */
    double objective;    /**< what was maximised, at the end of the best restart */
    size_t n_trace;
    double *trace; /**< objective before each iteration, best restart; owned */
    size_t n_restarts;
    size_t best_restart;       /**< the first of the highest */
    double *restart_objective; /**< n_restarts values, -inf: that start failed; owned */
    double seconds;            /**< wall time; never saved in a record */
} ana_fit_info;

/** As group `name` of a record, with the objective's trace as a line. */
ANA_API ANA_USE_RESULT ana_status ana_fit_info_to_record(const ana_fit_info *info,
                                                         ana_record *group, const char *name);

/** Read back what ana_fit_info_to_record wrote; ANA_ERR_FORMAT when the group is none. */
ANA_API ANA_USE_RESULT ana_status ana_fit_info_from_record(const ana_record *group,
                                                           ana_fit_info *info);

/** Free the arrays and zero the struct. */
ANA_API void ana_fit_info_clear(ana_fit_info *info);

ANA_END_DECLS

#endif
