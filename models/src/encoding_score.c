/* Scores of held-out predictions, and what noise leaves of them. */
#include "columns.h"
#include "encoding_parts.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>
#include <string.h>

/* Rows of the stimuli that were tested in a repeat (by fold `only`, or by any when it is n_folds).
 */
static size_t tested(const ana_encoding *e, size_t repeat, size_t only, size_t *rows)
{
    size_t n = 0;
    const size_t *fold = e->fold + repeat * e->n_stimuli;
    for (size_t i = 0; i < e->n_stimuli; i++) {
        const bool here = only < e->n_folds ? fold[i] == only : fold[i] < e->n_folds;
        rows[n] = i;
        n += here ? 1 : 0;
    }
    return n;
}

/* r2 (n_units) of n rows: 1 - errors / squares about the mean; NaN where nothing varies. */
static void determination(size_t n, size_t q, const double *predicted, const double *y,
                          double *room, double *r2)
{
    double *mean = room;
    double *error = room + q;
    double *square = room + 2 * q;
    columns_mean(n, q, y, square, mean);
    memset(error, 0, 2 * q * sizeof *error);
    for (size_t i = 0; i < n * q; i += q) {
        for (size_t j = 0; j < q; j++) {
            const double away = y[i + j] - predicted[i + j];
            const double spread = y[i + j] - mean[j];
            error[j] += away * away;
            square[j] += spread * spread;
        }
    }
    for (size_t j = 0; j < q; j++) {
        const double rounding = 1e-15 * fabs(mean[j]);
        const bool varies = square[j] > (double)n * rounding * rounding;
        r2[j] = varies ? 1.0 - error[j] / square[j] : (double)NAN;
    }
}

/* What the scores are taken from: rows of one fold, or of all of a repeat. */
typedef struct score_room {
    size_t *rows;
    double *predicted;
    double *y;
    double *sums;       /* COLUMNS_ROOM x q */
    double *r2_folds;   /* n_folds x q */
    double *r_repeats;  /* n_repeats x q: of all stimuli */
    double *r2_repeats; /* n_repeats x q */
} score_room;

static void score_rows(const ana_encoding *e, size_t repeat, size_t only, const double *y,
                       const score_room *room, double *r, double *r2)
{
    const size_t q = e->n_units;
    const size_t n = tested(e, repeat, only, room->rows);
    ridge_take_rows(n, room->rows, q, e->predicted + repeat * e->n_stimuli * q, room->predicted);
    ridge_take_rows(n, room->rows, q, y, room->y);
    columns_pearson(n, q, room->predicted, room->y, room->sums, r);
    determination(n, q, room->predicted, room->y, room->sums, r2);
}

static void by_folds(const ana_folds *folds, const double *y, const score_room *room,
                     ana_encoding *e)
{
    const size_t q = e->n_units;
    for (size_t f = 0; f < e->n_folds; f++) {
        score_rows(e, folds->folds[f].repeat, f, y, room, e->r_folds + f * q,
                   room->r2_folds + f * q);
    }
    for (size_t k = 0; k < e->n_repeats; k++) {
        score_rows(e, k, e->n_folds, y, room, room->r_repeats + k * q, room->r2_repeats + k * q);
    }
}

/* One-to-one may find no feature for a unit in some fold. */
static bool is_predicted(const ana_encoding *e, size_t unit)
{
    bool predicted = true;
    for (size_t i = 0; i < e->n_repeats * e->n_stimuli; i++) {
        predicted =
            predicted && (e->fold[i] == e->n_folds || !isnan(e->predicted[i * e->n_units + unit]));
    }
    return predicted;
}

/* Mean over the folds (or repeats) in which the unit varies. */
static double mean_of_folds(const double *values, size_t n_folds, size_t q, size_t unit)
{
    double sum = 0.0;
    double count = 0.0;
    for (size_t f = 0; f < n_folds; f++) {
        const double value = values[f * q + unit];
        sum += isnan(value) ? 0.0 : value;
        count += isnan(value) ? 0.0 : 1.0;
    }
    return count > 0.0 ? sum / count : (double)NAN;
}

static double score_of(const ana_encoding *e, const double *r2_folds, size_t j)
{
    if (e->measure == ANA_ENCODING_R2) {
        return e->pooled ? e->r2[j] : mean_of_folds(r2_folds, e->n_folds, e->n_units, j);
    }
    const double r =
        e->pooled ? e->r_pooled[j] : mean_of_folds(e->r_folds, e->n_folds, e->n_units, j);
    return e->measure == ANA_ENCODING_SQUARED ? r * fabs(r) : r;
}

static void normalise(const ana_ceiling *ceiling, ana_encoding *e)
{
    const bool by_root = e->measure == ANA_ENCODING_PEARSON;
    for (size_t j = 0; j < e->n_units; j++) {
        const double rel = ceiling != NULL ? ceiling->reliability[e->unit[j]] : (double)NAN;
        e->reliability[j] = rel;
        e->ceiling[j] = rel > 0.0 ? (by_root ? sqrt(rel) : rel) : (double)NAN;
        e->normalised[j] = e->score[j] / e->ceiling[j];
        e->n_unknown += ceiling != NULL && isnan(rel) ? 1 : 0;
        e->n_unreliable += rel <= 0.0 ? 1 : 0;
    }
}

ana_status encoding_score(const ana_folds *folds, const double *y, const ana_ceiling *ceiling,
                          ana_encoding *e)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = e->n_units;
    score_room room = {.rows = ana_workspace_sizes(&workspace, e->n_stimuli + 1, 1),
                       .predicted = ana_workspace_doubles(&workspace, e->n_stimuli, q),
                       .y = ana_workspace_doubles(&workspace, e->n_stimuli, q),
                       .sums = ana_workspace_doubles(&workspace, COLUMNS_ROOM, q),
                       .r2_folds = ana_workspace_doubles(&workspace, e->n_folds, q),
                       .r_repeats = ana_workspace_doubles(&workspace, e->n_repeats, q),
                       .r2_repeats = ana_workspace_doubles(&workspace, e->n_repeats, q)};
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t i = 0; i < e->n_repeats * e->n_stimuli; i++) {
        for (size_t j = 0; j < q && e->fold[i] == e->n_folds; j++) {
            e->predicted[i * q + j] = (double)NAN;
        }
    }
    by_folds(folds, y, &room, e);
    for (size_t j = 0; j < q; j++) {
        const bool predicted = is_predicted(e, j);
        e->r_pooled[j] =
            predicted ? mean_of_folds(room.r_repeats, e->n_repeats, q, j) : (double)NAN;
        e->r2[j] = mean_of_folds(room.r2_repeats, e->n_repeats, q, j);
        e->score[j] = predicted ? score_of(e, room.r2_folds, j) : (double)NAN;
        e->n_constant += predicted && isnan(e->score[j]) ? 1 : 0;
        e->n_unmatched += predicted ? 0 : 1;
    }
    normalise(ceiling, e);
    ANA_TRY(ana_stats_median(q, e->score, &e->median));
    ANA_TRY(ana_stats_median(q, e->normalised, &e->median_normalised));
done:
    ana_workspace_release(&workspace);
    return status;
}
