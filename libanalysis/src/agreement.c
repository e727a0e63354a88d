#include "try.h"
#include "workspace.h"

#include <analysis/agreement.h>
#include <analysis/assignment.h>

#include <math.h>
#include <stdlib.h>

/* One item's labels. */
typedef struct label_pair {
    size_t a;
    size_t b;
} label_pair;

/* The items with both labels, and three lists of group sizes. */
typedef struct contingency {
    size_t n_items;
    size_t n_cells;
    size_t n_a;
    size_t n_b;
    label_pair *cells; /* each pair of labels that occurs, ascending */
    double *cell_sizes;
    double *a_sizes;
    double *b_sizes;
    size_t *a_of_cell; /* index into a_sizes */
    size_t *b_of_cell;
} contingency;

static int compare_sizes(size_t x, size_t y)
{
    return (x > y) - (x < y);
}

static int by_a_then_b(const void *x, const void *y)
{
    const label_pair *p = x;
    const label_pair *q = y;
    int order = compare_sizes(p->a, q->a);
    return order != 0 ? order : compare_sizes(p->b, q->b);
}

static int by_value(const void *x, const void *y)
{
    return compare_sizes(*(const size_t *)x, *(const size_t *)y);
}

/* values[0 ... n-1] sorted becomes the sorted list of its different members. */
static size_t unique(size_t n, size_t *values)
{
    qsort(values, n, sizeof *values, by_value);
    size_t n_unique = 0;
    for (size_t i = 0; i < n; i++) {
        if (n_unique == 0 || values[n_unique - 1] != values[i]) {
            values[n_unique++] = values[i];
        }
    }
    return n_unique;
}

static size_t position(size_t n, const size_t *sorted, size_t value)
{
    const size_t *found = bsearch(&value, sorted, n, sizeof *sorted, by_value);
    return found == NULL ? n : (size_t)(found - sorted);
}

static void merge_equal_pairs(contingency *table, size_t n_pairs)
{
    for (size_t i = 0; i < n_pairs; i++) {
        label_pair *last = table->n_cells > 0 ? &table->cells[table->n_cells - 1] : NULL;
        if (last == NULL || by_a_then_b(last, &table->cells[i]) != 0) {
            table->cells[table->n_cells++] = table->cells[i];
        }
        table->cell_sizes[table->n_cells - 1] += 1.0;
    }
}

static ana_status fill(contingency *table, size_t n, const size_t *a, const size_t *b,
                       ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    table->cells = ana_workspace_bytes(workspace, n, 1, sizeof *table->cells);
    table->cell_sizes = ana_workspace_doubles(workspace, n, 1);
    table->a_sizes = ana_workspace_doubles(workspace, n, 1);
    table->b_sizes = ana_workspace_doubles(workspace, n, 1);
    table->a_of_cell = ana_workspace_sizes(workspace, n, 1);
    table->b_of_cell = ana_workspace_sizes(workspace, n, 1);
    size_t *labels_a = ana_workspace_sizes(workspace, n, 1);
    size_t *labels_b = ana_workspace_sizes(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "agreement"));
    for (size_t i = 0; i < n; i++) {
        if (a[i] != ANA_NO_LABEL && b[i] != ANA_NO_LABEL) {
            labels_a[table->n_items] = a[i];
            labels_b[table->n_items] = b[i];
            table->cells[table->n_items++] = (label_pair){a[i], b[i]};
        }
    }
    if (table->n_items == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "agreement: none of %zu items has both labels", n));
    }
    table->n_a = unique(table->n_items, labels_a);
    table->n_b = unique(table->n_items, labels_b);
    qsort(table->cells, table->n_items, sizeof *table->cells, by_a_then_b);
    merge_equal_pairs(table, table->n_items);
    for (size_t c = 0; c < table->n_cells; c++) {
        table->a_of_cell[c] = position(table->n_a, labels_a, table->cells[c].a);
        table->b_of_cell[c] = position(table->n_b, labels_b, table->cells[c].b);
        table->a_sizes[table->a_of_cell[c]] += table->cell_sizes[c];
        table->b_sizes[table->b_of_cell[c]] += table->cell_sizes[c];
    }
