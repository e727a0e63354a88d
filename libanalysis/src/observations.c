#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/observations.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_observations_free(ana_observations *observations)
{
    if (observations == NULL) {
        return;
    }
    ana_free_texts(observations->n_sequences, observations->sequence_name);
    ana_free_texts(observations->n_labels, observations->label_names);
    free(observations->values);
    free(observations->sequence_start);
    free(observations->sequence_origin);
    ana_table_free(observations->features);
    free(observations->unit);
    free(observations->labels);
    free(observations);
}

static ana_status number_as_text(size_t number, char **out)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", number);
    return ana_copy_text(text, out);
}

/* The three arrays that say where sequences are. */
typedef struct sequence_list {
    size_t n;
    size_t *start;
    char **name;
    double *origin;
} sequence_list;

static void release_sequences(sequence_list *sequences)
{
    free(sequences->start);
    ana_free_texts(sequences->n, sequences->name);
    free(sequences->origin);
}

/* Time of row `row` as the observations have it now; 0 where rows are not times. */
static double time_of_row(const ana_observations *observations, size_t row)
{
    size_t s = 0;
    while (s + 1 < observations->n_sequences && observations->sequence_start[s + 1] <= row) {
        s++;
    }
    if (s >= observations->n_sequences || isnan(observations->bin_s)) {
        return 0.0;
    }
    return observations->sequence_origin[s] +
           (double)(row - observations->sequence_start[s]) * observations->bin_s;
}

static ana_status make_sequences(const ana_observations *observations, size_t n,
                                 const size_t *lengths, const char *const *names,
                                 sequence_list *sequences)
{
    ana_status status = ANA_OK;
    sequences->n = n;
    ANA_TRY(ana_allocate(n + 1, sizeof(size_t), "sequences", &sequences->start));
    ANA_TRY(ana_allocate(n, sizeof(char *), "sequences", &sequences->name));
    ANA_TRY(ana_allocate(n, sizeof(double), "sequences", &sequences->origin));
    for (size_t s = 0; s < n; s++) {
        const size_t left = observations->n_times - sequences->start[s];
        if (lengths[s] == 0 || lengths[s] > left) {
            status = ana_fail(ANA_ERR_SHAPE,
                              "observations: sequence %zu has %zu rows, 1 to %zu are possible", s,
                              lengths[s], left);
            goto done;
        }
        sequences->start[s + 1] = sequences->start[s] + lengths[s];
        sequences->origin[s] = time_of_row(observations, sequences->start[s]);
        ANA_TRY(names != NULL ? ana_copy_text(names[s], &sequences->name[s])
                              : number_as_text(s, &sequences->name[s]));
    }
    if (sequences->start[n] != observations->n_times) {
        status = ana_fail(ANA_ERR_SHAPE, "observations: sequences of %zu rows in all, not of %zu",
                          sequences->start[n], observations->n_times);
    }
done:
    return status;
}

ana_status ana_observations_set_sequences(ana_observations *observations, size_t n,
                                          const size_t *lengths, const char *const *names)
{
    sequence_list sequences = {0};
    ana_status status = make_sequences(observations, n, lengths, names, &sequences);
    if (status != ANA_OK) {
        release_sequences(&sequences);
        return status;
    }
    free(observations->sequence_start);
    ana_free_texts(observations->n_sequences, observations->sequence_name);
    free(observations->sequence_origin);
    observations->n_sequences = n;
    observations->sequence_start = sequences.start;
    observations->sequence_name = sequences.name;
    observations->sequence_origin = sequences.origin;
    return ANA_OK;
}

static ana_status number_features(size_t n_features, ana_table **out)
{
    ana_status status = ANA_OK;
    ana_column *id = NULL;
    ANA_TRY(ana_table_new(n_features, out));
    ANA_TRY(ana_table_add(*out, "id", ANA_COLUMN_INT, NULL, &id));
    for (size_t f = 0; f < n_features; f++) {
        id->ints[f] = (int64_t)f;
    }
done:
    return status;
}

