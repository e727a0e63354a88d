/* encoding.h5: kernel analysis, retrieval and decoding of what was shown. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/decoding.h>
#include <analysis/models/kernel_analysis.h>
#include <analysis/models/retrieval.h>

#include <stdlib.h>
#include <string.h>

enum {
    N_STIMULI = 120,
    N_UNITS = 15
};

/* Mean over trials of each stimulus. */
static void average_trials(const h5_reference *file, double *means)
{
    h5_doubles trials = h5_reference_doubles(file, "in/trials");
    const size_t n_trials = trials.shape[1];
    memset(means, 0, (size_t)N_STIMULI * N_UNITS * sizeof *means);
    for (size_t k = 0; k < trials.n; k++) {
        const size_t stimulus = k / (n_trials * N_UNITS);
        means[stimulus * N_UNITS + k % N_UNITS] += trials.values[k] / (double)n_trials;
    }
    h5_doubles_free(&trials);
}

static void compare_retrieval(const h5_reference *file, const double *means, tally *counts)
{
    static const size_t k[] = {1, 5, 10};
    h5_doubles predicted = h5_reference_doubles(file, "in/retr_pred");
    ana_responses *a = NULL;
    ana_responses *b = NULL;
    ana_retrieval *made = NULL;
    ana_retrieval_options options = ana_retrieval_options_default();
    options.n_permutations = 0;
    options.n_k = 3;
    options.k = k;
    check_ok(ana_responses_new("predicted", N_STIMULI, N_UNITS, &a));
    check_ok(ana_responses_new("measured", N_STIMULI, N_UNITS, &b));
    memcpy(a->values, predicted.values, predicted.n * sizeof *a->values);
    memcpy(b->values, means, (size_t)N_STIMULI * N_UNITS * sizeof *means);
    check_ok(ana_retrieval_of_responses(a, b, &options, &made));
    compare_output(file, "out/retrieval/rank0", N_STIMULI, made->rank, counts);
    compare_output(file, "out/retrieval/top1_5_10", 3, made->top, counts);
    compare_output(file, "out/retrieval/two_afc", 1, &made->two_afc, counts);
    compare_output(file, "out/retrieval/median_relative_rank", 1, &made->median_relative_rank,
                   counts);
    ana_retrieval_free(made);
    ana_responses_free(a);
    ana_responses_free(b);
    h5_doubles_free(&predicted);
}

static void compare_kernels(const h5_reference *file, tally *counts)
{
    static const char *const paths[] = {"out/kernel_analysis/q0.1", "out/kernel_analysis/q0.5",
                                        "out/kernel_analysis/q0.9"};
    h5_doubles features = h5_reference_doubles(file, "in/features");
    h5_ints labels = h5_reference_ints(file, "in/labels");
    size_t classes[N_STIMULI];
    ana_responses *responses = NULL;
    ana_kernel_analysis *made = NULL;
    check_ok(ana_responses_new("features", N_STIMULI, features.shape[1], &responses));
    memcpy(responses->values, features.values, features.n * sizeof *features.values);
    for (size_t i = 0; i < N_STIMULI; i++) {
        classes[i] = (size_t)labels.values[i];
    }
    const ana_kernel_classes task = {4, classes};
    check_ok(ana_kernel_analysis_compute(responses, &task, NULL, &made));
    for (size_t s = 0; s < ANA_KERNEL_SCALES; s++) {
        compare_output(file, paths[s], made->n_dimensions, made->error + s * made->n_dimensions,
                       counts);
    }
    ana_kernel_analysis_free(made);
    ana_responses_free(responses);
    h5_doubles_free(&features);
    h5_ints_free(&labels);
}

/* Trials' means decoded over the file's folds, as scikit-learn does. */
static void compare_decoders(const h5_reference *file, const double *means, tally *counts)
{
    static const struct {
        const char *path;
        ana_decoding_method method;
    } cases[] = {{"out/decode/lda_shrink0.1_pred", ANA_DECODING_LDA},
                 {"out/decode/nearest_centroid_pred", ANA_DECODING_CENTROID}};
    h5_ints labels = h5_reference_ints(file, "in/labels");
    h5_ints fold = h5_reference_ints(file, "in/fold");
    size_t groups[N_STIMULI];
    ana_observations *trials = NULL;
    ana_folds *folds = NULL;
    check_ok(ana_observations_new(N_STIMULI, N_UNITS, &trials));
    memcpy(trials->values, means, (size_t)N_STIMULI * N_UNITS * sizeof *means);
    trials->labels = calloc(N_STIMULI, sizeof *trials->labels);
    trials->n_labels = 4;
    trials->label_names = calloc(4, sizeof *trials->label_names);
    for (size_t c = 0; c < 4; c++) {
        trials->label_names[c] = strdup("class");
    }
    for (size_t i = 0; i < N_STIMULI; i++) {
        trials->labels[i] = labels.values[i];
        groups[i] = (size_t)fold.values[i];
    }
    check_ok(ana_folds_leave_one_group_out(N_STIMULI, groups, &folds));
    for (size_t k = 0; k < 2; k++) {
        double predicted[N_STIMULI];
        ana_decoding *made = NULL;
        ana_decoding_options options = ana_decoding_options_default();
        options.method = cases[k].method;
        options.shrinkage = 0.1;
        options.raw = true;
        options.n_permutations = 0;
        check_ok(ana_decoding_validate(trials, folds, &options, &made));
        for (size_t i = 0; i < N_STIMULI; i++) {
            predicted[i] = (double)made->predicted[i];
        }
        compare_output(file, cases[k].path, N_STIMULI, predicted, counts);
        ana_decoding_free(made);
    }
    ana_folds_free(folds);
    ana_observations_free(trials);
    h5_ints_free(&labels);
    h5_ints_free(&fold);
}

void compare_decoding(const h5_reference *file, tally *counts)
{
    double means[N_STIMULI * N_UNITS];
    average_trials(file, means);
    compare_retrieval(file, means, counts);
    compare_kernels(file, counts);
    compare_decoders(file, means, counts);
}
