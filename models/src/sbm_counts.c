#include "sbm_counts.h"

#include "constants.h"
#include "try.h"

#include <analysis/special.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_NUMBERS = 8000000, /* kept */
    MOST_SUM = 290000       /* ln q <= pi sqrt(2 m / 3) < 1390: with the scale within a double */
};
static const double scale = 1e-300;
static const double most_steps = 4e9; /* of the recursion */

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* First and last sum of n degrees, n = 0 ... most, of all sides together. */
static void span_sums(size_t n_nodes, size_t n_sides, size_t *const degrees[2], size_t most,
                      size_t *sorted, size_t *least, size_t *largest)
{
    for (size_t side = 0; side < n_sides; side++) {
        memcpy(sorted, degrees[side], n_nodes * sizeof *sorted);
        qsort(sorted, n_nodes, sizeof *sorted, compare_sizes);
        size_t low = 0;
        size_t high = 0;
        for (size_t n = 1; n <= most; n++) {
            low += sorted[n - 1];
            high += sorted[n_nodes - n];
            least[n] = side == 0 || low < least[n] ? low : least[n];
            largest[n] = side == 0 || high > largest[n] ? high : largest[n];
        }
    }
}

/* Row n from row n - 1, in place. graph-tool's leaves q(n, n) without the partition into n ones,
 * and what follows from it. */
static void next_row(size_t n, size_t most_sum, bool gt245, double *row)
{
    for (size_t m = n; m <= most_sum; m++) {
        if (!gt245) {
            row[m] += row[m - n];
        } else if (n == 1) {
            row[m] = scale;
        } else {
            row[m] += m >= 2 * n ? row[m - n] : 0.0;
        }
    }
}

static void fill(const ana_sbm_counts_table *table, const size_t *largest, bool gt245, double *row)
{
    row[0] = scale;
    for (size_t n = 1; n <= table->most; n++) {
        next_row(n, largest[table->most], gt245, row);
        memcpy(table->scaled + table->start[n], row + table->least[n],
               (largest[n] - table->least[n] + 1) * sizeof *row);
    }
}

ana_status ana_sbm_counts_make(size_t n_nodes, size_t n_sides, size_t *const degrees[2],
                               size_t most, bool gt245, ana_workspace *workspace,
                               ana_sbm_counts_table *out)
{
    ana_status status = ANA_OK;
    ana_workspace scratch = {0};
    ana_sbm_counts_table table = {.most = most, .exact = true};
    size_t *sorted = ana_workspace_sizes(&scratch, n_nodes, 1);
    size_t *largest = ana_workspace_sizes(&scratch, most + 1, 1);
    table.least = ana_workspace_sizes(workspace, most + 1, 1);
    table.start = ana_workspace_sizes(workspace, most + 2, 1);
    ANA_TRY(ana_workspace_check(&scratch, "sbm"));
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    span_sums(n_nodes, n_sides, degrees, most, sorted, table.least, largest);
    table.exact = largest[most] <= MOST_SUM && (double)largest[most] * (double)most <= most_steps;
    for (size_t n = 1; n <= most && table.exact; n++) {
        table.start[n + 1] = table.start[n] + largest[n] - table.least[n] + 1;
        table.exact = table.start[n + 1] <= MOST_NUMBERS;
    }
    if (table.exact) {
        double *row = ana_workspace_doubles(&scratch, largest[most] + 1, 1);
        table.scaled = ana_workspace_doubles(workspace, table.start[most + 1], 1);
        ANA_TRY(ana_workspace_check(&scratch, "sbm"));
        ANA_TRY(ana_workspace_check(workspace, "sbm"));
        fill(&table, largest, gt245, row);
    }
    *out = table;
done:
    ana_workspace_release(&scratch);
    return status;
}

double ana_sbm_log_count(const ana_sbm_counts_table *table, size_t m, size_t n)
{
    if (m == 0 || n == 0) {
        return 0.0;
    }
    if (!table->exact) {
        return ana_sbm_log_count_asymptotic(m, n);
    }
    return log(table->scaled[table->start[n] + m - table->least[n]]) - log(scale);
}

/* Li2(1 - exp(-v)), v > 0: the series where it is fast, else Euler's reflection. */
static double dilogarithm(double v)
{
    const bool reflect = v > 0.6931471805599453;
    const double x = reflect ? exp(-v) : -expm1(-v);
    double sum = 0.0;
    double power = 1.0;
    for (int k = 1; k < 60 && power > 1e-18; k++) {
        power *= x;
        sum += power / ((double)k * (double)k);
    }
    return reflect ? ANA_PI * ANA_PI / 6.0 + v * log1p(-x) - sum : sum;
}

double ana_sbm_log_count_asymptotic(size_t m, size_t n)
{
    const double sum = (double)m;
    const double parts = (double)(n < m ? n : m);
    if (parts < pow(sum, 0.25)) { /* parts rarely alike: compositions over their orders */
        return ana_special_log_choose(m - 1, (size_t)parts - 1) -
               ana_special_log_factorial((size_t)parts);
    }
    const double u = parts / sqrt(sum);
    double v = u;
    for (int i = 0; i < 1000; i++) {
        const double next = u * sqrt(dilogarithm(v));
        const bool settled = fabs(next - v) <= 1e-12 * v;
        v = next;
        if (settled) {
            break;
        }
    }
    const double rest = log1p(-exp(-v) * (1.0 + u * u / 2.0));
    const double front = log(v) - rest / 2.0 - 1.5 * log(2.0) - log(u) - log(ANA_PI);
    const double growth = 2.0 * v / u - u * log1p(-exp(-v));
    return front - log(sum) + sqrt(sum) * growth;
}
