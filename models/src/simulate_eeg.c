#include "constants.h"
#include "memory.h"
#include "simulate_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rate = 250.0;
static const double trial_every_s = 8.0;
static const double trial_s = 4.0;
static const double resolution_uv = 0.1;

/* An electrode with its place on the head (x to the right, y to the nose, 1 = the rim). */
typedef struct electrode {
    const char *name;
    double x, y;
} electrode;

static const electrode montage[] = {
    {"C3", -0.50, 0.00},  {"C4", 0.50, 0.00},   {"Cz", 0.00, 0.00},  {"Fp1", -0.28, 0.87},
    {"Fp2", 0.28, 0.87},  {"Fz", 0.00, 0.46},   {"Pz", 0.00, -0.46}, {"F3", -0.40, 0.50},
    {"F4", 0.40, 0.50},   {"P3", -0.40, -0.50}, {"P4", 0.40, -0.50}, {"O1", -0.28, -0.87},
    {"O2", 0.28, -0.87},  {"T7", -0.92, 0.00},  {"T8", 0.92, 0.00},  {"F7", -0.74, 0.54},
    {"F8", 0.74, 0.54},   {"P7", -0.74, -0.54}, {"P8", 0.74, -0.54}, {"FCz", 0.00, 0.23},
    {"CPz", 0.00, -0.23},
};
enum {
    N_MONTAGE = sizeof montage / sizeof montage[0],
    N_BACKGROUND = 5
};

/* Trials: onset every trial_every_s; side 0 left, 1 right, balanced. */
typedef struct trial_list {
    size_t n;
    size_t *side;
} trial_list;

static double onset_of(size_t trial)
{
    return 3.0 + trial_every_s * (double)trial;
}

static void draw_trials(uint64_t seed, const trial_list *trials, size_t *order)
{
    ana_random random = ana_random_stream(seed, "simulate.trials", 0);
    ana_random_permutation(&random, trials->n, order);
    for (size_t i = 0; i < trials->n; i++) {
        trials->side[i] = order[i] % 2;
    }
}

/* Noise with a spectrum that falls as 1/f: a sum of slow and fast first-order processes. */
static double background(ana_random *random, double state[N_BACKGROUND])
{
    static const double seconds[N_BACKGROUND] = {2.0, 0.4, 0.08, 0.016, 0.004};
    double sum = 0.0;
    for (int i = 0; i < N_BACKGROUND; i++) {
        double decay = exp(-1.0 / (rate * seconds[i]));
        state[i] = decay * state[i] + sqrt(1.0 - decay * decay) * ana_random_normal(random);
        sum += state[i];
    }
    return 5.0 * sum;
}

/* One channel's background, in microvolts. */
static void fill_background(uint64_t seed, size_t channel, size_t n_times, double *out)
{
    ana_random random = ana_random_stream(seed, "simulate.channel", channel);
    double state[N_BACKGROUND] = {0};
    for (size_t t = 0; t < n_times; t++) {
        out[t] = background(&random, state);
    }
}

/* Share of the rhythm left at time t on one side (0 left hemisphere, 1 right): the hemisphere
 * opposite to the imagined hand falls to a third half a second into the trial. */
static double rhythm_left(const trial_list *trials, size_t hemisphere, double time)
{
    double since = time - onset_of(0);
    if (since < 0.0) {
        return 1.0;
    }
    size_t trial = (size_t)(since / trial_every_s);
    double within = since - trial_every_s * (double)trial;
    if (trial >= trials->n || within < 0.5 || within > trial_s ||
        trials->side[trial] == hemisphere) {
        return 1.0;
    }
    return 1.0 / 3.0;
}

/* The rhythm of one hemisphere: noise through a resonance at 10 Hz, about 10 uV. */
static void fill_rhythm(uint64_t seed, const trial_list *trials, size_t hemisphere, size_t n_times,
                        double *out)
{
    ana_random random = ana_random_stream(seed, "simulate.rhythm", hemisphere);
    const double radius = 0.985;
    const double turn = 2.0 * ANA_PI * 10.0 / rate;
    double last = 0.0;
    double before = 0.0;
    for (size_t t = 0; t < n_times; t++) {
        double now =
            2.0 * radius * cos(turn) * last - radius * radius * before + ana_random_normal(&random);
        before = last;
        last = now;
        out[t] = 0.45 * now * rhythm_left(trials, hemisphere, (double)t / rate);
    }
}

/* Blinks of 0.3 s about every 6 s. */
static void fill_blinks(uint64_t seed, size_t n_times, double *out)
{
    ana_random random = ana_random_stream(seed, "simulate.blinks", 0);
    double next = 2.0 + 4.0 * ana_random_exponential(&random);
    for (size_t t = 0; t < n_times; t++) {
        double since = (double)t / rate - next;
        out[t] = since >= 0.0 && since < 0.3 ? 120.0 * sin(ANA_PI * since / 0.3) : 0.0;
        if (since >= 0.3) {
            next += 2.0 + 4.0 * ana_random_exponential(&random);
        }
    }
}

