/* Chains as records, whole: what was saved can be gone on with, bit for bit. */
#include "bicluster_whole.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One array of doubles of a chain: its name, its size, where it is. */
typedef struct field {
    const char *name;
    size_t rows;
    size_t columns;
    double *values;
} field;

enum {
    N_FIELDS = 11
};

static void list_fields(const ana_bicluster *fit, const ana_bicluster_chain *chain,
                        field fields[N_FIELDS])
{
    const ana_bicluster_options *options = &fit->options;
    const size_t n = fit->n_neurons;
    const size_t q = options->n_factors + 1;
    const size_t n_states = options->n_states;
    const field all[N_FIELDS] = {
        {"path", options->max_clusters * q, fit->n_times, chain->path},
        {"loading", n, q, chain->loading},
        {"mode", n, options->max_clusters * q, chain->mode},
        {"size", n, 1, chain->size},
        {"weight", n_states, 1, chain->weight},
        {"initial", n_states, 1, chain->initial},
        {"transition", n_states, n_states, chain->transition},
        {"mean", n, fit->n_times, chain->mean},
        {"log_joint", chain->n_done, 1, chain->log_joint},
        {"cluster_trace", chain->n_done, 1, chain->cluster_trace},
        {"state_trace", chain->n_done, 1, chain->state_trace},
    };
    memcpy(fields, all, sizeof all);
}

