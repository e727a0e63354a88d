/* How well a GLM-HMM predicts choices from the past: the test that fits them, as time rescaling
 * fits spikes. */
#include "dense.h"
#include "glm_hmm_model.h"
#include "picture.h"
#include "try.h"

#include <analysis/models/glm_hmm_choices.h>

#include <math.h>

enum {
    N_BINS = 10
};

/* Chances of all classes of a response, from those of its units. */
static void fill_chances(size_t n_classes, const double *means, double *chances)
{
    chances[0] = 1.0;
    for (size_t c = 1; c < n_classes; c++) {
        chances[c] = means[c - 1];
        chances[0] -= means[c - 1];
    }
    chances[0] = fmax(chances[0], 0.0);
}

/* Which class: n_classes where the response is missing. */
static size_t class_of(size_t n_classes, const double *y)
{
    size_t chosen = 0;
    for (size_t c = 1; c < n_classes; c++) {
        if (isnan(y[c - 1])) {
            return n_classes;
        }
        chosen = y[c - 1] == 1.0 ? c : chosen;
    }
    return chosen;
}

/* One choice into the sums; `bits` still in nats. */
static void add_choice(size_t n_classes, const double *chances, size_t chosen,
                       ana_glm_hmm_choices *out)
{
    out->n += 1.0;
    out->accuracy += ana_largest(n_classes, chances) == chosen ? 1.0 : 0.0;
    out->bits += log(chances[chosen]);
    for (size_t c = 0; c < n_classes; c++) {
        const double place = floor(chances[c] * N_BINS);
        const size_t bin = place < N_BINS - 1 ? (size_t)place : N_BINS - 1;
        out->predicted[bin] += chances[c];
        out->observed[bin] += c == chosen ? 1.0 : 0.0;
        out->n_in_bin[bin] += 1.0;
    }
}

static void finish(size_t n_responses, size_t n_classes, const double *counts,
                   ana_glm_hmm_choices *out)
{
    double null = 0.0;
    double most = 0.0;
    for (size_t r = 0; r < n_responses; r++) {
        const double *own = counts + r * n_classes;
        double rows = 0.0;
        double largest = 0.0;
        for (size_t c = 0; c < n_classes; c++) {
            rows += own[c];
            largest = fmax(largest, own[c]);
        }
        for (size_t c = 0; c < n_classes; c++) {
            null += own[c] > 0.0 ? own[c] * log(own[c] / rows) : 0.0;
        }
        most += largest;
    }
    out->accuracy /= out->n;
    out->null_accuracy = most / out->n;
    out->bits = (out->bits - null) / (out->n * log(2.0));
    for (size_t b = 0; b < N_BINS; b++) {
        out->predicted[b] /= out->n_in_bin[b]; /* NaN without any */
        out->observed[b] /= out->n_in_bin[b];
    }
}

ana_status ana_glm_hmm_predict_choices(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                                       const ana_run *run, ana_glm_hmm_choices *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = data->responses->n_times;
    const size_t n_classes = model->n_classes;
    const size_t wide = n_classes - 1;
    double chances[ANA_GLM_MOST_CLASSES];
    ana_glm_hmm_choices found = {.n_bins = N_BINS};
    if (model->n_responses == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "glm-hmm: choices are bernoulli or categorical responses, not %s",
                        ana_glm_distribution_names[model->family.distribution]);
    }
    double *means = ana_workspace_doubles(&workspace, n_times, model->n_units);
    double *counts = ana_workspace_doubles(&workspace, model->n_responses, n_classes);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm choices"));
    ANA_TRY(ana_glm_hmm_predict(model, data, run, means));
    for (size_t i = 0; i < n_times * model->n_responses; i++) {
        const size_t chosen = class_of(n_classes, data->responses->values + i * wide);
        if (chosen == n_classes || isnan(means[i * wide])) {
            continue;
        }
        fill_chances(n_classes, means + i * wide, chances);
        add_choice(n_classes, chances, chosen, &found);
        counts[i % model->n_responses * n_classes + chosen] += 1.0;
    }
    finish(model->n_responses, n_classes, counts, &found);
    *out = found;
done:
    ana_workspace_release(&workspace);
    return status;
}

static const double normal_95 = 1.959963984540054;

/* Chances against what came of them, where there are any. */
static ana_status add_calibration(const ana_glm_hmm_choices *choices, ana_record *record)
{
    static const ana_picture_words words = {
        "Predicted probabilities and what was chosen",
        "How often a class was chosen (with its 95 % interval) among the choices for which the "
        "model had predicted about that probability from the past; the other line is predictions "
        "that come true as often as they say.",
        "predicted probability", "share chosen", NULL};
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    double x[N_BINS];
    double y[2 * N_BINS];
    double low[2 * N_BINS];
    double high[2 * N_BINS];
    size_t n = 0;
    for (size_t b = 0; b < choices->n_bins; b++) {
        n += choices->n_in_bin[b] > 0.0 ? 1 : 0;
    }
    for (size_t b = 0, i = 0; b < choices->n_bins; b++) {
        if (choices->n_in_bin[b] > 0.0) {
            const double p = choices->observed[b];
            const double error = normal_95 * sqrt(p * (1.0 - p) / choices->n_in_bin[b]);
            x[i] = choices->predicted[b];
            y[i] = p;
            low[i] = fmax(p - error, 0.0);
            high[i] = fmin(p + error, 1.0);
            y[n + i] = low[n + i] = high[n + i] = x[i];
            i++;
        }
    }
    const ana_shape lines = ana_shape_2(2, "line", n, "chance");
    ANA_TRY(ana_record_add_picture(record, "calibration", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "chance"), x, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", lines, y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", lines, low, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", lines, high, NULL));
    ANA_TRY(
        ana_record_add_texts(figure, "labels", 2, (const char *const[]){"chosen", "predicted"}));
done:
    return status;
}

ana_status ana_glm_hmm_choices_to_record(const ana_glm_hmm_choices *choices, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "title", "How well choices are predicted from the past"));
    ANA_TRY(ana_record_add_double(record, "choices", choices->n, NULL));
    ANA_TRY(ana_record_add_double(record, "accuracy", choices->accuracy, NULL));
    ANA_TRY(ana_record_add_double(record, "accuracy_of_the_most_frequent", choices->null_accuracy,
                                  NULL));
    ANA_TRY(ana_record_add_double(record, "bits_per_choice", choices->bits, "bit"));
    ANA_TRY(add_calibration(choices, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
