/* What one animal's decoder says of another's trials.
 *
 * With B and A the means of the training stimuli in the second animal and the first (centred, in
 * standard deviations), B = U S V' and A = U_a S_a V_a': the orthogonal map is V P Q' V_a', where
 * S U' U_a S_a = P D Q', times sum D / sum S^2; the ridge's is V (S / (S^2 + penalty)) U' A. No
 * matrix of units x units is decomposed. */
#include "decoding_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/resampling.h>

#include <math.h>
#include <string.h>

static const char *const map_names[] = {"orthogonal", "ridge", NULL};

static const double least_singular = 1e-10; /* of the largest: less is rounding */

ana_transfer_options ana_transfer_options_default(void)
{
    return (ana_transfer_options){.decoding = ana_decoding_options_default(), .map_ridge = 1.0};
}

const ana_option ana_transfer_option_table[] = {
    {"map", ANA_OPTION_CHOICE, offsetof(ana_transfer_options, map), 0, 0, map_names, "NAME",
     "how the other animal's responses become those of the first: orthogonal (turned, shifted and "
     "scaled) or ridge (linear, with a penalty)",
     false},
    {"map-ridge", ANA_OPTION_DOUBLE, offsetof(ana_transfer_options, map_ridge), 0, 1e12, NULL,
     "PENALTY", "in units of the mean squared singular value of the training stimuli", false},
    ANA_OPTION_END,
};

/* An animal's trials of the shared stimuli, and their means. */
typedef struct animal {
    ana_decoding_rows rows;
    double *means;  /* n_shared x p */
    double *centre; /* p: over training stimuli */
    double *scale;  /* p */
} animal;

typedef struct transfer {
    size_t n_shared;
    const ana_transfer_options *options;
    animal from;
    animal to;
    double *map;            /* to.p x from.p */
    const ana_folds *folds; /* of stimuli */
} transfer;

/* Rows of stimuli that have a number in `shared` (of labels; n_shared: none) are kept. */
static void keep_shared(size_t n_shared, const size_t *shared, ana_decoding_rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const size_t stimulus = shared[rows->classes[i]];
        if (stimulus < n_shared) {
            memmove(rows->x + n * rows->p, rows->x + i * rows->p, rows->p * sizeof *rows->x);
            rows->row[n] = rows->row[i];
            rows->classes[n++] = stimulus;
        }
    }
    rows->n = n;
    rows->n_classes = n_shared;
}

/* number[label] of the stimuli that both have trials of; n labels of `own` (out). */
static size_t match_stimuli(const ana_observations *own, const ana_decoding_rows *own_rows,
                            const ana_observations *other, const ana_decoding_rows *other_rows,
                            size_t *own_number, size_t *other_number)
{
    size_t n = 0;
    for (size_t b = 0; b < other->n_labels; b++) {
        other_number[b] = other->n_labels + own->n_labels;
    }
    for (size_t a = 0; a < own->n_labels; a++) {
        bool has = false;
        own_number[a] = other->n_labels + own->n_labels;
        for (size_t i = 0; i < own_rows->n && !has; i++) {
            has = own_rows->classes[i] == a;
        }
        for (size_t b = 0; b < other->n_labels && has; b++) {
            if (strcmp(own->label_names[a], other->label_names[b]) != 0) {
                continue;
            }
            for (size_t i = 0; i < other_rows->n; i++) {
                if (other_rows->classes[i] == b) {
                    own_number[a] = other_number[b] = n++;
                    has = false; /* found */
                    break;
                }
            }
        }
    }
    return n;
}

static ana_status take_means(size_t n_shared, ana_workspace *workspace, animal *self)
{
    const size_t p = self->rows.p;
    self->means = ana_workspace_doubles(workspace, n_shared, p);
    self->centre = ana_workspace_doubles(workspace, p, 1);
    self->scale = ana_workspace_doubles(workspace, p, 1);
    double *count = ana_workspace_doubles(workspace, n_shared, 1);
    const ana_status status = ana_workspace_check(workspace, "decoding");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < self->rows.n; i++) {
        count[self->rows.classes[i]] += 1.0;
    }
    for (size_t i = 0; i < self->rows.n; i++) {
        const size_t c = self->rows.classes[i];
        for (size_t u = 0; u < p; u++) {
            self->means[c * p + u] += self->rows.x[i * p + u] / count[c];
        }
    }
    return ANA_OK;
}

