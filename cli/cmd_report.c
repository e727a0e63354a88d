#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/formats/report.h>

#include <stdlib.h>

static const ana_option report_option_table[] = {
    {"title", ANA_OPTION_TEXT, offsetof(ana_report_options, title), 0, 0, NULL, "TEXT",
     "heading of the page", false},
    {"subtitle", ANA_OPTION_TEXT, offsetof(ana_report_options, subtitle), 0, 0, NULL, "TEXT",
     "line below it", false},
    ANA_OPTION_END,
};

static ana_status report(command_job *job, void *options)
{
    ana_status status = ANA_OK;
    const size_t n = job->arguments.n_inputs;
    ana_record **records = calloc(n, sizeof(ana_record *));
    if (records == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu records", n);
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(load_record(job->arguments.inputs[i], "ana hmm fit or ana spectrum", &records[i]));
    }
    ANA_TRY(ana_report_write(n, (const ana_record *const *)records, options, job->save.output));
    ANA_TRY(job_say_written(job, "html", "", console_n_warnings()));
done:
    for (size_t i = 0; i < n; i++) {
        ana_record_free(records[i]);
    }
    free(records);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_report_options options = ana_report_options_default();
    const option_target own[] = {{"Report", report_option_table, &options}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_PAGE, .work = report, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_report = {
    .name = "report",
    .summary = "Make one self-contained HTML page of saved results",
    .inputs = "RESULT... -o FILE.html",
    .description = "Results are records as commands save them: .h5, .json or a folder. The "
                   "page needs no network; each figure's data can be downloaded from "
                   "it.\n\n" WRITTEN_AS_JSON,
    .examples = "ana report fit.h5 states.h5 -o report.html",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
