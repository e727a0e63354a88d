#include "support/sample_records.h"

#include "support/check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

void put_text(ana_record *group, const char *name, const char *text)
{
    check_ok(ana_record_add_text(group, name, text));
}

void put_list(ana_record *group, const char *name, size_t n, const double *values, const char *unit)
{
    check_ok(ana_record_add_doubles(group, name, ana_shape_1(n, NULL), values, unit));
}

void put_table(ana_record *group, const char *name, size_t rows, size_t columns,
               const double *values, const char *unit)
{
    ana_shape shape = ana_shape_2(rows, NULL, columns, NULL);
    check_ok(ana_record_add_doubles(group, name, shape, values, unit));
}

void put_ints(ana_record *group, const char *name, size_t n, const int64_t *values)
{
    check_ok(ana_record_add_ints(group, name, ana_shape_1(n, NULL), values, NULL));
}

void put_names(ana_record *group, const char *name, size_t n, const char *const *names)
{
    check_ok(ana_record_add_texts(group, name, n, names));
}

ana_record *put_group(ana_record *group, const char *name, ana_hint hint)
{
    ana_record *out = NULL;
    check_ok(ana_record_add_group(group, name, hint, &out));
    return out;
}

static double *new_doubles(size_t n)
{
    double *out = calloc(n > 0 ? n : 1, sizeof *out);
    assert_non_null(out);
    return out;
}

static double bump(double x, double centre, double width)
{
    double z = (x - centre) / width;
    return exp(-0.5 * z * z);
}

static void add_responses(ana_record *figures)
{
    enum {
        N = 200,
        LINES = 3
    };
    ana_random random = ana_random_stream(11, "sample.responses", 0);
    double x[N];
    double y[LINES * N];
    double low[LINES * N];
    double high[LINES * N];
    for (size_t i = 0; i < N; i++) {
        x[i] = -0.5 + 2.0 * (double)i / (N - 1);
    }
    for (size_t line = 0; line < LINES; line++) {
        double noise = 0.0;
        for (size_t i = 0; i < N; i++) {
            noise = 0.85 * noise + 0.35 * ana_random_normal(&random);
            double rate = 6.0 + 3.0 * (double)line + noise +
                          (18.0 - 6.0 * (double)line) *
                              bump(x[i], 0.18 + 0.1 * (double)line, 0.1 + 0.05 * (double)line);
            y[line * N + i] = rate;
            low[line * N + i] = rate - 1.1 - 0.06 * rate;
            high[line * N + i] = rate + 1.1 + 0.06 * rate;
        }
    }
    ana_record *group = put_group(figures, "responses", ANA_HINT_LINE);
    put_text(group, "title", "Firing rate around the stimulus");
    put_text(group, "caption",
             "Mean over 48 trials with 95 % confidence bands; the stimulus "
             "begins at 0 s.");
    put_text(group, "x_title", "Time from stimulus");
    put_text(group, "y_title", "Firing rate");
    put_list(group, "x", N, x, "s");
    put_table(group, "y", LINES, N, y, "Hz");
    put_table(group, "low", LINES, N, low, "Hz");
    put_table(group, "high", LINES, N, high, "Hz");
    const char *names[] = {"Preferred", "Neutral", "Opposite"};
    put_names(group, "labels", LINES, names);
}

