/* One brain as the model of another: both are measured with noise. */
#include "ceiling_parts.h"
#include "columns.h"
#include "try.h"

#include <analysis/models/encoding_scores.h>

#include <math.h>
#include <string.h>

/* Both systems by halves, and what the halves of one predict of those of the other. */
typedef struct between {
    two_sides sides;
    ana_responses *halves[4]; /* x1, x2, y1, y2 */
    double *predicted[2];     /* n x q: NaN for units that are left out */
    double *r[4];
    double *sums; /* COLUMNS_ROOM x q */
} between;

static ana_status make_room(const ana_observations *x, const ana_observations *y,
                            ana_workspace *workspace, between *self)
{
    ana_status status = ANA_OK;
    static const char *const names[] = {"first", "second"};
    const size_t q = y->n_features;
    ANA_TRY(ceiling_two_sides(x, y, workspace, &self->sides));
    for (size_t k = 0; k < 4; k++) {
        ANA_TRY(ana_responses_new(names[k / 2], self->sides.n, k < 2 ? x->n_features : q,
                                  &self->halves[k]));
        self->r[k] = ana_workspace_doubles(workspace, q, 1);
    }
    for (size_t k = 0; k < 2; k++) {
        self->predicted[k] = ana_workspace_doubles(workspace, self->sides.n, q);
    }
    self->sums = ana_workspace_doubles(workspace, COLUMNS_ROOM, q);
    ANA_TRY(ana_workspace_check(workspace, "encoding"));
done:
    return status;
}

/* What half k of x predicts of half k of y. */
static ana_status predict(const ana_encoding_options *options, size_t k, between *self)
{
    ana_encoding *encoding = NULL;
    ana_encoding_options settings = options != NULL ? *options : ana_encoding_options_default();
    settings.pooled = true;
    settings.n_repeats = 1; /* trials are split anew instead */
    const ana_responses *target = self->halves[2 + k];
    const size_t q = target->n_units;
    const ana_status status =
        ana_encoding_compute(1, &self->halves[k], target, NULL, &settings, &encoding);
    for (size_t i = 0; i < self->sides.n * q && status == ANA_OK; i++) {
        self->predicted[k][i] = (double)NAN;
    }
    for (size_t i = 0; i < self->sides.n && status == ANA_OK; i++) {
        for (size_t j = 0; j < encoding->n_units; j++) {
            self->predicted[k][i * q + encoding->unit[j]] =
                encoding->predicted[i * encoding->n_units + j];
        }
    }
    ana_encoding_free(encoding);
    return status;
}

static ana_status add_split(const ana_encoding_options *options, uint64_t seed, size_t split,
                            between *self, double *sum, size_t *used)
{
    ana_status status = ANA_OK;
    const size_t n = self->sides.n;
    const size_t q = self->halves[2]->n_units;
    ceiling_split_sides(seed, split, &self->sides);
    for (size_t k = 0; k < 4; k++) {
        memcpy(self->halves[k]->values, self->sides.halves[k],
               n * self->halves[k]->n_units * sizeof(double));
    }
    ANA_TRY(predict(options, 0, self));
    ANA_TRY(predict(options, 1, self));
    const double *y1 = self->halves[2]->values;
    const double *y2 = self->halves[3]->values;
    columns_pearson(n, q, self->predicted[0], y2, self->sums, self->r[0]);
    columns_pearson(n, q, self->predicted[1], y1, self->sums, self->r[1]);
    columns_pearson(n, q, self->predicted[0], self->predicted[1], self->sums, self->r[2]);
    columns_pearson(n, q, y1, y2, self->sums, self->r[3]);
    ceiling_add_corrected(q, self->r, sum, used);
done:
    return status;
}

ana_status ana_encoding_between(const ana_observations *x, const ana_observations *y,
                                const ana_encoding_options *options,
                                const ana_ceiling_options *halves, double *r, size_t *n_used)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    between self = {0};
    const ana_ceiling_options defaults = ana_ceiling_options_default();
    halves = halves != NULL ? halves : &defaults;
    const size_t q = y->n_features;
    size_t *used = ana_workspace_sizes(&workspace, q, 1);
    ANA_TRY(ana_options_check(ana_ceiling_option_table, halves, "ceiling"));
    ANA_TRY(make_room(x, y, &workspace, &self));
    memset(r, 0, q * sizeof *r);
    for (size_t k = 0; k < halves->n_splits; k++) {
        ANA_TRY(ana_run_progress(&halves->run, "halves", k, halves->n_splits));
        ANA_TRY(add_split(options, halves->run.seed, k, &self, r, used));
    }
    for (size_t j = 0; j < q; j++) {
        r[j] = used[j] > 0 ? r[j] / (double)used[j] : (double)NAN;
        if (n_used != NULL) {
            n_used[j] = used[j];
        }
    }
done:
    for (size_t k = 0; k < 4; k++) {
        ana_responses_free(self.halves[k]);
    }
    ana_workspace_release(&workspace);
    return status;
}
