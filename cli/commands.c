#include "commands.h"

enum {
    MANY_INPUTS = 4096
};

#define WRITTEN_AS_JSON                                                                            \
    "With --json, what was written: {output, format, files, bytes, losses, warnings}."

const command command_table[] = {
    {
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
        .run = cmd_info,
    },
    {
        .name = "view",
        .summary = "Show a window of a recording",
        .inputs = "FILE",
        .min_inputs = 1,
        .max_inputs = 1,
        .description =
            "A sketch in the terminal: each channel's trace with its extremes, each unit's spikes, "
            "the intervals below. With -o FILE.svg or FILE.html a picture instead; with --json, or "
            "-o FILE.json, the samples and spikes of the window.",
        .examples = "ana view session.edf --from 60 --to 70 --channels 'EEG*'\n"
                    "ana view session.nwb -o window.svg",
        .run = cmd_view,
    },
    {
        .name = "convert",
        .summary = "Write a recording in another format",
        .inputs = "FILE -o OUTPUT",
        .description =
            "Reads any format that ana info knows and writes those with a writer. What the new "
            "format cannot hold is listed, and nothing is written unless --lossy says so. Stored "
            "integers stay the same integers wherever the format can hold "
            "them.\n\n" WRITTEN_AS_JSON,
        .examples = "ana convert session.vhdr -o session.edf\n"
                    "ana convert session.nwb --units 3,17 --from 60 --to 120 -o part.nwb",
        .min_inputs = 1,
        .max_inputs = 1,
        .run = cmd_convert,
    },
    {
        .name = "validate",
        .summary = "Say what is wrong with a file, line by line",
        .inputs = "FILE",
        .description =
            "Reads every byte, checks the format's rules and the recording's, and holds an NWB "
            "file against the specification cached in it. Exit status 4 when a rule is broken; "
            "warnings alone leave it at 0.",
        .examples = "ana validate session.nwb",
        .min_inputs = 1,
        .max_inputs = 1,
        .run = cmd_validate,
    },
    {
        .name = "preprocess",
        .summary = "Detrend, re-reference, filter and resample the series of a recording",
        .inputs = "FILE -o OUTPUT",
        .min_inputs = 1,
        .max_inputs = 1,
        .description =
            "The steps are taken in this order: detrend, reference, filter, resample. Each segment "
            "is treated by itself; no filter runs across a gap. Samples stream from the input to "
            "the output wherever the method allows (see --max-memory). Spikes, intervals and "
            "tables are carried over.\n\n" WRITTEN_AS_JSON,
        .examples =
            "ana preprocess session.edf --high-pass 1 --low-pass 40 --resample 128 -o clean.nwb",
        .run = cmd_preprocess,
    },
    {
        .name = "spectrum",
        .summary = "Power spectra of the channels of a recording",
        .inputs = "FILE",
        .min_inputs = 1,
        .max_inputs = 1,
        .description =
            "Welch's averaged periodogram or multitapers, of the first regular series (or that of "
            "--series). Windows never cross a gap. The share of the power in the classical bands "
            "stands beside the spectrum.",
        .examples = "ana spectrum sleep.edf --channels 'EEG*' --max-frequency 45 -o spectrum.html",
        .run = cmd_spectrum,
    },
    {
        .name = "spikes",
        .summary = "Rates, regularity and correlograms of the units of a recording",
        .inputs = "FILE",
        .min_inputs = 1,
        .max_inputs = 1,
        .description =
            "For each unit: rate over the observed time, CV, CV2, LV and LvR of its intervals, "
            "Fano factor; raster, interval histograms, spike time tiling coefficients, and "
            "correlograms of the pairs with most spikes.",
        .examples = "ana spikes session.nwb -o spikes.html",
        .run = cmd_spikes,
    },
    {
        .name = "calcium",
        .summary = "dF/F, noise, events and deconvolution of calcium traces",
        .inputs = "FILE",
        .min_inputs = 1,
        .max_inputs = 1,
        .description =
            "Fluorescence of regions of interest, less a share of the neuropil around them where "
            "there is one, relative to a running baseline; noise level and events of each region; "
            "with --deconvolve the events behind the traces (OASIS).",
        .examples = "ana calcium suite2p/plane0 --rate 30 --deconvolve -o calcium.html",
        .run = cmd_calcium,
    },
    {
        .name = "hmm fit",
        .summary = "Find the states that a population of neurons switches between",
        .inputs = "INPUT...",
        .description =
            "Fits a hidden Markov model with independent Poisson counts in each state, by "
            "expectation maximisation from several starts. Each input is a session: a recording "
            "with spikes (binned by --bin), or an array of counts (time x unit, or trial x time x "
            "unit) such as counts.npy or file.h5:/counts. Nothing is carried across sessions; "
            "bins outside the observed intervals are missing.\n\n"
            "The result holds rates, transitions, how each start went, and figures.",
        .examples =
            "ana hmm fit --states 3 --bin 0.2 --seed 7 session.nwb -o fit.h5\n"
            "ana hmm fit --states 3 --bin 0.01 --rebin 20 run.npy rem.npy sws.npy -o fit.h5",
        .min_inputs = 1,
        .max_inputs = MANY_INPUTS,
        .run = cmd_hmm_fit,
    },
    {
        .name = "hmm decode",
        .summary = "Say when a fitted model's states were active",
        .inputs = "MODEL INPUT...",
        .description =
            "Gives each bin's state probabilities and the most probable path of states. Units are "
            "matched by id. Where there are labels (by --labels, or as the names of several "
            "inputs), the path is compared with them: adjusted Rand index, share of each label in "
            "each state, and a p value against circular shifts of the path.",
        .examples = "ana hmm decode fit.h5 session.nwb --bin 0.2 -o states.h5\n"
                    "ana hmm decode fit.h5 session.nwb --bin 0.2 -o states.html",
        .min_inputs = 2,
        .max_inputs = MANY_INPUTS,
        .run = cmd_hmm_decode,
    },
    {
        .name = "simulate",
        .summary = "Make a recording with a known truth",
        .inputs = NULL,
        .description =
            "Spikes of a population that switches between states (the truth stands beside them as "
            "intervals), EEG of imagined hand movements (with annotations), or calcium "
            "fluorescence of regions that burst in groups. The same seed makes the same "
            "file.\n\n" WRITTEN_AS_JSON,
        .examples = "ana simulate --kind spikes --seed 1 -o spikes.nwb\n"
                    "ana simulate --kind eeg --duration 240 -o imagery.edf",
        .min_inputs = 0,
        .max_inputs = 0,
        .run = cmd_simulate,
    },
    {
        .name = "report",
        .summary = "Make one self-contained HTML page of saved results",
        .inputs = "RESULT... -o FILE.html",
        .description = "Results are records as commands save them: .h5, .json or a folder. The "
                       "page needs no network; each figure's data can be downloaded from "
                       "it.\n\n" WRITTEN_AS_JSON,
        .examples = "ana report fit.h5 states.h5 -o report.html",
        .min_inputs = 1,
        .max_inputs = MANY_INPUTS,
        .run = cmd_report,
    },
    {.name = NULL},
};
