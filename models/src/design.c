/* The history is made from the counts that are not 0, event by event: a spike writes into the rows
 * after it what the basis says. */
#include "checked.h"
#include "design_parts.h"
#include "feature_id.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/design.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ana_design {
    ana_design_source source;
    size_t n_times;
    size_t n_columns;
    size_t history_column;
    size_t covariate_column;
    ana_design_support support; /**< where the basis is not 0 */
    size_t *event_start;        /**< T + 1; NULL without history */
    uint32_t *event_unit;
    double *event_count;
    uint8_t *usable; /**< T */
};

/* Whose rows and sequences they are. */
static const ana_observations *rows_of(const ana_design_source *source)
{
    if (source->history != NULL) {
        return source->history;
    }
    return source->covariates != NULL ? source->covariates : source->rows;
}

static ana_status check_rows(const ana_observations *history, const ana_observations *covariates)
{
    if (history->n_times != covariates->n_times) {
        return ana_fail(ANA_ERR_SHAPE, "design: %zu rows of counts but %zu of covariates",
                        history->n_times, covariates->n_times);
    }
    if (history->n_sequences != covariates->n_sequences) {
        return ana_fail(ANA_ERR_SHAPE, "design: %zu sequences of counts but %zu of covariates",
                        history->n_sequences, covariates->n_sequences);
    }
    for (size_t s = 0; s < history->n_sequences; s++) {
        if (history->sequence_start[s] != covariates->sequence_start[s]) {
            return ana_fail(ANA_ERR_SHAPE,
                            "design: sequence %zu begins in row %zu of the counts but %zu of the "
                            "covariates",
                            s, history->sequence_start[s], covariates->sequence_start[s]);
        }
    }
    return ANA_OK;
}

static ana_status check_finite(const char *what, const ana_observations *observations)
{
    for (size_t i = 0; i < observations->n_times * observations->n_features; i++) {
        if (isinf(observations->values[i])) {
            return ana_fail(ANA_ERR_VALUE, "design: %s %zu is infinite in row %zu", what,
                            i % observations->n_features, i / observations->n_features);
        }
    }
    return ANA_OK;
}

static ana_status check_source(const ana_design_source *source)
{
    ana_status status = ANA_OK;
    if (rows_of(source) == NULL) {
        return ana_fail(ANA_ERR_VALUE, "design: neither history nor covariates nor rows");
    }
    if ((source->history == NULL) != (source->basis == NULL)) {
        return ana_fail(ANA_ERR_VALUE, "design: history and basis go together");
    }
    if (source->history != NULL && source->covariates != NULL) {
        ANA_TRY(check_rows(source->history, source->covariates));
    }
    if (source->history != NULL) {
        ANA_TRY(check_finite("unit", source->history));
    }
    if (source->covariates != NULL) {
        ANA_TRY(check_finite("covariate", source->covariates));
    }
done:
    return status;
}

static ana_status place_columns(ana_design *design)
{
    const ana_design_source *source = &design->source;
    size_t n_history = 0;
    const size_t n_covariates = source->covariates != NULL ? source->covariates->n_features : 0;
    design->history_column = source->no_intercept ? 0 : 1;
    if (source->history != NULL &&
        !ana_multiply(source->history->n_features, source->basis->n_functions, &n_history)) {
        return ana_fail(ANA_ERR_SHAPE, "design: %zu units x %zu functions overflow",
                        source->history->n_features, source->basis->n_functions);
    }
    if (!ana_add(design->history_column, n_history, &design->covariate_column) ||
        !ana_add(design->covariate_column, n_covariates, &design->n_columns)) {
        return ana_fail(ANA_ERR_SHAPE, "design: too many columns");
    }
    if (design->n_columns == 0) {
        return ana_fail(ANA_ERR_VALUE, "design: no column: neither intercept, history nor "
                                       "covariates");
    }
    return ANA_OK;
}

ana_status ana_design_support_new(const ana_basis *basis, ana_design_support *out)
{
    ana_status status = ANA_OK;
    out->basis = basis;
    ANA_TRY(ana_allocate(basis->n_lags, sizeof *out->first, "design", (void *)&out->first));
    ANA_TRY(ana_allocate(basis->n_lags, sizeof *out->end, "design", (void *)&out->end));
    for (size_t l = 0; l < basis->n_lags; l++) {
        const double *row = basis->values + l * basis->n_functions;
        size_t end = basis->n_functions;
        size_t first = 0;
        while (end > 0 && row[end - 1] == 0.0) {
            end--;
        }
        while (first < end && row[first] == 0.0) {
            first++;
        }
        out->first[l] = first;
        out->end[l] = end;
    }
done:
    return status;
}

