/* Samples under similarities that no weights give: the drawn conditions are copied, pairs of a
 * condition with itself are missing, and what is there is compared. Geometries (both bures,
 * riemannian), which need every pair, take each drawn condition once. */
#include "rsa_draws.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

typedef struct compared {
    const ana_rsa_scene *scene;
    const double *shared; /* M x S: similarities when conditions are not drawn; else NULL */
} compared;

/* What one sample holds. */
typedef struct sample_parts {
    size_t *conditions; /* n: as drawn */
    size_t n;
    ana_rdms *subjects; /* all of them */
    ana_rdms *models;
    ana_rdms *pool;
    size_t *times;      /* S: how often a subject is in the pool */
    double *similarity; /* M x S */
    double *low;        /* S */
    double *high;
    double *known; /* n_conditions^2: 1 where all matrices have the pair */
} sample_parts;

static bool is_geometry(const ana_rsa_scene *scene)
{
    return scene->compare->similarity >= ANA_RDM_SIM_BURES;
}

static void list_conditions(const ana_rsa_scene *scene, size_t sample, sample_parts *parts)
{
    parts->n = 0;
    for (size_t i = 0; i < scene->subjects->n_conditions; i++) {
        size_t times = ana_rsa_times_of_condition(scene, sample, i);
        times = is_geometry(scene) && times > 1 ? 1 : times;
        for (size_t k = 0; k < times; k++) {
            parts->conditions[parts->n++] = i;
        }
    }
}

/* The drawn conditions of all matrices, without the pairs that some lack. */
static ana_status copy(const ana_rdms *from, const sample_parts *parts, ana_rdms **out)
{
    ana_status status = ANA_OK;
    const size_t n_pairs = ana_rdm_n_pairs(parts->n);
    ANA_TRY(ana_rsa_copy(from, 0, NULL, parts->n, parts->conditions, out));
    for (size_t r = 0; r < from->n_rdms; r++) {
        double *to = (*out)->values + r * n_pairs;
        for (size_t a = 0; a < parts->n; a++) {
            for (size_t b = a + 1; b < parts->n; b++, to++) {
                const size_t pair =
                    parts->conditions[a] * from->n_conditions + parts->conditions[b];
                *to = parts->known[pair] > 0.0 ? *to : (double)NAN;
            }
        }
    }
done:
    return status;
}

static ana_status with_pool(const ana_rsa_scene *scene, const sample_parts *parts, size_t s,
                            double *value)
{
    ana_status status = ANA_OK;
    ana_rdms one = *parts->subjects; /* subject s alone, borrowed */
    one.n_rdms = 1;
    one.values = parts->subjects->values + s * ana_rdm_n_pairs(parts->n);
    ANA_TRY(ana_rdm_compare_pool(&one, parts->pool, scene->noise, scene->compare, value));
done:
    return status;
}

/* low or high of every subject of the sample: with the pool of those outside its group, or all. */
static ana_status find_ceiling(const ana_rsa_scene *scene, size_t sample, size_t g,
                               sample_parts *parts)
{
    ana_status status = ANA_OK;
    const bool all = g == scene->n_groups;
    size_t n_in_pool = 0;
    for (size_t s = 0; s < scene->subjects->n_rdms; s++) {
        parts->times[s] = scene->group[s] == g ? 0 : ana_rsa_times_of_subject(scene, sample, s);
        n_in_pool += parts->times[s];
    }
    if (n_in_pool == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_rdm_pool_times(parts->subjects, scene->compare->similarity, parts->times,
                               parts->pool->values));
    for (size_t s = 0; s < scene->subjects->n_rdms; s++) {
        if (ana_rsa_times_of_subject(scene, sample, s) > 0 && (all || scene->group[s] == g)) {
            ANA_TRY(with_pool(scene, parts, s, all ? &parts->high[s] : &parts->low[s]));
        }
    }
done:
    return status;
}

