/* Everything wrong with a file: reading errors, warnings, broken invariants, the format's own
 * rules. */
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The place a sentence speaks of, by its first "byte N" or "line N"; else the path. */
static void find_place(const char *sentence, const char *path, ana_text *place)
{
    static const char *const words[] = {"byte ", "line "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n_word = strlen(words[i]);
        for (const char *at = strstr(sentence, words[i]); at != NULL;
             at = strstr(at + 1, words[i])) {
            size_t n_digits = strspn(at + n_word, "0123456789");
            if (n_digits > 0) {
                ana_text_append_bytes(place, at, n_word + n_digits);
                return;
            }
        }
    }
    ana_text_append(place, path);
}

/* The sentence behind "<words>: ", where it begins so: what stands in a finding's place is not said
 * again. */
static const char *without(const char *sentence, const char *words)
{
    const size_t n = strlen(words);
    bool begins = strncmp(sentence, words, n) == 0 && strncmp(sentence + n, ": ", 2) == 0;
    return begins ? sentence + n + 2 : sentence;
}

static ana_status add_sentence(ana_findings *findings, bool error, const char *sentence,
                               const char *path)
{
    ana_text place = {0};
    find_place(sentence, path, &place);
    ana_status status = ana_text_check(&place, "finding");
    if (status == ANA_OK) {
        sentence = without(without(sentence, path), place.bytes);
        status = ana_findings_add(findings, error, place.bytes, "%s", sentence);
    }
    ana_text_release(&place);
    return status;
}

/* A failure that says something of the file becomes a finding; any other one stays a failure. */
static ana_status to_finding(ana_findings *findings, ana_status failure, const char *path)
{
    if (failure != ANA_ERR_FORMAT && failure != ANA_ERR_UNSUPPORTED && failure != ANA_ERR_VALUE &&
        failure != ANA_ERR_SHAPE) {
        return failure;
    }
    char *sentence = NULL;
    ana_status status = ana_copy_text(ana_last_error(), &sentence);
    if (status == ANA_OK) {
        status = add_sentence(findings, true, sentence, path);
    }
    free(sentence);
    return status;
}

static ana_status ignore_block(void *user, const ana_block *block)
{
    (void)user;
    (void)block;
    return ANA_OK;
}

/* Every sample of every series can be read. */
static ana_status read_samples(const ana_recording *recording, const ana_run *run)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        ana_status status = ana_series_blocks(series, NULL, run, ignore_block, NULL);
        if (status != ANA_OK) {
            return ana_fail_in(status, "series \"%s\": ", series->name);
        }
    }
    return ANA_OK;
}

static ana_status look_through(const ana_recording *recording, const char *path, const ana_run *run,
                               ana_findings *findings)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < recording->n_warnings; i++) {
        ANA_TRY(add_sentence(findings, false, recording->warnings[i], path));
    }
    status = ana_recording_check(recording);
    if (status != ANA_OK) {
        ANA_TRY(to_finding(findings, status, path));
    }
    status = read_samples(recording, run);
    if (status != ANA_OK) {
        ANA_TRY(to_finding(findings, status, path));
    }
done:
    return status;
}

ana_status ana_file_validate(const char *path, const ana_read_options *options, ana_findings **out)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_findings *findings = NULL;
    const ana_format *format = NULL;
    ana_read_options chosen = options != NULL ? *options : ana_read_options_default();
    chosen.strict = false; /* every recovery is a finding, not only the first */
    ANA_TRY(ana_allocate(1, sizeof *findings, "findings", &findings));
    status = ana_format_choose(path, &chosen, &format);
    if (status == ANA_OK) {
        status = format->read(path, &chosen, &recording);
    }
    if (status != ANA_OK) {
        ANA_TRY(to_finding(findings, status, path));
    }
    if (recording != NULL) {
        ANA_TRY(look_through(recording, path, &chosen.run, findings));
    }
    if (format != NULL && format->validate != NULL) {
        ANA_TRY(format->validate(path, &chosen, findings));
    }
    *out = findings;
    findings = NULL;
done:
    ana_recording_free(recording);
    ana_findings_free(findings);
    return status;
}