void ana_design_support_clear(ana_design_support *support)
{
    free(support->first);
    free(support->end);
    memset(support, 0, sizeof *support);
}

/* Counts that are neither 0 nor missing, row by row. */
static ana_status collect_events(ana_design *design)
{
    ana_status status = ANA_OK;
    const ana_observations *history = design->source.history;
    const size_t n_units = history->n_features;
    size_t n = 0;
    if (n_units > UINT32_MAX) {
        return ana_fail(ANA_ERR_SHAPE, "design: %zu units are too many", n_units);
    }
    ANA_TRY(ana_allocate(design->n_times + 1, sizeof *design->event_start, "design",
                         (void *)&design->event_start));
    for (size_t t = 0; t < design->n_times; t++) {
        design->event_start[t] = n;
        for (size_t m = 0; m < n_units; m++) {
            const double y = history->values[t * n_units + m];
            n += (size_t)(y != 0.0 && !isnan(y));
        }
    }
    design->event_start[design->n_times] = n;
    ANA_TRY(ana_allocate(n, sizeof *design->event_unit, "design", (void *)&design->event_unit));
    ANA_TRY(ana_allocate(n, sizeof *design->event_count, "design", (void *)&design->event_count));
    n = 0;
    for (size_t i = 0; i < design->n_times * n_units; i++) {
        if (history->values[i] != 0.0 && !isnan(history->values[i])) {
            design->event_unit[n] = (uint32_t)(i % n_units);
            design->event_count[n++] = history->values[i];
        }
    }
done:
    return status;
}

static bool has_missing(const ana_observations *observations, size_t t)
{
    const double *row = observations->values + t * observations->n_features;
    bool missing = false;
    for (size_t f = 0; f < observations->n_features; f++) {
        missing = missing || isnan(row[f]);
    }
    return missing;
}

/* A row is usable when no count within the lags before it, nor a covariate in it, is missing. */
static void mark_usable(ana_design *design)
{
    const ana_observations *history = design->source.history;
    const ana_observations *covariates = design->source.covariates;
    const ana_observations *rows = rows_of(&design->source);
    const size_t n_lags = history != NULL ? design->source.basis->n_lags : 0;
    for (size_t s = 0; s < rows->n_sequences; s++) {
        size_t known = n_lags; /* rows without a gap just before t; before the sequence all is 0 */
        for (size_t t = rows->sequence_start[s]; t < rows->sequence_start[s + 1]; t++) {
            const bool covered = covariates == NULL || !has_missing(covariates, t);
            design->usable[t] = (uint8_t)(known >= n_lags && covered);
            known = history != NULL && has_missing(history, t) ? 0 : known + 1;
        }
    }
}

ana_status ana_design_new(const ana_design_source *source, ana_design **out)
{
    ana_status status = ANA_OK;
    ana_design *design = NULL;
    ANA_TRY(check_source(source));
    ANA_TRY(ana_allocate(1, sizeof *design, "design", (void *)&design));
    design->source = *source;
    design->n_times = rows_of(source)->n_times;
    ANA_TRY(place_columns(design));
    ANA_TRY(
        ana_allocate(design->n_times, sizeof *design->usable, "design", (void *)&design->usable));
    if (source->history != NULL) {
        ANA_TRY(ana_design_support_new(source->basis, &design->support));
        ANA_TRY(collect_events(design));
    }
    mark_usable(design);
    *out = design;
    design = NULL;
done:
    ana_design_free(design);
    return status;
}

size_t ana_design_n_times(const ana_design *design)
{
    return design->n_times;
}

size_t ana_design_n_columns(const ana_design *design)
{
    return design->n_columns;
}

const ana_design_source *ana_design_sources(const ana_design *design)
{
    return &design->source;
}

size_t ana_design_history_column(const ana_design *design, size_t unit)
{
    const ana_basis *basis = design->source.basis;
    return design->history_column + (basis != NULL ? unit * basis->n_functions : 0);
}

size_t ana_design_covariate_column(const ana_design *design)
{
    return design->covariate_column;
}

void ana_design_column_name(const ana_design *design, size_t column, char *text, size_t size)
{
    const ana_design_source *source = &design->source;
    char id[256];
    if (column < design->history_column) {
        snprintf(text, size, "intercept");
    } else if (column < design->covariate_column) {
        const size_t place = column - design->history_column;
        const size_t n_functions = source->basis->n_functions;
        ana_feature_id(source->history, place / n_functions, id, sizeof id);
        snprintf(text, size, "from %s: %zu", id, place % n_functions);
    } else {
        ana_feature_id(source->covariates, column - design->covariate_column, id, sizeof id);
        snprintf(text, size, "%s", id);
    }
}

