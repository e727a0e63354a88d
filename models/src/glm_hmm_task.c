/* What a fit of the GLM-HMM reads, looked through once, and the room its passes write to. */
#include "checked.h"
#include "glm_hmm_parts.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Blocks end where the rows of the fit stop being neighbours in the observations. */
static size_t cut_blocks(const size_t *actual, const size_t *start, size_t n_sequences,
                         ana_glm_hmm_block *blocks)
{
    size_t n = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        for (size_t t = start[s]; t < start[s + 1];) {
            const size_t row = actual[s] + (t - start[s]);
            ana_glm_hmm_block *last = n > 0 ? blocks + n - 1 : NULL;
            const bool joins = last != NULL && last->actual + last->n == row;
            if (!joins || last->n == ANA_GLM_HMM_ROWS) {
                last = blocks + n++;
                *last = (ana_glm_hmm_block){.first = t, .actual = row, .n = 0};
            }
            const size_t left = start[s + 1] - t;
            const size_t room = ANA_GLM_HMM_ROWS - last->n;
            const size_t take = left < room ? left : room;
            last->n += take;
            t += take;
        }
    }
    return n;
}

/* The lowest intercept that data can ask for: a mean of half a spike in all rows. */
static double floor_of(const ana_glm_family *family, double n_rows)
{
    const double mean = 0.5 / fmax(n_rows, 1.0);
    const bool is_open =
        family->link == ANA_GLM_IDENTITY || family->distribution == ANA_GLM_GAUSSIAN;
    return is_open ? (double)-INFINITY
                   : (family->link == ANA_GLM_SQRT_SOFTPLUS ? 2.0 : 1.0) * log(mean);
}

static void look_at_units(ana_glm_hmm_task *task)
{
    const ana_observations *responses = task->data->responses;
    const bool counts = task->options->family.distribution != ANA_GLM_GAUSSIAN;
    for (size_t n = 0; n < task->n_units; n++) {
        double sum = 0.0;
        double rows = 0.0;
        for (size_t t = 0; t < responses->n_times; t++) {
            const double y = responses->values[t * task->n_units + n];
            sum += isnan(y) ? 0.0 : fabs(y);
            rows += isnan(y) ? 0.0 : 1.0;
        }
        task->silent[n] = counts && !(sum > 0.0);
        task->floor[n] = floor_of(&task->options->family, rows);
        task->n_free[n] = 0;
        for (size_t c = 0; c < task->n_columns; c++) {
            if (task->allowed[n * task->n_columns + c]) {
                task->free[n * task->n_columns + task->n_free[n]++] = c;
            }
        }
        task->most_free = task->n_free[n] > task->most_free ? task->n_free[n] : task->most_free;
    }
}

static void allow_columns(ana_glm_hmm_task *task)
{
    const ana_glm_hmm_data *data = task->data;
    const size_t n_columns = task->n_columns;
    for (size_t n = 0; n < task->n_units; n++) {
        bool *allowed = task->allowed + n * n_columns;
        ana_design_allowed(data->design, task->options->coupling, data->mask, n, allowed);
        if (task->options->self == ANA_GLM_HMM_SELF_NONE && task->n_functions > 0) {
            memset(allowed + ana_design_history_column(data->design, n), 0, task->n_functions);
        }
    }
}

/* Spread of each column over the first rows of all blocks, for starts. */
static ana_status measure_columns(ana_glm_hmm_task *task, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t n_columns = task->n_columns;
    double *panel = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, n_columns);
    double *mean = ana_workspace_doubles(workspace, n_columns, 1);
    double rows = 0.0;
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm"));
    memset(task->scale, 0, n_columns * sizeof *task->scale);
    const size_t step = 1 + task->n_blocks / 64;
    for (size_t b = 0; b < task->n_blocks; b += step) {
        ANA_TRY(
            ana_design_panel(task->data->design, task->blocks[b].actual, task->blocks[b].n, panel));
        for (size_t t = 0; t < task->blocks[b].n; t++) {
            rows += 1.0;
            for (size_t c = 0; c < n_columns; c++) {
                const double off = panel[t * n_columns + c] - mean[c];
                mean[c] += off / rows;
                task->scale[c] += off * (panel[t * n_columns + c] - mean[c]);
            }
        }
    }
    for (size_t c = 0; c < n_columns; c++) {
        task->scale[c] = sqrt(task->scale[c] / fmax(rows, 1.0));
    }
done:
    return status;
}

/* The part of each row's log-likelihood that no parameter moves. */
static void add_constants(ana_glm_hmm_task *task, const ana_glm_hmm_block *block)
{
    const size_t n_units = task->n_units;
    for (size_t t = 0; t < block->n; t++) {
        const double *y = task->data->responses->values + (block->actual + t) * n_units;
        double *sum = task->constant + block->first + t;
        for (size_t n = 0; n < n_units; n++) {
            double one = 0.0;
            ana_glm_constant(&task->options->family, 1, y + n, &one);
            *sum += one;
        }
    }
}

