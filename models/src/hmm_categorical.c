/* Independent yes-or-no or categorical values as a family of emissions. */
#include "hmm_family.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    MISSING = 65535
};

/* Bernoulli values are categorical with C = 2. */
typedef struct categorical_data {
    const ana_observations *observations;
    ana_hmm_sample sample; /* of indicators: N x C columns */
    double *share;         /* N x C: of each category among the feature's values */
    uint16_t *values;      /* T x N: category, or MISSING */
    const ana_hmm *given;
    size_t n_states;
    size_t n_features;
    size_t n_categories;
    size_t n_observed;
    bool bernoulli;
    double prior; /* Dirichlet */
} categorical_data;

typedef struct categorical_parameters {
    double *probability; /* K x N x C */
    double *logs;        /* N x C x K */
    double *counted;     /* N x C x K: posteriors */
    ana_hmm_start_buffers starting;
} categorical_parameters;

static size_t n_entries(const categorical_data *self)
{
    return self->n_features * self->n_categories;
}

static size_t categorical_bytes(const void *data)
{
    const categorical_data *self = data;
    return sizeof(double) *
           (5 * self->n_states * n_entries(self) + self->n_states + 2 * self->sample.n_rows);
}

static ana_status categorical_make(const void *data, ana_workspace *workspace, void **out)
{
    const categorical_data *self = data;
    const size_t n = n_entries(self);
    categorical_parameters *made = ana_workspace_bytes(workspace, 1, 1, sizeof *made);
    if (made != NULL) {
        made->probability = ana_workspace_doubles(workspace, self->n_states, n);
        made->logs = ana_workspace_doubles(workspace, n, self->n_states);
        made->counted = ana_workspace_doubles(workspace, n, self->n_states);
        made->starting =
            ana_hmm_start_buffers_new(workspace, self->sample.n_rows, self->n_states, n);
    }
    *out = made;
    return ana_workspace_check(workspace, "hmm fit");
}

static void take_given(const categorical_data *self, const categorical_parameters *own)
{
    const double *given = self->given->probability;
    const size_t n = self->n_states * self->n_features;
    for (size_t j = 0; j < n; j++) {
        if (self->bernoulli) {
            own->probability[2 * j] = 1.0 - given[j];
            own->probability[2 * j + 1] = given[j];
        } else {
            memcpy(own->probability + j * self->n_categories, given + j * self->n_categories,
                   self->n_categories * sizeof *given);
        }
    }
}

/* Adds the weights of n rows to the categories they show. */
static void add_rows(const categorical_data *self, size_t first, size_t n, const double *weights,
                     const categorical_parameters *own)
{
    const size_t n_states = self->n_states;
    for (size_t t = 0; t < n; t++) {
        const uint16_t *row = self->values + (first + t) * self->n_features;
        for (size_t f = 0; f < self->n_features; f++) {
            if (row[f] != MISSING) {
                double *sums = own->counted + (f * self->n_categories + row[f]) * n_states;
                for (size_t k = 0; k < n_states; k++) {
                    sums[k] += weights[t * n_states + k];
                }
            }
        }
    }
}

/* Mode of the Dirichlet posterior with `extra` rows of the overall shares; what has no weight
 * stays. */
static void set_modes(const categorical_data *self, const categorical_parameters *own, double extra)
{
    const size_t n_categories = self->n_categories;
    for (size_t f = 0; f < self->n_features; f++) {
        const double *share = self->share + f * n_categories;
        for (size_t k = 0; k < self->n_states; k++) {
            double *row = own->probability + (k * self->n_features + f) * n_categories;
            double sum = 0.0;
            for (size_t c = 0; c < n_categories; c++) {
                sum += own->counted[(f * n_categories + c) * self->n_states + k] +
                       extra * share[c] + self->prior - 1.0;
            }
            for (size_t c = 0; c < n_categories && sum > 0.0; c++) {
                row[c] = (own->counted[(f * n_categories + c) * self->n_states + k] +
                          extra * share[c] + self->prior - 1.0) /
                         sum;
            }
        }
    }
}