bool ana_design_usable(const ana_design *design, size_t t)
{
    return design->usable[t] != 0;
}

void ana_design_scatter(const ana_design_support *support, size_t lag, double count, double *into)
{
    const double *row = support->basis->values + (lag - 1) * support->basis->n_functions;
    for (size_t b = support->first[lag - 1]; b < support->end[lag - 1]; b++) {
        into[b] += count * row[b];
    }
}

/* What the counts of row s leave in the panel's rows, which end at `end` (or with the sequence). */
static void add_events(const ana_design *design, size_t s, size_t first, size_t end, double *panel)
{
    const ana_basis *basis = design->source.basis;
    const size_t stop = end - s > basis->n_lags ? s + basis->n_lags + 1 : end;
    const size_t start = s + 1 > first ? s + 1 : first;
    for (size_t e = design->event_start[s]; e < design->event_start[s + 1]; e++) {
        const size_t column = design->history_column + design->event_unit[e] * basis->n_functions;
        for (size_t t = start; t < stop; t++) {
            ana_design_scatter(&design->support, t - s, design->event_count[e],
                               panel + (t - first) * design->n_columns + column);
        }
    }
}

static void add_history(const ana_design *design, size_t first, size_t n, double *panel)
{
    const ana_observations *rows = design->source.history;
    const size_t n_lags = design->source.basis->n_lags;
    size_t s = 0;
    while (s + 1 < rows->n_sequences && rows->sequence_start[s + 1] <= first) {
        s++;
    }
    for (; s < rows->n_sequences && rows->sequence_start[s] < first + n; s++) {
        const size_t sequence_end = rows->sequence_start[s + 1];
        const size_t end = sequence_end < first + n ? sequence_end : first + n;
        const size_t back = first > n_lags ? first - n_lags : 0;
        size_t from = rows->sequence_start[s];
        from = from > back ? from : back;
        for (; from + 1 < end; from++) {
            add_events(design, from, first, end, panel);
        }
    }
}

static void fill_rest(const ana_design *design, size_t first, size_t n, double *panel)
{
    const ana_observations *covariates = design->source.covariates;
    for (size_t i = 0; i < n; i++) {
        double *row = panel + i * design->n_columns;
        if (design->usable[first + i] == 0) {
            memset(row, 0, design->n_columns * sizeof *row);
            continue;
        }
        if (design->history_column > 0) {
            row[0] = 1.0;
        }
        if (covariates != NULL) {
            memcpy(row + design->covariate_column,
                   covariates->values + (first + i) * covariates->n_features,
                   covariates->n_features * sizeof *row);
        }
    }
}

void ana_design_fill(const ana_design *design, size_t first, size_t n, double *panel)
{
    memset(panel, 0, n * design->n_columns * sizeof *panel);
    if (design->source.history != NULL) {
        add_history(design, first, n, panel);
    }
    fill_rest(design, first, n, panel);
}

ana_status ana_design_panel(const ana_design *design, size_t first, size_t n, double *panel)
{
    if (first > design->n_times || n > design->n_times - first) {
        return ana_fail(ANA_ERR_SHAPE, "design: rows %zu ... %zu of %zu", first, first + n,
                        design->n_times);
    }
    ana_design_fill(design, first, n, panel);
    return ANA_OK;
}

/* Whether source unit m may drive the target. */
static bool couples(ana_coupling coupling, const uint8_t *mask, size_t n_sources, size_t target,
                    size_t m)
{
    switch (coupling) {
    case ANA_COUPLING_NONE:
        return false;
    case ANA_COUPLING_SELF:
        return m == target;
    case ANA_COUPLING_FULL:
        return true;
    case ANA_COUPLING_MASK:
        return mask[target * n_sources + m] != 0;
    }
    return false;
}

void ana_design_allowed(const ana_design *design, ana_coupling coupling, const uint8_t *mask,
                        size_t target, bool *allowed)
{
    const ana_observations *history = design->source.history;
    const size_t n_sources = history != NULL ? history->n_features : 0;
    const size_t n_functions = history != NULL ? design->source.basis->n_functions : 0;
    for (size_t c = 0; c < design->n_columns; c++) {
        allowed[c] = true;
    }
    for (size_t m = 0; m < n_sources; m++) {
        const bool may = couples(coupling, mask, n_sources, target, m);
        for (size_t b = 0; b < n_functions; b++) {
            allowed[design->history_column + m * n_functions + b] = may;
        }
    }
}

void ana_design_free(ana_design *design)
{
    if (design != NULL) {
        ana_design_support_clear(&design->support);
        free(design->event_start);
        free(design->event_unit);
        free(design->event_count);
        free(design->usable);
        free(design);
    }
}
