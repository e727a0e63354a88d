/* Recordings of animals into one common form; the steps are in homogenise_labels.c and
 * homogenise_traces.c. */
#include "checked.h"
#include "homogenise_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const smooth_names[] = {"none", "moving", "gaussian", "exponential", NULL};
static const char *const scale_names[] = {"none", "standard", "causal", "min-max", NULL};
static const char *const duplicate_names[] = {"best", "first", "none", NULL};

/* Samples a straight line may reach over, unless told otherwise. */
static const double default_gap = 2.5;
/* Of the published pipeline. */
static const double published_dt_s = 0.333;

#define OPTION(field) offsetof(ana_homogenise_options, field)

const ana_option ana_homogenise_option_table[] = {
    {"dt", ANA_OPTION_DOUBLE, OPTION(dt_s), 0, 1e6, NULL, "SECONDS",
     "between rows (0: the longest median spacing of the animals)", false},
    {"smooth", ANA_OPTION_CHOICE, OPTION(smooth), 0, 0, smooth_names, "KIND",
     "weights of the samples around each", false},
    {"smooth-width", ANA_OPTION_DOUBLE, OPTION(smooth_s), 1e-9, 1e6, NULL, "SECONDS",
     "whole width of the moving mean, deviation of the Gaussian, time constant of the exponential",
     false},
    {"causal", ANA_OPTION_BOOL, OPTION(causal), 0, 0, NULL, NULL,
     "smooth by the present and the past alone", false},
    {"normalise", ANA_OPTION_CHOICE, OPTION(normalise), 0, 0, scale_names, "SCALE",
     "scale of each trace: mean 0 and deviation 1, the same by the past alone, or 0 to 1", false},
    {"settle", ANA_OPTION_DOUBLE, OPTION(settle_s), 0, 1e6, NULL, "SECONDS",
     "left out at the beginning by --normalise causal", false},
    {"derivative", ANA_OPTION_BOOL, OPTION(derivative), 0, 0, NULL, NULL,
     "save the derivatives too", false},
    {"max-gap", ANA_OPTION_DOUBLE, OPTION(max_gap_s), 0, 1e6, NULL, "SECONDS",
     "longest stretch between samples bridged by a straight line (0: 2.5 samples)", false},
    {"min-confidence", ANA_OPTION_DOUBLE, OPTION(min_confidence), 0, 1e6, NULL, "C",
     "labels of lower confidence, on the source's own scale, are not used", false},
    {"duplicates", ANA_OPTION_CHOICE, OPTION(duplicates), 0, 0, duplicate_names, "WHICH",
     "which of several traces with one label is the neuron: the surest, the first, none", false},
    {"min-duration", ANA_OPTION_DOUBLE, OPTION(min_duration_s), 0, 1e9, NULL, "SECONDS",
     "shorter animals are left out", false},
    {"min-labelled", ANA_OPTION_SIZE, OPTION(min_labelled), 0, ANA_WORM_NEURONS, NULL, "N",
     "animals with fewer labelled neurons are left out", false},
    {"common", ANA_OPTION_BOOL, OPTION(common), 0, 0, NULL, NULL,
     "cut all animals to the rows that every one of them has", false},
    {"compat", ANA_OPTION_BOOL, OPTION(compat), 0, 0, NULL, NULL,
     "smooth in frames, resample and scale as published, for comparison", false},
    ANA_OPTION_END,
};

ana_homogenise_options ana_homogenise_options_default(void)
{
    ana_homogenise_options options = {
        .run = ana_run_default(),
        .smooth_s = 2.0,
        .normalise = ANA_WORM_SCALE_STANDARD,
        .settle_s = 30.0,
        .min_duration_s = 60.0,
        .min_labelled = 1,
    };
    return options;
}

/* One animal on its way. */
typedef struct passenger {
    const ana_worm_source *source;
    worm_clock clock; /* n 0: no usable times */
    size_t n_drop;    /* rows in which the causal scale settles */
    ana_worm worm;
    ana_text reason; /* why it is left out; empty: it is not */
} passenger;

