/* One array as layers or brains: by what its axes are. */
#include "align_input.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/texts_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum axis_kind {
    AXIS_STIMULUS,
    AXIS_TRIAL,
    AXIS_UNIT,
    AXIS_TIME,
    AXIS_SUBJECT,
    AXIS_CONDITION,
    N_AXIS_KINDS
} axis_kind;

static const char *const axis_words[] = {"stimulus", "trial",   "unit",
                                         "time",     "subject", "condition"};

/* What the axes of an array are; lengths of 1 and strides of 0 for those it has not. */
typedef struct laid_out {
    const ana_matrix *matrix;
    const char *location;
    size_t n[N_AXIS_KINDS];
    size_t stride[N_AXIS_KINDS];
    size_t count[N_AXIS_KINDS]; /* axes of a kind */
    size_t n_units;
    size_t *unit_offset; /* n_units: over all unit axes */
    size_t stimulus_axis;
} laid_out;

static bool find_axis(const char *word, size_t n, axis_kind *out)
{
    for (size_t k = 0; k < N_AXIS_KINDS; k++) {
        if (strlen(axis_words[k]) == n && strncmp(axis_words[k], word, n) == 0) {
            *out = (axis_kind)k;
            return true;
        }
    }
    return false;
}

/* "stimulus,unit,time" into kinds. */
static ana_status parse_axes(const char *text, const laid_out *array, axis_kind *kinds)
{
    size_t n = 0;
    for (const char *word = text; word != NULL;) {
        const char *comma = strchr(word, ',');
        const size_t length = comma != NULL ? (size_t)(comma - word) : strlen(word);
        axis_kind kind = AXIS_STIMULUS;
        if (!find_axis(word, length, &kind)) {
            return ana_fail(ANA_ERR_VALUE,
                            "axes \"%s\": %.*s is none of stimulus, trial, unit, time, subject and "
                            "condition",
                            text, (int)length, word);
        }
        if (n < array->matrix->n_axes) {
            kinds[n] = kind;
        }
        n++;
        word = comma != NULL ? comma + 1 : NULL;
    }
    if (n != array->matrix->n_axes) {
        return ana_fail(ANA_ERR_SHAPE, "%s: has %zu axes, and \"%s\" names %zu", array->location,
                        array->matrix->n_axes, text, n);
    }
    return ANA_OK;
}

/* Symmetric in its last two axes, and 0 from a condition to itself. */
static bool is_dissimilarity(const ana_matrix *matrix)
{
    const size_t n = matrix->n_axes >= 2 ? matrix->axes[matrix->n_axes - 1].n : 0;
    if (n < 3 || matrix->axes[matrix->n_axes - 2].n != n || ana_matrix_size(matrix) == 0) {
        return false;
    }
    double largest = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        largest = fmax(largest, fabs(matrix->values[i]));
    }
    for (size_t i = 0; i < n; i++) {
        if (fabs(matrix->values[i * n + i]) > 1e-6 * largest) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            const double difference = matrix->values[i * n + j] - matrix->values[j * n + i];
            if (fabs(difference) > 1e-6 * largest) {
                return false;
            }
        }
    }
    return largest > 0.0;
}

/* What axes are when nothing is said. */
static void guess_axes(const ana_matrix *matrix, bool are_brains, axis_kind *kinds)
{
    static const axis_kind brains[ANA_MAX_AXES] = {AXIS_STIMULUS, AXIS_TRIAL, AXIS_UNIT, AXIS_TIME};
    const size_t n = matrix->n_axes;
    if (is_dissimilarity(matrix)) {
        kinds[0] = AXIS_SUBJECT;
        kinds[1] = AXIS_TIME;
        kinds[n - 2] = AXIS_CONDITION;
        kinds[n - 1] = AXIS_CONDITION;
        return;
    }
    kinds[0] = AXIS_STIMULUS;
    for (size_t k = 1; k < n && k < ANA_MAX_AXES; k++) {
        kinds[k] = are_brains && n > 2 ? brains[k] : AXIS_UNIT;
    }
}

