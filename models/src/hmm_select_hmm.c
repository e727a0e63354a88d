/* Selection for the models of hmm.h, and its record. */
#include "hmm_select_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

/* A rate or probability of zero becomes that of half a count in all training rows. */
static void lift_zeros(const ana_observations *train, ana_hmm *hmm)
{
    const double half = 0.5 / ((double)train->n_times + 1.0);
    const size_t n = hmm->n_states * hmm->n_features;
    for (size_t j = 0; hmm->emission == ANA_HMM_POISSON && j < n; j++) {
        hmm->rates[j] = fmax(hmm->rates[j], half);
    }
    for (size_t j = 0; hmm->emission == ANA_HMM_BERNOULLI && j < n; j++) {
        hmm->probability[j] = fmin(fmax(hmm->probability[j], half), 1.0 - half);
    }
    for (size_t j = 0; hmm->emission == ANA_HMM_CATEGORICAL && j < n; j++) {
        double *row = hmm->probability + j * hmm->order;
        double sum = 0.0;
        for (size_t c = 0; c < hmm->order; c++) {
            row[c] = fmax(row[c], half);
            sum += row[c];
        }
        for (size_t c = 0; c < hmm->order; c++) {
            row[c] /= sum;
        }
    }
}

double ana_hmm_posterior_entropy(const ana_hmm_decoding *decoding)
{
    double sum = 0.0;
    for (size_t i = 0; i < decoding->n_times * decoding->n_states; i++) {
        const double p = decoding->posterior[i];
        sum -= p > 0.0 ? p * log(p) : 0.0;
    }
    return sum;
}

/* Sum over rows of log sum_k posterior(k) p(held-out entries | k). */
static ana_status score_entries(const ana_hmm *hmm, const ana_hmm_decoding *decoding,
                                const ana_observations *test, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_states = hmm->n_states;
    double *rows = ana_workspace_doubles(&workspace, test->n_times, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm select"));
    ANA_TRY(ana_hmm_log_emission(hmm, test, rows));
    *out = 0.0;
    for (size_t t = 0; t < test->n_times; t++) {
        double *row = rows + t * n_states;
        for (size_t k = 0; k < n_states; k++) {
            row[k] += log(decoding->posterior[t * n_states + k]);
        }
        *out += ana_special_log_sum_exp(n_states, row);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status score_held_out(const ana_hmm_trial *trial, const ana_hmm *hmm,
                                 const ana_hmm_decoding *decoding, double *out)
{
    ana_status status = ANA_OK;
    if (trial->speckled) {
        return score_entries(hmm, decoding, trial->test, out);
    }
    if (trial->test != NULL) {
        status = ana_hmm_score(hmm, trial->test, out);
        if (status == ANA_ERR_NUMERIC) { /* impossible in every state that can be reached */
            *out = -INFINITY;
            status = ANA_OK;
        }
    }
    return status;
}

static ana_status try_hmm(void *user, const ana_hmm_trial *trial, ana_hmm_trial_result *out)
{
    ana_status status = ANA_OK;
    ana_hmm_options options = *(const ana_hmm_options *)user;
    ana_hmm *hmm = NULL;
    ana_hmm_decoding *decoding = NULL;
    options.n_states = trial->n_states;
    if (trial->speckled && options.n_inputs > 0) {
        return ana_fail(ANA_ERR_VALUE, "hmm select: single entries cannot be held out where inputs "
                                       "drive the transitions; hold out sequences or blocks");
    }
    if (trial->speckled &&
        (options.emission == ANA_HMM_AUTOREGRESSIVE || options.emission == ANA_HMM_GAUSSIAN)) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm select: held-out entries would leak through the entries they depend "
                        "on; hold out sequences or blocks");
    }
    ANA_TRY(ana_hmm_fit(trial->train, &options, &hmm));
    *out = (ana_hmm_trial_result){.log_likelihood = hmm->log_likelihood,
                                  .n_parameters = ana_hmm_n_parameters(hmm),
                                  .n_observed = (double)hmm->n_observed,
                                  .converged = hmm->info.converged};
    ANA_TRY(ana_hmm_decode(hmm, trial->train, NULL, &decoding));
    out->entropy = ana_hmm_posterior_entropy(decoding);
    lift_zeros(trial->train, hmm);
    ANA_TRY(score_held_out(trial, hmm, decoding, &out->held_out));
done:
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(hmm);
    return status;
}

ana_status ana_hmm_select(const ana_observations *observations, const ana_hmm_options *model,
                          const ana_hmm_select_options *options, ana_hmm_selection **out)
{
    ana_hmm_options of_model = model != NULL ? *model : ana_hmm_options_default();
    if (options != NULL) {
        of_model.run = options->run;
        of_model.run.progress = NULL; /* the selection itself tells how far it is */
    }
    if (of_model.emission == ANA_HMM_CATEGORICAL && of_model.n_categories == 0) {
        double largest = 0.0; /* the same categories in every fold */
        for (size_t i = 0; i < observations->n_times * observations->n_features; i++) {
            largest = fmax(largest, observations->values[i]);
        }
        of_model.n_categories = largest < 10000.0 ? (size_t)largest + 1 : 0;
    }
    return ana_hmm_select_by(observations, options, try_hmm, &of_model, out);
}

static ana_status add_curve(const ana_hmm_selection *selection, ana_workspace *workspace,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = selection->n_candidates;
    const ana_shape shape = ana_shape_1(n, "candidate");
    double *x = ana_workspace_doubles(workspace, n, 1);
    double *y = ana_workspace_doubles(workspace, n, 1);
    double *low = ana_workspace_doubles(workspace, n, 1);
    double *high = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "hmm select"));
    for (size_t c = 0; c < n; c++) {
        const ana_hmm_candidate *candidate = selection->candidates + c;
        const bool drawn = isfinite(candidate->held_out);
        x[c] = (double)candidate->n_states;
        y[c] = drawn ? candidate->held_out : (double)NAN;
        low[c] = drawn ? candidate->held_out - candidate->standard_error : (double)NAN;
        high[c] = drawn ? candidate->held_out + candidate->standard_error : (double)NAN;
    }
    ANA_TRY(ana_record_add_group(record, "held_out_curve", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Held-out log-likelihood by number of states"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Mean over folds per held-out row, with its standard error; "
                                "differences between numbers of states are paired and surer."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "states"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "log-likelihood per row"));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, x, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, y, "nat"));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, "nat"));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, "nat"));
