/* cca 13,17,21: correlations with waves of these frequencies; trca: the class whose response a
 * trial is like. */
#include "bci_kinds.h"
#include "bci_selection.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/steady_state.h>

#include <stdlib.h>
#include <string.h>

typedef struct cca_options {
    const char *frequencies;
    size_t n_harmonics;
} cca_options;

static const ana_option cca_table[] = {
    {"frequencies", ANA_OPTION_TEXT, offsetof(cca_options, frequencies), 0, 0, NULL, "HZ,...",
     "of the flickers, hertz, with commas between", false},
    {"harmonics", ANA_OPTION_SIZE, offsetof(cca_options, n_harmonics), 1, 20, NULL, "N",
     "waves of each, its own frequency among them (default 3)", false},
    ANA_OPTION_END,
};

static void cca_defaults(void *options)
{
    *(cca_options *)options = (cca_options){.frequencies = NULL, .n_harmonics = 3};
}

static ana_status read_frequencies(const cca_options *options, bci_numbers *out)
{
    return ana_bci_parse_numbers(options->frequencies, "frequencies of cca", 1e-3, 1e6, out);
}

static ana_status check_cca(const void *options)
{
    const cca_options *given = options;
    bci_numbers numbers;
    /* Without any, the text is written back as it was and refused when it learns. */
    return given->frequencies != NULL ? read_frequencies(given, &numbers) : ANA_OK;
}

static ana_status shape_cca(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    bci_numbers frequencies;
    ANA_TRY(read_frequencies(step->options, &frequencies));
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = in->n_bands * frequencies.n,
                       .n_bands = in->n_bands,
                       .rate = in->rate};
done:
    return status;
}

/* Band after band. */
static ana_status apply_cca(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                            bci_batch *out)
{
    ana_status status = ANA_OK;
    const cca_options *options = step->options;
    const size_t n = in->shape.n_rows / in->shape.n_bands;
    bci_numbers frequencies;
    ANA_TRY(read_frequencies(options, &frequencies));
    const ana_steady_state_bank bank = {frequencies.n, frequencies.values, options->n_harmonics,
                                        in->shape.rate};
    /* A trial's bands stand one after the other, as trials of their own would. */
    const ana_labelled_signals bands = {
        in->n_items * in->shape.n_bands, n, in->shape.n_columns, in->values, 0, NULL};
    ANA_TRY(ana_steady_state_correlate(&bands, &bank, teacher->run, out->values));
done:
    return status;
}

typedef struct trca_options {
    bool ensemble;
} trca_options;

enum {
    FILTERS,
    TEMPLATES
};

static const char *const trca_learned[] = {"filters", "templates", NULL};

static const ana_option trca_table[] = {
    {"ensemble", ANA_OPTION_BOOL, offsetof(trca_options, ensemble), 0, 0, NULL, NULL,
     "through the filters of all classes at once (default no)", false},
    ANA_OPTION_END,
};

static void trca_defaults(void *options)
{
    *(trca_options *)options = (trca_options){.ensemble = false};
}

static ana_shape templates_shape(const bci_shape *in, size_t n_classes)
{
    return (ana_shape){.n_axes = 3,
                       .n = {n_classes, in->n_rows, in->n_columns},
                       .axis_names = {"class", "row", "time"}};
}

static ana_status fit_trca(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const ana_labelled_signals known = {in->n_items, in->shape.n_rows,   in->shape.n_columns,
                                        in->values,  teacher->n_classes, teacher->labels};
    double *filters = NULL;
    double *templates = NULL;
    ANA_TRY(ana_bci_learn(step, FILTERS, ana_shape_2(known.n_classes, "class", known.n, "row"),
                          &filters));
    ANA_TRY(
        ana_bci_learn(step, TEMPLATES, templates_shape(&in->shape, known.n_classes), &templates));
    ANA_TRY(ana_task_components_fit(&known, in->shape.n_bands, filters, templates));
done:
    return status;
}

static ana_status shape_trca(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    const size_t n_classes = ana_bci_learned_length(step, FILTERS, 0);
    ANA_TRY(
        ana_bci_learned(step, FILTERS, ana_shape_2(n_classes, "class", in->n_rows, "row"), &array));
    ANA_TRY(ana_bci_learned(step, TEMPLATES, templates_shape(in, n_classes), &array));
    if (n_classes == 0) {
        status = ana_fail(ANA_ERR_FORMAT, "step trca: it has learned no classes");
        goto done;
    }
    *out = (bci_shape){.form = BCI_CLASSES, .n_rows = 1, .n_columns = n_classes, .n_bands = 1};
done:
    return status;
}

static ana_status apply_trca(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                             bci_batch *out)
{
    ana_status status = ANA_OK;
    const trca_options *options = step->options;
    const ana_labelled_signals trials = {
        in->n_items, in->shape.n_rows, in->shape.n_columns, in->values, 0, NULL};
    const ana_task_components components = {in->shape.n_bands, out->shape.n_columns,
                                            step->learned[FILTERS].values,
                                            step->learned[TEMPLATES].values, options->ensemble};
    (void)teacher;
    ANA_TRY(ana_task_components_scores(&trials, &components, out->values));
    ana_bci_choose(out);
done:
    return status;
}

const bci_kind ana_bci_cca = {
    .says = {.name = "cca",
             .summary = "correlations with flickers of known frequencies",
             .takes = "signals",
             .gives = "vectors",
             .options = cca_table,
             .n_positional = 1},
    .takes = BCI_SIGNALS,
    .gives = BCI_VECTORS,
    .options_size = sizeof(cca_options),
    .defaults = cca_defaults,
    .check = check_cca,
    .shape = shape_cca,
    .apply = apply_cca,
};

const bci_kind ana_bci_trca = {
    .says = {.name = "trca",
             .summary = "the class whose response a trial is like, by task-related components",
             .takes = "signals",
             .gives = "classes",
             .options = trca_table},
    .takes = BCI_SIGNALS,
    .gives = BCI_CLASSES,
    .options_size = sizeof(trca_options),
    .defaults = trca_defaults,
    .learned = trca_learned,
    .fit = fit_trca,
    .shape = shape_trca,
    .apply = apply_trca,
};
