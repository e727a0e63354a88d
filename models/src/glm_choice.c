/* Choices. With L the lapses' shares and p the predictors' softmax, a row's chance of class y is
 * (1 - sum L) p_y + L_y; its gradient in a predictor is that of the softmax times the chance that
 * the choice was no lapse. */
#include "glm_choice.h"

#include "feature_id.h"
#include "glm_link.h"
#include "text.h"

#include <math.h>
#include <string.h>

ana_glm_choice ana_glm_choice_of(const ana_glm_family *family, size_t n)
{
    const size_t c = family->distribution == ANA_GLM_CATEGORICAL ? family->n_classes : 2;
    return (ana_glm_choice){.n_classes = c, .n_responses = n / (c - 1)};
}

/* Which class: n_classes where the response is missing. */
static size_t class_of(size_t n_classes, const double *y)
{
    size_t chosen = 0;
    for (size_t a = 0; a + 1 < n_classes; a++) {
        if (isnan(y[a])) {
            return n_classes;
        }
        chosen = y[a] == 1.0 ? a + 1 : chosen;
    }
    return chosen;
}

ana_status ana_glm_choice_check(const ana_glm_family *family, size_t n, const double *y)
{
    const size_t wide = family->n_classes - 1;
    if (n % wide != 0) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm: %zu values are no responses of %zu classes, which take %zu each", n,
                        family->n_classes, wide);
    }
    for (size_t i = 0; i < n; i += wide) {
        size_t missing = 0;
        double sum = 0.0;
        for (size_t a = 0; a < wide; a++) {
            missing += isnan(y[i + a]) ? 1 : 0;
            sum += isnan(y[i + a]) ? 0.0 : y[i + a];
        }
        if (sum > 1.0 || (missing > 0 && missing < wide)) {
            return ana_fail(ANA_ERR_VALUE,
                            "glm: response %zu is %s; it must be of one class, or missing as a "
                            "whole",
                            i / wide, sum > 1.0 ? "of two classes" : "missing in part");
        }
    }
    return ANA_OK;
}

/* p of all classes; returns the log of the softmax's denominator. */
static double softmax(size_t n_classes, const double *eta, double *p)
{
    double largest = 0.0;
    double sum = 0.0;
    for (size_t a = 0; a + 1 < n_classes; a++) {
        largest = fmax(largest, eta[a]);
    }
    for (size_t c = 0; c < n_classes; c++) {
        p[c] = exp((c > 0 ? eta[c - 1] : 0.0) - largest);
        sum += p[c];
    }
    for (size_t c = 0; c < n_classes; c++) {
        p[c] /= sum;
    }
    return largest + log(sum);
}

static double total(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum;
}

static const double *shares_of(const ana_glm_choice *choice, size_t response)
{
    return choice->lapse != NULL ? choice->lapse + response * choice->n_classes : NULL;
}

void ana_glm_choice_mean(const ana_glm_choice *choice, size_t n_rows, const double *eta,
                         double *mean)
{
    double p[ANA_GLM_MOST_CLASSES];
    const size_t wide = choice->n_classes - 1;
    for (size_t i = 0; i < n_rows * choice->n_responses; i++) {
        const double *shares = shares_of(choice, i % choice->n_responses);
        const double stays = shares != NULL ? 1.0 - total(choice->n_classes, shares) : 1.0;
        (void)softmax(choice->n_classes, eta + i * wide, p);
        for (size_t a = 0; a < wide; a++) {
            mean[i * wide + a] = stays * p[a + 1] + (shares != NULL ? shares[a + 1] : 0.0);
        }
    }
}

/* What is known of one response in one row. */
typedef struct outlook {
    size_t n_classes;
    double p[ANA_GLM_MOST_CLASSES];      /* the predictors' softmax */
    double shares[ANA_GLM_MOST_CLASSES]; /* the lapses', 0 without */
    double norm;                         /* log of the softmax's denominator */
    double stays;                        /* P(no lapse) */
    bool lapses;
} outlook;

static outlook look(size_t n_classes, const double *shares, const double *eta)
{
    outlook made = {.n_classes = n_classes, .stays = 1.0, .lapses = shares != NULL};
    made.norm = softmax(n_classes, eta, made.p);
    for (size_t c = 0; c < n_classes && shares != NULL; c++) {
        made.shares[c] = shares[c];
        made.stays -= shares[c];
    }
    return made;
}

