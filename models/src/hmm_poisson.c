/* Independent Poisson counts as a family of emissions. */
#include "hmm_counts.h"
#include "hmm_family.h"
#include "hmm_start.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* What every restart reads. */
typedef struct poisson_data {
    ana_hmm_counts counts;
    const ana_observations *observations;
    ana_hmm_sample sample; /* where starts are sought; unused with `given` */
    double *mean_count;    /* N: over all observed rows; 0 for a unit that is never observed */
    const double *given;   /* K x N: every restart begins here; NULL: k-means++ */
    size_t n_states;
    size_t n_features;
    double rate_shape; /* of the rates' gamma prior, as in ana_hmm_options */
    double rate_bins;
} poisson_data;

typedef struct poisson_parameters {
    double *rates;       /* K x N */
    ana_hmm_rates table; /* the same as the events want them */
    double *occupancy;   /* K: sum of posteriors */
    double *counted;     /* N x K: sum of posterior x count */
    double *missing;     /* N x K: posterior of the rows where it is missing */
    ana_hmm_start_buffers starting;
} poisson_parameters;

static size_t poisson_bytes(const void *data)
{
    const poisson_data *self = data;
    const size_t entries = self->n_states * self->n_features;
    return sizeof(double) * (8 * entries + 2 * self->n_states + 2 * self->sample.n_rows);
}

static ana_status poisson_make(const void *data, ana_workspace *workspace, void **out)
{
    const poisson_data *self = data;
    const size_t n_states = self->n_states;
    const size_t n_features = self->n_features;
    poisson_parameters *made = ana_workspace_bytes(workspace, 1, 1, sizeof *made);
    if (made != NULL) {
        made->rates = ana_workspace_doubles(workspace, n_states, n_features);
        made->table = ana_hmm_rates_new(workspace, n_states, n_features);
        made->occupancy = ana_workspace_doubles(workspace, n_states, 1);
        made->counted = ana_workspace_doubles(workspace, n_features, n_states);
        made->missing = ana_workspace_doubles(workspace, n_features, n_states);
        made->starting =
            ana_hmm_start_buffers_new(workspace, self->sample.n_rows, n_states, n_features);
    }
    *out = made;
    return ana_workspace_check(workspace, "hmm fit");
}

/* Each rate is its cluster's mean with one more row of the overall mean, so that none is zero that
 * need not be. */
static void start_rates(const poisson_data *self, const poisson_parameters *own)
{
    const size_t n = self->n_features;
    double *rates = own->rates;
    double *members = own->missing;
    memset(rates, 0, self->n_states * n * sizeof *rates);
    memset(members, 0, self->n_states * n * sizeof *members);
    for (size_t r = 0; r < self->sample.n_rows; r++) {
        const size_t first = own->starting.cluster[r] * n;
        const double *row = self->observations->values + self->sample.row[r] * n;
        for (size_t f = 0; f < n; f++) {
            rates[first + f] += isnan(row[f]) ? 0.0 : row[f];
            members[first + f] += isnan(row[f]) ? 0.0 : 1.0;
        }
    }
    for (size_t j = 0; j < self->n_states * n; j++) {
        rates[j] = (rates[j] + self->mean_count[j % n]) / (members[j] + 1.0);
    }
}

static ana_status poisson_start(const void *data, size_t restart, ana_random *random,
                                void *parameters)
{
    const poisson_data *self = data;
    poisson_parameters *own = parameters;
    (void)restart;
    if (self->given != NULL) {
        memcpy(own->rates, self->given, self->n_states * self->n_features * sizeof *own->rates);
    } else {
        ana_hmm_start_cluster(&self->sample, self->n_states, random, &own->starting);
        start_rates(self, own);
    }
    return ANA_OK;
}

static void poisson_copy(const void *data, const void *from, const size_t *order, void *to)
{
    const poisson_data *self = data;
    const size_t n = self->n_features;
    for (size_t k = 0; k < self->n_states; k++) {
        const double *rates =
            ((const poisson_parameters *)from)->rates + (order != NULL ? order[k] : k) * n;
        memcpy(((poisson_parameters *)to)->rates + k * n, rates, n * sizeof *rates);
    }
}

static ana_status poisson_begin(const void *data, void *parameters)
{
    const poisson_data *self = data;
    poisson_parameters *own = parameters;
    const size_t bytes = self->n_features * self->n_states * sizeof(double);
    ana_hmm_rates_set(&own->table, own->rates);
    memset(own->occupancy, 0, self->n_states * sizeof *own->occupancy);
    memset(own->counted, 0, bytes);
    memset(own->missing, 0, bytes);
    return ANA_OK;
}

static ana_status poisson_log_likelihood(const void *data, void *parameters, size_t first, size_t n,
                                         double *out)
{
    const poisson_data *self = data;
    const poisson_parameters *own = parameters;
    ana_hmm_emissions(&self->counts, first, n, &own->table, out);
    return ANA_OK;
}

