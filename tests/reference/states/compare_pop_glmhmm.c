/* The coupled population GLM-HMM: counts of sessions, a basis and a start in; the trace of an exact
 * EM out. */
#include "plain_em.h"
#include "states.h"
#include "support/check.h"
#include "support/rising.h"

#include <analysis/models/glm_hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_SESSIONS = 8
};

static h5_doubles read_values(const h5_reference *file, const char *name, const char *what)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", name, what);
    return h5_reference_doubles(file, path);
}

static ana_observations *read_counts(const h5_reference *file, const char *name)
{
    char what[64];
    char path[512];
    size_t lengths[MOST_SESSIONS];
    h5_doubles parts[MOST_SESSIONS];
    size_t n = 0;
    size_t n_times = 0;
    for (; n < MOST_SESSIONS; n++) {
        snprintf(what, sizeof what, "y%zu", n);
        snprintf(path, sizeof path, "%s/%s", name, what);
        if (!h5_reference_has(file, path)) {
            break;
        }
        parts[n] = read_values(file, name, what);
        lengths[n] = parts[n].shape[0];
        n_times += lengths[n];
    }
    const size_t n_units = parts[0].shape[1];
    ana_observations *counts = NULL;
    check_ok(ana_observations_new(n_times, n_units, &counts));
    check_ok(ana_observations_set_sequences(counts, n, lengths, NULL));
    for (size_t s = 0; s < n; s++) {
        memcpy(counts->values + counts->sequence_start[s] * n_units, parts[s].values,
               parts[s].n * sizeof(double));
        h5_doubles_free(&parts[s]);
    }
    return counts;
}

/* Everything of a case. */
typedef struct answers {
    ana_observations *counts;
    ana_basis *basis;
    ana_design *design;
    ana_glm_hmm_data data;
    ana_glm_hmm_options options;
    ana_glm_hmm *start; /* as the file's start */
    ana_glm_hmm *truth;
    ana_glm_hmm *fit;
    ana_hmm_decoding *decoding;
    ana_hmm_decoding *true_decoding;
    double *true_rows;
    double *trace; /* n x 3: log-likelihood, ridge, Dirichlet */
    size_t n_trace;
    size_t first_rows; /* of session 0 */
    double slack;      /* factor of the file's absolute tolerance for what follows from fits */
} answers;

/* A model of the right sizes, whose parameters are then the file's. */
static ana_glm_hmm *read_model(const answers *at, const h5_reference *file, const char *name,
                               const char *prefix)
{
    ana_glm_hmm_options one = at->options;
    ana_glm_hmm *model = NULL;
    char what[64];
    one.max_iterations = 1;
    one.n_restarts = 1;
    one.n_moves = 0;
    check_ok(ana_glm_hmm_fit(&at->data, &one, &model));
    check_rises(&model->info);
    const size_t k = model->n_states;
    const size_t p = model->n_columns;
    snprintf(what, sizeof what, "%s_W", prefix);
    h5_doubles weights = read_values(file, name, what);
    snprintf(what, sizeof what, "%s_b", prefix);
    h5_doubles intercepts = read_values(file, name, what);
    snprintf(what, sizeof what, "%s_P", prefix);
    h5_doubles transition = read_values(file, name, what);
    for (size_t i = 0; i < k * model->n_units; i++) {
        model->coefficients[i * p] = intercepts.values[i];
        memcpy(model->coefficients + i * p + 1, weights.values + i * (p - 1),
               (p - 1) * sizeof(double));
    }
    memcpy(model->transition, transition.values, k * k * sizeof(double));
    for (size_t i = 0; i < k; i++) {
        model->initial[i] = 1.0 / (double)k;
    }
    h5_doubles_free(&weights);
    h5_doubles_free(&intercepts);
    h5_doubles_free(&transition);
    return model;
}

static void add_to_trace(answers *at, const ana_glm_hmm *model)
{
    double *row = at->trace + 3 * at->n_trace++;
    const size_t k = model->n_states;
    check_ok(ana_glm_hmm_score(model, &at->data, NULL, row));
    row[1] = 0.0;
    row[2] = 0.0;
    for (size_t i = 0; i < k * model->n_units * model->n_columns; i++) {
        const double w = model->coefficients[i];
        row[1] -= i % model->n_columns == 0 ? 0.0 : 0.5 * at->options.ridge * w * w;
    }
    for (size_t i = 0; i < k * k; i++) {
        const double power =
            at->options.concentration - 1.0 + (i % (k + 1) == 0 ? at->options.stickiness : 0.0);
        row[2] += power * log(model->transition[i]);
    }
}