static void add_eeg(ana_record *figures)
{
    enum {
        N = 2500,
        LINES = 12
    };
    static const char *const names[LINES] = {"Fp1", "Fp2", "F3", "F4", "C3", "C4",
                                             "P3",  "P4",  "O1", "O2", "T7", "T8"};
    ana_random random = ana_random_stream(12, "sample.eeg", 0);
    double *x = new_doubles(N);
    double *y = new_doubles(N * LINES);
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i / 250.0;
    }
    for (size_t line = 0; line < LINES; line++) {
        double slow = 0.0;
        double alpha = line >= 6 ? 22.0 : 7.0;
        double phase = ana_random_uniform(&random) * 6.0;
        for (size_t i = 0; i < N; i++) {
            slow = 0.97 * slow + 3.0 * ana_random_normal(&random);
            double value = slow + alpha * sin(2.0 * pi * 10.2 * x[i] + phase) *
                                      (0.6 + 0.4 * sin(0.9 * x[i] + (double)line));
            value += line < 2 ? 90.0 * bump(x[i], 3.1, 0.12) + 70.0 * bump(x[i], 7.4, 0.1) : 0.0;
            bool lost = line == 10 && x[i] > 4.0 && x[i] < 5.5;
            y[line * N + i] = lost ? (double)NAN : value;
        }
    }
    ana_record *group = put_group(figures, "eeg", ANA_HINT_LINE);
    put_text(group, "title", "Ten seconds of EEG");
    put_text(group, "caption",
             "Twelve channels against the average reference, 250 Hz. T7 lost "
             "contact between 4.0 and 5.5 s.");
    put_list(group, "x", N, x, "s");
    put_table(group, "y", LINES, N, y, "\xc2\xb5V");
    put_text(group, "x_title", "Time");
    put_names(group, "labels", LINES, names);
    free(x);
    free(y);
}

static void add_spectrum(ana_record *figures)
{
    enum {
        N = 150
    };
    ana_random random = ana_random_stream(13, "sample.spectrum", 0);
    double x[N];
    double y[2 * N];
    for (size_t i = 0; i < N; i++) {
        x[i] = 0.5 + 0.5 * (double)i;
        double floor = 4.0e-11 / pow(x[i], 1.3);
        y[i] = floor * exp(0.12 * ana_random_normal(&random)) + 9.0e-12 * bump(x[i], 10.2, 1.0);
        y[N + i] = floor * exp(0.12 * ana_random_normal(&random)) + 9.0e-13 * bump(x[i], 11.0, 1.2);
    }
    ana_record *group = put_group(figures, "spectrum", ANA_HINT_LINE);
    put_text(group, "title", "Power spectral density, eyes closed and open");
    put_text(group, "caption",
             "Welch estimate at O1, 2 s windows; the alpha rhythm is gone with "
             "open eyes.");
    put_text(group, "x_title", "Frequency");
    put_text(group, "y_title", "Power");
    put_text(group, "x_scale", "log");
    put_text(group, "y_scale", "log");
    put_list(group, "x", N, x, "Hz");
    put_table(group, "y", 2, N, y, "V\xc2\xb2/Hz");
    const char *names[] = {"Eyes closed", "Eyes open"};
    put_names(group, "labels", 2, names);
}

static void add_time_frequency(ana_record *figures)
{
    enum {
        ROWS = 30,
        COLUMNS = 180
    };
    ana_random random = ana_random_stream(14, "sample.tfr", 0);
    double x[COLUMNS];
    double y[ROWS];
    double values[ROWS * COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        x[c] = -0.8 + 2.4 * (double)c / (COLUMNS - 1);
    }
    for (size_t r = 0; r < ROWS; r++) {
        y[r] = 3.0 * pow(80.0 / 3.0, (double)r / (ROWS - 1));
        for (size_t c = 0; c < COLUMNS; c++) {
            double value = -2.8 * bump(log(y[r]), log(11.0), 0.25) * bump(x[c], 0.7, 0.4) -
                           1.6 * bump(log(y[r]), log(21.0), 0.2) * bump(x[c], 0.6, 0.35) +
                           2.2 * bump(log(y[r]), log(5.0), 0.3) * bump(x[c], 0.15, 0.12) +
                           1.4 * bump(log(y[r]), log(55.0), 0.2) * bump(x[c], 0.3, 0.2);
            values[r * COLUMNS + c] = value + 0.18 * ana_random_normal(&random);
        }
    }
    ana_record *group = put_group(figures, "time_frequency", ANA_HINT_HEAT_MAP);
    put_text(group, "title", "Change of power during imagined movement");
    put_text(group, "caption",
             "Morlet wavelets at C3, decibels relative to the second before the "
             "cue.");
    put_text(group, "x_title", "Time from cue");
    put_text(group, "y_title", "Frequency");
    put_text(group, "value_title", "Power change");
    put_list(group, "x", COLUMNS, x, "s");
    put_list(group, "y", ROWS, y, "Hz");
    put_table(group, "values", ROWS, COLUMNS, values, "dB");
}

