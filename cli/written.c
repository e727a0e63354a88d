#include "written.h"

#include "console.h"
#include "try.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MAX_PATHS = 64,
    MAX_PATH = 4096,
    MAX_SENTENCES = 100
};

/* Files and folders met, in that order; bytes of the files. */
typedef struct file_list {
    size_t n;
    char paths[MAX_PATHS][MAX_PATH];
    bool is_folder[MAX_PATHS];
    int64_t bytes;
} file_list;

/* A file counts; a folder is noted, for its files to come. */
static void add_path(file_list *files, const char *path)
{
    struct stat found;
    if (files->n == MAX_PATHS || stat(path, &found) != 0) {
        return;
    }
    const bool is_folder = S_ISDIR(found.st_mode);
    if (!is_folder && !S_ISREG(found.st_mode)) {
        return;
    }
    snprintf(files->paths[files->n], MAX_PATH, "%s", path);
    files->is_folder[files->n++] = is_folder;
    files->bytes += is_folder ? 0 : (int64_t)found.st_size;
}

static void add_content(file_list *files, const char *folder)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[MAX_PATH];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            add_path(files, path);
        }
        free(entries[i]);
    }
    free(entries);
}

/* STEM.eeg and STEM.vmrk of STEM.vhdr, for the companions ".eeg .vmrk". */
static void add_companions(file_list *files, const char *output, const char *companions)
{
    const char *slash = strrchr(output, '/');
    const char *dot = strrchr(slash != NULL ? slash : output, '.');
    const size_t n_stem = dot != NULL ? (size_t)(dot - output) : strlen(output);
    for (const char *at = companions; *at != '\0';) {
        const size_t n = strcspn(at, " ");
        char path[MAX_PATH];
        snprintf(path, sizeof path, "%.*s%.*s", (int)n_stem, output, (int)n, at);
        add_path(files, path);
        at += n + strspn(at + n, " ");
    }
}

static ana_status add_files(const char *output, const char *companions, ana_record *record)
{
    ana_status status = ANA_OK;
    const char *files[MAX_PATHS];
    size_t n_files = 0;
    file_list *found = calloc(1, sizeof *found);
    if (found == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a list of files");
    }
    add_path(found, output);
    add_companions(found, output, companions);
    for (size_t i = 0; i < found->n; i++) { /* which grows as folders are opened */
        if (found->is_folder[i]) {
            add_content(found, found->paths[i]);
        } else {
            files[n_files++] = found->paths[i];
        }
    }
    ANA_TRY(ana_record_add_texts(record, "files", n_files, files));
    ANA_TRY(ana_record_add_int(record, "bytes", found->bytes, NULL));
done:
    free(found);
    return status;
}

/* Warnings "OUTPUT: lost: WHAT" of this writing are losses; all others stay warnings. */
static ana_status add_warnings(const char *output, size_t first_warning, ana_record *record)
{
    ana_status status = ANA_OK;
    const char *losses[MAX_SENTENCES];
    const char *others[MAX_SENTENCES];
    size_t n_losses = 0;
    size_t n_others = 0;
    const size_t n_output = strlen(output);
    for (size_t i = 0; i < console_n_warnings() && i < MAX_SENTENCES; i++) {
        const char *sentence = console_warning(i);
        const char *rest = sentence + n_output;
        if (i >= first_warning && strncmp(sentence, output, n_output) == 0 &&
            strncmp(rest, ": lost: ", 8) == 0) {
            losses[n_losses++] = rest + 8;
        } else {
            others[n_others++] = sentence;
        }
    }
    ANA_TRY(ana_record_add_texts(record, "losses", n_losses, losses));
    ANA_TRY(ana_record_add_texts(record, "warnings", n_others, others));
done:
    return status;
}

ana_status written_to_record(const char *output, const char *format, const char *companions,
                             size_t first_warning, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "written"));
    ANA_TRY(ana_record_add_text(record, "output", output));
    ANA_TRY(ana_record_add_text(record, "format", format));
    ANA_TRY(add_files(output, companions, record));
    ANA_TRY(add_warnings(output, first_warning, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
