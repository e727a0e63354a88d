/* The stimuli that several systems share, by id. */
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/responses.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_match_options ana_match_options_default(void)
{
    return (ana_match_options){.by_order = false};
}

const ana_option ana_match_option_table[] = {
    {"by-order", ANA_OPTION_BOOL, offsetof(ana_match_options, by_order), 0, 0, NULL, NULL,
     "rows are the same stimuli in every input, whatever their ids: lengths must agree", false},
    {"by-stem", ANA_OPTION_BOOL, offsetof(ana_match_options, by_stem), 0, 0, NULL, NULL,
     "compare ids without their folders and endings: images/7.png is 7", false},
    ANA_OPTION_END,
};

/* What an id is compared by, with its place among the stimuli. */
typedef struct placed_id {
    const char *text;
    size_t n;
    size_t place;
} placed_id;

/* The ids of all systems, each system's sorted. */
typedef struct id_lists {
    size_t n;
    ana_responses *const *systems;
    placed_id *const *ids;
    bool by_stem;
} id_lists;

static placed_id key_of(const char *id, size_t place, bool by_stem)
{
    placed_id key = {.text = id, .place = place};
    if (by_stem) {
        for (const char *c = id; *c != '\0'; c++) {
            key.text = (*c == '/' || *c == '\\') && c[1] != '\0' ? c + 1 : key.text;
        }
        const char *dot = strrchr(key.text, '.');
        const bool ends =
            dot != NULL && dot != key.text && ((dot[1] | 0x20) >= 'a' && (dot[1] | 0x20) <= 'z');
        key.n = ends ? (size_t)(dot - key.text) : strlen(key.text);
        return key;
    }
    key.n = strlen(id);
    return key;
}