done:
    return status;
}

/* Column `name` of the candidates' table: the double that lies `offset` bytes into each. */
static ana_status add_column(const ana_hmm_selection *selection, const char *name, size_t offset,
                             const char *unit, double *room, ana_record *table)
{
    for (size_t c = 0; c < selection->n_candidates; c++) {
        memcpy(room + c, (const char *)(selection->candidates + c) + offset, sizeof *room);
    }
    return ana_record_add_doubles(table, name, ana_shape_1(selection->n_candidates, "candidate"),
                                  room, unit);
}

static ana_status add_table(const ana_hmm_selection *selection, ana_workspace *workspace,
                            ana_record *record)
{
    static const struct {
        const char *name;
        size_t offset;
        const char *unit;
    } columns[] = {
        {"held_out_log_likelihood_per_row", offsetof(ana_hmm_candidate, held_out), "nat"},
        {"standard_error", offsetof(ana_hmm_candidate, standard_error), "nat"},
        {"behind_best", offsetof(ana_hmm_candidate, behind), "nat"},
        {"behind_best_error", offsetof(ana_hmm_candidate, behind_error), "nat"},
        {"log_likelihood", offsetof(ana_hmm_candidate, log_likelihood), "nat"},
        {"parameters", offsetof(ana_hmm_candidate, n_parameters), NULL},
        {"aic", offsetof(ana_hmm_candidate, aic), "nat"},
        {"bic", offsetof(ana_hmm_candidate, bic), "nat"},
        {"icl", offsetof(ana_hmm_candidate, icl), "nat"},
    };
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = selection->n_candidates;
    double *room = ana_workspace_doubles(workspace, n, 1);
    size_t *states = ana_workspace_sizes(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "hmm select"));
    for (size_t c = 0; c < n; c++) {
        states[c] = selection->candidates[c].n_states;
    }
    ANA_TRY(ana_record_add_group(record, "candidates", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Numbers of states compared"));
    ANA_TRY(ana_record_add_text(table, "caption",
                                "AIC, BIC and ICL (smaller is better) take rows as independent "
                                "evidence, which they are not: the held-out score decides."));
    ANA_TRY(ana_record_add_sizes(table, "states", ana_shape_1(n, "candidate"), states, NULL));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        ANA_TRY(add_column(selection, columns[i].name, columns[i].offset, columns[i].unit, room,
                           table));
    }
done:
    return status;
}

ana_status ana_hmm_selection_to_record(const ana_hmm_selection *selection, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const ana_hmm_candidate *candidates = selection->candidates;
    bool converged = true;
    for (size_t c = 0; c < selection->n_candidates; c++) {
        converged = converged && candidates[c].converged;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "hmm selection"));
    ANA_TRY(ana_record_add_text(record, "title", "How many states the data support"));
    ANA_TRY(ana_record_add_int(record, "best_states", (int64_t)candidates[selection->best].n_states,
                               NULL));
    ANA_TRY(ana_record_add_int(record, "smallest_states_within_one_error",
                               (int64_t)candidates[selection->chosen].n_states, NULL));
    ANA_TRY(ana_record_add_text(record, "held_out", ana_hmm_held_out_names[selection->held_out]));
    ANA_TRY(ana_record_add_bool(record, "converged", converged));
    ANA_TRY(add_curve(selection, &workspace, record));
    ANA_TRY(add_table(selection, &workspace, record));
    ANA_TRY(ana_record_add_doubles(
        record, "fold_score",
        ana_shape_2(selection->n_candidates, "candidate", selection->n_folds, "fold"),
        selection->fold_score, "nat"));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
