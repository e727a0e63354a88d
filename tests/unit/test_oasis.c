#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/oasis.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fluorescence: baseline + calcium of sparse activity + noise. */
typedef struct simulation {
    size_t n;
    double g[2];
    double decay; /* root */
    double *y;
    double *spikes;
} simulation;

static simulation simulate(uint64_t seed, size_t n, double decay_s, double rise_s, double noise)
{
    const double rate = 30.0;
    simulation s = {.n = n, .decay = exp(-1.0 / (decay_s * rate))};
    ana_oasis_coefficients(decay_s, rise_s, rate, s.g);
    s.y = calloc(n, sizeof *s.y);
    s.spikes = calloc(n, sizeof *s.spikes);
    ana_random random = ana_random_stream(seed, "test.oasis", 0);
    double before = 0.0;
    double earlier = 0.0;
    for (size_t t = 0; t < n; t++) {
        s.spikes[t] = t > 0 && ana_random_below(&random, 40) == 0 ? 1.0 : 0.0;
        double c = s.g[0] * before + s.g[1] * earlier + s.spikes[t];
        earlier = before;
        before = c;
        s.y[t] = 0.4 + c + noise * ana_random_normal(&random);
    }
    return s;
}

static void release(simulation *s)
{
    free(s->y);
    free(s->spikes);
}

static ana_oasis_options options_of(size_t order, ana_oasis_method method)
{
    ana_oasis_options options = ana_oasis_options_default();
    options.order = order;
    options.method = method;
    return options;
}

/* tests/reference/make_spikes.py: Lawson and Hanson's non-negative least squares on the full
 * matrix. */
static void compare_case(reference *root, const char *name)
{
    char path[128];
    size_t n = 0;
    snprintf(path, sizeof path, "oasis/%s/y", name);
    const double *y = reference_doubles(root, path, &n);
    snprintf(path, sizeof path, "oasis/%s/first", name);
    size_t first = reference_size(root, path);
    snprintf(path, sizeof path, "oasis/%s/rise", name);
    double rise = reference_number(root, path);
    ana_oasis_options options = options_of(rise > 0.0 ? 2 : 1, ANA_OASIS_PENALTY);
    options.rise_s = rise > 0.0 ? rise : (double)NAN;
    snprintf(path, sizeof path, "oasis/%s/decay", name);
    options.decay_s = reference_number(root, path);
    snprintf(path, sizeof path, "oasis/%s/rate", name);
    double rate = reference_number(root, path);
    double *calcium = calloc(2 * n, sizeof *calcium);
    double *spikes = calcium + n;
    ana_oasis_fit fit;
    static const char *const penalties[] = {"none", "some"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "oasis/%s/%s/penalty", name, penalties[i]);
        options.penalty = reference_number(root, path);
        snprintf(path, sizeof path, "oasis/%s/%s/baseline", name, penalties[i]);
        options.baseline = reference_number(root, path);
        check_ok(ana_oasis_trace(n, y, rate, &options, calcium, spikes, &fit));
        snprintf(path, sizeof path, "oasis/%s/%s/calcium", name, penalties[i]);
        check_all_close(n, calcium, reference_doubles(root, path, NULL), 1e-9, 0.0);
        snprintf(path, sizeof path, "oasis/%s/%s/spikes", name, penalties[i]);
        const double *wanted = reference_doubles(root, path, NULL);
        check_close(fit.initial, wanted[first], 1e-9, 0.0);
        spikes[first] = wanted[first];
        check_all_close(n, spikes, wanted, 1e-9, 0.0);
        snprintf(path, sizeof path, "oasis/%s/%s/rss", name, penalties[i]);
        check_close(fit.rss, reference_number(root, path), 0.0, 1e-9);
        assert_true(fit.converged);
    }
    snprintf(path, sizeof path, "oasis/%s/fitted/penalty", name);
    options.penalty = reference_number(root, path);
    options.baseline = NAN;
    check_ok(ana_oasis_trace(n, y, rate, &options, calcium, spikes, &fit));
    snprintf(path, sizeof path, "oasis/%s/fitted/baseline", name);
    check_close(fit.baseline, reference_number(root, path), 1e-9, 0.0);
    snprintf(path, sizeof path, "oasis/%s/fitted/rss", name);
    check_close(fit.rss, reference_number(root, path), 0.0, 1e-9);
    free(calcium);
}

