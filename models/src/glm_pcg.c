/* Newton's steps of all units at once by preconditioned conjugate gradients (Nocedal & Wright
 * 2006, alg. 7.1). A Hessian times a vector is two products of the units' rows with a panel, shared
 * by all of them; the preconditioner is one matrix for all, X^T diag(mean curvature) X, scaled to
 * each unit, plus the ridge. */
#include "blas.h"
#include "dense.h"
#include "glm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    MAX_CG_STEPS = 200
};

static const double loosest = 0.1; /* share of the residual that a step may leave */
static const double tightest = 1e-5;
static const double small_share = 1e-3;  /* of the tolerance */
static const double floor_share = 1e-12; /* of the largest eigenvalue */

typedef struct conjugate {
    const ana_glm_task *task;
    const ana_glm_room *room;
    size_t n_units;
    ana_glm_unit *units;
    size_t n_chosen;    /* units at work */
    size_t *chosen;     /* n_units */
    double *vectors;    /* n_units x P: rows of the chosen */
    double *products;   /* n_units x P */
    double *slopes;     /* blocks x n_units x ROWS */
    double *parts;      /* blocks x n_units x P */
    ana_glm_sums *sums; /* blocks x n_units */
    float *curvature;   /* n_units x T */
    double *weights;    /* T: mean curvature */
    double *values;     /* P eigenvalues of the preconditioner */
    double *axes;       /* P x P: its eigenvectors, rows */
    double *size;       /* n_units: sum of a unit's curvature */
    double **residual;  /* per unit, n each */
    double **search;
    double *power; /* n_units: residual . preconditioned residual */
    double *wanted;
} conjugate;

static void scatter(const ana_glm_unit *unit, const double *from, size_t p, double *row)
{
    memset(row, 0, p * sizeof *row);
    for (size_t i = 0; i < unit->n; i++) {
        row[unit->columns[i]] = from[i];
    }
}

/* The block's part of a pass: eta of all chosen units, their slopes, and what these add up to. */
static void evaluate_block(const conjugate *all, size_t slot, size_t first, size_t n)
{
    const size_t p = all->task->n_columns;
    const double *panel = all->room->panels + slot * ANA_GLM_ROWS * p;
    double *slopes = all->slopes + slot * all->n_units * ANA_GLM_ROWS;
    const ana_gemm ahead = {all->n_chosen, p, n, false, true, 1.0, 0.0};
    const ana_gemm back = {all->n_chosen, n, p, false, false, 1.0, 0.0};
    ana_blas_gemm(&ahead, all->vectors, panel, slopes);
    for (size_t a = 0; a < all->n_chosen; a++) {
        const ana_glm_unit *unit = &all->units[all->chosen[a]];
        ana_glm_sums *sums = &all->sums[slot * all->n_units + a];
        float *curvature = all->curvature + all->chosen[a] * all->task->n_times + first;
        ana_glm_block block;
        memset(sums, 0, sizeof *sums);
        ana_glm_take_responses(all->task, unit->unit, first, n, &block.in);
        for (size_t i = 0; i < n; i++) {
            block.eta[i] = block.in.offset[i] + slopes[a * n + i];
        }
        ana_glm_evaluate(all->task, unit, n, &block, sums);
        for (size_t i = 0; i < n; i++) {
            slopes[a * n + i] = block.gradient[i];
            curvature[i] = (float)block.curvature[i];
        }
    }
    ana_blas_gemm(&back, slopes, panel, all->parts + slot * all->n_units * p);
}

