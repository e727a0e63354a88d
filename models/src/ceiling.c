/* Reliability of units over repeated stimuli: halves of trials, or their variances. */
#include "ceiling_parts.h"
#include "columns.h"
#include "memory.h"
#include "try.h"

#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

ana_ceiling_options ana_ceiling_options_default(void)
{
    return (ana_ceiling_options){
        .run = ana_run_default(), .method = ANA_CEILING_SPLIT_HALF, .n_splits = 100};
}

const ana_option ana_ceiling_option_table[] = {
    {"splits", ANA_OPTION_SIZE, offsetof(ana_ceiling_options, n_splits), 1, 1e6, NULL, "N",
     "random halves of the trials, for split-half ceilings", false},
    ANA_OPTION_END,
};

double ana_ceiling_spearman_brown(double r)
{
    return r > -1.0 ? 2.0 * r / (1.0 + r) : (double)NAN;
}

double ana_ceiling_normalise(double r, double reliability)
{
    return reliability > 0.0 ? r / sqrt(reliability) : (double)NAN;
}

double ana_ceiling_explained(double r, double reliability)
{
    return reliability > 0.0 ? r * fabs(r) / reliability : (double)NAN;
}

/* Whether the label's name is among the stimuli; looked for from *at on, for both come in much the
 * same order. */
static bool is_wanted(const char *name, size_t n, char *const *stimuli, size_t *at)
{
    for (size_t k = 0; k < n && stimuli != NULL; k++) {
        const size_t i = (*at + k) % n;
        if (strcmp(stimuli[i], name) == 0) {
            *at = i + 1;
            return true;
        }
    }
    return stimuli == NULL;
}

/* The place of each label among the repeated stimuli, or SIZE_MAX. */
static void number_stimuli(const ana_observations *trials, size_t n, char *const *stimuli,
                           size_t *place, repeated_stimuli *out)
{
    size_t at = 0;
    size_t *count = out->row; /* n_times + n_labels entries: enough for a number of each label */
    for (size_t t = 0; t < trials->n_times; t++) {
        if (trials->labels[t] >= 0) {
            count[trials->labels[t]]++;
        }
    }
    for (size_t c = 0; c < trials->n_labels; c++) {
        place[c] = SIZE_MAX;
        if (count[c] > 0 && is_wanted(trials->label_names[c], n, stimuli, &at)) {
            out->n_single += count[c] == 1 ? 1 : 0;
            place[c] = count[c] > 1 ? out->n++ : SIZE_MAX;
        }
        if (place[c] != SIZE_MAX) {
            out->label[place[c]] = c;
            out->start[out->n] = out->start[out->n - 1] + count[c];
        }
    }
}

ana_status ceiling_repeated(const ana_observations *trials, size_t n_stimuli, char *const *stimuli,
                            ana_workspace *workspace, repeated_stimuli *out)
{
    if (trials->labels == NULL || trials->n_labels == 0) {
        return ana_fail(ANA_ERR_VALUE, "ceiling: rows have no labels that say which stimulus they "
                                       "are trials of");
    }
    const size_t n = trials->n_times;
    size_t *place = ana_workspace_sizes(workspace, trials->n_labels, 1);
    *out = (repeated_stimuli){.start = ana_workspace_sizes(workspace, trials->n_labels + 1, 1),
                              .row = ana_workspace_sizes(workspace, n + trials->n_labels, 1),
                              .label = ana_workspace_sizes(workspace, trials->n_labels, 1)};
    size_t *filled = ana_workspace_sizes(workspace, trials->n_labels, 1);
    ana_status status = ana_workspace_check(workspace, "ceiling");
    if (status != ANA_OK) {
        return status;
    }
    number_stimuli(trials, n_stimuli, stimuli, place, out);
    for (size_t t = 0; t < n; t++) {
        const size_t at = trials->labels[t] >= 0 ? place[trials->labels[t]] : SIZE_MAX;
        if (at != SIZE_MAX) {
            out->row[out->start[at] + filled[at]++] = t;
        }
    }
    if (out->n < 3) {
        return ana_fail(ANA_ERR_VALUE,
                        "ceiling: %zu stimuli have two trials or more; three are wanted at least",
                        out->n);
    }
    return ANA_OK;
}

/* Means of n rows, NaN where none is finite. */
static void mean_of_rows(const ana_observations *trials, size_t n, const size_t *rows,
                         double *count, double *mean)
{
    const size_t q = trials->n_features;
    memset(count, 0, q * sizeof *count);
    memset(mean, 0, q * sizeof *mean);
    for (size_t t = 0; t < n; t++) {
        const double *row = trials->values + rows[t] * q;
        for (size_t j = 0; j < q; j++) {
            count[j] += isnan(row[j]) ? 0.0 : 1.0;
            mean[j] += isnan(row[j]) ? 0.0 : row[j];
        }
    }
    for (size_t j = 0; j < q; j++) {
        mean[j] = count[j] > 0.0 ? mean[j] / count[j] : (double)NAN;
    }
}

