#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/ntf_rank.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_ntf_rank_options ana_ntf_rank_options_default(void)
{
    return (ana_ntf_rank_options){
        .run = ana_run_default(), .min_rank = 1, .max_rank = 8, .n_folds = 5, .block = 10};
}

const ana_option ana_ntf_rank_option_table[] = {
    {"min-rank", ANA_OPTION_SIZE, offsetof(ana_ntf_rank_options, min_rank), 1, 512, NULL, "R",
     "fewest components tried", false},
    {"max-rank", ANA_OPTION_SIZE, offsetof(ana_ntf_rank_options, max_rank), 1, 512, NULL, "R",
     "most components tried", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_ntf_rank_options, n_folds), 2, 1000, NULL, "N",
     "parts of the data, each held out once", false},
    {"block", ANA_OPTION_SIZE, offsetof(ana_ntf_rank_options, block), 1, 1e9, NULL, "TIMES",
     "successive times held out together", false},
    ANA_OPTION_END,
};

void ana_ntf_ranks_free(ana_ntf_ranks *ranks)
{
    if (ranks == NULL) {
        return;
    }
    free(ranks->held_out);
    free(ranks->mean);
    free(ranks->standard_error);
    free(ranks->error);
    free(ranks->error_spread);
    free(ranks->similarity);
    free(ranks->similarity_spread);
    free(ranks->stability);
    free(ranks->stability_spread);
    free(ranks->consistency);
    free(ranks->consistency_spread);
    free(ranks);
}

static ana_status new_ranks(const ana_ntf_rank_options *options, ana_ntf_ranks **out)
{
    ana_status status = ANA_OK;
    ana_ntf_ranks *ranks = NULL;
    ANA_TRY(ana_allocate(1, sizeof *ranks, "ntf", &ranks));
    *out = ranks;
    const size_t n = options->max_rank - options->min_rank + 1;
    ranks->min_rank = options->min_rank;
    ranks->n_ranks = n;
    ranks->n_folds = options->n_folds;
    ANA_TRY(ana_allocate(n * options->n_folds, sizeof(double), "ntf", &ranks->held_out));
    double **curves[] = {
        &ranks->mean,        &ranks->standard_error,    &ranks->error,     &ranks->error_spread,
        &ranks->similarity,  &ranks->similarity_spread, &ranks->stability, &ranks->stability_spread,
        &ranks->consistency, &ranks->consistency_spread};
    for (size_t k = 0; k < sizeof curves / sizeof curves[0]; k++) {
        ANA_TRY(ana_allocate(n, sizeof(double), "ntf", curves[k]));
    }
done:
    return status;
}

/* Mean and standard deviation; NaN of none, or of one. */
static void describe(size_t n, const double *values, double *mean, double *spread)
{
    double sum = 0.0;
    double squares = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += values[k] / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        squares += (values[k] - sum) * (values[k] - sum);
    }
    *mean = n > 0 ? sum : (double)NAN;
    *spread = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN;
}

/* What is found at each rank and fold, and the fits to everything. */
typedef struct trials {
    const ana_tensor *tensor;
    const ana_ntf_rank_options *options;
    ana_ntf_options fit;
    ana_ntf_ranks *ranks;
    ana_ntf **whole;     /* n_ranks; owned */
    double *similarity;  /* n_ranks x n_folds: with the fit to everything */
    double *consistency; /* n_ranks x n_folds */
} trials;

/* Squared error where `part` has nothing and the tensor has, over the squares there. */
static ana_status held_out_error(const trials *self, const ana_tensor *part, const ana_ntf *ntf,
                                 double *out)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = self->tensor;
    double whole = 0.0;
    double seen = 0.0;
    const double squares = ana_tensor_square(tensor) - ana_tensor_square(part);
    ANA_TRY(ana_ntf_error(ntf, tensor, &self->fit.run, &whole));
    ANA_TRY(ana_ntf_error(ntf, part, &self->fit.run, &seen));
    *out = (whole * whole * ana_tensor_square(tensor) - seen * seen * ana_tensor_square(part)) /
           squares;
done:
    return status;
}

/* NaN where there is none. */
static ana_status find_consistency(const trials *self, const ana_ntf *ntf, double *out)
{
    *out = (double)NAN;
    const ana_status status = ana_ntf_core_consistency(ntf, self->tensor, &self->fit.run, out);
    return status == ANA_ERR_UNSUPPORTED ? ANA_OK : status;
}

