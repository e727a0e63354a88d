/* Statistics of spike trains against elephant. Where the file says that a peer is wrong (its spike
 * time tiling coefficient widens the window with the time of the spike), it holds the definition.
 */
#include "analysis.h"
#include "support/check.h"
#include "support/spike_trains.h"

#include <analysis/bin.h>
#include <analysis/correlogram.h>
#include <analysis/smooth.h>
#include <analysis/spike_stats.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct trains {
    const h5_reference *file;
    tally *counts;
    ana_spikes *spikes; /* observed from t_start to t_stop, without the last moment */
    ana_spikes *closed; /* and with it: elephant's trains are closed intervals */
    double start;
    double stop;
} trains;

static ana_spikes *spikes_of(const h5_doubles *times, const h5_ints *offsets, double start,
                             double stop)
{
    size_t n_units = offsets->n - 1;
    size_t *n = calloc(n_units, sizeof *n);
    for (size_t u = 0; u < n_units; u++) {
        n[u] = (size_t)(offsets->values[u + 1] - offsets->values[u]);
    }
    ana_spikes *spikes = spikes_by_hand(n_units, n, times->values, start, stop);
    free(n);
    return spikes;
}

static trains read_trains(const h5_reference *file, tally *counts)
{
    trains t = {.file = file, .counts = counts};
    h5_doubles times = h5_reference_doubles(file, "times");
    h5_ints offsets = h5_reference_ints(file, "offsets");
    t.start = h5_reference_attribute(file, "times", "t_start", NAN);
    t.stop = h5_reference_attribute(file, "times", "t_stop", NAN);
    t.spikes = spikes_of(&times, &offsets, t.start, t.stop);
    t.closed = spikes_of(&times, &offsets, t.start, nextafter(t.stop, INFINITY));
    h5_doubles_free(&times);
    h5_ints_free(&offsets);
    return t;
}

/* Counts of all units in bins of that width, row-major bins x units. */
static ana_observations *bin(const trains *t, double bin_s)
{
    ana_bin_options options = ana_bin_options_default();
    ana_observations *counts = NULL;
    options.bin_s = bin_s;
    check_ok(ana_bin_spikes(t->spikes, NULL, &options, &counts, NULL));
    return counts;
}

static double *column(const ana_observations *counts, size_t unit)
{
    double *values = calloc(counts->n_times, sizeof *values);
    for (size_t i = 0; i < counts->n_times; i++) {
        values[i] = counts->values[i * counts->n_features + unit];
    }
    return values;
}

/* "counts_<ms>ms": units x bins. */
static bool compare_counts(const trains *t, const char *path, const char *name)
{
    double bin_ms = 0.0;
    if (sscanf(name, "counts_%lfms", &bin_ms) != 1) {
        return false;
    }
    ana_observations *counts = bin(t, bin_ms / 1000.0);
    double *values = calloc(counts->n_times * counts->n_features, sizeof *values);
    for (size_t u = 0; u < counts->n_features; u++) {
        double *one = column(counts, u);
        memcpy(values + u * counts->n_times, one, counts->n_times * sizeof *one);
        free(one);
    }
    compare_dataset(t->file, path, counts->n_times * counts->n_features, values, t->counts);
    free(values);
    ana_observations_free(counts);
    return true;
}

/* "corrcoef_<ms>ms" of the units listed in "units". */
static bool compare_correlations(const trains *t, const char *path, const char *name)
{
    double bin_ms = 0.0;
    if (sscanf(name, "corrcoef_%lfms", &bin_ms) != 1) {
        return false;
    }
    ana_observations *counts = bin(t, bin_ms / 1000.0);
    h5_ints units = h5_reference_ints(t->file, "binned/units");
    double *x = calloc(counts->n_times * units.n, sizeof *x);
    double *found = calloc(units.n * units.n, sizeof *found);
    for (size_t i = 0; i < counts->n_times; i++) {
        for (size_t u = 0; u < units.n; u++) {
            x[i * units.n + u] = counts->values[i * counts->n_features + (size_t)units.values[u]];
        }
    }
    check_ok(ana_stats_correlation(counts->n_times, units.n, x, found));
    compare_dataset(t->file, path, units.n * units.n, found, t->counts);
    free(found);
    free(x);
    h5_ints_free(&units);
    ana_observations_free(counts);
    return true;
}

/* "<reference>_<target>_<ms>ms_bc0|bc1|cc": without and with border correction, as coefficient. */
static bool compare_correlogram(const trains *t, const char *path, const char *name)
{
    size_t reference = 0;
    size_t target = 0;
    double bin_ms = 0.0;
    char kind[8] = "";
    if (sscanf(name, "%zu_%zu_%lfms_%7s", &reference, &target, &bin_ms, kind) != 4) {
        return false;
    }
    h5_doubles wanted = h5_reference_doubles(t->file, path);
    size_t n = wanted.n;
    h5_doubles_free(&wanted);
    ana_observations *counts = bin(t, bin_ms / 1000.0);
    double *a = column(counts, reference);
    double *b = column(counts, target);
    double *found = calloc(2 * n, sizeof *found);
    ana_correlogram_of_counts(counts->n_times, a, b, n / 2, strcmp(kind, "bc1") == 0, found,
                              found + n);
    compare_dataset(t->file, path, n, strcmp(kind, "cc") == 0 ? found + n : found, t->counts);
    free(found);
    free(a);
    free(b);
    ana_observations_free(counts);
    return true;
}