typedef struct journey {
    const ana_homogenise_options *options;
    ana_workspace workspace; /* the times of all animals */
    size_t n;
    passenger *passengers;
    double dt_s;
} journey;

static bool stays(const passenger *animal)
{
    return animal->reason.n == 0;
}

static void release_worm(ana_worm *worm)
{
    free(worm->name);
    free(worm->path);
    free(worm->dataset);
    free(worm->calcium);
    free(worm->derivative);
    for (size_t i = 0; worm->labels != NULL && i < worm->n_traces; i++) {
        free(worm->labels[i]);
    }
    free(worm->labels);
    free(worm->slot);
    free(worm->rule);
    free(worm->confidence);
    free(worm->mask);
    *worm = (ana_worm){0};
}

void ana_worms_free(ana_worms *worms)
{
    if (worms == NULL) {
        return;
    }
    for (size_t i = 0; worms->items != NULL && i < worms->n; i++) {
        release_worm(&worms->items[i]);
    }
    for (size_t i = 0; worms->excluded != NULL && i < worms->n_excluded; i++) {
        free(worms->excluded[i].name);
        free(worms->excluded[i].reason);
    }
    free(worms->items);
    free(worms->excluded);
    free(worms);
}

/* *out = the times, or NULL when they cannot be used: then the reason says why. */
static ana_status read_times(passenger *animal, ana_workspace *workspace, double **out)
{
    ana_status status = ANA_OK;
    const ana_series *series = animal->source->series;
    const size_t n = series->n_times;
    *out = NULL;
    if (n < 2) {
        ana_text_printf(&animal->reason, "has %zu samples", n);
        goto done;
    }
    double *times = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "homogenise"));
    ANA_TRY(ana_series_times(series, 0, n, times));
    for (size_t t = 0; t < n; t++) {
        if (!isfinite(times[t]) || (t > 0 && times[t] <= times[t - 1])) {
            ana_text_printf(&animal->reason, "its times do not ascend at sample %zu", t);
            goto done;
        }
    }
    *out = times;
done:
    return status;
}

static ana_status set_clock(journey *trip, passenger *animal)
{
    ana_status status = ANA_OK;
    const ana_homogenise_options *options = trip->options;
    const size_t n = animal->source->series->n_times;
    double *times = NULL;
    ANA_TRY(read_times(animal, &trip->workspace, &times));
    if (times == NULL) {
        goto done;
    }
    double *steps = ana_workspace_doubles(&trip->workspace, n - 1, 1);
    ANA_TRY(ana_workspace_check(&trip->workspace, "homogenise"));
    for (size_t t = 0; t + 1 < n; t++) {
        steps[t] = times[t + 1] - times[t];
    }
    const double median = ana_stats_median_in_place(n - 1, steps);
    const double gap = options->max_gap_s > 0.0 ? options->max_gap_s : default_gap * median;
    animal->clock = (worm_clock){.n = n, .times = times, .median_s = median, .max_gap_s = gap};
    if (times[n - 1] - times[0] < options->min_duration_s) {
        ana_text_append(&animal->reason, "lasts ");
        ana_text_append_fixed(&animal->reason, times[n - 1] - times[0], 1);
        ana_text_append(&animal->reason, " s, and at least ");
        ana_text_append_double(&animal->reason, options->min_duration_s);
        ana_text_append(&animal->reason, " s are wanted");
    }
done:
    return status;
}

ana_status worm_allocate_traces(ana_worm *worm)
{
    ana_status status = ANA_OK;
    const size_t n = worm->n_traces;
    ANA_TRY(ana_allocate(n, sizeof *worm->labels, "homogenise", (void *)&worm->labels));
    ANA_TRY(ana_allocate(n, sizeof *worm->slot, "homogenise", (void *)&worm->slot));
    ANA_TRY(ana_allocate(n, sizeof *worm->rule, "homogenise", (void *)&worm->rule));
    ANA_TRY(ana_allocate(n, sizeof *worm->confidence, "homogenise", (void *)&worm->confidence));
    ANA_TRY(ana_allocate(n, sizeof *worm->mask, "homogenise", (void *)&worm->mask));
done:
    return status;
}

