/* Affinities as a record, with their figures. */
#include "affinity_kernels.h"
#include "try.h"
#include "workspace.h"

#include <math.h>

/* Sums over what is observed, and how much of it. */
typedef struct tallies {
    double *pair_sum; /* N x N */
    double *pair_n;
    double *mean_of_time; /* T */
    double *slice;
} tallies;

static double ratio(double sum, double n)
{
    return n > 0.0 ? sum / n : (double)NAN;
}

static void add_slice(const ana_affinity *affinity, size_t t, tallies *sums)
{
    const size_t n = affinity->n_neurons;
    double sum = 0.0;
    double n_seen = 0.0;
    ana_affinity_slice(affinity, t, sums->slice);
    for (size_t k = 0; k < n * n; k++) {
        if (!isnan(sums->slice[k]) && k / n != k % n) {
            sums->pair_sum[k] += sums->slice[k];
            sums->pair_n[k] += 1.0;
            sum += sums->slice[k];
            n_seen += 1.0;
        }
    }
    sums->mean_of_time[t] = ratio(sum, n_seen);
}

static ana_status add_pairs(const ana_affinity *affinity, const tallies *sums, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = affinity->n_neurons;
    ANA_TRY(ana_record_add_group(record, "mean_affinity", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Mean affinity of each pair"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Over the times at which both neurons are observed."));
    ANA_TRY(ana_record_add_text(figure, "value_title", "affinity"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "neuron", n, "neuron"),
                                   sums->pair_sum, NULL));
    ANA_TRY(
        ana_record_add_texts(figure, "row_labels", n, (const char *const *)affinity->neuron_names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n,
                                 (const char *const *)affinity->neuron_names));
done:
    return status;
}

static ana_status add_times(const ana_affinity *affinity, const tallies *sums, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_shape shape = ana_shape_1(affinity->n_times, "time");
    for (size_t t = 0; t < affinity->n_times; t++) {
        sums->pair_n[t] = (double)t * affinity->dt_s;
    }
    ANA_TRY(ana_record_add_group(record, "affinity_over_time", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Mean affinity over time"));
    ANA_TRY(ana_record_add_text(figure, "caption", "Over the pairs observed at each time."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "time"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "affinity"));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, sums->pair_n, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, sums->mean_of_time, NULL));
done:
    return status;
}

static ana_status add_figures(const ana_affinity *affinity, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = affinity->n_neurons;
    const size_t most = n * n > affinity->n_times ? n * n : affinity->n_times;
    tallies sums = {.pair_sum = ana_workspace_doubles(&workspace, n, n),
                    .pair_n = ana_workspace_doubles(&workspace, most, 1),
                    .mean_of_time = ana_workspace_doubles(&workspace, affinity->n_times, 1),
                    .slice = ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "affinity"));
    for (size_t t = 0; t < affinity->n_times; t++) {
        add_slice(affinity, t, &sums);
    }
    for (size_t k = 0; k < n * n; k++) {
        sums.pair_sum[k] = k / n == k % n ? 0.0 : ratio(sums.pair_sum[k], sums.pair_n[k]);
    }
    ANA_TRY(add_pairs(affinity, &sums, record));
    ANA_TRY(add_times(affinity, &sums, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_affinity_to_record(const ana_affinity *affinity, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_shape shape = ana_shape_2(affinity->n_times, "time", affinity->n_neurons, "neuron");
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "affinity"));
    ANA_TRY(ana_record_add_text(record, "title", "Affinities of the neurons"));
    const char *own = affinity->own.name != NULL ? affinity->own.name : "own";
    ANA_TRY(ana_record_add_text(
        record, "kernel", affinity->is_own ? own : ana_affinity_kernel_names[affinity->kernel]));
    ANA_TRY(ana_record_add_double(record, "bin", affinity->dt_s, "s"));
    ANA_TRY(ana_record_add_int(record, "n_constant", (int64_t)affinity->n_constant, NULL));
    ANA_TRY(ana_record_add_int(record, "n_unobserved", (int64_t)affinity->n_unobserved, NULL));
    ANA_TRY(ana_record_add_texts(record, "neurons", affinity->n_neurons,
                                 (const char *const *)affinity->neuron_names));
    ANA_TRY(ana_record_add_doubles(record, "derivative", shape, affinity->derivative, "1/s"));
    ANA_TRY(
        ana_record_add_doubles(record, "unit_derivative", shape, affinity->unit_derivative, NULL));
    ANA_TRY(add_figures(affinity, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
