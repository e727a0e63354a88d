#include "commands.h"
#include "events_input.h"
#include "job.h"
#include "try.h"

#include <analysis/event_scores.h>

typedef struct score_options {
    ana_event_score_options scores;
    events_input_options input;
} score_options;

/* What was left out is said, and why there are no rates. */
static void say(const command_job *job, const ana_event_scores *scores)
{
    const size_t n_reference = scores->reference.n_outside;
    const size_t n_hypothesis = scores->hypothesis.n_outside;
    if (n_reference + n_hypothesis > 0) {
        console_say(&job->console,
                    "%zu true events and %zu detections lie outside the recording of %g s and are "
                    "left out",
                    n_reference, n_hypothesis, scores->options.duration_s);
    }
    if (!(scores->options.duration_s > 0.0)) {
        console_say(&job->console,
                    "the length of the recording is not known: no rates of false alarms; "
                    "--duration SECONDS gives it");
    }
}

static ana_status score(command_job *job, void *user)
{
    score_options *options = user;
    ana_status status = ANA_OK;
    ana_intervals *reference = NULL;
    ana_intervals *hypothesis = NULL;
    ana_event_scores *scores = NULL;
    double durations[2] = {0.0, 0.0};
    ANA_TRY(load_events(job->arguments.inputs[0], &options->input, job, &reference, &durations[0]));
    ANA_TRY(
        load_events(job->arguments.inputs[1], &options->input, job, &hypothesis, &durations[1]));
    if (options->scores.duration_s == 0.0) {
        options->scores.duration_s = durations[0] > 0.0 ? durations[0] : durations[1];
    }
    ANA_TRY(ana_event_scores_compute(reference, hypothesis, &options->scores, &scores));
    say(job, scores);
    ANA_TRY(ana_event_scores_to_record(scores, &job->record));
done:
    ana_event_scores_free(scores);
    ana_intervals_free(reference);
    ana_intervals_free(hypothesis);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    score_options options = {.scores = ana_event_score_options_default()};
    const option_target own[] = {{"Rules", ana_event_score_option_table, &options.scores},
                                 {"Events", events_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own, .parts = JOB_READING | JOB_SAVING, .work = score, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_score = {
    .name = "bci score",
    .summary = "Find how well detected events match the true ones",
    .inputs = "REFERENCE HYPOTHESIS",
    .min_inputs = 2,
    .max_inputs = 2,
    .description =
        "Scores detected events (seizures, spindles, sleep stages) against true ones by the rules "
        "of SzCORE: events less than 90 s apart become one, longer ones than 300 s become pieces, "
        "and a detection counts that overlaps the time from 30 s before an event to 60 s after "
        "it. Sensitivity, precision, F1, false alarms per hour and per 24 h, and latency; the "
        "first ones also by samples of 1 Hz, of the lists as they are.\n\n"
        "Inputs are tables (.tsv, .csv, .json) with columns onset and duration, or start and stop, "
        "in seconds, as the event files of BIDS and SzCORE; or recordings, whose intervals are the "
        "events. Rates need the length of the recording: --duration, the column recordingDuration, "
        "or that of a recording given as input. Events are cut to it.",
    .examples = "ana bci score annotated.tsv detected.tsv --duration 3600\n"
                "ana bci score recording.edf detected.tsv --events 'sz*' -o scores.html\n"
                "ana bci score truth.json found.json --merge 0 --split 0 --tolerance-before 0 "
                "--tolerance-after 0 --json",
    .run = run_command,
};
