#include "rdm_input.h"

#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/record_io.h>
#include <analysis/formats/struct_arrays.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of a location that names it: behind the last ':' or '/', without ending. */
static void name_matrices(const char *input, ana_rdms *rdms)
{
    char base[128];
    const char *slash = strrchr(input, '/');
    const char *colon = strrchr(input, ':');
    const char *start = slash != NULL && slash > colon ? slash + 1
                        : colon != NULL                ? colon + 1
                                                       : input;
    snprintf(base, sizeof base, "%s", start);
    char *dot = strrchr(base, '.');
    if (dot != NULL && dot != base) {
        *dot = '\0';
    }
    for (size_t k = 0; k < rdms->n_rdms; k++) {
        char name[160];
        if (rdms->n_rdms == 1) {
            snprintf(name, sizeof name, "%s", base);
        } else {
            snprintf(name, sizeof name, "%s %zu", base, k);
        }
        char *copy = strdup(name);
        if (copy != NULL) {
            free(rdms->names[k]);
            rdms->names[k] = copy;
        }
    }
}

/* How many conditions have so many pairs; 0: none. */
static size_t unpack_count(size_t n_pairs)
{
    const size_t n = (size_t)((1.0 + sqrt(1.0 + 8.0 * (double)n_pairs)) / 2.0 + 0.5);
    return n_pairs > 0 && ana_rdm_n_pairs(n) == n_pairs ? n : 0;
}

/* How many conditions a whole or packed matrix is of; 0: neither. */
static size_t count_conditions(const ana_matrix *matrix)
{
    const size_t n_values = ana_matrix_size(matrix);
    if (matrix->n_axes == 2 && matrix->axes[0].n == matrix->axes[1].n && matrix->axes[0].n > 1) {
        return matrix->axes[0].n;
    }
    return unpack_count(n_values);
}

static void count_missing(ana_rdms *rdms)
{
    const size_t n = rdms->n_rdms * ana_rdm_n_pairs(rdms->n_conditions);
    rdms->n_missing = 0;
    for (size_t i = 0; i < n; i++) {
        rdms->n_missing += isnan(rdms->values[i]) ? 1 : 0;
    }
}

/* Row k from its pairs; NaN is missing. */
static ana_status set_packed(const double *pairs, size_t k, ana_rdms *rdms)
{
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    for (size_t i = 0; i < n_pairs; i++) {
        if (isinf(pairs[i])) {
            ana_fail(ANA_ERR_VALUE, "the dissimilarity of pair %zu is infinite", i);
            return ANA_ERR_VALUE;
        }
        rdms->values[k * n_pairs + i] = pairs[i];
    }
    return ANA_OK;
}

/* A matrix that is whole, or packed as a vector, becomes row k. */
static ana_status set_struct(const ana_matrix *matrix, size_t k, ana_rdms *rdms)
{
    const size_t n = rdms->n_conditions;
    const size_t n_pairs = ana_rdm_n_pairs(n);
    const size_t n_values = ana_matrix_size(matrix);
    const bool is_row = matrix->n_axes == 2 && (matrix->axes[0].n == 1 || matrix->axes[1].n == 1);
    if (is_row && n_values == n_pairs) {
        return set_packed(matrix->values, k, rdms);
    }
    if (matrix->n_axes == 2 && matrix->axes[0].n == n && matrix->axes[1].n == n) {
        return ana_rdms_set_square(rdms, k, matrix->values);
    }
    ana_fail(ANA_ERR_SHAPE,
             "%zu values; %zu conditions, as the first has, or their %zu pairs are "
             "wanted",
             n_values, n, n_pairs);
    return ANA_ERR_SHAPE;
}

