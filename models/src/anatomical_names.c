/* Which node a name in a source is. */
#include "anatomical_names.h"

#include "try.h"

#include <analysis/models/worm_neurons.h>

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

/* The neuron of that name as the list spells it; NULL: none. */
static const char *neuron_of(const char *name)
{
    const int slot = ana_worm_neuron_find(name, NULL);
    return slot >= 0 ? ana_worm_neuron_names[slot] : NULL;
}

static void note_other(const char *name, ana_anatomical_counts *counts)
{
    const size_t n = strlen(counts->other_names);
    const size_t room = sizeof counts->other_names - n;
    counts->n_others++;
    if (strlen(name) + 3 < room) {
        snprintf(counts->other_names + n, room, "%s%s", n > 0 ? ", " : "", name);
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

static const char *first_other(const cell_names *names, const char *const *forms)
{
    size_t i = 0;
    while (forms[i] != NULL) {
        i++;
    }
    return names->given[i].given;
}

/* The form of each name that stays, or NULL. */
static ana_status find_forms(const ana_anatomical_options *options, const cell_names *names,
                             const char **forms, ana_anatomical_counts *counts)
{
    size_t n_found = 0;
    for (size_t i = 0; i < names->n_given; i++) {
        forms[i] = neuron_of(names->given[i].given);
        n_found += forms[i] != NULL ? 1 : 0;
    }
    counts->is_worm = names->n_given > 0 && 2 * n_found >= names->n_given;
    if (options->neurons_only && names->n_given > 0 && !counts->is_worm) {
        return ana_fail(ANA_ERR_VALUE,
                        "connectome: neurons alone are wanted, but %zu of %zu names are neurons of "
                        "C. elegans; %s, for one, is not",
                        n_found, names->n_given, first_other(names, forms));
    }
    for (size_t i = 0; i < names->n_given; i++) {
        const char *given = names->given[i].given;
        if (!counts->is_worm) {
            forms[i] = given;
        } else if (forms[i] == NULL) {
            note_other(given, counts);
            forms[i] = options->neurons_only ? NULL : given;
        } else {
            counts->n_respelt += strcmp(forms[i], given) != 0 ? 1 : 0;
        }
    }
    return ANA_OK;
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
    ANA_TRY(find_forms(options, out, forms, counts));
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
