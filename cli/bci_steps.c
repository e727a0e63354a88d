#include "bci_steps.h"

#include "try.h"

#include <analysis/models/bci_pipeline.h>

#include <stdio.h>

static ana_status add_step(const ana_bci_step_description *step, ana_record *steps)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ana_record *options = NULL;
    ANA_TRY(ana_record_add_group(steps, step->name, ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "what", step->summary));
    ANA_TRY(ana_record_add_text(group, "takes", step->takes));
    ANA_TRY(ana_record_add_text(group, "gives", step->gives));
    ANA_TRY(ana_record_add_int(group, "n_in_order", (int64_t)step->n_positional, NULL));
    ANA_TRY(ana_record_add_group(group, "options", ANA_HINT_NONE, &options));
    for (size_t k = 0; step->options != NULL && step->options[k].name != NULL; k++) {
        ANA_TRY(ana_record_add_text(options, step->options[k].name, step->options[k].help));
    }
done:
    return status;
}

static ana_status make_record(ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *steps = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-steps"));
    ANA_TRY(ana_record_add_text(record, "title", "Steps of pipelines"));
    ANA_TRY(ana_record_add_group(record, "steps", ANA_HINT_NONE, &steps));
    for (size_t i = 0; ana_bci_step_describe(i) != NULL; i++) {
        ANA_TRY(add_step(ana_bci_step_describe(i), steps));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

static void print_step(const ana_bci_step_description *step)
{
    char range[256];
    printf("%s", step->name);
    for (size_t k = 0; step->options != NULL && step->options[k].name != NULL; k++) {
        printf(k < step->n_positional ? " [%s]" : " [%s=...]", step->options[k].name);
    }
    printf("\n    %s; %s to %s\n", step->summary, step->takes, step->gives);
    for (size_t k = 0; step->options != NULL && step->options[k].name != NULL; k++) {
        ana_option_range(&step->options[k], range, sizeof range);
        printf("    %s%s%s%s: %s\n", step->options[k].name, range[0] != '\0' ? " (" : "", range,
               range[0] != '\0' ? ")" : "", step->options[k].help);
    }
}

ana_status bci_steps_list(command_job *job)
{
    if (job->console.json || job->save.output != NULL) {
        return make_record(&job->record);
    }
    for (size_t i = 0; ana_bci_step_describe(i) != NULL; i++) {
        print_step(ana_bci_step_describe(i));
    }
    return ANA_OK;
}