static void answers_are_those_of_non_negative_least_squares(void **state)
{
    (void)state;
    reference *root = reference_open("spikes.json");
    for (size_t i = 0; i < reference_count(root, "oasis"); i++) {
        compare_case(root, reference_key(root, "oasis", i));
    }
    reference_close(root);
}

static void time_constants_are_those_of_numpy(void **state)
{
    (void)state;
    reference *root = reference_open("spikes.json");
    static const char *const cases[] = {"first", "second"};
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        size_t n = 0;
        snprintf(path, sizeof path, "decay/%s/y", cases[i]);
        const double *y = reference_doubles(root, path, &n);
        snprintf(path, sizeof path, "decay/%s/noise", cases[i]);
        double noise = reference_number(root, path);
        snprintf(path, sizeof path, "decay/%s/g", cases[i]);
        const double *wanted = reference_doubles(root, path, NULL);
        double g[2];
        bool adjusted = true;
        check_ok(ana_oasis_estimate(n, y, i + 1, 5, noise, g, &adjusted));
        check_all_close(i + 1, g, wanted, 0.0, 1e-10);
        assert_false(adjusted);
    }
    reference_close(root);
}

/* Optimality of the penalised problem, whatever the input: the derivative of the objective by each
 * s is zero where s is positive and not negative elsewhere. */
static void check_optimal(size_t n, const double *y, const ana_oasis_fit *fit, double decay,
                          const double *calcium, const double *spikes, double tolerance)
{
    double ahead = 0.0;   /* derivative of the objective by c at t + 1, and all that follows */
    double further = 0.0; /* at t + 2 */
    size_t first = 0;
    while (isnan(y[first])) {
        first++;
    }
    for (size_t t = n; t-- > first;) {
        double residual = isnan(y[t]) ? 0.0 : calcium[t] + fit->baseline - y[t];
        double by_c = residual + fit->g[0] * ahead + fit->g[1] * further;
        double derivative = by_c + fit->penalty;
        if (t == first) {
            derivative += fit->g[1] / decay * ahead;
        }
        double s = t == first ? fit->initial : spikes[t];
        if (s > 0.0) {
            check_close(derivative, 0.0, tolerance, 0.0);
        } else if (!isnan(y[t])) {
            assert_true(derivative > -tolerance);
        }
        assert_true(s >= 0.0);
        further = ahead;
        ahead = by_c;
    }
}

static void every_answer_is_optimal(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        size_t order = 1 + seed % 2;
        double rise = order == 2 ? 0.02 + 0.01 * (double)(seed % 7) : 0.0;
        simulation s = simulate(seed, 2000, 0.2 + 0.05 * (double)(seed % 9), rise, 0.3);
        ana_random random = ana_random_stream(seed, "test.missing", 0);
        for (size_t t = 0; t < s.n && seed % 3 == 0; t++) {
            s.y[t] = ana_random_below(&random, 6) == 0 ? (double)NAN : s.y[t];
        }
        double *calcium = calloc(2 * s.n, sizeof *calcium);
        ana_oasis_options options =
            options_of(order, seed % 4 < 2 ? ANA_OASIS_NOISE : ANA_OASIS_PENALTY);
        options.decay_s = -1.0 / (log(s.decay) * 30.0);
        options.rise_s = order == 2 ? rise : (double)NAN;
        options.penalty = 0.05 * (double)(1 + seed % 5);
        ana_oasis_fit fit;
        check_ok(ana_oasis_trace(s.n, s.y, 30.0, &options, calcium, calcium + s.n, &fit));
        assert_true(fit.converged);
        check_optimal(s.n, s.y, &fit, s.decay, calcium, calcium + s.n, 1e-8);
        double sum = 0.0; /* a fitted baseline leaves residuals that sum to zero */
        double squares = 0.0;
        for (size_t t = 0; t < s.n; t++) {
            double residual = isnan(s.y[t]) ? 0.0 : s.y[t] - calcium[t] - fit.baseline;
            sum += residual;
            squares += residual * residual;
        }
        check_close(sum, 0.0, 1e-8, 0.0);
        check_close(fit.rss, squares, 0.0, 1e-12);
        if (options.method == ANA_OASIS_NOISE) {
            double n = (double)fit.n_observed;
            check_close(sqrt(squares / n), fit.noise, 0.0, 1e-8);
        }
        free(calcium);
        release(&s);
    }
}