/* Large enough for products to be fast, and two at least, for two threads. */
static size_t cut_units(size_t n_units)
{
    const size_t needed = (n_units + ANA_GLM_HMM_UNITS - 1) / ANA_GLM_HMM_UNITS;
    const size_t chunks = n_units >= 16 && needed < 2 ? 2 : needed;
    const size_t units = (n_units + chunks - 1) / chunks;
    return (units + 3) / 4 * 4;
}

ana_status ana_glm_hmm_task_prepare(ana_glm_hmm_task *task, const size_t *actual,
                                    ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t cells = task->n_units * task->n_columns;
    task->n_times = task->sequence_start[task->n_sequences];
    task->chunk_units = cut_units(task->n_units);
    const size_t most = task->n_times / ANA_GLM_HMM_ROWS + task->n_sequences + 1;
    task->blocks = ana_workspace_bytes(workspace, most, 1, sizeof *task->blocks);
    task->allowed = ana_workspace_bytes(workspace, cells, 1, sizeof *task->allowed);
    task->silent = ana_workspace_bytes(workspace, task->n_units, 1, sizeof *task->silent);
    task->floor = ana_workspace_doubles(workspace, task->n_units, 1);
    task->n_free = ana_workspace_sizes(workspace, task->n_units, 1);
    task->free = ana_workspace_sizes(workspace, cells, 1);
    task->scale = ana_workspace_doubles(workspace, task->n_columns, 1);
    task->constant = ana_workspace_doubles(workspace, task->n_times, 1);
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm"));
    task->n_blocks = cut_blocks(actual, task->sequence_start, task->n_sequences, task->blocks);
    allow_columns(task);
    look_at_units(task);
    task->is_joint = ana_glm_hmm_asks_joint(task->options);
    task->is_exact = task->most_free <= task->options->exact_columns;
    task->has_small_grams = task->is_exact && task->n_columns <= ANA_GLM_HMM_SMALL;
    for (size_t n = 0; n < task->n_units; n++) {
        task->has_small_grams = task->has_small_grams && task->n_free[n] == task->n_columns;
    }
    for (size_t b = 0; b < task->n_blocks; b++) {
        add_constants(task, task->blocks + b);
    }
    ANA_TRY(measure_columns(task, workspace));
done:
    return status;
}

int ana_glm_hmm_threads(const ana_glm_hmm_task *task, size_t n_items)
{
    const size_t least_cells = 400;
    return task->n_columns * task->n_units < least_cells
               ? 1
               : ana_run_threads(&task->options->run, n_items);
}

int ana_glm_hmm_solver_threads(const ana_glm_hmm_task *task, size_t n_items)
{
    const double least_steps = 1e6; /* some tenths of a millisecond */
    const double p = (double)task->n_columns;
    return (double)n_items * p * p * p / 3.0 < least_steps
               ? 1
               : ana_run_threads(&task->options->run, n_items);
}

size_t ana_glm_hmm_gathered(const ana_glm_hmm_task *task)
{
    const size_t all = (size_t)ANA_GLM_HMM_ROWS * ANA_GLM_HMM_BLOCKS;
    return task->n_times < all ? task->n_times : all;
}

size_t ana_glm_hmm_padded_units(const ana_glm_hmm_task *task)
{
    return (task->n_units + task->chunk_units - 1) / task->chunk_units * task->chunk_units;
}

size_t ana_glm_hmm_gram_size(const ana_glm_hmm_task *task)
{
    return task->is_exact ? task->n_states * task->n_units * task->most_free * task->most_free
                          : task->n_states * task->n_columns * task->n_columns;
}

size_t ana_glm_hmm_gram_at(const ana_glm_hmm_task *task, size_t state, size_t unit)
{
    return (state * task->n_units + unit) * task->most_free * task->most_free;
}

size_t ana_glm_hmm_room_bytes(const ana_glm_hmm_task *task)
{
    const size_t k = task->n_states;
    const size_t p = task->n_columns;
    const size_t n = task->n_units;
    const size_t seats = (size_t)ana_run_threads(&task->options->run, SIZE_MAX);
    const size_t gathered = ana_glm_hmm_gathered(task);
    const size_t seat = (size_t)ANA_GLM_HMM_ROWS * (p + 2 * n) + gathered * p + p * p;
    const size_t shared = k * gathered * (p + 2 * ana_glm_hmm_padded_units(task) + 1);
    if (task->is_joint) {
        return ana_glm_hmm_joint_bytes(task) + seats * seat * sizeof(double);
    }
    return (seats * seat + shared + 5 * k * n * p + ana_glm_hmm_gram_size(task)) * sizeof(double);
}

static void sums_new(const ana_glm_hmm_task *task, ana_workspace *workspace, bool with_hessian,
                     ana_glm_hmm_sums *sums)
{
    const size_t kn = task->n_states * task->n_units;
    sums->value = ana_workspace_doubles(workspace, kn, 1);
    sums->weight = ana_workspace_doubles(workspace, kn, 1);
    if (with_hessian) {
        sums->gradient = ana_workspace_doubles(workspace, kn, task->n_columns);
        sums->gram = ana_workspace_doubles(workspace, ana_glm_hmm_gram_size(task), 1);
    }
}