/* The trials of each stimulus in random order, the first half of them (of an odd number, the larger
 * or the smaller at random) against the rest. */
void ceiling_halves(const ana_observations *trials, const repeated_stimuli *stimuli,
                    ana_random *random, split_room *room)
{
    const size_t q = trials->n_features;
    for (size_t s = 0; s < stimuli->n; s++) {
        const size_t *rows = stimuli->row + stimuli->start[s];
        const size_t n = stimuli->start[s + 1] - stimuli->start[s];
        ana_random_permutation(random, n, room->order);
        const size_t first = n / 2 + (n % 2 == 1 ? (size_t)ana_random_below(random, 2) : 0);
        for (size_t t = 0; t < n; t++) {
            room->order[t] = rows[room->order[t]];
        }
        mean_of_rows(trials, first, room->order, room->sums, room->a + s * q);
        mean_of_rows(trials, n - first, room->order + first, room->sums, room->b + s * q);
    }
}

split_room ceiling_split_room(size_t n_rows, size_t n_stimuli, size_t n_units,
                              ana_workspace *workspace)
{
    return (split_room){.order = ana_workspace_sizes(workspace, n_rows, 1),
                        .sums = ana_workspace_doubles(workspace, COLUMNS_ROOM, n_units),
                        .a = ana_workspace_doubles(workspace, n_stimuli, n_units),
                        .b = ana_workspace_doubles(workspace, n_stimuli, n_units)};
}

static ana_status split(const ana_observations *trials, const repeated_stimuli *stimuli,
                        const ana_ceiling_options *options, ana_ceiling *ceiling)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = ceiling->n_units;
    const size_t n_splits = ceiling->n_splits;
    const int n_threads = ana_run_threads(&options->run, n_splits);
    const uint64_t seed = options->run.seed;
    double *halves = ceiling->halves;
    split_room *rooms = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *rooms);
    ANA_TRY(ana_workspace_check(&workspace, "ceiling"));
    for (int k = 0; k < n_threads; k++) {
        rooms[k] = ceiling_split_room(trials->n_times, stimuli->n, q, &workspace);
    }
    ANA_TRY(ana_workspace_check(&workspace, "ceiling"));