/* Rise and decay of two seconds each: every spike's response covers hundreds of samples and looks
 * like its neighbours'. The derivative's curvature is of order 1e5, its rounding too. */
static void slow_rises_are_solved_too(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        simulation s = simulate(seed, 3000, 2.0, 1.9, 0.3);
        double *calcium = calloc(2 * s.n, sizeof *calcium);
        ana_oasis_options options = options_of(2, ANA_OASIS_PENALTY);
        options.decay_s = 2.0;
        options.rise_s = 1.9;
        options.penalty = seed % 2 == 0 ? 5.0 : 0.001;
        options.baseline = 0.4;
        ana_oasis_fit fit;
        check_ok(ana_oasis_trace(s.n, s.y, 30.0, &options, calcium, calcium + s.n, &fit));
        assert_true(fit.converged);
        check_optimal(s.n, s.y, &fit, s.decay, calcium, calcium + s.n, 1e-5);
        free(calcium);
        release(&s);
    }
}

/* Without noise and without a penalty the activity comes back as it was. */
static void noise_free_activity_comes_back(void **state)
{
    (void)state;
    for (size_t order = 1; order <= 2; order++) {
        simulation s = simulate(4, 1500, 0.6, order == 2 ? 0.08 : 0.0, 0.0);
        double *calcium = calloc(2 * s.n, sizeof *calcium);
        ana_oasis_options options = options_of(order, ANA_OASIS_PENALTY);
        options.decay_s = 0.6;
        options.rise_s = order == 2 ? 0.08 : (double)NAN;
        options.penalty = 0.0;
        options.baseline = 0.4;
        ana_oasis_fit fit;
        check_ok(ana_oasis_trace(s.n, s.y, 30.0, &options, calcium, calcium + s.n, &fit));
        check_all_close(s.n, calcium + s.n, s.spikes, 1e-9, 0.0);
        check_close(fit.rss, 0.0, 1e-16, 0.0);
        double n_spikes = 0.0;
        for (size_t t = 0; t < s.n; t++) {
            n_spikes += s.spikes[t];
        }
        check_close(fit.total, n_spikes, 1e-8, 0.0);
        free(calcium);
        release(&s);
    }
}

