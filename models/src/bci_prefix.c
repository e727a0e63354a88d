/* The matrices of trials by the first steps of a pipeline. */
#include "bci_parts.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/bci_prefix.h>

#include <stdlib.h>

struct ana_bci_prefix {
    ana_bci_pipeline *pipeline;
};

/* Nobody has labels to learn from. */
static ana_status check_unlabelled(const ana_bci_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        const bci_kind *kind = pipeline->steps[i].kind;
        if (kind->fit != NULL && !kind->unlabelled) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: step %s learns from classes, and none are known here",
                            kind->says.name);
        }
    }
    return ANA_OK;
}

ana_status ana_bci_prefix_parse(const char *text, ana_bci_prefix **out)
{
    ana_status status = ANA_OK;
    ana_bci_prefix *prefix = NULL;
    *out = NULL;
    ANA_TRY(ana_allocate(1, sizeof *prefix, "pipeline", &prefix));
    ANA_TRY(ana_bci_parse_to(text, BCI_MATRICES, &prefix->pipeline));
    ANA_TRY(check_unlabelled(prefix->pipeline));
    *out = prefix;
    prefix = NULL;
done:
    ana_bci_prefix_free(prefix);
    return status;
}

void ana_bci_prefix_free(ana_bci_prefix *prefix)
{
    if (prefix != NULL) {
        ana_bci_pipeline_free(prefix->pipeline);
        free(prefix);
    }
}

const char *ana_bci_prefix_text(const ana_bci_prefix *prefix)
{
    return ana_bci_pipeline_text(prefix->pipeline);
}

void ana_bci_prefix_bank(const ana_bci_prefix *prefix, ana_bci_bank *bank)
{
    ana_bci_pipeline_bank(prefix->pipeline, bank);
}

ana_status ana_bci_prefix_apply(ana_bci_prefix *prefix, const ana_bci_trials *trials,
                                const ana_run *run, ana_bci_matrices *out)
{
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = prefix->pipeline;
    ana_workspace workspace = {0};
    bci_batch batch = {.n_items = 0};
    const ana_run standard = ana_run_default();
    run = run != NULL ? run : &standard;
    *out = (ana_bci_matrices){.values = NULL};
    /* one class for all: what steps take for labels tells them nothing */
    const bci_teacher teacher = {.run = run,
                                 .labels = ana_workspace_sizes(&workspace, trials->n_trials, 1),
                                 .n_classes = 1,
                                 .domains = trials->sessions,
                                 .n_domains = trials->n_sessions};
    ana_bci_forget(pipeline);
    ANA_TRY(ana_workspace_check(&workspace, "pipeline"));
    ANA_TRY(ana_bci_prepare(pipeline, trials, trials->n_trials, NULL, run, &batch));
    for (size_t i = pipeline->n_plain; i < pipeline->n_steps; i++) {
        bci_batch next = {.n_items = 0};
        bci_step *step = &pipeline->steps[i];
        if (step->kind->fit != NULL) {
            ANA_TRY(step->kind->fit(step, &batch, &teacher));
        }
        ANA_TRY(ana_bci_step_forward(step, &batch, &teacher, &next));
        ana_bci_batch_release(&batch);
        batch = next;
    }
    out->values = batch.values;
    out->set = ana_bci_batch_set(&batch);
    batch.values = NULL;
done:
    ana_bci_batch_release(&batch);
    ana_workspace_release(&workspace);
    return status;
}

void ana_bci_matrices_release(ana_bci_matrices *matrices)
{
    free(matrices->values);
    *matrices = (ana_bci_matrices){.values = NULL};
}
