/* Wilcoxon's signed-rank test: twice the ranks are whole numbers, so the ways to reach each sum are
 * counted one value at a time. */
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/signed_rank.h>
#include <analysis/stats.h>

#include <math.h>

enum {
    EXACT = 200 /* values: 2^200 ways are still doubles without overflow */
};

/* share[k] (out) = share of all signs whose sum of positive ranks is k / 2. */
static void count_sums(size_t n, const double *ranks, double *share)
{
    size_t most = 0;
    share[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        const size_t step = (size_t)(2.0 * ranks[i]);
        for (size_t k = most + step + 1; k-- > 0;) {
            const double without = k <= most ? share[k] : 0.0;
            share[k] = 0.5 * (without + (k >= step ? share[k - step] : 0.0));
        }
        most += step;
    }
}

/* P(sum >= twice / 2) and P(sum <= twice / 2). */
static void exact_tails(size_t n, const double *share, size_t twice, double tails[2])
{
    tails[0] = 0.0;
    tails[1] = 0.0;
    for (size_t k = 0; k <= n * (n + 1); k++) {
        tails[0] += k >= twice ? share[k] : 0.0;
        tails[1] += k <= twice ? share[k] : 0.0;
    }
}

static void normal_tails(size_t n, const double *ranks, double sum, double tails[2])
{
    double squares = 0.0;
    double all = 0.0;
    for (size_t i = 0; i < n; i++) {
        squares += ranks[i] * ranks[i];
        all += ranks[i];
    }
    const double z = (sum - 0.5 * all) / (0.5 * sqrt(squares));
    tails[0] = ana_normal_survival(z);
    tails[1] = ana_normal_cdf(z);
}

static double p_of(const double tails[2], ana_tail tail)
{
    switch (tail) {
    case ANA_TAIL_GREATER:
        return fmin(1.0, tails[0]);
    case ANA_TAIL_LESS:
        return fmin(1.0, tails[1]);
    case ANA_TAIL_TWO_SIDED:
        break;
    }
    return fmin(1.0, 2.0 * fmin(tails[0], tails[1]));
}

ana_status ana_signed_rank_test(size_t n, const double *values, ana_tail tail, double *p)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_kept = 0;
    double sum = 0.0;
    double tails[2] = {1.0, 1.0};
    double *kept = ana_workspace_doubles(&workspace, n, 1);
    double *ranks = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "signed ranks"));
    for (size_t i = 0; i < n; i++) {
        if (values[i] != 0.0) {
            kept[n_kept] = values[i];
            ranks[n_kept++] = fabs(values[i]);
        }
    }
    if (ana_stats_count(n_kept, kept) < n_kept) {
        *p = (double)NAN;
        goto done;
    }
    ANA_TRY(ana_stats_ranks(n_kept, ranks, ranks));
    for (size_t i = 0; i < n_kept; i++) {
        sum += kept[i] > 0.0 ? ranks[i] : 0.0;
    }
    if (n_kept > EXACT) {
        normal_tails(n_kept, ranks, sum, tails);
    } else if (n_kept > 0) {
        double *share = ana_workspace_doubles(&workspace, n_kept * (n_kept + 1) + 1, 1);
        ANA_TRY(ana_workspace_check(&workspace, "signed ranks"));
        count_sums(n_kept, ranks, share);
        exact_tails(n_kept, share, (size_t)(2.0 * sum), tails);
    }
    *p = p_of(tails, tail);
done:
    ana_workspace_release(&workspace);
    return status;
}
