#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/homogenise.h>
#include <analysis/models/homogenise_compat.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 5
};

static const char *const labels[N] = {"AVAL", "AVAR", "VB02", NULL, "SIBV?"};

/* An animal of N traces at times first + k dt with some jitter; trace i at time t is fill(i, t). */
typedef struct animal {
    ana_series *series;
    ana_table *neurons;
} animal;

static ana_series *series_of(size_t n, const double *times, size_t n_channels, const double *values)
{
    ana_series *series = NULL;
    check_ok(ana_series_new("animal", n_channels, &series));
    for (size_t c = 0; c < n_channels; c++) {
        series->channels[c].name = strdup("0");
        series->channels[c].kind = ANA_KIND_ROI;
    }
    series->type = ANA_FLOAT64;
    check_ok(ana_series_add_segment(series, n, times[0]));
    series->timestamps_ascend = true;
    check_ok(ana_source_from_memory(ANA_FLOAT64, 1, n, true, times, &series->timestamps));
    check_ok(ana_source_from_memory(ANA_FLOAT64, n_channels, n, true, values, &series->source));
    return series;
}

static ana_table *neurons_of(size_t n, const char *const *names, const double *confidence)
{
    ana_table *table = NULL;
    check_ok(ana_table_new(n, &table));
    check_ok(ana_table_add_texts(table, "label", names));
    if (confidence != NULL) {
        check_ok(ana_table_add_doubles(table, "confidence", NULL, confidence));
    }
    return table;
}

static animal jittered(uint64_t seed, size_t n, double first, double dt,
                       double (*fill)(size_t, double))
{
    ana_random random = ana_random_stream(seed, "test.homogenise", 0);
    double *times = calloc(n, sizeof *times);
    double *values = calloc(N * n, sizeof *values);
    assert_non_null(times);
    assert_non_null(values);
    for (size_t t = 0; t < n; t++) {
        times[t] = first + dt * ((double)t + 0.2 * ana_random_uniform(&random));
        for (size_t i = 0; i < N; i++) {
            values[i * n + t] =
                fill != NULL ? fill(i, times[t]) : ana_random_normal(&random) + (double)i;
        }
    }
    const animal made = {series_of(n, times, N, values), neurons_of(N, labels, NULL)};
    free(times);
    free(values);
    return made;
}

static void free_animal(animal *one)
{
    ana_series_free(one->series);
    ana_table_free(one->neurons);
}

static ana_worm_source source_of(const animal *one, const char *name)
{
    return (ana_worm_source){.name = name, .series = one->series, .neurons = one->neurons};
}

static ana_homogenise_options plain(double dt_s)
{
    ana_homogenise_options options = ana_homogenise_options_default();
    options.dt_s = dt_s;
    options.normalise = ANA_WORM_SCALE_NONE;
    options.min_duration_s = 1.0;
    return options;
}

static ana_worms *one_worm(const animal *one, const ana_homogenise_options *options)
{
    ana_worms *worms = NULL;
    const ana_worm_source source = source_of(one, "worm");
    check_ok(ana_homogenise(1, &source, options, &worms));
    assert_int_equal(worms->n, 1);
    return worms;
}

static double line(size_t i, double t)
{
    return 1.5 * (double)i - (double)(i + 1) * 0.3 * t;
}

/* A straight line is itself at every spacing: no row is stamped late or early. */
static void a_straight_line_is_kept_at_every_spacing(void **state)
{
    (void)state;
    static const double spacings[] = {0.21, 0.5, 0.53, 1.0, 2.7};
    animal one = jittered(1, 200, 7.25, 0.5, line);
    for (size_t k = 0; k < sizeof spacings / sizeof spacings[0]; k++) {
        ana_homogenise_options options = plain(spacings[k]);
        options.derivative = true;
        ana_worms *worms = one_worm(&one, &options);
        const ana_worm *worm = &worms->items[0];
        assert_true((double)worm->n_times > 97.0 / spacings[k]);
        for (size_t t = 0; t < worm->n_times; t++) {
            const double time = worm->start_s + (double)t * spacings[k];
            for (size_t i = 0; i < N; i++) {
                check_close(worm->calcium[t * N + i], line(i, time), 1e-11, 0.0);
                check_close(worm->derivative[t * N + i], -(double)(i + 1) * 0.3, 1e-10, 0.0);
            }
        }
        ana_worms_free(worms);
    }
    free_animal(&one);
}

