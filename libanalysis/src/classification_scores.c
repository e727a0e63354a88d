#include "memory.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/classification_scores.h>
#include <analysis/distributions.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_classification_confusion(size_t n, const size_t *truth, const size_t *predicted,
                                        size_t n_classes, size_t *confusion)
{
    memset(confusion, 0, n_classes * n_classes * sizeof *confusion);
    for (size_t i = 0; i < n; i++) {
        if (truth[i] >= n_classes || predicted[i] >= n_classes) {
            return ana_fail(ANA_ERR_VALUE,
                            "scores: item %zu is of class %zu and was given %zu; there are %zu", i,
                            truth[i], predicted[i], n_classes);
        }
        confusion[truth[i] * n_classes + predicted[i]]++;
    }
    return ANA_OK;
}

/* Items of class t, and answers p. */
static double row_sum(size_t n_classes, const size_t *confusion, size_t t)
{
    double sum = 0.0;
    for (size_t p = 0; p < n_classes; p++) {
        sum += (double)confusion[t * n_classes + p];
    }
    return sum;
}

static double column_sum(size_t n_classes, const size_t *confusion, size_t p)
{
    double sum = 0.0;
    for (size_t t = 0; t < n_classes; t++) {
        sum += (double)confusion[t * n_classes + p];
    }
    return sum;
}

/* Of the whole table. */
typedef struct sums {
    double n;
    double right;
    double products; /* of the margins of each class */
    double truth;    /* squares of the rows' sums */
    double answers;  /* of the columns' */
} sums;

static sums add_up(size_t n_classes, const size_t *confusion)
{
    sums all = {.n = 0.0};
    for (size_t c = 0; c < n_classes; c++) {
        const double row = row_sum(n_classes, confusion, c);
        const double column = column_sum(n_classes, confusion, c);
        all.n += row;
        all.right += (double)confusion[c * (n_classes + 1)];
        all.products += row * column;
        all.truth += row * row;
        all.answers += column * column;
    }
    return all;
}

double ana_classification_accuracy(size_t n_classes, const size_t *confusion)
{
    const sums all = add_up(n_classes, confusion);
    return all.right / all.n;
}

double ana_classification_balanced_accuracy(size_t n_classes, const size_t *confusion)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t c = 0; c < n_classes; c++) {
        const double row = row_sum(n_classes, confusion, c);
        if (row > 0.0) {
            sum += (double)confusion[c * (n_classes + 1)] / row;
            n += 1.0;
        }
    }
    return sum / n;
}

double ana_classification_kappa(size_t n_classes, const size_t *confusion)
{
    const sums all = add_up(n_classes, confusion);
    return (all.n * all.right - all.products) / (all.n * all.n - all.products);
}

double ana_classification_matthews(size_t n_classes, const size_t *confusion)
{
    const sums all = add_up(n_classes, confusion);
    const double spread = (all.n * all.n - all.truth) * (all.n * all.n - all.answers);
    if (spread == 0.0 && all.n > 0.0) {
        return 0.0;
    }
    return (all.n * all.right - all.products) / sqrt(spread);
}

double ana_classification_bits(size_t n_classes, double accuracy)
{
    const double n = (double)n_classes;
    if (n_classes < 2 || !(accuracy >= 0.0 && accuracy <= 1.0)) {
        return NAN;
    }
    if (accuracy * n <= 1.0) {
        return 0.0;
    }
    const double wrong = 1.0 - accuracy;
    const double of_wrong = wrong > 0.0 ? wrong * log2(wrong / (n - 1.0)) : 0.0;
    return log2(n) + accuracy * log2(accuracy) + of_wrong;
}

