#include "support/rising.h"

#include "support/check.h"

#include <math.h>

void check_rises(const ana_fit_info *info)
{
    assert_true(info->n_trace > 0);
    for (size_t i = 1; i < info->n_trace; i++) {
        assert_true(info->trace[i] >= info->trace[i - 1] - 1e-9 * fabs(info->trace[i - 1]));
    }
    assert_true(info->trace[info->n_trace - 1] == info->objective);
    for (size_t r = 0; r < info->n_restarts; r++) {
        assert_true(isfinite(info->restart_objective[r]));
    }
}