/* The block's part of Hessian times vector. */
static void multiply_block(const conjugate *all, size_t slot, size_t first, size_t n)
{
    const size_t p = all->task->n_columns;
    const double *panel = all->room->panels + slot * ANA_GLM_ROWS * p;
    double *slopes = all->slopes + slot * all->n_units * ANA_GLM_ROWS;
    const ana_gemm ahead = {all->n_chosen, p, n, false, true, 1.0, 0.0};
    const ana_gemm back = {all->n_chosen, n, p, false, false, 1.0, 0.0};
    ana_blas_gemm(&ahead, all->vectors, panel, slopes);
    for (size_t a = 0; a < all->n_chosen; a++) {
        const float *curvature = all->curvature + all->chosen[a] * all->task->n_times + first;
        for (size_t i = 0; i < n; i++) {
            slopes[a * n + i] *= (double)curvature[i];
        }
    }
    ana_blas_gemm(&back, slopes, panel, all->parts + slot * all->n_units * p);
}

static void add_sums(const ana_glm_sums *from, ana_glm_sums *to)
{
    to->log_likelihood += from->log_likelihood;
    to->spread += from->spread;
    to->spread_curvature += from->spread_curvature;
    to->n_rows += from->n_rows;
}

/* What the blocks found, added in their order. */
static void add_blocks(const conjugate *all, size_t n_blocks, bool evaluate)
{
    const size_t p = all->task->n_columns;
    for (size_t b = 0; b < n_blocks; b++) {
        const double *part = all->parts + b * all->n_units * p;
        for (size_t i = 0; i < all->n_chosen * p; i++) {
            all->products[i] += part[i];
        }
        for (size_t a = 0; evaluate && a < all->n_chosen; a++) {
            add_sums(&all->sums[b * all->n_units + a], &all->units[all->chosen[a]].sums);
        }
    }
}

/* products = sums over all rows; with `evaluate` the units' sums too. */
static ana_status pass(const conjugate *all, bool evaluate)
{
    size_t n_rows = 0;
    memset(all->products, 0, all->n_chosen * all->task->n_columns * sizeof *all->products);
    for (size_t first = 0; first < all->task->n_times; first += n_rows) {
        ana_status status = ana_run_progress(&all->task->options->run, "glm fit: rows of this pass",
                                             first, all->task->n_times);
        if (status != ANA_OK) {
            return status;
        }
        ana_glm_fill_panels(all->task, all->room, first, &n_rows);
        const size_t n_blocks = (n_rows + ANA_GLM_ROWS - 1) / ANA_GLM_ROWS;
#pragma omp parallel for default(none) num_threads(all->room->n_threads)                           \
    shared(all, first, n_rows, n_blocks, evaluate)
        for (size_t b = 0; b < n_blocks; b++) {
            const size_t begin = b * ANA_GLM_ROWS;
            const size_t n = n_rows - begin < ANA_GLM_ROWS ? n_rows - begin : ANA_GLM_ROWS;
            if (evaluate) {
                evaluate_block(all, b, first + begin, n);
            } else {
                multiply_block(all, b, first + begin, n);
            }
        }
        add_blocks(all, n_blocks, evaluate);
    }
    return ANA_OK;
}

static ana_status evaluate(conjugate *all)
{
    const size_t p = all->task->n_columns;
    all->n_chosen = 0;
    for (size_t u = 0; u < all->n_units; u++) {
        if (all->units[u].active) {
            scatter(&all->units[u], all->units[u].trial, p, all->vectors + all->n_chosen * p);
            memset(&all->units[u].sums, 0, sizeof all->units[u].sums);
            all->chosen[all->n_chosen++] = u;
        }
    }
    ana_status status = pass(all, true);
    for (size_t a = 0; status == ANA_OK && a < all->n_chosen; a++) {
        ana_glm_unit *unit = &all->units[all->chosen[a]];
        for (size_t i = 0; i < unit->n; i++) {
            unit->gradient[i] = all->products[a * p + unit->columns[i]];
        }
    }
    return status;
}

/* Each unit's curvature sums to its size; the mean over units of curvature / size weighs the rows.
 */
