/* Training and test data of each fold. */
#include "hmm_select_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/folds.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ana_hmm_splits_free(size_t n, ana_hmm_split *splits)
{
    for (size_t i = 0; i < n && splits != NULL; i++) {
        ana_observations_free(splits[i].train);
        ana_observations_free(splits[i].test);
        free(splits[i].train_rows);
        free(splits[i].test_rows);
    }
    free(splits);
}

/* *out = 0, 1, ... n - 1. Freed by free(). */
static ana_status count_up(size_t n, size_t **out)
{
    ana_status status = ana_allocate(n, sizeof **out, "hmm select", out);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        (*out)[i] = i;
    }
    return status;
}

/* Features, bin width and unit of `from`; values of the chosen rows come after. */
static ana_status take_heading(const ana_observations *from, ana_observations *to)
{
    ana_status status = ANA_OK;
    ana_table *features = NULL;
    size_t *all = NULL;
    ANA_TRY(count_up(from->n_features, &all));
    ANA_TRY(ana_table_take(from->features, from->n_features, all, &features));
    ana_table_free(to->features);
    to->features = features;
    to->bin_s = from->bin_s;
    ANA_TRY(ana_copy_text(from->unit, &to->unit));
done:
    free(all);
    return status;
}

/* Lengths of the runs of `rows` that follow one another within a sequence; how many. */
static size_t find_runs(const ana_observations *from, size_t n, const size_t *rows, size_t *lengths)
{
    size_t n_runs = 0;
    size_t sequence = 0;
    for (size_t i = 0; i < n; i++) {
        bool enters = i == 0 || rows[i] != rows[i - 1] + 1;
        while (rows[i] >= from->sequence_start[sequence + 1]) {
            sequence++;
            enters = true;
        }
        n_runs += enters ? 1 : 0;
        lengths[n_runs - 1] += 1;
    }
    return n_runs;
}

ana_status ana_hmm_take_rows(const ana_observations *from, size_t n, const size_t *rows,
                             ana_observations **out)
{
    ana_status status = ANA_OK;
    const size_t width = from->n_features;
    ana_observations *made = NULL;
    size_t *lengths = NULL;
    ANA_TRY(ana_observations_new(n, width, &made));
    ANA_TRY(take_heading(from, made));
    for (size_t i = 0; i < n; i++) {
        memcpy(made->values + i * width, from->values + rows[i] * width, width * sizeof(double));
    }
    ANA_TRY(ana_allocate(n, sizeof *lengths, "hmm select", &lengths));
    const size_t n_runs = find_runs(from, n, rows, lengths);
    ANA_TRY(ana_observations_set_sequences(made, n_runs, lengths, NULL));
    *out = made;
    made = NULL;
done:
    free(lengths);
    ana_observations_free(made);
    return status;
}

/* Rows of the listed items: sequences, or rows themselves where the folds are of rows. */
static size_t rows_of_items(const ana_observations *from, bool of_sequences, size_t n,
                            const size_t *items, size_t *rows)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t first = of_sequences ? from->sequence_start[items[i]] : items[i];
        const size_t end = of_sequences ? from->sequence_start[items[i] + 1] : items[i] + 1;
        for (size_t t = first; t < end; t++) {
            rows[n_rows++] = t;
        }
    }
    return n_rows;
}

/* The rows of the listed items: *out is theirs, *rows which they are. */
static ana_status take_items(const ana_observations *from, bool of_sequences, size_t n,
                             const size_t *items, size_t **rows, ana_observations **out)
{
    ana_status status = ana_allocate(from->n_times, sizeof **rows, "hmm select", rows);
    return status != ANA_OK
               ? status
               : ana_hmm_take_rows(from, rows_of_items(from, of_sequences, n, items, *rows), *rows,
                                   out);
}

static ana_status split_rows(const ana_observations *from, bool of_sequences,
                             const ana_folds *folds, ana_hmm_split *splits)
{
    ana_status status = ANA_OK;
    size_t *items = NULL;
    ANA_TRY(ana_allocate(folds->n_items, sizeof *items, "hmm select", &items));
    for (size_t f = 0; f < folds->n_folds; f++) {
        const ana_fold *fold = folds->folds + f;
        size_t n_items = 0;
        ANA_TRY(take_items(from, of_sequences, fold->n_test, fold->test, &splits[f].test_rows,
                           &splits[f].test));
        splits[f].n_rows = splits[f].test->n_times;
        ana_folds_train(folds, f, items, &n_items);
        ANA_TRY(take_items(from, of_sequences, n_items, items, &splits[f].train_rows,
                           &splits[f].train));
    }
done:
    free(items);
    return status;
}