/* "name", or "name_2", ... when an animal before is called so. */
static ana_status name_animal(const journey *trip, size_t i)
{
    const ana_worm_source *source = trip->passengers[i].source;
    const char *base = source->name != NULL ? source->name : source->series->name;
    ana_text name = {0};
    ana_text_append(&name, base);
    for (size_t number = 2, k = 0; k < i && !name.failed; k++) {
        if (strcmp(trip->passengers[k].worm.name, name.bytes) == 0) {
            name.n = 0;
            ana_text_printf(&name, "%s_%zu", base, number++);
            k = (size_t)-1; /* from the first again */
        }
    }
    ana_status status = ana_text_check(&name, "homogenise");
    if (status != ANA_OK) {
        ana_text_release(&name);
        return status;
    }
    trip->passengers[i].worm.name = name.bytes;
    return ANA_OK;
}

/* Names, labels and times of all animals: what decides who stays. */
static ana_status board(journey *trip)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < trip->n; i++) {
        passenger *animal = &trip->passengers[i];
        ANA_TRY(name_animal(trip, i));
        animal->worm.n_traces = animal->source->series->n_channels;
        ANA_TRY(worm_allocate_traces(&animal->worm));
        ANA_TRY(ana_copy_text(animal->source->path, &animal->worm.path));
        ANA_TRY(ana_copy_text(animal->source->dataset, &animal->worm.dataset));
        ANA_TRY(worm_label(animal->source, trip->options, &animal->worm));
        ANA_TRY(set_clock(trip, animal));
        if (stays(animal) && animal->worm.n_labelled < trip->options->min_labelled) {
            ana_text_printf(&animal->reason,
                            "%zu of its neurons are labelled, and at least %zu are wanted",
                            animal->worm.n_labelled, trip->options->min_labelled);
        }
        ANA_TRY(ana_text_check(&animal->reason, "homogenise"));
    }
done:
    return status;
}

/* The rows that every animal that stays has. */
static void cut_to_common(journey *trip)
{
    size_t first = 0;
    size_t stop = SIZE_MAX;
    for (size_t i = 0; i < trip->n; i++) {
        const worm_clock *clock = &trip->passengers[i].clock;
        if (stays(&trip->passengers[i])) {
            first = clock->first > first ? clock->first : first;
            stop = clock->first + clock->n_rows < stop ? clock->first + clock->n_rows : stop;
        }
    }
    for (size_t i = 0; i < trip->n; i++) {
        worm_clock *clock = &trip->passengers[i].clock;
        if (stays(&trip->passengers[i])) {
            clock->first = first;
            clock->n_rows = stop > first ? stop - first : 0;
        }
    }
}

/* The spacing of the rows, and which of them each animal has. */
static ana_status set_rows(journey *trip)
{
    ana_status status = ANA_OK;
    const ana_homogenise_options *options = trip->options;
    trip->dt_s = options->dt_s;
    for (size_t i = 0; options->dt_s == 0.0 && i < trip->n; i++) {
        const passenger *animal = &trip->passengers[i];
        if (stays(animal) && animal->clock.median_s > trip->dt_s) {
            trip->dt_s = animal->clock.median_s;
        }
    }
    for (size_t i = 0; i < trip->n; i++) {
        if (stays(&trip->passengers[i])) {
            worm_clock_set_rows(trip->dt_s, &trip->passengers[i].clock);
        }
    }
    if (options->common) {
        cut_to_common(trip);
    }
    const bool settles = options->normalise == ANA_WORM_SCALE_CAUSAL && !options->compat;
    for (size_t i = 0; i < trip->n; i++) {
        passenger *animal = &trip->passengers[i];
        animal->n_drop = settles ? (size_t)ceil(options->settle_s / trip->dt_s - 1e-9) : 0;
        if (stays(animal) && animal->clock.n_rows < animal->n_drop + 2) {
            ana_text_append(&animal->reason, "is too short for two rows");
        }
        ANA_TRY(ana_text_check(&animal->reason, "homogenise"));
    }
done:
    return status;
}