static void weigh_rows(conjugate *all)
{
    memset(all->weights, 0, all->task->n_times * sizeof *all->weights);
    for (size_t u = 0; u < all->n_units; u++) {
        const float *curvature = all->curvature + u * all->task->n_times;
        double sum = 0.0;
        for (size_t t = 0; t < all->task->n_times; t++) {
            sum += (double)fmaxf(curvature[t], 0.0F);
        }
        all->size[u] = sum;
        for (size_t t = 0; sum > 0.0 && isfinite(sum) && t < all->task->n_times; t++) {
            all->weights[t] += (double)fmaxf(curvature[t], 0.0F) / sum;
        }
    }
}

/* The smoothness penalty of all sources, times `share`. */
static void add_smoothness(const ana_glm_task *task, double share, double *matrix)
{
    const size_t p = task->n_columns;
    for (size_t c = task->history_column; c + 1 < task->covariate_column; c++) {
        if ((c - task->history_column) % task->n_functions + 1 < task->n_functions) {
            matrix[c * p + c] += share;
            matrix[(c + 1) * p + c + 1] += share;
            matrix[(c + 1) * p + c] -= share;
        }
    }
}

static ana_status precondition(conjugate *all, double *matrix)
{
    ana_status status = ANA_OK;
    const ana_glm_task *task = all->task;
    const size_t p = task->n_columns;
    double total = 0.0;
    size_t n_rows = 0;
    weigh_rows(all);
    for (size_t u = 0; u < all->n_units; u++) {
        total += all->size[u];
    }
    memset(matrix, 0, p * p * sizeof *matrix);
    for (size_t first = 0; first < task->n_times; first += n_rows) {
        ana_glm_fill_panels(task, all->room, first, &n_rows);
        for (size_t i = 0; i < n_rows; i++) {
            const double scale = sqrt(all->weights[first + i] / (double)all->n_units);
            for (size_t c = 0; c < p; c++) {
                all->room->panels[i * p + c] *= scale;
            }
        }
        ana_blas_gram_add(n_rows, p, 1.0, all->room->panels, matrix);
    }
    const double mean_size = total / (double)all->n_units;
    if (task->options->smooth > 0.0 && mean_size > 0.0) {
        add_smoothness(task, task->options->smooth / mean_size, matrix);
    }
    ANA_TRY(ana_linalg_eigen_symmetric(p, matrix, all->values, all->axes));
done:
    return status;
}

/* search direction of unit a: out = (size axes^T diag(values) axes + ridge)^-1 residual. */
static void apply_preconditioner(const conjugate *all, double *out)
{
    const size_t p = all->task->n_columns;
    const size_t n = all->n_chosen;
    const double ridge = all->task->options->ridge;
    const double least = fmax(all->values[p - 1], 0.0) * floor_share;
    for (size_t a = 0; a < n; a++) {
        scatter(&all->units[all->chosen[a]], all->residual[all->chosen[a]], p,
                all->vectors + a * p);
    }
    const ana_gemm ahead = {n, p, p, false, true, 1.0, 0.0};
    const ana_gemm back = {n, p, p, false, false, 1.0, 0.0};
    ana_blas_gemm(&ahead, all->vectors, all->axes, all->products);
    for (size_t a = 0; a < n; a++) {
        const double size = all->size[all->chosen[a]];
        for (size_t c = 0; c < p; c++) {
            const double value = size * fmax(all->values[c], least) + ridge;
            all->products[a * p + c] = value > 0.0 ? all->products[a * p + c] / value : 0.0;
        }
    }
    ana_blas_gemm(&back, all->products, all->axes, out);
}

/* Keeps the chosen units for which `keep` holds, with their rows of the vectors. */
static void drop_finished(conjugate *all)
{
    size_t n = 0;
    for (size_t a = 0; a < all->n_chosen; a++) {
        const size_t u = all->chosen[a];
        if (all->power[u] > all->wanted[u]) {
            all->chosen[n++] = u;
        }
    }
    all->n_chosen = n;
}

