#include "rsa_input.h"

#include "rdm_input.h"
#include "try.h"

#include <analysis/formats/array_io.h>

#include <stdlib.h>
#include <string.h>

const ana_option rsa_input_table[] = {
    {"subjects", ANA_OPTION_TEXT, offsetof(rsa_input_options, subjects), 0, 0, NULL, "FILE",
     "dissimilarities of the subjects: saved by ana rdm, or an array of them", false},
    {"groups", ANA_OPTION_TEXT, offsetof(rsa_input_options, groups), 0, 0, NULL, "ID,ID,...",
     "whose each of the subjects' matrices is, in their order: those of one id (sessions of a "
     "subject) are drawn and left out together (default: all differ)",
     false},
    {"noise-of-conditions", ANA_OPTION_TEXT, offsetof(rsa_input_options, noise), 0, 0, NULL, "FILE",
     "covariance of the conditions' noise (condition x condition, in the order of the first "
     "model's), for whitened similarities and riemannian (default: the identity)",
     false},
    ANA_OPTION_END,
};

void rsa_inputs_release(rsa_inputs *of)
{
    ana_rdms_free(of->given[0]);
    ana_rdms_free(of->given[1]);
    ana_rdms_free(of->joined);
    free(of->groups);
    free(of->noise);
}

static ana_status read_matrices(command_job *job, const char *location, rsa_inputs *of)
{
    ana_status status = ANA_OK;
    char *subjects[] = {(char *)(uintptr_t)location};
    ANA_TRY(rdm_inputs(job, job->arguments.n_inputs, job->arguments.inputs, &of->given[0]));
    ANA_TRY(rdm_inputs(job, 1, subjects, &of->given[1]));
    for (size_t i = 0; i < job->arguments.n_inputs; i++) {
        char *const pair[] = {job->arguments.inputs[i], subjects[0]};
        ANA_TRY(rdm_inputs_check(2, pair, of->given));
    }
    ANA_TRY(ana_rdms_join(2, of->given, &of->joined));
    const size_t n_models = of->given[0]->n_rdms;
    const size_t n_conditions = of->joined->n_conditions;
    if (n_conditions < of->given[0]->n_conditions || n_conditions < of->given[1]->n_conditions) {
        console_say(&job->console,
                    "%zu conditions are shared, of %zu of models and %zu of subjects", n_conditions,
                    of->given[0]->n_conditions, of->given[1]->n_conditions);
    }
    for (size_t k = 0; k < 2; k++) { /* their conditions are still wanted, not a second copy */
        free(of->given[k]->values);
        of->given[k]->values = NULL;
    }
    of->models = *of->joined;
    of->subjects = *of->joined;
    of->models.n_rdms = n_models;
    of->subjects.n_rdms = of->joined->n_rdms - n_models;
    of->subjects.values = of->joined->values + n_models * ana_rdm_n_pairs(n_conditions);
    of->subjects.names = of->joined->names + n_models;
done:
    return status;
}

/* The place of the list's first id that equals the one at `start`. */
static size_t first_equal(const char *list, const char *start, size_t length)
{
    size_t place = 0;
    const char *id = list;
    while (id < start) {
        const size_t n = strcspn(id, ",");
        if (n == length && strncmp(id, start, n) == 0) {
            break;
        }
        id += n + 1;
        place++;
    }
    return place;
}

static ana_status read_groups(command_job *job, const char *list, rsa_inputs *of)
{
    size_t n = 0;
    if (list == NULL) {
        return ANA_OK;
    }
    of->groups = calloc(of->subjects.n_rdms, sizeof *of->groups);
    if (of->groups == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "rsa: no memory for %zu groups", of->subjects.n_rdms);
    }
    for (const char *id = list;; n++) {
        const size_t length = strcspn(id, ",");
        if (n < of->subjects.n_rdms) {
            of->groups[n] = first_equal(list, id, length);
        }
        if (id[length] == '\0') {
            break;
        }
        id += length + 1;
    }
    return n + 1 == of->subjects.n_rdms
               ? ANA_OK
               : job_refuse(job, "--groups names %zu ids for %zu matrices of subjects", n + 1,
                            of->subjects.n_rdms);
}

/* The place of each shared condition among those of the first model. */
static size_t place_of(const ana_rdms *rdms, const char *condition)
{
    size_t i = 0;
    while (i < rdms->n_conditions && strcmp(rdms->conditions[i], condition) != 0) {
        i++;
    }
    return i;
}

static ana_status read_noise(const char *location, const ana_run *run, rsa_inputs *of)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t n_given = of->given[0]->n_conditions;
    const size_t n = of->joined->n_conditions;
    if (location == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_matrix_read(location, run, &matrix));
    if (matrix->n_axes != 2 || matrix->axes[0].n != n_given || matrix->axes[1].n != n_given) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: a covariance of the models' %zu conditions is wanted",
                         location, n_given));
    }
    of->noise = calloc(n * n, sizeof *of->noise);
    if (of->noise == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "rsa: no memory for the noise of %zu conditions", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t row = place_of(of->given[0], of->joined->conditions[i]);
        for (size_t j = 0; j < n; j++) {
            const size_t column = place_of(of->given[0], of->joined->conditions[j]);
            of->noise[i * n + j] = matrix->values[row * n_given + column];
        }
    }
done:
    ana_matrix_free(matrix);
    return status;
}

ana_status rsa_inputs_read(command_job *job, const rsa_input_options *options, rsa_inputs *of)
{
    ana_status status = ANA_OK;
    if (options->subjects == NULL) {
        return job_refuse(job, "needs --subjects FILE: what the models are compared with");
    }
    ANA_TRY(read_matrices(job, options->subjects, of));
    ANA_TRY(read_groups(job, options->groups, of));
    ANA_TRY(read_noise(options->noise, &job->run, of));
done:
    return status;
}
