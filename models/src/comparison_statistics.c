/* What two networks have in common, in numbers. */
#include "comparison_parts.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>

/* Sums over pairs for a correlation. */
typedef struct moments {
    double n;
    double x;
    double y;
    double xx;
    double yy;
    double xy;
} moments;

static bool is_of(ana_pair_class pair, ana_pair_class wanted)
{
    return pair == wanted || (wanted == ANA_PAIR_ANY && pair != ANA_PAIR_NONE);
}

static double correlation_within(const pair_side *first, const strength_side *second,
                                 ana_pair_class wanted)
{
    moments sums = {0};
    for (size_t k = 0; k < second->n_pairs; k++) {
        if (is_of(first->classes[k], wanted)) {
            sums.n += 1.0;
            sums.x += first->weights[k];
            sums.y += second->strengths[k];
        }
    }
    const double x_mean = sums.x / sums.n;
    const double y_mean = sums.y / sums.n;
    for (size_t k = 0; k < second->n_pairs; k++) {
        if (is_of(first->classes[k], wanted)) {
            const double x = first->weights[k] - x_mean;
            const double y = second->strengths[k] - y_mean;
            sums.xx += x * x;
            sums.yy += y * y;
            sums.xy += x * y;
        }
    }
    /* What is left of equal numbers is rounding. */
    const bool varies = sums.xx > 1e-24 * sums.n * x_mean * x_mean &&
                        sums.yy > 1e-24 * sums.n * y_mean * y_mean && sums.xx > 0.0 &&
                        sums.yy > 0.0;
    return sums.n > 2.0 && varies ? sums.xy / sqrt(sums.xx * sums.yy) : (double)NAN;
}

static double jaccard_of(const pair_side *first, const strength_side *second)
{
    double both = 0.0;
    double either = 0.0;
    for (size_t k = 0; k < second->n_pairs; k++) {
        const bool a = first->classes[k] != ANA_PAIR_NONE;
        const bool b = second->strengths[k] != 0.0;
        both += a && b ? 1.0 : 0.0;
        either += a || b ? 1.0 : 0.0;
    }
    return either > 0.0 ? both / either : (double)NAN;
}

/* Pairs of each class met so far, from the strongest on. */
typedef struct class_counts {
    double n[ANA_PAIR_N_CLASSES];
} class_counts;

/* Counts those as strong as the one at `at`; returns the place after them. */
static size_t take_equals(const pair_side *first, const strength_side *second, size_t at,
                          class_counts *counts)
{
    const double strength = second->strengths[second->order[at]];
    size_t k = at;
    *counts = (class_counts){0};
    while (k < second->n_pairs && second->strengths[second->order[k]] == strength) {
        counts->n[first->classes[second->order[k]]] += 1.0;
        k++;
    }
    counts->n[ANA_PAIR_ANY] = (double)(k - at) - counts->n[ANA_PAIR_NONE];
    return k;
}

/* areas[ANA_PAIR_LINKED]: pairs of the class over those of none, one stroke for all classes. */
static void find_areas(const pair_side *first, const strength_side *second, double *areas)
{
    class_counts total = {0};
    double won[ANA_PAIR_LINKED] = {0};
    for (size_t at = 0; at < second->n_pairs;) {
        class_counts here;
        at = take_equals(first, second, at, &here);
        for (size_t c = 0; c < ANA_PAIR_LINKED; c++) {
            won[c] += (total.n[c] + here.n[c] / 2.0) * here.n[ANA_PAIR_NONE];
            total.n[c] += here.n[c];
        }
        total.n[ANA_PAIR_NONE] += here.n[ANA_PAIR_NONE];
    }
    for (size_t c = 0; c < ANA_PAIR_LINKED; c++) {
        const double n = total.n[c] * total.n[ANA_PAIR_NONE];
        areas[c] = n > 0.0 ? won[c] / n : (double)NAN;
    }
}

void comparison_measure(const pair_side *first, const strength_side *second, double *values)
{
    values[ANA_COMPARE_PEARSON] =
        ana_stats_pearson(second->n_pairs, first->weights, second->strengths);
    values[ANA_COMPARE_SPEARMAN] = ana_stats_pearson(second->n_pairs, first->ranks, second->ranks);
    values[ANA_COMPARE_JACCARD] = jaccard_of(first, second);
    find_areas(first, second, values + ANA_COMPARE_AUC);
    for (size_t c = 0; c < ANA_PAIR_LINKED; c++) {
        values[ANA_COMPARE_WITHIN + c] = correlation_within(first, second, (ana_pair_class)c);
    }
}

/* ROC curves met point by point, read off at even false positive rates: of a rise straight up, its
 * top. */
static void trace_curves(const pair_side *first, const strength_side *second,
                         ana_network_comparison *out)
{
    class_counts total = {0};
    const double n_none = (double)out->n_in_class[ANA_PAIR_NONE];
    size_t next = 0;
    for (size_t at = 0; at < second->n_pairs && n_none > 0.0;) {
        class_counts here;
        at = take_equals(first, second, at, &here);
        const double from = total.n[ANA_PAIR_NONE] / n_none;
        const double to = (total.n[ANA_PAIR_NONE] + here.n[ANA_PAIR_NONE]) / n_none;
        for (; next < ANA_ROC_POINTS && (double)next / (ANA_ROC_POINTS - 1) < to; next++) {
            const double part = ((double)next / (ANA_ROC_POINTS - 1) - from) / (to - from);
            for (size_t c = 0; c < ANA_PAIR_LINKED; c++) {
                out->roc[c][next] = (total.n[c] + part * here.n[c]) / (double)out->n_in_class[c];
            }
        }
        for (size_t c = 0; c < ANA_PAIR_N_CLASSES; c++) {
            total.n[c] += here.n[c];
        }
    }
    for (size_t c = 0; c < ANA_PAIR_LINKED; c++) {
        for (size_t k = next; k < ANA_ROC_POINTS; k++) {
            out->roc[c][k] = out->n_in_class[c] > 0 && n_none > 0.0 ? 1.0 : (double)NAN;
        }
    }
}

ana_status comparison_describe(const pair_side *first, const strength_side *second,
                               ana_network_comparison *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, second->n_pairs, 1);
    ANA_TRY(ana_workspace_check(&workspace, "comparison"));
    for (size_t c = 0; c < ANA_PAIR_N_CLASSES; c++) {
        size_t n = 0;
        for (size_t k = 0; k < second->n_pairs; k++) {
            if (is_of(first->classes[k], (ana_pair_class)c)) {
                values[n++] = second->strengths[k];
            }
        }
        out->n_in_class[c] = n;
        out->mean[c] = n > 0 ? ana_stats_mean(n, values) : (double)NAN;
        out->median[c] = n > 0 ? ana_stats_median_in_place(n, values) : (double)NAN;
    }
    trace_curves(first, second, out);
done:
    ana_workspace_release(&workspace);
    return status;
}
