/* Samples of subjects and conditions: what is there, how often, and which way is taken. */
#include "rsa_draws.h"

#include "pairs.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    BLOCK = 256 /* batches between two looks at whether to go on */
};

const double *ana_rsa_matrix(const ana_rsa_scene *scene, size_t v)
{
    const size_t n_pairs = ana_rdm_n_pairs(scene->subjects->n_conditions);
    const size_t n_subjects = scene->subjects->n_rdms;
    return v < n_subjects ? scene->subjects->values + v * n_pairs
                          : scene->models->values + (v - n_subjects) * n_pairs;
}

ana_status ana_rsa_copy(const ana_rdms *from, size_t n_rows, const size_t *rows, size_t n,
                        const size_t *conditions, ana_rdms **out)
{
    const size_t n_taken = rows != NULL ? n_rows : from->n_rdms;
    const size_t n_all = from->n_conditions;
    ana_status status = ana_rdms_new(n_taken, n, out);
    for (size_t r = 0; r < n_taken && status == ANA_OK; r++) {
        const size_t source = rows != NULL ? rows[r] : r;
        const double *row = from->values + source * ana_rdm_n_pairs(n_all);
        double *to = (*out)->values + r * ana_rdm_n_pairs(n);
        for (size_t a = 0; a < n; a++) {
            for (size_t b = a + 1; b < n; b++) {
                const size_t i = conditions[a];
                const size_t j = conditions[b];
                *to++ = i == j ? (double)NAN : row[pairs_place_of(n_all, i, j)];
            }
        }
    }
    return status;
}

size_t ana_rsa_times_of_subject(const ana_rsa_scene *scene, size_t sample, size_t subject)
{
    const size_t *times = scene->draws->subjects;
    return times == NULL ? 1 : times[sample * scene->subjects->n_rdms + subject];
}

size_t ana_rsa_times_of_condition(const ana_rsa_scene *scene, size_t sample, size_t condition)
{
    const size_t *times = scene->draws->conditions;
    return times == NULL ? 1 : times[sample * scene->subjects->n_conditions + condition];
}

bool ana_rsa_is_sample(const ana_rsa_scene *scene, size_t sample)
{
    size_t n = 0;
    for (size_t i = 0; i < scene->subjects->n_conditions; i++) {
        n += ana_rsa_times_of_condition(scene, sample, i) > 0 ? 1 : 0;
    }
    return n >= 3;
}

void ana_rsa_mean_of_sample(const ana_rsa_scene *scene, size_t sample, const double *similarity,
                            double *values)
{
    const size_t n_subjects = scene->subjects->n_rdms;
    for (size_t m = 0; m < scene->models->n_rdms; m++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t s = 0; s < n_subjects; s++) {
            const double times = (double)ana_rsa_times_of_subject(scene, sample, s);
            sum += times > 0.0 ? times * similarity[m * n_subjects + s] : 0.0;
            n += times;
        }
        values[m] = sum / n;
    }
}

double ana_rsa_mean_of_groups(const ana_rsa_scene *scene, size_t sample, const double *x)
{
    double total = 0.0;
    double n_groups = 0.0;
    for (size_t g = 0; g < scene->n_groups; g++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t s = 0; s < scene->subjects->n_rdms; s++) {
            if (scene->group[s] == g && ana_rsa_times_of_subject(scene, sample, s) > 0) {
                sum += x[s];
                n += 1.0;
            }
        }
        total += n > 0.0 ? sum / n : 0.0;
        n_groups += n > 0.0 ? 1.0 : 0.0;
    }
    return n_groups > 1.0 ? total / n_groups : (double)NAN;
}

size_t ana_rsa_n_workers(const ana_run *run, size_t n_items, size_t size)
{
    return (size_t)ana_run_threads(run, (n_items + size - 1) / size);
}

/* What work on a block of batches needs. */
typedef struct batches {
    size_t n_items;
    size_t size;
    ana_rsa_batch batch;
    const void *of;
} batches;

static ana_status work_on(const batches *all, size_t k, size_t worker)
{
    const size_t start = k * all->size;
    const size_t rest = all->n_items - start;
    return all->batch(all->of, start, rest < all->size ? rest : all->size, worker);
}

/* The batches first ... first + n - 1; the sentence of a failure is made again in this thread. */
static ana_status work_on_block(const batches *all, size_t first, size_t n, int n_threads)
{
    ana_status statuses[BLOCK];
#pragma omp parallel for default(none) shared(statuses, all, first, n) num_threads(n_threads)      \
    schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
        statuses[i] = work_on(all, first + i, (size_t)omp_get_thread_num());
    }
    for (size_t i = 0; i < n; i++) {
        if (statuses[i] != ANA_OK) {
            const ana_status again = work_on(all, first + i, 0);
            return again != ANA_OK ? again
                                   : ana_fail(statuses[i], "rsa: samples from %zu on failed",
                                              (first + i) * all->size);
        }
    }
    return ANA_OK;
}

