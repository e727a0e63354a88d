/* The course of a fit: one pooled model of all rows; starts around it, compared on some of the rows
 * where there are many; the best of them fitted to all; then, for the learned priors, the same
 * iterations again from there, with the curvatures that the free fit found. */
#include "glm_hmm_model.h"
#include "glm_hmm_parts.h"
#include "glm_link.h"
#include "hmm_em.h"
#include "hmm_inputs.h"
#include "try.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

enum {
    SCREENING_ITERATIONS = 12, /* of each start, before the best goes on */
    PIECE_ROWS = 500,          /* of the stretches on which starts are compared */
    CHEAP_CELLS = 1000000      /* rows x units x columns that are always compared: few rows of few
                                  choices choose badly, and all of them cost little */
};

static const double few_lapses = 0.01; /* to each class, where a start has none */

/* One course. Arrays are in the outer workspace and hold the state of affairs between stages. */
typedef struct course {
    const ana_glm_hmm_data *data;
    ana_glm_hmm_options options;
    ana_glm_hmm_task task; /* sizes alone; stages copy it */
    double *pooled;        /* N x P */
    double *coefficients;  /* K x N x P */
    double *lapse;         /* K x R x C; NULL: none */
    double *input_weights; /* K x D; NULL: none */
    double *initial;       /* K */
    double *transition;    /* K x K */
    size_t n_inputs;       /* D */
    bool has_start;
    bool has_initial;
} course;

/* All rows, in their sequences. */
static ana_status take_all(const course *self, ana_workspace *workspace, ana_glm_hmm_task *task)
{
    const ana_observations *responses = self->data->responses;
    task->n_sequences = responses->n_sequences;
    task->sequence_start = responses->sequence_start;
    return ana_glm_hmm_task_prepare(task, responses->sequence_start, workspace);
}