static void add_calcium(ana_record *figures)
{
    enum {
        ROWS = 18,
        COLUMNS = 300
    };
    ana_random random = ana_random_stream(15, "sample.calcium", 0);
    double x[COLUMNS];
    double values[ROWS * COLUMNS];
    char names[ROWS][16];
    const char *pointers[ROWS];
    for (size_t c = 0; c < COLUMNS; c++) {
        x[c] = (double)c / 5.0;
    }
    for (size_t r = 0; r < ROWS; r++) {
        double level = 0.0;
        for (size_t c = 0; c < COLUMNS; c++) {
            bool fires = ana_random_uniform(&random) < 0.012 + 0.01 * (double)(r % 4);
            level = 0.93 * level + (fires ? 0.5 + ana_random_exponential(&random) : 0.0);
            bool lost = r == 7 && c > 200 && c < 240;
            values[r * COLUMNS + c] =
                lost ? (double)NAN : level + fabs(0.05 * ana_random_normal(&random));
        }
        snprintf(names[r], sizeof names[r], "ROI %zu", 3 * r + 1);
        pointers[r] = names[r];
    }
    ana_record *group = put_group(figures, "calcium", ANA_HINT_HEAT_MAP);
    put_text(group, "title", "Calcium transients of 18 cells");
    put_text(group, "caption", "dF/F of one minute of imaging; hatched: frames lost to motion.");
    put_text(group, "x_title", "Time");
    put_text(group, "value_title", "dF/F");
    put_list(group, "x", COLUMNS, x, "s");
    put_table(group, "values", ROWS, COLUMNS, values, NULL);
    put_names(group, "row_labels", ROWS, pointers);
}

static void add_raster(ana_record *figures)
{
    enum {
        ROWS = 36,
        N = 2400
    };
    ana_random random = ana_random_stream(16, "sample.raster", 0);
    double times[N];
    int64_t rows[N];
    for (size_t i = 0; i < N; i++) {
        double t = 240.0 * ana_random_uniform(&random);
        size_t row = (size_t)ana_random_below(&random, ROWS);
        if (ana_random_uniform(&random) < 0.6) { /* cells fire in turn, again and again */
            t = fmod((double)row * 1.1, 40.0) + 40.0 * (double)ana_random_below(&random, 6) +
                1.2 * fabs(ana_random_normal(&random));
        }
        times[i] = fmin(t, 240.0);
        rows[i] = (int64_t)row;
    }
    ana_record *group = put_group(figures, "raster", ANA_HINT_RASTER);
    put_text(group, "title", "Sequences in hippocampus");
    put_text(group, "caption", "Spikes of 36 cells over four minutes of running.");
    put_text(group, "y_title", "Cell");
    put_list(group, "times", N, times, "s");
    put_ints(group, "rows", N, rows);
}

static void add_dense_raster(ana_record *figures)
{
    enum {
        ROWS = 120,
        N = 60000
    };
    ana_random random = ana_random_stream(17, "sample.dense", 0);
    double *times = new_doubles(N);
    int64_t *rows = calloc(N, sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < N; i++) {
        double t = 600.0 * ana_random_uniform(&random);
        double wave = 0.5 + 0.5 * sin(t / 17.0);
        rows[i] = (int64_t)ana_random_below(&random, ROWS);
        bool kept = ana_random_uniform(&random) < wave * (0.3 + 0.7 * (double)rows[i] / ROWS);
        times[i] = kept ? t : 600.0 * ana_random_uniform(&random);
    }
    ana_record *group = put_group(figures, "dense_raster", ANA_HINT_RASTER);
    put_text(group, "title", "Ten minutes of 120 units");
    put_text(group, "caption", "Sixty thousand spikes; denser where more fall on a pixel.");
    put_text(group, "y_title", "Unit");
    put_list(group, "times", N, times, "s");
    put_ints(group, "rows", N, rows);
    free(times);
    free(rows);
}

