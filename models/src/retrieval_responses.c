/* Predictions and candidates that are responses: matched by stimulus, compared by cosine. */
#include "lists.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/retrieval.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Which rows of predictions and candidates are compared. */
typedef struct matched {
    size_t n;          /* predictions kept */
    size_t m;          /* candidates kept */
    size_t *kept;      /* rows of predictions */
    size_t *target;    /* n: among the candidates kept */
    size_t *candidate; /* m */
    size_t n_duplicates;
} matched;

static size_t find_text(const char *text, char *const *texts, size_t n, const size_t *which)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, texts[which[i]]) == 0) {
            return i;
        }
    }
    return n;
}

static ana_status match(const ana_responses *predictions, size_t n_candidates,
                        char *const *candidates, ana_workspace *workspace, matched *out)
{
    out->kept = ana_workspace_sizes(workspace, predictions->n_stimuli, 1);
    out->target = ana_workspace_sizes(workspace, predictions->n_stimuli, 1);
    out->candidate = ana_workspace_sizes(workspace, n_candidates, 1);
    ana_status status = ana_workspace_check(workspace, "retrieval");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t c = 0; c < n_candidates; c++) {
        if (find_text(candidates[c], candidates, out->m, out->candidate) == out->m) {
            out->candidate[out->m++] = c;
        } else {
            out->n_duplicates++;
        }
    }
    for (size_t i = 0; i < predictions->n_stimuli; i++) {
        const size_t c = find_text(predictions->stimuli[i], candidates, out->m, out->candidate);
        if (c < out->m) {
            out->target[out->n] = c;
            out->kept[out->n++] = i;
        }
    }
    if (out->n == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "retrieval: no prediction is of a candidate: predictions are of %s, ..., "
                        "candidates are %s, ...",
                        predictions->n_stimuli > 0 ? predictions->stimuli[0] : "nothing",
                        n_candidates > 0 ? candidates[0] : "none");
    }
    return ANA_OK;
}

/* Units that have a finite value on this side. */
static bool speaks(const ana_responses *of, size_t u)
{
    for (size_t i = 0; i < of->n_stimuli; i++) {
        if (isfinite(of->values[i * of->n_units + u])) {
            return true;
        }
    }
    return false;
}

static ana_status list_units(const ana_responses *a, const ana_responses *b, size_t *units,
                             size_t *n)
{
    *n = 0;
    if (a->n_units != b->n_units) {
        return ana_fail(ANA_ERR_SHAPE, "retrieval: %s has %zu units, %s has %zu", a->name,
                        a->n_units, b->name, b->n_units);
    }
    for (size_t u = 0; u < a->n_units; u++) {
        if (strcmp(a->units[u], b->units[u]) != 0) {
            return ana_fail(ANA_ERR_SHAPE, "retrieval: unit %zu is %s in %s and %s in %s", u,
                            a->units[u], a->name, b->units[u], b->name);
        }
        if (speaks(a, u) && speaks(b, u)) {
            units[(*n)++] = u;
        }
    }
    return *n > 0 ? ANA_OK
                  : ana_fail(ANA_ERR_VALUE, "retrieval: no unit has values in both %s and %s",
                             a->name, b->name);
}

/* to (n_rows x n_units) = those rows and units, of length 1; a row of zeros stays, and counts. */
static ana_status direct(const ana_responses *from, size_t n_rows, const size_t *rows,
                         size_t n_units, const size_t *units, double *to, size_t *n_undirected)
{
    for (size_t i = 0; i < n_rows; i++) {
        double largest = 0.0;
        double square = 0.0;
        double *row = to + i * n_units;
        for (size_t u = 0; u < n_units; u++) {
            row[u] = from->values[rows[i] * from->n_units + units[u]];
            if (!isfinite(row[u])) {
                return ana_fail(ANA_ERR_VALUE, "retrieval: %s: unit %s of stimulus %s is %s",
                                from->name, from->units[units[u]], from->stimuli[rows[i]],
                                isnan(row[u]) ? "missing" : "infinite");
            }
            largest = fmax(largest, fabs(row[u]));
        }
        for (size_t u = 0; u < n_units && largest > 0.0; u++) {
            row[u] /= largest; /* so that no square is lost or overflows */
            square += row[u] * row[u];
        }
        for (size_t u = 0; u < n_units && largest > 0.0; u++) {
            row[u] /= sqrt(square);
        }
        *n_undirected += largest > 0.0 ? 0 : 1;
    }
    return ANA_OK;
}