/* Samples at a spacing are themselves. */
static void a_recording_at_its_own_spacing_stays_as_it_is(void **state)
{
    (void)state;
    enum {
        T = 64
    };
    double times[T];
    double values[T];
    ana_random random = ana_random_stream(2, "test.homogenise", 0);
    for (size_t t = 0; t < T; t++) {
        times[t] = 0.4 * (double)t;
        values[t] = ana_random_normal(&random);
    }
    const char *const name[] = {"RIS"};
    animal one = {series_of(T, times, 1, values), neurons_of(1, name, NULL)};
    ana_homogenise_options options = plain(0.0);
    ana_worms *worms = one_worm(&one, &options);
    check_close(worms->dt_s, 0.4, 1e-12, 0.0);
    assert_int_equal(worms->items[0].n_times, T);
    check_all_close(T, worms->items[0].calcium, values, 1e-12, 0.0);
    ana_worms_free(worms);
    free_animal(&one);
}

/* A sum over all samples, by the definition of the header. */
static double smooth_by_hand(ana_worm_smoothing kind, bool causal, size_t n, const double *times,
                             const double *x, size_t i)
{
    const double w = 2.0;
    double sum = 0.0;
    double total = 0.0;
    for (size_t j = 0; j < n; j++) {
        const double d = times[j] - times[i];
        const double weights[] = {j == i, causal ? -d < w : fabs(d) <= w / 2.0,
                                  exp(-d * d / (2.0 * w * w)), exp(-fabs(d) / w)};
        const double extent[] = {1e9, 1e9, 5.0 * w, 15.0 * w};
        const bool counts = fabs(d) <= extent[kind] && !(causal && d > 0.0) && !isnan(x[j]);
        sum += counts ? weights[kind] * x[j] : 0.0;
        total += counts ? weights[kind] : 0.0;
    }
    return isnan(x[i]) ? (double)NAN : sum / total;
}

static void smoothing_is_as_defined_and_leaves_missing_samples_missing(void **state)
{
    (void)state;
    enum {
        T = 90
    };
    double times[T];
    double values[T];
    double wanted[T];
    ana_random random = ana_random_stream(3, "test.homogenise", 0);
    for (size_t t = 0; t < T; t++) {
        times[t] = 0.3 * (double)t;
        values[t] = t % 17 == 5 ? (double)NAN : ana_random_normal(&random);
    }
    const char *const name[] = {"RIS"};
    animal one = {series_of(T, times, 1, values), neurons_of(1, name, NULL)};
    for (int kind = ANA_WORM_SMOOTH_NONE; kind <= ANA_WORM_SMOOTH_EXPONENTIAL; kind++) {
        for (int causal = 0; causal < 2; causal++) {
            ana_homogenise_options options = plain(0.3);
            options.smooth = (ana_worm_smoothing)kind;
            options.causal = causal != 0;
            options.max_gap_s = 0.35; /* a lost sample is not bridged */
            ana_worms *worms = one_worm(&one, &options);
            for (size_t t = 0; t < T; t++) {
                wanted[t] = smooth_by_hand(options.smooth, options.causal, T, times, values, t);
            }
            check_all_close(T, worms->items[0].calcium, wanted, 1e-12, 1e-12);
            ana_worms_free(worms);
        }
    }
    free_animal(&one);
}