static void open_case(const h5_reference *file, const char *name, answers *at)
{
    h5_doubles basis = read_values(file, name, "basis");
    h5_doubles prior = read_values(file, name, "dirichlet_alpha_kappa");
    h5_doubles ridge = read_values(file, name, "lam");
    at->counts = read_counts(file, name);
    check_ok(ana_basis_custom(basis.shape[0], basis.shape[1], basis.values, &at->basis));
    const ana_design_source source = {.history = at->counts, .basis = at->basis};
    check_ok(ana_design_new(&source, &at->design));
    at->data = (ana_glm_hmm_data){.responses = at->counts, .design = at->design};
    at->options = ana_glm_hmm_options_default();
    at->options.n_states = 2;
    at->options.family.link = strcmp(name, "exp") == 0 ? ANA_GLM_EXP : ANA_GLM_SOFTPLUS;
    at->options.ridge = ridge.values[0];
    at->options.concentration = prior.values[0];
    at->options.stickiness = prior.values[1];
    at->options.newton_steps = 0;
    at->options.tolerance = 0.0;
    at->first_rows = at->counts->sequence_start[1];
    /* The file's M-steps stop some 2e-7 short of their optimum with this link; compare_plainly
     * holds ours, and with the other link the file's, to the file's tolerance. */
    at->slack = strcmp(name, "softplus") == 0 ? 100.0 : 1.0;
    h5_doubles_free(&basis);
    h5_doubles_free(&prior);
    h5_doubles_free(&ridge);
}

static void close_case(answers *at)
{
    free(at->true_rows);
    free(at->trace);
    ana_hmm_decoding_free(at->decoding);
    ana_hmm_decoding_free(at->true_decoding);
    ana_glm_hmm_free(at->fit);
    ana_glm_hmm_free(at->truth);
    ana_glm_hmm_free(at->start);
    ana_design_free(at->design);
    ana_basis_free(at->basis);
    ana_observations_free(at->counts);
}

/* Coefficients, intercepts apart: what is 0 is the intercept's column. */
static void compare_columns(const h5_reference *file, const char *path, const answers *at,
                            bool intercepts, tally *counts)
{
    const ana_glm_hmm *model = at->fit;
    const size_t rows = model->n_states * model->n_units;
    const size_t p = model->n_columns;
    const size_t n = intercepts ? 1 : p - 1;
    double *values = calloc(rows * n, sizeof(double));
    for (size_t i = 0; i < rows * n; i++) {
        values[i] = model->coefficients[i / n * p + (intercepts ? 0 : 1 + i % n)];
    }
    compare_array(file, path, rows * n, values, at->slack, counts);
    free(values);
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    const answers *at = all;
    const size_t k = at->fit->n_states;
    if (strcmp(name, "gold_em_trace") == 0) {
        compare_array(file, path, 3 * at->n_trace, at->trace, at->slack, counts);
    } else if (strcmp(name, "gold_final_P") == 0) {
        compare_array(file, path, k * k, at->fit->transition, at->slack, counts);
    } else if (strcmp(name, "gold_final_W") == 0) {
        compare_columns(file, path, at, false, counts);
    } else if (strcmp(name, "gold_final_b") == 0) {
        compare_columns(file, path, at, true, counts);
    } else if (strcmp(name, "gold_final_gamma0") == 0) {
        compare_array(file, path, at->first_rows * k, at->decoding->posterior, at->slack, counts);
    } else if (strcmp(name, "gold_true_emission_ll0") == 0) {
        compare_array(file, path, at->first_rows * k, at->true_rows, 1.0, counts);
    } else if (strcmp(name, "gold_true_loglik0") == 0) {
        compare_array(file, path, 1, at->true_decoding->log_likelihood, 1.0, counts);
    } else if (strcmp(name, "gold_true_viterbi0") == 0) {
        double *states = calloc(at->first_rows, sizeof(double));
        for (size_t t = 0; t < at->first_rows; t++) {
            states[t] = (double)at->true_decoding->path[t];
        }
        compare_array(file, path, at->first_rows, states, 1.0, counts);
        free(states);
    } else {
        return false;
    }
    return true;
}