static double chance_of(const outlook *at, size_t c)
{
    return at->stays * at->p[c] + at->shares[c];
}

/* log of the chance, also where that is 0 to all digits. */
static double log_chance(const outlook *at, const double *eta, size_t chosen)
{
    return at->lapses ? log(chance_of(at, chosen))
                      : (chosen > 0 ? eta[chosen - 1] : 0.0) - at->norm;
}

/* Derivative of class c's chance in the predictor of unit a. */
static double slope_of(const outlook *at, size_t c, size_t a)
{
    return at->stays * at->p[c] * ((c == a + 1 ? 1.0 : 0.0) - at->p[a + 1]);
}

static double curvature_of(const outlook *at, size_t a)
{
    double sum = 0.0;
    if (!at->lapses) {
        return at->p[a + 1] * (1.0 - at->p[a + 1]);
    }
    for (size_t c = 0; c < at->n_classes; c++) {
        const double slope = slope_of(at, c, a);
        sum += slope == 0.0 ? 0.0 : slope * slope / chance_of(at, c);
    }
    return sum;
}

/* A response's log-likelihood, gradient and diagonal curvature; any may be NULL. */
static void respond(const outlook *at, size_t chosen, const double *eta, const ana_glm_outputs *out)
{
    const double sober = at->lapses ? at->stays * at->p[chosen] / chance_of(at, chosen) : 1.0;
    if (out->log_likelihood != NULL) {
        out->log_likelihood[0] = log_chance(at, eta, chosen);
    }
    for (size_t a = 0; a + 1 < at->n_classes; a++) {
        if (out->gradient != NULL) {
            out->gradient[a] = sober * ((chosen == a + 1 ? 1.0 : 0.0) - at->p[a + 1]);
        }
        if (out->curvature != NULL) {
            out->curvature[a] = curvature_of(at, a);
        }
    }
}

/* n zeros, unless there is nowhere to put them. */
static void clear(size_t n, double *values)
{
    for (size_t i = 0; i < n && values != NULL; i++) {
        values[i] = 0.0;
    }
}

static double *at_place(double *array, size_t i)
{
    return array != NULL ? array + i : NULL;
}

void ana_glm_choice_kernel(const ana_glm_choice *choice, size_t n_rows, const double *y,
                           const double *eta, const ana_glm_outputs *out)
{
    const size_t wide = choice->n_classes - 1;
    for (size_t i = 0; i < n_rows * choice->n_responses; i++) {
        const ana_glm_outputs here = {at_place(out->log_likelihood, i * wide),
                                      at_place(out->gradient, i * wide),
                                      at_place(out->curvature, i * wide)};
        const size_t chosen = class_of(choice->n_classes, y + i * wide);
        clear(wide, here.log_likelihood);
        if (chosen == choice->n_classes) {
            clear(wide, here.gradient);
            clear(wide, here.curvature);
            continue;
        }
        const outlook at =
            look(choice->n_classes, shares_of(choice, i % choice->n_responses), eta + i * wide);
        respond(&at, chosen, eta + i * wide, &here);
    }
}

size_t ana_glm_lapse_size(ana_glm_lapse lapse, size_t n_classes)
{
    return lapse == ANA_GLM_LAPSE_NONE ? 0 : lapse == ANA_GLM_LAPSE_UNIFORM ? 1 : n_classes;
}

/* Derivatives of the chance of class c in predictors and lapse parameters. */
static void slopes_of_class(const outlook *at, ana_glm_lapse lapse, size_t c, double *slopes)
{
    const size_t wide = at->n_classes - 1;
    for (size_t a = 0; a < wide; a++) {
        slopes[a] = slope_of(at, c, a);
    }
    if (lapse == ANA_GLM_LAPSE_UNIFORM) {
        slopes[wide] = (1.0 - at->stays) * at->stays * (1.0 / (double)at->n_classes - at->p[c]);
    }
    for (size_t l = 0; lapse == ANA_GLM_LAPSE_LEARNED && l < at->n_classes; l++) {
        slopes[wide + l] = at->shares[l] * ((c == l ? 1.0 : 0.0) - chance_of(at, c));
    }
}

