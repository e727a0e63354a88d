#include "stages.h"

#include "try.h"

#include <analysis/formats/record_io.h>
#include <analysis/version.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

__attribute__((format(printf, 2, 3))) static ana_status add_line(stages *self, const char *format,
                                                                 ...)
{
    char line[4200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    const size_t n = self->made_from != NULL ? strlen(self->made_from) : 0;
    char *text = realloc(self->made_from, n + strlen(line) + 1);
    if (text == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for what the stages are made from");
    }
    memcpy(text + n, line, strlen(line) + 1);
    self->made_from = text;
    return ANA_OK;
}

void stages_release(stages *self)
{
    free(self->made_from);
}

ana_status stages_open(command_job *job, const char *folder, stages *out)
{
    struct stat found;
    *out = (stages){.job = job, .folder = folder};
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return ana_fail(ANA_ERR_IO, "%s: the folder cannot be made", folder);
    }
    if (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode)) {
        return ana_fail(ANA_ERR_IO, "%s: is no folder; results go into one", folder);
    }
    return add_line(out, "ana %s (%s)\nseed %llu\n", ana_version(), ana_build(),
                    (unsigned long long)job->run.seed);
}

/* A file by its bytes; what is no file of its own ("file.h5:/path") by the file before the colon.
 */
static ana_status digest_of(const char *input, char digest[65])
{
    struct stat found;
    char path[4096];
    size_t size = 0;
    snprintf(path, sizeof path, "%s", input);
    char *colon = strrchr(path, ':');
    if (stat(path, &found) != 0 && colon != NULL) {
        *colon = '\0';
    }
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
        snprintf(digest, 65, "folder of %lld", (long long)found.st_mtime);
        return ANA_OK;
    }
    return ana_file_digest(path, digest, &size);
}

ana_status stages_add_input(stages *self, const char *input)
{
    char digest[65];
    ana_status status = digest_of(input, digest);
    if (status != ANA_OK) {
        return status;
    }
    return add_line(self, "input %s %s\n", digest, input);
}

ana_status stages_add_options(stages *self, const ana_option *table, const void *options)
{
    ana_status status = ANA_OK;
    for (const ana_option *option = table; option->name != NULL; option++) {
        char value[1024];
        if (!option->execution) {
            ana_option_get(option, options, value, sizeof value);
            ANA_TRY(add_line(self, "--%s %s\n", option->name, value));
        }
    }
done:
    return status;
}

ana_status stages_add_line(stages *self, const char *name, double value)
{
    static const ana_option number = {"value", ANA_OPTION_DOUBLE, 0, 0, 0, NULL, NULL, NULL, false};
    char text[64];
    ana_option_get(&number, &value, text, sizeof text);
    return add_line(self, "%s %s\n", name, text);
}

ana_status stages_path(const stages *self, const char *name, char *path, size_t size)
{
    const int n = snprintf(path, size, "%s/%s", self->folder, name);
    return n > 0 && (size_t)n < size
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "%s: the name of the folder is too long", self->folder);
}

ana_status stages_take(const stages *self, const char *name, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const char *made_from = NULL;
    char path[4096];
    struct stat found;
    *out = NULL;
    ANA_TRY(stages_path(self, name, path, sizeof path));
    if (stat(path, &found) != 0) {
        return ANA_OK;
    }
    if (ana_record_read(path, &record) != ANA_OK ||
        ana_record_get_text(record, "provenance/made_from", &made_from) != ANA_OK) {
        ANA_TRY(ana_fail(ANA_ERR_IO,
                         "%s: is there already, and no stage of this command wrote it; give "
                         "another folder",
                         path));
    }
    if (!self->all_new && made_from != NULL && strcmp(made_from, self->made_from) == 0) {
        *out = record;
        record = NULL;
    }
done:
    ana_record_free(record);
    return status;
}

ana_status stages_save(const stages *self, const char *name, ana_record *record)
{
    ana_status status = ANA_OK;
    command_job *job = self->job;
    char path[4096];
    ANA_TRY(stages_path(self, name, path, sizeof path));
    ANA_TRY(save_provenance(job->self, job->targets, &job->arguments, &job->save, record));
    ana_record *provenance = record->children[record->n_children - 1]; /* just added */
    ANA_TRY(ana_record_add_text(provenance, "made_from", self->made_from));
    ANA_TRY(ana_record_write(record, path));
    console_detail(&job->console, "%s written", path);
done:
    return status;
}
