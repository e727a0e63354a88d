/* What do the classes look like to a classifier by nearest means? Their mean matrices, and where
 * the channels' powers differ between them. */
#include "bci_kinds.h"
#include "bci_scalp.h"
#include "bci_selection.h"
#include "text.h"
#include "try.h"

#include <analysis/augmented_covariance.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_ROWS = 64,   /* of a matrix that is drawn */
    MOST_CLASSES = 8, /* whose matrices are drawn */
    NAME_SIZE = 96
};

/* The class means of one step, and what their rows are. */
typedef struct class_means {
    const ana_bci_pipeline *pipeline;
    const bci_step *step;
    bci_shape shape; /* of one matrix */
    size_t n_classes;
    const double *values; /* n_classes x item */
    bool of_channels;     /* rows are lags x bands x channels */
    size_t n_lags;
    size_t lag;    /* samples */
    bool in_unit;  /* covariances of the signals as they are */
    bool is_power; /* mean of an exponent, as meanfield has several */
    double exponent;
} class_means;

/* Rows after a step: the channels', or mixtures. */
static void follow(const bci_step *step, class_means *at)
{
    static const bci_kind *const keeping[] = {
        &ana_bci_band,     &ana_bci_acm,     &ana_bci_cov,      &ana_bci_potato,
        &ana_bci_recentre, &ana_bci_rescale, &ana_bci_cospectra};
    bool keeps = false;
    for (size_t k = 0; k < sizeof keeping / sizeof keeping[0]; k++) {
        keeps = keeps || step->kind == keeping[k];
    }
    if (step->kind == &ana_bci_acm) {
        const ana_augmentation *augmentation = step->options;
        at->n_lags = augmentation->order;
        at->lag = augmentation->lag;
    }
    at->of_channels = at->of_channels && keeps;
    at->in_unit = at->in_unit && keeps && step->kind != &ana_bci_recentre &&
                  step->kind != &ana_bci_rescale && step->kind != &ana_bci_cospectra;
}

/* Of meanfield the power nearest to 0, the middle of its field. */
static ana_status choose_power(class_means *at)
{
    ana_status status = ANA_OK;
    bci_numbers powers;
    const char *text = NULL;
    const char *options = at->step->options;
    size_t best = 0;
    memcpy(&text, options + at->step->kind->says.options[0].offset, sizeof text);
    ANA_TRY(ana_bci_parse_numbers(text, "powers of meanfield", -1.0, 1.0, &powers));
    for (size_t k = 1; k < powers.n && k < ana_bci_learned_length(at->step, 0, 0); k++) {
        best = fabs(powers.values[k]) < fabs(powers.values[best]) ? k : best;
    }
    const size_t size = ana_bci_item_size(&at->shape);
    at->is_power = true;
    at->exponent = powers.values[best];
    at->n_classes = ana_bci_learned_length(at->step, 0, 1);
    at->values = at->step->learned[0].values + best * at->n_classes * size;
done:
    return status;
}

/* Walks the steps; at->step stays NULL when none keeps means of classes. */
static ana_status find_means(const ana_bci_pipeline *pipeline, class_means *at)
{
    ana_status status = ANA_OK;
    static const bci_kind *const kinds[] = {&ana_bci_mdm, &ana_bci_mdwm, &ana_bci_fgmdm,
                                            &ana_bci_meanfield};
    bci_shape next;
    *at = (class_means){.pipeline = pipeline,
                        .shape = pipeline->takes,
                        .of_channels = true,
                        .n_lags = 1,
                        .in_unit = true};
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        const bci_step *step = &pipeline->steps[i];
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            at->step = step->kind == kinds[k] ? step : at->step;
        }
        if (at->step != NULL) {
            break;
        }
        follow(step, at);
        ANA_TRY(step->kind->shape(step, &at->shape, &next));
        at->shape = next;
    }
    if (at->step == NULL) {
        return ANA_OK;
    }
    const size_t n_bands = pipeline->takes.n_bands;
    at->of_channels =
        at->of_channels && at->shape.n_rows == at->n_lags * n_bands * pipeline->lesson.n_channels;
    at->n_classes = ana_bci_learned_length(at->step, 0, 0);
    at->values = at->step->learned[0].values;
    if (at->step->kind == &ana_bci_meanfield) {
        ANA_TRY(choose_power(at));
    }