static void gaps_are_bridged_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    enum {
        T = 60
    };
    double times[T];
    double values[T];
    for (size_t t = 0; t < T; t++) {
        times[t] = 0.5 * (double)t + (t >= 40 ? 4.0 : 0.0); /* the recording stopped for 4 s */
        values[t] = t == 10 || t == 20 || t == 21 ? (double)NAN : 3.0 + times[t];
    }
    const char *const name[] = {"RIS"};
    animal one = {series_of(T, times, 1, values), neurons_of(1, name, NULL)};
    ana_homogenise_options options = plain(0.5);
    ana_worms *worms = one_worm(&one, &options);
    const double *x = worms->items[0].calcium;
    assert_int_equal(worms->items[0].n_times, T + 8);
    for (size_t t = 0; t < T + 8; t++) {
        const bool missing = t == 20 || t == 21 || (t > 39 && t < 48);
        check_close(x[t], missing ? (double)NAN : 3.0 + 0.5 * (double)t, 1e-12, 0.0);
    }
    ana_worms_free(worms);
    options.dt_s = 1.0; /* blocks: missing where any part is */
    options.derivative = true;
    worms = one_worm(&one, &options);
    x = worms->items[0].calcium;
    check_close(worms->items[0].start_s, 1.0, 1e-12, 0.0);
    for (size_t t = 0; t < worms->items[0].n_times; t++) {
        const double time = 1.0 + (double)t;
        const bool missing = (time > 9.0 && time < 11.5) || (time > 19.0 && time < 24.5);
        check_close(x[t], missing ? (double)NAN : 3.0 + time, 1e-12, 0.0);
        check_close(worms->items[0].derivative[t], missing ? (double)NAN : 1.0, 1e-12, 0.0);
    }
    ana_worms_free(worms);
    free_animal(&one);
}

static double constant_third(size_t i, double t)
{
    return i == 2 ? 4.0 : sin(t * (double)(i + 1)) + 0.1 * t;
}

static void scales_are_as_defined_and_constant_traces_are_masked(void **state)
{
    (void)state;
    animal one = jittered(4, 300, 0.0, 0.5, constant_third);
    ana_homogenise_options options = plain(0.5);
    ana_worms *raw = one_worm(&one, &options);
    const size_t n = raw->items[0].n_times;
    for (int scale = ANA_WORM_SCALE_STANDARD; scale <= ANA_WORM_SCALE_MIN_MAX; scale++) {
        options.normalise = (ana_worm_scale)scale;
        options.settle_s = 10.0;
        ana_worms *worms = one_worm(&one, &options);
        const size_t drop = scale == ANA_WORM_SCALE_CAUSAL ? 20 : 0;
        assert_int_equal(worms->items[0].n_times, n - drop);
        assert_int_equal(worms->items[0].n_masked, 1);
        assert_false(worms->items[0].mask[2]);
        check_close(worms->items[0].start_s, 0.5 * (double)drop + raw->items[0].start_s, 1e-12,
                    0.0);
        for (size_t k = drop; k < n; k += 7) {
            const size_t stop = scale == ANA_WORM_SCALE_CAUSAL ? k + 1 : n;
            long double sum = 0.0L;
            long double squares = 0.0L;
            double low = INFINITY;
            double high = -INFINITY;
            for (size_t t = 0; t < stop; t++) {
                const double value = raw->items[0].calcium[t * N + 1];
                sum += value;
                low = fmin(low, value);
                high = fmax(high, value);
            }
            for (size_t t = 0; t < stop; t++) {
                const long double d = raw->items[0].calcium[t * N + 1] - sum / (long double)stop;
                squares += d * d;
            }
            const double value = raw->items[0].calcium[k * N + 1];
            const double wanted = scale == ANA_WORM_SCALE_MIN_MAX
                                      ? (value - low) / (high - low)
                                      : (double)((value - sum / (long double)stop) /
                                                 sqrtl(squares / (long double)stop));
            check_close(worms->items[0].calcium[(k - drop) * N + 1], wanted, 1e-12, 1e-12);
            assert_true(isnan(worms->items[0].calcium[(k - drop) * N + 2]));
        }
        ana_worms_free(worms);
    }
    ana_worms_free(raw);
    free_animal(&one);
}

