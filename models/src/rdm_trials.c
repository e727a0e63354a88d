/* Dissimilarities from the similarities of all pairs of trials:
 * d_ij = s_ii + s_jj - s_ij - s_ji, s_cd the mean similarity of the trials of c with those of d, of
 * different folds when cross-validated (Schuett et al. 2023, unbalanced designs). Limit: T^2 p
 * flops for T trials, twice that where channels are missing. */
#include "blas.h"
#include "rdm_parts.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = 128
};

/* Trials with a label, their condition and fold, as the two sides of a product and which entries
 * are there. */
typedef struct trials {
    size_t n; /* trials */
    size_t p; /* columns of a side */
    size_t q; /* of the second part, taken away; 0: none */
    size_t n_conditions;
    size_t *condition;
    size_t *fold;
    double *left;     /* n x p */
    double *right;    /* n x p; `left` unless Poisson */
    double *negative; /* n x q */
    double *there;    /* n x p of 0 and 1; NULL: all */
    double n_channels;
    bool crosses;
    bool alike;
} trials;

static void take_trials(const ana_observations *from, trials *to)
{
    size_t sequence = 0;
    for (size_t t = 0; t < from->n_times; t++) {
        while (t >= from->sequence_start[sequence + 1]) {
            sequence++;
        }
        if (from->labels[t] < 0) {
            continue;
        }
        memcpy(to->left + to->n * to->p, from->values + t * to->p, to->p * sizeof(double));
        to->condition[to->n] = (size_t)from->labels[t];
        to->fold[to->n] = sequence;
        to->n++;
    }
}

/* Where a value is missing, 0 in its place and in `there`. */
static ana_status mark_missing(trials *to, ana_workspace *workspace)
{
    bool missing = false;
    for (size_t i = 0; i < to->n * to->p && !missing; i++) {
        missing = isnan(to->left[i]);
    }
    if (!missing) {
        return ANA_OK;
    }
    to->there = ana_workspace_doubles(workspace, to->n, to->p);
    ana_status status = ana_workspace_check(workspace, "rdm");
    for (size_t i = 0; status == ANA_OK && i < to->n * to->p; i++) {
        to->there[i] = isnan(to->left[i]) ? 0.0 : 1.0;
        to->left[i] = isnan(to->left[i]) ? 0.0 : to->left[i];
    }
    return status;
}

/* What a method makes of the trials before they are multiplied. */
static ana_status make_sides(const ana_rdm_options *options, const ana_noise *noise,
                             ana_workspace *workspace, trials *to)
{
    ana_status status = ANA_OK;
    if (ana_rdm_is_angle(options->method)) {
        return ana_rdm_directions(options, to->n, to->p, to->left);
    }
    if (ana_rdm_is_poisson(options->method)) {
        to->right = ana_workspace_doubles(workspace, to->n, to->p);
        ANA_TRY(ana_workspace_check(workspace, "rdm"));
        ANA_TRY(ana_rdm_add_prior(options, to->n, to->p, "trial", to->left));
        for (size_t i = 0; i < to->n * to->p; i++) {
            const double there = to->there == NULL ? 1.0 : to->there[i];
            to->left[i] *= there;
            to->right[i] = there > 0.0 ? log(to->left[i]) : 0.0;
        }
    }
    if (noise != NULL) {
        to->q = noise->n_negative;
        to->negative = ana_workspace_doubles(workspace, to->n, to->q);
        ANA_TRY(ana_workspace_check(workspace, "rdm"));
        ANA_TRY(ana_noise_whiten(noise, to->n, to->left, to->left, to->negative));
    }
done:
    return status;
}

/* The similarities of rows first ... stop - 1 with all trials, and their channels in common. */
static void multiply(const trials *from, size_t first, size_t stop, double *similarity,
                     double *common)
{
    ana_gemm shape = {.n_rows = stop - first,
                      .n_inner = from->p,
                      .n_columns = from->n,
                      .transpose_b = true,
                      .alpha = 1.0};
    ana_blas_gemm(&shape, from->left + first * from->p, from->right, similarity);
    if (from->there != NULL) {
        ana_blas_gemm(&shape, from->there + first * from->p, from->there, common);
    }
    if (from->q > 0) {
        shape.n_inner = from->q;
        shape.alpha = -1.0;
        shape.beta = 1.0;
        ana_blas_gemm(&shape, from->negative + first * from->q, from->negative, similarity);
    }
}

