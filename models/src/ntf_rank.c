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
    free(ranks->similarity);
    free(ranks->consistency);
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
    ANA_TRY(ana_allocate(n, sizeof(double), "ntf", &ranks->mean));
    ANA_TRY(ana_allocate(n, sizeof(double), "ntf", &ranks->standard_error));
    ANA_TRY(ana_allocate(n, sizeof(double), "ntf", &ranks->error));
    ANA_TRY(ana_allocate(n, sizeof(double), "ntf", &ranks->similarity));
    ANA_TRY(ana_allocate(n, sizeof(double), "ntf", &ranks->consistency));
done:
    return status;
}

/* Squared error where `part` has nothing and `tensor` has, over the squares there. */
static ana_status held_out_error(const ana_tensor *tensor, const ana_tensor *part,
                                 const ana_ntf_options *fit, double *out)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    double whole = 0.0;
    double seen = 0.0;
    const double squares = ana_tensor_square(tensor) - ana_tensor_square(part);
    ANA_TRY(ana_ntf_fit(part, fit, &ntf));
    ANA_TRY(ana_ntf_error(ntf, tensor, &fit->run, &whole));
    ANA_TRY(ana_ntf_error(ntf, part, &fit->run, &seen));
    *out = (whole * whole * ana_tensor_square(tensor) - seen * seen * ana_tensor_square(part)) /
           squares;
done:
    ana_ntf_free(ntf);
    return status;
}

/* The fit to everything. */
static ana_status note_fit(const ana_tensor *tensor, const ana_ntf_options *fit, size_t k,
                           ana_ntf_ranks *ranks)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    double sum = 0.0;
    ANA_TRY(ana_ntf_fit(tensor, fit, &ntf));
    for (size_t r = 0; r < ntf->info.n_restarts; r++) {
        sum += r != ntf->info.best_restart ? ntf->similarity[r] : 0.0;
    }
    ranks->error[k] = ntf->relative_error;
    ranks->similarity[k] =
        ntf->info.n_restarts > 1 ? sum / (double)(ntf->info.n_restarts - 1) : (double)NAN;
    ranks->consistency[k] = (double)NAN;
    status = ana_ntf_core_consistency(ntf, tensor, &fit->run, &ranks->consistency[k]);
    status = status == ANA_ERR_UNSUPPORTED ? ANA_OK : status;
done:
    ana_ntf_free(ntf);
    return status;
}

static void summarise(ana_ntf_ranks *ranks, size_t k)
{
    const double n = (double)ranks->n_folds;
    const double *values = ranks->held_out + k * ranks->n_folds;
    double sum = 0.0;
    double squares = 0.0;
    for (size_t f = 0; f < ranks->n_folds; f++) {
        sum += values[f] / n;
    }
    for (size_t f = 0; f < ranks->n_folds; f++) {
        squares += (values[f] - sum) * (values[f] - sum);
    }
    ranks->mean[k] = sum;
    ranks->standard_error[k] = sqrt(squares / (n - 1.0) / n);
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

static ana_status try_fold(const ana_tensor *tensor, const ana_ntf_options *fit,
                           const ana_ntf_rank_options *options, size_t f, ana_ntf_ranks *ranks)
{
    ana_status status = ANA_OK;
    ana_tensor *part = NULL;
    const ana_tensor_fold fold = {
        .seed = options->run.seed, .fold = f, .n_folds = options->n_folds, .block = options->block};
    ana_ntf_options own = *fit;
    ANA_TRY(ana_tensor_hold_out(tensor, &fold, &options->run, &part));
    if (!(ana_tensor_square(part) < ana_tensor_square(tensor))) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "ntf: fold %zu of %zu holds nothing out; give fewer folds",
                         f, options->n_folds));
    }
    for (size_t k = 0; k < ranks->n_ranks; k++) {
        own.rank = ranks->min_rank + k;
        ANA_TRY(held_out_error(tensor, part, &own, &ranks->held_out[k * ranks->n_folds + f]));
        ANA_TRY(ana_run_progress(&options->run, "held-out fits", f * ranks->n_ranks + k + 1,
                                 ranks->n_folds * ranks->n_ranks));
    }
