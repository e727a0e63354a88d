#include "measured_units.h"

#include "try.h"

#include <math.h>

/* What is known of a unit after some stimuli. */
typedef struct unit_values {
    size_t n_missing;
    size_t n_infinite;
    double largest; /* size of a value */
    double range;   /* largest distance from the value for the first stimulus */
} unit_values;

/* Squares of what lies beyond, and their sums, are no numbers any more, or 0. */
static const double most_size = 1e100;
static const double least_range = 1e-140;

/* By rows, as the values lie. */
static void look_at_units(const ana_responses *system, unit_values *seen)
{
    const size_t p = system->n_units;
    for (size_t s = 0; s < system->n_stimuli; s++) {
        const double *row = system->values + s * p;
        for (size_t u = 0; u < p; u++) {
            seen[u].n_missing += isnan(row[u]) ? 1 : 0;
            seen[u].n_infinite += isinf(row[u]) ? 1 : 0;
            seen[u].largest = fmax(seen[u].largest, fabs(row[u])); /* NaN is left out */
            seen[u].range = fmax(seen[u].range, fabs(row[u] - system->values[u]));
        }
    }
}

/* The sentence about a unit with some values that cannot be compared. */
static ana_status fail_at(const ana_responses *system, size_t u, const char *module)
{
    size_t s = 0;
    while (isfinite(system->values[s * system->n_units + u])) {
        s++;
    }
    return ana_fail(ANA_ERR_VALUE,
                    "%s: unit %s of %s is %s for stimulus %s; leave out the unit or the stimulus",
                    module, system->units[u], system->name,
                    isnan(system->values[s * system->n_units + u]) ? "missing" : "infinite",
                    system->stimuli[s]);
}

static ana_status check_scale(const ana_responses *system, size_t u, const unit_values *seen,
                              const char *module)
{
    const bool small = seen->range > 0.0 && seen->range < least_range;
    if (seen->largest <= most_size && !small) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_VALUE,
                    "%s: values of unit %s of %s are too %s to be squared (%g); scale them", module,
                    system->units[u], system->name, small ? "near to one another" : "large",
                    small ? seen->range : seen->largest);
}

static void take_values(const ana_responses *system, ana_measured_units *out)
{
    for (size_t s = 0; s < out->n_stimuli; s++) {
        for (size_t k = 0; k < out->n; k++) {
            out->values[s * out->n + k] = system->values[s * system->n_units + out->unit[k]];
        }
    }
}

ana_status ana_measured_units_take(const ana_responses *system, const char *module, bool varying,
                                   ana_workspace *workspace, ana_measured_units *out)
{
    ana_status status = ANA_OK;
    ana_workspace local = {0};
    const size_t n = system->n_stimuli;
    *out = (ana_measured_units){.n_stimuli = n};
    out->unit = ana_workspace_sizes(workspace, system->n_units, 1);
    unit_values *seen = ana_workspace_bytes(&local, system->n_units, 1, sizeof *seen);
    ANA_TRY(ana_workspace_check(workspace, module));
    ANA_TRY(ana_workspace_check(&local, module));
    look_at_units(system, seen);
    for (size_t u = 0; u < system->n_units; u++) {
        if (seen[u].n_missing == n) {
            out->n_missing++;
        } else if (seen[u].n_missing + seen[u].n_infinite > 0) {
            ANA_TRY(fail_at(system, u, module));
        } else if (varying && seen[u].range == 0.0) {
            out->n_constant++;
        } else {
            ANA_TRY(check_scale(system, u, &seen[u], module));
            out->unit[out->n++] = u;
        }
    }
    if (out->n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "%s: no unit of %s can be compared: of %zu, %zu have no value and %zu the "
                         "same for every stimulus",
                         module, system->name, system->n_units, out->n_missing, out->n_constant));
    }
    out->values = ana_workspace_doubles(workspace, n, out->n);
    ANA_TRY(ana_workspace_check(workspace, module));
    take_values(system, out);
done:
    ana_workspace_release(&local);
    return status;
}