static ana_status add_small(ana_record *group, const char *name, size_t rows, size_t columns,
                            const uint16_t *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    int64_t *wide = ana_workspace_bytes(&workspace, rows, columns, sizeof *wide);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster record"));
    for (size_t j = 0; j < rows * columns; j++) {
        wide[j] = values[j];
    }
    ANA_TRY(ana_record_add_ints(group, name, ana_shape_2(rows, NULL, columns, NULL), wide, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* key, counter, buffer, how many of it are used, whether there is a spare normal */
enum {
    N_WORDS = 12
};

static ana_status add_random(ana_record *group, const ana_random *random)
{
    ana_status status = ANA_OK;
    int64_t words[N_WORDS];
    for (size_t i = 0; i < 4; i++) {
        words[i % 2] = random->key[i % 2];
        words[2 + i] = random->counter[i];
        words[6 + i] = random->buffer[i];
    }
    words[10] = random->n_used;
    words[11] = random->has_spare_normal ? 1 : 0;
    ANA_TRY(ana_record_add_ints(group, "random", ana_shape_1(N_WORDS, "word"), words, NULL));
    ANA_TRY(ana_record_add_double(group, "spare_normal", random->spare_normal, NULL));
done:
    return status;
}

static ana_status add_chain(const ana_bicluster *fit, const ana_bicluster_chain *chain,
                            ana_record *group)
{
    ana_status status = ANA_OK;
    field fields[N_FIELDS];
    const size_t n = fit->n_neurons;
    list_fields(fit, chain, fields);
    ANA_TRY(ana_record_add_int(group, "sweeps", (int64_t)chain->n_done, NULL));
    ANA_TRY(ana_record_add_int(group, "clusters", (int64_t)chain->n_clusters, NULL));
    ANA_TRY(ana_record_add_int(group, "accepted", (int64_t)chain->n_accepted, NULL));
    ANA_TRY(ana_record_add_int(group, "proposed", (int64_t)chain->n_proposed, NULL));
    for (size_t k = 0; k < N_FIELDS; k++) {
        ANA_TRY(ana_record_add_doubles(group, fields[k].name,
                                       ana_shape_2(fields[k].rows, NULL, fields[k].columns, NULL),
                                       fields[k].values, NULL));
    }
    ANA_TRY(ana_record_add_sizes(group, "cluster", ana_shape_1(n, "neuron"), chain->cluster, NULL));
    ANA_TRY(ana_record_add_sizes(group, "state", ana_shape_1(fit->n_times, "time"), chain->state,
                                 NULL));
    ANA_TRY(add_small(group, "partitions", chain->n_done, n, chain->partitions));
    ANA_TRY(add_small(group, "paths", chain->n_kept, fit->n_times, chain->paths));
    ANA_TRY(add_random(group, &chain->random));
done:
    return status;
}

ana_status bicluster_add_chains(const ana_bicluster *fit, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *chains = NULL;
    ANA_TRY(ana_record_add_group(record, "chains", ANA_HINT_NONE, &chains));
    for (size_t c = 0; c < fit->options.n_chains; c++) {
        char name[32];
        ana_record *group = NULL;
        snprintf(name, sizeof name, "%zu", c);
        ANA_TRY(ana_record_add_group(chains, name, ANA_HINT_NONE, &group));
        ANA_TRY(add_chain(fit, fit->chains + c, group));
    }
done:
    return status;
}

/* Integers from 0 to most - 1, into an array of sizes or of small integers. */
static ana_status read_ints(const ana_record *group, const char *name, ana_shape shape, size_t most,
                            size_t *sizes, uint16_t *small)
{
    const int64_t *values = NULL;
    ana_status status = ana_record_get_ints(group, name, &shape, &values);
    size_t n = 1;
    for (size_t k = 0; k < shape.n_axes; k++) {
        n *= shape.n[k];
    }
    for (size_t j = 0; j < n && status == ANA_OK; j++) {
        if (values[j] < 0 || (uint64_t)values[j] >= most) {
            return ana_fail(ANA_ERR_FORMAT,
                            "record: chain: %s[%zu] is %lld; 0 to %zu would be right", name, j,
                            (long long)values[j], most - 1);
        }
        if (sizes != NULL) {
            sizes[j] = (size_t)values[j];
        } else {
            small[j] = (uint16_t)values[j];
        }
    }
    return status;
}

static ana_status read_random(const ana_record *group, ana_random *random)
{
    ana_status status = ANA_OK;
    const int64_t *words = NULL;
    ana_shape shape = ana_shape_1(N_WORDS, NULL);
    ANA_TRY(ana_record_get_ints(group, "random", &shape, &words));
    for (size_t i = 0; i < 4; i++) {
        random->key[i % 2] = (uint32_t)words[i % 2];
        random->counter[i] = (uint32_t)words[2 + i];
        random->buffer[i] = (uint32_t)words[6 + i];
    }
    if (words[10] < 0 || words[10] > 4) {
        return ana_fail(ANA_ERR_FORMAT, "record: chain: random[10] is %lld; 0 to 4 would be right",
                        (long long)words[10]);
    }
    random->n_used = (uint32_t)words[10];
    random->has_spare_normal = words[11] != 0;
    ANA_TRY(ana_record_get_double(group, "spare_normal", &random->spare_normal));
done:
    return status;
}

/* Every number finite, sizes positive, the chain of states a chain, every cluster with neurons. */
static ana_status check_chain(const ana_bicluster *fit, const ana_bicluster_chain *chain)
{
    field fields[N_FIELDS];
    const ana_hmm_chain states = {fit->options.n_states, chain->initial, chain->transition, 0};
    list_fields(fit, chain, fields);
    for (size_t k = 0; k < N_FIELDS; k++) {
        for (size_t j = 0; j < fields[k].rows * fields[k].columns; j++) {
            const bool positive =
                fields[k].values == chain->size || fields[k].values == chain->weight;
            if (!isfinite(fields[k].values[j]) || (positive && !(fields[k].values[j] > 0.0))) {
                return ana_fail(ANA_ERR_FORMAT, "record: chain: %s[%zu] is no value of a chain",
                                fields[k].name, j);
            }
        }
    }
    for (size_t g = 0; g < chain->n_clusters; g++) {
        bool found = false;
        for (size_t i = 0; i < fit->n_neurons; i++) {
            found = found || chain->cluster[i] == g;
        }
        if (!found) {
            return ana_fail(ANA_ERR_FORMAT, "record: chain: cluster %zu has no neurons", g);
        }
    }
    return ana_hmm_chain_check(&states, 1);
}

static ana_status read_chain(const ana_bicluster *fit, const ana_record *group,
                             ana_bicluster_chain *chain)
{
    ana_status status = ANA_OK;
    field fields[N_FIELDS];
    const size_t n = fit->n_neurons;
    const size_t most = fit->options.max_clusters;
    const size_t n_states = fit->options.n_states;
    ANA_TRY(ana_record_get_size(group, "sweeps", &chain->n_done));
    ANA_TRY(ana_record_get_size(group, "clusters", &chain->n_clusters));
    ANA_TRY(ana_record_get_size(group, "accepted", &chain->n_accepted));
    ANA_TRY(ana_record_get_size(group, "proposed", &chain->n_proposed));
    if (chain->n_done != fit->options.n_sweeps || chain->n_clusters == 0 ||
        chain->n_clusters > most) {
        return ana_fail(ANA_ERR_FORMAT, "record: a chain of %zu sweeps and %zu clusters",
                        chain->n_done, chain->n_clusters);
    }
    list_fields(fit, chain, fields);
    for (size_t k = 0; k < N_FIELDS; k++) {
        const double *values = NULL;
        ana_shape shape = ana_shape_2(fields[k].rows, NULL, fields[k].columns, NULL);
        ANA_TRY(ana_record_get_doubles(group, fields[k].name, &shape, &values));
        memcpy(fields[k].values, values, fields[k].rows * fields[k].columns * sizeof *values);
    }
    chain->n_kept = bicluster_kept(&fit->options);
    ANA_TRY(
        read_ints(group, "cluster", ana_shape_1(n, NULL), chain->n_clusters, chain->cluster, NULL));
    ANA_TRY(
        read_ints(group, "state", ana_shape_1(fit->n_times, NULL), n_states, chain->state, NULL));
    ANA_TRY(read_ints(group, "partitions", ana_shape_2(chain->n_done, NULL, n, NULL), most, NULL,
                      chain->partitions));
    ANA_TRY(read_ints(group, "paths", ana_shape_2(chain->n_kept, NULL, fit->n_times, NULL),
                      n_states, NULL, chain->paths));
    ANA_TRY(read_random(group, &chain->random));
    ANA_TRY(check_chain(fit, chain));
done:
    return status;
}

ana_status bicluster_read_chains(const ana_record *record, ana_bicluster *fit)
{
    for (size_t c = 0; c < fit->options.n_chains; c++) {
        char path[32];
        snprintf(path, sizeof path, "chains/%zu", c);
        const ana_record *group = ana_record_find(record, path);
        if (group == NULL) {
            return ana_fail(ANA_ERR_FORMAT, "record: %s is missing", path);
        }
        ana_status status = read_chain(fit, group, fit->chains + c);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}