double ana_classification_chance_bound(size_t n, double p, double level)
{
    if (n == 0 || !(p >= 0.0 && p <= 1.0) || !(level >= 0.0 && level <= 1.0)) {
        return NAN;
    }
    /* The smallest k with P(K <= k) >= level. P(K <= k) is a beta's survival: halving. */
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        const size_t k = low + (high - low) / 2;
        const double below = p >= 1.0   ? 0.0
                             : p <= 0.0 ? 1.0
                                        : ana_beta_survival(p, (double)k + 1.0, (double)(n - k));
        if (below >= level) {
            high = k;
        } else {
            low = k + 1;
        }
    }
    return (double)low / (double)n;
}

/* Scores with their items, highest first. */
static ana_status sort_scores(size_t n, const double *scores, ana_placed *order)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(scores[i])) {
            return ana_fail(ANA_ERR_VALUE, "scores: that of item %zu is NaN", i);
        }
        order[i] = (ana_placed){scores[i], i};
    }
    qsort(order, n, sizeof *order, ana_compare_falling);
    return ANA_OK;
}

/* Twice the pairs that stand right, ties once; counts are exact to 2^53. */
static double area_of_order(size_t n, const bool *positive, const ana_placed *order)
{
    double above = 0.0; /* positive ones with a higher score */
    double others = 0.0;
    double pairs = 0.0;
    for (size_t i = 0; i < n;) {
        double tied[2] = {0.0, 0.0};
        const double score = order[i].value;
        for (; i < n && order[i].value == score; i++) {
            tied[positive[order[i].index] ? 1 : 0] += 1.0;
        }
        pairs += tied[0] * (2.0 * above + tied[1]);
        above += tied[1];
        others += tied[0];
    }
    return pairs / (2.0 * above * others);
}

ana_status ana_classification_area(size_t n, const bool *positive, const double *scores,
                                   double *area)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_placed *order = ana_workspace_bytes(&workspace, n, 1, sizeof *order);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    ANA_TRY(sort_scores(n, scores, order));
    *area = area_of_order(n, positive, order);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The scores for one class. */
static void take_class(size_t n, size_t n_classes, const double *scores, size_t class, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = scores + i * n_classes;
        out[i] = n_classes == 2 ? row[1] - row[0] : row[class];
    }
}

ana_status ana_classification_mean_area(size_t n, const size_t *truth, size_t n_classes,
                                        const double *scores, double *area)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *column = ana_workspace_doubles(&workspace, n, 1);
    bool *positive = ana_workspace_bytes(&workspace, n, 1, sizeof *positive);
    double sum = 0.0;
    double n_known = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    for (size_t class = n_classes == 2 ? 1 : 0; class < n_classes; class ++) {
        double of_class = 0.0;
        for (size_t i = 0; i < n; i++) {
            positive[i] = truth[i] == class;
        }
        take_class(n, n_classes, scores, class, column);
        ANA_TRY(ana_classification_area(n, positive, column, &of_class));
        sum += isnan(of_class) ? 0.0 : of_class;
        n_known += isnan(of_class) ? 0.0 : 1.0;
    }
    *area = sum / n_known;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Points after each distinct score, from none at all. */
static void draw_curve(size_t n, const bool *positive, const ana_placed *order,
                       ana_roc_curve *curve)
{
    double found[2] = {0.0, 0.0};
    curve->n = 1;
    curve->threshold[0] = INFINITY;
    for (size_t i = 0; i < n; i++) {
        found[positive[order[i].index] ? 1 : 0] += 1.0;
        if (i + 1 == n || order[i + 1].value != order[i].value) {
            curve->false_positive[curve->n] = found[0];
            curve->true_positive[curve->n] = found[1];
            curve->threshold[curve->n++] = order[i].value;
        }
    }
    for (size_t i = 0; i < curve->n; i++) {
        curve->false_positive[i] /= found[0];
        curve->true_positive[i] /= found[1];
    }
}

