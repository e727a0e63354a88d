#include "hmm_poisson.h"

#include "try.h"

#include <math.h>
#include <string.h>

typedef struct poisson_parameters {
    double *rates;       /* K x N */
    ana_hmm_rates table; /* the same as the events want them */
    double *occupancy;   /* K: sum of posteriors */
    double *counted;     /* N x K: sum of posterior x count */
    double *missing;     /* N x K: posterior of the rows where it is missing */
    ana_hmm_start_buffers starting;
} poisson_parameters;

ana_status ana_hmm_poisson_new(const ana_observations *observations, const ana_hmm_options *options,
                               const double *given, ana_workspace *workspace, ana_hmm_poisson *out)
{
    ana_status status = ANA_OK;
    *out = (ana_hmm_poisson){.given = given,
                             .n_states = options->n_states,
                             .n_features = observations->n_features,
                             .rate_shape = options->rate_shape,
                             .rate_bins = options->rate_bins};
    ANA_TRY(
        ana_hmm_counts_new(workspace, observations, observations->n_features, NULL, &out->counts));
    if (given == NULL) {
        ANA_TRY(ana_hmm_sample_new(workspace, observations, &out->sample));
    }
done:
    return status;
}

const double *ana_hmm_poisson_rates(const void *parameters)
{
    return ((const poisson_parameters *)parameters)->rates;
}

static size_t poisson_bytes(const void *data)
{
    const ana_hmm_poisson *self = data;
    const size_t entries = self->n_states * self->n_features;
    return sizeof(double) * (7 * entries + 2 * self->n_states + 2 * self->sample.n_rows);
}

static ana_status poisson_make(const void *data, ana_workspace *workspace, void **out)
{
    const ana_hmm_poisson *self = data;
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

static ana_status poisson_start(const void *data, size_t restart, ana_random *random,
                                void *parameters)
{
    const ana_hmm_poisson *self = data;
    poisson_parameters *own = parameters;
    (void)restart;
    if (self->given != NULL) {
        memcpy(own->rates, self->given, self->n_states * self->n_features * sizeof *own->rates);
    } else {
        ana_hmm_start_rates(&self->sample, self->n_states, random, &own->starting, own->rates);
    }
    return ANA_OK;
}

static void poisson_copy(const void *data, const void *from, const size_t *order, void *to)
{
    const ana_hmm_poisson *self = data;
    const size_t n = self->n_features;
    for (size_t k = 0; k < self->n_states; k++) {
        const double *rates = ana_hmm_poisson_rates(from) + (order != NULL ? order[k] : k) * n;
        memcpy(((poisson_parameters *)to)->rates + k * n, rates, n * sizeof *rates);
    }
}

static ana_status poisson_begin(const void *data, void *parameters)
{
    const ana_hmm_poisson *self = data;
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
    const ana_hmm_poisson *self = data;
    const poisson_parameters *own = parameters;
    ana_hmm_emissions(&self->counts, first, n, &own->table, out);
    return ANA_OK;
}

/* Event by event: a recording's zero counts, most of it, are never touched. */
static void poisson_accumulate(const void *data, void *parameters, size_t first, size_t n,
                               const double *posteriors)
{
    const ana_hmm_poisson *self = data;
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
    const ana_hmm_poisson *self = data;
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
    const ana_hmm_poisson *self = data;
    const double *rates = ana_hmm_poisson_rates(parameters);
    double sum = 0.0;
    for (size_t j = 0; j < self->n_states * self->n_features; j++) {
        if (self->rate_shape != 1.0) {
            sum += (self->rate_shape - 1.0) * log(rates[j]);
        }
        sum -= self->rate_bins * rates[j];
    }
    return sum;
}

ana_emission ana_hmm_poisson_emission(const ana_hmm_poisson *data)
{
    const ana_emission emission = {
        .name = "hmm fit",
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
        .log_prior = poisson_log_prior,
    };
    return emission;
}
