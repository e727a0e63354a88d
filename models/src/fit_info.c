#include "memory.h"
#include "seconds.h"
#include "try.h"

#include <analysis/models/fit_info.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

double ana_seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

ana_status ana_fit_info_to_record(const ana_fit_info *info, ana_record *group, const char *name)
{
    ana_status status = ANA_OK;
    ana_record *fit = NULL;
    ana_record *trace = NULL;
    ANA_TRY(ana_record_add_group(group, name, ANA_HINT_NONE, &fit));
    ANA_TRY(ana_record_add_bool(fit, "converged", info->converged));
    ANA_TRY(ana_record_add_int(fit, "iterations", (int64_t)info->n_iterations, NULL));
    ANA_TRY(ana_record_add_double(fit, "objective", info->objective, "nat"));
    ANA_TRY(ana_record_add_int(fit, "best_restart", (int64_t)info->best_restart, NULL));
    ANA_TRY(ana_record_add_doubles(fit, "restart_objective",
                                   ana_shape_1(info->n_restarts, "restart"),
                                   info->restart_objective, "nat"));
    ANA_TRY(ana_record_add_group(fit, "objective_trace", ANA_HINT_LINE, &trace));
    ANA_TRY(ana_record_add_text(trace, "title", "Objective over the iterations"));
    ANA_TRY(ana_record_add_text(trace, "caption",
                                "Log-likelihood plus log priors before each iteration of the best "
                                "restart; it never falls."));
    ANA_TRY(ana_record_add_text(trace, "x_title", "iteration"));
    ANA_TRY(ana_record_add_text(trace, "y_title", "objective"));
    ANA_TRY(ana_record_add_doubles(trace, "y", ana_shape_1(info->n_trace, "iteration"), info->trace,
                                   "nat"));
done:
    return status;
}

static ana_status copy_doubles(const ana_record *group, const char *path, double **out, size_t *n)
{
    ana_status status = ANA_OK;
    ana_shape shape = ana_shape_1(0, NULL);
    const double *values = NULL;
    ANA_TRY(ana_record_get_doubles(group, path, &shape, &values));
    ANA_TRY(ana_allocate(shape.n[0], sizeof *values, "fit info", out));
    memcpy(*out, values, shape.n[0] * sizeof *values);
    *n = shape.n[0];
done:
    return status;
}

ana_status ana_fit_info_from_record(const ana_record *group, ana_fit_info *info)
{
    ana_status status = ANA_OK;
    ana_fit_info read = {0};
    const ana_record *converged = ana_record_find(group, "converged");
    if (converged == NULL || converged->type != ANA_RECORD_BOOL) {
        return ana_fail(ANA_ERR_FORMAT, "record: converged: expected yes or no");
    }
    read.converged = converged->boolean;
    ANA_TRY(ana_record_get_size(group, "iterations", &read.n_iterations));
    ANA_TRY(ana_record_get_double(group, "objective", &read.objective));
    ANA_TRY(ana_record_get_size(group, "best_restart", &read.best_restart));
    ANA_TRY(copy_doubles(group, "restart_objective", &read.restart_objective, &read.n_restarts));
    ANA_TRY(copy_doubles(group, "objective_trace/y", &read.trace, &read.n_trace));
    *info = read;
    read = (ana_fit_info){0};
done:
    ana_fit_info_clear(&read);
    return status;
}

void ana_fit_info_clear(ana_fit_info *info)
{
    free(info->trace);
    free(info->restart_objective);
    *info = (ana_fit_info){0};
}
