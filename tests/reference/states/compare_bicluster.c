/* Coefficients of the mixture of finite mixtures, one marginal likelihood, and agreements. */
#include "bicluster_parts.h"
#include "states.h"
#include "support/check.h"

#include <analysis/agreement.h>
#include <analysis/linalg.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void compare_partitions(const h5_reference *file, const char *name, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, name);
    const double n = h5_reference_attribute(file, name, "n", 0.0);
    const double gamma = h5_reference_attribute(file, name, "gamma", 0.0);
    const double share = h5_reference_attribute(file, name, "geometric_p", 0.0);
    double *found = calloc(wanted.n + 1, sizeof *found);
    bicluster_log_partitions((size_t)n, gamma, share, wanted.n, found);
    if (isnan(wanted.values[0])) {
        /* The peer's gamma function overflows beyond 170: there is nothing to compare with. */
        tally_that(counts, isfinite(found[1]), "%s: the first coefficient is finite", name);
    } else {
        compare_array(file, name, wanted.n, found + 1, 1.0, counts);
    }
    free(found);
    h5_doubles_free(&wanted);
}

/* The library's log-likelihood of one neuron with these loadings of X (rows of `path` below the
 * offset). */
static double log_likelihood(const bicluster_data *data, double size, const double *path,
                             const double loading[3])
{
    double *block = calloc(2 * data->n_times, sizeof *block);
    bicluster_predictor(3, data->n_times, path, loading, block);
    double value = bicluster_log_likelihood(data, 0, size, block, block + data->n_times) +
                   bicluster_log_constant(data, 0, size);
    free(block);
    return value;
}

/* The peer's form: at the maximum of the likelihood alone, with the expected information, and
 * without (2 pi)^(q / 2); ours is at the mode of the posterior, with the observed one. */
static double peer_marginal(const bicluster_data *data, double size, const double *path)
{
    const size_t n = data->n_times;
    double loading[3] = {0.0, 0.0, 0.0};
    double information[4];
    double log_det = 0.0;
    for (size_t pass = 0; pass < 50; pass++) {
        double gradient[2] = {0.0, 0.0};
        double step[2];
        memset(information, 0, sizeof information);
        for (size_t t = 0; t < n; t++) {
            const double x[2] = {path[n + t], path[2 * n + t]};
            const double rate = exp(path[t] + loading[1] * x[0] + loading[2] * x[1]);
            for (size_t i = 0; i < 2; i++) {
                gradient[i] += x[i] * (data->counts[t] - rate) * size / (size + rate);
                for (size_t j = 0; j < 2; j++) {
                    information[i * 2 + j] += x[i] * x[j] * size * rate / (size + rate);
                }
            }
        }
        check_ok(ana_linalg_solve_spd(2, information, 1, gradient, step));
        loading[1] += step[0];
        loading[2] += step[1];
    }
    check_ok(ana_linalg_logdet_spd(2, information, &log_det));
    return log_likelihood(data, size, path, loading) -
           0.5 * (loading[1] * loading[1] + loading[2] * loading[2]) - log(2.0 * acos(-1.0)) -
           0.5 * log_det;
}

static void compare_marginal(const h5_reference *file, tally *counts)
{
    h5_doubles y = h5_reference_doubles(file, "nb/y");
    h5_doubles x = h5_reference_doubles(file, "nb/X");
    h5_doubles offset = h5_reference_doubles(file, "nb/offset");
    h5_doubles size = h5_reference_doubles(file, "nb/r");
    const ana_bicluster_options options = ana_bicluster_options_default();
    ana_workspace workspace = {0};
    ana_observations *observations = NULL;
    bicluster_data data;
    double *path = calloc(3 * y.n, sizeof *path);
    check_ok(ana_observations_new(y.n, 2, &observations));
    for (size_t t = 0; t < y.n; t++) {
        observations->values[2 * t] = y.values[t];
        path[t] = offset.values[t];
        path[y.n + t] = x.values[2 * t];
        path[2 * y.n + t] = x.values[2 * t + 1];
    }
    check_ok(bicluster_data_new(&workspace, observations, &options, &data));
    const double value = peer_marginal(&data, size.values[0], path);
    compare_array(file, "nb/peer_laplace_logmarginal", 1, &value, 1.0, counts);
    ana_workspace_release(&workspace);
    ana_observations_free(observations);
    free(path);
    h5_doubles_free(&y);
    h5_doubles_free(&x);
    h5_doubles_free(&offset);
    h5_doubles_free(&size);
}

static void compare_labels(const h5_reference *file, tally *counts)
{
    h5_ints a = h5_reference_ints(file, "labels_a");
    h5_ints b = h5_reference_ints(file, "labels_b");
    size_t *first = calloc(a.n, sizeof *first);
    size_t *second = calloc(a.n, sizeof *second);
    ana_agreement agreement;
    double balanced = 0.0;
    for (size_t i = 0; i < a.n; i++) {
        first[i] = (size_t)a.values[i];
        second[i] = (size_t)b.values[i];
    }
    check_ok(ana_agreement_compare(a.n, first, second, &agreement));
    check_ok(ana_agreement_balanced_accuracy(a.n, first, second, &balanced));
    compare_array(file, "ari", 1, &agreement.adjusted_rand, 1.0, counts);
    compare_array(file, "nmi", 1, &agreement.normalised_mutual_information, 1.0, counts);
    compare_array(file, "bacc", 1, &balanced, 1.0, counts);
    free(first);
    free(second);
    h5_ints_free(&a);
    h5_ints_free(&b);
}

void compare_bicluster(const h5_reference *file, tally *counts)
{
    h5_names names = h5_reference_list(file, "/", H5_KIND_DATASET);
    for (size_t i = 0; i < names.n; i++) {
        if (strncmp(names.names[i], "mfm_", 4) == 0) {
            compare_partitions(file, names.names[i], counts);
            counts->n_cases++;
        }
    }
    h5_names_free(&names);
    compare_marginal(file, counts);
    compare_labels(file, counts);
    counts->n_cases += 2;
}