static void add_bars(ana_record *figures)
{
    const double values[] = {0.81, 0.74, 0.69, 0.52, 0.88, 0.79, 0.75, 0.55};
    double low[8];
    double high[8];
    for (size_t i = 0; i < 8; i++) {
        low[i] = values[i] - 0.03 - 0.006 * (double)i;
        high[i] = values[i] + 0.025 + 0.007 * (double)(i % 5);
    }
    const char *labels[] = {"Left hand", "Right hand", "Feet", "Tongue"};
    const char *groups[] = {"CSP and LDA", "Tangent space"};
    ana_record *group = put_group(figures, "accuracy", ANA_HINT_BARS);
    put_text(group, "title", "Decoding accuracy by class");
    put_text(group, "caption",
             "Ten-fold cross-validation within session; 95 % intervals by "
             "bootstrap.");
    put_text(group, "value_title", "Accuracy");
    put_table(group, "values", 2, 4, values, NULL);
    put_table(group, "low", 2, 4, low, NULL);
    put_table(group, "high", 2, 4, high, NULL);
    put_names(group, "labels", 4, labels);
    put_names(group, "group_labels", 2, groups);
}

static void add_lying_bars(ana_record *figures)
{
    const double values[] = {0.42, 0.31, -0.12, 0.18, NAN, -0.27};
    const double low[] = {0.33, 0.2, -0.2, 0.02, NAN, -0.4};
    const double high[] = {0.5, 0.41, -0.05, 0.31, NAN, -0.11};
    const char *labels[] = {"Primary visual cortex, layer 4", "Lateral geniculate nucleus",
                            "Anterior cingulate cortex",      "Inferotemporal cortex",
                            "Superior colliculus (no units)", "Dorsomedial striatum"};
    ana_record *group = put_group(figures, "noise_ceiling", ANA_HINT_BARS);
    put_text(group, "title", "Similarity of model and brain by region");
    put_text(group, "caption",
             "Spearman correlation of dissimilarity matrices with 95 % "
             "intervals; a cross marks a region without data.");
    put_text(group, "value_title", "Correlation");
    put_list(group, "values", 6, values, NULL);
    put_list(group, "low", 6, low, NULL);
    put_list(group, "high", 6, high, NULL);
    put_names(group, "labels", 6, labels);
}

static void add_ribbon(ana_record *figures)
{
    enum {
        STATES = 4,
        N = 600,
        ROWS = 24,
        MOST = 6000
    };
    ana_random random = ana_random_stream(18, "sample.ribbon", 0);
    double start[N];
    double stop[N];
    int64_t state[N];
    double x[N];
    double *posterior = new_doubles((size_t)STATES * N);
    double *times = new_doubles(MOST);
    int64_t rows[MOST];
    size_t n_spans = 0;
    size_t n_spikes = 0;
    int64_t now = 0;
    for (size_t t = 0; t < N; t++) {
        x[t] = 0.2 * (double)t;
        if (t == 0 || ana_random_uniform(&random) < 0.035) {
            now = t == 0 ? 0 : (now + 1 + (int64_t)ana_random_below(&random, STATES - 1)) % STATES;
            start[n_spans] = x[t];
            state[n_spans++] = now;
        }
        stop[n_spans - 1] = x[t] + 0.2;
        double alpha[STATES];
        double drawn[STATES];
        for (int64_t s = 0; s < STATES; s++) {
            alpha[s] = s == now ? 14.0 : 0.5;
        }
        ana_random_dirichlet(&random, STATES, alpha, drawn);
        for (size_t s = 0; s < STATES; s++) {
            posterior[s * N + t] = drawn[s];
        }
        for (int64_t unit = 0; unit < ROWS && n_spikes + 8 < MOST; unit++) {
            double rate = unit % STATES == now ? 3.2 : 0.5;
            for (uint64_t k = ana_random_poisson(&random, 0.2 * rate); k > 0; k--) {
                times[n_spikes] = x[t] + 0.2 * ana_random_uniform(&random);
                rows[n_spikes++] = unit;
            }
        }
    }
    ana_record *group = put_group(figures, "states", ANA_HINT_RIBBON);
    put_text(group, "title", "States of the population");
    put_text(group, "caption",
             "Most likely state of a Poisson hidden Markov model with four "
             "states, its posterior, and the spikes it was fitted to.");
    put_text(group, "y_title", "Unit");
    put_list(group, "start", n_spans, start, "s");
    put_list(group, "stop", n_spans, stop, "s");
    put_ints(group, "state", n_spans, state);
    const char *names[] = {"State 1: quiet", "State 2: visual", "State 3: motor", "State 4: burst"};
    put_names(group, "state_labels", STATES, names);
    put_list(group, "x", N, x, "s");
    put_table(group, "posterior", STATES, N, posterior, NULL);
    put_list(group, "times", n_spikes, times, "s");
    put_ints(group, "rows", n_spikes, rows);
    free(posterior);
    free(times);
}

