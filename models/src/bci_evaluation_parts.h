/** What the files of bci_evaluation.h share. */
#ifndef MODELS_BCI_EVALUATION_PARTS_H
#define MODELS_BCI_EVALUATION_PARTS_H

#include "workspace.h"

#include <analysis/models/bci_comparison.h>

/** The metric that `auto` stands for. */
ana_bci_metric ana_bci_settle_metric(ana_bci_metric metric, size_t n_classes);

/** Every pipeline in every fold; `all` has its room. */
ANA_USE_RESULT ana_status ana_bci_run_folds(const ana_bci_task *task, const ana_bci_trials *trials,
                                            const ana_bci_evaluation_options *options,
                                            ana_bci_evaluation *all);

/** Trials of each class that a protocol tests: counts (n_classes, out). */
void ana_bci_count_tested(const ana_bci_evaluation *all, size_t p, size_t *counts);

/** What guessing scores by the metric, and of an accuracy the bound that 95 of 100 guessers stay at
 *  or below; else the same again. `counts` as above. */
void ana_bci_chance_of(const ana_bci_evaluation *all, const size_t *counts, double band[2]);

/** A name that a record can have: `before`, then the name with its slashes as bars. */
void ana_bci_record_name(const char *before, const char *name, char out[160]);

/** "Within sessions", ... */
const char *ana_bci_protocol_title(ana_bci_protocol protocol);

/** Scores, curves and confusions of a protocol as figures. */
ANA_USE_RESULT ana_status ana_bci_add_figures(const ana_bci_evaluation *all, size_t p,
                                              ana_record *record);

/** Scores with their intervals, and tests of all pairs, as tables. */
ANA_USE_RESULT ana_status ana_bci_add_summary(const ana_bci_evaluation *all, size_t p,
                                              const ana_bci_comparison *comparison,
                                              ana_record *record);
ANA_USE_RESULT ana_status ana_bci_add_tests(const ana_bci_evaluation *all, size_t p,
                                            const ana_bci_comparison *comparison,
                                            ana_record *record);

#endif