done:
    return status;
}

static double pairs_within(size_t n, const double *sizes)
{
    double pairs = 0.0;
    for (size_t i = 0; i < n; i++) {
        pairs += 0.5 * sizes[i] * (sizes[i] - 1.0);
    }
    return pairs;
}

static double entropy(size_t n, const double *sizes, double total)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum -= sizes[i] / total * log(sizes[i] / total);
    }
    return sum > 0.0 ? sum : 0.0; /* one group: -0 */
}

static double mutual_information(const contingency *table)
{
    double total = (double)table->n_items;
    double sum = 0.0;
    for (size_t c = 0; c < table->n_cells; c++) {
        double cell = table->cell_sizes[c];
        double a = table->a_sizes[table->a_of_cell[c]];
        double b = table->b_sizes[table->b_of_cell[c]];
        sum += cell / total * log(cell * total / (a * b));
    }
    return sum > 0.0 ? sum : 0.0; /* independent lists: 0 within rounding */
}

/* Hubert & Arabie (1985), J. Classif. 2, eq. 5. With no pair within a group of either, or all in
 * one of both, the partitions are the same and the formula is 0/0. */
static void count_pairs(const contingency *table, ana_agreement *out)
{
    double in_both = pairs_within(table->n_cells, table->cell_sizes);
    double in_a = pairs_within(table->n_a, table->a_sizes);
    double in_b = pairs_within(table->n_b, table->b_sizes);
    double total = 0.5 * (double)table->n_items * ((double)table->n_items - 1.0);
    double expected = total > 0.0 ? in_a * in_b / total : 0.0;
    double largest = 0.5 * (in_a + in_b);
    out->rand = total > 0.0 ? (total + 2.0 * in_both - in_a - in_b) / total : 1.0;
    out->adjusted_rand = largest == expected ? 1.0 : (in_both - expected) / (largest - expected);
}

static void measure(const contingency *table, ana_agreement *out)
{
    double total = (double)table->n_items;
    ana_agreement found = {.n_items = table->n_items,
                           .n_labels_a = table->n_a,
                           .n_labels_b = table->n_b,
                           .entropy_a = entropy(table->n_a, table->a_sizes, total),
                           .entropy_b = entropy(table->n_b, table->b_sizes, total),
                           .mutual_information = mutual_information(table)};
    count_pairs(table, &found);
    double mean_entropy = 0.5 * (found.entropy_a + found.entropy_b);
    found.normalised_mutual_information =
        mean_entropy > 0.0 ? fmin(found.mutual_information / mean_entropy, 1.0) : 1.0;
    *out = found;
}