static void of_traces_with_one_label_the_surest_is_the_neuron(void **state)
{
    (void)state;
    const char *const names[N] = {"RIS", "RIS", "RIS", "AVAL", "avaL"};
    const double sure[N] = {2.0, 4.0, NAN, 3.0, 3.0};
    animal one = jittered(5, 50, 0.0, 0.5, NULL);
    ana_table_free(one.neurons);
    one.neurons = neurons_of(N, names, sure);
    ana_homogenise_options options = plain(0.5);
    const int ris = ana_worm_neuron_find("RIS", NULL);
    const int aval = ana_worm_neuron_find("AVAL", NULL);
    const int best[N] = {-1, ris, -1, -1, -1};
    const int first[N] = {ris, -1, -1, aval, -1};
    const int none[N] = {-1, -1, -1, -1, -1};
    const int *const wanted[] = {best, first, none};
    options.min_labelled = 0;
    for (int rule = ANA_WORM_DUPLICATES_BEST; rule <= ANA_WORM_DUPLICATES_NONE; rule++) {
        options.duplicates = (ana_worm_duplicates)rule;
        ana_worms *worms = one_worm(&one, &options);
        assert_memory_equal(worms->items[0].slot, wanted[rule], sizeof best);
        for (size_t i = 0; i < N; i++) {
            assert_true((worms->items[0].rule[i] == ANA_LABEL_DUPLICATE) == (wanted[rule][i] < 0));
        }
        ana_worms_free(worms);
    }
    options.min_confidence = 3.5;
    options.duplicates = ANA_WORM_DUPLICATES_NONE;
    ana_worms *worms = one_worm(&one, &options);
    assert_int_equal(worms->items[0].rule[0], ANA_LABEL_LOW_CONFIDENCE);
    assert_int_equal(worms->items[0].rule[1], ANA_LABEL_DUPLICATE); /* with the unrated third */
    ana_worms_free(worms);
    free_animal(&one);
}

static void animals_that_cannot_be_used_are_left_out_with_a_reason(void **state)
{
    (void)state;
    double times[40];
    double values[40] = {1.0, 2.0};
    for (size_t t = 0; t < 40; t++) {
        times[t] = t == 30 ? 1.0 : (double)t;
    }
    const char *const name[] = {"RIS"};
    animal long_one = jittered(6, 400, 0.0, 0.5, NULL);
    animal short_one = jittered(7, 20, 0.0, 0.5, NULL);
    animal unlabelled = jittered(8, 400, 0.0, 0.5, NULL);
    animal backwards = {series_of(40, times, 1, values), neurons_of(1, name, NULL)};
    ana_table_free(unlabelled.neurons);
    unlabelled.neurons = NULL; /* its channels are all called 0 */
    const ana_worm_source sources[] = {source_of(&short_one, "a"), source_of(&long_one, "a"),
                                       source_of(&unlabelled, "c"), source_of(&backwards, "a")};
    ana_worms *worms = NULL;
    check_ok(ana_homogenise(4, sources, NULL, &worms));
    assert_int_equal(worms->n, 1);
    assert_string_equal(worms->items[0].name, "a_2");
    assert_int_equal(worms->n_excluded, 3);
    assert_non_null(strstr(worms->excluded[0].reason, "and at least 60 s are wanted"));
    assert_non_null(strstr(worms->excluded[1].reason, "0 of its neurons are labelled"));
    assert_non_null(strstr(worms->excluded[2].reason, "do not ascend at sample 30"));
    assert_string_equal(worms->excluded[2].name, "a_3");
    ana_worms_free(worms);
    check_fails(ana_homogenise(1, sources, NULL, &worms), ANA_ERR_VALUE, "none of 1 animals");
    check_fails(ana_homogenise(0, sources, NULL, &worms), ANA_ERR_VALUE, "none of 0 animals");
    free_animal(&long_one);
    free_animal(&short_one);
    free_animal(&unlabelled);
    free_animal(&backwards);
}