static double nearness(const electrode *place, double x, double y, double width)
{
    double squared = (place->x - x) * (place->x - x) + (place->y - y) * (place->y - y);
    return exp(-squared / (2.0 * width * width));
}

/* All sources: rhythms of both hemispheres and the blinks, each n_times. */
typedef struct source_list {
    double *rhythm[2];
    double *blinks;
    double *channel; /* one channel's room */
} source_list;

static void mix_channel(uint64_t seed, size_t c, size_t n_times, const source_list *sources,
                        int16_t *out)
{
    const electrode *place = &montage[c];
    double left = nearness(place, -0.5, 0.0, 0.3);
    double right = nearness(place, 0.5, 0.0, 0.3);
    double front = nearness(place, 0.0, 1.0, 0.35);
    fill_background(seed, c, n_times, sources->channel);
    for (size_t t = 0; t < n_times; t++) {
        double value = sources->channel[t] + left * sources->rhythm[0][t] +
                       right * sources->rhythm[1][t] + front * sources->blinks[t];
        double stored = nearbyint(value / resolution_uv);
        out[t] = (int16_t)fmax(-32768.0, fmin(32767.0, stored));
    }
}

static ana_status describe_channels(ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_channel *channel = &series->channels[c];
        ana_status status = ana_copy_text(montage[c].name, &channel->name);
        if (status == ANA_OK) {
            status = ana_copy_text("uV", &channel->unit);
        }
        if (status != ANA_OK) {
            return status;
        }
        channel->kind = ANA_KIND_EEG;
        channel->gain = resolution_uv;
        channel->position[0] = 0.1 * montage[c].x;
        channel->position[1] = 0.1 * montage[c].y;
        channel->position[2] = 0.0;
        channel->file_index = c;
    }
    return ANA_OK;
}

static ana_status add_series(size_t n_channels, size_t n_times, const int16_t *samples,
                             ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ANA_TRY(ana_series_new("eeg", n_channels, &series));
    series->rate = rate;
    series->type = ANA_INT16;
    ANA_TRY(describe_channels(series));
    ANA_TRY(ana_series_add_segment(series, n_times, 0.0));
    ANA_TRY(ana_source_from_memory(ANA_INT16, n_channels, n_times, true, samples, &series->source));
    status = ana_recording_add_series(recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

static ana_status add_annotations(const trial_list *trials, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ana_column *labels = NULL;
    ANA_TRY(ana_intervals_new("annotations", trials->n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &labels));
    for (size_t i = 0; i < trials->n; i++) {
        intervals->start[i] = onset_of(i);
        intervals->stop[i] = onset_of(i) + trial_s;
        ANA_TRY(ana_column_set_text(labels, i, trials->side[i] == 0 ? "left hand" : "right hand"));
    }
    status = ana_recording_add_intervals(recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

ana_status ana_simulate_motor_imagery(const ana_simulate_options *given, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_recording *recording = NULL;
    ana_simulate_options options;
    trial_list trials = {0};
    ANA_TRY(ana_simulate_start(given, &options, "simulated EEG of imagined hand movements",
                               &recording));
    /* Whole seconds, so that the recording fills whole records of one second. */
    const size_t n_times = (size_t)(floor(options.duration_s) * rate);
    const size_t n_channels = options.n_units < N_MONTAGE ? options.n_units : N_MONTAGE;
    trials.n = (size_t)((floor(options.duration_s) - 3.0 - trial_s) / trial_every_s) + 1;
    trials.side = ana_workspace_sizes(&workspace, trials.n, 1);
    size_t *order = ana_workspace_sizes(&workspace, trials.n, 1);
    int16_t *samples = ana_workspace_bytes(&workspace, n_channels, n_times, sizeof *samples);
    source_list sources = {{ana_workspace_doubles(&workspace, n_times, 1),
                            ana_workspace_doubles(&workspace, n_times, 1)},
                           ana_workspace_doubles(&workspace, n_times, 1),
                           ana_workspace_doubles(&workspace, n_times, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "simulate EEG"));
    draw_trials(options.run.seed, &trials, order);
    fill_rhythm(options.run.seed, &trials, 0, n_times, sources.rhythm[0]);
    fill_rhythm(options.run.seed, &trials, 1, n_times, sources.rhythm[1]);
    fill_blinks(options.run.seed, n_times, sources.blinks);
    for (size_t c = 0; c < n_channels; c++) {
        mix_channel(options.run.seed, c, n_times, &sources, samples + c * n_times);
    }
    ANA_TRY(add_series(n_channels, n_times, samples, recording));
    ANA_TRY(add_annotations(&trials, recording));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_workspace_release(&workspace);
    return status;
}
