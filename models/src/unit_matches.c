/* Units of several systems matched pair by pair, and the record of it. */
#include "memory.h"
#include "picture.h"
#include "plane.h"
#include "try.h"
#include "unit_parts.h"

#include <analysis/models/unit_matches.h>
#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>

enum {
    MOST_SYSTEMS = 400, /* in the plane */
    MOST_LABELS = 60
};

void ana_unit_matches_free(ana_unit_matches *matches)
{
    if (matches == NULL) {
        return;
    }
    for (size_t s = 0; s < matches->n_systems && matches->systems != NULL; s++) {
        ana_unit_side_free(&matches->systems[s]);
    }
    free(matches->systems);
    free(matches->mean);
    free(matches->held_out);
    free(matches->chance);
    free(matches->p);
    free(matches->p_adjusted);
    free(matches);
}

static ana_status matches_new(const ana_responses_set *systems,
                              const ana_unit_match_options *options, ana_unit_matches **out)
{
    static const char what[] = "match-units";
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_unit_matches *matches = NULL;
    const size_t n = systems->n;
    ANA_TRY(ana_allocate(1, sizeof *matches, what, (void *)&matches));
    matches->method = options->method;
    matches->n_systems = n;
    matches->n_stimuli = systems->systems[0]->n_stimuli;
    matches->n_folds = options->n_folds;
    ANA_TRY(ana_allocate(n, sizeof *matches->systems, what, (void *)&matches->systems));
    for (size_t s = 0; s < n; s++) {
        ana_measured_units units;
        ANA_TRY(ana_measured_units_take(systems->systems[s], what, true, &workspace, &units));
        ANA_TRY(ana_unit_side_take(systems->systems[s], &units, &matches->systems[s]));
    }
    double **const squares[] = {&matches->mean, &matches->held_out, &matches->chance, &matches->p,
                                &matches->p_adjusted};
    for (size_t k = 0; k < sizeof squares / sizeof squares[0]; k++) {
        ANA_TRY(ana_allocate(n * n, sizeof(double), what, (void *)squares[k]));
        for (size_t i = 0; i < n * n; i++) {
            (*squares[k])[i] = k == 0 && i / n == i % n ? 1.0 : (double)NAN;
        }
    }
    *out = matches;
    matches = NULL;
done:
    ana_unit_matches_free(matches);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status match_pair(const ana_responses_set *systems,
                             const ana_unit_match_options *options, size_t i, size_t j,
                             ana_unit_matches *matches)
{
    ana_unit_match *match = NULL;
    const size_t at = i * matches->n_systems + j;
    ana_status status =
        ana_unit_match_compute(systems->systems[i], systems->systems[j], options, &match);
    if (status == ANA_OK) {
        matches->mean[at] = match->mean;
        matches->held_out[at] = match->held_out;
        matches->chance[at] = match->chance;
        matches->p[at] = match->p;
    }
    ana_unit_match_free(match);
    return status;
}

/* Holm over the pairs that were matched: of symmetric methods those above the diagonal. */
static ana_status adjust(ana_unit_matches *matches)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = matches->n_systems;
    const bool both = matches->method == ANA_UNITS_SEMI;
    double *p = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n * n; k++) { /* NaN is not counted */
        p[k] = both || k / n < k % n ? matches->p[k] : (double)NAN;
    }
    ANA_TRY(ana_resampling_adjust(n * n, p, ANA_CORRECTION_HOLM, matches->p_adjusted));
done:
    ana_workspace_release(&workspace);
    return status;
}

static void mirror(size_t n, double *square)
{
    for (size_t k = 0; k < n * n; k++) {
        square[k] = k / n > k % n ? square[k % n * n + k / n] : square[k];
    }
}

ana_status ana_unit_matches_compute(const ana_responses_set *systems,
                                    const ana_unit_match_options *options, ana_unit_matches **out)
{
    ana_status status = ANA_OK;
    ana_unit_matches *matches = NULL;
    const ana_unit_match_options chosen =
        options != NULL ? *options : ana_unit_match_options_default();
    const bool both = chosen.method == ANA_UNITS_SEMI;
    const size_t n = systems->n;
    if (n < 2) {
        return ana_fail(ANA_ERR_VALUE, "match-units: %zu system; two or more are matched", n);
    }
    ANA_TRY(matches_new(systems, &chosen, &matches));
    for (size_t k = 0; k < n * n; k++) {
        if (k / n < k % n || (both && k / n > k % n)) {
            ANA_TRY(ana_run_progress(&chosen.run, "pairs of systems", k, n * n));
            ANA_TRY(match_pair(systems, &chosen, k / n, k % n, matches));
        }
    }
    ANA_TRY(adjust(matches));
    if (!both) {
        mirror(n, matches->mean);
        mirror(n, matches->held_out);
        mirror(n, matches->chance);
        mirror(n, matches->p);
        mirror(n, matches->p_adjusted);
    }
    *out = matches;
    matches = NULL;
done:
    ana_unit_matches_free(matches);
    return status;
}