static void wrong_tables_options_and_values_are_refused(void **state)
{
    (void)state;
    animal one = jittered(9, 300, 0.0, 0.5, NULL);
    ana_worms *worms = NULL;
    ana_homogenise_options options = plain(0.5);
    ana_worm_source source = source_of(&one, "worm");
    const double twice[N] = {0.0, 1.0, 2.0, 1.0, 4.0};
    const double beyond[N] = {0.0, 1.0, 2.0, 3.0, 5.0};
    ana_table *table = neurons_of(N, labels, NULL);
    check_ok(ana_table_add_doubles(table, "trace", NULL, twice));
    source.neurons = table;
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_VALUE, "stands twice");
    ana_table_free(table);
    table = neurons_of(N, labels, NULL);
    check_ok(ana_table_add_doubles(table, "trace", NULL, beyond));
    source.neurons = table;
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_VALUE, "about no trace");
    ana_table_free(table);
    check_ok(ana_table_new(N, &table));
    check_ok(ana_table_add_doubles(table, "label", NULL, twice));
    source.neurons = table;
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_VALUE, "column \"label\"");
    ana_table_free(table);
    source.neurons = one.neurons;
    options.dt_s = -1.0;
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_VALUE, "dt");
    options = plain(0.5);
    options.run.max_memory = 1000;
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_LIMIT, "worm");
    options = plain(1e5);
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_VALUE, "two rows");
    free_animal(&one);
    double times[3] = {0.0, 50.0, 100.0};
    double values[3] = {0.0, INFINITY, 1.0};
    const char *const name[] = {"RIS"};
    animal infinite = {series_of(3, times, 1, values), neurons_of(1, name, NULL)};
    source = source_of(&infinite, "worm");
    options = plain(0.0);
    check_fails(ana_homogenise(1, &source, &options, &worms), ANA_ERR_VALUE,
                "trace 0 is infinite at sample 1");
    free_animal(&infinite);
}

/* Two animals of other lengths and spacings, of which both have AVAL and only one has RIS. */
static ana_worms *two_worms(bool common)
{
    const char *const others[N] = {"RIS", "AVAL", NULL, NULL, NULL};
    animal one = jittered(10, 300, 0.0, 0.5, NULL);
    animal two = jittered(11, 90, 3.0, 1.1, constant_third);
    ana_table_free(two.neurons);
    two.neurons = neurons_of(N, others, NULL);
    const ana_worm_source sources[] = {source_of(&one, "one"), source_of(&two, "two")};
    ana_homogenise_options options = plain(1.0);
    ana_worms *worms = NULL;
    options.common = common;
    options.derivative = true;
    check_ok(ana_homogenise(2, sources, &options, &worms));
    free_animal(&one);
    free_animal(&two);
    return worms;
}

static void common_rows_are_those_that_every_animal_has(void **state)
{
    (void)state;
    ana_worms *own = two_worms(false);
    ana_worms *common = two_worms(true);
    assert_int_equal(own->items[0].n_times, 148);
    assert_int_equal(own->items[1].n_times, 99);
    assert_int_equal(common->items[0].n_times, common->items[1].n_times);
    /* The first is in blocks and begins at row 1, the second on lines at row 0. */
    assert_int_equal(common->items[0].n_times, 98);
    check_close(common->items[1].start_s - own->items[1].start_s, 1.0, 1e-12, 0.0);
    check_all_close(98 * N, common->items[1].calcium, own->items[1].calcium + N, 0.0, 0.0);
    check_all_close(98 * N, common->items[0].calcium, own->items[0].calcium, 0.0, 0.0);
    ana_worms_free(own);
    ana_worms_free(common);
}