ana_status ana_classification_roc(size_t n, const bool *positive, const double *scores,
                                  ana_roc_curve **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_roc_curve *curve = NULL;
    size_t n_positive = 0;
    ana_placed *order = ana_workspace_bytes(&workspace, n, 1, sizeof *order);
    *out = NULL;
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    ANA_TRY(sort_scores(n, scores, order));
    for (size_t i = 0; i < n; i++) {
        n_positive += positive[i] ? 1 : 0;
    }
    if (n_positive == 0 || n_positive == n) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "scores: %zu of %zu items are positive; a ROC curve needs both kinds",
                         n_positive, n));
    }
    ANA_TRY(ana_allocate(1, sizeof *curve, "scores", &curve));
    ANA_TRY(ana_allocate(n + 1, sizeof *curve->false_positive, "scores", &curve->false_positive));
    ANA_TRY(ana_allocate(n + 1, sizeof *curve->true_positive, "scores", &curve->true_positive));
    ANA_TRY(ana_allocate(n + 1, sizeof *curve->threshold, "scores", &curve->threshold));
    draw_curve(n, positive, order, curve);
    *out = curve;
    curve = NULL;
done:
    ana_roc_curve_free(curve);
    ana_workspace_release(&workspace);
    return status;
}

void ana_roc_curve_free(ana_roc_curve *curve)
{
    if (curve != NULL) {
        free(curve->false_positive);
        free(curve->true_positive);
        free(curve->threshold);
        free(curve);
    }
}

/* What follows from the table. */
static void score_table(ana_classification_scores *made, double trial_s)
{
    const size_t *table = made->confusion;
    size_t largest = 0;
    for (size_t c = 0; c < made->n_classes; c++) {
        made->counts[c] = (size_t)row_sum(made->n_classes, table, c);
        largest = made->counts[c] > largest ? made->counts[c] : largest;
    }
    made->accuracy = ana_classification_accuracy(made->n_classes, table);
    made->balanced_accuracy = ana_classification_balanced_accuracy(made->n_classes, table);
    made->kappa = ana_classification_kappa(made->n_classes, table);
    made->matthews = ana_classification_matthews(made->n_classes, table);
    made->normalised_matthews = 0.5 * (made->matthews + 1.0);
    made->bits = ana_classification_bits(made->n_classes, made->accuracy);
    made->bits_per_minute = NAN;
    if (trial_s > 0.0) {
        made->bits_per_minute = made->bits * 60.0 / trial_s;
    }
    made->chance = (double)largest / (double)made->n;
    made->chance_bound = ana_classification_chance_bound(made->n, made->chance, 0.95);
}

ana_status ana_classification_scores_compute(size_t n, const size_t *truth, const size_t *predicted,
                                             size_t n_classes, const double *scores, double trial_s,
                                             ana_classification_scores **out)
{
    ana_status status = ANA_OK;
    ana_classification_scores *made = NULL;
    *out = NULL;
    if (n == 0 || n_classes == 0 || !(trial_s >= 0.0)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "scores: %zu items of %zu classes, %g s each; an item, a class and no "
                         "negative time are right",
                         n, n_classes, trial_s));
    }
    ANA_TRY(ana_allocate(1, sizeof *made, "scores", &made));
    made->n = n;
    made->n_classes = n_classes;
    ANA_TRY(
        ana_allocate(n_classes * n_classes, sizeof *made->confusion, "scores", &made->confusion));
    ANA_TRY(ana_allocate(n_classes, sizeof *made->counts, "scores", &made->counts));
    ANA_TRY(ana_classification_confusion(n, truth, predicted, n_classes, made->confusion));
    score_table(made, trial_s);
    made->area = NAN;
    if (scores != NULL) {
        ANA_TRY(ana_classification_mean_area(n, truth, n_classes, scores, &made->area));
    }
    *out = made;
    made = NULL;
done:
    ana_classification_scores_free(made);
    return status;
}

void ana_classification_scores_free(ana_classification_scores *scores)
{
    if (scores != NULL) {
        free(scores->confusion);
        free(scores->counts);
        free(scores);
    }
}