/* What class c adds to the expected information, and to the score if it was chosen. */
static void add_class(const outlook *at, ana_glm_lapse lapse, size_t c, bool is_chosen,
                      ana_glm_choice_row *out)
{
    double slopes[2 * ANA_GLM_MOST_CLASSES] = {0.0};
    const size_t n = at->n_classes - 1 + ana_glm_lapse_size(lapse, at->n_classes);
    const double chance = chance_of(at, c);
    if (!(chance > 0.0)) {
        return;
    }
    slopes_of_class(at, lapse, c, slopes);
    for (size_t i = 0; i < n; i++) {
        out->score[i] += is_chosen ? slopes[i] / chance : 0.0;
        for (size_t j = 0; j <= i; j++) {
            out->information[i][j] += slopes[i] * slopes[j] / chance;
        }
    }
}

double ana_glm_choice_derive(size_t n_classes, ana_glm_lapse lapse, const double *shares,
                             const double *eta, size_t chosen, ana_glm_choice_row *out)
{
    const outlook at = look(n_classes, shares, eta);
    if (out != NULL) {
        const size_t n = n_classes - 1 + ana_glm_lapse_size(lapse, n_classes);
        clear(n, out->score);
        for (size_t i = 0; i < n; i++) {
            clear(n, out->information[i]);
        }
        for (size_t c = 0; c < n_classes; c++) {
            add_class(&at, lapse, c, c == chosen, out);
        }
        for (size_t a = 0; a + 1 < n_classes && !at.lapses; a++) { /* also where p is 0 */
            out->score[a] = (chosen == a + 1 ? 1.0 : 0.0) - at.p[a + 1];
        }
    }
    return log_chance(&at, eta, chosen);
}

static const double least_share = 1e-12;

void ana_glm_lapse_to_logits(ana_glm_lapse lapse, size_t n_classes, const double *shares,
                             double *logits)
{
    if (lapse == ANA_GLM_LAPSE_NONE) {
        return;
    }
    const double lapses = fmax(total(n_classes, shares), least_share);
    const double stays = fmax(1.0 - lapses, least_share);
    if (lapse == ANA_GLM_LAPSE_UNIFORM) {
        logits[0] = log(lapses / stays);
        return;
    }
    for (size_t c = 0; c < n_classes; c++) {
        logits[c] = log(fmax(shares[c], least_share) / stays);
    }
}

void ana_glm_lapse_from_logits(ana_glm_lapse lapse, size_t n_classes, const double *logits,
                               double *shares)
{
    double p[ANA_GLM_MOST_CLASSES + 1] = {0.0};
    if (lapse == ANA_GLM_LAPSE_NONE) {
        return;
    }
    (void)softmax(ana_glm_lapse_size(lapse, n_classes) + 1, logits, p);
    for (size_t c = 0; c < n_classes; c++) {
        shares[c] = lapse == ANA_GLM_LAPSE_UNIFORM ? p[1] / (double)n_classes : p[c + 1];
    }
}

ana_status ana_glm_check_observations(const ana_glm_family *family, const char *what,
                                      const ana_observations *responses)
{
    const size_t n = responses->n_features;
    for (size_t i = 0; i < responses->n_times * n; i++) {
        const char *wanted = ana_glm_wanted(family, responses->values[i]);
        char id[ANA_FEATURE_ID_SIZE];
        if (wanted != NULL) {
            ana_feature_id(responses, i % n, id, sizeof id);
            return ana_fail(ANA_ERR_VALUE, "%s: unit %s is %s in row %zu; %s takes %s", what, id,
                            ana_number(responses->values[i]).text, i / n,
                            ana_glm_distribution_names[family->distribution], wanted);
        }
    }
    if (family->distribution == ANA_GLM_CATEGORICAL && n % (family->n_classes - 1) != 0) {
        return ana_fail(ANA_ERR_SHAPE,
                        "%s: %zu units are no responses of %zu classes, which take %zu each", what,
                        n, family->n_classes, family->n_classes - 1);
    }
    return ana_glm_family_check_responses(family, responses->n_times * n, responses->values);
}
