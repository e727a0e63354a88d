/** What the files of bci_pipeline.h share. */
#ifndef MODELS_BCI_PARTS_H
#define MODELS_BCI_PARTS_H

#include "bci_step.h"

struct ana_bci_pipeline {
    char *text; /**< canonical; owned */
    ana_bci_bank bank;
    size_t n_steps;
    bci_step steps[ANA_BCI_MAX_STEPS];
    size_t n_plain; /**< first steps that learn nothing */
    bool fitted;
    bci_shape takes; /**< the trials it was taught */
    ana_bci_lesson lesson;
};

/** What the steps before the first that learns make of all trials: the same for every fold. */
ANA_USE_RESULT ana_status ana_bci_prepare(const ana_bci_pipeline *pipeline,
                                          const ana_bci_trials *trials, size_t n,
                                          const size_t *items, const ana_run *run, bci_batch *out);

/** *out = some items of a batch, copied. */
ANA_USE_RESULT ana_status ana_bci_batch_take(const bci_batch *batch, size_t n, const size_t *items,
                                             bci_batch *out);

/** The steps from the first that learns on. */
ANA_USE_RESULT ana_status ana_bci_learn_prepared(ana_bci_pipeline *pipeline, const bci_batch *in,
                                                 const bci_teacher *teacher);
ANA_USE_RESULT ana_status ana_bci_answer_prepared(const ana_bci_pipeline *pipeline,
                                                  const bci_batch *in, const bci_teacher *teacher,
                                                  bci_batch *out);

/** Forget what was learned. */
void ana_bci_forget(ana_bci_pipeline *pipeline);

/** What the trials were, kept beside what was learned of them. */
ANA_USE_RESULT ana_status ana_bci_note_lesson(ana_bci_pipeline *pipeline,
                                              const ana_bci_trials *trials, size_t n_items);

#endif
