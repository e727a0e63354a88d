#include "dense.h"
#include "try.h"
#include "workspace.h"

#include <analysis/assignment.h>

#include <math.h>

/* The problem with at least as many columns as rows, and what the paths work on. */
typedef struct assignment {
    size_t n_rows;
    size_t n_columns;
    const double *cost;
    double *row_price;
    double *column_price;
    double *distance;      /* of each column from the row to be placed */
    size_t *previous;      /* row before each column on its shortest path */
    size_t *row_of_column; /* ANA_UNASSIGNED: free */
    size_t *column_of_row;
    size_t *reached; /* columns whose distance is final, in that order */
    size_t *open;    /* columns not yet reached, ascending */
} assignment;

/* Distances of the open columns by way of `row`, which itself is at `base`; the position in `open`
 * of the nearest, or n_open when none can be reached. */
static size_t relax(assignment *a, size_t row, double base, size_t n_open)
{
    const double *cost = a->cost + row * a->n_columns;
    size_t nearest = n_open;
    double shortest = INFINITY;
    for (size_t i = 0; i < n_open; i++) {
        size_t column = a->open[i];
        double distance = base + (cost[column] - a->row_price[row] - a->column_price[column]);
        if (distance < a->distance[column]) {
            a->distance[column] = distance;
            a->previous[column] = row;
        }
        if (a->distance[column] < shortest) {
            shortest = a->distance[column];
            nearest = i;
        }
    }
    return nearest;
}

/* Dijkstra from `row` to the nearest free column, which is returned; ANA_UNASSIGNED if there is
 * none. *n_reached columns got final distances. */
static size_t nearest_free_column(assignment *a, size_t row, size_t *n_reached)
{
    for (size_t j = 0; j < a->n_columns; j++) {
        a->open[j] = j;
        a->distance[j] = INFINITY;
    }
    size_t n_open = a->n_columns;
    size_t from = row;
    double base = 0.0;
    *n_reached = 0;
    while (n_open > 0) {
        size_t nearest = relax(a, from, base, n_open);
        if (nearest == n_open) {
            return ANA_UNASSIGNED;
        }
        size_t column = a->open[nearest];
        a->reached[(*n_reached)++] = column;
        n_open--;
        for (size_t i = nearest; i < n_open; i++) {
            a->open[i] = a->open[i + 1];
        }
        if (a->row_of_column[column] == ANA_UNASSIGNED) {
            return column;
        }
        from = a->row_of_column[column];
        base = a->distance[column];
    }
    return ANA_UNASSIGNED;
}

/* Prices that keep every reduced cost >= 0 and those along the path 0 (Crouse, steps 2 and 3). */
static void update_prices(assignment *a, size_t row, size_t sink, size_t n_reached)
{
    double length = a->distance[sink];
    a->row_price[row] += length;
    for (size_t i = 0; i < n_reached; i++) {
        size_t column = a->reached[i];
        double slack = length - a->distance[column];
        a->column_price[column] -= slack;
        if (a->row_of_column[column] != ANA_UNASSIGNED) {
            a->row_price[a->row_of_column[column]] += slack;
        }
    }
}

static ana_status place(assignment *a, size_t row)
{
    size_t n_reached = 0;
    size_t column = nearest_free_column(a, row, &n_reached);
    if (column == ANA_UNASSIGNED) {
        return ana_fail(ANA_ERR_NUMERIC, "assignment: the allowed pairs leave no partner for %zu",
                        row);
    }
    update_prices(a, row, column, n_reached);
    for (;;) {
        size_t owner = a->previous[column];
        size_t next = a->column_of_row[owner];
        a->row_of_column[column] = owner;
        a->column_of_row[owner] = column;
        if (owner == row) {
            return ANA_OK;
        }
        column = next;
    }
}

static ana_status check_costs(size_t n_rows, size_t n_columns, const double *cost)
{
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_columns; j++) {
            double c = cost[i * n_columns + j];
            if (isnan(c) || (isinf(c) && c < 0.0)) {
                return ana_fail(ANA_ERR_VALUE,
                                "assignment: the cost of row %zu and column %zu is %s; a finite "
                                "number or +inf (not allowed) is needed",
                                i, j, isnan(c) ? "NaN" : "-inf");
            }
        }
    }
    return ANA_OK;
}

static ana_status solve_wide(assignment *a, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    a->row_price = ana_workspace_doubles(workspace, a->n_rows, 1);
    a->column_price = ana_workspace_doubles(workspace, a->n_columns, 1);
    a->distance = ana_workspace_doubles(workspace, a->n_columns, 1);
    a->previous = ana_workspace_sizes(workspace, a->n_columns, 1);
    a->reached = ana_workspace_sizes(workspace, a->n_columns, 1);
    a->open = ana_workspace_sizes(workspace, a->n_columns, 1);
    a->column_of_row = ana_workspace_sizes(workspace, a->n_rows, 1);
    a->row_of_column = ana_workspace_sizes(workspace, a->n_columns, 1);
    ANA_TRY(ana_workspace_check(workspace, "assignment"));
    for (size_t i = 0; i < a->n_rows; i++) {
        a->column_of_row[i] = ANA_UNASSIGNED;
    }
    for (size_t j = 0; j < a->n_columns; j++) {
        a->row_of_column[j] = ANA_UNASSIGNED;
    }
    for (size_t i = 0; i < a->n_rows; i++) {
        ANA_TRY(place(a, i));
    }
done:
    return status;
}

ana_status ana_assignment_solve(size_t n_rows, size_t n_columns, const double *cost,
                                size_t *column_of_row, double *total)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    bool wide = n_rows <= n_columns;
    assignment a = {
        .n_rows = wide ? n_rows : n_columns, .n_columns = wide ? n_columns : n_rows, .cost = cost};
    ANA_TRY(check_costs(n_rows, n_columns, cost));
    if (!wide) {
        double *turned = ana_workspace_doubles(&workspace, n_columns, n_rows);
        ANA_TRY(ana_workspace_check(&workspace, "assignment"));
        ana_transpose(n_rows, n_columns, cost, turned);
        a.cost = turned;
    }
    ANA_TRY(solve_wide(&a, &workspace));
    double sum = 0.0;
    for (size_t i = 0; i < n_rows; i++) {
        column_of_row[i] = wide ? a.column_of_row[i] : a.row_of_column[i];
        if (column_of_row[i] != ANA_UNASSIGNED) {
            sum += cost[i * n_columns + column_of_row[i]];
        }
    }
    if (total != NULL) {
        *total = sum;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
