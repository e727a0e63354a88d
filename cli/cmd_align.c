#include "align_hierarchy.h"
#include "align_input.h"
#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/formats/texts_io.h>
#include <analysis/models/alignment.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum align_profile {
    PROFILE_NONE,
    PROFILE_RSA3,
    PROFILE_BRAINSCORE,
    PROFILE_MEG,
    PROFILE_SSM
} align_profile;

static const char *const profile_names[] = {"none", "rsa3", "brainscore", "meg", "ssm", NULL};

typedef struct align_options {
    ana_alignment_options alignment;
    ana_match_options match;
    int profile;
    const char *measures;
    const char *brain_method;
    const char *brains;
    const char *baselines;
    align_reading model;
    align_reading brain;
    windows_options windows;
    double bin_s;
    align_hierarchy_options hierarchy;
} align_options;

static const ana_option input_table[] = {
    {"brains", ANA_OPTION_TEXT, offsetof(align_options, brains), 0, 0, NULL, "INPUT,...",
     "what the models are compared with: [REGION[/SUBJECT]=]FILE, with commas between", false},
    {"baselines", ANA_OPTION_TEXT, offsetof(align_options, baselines), 0, 0, NULL, "INPUT,...",
     "models that are no candidates, such as an untrained network or pixels", false},
    {"conditions", ANA_OPTION_TEXT, offsetof(align_options, model.conditions), 0, 0, NULL, "TABLE",
     "ids of the models' stimuli: the first column of a text table, or texts in a file as "
     "file.h5:/path (default: of the input, or numbers)",
     false},
    {"brain-conditions", ANA_OPTION_TEXT, offsetof(align_options, brain.conditions), 0, 0, NULL,
     "TABLE", "the same of the brains' stimuli", false},
    {"by-order", ANA_OPTION_BOOL, offsetof(align_options, match.by_order), 0, 0, NULL, NULL,
     "stimuli are the same in every input, whatever their ids: numbers must agree", false},
    {"by-stem", ANA_OPTION_BOOL, offsetof(align_options, match.by_stem), 0, 0, NULL, NULL,
     "compare ids without their folders and endings: images/7.png is 7", false},
    {"axes", ANA_OPTION_TEXT, offsetof(align_options, model.axes), 0, 0, NULL, "AXIS,...",
     "what the axes of models' arrays are: stimulus, trial, unit, time, subject, condition "
     "(default: stimulus, then units; matrices of dissimilarities are known by themselves)",
     false},
    {"brain-axes", ANA_OPTION_TEXT, offsetof(align_options, brain.axes), 0, 0, NULL, "AXIS,...",
     "the same of brains' arrays (default: stimulus,trial,unit,time, of two axes stimulus,unit)",
     false},
    {"bin", ANA_OPTION_DOUBLE, offsetof(align_options, bin_s), 0, 1e6, NULL, "SECONDS",
     "of recordings, whose labelled intervals are trials (0: 10 ms); with --events, bins of the "
     "windows, each a time (0: one bin)",
     false},
    ANA_OPTION_END,
};

static const ana_option time_table[] = {
    {"first", ANA_OPTION_DOUBLE, offsetof(align_options, model.first_s), 0, 0, NULL, "SECONDS",
     "time of a network's first step, against that of the brain", false},
    {"step", ANA_OPTION_DOUBLE, offsetof(align_options, model.step_s), 0, 1e6, NULL, "SECONDS",
     "time between two steps of a network; with times of both all lags between them are scanned",
     false},
    {"brain-first", ANA_OPTION_DOUBLE, offsetof(align_options, brain.first_s), 0, 0, NULL,
     "SECONDS", "time of the first bin of a brain's array", false},
    {"brain-step", ANA_OPTION_DOUBLE, offsetof(align_options, brain.step_s), 0, 1e6, NULL,
     "SECONDS", "time between two bins of it", false},
    ANA_OPTION_END,
};

static const ana_option measure_table[] = {
    {"measures", ANA_OPTION_TEXT, offsetof(align_options, measures), 0, 0, NULL, "NAME,...",
     "how alike a layer and a brain are: rsa, cka, cca, procrustes, encoding", false},
    {"profile", ANA_OPTION_CHOICE, offsetof(align_options, profile), 0, 0, profile_names, "NAME",
     "settings taken together, each of which may still be given: rsa3 (crossnobis whitened by the "
     "noise of trials, rho-a, intervals for other subjects and stimuli), brainscore (median r of "
     "units predicted by 25 partial least squares, 10 folds, of what their trials allow; 99 "
     "permutations), meg (times: correlation, spearman, layers not chosen), ssm (correlation, "
     "spearman, 100 draws of as many units as were recorded)",
     false},
    {"brain-method", ANA_OPTION_TEXT, offsetof(align_options, brain_method), 0, 0, NULL, "METHOD",
     "rsa: dissimilarity of brains' responses (default: as --method, which is of models)", false},
    ANA_OPTION_END,
};

