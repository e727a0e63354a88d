#include "commands.h"
#include "job.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/models/unit_clusters.h>
#include <analysis/models/unit_matches.h>
#include <analysis/models/unit_prediction.h>

/* The first three are those of ana_unit_method. */
enum {
    METHOD_SPARSE = ANA_UNITS_SOFT + 1,
    METHOD_SPECTRAL
};

static const char *const method_names[] = {"hungarian", "semi", "soft", "sparse", "spectral", NULL};

typedef struct match_units_options {
    int method;
    ana_unit_match_options match;
    ana_unit_prediction_options prediction;
    ana_unit_clusters_options clusters;
    responses_options input;
} match_units_options;

static const ana_option method_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(match_units_options, method), 0, 0, method_names,
     "METHOD",
     "a partner of its own for each unit of the smaller system, each unit's best, partners shared "
     "by optimal transport, the second system's units predicted from few of the first, or groups "
     "of the units of all systems",
     false},
    ANA_OPTION_END,
};

static void say_excluded(command_job *job, const ana_unit_side *side)
{
    if (side->n_missing + side->n_constant > 0) {
        console_say(&job->console,
                    "%s: of %zu units %zu are left out, %zu without any value and %zu constant",
                    side->name, side->n + side->n_missing + side->n_constant,
                    side->n_missing + side->n_constant, side->n_missing, side->n_constant);
    }
}

static ana_status match_partners(command_job *job, const ana_responses_set *systems,
                                 match_units_options *options)
{
    ana_status status = ANA_OK;
    ana_unit_match *match = NULL;
    options->match.method = (ana_unit_method)options->method;
    ANA_TRY(
        ana_unit_match_compute(systems->systems[0], systems->systems[1], &options->match, &match));
    say_excluded(job, &match->sides[0]);
    say_excluded(job, &match->sides[1]);
    ANA_TRY(ana_unit_match_to_record(match, &job->record));
done:
    ana_unit_match_free(match);
    return status;
}

static ana_status match_pairs(command_job *job, const ana_responses_set *systems,
                              match_units_options *options)
{
    ana_status status = ANA_OK;
    ana_unit_matches *matches = NULL;
    options->match.method = (ana_unit_method)options->method;
    ANA_TRY(ana_unit_matches_compute(systems, &options->match, &matches));
    for (size_t s = 0; s < matches->n_systems; s++) {
        say_excluded(job, &matches->systems[s]);
    }
    ANA_TRY(ana_unit_matches_to_record(matches, &job->record));
done:
    ana_unit_matches_free(matches);
    return status;
}

static ana_status predict_units(command_job *job, const ana_responses_set *systems,
                                match_units_options *options)
{
    ana_status status = ANA_OK;
    ana_unit_prediction *prediction = NULL;
    options->prediction.n_folds = options->match.n_folds;
    ANA_TRY(ana_unit_prediction_fit(systems->systems[0], systems->systems[1], &options->prediction,
                                    &prediction));
    say_excluded(job, &prediction->predictors);
    say_excluded(job, &prediction->targets);
    ANA_TRY(ana_unit_prediction_to_record(prediction, &job->record));
done:
    ana_unit_prediction_free(prediction);
    return status;
}

static ana_status group_units(command_job *job, const ana_responses_set *systems,
                              const match_units_options *options)
{
    ana_status status = ANA_OK;
    ana_unit_clusters *clusters = NULL;
    ANA_TRY(ana_unit_clusters_find(systems, &options->clusters, &clusters));
    for (size_t s = 0; s < clusters->n_systems; s++) {
        say_excluded(job, &clusters->systems[s]);
    }
    ANA_TRY(ana_unit_clusters_to_record(clusters, &job->record));
done:
    ana_unit_clusters_free(clusters);
    return status;
}

static ana_status match_units(command_job *job, void *user)
{
    match_units_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *systems = NULL;
    if (options->match.n_folds == 1) {
        return job_refuse(job, "--folds 1 holds nothing out: 0, or at least 2");
    }
    if (options->match.n_folds == 0 && options->method == METHOD_SPARSE) {
        return job_refuse(job, "--method sparse scores stimuli held out: --folds 2 or more");
    }
    if (options->clusters.n_clusters == 1) {
        return job_refuse(job, "--clusters 1 groups nothing: 0, or at least 2");
    }
    ANA_TRY(responses_inputs(job, job->arguments.n_inputs, job->arguments.inputs, &options->input,
                             &systems));
    if (options->method == METHOD_SPECTRAL) {
        ANA_TRY(group_units(job, systems, options));
        goto done;
    }
    if (options->method == METHOD_SPARSE && systems->n != 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "%zu systems; the second's units are predicted from the first's: name "
                         "their layers as FILE:LAYER",
                         systems->n));
    }
    if (options->method == METHOD_SPARSE) {
        ANA_TRY(predict_units(job, systems, options));
    } else if (systems->n == 2) {
        ANA_TRY(match_partners(job, systems, options));
    } else {
        ANA_TRY(match_pairs(job, systems, options));
    }
done:
    ana_responses_set_free(systems);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    match_units_options options = {.match = ana_unit_match_options_default(),
                                   .prediction = ana_unit_prediction_options_default(),
                                   .clusters = ana_unit_clusters_options_default(),
                                   .input = responses_options_default()};
    const option_target own[] = {
        {"Method", method_table, &options},
        {"Matching", ana_unit_match_option_table, &options.match},
        {"Sparse prediction", ana_unit_prediction_option_table, &options.prediction},
        {"Groups", ana_unit_clusters_option_table, &options.clusters},
        {"Stimuli", responses_option_table, &options.input},
        {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own,
        .parts = JOB_READING | JOB_ROWS | JOB_SAVING,
        .runs = {&options.match.run, &options.prediction.run, &options.clusters.run},
        .labels = "stimulus of each row of a single input, a whole number "
                  "(negative or nan: none)",
        .work = match_units,
        .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_match_units = {
    .name = "match-units",
    .summary = "Find which unit of one system does what a unit of another does",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Matches the units of systems (layers of a model, regions, animals) pair by pair, by the "
        "correlation of their responses to the same stimuli: one to one (hungarian), each with its "
        "best (semi), or by optimal transport, in which units share partners (soft). Or predicts "
        "each unit of the second system from as few units of the first as it takes (sparse, the "
        "lasso), or puts the units of any number of systems into groups by the size of their "
        "correlations (spectral). Inputs are "
        "arrays (stimulus x unit, or stimulus x trial x unit), recordings with labelled rows, or "
        "files and folders of several layers, matched by the ids of their stimuli. Of two systems "
        "the result holds every pair of units, of more the mean match of every pair of "
        "systems.\n\n"
        "Among many units a good partner is found in noise as well. Partners are therefore chosen "
        "on the stimuli of some folds and correlated on the others', and the mean correlation is "
        "held against matches of exchanged stimuli. Units without variance are left out and "
        "counted.",
    .examples = "ana match-units a.npy b.npy -o match.html\n"
                "ana match-units model.safetensors:layer3 brain.npy --method soft --json\n"
                "ana match-units a.npy b.npy --method sparse -o few.html\n"
                "ana match-units a.npy b.npy c.npy --method spectral --clusters 8 -o groups.html",
    .run = run_command,
};