static int compare_texts(const void *a, const void *b)
{
    const placed_id *x = a;
    const placed_id *y = b;
    const int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static int compare_placed(const void *a, const void *b)
{
    const placed_id *x = a;
    const placed_id *y = b;
    const int order = compare_texts(a, b);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static bool is_measured(const ana_responses *system, size_t stimulus)
{
    const double *row = system->values + stimulus * system->n_units;
    bool known = false;
    for (size_t u = 0; u < system->n_units && !known; u++) {
        known = !isnan(row[u]);
    }
    return known;
}

/* The ids of one system, sorted; none twice. */
static ana_status sort_ids(const ana_responses *system, bool by_stem, placed_id *ids)
{
    for (size_t i = 0; i < system->n_stimuli; i++) {
        ids[i] = key_of(system->stimuli[i], i, by_stem);
    }
    qsort(ids, system->n_stimuli, sizeof *ids, compare_placed);
    for (size_t i = 1; i < system->n_stimuli; i++) {
        if (compare_texts(&ids[i - 1], &ids[i]) == 0) {
            return ana_fail(ANA_ERR_VALUE, "responses: %s has stimulus %.*s twice (%s and %s)",
                            system->name, (int)ids[i].n, ids[i].text,
                            system->stimuli[ids[i - 1].place], system->stimuli[ids[i].place]);
        }
    }
    return ANA_OK;
}

static ana_status list_ids(id_lists *lists, placed_id **ids, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < lists->n; k++) {
        ids[k] = ana_workspace_bytes(workspace, lists->systems[k]->n_stimuli, 1, sizeof *ids[k]);
        ANA_TRY(ana_workspace_check(workspace, "responses"));
        ANA_TRY(sort_ids(lists->systems[k], lists->by_stem, ids[k]));
    }
    lists->ids = ids;
done:
    return status;
}

/* Where system k has it, with a value; SIZE_MAX: it has not. */
static size_t find(const id_lists *lists, size_t k, const placed_id *id)
{
    const ana_responses *system = lists->systems[k];
    const placed_id *found =
        bsearch(id, lists->ids[k], system->n_stimuli, sizeof *id, compare_texts);
    return found != NULL && is_measured(system, found->place) ? found->place : SIZE_MAX;
}

/* place[k * most + i]: where the i-th shared stimulus stands in system k; most: of the first. */
static size_t find_shared(const id_lists *lists, size_t *place)
{
    const ana_responses *first = lists->systems[0];
    size_t n_shared = 0;
    for (size_t i = 0; i < first->n_stimuli; i++) {
        const placed_id id = key_of(first->stimuli[i], i, lists->by_stem);
        bool shared = true;
        for (size_t k = 0; k < lists->n && shared; k++) {
            const size_t at = find(lists, k, &id);
            place[k * first->n_stimuli + n_shared] = at;
            shared = at != SIZE_MAX;
        }
        n_shared += shared ? 1 : 0;
    }
    return n_shared;
}

/* The same by order: rows that every system has a value in. */
static ana_status take_order(size_t n, ana_responses *const *systems, size_t *place,
                             size_t *n_shared)
{
    const size_t most = systems[0]->n_stimuli;
    for (size_t k = 1; k < n; k++) {
        if (systems[k]->n_stimuli != most) {
            return ana_fail(ANA_ERR_SHAPE,
                            "responses: %s has %zu stimuli and %s %zu; by order they must agree",
                            systems[0]->name, most, systems[k]->name, systems[k]->n_stimuli);
        }
    }
    *n_shared = 0;
    for (size_t i = 0; i < most; i++) {
        bool shared = true;
        for (size_t k = 0; k < n; k++) {
            shared = shared && is_measured(systems[k], i);
            place[k * most + *n_shared] = i;
        }
        *n_shared += shared ? 1 : 0;
    }
    return ANA_OK;
}

/* Of rows that have no ids but their numbers, as many must be in every system. */
static ana_status check_numbered(size_t n, ana_responses *const *systems)
{
    const ana_responses *first = NULL;
    for (size_t k = 0; k < n; k++) {
        const ana_responses *system = systems[k];
        if (!system->is_numbered) {
            continue;
        }
        first = first == NULL ? system : first;
        if (system->n_stimuli != first->n_stimuli) {
            return ana_fail(ANA_ERR_SHAPE,
                            "responses: %s has %zu stimuli and %s %zu, and neither has ids of "
                            "them: ids are wanted, or as many stimuli of each in the same order",
                            first->name, first->n_stimuli, system->name, system->n_stimuli);
        }
    }
    return ANA_OK;
}

/* Too few in common: what each system's stimuli are called instead. */
static ana_status refuse_few(size_t n, ana_responses *const *systems, size_t n_shared)
{
    enum {
        MOST_SYSTEMS = 4,
        MOST_IDS = 3
    };
    ana_text text = {0};
    const size_t n_listed = n < MOST_SYSTEMS ? n : MOST_SYSTEMS;
    for (size_t k = 0; k < n_listed; k++) { /* the first and the last ones */
        const ana_responses *system = systems[k < MOST_SYSTEMS / 2 ? k : n - n_listed + k];
        ana_text_printf(&text, "%s%s has %zu: ", k > 0 ? "; " : "", system->name,
                        system->n_stimuli);
        for (size_t i = 0; i < system->n_stimuli && i < MOST_IDS; i++) {
            ana_text_printf(&text, "%s%s", i > 0 ? ", " : "", system->stimuli[i]);
        }
        ana_text_append(&text, system->n_stimuli > MOST_IDS ? ", ..." : "");
    }
    ana_status status = ana_text_check(&text, "responses");
    if (status == ANA_OK) {
        status = ana_fail(ANA_ERR_VALUE,
                          "responses: %zu stimuli have values in all of %zu systems; at least 3 "
                          "are needed (%s)",
                          n_shared, n, text.bytes);
    }
    ana_text_release(&text);
    return status;
}

/* In how many systems it is not, and whether one before k has it in its list. */
static size_t count_lacking(const id_lists *lists, size_t k, const placed_id *id, bool *met)
{
    size_t n_lacking = 0;
    *met = false;
    for (size_t j = 0; j < lists->n; j++) {
        n_lacking += find(lists, j, id) == SIZE_MAX ? 1 : 0;
        *met = *met || (j < k && bsearch(id, lists->ids[j], lists->systems[j]->n_stimuli,
                                         sizeof *id, compare_texts) != NULL);
    }
    return n_lacking;
}

static ana_status add_unmatched(const char *id, size_t n_lacking, ana_match_report *report)
{
    report->n_lacking[report->n_unmatched] = n_lacking;
    ana_status status = ana_copy_text(id, &report->unmatched[report->n_unmatched]);
    report->n_unmatched += status == ANA_OK ? 1 : 0;
    return status;
}

static ana_status list_unmatched(const id_lists *lists, ana_match_report *report)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < lists->n; k++) {
        const ana_responses *system = lists->systems[k];
        for (size_t i = 0; i < system->n_stimuli; i++) {
            const placed_id id = key_of(system->stimuli[i], i, lists->by_stem);
            bool met = false;
            const size_t n_lacking = count_lacking(lists, k, &id, &met);
            if (n_lacking > 0 && !met) {
                ANA_TRY(add_unmatched(system->stimuli[i], n_lacking, report));
            }
        }
    }
done:
    return status;
}

