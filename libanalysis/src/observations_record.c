#include "lists.h"
#include "memory.h"
#include "table_rows.h"
#include "try.h"

#include <analysis/observations.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] = "observations";

static ana_status add_sequences(const ana_observations *observations, ana_record *root)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const size_t n = observations->n_sequences;
    ANA_TRY(ana_record_add_group(root, "sequences", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_sizes(group, "start", ana_shape_1(n + 1, "border"),
                                 observations->sequence_start, NULL));
    ANA_TRY(
        ana_record_add_texts(group, "name", n, (const char *const *)observations->sequence_name));
    ANA_TRY(ana_record_add_doubles(group, "origin", ana_shape_1(n, "sequence"),
                                   observations->sequence_origin, "s"));
done:
    return status;
}

static ana_status add_labels(const ana_observations *observations, ana_record *root)
{
    ana_status status = ANA_OK;
    if (observations->labels == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_ints(root, "labels", ana_shape_1(observations->n_times, "time"),
                                observations->labels, NULL));
    ANA_TRY(ana_record_add_texts(root, "label_names", observations->n_labels,
                                 (const char *const *)observations->label_names));
done:
    return status;
}

ana_status ana_observations_to_record(const ana_observations *observations, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *root = NULL;
    ANA_TRY(ana_record_new(&root));
    ANA_TRY(ana_record_add_text(root, "schema", schema));
    ANA_TRY(ana_record_add_doubles(
        root, "values",
        ana_shape_2(observations->n_times, "time", observations->n_features, "feature"),
        observations->values, observations->unit));
    if (!isnan(observations->bin_s)) {
        ANA_TRY(ana_record_add_double(root, "bin", observations->bin_s, "s"));
    }
    ANA_TRY(add_sequences(observations, root));
    ANA_TRY(ana_table_to_record(observations->features, root, "features"));
    ANA_TRY(add_labels(observations, root));
    *out = root;
    root = NULL;
done:
    ana_record_free(root);
    return status;
}

static ana_status check_schema(const ana_record *record)
{
    const char *found = NULL;
    ana_status status = ana_record_get_text(record, "schema", &found);
    if (status != ANA_OK) {
        return ana_fail_in(status, "these are no observations: ");
    }
    if (strcmp(found, schema) != 0) {
        return ana_fail(ANA_ERR_FORMAT, "record: its schema is \"%s\", \"%s\" is needed", found,
                        schema);
    }
    return ANA_OK;
}

/* Sequences are read as they stand; ana_observations_check then judges them. */
static ana_status read_sequences(const ana_record *record, ana_observations *observations)
{
    ana_status status = ANA_OK;
    const char *const *names = NULL;
    const double *origins = NULL;
    const int64_t *starts = NULL;
    size_t n = 0;
    ANA_TRY(ana_record_get_texts(record, "sequences/name", &n, &names));
    ana_shape shape = ana_shape_1(0, NULL);
    ANA_TRY(ana_record_get_ints(record, "sequences/start", &shape, &starts));
    ana_shape of_origins = ana_shape_1(0, NULL);
    ANA_TRY(ana_record_get_doubles(record, "sequences/origin", &of_origins, &origins));
    if (shape.n[0] != n + 1 || of_origins.n[0] != n) {
        return ana_fail(ANA_ERR_FORMAT,
                        "record: %zu names of sequences need %zu borders and %zu origins", n, n + 1,
                        n);
    }
    ana_free_texts(observations->n_sequences, observations->sequence_name);
    free(observations->sequence_start);
    free(observations->sequence_origin);
    observations->sequence_name = NULL;
    observations->sequence_start = NULL;
    observations->sequence_origin = NULL;
    observations->n_sequences = n;
    ANA_TRY(ana_copy_texts(n, names, &observations->sequence_name));
    ANA_TRY(ana_allocate(n + 1, sizeof(size_t), "sequences", &observations->sequence_start));
    ANA_TRY(ana_allocate(n, sizeof(double), "sequences", &observations->sequence_origin));
    for (size_t s = 0; s <= n; s++) {
        observations->sequence_start[s] = (size_t)starts[s]; /* negative: huge, and refused */
    }
    for (size_t s = 0; s < n; s++) {
        observations->sequence_origin[s] = origins[s];
    }
done:
    return status;
}

static ana_status read_labels(const ana_record *record, ana_observations *observations)
{
    ana_status status = ANA_OK;
    const int64_t *labels = NULL;
    const char *const *names = NULL;
    if (ana_record_find(record, "labels") == NULL) {
        return ANA_OK;
    }
    ana_shape shape = ana_shape_1(0, NULL);
    ANA_TRY(ana_record_get_ints(record, "labels", &shape, &labels));
    if (shape.n[0] != observations->n_times) {
        return ana_fail(ANA_ERR_FORMAT, "record: %zu labels for %zu rows", shape.n[0],
                        observations->n_times);
    }
    size_t n = 0;
    ANA_TRY(ana_record_get_texts(record, "label_names", &n, &names));
    ANA_TRY(ana_allocate(observations->n_times, sizeof *labels, "labels", &observations->labels));
    if (observations->n_times > 0) {
        memcpy(observations->labels, labels, observations->n_times * sizeof *labels);
    }
    if (n > 0) {
        ANA_TRY(ana_copy_texts(n, names, &observations->label_names));
    }
    observations->n_labels = n;
done:
    return status;
}

static ana_status read_values(const ana_record *record, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    const double *values = NULL;
    ana_shape shape = ana_shape_2(0, NULL, 0, NULL);
    ANA_TRY(ana_record_get_doubles(record, "values", &shape, &values));
    ANA_TRY(ana_observations_new(shape.n[0], shape.n[1], &observations));
    const size_t size = shape.n[0] * shape.n[1];
    if (size > 0) {
        memcpy(observations->values, values, size * sizeof *values);
    }
    *out = observations;
    ANA_TRY(ana_copy_text(ana_record_find(record, "values")->unit, &observations->unit));
done:
    return status;
}

static ana_status read_all(const ana_record *record, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ANA_TRY(check_schema(record));
    ANA_TRY(read_values(record, &observations));
    if (ana_record_find(record, "bin") != NULL) {
        ANA_TRY(ana_record_get_double(record, "bin", &observations->bin_s));
    }
    ANA_TRY(read_sequences(record, observations));
    ana_table_free(observations->features);
    observations->features = NULL;
    ANA_TRY(ana_table_from_record(record, "features", &observations->features));
    ANA_TRY(read_labels(record, observations));
    ANA_TRY(ana_observations_check(observations));
    *out = observations;
    observations = NULL;
done:
    ana_observations_free(observations);
    return status;
}

ana_status ana_observations_from_record(const ana_record *record, ana_observations **out)
{
    ana_status status = read_all(record, out);
    if (status == ANA_ERR_VALUE || status == ANA_ERR_SHAPE) { /* it is the record that is wrong */
        status = ana_fail_in(ANA_ERR_FORMAT, "record: ");
    }
    return status;
}