/* The result, with what was left out and the ids. */
static ana_status retrieve(const ana_responses *predictions, const matched *use,
                           const double *similarity, const ana_retrieval_options *options,
                           ana_retrieval **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_retrieval *made = NULL;
    const ana_retrieval_task task = {use->n, use->m, similarity, use->target};
    const char **ids = ana_workspace_bytes(&workspace, use->n, 1, sizeof *ids);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    for (size_t i = 0; i < use->n; i++) {
        ids[i] = predictions->stimuli[use->kept[i]];
    }
    ANA_TRY(ana_retrieval_compute(&task, options, &made));
    ANA_TRY(ana_copy_texts(use->n, ids, &made->stimuli));
    made->n_duplicates = use->n_duplicates;
    made->n_unmatched = predictions->n_stimuli - use->n;
    *out = made;
    made = NULL;
done:
    ana_retrieval_free(made);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_retrieval_of_responses(const ana_responses *predictions,
                                      const ana_responses *candidates,
                                      const ana_retrieval_options *options, ana_retrieval **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    matched use = {0};
    size_t n_units = 0;
    size_t n_undirected = 0;
    size_t none = 0;
    if (predictions->is_numbered && candidates->is_numbered &&
        predictions->n_stimuli != candidates->n_stimuli) {
        return ana_fail(ANA_ERR_SHAPE,
                        "retrieval: %s has %zu stimuli and %s %zu, and neither has ids of them: "
                        "ids are wanted, or as many stimuli of each in the same order",
                        predictions->name, predictions->n_stimuli, candidates->name,
                        candidates->n_stimuli);
    }
    size_t *units = ana_workspace_sizes(&workspace, predictions->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    ANA_TRY(list_units(predictions, candidates, units, &n_units));
    ANA_TRY(match(predictions, candidates->n_stimuli, candidates->stimuli, &workspace, &use));
    double *a = ana_workspace_doubles(&workspace, use.n, n_units);
    double *b = ana_workspace_doubles(&workspace, use.m, n_units);
    double *similarity = ana_workspace_doubles(&workspace, use.n, use.m);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    ANA_TRY(direct(predictions, use.n, use.kept, n_units, units, a, &n_undirected));
    ANA_TRY(direct(candidates, use.m, use.candidate, n_units, units, b, &none));
    const ana_gemm shape = {
        .n_rows = use.n, .n_inner = n_units, .n_columns = use.m, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, a, b, similarity));
    ANA_TRY(retrieve(predictions, &use, similarity, options, out));
    (*out)->n_units = n_units;
    (*out)->n_silent = predictions->n_units - n_units;
    (*out)->n_undirected = n_undirected;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_retrieval_of_similarities(const ana_responses *similarities,
                                         const ana_retrieval_options *options, ana_retrieval **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    matched use = {0};
    ANA_TRY(match(similarities, similarities->n_units, similarities->units, &workspace, &use));
    double *similarity = ana_workspace_doubles(&workspace, use.n, use.m);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    for (size_t i = 0; i < use.n; i++) {
        for (size_t c = 0; c < use.m; c++) {
            similarity[i * use.m + c] =
                similarities->values[use.kept[i] * similarities->n_units + use.candidate[c]];
        }
    }
    ANA_TRY(retrieve(similarities, &use, similarity, options, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