static ana_status list_rows_left_out(size_t n, ana_responses *const *systems,
                                     ana_match_report *report)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < systems[0]->n_stimuli; i++) {
        size_t n_lacking = 0;
        for (size_t k = 0; k < n; k++) {
            n_lacking += is_measured(systems[k], i) ? 0 : 1;
        }
        if (n_lacking > 0) {
            ANA_TRY(add_unmatched(systems[0]->stimuli[i], n_lacking, report));
        }
    }
done:
    return status;
}

static ana_status make_report(const id_lists *lists, bool by_order, size_t n_matched,
                              ana_match_report **out)
{
    ana_status status = ANA_OK;
    ana_match_report *report = NULL;
    size_t most = 0;
    for (size_t k = 0; k < lists->n; k++) {
        most += lists->systems[k]->n_stimuli;
    }
    ANA_TRY(ana_allocate(1, sizeof *report, "responses", (void *)&report));
    ANA_TRY(ana_allocate(lists->n, sizeof(size_t), "responses", (void *)&report->n_stimuli));
    ANA_TRY(ana_allocate(most, sizeof(char *), "responses", (void *)&report->unmatched));
    ANA_TRY(ana_allocate(most, sizeof(size_t), "responses", (void *)&report->n_lacking));
    report->n_systems = lists->n;
    report->n_matched = n_matched;
    for (size_t k = 0; k < lists->n; k++) {
        report->n_stimuli[k] = lists->systems[k]->n_stimuli;
    }
    ANA_TRY(by_order ? list_rows_left_out(lists->n, lists->systems, report)
                     : list_unmatched(lists, report));
    *out = report;
    report = NULL;
done:
    ana_match_report_free(report);
    return status;
}

/* System k for the shared stimuli, under the ids of the first. */
static ana_status take(const ana_responses *first, const size_t *named, const ana_responses *system,
                       size_t n_shared, const size_t *place, ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *taken = NULL;
    ANA_TRY(ana_responses_take_stimuli(system, n_shared, place, &taken));
    for (size_t i = 0; i < n_shared; i++) {
        if (strcmp(taken->stimuli[i], first->stimuli[named[i]]) != 0) {
            free(taken->stimuli[i]);
            taken->stimuli[i] = NULL;
            ANA_TRY(ana_copy_text(first->stimuli[named[i]], &taken->stimuli[i]));
        }
    }
    *out = taken;
    taken = NULL;
done:
    ana_responses_free(taken);
    return status;
}

static ana_status take_all(size_t n, ana_responses *const *systems, size_t n_shared,
                           const size_t *place, ana_responses_set **out)
{
    ana_status status = ANA_OK;
    ana_responses_set *set = NULL;
    const size_t most = systems[0]->n_stimuli;
    ANA_TRY(ana_allocate(1, sizeof *set, "responses", (void *)&set));
    set->n = n;
    ANA_TRY(ana_allocate(n, sizeof(ana_responses *), "responses", (void *)&set->systems));
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(take(systems[0], place, systems[k], n_shared, place + k * most, &set->systems[k]));
    }
    *out = set;
    set = NULL;
done:
    ana_responses_set_free(set);
    return status;
}

ana_status ana_responses_match(size_t n, ana_responses *const *systems,
                               const ana_match_options *options, ana_match_report **report,
                               ana_responses_set **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_match_report *made = NULL;
    const ana_match_options settings = options != NULL ? *options : ana_match_options_default();
    id_lists lists = {.n = n, .systems = systems, .by_stem = settings.by_stem};
    size_t n_shared = 0;
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "responses: no systems to match");
    }
    size_t *place = ana_workspace_sizes(&workspace, n, systems[0]->n_stimuli);
    placed_id **ids = ana_workspace_bytes(&workspace, n, 1, sizeof(void *));
    ANA_TRY(ana_workspace_check(&workspace, "responses"));
    if (settings.by_order) {
        ANA_TRY(take_order(n, systems, place, &n_shared));
    } else {
        ANA_TRY(check_numbered(n, systems));
        ANA_TRY(list_ids(&lists, ids, &workspace));
        n_shared = find_shared(&lists, place);
    }
    if (n_shared < 3) {
        ANA_TRY(refuse_few(n, systems, n_shared));
    }
    if (report != NULL) {
        ANA_TRY(make_report(&lists, settings.by_order, n_shared, &made));
    }
    ANA_TRY(take_all(n, systems, n_shared, place, out));
    if (report != NULL) {
        *report = made;
        made = NULL;
    }
done:
    ana_match_report_free(made);
    ana_workspace_release(&workspace);
    return status;
}

void ana_match_report_free(ana_match_report *report)
{
    if (report == NULL) {
        return;
    }
    ana_free_texts(report->n_unmatched, report->unmatched);
    free(report->n_stimuli);
    free(report->n_lacking);
    free(report);
}