/* "gauss<ms>ms_unit<u>" on a grid that divides the recording. */
static bool compare_rate(const trains *t, const char *path, const char *name)
{
    double width_ms = 0.0;
    size_t unit = 0;
    if (sscanf(name, "gauss%lfms_unit%zu", &width_ms, &unit) != 2) {
        return false;
    }
    h5_doubles wanted = h5_reference_doubles(t->file, path);
    double bin_s = (t->stop - t->start) / (double)wanted.n;
    h5_doubles_free(&wanted);
    ana_observations *counts = bin(t, bin_s);
    ana_smooth_options options = ana_smooth_options_default();
    options.width_s = width_ms / 1000.0;
    options.correct = false;
    check_ok(ana_smooth_observations(&options, counts));
    double *found = column(counts, unit);
    compare_dataset(t->file, path, counts->n_times, found, t->counts);
    free(found);
    ana_observations_free(counts);
    return true;
}

/* rate, CV, CV2 and LV of each unit, or LvR with R in the name. */
static bool compare_intervals(const trains *t, const char *path, const char *name)
{
    double refractory_ms = 5.0;
    bool revised = sscanf(name, "lvr_R%lfms", &refractory_ms) == 1;
    if (!revised && strcmp(name, "rate_cv_cv2_lv") != 0) {
        return false;
    }
    size_t n_units = t->closed->n_units;
    size_t n_columns = revised ? 1 : 4;
    double *isi = calloc(t->closed->n_spikes, sizeof *isi);
    double *found = calloc(n_units * n_columns, sizeof *found);
    for (size_t u = 0; u < n_units; u++) {
        size_t n = ana_spike_isi(t->closed, u, isi, NULL);
        ana_isi_stats s = ana_isi_measure(n, isi, NULL, refractory_ms / 1000.0);
        const double four[] = {ana_spike_rate(t->closed, u), s.cv, s.cv2, s.lv};
        memcpy(found + u * n_columns, revised ? &s.lvr : four, n_columns * sizeof *found);
    }
    compare_dataset(t->file, path, n_units * n_columns, found, t->counts);
    free(found);
    free(isi);
    return true;
}

/* "fano_unit<u>_<n>win": variance over n. */
static bool compare_fano(const trains *t, const char *path, const char *name)
{
    size_t unit = 0;
    size_t n_windows = 0;
    if (sscanf(name, "fano_unit%zu_%zuwin", &unit, &n_windows) != 2) {
        return false;
    }
    ana_observations *counts = bin(t, (t->stop - t->start) / (double)n_windows);
    double *one = column(counts, unit);
    double found = ana_fano_factor(counts->n_times, one, false);
    compare_dataset(t->file, path, 1, &found, t->counts);
    free(one);
    ana_observations_free(counts);
    return true;
}

/* Window in the attribute "dt". */
static bool compare_tiling(const trains *t, const char *path, const char *name)
{
    (void)name;
    ana_matrix *found = NULL;
    double window = h5_reference_attribute(t->file, path, "dt", NAN);
    check_ok(ana_sttc_matrix(t->closed, window, NULL, &found));
    compare_dataset(t->file, path, t->closed->n_units * t->closed->n_units, found->values,
                    t->counts);
    ana_matrix_free(found);
    return true;
}

typedef bool (*comparison)(const trains *t, const char *path, const char *name);

/* The methods by group; without a comparison the library does not have them. */
static const struct {
    const char *group;
    const char *beginning; /* of the dataset's name */
    comparison compare;
} methods[] = {
    {"binned", "counts_", compare_counts},
    {"binned", "corrcoef_", compare_correlations},
    {"cch", "", compare_correlogram},
    {"rate", "gauss", compare_rate},
    {"rate", "sskernel_", NULL}, /* optimal bandwidth */
    {"stats", "rate_cv", compare_intervals},
    {"stats", "lvr_", compare_intervals},
    {"stats", "fano_", compare_fano},
    {"sttc", "dt", compare_tiling},
    {"cubic", "", NULL},
    {"pyspike", "", NULL}, /* ISI, SPIKE and SPIKE-synchronisation distances */
    {"synchrony", "", NULL},
    {"timescale", "", NULL},
    {"van_rossum", "", NULL},
    {"victor_purpura", "", NULL},
};

static void compare_one(const trains *t, const char *group, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", group, name);
    if (strcmp(path, "binned/units") == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(group, methods[i].group) != 0 ||
            strncmp(name, methods[i].beginning, strlen(methods[i].beginning)) != 0) {
            continue;
        }
        if (methods[i].compare == NULL) {
            t->counts->n_unread++;
            return;
        }
        tally_that(t->counts, methods[i].compare(t, path, name), "%s: a name not understood", path);
        return;
    }
    tally_that(t->counts, false, "%s: a method that is not known", path);
}

void compare_spiketrains(const h5_reference *file, tally *counts)
{
    trains t = read_trains(file, counts);
    h5_names groups = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t g = 0; g < groups.n; g++) {
        h5_names datasets = h5_reference_list(file, groups.names[g], H5_KIND_DATASET);
        for (size_t i = 0; i < datasets.n; i++) {
            compare_one(&t, groups.names[g], datasets.names[i]);
        }
        h5_names_free(&datasets);
    }
    h5_names_free(&groups);
    ana_spikes_free(t.spikes);
    ana_spikes_free(t.closed);
}
