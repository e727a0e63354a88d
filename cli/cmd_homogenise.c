#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/formats/table_io.h>
#include <analysis/models/homogenise.h>

#include <stdlib.h>
#include <string.h>

typedef struct homogenise_options {
    ana_homogenise_options animals;
    const char *labels;
    bool dense;
} homogenise_options;

static const ana_option label_table[] = {
    {"labels", ANA_OPTION_TEXT, offsetof(homogenise_options, labels), 0, 0, NULL, "FILE,...",
     "labels of the first, second, ... animal: tables with columns label, and where they have them "
     "confidence and trace (or trace_index0, counted from 0; else a row a trace)",
     false},
    {"dense", ANA_OPTION_BOOL, offsetof(homogenise_options, dense), 0, 0, NULL, NULL,
     "save each animal's traces by the 300 neurons of the list too, missing where it lacks one",
     false},
    ANA_OPTION_END,
};

/* What the command works on; all owned. */
typedef struct gathering {
    size_t n_recordings;
    ana_recording **recordings;
    size_t n;
    ana_worm_source *sources; /* of all recordings */
    size_t n_tables;
    ana_table **tables; /* those of --labels */
} gathering;

static void release(gathering *all)
{
    for (size_t i = 0; i < all->n_recordings; i++) {
        ana_recording_free(all->recordings[i]);
    }
    for (size_t i = 0; i < all->n_tables; i++) {
        ana_table_free(all->tables[i]);
    }
    free(all->recordings);
    free(all->sources);
    free(all->tables);
}

static ana_status add_sources(gathering *all, const ana_recording *recording)
{
    ana_worm_source *found = NULL;
    size_t n = 0;
    ana_status status = ana_worm_sources(recording, &n, &found);
    if (status != ANA_OK) {
        return status;
    }
    ana_worm_source *grown = realloc(all->sources, (all->n + n) * sizeof *grown);
    if (grown == NULL) {
        free(found);
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu animals", all->n + n);
    }
    memcpy(grown + all->n, found, n * sizeof *grown);
    all->sources = grown;
    all->n += n;
    free(found);
    return ANA_OK;
}

static ana_status gather(command_job *job, gathering *all)
{
    ana_status status = ANA_OK;
    const size_t n = job->arguments.n_inputs;
    all->recordings = calloc(n + 1, sizeof(void *));
    if (all->recordings == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(load_recording(job->arguments.inputs[i], &job->input, &job->console,
                               &all->recordings[i]));
        all->n_recordings = i + 1;
        ANA_TRY(add_sources(all, all->recordings[i]));
    }
done:
    return status;
}

/* The first of two names that is a column. */
static const ana_column *find_either(const ana_table *table, const char *a, const char *b)
{
    const ana_column *column = ana_table_find(table, a);
    return column != NULL ? column : ana_table_find(table, b);
}

static bool is_numbers(const ana_column *column)
{
    return column != NULL && column->type == ANA_COLUMN_DOUBLE && column->row_start == NULL;
}

/* The columns of a file of labels, under the names that they have to have. */
static ana_status read_labels(const char *path, const ana_run *run, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_table *whole = NULL;
    ana_table *table = NULL;
    ANA_TRY(ana_table_read(path, run, &whole));
    const ana_column *labels = find_either(whole, "label", "neuron");
    const ana_column *confidence = ana_table_find(whole, "confidence");
    const ana_column *traces = find_either(whole, "trace", "trace_index0");
    if (labels == NULL || labels->type != ANA_COLUMN_TEXT) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: has no column \"label\" of texts", path);
        goto done;
    }
    ANA_TRY(ana_table_new(whole->n_rows, &table));
    ANA_TRY(ana_table_add_texts(table, "label", (const char *const *)labels->texts));
    if (is_numbers(confidence)) {
        ANA_TRY(ana_table_add_doubles(table, "confidence", NULL, confidence->doubles));
    }
    if (is_numbers(traces)) {
        ANA_TRY(ana_table_add_doubles(table, "trace", NULL, traces->doubles));
    }
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    ana_table_free(whole);
    return status;
}