static ana_status categorical_start(const void *data, size_t restart, ana_random *random,
                                    void *parameters)
{
    const categorical_data *self = data;
    const categorical_parameters *own = parameters;
    double *member = own->starting.n_members;
    (void)restart;
    if (self->given != NULL) {
        take_given(self, own);
        return ANA_OK;
    }
    ana_hmm_start_cluster(&self->sample, self->n_states, random, &own->starting);
    memset(own->counted, 0, self->n_states * n_entries(self) * sizeof *own->counted);
    memset(member, 0, self->n_states * sizeof *member);
    for (size_t r = 0; r < self->sample.n_rows; r++) {
        member[own->starting.cluster[r]] = 1.0;
        add_rows(self, self->sample.row[r], 1, member, own);
        member[own->starting.cluster[r]] = 0.0;
    }
    set_modes(self, own, 1.0);
    return ANA_OK;
}

static void categorical_copy(const void *data, const void *from, const size_t *order, void *to)
{
    const categorical_data *self = data;
    const size_t n = n_entries(self);
    for (size_t k = 0; k < self->n_states; k++) {
        memcpy(((const categorical_parameters *)to)->probability + k * n,
               ((const categorical_parameters *)from)->probability +
                   (order != NULL ? order[k] : k) * n,
               n * sizeof(double));
    }
}

static ana_status categorical_begin(const void *data, void *parameters)
{
    const categorical_data *self = data;
    const categorical_parameters *own = parameters;
    const size_t n = n_entries(self);
    for (size_t k = 0; k < self->n_states; k++) {
        for (size_t j = 0; j < n; j++) {
            own->logs[j * self->n_states + k] = log(own->probability[k * n + j]);
        }
    }
    memset(own->counted, 0, self->n_states * n * sizeof *own->counted);
    return ANA_OK;
}

static ana_status categorical_log_likelihood(const void *data, void *parameters, size_t first,
                                             size_t n, double *out)
{
    const categorical_data *self = data;
    const categorical_parameters *own = parameters;
    const size_t n_states = self->n_states;
    memset(out, 0, n * n_states * sizeof *out);
    for (size_t t = 0; t < n; t++) {
        const uint16_t *row = self->values + (first + t) * self->n_features;
        for (size_t f = 0; f < self->n_features; f++) {
            if (row[f] != MISSING) {
                const double *logs = own->logs + (f * self->n_categories + row[f]) * n_states;
                for (size_t k = 0; k < n_states; k++) {
                    out[t * n_states + k] += logs[k];
                }
            }
        }
    }
    return ANA_OK;
}

static void categorical_accumulate(const void *data, void *parameters, size_t first, size_t n,
                                   const double *posterior)
{
    add_rows(data, first, n, posterior, parameters);
}

static ana_status categorical_maximise(const void *data, void *parameters, const double *posterior)
{
    (void)posterior;
    set_modes(data, parameters, 0.0);
    return ANA_OK;
}

static double categorical_log_prior(const void *data, const void *parameters)
{
    const categorical_data *self = data;
    const categorical_parameters *own = parameters;
    double sum = 0.0;
    for (size_t j = 0; self->prior != 1.0 && j < self->n_states * n_entries(self); j++) {
        sum += (self->prior - 1.0) * log(own->probability[j]);
    }
    return sum;
}

static void categorical_give(const void *data, const void *parameters, ana_hmm *to)
{
    const categorical_data *self = data;
    const double *probability = ((const categorical_parameters *)parameters)->probability;
    const size_t step = self->bernoulli ? 2 : 1;
    const size_t n = self->n_states * n_entries(self) / step;
    for (size_t j = 0; j < n; j++) {
        to->probability[j] = probability[step * j + step - 1];
    }
}

static double indicator(const void *data, size_t t, size_t column)
{
    const categorical_data *self = data;
    const uint16_t value = self->values[t * self->n_features + column / self->n_categories];
    const double here = value == column % self->n_categories ? 1.0 : 0.0;
    return value == MISSING ? (double)NAN : here;
}

