/* The decoding of an HMM as a record: states over time, the busiest stretch, dwell times. */
#include "state_names.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <string.h>

/* What the figures are made from. */
typedef struct figure_sheet {
    const ana_hmm_decoding *decoding;
    const ana_observations *observations;
    double step;               /* seconds per row; 1 where rows are not times */
    const char *unit;          /* "s", or NULL */
    const char *const *states; /* K names */
    ana_workspace *workspace;
} figure_sheet;

static const char *time_title(const figure_sheet *sheet)
{
    return sheet->unit != NULL ? "time" : "row";
}

/* Time at which row t of sequence s begins. */
static double time_of(const figure_sheet *sheet, size_t s, size_t t)
{
    double origin = sheet->unit != NULL ? sheet->observations->sequence_origin[s] : 0.0;
    size_t first = sheet->unit != NULL ? sheet->observations->sequence_start[s] : 0;
    return origin + (double)(t - first) * sheet->step;
}

/* Runs of one state within rows first ... last - 1, cut at sequences. Arrays as RIBBON wants. */
typedef struct runs {
    size_t n;
    double *start;
    double *stop;
    int64_t *state;
} runs;

static ana_status find_runs(const figure_sheet *sheet, size_t first, size_t last, runs *out)
{
    const size_t *start = sheet->observations->sequence_start;
    const size_t *path = sheet->decoding->path;
    runs found = {0};
    found.start = ana_workspace_doubles(sheet->workspace, last - first, 1);
    found.stop = ana_workspace_doubles(sheet->workspace, last - first, 1);
    found.state = ana_workspace_bytes(sheet->workspace, last - first, 1, sizeof(int64_t));
    ana_status status = ana_workspace_check(sheet->workspace, "hmm record");
    size_t s = 0;
    for (size_t t = first; t < last && status == ANA_OK; t++) {
        bool enters = t == first || path[t] != path[t - 1];
        while (t >= start[s + 1]) {
            s++;
            enters = true;
        }
        if (enters) {
            found.start[found.n] = time_of(sheet, s, t);
            found.state[found.n] = (int64_t)path[t];
            found.n++;
        }
        found.stop[found.n - 1] = time_of(sheet, s, t) + sheet->step;
    }
    *out = found;
    return status;
}

static ana_status add_ribbon(const figure_sheet *sheet, const runs *found, const char *name,
                             const char *title, const char *caption, ana_record *record,
                             ana_record **figure)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_RIBBON, figure));
    ANA_TRY(ana_record_add_text(*figure, "title", title));
    ANA_TRY(ana_record_add_text(*figure, "caption", caption));
    ANA_TRY(ana_record_add_text(*figure, "x_title", time_title(sheet)));
    ANA_TRY(ana_record_add_doubles(*figure, "start", ana_shape_1(found->n, "run"), found->start,
                                   sheet->unit));
    ANA_TRY(ana_record_add_doubles(*figure, "stop", ana_shape_1(found->n, "run"), found->stop,
                                   sheet->unit));
    ANA_TRY(
        ana_record_add_ints(*figure, "state", ana_shape_1(found->n, "run"), found->state, NULL));
    ANA_TRY(
        ana_record_add_texts(*figure, "state_labels", sheet->decoding->n_states, sheet->states));
done:
    return status;
}

enum {
    WINDOW_ROWS = 400
};

/* First row of the window of one sequence with most changes of state; the earliest of equals. */
static size_t busiest_window(const figure_sheet *sheet, size_t *n_rows)
{
    const size_t *start = sheet->observations->sequence_start;
    const size_t *path = sheet->decoding->path;
    size_t best = 0;
    size_t most = 0;
    *n_rows = 0;
    for (size_t s = 0; s < sheet->decoding->n_sequences; s++) {
        size_t length = start[s + 1] - start[s];
        size_t n = length < WINDOW_ROWS ? length : WINDOW_ROWS;
        for (size_t t = start[s]; t + n <= start[s + 1] && n > 0; t += n / 4 + 1) {
            size_t changes = 1;
            for (size_t i = t + 1; i < t + n; i++) {
                changes += path[i] != path[i - 1] ? 1 : 0;
            }
            if (changes > most) {
                most = changes;
                best = t;
                *n_rows = n;
            }
        }
    }
    return best;
}