static void activity_is_found_in_noise(void **state)
{
    (void)state;
    for (size_t order = 1; order <= 2; order++) {
        simulation s = simulate(7, 20000, 0.8, order == 2 ? 0.1 : 0.0, 0.15);
        double *calcium = calloc(2 * s.n, sizeof *calcium);
        double *spikes = calcium + s.n;
        ana_oasis_options options = options_of(order, ANA_OASIS_THRESHOLD);
        ana_oasis_fit fit;
        check_ok(ana_oasis_trace(s.n, s.y, 30.0, &options, calcium, spikes, &fit));
        assert_true(fit.converged);
        check_close(fit.decay_s, 0.8, 0.2, 0.0);
        check_close(fit.noise, 0.15, 0.03, 0.0); /* onsets have power at high frequencies too */
        assert_true(fit.min_spike > 0.3);
        double true_spikes = 0.0;
        double hits = 0.0;
        for (size_t t = 1; t + 1 < s.n; t++) {
            true_spikes += s.spikes[t];
            hits += s.spikes[t] > 0.0 &&
                    (spikes[t - 1] > 0.0 || spikes[t] > 0.0 || spikes[t + 1] > 0.0);
            assert_true(spikes[t] == 0.0 || spikes[t] >= fit.min_spike * (1.0 - 1e-9));
        }
        assert_true(hits > 0.9 * true_spikes);
        assert_true((double)fit.n_spikes < 1.1 * true_spikes);
        assert_true(sqrt(fit.rss / (double)fit.n_observed) <= fit.noise * (1.0 + 1e-8));
        free(calcium);
        release(&s);
    }
}

/* A given least size without a penalty is kept to; 0 of it is plain non-negative least squares. */
static void threshold_of_zero_is_no_threshold(void **state)
{
    (void)state;
    for (size_t order = 1; order <= 2; order++) {
        simulation s = simulate(9, 800, 0.5, order == 2 ? 0.07 : 0.0, 0.2);
        double *answer[2];
        for (size_t i = 0; i < 2; i++) {
            answer[i] = calloc(2 * s.n, sizeof *answer[i]);
            ana_oasis_options options =
                options_of(order, i == 0 ? ANA_OASIS_THRESHOLD : ANA_OASIS_PENALTY);
            options.decay_s = 0.5;
            options.rise_s = order == 2 ? 0.07 : (double)NAN;
            options.baseline = 0.4;
            options.min_spike = 0.0;
            options.penalty = 0.0;
            ana_oasis_fit fit;
            check_ok(ana_oasis_trace(s.n, s.y, 30.0, &options, answer[i], answer[i] + s.n, &fit));
        }
        check_all_close(2 * s.n, answer[0], answer[1], 1e-12, 0.0);
        free(answer[0]);
        free(answer[1]);
        release(&s);
    }
}

/* Two neighbours of 0.6 each are one event: with a least size of 0.9 one spike stays, and grows. */
static void one_of_two_small_neighbours_grows(void **state)
{
    (void)state;
    enum {
        N = 400
    };
    for (size_t order = 1; order <= 2; order++) {
        double y[N];
        double calcium[N];
        double spikes[N];
        double g[2];
        ana_oasis_coefficients(0.5, order == 2 ? 0.07 : 0.0, 30.0, g);
        for (size_t t = 0; t < N; t++) {
            double spike = t % 40 == 20 || t % 40 == 21 ? 0.6 : 0.0;
            double before = t > 0 ? y[t - 1] : 0.0;
            double earlier = t > 1 ? y[t - 2] : 0.0;
            y[t] = g[0] * before + g[1] * earlier + spike;
        }
        ana_oasis_options options = options_of(order, ANA_OASIS_THRESHOLD);
        options.decay_s = 0.5;
        options.rise_s = order == 2 ? 0.07 : (double)NAN;
        options.baseline = 0.0;
        options.min_spike = 0.9;
        ana_oasis_fit fit;
        check_ok(ana_oasis_trace(N, y, 30.0, &options, calcium, spikes, &fit));
        assert_int_equal(fit.n_spikes, 10);
        for (size_t t = 0; t < N; t++) {
            assert_true(spikes[t] == 0.0 || (spikes[t] > 0.9 && (t % 40 == 20 || t % 40 == 21)));
        }
    }
}