static ana_status make_folds(const ana_observations *from, const ana_hmm_select_options *options,
                             bool of_sequences, ana_folds **out)
{
    ana_folds_options of_folds = ana_folds_options_default();
    of_folds.run.seed = options->run.seed;
    of_folds.n_folds = options->n_folds;
    if (!of_sequences) {
        return ana_folds_blocked(from->n_sequences, from->sequence_start, options->n_folds,
                                 options->gap, out);
    }
    return options->groups != NULL
               ? ana_folds_grouped(from->n_sequences, options->groups, &of_folds, out)
               : ana_folds_plain(from->n_sequences, &of_folds, out);
}

static ana_status split_in_order(const ana_observations *from,
                                 const ana_hmm_select_options *options, bool of_sequences,
                                 ana_hmm_split *splits)
{
    ana_folds *folds = NULL;
    ana_status status = make_folds(from, options, of_sequences, &folds);
    if (status == ANA_OK) {
        status = split_rows(from, of_sequences, folds, splits);
    }
    ana_folds_free(folds);
    return status;
}

static ana_status copy_all(const ana_observations *from, ana_observations **out)
{
    size_t *all = NULL;
    ana_status status = count_up(from->n_features, &all);
    if (status == ANA_OK) {
        status = ana_observations_take(from, from->n_features, all, out);
    }
    free(all);
    return status;
}

/* Each entry is held out in one fold, drawn by its own number. */
static ana_status split_entries(const ana_observations *from, const ana_hmm_select_options *options,
                                ana_hmm_split *splits)
{
    ana_status status = ANA_OK;
    const size_t n_folds = options->n_folds;
    ana_random random = ana_random_stream(options->run.seed, "hmm.speckle", 0);
    for (size_t f = 0; f < n_folds; f++) {
        ANA_TRY(copy_all(from, &splits[f].train));
        ANA_TRY(copy_all(from, &splits[f].test));
        splits[f].n_rows = from->n_times;
    }
    for (size_t i = 0; i < from->n_times * from->n_features; i++) {
        const size_t fold = (size_t)ana_random_below(&random, n_folds);
        for (size_t f = 0; f < n_folds; f++) {
            ana_observations *lacks = f == fold ? splits[f].train : splits[f].test;
            lacks->values[i] = NAN;
        }
    }
done:
    return status;
}

ana_status ana_hmm_splits_new(const ana_observations *observations,
                              const ana_hmm_select_options *options, ana_hmm_held_out *held_out,
                              ana_hmm_split **out)
{
    ana_status status = ANA_OK;
    ana_hmm_split *made = NULL;
    ana_hmm_held_out how = (ana_hmm_held_out)options->held_out;
    if (how == ANA_HMM_HOLD_AUTO && options->groups != NULL) {
        how = ANA_HMM_HOLD_SEQUENCES;
    }
    if (how != ANA_HMM_HOLD_SEQUENCES && options->groups != NULL) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm select: groups are of sequences that are held out, not "
                        "of %s",
                        ana_hmm_held_out_names[how]);
    }
    if (how == ANA_HMM_HOLD_AUTO) {
        how = observations->n_sequences >= options->n_folds ? ANA_HMM_HOLD_SEQUENCES
                                                            : ANA_HMM_HOLD_BLOCKS;
    }
    ANA_TRY(ana_allocate(options->n_folds, sizeof *made, "hmm select", &made));
    if (how == ANA_HMM_HOLD_SPECKLED) {
        ANA_TRY(split_entries(observations, options, made));
    } else {
        ANA_TRY(split_in_order(observations, options, how == ANA_HMM_HOLD_SEQUENCES, made));
    }
    *held_out = how;
    *out = made;
    made = NULL;
done:
    ana_hmm_splits_free(options->n_folds, made);
    return status;
}