/* The fit to everything. */
static ana_status fit_whole(trials *self, size_t k)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_ntf_ranks *ranks = self->ranks;
    double unused = 0.0;
    size_t n_others = 0;
    double *values = ana_workspace_doubles(&workspace, self->fit.n_restarts, 1);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
    self->fit.rank = ranks->min_rank + k;
    ANA_TRY(ana_ntf_fit(self->tensor, &self->fit, &self->whole[k]));
    const ana_ntf *ntf = self->whole[k];
    ranks->error[k] = ntf->relative_error;
    for (size_t r = 0; r < ntf->info.n_restarts; r++) {
        values[r] = sqrt(fmax(0.0, 1.0 - ntf->info.restart_objective[r]));
    }
    describe(ntf->info.n_restarts, values, &unused, &ranks->error_spread[k]);
    for (size_t r = 0; r < ntf->info.n_restarts; r++) {
        if (r != ntf->info.best_restart) {
            values[n_others++] = ntf->similarity[r];
        }
    }
    describe(n_others, values, &ranks->similarity[k], &ranks->similarity_spread[k]);
    ANA_TRY(find_consistency(self, ntf, &ranks->consistency[k]));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_fold(trials *self, const ana_tensor *part, size_t k, size_t f)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    const size_t at = k * self->ranks->n_folds + f;
    self->fit.rank = self->ranks->min_rank + k;
    ANA_TRY(ana_ntf_fit(part, &self->fit, &ntf));
    ANA_TRY(held_out_error(self, part, ntf, &self->ranks->held_out[at]));
    ANA_TRY(ana_ntf_match(self->whole[k], ntf, NULL, NULL, &self->similarity[at]));
    ANA_TRY(find_consistency(self, ntf, &self->consistency[at]));
done:
    ana_ntf_free(ntf);
    return status;
}

static void summarise(const trials *self, size_t k)
{
    ana_ntf_ranks *ranks = self->ranks;
    const size_t n = ranks->n_folds;
    double unused = 0.0;
    describe(n, ranks->held_out + k * n, &ranks->mean[k], &ranks->standard_error[k]);
    ranks->standard_error[k] /= sqrt((double)n);
    describe(n, self->similarity + k * n, &ranks->stability[k], &ranks->stability_spread[k]);
    describe(n, self->consistency + k * n, &unused, &ranks->consistency_spread[k]);
}

static void choose(ana_ntf_ranks *ranks)
{
    size_t best = 0;
    for (size_t k = 1; k < ranks->n_ranks; k++) {
        best = ranks->mean[k] < ranks->mean[best] ? k : best;
    }
    size_t chosen = 0;
    while (ranks->mean[chosen] > ranks->mean[best] + ranks->standard_error[best]) {
        chosen++;
    }
    ranks->best = ranks->min_rank + best;
    ranks->chosen = ranks->min_rank + chosen;
}

static ana_status try_fold(trials *self, size_t f)
{
    ana_status status = ANA_OK;
    ana_tensor *part = NULL;
    const ana_ntf_rank_options *options = self->options;
    const size_t n_ranks = self->ranks->n_ranks;
    const ana_tensor_fold fold = {
        .seed = options->run.seed, .fold = f, .n_folds = options->n_folds, .block = options->block};
    ANA_TRY(ana_tensor_hold_out(self->tensor, &fold, &options->run, &part));
    if (!(ana_tensor_square(part) < ana_tensor_square(self->tensor))) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "ntf: fold %zu of %zu holds nothing out; give fewer folds",
                         f, options->n_folds));
    }
    for (size_t k = 0; k < n_ranks; k++) {
        ANA_TRY(fit_fold(self, part, k, f));
        ANA_TRY(ana_run_progress(&options->run, "fits", (f + 1) * n_ranks + k + 1,
                                 (options->n_folds + 1) * n_ranks));
    }
done:
    ana_tensor_free(part);
    return status;
}

static ana_status try_all(trials *self)
{
    ana_status status = ANA_OK;
    const ana_ntf_rank_options *options = self->options;
    const size_t n_ranks = self->ranks->n_ranks;
    for (size_t k = 0; k < n_ranks; k++) {
        ANA_TRY(fit_whole(self, k));
        ANA_TRY(ana_run_progress(&options->run, "fits", k + 1, (options->n_folds + 1) * n_ranks));
    }
    for (size_t f = 0; f < options->n_folds; f++) {
        ANA_TRY(try_fold(self, f));
    }
    for (size_t k = 0; k < n_ranks; k++) {
        summarise(self, k);
    }
done:
    return status;
}

ana_status ana_ntf_choose_rank(const ana_tensor *tensor, const ana_ntf_options *fit,
                               const ana_ntf_rank_options *options, ana_ntf_ranks **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_ntf_ranks *ranks = NULL;
    const ana_ntf_rank_options chosen = options != NULL ? *options : ana_ntf_rank_options_default();
    trials self = {.tensor = tensor,
                   .options = &chosen,
                   .fit = fit != NULL ? *fit : ana_ntf_options_default()};
    self.fit.run.progress = NULL;
    ANA_TRY(ana_options_check(ana_ntf_rank_option_table, &chosen, "ntf"));
    if (chosen.max_rank < chosen.min_rank) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "ntf: ranks from %zu to %zu are none", chosen.min_rank,
                         chosen.max_rank));
    }
    ANA_TRY(new_ranks(&chosen, &ranks));
    self.ranks = ranks;
    self.similarity = ana_workspace_doubles(&workspace, ranks->n_ranks, chosen.n_folds);
    self.consistency = ana_workspace_doubles(&workspace, ranks->n_ranks, chosen.n_folds);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
    ANA_TRY(ana_allocate(ranks->n_ranks, sizeof(void *), "ntf", (void *)&self.whole));
    ANA_TRY(try_all(&self));
    choose(ranks);
    *out = ranks;
    ranks = NULL;
