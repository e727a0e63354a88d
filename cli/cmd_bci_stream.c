#include "commands.h"
#include "job.h"
#include "live_session.h"
#include "try.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const ana_option source_table[] = {
    {"replay", ANA_OPTION_TEXT, offsetof(live_options, replay), 0, 0, NULL, "RECORDING",
     "signals are those of a recording, not of stdin", false},
    {"speed", ANA_OPTION_DOUBLE, offsetof(live_options, speed), 0, 1e6, NULL, "FACTOR",
     "with --replay: 1 is real time; 0: as fast as it goes", true},
    {"stdin", ANA_OPTION_CHOICE, offsetof(live_options, form), 0, 0, ana_live_form_names, "FORM",
     "what comes through the pipe: binary frames, or lines of a CSV", false},
    {"scale", ANA_OPTION_DOUBLE, offsetof(live_options, scale), 1e-30, 1e30, NULL, "FACTOR",
     "of the samples that come through the pipe, to the unit of the recordings learned from",
     false},
    {"as-frames", ANA_OPTION_BOOL, offsetof(live_options, as_frames), 0, 0, NULL, NULL,
     "with --replay: write the recording as binary frames, for a pipe; no decisions", false},
    ANA_OPTION_END,
};

static const ana_option scores_table[] = {
    {"scores", ANA_OPTION_TEXT, offsetof(live_options, scores), 0, 0, NULL, "FILE",
     "with --replay: compare each window with the events of the recording (windows that meet none "
     "are idle) and save accuracy, Matthews' correlation, bits a minute and latencies, in the form "
     "of the file's ending, as with -o; the summary says them too",
     false},
    {"events", ANA_OPTION_TEXT, offsetof(live_options, events), 0, 0, NULL, "LABEL[=CLASS],...",
     "with --scores: labels of the events, and which class of the model they are (default: labels "
     "are classes)",
     false},
    ANA_OPTION_END,
};

/* A session is not to be lost at its end for a folder that is not there. */
static ana_status check_folder(const char *output)
{
    char folder[4096] = ".";
    if (output == NULL) {
        return ANA_OK;
    }
    const char *slash = strrchr(output, '/');
    if (slash != NULL) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - output + 1), output);
    }
    return access(folder, W_OK) == 0
               ? ANA_OK
               : ana_fail(ANA_ERR_IO, "%s: its folder is not there, or cannot be written", output);
}

/* What does not go together, before anything is read. */
static ana_status check_use(command_job *job, const live_options *options)
{
    if (options->replay == NULL && (options->as_frames || options->speed > 0.0)) {
        return job_refuse(job, "--as-frames and --speed go with --replay RECORDING");
    }
    if (options->scores != NULL && (options->replay == NULL || options->as_frames)) {
        return job_refuse(job, "--scores goes with --replay RECORDING, whose events it needs");
    }
    if (options->events != NULL && options->scores == NULL) {
        return job_refuse(job, "--events goes with --scores FILE");
    }
    if (options->scores != NULL && save_form_of(options->scores) == SAVE_UNKNOWN) {
        return job_refuse(job,
                          "--scores %s: its name ends in .h5, .json, .html or .svg, or in "
                          "nothing (a folder of .npy)",
                          options->scores);
    }
    if (options->as_frames && job->save.output != NULL) {
        return job_refuse(job, "--as-frames writes to stdout; there is no model to save with -o");
    }
    if (options->replay == NULL && isatty(STDIN_FILENO) != 0) {
        return job_refuse(job, "signals come through a pipe, or from --replay RECORDING");
    }
    return ANA_OK;
}

static ana_status stream(command_job *job, void *user)
{
    ana_status status = ANA_OK;
    const live_options *options = user;
    save_options scores = job->save;
    scores.output = options->scores;
    ANA_TRY(check_use(job, options));
    ANA_TRY(scores.output != NULL ? save_check_free(&scores) : ANA_OK);
    ANA_TRY(check_folder(scores.output));
    ANA_TRY(check_folder(job->save.output));
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of writing */
    ANA_TRY(live_run(job, options));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    live_options options = {.stream = ana_bci_stream_options_default(),
                            .scale = 1.0,
                            .idle = ana_bci_idle_options_default()};
    const option_target own[] = {{"Source", source_table, &options},
                                 {"Decisions", ana_bci_stream_option_table, &options.stream},
                                 {"Scores", scores_table, &options},
                                 {"Idle", ana_bci_idle_option_table, &options.idle},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SELECTION | JOB_READING | JOB_SAVING,
                           .runs = {&options.stream.run},
                           .work = stream,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_stream = {
    .name = "bci stream",
    .summary = "Decide on live signals by a saved classifier",
    .inputs = "MODEL",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Reads signals from stdin, or replays a recording, and says every --step seconds of which "
        "class the last window is, as long as the trials that ana bci fit learned from. The model "
        "must be filtered causally (band 8-32 phase=causal). One learned with --gate or "
        "--gate-field sets artefacts aside. Channels are found by their names; others may come "
        "beside them.\n\n"
        "Each answer is a line of JSON on stdout, at once: type start (pipeline, rate, window, "
        "gate; "
        "when the source is understood), "
        "decision (time in seconds, class, scores, z of the gate (of a field p, and z of each "
        "potato), latency_ms since the window's last samples came), gated (an artefact: z, or the "
        "reason), drop (frames that never "
        "came), gap (missing samples; a new window begins behind them), and at the end summary: "
        "decisions, gated, drops, latency and jitter, and a warning when the gate has set more "
        "than "
        "half of the windows aside. With -o the model is saved at the end, as it "
        "has adapted by then.\n\n"
        "Binary frames are little-endian: 32 bytes of head (\"ANAF\", uint16 version 1, uint16 "
        "kind: "
        "1 header, 2 float32 samples, 3 float64 samples, uint32 channels, uint32 samples or bytes "
        "of names, uint64 sequence number, float64 rate in Hz or time in seconds), then the names, "
        "each ended by a zero byte, or the samples, all channels of the first one first. The "
        "header comes first. A CSV has a line of names, then a line for each sample; an empty "
        "place is a missing sample.\n\n"
        "It ends with the source (exit status 0), at a damaged or ending frame or when nobody "
        "reads its answers (4), or on Ctrl-C (130); the summary and the model are written in each "
        "case, but not of a source that was never understood: then there is its reason alone.\n\n"
        "A gate learned on another day may set most windows aside. Only windows that it lets "
        "through move it (--gate-rate), lest artefacts become what is clean: one that lets none "
        "through stays as it is, until --gate-z is raised (--gate-p lowered) or it is learned "
        "again.",
    .examples =
        "ana bci fit day1.gdf --pipeline 'band 8-32 phase=causal | cov oas | mdm' --gate 3 -o "
        "model.h5\n"
        "amplifier | ana bci stream model.h5 --step 0.25 -o adapted.h5 | game\n"
        "ana bci stream model.h5 --replay day2.gdf --speed 1\n"
        "ana bci stream model.h5 --replay day2.gdf --scores day2.html >decisions.jsonl\n"
        "ana bci stream model.h5 --replay day2.gdf --as-frames | ana bci stream model.h5",
    .run = run_command,
};