/* The same iterations written down plainly, each M-step to the end of its digits. */
static void compare_plainly(const h5_reference *file, const char *name, const answers *at,
                            tally *counts)
{
    const size_t k = at->start->n_states;
    const size_t n = k * at->start->n_units * at->start->n_columns;
    h5_doubles basis = read_values(file, name, "basis");
    char path[512];
    snprintf(path, sizeof path, "%s/gold_em_trace", name);
    const tolerance allowed = tolerance_of(file, path);
    plain_data data = {.n_times = at->counts->n_times,
                       .n_units = at->counts->n_features,
                       .n_sequences = at->counts->n_sequences,
                       .sequence_start = at->counts->sequence_start,
                       .counts = at->counts->values,
                       .softplus = at->options.family.link == ANA_GLM_SOFTPLUS,
                       .ridge = at->options.ridge};
    plain_fill_columns(&data, basis.shape[0], basis.shape[1], basis.values);
    plain_model model = {.n_states = k,
                         .concentration = at->options.concentration,
                         .stickiness = at->options.stickiness,
                         .initial = calloc(k, sizeof(long double)),
                         .transition = calloc(k * k, sizeof(long double)),
                         .beta = calloc(n, sizeof(long double))};
    double *posterior = calloc(data.n_times * k, sizeof *posterior);
    for (size_t i = 0; i < n; i++) {
        model.beta[i] = (long double)at->start->coefficients[i];
    }
    for (size_t i = 0; i < k * k; i++) {
        model.transition[i] = (long double)at->start->transition[i];
        model.initial[i % k] = (long double)at->start->initial[i % k];
    }
    for (size_t i = 0; i < at->n_trace; i++) {
        double trace[3];
        plain_iterate(&data, &model, i + 1 < at->n_trace, posterior, trace);
        for (size_t j = 0; j < 3; j++) {
            tally_number(counts, at->trace[3 * i + j], trace[j], allowed.absolute, allowed.relative,
                         "%s, plainly: trace[%zu, %zu]", name, i, j);
        }
    }
    for (size_t i = 0; i < n; i++) {
        tally_number(counts, at->fit->coefficients[i], (double)model.beta[i], allowed.absolute,
                     allowed.relative, "%s, plainly: coefficient %zu", name, i);
    }
    for (size_t i = 0; i < at->first_rows * k; i++) {
        tally_number(counts, at->decoding->posterior[i], posterior[i], allowed.absolute,
                     allowed.relative, "%s, plainly: posterior %zu", name, i);
    }
    free(posterior);
    free(model.initial);
    free(model.transition);
    free(model.beta);
    free(data.columns);
    h5_doubles_free(&basis);
}

static void compare(const h5_reference *file, const char *name, tally *counts)
{
    answers at = {0};
    open_case(file, name, &at);
    at.start = read_model(&at, file, name, "init");
    at.truth = read_model(&at, file, name, "true");
    h5_doubles initial = read_values(file, name, "init_pi0");
    memcpy(at.start->initial, initial.values, initial.n * sizeof(double));
    h5_doubles_free(&initial);
    h5_doubles wanted = read_values(file, name, "gold_em_trace");
    const size_t n_iterations = wanted.shape[0] - 1;
    h5_doubles_free(&wanted);
    at.trace = calloc(3 * (n_iterations + 1), sizeof(double));
    add_to_trace(&at, at.start);
    const ana_glm_hmm *from = at.start;
    at.options.max_iterations = 1;
    for (size_t i = 0; i < n_iterations; i++) {
        ana_glm_hmm *next = NULL;
        check_ok(ana_glm_hmm_fit_from(&at.data, from, &at.options, &next));
        check_rises(&next->info);
        add_to_trace(&at, next);
        ana_glm_hmm_free(at.fit);
        at.fit = next;
        from = next;
    }
    check_ok(ana_glm_hmm_decode(at.fit, &at.data, NULL, &at.decoding));
    check_ok(ana_glm_hmm_decode(at.truth, &at.data, NULL, &at.true_decoding));
    at.true_rows = calloc(at.counts->n_times * 2, sizeof(double));
    check_ok(ana_glm_hmm_log_emission(at.truth, &at.data, NULL, at.true_rows));
    compare_case(file, name, compare_quantity, &at, counts);
    compare_plainly(file, name, &at, counts);
    close_case(&at);
}

void compare_pop_glmhmm(const h5_reference *file, tally *counts)
{
    compare_groups(file, compare, counts);
}