/* Whether the rows of a window are counts, and so can be drawn as spikes. */
static bool are_counts(const figure_sheet *sheet, size_t first, size_t last)
{
    const ana_observations *observations = sheet->observations;
    const size_t n_features = observations->n_features;
    for (size_t i = first * n_features; i < last * n_features; i++) {
        const double y = observations->values[i];
        if (!isnan(y) && !(y >= 0.0 && y == floor(y))) {
            return false;
        }
    }
    return true;
}

/* A dot for each row and unit with a spike, in the middle of the row. */
static ana_status add_raster(const figure_sheet *sheet, size_t first, size_t last,
                             ana_record *figure)
{
    ana_status status = ANA_OK;
    const ana_observations *observations = sheet->observations;
    const size_t n_features = observations->n_features;
    size_t n = 0;
    size_t s = 0;
    double *times = ana_workspace_doubles(sheet->workspace, last - first, n_features);
    int64_t *rows = ana_workspace_bytes(sheet->workspace, last - first, n_features, sizeof *rows);
    ANA_TRY(ana_workspace_check(sheet->workspace, "hmm record"));
    for (size_t t = first; t < last; t++) {
        while (t >= observations->sequence_start[s + 1]) {
            s++;
        }
        for (size_t f = 0; f < n_features; f++) {
            if (observations->values[t * n_features + f] > 0.0) {
                times[n] = time_of(sheet, s, t) + 0.5 * sheet->step;
                rows[n++] = (int64_t)f;
            }
        }
    }
    ANA_TRY(ana_record_add_doubles(figure, "times", ana_shape_1(n, "spike"), times, sheet->unit));
    ANA_TRY(ana_record_add_ints(figure, "rows", ana_shape_1(n, "spike"), rows, NULL));
    ANA_TRY(ana_record_add_text(figure, "y_title", "unit"));
done:
    return status;
}

/* Times (the middle of each row) and state probabilities of a window. */
static ana_status add_posterior(const figure_sheet *sheet, size_t first, size_t last,
                                ana_record *figure)
{
    ana_status status = ANA_OK;
    const size_t n_states = sheet->decoding->n_states;
    const size_t n = last - first;
    size_t s = 0;
    double *times = ana_workspace_doubles(sheet->workspace, n, 1);
    double *posterior = ana_workspace_doubles(sheet->workspace, n_states, n);
    ANA_TRY(ana_workspace_check(sheet->workspace, "hmm record"));
    for (size_t t = first; t < last; t++) {
        while (t >= sheet->observations->sequence_start[s + 1]) {
            s++;
        }
        times[t - first] = time_of(sheet, s, t) + 0.5 * sheet->step;
        for (size_t k = 0; k < n_states; k++) {
            posterior[k * n + (t - first)] = sheet->decoding->posterior[t * n_states + k];
        }
    }
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "time"), times, sheet->unit));
    ANA_TRY(ana_record_add_doubles(figure, "posterior", ana_shape_2(n_states, "state", n, "time"),
                                   posterior, NULL));
done:
    return status;
}

static ana_status add_ribbons(const figure_sheet *sheet, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    runs found = {0};
    size_t n_rows = 0;
    ANA_TRY(find_runs(sheet, 0, sheet->decoding->n_times, &found));
    ANA_TRY(add_ribbon(sheet, &found, "states_over_time", "States over the whole recording",
                       "Most probable path of states; sequences stand one after the other.", record,
                       &figure));
    size_t first = busiest_window(sheet, &n_rows);
    if (n_rows > 0) {
        const bool counts = are_counts(sheet, first, first + n_rows);
        ANA_TRY(find_runs(sheet, first, first + n_rows, &found));
        ANA_TRY(add_ribbon(sheet, &found, "busiest_stretch",
                           "The stretch with most changes of state",
                           counts ? "Most probable path (ribbon), the states' probabilities, and "
                                    "below them each unit's bins with spikes."
                                  : "Most probable path (ribbon) and the states' probabilities.",
                           record, &figure));
        ANA_TRY(add_posterior(sheet, first, first + n_rows, figure));
        if (counts) {
            ANA_TRY(add_raster(sheet, first, first + n_rows, figure));
        }
    }
done:
    return status;
}

static ana_status add_bars(const figure_sheet *sheet, const char *name, const char *title,
                           const char *caption, const double *values, const char *unit,
                           ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n_states = sheet->decoding->n_states;
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_BARS, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", title));
    ANA_TRY(ana_record_add_text(figure, "caption", caption));
    ANA_TRY(ana_record_add_text(figure, "y_title", name));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n_states, "state"), values, unit));
    ANA_TRY(ana_record_add_texts(figure, "labels", n_states, sheet->states));