/* residual = gradient of the objective, direction = 0, for every unit that needs a direction. */
static void begin(conjugate *all)
{
    all->n_chosen = 0;
    for (size_t u = 0; u < all->n_units; u++) {
        ana_glm_unit *unit = &all->units[u];
        if (!unit->active || !unit->moved) {
            continue;
        }
        double value = 0.0;
        ana_glm_quadratic(all->task, unit, unit->beta, all->residual[u], &value);
        for (size_t i = 0; i < unit->n; i++) {
            all->residual[u][i] = unit->gradient[i] - all->residual[u][i];
        }
        memset(unit->direction, 0, unit->n * sizeof *unit->direction);
        all->chosen[all->n_chosen++] = u;
    }
}

/* The share of the residual's power that a step may leave: so little that Newton's convergence is
 * not held up (Eisenstat & Walker 1996), but not much less than what ends the fit. */
static double residual_share(const ana_glm_task *task, const ana_glm_unit *unit, double power)
{
    const double ratio = power / (1.0 + fabs(unit->objective));
    const double enough = small_share * task->options->tolerance;
    if (ratio <= enough) {
        return 1.0; /* the step would not be worth its passes */
    }
    const double left = fmax(sqrt(ratio), sqrt(enough / ratio));
    return pow(fmin(fmax(left, tightest), loosest), 2.0);
}

/* New search directions from the preconditioned residuals; `first`: without the ones before. */
static void turn(conjugate *all, bool first)
{
    const size_t p = all->task->n_columns;
    double *found = all->parts;
    apply_preconditioner(all, found);
    for (size_t a = 0; a < all->n_chosen; a++) {
        const size_t u = all->chosen[a];
        const ana_glm_unit *unit = &all->units[u];
        double power = 0.0;
        for (size_t i = 0; i < unit->n; i++) {
            power += all->residual[u][i] * found[a * p + unit->columns[i]];
        }
        const double share = first ? 0.0 : power / all->power[u];
        for (size_t i = 0; i < unit->n; i++) {
            all->search[u][i] =
                found[a * p + unit->columns[i]] + (first ? 0.0 : share * all->search[u][i]);
        }
        if (first) {
            all->wanted[u] = power * residual_share(all->task, unit, power);
        }
        all->power[u] = power;
    }
    drop_finished(all);
}

static void add_if_none(size_t n, const double *search, double *direction)
{
    if (ana_dot(n, direction, direction) == 0.0) {
        memcpy(direction, search, n * sizeof *direction);
    }
}

/* One step of each unit along its search direction; needs a pass over the data. */
static ana_status step_on(conjugate *all)
{
    const size_t p = all->task->n_columns;
    for (size_t a = 0; a < all->n_chosen; a++) {
        scatter(&all->units[all->chosen[a]], all->search[all->chosen[a]], p, all->vectors + a * p);
    }
    ana_status status = pass(all, false);
    for (size_t a = 0; status == ANA_OK && a < all->n_chosen; a++) {
        const size_t u = all->chosen[a];
        ana_glm_unit *unit = &all->units[u];
        double *product = unit->trial; /* not needed until the direction is known */
        double value = 0.0;
        ana_glm_quadratic(all->task, unit, all->search[u], product, &value);
        for (size_t i = 0; i < unit->n; i++) {
            product[i] += all->products[a * p + unit->columns[i]];
        }
        const double bend = ana_dot(unit->n, all->search[u], product);
        if (!(bend > 0.0)) { /* no minimum this way: what was found must do */
            all->wanted[u] = (double)INFINITY;
            add_if_none(unit->n, all->search[u], unit->direction);
            continue;
        }
        const double length = all->power[u] / bend;
        for (size_t i = 0; i < unit->n; i++) {
            unit->direction[i] += length * all->search[u][i];
            all->residual[u][i] -= length * product[i];
        }
    }
    return status;
}