static ana_status find_units(laid_out *array, const axis_kind *kinds, const size_t *strides)
{
    array->n_units = array->n[AXIS_UNIT];
    array->unit_offset = calloc(array->n_units + 1, sizeof *array->unit_offset);
    if (array->unit_offset == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu units", array->n_units);
        return ANA_ERR_MEMORY;
    }
    for (size_t u = 0; u < array->n_units; u++) {
        size_t rest = u;
        for (size_t k = array->matrix->n_axes; k-- > 0;) {
            if (kinds[k] == AXIS_UNIT) {
                array->unit_offset[u] += rest % array->matrix->axes[k].n * strides[k];
                rest /= array->matrix->axes[k].n;
            }
        }
    }
    return ANA_OK;
}

static ana_status check_axes(const laid_out *array)
{
    const size_t *count = array->count;
    const bool rdm = count[AXIS_CONDITION] == 2 && count[AXIS_STIMULUS] == 0 &&
                     count[AXIS_UNIT] == 0 && count[AXIS_TRIAL] == 0;
    const bool responses = count[AXIS_STIMULUS] == 1 && count[AXIS_CONDITION] == 0;
    if (!(rdm || responses) || count[AXIS_TRIAL] > 1 || count[AXIS_TIME] > 1 ||
        count[AXIS_SUBJECT] > 1) {
        return ana_fail(ANA_ERR_SHAPE,
                        "%s: axes must be one stimulus, any units, and at most one trial, time and "
                        "subject; or two conditions, and at most one time and subject",
                        array->location);
    }
    if (ana_matrix_size(array->matrix) == 0) {
        return ana_fail(ANA_ERR_VALUE, "%s: holds no values", array->location);
    }
    return ANA_OK;
}

static ana_status lay_out(const align_reading *how, laid_out *array)
{
    ana_status status = ANA_OK;
    axis_kind kinds[ANA_MAX_AXES] = {AXIS_STIMULUS};
    size_t strides[ANA_MAX_AXES] = {0};
    size_t stride = 1;
    const ana_matrix *matrix = array->matrix;
    if (matrix->n_axes < 2) {
        return ana_fail(ANA_ERR_SHAPE, "%s: has one axis; stimulus x unit at least is wanted",
                        array->location);
    }
    if (how->axes != NULL) {
        ANA_TRY(parse_axes(how->axes, array, kinds));
    } else {
        guess_axes(matrix, how->are_brains, kinds);
    }
    for (size_t k = 0; k < N_AXIS_KINDS; k++) {
        array->n[k] = 1;
    }
    for (size_t k = matrix->n_axes; k-- > 0;) {
        strides[k] = stride;
        stride *= matrix->axes[k].n;
        array->n[kinds[k]] =
            kinds[k] == AXIS_UNIT ? array->n[AXIS_UNIT] * matrix->axes[k].n : matrix->axes[k].n;
        array->stride[kinds[k]] = strides[k];
        array->count[kinds[k]]++;
        if (kinds[k] == AXIS_STIMULUS || kinds[k] == AXIS_CONDITION) {
            array->stimulus_axis = k;
        }
    }
    ANA_TRY(check_axes(array));
    ANA_TRY(find_units(array, kinds, strides));
done:
    return status;
}

/* Values of one subject at one time: rows (trial, stimulus), each trial a sequence. */
static ana_status fill_rows(const laid_out *array, size_t offset, ana_observations *rows)
{
    const size_t n = array->n[AXIS_STIMULUS];
    for (size_t t = 0; t < rows->n_times; t++) {
        const size_t at =
            offset + t / n * array->stride[AXIS_TRIAL] + t % n * array->stride[AXIS_STIMULUS];
        for (size_t u = 0; u < array->n_units; u++) {
            const double value = array->matrix->values[at + array->unit_offset[u]];
            if (isinf(value)) {
                return ana_fail(ANA_ERR_VALUE,
                                "%s: infinite at stimulus %zu, trial %zu, unit %zu; missing values "
                                "are nan",
                                array->location, t % n, t / n, u);
            }
            rows->values[t * array->n_units + u] = value;
        }
    }
    return ANA_OK;
}