static ana_status evaluate_parts(const compared *of, size_t sample, sample_parts *parts)
{
    ana_status status = ANA_OK;
    const ana_rsa_scene *scene = of->scene;
    const size_t n_models = scene->models->n_rdms;
    double *values = of->scene->values + sample * (n_models + 2);
    ANA_TRY(copy(scene->subjects, parts, &parts->subjects));
    ANA_TRY(ana_rdms_new(1, parts->n, &parts->pool));
    if (of->shared == NULL) {
        ANA_TRY(copy(scene->models, parts, &parts->models));
        ANA_TRY(ana_rdm_compare(parts->models, parts->subjects, scene->noise, scene->compare,
                                parts->similarity));
    }
    ana_rsa_mean_of_sample(scene, sample, of->shared != NULL ? of->shared : parts->similarity,
                           values);
    values[n_models] = (double)NAN;
    values[n_models + 1] = (double)NAN;
    if (scene->no_ceilings) {
        goto done;
    }
    for (size_t g = 0; g <= scene->n_groups; g++) {
        ANA_TRY(find_ceiling(scene, sample, g, parts));
    }
    values[n_models] = ana_rsa_mean_of_groups(scene, sample, parts->low);
    values[n_models + 1] = ana_rsa_mean_of_groups(scene, sample, parts->high);
done:
    return status;
}

/* At least three pairs, of at least three conditions. */
static bool is_enough(const ana_rsa_scene *scene, size_t sample, const sample_parts *parts)
{
    size_t n_known = 0;
    const size_t n_conditions = scene->subjects->n_conditions;
    for (size_t a = 0; a < parts->n; a++) {
        for (size_t b = a + 1; b < parts->n; b++) {
            n_known +=
                parts->known[parts->conditions[a] * n_conditions + parts->conditions[b]] > 0.0 ? 1
                                                                                               : 0;
        }
    }
    return ana_rsa_is_sample(scene, sample) && n_known >= 3;
}

static ana_status evaluate_one(const compared *of, size_t sample)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rsa_scene *scene = of->scene;
    const size_t n = scene->subjects->n_conditions;
    const size_t n_subjects = scene->subjects->n_rdms;
    const size_t n_models = scene->models->n_rdms;
    size_t n_drawn = 0;
    for (size_t i = 0; i < n; i++) {
        n_drawn += ana_rsa_times_of_condition(scene, sample, i);
    }
    sample_parts parts = {.conditions = ana_workspace_sizes(&workspace, n_drawn, 1),
                          .times = ana_workspace_sizes(&workspace, n_subjects, 1),
                          .similarity = ana_workspace_doubles(&workspace, n_models, n_subjects),
                          .low = ana_workspace_doubles(&workspace, n_subjects, 1),
                          .high = ana_workspace_doubles(&workspace, n_subjects, 1),
                          .known = ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t k = 0; k < scene->n_pairs; k++) {
        parts.known[scene->first[k] * n + scene->second[k]] = 1.0;
    }
    list_conditions(scene, sample, &parts);
    if (is_enough(scene, sample, &parts)) {
        ANA_TRY(evaluate_parts(of, sample, &parts));
    } else {
        for (size_t k = 0; k < n_models + 2; k++) {
            of->scene->values[sample * (n_models + 2) + k] = (double)NAN;
        }
    }
done:
    ana_rdms_free(parts.subjects);
    ana_rdms_free(parts.models);
    ana_rdms_free(parts.pool);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status evaluate(const void *user, size_t first, size_t n, size_t worker)
{
    ana_status status = ANA_OK;
    (void)worker;
    for (size_t sample = first; sample < first + n && status == ANA_OK; sample++) {
        status = evaluate_one(user, sample);
    }
    return status;
}

ana_status ana_rsa_draws_by_comparing(const ana_rsa_scene *scene)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    compared of = {.scene = scene};
    const size_t n_models = scene->models->n_rdms;
    if (scene->draws->conditions == NULL) {
        double *shared = ana_workspace_doubles(&workspace, n_models, scene->subjects->n_rdms);
        ANA_TRY(ana_workspace_check(&workspace, "rsa"));
        ANA_TRY(
            ana_rdm_compare(scene->models, scene->subjects, scene->noise, scene->compare, shared));
        of.shared = shared;
    }
    ANA_TRY(ana_rsa_in_batches(&scene->compare->run, scene->draws->n_samples, 1, evaluate, &of));
done:
    ana_workspace_release(&workspace);
    return status;
}