static void add_network(ana_record *figures)
{
    enum {
        N = 28,
        MOST = N * N
    };
    static const char *const areas[] = {"Visual", "Motor", "Frontal", "Parietal"};
    ana_random random = ana_random_stream(19, "sample.network", 0);
    char names[N][24];
    const char *pointers[N];
    int64_t groups[N];
    int64_t from[MOST];
    int64_t to[MOST];
    double weight[MOST];
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        groups[i] = (int64_t)(i % 4);
        snprintf(names[i], sizeof names[i], "%s %zu", areas[i % 4], i / 4 + 1);
        pointers[i] = names[i];
        for (size_t j = 0; j < i; j++) {
            double strength = i % 4 == j % 4 ? 0.55 : 0.06;
            if (ana_random_uniform(&random) < strength) {
                from[n] = (int64_t)i;
                to[n] = (int64_t)j;
                weight[n] = ana_random_gamma(&random, 2.0) * (i % 4 == j % 4 ? 0.2 : 0.1);
                weight[n] *= ana_random_uniform(&random) < 0.12 ? -1.0 : 1.0;
                n++;
            }
        }
    }
    ana_record *group = put_group(figures, "network", ANA_HINT_GRAPH);
    put_text(group, "title", "Functional connectome");
    put_text(group, "caption",
             "Partial correlations that survive the false discovery rate of "
             "5 %.");
    put_ints(group, "from", n, from);
    put_ints(group, "to", n, to);
    put_list(group, "weight", n, weight, NULL);
    put_names(group, "labels", N, pointers);
    put_ints(group, "group", N, groups);
    put_names(group, "group_labels", 4, areas);
}

static void add_flow(ana_record *figures)
{
    const double position[] = {0.0, 2.0, 1.9, 0.7, 1.2, -1.6, -1.2, -1.6, -1.9, 0.7};
    const int64_t from[] = {0, 1, 1, 2, 3, 4, 4, 2, 0, 3};
    const int64_t to[] = {1, 0, 2, 3, 4, 0, 1, 0, 0, 3};
    const double weight[] = {0.12, 0.05, 0.2, 0.31, 0.08, 0.17, 0.02, 0.06, 0.8, 0.6};
    const char *names[] = {"Rest", "Groom", "Walk", "Rear", "Sniff"};
    ana_record *group = put_group(figures, "transitions", ANA_HINT_GRAPH);
    put_text(group, "title", "Transitions between behavioural states");
    put_text(group, "caption", "Probability of the next state; arrows point to it.");
    put_ints(group, "from", 10, from);
    put_ints(group, "to", 10, to);
    put_list(group, "weight", 10, weight, NULL);
    put_table(group, "position", 5, 2, position, NULL);
    put_names(group, "labels", 5, names);
    check_ok(ana_record_add_bool(group, "directed", true));
}