/* Labels by stimulus; a trial without any value has none. */
static ana_status label_rows(const laid_out *array, char *const *ids, ana_observations *rows)
{
    const size_t n = array->n[AXIS_STIMULUS];
    rows->labels = calloc(rows->n_times + 1, sizeof *rows->labels);
    rows->label_names = calloc(n + 1, sizeof *rows->label_names);
    if (rows->labels == NULL || rows->label_names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu stimuli", n);
    }
    for (size_t i = 0; i < n; i++) {
        rows->label_names[i] = strdup(ids[i]);
        if (rows->label_names[i] == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "no memory for %zu stimuli", n);
        }
        rows->n_labels++;
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        bool known = rows->n_times == n; /* one trial alone is kept, as missing */
        for (size_t u = 0; u < rows->n_features && !known; u++) {
            known = !isnan(rows->values[t * rows->n_features + u]);
        }
        rows->labels[t] = known ? (int64_t)(t % n) : -1;
    }
    return ANA_OK;
}

static ana_status make_responses(const laid_out *array, size_t offset, char *const *ids,
                                 const char *name, align_item *item)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    size_t *lengths = NULL;
    const size_t n = array->n[AXIS_STIMULUS];
    const size_t n_trials = array->n[AXIS_TRIAL];
    ANA_TRY(ana_observations_new(n * n_trials, array->n_units, &rows));
    ANA_TRY(fill_rows(array, offset, rows));
    ANA_TRY(label_rows(array, ids, rows));
    ANA_TRY(ana_responses_of_observations(rows, name, &item->responses));
    if (n_trials > 1) {
        lengths = calloc(n_trials, sizeof *lengths);
        if (lengths == NULL) {
            status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu trials", n_trials);
            goto done;
        }
        for (size_t k = 0; k < n_trials; k++) {
            lengths[k] = n;
        }
        ANA_TRY(ana_observations_set_sequences(rows, n_trials, lengths, NULL));
        item->trials = rows;
        rows = NULL;
    }
done:
    free(lengths);
    ana_observations_free(rows);
    return status;
}

static ana_status make_dissimilarities(const laid_out *array, size_t offset, align_item *item)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    const size_t n = array->n[AXIS_CONDITION];
    ANA_TRY(ana_rdms_new(1, n, &rdms));
    status = ana_rdms_set_square(rdms, 0, array->matrix->values + offset);
    if (status != ANA_OK) {
        char sentence[512];
        snprintf(sentence, sizeof sentence, "%s", ana_last_error());
        ANA_TRY(ana_fail(status, "%s: %s", array->location, sentence));
    }
    item->dissimilarities = rdms->values;
    rdms->values = NULL;
done:
    ana_rdms_free(rdms);
    return status;
}

/* Ids of the stimuli: of the table, of the array's own labels, or numbers. */
static ana_status find_ids(command_job *job, const laid_out *array, const align_reading *how,
                           size_t n, char ***out)
{
    char *const *own = array->matrix->axes[array->stimulus_axis].labels;
    if (how->conditions != NULL) {
        return trials_ids(how->conditions, &job->run, n, out);
    }
    char **ids = calloc(n + 1, sizeof *ids);
    for (size_t i = 0; i < n && ids != NULL; i++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", i);
        ids[i] = strdup(own != NULL ? own[i] : text);
        if (ids[i] == NULL) {
            ana_texts_free(n, ids);
            ids = NULL;
        }
    }
    *out = ids;
    return ids != NULL ? ANA_OK : ana_fail(ANA_ERR_MEMORY, "no memory for %zu ids", n);
}

