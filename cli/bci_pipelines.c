#include "bci_pipelines.h"

#include "bci_events.h"
#include "try.h"

#include <analysis/formats/texts_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bci_pipelines_release(bci_pipelines *all)
{
    ana_texts_free(all->n, all->names);
    ana_texts_free(all->n, all->texts);
    *all = (bci_pipelines){.n = 0};
}

/* A copy of n bytes without blanks around; NULL without memory. */
static char *copy_trimmed(const char *text, size_t n)
{
    while (n > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        n--;
    }
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r')) {
        n--;
    }
    char *copy = malloc(n + 1);
    if (copy != NULL) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

/* "name: steps", or steps, which then are their own name. */
static ana_status append(const char *line, size_t n, bci_pipelines *all)
{
    const char *colon = memchr(line, ':', n);
    char **names = realloc(all->names, (all->n + 1) * sizeof *names);
    if (names != NULL) {
        all->names = names;
    }
    char **texts = realloc(all->texts, (all->n + 1) * sizeof *texts);
    if (texts != NULL) {
        all->texts = texts;
    }
    if (names == NULL || texts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for pipelines");
    }
    const size_t named = colon != NULL ? (size_t)(colon - line) : n;
    const size_t skipped = colon != NULL ? named + 1 : 0;
    all->names[all->n] = copy_trimmed(line, named);
    all->texts[all->n] = copy_trimmed(line + skipped, n - skipped);
    const bool complete = all->names[all->n] != NULL && all->texts[all->n] != NULL;
    all->n++;
    return complete ? ANA_OK : ana_fail(ANA_ERR_MEMORY, "no memory for pipelines");
}

static bool is_blank(const char *line, size_t n)
{
    const size_t skipped = strspn(line, " \t\r");
    return skipped >= n || line[skipped] == '#';
}

static ana_status append_all(const char *text, char between, bci_pipelines *all)
{
    ana_status status = ANA_OK;
    while (text != NULL && *text != '\0' && status == ANA_OK) {
        const char *end = strchr(text, between);
        const size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
        if (!is_blank(text, n)) {
            status = append(text, n, all);
        }
        text += n + (end != NULL ? 1 : 0);
    }
    return status;
}

/* Each member of each family is a pipeline. */
static ana_status check(command_job *job, const bci_pipelines *all)
{
    for (size_t k = 0; k < all->n; k++) {
        ana_bci_family *family = NULL;
        ana_status status = ana_bci_family_expand(all->texts[k], &family);
        for (size_t m = 0; status == ANA_OK && m < family->n; m++) {
            ana_bci_pipeline *pipeline = NULL;
            status = ana_bci_pipeline_parse(family->texts[m], &pipeline);
            ana_bci_pipeline_free(pipeline);
        }
        ana_bci_family_free(family);
        if (status != ANA_OK) {
            const bool unnamed = strcmp(all->names[k], all->texts[k]) == 0;
            return job_refuse(job, "%s: %s%s", all->names[k], ana_last_error(),
                              unnamed ? " (a name before the steps ends with a colon)" : "");
        }
    }
    return all->n > 0 ? ANA_OK : job_refuse(job, "no pipeline is given");
}

/* *out = the text of a file, at most a megabyte. */
static ana_status read_file(const char *path, char **out)
{
    enum {
        MOST = 1 << 20
    };
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return ana_fail(ANA_ERR_IO, "%s: cannot be opened", path);
    }
    char *text = calloc(MOST + 1, 1);
    const size_t n = text != NULL ? fread(text, 1, MOST + 1, file) : 0;
    const bool broken = ferror(file) != 0;
    fclose(file);
    ana_status status = ANA_OK;
    if (text == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory to read it", path);
    } else if (broken || n > MOST || memchr(text, '\0', n) != NULL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: is not a text of at most a megabyte", path);
    }
    if (status != ANA_OK) {
        free(text);
        return status;
    }
    *out = text;
    return ANA_OK;
}

ana_status bci_pipelines_read(command_job *job, const char *text, const char *path,
                              bci_pipelines *out)
{
    ana_status status = ANA_OK;
    char *content = NULL;
    *out = (bci_pipelines){.n = 0};
    if (path != NULL) {
        ANA_TRY(read_file(path, &content));
        ANA_TRY(append_all(content, '\n', out));
    } else {
        ANA_TRY(append_all(text, ';', out));
    }
    ANA_TRY(check(job, out));
done:
    free(content);
    if (status != ANA_OK) {
        bci_pipelines_release(out);
    }
    return status;
}

ana_status bci_filtered_trials(void *user, const ana_bci_bank *bank, const ana_bci_trials **out)
{
    bci_filtered *all = user;
    for (size_t k = 0; k < all->n; k++) {
        if (ana_bci_bank_equal(&all->banks[k], bank)) {
            *out = all->trials[k];
            return ANA_OK;
        }
    }
    if (all->n == BCI_MAX_BANKS) {
        return ana_fail(ANA_ERR_LIMIT, "pipelines with more than %d different bands",
                        BCI_MAX_BANKS);
    }
    const ana_status status =
        bci_input_trials(all->job, 0, all->options, bank, &all->trials[all->n]);
    if (status == ANA_OK) {
        if (all->trials[all->n]->n_classes < 2) {
            ana_fail(ANA_ERR_VALUE,
                     "every trial is of class %s; trials of two classes at least are needed",
                     all->trials[all->n]->classes[0]);
            ana_bci_trials_free(all->trials[all->n]);
            return ANA_ERR_VALUE;
        }
        if (all->n == 0) {
            bci_events_tell_sessions(all->job, all->options, all->trials[0]);
            bci_events_tell_classes(all->job, all->options, all->trials[0]);
        }
        all->banks[all->n] = *bank;
        *out = all->trials[all->n++];
    }
    return status;
}

void bci_filtered_release(bci_filtered *all)
{
    for (size_t k = 0; k < all->n; k++) {
        ana_bci_trials_free(all->trials[k]);
    }
    all->n = 0;
}