ana_status ana_rsa_in_batches(const ana_run *run, size_t n_items, size_t size, ana_rsa_batch batch,
                              const void *of)
{
    ana_status status = ANA_OK;
    const batches all = {.n_items = n_items, .size = size, .batch = batch, .of = of};
    const size_t n_batches = (n_items + size - 1) / size;
    const int n_threads = (int)ana_rsa_n_workers(run, n_items, size);
    for (size_t first = 0; first < n_batches; first += BLOCK) {
        const size_t n = n_batches - first < BLOCK ? n_batches - first : BLOCK;
        ANA_TRY(ana_run_progress(run, "rsa: samples", first * size, n_items));
        ANA_TRY(work_on_block(&all, first, n, n_threads));
    }
    ANA_TRY(ana_run_progress(run, "rsa: samples", n_items, n_items));
done:
    return status;
}

size_t ana_rsa_number_groups(size_t n, const size_t *ids, size_t *group)
{
    size_t n_groups = 0;
    for (size_t s = 0; s < n; s++) {
        group[s] = n_groups;
        for (size_t t = 0; t < s && ids != NULL; t++) {
            group[s] = ids[t] == ids[s] ? group[t] : group[s];
        }
        n_groups += group[s] == n_groups ? 1 : 0;
    }
    return n_groups;
}

static void find_conditions(size_t n_conditions, size_t n_pairs, const size_t *kept,
                            uint32_t *first, uint32_t *second)
{
    size_t pair = 0;
    size_t k = 0;
    for (size_t i = 0; i < n_conditions; i++) {
        for (size_t j = i + 1; j < n_conditions; j++, pair++) {
            if (k < n_pairs && kept[k] == pair) {
                first[k] = (uint32_t)i;
                second[k++] = (uint32_t)j;
            }
        }
    }
}

static ana_status set_scene(ana_workspace *workspace, const ana_rsa_bootstrap_options *options,
                            ana_rsa_scene *scene)
{
    ana_status status = ANA_OK;
    const size_t n_subjects = scene->subjects->n_rdms;
    const size_t n_conditions = scene->subjects->n_conditions;
    const size_t n_pairs = ana_rdm_n_pairs(n_conditions);
    size_t *group = ana_workspace_sizes(workspace, n_subjects, 1);
    size_t *kept = ana_workspace_sizes(workspace, n_pairs, 1);
    uint32_t *first = ana_workspace_bytes(workspace, n_pairs, 1, sizeof *first);
    uint32_t *second = ana_workspace_bytes(workspace, n_pairs, 1, sizeof *second);
    ANA_TRY(ana_workspace_check(workspace, "rsa"));
    ANA_TRY(ana_rdm_shared_pairs(scene->subjects, scene->models, &options->compare, scene->noise,
                                 kept, &scene->n_pairs));
    find_conditions(n_conditions, scene->n_pairs, kept, first, second);
    scene->n_groups = ana_rsa_number_groups(n_subjects, options->groups, group);
    scene->group = group;
    scene->kept = kept;
    scene->first = first;
    scene->second = second;
done:
    return status;
}

ana_status ana_rsa_evaluate_draws(const ana_rdms *subjects, const ana_rdms *models,
                                  const double *noise, const ana_rsa_bootstrap_options *options,
                                  const ana_rsa_draws *draws, double *values)
{
    ana_rsa_bootstrap_options settings =
        options != NULL ? *options : ana_rsa_bootstrap_options_default();
    const ana_rdm_similarity similarity = settings.compare.similarity;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rsa_scene scene = {.subjects = subjects,
                           .models = models,
                           .noise = noise,
                           .compare = &settings.compare,
                           .no_ceilings = settings.no_ceilings,
                           .draws = draws};
    scene.values = values;
    ANA_TRY(ana_options_check(ana_rsa_bootstrap_option_table, &settings, "rsa"));
    if (noise != NULL && draws->conditions != NULL && similarity >= ANA_RDM_SIM_WHITENED_COSINE &&
        similarity != ANA_RDM_SIM_BURES && similarity != ANA_RDM_SIM_BURES_DISTANCE) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "rsa: %s with a noise of the conditions cannot draw conditions, whose "
                         "copies would share it; draw subjects alone, or leave the noise out",
                         ana_rdm_similarity_names[similarity]));
    }
    settings.compare.run = settings.run;
    ANA_TRY(set_scene(&workspace, &settings, &scene));
    const bool whitened =
        similarity == ANA_RDM_SIM_WHITENED_COSINE || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    if (similarity <= ANA_RDM_SIM_PEARSON || (whitened && noise == NULL)) {
        ANA_TRY(ana_rsa_draws_by_products(&scene));
    } else if (similarity >= ANA_RDM_SIM_SPEARMAN && similarity <= ANA_RDM_SIM_TAU_B) {
        ANA_TRY(ana_rsa_draws_by_ranks(&scene));
    } else {
        ANA_TRY(ana_rsa_draws_by_comparing(&scene));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
