#include "lists.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_copy_texts(size_t n, const char *const *texts, char ***out)
{
    char **copies = NULL;
    ana_status status = ana_allocate(n, sizeof *copies, "list of texts", &copies);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        status = ana_copy_text(texts[i], &copies[i]);
    }
    if (status != ANA_OK) {
        ana_free_texts(n, copies);
        return status;
    }
    *out = copies;
    return ANA_OK;
}

void ana_free_texts(size_t n, char **texts)
{
    if (texts == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        free(texts[i]);
    }
    free(texts);
}

const char **ana_numbered_texts(ana_workspace *workspace, const char *word, size_t n)
{
    enum {
        SIZE = 40
    };
    char *room = ana_workspace_bytes(workspace, n, SIZE, 1);
    const char **texts = ana_workspace_bytes(workspace, n, 1, sizeof *texts);
    if (room == NULL || texts == NULL) {
        return NULL;
    }
    for (size_t k = 0; k < n; k++) {
        char *text = room + k * SIZE;
        (void)snprintf(text, SIZE, "%s%s%zu", word != NULL ? word : "", word != NULL ? " " : "",
                       k + 1);
        texts[k] = text;
    }
    return texts;
}

bool ana_text_matches(const char *text, const char *pattern)
{
    if (text == NULL) {
        return false;
    }
    size_t n = strlen(pattern);
    if (n > 0 && pattern[n - 1] == '*') {
        return strncmp(text, pattern, n - 1) == 0;
    }
    return strcmp(text, pattern) == 0;
}