/* Sums of similarities and of their weights for each ordered pair of conditions. */
static void add_trial(const trials *from, size_t a, const double *similarity, const double *common,
                      double *sum, double *weight)
{
    double *sums = sum + from->condition[a] * from->n_conditions;
    double *weights = weight + from->condition[a] * from->n_conditions;
    for (size_t b = 0; b < from->n; b++) {
        if (from->crosses && from->fold[a] == from->fold[b]) {
            continue;
        }
        const double n = common != NULL ? common[b] : from->n_channels;
        if (n > 0.0) {
            sums[from->condition[b]] += from->alike ? similarity[b] / n : similarity[b];
            weights[from->condition[b]] += from->alike ? 1.0 : n;
        }
    }
}

static ana_status sum_similarities(const trials *from, double *sum, double *weight)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *similarity = ana_workspace_doubles(&workspace, BLOCK, from->n);
    double *common = from->there != NULL ? ana_workspace_doubles(&workspace, BLOCK, from->n) : NULL;
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    ANA_TRY(ana_blas_start("rdm", from->n, from->p, from->n));
    for (size_t first = 0; first < from->n; first += BLOCK) {
        const size_t stop = first + BLOCK < from->n ? first + BLOCK : from->n;
        multiply(from, first, stop, similarity, common);
        for (size_t a = first; a < stop; a++) {
            const size_t at = (a - first) * from->n;
            add_trial(from, a, similarity + at, common != NULL ? common + at : NULL, sum, weight);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean similarities to dissimilarities. Correlations were summed, not divided by channels. */
static void subtract(const trials *from, double scale, const double *sum, const double *weight,
                     double *out)
{
    const size_t n = from->n_conditions;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const double within =
                sum[i * n + i] / weight[i * n + i] + sum[j * n + j] / weight[j * n + j];
            const double between =
                sum[i * n + j] / weight[i * n + j] + sum[j * n + i] / weight[j * n + i];
            *out++ = scale * (within - between); /* 0 / 0: no pair of trials, NaN */
        }
    }
}

ana_status ana_rdm_of_trials(const ana_observations *observations, const ana_noise *noise,
                             const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_rows = observations->n_times;
    const size_t n = observations->n_labels;
    const bool angle = ana_rdm_is_angle(options->method);
    trials of = {.p = observations->n_features,
                 .n_conditions = n,
                 .n_channels = angle ? 1.0 : (double)observations->n_features,
                 .crosses = ana_rdm_crosses(options->method),
                 .alike = options->trials_alike};
    of.left = ana_workspace_doubles(&workspace, n_rows, of.p);
    of.condition = ana_workspace_sizes(&workspace, n_rows, 1);
    of.fold = ana_workspace_sizes(&workspace, n_rows, 1);
    double *sum = ana_workspace_doubles(&workspace, n, n);
    double *weight = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    take_trials(observations, &of);
    if (options->remove_mean) {
        ana_rdm_remove_mean(of.n, of.p, of.left);
    }
    ANA_TRY(mark_missing(&of, &workspace));
    if (of.there != NULL && (noise != NULL || angle)) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "rdm: pooling of trials with missing channels is not defined for %s%s; "
                         "pool folds, or leave the channels out",
                         ana_rdm_method_names[options->method],
                         noise != NULL ? " with noise" : ""));
    }
    of.right = of.left;
    ANA_TRY(make_sides(options, noise, &workspace, &of));
    ANA_TRY(sum_similarities(&of, sum, weight));
    subtract(&of, angle ? 0.5 : 1.0, sum, weight, rdms->values);
done:
    ana_workspace_release(&workspace);
    return status;
}