static ana_status add_matrix(const ana_unit_matches *matches, const double *square,
                             const char *const *names, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = matches->n_systems;
    const ana_picture_words words = {
        .title = "Mean correlation of matched units",
        .caption =
            matches->n_folds > 0
                ? "Of partners chosen on other stimuli; rows are the systems whose units "
                  "have partners in those of the columns."
                : "Of the stimuli that chose; rows are the systems whose units have partners "
                  "in those of the columns.",
        .x_title = "system",
        .y_title = "system",
        .value_title = "correlation"};
    size_t *together = ana_workspace_sizes(&workspace, n, 1); /* one group: a square */
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(ana_record_add_picture(record, "matrix", ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "system", n, "system"), square,
                                   NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "system"), together, NULL));
    if (n <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "labels", n, names));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* By 2 - 2 r, the squared distance of units of length 1, mean of both directions. */
static ana_status add_plane(const ana_unit_matches *matches, const double *square,
                            const char *const *names, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = matches->n_systems;
    const ana_picture_words words = {
        .title = "The systems in the plane",
        .caption = "By classical scaling of the distances of matched units, each joined with the "
                   "one nearest to it, as far as two dimensions can say."};
    double *apart = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n * n; k++) {
        const double other = square[k % n * n + k / n];
        apart[k] = k / n == k % n ? 0.0 : 2.0 - square[k] - other;
        if (isnan(apart[k])) {
            goto done; /* a pair that no fold could score */
        }
    }
    ANA_TRY(ana_plane_add(n, apart, names, "plane", &words, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_pairs(const ana_unit_matches *matches, const char *const *names,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = matches->n_systems;
    const bool both = matches->method == ANA_UNITS_SEMI;
    const size_t n_pairs = both ? n * (n - 1) : n * (n - 1) / 2;
    const ana_picture_words words = {
        .title = "Pairs",
        .caption = "p of so large a mean when stimuli are exchanged, alone and adjusted for the "
                   "number of pairs."};
    const struct {
        const char *name;
        const double *square;
    } columns[] = {{"mean", matches->mean},
                   {"held_out", matches->held_out},
                   {"chance", matches->chance},
                   {"p", matches->p},
                   {"p_adjusted", matches->p_adjusted}};
    const char **texts = ana_workspace_bytes(&workspace, n_pairs, 2, sizeof *texts);
    size_t *place = ana_workspace_sizes(&workspace, n_pairs, 1);
    double *values = ana_workspace_doubles(&workspace, n_pairs, 1);
    size_t at = 0;
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n * n; k++) {
        if (k / n < k % n || (both && k / n > k % n)) {
            texts[at] = names[k / n];
            texts[n_pairs + at] = names[k % n];
            place[at++] = k;
        }
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n_pairs, texts));
    ANA_TRY(ana_record_add_texts(table, "other_system", n_pairs, texts + n_pairs));
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        for (size_t k = 0; k < n_pairs; k++) {
            values[k] = columns[c].square[place[k]];
        }
        if (!isnan(values[0])) { /* else not asked for */
            ANA_TRY(ana_record_add_doubles(table, columns[c].name, ana_shape_1(n_pairs, "pair"),
                                           values, NULL));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_unit_matches_to_record(const ana_unit_matches *matches, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const size_t n = matches->n_systems;
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    double *square = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n * n; k++) {
        const bool held = matches->n_folds > 0 && k / n != k % n;
        square[k] = held ? matches->held_out[k] : matches->mean[k];
        names[k % n] = matches->systems[k % n].name;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "unit matches"));
    ANA_TRY(ana_record_add_text(record, "title", "How well the units of systems match"));
    ANA_TRY(ana_record_add_text(record, "method", ana_unit_method_names[matches->method]));
    ANA_TRY(ana_unit_systems_to_record(n, matches->systems, record));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)matches->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_folds", (int64_t)matches->n_folds, NULL));
    ANA_TRY(add_matrix(matches, square, names, record));
    if (n >= 3 && n <= MOST_SYSTEMS) {
        ANA_TRY(add_plane(matches, square, names, record));
    }
    ANA_TRY(add_pairs(matches, names, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
