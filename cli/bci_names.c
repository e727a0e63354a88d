/* Whose recording a file is, by its name. */
#include "bci_input.h"
#include "try.h"

#include <stdio.h>
#include <string.h>

enum {
    SUBJECT,
    SESSION,
    RUN,
    ANY,
    N_FIELDS
};

static const char *const words[N_FIELDS] = {"{subject}", "{session}", "{run}", "{any}"};

/* Bytes of the name that each field found; n 0: not in the pattern. */
typedef struct found_fields {
    const char *text[N_FIELDS];
    size_t n[N_FIELDS];
} found_fields;

/* The path without its ending, cut to as many of its last parts as the pattern has. */
static void tail_of(const char *path, const char *pattern, char out[512])
{
    const char *start = path + strlen(path);
    size_t parts = 1;
    for (const char *c = pattern; *c != '\0'; c++) {
        parts += *c == '/';
    }
    while (start > path && !(start[-1] == '/' && --parts == 0)) {
        start--;
    }
    snprintf(out, 512, "%s", start);
    char *dot = strrchr(out, '.');
    if (dot != NULL && strchr(dot, '/') == NULL) {
        *dot = '\0';
    }
}

static size_t field_at(const char *pattern)
{
    size_t field = 0;
    while (field < N_FIELDS && strncmp(pattern, words[field], strlen(words[field])) != 0) {
        field++;
    }
    return field;
}

bool bci_names_pattern_is_right(const char *pattern)
{
    size_t n_fields = 0;
    for (const char *c = strchr(pattern, '{'); c != NULL; c = strchr(c + 1, '{')) {
        if (field_at(c) == N_FIELDS) {
            return false;
        }
        n_fields++;
    }
    return n_fields > 0;
}

/* Each field takes as little as leaves the letters that follow it in the pattern. */
static bool match(const char *text, const char *pattern, found_fields *out)
{
    while (*pattern != '\0') {
        const size_t field = field_at(pattern);
        if (field == N_FIELDS) {
            if (*text++ != *pattern++) {
                return false;
            }
            continue;
        }
        pattern += strlen(words[field]);
        const size_t literal = strcspn(pattern, "{");
        size_t n = 1;
        while (text[n - 1] != '\0' &&
               !(literal == 0 ? text[n] == '\0' : strncmp(text + n, pattern, literal) == 0)) {
            n++;
        }
        if (text[0] == '\0' || (literal > 0 && text[n - 1] == '\0')) {
            return false;
        }
        out->text[field] = text;
        out->n[field] = n;
        text += n;
    }
    return *text == '\0';
}

static void copy_field(const found_fields *found, size_t field, char out[64])
{
    if (found->n[field] > 0) {
        const size_t n = found->n[field] < 63 ? found->n[field] : 63;
        memcpy(out, found->text[field], n);
        out[n] = '\0';
    }
}

/* sub-01_ses-02_task-mi_run-3: the letters up to the next "_". */
static bool read_entities(const char *name, found_fields *out)
{
    static const char *const entities[] = {"sub-", "ses-", "run-"};
    for (size_t k = 0; k < 3; k++) {
        const char *at = strstr(name, entities[k]);
        if (at != NULL && (at == name || at[-1] == '_')) {
            out->text[k] = at + 4;
            out->n[k] = strcspn(at + 4, "_");
        }
    }
    return out->n[SUBJECT] > 0;
}

/* S001R04, as PhysioNet names the runs of a subject: letters with numbers of the given lengths. */
static bool read_physionet(const char *name, found_fields *out)
{
    static const char form[] = "S000R00";
    for (size_t i = 0; i < sizeof form; i++) {
        const bool digit = name[i] >= '0' && name[i] <= '9';
        if (form[i] == '0' ? !digit : name[i] != form[i]) {
            return false;
        }
    }
    out->text[SUBJECT] = name;
    out->n[SUBJECT] = 4;
    out->text[RUN] = name + 4;
    out->n[RUN] = 3;
    return true;
}

static void copy_fact(const ana_recording *recording, const char *name, char out[64])
{
    const char *value = ana_recording_find_fact(recording, name);
    if (value != NULL && value[0] != '\0') {
        snprintf(out, 64, "%s", value);
    }
}

ana_status bci_names_of(const char *path, const char *pattern, const ana_recording *recording,
                        bci_names *out)
{
    char name[512];
    found_fields found = {.n = {0}};
    tail_of(path, pattern != NULL ? pattern : "", name);
    *out = (bci_names){.subject = "1", .session = ""};
    snprintf(out->run, sizeof out->run, "%s", name);
    if (pattern != NULL) {
        if (!match(name, pattern, &found)) {
            return ana_fail(ANA_ERR_VALUE,
                            "%s: its name, \"%s\", is not of the form \"%s\" (--names)", path, name,
                            pattern);
        }
        snprintf(out->session, sizeof out->session, "1");
    } else if (read_entities(name, &found) || read_physionet(name, &found)) {
        snprintf(out->session, sizeof out->session, "1");
    } else {
        snprintf(out->session, sizeof out->session, "%s", name);
        copy_fact(recording, "participant", out->subject);
        copy_fact(recording, "session", out->session);
        copy_fact(recording, "run", out->run);
    }
    copy_field(&found, SUBJECT, out->subject);
    copy_field(&found, SESSION, out->session);
    copy_field(&found, RUN, out->run);
    return ANA_OK;
}
