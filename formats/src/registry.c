/* The table of formats: detection by content, and the way from a path to a reader or writer. */
#include "file.h"
#include "format.h"
#include "text.h"
#include "try.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In the order they are listed to the user; one a line, so that each can come by itself. */
/* clang-format off */
static const ana_format *const formats[] = {
    &ana_format_edf,
    &ana_format_bdf,
    &ana_format_gdf,
    &ana_format_brainvision,
    &ana_format_fif,
    &ana_format_nwb,
    &ana_format_npy,
    &ana_format_npz,
    &ana_format_safetensors,
    &ana_format_mat,
    &ana_format_mat73,
    &ana_format_csv,
    &ana_format_phy,
    &ana_format_suite2p,
    &ana_format_caiman,
    &ana_format_signal_h5,
    &ana_format_worm,
    NULL,
};
/* clang-format on */

/* Bytes of a file that detection looks at. */
#define N_HEAD 4096

size_t ana_format_count(void)
{
    size_t n = 0;
    while (formats[n] != NULL) {
        n++;
    }
    return n;
}

static ana_format_info describe(const ana_format *format)
{
    return (ana_format_info){format->name, format->title, format->endings, format->write != NULL,
                             format->companions != NULL ? format->companions : ""};
}

ana_format_info ana_format_get(size_t i)
{
    return describe(formats[i]);
}

/* "edf, bdf, nwb": all formats, or those that are written. */
static void list_formats(ana_text *text, bool only_writers)
{
    for (size_t i = 0; formats[i] != NULL; i++) {
        if (!only_writers || formats[i]->write != NULL) {
            ana_text_printf(text, "%s%s", text->n > 0 ? ", " : "", formats[i]->name);
        }
    }
}

static const char *text_or(const ana_text *text, const char *otherwise)
{
    return text->bytes != NULL && !text->failed ? text->bytes : otherwise;
}

static ana_status find_format(const char *name, bool to_write, const ana_format **out)
{
    for (size_t i = 0; formats[i] != NULL; i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            *out = formats[i];
            return ANA_OK;
        }
    }
    ana_text names = {0};
    list_formats(&names, to_write);
    (void)ana_fail(ANA_ERR_UNSUPPORTED, "no format is called \"%s\"; there are: %s", name,
                   text_or(&names, "none"));
    ana_text_release(&names);
    return ANA_ERR_UNSUPPORTED;
}

ana_status ana_format_find(const char *name, ana_format_info *out)
{
    const ana_format *format = NULL;
    ana_status status = find_format(name, false, &format);
    if (status == ANA_OK) {
        *out = describe(format);
    }
    return status;
}

/* What detection may look at; `head` has N_HEAD bytes. */
static ana_status look_at(const char *path, unsigned char *head, ana_probe *probe)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    struct stat seen;
    if (stat(path, &seen) != 0) {
        return ana_fail_errno(path, "cannot be opened", errno);
    }
    *probe = (ana_probe){.path = path, .is_folder = S_ISDIR(seen.st_mode), .head = head};
    if (!probe->is_folder) {
        ANA_TRY(ana_file_open(path, &file));
        probe->size = ana_file_size(file);
        probe->n_head = probe->size < N_HEAD ? (size_t)probe->size : N_HEAD;
        ANA_TRY(ana_file_read(file, 0, probe->n_head, head));
    }
done:
    ana_file_close(file);
    return status;
}

/* Highest first; equal scores in the table's order. */
static void insert_score(ana_format_score *scores, size_t n, ana_format_score score)
{
    while (n > 0 && scores[n - 1].score < score.score) {
        scores[n] = scores[n - 1];
        n--;
    }
    scores[n] = score;
}

ana_status ana_format_detect(const char *path, ana_format_score *scores)
{
    unsigned char head[N_HEAD];
    ana_probe probe;
    ana_status status = look_at(path, head, &probe);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; formats[i] != NULL; i++) {
        insert_score(scores, i, (ana_format_score){formats[i]->name, formats[i]->probe(&probe)});
    }
    return ANA_OK;
}

