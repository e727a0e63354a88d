/** What is this trial? A pipeline of named steps, from signals to classes, as one line of text.
 *
 *      band 8-32 | acm 3,2 | cov oas | recentre | tangent riemann | svm rbf C=1
 *
 *  Steps stand between bars (or lines); a step is its name, then values in the order of its first
 *  options, then others as name=value. Each step takes what the one before gives: signals (rows x
 *  samples), matrices (covariances), vectors; the last is a classifier. `band` (one band, or a
 *  bank: band 8-13,13-30) filters the whole recording and comes first. A set {a,b,...} in place of
 *  a value stands for each of its members: such a text is a family of pipelines, from which
 *  evaluation chooses inside its folds.
 *
 *  `ana bci fit --help` and ana_bci_step_describe say which steps there are. A pipeline learns from
 *  the trials it is given and from nothing else; what it has learned is saved as arrays of
 *  documented shape that any reader of HDF5 reads.
 *
 *  Parse a text, cut trials as ana_bci_pipeline_bank filters them (bci_trials.h), fit, predict.
 *  `items` are n trials by their numbers in the set; NULL: all, and n is not read. `run` is of the
 *  steps; NULL: the defaults. */
#ifndef ANALYSIS_MODELS_BCI_PIPELINE_H
#define ANALYSIS_MODELS_BCI_PIPELINE_H

#include <analysis/models/bci_trials.h>
#include <analysis/record.h>
#include <analysis/run.h>

ANA_BEGIN_DECLS

enum {
    ANA_BCI_MAX_STEPS = 16
};

typedef struct ana_bci_pipeline ana_bci_pipeline;

/** *out = the pipeline of that text, nothing learned yet; freed by ana_bci_pipeline_free.
 *  ANA_ERR_VALUE with the step and what would be right; ANA_ERR_UNSUPPORTED for a family. */
ANA_API ANA_USE_RESULT ana_status ana_bci_pipeline_parse(const char *text, ana_bci_pipeline **out);

/** The members of a family of pipelines, as texts without sets. */
typedef struct ana_bci_family {
    size_t n;     /**< 1: no set in the text */
    char **texts; /**< the last set changes fastest; owned */
} ana_bci_family;

/** *out = the members of that text, which are not parsed here. ANA_ERR_VALUE for a set that does
 *  not end or has an empty member; ANA_ERR_LIMIT above 10,000 members or 16 sets. */
ANA_API ANA_USE_RESULT ana_status ana_bci_family_expand(const char *text, ana_bci_family **out);
ANA_API void ana_bci_family_free(ana_bci_family *family);

/** The text with every step as it is used, options in their order; valid as long as the pipeline.
 */
ANA_API const char *ana_bci_pipeline_text(const ana_bci_pipeline *pipeline);

/** *bank (out) = how recordings are filtered before it: for ana_bci_trials_cut. */
ANA_API void ana_bci_pipeline_bank(const ana_bci_pipeline *pipeline, ana_bci_bank *bank);

/** Whether it looks at all trials it is to classify before it answers of any, as re-centring of a
 *  new session does: such scores are of batches, not of single trials. */
ANA_API bool ana_bci_pipeline_is_transductive(const ana_bci_pipeline *pipeline);

/** Learn from n trials of the set. What was learned before is forgotten, and its gate
 *  (ana_bci_gate_fit) too, also by a fit that fails.
 *
 *  @return ANA_ERR_VALUE for a set of one class, a class of the set that none of the n trials is
 *  of, a sample that is not finite (with trial and channel), and what the steps refuse;
 *  ANA_ERR_SHAPE for trials of another number of bands (which bands they are of they do not say);
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_bci_pipeline_fit(ana_bci_pipeline *pipeline,
                                                       const ana_bci_trials *trials, size_t n,
                                                       const size_t *items, const ana_run *run);

/** What a fitted pipeline was taught. Borrowed. */
typedef struct ana_bci_lesson {
    size_t n_trials; /**< learned from */
    size_t n_classes;
    char **classes; /**< names, as of the trials */
    size_t n_channels;
    char **channel_names;
    size_t n_times;    /**< samples of a trial */
    double rate;       /**< Hz */
    double from_s;     /**< of a trial's first sample, after the event */
    char *unit;        /**< of the signals; NULL: none */
    double *positions; /**< n_channels x 3, of the trials; NULL: none is known */
} ana_bci_lesson;

/** Answers about trials. All owned. */
typedef struct ana_bci_outputs {
    size_t n_trials;  /**< in the order of `items` */
    size_t n_classes; /**< the lesson's */
    double *scores;   /**< n_trials x n_classes: the higher, the more likely; probabilities or
                           decision values, as the classifier has it */
    size_t *chosen;   /**< n_trials: index into the lesson's classes, not into the trials' */
} ana_bci_outputs;

/** *out = the answers to n trials, freed by ana_bci_outputs_free. Labels of the trials are not
 *  read.
 *
 *  @return ANA_ERR_VALUE before fit, for a sample that is not finite (with trial and channel), and
 *  what the steps refuse; ANA_ERR_SHAPE when channels (by name), rate, unit (unless one is not
 *  known), number of bands or length differ from those learned from; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_bci_pipeline_predict(const ana_bci_pipeline *pipeline,
                                                           const ana_bci_trials *trials, size_t n,
                                                           const size_t *items, const ana_run *run,
                                                           ana_bci_outputs **out);
ANA_API void ana_bci_outputs_free(ana_bci_outputs *outputs);

/** *out = a record of the answers to these trials, all of them in their order: "schema" is
 *  "bci-answers"; run, onset, class and scores of each trial, and, where a true class is one of the
 *  lesson's by its name, the share that is right, what guessing scores, and the confusions. */
ANA_API ANA_USE_RESULT ana_status ana_bci_outputs_to_record(const ana_bci_outputs *outputs,
                                                            const ana_bci_lesson *lesson,
                                                            const ana_bci_trials *trials,
                                                            ana_record **out);

/** What it was taught; NULL before fit. Borrowed. */
ANA_API const ana_bci_lesson *ana_bci_pipeline_lesson(const ana_bci_pipeline *pipeline);

/** *out = a record of it: "schema" is "bci-pipeline"; the text, the lesson, the gate where there is
 *  one, and a group of arrays for each step, by its number and name; and what steps noted.
 *  ANA_ERR_VALUE before fit. */
ANA_API ANA_USE_RESULT ana_status ana_bci_pipeline_to_record(const ana_bci_pipeline *pipeline,
                                                             ana_record **out);
/** The way back. ANA_ERR_FORMAT names what is missing or does not fit. */
ANA_API ANA_USE_RESULT ana_status ana_bci_pipeline_from_record(const ana_record *record,
                                                               ana_bci_pipeline **out);

ANA_API void ana_bci_pipeline_free(ana_bci_pipeline *pipeline);

/** One step of the language. */
typedef struct ana_bci_step_description {
    const char *name;
    const char *summary;       /**< one sentence */
    const char *takes;         /**< "signals", "matrices", "vectors" */
    const char *gives;         /**< the same, or "classes" */
    const ana_option *options; /**< may be NULL */
    size_t n_positional;       /**< the first of them may be given without name */
} ana_bci_step_description;

/** Step i of the language; NULL beyond the last. */
ANA_API const ana_bci_step_description *ana_bci_step_describe(size_t i);

ANA_END_DECLS

#endif
