#include "measured_units.h"

#include "try.h"

#include <math.h>

typedef enum unit_kind {
    UNIT_KEPT,
    UNIT_MISSING,
    UNIT_CONSTANT
} unit_kind;

static ana_status kind_of_unit(const ana_responses *system, size_t unit, const char *module,
                               unit_kind *kind)
{
    const double *values = system->values + unit;
    const size_t step = system->n_units;
    size_t n_missing = 0;
    size_t bad = 0;
    bool same = true;
    for (size_t s = system->n_stimuli; s-- > 0;) {
        const double value = values[s * step];
        n_missing += isnan(value) ? 1 : 0;
        same = same && value == values[0];
        bad = isfinite(value) ? bad : s;
    }
    if (n_missing == system->n_stimuli) {
        *kind = UNIT_MISSING;
    } else if (!isfinite(values[bad * step])) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: unit %s of %s is %s for stimulus %s; leave out the unit or the "
                        "stimulus",
                        module, system->units[unit], system->name,
                        isnan(values[bad * step]) ? "missing" : "infinite", system->stimuli[bad]);
    } else {
        *kind = same ? UNIT_CONSTANT : UNIT_KEPT;
    }
    return ANA_OK;
}

ana_status ana_measured_units_take(const ana_responses *system, const char *module, bool varying,
                                   ana_workspace *workspace, ana_measured_units *out)
{
    ana_status status = ANA_OK;
    *out = (ana_measured_units){.n_stimuli = system->n_stimuli};
    out->unit = ana_workspace_sizes(workspace, system->n_units, 1);
    ANA_TRY(ana_workspace_check(workspace, module));
    for (size_t u = 0; u < system->n_units; u++) {
        unit_kind kind = UNIT_KEPT;
        ANA_TRY(kind_of_unit(system, u, module, &kind));
        if (kind == UNIT_MISSING) {
            out->n_missing++;
        } else if (kind == UNIT_CONSTANT && varying) {
            out->n_constant++;
        } else {
            out->unit[out->n++] = u;
        }
    }
    if (out->n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "%s: no unit of %s can be compared: of %zu, %zu have no value and %zu the "
                         "same for every stimulus",
                         module, system->name, system->n_units, out->n_missing, out->n_constant));
    }
    out->values = ana_workspace_doubles(workspace, out->n_stimuli, out->n);
    ANA_TRY(ana_workspace_check(workspace, module));
    for (size_t s = 0; s < out->n_stimuli; s++) {
        for (size_t k = 0; k < out->n; k++) {
            out->values[s * out->n + k] = system->values[s * system->n_units + out->unit[k]];
        }
    }
done:
    return status;
}