/* The sentence on a path that no format, or more than one, claims. */
static ana_status undecided(const char *path, const ana_format_score *scores, size_t n)
{
    ana_text names = {0};
    ana_status status = ANA_ERR_FORMAT;
    if (n == 0 || scores[0].score <= 0) {
        list_formats(&names, false);
        status = ana_fail_unknown(path, text_or(&names, "none"));
    } else {
        for (size_t i = 0; i < n && scores[i].score == scores[0].score; i++) {
            ana_text_printf(&names, "%s%s", i > 0 ? ", " : "", scores[i].name);
        }
        (void)ana_fail(ANA_ERR_FORMAT, "%s: byte 0: could be any of %s; --format decides", path,
                       text_or(&names, "several formats"));
    }
    ana_text_release(&names);
    return status;
}

ana_status ana_format_choose(const char *path, const ana_read_options *options,
                             const ana_format **out)
{
    if (options != NULL && options->format != NULL) {
        return find_format(options->format, false, out);
    }
    ana_format_score scores[sizeof formats / sizeof formats[0]];
    ana_status status = ana_format_detect(path, scores);
    if (status != ANA_OK) {
        return status;
    }
    size_t n = ana_format_count();
    if (n == 0 || scores[0].score <= 0 || (n > 1 && scores[1].score == scores[0].score)) {
        return undecided(path, scores, n);
    }
    return find_format(scores[0].name, false, out);
}

ana_status ana_recording_read(const char *path, const ana_read_options *options,
                              ana_recording **out)
{
    const ana_format *format = NULL;
    ana_read_options defaults = ana_read_options_default();
    options = options != NULL ? options : &defaults;
    ana_status status = ana_options_check(ana_read_option_table, options, "read");
    if (status == ANA_OK) {
        status = ana_format_choose(path, options, &format);
    }
    if (status != ANA_OK || format == NULL) {
        return status;
    }
    status = format->read(path, options, out);
    if (status != ANA_OK && strstr(ana_last_error(), path) == NULL) {
        return ana_fail_in(status, "%s: ", path);
    }
    return status;
}

/* Whether `path` has one of the space-separated endings. */
static bool has_ending(const char *path, const char *endings)
{
    size_t n_path = strlen(path);
    for (const char *at = endings; *at != '\0';) {
        size_t n = strcspn(at, " ");
        char ending[32];
        if (n > 0 && n < sizeof ending && n < n_path) {
            memcpy(ending, at, n);
            ending[n] = '\0';
            if (ending[0] == '.' && ana_text_ends_with_ignoring_case(path, ending)) {
                return true;
            }
        }
        at += n + strspn(at + n, " ");
    }
    return false;
}

/* The sentence on an ending that fits no writer, or several. */
static void say_unclear_ending(const char *path, size_t n_found)
{
    ana_text names = {0};
    if (n_found == 0) {
        list_formats(&names, true);
        (void)ana_fail(ANA_ERR_UNSUPPORTED,
                       "%s: the ending belongs to no format that is written; these are: %s", path,
                       text_or(&names, "none"));
    } else {
        for (size_t i = 0; formats[i] != NULL; i++) {
            if (formats[i]->write != NULL && has_ending(path, formats[i]->endings)) {
                ana_text_printf(&names, "%s%s", names.n > 0 ? ", " : "", formats[i]->name);
            }
        }
        (void)ana_fail(ANA_ERR_UNSUPPORTED, "%s: the ending fits %s; --output-format decides", path,
                       text_or(&names, "several formats"));
    }
    ana_text_release(&names);
}

