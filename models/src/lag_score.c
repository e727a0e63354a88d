/* Scores of classifiers on a fold. */
#include "lag_parts.h"
#include "try.h"

#include <analysis/svm.h>

#include <math.h>
#include <string.h>

static const double svm_tolerance = 1e-3; /* libsvm's and scikit-learn's default */

/* Share of pairs of a test item of each class in which the second class's decision is larger; half
 * of those that are equal. */
static double area_under_curve(const lag_job *job, const lag_split *split, const double *decisions)
{
    const size_t *test = split->places + split->n_train;
    double sum = 0.0;
    double n_pairs = 0.0;
    for (size_t i = 0; i < split->n_test; i++) {
        for (size_t j = 0; j < split->n_test; j++) {
            if (job->classes[test[i]] == 0 && job->classes[test[j]] == 1) {
                const double above = decisions[j] > decisions[i] ? 1.0 : 0.0;
                sum += decisions[j] == decisions[i] ? 0.5 : above;
                n_pairs += 1.0;
            }
        }
    }
    return sum / n_pairs;
}

/* Share of test items whose class has the most votes, the first of equals. */
static double share_right(const lag_job *job, const lag_split *split, const size_t *votes)
{
    const size_t *test = split->places + split->n_train;
    double n_right = 0.0;
    for (size_t k = 0; k < split->n_test; k++) {
        size_t best = 0;
        for (size_t m = 1; m < job->n_classes; m++) {
            best = votes[k * job->n_classes + m] > votes[k * job->n_classes + best] ? m : best;
        }
        n_right += best == job->classes[test[k]] ? 1.0 : 0.0;
    }
    return n_right / (double)split->n_test;
}

static double score(const lag_job *job, const lag_split *split)
{
    return job->is_auc ? area_under_curve(job, split, job->decisions)
                       : share_right(job, split, job->votes);
}

/* The radial kernel of two items' squares and product; gamma is 1 over the sum of the variances of
 * the features, whose means are 0 at the mean. */
static double kernel_of(ana_lag_kernel kernel, double gamma, double a, double b, double product)
{
    return kernel == ANA_LAG_LINEAR ? product : exp(-gamma * fmax(a + b - 2.0 * product, 0.0));
}

/* What a kernel needs to know of a fold. */
typedef struct fold_kernel {
    ana_lag_kernel kernel;
    double gamma;
    const double *squares;
    size_t n_all;
} fold_kernel;

static double kernel_at(const lag_job *job, const fold_kernel *of, size_t i, size_t j)
{
    return kernel_of(of->kernel, of->gamma, of->squares[i], of->squares[j],
                     job->kernel[i * of->n_all + j]);
}

/* One class against another: decisions on the test items, above 0 for `second`. */
static ana_status decide(const lag_job *job, const lag_split *split, const fold_kernel *of,
                         const size_t pair[2], double penalty)
{
    ana_status status = ANA_OK;
    size_t *chosen = job->chosen;
    size_t n = 0;
    double offset = 0.0;
    for (size_t i = 0; i < split->n_train; i++) {
        const size_t class = job->classes[split->places[i]];
        if (class == pair[0] || class == pair[1]) {
            job->flags[n] = class == pair[1];
            chosen[n++] = i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double value = kernel_at(job, of, chosen[i], chosen[j]);
            job->other[i * n + j] = job->other[j * n + i] = value;
        }
    }
    ANA_TRY(ana_svm_fit(n, job->other, job->flags, penalty, svm_tolerance, job->weights, &offset));
    for (size_t k = 0; k < split->n_test; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            if (job->weights[i] != 0.0) {
                sum += job->weights[i] * kernel_at(job, of, chosen[i], split->n_train + k);
            }
        }
        job->decisions[k] = sum + offset;
    }
done:
    return status;
}

/* Each pair of classes votes. */
static ana_status score_setting(const lag_job *job, const lag_split *split, const fold_kernel *of,
                                double penalty, double *out)
{
    ana_status status = ANA_OK;
    memset(job->votes, 0, split->n_test * job->n_classes * sizeof *job->votes);
    for (size_t a = 0; a < job->n_classes; a++) {
        for (size_t b = a + 1; b < job->n_classes; b++) {
            ANA_TRY(decide(job, split, of, (const size_t[2]){a, b}, penalty));
            for (size_t k = 0; k < split->n_test; k++) {
                job->votes[k * job->n_classes + (job->decisions[k] > 0.0 ? b : a)]++;
            }
        }
    }
    *out = score(job, split);
done:
    return status;
}

ana_status lag_score_svm(const lag_job *job, const lag_split *split, const double *squares)
{
    ana_status status = ANA_OK;
    fold_kernel of = {.squares = squares, .n_all = split->n_train + split->n_test};
    const size_t n_kernels = lag_n_kernels(job->options);
    double sum = 0.0;
    for (size_t i = 0; i < split->n_train; i++) {
        sum += squares[i];
    }
    of.gamma = sum > 0.0 ? (double)split->n_train / sum : 1.0;
    for (size_t s = 0; s < job->n_settings; s++) {
        of.kernel = lag_kernel_of(job->options->kernels, s % n_kernels);
        double *place = job->fold_scores + s * job->folds->n_folds + split->fold;
        ANA_TRY(score_setting(job, split, &of, job->penalties[s / n_kernels], place));
    }
done:
    return status;
}

void lag_score_distances(const lag_job *job, const lag_split *split, const double *squared)
{
    const size_t n = job->n_classes;
    memset(job->votes, 0, split->n_test * n * sizeof *job->votes);
    for (size_t k = 0; k < split->n_test; k++) {
        size_t nearest = 0;
        for (size_t m = 1; m < n; m++) {
            nearest = squared[k * n + m] < squared[k * n + nearest] ? m : nearest;
        }
        job->votes[k * n + nearest] = 1;
        job->decisions[k] = squared[k * n] - squared[k * n + 1];
    }
    job->fold_scores[split->fold] = score(job, split);
}