done:
    ana_tensor_free(part);
    return status;
}

ana_status ana_ntf_choose_rank(const ana_tensor *tensor, const ana_ntf_options *fit,
                               const ana_ntf_rank_options *options, ana_ntf_ranks **out)
{
    ana_status status = ANA_OK;
    ana_ntf_ranks *ranks = NULL;
    const ana_ntf_rank_options chosen = options != NULL ? *options : ana_ntf_rank_options_default();
    ana_ntf_options own = fit != NULL ? *fit : ana_ntf_options_default();
    own.run.progress = NULL;
    ANA_TRY(ana_options_check(ana_ntf_rank_option_table, &chosen, "ntf"));
    if (chosen.max_rank < chosen.min_rank) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "ntf: ranks from %zu to %zu are none", chosen.min_rank,
                         chosen.max_rank));
    }
    ANA_TRY(new_ranks(&chosen, &ranks));
    for (size_t f = 0; f < chosen.n_folds; f++) {
        ANA_TRY(try_fold(tensor, &own, &chosen, f, ranks));
    }
    for (size_t k = 0; k < ranks->n_ranks; k++) {
        own.rank = ranks->min_rank + k;
        ANA_TRY(note_fit(tensor, &own, k, ranks));
        summarise(ranks, k);
    }
    choose(ranks);
    *out = ranks;
    ranks = NULL;
done:
    ana_ntf_ranks_free(ranks);
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

static ana_status add_held_out(const ana_ntf_ranks *ranks, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const ana_shape shape = ana_shape_1(ranks->n_ranks, "rank");
    double *low = ana_workspace_doubles(&workspace, ranks->n_ranks, 1);
    double *high = ana_workspace_doubles(&workspace, ranks->n_ranks, 1);
    ANA_TRY(ana_workspace_check(&workspace, "ntf record"));
    for (size_t k = 0; k < ranks->n_ranks; k++) {
        low[k] = ranks->mean[k] - ranks->standard_error[k];
        high[k] = ranks->mean[k] + ranks->standard_error[k];
    }
    ANA_TRY(add_curve(ranks, "held_out_error", "Error of what was held out", ranks->mean, record,
                      &figure));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Squared error over the squares held out: mean and standard error "
                                "over folds."));
    ANA_TRY(ana_record_add_text(figure, "y_title", "error"));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_ntf_ranks_to_record(const ana_ntf_ranks *ranks, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *figure = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "ntf ranks"));
    ANA_TRY(ana_record_add_text(record, "title", "How many components the tensor has"));
    ANA_TRY(ana_record_add_int(record, "chosen", (int64_t)ranks->chosen, NULL));
    ANA_TRY(ana_record_add_int(record, "best", (int64_t)ranks->best, NULL));
    ANA_TRY(ana_record_add_int(record, "min_rank", (int64_t)ranks->min_rank, NULL));
    ANA_TRY(ana_record_add_doubles(record, "held_out",
                                   ana_shape_2(ranks->n_ranks, "rank", ranks->n_folds, "fold"),
                                   ranks->held_out, NULL));
    ANA_TRY(add_held_out(ranks, record));
    ANA_TRY(add_curve(ranks, "error", "Error of the fit", ranks->error, record, &figure));
    ANA_TRY(ana_record_add_text(figure, "caption", "Relative error of the fit to everything."));
    ANA_TRY(ana_record_add_text(figure, "y_title", "relative error"));
    ANA_TRY(add_curve(ranks, "similarity", "Similarity of the restarts", ranks->similarity, record,
                      &figure));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Mean congruence of the restarts' components with the best's."));
    ANA_TRY(ana_record_add_text(figure, "y_title", "similarity"));
    ANA_TRY(add_curve(ranks, "core_consistency", "Core consistency", ranks->consistency, record,
                      &figure));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "100 when the components explain the tensor by themselves; not to "
                                "be decided by alone."));
    ANA_TRY(ana_record_add_text(figure, "y_title", "percent"));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
