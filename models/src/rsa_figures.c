/* Bars with ceilings and lines between those that differ, and the matrix of differences. */
#include "rsa_figures.h"

#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>

enum {
    MOST_LINES = 10 /* over the bars; of more, those with the best alone */
};

static const double threshold = 0.05;

static bool differ(const ana_rsa_pictured *of, size_t i, size_t j)
{
    return of->p != NULL && i != j && of->p[i * of->n + j] < threshold;
}

/* joined (2 each): pairs that differ, with `best` alone unless best is n. */
static size_t list_pairs(const ana_rsa_pictured *of, size_t best, int64_t *joined)
{
    size_t n = 0;
    for (size_t i = 0; i < of->n; i++) {
        for (size_t j = i + 1; j < of->n; j++) {
            if (differ(of, i, j) && (best == of->n || i == best || j == best)) {
                joined[2 * n] = (int64_t)i;
                joined[2 * n + 1] = (int64_t)j;
                n++;
            }
        }
    }
    return n;
}

static bool has_intervals(const ana_rsa_pictured *of)
{
    bool any = false;
    for (size_t i = 0; i < of->n && of->low != NULL; i++) {
        any = any || !isnan(of->low[i]);
    }
    return any;
}

ana_status ana_rsa_add_bars(const ana_rsa_pictured *of, size_t best, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char caption[512];
    const ana_shape shape = ana_shape_1(of->n, "model");
    int64_t *joined = ana_workspace_bytes(&workspace, of->n * of->n, 1, sizeof *joined);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    size_t n_joined = list_pairs(of, of->n, joined);
    const bool all = n_joined <= MOST_LINES;
    n_joined = all ? n_joined : list_pairs(of, best, joined);
    snprintf(caption, sizeof caption, "%s%s", of->caption,
             n_joined == 0 ? ""
             : all         ? " Lines join those that differ (corrected p below 0.05)."
                           : " Lines join the best with those that differ from it (corrected p "
                             "below 0.05).");
    const ana_picture_words words = {
        .title = of->title, .caption = caption, .x_title = "model", .value_title = "similarity"};
    ANA_TRY(ana_record_add_picture(record, "similarity", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, of->mean, NULL));
    if (has_intervals(of)) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, of->low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, of->high, NULL));
    }
    if (!isnan(of->ceiling[0])) {
        ANA_TRY(ana_record_add_doubles(figure, "band", ana_shape_1(2, NULL), of->ceiling, NULL));
    }
    if (n_joined > 0) {
        ANA_TRY(ana_record_add_ints(figure, "joined", ana_shape_2(n_joined, "pair", 2, NULL),
                                    joined, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", of->n, of->names));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rsa_add_differences(const ana_rsa_pictured *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = of->n;
    size_t n_apart = 0;
    const ana_picture_words words = {
        .title = "Which models differ",
        .caption = "Mean similarity of the row's model less that of the column's, where the "
                   "corrected p of their difference is below 0.05.",
        .x_title = "model",
        .y_title = "model",
        .value_title = "difference"};
    double *values = ana_workspace_doubles(&workspace, n, n);
    size_t *together = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t i = 0; i < n * n; i++) {
        const bool apart = differ(of, i / n, i % n);
        values[i] = apart ? of->mean[i / n] - of->mean[i % n] : (double)NAN;
        n_apart += apart ? 1 : 0;
    }
    if (n_apart > 0) {
        ANA_TRY(
            ana_record_add_picture(record, "differences", ANA_HINT_MATRIX_GROUPS, &words, &figure));
        ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
        ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "model", n, "model"),
                                       values, NULL));
        ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "model"), together, NULL));
        ANA_TRY(ana_record_add_texts(figure, "labels", n, of->names));
    }
    ANA_TRY(ana_record_add_int(record, "n_pairs_that_differ", (int64_t)(n_apart / 2), NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}