static ana_status from_array(const char *input, const ana_run *run, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ana_rdms *rdms = NULL;
    ANA_TRY(ana_matrix_read(input, run, &matrix));
    const size_t n_axes = matrix->n_axes;
    const size_t last = n_axes > 0 ? matrix->axes[n_axes - 1].n : 0;
    const bool is_square = n_axes >= 2 && n_axes <= 3 && matrix->axes[n_axes - 2].n == last;
    const size_t packed = n_axes == 1 || n_axes == 2 ? unpack_count(last) : 0;
    if (!is_square && packed == 0) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "%s: matrices (condition x condition), packed ones (pairs above the "
                         "diagonal, row by row), or a stack of them, are wanted",
                         input));
    }
    const size_t n_rdms =
        is_square ? (n_axes == 3 ? matrix->axes[0].n : 1) : (n_axes == 2 ? matrix->axes[0].n : 1);
    ANA_TRY(ana_rdms_new(n_rdms, is_square ? last : packed, &rdms));
    for (size_t k = 0; k < n_rdms && is_square; k++) {
        ANA_TRY(ana_rdms_set_square(rdms, k, matrix->values + k * last * last));
    }
    for (size_t k = 0; k < n_rdms && !is_square; k++) {
        ANA_TRY(set_packed(matrix->values + k * last, k, rdms));
    }
    name_matrices(input, rdms);
    count_missing(rdms);
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    ana_matrix_free(matrix);
    return status;
}

/* Structs of MATLAB's toolbox, a matrix each. */
static ana_status from_structs(const char *input, const ana_struct_arrays *structs, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    const size_t n = count_conditions(structs->matrices[0]);
    if (n == 0) {
        ana_fail(ANA_ERR_SHAPE, "%s: %s is no dissimilarity matrix, whole or packed", input,
                 structs->names[0]);
        return ANA_ERR_SHAPE;
    }
    ANA_TRY(ana_rdms_new(structs->n, n, &rdms));
    for (size_t k = 0; k < structs->n; k++) {
        char *name = strdup(structs->names[k]);
        if (name == NULL) {
            ana_fail(ANA_ERR_MEMORY, "%s: no memory for names", input);
            status = ANA_ERR_MEMORY;
            goto done;
        }
        free(rdms->names[k]);
        rdms->names[k] = name;
        status = set_struct(structs->matrices[k], k, rdms);
        if (status != ANA_OK) {
            status = ana_fail_in(status, "%s: %s: ", input, name);
            goto done;
        }
    }
    count_missing(rdms);
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    return status;
}

/* Structs where the file holds such, else plain arrays. */
static ana_status from_structs_or_array(const char *input, const ana_run *run, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_struct_arrays *structs = NULL;
    ANA_TRY(ana_struct_arrays_read(input, "RDM", run, &structs));
    if (structs != NULL) {
        ANA_TRY(from_structs(input, structs, out));
    } else {
        ANA_TRY(from_array(input, run, out));
    }
done:
    ana_struct_arrays_free(structs);
    return status;
}

static bool is_saved(const char *input)
{
    const char *dot = strrchr(input, '.');
    return dot != NULL &&
           (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0 || strcmp(dot, ".json") == 0);
}

static ana_status from_input(const char *input, const ana_run *run, ana_rdms **out)
{
    ana_record *record = NULL;
    if (!is_saved(input)) {
        return from_structs_or_array(input, run, out);
    }
    ana_status status = load_record(input, "ana rdm", &record);
    if (status == ANA_OK) {
        status = ana_rdms_from_record(record, out);
    }
    ana_record_free(record);
    return status;
}

/* What is called by numbers in several arrays must be as many in each. */
ana_status rdm_inputs_check(size_t n, char *const *inputs, ana_rdms *const *parts)
{
    size_t first = n;
    for (size_t i = 0; i < n; i++) {
        if (parts[i] == NULL || is_saved(inputs[i])) {
            continue;
        }
        if (first < i && parts[i]->n_conditions != parts[first]->n_conditions) {
            ana_fail(ANA_ERR_SHAPE,
                     "%s is of %zu conditions and %s of %zu, and neither has ids of them: as many "
                     "of each in the same order are wanted, or matrices saved by ana rdm",
                     inputs[first], parts[first]->n_conditions, inputs[i], parts[i]->n_conditions);
            return ANA_ERR_SHAPE;
        }
        first = i;
    }
    return ANA_OK;
}

ana_status rdm_inputs(command_job *job, size_t n, char **inputs, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms **parts = calloc(n + 1, sizeof(ana_rdms *));
    if (parts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(from_input(inputs[i], &job->run, &parts[i]));
    }
    ANA_TRY(rdm_inputs_check(n, inputs, parts));
    if (n == 1) {
        *out = parts[0];
        parts[0] = NULL;
    } else {
        ANA_TRY(ana_rdms_join(n, parts, out));
    }
done:
    for (size_t i = 0; i < n; i++) {
        ana_rdms_free(parts[i]);
    }
    free(parts);
    return status;
}