done:
    return status;
}

/* "8-12 Hz" */
static void name_band(const ana_bci_pipeline *pipeline, size_t band, char out[64])
{
    const double *edges = pipeline->bank.bands_hz + 2 * band;
    snprintf(out, 64, "%s-%s Hz", ana_number(edges[0]).text, ana_number(edges[1]).text);
}

/* "C3", "C3 8-12 Hz", "C3 t+2": what row r is. */
static void name_row(const class_means *at, size_t r, char out[NAME_SIZE])
{
    const ana_bci_lesson *lesson = &at->pipeline->lesson;
    const size_t n_bands = at->pipeline->takes.n_bands;
    const size_t lag = r / (n_bands * lesson->n_channels) * at->lag;
    char band[64] = "";
    char delay[32] = "";
    if (n_bands > 1) {
        name_band(at->pipeline, r / lesson->n_channels % n_bands, band);
    }
    if (lag > 0) {
        snprintf(delay, sizeof delay, "t+%zu", lag);
    }
    snprintf(out, NAME_SIZE, "%.20s%s%.48s%s%.20s", lesson->channel_names[r % lesson->n_channels],
             band[0] != '\0' ? " " : "", band, delay[0] != '\0' ? " " : "", delay);
}

/* Number e of a real matrix, or its size of a Hermitian one. */
static double element(const class_means *at, size_t class, size_t e)
{
    const double *matrix = at->values + class * ana_bci_item_size(&at->shape);
    return at->shape.hermitian ? hypot(matrix[2 * e], matrix[2 * e + 1]) : matrix[e];
}

/* One scale for all classes: about 0 where both signs count. */
static void common_range(const class_means *at, double range[2])
{
    const size_t size = at->shape.n_rows * at->shape.n_rows;
    double least = 0.0;
    double most = 0.0;
    for (size_t k = 0; k < at->n_classes * size; k++) {
        const double value = element(at, k / size, k % size);
        least = fmin(least, value);
        most = fmax(most, value);
    }
    const bool signs = -least > 0.1 * most;
    range[1] = signs ? fmax(most, -least) : most;
    range[0] = signs ? -range[1] : least;
}

static void say_mean(const class_means *at, size_t size, char *caption)
{
    char power[64] = "";
    if (at->is_power) {
        snprintf(power, sizeof power, ": the power mean of exponent %s",
                 ana_number(at->exponent).text);
    }
    snprintf(caption, size,
             "What a trial is held against%s%s. Colours are the same for all classes.",
             at->step->kind == &ana_bci_fgmdm ? ", after geodesic filtering" : "", power);
}