ana_status ana_observations_new(size_t n_times, size_t n_features, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    size_t size = 0;
    if (!ana_multiply(n_times, n_features, &size)) {
        return ana_fail(ANA_ERR_SHAPE, "observations: %zu rows x %zu features overflow", n_times,
                        n_features);
    }
    ANA_TRY(ana_allocate(1, sizeof *observations, "observations", &observations));
    observations->n_times = n_times;
    observations->n_features = n_features;
    observations->bin_s = NAN;
    ANA_TRY(ana_allocate(size, sizeof(double), "observations", &observations->values));
    ANA_TRY(number_features(n_features, &observations->features));
    ANA_TRY(ana_observations_set_sequences(observations, n_times > 0 ? 1 : 0, &n_times, NULL));
    *out = observations;
    observations = NULL;
done:
    ana_observations_free(observations);
    return status;
}

static ana_status check_sequences(const ana_observations *observations)
{
    const size_t *start = observations->sequence_start;
    if (start[0] != 0 || start[observations->n_sequences] != observations->n_times) {
        return ana_fail(ANA_ERR_VALUE,
                        "observations: sequences cover rows %zu to %zu, not 0 to %zu", start[0],
                        start[observations->n_sequences], observations->n_times);
    }
    for (size_t s = 0; s < observations->n_sequences; s++) {
        if (start[s + 1] <= start[s]) {
            return ana_fail(ANA_ERR_VALUE, "observations: sequence %zu is empty", s);
        }
        if (observations->sequence_name[s] == NULL) {
            return ana_fail(ANA_ERR_VALUE, "observations: sequence %zu has no name", s);
        }
        if (!isfinite(observations->sequence_origin[s])) {
            return ana_fail(ANA_ERR_VALUE, "observations: sequence %zu starts at no finite time",
                            s);
        }
    }
    if (observations->bin_s <= 0.0 || isinf(observations->bin_s)) {
        return ana_fail(ANA_ERR_VALUE, "observations: the bin width is not a positive time");
    }
    return ANA_OK;
}

static ana_status check_labels(const ana_observations *observations)
{
    const size_t n = observations->n_labels;
    if ((n > 0) != (observations->label_names != NULL) || (n > 0 && observations->labels == NULL)) {
        return ana_fail(ANA_ERR_VALUE, "observations: labels and their names go together");
    }
    for (size_t k = 0; k < n; k++) {
        if (observations->label_names[k] == NULL) {
            return ana_fail(ANA_ERR_VALUE, "observations: label %zu has no name", k);
        }
    }
    for (size_t t = 0; observations->labels != NULL && t < observations->n_times; t++) {
        const int64_t label = observations->labels[t];
        if (label < -1 || (label >= 0 && (uint64_t)label >= n)) {
            return ana_fail(ANA_ERR_VALUE,
                            "observations: row %zu has the label %" PRId64 "; there are %zu", t,
                            label, n);
        }
    }
    return ANA_OK;
}

ana_status ana_observations_check(const ana_observations *observations)
{
    ana_status status = ANA_OK;
    const ana_table *features = observations->features;
    ANA_TRY(check_sequences(observations));
    for (size_t i = 0; i < observations->n_times * observations->n_features; i++) {
        if (isinf(observations->values[i])) {
            return ana_fail(ANA_ERR_VALUE, "observations: row %zu, feature %zu is infinite",
                            i / observations->n_features, i % observations->n_features);
        }
    }
    if (features == NULL || features->n_rows != observations->n_features) {
        return ana_fail(ANA_ERR_VALUE, "observations: its table does not have %zu features",
                        observations->n_features);
    }
    ANA_TRY(ana_table_check(features));
    const ana_column *id = ana_table_find(features, "id");
    if (id == NULL || id->row_start != NULL ||
        (id->type != ANA_COLUMN_INT && id->type != ANA_COLUMN_TEXT)) {
        return ana_fail(ANA_ERR_VALUE,
                        "observations: its features have no column \"id\" of integers or texts");
    }
    ANA_TRY(check_labels(observations));
done:
    return status;
}