static void the_dense_view_and_the_rows_hold_the_same_numbers(void **state)
{
    (void)state;
    ana_worms *worms = two_worms(false);
    ana_observations *rows = NULL;
    ana_observations *all = NULL;
    bool mask[ANA_WORM_NEURONS];
    check_ok(ana_worms_to_observations(worms, false, &rows));
    check_ok(ana_worms_to_observations(worms, true, &all));
    check_ok(ana_observations_check(rows));
    check_ok(ana_observations_check(all));
    assert_int_equal(rows->n_features, 4); /* AVAL AVAR RIS VB2 */
    assert_int_equal(all->n_features, ANA_WORM_NEURONS);
    assert_string_equal(ana_table_find(rows->features, "id")->texts[3], "VB2");
    assert_string_equal(rows->sequence_name[1], "two");
    check_close(rows->sequence_origin[1], worms->items[1].start_s, 0.0, 0.0);
    size_t at = 0;
    for (size_t w = 0; w < 2; w++) {
        const ana_worm *worm = &worms->items[w];
        double *dense = calloc(worm->n_times * ANA_WORM_NEURONS, sizeof *dense);
        assert_non_null(dense);
        ana_worm_dense(worm, worm->calcium, dense, mask);
        check_all_close(worm->n_times * ANA_WORM_NEURONS, all->values + at * ANA_WORM_NEURONS,
                        dense, 0.0, 0.0);
        assert_int_equal(mask[ana_worm_neuron_find("RIS", NULL)], w == 1);
        assert_true(mask[ana_worm_neuron_find("AVAL", NULL)]);
        for (size_t t = 0; t < worm->n_times; t++) {
            check_close(rows->values[(at + t) * 4], worm->calcium[t * N + w], 0.0, 0.0);
            assert_true(isnan(rows->values[(at + t) * 4 + (w == 0 ? 2 : 3)]));
        }
        at += worm->n_times;
        free(dense);
    }
    ana_observations_free(rows);
    ana_observations_free(all);
    ana_worms_free(worms);
}

