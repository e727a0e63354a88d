/* Columns of class numbers as the indicators that categorical families take. */
#include "feature_id.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/glm_family.h>
#include <analysis/observations.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static ana_status refuse(const ana_observations *choices, size_t i, const char *wanted)
{
    char id[ANA_FEATURE_ID_SIZE];
    ana_feature_id(choices, i % choices->n_features, id, sizeof id);
    return ana_fail(ANA_ERR_VALUE, "glm: unit %s is %s in row %zu; a class is %s", id,
                    ana_number(choices->values[i]).text, i / choices->n_features, wanted);
}

/* How many classes the numbers name, or n_classes where they name no more. */
static ana_status count_classes(const ana_observations *choices, size_t n_classes, size_t *out)
{
    size_t found = n_classes > 2 ? n_classes : 2;
    for (size_t i = 0; i < choices->n_times * choices->n_features; i++) {
        const double y = choices->values[i];
        if (isnan(y)) {
            continue;
        }
        if (!(y >= 0.0) || y != floor(y) || y >= (double)ANA_GLM_MOST_CLASSES) {
            return refuse(choices, i, "a whole number from 0 to 63");
        }
        if (n_classes > 0 && y >= (double)n_classes) {
            return refuse(choices, i, "one of those the model or --classes knows, from 0 on");
        }
        found = (size_t)y + 1 > found ? (size_t)y + 1 : found;
    }
    *out = found;
    return ANA_OK;
}

static ana_status name_units(const ana_observations *choices, size_t wide, ana_observations *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = made->n_features;
    const size_t size = ANA_FEATURE_ID_SIZE + 24;
    char *names = ana_workspace_bytes(&workspace, n, size, 1);
    const char **texts = ana_workspace_bytes(&workspace, n, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "glm classes"));
    for (size_t u = 0; u < n; u++) {
        char id[ANA_FEATURE_ID_SIZE];
        ana_feature_id(choices, u / wide, id, sizeof id);
        snprintf(names + u * size, size, "%s=%zu", id, u % wide + 1);
        texts[u] = names + u * size;
    }
    ANA_TRY(ana_feature_name(texts, made));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* *out = every column `wide` times, with sequences, labels and all. */
static ana_status widen(const ana_observations *choices, size_t wide, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = choices->n_features * wide;
    size_t *from = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm classes"));
    for (size_t u = 0; u < n; u++) {
        from[u] = u / wide;
    }
    ANA_TRY(ana_observations_take(choices, n, from, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_classes(const ana_observations *choices, size_t n_classes,
                           ana_observations **out, size_t *found)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    size_t n = 0;
    if (n_classes == 1 || n_classes > ANA_GLM_MOST_CLASSES) {
        return ana_fail(ANA_ERR_VALUE, "glm: categorical responses have 2 to %d classes, not %zu",
                        (int)ANA_GLM_MOST_CLASSES, n_classes);
    }
    ANA_TRY(count_classes(choices, n_classes, &n));
    const size_t wide = n - 1;
    ANA_TRY(widen(choices, wide, &made));
    for (size_t i = 0; i < made->n_times * made->n_features; i++) {
        const double y = made->values[i];
        made->values[i] = isnan(y) ? y : (y == (double)(i % wide + 1) ? 1.0 : 0.0);
    }
    ANA_TRY(name_units(choices, wide, made));
    if (found != NULL) {
        *found = n;
    }
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    return status;
}

static ana_status name_responses(const ana_observations *indicators, size_t wide,
                                 ana_observations *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = made->n_features;
    char *names = ana_workspace_bytes(&workspace, n, ANA_FEATURE_ID_SIZE, 1);
    const char **texts = ana_workspace_bytes(&workspace, n, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "glm classes"));
    for (size_t r = 0; r < n; r++) {
        char *name = names + r * ANA_FEATURE_ID_SIZE;
        ana_feature_id(indicators, r * wide, name, ANA_FEATURE_ID_SIZE);
        char *end = strrchr(name, '=');
        if (end != NULL) {
            *end = '\0';
        }
        texts[r] = name;
    }
    ANA_TRY(ana_feature_name(texts, made));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_class_numbers(const ana_observations *indicators, size_t n_classes,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *made = NULL;
    const size_t n = indicators->n_features;
    const size_t wide = n_classes > 1 ? n_classes - 1 : 1;
    size_t *first = ana_workspace_sizes(&workspace, n / wide, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm classes"));
    if (n_classes < 2 || n % wide != 0) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "glm: %zu units are no responses of %zu classes", n,
                         n_classes));
    }
    for (size_t r = 0; r < n / wide; r++) {
        first[r] = r * wide;
    }
    ANA_TRY(ana_observations_take(indicators, n / wide, first, &made));
    for (size_t i = 0; i < made->n_times * made->n_features; i++) {
        const double *y = indicators->values + i * wide;
        made->values[i] = isnan(y[0]) ? y[0] : 0.0;
        for (size_t a = 0; a < wide; a++) {
            made->values[i] = y[a] == 1.0 ? (double)(a + 1) : made->values[i];
        }
    }
    ANA_TRY(name_responses(indicators, wide, made));
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    ana_workspace_release(&workspace);
    return status;
}