/* All samples, trace x time. */
static ana_status read_samples(const passenger *animal, const ana_run *run, size_t n_rows,
                               ana_workspace *workspace, double **out)
{
    ana_status status = ANA_OK;
    const ana_series *series = animal->source->series;
    const size_t n = series->n_times;
    size_t bytes = 0;
    size_t numbers = 0;
    if (!ana_add(n, n_rows, &numbers) || !ana_multiply(numbers, 4 * sizeof(double), &bytes) ||
        !ana_multiply(bytes, series->n_channels, &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: does not fit in memory", animal->worm.name);
    }
    ANA_TRY(ana_run_check_memory(run, bytes, animal->worm.name));
    double *x = ana_workspace_doubles(workspace, series->n_channels, n);
    ANA_TRY(ana_workspace_check(workspace, animal->worm.name));
    ANA_TRY(ana_series_read(series, 0, NULL, 0, n, x));
    for (size_t k = 0; k < series->n_channels * n; k++) {
        if (isinf(x[k])) {
            status = ana_fail(ANA_ERR_VALUE, "%s: trace %zu is infinite at sample %zu",
                              animal->worm.name, k / n, k % n);
            goto done;
        }
    }
    *out = x;
done:
    return status;
}

/* One trace from its samples into the columns of the worm. */
static void convert_trace(const journey *trip, passenger *animal, size_t i, const double *x,
                          double *room)
{
    ana_worm *worm = &animal->worm;
    const worm_clock *clock = &animal->clock;
    double *smooth = room;
    double *rows = smooth + clock->n;
    double *slope = rows + clock->n_rows;
    double *rest = slope + clock->n_rows;
    const size_t drop = animal->n_drop;
    worm_smooth(clock, trip->options, x, smooth);
    worm_resample(clock, smooth, rest, rows);
    worm_derive(clock->n_rows, clock->dt_s, rows, slope);
    worm->mask[i] = worm_scale(trip->options->normalise, clock->n_rows, rows);
    for (size_t k = 0; k < worm->n_times; k++) {
        worm->calcium[k * worm->n_traces + i] = rows[k + drop];
        if (worm->derivative != NULL) {
            worm->derivative[k * worm->n_traces + i] = slope[k + drop];
        }
    }
}

static ana_status convert(const journey *trip, passenger *animal)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_worm *worm = &animal->worm;
    worm_clock *clock = &animal->clock;
    double *x = NULL;
    ANA_TRY(read_samples(animal, &trip->options->run, clock->n_rows, &workspace, &x));
    worm->n_times = clock->n_rows - animal->n_drop;
    worm->start_s = clock->times[0] + (double)(clock->first + animal->n_drop) * clock->dt_s;
    double *room = ana_workspace_doubles(&workspace, 3 * clock->n + 2 * clock->n_rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, worm->name));
    ANA_TRY(ana_allocate(worm->n_times * worm->n_traces, sizeof *worm->calcium, worm->name,
                         (void *)&worm->calcium));
    if (trip->options->derivative) {
        ANA_TRY(ana_allocate(worm->n_times * worm->n_traces, sizeof *worm->derivative, worm->name,
                             (void *)&worm->derivative));
    }
    for (size_t i = 0; i < worm->n_traces; i++) {
        convert_trace(trip, animal, i, x + i * clock->n, room);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status convert_as_published(const journey *trip, passenger *animal)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *x = NULL;
    ANA_TRY(read_samples(animal, &trip->options->run, animal->clock.n_rows, &workspace, &x));
    ANA_TRY(
        worm_homogenise_as_published(trip->options, trip->dt_s, &animal->clock, x, &animal->worm));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The animals that stay, and the reasons of the others. */
static ana_status arrive(journey *trip, ana_worms *worms)
{
    ana_status status = ANA_OK;
    worms->dt_s = trip->dt_s;
    ANA_TRY(ana_allocate(trip->n, sizeof *worms->items, "homogenise", (void *)&worms->items));
    ANA_TRY(ana_allocate(trip->n, sizeof *worms->excluded, "homogenise", (void *)&worms->excluded));
    for (size_t i = 0; i < trip->n; i++) {
        passenger *animal = &trip->passengers[i];
        if (stays(animal)) {
            worms->items[worms->n++] = animal->worm;
            animal->worm = (ana_worm){0};
        } else {
            ana_warn(&trip->options->run, "%s: left out: it %s", animal->worm.name,
                     animal->reason.bytes);
            worms->excluded[worms->n_excluded++] =
                (ana_worm_exclusion){animal->worm.name, animal->reason.bytes};
            animal->worm.name = NULL;
            animal->reason = (ana_text){0};
        }
    }
    if (worms->n == 0) {
        status = ana_fail(ANA_ERR_VALUE, "homogenise: none of %zu animals is left; %s: it %s",
                          trip->n, trip->n > 0 ? worms->excluded[0].name : "none",
                          trip->n > 0 ? worms->excluded[0].reason : "was given");
    }
done:
    return status;
}

/* Published rows all begin with the animal's first sample. */
static void cut_published(const journey *trip)
{
    size_t n_rows = SIZE_MAX;
    for (size_t i = 0; i < trip->n; i++) {
        const passenger *animal = &trip->passengers[i];
        n_rows = stays(animal) && animal->worm.n_times < n_rows ? animal->worm.n_times : n_rows;
    }
    for (size_t i = 0; i < trip->n; i++) {
        ana_worm *worm = &trip->passengers[i].worm;
        worm->n_times = worm->n_times < n_rows ? worm->n_times : n_rows;
    }
}

static ana_status travel(journey *trip)
{
    ana_status status = ANA_OK;
    ANA_TRY(board(trip));
    ANA_TRY(set_rows(trip));
    for (size_t i = 0; i < trip->n; i++) {
        passenger *animal = &trip->passengers[i];
        ANA_TRY(ana_run_progress(&trip->options->run, "homogenise", i, trip->n));
        if (!stays(animal)) {
            continue;
        }
        ANA_TRY(trip->options->compat ? convert_as_published(trip, animal) : convert(trip, animal));
        animal->worm.n_samples = animal->clock.n;
        animal->worm.source_dt_s = animal->clock.median_s;
        for (size_t k = 0; k < animal->worm.n_traces; k++) {
            animal->worm.n_masked += animal->worm.mask[k] ? 0 : 1;
        }
    }
    if (trip->options->compat && trip->options->common) {
        cut_published(trip);
    }
done:
    return status;
}

ana_status ana_homogenise(size_t n, const ana_worm_source *sources,
                          const ana_homogenise_options *options, ana_worms **out)
{
    ana_status status = ANA_OK;
    const ana_homogenise_options defaults = ana_homogenise_options_default();
    ana_homogenise_options used = options != NULL ? *options : defaults;
    journey trip = {.options = &used, .n = n};
    ana_worms *worms = NULL;
    ANA_TRY(ana_options_check(ana_homogenise_option_table, &used, "homogenise"));
    used.dt_s = used.compat && used.dt_s == 0.0 ? published_dt_s : used.dt_s;
    trip.passengers = ana_workspace_bytes(&trip.workspace, n, 1, sizeof *trip.passengers);
    ANA_TRY(ana_workspace_check(&trip.workspace, "homogenise"));
    for (size_t i = 0; i < n; i++) {
        trip.passengers[i].source = &sources[i];
    }
    ANA_TRY(travel(&trip));
    ANA_TRY(ana_allocate(1, sizeof *worms, "homogenise", (void *)&worms));
    ANA_TRY(arrive(&trip, worms));
    *out = worms;
    worms = NULL;
done:
    for (size_t i = 0; trip.passengers != NULL && i < n; i++) {
        release_worm(&trip.passengers[i].worm);
        ana_text_release(&trip.passengers[i].reason);
    }
    ana_worms_free(worms);
    ana_workspace_release(&trip.workspace);
    return status;
}