static void a_record_gives_the_animals_back(void **state)
{
    (void)state;
    char where[256];
    ana_worms *worms = two_worms(false);
    ana_worms *back = NULL;
    ana_record *record = NULL;
    ana_record *again = NULL;
    check_ok(ana_worms_to_record(worms, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_worms_from_record(record, &back));
    check_ok(ana_worms_to_record(back, &again));
    assert_true(ana_record_equal(record, again, where, sizeof where));
    ana_record *index = (ana_record *)(uintptr_t)ana_record_find(record, "worm/001/label_index");
    index->ints[0] = ANA_WORM_NEURONS;
    ana_worms_free(back);
    check_fails(ana_worms_from_record(record, &back), ANA_ERR_FORMAT, "no slot of the list");
    index->ints[0] = index->ints[1];
    check_fails(ana_worms_from_record(record, &back), ANA_ERR_FORMAT, "another trace has");
    ana_record_free(record);
    check_ok(ana_record_new(&record));
    check_fails(ana_worms_from_record(record, &back), ANA_ERR_FORMAT, "schema");
    ana_record_free(record);
    ana_record_free(again);
    ana_worms_free(worms);
}

static ana_status everything(void *user)
{
    const animal *one = user;
    ana_status status = ANA_OK;
    const ana_worm_source sources[] = {source_of(one, "one"), source_of(one, "one")};
    ana_homogenise_options options = plain(0.5);
    ana_worms *worms = NULL;
    ana_worms *back = NULL;
    ana_record *record = NULL;
    ana_observations *rows = NULL;
    options.derivative = true;
    status = ana_homogenise(2, sources, &options, &worms);
    if (status == ANA_OK) {
        status = ana_worms_to_record(worms, &record);
    }
    if (status == ANA_OK) {
        status = ana_worms_from_record(record, &back);
    }
    if (status == ANA_OK) {
        status = ana_worms_to_observations(back, false, &rows);
    }
    ana_worms_free(worms);
    options.compat = true;
    worms = NULL;
    if (status == ANA_OK) {
        status = ana_homogenise(1, sources, &options, &worms);
    }
    ana_worms_free(worms);
    ana_worms_free(back);
    ana_record_free(record);
    ana_observations_free(rows);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    animal one = jittered(12, 30, 0.0, 0.5, NULL);
    assert_true(check_each_allocation(everything, &one, false) > 50);
    free_animal(&one);
}

static void published_functions_refuse_what_they_cannot_do(void **state)
{
    (void)state;
    const double times[] = {0.0, 1.0, 1.0};
    const double x[] = {1.0, 2.0, 3.0};
    double out[3];
    ana_compat_rows rows = {0};
    check_fails(ana_compat_gradient(1, 1, times, x, out), ANA_ERR_VALUE, "at least 2");
    check_fails(ana_compat_gradient(3, 1, times, x, out), ANA_ERR_VALUE, "equal");
    check_fails(ana_compat_smooth(ANA_WORM_SMOOTH_EXPONENTIAL, 1.5, 3, 1, x, out), ANA_ERR_VALUE,
                "at most 1");
    check_fails(ana_compat_resample(0.0, 2, 1, times, x, &rows), ANA_ERR_VALUE, "spacing above 0");
    check_fails(ana_compat_resample(0.5, 3, 1, times, x, &rows), ANA_ERR_VALUE, "do not ascend");
    check_fails(ana_compat_resample(9.0, 2, 1, times, x, &rows), ANA_ERR_VALUE, "shorter");
    check_fails(ana_compat_normalise(ANA_WORM_SCALE_MIN_MAX, 3, 1, x, out), ANA_ERR_VALUE,
                "standard and causal");
}

static void animals_of_a_recording_are_found_by_their_tables(void **state)
{
    (void)state;
    animal one = jittered(13, 30, 0.0, 0.5, NULL);
    animal two = jittered(14, 30, 0.0, 0.5, NULL);
    ana_recording *recording = NULL;
    ana_worm_source *sources = NULL;
    size_t n = 0;
    check_ok(ana_recording_new(&recording));
    check_fails(ana_worm_sources(recording, &n, &sources), ANA_ERR_VALUE, "holds no animal");
    check_ok(ana_recording_add_series(recording, one.series));
    check_ok(ana_recording_add_series(recording, two.series)); /* becomes animal_2 */
    check_ok(ana_worm_sources(recording, &n, &sources));
    assert_int_equal(n, 2);
    free(sources);
    check_ok(ana_recording_add_table(recording, "animal_2_neurons", two.neurons));
    check_ok(ana_worm_sources(recording, &n, &sources));
    assert_int_equal(n, 1);
    assert_ptr_equal(sources[0].series, recording->series[1]);
    free(sources);
    ALLOCATION_TEST(ana_worm_sources, (recording, &n, &sources), free(sources));
    ana_recording_free(recording);
    ana_table_free(one.neurons);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_is_kept_at_every_spacing),
        cmocka_unit_test(a_recording_at_its_own_spacing_stays_as_it_is),
        cmocka_unit_test(smoothing_is_as_defined_and_leaves_missing_samples_missing),
        cmocka_unit_test(gaps_are_bridged_up_to_the_limit_and_no_further),
        cmocka_unit_test(scales_are_as_defined_and_constant_traces_are_masked),
        cmocka_unit_test(of_traces_with_one_label_the_surest_is_the_neuron),
        cmocka_unit_test(animals_that_cannot_be_used_are_left_out_with_a_reason),
        cmocka_unit_test(wrong_tables_options_and_values_are_refused),
        cmocka_unit_test(common_rows_are_those_that_every_animal_has),
        cmocka_unit_test(the_dense_view_and_the_rows_hold_the_same_numbers),
        cmocka_unit_test(a_record_gives_the_animals_back),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(published_functions_refuse_what_they_cannot_do),
        cmocka_unit_test(animals_of_a_recording_are_found_by_their_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