done:
    return status;
}

static ana_status add_summary_bars(const figure_sheet *sheet, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_hmm_decoding *decoding = sheet->decoding;
    double *dwell = ana_workspace_doubles(sheet->workspace, decoding->n_states, 1);
    ANA_TRY(ana_workspace_check(sheet->workspace, "hmm record"));
    for (size_t k = 0; k < decoding->n_states; k++) {
        dwell[k] = decoding->mean_dwell[k] * sheet->step;
    }
    ANA_TRY(add_bars(sheet, "occupancy", "Share of the time in each state",
                     "Mean probability of each state.", decoding->occupancy, NULL, record));
    ANA_TRY(add_bars(sheet, "dwell_time", "How long a visit to a state lasts",
                     "Mean length of the path's visits to each state.", dwell,
                     sheet->unit != NULL ? "s" : "rows", record));
done:
    return status;
}

static ana_status add_agreement(const figure_sheet *sheet, const ana_hmm_agreement *agreement,
                                ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ana_record *figure = NULL;
    const ana_observations *observations = sheet->observations;
    const size_t n_states = agreement->n_states;
    const ana_shape shape = ana_shape_2(agreement->n_labels, "label", n_states, "state");
    ANA_TRY(ana_record_add_group(record, "agreement_with_labels", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "adjusted_rand_index", agreement->ari, NULL));
    ANA_TRY(ana_record_add_double(group, "circular_shift_p", agreement->p, NULL));
    ANA_TRY(ana_record_add_text(group, "reading",
                                "Low agreement is a legitimate result: units that code something "
                                "else than the labels name (head-direction cells, for example) "
                                "change state within every label."));
    ANA_TRY(ana_record_add_int(group, "circular_shifts", (int64_t)agreement->n_shifts, NULL));
    ANA_TRY(ana_record_add_group(group, "states_by_label", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "States by label"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Share of each label's bins (row) spent in each state (column); "
                                "each row sums to 1."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "state"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "label"));
    ANA_TRY(ana_record_add_text(figure, "value_title", "share"));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, agreement->occupancy, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", observations->n_labels,
                                 (const char *const *)observations->label_names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n_states, sheet->states));
done:
    return status;
}

static ana_status add_arrays(const figure_sheet *sheet, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_hmm_decoding *decoding = sheet->decoding;
    const ana_shape per_sequence = ana_shape_1(decoding->n_sequences, "sequence");
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, "decoding", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "bin", sheet->observations->bin_s, "s"));
    ANA_TRY(ana_record_add_sizes(group, "sequence_start",
                                 ana_shape_1(decoding->n_sequences + 1, "sequence"),
                                 sheet->observations->sequence_start, NULL));
    ANA_TRY(ana_record_add_texts(group, "sequence_name", decoding->n_sequences,
                                 (const char *const *)sheet->observations->sequence_name));
    ANA_TRY(ana_record_add_doubles(group, "log_likelihood", per_sequence, decoding->log_likelihood,
                                   "nat"));
    ANA_TRY(ana_record_add_doubles(group, "log_path", per_sequence, decoding->log_path, "nat"));
    ANA_TRY(ana_record_add_sizes(group, "path", ana_shape_1(decoding->n_times, "time"),
                                 decoding->path, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "posterior", ana_shape_2(decoding->n_times, "time", decoding->n_states, "state"),
        decoding->posterior, NULL));
    ANA_TRY(ana_record_add_sizes(group, "visits", ana_shape_1(decoding->n_states, "state"),
                                 decoding->n_visits, NULL));
done:
    return status;
}

enum {
    NAME_SIZE = 32
};

ana_status ana_hmm_decoding_to_record(const ana_hmm_decoding *decoding,
                                      const ana_observations *observations,
                                      const ana_hmm_agreement *agreement, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const size_t n_states = decoding->n_states;
    const bool timed = observations->bin_s > 0.0;
    const char *const *states = ana_state_names(&workspace, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm record"));
    const figure_sheet sheet = {decoding,           observations, timed ? observations->bin_s : 1.0,
                                timed ? "s" : NULL, states,       &workspace};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "hmm decoding"));
    ANA_TRY(ana_record_add_text(record, "title", "States of the recording"));
    ANA_TRY(add_ribbons(&sheet, record));
    if (agreement != NULL) {
        ANA_TRY(add_agreement(&sheet, agreement, record));
    }
    ANA_TRY(add_summary_bars(&sheet, record));
    ANA_TRY(add_arrays(&sheet, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