/* Event by event: a recording's zero counts, most of it, are never touched. */
static void poisson_accumulate(const void *data, void *parameters, size_t first, size_t n,
                               const double *posteriors)
{
    const poisson_data *self = data;
    const ana_hmm_counts *counts = &self->counts;
    const poisson_parameters *own = parameters;
    const size_t n_states = self->n_states;
    for (size_t t = first; t < first + n; t++) {
        const double *posterior = posteriors + (t - first) * n_states;
        for (size_t k = 0; k < n_states; k++) {
            own->occupancy[k] += posterior[k];
        }
        for (size_t e = counts->event_start[t]; e < counts->event_start[t + 1]; e++) {
            double *sums = own->counted + counts->events[e].feature * n_states;
            const double y = (double)counts->events[e].count;
            for (size_t k = 0; k < n_states; k++) {
                sums[k] += posterior[k] * y;
            }
        }
        for (size_t m = counts->missing_start[t]; m < counts->missing_start[t + 1]; m++) {
            double *sums = own->missing + counts->missing[m] * n_states;
            for (size_t k = 0; k < n_states; k++) {
                sums[k] += posterior[k];
            }
        }
    }
}

static ana_status poisson_maximise(const void *data, void *parameters, const double *posterior)
{
    const poisson_data *self = data;
    const poisson_parameters *own = parameters;
    (void)posterior;
    for (size_t f = 0; f < self->n_features; f++) {
        for (size_t k = 0; k < self->n_states; k++) {
            size_t j = f * self->n_states + k;
            double rows = own->occupancy[k] - own->missing[j] + self->rate_bins;
            double count = own->counted[j] + self->rate_shape - 1.0;
            if (rows > 0.0) {
                own->rates[k * self->n_features + f] = count > 0.0 ? count / rows : 0.0;
            }
        }
    }
    return ANA_OK;
}

static double poisson_log_prior(const void *data, const void *parameters)
{
    const poisson_data *self = data;
    const double *rates = ((const poisson_parameters *)parameters)->rates;
    double sum = 0.0;
    for (size_t j = 0; j < self->n_states * self->n_features; j++) {
        if (self->rate_shape != 1.0) {
            sum += (self->rate_shape - 1.0) * log(rates[j]);
        }
        sum -= self->rate_bins * rates[j];
    }
    return sum;
}

static void poisson_give(const void *data, const void *parameters, ana_hmm *to)
{
    const poisson_data *self = data;
    memcpy(to->rates, ((const poisson_parameters *)parameters)->rates,
           self->n_states * self->n_features * sizeof *to->rates);
}

/* Square roots of counts have about equal variance at any rate. */
static double root_of_count(const void *data, size_t t, size_t column)
{
    const ana_observations *observations = data;
    return sqrt(observations->values[t * observations->n_features + column]);
}

static void mean_counts(const ana_observations *observations, double *mean)
{
    const size_t n_features = observations->n_features;
    for (size_t f = 0; f < n_features; f++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t t = 0; t < observations->n_times; t++) {
            double y = observations->values[t * n_features + f];
            if (!isnan(y)) {
                sum += y;
                n += 1.0;
            }
        }
        mean[f] = n > 0.0 ? sum / n : 0.0;
    }
}

static ana_status prepare_starts(const ana_observations *observations, ana_workspace *workspace,
                                 poisson_data *data)
{
    const size_t n = observations->n_features;
    double *roots = ana_workspace_doubles(workspace, n, 1);
    data->mean_count = ana_workspace_doubles(workspace, n, 1);
    ana_status status = ana_workspace_check(workspace, "hmm start");
    if (status != ANA_OK) {
        return status;
    }
    mean_counts(observations, data->mean_count);
    for (size_t f = 0; f < n; f++) {
        roots[f] = sqrt(data->mean_count[f]);
    }
    return ana_hmm_sample_new(observations, n, root_of_count, observations, roots, workspace,
                              &data->sample);
}

ana_status ana_hmm_poisson_new(const ana_hmm_family_input *input, ana_workspace *workspace,
                               ana_hmm_family *out)
{
    ana_status status = ANA_OK;
    poisson_data *data = ana_workspace_bytes(workspace, 1, 1, sizeof *data);
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    data->observations = input->observations;
    data->given = input->given != NULL ? input->given->rates : NULL;
    data->n_states = input->options->n_states;
    data->n_features = input->n_features;
    data->rate_shape = input->options->rate_shape;
    data->rate_bins = input->options->rate_bins;
    ANA_TRY(ana_hmm_counts_new(workspace, input->observations, input->n_features, input->feature_of,
                               &data->counts));
    if (data->given == NULL) {
        ANA_TRY(prepare_starts(input->observations, workspace, data));
    }
    *out = (ana_hmm_family){.emission = {.name = "hmm fit",
                                         .data = data,
                                         .n_states = data->n_states,
                                         .bytes = poisson_bytes,
                                         .make = poisson_make,
                                         .start = poisson_start,
                                         .copy = poisson_copy,
                                         .begin = poisson_begin,
                                         .log_likelihood = poisson_log_likelihood,
                                         .accumulate = poisson_accumulate,
                                         .maximise = poisson_maximise,
                                         .log_prior = poisson_log_prior},
                            .n_observed = data->counts.n_observed,
                            .give = poisson_give};
done:
    return status;
}