static ana_status read_all(command_job *job, align_options *options, align_inputs *models,
                           size_t *n_layers)
{
    ana_status status = ANA_OK;
    align_reading baselines = options->model;
    baselines.are_baselines = true;
    options->brain.are_brains = true;
    options->brain.windows = &options->windows;
    if (options->windows.fold_column == NULL) {
        options->windows.folds = FOLDS_ODD_EVEN;
    }
    job->input.rows.bin_s = options->bin_s;
    for (size_t i = 0; i < job->arguments.n_inputs; i++) {
        ANA_TRY(align_read(job, job->arguments.inputs[i], &options->model, models));
    }
    ANA_TRY(align_read_list(job, options->baselines, &baselines, models));
    *n_layers = models->n_items;
    ANA_TRY(align_read_list(job, options->brains, &options->brain, models));
done:
    return status;
}

/* Items as systems; borrowed. */
static void view(size_t n, const align_item *items, ana_alignment_system *systems)
{
    for (size_t k = 0; k < n; k++) {
        systems[k] = (ana_alignment_system){.group = items[k].group,
                                            .name = items[k].name,
                                            .time = items[k].time,
                                            .is_baseline = items[k].is_baseline,
                                            .responses = items[k].responses,
                                            .dissimilarities = items[k].dissimilarities,
                                            .trials = items[k].trials};
    }
}

/* One measure after the other; the record of one, or a group for each. */
static ana_status measure_all(command_job *job, align_options *options,
                              const ana_alignment_data *data)
{
    ana_status status = ANA_OK;
    const ana_option *row = ana_option_find(ana_alignment_option_table, "measure");
    ana_alignment *alignment = NULL;
    ana_record *record = NULL;
    char name[64];
    const bool several = strchr(options->measures, ',') != NULL;
    if (several) {
        ANA_TRY(ana_record_new(&job->record));
        ANA_TRY(ana_record_add_text(job->record, "schema", "alignments"));
        ANA_TRY(ana_record_add_text(job->record, "title", "How alike models and brains are"));
    }
    for (const char *word = options->measures; word != NULL;) {
        const char *comma = strchr(word, ',');
        snprintf(name, sizeof name, "%.*s", (int)(comma != NULL ? comma - word : 60), word);
        ANA_TRY(ana_option_set(row, &options->alignment, name));
        ana_alignment_free(alignment);
        alignment = NULL;
        ANA_TRY(ana_alignment_compute(data, &options->alignment, &alignment));
        ANA_TRY(ana_alignment_to_record(alignment, &record));
        ANA_TRY(
            align_add_hierarchy(&options->alignment.run, &options->hierarchy, alignment, record));
        ana_record *whole = record;
        record = NULL;
        if (several) {
            ANA_TRY(ana_record_adopt(job->record, name, whole));
        } else {
            job->record = whole;
        }
        word = comma != NULL ? comma + 1 : NULL;
    }
done:
    ana_record_free(record);
    ana_alignment_free(alignment);
    return status;
}

static ana_status set_brain_method(align_options *options)
{
    ana_rdm_options parsed = options->alignment.rdm;
    if (options->brain_method == NULL) {
        return ANA_OK;
    }
    const ana_status status = ana_option_set(ana_option_find(ana_rdm_option_table, "method"),
                                             &parsed, options->brain_method);
    options->alignment.brain_method = (int)parsed.method;
    return status;
}

static ana_status align(command_job *job, void *user)
{
    align_options *options = user;
    ana_status status = ANA_OK;
    align_inputs inputs = {.n_items = 0};
    ana_match_report *report = NULL;
    ana_alignment_system *systems = NULL;
    char **ids = NULL;
    ana_alignment_data data = {.n_stimuli = 0};
    if (options->brains == NULL) {
        return job_refuse(job, "needs --brains FILE: what the models are compared with");
    }
    ANA_TRY(set_brain_method(options));
    ANA_TRY(read_all(job, options, &inputs, &data.n_layers));
    ANA_TRY(align_match(&options->match, &inputs, &report, &data.n_stimuli, &ids));
    align_say_match(job, &inputs, report);
    systems = calloc(inputs.n_items + 1, sizeof *systems);
    if (systems == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu systems", inputs.n_items);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    view(inputs.n_items, inputs.items, systems);
    data.stimuli = ids;
    data.layers = systems;
    data.brains = systems + data.n_layers;
    data.n_brains = inputs.n_items - data.n_layers;
    ANA_TRY(measure_all(job, options, &data));
    ANA_TRY(align_add_matching(&inputs, report, job->record));
done:
    free(systems);
    ana_texts_free(data.n_stimuli, ids);
    ana_match_report_free(report);
    align_release(&inputs);
    return status;
}

/* The settings of a profile, before the options are read. */
static void take_profile(int argc, char **argv, align_options *options)
{
    const char *name = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--profile=", 10) == 0) {
            name = argv[i] + 10;
        } else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc) {
            name = argv[i + 1];
        }
    }
    align_profile profile = PROFILE_NONE;
    for (size_t k = 0; name != NULL && profile_names[k] != NULL; k++) {
        profile = strcmp(name, profile_names[k]) == 0 ? (align_profile)k : profile;
    }
    ana_alignment_options *alignment = &options->alignment;
    switch (profile) {
    case PROFILE_RSA3:
        alignment->rdm.method = ANA_RDM_EUCLIDEAN;
        alignment->compare.similarity = ANA_RDM_SIM_RHO_A;
        alignment->over = ANA_ALIGNMENT_BOTH;
        alignment->whiten = true;
        options->brain_method = "crossnobis";
        break;
    case PROFILE_BRAINSCORE:
        options->measures = "encoding";
        alignment->encoding.map = ANA_ENCODING_PLS;
        alignment->encoding.n_folds = 10;
        alignment->encoding.pooled = false;
        alignment->normalise = true;
        alignment->n_permutations = 99;
        alignment->n_halves = 5;
        break;
    case PROFILE_MEG:
        alignment->compare.similarity = ANA_RDM_SIM_SPEARMAN;
        alignment->n_halves = 0;
        break;
    case PROFILE_SSM:
        alignment->compare.similarity = ANA_RDM_SIM_SPEARMAN;
        alignment->n_draws = 100;
        break;
    case PROFILE_NONE:
        break;
    }
}