/* x (n x p) = means of those stimuli, centred and scaled by themselves. */
static void standardise(animal *self, size_t n, const size_t *stimuli, bool raw, double *x)
{
    const size_t p = self->rows.p;
    for (size_t u = 0; u < p; u++) {
        double mean = 0.0;
        double square = 0.0;
        for (size_t i = 0; i < n; i++) {
            mean += self->means[stimuli[i] * p + u] / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            const double d = self->means[stimuli[i] * p + u] - mean;
            square += d * d / (double)n;
        }
        const double deviation = sqrt(square);
        self->centre[u] = mean;
        self->scale[u] = raw || !(deviation > 1e-14 * fabs(mean)) ? 1.0 : deviation;
        for (size_t i = 0; i < n; i++) {
            x[i * p + u] = (self->means[stimuli[i] * p + u] - mean) / self->scale[u];
        }
    }
}

/* A decomposition without what is rounding: rank r. */
typedef struct decomposed {
    size_t n;
    size_t p;
    size_t r;
    size_t width; /* min(n, p): columns of u */
    double *u;    /* n x width */
    double *s;
    double *vt; /* width x p */
} decomposed;

static ana_status decompose(size_t n, size_t p, const double *x, ana_workspace *workspace,
                            decomposed *out)
{
    ana_status status = ANA_OK;
    out->n = n;
    out->p = p;
    out->width = n < p ? n : p;
    out->u = ana_workspace_doubles(workspace, n, out->width);
    out->s = ana_workspace_doubles(workspace, out->width, 1);
    out->vt = ana_workspace_doubles(workspace, out->width, p);
    ANA_TRY(ana_workspace_check(workspace, "decoding"));
    ANA_TRY(ana_linalg_svd(n, p, x, out->u, out->s, out->vt));
    out->r = 0;
    while (out->r < out->width && out->s[out->r] > least_singular * out->s[0]) {
        out->r++;
    }
    if (out->r == 0) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "decoding: no unit of an animal varies between the training stimuli"));
    }
done:
    return status;
}

/* map = V_b (r_b x ...)' times inner (r_b x p_a). */
static ana_status expand(const decomposed *b, size_t p_a, const double *inner, double *map)
{
    const ana_gemm shape = {
        .n_rows = b->p, .n_inner = b->r, .n_columns = p_a, .transpose_a = true, .alpha = 1.0};
    return ana_linalg_gemm(&shape, b->vt, inner, map);
}

