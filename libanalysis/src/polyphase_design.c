/* The low-passes of resampling and decimation. */
#include "resampling.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>

static size_t greatest_common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

ana_status ana_polyphase_design(size_t up, size_t down, bool reflect, ana_polyphase **out)
{
    if (up == 0 || down == 0 || up > (size_t)ANA_MAX_FACTOR || down > (size_t)ANA_MAX_FACTOR) {
        return ana_fail(ANA_ERR_VALUE, "resampling by %zu / %zu: 1 to %zu are possible", up, down,
                        (size_t)ANA_MAX_FACTOR);
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t divisor = greatest_common_divisor(up, down);
    const size_t p = up / divisor;
    const size_t q = down / divisor;
    const size_t longest = p > q ? p : q;
    const size_t half = longest > 1 ? 10 * longest : 0;
    double *taps = ana_workspace_doubles(&workspace, 2 * half + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "resampling"));
    taps[half] = 1.0;
    if (longest > 1) {
        double cutoff = 1.0 / (double)longest;
        ANA_TRY(ana_firwin(2 * half + 1, 1, &cutoff, true, ANA_TAPER_KAISER, 5.0, taps));
    }
    for (size_t j = 0; j <= 2 * half; j++) {
        taps[j] *= (double)p;
    }
    ANA_TRY(ana_polyphase_new(p, q, half, taps, reflect, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_polyphase_decimator(size_t factor, ana_polyphase **out)
{
    if (factor < 2 || factor > (size_t)ANA_MAX_FACTOR) {
        return ana_fail(ANA_ERR_VALUE, "decimation by %zu: 2 to %zu are possible", factor,
                        (size_t)ANA_MAX_FACTOR);
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t half = 10 * factor;
    double *taps = ana_workspace_doubles(&workspace, 2 * half + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "decimation"));
    double cutoff = 1.0 / (double)factor;
    ANA_TRY(ana_firwin(2 * half + 1, 1, &cutoff, true, ANA_TAPER_HAMMING, 0.0, taps));
    ANA_TRY(ana_polyphase_new(1, factor, half, taps, false, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
