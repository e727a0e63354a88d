/* Which node a name in a source is. */
#include "anatomical_names.h"

#include "try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_given(const void *a, const void *b)
{
    return strcmp(((const cell_name *)a)->given, ((const cell_name *)b)->given);
}

/* Sorts n texts and keeps each once; returns how many. */
static size_t sort_texts(size_t n, const char **texts)
{
    size_t n_kept = 0;
    if (n > 0) {
        qsort(texts, n, sizeof *texts, compare_texts);
    }
    for (size_t i = 0; i < n; i++) {
        if (n_kept == 0 || strcmp(texts[n_kept - 1], texts[i]) != 0) {
            texts[n_kept++] = texts[i];
        }
    }
    return n_kept;
}

static const char *find_text(const char *name, size_t n, const char *const *sorted)
{
    const char *const *found =
        n > 0 ? bsearch(&name, sorted, n, sizeof *sorted, compare_texts) : NULL;
    return found != NULL ? *found : NULL;
}

/* "VB02" becomes "VB2"; false when there is no zero between letters and a last number. */
static bool drop_zeros(const char *name, char *out, size_t size)
{
    const size_t n_letters = strcspn(name, "0123456789");
    const size_t n_zeros = strspn(name + n_letters, "0");
    const char *rest = name + n_letters + n_zeros;
    if (n_letters == 0 || n_zeros == 0 || *rest == '\0' ||
        rest[strspn(rest, "0123456789")] != '\0' || strlen(name) >= size) {
        return false;
    }
    snprintf(out, size, "%.*s%s", (int)n_letters, name, rest);
    return true;
}

/* The form of a name in the list of known ones; NULL: unknown. */
static const char *known_form(const char *name, size_t n, const char *const *sorted)
{
    char shorter[64];
    const char *found = find_text(name, n, sorted);
    if (found == NULL && drop_zeros(name, shorter, sizeof shorter)) {
        found = find_text(shorter, n, sorted);
    }
    return found;
}

static void note_unknown(const char *name, ana_anatomical_counts *counts)
{
    const size_t n = strlen(counts->unknown_names);
    const size_t room = sizeof counts->unknown_names - n;
    counts->n_unknown++;
    if (strlen(name) + 3 < room) {
        snprintf(counts->unknown_names + n, room, "%s%s", n > 0 ? ", " : "", name);
    }
}

/* All names given, sorted, each once. */
static ana_status collect_given(const ana_synapse_list *list, ana_workspace *workspace,
                                cell_names *out)
{
    ana_status status = ANA_OK;
    const char **texts =
        ana_workspace_bytes(workspace, 2 * list->n + list->n_cells, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    size_t n = 0;
    for (size_t r = 0; r < list->n; r++) {
        if (list->kinds[r] < ANA_SYNAPSE_UNUSED && list->from[r] != NULL && list->to[r] != NULL) {
            texts[n++] = list->from[r];
            texts[n++] = list->to[r];
        }
    }
    for (size_t i = 0; i < list->n_cells; i++) {
        texts[n++] = list->cells[i];
    }
    out->n_given = sort_texts(n, texts);
    out->given = ana_workspace_bytes(workspace, out->n_given, 1, sizeof *out->given);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    for (size_t i = 0; i < out->n_given; i++) {
        out->given[i].given = texts[i];
    }
done:
    return status;
}

/* The form of each name that stays, or NULL. */
static ana_status find_forms(const ana_anatomical_options *options, const cell_names *names,
                             ana_workspace *workspace, const char **forms,
                             ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    const char **known = ana_workspace_bytes(workspace, options->n_known, 1, sizeof *known);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    if (options->n_known > 0) {
        memcpy(known, options->known, options->n_known * sizeof *known);
    }
    const size_t n_known = sort_texts(options->n_known, known);
    for (size_t i = 0; i < names->n_given; i++) {
        const char *given = names->given[i].given;
        const char *form = known_form(given, n_known, known);
        counts->n_respelt += form != NULL && strcmp(form, given) != 0 ? 1 : 0;
        if (form == NULL && n_known > 0) {
            note_unknown(given, counts);
        }
        forms[i] = form != NULL || options->known_only ? form : given;
    }
done:
    return status;
}

static const char *form_of(const cell_names *names, const char *const *forms, const char *given)
{
    const cell_name key = {.given = given};
    const cell_name *found = bsearch(&key, names->given, names->n_given, sizeof key, compare_given);
    return forms[found - names->given];
}

/* The nodes in the order of the list's cells, or sorted. */
static ana_status order_nodes(const ana_synapse_list *list, const char *const *forms,
                              ana_workspace *workspace, cell_names *out)
{
    ana_status status = ANA_OK;
    const size_t n_most = list->n_cells > 0 ? list->n_cells : out->n_given;
    out->names = ana_workspace_bytes(workspace, n_most, 1, sizeof *out->names);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    for (size_t i = 0; i < n_most; i++) {
        const char *form = list->n_cells > 0 ? form_of(out, forms, list->cells[i]) : forms[i];
        if (form != NULL) {
            out->names[out->n++] = form;
        }
    }
    if (list->n_cells == 0) {
        out->n = sort_texts(out->n, out->names);
    }
done:
    return status;
}

ana_status cell_names_new(const ana_synapse_list *list, const ana_anatomical_options *options,
                          ana_workspace *workspace, cell_names *out, ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    ANA_TRY(collect_given(list, workspace, out));
    const char **forms = ana_workspace_bytes(workspace, out->n_given, 1, sizeof *forms);
    cell_name *nodes =
        ana_workspace_bytes(workspace, out->n_given + list->n_cells, 1, sizeof *nodes);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    ANA_TRY(find_forms(options, out, workspace, forms, counts));
    ANA_TRY(order_nodes(list, forms, workspace, out));
    /* Forms to nodes, by a sorted copy. */
    for (size_t i = 0; i < out->n; i++) {
        nodes[i] = (cell_name){out->names[i], i};
    }
    if (out->n > 0) {
        qsort(nodes, out->n, sizeof *nodes, compare_given);
    }
    for (size_t i = 1; i < out->n; i++) {
        if (strcmp(nodes[i - 1].given, nodes[i].given) == 0) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "connectome: the cell %s stands twice in the list",
                             nodes[i].given));
        }
    }
    for (size_t i = 0; i < out->n_given; i++) {
        const cell_name key = {.given = forms[i]};
        const cell_name *found = forms[i] != NULL && out->n > 0
                                     ? bsearch(&key, nodes, out->n, sizeof key, compare_given)
                                     : NULL;
        out->given[i].node = found != NULL ? found->node : out->n;
    }
done:
    return status;
}

size_t cell_names_find(const cell_names *names, const char *name)
{
    const cell_name key = {.given = name};
    const cell_name *found = bsearch(&key, names->given, names->n_given, sizeof key, compare_given);
    return found != NULL ? found->node : names->n;
}