static ana_status add_matrices(const class_means *at, const char *const *names, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = at->shape.n_rows;
    double range[2];
    char caption[256];
    char unit[80] = "";
    double *values = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "class means"));
    common_range(at, range);
    const bool is_sequential = range[0] > -range[1];
    say_mean(at, sizeof caption, caption);
    if (at->in_unit && at->pipeline->lesson.unit != NULL) {
        snprintf(unit, sizeof unit, "%.60s^2", at->pipeline->lesson.unit);
    }
    for (size_t c = 0; c < at->n_classes && c < MOST_CLASSES; c++) {
        char name[32];
        char title[300];
        ana_record *figure = NULL;
        const ana_picture_words words = {.title = title,
                                         .caption = caption,
                                         .value_title = at->shape.hermitian ? "size"
                                                        : at->in_unit       ? "covariance"
                                                                            : "value"};
        snprintf(name, sizeof name, "mean_%zu", c + 1);
        snprintf(title, sizeof title, "Mean of %.256s", at->pipeline->lesson.classes[c]);
        for (size_t e = 0; e < n * n; e++) {
            values[e] = element(at, c, e);
        }
        ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, &words, &figure));
        ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "row", n, "column"), values,
                                       unit[0] != '\0' ? unit : NULL));
        if (range[1] > range[0]) {
            ANA_TRY(ana_record_add_doubles(figure, "range", ana_shape_1(2, NULL), range, NULL));
        }
        ANA_TRY(ana_record_add_text(figure, "colours", is_sequential ? "sequential" : "diverging"));
        if (names != NULL) {
            ANA_TRY(ana_record_add_texts(figure, "row_labels", n, names));
            ANA_TRY(ana_record_add_texts(figure, "column_labels", n, names));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* out[c * n_channels + k] = power of channel k of that band in class c over that in all classes
 * (geometric mean), of two classes over the other class; dB. False: a variance is not above 0. */
static bool compare_powers(const class_means *at, size_t band, double *out)
{
    const size_t n = at->shape.n_rows;
    const size_t n_channels = at->pipeline->lesson.n_channels;
    for (size_t k = 0; k < n_channels; k++) {
        const size_t r = band * n_channels + k;
        const size_t step = at->shape.hermitian ? 2 : 1;
        double mean = 0.0;
        for (size_t c = 0; c < at->n_classes; c++) {
            const double *matrix = at->values + c * ana_bci_item_size(&at->shape);
            const double power = matrix[step * (r * n + r)];
            if (!(power > 0.0)) {
                return false;
            }
            out[c * n_channels + k] = 10.0 * log10(power);
            mean += out[c * n_channels + k] / (double)at->n_classes;
        }
        for (size_t c = 0; c < at->n_classes; c++) {
            out[c * n_channels + k] -= mean;
            out[c * n_channels + k] *= at->n_classes == 2 ? 2.0 : 1.0;
        }
    }
    return true;
}

/* A map for each class (of two classes one), on one scale. */
static ana_status add_powers(const class_means *at, size_t band, bci_scalp *scalp)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    char *const *classes = at->pipeline->lesson.classes;
    const size_t n_channels = scalp->n_channels;
    double most = 0.0;
    char where[64] = "";
    double *powers = ana_workspace_doubles(&workspace, at->n_classes, n_channels);
    ANA_TRY(ana_workspace_check(&workspace, "class means"));
    if (!compare_powers(at, band, powers)) {
        goto done;
    }
    for (size_t k = 0; k < at->n_classes * n_channels; k++) {
        most = fmax(most, fabs(powers[k]));
    }
    if (at->pipeline->takes.n_bands > 1) {
        name_band(at->pipeline, band, where);
    }
    const double range[2] = {-most, most};
    for (size_t c = at->n_classes == 2 ? 1 : 0; c < at->n_classes; c++) {
        char name[64];
        char title[640];
        const ana_picture_words words = {
            .title = title,
            .caption = at->in_unit
                           ? "Ratio of the channels' variances in the class means."
                           : "Ratio of the channels' variances in the class means, after the "
                             "steps before.",
            .value_title = "dB"};
        if (scalp->n_drawn >= BCI_MOST_MAPS) {
            break;
        }
        snprintf(name, sizeof name, "ratio_%zu_%zu", band + 1, c + 1);
        snprintf(title, sizeof title, "Power of %.240s over %.240s%s%s", classes[c],
                 at->n_classes == 2 ? classes[0] : "the mean of all classes",
                 where[0] != '\0' ? ", " : "", where);
        ANA_TRY(ana_bci_add_map(scalp, name, &words, powers + c * n_channels,
                                most > 0.0 ? range : NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_names_and_matrices(const class_means *at, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = at->shape.n_rows;
    char(*texts)[NAME_SIZE] = ana_workspace_bytes(&workspace, n, 1, sizeof *texts);
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "class means"));
    for (size_t r = 0; r < n && at->of_channels; r++) {
        name_row(at, r, texts[r]);
        names[r] = texts[r];
    }
    ANA_TRY(add_matrices(at, at->of_channels ? names : NULL, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_add_class_means(const ana_bci_pipeline *pipeline, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    class_means at;
    bci_scalp scalp = {.record = record};
    ANA_TRY(find_means(pipeline, &at));
    if (at.step == NULL) {
        return ANA_OK;
    }
    if (at.shape.n_rows <= MOST_ROWS) {
        ANA_TRY(add_names_and_matrices(&at, record));
    }
    ANA_TRY(ana_bci_find_scalp(pipeline, &workspace, &scalp));
    for (size_t b = 0; b < pipeline->takes.n_bands && at.of_channels && scalp.n > 3; b++) {
        ANA_TRY(add_powers(&at, b, &scalp));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