static void answers_scale_with_the_trace(void **state)
{
    (void)state;
    for (size_t order = 1; order <= 2; order++) {
        simulation s = simulate(11, 1200, 0.5, order == 2 ? 0.07 : 0.0, 0.2);
        double *answer[2];
        ana_oasis_fit fit[2];
        for (size_t i = 0; i < 2; i++) {
            answer[i] = calloc(2 * s.n, sizeof *answer[i]);
            ana_oasis_options options = options_of(order, ANA_OASIS_NOISE);
            check_ok(
                ana_oasis_trace(s.n, s.y, 30.0, &options, answer[i], answer[i] + s.n, &fit[i]));
            for (size_t t = 0; t < s.n; t++) {
                s.y[t] = 50.0 * s.y[t] + 1000.0;
            }
        }
        check_close(fit[1].baseline, 50.0 * fit[0].baseline + 1000.0, 1e-5, 0.0);
        for (size_t t = 0; t < 2 * s.n; t++) {
            /* The noise is met to 1e-9; the answer follows its root. */
            check_close(answer[1][t], 50.0 * answer[0][t], 1e-5, 0.0);
        }
        free(answer[0]);
        free(answer[1]);
        release(&s);
    }
}

static void silence_is_an_answer_and_too_little_noise_is_said(void **state)
{
    (void)state;
    double y[400];
    double calcium[400];
    double spikes[400];
    ana_random random = ana_random_stream(3, "test.silence", 0);
    for (size_t t = 0; t < 400; t++) {
        y[t] = 5.0 + ana_random_normal(&random);
    }
    ana_oasis_options options = options_of(1, ANA_OASIS_NOISE);
    options.decay_s = 0.5;
    options.noise = 3.0;
    ana_oasis_fit fit;
    check_ok(ana_oasis_trace(400, y, 30.0, &options, calcium, spikes, &fit));
    assert_true(fit.converged);
    assert_int_equal(fit.n_spikes, 0);
    check_close(fit.total, 0.0, 0.0, 0.0);
    options.noise = 1e-3; /* no activity follows white noise so closely */
    check_ok(ana_oasis_trace(400, y, 30.0, &options, calcium, spikes, &fit));
    assert_false(fit.converged);
}

static void estimates_that_cannot_be_are_adjusted(void **state)
{
    (void)state;
    double y[400];
    double g[2];
    bool adjusted = false;
    for (size_t t = 0; t < 400; t++) {
        y[t] = t % 2 == 0 ? 1.0 : -1.0; /* the root is near -1 */
    }
    check_ok(ana_oasis_estimate(400, y, 1, 5, 0.0, g, &adjusted));
    assert_true(adjusted);
    check_close(g[0], 0.15, 0.0, 0.0);
    for (size_t t = 0; t < 400; t++) {
        y[t] = sin(2.0 * (double)t); /* complex roots, of real part cos 2 < 0 */
    }
    check_ok(ana_oasis_estimate(400, y, 2, 5, 0.0, g, &adjusted));
    assert_true(adjusted);
    check_close(g[0], 0.3, 0.0, 1e-15);
    check_close(g[1], -0.0225, 0.0, 1e-15);
}

