/* Homogenised animals as pictures and tables. */
#include "homogenise_parts.h"
#include "try.h"

#include <math.h>

/* Neurons that some animal has, and how sure each animal's label is. */
typedef struct coverage {
    size_t n;            /* neurons */
    const char **names;  /* n */
    size_t *row_of_slot; /* slots; ANA_WORM_NEURONS: none */
    double *values;      /* n x animals */
    bool known;          /* some confidence is */
} coverage;

static void find_rows(const ana_worms *worms, coverage *found)
{
    for (size_t s = 0; s < ANA_WORM_NEURONS; s++) {
        bool seen = false;
        for (size_t w = 0; w < worms->n && !seen; w++) {
            const ana_worm *worm = &worms->items[w];
            for (size_t i = 0; i < worm->n_traces && !seen; i++) {
                seen = worm->slot[i] == (int)s;
            }
        }
        found->row_of_slot[s] = seen ? found->n : ANA_WORM_NEURONS;
        if (seen) {
            found->names[found->n++] = ana_worm_neuron_names[s];
        }
    }
}

static void find_confidences(const ana_worms *worms, coverage *found)
{
    for (size_t k = 0; k < found->n * worms->n; k++) {
        found->values[k] = NAN;
    }
    for (size_t w = 0; w < worms->n; w++) {
        const ana_worm *worm = &worms->items[w];
        for (size_t i = 0; i < worm->n_traces; i++) {
            if (worm->slot[i] >= 0) {
                const double confidence = worm->confidence[i];
                found->known = found->known || !isnan(confidence);
                found->values[found->row_of_slot[worm->slot[i]] * worms->n + w] =
                    isnan(confidence) ? 0.0 : confidence;
            }
        }
    }
    for (size_t k = 0; !found->known && k < found->n * worms->n; k++) {
        found->values[k] = isnan(found->values[k]) ? found->values[k] : 1.0;
    }
}

static const char **names_of_worms(const ana_worms *worms, ana_workspace *workspace)
{
    const char **names = ana_workspace_bytes(workspace, worms->n, 1, sizeof *names);
    for (size_t w = 0; names != NULL && w < worms->n; w++) {
        names[w] = worms->items[w].name;
    }
    return names;
}

static ana_status add_coverage(const ana_worms *worms, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    coverage found = {.names =
                          ana_workspace_bytes(&workspace, ANA_WORM_NEURONS, 1, sizeof *found.names),
                      .row_of_slot = ana_workspace_sizes(&workspace, ANA_WORM_NEURONS, 1),
                      .values = ana_workspace_doubles(&workspace, ANA_WORM_NEURONS, worms->n)};
    const char **names = names_of_worms(worms, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    find_rows(worms, &found);
    find_confidences(worms, &found);
    ANA_TRY(ana_record_add_int(record, "n_neurons", (int64_t)found.n, NULL));
    if (found.n == 0) {
        goto done;
    }
    ANA_TRY(ana_record_add_group(record, "coverage", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Which neurons are labelled in which animals"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                found.known ? "Confidence of the label as the source gives it, 0 "
                                              "where it gives none; hatched: not labelled."
                                            : "The sources give no confidence; hatched: not "
                                              "labelled."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "animal"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "neuron"));
    ANA_TRY(ana_record_add_text(figure, "value_title", found.known ? "confidence" : "labelled"));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(found.n, "neuron", worms->n, "animal"), found.values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", found.n, found.names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", worms->n, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* How many traces of each animal came under each rule: rule x animal. */
static ana_status add_rules(const ana_worms *worms, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    int64_t *counts = ana_workspace_bytes(&workspace, ANA_LABEL_RULES, worms->n, sizeof *counts);
    const char **names = names_of_worms(worms, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    for (size_t w = 0; w < worms->n; w++) {
        for (size_t i = 0; i < worms->items[w].n_traces; i++) {
            counts[worms->items[w].rule[i] * worms->n + w]++;
        }
    }
    ANA_TRY(ana_record_add_group(record, "labels", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "What became of the labels"));
    ANA_TRY(ana_record_add_text(table, "caption",
                                "Traces of each animal by the rule that settled them; only named "
                                "and respelt ones are neurons of the list, the others keep their "
                                "trace and no name."));
    ANA_TRY(ana_record_add_texts(table, "animal", worms->n, names));
    for (ana_label_rule rule = 0; rule < ANA_LABEL_RULES; rule++) {
        ANA_TRY(ana_record_add_ints(table, ana_label_rule_name(rule),
                                    ana_shape_1(worms->n, "animal"), counts + rule * worms->n,
                                    NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The labels that were there and named nothing, one a row. */
static ana_status add_refused(const ana_worms *worms, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    size_t n = 0;
    size_t n_all = 0;
    for (size_t w = 0; w < worms->n; w++) {
        n_all += worms->items[w].n_traces;
    }
    const char **texts = ana_workspace_bytes(&workspace, 3 * n_all + 1, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    for (size_t w = 0; w < worms->n; w++) {
        const ana_worm *worm = &worms->items[w];
        for (size_t i = 0; i < worm->n_traces; i++) {
            if (worm->slot[i] < 0 && worm->rule[i] != ANA_LABEL_NONE) {
                texts[n] = worm->name;
                texts[n_all + n] = worm->labels[i];
                texts[2 * n_all + n++] = ana_label_rule_name(worm->rule[i]);
            }
        }
    }
    if (n == 0) {
        goto done;
    }
    ANA_TRY(ana_record_add_group(record, "refused_labels", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Labels that name no neuron"));
    ANA_TRY(ana_record_add_texts(table, "animal", n, texts));
    ANA_TRY(ana_record_add_texts(table, "label", n, texts + n_all));
    ANA_TRY(ana_record_add_texts(table, "why", n, texts + 2 * n_all));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_animals(const ana_worms *worms, ana_record *record)
{
    static const char *const columns[] = {"samples", "rows", "traces", "labelled", "not_usable"};
    enum {
        N_COLUMNS = sizeof columns / sizeof columns[0]
    };
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const ana_shape shape = ana_shape_1(worms->n, "animal");
    size_t *numbers = ana_workspace_sizes(&workspace, worms->n, N_COLUMNS);
    double *spacing = ana_workspace_doubles(&workspace, worms->n, 1);
    const char **names = names_of_worms(worms, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    for (size_t w = 0; w < worms->n; w++) {
        const ana_worm *worm = &worms->items[w];
        const size_t row[N_COLUMNS] = {worm->n_samples, worm->n_times, worm->n_traces,
                                       worm->n_labelled, worm->n_masked};
        for (size_t c = 0; c < N_COLUMNS; c++) {
            numbers[c * worms->n + w] = row[c];
        }
        spacing[w] = worm->source_dt_s;
    }
    ANA_TRY(ana_record_add_group(record, "animals", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Animals"));
    ANA_TRY(ana_record_add_texts(table, "animal", worms->n, names));
    ANA_TRY(ana_record_add_doubles(table, "sampled_every", shape, spacing, "s"));
    for (size_t c = 0; c < N_COLUMNS; c++) {
        ANA_TRY(ana_record_add_sizes(table, columns[c], shape, numbers + c * worms->n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status worms_add_figures(const ana_worms *worms, ana_record *record)
{
    ana_status status = ANA_OK;
    ANA_TRY(add_animals(worms, record));
    ANA_TRY(add_coverage(worms, record));
    ANA_TRY(add_rules(worms, record));
    ANA_TRY(add_refused(worms, record));
done:
    return status;
}
