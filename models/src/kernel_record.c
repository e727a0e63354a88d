/* Kernel analyses of several systems as a record. */
#include "kernel_parts.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

/* Curves of all systems, and the error of knowing nothing as the last. */
static ana_status add_curves(const ana_kernel_report *report, bool held_out, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = report->n;
    const size_t d = report->analyses[0]->n_dimensions;
    const ana_picture_words words = {
        .title = held_out ? "Error on held-out stimuli" : "Error on the leading dimensions",
        .caption = held_out
                       ? "Mean squared error of the classes of stimuli that the kernel does "
                         "not know, by the leading d dimensions."
                       : "Mean squared error e(d) of the classes that the leading d dimensions "
                         "leave: a task is simple where it falls early.",
        .x_title = "dimensions d",
        .y_title = "error"};
    double *y = ana_workspace_doubles(&workspace, n + 1, d);
    double *x = ana_workspace_doubles(&workspace, d, 1);
    const char **labels = ana_workspace_bytes(&workspace, n + 1, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t i = 0; i < n; i++) {
        const ana_kernel_analysis *one = report->analyses[i];
        memcpy(y + i * d, held_out ? one->curve_held_out : one->curve, d * sizeof *y);
        labels[i] = report->names[i];
    }
    labels[n] = "shares of classes alone";
    for (size_t k = 0; k < d; k++) {
        x[k] = (double)k + 1.0;
        y[n * d + k] = report->analyses[0]->baseline;
    }
    ANA_TRY(ana_record_add_picture(record, held_out ? "held_out" : "curve", ANA_HINT_LINE, &words,
                                   &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(
        ana_record_add_doubles(figure, "y", ana_shape_2(n + 1, "system", d, "dimension"), y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(d, "dimension"), x, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n + 1, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_table(const ana_kernel_report *report, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = report->n;
    const ana_shape shape = ana_shape_1(n, "system");
    const ana_picture_words words = {
        .title = "Systems",
        .caption = "Area: mean over dimensions of 1 less the error; of the error on held-out "
                   "stimuli, its least, and the dimensions of that."};
    double *columns = ana_workspace_doubles(&workspace, 5, n);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t i = 0; i < n; i++) {
        const ana_kernel_analysis *one = report->analyses[i];
        size_t best = 0;
        for (size_t d = 1; d < one->n_dimensions; d++) {
            best = one->curve_held_out[d] < one->curve_held_out[best] ? d : best;
        }
        columns[i] = (double)one->n_units;
        columns[n + i] = one->area;
        columns[2 * n + i] = one->area_held_out;
        columns[3 * n + i] = one->curve_held_out[best];
        columns[4 * n + i] = (double)best + 1.0;
    }
    static const char *const names[] = {"units", "area", "area_held_out", "least_error_held_out",
                                        "dimensions"};
    ANA_TRY(ana_record_add_picture(record, "systems", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n, report->names));
    for (size_t k = 0; k < 5; k++) {
        ANA_TRY(ana_record_add_doubles(table, names[k], shape, columns + k * n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_subsampling(const ana_kernel_report *report, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = report->n;
    const size_t n_counts = report->subsamplings[0]->n_counts;
    const ana_shape shape = ana_shape_2(n, "system", n_counts, "units");
    const ana_picture_words words = {
        .title = "Area by the number of units",
        .caption = "Area on held-out stimuli of units drawn at random: mean over draws, with their "
                   "standard deviation.",
        .x_title = "units",
        .y_title = "area"};
    double *y = ana_workspace_doubles(&workspace, n, n_counts);
    double *low = ana_workspace_doubles(&workspace, n, n_counts);
    double *high = ana_workspace_doubles(&workspace, n, n_counts);
    double *x = ana_workspace_doubles(&workspace, n_counts, 1);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t k = 0; k < n * n_counts; k++) {
        const ana_kernel_subsampling *one = report->subsamplings[k / n_counts];
        const double spread =
            isnan(one->deviation[k % n_counts]) ? 0.0 : one->deviation[k % n_counts];
        y[k] = one->mean[k % n_counts];
        low[k] = y[k] - spread;
        high[k] = y[k] + spread;
        x[k % n_counts] = (double)one->counts[k % n_counts];
    }
    ANA_TRY(ana_record_add_picture(record, "units", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n_counts, "units"), x, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, report->names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Errors at every scale. */
static ana_status add_scales(const ana_kernel_report *report, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = report->n;
    const size_t d = report->analyses[0]->n_dimensions;
    const size_t each = ANA_KERNEL_SCALES * d;
    const ana_shape curves = {3, {n, ANA_KERNEL_SCALES, d}, {"system", "quantile", "dimension"}};
    double *scale = ana_workspace_doubles(&workspace, n, ANA_KERNEL_SCALES);
    double *error = ana_workspace_doubles(&workspace, n, each);
    double *held_out = ana_workspace_doubles(&workspace, n, each);
    size_t *chosen = ana_workspace_sizes(&workspace, n, d);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t i = 0; i < n; i++) {
        const ana_kernel_analysis *one = report->analyses[i];
        memcpy(scale + i * ANA_KERNEL_SCALES, one->scale, sizeof one->scale);
        memcpy(error + i * each, one->error, each * sizeof *error);
        memcpy(held_out + i * each, one->held_out, each * sizeof *held_out);
        memcpy(chosen + i * d, one->chosen, d * sizeof *chosen);
    }
    ANA_TRY(ana_record_add_texts(record, "names", n, report->names));
    ANA_TRY(ana_record_add_doubles(
        record, "scale", ana_shape_2(n, "system", ANA_KERNEL_SCALES, "quantile"), scale, NULL));
    ANA_TRY(ana_record_add_doubles(record, "error_by_scale", curves, error, NULL));
    ANA_TRY(ana_record_add_doubles(record, "held_out_by_scale", curves, held_out, NULL));
    ANA_TRY(ana_record_add_sizes(record, "chosen", ana_shape_2(n, "system", d, "dimension"), chosen,
                                 NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_kernel_analysis_to_record(const ana_kernel_report *report, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_kernel_analysis *first = report->analyses[0];
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "kernel analysis"));
    ANA_TRY(ana_record_add_text(record, "title", "How simple a task is in a representation"));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)first->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_classes", (int64_t)first->n_classes, NULL));
    ANA_TRY(ana_record_add_int(record, "n_dimensions", (int64_t)first->n_dimensions, NULL));
    ANA_TRY(add_table(report, record));
    ANA_TRY(add_curves(report, false, record));
    ANA_TRY(add_curves(report, true, record));
    if (report->subsamplings != NULL) {
        ANA_TRY(add_subsampling(report, record));
    }
    ANA_TRY(add_scales(report, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