ana_status ana_glm_hmm_seats_new(const ana_glm_hmm_task *task, ana_workspace *workspace,
                                 ana_glm_hmm_room **out)
{
    const size_t p = task->n_columns;
    ana_glm_hmm_room *room = ana_workspace_bytes(workspace, 1, 1, sizeof *room);
    if (room == NULL) {
        return ana_workspace_check(workspace, "glm-hmm");
    }
    room->n_seats = (size_t)ana_run_threads(&task->options->run, SIZE_MAX);
    room->seats = ana_workspace_bytes(workspace, room->n_seats, 1, sizeof *room->seats);
    for (size_t i = 0; room->seats != NULL && i < room->n_seats; i++) {
        room->seats[i] = (ana_glm_hmm_seat){
            .panel = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, p),
            .eta = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, task->n_units),
            .value = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, task->n_units),
        };
    }
    *out = room;
    return ana_workspace_check(workspace, "glm-hmm");
}

/* What the M-step writes to beside that. */
static void add_to_seats(const ana_glm_hmm_task *task, ana_workspace *workspace,
                         ana_glm_hmm_room *room)
{
    const size_t p = task->n_columns;
    const size_t n = task->n_units;
    const size_t gathered = ana_glm_hmm_gathered(task);
    for (size_t i = 0; i < room->n_seats; i++) {
        ana_glm_hmm_seat *seat = room->seats + i;
        seat->rows = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, p);
        seat->response = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, n);
        seat->slope = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, n);
        seat->bend = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, n);
        seat->scaled = ana_workspace_doubles(workspace, gathered > p ? gathered : p, p);
        seat->product = ana_workspace_doubles(workspace, p, p);
        seat->gradient = ana_workspace_doubles(workspace, task->chunk_units, p);
        if (task->has_small_grams) {
            const size_t pairs = p * (p + 1) / 2;
            seat->pairs = ana_workspace_doubles(workspace, ANA_GLM_HMM_ROWS, pairs);
            seat->pair_sums = ana_workspace_doubles(workspace, task->chunk_units, pairs);
        }
    }
}

ana_status ana_glm_hmm_room_new(const ana_glm_hmm_task *task, ana_workspace *workspace,
                                ana_glm_hmm_room **out)
{
    const size_t k = task->n_states;
    const size_t p = task->n_columns;
    const size_t cells = k * task->n_units;
    const size_t gathered = ana_glm_hmm_gathered(task);
    const size_t padded = ana_glm_hmm_padded_units(task);
    ana_glm_hmm_room *room = NULL;
    ana_status status = ana_glm_hmm_seats_new(task, workspace, &room);
    if (status != ANA_OK || room == NULL) {
        return status;
    }
    if (task->is_joint) {
        ana_glm_hmm_joint_room(task, workspace, room);
        *out = room;
        return ana_workspace_check(workspace, "glm-hmm");
    }
    add_to_seats(task, workspace, room);
    const size_t items = cells + k + ANA_GLM_HMM_BLOCKS;
    room->statuses = ana_workspace_bytes(workspace, items, 1, sizeof *room->statuses);
    room->rows = ana_workspace_doubles(workspace, k * gathered, p);
    room->residual = ana_workspace_doubles(workspace, k * gathered, padded);
    room->curvature = ana_workspace_doubles(workspace, k * gathered, padded);
    room->mean_curvature = ana_workspace_doubles(workspace, k, gathered);
    room->block_value = ana_workspace_doubles(workspace, ANA_GLM_HMM_BLOCKS, cells);
    room->block_weight = ana_workspace_doubles(workspace, ANA_GLM_HMM_BLOCKS, cells);
    room->place = ana_workspace_sizes(workspace, ANA_GLM_HMM_BLOCKS + 1, k);
    sums_new(task, workspace, true, &room->sums);
    sums_new(task, workspace, false, &room->trial);
    room->proposal = ana_workspace_doubles(workspace, cells, p);
    room->direction = ana_workspace_doubles(workspace, cells, p);
    room->solve = ana_workspace_doubles(workspace, cells, task->is_exact ? 1 : p);
    room->rises = ana_workspace_doubles(workspace, cells, 1);
    room->length = ana_workspace_doubles(workspace, cells, 1);
    room->is_empty = ana_workspace_bytes(workspace, k, 1, sizeof *room->is_empty);
    *out = room;
    status = ana_workspace_check(workspace, "glm-hmm");
    if (status == ANA_OK && task->prior == ANA_GLM_HMM_ONE_HOT) {
        room->strengths = ana_workspace_doubles(workspace, cells, task->n_sources);
        room->slopes = ana_workspace_doubles(workspace, cells, p);
        status = ana_glm_hmm_weights_new(task, workspace, &room->tried);
    }
    return status == ANA_OK ? ana_workspace_check(workspace, "glm-hmm") : status;
}