static void bad_requests_are_refused_in_words(void **state)
{
    (void)state;
    double y[100];
    double out[200];
    ana_oasis_fit fit;
    ana_random random = ana_random_stream(3, "test.refused", 0);
    for (size_t t = 0; t < 100; t++) {
        y[t] = ana_random_normal(&random);
    }
    const struct {
        ana_oasis_options options;
        const char *sentence;
    } cases[] = {
        {{.order = 3}, "--order"},
        {{.order = 1, .decay_s = -1.0}, "decay has to be positive"},
        {{.order = 1, .decay_s = INFINITY}, "decay has to be positive"},
        {{.order = 2, .decay_s = 1.0, .rise_s = -1.0}, "rise has to be positive"},
        {{.order = 2, .decay_s = 1.0, .rise_s = 2.0, .noise = 1.0}, "shorter than decay"},
        {{.order = 2, .decay_s = 1.0, .rise_s = NAN, .noise = 1.0}, "both decay and rise"},
        {{.order = 1, .decay_s = 1.0, .noise = -1.0}, "noise-sd"},
        {{.order = 1, .decay_s = 1.0, .noise = 1.0, .min_spike = -1.0}, "min-spike"},
        {{.order = 1, .decay_s = 1.0, .noise = 1.0, .baseline = INFINITY}, "offset"},
        {{.order = 1, .decay_s = 1.0, .noise = 1.0, .baseline = NAN, .method = ANA_OASIS_PENALTY},
         "give offset"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_oasis_options options = cases[i].options;
        options.n_lags = 5;
        options.tolerance = 1e-9;
        check_fails(ana_oasis_trace(100, y, 30.0, &options, out, out + 100, &fit), ANA_ERR_VALUE,
                    cases[i].sentence);
    }
    ana_oasis_options options = options_of(1, ANA_OASIS_NOISE);
    check_fails(ana_oasis_trace(11, y, 30.0, &options, out, out + 100, &fit), ANA_ERR_NUMERIC,
                "too few");
    bool adjusted = false;
    double g[2];
    check_fails(ana_oasis_estimate(11, y, 1, 5, 0.0, g, &adjusted), ANA_ERR_NUMERIC, "too few");
    const double zeros[100] = {0.0};
    check_fails(ana_oasis_estimate(100, zeros, 1, 5, 0.0, g, &adjusted), ANA_ERR_NUMERIC,
                "does not vary");
    check_fails(ana_oasis_trace(100, zeros, 30.0, &options, out, out + 100, &fit), ANA_ERR_NUMERIC,
                "does not vary");
    for (size_t t = 0; t < 100; t++) {
        y[t] = t < 50 ? 1.0 : 0.0;
    }
    options.noise_kind = ANA_NOISE_DIFFERENCE;
    check_fails(ana_oasis_trace(100, y, 30.0, &options, out, out + 100, &fit), ANA_ERR_NUMERIC,
                "no noise");
}

enum {
    N_CHANNELS = 5,
    N_TIMES = 1000
};

/* Five channels of simulated traces in two segments; the third channel is flat in the second. */
static ana_series *series_of_traces(void)
{
    double *values = calloc((size_t)N_CHANNELS * N_TIMES, sizeof *values);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        simulation s = simulate(c, N_TIMES, 0.4, 0.0, 0.2);
        memcpy(values + c * N_TIMES, s.y, N_TIMES * sizeof *values);
        release(&s);
    }
    for (size_t t = 600; t < N_TIMES; t++) {
        values[2 * N_TIMES + t] = 1.0;
    }
    ana_series *series = NULL;
    check_ok(ana_series_new("roi", N_CHANNELS, &series));
    series->rate = 30.0;
    series->type = ANA_FLOAT64;
    check_ok(ana_series_add_segment(series, 600, 0.0));
    check_ok(ana_series_add_segment(series, 400, 100.0));
    check_ok(
        ana_source_from_memory(ANA_FLOAT64, N_CHANNELS, N_TIMES, true, values, &series->source));
    for (size_t c = 0; c < N_CHANNELS; c++) {
        series->channels[c].name = calloc(32, 1);
        snprintf(series->channels[c].name, 32, "roi%zu", c);
    }
    free(values);
    return series;
}

static void keep_warning(void *user, const char *sentence)
{
    snprintf(user, 200, "%s", sentence);
}

