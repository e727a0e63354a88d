#include "commands.h"
#include "info_text.h"
#include "job.h"
#include "try.h"

#include <analysis/formats/info.h>
#include <analysis/formats/record_io.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct info_options {
    bool stats;
    bool probe;
} info_options;

static const ana_option info_option_table[] = {
    {"stats", ANA_OPTION_BOOL, offsetof(info_options, stats), 0, 0, NULL, NULL,
     "read all samples and print each channel's sums, extremes and first and last values", false},
    {"probe", ANA_OPTION_BOOL, offsetof(info_options, probe), 0, 0, NULL, NULL,
     "only print how well each format fits the file's content", false},
    ANA_OPTION_END,
};

static ana_status print_scores(const char *path, bool json)
{
    const size_t n = ana_format_count();
    ana_format_score *scores = calloc(n, sizeof *scores);
    if (scores == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu scores", n);
    }
    ana_status status = ana_format_detect(path, scores);
    if (json && status == ANA_OK) {
        printf("{\"formats\": [");
    }
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        if (json) {
            printf("%s\n {\"name\": \"%s\", \"score\": %d}", i > 0 ? "," : "", scores[i].name,
                   scores[i].score);
        } else {
            printf("%3d  %s\n", scores[i].score, scores[i].name);
        }
    }
    if (json && status == ANA_OK) {
        printf("]}\n");
    }
    free(scores);
    return status;
}

/* A saved result in the place of a recording: its summary is printed; else the sentence stays. */
static ana_status load_result(command_job *job)
{
    char sentence[1024];
    snprintf(sentence, sizeof sentence, "%s", ana_last_error());
    ana_status status = ana_record_read(job->arguments.inputs[0], &job->record);
    return status == ANA_OK ? status : ana_fail(status, "%s", sentence);
}

static ana_status show(command_job *job, void *user)
{
    const info_options *options = user;
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    char *json = NULL;
    if (options->probe) {
        return print_scores(job->arguments.inputs[0], job->console.json);
    }
    status = job_recording(job, &recording);
    if (status == ANA_ERR_FORMAT && load_result(job) == ANA_OK) {
        return ANA_OK;
    }
    if (status != ANA_OK) {
        return status;
    }
    if (job->console.json) {
        ANA_TRY(ana_recording_info(recording, options->stats, &job->run, &json));
        console_finish_line();
        fputs(json, stdout);
    } else {
        ANA_TRY(info_print(recording, options->stats, &job->run));
    }
done:
    free(json);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    info_options options = {0};
    const option_target own[] = {{"Information", info_option_table, &options}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_RECORDING, .work = show, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_info = {
    .name = "info",
    .summary = "Say what is in a recording, or in a saved result",
    .inputs = "FILE",
    .description =
        "Format, start, duration; series with their channels, rates and gaps; spikes; "
        "intervals; tables. The format is found by the file's content. Opening costs the "
        "header, not the samples; --stats reads them all. Of a saved result, the summary that "
        "its "
        "command printed.\n\n"
        "With --json: {format, start_time, duration_s, series, spikes, intervals, tables, "
        "warnings}, numbers with 17 digits, in the file's own units.",
    .examples = "ana info session.nwb\n"
                "ana info sleep.edf --stats --json",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
