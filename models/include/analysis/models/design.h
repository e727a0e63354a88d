/** The columns of a regression, made block by block: intercept, spike history, covariates.
 *
 *  The whole matrix (T x n_columns) never exists. A row's columns are
 *
 *      [ 1 | history of source 0: functions 0 ... B - 1 | source 1 ... | covariates ]
 *
 *  History is strictly causal and begins anew with every sequence: what lies before a sequence's
 *  first row counts as silence. A row that looks back on a missing count, within its sequence, is
 *  not usable (its history is not known): such rows, and rows with a missing covariate, are left
 *  out of likelihoods, not filled in. */
#ifndef ANALYSIS_MODELS_DESIGN_H
#define ANALYSIS_MODELS_DESIGN_H

#include <analysis/models/basis.h>
#include <analysis/observations.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** Whose past may drive whom. */
typedef enum ana_coupling {
    ANA_COUPLING_NONE, /**< no history */
    ANA_COUPLING_SELF, /**< each unit by its own past */
    ANA_COUPLING_FULL, /**< each unit by all */
    ANA_COUPLING_MASK  /**< as a mask says */
} ana_coupling;

/** What the columns are made of. All borrowed; they outlive the design. */
typedef struct ana_design_source {
    const ana_observations *history;    /**< units whose past enters; NULL: none */
    const ana_basis *basis;             /**< NULL exactly when history is */
    const ana_observations *covariates; /**< the same rows and sequences; NULL: none */
    const ana_observations *rows;       /**< whose rows, where neither of both says so; else NULL */
    bool no_intercept;                  /**< leave the column of ones out */
} ana_design_source;

typedef struct ana_design ana_design;

/** Look through the sources once: sparse events of the counts, rows that cannot be used.
 *  ANA_ERR_SHAPE when rows or sequences differ; ANA_ERR_VALUE without any column, or an infinite
 *  value. */
ANA_API ANA_USE_RESULT ana_status ana_design_new(const ana_design_source *source, ana_design **out);

ANA_API size_t ana_design_n_times(const ana_design *design);
ANA_API size_t ana_design_n_columns(const ana_design *design);

/** What it was made of. */
ANA_API const ana_design_source *ana_design_sources(const ana_design *design);

/** First column of source unit m's history (B of them follow each other), and of the covariates.
 */
ANA_API size_t ana_design_history_column(const ana_design *design, size_t unit);
ANA_API size_t ana_design_covariate_column(const ana_design *design);

/** "intercept", "from UNIT: FUNCTION" or a covariate's id. Cut to size. */
ANA_API void ana_design_column_name(const ana_design *design, size_t column, char *text,
                                    size_t size);

/** Whether row t's columns are all known. */
ANA_API bool ana_design_usable(const ana_design *design, size_t t);

/** Columns of rows first ... first + n - 1: panel is n x n_columns, row-major. Rows that are not
 *  usable are zero. For any thread. A row has the same bits in whatever block it is made: each past
 *  count is added in the order of time, functions that are 0 at its lag are passed over. Costs
 *  counts that are not 0 times the functions that are not 0 over the lags. ANA_ERR_SHAPE for rows
 *  beyond the last. */
ANA_API ANA_USE_RESULT ana_status ana_design_panel(const ana_design *design, size_t first, size_t n,
                                                   double *panel);

/** Which columns target unit n may use: allowed[c] for each column. `mask` (targets x sources, for
 *  ANA_COUPLING_MASK, else NULL): 1 where source m may drive target n. Intercept and covariates are
 *  always allowed. */
ANA_API void ana_design_allowed(const ana_design *design, ana_coupling coupling,
                                const uint8_t *mask, size_t target, bool *allowed);

ANA_API void ana_design_free(ana_design *design);

ANA_END_DECLS

#endif