/* What an item is called: given names go before those that the array has. */
static ana_status name_item(const align_array *array, const align_reading *how, bool several,
                            size_t subject, align_item *item)
{
    char number[160];
    const bool is_region = how->are_brains && array->group == NULL && !array->only;
    const char *group = array->group != NULL ? array->group
                        : is_region          ? array->label
                                             : array->stem;
    const char *name = array->name != NULL              ? array->name
                       : how->are_brains && array->only ? "0"
                       : how->are_brains && is_region   ? array->stem
                                                        : array->label;
    if (several && array->name == NULL && array->only) {
        snprintf(number, sizeof number, "%zu", subject);
    } else {
        snprintf(number, sizeof number, several ? "%.100s %zu" : "%.150s", name, subject);
    }
    item->group = strdup(group);
    item->name = strdup(number);
    return item->group != NULL && item->name != NULL
               ? ANA_OK
               : ana_fail(ANA_ERR_MEMORY, "no memory for the name of %s", array->location);
}

static ana_status add_items(const align_array *array, const align_reading *how,
                            const laid_out *laid, char *const *ids, align_inputs *to)
{
    ana_status status = ANA_OK;
    size_t source = 0;
    const bool rdm = laid->count[AXIS_CONDITION] == 2;
    const size_t n = rdm ? laid->n[AXIS_CONDITION] : laid->n[AXIS_STIMULUS];
    const size_t n_times = laid->n[AXIS_TIME];
    ANA_TRY(align_add_source(to, array->location, n, ids, &source));
    to->sources[source].stimuli->is_numbered =
        how->conditions == NULL && laid->matrix->axes[laid->stimulus_axis].labels == NULL;
    for (size_t i = 0; i < laid->n[AXIS_SUBJECT] * n_times; i++) {
        align_item *item = NULL;
        const size_t s = i / n_times;
        const size_t t = i % n_times;
        const size_t offset = s * laid->stride[AXIS_SUBJECT] + t * laid->stride[AXIS_TIME];
        ANA_TRY(align_add_item(to, &item));
        item->source = source;
        item->is_baseline = how->are_baselines;
        /* To the nanosecond, so that sums of steps are the times meant. */
        const double time = how->first_s + (double)t * how->step_s;
        item->time = laid->count[AXIS_TIME] > 0 ? round(time * 1e9) / 1e9 : (double)NAN;
        ANA_TRY(name_item(array, how, laid->n[AXIS_SUBJECT] > 1, s, item));
        ANA_TRY(rdm ? make_dissimilarities(laid, offset, item)
                    : make_responses(laid, offset, ids, array->location, item));
    }
done:
    return status;
}

ana_status align_read_array(command_job *job, const align_array *array, const align_reading *how,
                            align_inputs *to)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    char **ids = NULL;
    laid_out laid = {.location = array->location};
    size_t n = 0;
    ANA_TRY(ana_matrix_read(array->location, &job->run, &matrix));
    laid.matrix = matrix;
    ANA_TRY(lay_out(how, &laid));
    n = laid.count[AXIS_CONDITION] == 2 ? laid.n[AXIS_CONDITION] : laid.n[AXIS_STIMULUS];
    if (laid.count[AXIS_TIME] > 0 && how->step_s <= 0.0) {
        job_refuse(job, "needs %s SECONDS: the time between two indices of the time axis of %s",
                   how->are_brains ? "--brain-step" : "--step", array->location);
        status = ANA_ERR_VALUE;
        goto done;
    }
    ANA_TRY(find_ids(job, &laid, how, n, &ids));
    ANA_TRY(add_items(array, how, &laid, ids, to));
done:
    free(laid.unit_offset);
    ana_texts_free(n, ids);
    ana_matrix_free(matrix);
    return status;
}