/* The largest value, which also shows how many categories there are. */
static ana_status largest_value(const ana_hmm_family_input *input, double *largest)
{
    const ana_observations *from = input->observations;
    *largest = 0.0;
    for (size_t t = 0; t < from->n_times; t++) {
        for (size_t f = 0; f < input->n_features; f++) {
            double y = from->values[t * from->n_features +
                                    (input->feature_of != NULL ? input->feature_of[f] : f)];
            const bool binary = input->options->emission == ANA_HMM_BERNOULLI;
            if (binary && !isnan(y) && y != 0.0 && y != 1.0) {
                return ana_fail(ANA_ERR_VALUE,
                                "hmm: row %zu, feature %zu is %g; bernoulli values are 0 or 1 "
                                "(counts need --emission poisson, measured values gaussian)",
                                t, f, y);
            }
            if (!isnan(y) && !(y >= 0.0 && y < 10000.0 && y == floor(y))) {
                return ana_fail(ANA_ERR_VALUE,
                                "hmm: row %zu, feature %zu is %g; categories are whole numbers "
                                "from 0 (measured values need --emission gaussian)",
                                t, f, y);
            }
            *largest = fmax(*largest, y);
        }
    }
    return ANA_OK;
}

static ana_status count_categories(const ana_hmm_family_input *input, categorical_data *data)
{
    double largest = 0.0;
    size_t wanted = input->options->n_categories;
    ana_status status = largest_value(input, &largest);
    if (status != ANA_OK) {
        return status;
    }
    if (input->given != NULL) {
        wanted = input->given->order;
    }
    if (data->bernoulli) {
        wanted = 2;
    }
    data->n_categories = wanted > 0 ? wanted : (size_t)largest + 1;
    return largest < (double)data->n_categories
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "hmm: the data hold a %g, but the categories are 0 to %zu",
                          largest, data->n_categories - 1);
}

static void take_values(const ana_hmm_family_input *input, categorical_data *data)
{
    const ana_observations *from = input->observations;
    const size_t n_categories = data->n_categories;
    for (size_t f = 0; f < data->n_features; f++) {
        const size_t column = input->feature_of != NULL ? input->feature_of[f] : f;
        double *share = data->share + f * n_categories;
        double n = 0.0;
        for (size_t t = 0; t < from->n_times; t++) {
            double y = from->values[t * from->n_features + column];
            uint16_t value = isnan(y) ? (uint16_t)MISSING : (uint16_t)y;
            data->values[t * data->n_features + f] = value;
            if (value != MISSING) {
                share[value] += 1.0;
                n += 1.0;
            }
        }
        for (size_t c = 0; c < n_categories; c++) {
            share[c] = n > 0.0 ? share[c] / n : 1.0 / (double)n_categories;
        }
        data->n_observed += (size_t)n;
    }
}

ana_status ana_hmm_categorical_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                                   ana_hmm_family *out)
{
    ana_status status = ANA_OK;
    categorical_data *data = ana_workspace_bytes(workspace, 1, 1, sizeof *data);
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    data->observations = input->observations;
    data->given = input->given;
    data->n_states = input->options->n_states;
    data->n_features = input->n_features;
    data->bernoulli = input->options->emission == ANA_HMM_BERNOULLI;
    data->prior = input->options->probability_prior;
    ANA_TRY(count_categories(input, data));
    data->share = ana_workspace_doubles(workspace, data->n_features, data->n_categories);
    data->values = ana_workspace_bytes(workspace, input->observations->n_times, data->n_features,
                                       sizeof *data->values);
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    take_values(input, data);
    if (data->given == NULL) {
        ANA_TRY(ana_hmm_sample_new(input->observations, n_entries(data), indicator, data,
                                   data->share, workspace, &data->sample));
    }
    *out = (ana_hmm_family){.emission = {.name = "hmm fit",
                                         .data = data,
                                         .n_states = data->n_states,
                                         .bytes = categorical_bytes,
                                         .make = categorical_make,
                                         .start = categorical_start,
                                         .copy = categorical_copy,
                                         .begin = categorical_begin,
                                         .log_likelihood = categorical_log_likelihood,
                                         .accumulate = categorical_accumulate,
                                         .maximise = categorical_maximise,
                                         .log_prior = categorical_log_prior},
                            .n_observed = data->n_observed,
                            .order = data->bernoulli ? 0 : data->n_categories,
                            .give = categorical_give};
done:
    return status;
}