ana_status ana_agreement_compare(size_t n, const size_t *a, const size_t *b, ana_agreement *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    contingency table = {0};
    ANA_TRY(fill(&table, n, a, b, &workspace));
    measure(&table, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Index among the labels that occur, or SIZE_MAX, of each of n labels with these totals. */
static size_t number_labels(size_t n, const double *totals, size_t *numbers, double *sizes)
{
    size_t n_used = 0;
    for (size_t i = 0; i < n; i++) {
        numbers[i] = totals[i] > 0.0 ? n_used : SIZE_MAX;
        if (totals[i] > 0.0) {
            sizes[n_used++] = totals[i];
        }
    }
    return n_used;
}

/* The cells of the pairs that occur; numbers of the labels of a, then of b. */
static void fill_from_counts(size_t n_a, size_t n_b, const size_t *counts, const size_t *numbers,
                             contingency *table)
{
    for (size_t i = 0; i < n_a; i++) {
        for (size_t j = 0; j < n_b; j++) {
            if (counts[i * n_b + j] > 0) {
                table->cell_sizes[table->n_cells] = (double)counts[i * n_b + j];
                table->a_of_cell[table->n_cells] = numbers[i];
                table->b_of_cell[table->n_cells++] = numbers[n_a + j];
            }
        }
    }
}

ana_status ana_agreement_of_counts(size_t n_a, size_t n_b, const size_t *counts, ana_agreement *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    contingency table = {0};
    double *totals = ana_workspace_doubles(&workspace, n_a + n_b, 2);
    size_t *numbers = ana_workspace_sizes(&workspace, n_a + n_b, 1);
    table.cell_sizes = ana_workspace_doubles(&workspace, n_a, n_b);
    table.a_of_cell = ana_workspace_sizes(&workspace, n_a, n_b);
    table.b_of_cell = ana_workspace_sizes(&workspace, n_a, n_b);
    ANA_TRY(ana_workspace_check(&workspace, "agreement"));
    for (size_t i = 0; i < n_a; i++) {
        for (size_t j = 0; j < n_b; j++) {
            totals[i] += (double)counts[i * n_b + j];
            totals[n_a + j] += (double)counts[i * n_b + j];
            table.n_items += counts[i * n_b + j];
        }
    }
    if (table.n_items == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "agreement: the table of counts is empty"));
    }
    table.a_sizes = totals + n_a + n_b;
    table.b_sizes = table.a_sizes + n_a;
    table.n_a = number_labels(n_a, totals, numbers, table.a_sizes);
    table.n_b = number_labels(n_b, totals + n_a, numbers + n_a, table.b_sizes);
    fill_from_counts(n_a, n_b, counts, numbers, &table);
    measure(&table, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_labels(const contingency *table, size_t n_labels)
{
    for (size_t c = 0; c < table->n_cells; c++) {
        label_pair cell = table->cells[c];
        size_t label = cell.a >= cell.b ? cell.a : cell.b;
        if (label >= n_labels) {
            return ana_fail(ANA_ERR_VALUE, "agreement: label %zu, but n_labels is %zu", label,
                            n_labels);
        }
    }
    return ANA_OK;
}

ana_status ana_agreement_match(size_t n, const size_t *a, const size_t *b, size_t n_labels,
                               size_t *label_in_a, double *accuracy)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    contingency table = {0};
    ANA_TRY(fill(&table, n, a, b, &workspace));
    ANA_TRY(check_labels(&table, n_labels));
    double *cost = ana_workspace_doubles(&workspace, table.n_b, table.n_a);
    size_t *a_of_b = ana_workspace_sizes(&workspace, table.n_b, 1);
    ANA_TRY(ana_workspace_check(&workspace, "agreement"));
    for (size_t c = 0; c < table.n_cells; c++) {
        cost[table.b_of_cell[c] * table.n_a + table.a_of_cell[c]] = -table.cell_sizes[c];
    }
    double total = 0.0;
    ANA_TRY(ana_assignment_solve(table.n_b, table.n_a, cost, a_of_b, &total));
    for (size_t k = 0; label_in_a != NULL && k < n_labels; k++) {
        label_in_a[k] = ANA_NO_LABEL;
    }
    for (size_t c = 0; label_in_a != NULL && c < table.n_cells; c++) {
        if (a_of_b[table.b_of_cell[c]] == table.a_of_cell[c]) {
            label_in_a[table.cells[c].b] = table.cells[c].a;
        }
    }
    *accuracy = -total / (double)table.n_items;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_agreement_balanced_accuracy(size_t n, const size_t *truth, const size_t *predicted,
                                           double *accuracy)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    contingency table = {0};
    double sum = 0.0;
    ANA_TRY(fill(&table, n, truth, predicted, &workspace));
    for (size_t c = 0; c < table.n_cells; c++) {
        if (table.cells[c].a == table.cells[c].b) {
            sum += table.cell_sizes[c] / table.a_sizes[table.a_of_cell[c]];
        }
    }
    *accuracy = sum / (double)table.n_a;
done:
    ana_workspace_release(&workspace);
    return status;
}