done:
    for (size_t k = 0; self.whole != NULL && k < self.ranks->n_ranks; k++) {
        ana_ntf_free(self.whole[k]);
    }
    free(self.whole);
    ana_ntf_ranks_free(ranks);
    ana_workspace_release(&workspace);
    return status;
}

/* A line over the ranks. */
static ana_status add_curve(const ana_ntf_ranks *ranks, const char *name, const char *title,
                            const double *values, ana_record *record, ana_record **figure)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *x = ana_workspace_doubles(&workspace, ranks->n_ranks, 1);
    const ana_shape shape = ana_shape_1(ranks->n_ranks, "rank");
    ANA_TRY(ana_workspace_check(&workspace, "ntf record"));
    for (size_t k = 0; k < ranks->n_ranks; k++) {
        x[k] = (double)(ranks->min_rank + k);
    }
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_LINE, figure));
    ANA_TRY(ana_record_add_text(*figure, "title", title));
    ANA_TRY(ana_record_add_text(*figure, "x_title", "components"));
    ANA_TRY(ana_record_add_doubles(*figure, "x", shape, x, NULL));
    ANA_TRY(ana_record_add_doubles(*figure, "y", shape, values, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A curve, and how far it spreads. */
typedef struct curve {
    const char *name;
    const char *title;
    const char *caption;
    const char *y;
    const double *values;
    const double *spread;
} curve;

static ana_status add_ribbon(const ana_ntf_ranks *ranks, const curve *own, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    bool spreads = true;
    const ana_shape shape = ana_shape_1(ranks->n_ranks, "rank");
    double *low = ana_workspace_doubles(&workspace, ranks->n_ranks, 1);
    double *high = ana_workspace_doubles(&workspace, ranks->n_ranks, 1);
    ANA_TRY(ana_workspace_check(&workspace, "ntf record"));
    for (size_t k = 0; k < ranks->n_ranks; k++) {
        low[k] = own->values[k] - own->spread[k];
        high[k] = own->values[k] + own->spread[k];
        spreads = spreads && !isnan(low[k]);
    }
    ANA_TRY(add_curve(ranks, own->name, own->title, own->values, record, &figure));
    ANA_TRY(ana_record_add_text(figure, "caption", own->caption));
    ANA_TRY(ana_record_add_text(figure, "y_title", own->y));
    if (spreads) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_curves(const ana_ntf_ranks *ranks, ana_record *record)
{
    ana_status status = ANA_OK;
    const curve curves[] = {
        {"held_out_error", "Error of what was held out",
         "Squared error over the squares held out: mean and standard error over folds.", "error",
         ranks->mean, ranks->standard_error},
        {"error", "Error of the fit",
         "Relative error of the fit to everything; standard deviation over restarts.",
         "relative error", ranks->error, ranks->error_spread},
        {"similarity", "Similarity of the restarts",
         "Congruence of the restarts' components with the best's: mean and standard deviation.",
         "similarity", ranks->similarity, ranks->similarity_spread},
        {"stability", "Similarity of the folds",
         "Congruence of the components found without a fold with those of everything: mean and "
         "standard deviation.",
         "similarity", ranks->stability, ranks->stability_spread},
        {"core_consistency", "Core consistency",
         "100 when the components explain the tensor by themselves; standard deviation over the "
         "fits without a fold. Not to be decided by alone.",
         "percent", ranks->consistency, ranks->consistency_spread}};
    for (size_t k = 0; k < sizeof curves / sizeof curves[0]; k++) {
        ANA_TRY(add_ribbon(ranks, &curves[k], record));
    }
done:
    return status;
}

ana_status ana_ntf_ranks_to_record(const ana_ntf_ranks *ranks, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "ntf ranks"));
    ANA_TRY(ana_record_add_text(record, "title", "How many components the tensor has"));
    ANA_TRY(ana_record_add_int(record, "chosen", (int64_t)ranks->chosen, NULL));
    ANA_TRY(ana_record_add_int(record, "best", (int64_t)ranks->best, NULL));
    ANA_TRY(ana_record_add_int(record, "min_rank", (int64_t)ranks->min_rank, NULL));
    ANA_TRY(ana_record_add_doubles(record, "held_out",
                                   ana_shape_2(ranks->n_ranks, "rank", ranks->n_folds, "fold"),
                                   ranks->held_out, NULL));
    ANA_TRY(add_curves(ranks, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