static ana_status fit_orthogonal(const decomposed *b, const decomposed *a, double *map)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    decomposed core = {0};
    double total = 0.0;
    double size = 0.0;
    double *product = ana_workspace_doubles(&workspace, b->r, a->r);
    double *turn = ana_workspace_doubles(&workspace, b->r, a->r);
    double *inner = ana_workspace_doubles(&workspace, b->r, a->p);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    for (size_t k = 0; k < b->r * a->r; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < b->n; i++) {
            sum += b->u[i * b->width + k / a->r] * a->u[i * a->width + k % a->r];
        }
        product[k] = b->s[k / a->r] * sum * a->s[k % a->r];
    }
    ANA_TRY(decompose(b->r, a->r, product, &workspace, &core));
    for (size_t d = 0; d < core.r; d++) {
        total += core.s[d];
        for (size_t k = 0; k < b->r * a->r; k++) {
            turn[k] += core.u[k / a->r * core.width + d] * core.vt[d * a->r + k % a->r];
        }
    }
    for (size_t k = 0; k < b->r; k++) {
        size += b->s[k] * b->s[k];
    }
    for (size_t k = 0; k < b->r * a->r; k++) {
        turn[k] *= total / size;
    }
    ANA_TRY(ana_linalg_multiply(b->r, a->r, a->p, turn, a->vt, inner));
    ANA_TRY(expand(b, a->p, inner, map));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_ridge(const decomposed *b, size_t p_a, const double *x_a, double ridge,
                            double *map)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double mean = 0.0;
    double *inner = ana_workspace_doubles(&workspace, b->r, p_a);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    for (size_t k = 0; k < b->r; k++) {
        mean += b->s[k] * b->s[k] / (double)b->r;
    }
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->r; k++) {
            const double weight =
                b->u[i * b->width + k] * b->s[k] / (b->s[k] * b->s[k] + ridge * mean);
            for (size_t u = 0; u < p_a; u++) {
                inner[k * p_a + u] += weight * x_a[i * p_a + u];
            }
        }
    }
    ANA_TRY(expand(b, p_a, inner, map));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_map(transfer *self, size_t n, const size_t *stimuli)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool raw = self->options->decoding.raw;
    decomposed a = {0};
    decomposed b = {0};
    double *x_a = ana_workspace_doubles(&workspace, n, self->from.rows.p);
    double *x_b = ana_workspace_doubles(&workspace, n, self->to.rows.p);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    standardise(&self->from, n, stimuli, raw, x_a);
    standardise(&self->to, n, stimuli, raw, x_b);
    ANA_TRY(decompose(n, self->to.rows.p, x_b, &workspace, &b));
    if (self->options->map == ANA_DECODING_RIDGE) {
        ANA_TRY(fit_ridge(&b, self->from.rows.p, x_a, self->options->map_ridge, self->map));
    } else {
        ANA_TRY(decompose(n, self->from.rows.p, x_a, &workspace, &a));
        ANA_TRY(fit_orthogonal(&b, &a, self->map));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* y (from.p) = a trial of `to` as the first animal would have it. */
static void apply_map(const transfer *self, const double *x, double *y)
{
    const size_t p_a = self->from.rows.p;
    for (size_t k = 0; k < p_a; k++) {
        y[k] = 0.0;
    }
    for (size_t u = 0; u < self->to.rows.p; u++) {
        const double value = (x[u] - self->to.centre[u]) / self->to.scale[u];
        for (size_t k = 0; k < p_a; k++) {
            y[k] += value * self->map[u * p_a + k];
        }
    }
    for (size_t k = 0; k < p_a; k++) {
        y[k] = self->from.centre[k] + self->from.scale[k] * y[k];
    }
}

static ana_status decode(transfer *self, const ana_decoder *decoder, const size_t *fold_of,
                         size_t *predicted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_decoding_rows *rows = &self->to.rows;
    size_t *train = ana_workspace_sizes(&workspace, self->n_shared, 1);
    bool *allowed = ana_workspace_bytes(&workspace, self->n_shared, 1, sizeof *allowed);
    double *mapped = ana_workspace_doubles(&workspace, self->from.rows.p, 1);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    for (size_t f = 0; f < self->folds->n_folds; f++) {
        size_t n_train = 0;
        ANA_TRY(ana_run_progress(&self->options->decoding.run, "folds of stimuli", f,
                                 self->folds->n_folds));
        ana_folds_train(self->folds, f, train, &n_train);
        for (size_t c = 0; c < self->n_shared; c++) {
            allowed[c] = fold_of[c] == f;
        }
        ANA_TRY(fit_map(self, n_train, train));
        for (size_t i = 0; i < rows->n; i++) {
            if (allowed[rows->classes[i]]) {
                apply_map(self, rows->x + i * rows->p, mapped);
                predicted[i] = ana_decoder_predict(decoder, mapped, allowed);
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

typedef struct renaming {
    const ana_decoding *decoding;
    size_t *truth;  /* workers x n_trials */
    double *counts; /* workers x 2 n_classes */
} renaming;

static ana_status renamed(void *user, const ana_rearranged *data, double *value)
{
    const renaming *self = user;
    const ana_decoding *of = self->decoding;
    size_t *truth = self->truth + data->worker * of->n_trials;
    for (size_t i = 0; i < of->n_trials; i++) {
        truth[i] = data->order[of->truth[i]];
    }
    *value = ana_decoding_balanced(of->n_trials, of->n_classes, truth, of->predicted,
                                   self->counts + data->worker * 2 * of->n_classes);
    return ANA_OK;
}

static ana_status test(const ana_decoding_options *use, const size_t *fold_of, ana_decoding *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_resampling_options resampling = ana_resampling_options_default();
    const size_t n_workers = (size_t)ana_run_threads(&use->run, use->n_permutations);
    renaming self = {.decoding = made,
                     .truth = ana_workspace_sizes(&workspace, n_workers, made->n_trials),
                     .counts = ana_workspace_doubles(&workspace, n_workers, 2 * made->n_classes)};
    double *values = ana_workspace_doubles(&workspace, use->n_permutations, 1);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    resampling.run = use->run;
    resampling.n_resamples = use->n_permutations;
    resampling.groups = fold_of;
    ANA_TRY(ana_resampling_values(made->n_classes, 1, renamed, &self, &resampling, values));
    ANA_TRY(ana_decoding_judge(use->n_permutations, values, made));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_folds(const transfer *self, ana_folds **out)
{
    ana_folds_options splitting = ana_folds_options_default();
    const size_t most = self->n_shared / 2;
    splitting.run = self->options->decoding.run;
    splitting.n_folds =
        self->options->decoding.n_folds < most ? self->options->decoding.n_folds : most;
    return ana_folds_plain(self->n_shared, &splitting, out);
}

/* The shared stimuli of both, by number; names (borrowed) from `from`. */
static ana_status take_animals(const ana_observations *from, const ana_observations *to,
                               ana_workspace *workspace, transfer *self, const char ***names)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_decoding_take_rows(from, workspace, &self->from.rows));
    ANA_TRY(ana_decoding_take_rows(to, workspace, &self->to.rows));
    size_t *number = ana_workspace_sizes(workspace, from->n_labels + to->n_labels, 1);
    *names = ana_workspace_bytes(workspace, from->n_labels, 1, sizeof **names);
    ANA_TRY(ana_workspace_check(workspace, "decoding"));
    self->n_shared =
        match_stimuli(from, &self->from.rows, to, &self->to.rows, number, number + from->n_labels);
    if (self->n_shared < 4) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "decoding: the animals share %zu stimuli (%s, ... and %s, ...); four are "
                         "needed, two to align by and two to tell apart",
                         self->n_shared, from->label_names[0], to->label_names[0]));
    }
    for (size_t a = 0; a < from->n_labels; a++) {
        if (number[a] < self->n_shared) {
            (*names)[number[a]] = from->label_names[a];
        }
    }
    keep_shared(self->n_shared, number, &self->from.rows);
    keep_shared(self->n_shared, number + from->n_labels, &self->to.rows);
    ANA_TRY(take_means(self->n_shared, workspace, &self->from));
    ANA_TRY(take_means(self->n_shared, workspace, &self->to));
    self->map = ana_workspace_doubles(workspace, self->to.rows.p, self->from.rows.p);
    ANA_TRY(ana_workspace_check(workspace, "decoding"));
done:
    return status;
}

/* Fit, map, decode, count, test. */
static ana_status carry_out(transfer *self, const char *const *names, ana_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_decoding *made = NULL;
    ana_decoder decoder = {0};
    const ana_decoding_options *use = &self->options->decoding;
    size_t *fold_of = ana_workspace_sizes(&workspace, self->n_shared, 1);
    size_t *all = ana_workspace_sizes(&workspace, self->from.rows.n, 1);
    size_t *trial_fold = ana_workspace_sizes(&workspace, self->to.rows.n, 1);
    ANA_TRY(ana_decoder_new(self->from.rows.p, self->n_shared, &workspace, &decoder));
    for (size_t f = 0; f < self->folds->n_folds; f++) {
        for (size_t t = 0; t < self->folds->folds[f].n_test; t++) {
            fold_of[self->folds->folds[f].test[t]] = f;
        }
    }
    for (size_t i = 0; i < self->from.rows.n; i++) {
        all[i] = i;
    }
    ANA_TRY(ana_decoder_fit(&self->from.rows, self->from.rows.classes, self->from.rows.n, all, use,
                            &decoder));
    ANA_TRY(ana_decoding_new(self->to.rows.n, self->folds->n_folds, self->n_shared, names, &made));
    memcpy(made->truth, self->to.rows.classes, self->to.rows.n * sizeof *made->truth);
    ANA_TRY(decode(self, &decoder, fold_of, made->predicted));
    for (size_t i = 0; i < self->to.rows.n; i++) {
        trial_fold[i] = fold_of[made->truth[i]];
    }
    ana_decoding_count(trial_fold, made);
    made->chance = 0.0;
    for (size_t c = 0; c < self->n_shared; c++) {
        made->chance += 1.0 / (double)(self->folds->folds[fold_of[c]].n_test * self->n_shared);
    }
    if (use->n_permutations > 0) {
        ANA_TRY(test(use, fold_of, made));
    }
    *out = made;
    made = NULL;
done:
    ana_decoding_free(made);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_decoding_transfer(const ana_observations *from, const ana_observations *to,
                                 const ana_transfer_options *options, ana_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    const char **names = NULL;
    const ana_transfer_options defaults = ana_transfer_options_default();
    transfer self = {.options = options != NULL ? options : &defaults};
    ANA_TRY(ana_options_check(ana_decoding_option_table, &self.options->decoding, "decoding"));
    ANA_TRY(ana_options_check(ana_transfer_option_table, self.options, "decoding"));
    ANA_TRY(take_animals(from, to, &workspace, &self, &names));
    ANA_TRY(make_folds(&self, &folds));
    self.folds = folds;
    ANA_TRY(carry_out(&self, names, out));
    (*out)->method = self.options->decoding.method;
    (*out)->n_unlabelled = to->n_times - self.to.rows.n;
    (*out)->n_units = self.to.rows.p;
    (*out)->n_silent = to->n_features - self.to.rows.p;
done:
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}
