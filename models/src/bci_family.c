/* Families of pipelines: each set {a,b} stands for its members. */
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/bci_pipeline.h>

#include <stdlib.h>
#include <string.h>

enum {
    MAX_SETS = 16,
    MAX_MEMBERS = 10000
};

/* Where a set stands in the text, braces included, and how many members it has. */
typedef struct set {
    size_t first;
    size_t end;
    size_t n;
} set;

/* The set that begins at `first`: no set within it, no empty member. */
static ana_status read_set(const char *text, size_t first, set *out)
{
    const size_t length = strcspn(text + first + 1, "{}|\n");
    const char *end = text + first + 1 + length;
    if (*end != '}') {
        ana_fail(ANA_ERR_VALUE, "pipeline: the set that begins at \"%.20s\" does not end",
                 text + first);
        return ANA_ERR_VALUE;
    }
    *out = (set){.first = first, .end = first + length + 2, .n = 1};
    for (const char *c = text + first + 1; c <= end; c++) {
        const bool begins = c[-1] == '{' || c[-1] == ',';
        if (begins && (*c == ',' || *c == '}')) {
            ana_fail(ANA_ERR_VALUE, "pipeline: the set at \"%.20s\" has an empty member",
                     text + first);
            return ANA_ERR_VALUE;
        }
        out->n += *c == ',';
    }
    return ANA_OK;
}

static ana_status find_sets(const char *text, set *sets, size_t *n_sets, size_t *n_members)
{
    ana_status status = ANA_OK;
    size_t place = strcspn(text, "{}");
    *n_sets = 0;
    *n_members = 1;
    while (text[place] != '\0') {
        if (text[place] == '}') {
            return ana_fail(ANA_ERR_VALUE, "pipeline: a set ends at \"%.20s\" that never began",
                            text + place);
        }
        if (*n_sets == MAX_SETS) {
            return ana_fail(ANA_ERR_LIMIT, "pipeline: more than %d sets in a family", MAX_SETS);
        }
        set *one = &sets[(*n_sets)++];
        ANA_TRY(read_set(text, place, one));
        *n_members *= one->n;
        if (*n_members > MAX_MEMBERS) {
            return ana_fail(ANA_ERR_LIMIT, "pipeline: a family of more than %d members",
                            MAX_MEMBERS);
        }
        place = one->end + strcspn(text + one->end, "{}");
    }
done:
    return status;
}

/* Member `which` of a set, without braces. */
static void append_member(const char *text, const set *one, size_t which, ana_text *out)
{
    size_t place = one->first + 1;
    for (size_t k = 0; k < which; k++) {
        place += strcspn(text + place, ",") + 1;
    }
    ana_text_append_bytes(out, text + place, strcspn(text + place, ",}"));
}

static ana_status write_member(const char *text, size_t n_sets, const set *sets, size_t which,
                               char **out)
{
    ana_status status = ANA_OK;
    ana_text member = {.bytes = NULL};
    size_t digits[MAX_SETS];
    for (size_t k = n_sets; k-- > 0;) {
        digits[k] = which % sets[k].n;
        which /= sets[k].n;
    }
    size_t place = 0;
    for (size_t k = 0; k < n_sets; k++) {
        ana_text_append_bytes(&member, text + place, sets[k].first - place);
        append_member(text, &sets[k], digits[k], &member);
        place = sets[k].end;
    }
    ana_text_append(&member, text + place);
    ANA_TRY(ana_text_check(&member, "pipeline"));
    ANA_TRY(ana_copy_text(member.bytes != NULL ? member.bytes : "", out));
done:
    ana_text_release(&member);
    return status;
}

ana_status ana_bci_family_expand(const char *text, ana_bci_family **out)
{
    ana_status status = ANA_OK;
    ana_bci_family *family = NULL;
    set sets[MAX_SETS] = {{0}};
    size_t n_sets = 0;
    size_t n_members = 0;
    *out = NULL;
    ANA_TRY(find_sets(text, sets, &n_sets, &n_members));
    ANA_TRY(ana_allocate(1, sizeof *family, "pipeline", &family));
    ANA_TRY(ana_allocate(n_members, sizeof *family->texts, "pipeline", &family->texts));
    family->n = n_members;
    for (size_t i = 0; i < n_members; i++) {
        ANA_TRY(write_member(text, n_sets, sets, i, &family->texts[i]));
    }
    *out = family;
    family = NULL;
done:
    ana_bci_family_free(family);
    return status;
}

void ana_bci_family_free(ana_bci_family *family)
{
    if (family != NULL) {
        ana_free_texts(family->n, family->texts);
        free(family);
    }
}