#pragma omp parallel for default(none) shared(trials, stimuli, rooms, halves, n_splits, q, seed)   \
    num_threads(n_threads)
    for (size_t k = 0; k < n_splits; k++) {
        split_room *room = &rooms[omp_get_thread_num()];
        ana_random random = ana_random_stream(seed, "ceiling.halves", k);
        ceiling_halves(trials, stimuli, &random, room);
        columns_pearson(stimuli->n, q, room->a, room->b, room->sums, halves + k * q);
    }
    for (size_t k = 0; k < n_splits * q; k++) {
        ceiling->corrected[k] = ana_ceiling_spearman_brown(halves[k]);
    }
    for (size_t j = 0; j < q; j++) {
        double sum = 0.0;
        double count = 0.0;
        for (size_t k = 0; k < n_splits; k++) {
            const double value = ceiling->corrected[k * q + j];
            sum += isnan(value) ? 0.0 : value;
            count += isnan(value) ? 0.0 : 1.0;
        }
        ceiling->reliability[j] = count > 0.0 ? sum / count : (double)NAN;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What the variances of a unit are made of. */
typedef struct variance_sums {
    double squares;   /* of trials from their stimulus' mean */
    double freedom;   /* trials less one, of stimuli with two or more */
    double inverse;   /* sum of 1 / trials */
    double n_stimuli; /* with a trial at all */
} variance_sums;

static void add_stimulus(const ana_observations *trials, size_t unit, size_t n, const size_t *rows,
                         variance_sums *sums, double *mean)
{
    const size_t q = trials->n_features;
    double count = 0.0;
    double sum = 0.0;
    for (size_t t = 0; t < n; t++) {
        const double x = trials->values[rows[t] * q + unit];
        sum += isnan(x) ? 0.0 : x;
        count += isnan(x) ? 0.0 : 1.0;
    }
    *mean = count > 0.0 ? sum / count : (double)NAN;
    for (size_t t = 0; t < n; t++) {
        const double away = trials->values[rows[t] * q + unit] - *mean;
        sums->squares += isnan(away) ? 0.0 : away * away;
    }
    sums->freedom += count > 1.0 ? count - 1.0 : 0.0;
    sums->inverse += count > 0.0 ? 1.0 / count : 0.0;
    sums->n_stimuli += count > 0.0 ? 1.0 : 0.0;
}

static ana_status find_variances(const ana_observations *trials, const repeated_stimuli *stimuli,
                                 ana_ceiling *ceiling)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *means = ana_workspace_doubles(&workspace, stimuli->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "ceiling"));
    for (size_t j = 0; j < ceiling->n_units; j++) {
        variance_sums sums = {0.0, 0.0, 0.0, 0.0};
        for (size_t s = 0; s < stimuli->n; s++) {
            add_stimulus(trials, j, stimuli->start[s + 1] - stimuli->start[s],
                         stimuli->row + stimuli->start[s], &sums, &means[s]);
        }
        const double noise = sums.freedom > 0.0 ? sums.squares / sums.freedom : (double)NAN;
        const double of_means = ana_stats_variance(stimuli->n, means, 1);
        const double left = of_means - noise * sums.inverse / sums.n_stimuli;
        ceiling->noise_variance[j] = noise;
        ceiling->signal_variance[j] = isnan(left) ? left : fmax(0.0, left);
        if (ceiling->method == ANA_CEILING_NSD) {
            const double total =
                ceiling->signal_variance[j] + noise * sums.inverse / sums.n_stimuli;
            ceiling->reliability[j] = ceiling->signal_variance[j] / total; /* 0 / 0: flat, NaN */
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Of the trials of stimuli; exact where all have as many. */
static double harmonic_mean(const repeated_stimuli *stimuli)
{
    const double first = (double)(stimuli->start[1] - stimuli->start[0]);
    double sum = 0.0;
    for (size_t s = 0; s < stimuli->n; s++) {
        sum += first / (double)(stimuli->start[s + 1] - stimuli->start[s]);
    }
    return first * (double)stimuli->n / sum;
}

static ana_status new_ceiling(const ana_observations *trials, const repeated_stimuli *stimuli,
                              const ana_ceiling_options *options, ana_ceiling **out)
{
    ana_status status = ANA_OK;
    ana_ceiling *ceiling = NULL;
    const size_t q = trials->n_features;
    ANA_TRY(ana_allocate(1, sizeof *ceiling, "ceiling", (void *)&ceiling));
    ceiling->method = options->method;
    ceiling->n_units = q;
    ceiling->n_stimuli = stimuli->n;
    ceiling->n_single = stimuli->n_single;
    ceiling->n_splits = options->method == ANA_CEILING_SPLIT_HALF ? options->n_splits : 0;
    ceiling->n_trials = harmonic_mean(stimuli);
    double **const arrays[] = {&ceiling->reliability, &ceiling->noise_variance,
                               &ceiling->signal_variance};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(ana_allocate(q, sizeof(double), "ceiling", (void *)arrays[k]));
    }
    const size_t n_halves = ceiling->n_splits * q;
    ANA_TRY(ana_allocate(n_halves, sizeof(double), "ceiling", (void *)&ceiling->halves));
    ANA_TRY(ana_allocate(n_halves, sizeof(double), "ceiling", (void *)&ceiling->corrected));
    *out = ceiling;
    ceiling = NULL;
done:
    ana_ceiling_free(ceiling);
    return status;
}

ana_status ana_ceiling_compute(const ana_observations *trials, size_t n_stimuli,
                               char *const *stimuli, const ana_ceiling_options *options,
                               ana_ceiling **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_ceiling *ceiling = NULL;
    repeated_stimuli repeated = {0};
    const ana_ceiling_options defaults = ana_ceiling_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(ana_options_check(ana_ceiling_option_table, options, "ceiling"));
    ANA_TRY(ceiling_repeated(trials, n_stimuli, stimuli, &workspace, &repeated));
    ANA_TRY(new_ceiling(trials, &repeated, options, &ceiling));
    ANA_TRY(find_variances(trials, &repeated, ceiling));
    if (options->method == ANA_CEILING_SPLIT_HALF) {
        ANA_TRY(split(trials, &repeated, options, ceiling));
    }
    for (size_t j = 0; j < ceiling->n_units; j++) {
        ceiling->n_unknown += isnan(ceiling->reliability[j]) ? 1 : 0;
        ceiling->n_unreliable += ceiling->reliability[j] <= 0.0 ? 1 : 0;
    }
    *out = ceiling;
    ceiling = NULL;
done:
    ana_ceiling_free(ceiling);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_ceiling_of_halves(const ana_observations *trials, const int *half, double *r)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    repeated_stimuli stimuli = {0};
    ANA_TRY(ceiling_repeated(trials, 0, NULL, &workspace, &stimuli));
    split_room room =
        ceiling_split_room(trials->n_times, stimuli.n, trials->n_features, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "ceiling"));
    for (size_t s = 0; s < stimuli.n; s++) {
        for (int h = 0; h < 2; h++) {
            size_t n = 0;
            for (size_t t = stimuli.start[s]; t < stimuli.start[s + 1]; t++) {
                room.order[n] = stimuli.row[t];
                n += half[stimuli.row[t]] == h ? 1 : 0;
            }
            mean_of_rows(trials, n, room.order, room.sums,
                         (h == 0 ? room.a : room.b) + s * trials->n_features);
        }
    }
    columns_pearson(stimuli.n, trials->n_features, room.a, room.b, room.sums, r);
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_ceiling_free(ana_ceiling *ceiling)
{
    if (ceiling == NULL) {
        return;
    }
    free(ceiling->reliability);
    free(ceiling->noise_variance);
    free(ceiling->signal_variance);
    free(ceiling->halves);
    free(ceiling->corrected);
    free(ceiling);
}