static ana_status writer_by_ending(const char *path, const ana_format **out)
{
    size_t n_found = 0;
    for (size_t i = 0; formats[i] != NULL; i++) {
        if (formats[i]->write != NULL && has_ending(path, formats[i]->endings)) {
            *out = formats[i];
            n_found++;
        }
    }
    if (n_found != 1) {
        say_unclear_ending(path, n_found);
        return ANA_ERR_UNSUPPORTED;
    }
    return ANA_OK;
}

static ana_status find_writer(const char *path, const char *name, const ana_format **out)
{
    if (name == NULL) {
        return writer_by_ending(path, out);
    }
    ana_status status = find_format(name, true, out);
    if (status == ANA_OK && (*out)->write == NULL) {
        ana_text names = {0};
        list_formats(&names, true);
        status =
            ana_fail(ANA_ERR_UNSUPPORTED, "format \"%s\" is read but not written; these are: %s",
                     name, text_or(&names, "none"));
        ana_text_release(&names);
    }
    return status;
}

ana_status ana_format_for_writing(const char *path, const char *name, ana_format_info *out)
{
    const ana_format *format = NULL;
    ana_status status = find_writer(path, name, &format);
    if (status == ANA_OK) {
        *out = describe(format);
    }
    return status;
}

ana_status ana_recording_losses(const ana_recording *recording, const char *format, char **out)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    const ana_format *found = NULL;
    ANA_TRY(find_writer("", format, &found));
    ana_text_append(&text, "");
    ANA_TRY(found->losses(recording, &text));
    ANA_TRY(ana_text_check(&text, "losses"));
    *out = text.bytes;
    text = (ana_text){0};
done:
    ana_text_release(&text);
    return status;
}

/* The losses as the error: one in the sentence, several a line each below it. */
static ana_status refuse_losses(const char *losses, const ana_format *format, const char *path)
{
    ana_text text = {0};
    for (const char *at = losses; *at != '\0';) {
        const size_t n = strcspn(at, "\n");
        const bool alone = at == losses && at[n + strspn(at + n, "\n")] == '\0';
        ana_text_printf(&text, "%s%.*s", alone ? " " : "\n  ", (int)n, at);
        at += n + strspn(at + n, "\n");
    }
    ana_status status = ana_text_check(&text, "losses");
    if (status == ANA_OK) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: written only with --lossy, as %s would lose:%s",
                          path, format->name, text.bytes);
    }
    ana_text_release(&text);
    return status;
}

/* Nothing is lost, or the caller said so and is told what. */
static ana_status check_losses(const ana_recording *recording, const ana_format *format,
                               const char *path, const ana_write_options *options)
{
    char *losses = NULL;
    ana_status status = ana_recording_losses(recording, format->name, &losses);
    if (status != ANA_OK) {
        return status;
    }
    for (char *at = losses; options->lossy && *at != '\0';) {
        size_t n = strcspn(at, "\n");
        ana_warn(&options->run, "%s: lost: %.*s", path, (int)n, at);
        at += n + strspn(at + n, "\n");
    }
    if (!options->lossy && losses[0] != '\0') {
        status = refuse_losses(losses, format, path);
    }
    free(losses);
    return status;
}

ana_status ana_recording_write(const ana_recording *recording, const char *path,
                               const ana_write_options *options)
{
    ana_write_options defaults = ana_write_options_default();
    options = options != NULL ? options : &defaults;
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    const ana_format *format = NULL;
    struct stat seen;
    ANA_TRY(find_writer(path, options->format, &format));
    if (!options->overwrite && lstat(path, &seen) == 0) {
        status = ana_fail(ANA_ERR_IO, "%s: exists already; --overwrite replaces it", path);
        goto done;
    }
    ANA_TRY(check_losses(recording, format, path, options));
    if (strcmp(format->endings, "folder") == 0) { /* it appears whole by its writer's own rename */
        status = format->write(recording, path, path, options);
        goto done;
    }
    ANA_TRY(ana_atomic_reserve(path, &atomic));
    ANA_TRY(format->write(recording, atomic.temporary_path, path, options));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    return status;
}
