#include "commands.h"
#include "events_input.h"
#include "job.h"
#include "try.h"

#include <analysis/event_scores.h>
#include <analysis/forecast_scores.h>

typedef struct score_options {
    bool forecast;
    ana_event_score_options scores;
    ana_forecast_options forecasts;
    events_input_options input;
} score_options;

static const ana_option kind_table[] = {
    {"forecast", ANA_OPTION_BOOL, offsetof(score_options, forecast), 0, 0, NULL, NULL,
     "HYPOTHESIS holds alarms that warn of events to come, not detections", false},
    ANA_OPTION_END,
};

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

static ana_status detect(command_job *job, score_options *options, const ana_intervals *reference,
                         const ana_intervals *hypothesis)
{
    ana_status status = ANA_OK;
    ana_event_scores *scores = NULL;
    ANA_TRY(ana_event_scores_compute(reference, hypothesis, &options->scores, &scores));
    say(job, scores);
    ANA_TRY(ana_event_scores_to_record(scores, &job->record));
done:
    ana_event_scores_free(scores);
    return status;
}

static ana_status forecast(command_job *job, score_options *options, const ana_intervals *reference,
                           const ana_intervals *alarms)
{
    ana_status status = ANA_OK;
    ana_forecast_scores *scores = NULL;
    options->forecasts.duration_s = options->scores.duration_s;
    if (options->scores.duration_s == 0.0) {
        return ana_fail(ANA_ERR_VALUE, "the length of the recording is not known; forecasts need "
                                       "it: --duration SECONDS gives it");
    }
    ANA_TRY(ana_forecast_scores_compute(reference, alarms, &options->forecasts, &scores));
    if (scores->n_outside > 0) {
        console_say(&job->console,
                    "%zu events and alarms lie outside the recording of %g s and are left out",
                    scores->n_outside, options->scores.duration_s);
    }
    ANA_TRY(ana_forecast_scores_to_record(scores, &job->record));
done:
    ana_forecast_scores_free(scores);
    return status;
}

static ana_status score(command_job *job, void *user)
{
    score_options *options = user;
    ana_status status = ANA_OK;
    ana_intervals *reference = NULL;
    ana_intervals *hypothesis = NULL;
    double durations[2] = {0.0, 0.0};
    ANA_TRY(load_events(job->arguments.inputs[0], &options->input, job, &reference, &durations[0]));
    ANA_TRY(
        load_events(job->arguments.inputs[1], &options->input, job, &hypothesis, &durations[1]));
    if (options->scores.duration_s == 0.0) {
        options->scores.duration_s = durations[0] > 0.0 ? durations[0] : durations[1];
    }
    ANA_TRY(options->forecast ? forecast(job, options, reference, hypothesis)
                              : detect(job, options, reference, hypothesis));
done:
    ana_intervals_free(reference);
    ana_intervals_free(hypothesis);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    score_options options = {.scores = ana_event_score_options_default(),
                             .forecasts = ana_forecast_options_default()};
    const option_target own[] = {{"Rules", ana_event_score_option_table, &options.scores},
                                 {"Kind", kind_table, &options},
                                 {"Forecasts", ana_forecast_option_table, &options.forecasts},
                                 {"Events", events_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_SAVING,
                           .runs = {&options.forecasts.run},
                           .work = score,
                           .options = &options};
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
        "or that of a recording given as input. Events are cut to it.\n\n"
        "With --forecast the starts of HYPOTHESIS are alarms: each warns, for a period after a "
        "horizon, of events to come. Sensitivity, time in warning and false alarms per hour stand "
        "beside what random alarms do: as long under warning, as many false ones, and the alarms "
        "themselves turned in time, each with the probability of doing as well by chance.",
    .examples = "ana bci score annotated.tsv detected.tsv --duration 3600\n"
                "ana bci score recording.edf detected.tsv --events 'sz*' -o scores.html\n"
                "ana bci score truth.json found.json --merge 0 --split 0 --tolerance-before 0 "
                "--tolerance-after 0 --json\n"
                "ana bci score seizures.tsv alarms.tsv --forecast --horizon 300 --period 1800 "
                "--duration 86400 -o forecasts.html",
    .run = run_command,
};