static int run_command(const command *self, int argc, char **argv)
{
    align_options options = {.alignment = ana_alignment_options_default(),
                             .match = ana_match_options_default(),
                             .windows = windows_options_default(),
                             .measures = "rsa"};
    ana_option alignment_table[ARGUMENTS_MAX_ROWS];
    ana_option compare_table[ARGUMENTS_MAX_ROWS];
    ana_option windows_table[3][ARGUMENTS_MAX_ROWS];
    arguments_leave_out("measure", ana_alignment_option_table, alignment_table);
    arguments_leave_out("leave-out-missing", ana_rdm_compare_option_table, compare_table);
    /* Folds of windows are odd and even trials, or of a column. */
    arguments_leave_out("folds", windows_option_table, windows_table[0]);
    arguments_leave_out("n-folds", windows_table[0], windows_table[1]);
    arguments_leave_out("fold-ids", windows_table[1], windows_table[2]);
    const option_target own[] = {
        {"Inputs", input_table, &options},
        {"Windows", windows_table[2], &options.windows},
        {"Steps", time_table, &options},
        {"Measure", measure_table, &options},
        {"Dissimilarity", ana_rdm_option_table, &options.alignment.rdm},
        {"Noise", ana_noise_option_table, &options.alignment.noise},
        {"Comparison", compare_table, &options.alignment.compare},
        {"Encoding", ana_encoding_option_table, &options.alignment.encoding},
        {"Alignment", alignment_table, &options.alignment},
        {"Hierarchy", align_hierarchy_table, &options.hierarchy},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.alignment.run, &options.alignment.rdm.run,
                                    &options.alignment.noise.run, &options.alignment.compare.run},
                           .work = align,
                           .options = &options};
    take_profile(argc, argv, &options);
    return job_run(self, &plan, argc, argv);
}

const command command_align = {
    .name = "align",
    .summary = "Find which layers of models are like which regions of brains, and when",
    .inputs = "MODEL...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Everything at once: the layers of models against the regions of brains, at each time "
        "where there are times, in each subject. An input is [MODEL=]FILE: every array of a .npz, "
        "HDF5, safetensors or MAT file, or of a folder, is a layer (stimulus x unit); a recording, "
        "or matrices of dissimilarities (of ana rdm, or an array that is one), are taken as well. "
        "--brains are given alike: [REGION[/SUBJECT]=]FILE, an array stimulus x unit, stimulus x "
        "trial x unit (x time), or subject (x time) x condition x condition.\n\n"
        "Stimuli are joined by their ids, and what is left out is said. The result holds the "
        "scores, noise ceilings, how alike subjects and regions are, intervals, chance by "
        "permuting stimuli (alone, and against the best of all layers, regions and times), each "
        "model's best layer chosen on held-out stimuli, ranks of what is not told apart, the "
        "course over time and the lag, with a report.",
    .examples =
        "ana align net.npz --conditions images.csv --brains V1=session.nwb --events 'image*' "
        "--window-from 0 --window-to 0.5 --bin 0.05 -o time.html\n"
        "ana align resnet18.h5:/gap --brains EVC=evc.npz,IT=it.npz --by-order -o align.html\n"
        "ana align net=layers.safetensors --conditions images.csv --brains V4=v4.npy,IT=it.npy "
        "--brain-conditions shown.csv --profile rsa3 -o align.h5\n"
        "ana align rnn.npy --axes stimulus,time,unit --step 0.01 --brains meg.npy --brain-axes "
        "stimulus,unit,time --brain-step 0.01 --brain-first -0.1 -o lags.html",
    .run = run_command,
};