static void add_matrix(ana_record *figures)
{
    enum {
        N = 32
    };
    static const char *const areas[] = {"V1", "LM", "AL", "PM"};
    ana_random random = ana_random_stream(20, "sample.matrix", 0);
    double values[N * N];
    int64_t groups[N];
    char names[N][16];
    const char *pointers[N];
    for (size_t i = 0; i < N; i++) {
        groups[i] = (int64_t)((i * 7) % 4);
        snprintf(names[i], sizeof names[i], "unit %zu", i);
        pointers[i] = names[i];
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j <= i; j++) {
            double mean = groups[i] == groups[j] ? 0.45 : 0.06 * (double)(groups[i] - 1);
            double value = i == j ? 1.0 : tanh(mean + 0.2 * ana_random_normal(&random));
            values[i * N + j] = value;
            values[j * N + i] = value;
        }
    }
    ana_record *group = put_group(figures, "correlations", ANA_HINT_MATRIX_GROUPS);
    put_text(group, "title", "Noise correlations by area");
    put_text(group, "caption",
             "Correlation of trial-to-trial fluctuations of 32 units, sorted by "
             "area.");
    put_text(group, "value_title", "Correlation");
    put_table(group, "values", N, N, values, NULL);
    put_ints(group, "group", N, groups);
    put_names(group, "labels", N, pointers);
    put_names(group, "group_labels", 4, areas);
}

static void add_topography(ana_record *figures)
{
    enum {
        N = 31
    };
    static const char *const names[N] = {"Fp1", "Fpz", "Fp2", "F7",  "F3",  "Fz", "F4", "F8",
                                         "FC5", "FC1", "FC2", "FC6", "T7",  "C3", "Cz", "C4",
                                         "T8",  "CP5", "CP1", "CP2", "CP6", "P7", "P3", "Pz",
                                         "P4",  "P8",  "POz", "O1",  "Oz",  "O2", "Iz"};
    /* Degrees from the vertex and clockwise from the nose. */
    static const double from_vertex[N] = {90, 90, 90, 90, 60, 45, 60, 90, 69, 31, 31,
                                          69, 90, 45, 0,  45, 90, 69, 31, 31, 69, 90,
                                          60, 45, 60, 90, 67, 90, 90, 90, 110};
    static const double turn[N] = {-18,  0,   18,  -54, -39, 0,    39,   54,   -69, -44, 44,
                                   69,   -90, -90, 0,   90,  90,   -111, -136, 136, 111, -126,
                                   -141, 180, 141, 126, 180, -162, 180,  162,  180};
    double position[3 * N];
    double values[N];
    for (size_t i = 0; i < N; i++) {
        double theta = from_vertex[i] * pi / 180.0;
        double phi = turn[i] * pi / 180.0;
        position[3 * i] = sin(theta) * sin(phi);
        position[3 * i + 1] = sin(theta) * cos(phi);
        position[3 * i + 2] = cos(theta);
        double left = hypot(position[3 * i] + 0.65, position[3 * i + 1] - 0.05);
        double right = hypot(position[3 * i] - 0.65, position[3 * i + 1] - 0.05);
        values[i] = 1.9 * exp(-left * left / 0.18) - 1.4 * exp(-right * right / 0.25) +
                    0.3 * position[3 * i + 1] + 0.07 * sin(13.0 * (double)i);
    }
    ana_record *group = put_group(figures, "pattern", ANA_HINT_TOPOGRAPHY);
    put_text(group, "title", "Spatial pattern of the first CSP component");
    put_text(group, "caption", "Activation pattern, left against right hand.");
    put_text(group, "value_title", "Pattern");
    put_list(group, "values", N, values, "\xc2\xb5V");
    check_ok(
        ana_record_add_doubles(group, "position", ana_shape_2(N, NULL, 3, NULL), position, NULL));
    put_names(group, "labels", N, names);
}

static void add_violins(ana_record *figures)
{
    enum {
        N = 900
    };
    static const char *const names[] = {"Wake", "NREM 1", "NREM 2", "NREM 3", "REM"};
    ana_random random = ana_random_stream(21, "sample.violins", 0);
    double values[N];
    int64_t groups[N];
    for (size_t i = 0; i < N; i++) {
        groups[i] = (int64_t)(i % 5);
        double shape = 2.0 + 1.5 * (double)groups[i];
        values[i] = 0.35 * ana_random_gamma(&random, shape);
        if (groups[i] == 4 && i % 3 == 0) {
            values[i] += 3.2;
        }
    }
    ana_record *group = put_group(figures, "rates", ANA_HINT_VIOLIN);
    put_text(group, "title", "Firing rates by sleep stage");
    put_text(group, "caption", "Distribution over 180 cells a stage; box: quartiles, bar: median.");
    put_text(group, "value_title", "Firing rate");
    put_list(group, "values", N, values, "Hz");
    put_ints(group, "group", N, groups);
    put_names(group, "group_labels", 5, names);
    check_ok(ana_record_add_bool(group, "points", true));
}