/* --labels: a file for each animal, in order; those after the last keep their own. */
static ana_status attach_labels(const char *list, const ana_run *run, gathering *all)
{
    ana_status status = ANA_OK;
    char *copy = NULL;
    char *rest = NULL;
    if (list == NULL) {
        return ANA_OK;
    }
    copy = strdup(list);
    all->tables = calloc(all->n + 1, sizeof(void *));
    if (copy == NULL || all->tables == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the labels");
        goto done;
    }
    for (char *path = strtok_r(copy, ",", &rest); path != NULL; path = strtok_r(NULL, ",", &rest)) {
        if (all->n_tables == all->n) {
            status = ana_fail(ANA_ERR_VALUE, "--labels has more files than there are animals, %zu",
                              all->n);
            goto done;
        }
        ANA_TRY(read_labels(path, run, &all->tables[all->n_tables]));
        all->sources[all->n_tables].neurons = all->tables[all->n_tables];
        all->n_tables++;
    }
done:
    free(copy);
    return status;
}

/* "dense" of one animal: time x neuron of the list. */
static ana_status add_dense(const ana_worm *worm, const ana_run *run, ana_record *group)
{
    ana_status status = ANA_OK;
    const size_t n = worm->n_times * ANA_WORM_NEURONS; /* as many rows as there are in memory */
    ANA_TRY(ana_run_check_memory(run, 2 * n * sizeof(double), worm->name));
    double *values = malloc(n * sizeof *values);
    if (values == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu rows", worm->n_times);
    }
    ana_worm_dense(worm, worm->calcium, values, NULL);
    status = ana_record_add_doubles(group, "dense",
                                    ana_shape_2(worm->n_times, "time", ANA_WORM_NEURONS, "neuron"),
                                    values, NULL);
    free(values);
done:
    return status;
}

/* The groups of the animals are in the record's "worm", in the same order. */
static ana_status add_all_dense(const ana_worms *worms, const ana_run *run, ana_record *record)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < record->n_children; i++) {
        ana_record *group = record->children[i];
        for (size_t w = 0; strcmp(group->name, "worm") == 0 && w < group->n_children; w++) {
            ANA_TRY(add_dense(&worms->items[w], run, group->children[w]));
        }
    }
done:
    return status;
}

static ana_status homogenise(command_job *job, void *user)
{
    const homogenise_options *options = user;
    ana_status status = ANA_OK;
    gathering all = {0};
    ana_worms *worms = NULL;
    ANA_TRY(gather(job, &all));
    ANA_TRY(attach_labels(options->labels, &job->run, &all));
    ANA_TRY(ana_homogenise(all.n, all.sources, &options->animals, &worms));
    ANA_TRY(ana_worms_to_record(worms, &job->record));
    if (options->dense) {
        ANA_TRY(add_all_dense(worms, &job->run, job->record));
    }
    console_say(&job->console, "%zu animal%s, %zu left out, a row every %g s", worms->n,
                worms->n == 1 ? "" : "s", worms->n_excluded, worms->dt_s);
done:
    ana_worms_free(worms);
    release(&all);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    homogenise_options options = {.animals = ana_homogenise_options_default()};
    const option_target own[] = {{"Labels and output", label_table, &options},
                                 {"Common form", ana_homogenise_option_table, &options.animals},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_TIMES | JOB_SAVING,
                           .runs = {&options.animals.run},
                           .work = homogenise,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_homogenise = {
    .name = "homogenise",
    .summary = "Bring calcium recordings of labelled neurons into one form",
    .inputs = "FILE...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Recordings of C. elegans in the layouts of their publications, or of any format with "
        "regions of interest, as animals with the same neurons by name, at one spacing, smoothed "
        "in seconds and on one scale. Labels that could be several neurons, that name none, or "
        "that two traces have are not used, and counted; missing samples stay missing; nothing is "
        "filled in from other neurons. Animals that are too short or without labels are left out, "
        "with the reason.\n\n"
        "The result is an input of ana affinity, ana ntf and others: a session an animal, a column "
        "a neuron, missing where an animal lacks it. ana ntf --animals wants --common.",
    .examples = "ana homogenise worms.h5 --dt 0.6 --common -o worms-homogenised.h5\n"
                "ana homogenise 2022-08-02-38-data.h5 --labels labels.csv --smooth gaussian "
                "--smooth-width 1 -o worm.html",
    .run = run_command,
};
