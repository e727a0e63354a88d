/** What the files of bci_pipeline.h share. */
#ifndef MODELS_BCI_PARTS_H
#define MODELS_BCI_PARTS_H

#include "bci_step.h"

#include <analysis/models/bci_gate.h>

struct ana_bci_pipeline {
    char *text; /**< canonical; owned */
    ana_bci_bank bank;
    size_t n_steps;
    bci_step steps[ANA_BCI_MAX_STEPS];
    size_t n_plain; /**< first steps that learn nothing */
    bool fitted;
    bci_shape takes; /**< the trials it was taught */
    ana_bci_lesson lesson;
    ana_bci_gate *gate; /**< of artefacts; NULL: none; owned */
};

/** *out = the pipeline of a text whose last step gives `end`. */
ANA_USE_RESULT ana_status ana_bci_parse_to(const char *text, bci_form end, ana_bci_pipeline **out);

/** What the steps before the first that learns make of all trials: the same for every fold. */
ANA_USE_RESULT ana_status ana_bci_prepare(const ana_bci_pipeline *pipeline,
                                          const ana_bci_trials *trials, size_t n,
                                          const size_t *items, const ana_run *run, bci_batch *out);

/** *out = what a step that has learned makes of a batch. */
ANA_USE_RESULT ana_status ana_bci_step_forward(const bci_step *step, const bci_batch *in,
                                               const bci_teacher *teacher, bci_batch *out);

/** *out = some items of a batch, copied. */
ANA_USE_RESULT ana_status ana_bci_batch_take(const bci_batch *batch, size_t n, const size_t *items,
                                             bci_batch *out);

/** The steps from the first that learns on. */
ANA_USE_RESULT ana_status ana_bci_learn_prepared(ana_bci_pipeline *pipeline, const bci_batch *in,
                                                 const bci_teacher *teacher);
ANA_USE_RESULT ana_status ana_bci_answer_prepared(const ana_bci_pipeline *pipeline,
                                                  const bci_batch *in, const bci_teacher *teacher,
                                                  bci_batch *out);

/** Whether two units are one, however they are spelt, or one is not known. */
bool ana_bci_units_agree(const char *a, const char *b);

/** Whether two rates are one but for the clocks that they were found by: within a thousandth. */
bool ana_bci_same_rate(double a, double b);

/** Topographies of what a fitted pipeline has learned: patterns of spatial filters, and what change
 * of each channel's power goes along with the scores of tangent vectors. */
ANA_USE_RESULT ana_status ana_bci_add_topographies(const ana_bci_pipeline *pipeline,
                                                   ana_record *record);

/** Means of classes that trials are held against (mdm, mdwm, fgmdm, meanfield): as matrices of up
 * to 64 rows, and where on the head the channels' powers differ between classes. */
ANA_USE_RESULT ana_status ana_bci_add_class_means(const ana_bci_pipeline *pipeline,
                                                  ana_record *record);

/** Forget what was learned. */
void ana_bci_forget(ana_bci_pipeline *pipeline);

/** What the trials were, kept beside what was learned of them. */
ANA_USE_RESULT ana_status ana_bci_note_lesson(ana_bci_pipeline *pipeline,
                                              const ana_bci_trials *trials, size_t n_items);

#endif
