#include "sbm_counts.h"

#include "constants.h"
#include "try.h"

#include <analysis/special.h>

#include <math.h>
#include <stdint.h>
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

/* Widen the span of sums of n degrees, n = 1 ... most, by those of one kind. */
static void span_sums(size_t n_nodes, const ana_sbm_dealt *dealt, size_t most, size_t *sorted,
                      size_t *least, size_t *largest)
{
    size_t n_held = 0;
    for (size_t i = 0; i < n_nodes; i++) {
        if (dealt->holds == NULL || dealt->holds[i]) {
            sorted[n_held++] = dealt->degree[i];
        }
    }
    qsort(sorted, n_held, sizeof *sorted, compare_sizes);
    size_t low = 0;
    size_t high = 0;
    for (size_t n = 1; n <= most && n <= n_held; n++) {
        low += sorted[n - 1];
        high += sorted[n_held - n];
        least[n] = low < least[n] ? low : least[n];
        largest[n] = high > largest[n] ? high : largest[n];
    }
}

/* Where each row begins, and the largest sum of all; rows that no kind asks for are empty. */
static size_t place_rows(ana_sbm_counts_table *table, const size_t *largest)
{
    size_t top = 0;
    for (size_t n = 1; n <= table->most; n++) {
        const bool asked = table->least[n] <= largest[n];
        top = asked && largest[n] > top ? largest[n] : top;
        if (table->exact) {
            table->start[n + 1] = table->start[n] + (asked ? largest[n] - table->least[n] + 1 : 0);
            table->exact = table->start[n + 1] <= MOST_NUMBERS && top <= MOST_SUM;
        }
    }
    table->exact = table->exact && (double)top * (double)table->most <= most_steps;
    return top;
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

static void fill(const ana_sbm_counts_table *table, size_t top, bool gt245, double *row)
{
    row[0] = scale;
    for (size_t n = 1; n <= table->most; n++) {
        const size_t length = table->start[n + 1] - table->start[n];
        next_row(n, top, gt245, row);
        if (length > 0) {
            memcpy(table->scaled + table->start[n], row + table->least[n], length * sizeof *row);
        }
    }
}

ana_status ana_sbm_counts_make(size_t n_nodes, size_t n_dealt, const ana_sbm_dealt *dealt,
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
    for (size_t n = 1; n <= most; n++) {
        table.least[n] = SIZE_MAX;
    }
    for (size_t d = 0; d < n_dealt; d++) {
        span_sums(n_nodes, &dealt[d], most, sorted, table.least, largest);
    }
    const size_t top = place_rows(&table, largest);
    if (table.exact) {
        double *row = ana_workspace_doubles(&scratch, top + 1, 1);
        table.scaled = ana_workspace_doubles(workspace, table.start[most + 1], 1);
        ANA_TRY(ana_workspace_check(&scratch, "sbm"));
        ANA_TRY(ana_workspace_check(workspace, "sbm"));
        fill(&table, top, gt245, row);
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