/* Stretches evenly over the data, each a sequence of its own. */
static ana_status take_some(const course *self, size_t n_rows, ana_workspace *workspace,
                            ana_glm_hmm_task *task)
{
    ana_status status = ANA_OK;
    const ana_observations *responses = self->data->responses;
    const size_t mean = responses->n_times / responses->n_sequences;
    const size_t length_of_piece = mean < PIECE_ROWS ? (mean > 0 ? mean : 1) : PIECE_ROWS;
    const size_t n_pieces = (n_rows + length_of_piece - 1) / length_of_piece;
    size_t *actual = ana_workspace_sizes(workspace, n_pieces, 1);
    size_t *start = ana_workspace_sizes(workspace, n_pieces + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    size_t n = 0;
    size_t sequence = 0;
    size_t row = 0;
    for (size_t i = 0; i < n_pieces; i++) {
        const double share = (double)i / (double)n_pieces;
        const size_t at = (size_t)(share * (double)responses->n_times);
        row = at > row ? at : row;
        while (sequence < responses->n_sequences &&
               responses->sequence_start[sequence + 1] <= row) {
            sequence++;
        }
        if (sequence == responses->n_sequences) {
            break;
        }
        const size_t left = responses->sequence_start[sequence + 1] - row;
        const size_t length = left < PIECE_ROWS ? left : PIECE_ROWS;
        actual[n] = row;
        start[n + 1] = start[n] + length;
        row += length;
        n++;
    }
    task->n_sequences = n;
    task->sequence_start = start;
    ANA_TRY(ana_glm_hmm_task_prepare(task, actual, workspace));
done:
    return status;
}

static size_t screened_rows(const course *self)
{
    const size_t least = 20 * self->task.n_columns * self->task.n_states;
    const size_t asked = self->options.screen_rows;
    const size_t cells = self->task.n_units * self->task.n_columns;
    const size_t cheap = CHEAP_CELLS / (cells > 0 ? cells : 1);
    size_t n = asked > least ? asked : least;
    n = n > cheap ? n : cheap;
    const size_t all = self->data->responses->n_times;
    return asked == 0 || n > all / 2 ? all : n;
}

static ana_status take_rows(const course *self, size_t n_rows, ana_workspace *workspace,
                            ana_glm_hmm_task *task)
{
    return n_rows < self->data->responses->n_times ? take_some(self, n_rows, workspace, task)
                                                   : take_all(self, workspace, task);
}

/* A unit that never fires: the lowest intercept and no weights. */
static void silence(const ana_glm_hmm_task *task, double *coefficients)
{
    for (size_t n = 0; n < task->n_units; n++) {
        if (task->silent[n]) {
            double *own = coefficients + n * task->n_columns;
            memset(own, 0, task->n_columns * sizeof *own);
            own[0] = task->has_intercept ? task->floor[n] : 0.0;
        }
    }
}

/* One state for all rows that are screened. */
static ana_status fit_pooled(const course *self, double *pooled)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_glm_hmm_options options = self->options;
    ana_glm_hmm_task task = self->task;
    ana_glm_hmm_weights weights = {.coefficients = pooled};
    options.n_states = 1;
    options.newton_steps = 4;
    options.lapse = ANA_GLM_LAPSE_NONE;
    task.options = &options;
    task.n_states = 1;
    task.prior = ANA_GLM_HMM_FREE;
    ANA_TRY(take_rows(self, screened_rows(self), &workspace, &task));
    ANA_TRY(ana_glm_hmm_room_new(&task, &workspace, &task.room));
    double *posterior = ana_workspace_doubles(&workspace, task.n_times, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm fit"));
    for (size_t t = 0; t < task.n_times; t++) {
        posterior[t] = 1.0;
    }
    silence(&task, pooled);
    ana_glm_hmm_mark_empty(&task, posterior);
    ANA_TRY(task.is_joint ? ana_glm_hmm_joint(&task, &weights, posterior)
                          : ana_glm_hmm_newton(&task, &weights, posterior));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The driver's options of a stage; it goes on from where the course is, if it has begun. */
static ana_em_options em_options(const course *self)
{
    const ana_glm_hmm_options *options = &self->options;
    ana_em_options em = {.run = &options->run,
                         .n_restarts = self->has_start ? 1 : options->n_restarts,
                         .max_iterations = options->max_iterations,
                         .tolerance = options->tolerance,
                         .concentration = options->concentration,
                         .stickiness = options->stickiness,
                         .persistence = options->persistence,
                         .empty_below = 1.0,
                         .stream = "glm_hmm.start"};
    if (self->has_start) {
        em.initial = self->has_initial ? self->initial : NULL;
        em.transition = self->transition;
        em.input_weights = self->input_weights;
    }
    return em;
}

/* Posteriors of all rows of the task, at the course's own parameters. `inputs`: as in em_inputs. */
static ana_status posteriors_here(const course *self, ana_workspace *workspace,
                                  const ana_glm_hmm_task *task, const double *inputs,
                                  double *posterior)
{
    ana_status status = ANA_OK;
    const size_t k = task->n_states;
    const ana_hmm_inputs driven = {k, self->n_inputs, inputs, self->transition,
                                   self->input_weights};
    ana_hmm_driven chain = {0};
    double *rows = ana_workspace_doubles(workspace, task->n_times, k);
    const ana_glm_hmm_weights at = {.coefficients = self->coefficients, .lapse = self->lapse};
    double ignored = 0.0;
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    ANA_TRY(ana_hmm_driven_new(&driven, self->initial, task->n_sequences, task->sequence_start,
                               workspace, &chain));
    for (size_t s = 0; s < task->n_sequences; s++) {
        const size_t first = task->sequence_start[s];
        const size_t n = task->sequence_start[s + 1] - first;
        const ana_hmm_chain own = ana_hmm_driven_chain(&chain, s);
        ANA_TRY(ana_glm_hmm_rows(task, &at, first, n, rows + first * k));
        ANA_TRY(ana_hmm_smooth(&own, n, rows + first * k, posterior + first * k, NULL, &ignored));
    }
done:
    return status;
}

/* The pass at the coefficients as they are, under their own posteriors. */
static ana_status stand_here(const course *self, ana_workspace *workspace,
                             const ana_glm_hmm_task *task, const double *inputs)
{
    ana_status status = ANA_OK;
    double *posterior = ana_workspace_doubles(workspace, task->n_times, task->n_states);
    const ana_glm_hmm_weights at = {.coefficients = self->coefficients};
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    ANA_TRY(posteriors_here(self, workspace, task, inputs, posterior));
    ANA_TRY(ana_glm_hmm_stand(task, &at, posterior));
done:
    return status;
}

/* Curvatures for the learned priors. */
static ana_status freeze_curvature(const course *self, ana_workspace *workspace,
                                   const double *inputs, ana_glm_hmm_task *task)
{
    ana_status status = ANA_OK;
    double *curvature = ana_workspace_doubles(workspace, task->n_states * task->n_units,
                                              task->n_columns + task->n_sources);
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    ANA_TRY(stand_here(self, workspace, task, inputs));
    ANA_TRY(ana_glm_hmm_curvature(task, self->coefficients, workspace, curvature));
    task->curvature = curvature;
done:
    return status;
}

static void keep(course *self, const ana_em_model *fitted)
{
    const ana_glm_hmm_weights *weights = fitted->emission;
    const size_t k = self->options.n_states;
    memcpy(self->coefficients, weights->coefficients,
           k * self->task.n_units * self->task.n_columns * sizeof(double));
    memcpy(self->initial, fitted->initial, k * sizeof(double));
    memcpy(self->transition, fitted->transition, k * k * sizeof(double));
    if (self->lapse != NULL) {
        memcpy(self->lapse, weights->lapse,
               k * self->task.n_responses * self->task.n_classes * sizeof(double));
    }
    if (self->n_inputs > 0) {
        memcpy(self->input_weights, fitted->input_weights, k * self->n_inputs * sizeof(double));
    }
    self->has_start = true;
}

/* What a stage is to do. */
typedef struct stage {
    size_t n_rows;
    ana_glm_hmm_prior prior;
    bool keep_order;
    double tolerance;
    size_t max_iterations; /* 0: as the options say */
    size_t n_moves;        /* of split and merge */
    ana_glm_hmm *model;    /* filled in by the last stage; else NULL */
} stage;

/* The inputs of the task's rows: the data's own where it has all of them, else a copy. */
static ana_status take_inputs(const course *self, const ana_glm_hmm_task *task,
                              ana_workspace *workspace, const double **out)
{
    const size_t d = self->n_inputs;
    if (d == 0 || task->n_times == self->data->responses->n_times) {
        *out = d == 0 ? NULL : self->data->inputs->values;
        return ANA_OK;
    }
    double *made = ana_workspace_doubles(workspace, task->n_times, d);
    for (size_t b = 0; made != NULL && b < task->n_blocks; b++) {
        const ana_glm_hmm_block *block = task->blocks + b;
        memcpy(made + block->first * d, self->data->inputs->values + block->actual * d,
               block->n * d * sizeof *made);
    }
    *out = made;
    return ana_workspace_check(workspace, "glm-hmm fit");
}

/* Standard errors at the end of a fit. */
static ana_status keep_errors(const course *self, const ana_glm_hmm_task *task,
                              const ana_glm_hmm_weights *weights, const double *inputs,
                              ana_workspace *workspace, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    const bool needs_posterior = task->is_joint || self->n_inputs > 0;
    double *posterior =
        ana_workspace_doubles(workspace, needs_posterior ? task->n_times : 0, task->n_states);
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    if (needs_posterior) {
        ANA_TRY(posteriors_here(self, workspace, task, inputs, posterior));
    }
    if (self->n_inputs > 0) {
        const ana_hmm_inputs driven = {task->n_states, self->n_inputs, inputs, self->transition,
                                       self->input_weights};
        ANA_TRY(ana_hmm_input_errors(&driven, task->n_sequences, task->sequence_start, posterior,
                                     self->options.input_ridge, model->input_errors));
    }
    if (task->is_joint) {
        ana_glm_hmm_mark_empty(task, posterior);
        ANA_TRY(ana_glm_hmm_joint_errors(task, weights, posterior, model));
        goto done;
    }
    if (task->is_exact) {
        ANA_TRY(stand_here(self, workspace, task, inputs));
    }
    ana_glm_hmm_keep_errors(task, weights, model);
done:
    return status;
}

static ana_status run_stage(course *self, const stage *what, ana_fit_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_glm_hmm_task task = self->task;
    ana_em_model fitted = {0};
    task.prior = what->prior;
    task.pooled = self->pooled;
    task.start = self->has_start ? self->coefficients : NULL;
    task.start_lapse = self->has_start ? self->lapse : NULL;
    ANA_TRY(take_rows(self, what->n_rows, &workspace, &task));
    const double *inputs = NULL;
    ANA_TRY(take_inputs(self, &task, &workspace, &inputs));
    const size_t bytes = ana_glm_hmm_room_bytes(&task);
    ANA_TRY(ana_run_check_memory(&self->options.run, bytes, "glm-hmm fit"));
    ANA_TRY(ana_glm_hmm_room_new(&task, &workspace, &task.room));
    if (!self->has_start) {
        ANA_TRY(ana_glm_hmm_start_intercepts(&task, &workspace));
    }
    if (what->prior != ANA_GLM_HMM_FREE) {
        ANA_TRY(freeze_curvature(self, &workspace, inputs, &task));
    }
    const ana_emission family = ana_glm_hmm_emission(&task);
    const ana_observations rows = {.n_times = task.n_times,
                                   .n_sequences = task.n_sequences,
                                   .sequence_start = task.sequence_start};
    ana_em_options em = em_options(self);
    em.tolerance = what->tolerance;
    em.n_moves = what->n_moves;
    if (what->max_iterations > 0 && what->max_iterations < em.max_iterations) {
        em.max_iterations = what->max_iterations;
    }
    em.keep_order = what->keep_order;
    em.inputs = inputs;
    em.n_inputs = self->n_inputs;
    em.input_ridge = self->options.input_ridge;
    ANA_TRY(ana_em_fit(&family, &rows, &em, &workspace, &fitted, info));
    keep(self, &fitted);
    self->has_initial = what->n_rows >= self->data->responses->n_times;
    if (what->model != NULL) {
        ana_glm_hmm_keep(&task, &fitted, what->model);
        ANA_TRY(keep_errors(self, &task, fitted.emission, inputs, &workspace, what->model));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Starts are compared on few rows and to fewer digits. */
static double screening_tolerance(const ana_glm_hmm_options *options)
{
    return fmax(options->tolerance, 1e-5);
}

/* The restarts stay those of the first stage; the trace is the last one's. */
static void join_info(ana_fit_info *first, ana_fit_info *last)
{
    if (first->restart_objective == NULL || last->restart_objective == NULL) {
        return;
    }
    double *objectives = last->restart_objective;
    last->restart_objective = first->restart_objective;
    last->n_restarts = first->n_restarts;
    last->best_restart = first->best_restart;
    first->restart_objective = objectives;
}

/* Starts are compared and moved on some of the rows. */
static ana_status screen(course *self, ana_fit_info *info)
{
    ana_status status = ANA_OK;
    ana_fit_info moved = {0};
    stage what = {.n_rows = screened_rows(self),
                  .prior = ANA_GLM_HMM_FREE,
                  .tolerance = screening_tolerance(&self->options)};
    what.max_iterations = SCREENING_ITERATIONS;
    ANA_TRY(run_stage(self, &what, info));
    what.max_iterations = 0;
    what.n_moves = self->options.n_moves;
    if (what.n_moves > 0) {
        ANA_TRY(run_stage(self, &what, &moved));
    }
done:
    ana_fit_info_clear(&moved);
    return status;
}

static ana_status run_stages(course *self, bool from_start, ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    ana_fit_info screening = {0};
    ana_fit_info free_fit = {0};
    stage all = {.n_rows = self->data->responses->n_times,
                 .prior = ANA_GLM_HMM_FREE,
                 .tolerance = screening_tolerance(&self->options)};
    if (!from_start) {
        ANA_TRY(fit_pooled(self, self->pooled));
    }
    if (!from_start && self->options.n_states > 1) {
        ANA_TRY(screen(self, &screening));
    }
    if (!from_start && self->options.prior != ANA_GLM_HMM_FREE) {
        ANA_TRY(run_stage(self, &all, &free_fit));
    }
    all.prior = self->options.prior;
    all.keep_order = from_start;
    all.tolerance = self->options.tolerance;
    all.model = model;
    ANA_TRY(run_stage(self, &all, &model->info));
    join_info(&screening, &model->info);
done:
    ana_fit_info_clear(&screening);
    ana_fit_info_clear(&free_fit);
    return status;
}

static ana_status fit(const ana_glm_hmm_data *data, const ana_glm_hmm *start,
                      const ana_glm_hmm_options *options, ana_glm_hmm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_glm_hmm *model = NULL;
    course self = {.data = data, .options = *options};
    const size_t k = options->n_states;
    ANA_TRY(ana_options_check(ana_glm_hmm_option_table, &self.options, "glm-hmm"));
    if (self.options.family.link == ANA_GLM_AUTO) {
        self.options.family.link = ana_glm_link_of(&self.options.family);
    }
    if (self.options.family.distribution == ANA_GLM_CATEGORICAL) {
        self.options.family.link = ANA_GLM_CANONICAL;
    }
    ANA_TRY(ana_glm_hmm_check_data(data, &self.options, &self.task));
    ANA_TRY(ana_glm_hmm_check_rows(&self.task));
    const size_t cells = self.task.n_units * self.task.n_columns;
    const size_t shares = self.task.n_responses * self.task.n_classes;
    self.pooled = ana_workspace_doubles(&workspace, cells, 1);
    self.coefficients = ana_workspace_doubles(&workspace, k, cells);
    self.initial = ana_workspace_doubles(&workspace, k, 1);
    self.transition = ana_workspace_doubles(&workspace, k, k);
    self.n_inputs = data->inputs != NULL ? data->inputs->n_features : 0;
    self.input_weights = ana_workspace_doubles(&workspace, k, self.n_inputs);
    if (options->lapse != ANA_GLM_LAPSE_NONE) {
        self.lapse = ana_workspace_doubles(&workspace, k, shares);
    }
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm fit"));
    if (start != NULL) {
        ANA_TRY(ana_glm_hmm_check_start(&self.task, start));
        if (start->n_inputs > 0) {
            memcpy(self.input_weights, start->input_weights, k * self.n_inputs * sizeof(double));
        }
        for (size_t i = 0; self.lapse != NULL && i < k * shares; i++) {
            self.lapse[i] = start->lapse != NULL ? start->lapse[i] : few_lapses;
        }
        memcpy(self.coefficients, start->coefficients, k * cells * sizeof(double));
        memcpy(self.initial, start->initial, k * sizeof(double));
        memcpy(self.transition, start->transition, k * k * sizeof(double));
        self.has_start = true;
        self.has_initial = true;
    }
    ANA_TRY(ana_glm_hmm_model_new(&self.task, &model));
    ANA_TRY(run_stages(&self, start != NULL, model));
    *out = model;
    model = NULL;
done:
    ana_glm_hmm_free(model);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_hmm_fit(const ana_glm_hmm_data *data, const ana_glm_hmm_options *given,
                           ana_glm_hmm **out)
{
    const ana_glm_hmm_options options = given != NULL ? *given : ana_glm_hmm_options_default();
    return fit(data, NULL, &options, out);
}

ana_status ana_glm_hmm_fit_from(const ana_glm_hmm_data *data, const ana_glm_hmm *start,
                                const ana_glm_hmm_options *given, ana_glm_hmm **out)
{
    ana_glm_hmm_options options = given != NULL ? *given : ana_glm_hmm_options_default();
    options.n_states = start->n_states;
    return fit(data, start, &options, out);
}