static void a_series_is_its_traces(void **state)
{
    (void)state;
    ana_series *series = series_of_traces();
    for (size_t n_threads = 1; n_threads < 4; n_threads++) {
        char warning[200] = "";
        ana_oasis_options options = options_of(2, ANA_OASIS_NOISE);
        options.run.n_threads = n_threads;
        options.run.warn = keep_warning;
        options.run.user = warning;
        ana_oasis_result *result = NULL;
        check_ok(ana_oasis_series(series, &options, &result));
        assert_non_null(strstr(warning, "channel roi2, segment 1: "));
        double y[600];
        double calcium[600];
        double spikes[600];
        for (size_t i = 0; i < (size_t)N_CHANNELS * 2; i++) {
            const ana_segment *segment = &series->segments[i % 2];
            size_t channel = i / 2;
            size_t at = channel * N_TIMES + segment->first;
            ana_oasis_fit fit;
            check_ok(ana_series_read(series, 1, &channel, segment->first, segment->n_times, y));
            if (i == 5) {
                check_close(result->fits[i].baseline, NAN, 0.0, 0.0);
                assert_false(result->fits[i].converged);
                check_close(result->calcium[at + 7], 0.0, 0.0, 0.0);
                continue;
            }
            check_ok(ana_oasis_trace(segment->n_times, y, 30.0, &options, calcium, spikes, &fit));
            assert_memory_equal(result->calcium + at, calcium, segment->n_times * sizeof *calcium);
            assert_memory_equal(result->spikes + at, spikes, segment->n_times * sizeof *spikes);
            check_close(result->fits[i].penalty, fit.penalty, 0.0, 0.0);
        }
        ana_oasis_result_free(result);
    }
    ana_oasis_options options = ana_oasis_options_default();
    ana_oasis_result *result = NULL;
    options.run.max_memory = 2 * sizeof(double) * N_CHANNELS * N_TIMES + 600 * 40;
    check_fails(ana_oasis_series(series, &options, &result), ANA_ERR_LIMIT, "one channel");
    options.run.max_memory = 1000;
    check_fails(ana_oasis_series(series, &options, &result), ANA_ERR_LIMIT, "of all channels");
    series->rate = 0.0;
    check_fails(ana_oasis_series(series, NULL, &result), ANA_ERR_VALUE, "no regular rate");
    ana_series_free(series);
    ana_oasis_result_free(NULL);
}

static ana_status stop_at_third(void *user, const ana_oasis_piece *piece)
{
    (void)piece;
    size_t *n = user;
    ++*n;
    return *n == 3 ? ana_fail(ANA_ERR_CANCELLED, "enough") : ANA_OK;
}

static void a_walk_stops_when_told(void **state)
{
    (void)state;
    ana_series *series = series_of_traces();
    size_t n = 0;
    check_fails(ana_oasis_walk(series, NULL, stop_at_third, &n), ANA_ERR_CANCELLED, "enough");
    assert_int_equal(n, 3);
    ana_series_free(series);
}

static ana_status take_apart(void *user)
{
    ana_oasis_options options = options_of(2, ANA_OASIS_NOISE);
    options.run.n_threads = 1;
    ana_oasis_result *result = NULL;
    ana_status status = ana_oasis_series(user, &options, &result);
    ana_oasis_result_free(result);
    if (status == ANA_OK) {
        double y[60] = {0.0, 1.0, 3.0};
        double out[120];
        ana_oasis_fit fit;
        options.noise = 0.1;
        status = ana_oasis_trace(60, y, 30.0, &options, out, out + 60, &fit);
    }
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_series *series = series_of_traces();
    assert_true(check_each_allocation(take_apart, series, 0) > 20);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_non_negative_least_squares),
        cmocka_unit_test(time_constants_are_those_of_numpy),
        cmocka_unit_test(every_answer_is_optimal),
        cmocka_unit_test(slow_rises_are_solved_too),
        cmocka_unit_test(noise_free_activity_comes_back),
        cmocka_unit_test(activity_is_found_in_noise),
        cmocka_unit_test(threshold_of_zero_is_no_threshold),
        cmocka_unit_test(one_of_two_small_neighbours_grows),
        cmocka_unit_test(answers_scale_with_the_trace),
        cmocka_unit_test(silence_is_an_answer_and_too_little_noise_is_said),
        cmocka_unit_test(estimates_that_cannot_be_are_adjusted),
        cmocka_unit_test(bad_requests_are_refused_in_words),
        cmocka_unit_test(a_series_is_its_traces),
        cmocka_unit_test(a_walk_stops_when_told),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