static ana_status find_directions(conjugate *all)
{
    begin(all);
    turn(all, true);
    for (size_t i = 0; all->n_chosen > 0 && i < MAX_CG_STEPS; i++) {
        ana_status status = step_on(all);
        if (status != ANA_OK) {
            return status;
        }
        turn(all, false);
    }
    for (size_t u = 0; u < all->n_units; u++) {
        ana_glm_unit *unit = &all->units[u];
        if (unit->active && unit->moved) {
            double value = 0.0;
            ana_glm_quadratic(all->task, unit, unit->beta, unit->trial, &value);
            unit->slope = ana_dot(unit->n, unit->gradient, unit->direction) -
                          ana_dot(unit->n, unit->trial, unit->direction);
            unit->gain = 0.5 * (unit->slope + ana_dot(unit->n, unit->direction, all->residual[u]));
            ana_glm_find_spread(unit);
            ana_glm_launch(unit);
        }
    }
    return ANA_OK;
}

/* Degrees of freedom with the preconditioner for the Hessian. */
static void count_freedom(const conjugate *all, double *freedom)
{
    const size_t p = all->task->n_columns;
    const double ridge = all->task->options->ridge;
    for (size_t u = 0; u < all->n_units; u++) {
        double sum = 0.0;
        for (size_t c = 0; c < p; c++) {
            const double value = all->size[u] * fmax(all->values[c], 0.0);
            sum += value > 0.0 ? value / (value + ridge) : 0.0;
        }
        freedom[u] = sum * (double)all->units[u].n / (double)p;
    }
}

static ana_status room_for(conjugate *all, ana_workspace *workspace)
{
    const size_t n = all->n_units;
    const size_t p = all->task->n_columns;
    const size_t blocks = all->task->n_blocks;
    all->chosen = ana_workspace_sizes(workspace, n, 1);
    all->vectors = ana_workspace_doubles(workspace, n, p);
    all->products = ana_workspace_doubles(workspace, n, p);
    all->slopes = ana_workspace_doubles(workspace, blocks * n, ANA_GLM_ROWS);
    all->parts = ana_workspace_doubles(workspace, blocks * n, p);
    all->sums = ana_workspace_bytes(workspace, blocks, n, sizeof *all->sums);
    all->curvature = ana_workspace_bytes(workspace, n, all->task->n_times, sizeof(float));
    all->weights = ana_workspace_doubles(workspace, all->task->n_times, 1);
    all->values = ana_workspace_doubles(workspace, p, 1);
    all->axes = ana_workspace_doubles(workspace, p, p);
    all->size = ana_workspace_doubles(workspace, n, 1);
    all->power = ana_workspace_doubles(workspace, n, 1);
    all->wanted = ana_workspace_doubles(workspace, n, 1);
    all->residual = ana_workspace_bytes(workspace, n, 1, sizeof(double *));
    all->search = ana_workspace_bytes(workspace, n, 1, sizeof(double *));
    for (size_t u = 0; u < n && all->residual != NULL && all->search != NULL; u++) {
        all->residual[u] = ana_workspace_doubles(workspace, all->units[u].n, 1);
        all->search[u] = ana_workspace_doubles(workspace, all->units[u].n, 1);
    }
    return ana_workspace_check(workspace, "glm");
}

ana_status ana_glm_conjugate(const ana_glm_task *task, const ana_glm_room *room, size_t n_units,
                             ana_glm_unit *units, ana_glm_trace *trace, double *freedom)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    conjugate all = {.task = task, .room = room, .n_units = n_units, .units = units};
    double *matrix = ana_workspace_doubles(&workspace, task->n_columns, task->n_columns);
    bool any_active = true;
    ANA_TRY(room_for(&all, &workspace));
    for (size_t i = 0; any_active && i < trace->capacity; i++) {
        ANA_TRY(evaluate(&all));
        if (i == 0) {
            ANA_TRY(precondition(&all, matrix));
        }
        for (size_t u = 0; u < n_units; u++) {
            if (units[u].active) {
                ana_glm_judge(task, all.residual[u], &units[u]);
            }
        }
        ANA_TRY(find_directions(&all));
        ana_glm_add_trace(trace, i, ana_glm_total(n_units, units, &any_active));
    }
    weigh_rows(&all);
    count_freedom(&all, freedom);
done:
    ana_workspace_release(&workspace);
    return status;
}
