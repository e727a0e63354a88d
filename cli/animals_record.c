/* What went into an analysis of animals, as a record. */
#include "animals.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

static ana_status add_texts(ana_record *figure, const char *title, const char *caption)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_text(figure, "title", title));
    ANA_TRY(ana_record_add_text(figure, "caption", caption));
done:
    return status;
}

/* A count of each animal, by the place of its field. */
static const struct {
    const char *name;
    size_t offset;
} counts[] = {
    {"no_name", offsetof(animal, n_unnamed)},
    {"name_twice", offsetof(animal, n_twice)},
    {"never_changes", offsetof(animal, n_constant)},
    {"samples_missing", offsetof(animal, n_missing)},
    {"in_too_few_animals", offsetof(animal, n_rare)},
    {"rows_cut", offsetof(animal, n_cut)},
};
enum {
    N_COUNTS = sizeof counts / sizeof counts[0]
};

static size_t count_used(const animal *one)
{
    size_t n = 0;
    for (size_t i = 0; i < one->rows->n_features; i++) {
        n += one->used[i] ? 1 : 0;
    }
    return n;
}

static ana_status add_table(const animals *self, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char **names = calloc(self->n, sizeof *names);
    size_t *values = calloc(self->n, sizeof *values);
    const ana_shape shape = ana_shape_1(self->n, "animal");
    if (names == NULL || values == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu animals", self->n);
        goto done;
    }
    ANA_TRY(ana_record_add_group(record, "animals", ANA_HINT_TABLE, &table));
    ANA_TRY(add_texts(table, "Animals",
                      "Traces of each that are used, and those that are not, by the reason; rows "
                      "after the end of the shortest animal are cut."));
    for (size_t w = 0; w < self->n; w++) {
        names[w] = self->items[w].name;
        values[w] = count_used(&self->items[w]);
    }
    ANA_TRY(ana_record_add_texts(table, "animal", self->n, names));
    ANA_TRY(ana_record_add_sizes(table, "used", shape, values, NULL));
    for (size_t c = 0; c < N_COUNTS; c++) {
        for (size_t w = 0; w < self->n; w++) {
            memcpy(&values[w], (const char *)&self->items[w] + counts[c].offset, sizeof *values);
        }
        ANA_TRY(ana_record_add_sizes(table, counts[c].name, shape, values, NULL));
    }
done:
    free(names);
    free(values);
    return status;
}

/* Who has whom: 1 or 0. */
static ana_status add_map(const animals *self, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const char **neurons = NULL;
    const char **names = calloc(self->n, sizeof *names);
    double *has = NULL;
    size_t n = 0;
    ANA_TRY(animals_neurons(self, &n, &neurons));
    has = calloc(self->n * n, sizeof *has);
    if (names == NULL || has == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu neurons", n);
        goto done;
    }
    for (size_t w = 0; w < self->n; w++) {
        const animal *one = &self->items[w];
        names[w] = one->name;
        for (size_t i = 0; i < one->rows->n_features; i++) {
            for (size_t k = 0; one->used[i] && k < n; k++) {
                has[w * n + k] += strcmp(neurons[k], one->neurons[i]) == 0 ? 1.0 : 0.0;
            }
        }
    }
    ANA_TRY(ana_record_add_group(record, "neurons_of_animals", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(add_texts(figure, "Neurons of the animals",
                      "1: the animal (row) has the neuron (column); pairs that it lacks do not "
                      "count."));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(self->n, "animal", n, "neuron"),
                                   has, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", self->n, names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, neurons));
done:
    free(neurons);
    free(names);
    free(has);
    return status;
}

ana_status animals_to_record(const animals *self, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "connectome inputs"));
    ANA_TRY(ana_record_add_text(record, "title", "Animals and their neurons"));
    ANA_TRY(ana_record_add_int(record, "rows", (int64_t)self->items[0].rows->n_times, NULL));
    ANA_TRY(ana_record_add_double(record, "bin", self->items[0].rows->bin_s, "s"));
    ANA_TRY(add_table(self, record));
    ANA_TRY(add_map(self, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
