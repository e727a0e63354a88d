/* Matrices of several sources for the conditions that all of them have. */
#include "memory.h"
#include "rdm_parts.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The condition's number, or n. */
static size_t find_condition(const ana_rdms *part, const char *id)
{
    size_t i = 0;
    while (i < part->n_conditions && strcmp(part->conditions[i], id) != 0) {
        i++;
    }
    return i;
}

static ana_status check_unique(const ana_rdms *part)
{
    for (size_t i = 0; i < part->n_conditions; i++) {
        if (find_condition(part, part->conditions[i]) != i) {
            return ana_fail(ANA_ERR_VALUE, "rdm: condition %s stands twice in %s",
                            part->conditions[i], part->n_rdms > 0 ? part->names[0] : "a part");
        }
    }
    return ANA_OK;
}

/* place[k * n of the first + i] of part k: where the i-th shared condition stands in it. */
static ana_status find_shared(size_t n, ana_rdms *const *parts, size_t *place, size_t *n_shared)
{
    const size_t most = parts[0]->n_conditions;
    const char *absent = NULL;
    *n_shared = 0;
    for (size_t i = 0; i < most; i++) {
        bool shared = true;
        for (size_t k = 0; k < n; k++) {
            place[k * most + *n_shared] = find_condition(parts[k], parts[0]->conditions[i]);
            shared = shared && place[k * most + *n_shared] < parts[k]->n_conditions;
        }
        absent = shared ? absent : parts[0]->conditions[i];
        *n_shared += shared;
    }
    if (*n_shared < 3) {
        return ana_fail(
            ANA_ERR_VALUE,
            "rdm: %zu conditions have the same id in all %zu sets of matrices; at least "
            "three are needed (the first set begins with %s, the last with %s%s%s)",
            *n_shared, n, parts[0]->conditions[0], parts[n - 1]->conditions[0],
            absent != NULL ? "; not in all: " : "", absent != NULL ? absent : "");
    }
    return ANA_OK;
}

/* Matrix k of a part, for its conditions place[0] ... place[n - 1]. */
static void take(const ana_rdms *part, size_t k, size_t n, const size_t *place, double *out)
{
    const double *values = part->values + k * ana_rdm_n_pairs(part->n_conditions);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const size_t a = place[i] < place[j] ? place[i] : place[j];
            const size_t b = place[i] < place[j] ? place[j] : place[i];
            *out++ = values[ana_rdm_pair(part->n_conditions, a, b)];
        }
    }
}

static ana_status fill(size_t n, ana_rdms *const *parts, const size_t *place, ana_rdms *to)
{
    ana_status status = ANA_OK;
    const size_t most = parts[0]->n_conditions;
    const size_t n_pairs = ana_rdm_n_pairs(to->n_conditions);
    size_t row = 0;
    for (size_t i = 0; i < to->n_conditions; i++) {
        free(to->conditions[i]);
        to->conditions[i] = NULL;
        ANA_TRY(ana_copy_text(parts[0]->conditions[place[i]], &to->conditions[i]));
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t r = 0; r < parts[k]->n_rdms; r++, row++) {
            take(parts[k], r, to->n_conditions, place + k * most, to->values + row * n_pairs);
            free(to->names[row]);
            to->names[row] = NULL;
            ANA_TRY(ana_copy_text(parts[k]->names[r], &to->names[row]));
        }
    }
    bool alike = parts[0]->method != NULL;
    for (size_t k = 1; k < n && alike; k++) {
        alike = parts[k]->method != NULL && strcmp(parts[k]->method, parts[0]->method) == 0;
    }
    ANA_TRY(ana_copy_text(alike ? parts[0]->method : NULL, &to->method));
    for (size_t i = 0; i < row * n_pairs; i++) {
        to->n_missing += isnan(to->values[i]) ? 1 : 0;
    }
done:
    return status;
}

ana_status ana_rdms_join(size_t n, ana_rdms *const *parts, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdms *joined = NULL;
    size_t n_shared = 0;
    size_t n_rdms = 0;
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "rdm: no matrices to join");
    }
    size_t *place = ana_workspace_sizes(&workspace, n, parts[0]->n_conditions);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(check_unique(parts[k]));
        n_rdms += parts[k]->n_rdms;
    }
    ANA_TRY(find_shared(n, parts, place, &n_shared));
    ANA_TRY(ana_rdms_new(n_rdms, n_shared, &joined));
    ANA_TRY(fill(n, parts, place, joined));
    *out = joined;
    joined = NULL;
done:
    ana_rdms_free(joined);
    ana_workspace_release(&workspace);
    return status;
}