static void add_points(ana_record *figures)
{
    enum {
        N = 200
    };
    ana_random random = ana_random_stream(23, "sample.points", 0);
    double ceiling[N];
    double score[N];
    for (size_t i = 0; i < N; i++) {
        ceiling[i] = sqrt(ana_random_uniform(&random));
        score[i] = ceiling[i] * (0.6 + 0.15 * ana_random_normal(&random));
    }
    for (size_t i = 1; i < 6; i++) { /* six equal points */
        ceiling[i] = ceiling[0];
        score[i] = score[0];
    }
    ana_record *group = put_group(figures, "predictivity", ANA_HINT_LINE);
    put_text(group, "title", "Predictivity and ceiling of units");
    put_text(group, "caption", "Held-out score of each unit against what its noise leaves.");
    put_text(group, "layout", "scatter");
    put_text(group, "x_title", "Ceiling");
    put_text(group, "y_title", "Correlation r");
    put_list(group, "x", N, ceiling, NULL);
    put_list(group, "y", N, score, NULL);
    check_ok(ana_record_add_bool(group, "identity", true));
}

static void add_table(ana_record *figures)
{
    const char *stages[] = {"Wake", "NREM 2", "NREM 3", "REM"};
    const int64_t bouts[] = {14, 31, 9, 6};
    const double minutes[] = {52.4, 187.03, 74.5, 88.25};
    const double p[] = {0.0000213, 0.4512, NAN, 0.0031};
    ana_record *group = put_group(figures, "stages", ANA_HINT_TABLE);
    put_text(group, "title", "Sleep stages of the night");
    put_text(group, "caption", "Bouts, duration, and p of a circular-shift test.");
    put_names(group, "stage", 4, stages);
    put_ints(group, "bouts", 4, bouts);
    put_list(group, "duration", 4, minutes, "min");
    put_list(group, "p", 4, p, NULL);
}

ana_record *sample_record(void)
{
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    put_text(root, "title", "States of sleep and movement");
    put_text(root, "summary",
             "Four states explain the activity of 24 units; they follow the stages of sleep "
             "(ARI 0.61, circular-shift p = 0.003). Decoding of imagined movement reaches 0.81.");
    check_ok(ana_record_add_int(root, "n_states", 4, NULL));
    check_ok(ana_record_add_double(root, "log_likelihood", -10482.331907, "nats"));
    check_ok(ana_record_add_double(root, "bin", 0.2, "s"));
    check_ok(ana_record_add_bool(root, "converged", true));
    const double dwell[] = {4.1, 2.75, 9.0625, 1.30000000000000004};
    put_list(root, "dwell_times", 4, dwell, "s");
    ana_record *figures = put_group(root, "figures", ANA_HINT_NONE);
    add_ribbon(figures);
    add_responses(figures);
    add_eeg(figures);
    add_spectrum(figures);
    add_time_frequency(figures);
    add_calcium(figures);
    add_raster(figures);
    add_dense_raster(figures);
    add_bars(figures);
    add_lying_bars(figures);
    add_network(figures);
    add_flow(figures);
    add_matrix(figures);
    add_topography(figures);
    add_violins(figures);
    add_points(figures);
    add_table(figures);
    ana_record *provenance = put_group(root, "provenance", ANA_HINT_NONE);
    put_text(provenance, "version", "0.1.0");
    put_text(provenance, "command", "ana hmm fit --states 4 --restarts 20 --seed 7 night.nwb");
    check_ok(ana_record_add_int(provenance, "seed", 7, NULL));
    ana_record *input = put_group(provenance, "input", ANA_HINT_NONE);
    put_text(input, "name", "night.nwb");
    check_ok(ana_record_add_int(input, "size", 73400320, "bytes"));
    put_text(input, "sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    check_ok(ana_record_check(root));
    return root;
}
