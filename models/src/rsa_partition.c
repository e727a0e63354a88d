/* What models explain of each subject's matrix: together, each alone, and every set of them. */
#include "commonality.h"
#include "lists.h"
#include "memory.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/rsa_partition.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_status new_partition(const ana_rdms *subjects, const ana_rdms *models,
                                ana_rsa_partition **out)
{
    ana_status status = ANA_OK;
    ana_rsa_partition *made = NULL;
    const size_t m = models->n_rdms;
    const size_t n = subjects->n_rdms;
    ANA_TRY(ana_allocate(1, sizeof *made, "rsa", (void *)&made));
    made->n_models = m;
    made->n_subjects = n;
    made->n_sets = m <= ANA_RSA_PARTITION_MAX_MODELS ? ((size_t)1 << m) - 1 : 0;
    ANA_TRY(ana_allocate(n, sizeof(double), "rsa", (void *)&made->r2));
    ANA_TRY(ana_allocate(m * n, sizeof(double), "rsa", (void *)&made->weights));
    ANA_TRY(ana_allocate(m * n, sizeof(double), "rsa", (void *)&made->unique));
    ANA_TRY(ana_allocate(m * n, sizeof(double), "rsa", (void *)&made->partial));
    ANA_TRY(ana_allocate(m, sizeof(double), "rsa", (void *)&made->p_partial));
    ANA_TRY(ana_allocate(made->n_sets * n, sizeof(double), "rsa", (void *)&made->set_r2));
    ANA_TRY(ana_allocate(made->n_sets * n, sizeof(double), "rsa", (void *)&made->shares));
    ANA_TRY(ana_copy_texts(m, (const char *const *)models->names, &made->models));
    ANA_TRY(ana_copy_texts(n, (const char *const *)subjects->names, &made->subjects));
    *out = made;
    made = NULL;
done:
    ana_rsa_partition_free(made);
    return status;
}

/* A pair that one model lacks is lacked by all, that every set has the same pairs. */
static void share_missing(size_t m, size_t n_pairs, double *values)
{
    for (size_t k = 0; k < n_pairs; k++) {
        bool missing = false;
        for (size_t j = 0; j < m; j++) {
            missing = missing || isnan(values[j * n_pairs + k]);
        }
        for (size_t j = 0; missing && j < m; j++) {
            values[j * n_pairs + k] = (double)NAN;
        }
    }
}

/* R2 of subject s on the models of a set. `chosen` has room for their values, the arrays of `fit`
 * for all models. */
static ana_status explain_set(const ana_rdms *subjects, size_t s, const ana_rdms *models,
                              size_t set, double *chosen, ana_rdm_regression *fit, double *r2)
{
    ana_status status = ANA_OK;
    const size_t n_pairs = ana_rdm_n_pairs(models->n_conditions);
    const size_t m = models->n_rdms;
    ana_rdms some = *models; /* borrowed, but for the values */
    some.values = chosen;
    some.n_rdms = 0;
    for (size_t j = 0; j < m; j++) {
        if (ana_commonality_holds(set, j)) {
            memcpy(chosen + some.n_rdms++ * n_pairs, models->values + j * n_pairs,
                   n_pairs * sizeof *chosen);
        }
    }
    ANA_TRY(ana_rdm_regress(subjects, s, &some, fit));
    *r2 = fit->r2;
done:
    return status;
}

static ana_status explain_subject(const ana_rdms *subjects, size_t s, const ana_rdms *models,
                                  double *chosen, ana_rdm_regression *fit, ana_rsa_partition *made)
{
    ana_status status = ANA_OK;
    const size_t m = made->n_models;
    const size_t n = made->n_subjects;
    ANA_TRY(ana_rdm_regress(subjects, s, models, fit));
    made->r2[s] = fit->r2;
    for (size_t j = 0; j < m; j++) {
        const bool known = !isnan(fit->r2);
        made->weights[j * n + s] = known ? fit->weights[j] : (double)NAN;
        made->unique[j * n + s] = known ? fit->unique[j] : (double)NAN;
        made->partial[j * n + s] = known ? fit->partial[j] : (double)NAN;
    }
    for (size_t set = 0; set < made->n_sets; set++) {
        ANA_TRY(explain_set(subjects, s, models, set, chosen, fit, &made->set_r2[set * n + s]));
    }
done:
    return status;
}

ana_status ana_rsa_partition_compute(const ana_rdms *subjects, const ana_rdms *models,
                                     const ana_rsa_options *options, ana_rsa_partition **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rsa_partition *made = NULL;
    const ana_rsa_options settings = options != NULL ? *options : ana_rsa_options_default();
    const size_t m = models->n_rdms;
    const size_t n_pairs = ana_rdm_n_pairs(models->n_conditions);
    ana_rdms whole = *models; /* borrowed, but for the values */
    if (m == 0 || subjects->n_rdms == 0) {
        return ana_fail(ANA_ERR_VALUE, "rsa: %zu models and %zu subjects", m, subjects->n_rdms);
    }
    whole.values = ana_workspace_doubles(&workspace, m, n_pairs);
    double *chosen = ana_workspace_doubles(&workspace, m, n_pairs);
    ana_rdm_regression fit = {.weights = ana_workspace_doubles(&workspace, m, 1),
                              .unique = ana_workspace_doubles(&workspace, m, 1),
                              .partial = ana_workspace_doubles(&workspace, m, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(new_partition(subjects, models, &made));
    memcpy(whole.values, models->values, m * n_pairs * sizeof *whole.values);
    share_missing(m, n_pairs, whole.values);
    for (size_t s = 0; s < subjects->n_rdms; s++) {
        ANA_TRY(explain_subject(subjects, s, &whole, chosen, &fit, made));
        ANA_TRY(ana_run_progress(&settings.run, "subjects", s + 1, subjects->n_rdms));
    }
    ana_commonality_shares(made->n_sets, made->n_subjects, made->set_r2, made->shares);
    for (size_t j = 0; j < m; j++) {
        ANA_TRY(ana_rsa_test_values(made->n_subjects, made->partial + j * made->n_subjects,
                                    &settings, true, j, &made->p_partial[j]));
    }
    *out = made;
    made = NULL;
done:
    ana_rsa_partition_free(made);
    ana_workspace_release(&workspace);
    return status;
}

void ana_rsa_partition_free(ana_rsa_partition *partition)
{
    if (partition == NULL) {
        return;
    }
    ana_free_texts(partition->n_models, partition->models);
    ana_free_texts(partition->n_subjects, partition->subjects);
    free(partition->r2);
    free(partition->weights);
    free(partition->unique);
    free(partition->partial);
    free(partition->p_partial);
    free(partition->set_r2);
    free(partition->shares);
    free(partition);
}
