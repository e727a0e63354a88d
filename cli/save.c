#include "save.h"

#include "try.h"

#include <analysis/formats/figure.h>
#include <analysis/formats/record_io.h>
#include <analysis/formats/report.h>
#include <analysis/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const ana_option save_option_table[] = {
    {"output", ANA_OPTION_TEXT, offsetof(save_options, output), 0, 0, NULL, "FILE",
     "where the result goes, in the form of its ending: .h5, .json, .html (a report), .svg (its "
     "first figure), none (a folder of .npy)",
     true},
    {"overwrite", ANA_OPTION_BOOL, offsetof(save_options, overwrite), 0, 0, NULL, NULL,
     "replace the output if it is there", true},
    {"tsv", ANA_OPTION_BOOL, offsetof(save_options, tsv), 0, 0, NULL, NULL,
     "the summary as lines of name, value and unit with tabs between them", true},
    {"no-hash", ANA_OPTION_BOOL, offsetof(save_options, no_hash), 0, 0, NULL, NULL,
     "leave out the inputs' SHA-256 from the provenance", true},
    ANA_OPTION_END,
};

const ana_option page_option_table[] = {
    {"output", ANA_OPTION_TEXT, offsetof(save_options, output), 0, 0, NULL, "FILE.html",
     "the page to write", true},
    {"overwrite", ANA_OPTION_BOOL, offsetof(save_options, overwrite), 0, 0, NULL, NULL,
     "replace the output if it is there", true},
    ANA_OPTION_END,
};

const ana_option recording_option_table[] = {
    {"output", ANA_OPTION_TEXT, offsetof(save_options, output), 0, 0, NULL, "FILE",
     "the recording to write, in the format of its ending or of --output-format", true},
    ANA_OPTION_END,
};

const ana_option fit_option_table[] = {
    {"allow-nonconverged", ANA_OPTION_BOOL, offsetof(save_options, allow_nonconverged), 0, 0, NULL,
     NULL, "exit 0, not 3, when a fit ran out of iterations", true},
    ANA_OPTION_END,
};

/* The file behind an input: "file.h5:/path" is in file.h5. */
static void file_of_input(const char *input, char *path, size_t size)
{
    struct stat found;
    snprintf(path, size, "%s", input);
    char *colon = strrchr(path, ':');
    if (stat(path, &found) != 0 && colon != NULL) {
        *colon = '\0';
    }
}

static ana_status add_input(const char *input, bool no_hash, size_t i, ana_record *inputs)
{
    ana_status status = ANA_OK;
    ana_record *entry = NULL;
    char name[32];
    char path[4096];
    struct stat found;
    snprintf(name, sizeof name, "%zu", i + 1);
    ANA_TRY(ana_record_add_group(inputs, name, ANA_HINT_NONE, &entry));
    ANA_TRY(ana_record_add_text(entry, "name", input));
    file_of_input(input, path, sizeof path);
    if (stat(path, &found) != 0 || !S_ISREG(found.st_mode)) {
        goto done;
    }
    ANA_TRY(ana_record_add_int(entry, "size", (int64_t)found.st_size, "B"));
    if (no_hash) {
        ANA_TRY(ana_record_add_text(entry, "sha256", "not computed (--no-hash)"));
    } else {
        char digest[65];
        size_t n = 0;
        ANA_TRY(ana_file_digest(path, digest, &n));
        ANA_TRY(ana_record_add_text(entry, "sha256", digest));
    }
done:
    return status;
}

/* The command that would do the same again: every option that changes the result and is not at what
 * is printed by --help as its default would be enough, but all of them are surer. */
static void canonical_command(const command *self, const option_target *targets,
                              const input_list *arguments, char *text, size_t size)
{
    int n = snprintf(text, size, "ana %s", self->name);
    for (const option_target *target = targets; target->table != NULL; target++) {
        for (const ana_option *option = target->table; option->name != NULL; option++) {
            char value[512];
            ana_option_get(option, target->options, value, sizeof value);
            if (option->execution || value[0] == '\0' || n < 0 || (size_t)n >= size) {
                continue;
            }
            bool no = option->type == ANA_OPTION_BOOL && strcmp(value, "no") == 0;
            if (option->type != ANA_OPTION_BOOL) {
                n += snprintf(text + n, size - (size_t)n, " --%s %s", option->name, value);
            } else if (!no) {
                n += snprintf(text + n, size - (size_t)n, " --%s", option->name);
            }
        }
    }
    for (size_t i = 0; i < arguments->n_inputs && n > 0 && (size_t)n < size; i++) {
        n += snprintf(text + n, size - (size_t)n, " %s", arguments->inputs[i]);
    }
}

ana_status save_provenance(const command *self, const option_target *targets,
                           const input_list *arguments, const save_options *options,
                           ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *provenance = NULL;
    ana_record *group = NULL;
    char text[8192];
    ANA_TRY(ana_record_add_group(record, "provenance", ANA_HINT_NONE, &provenance));
    ANA_TRY(ana_record_add_text(provenance, "program", "ana"));
    ANA_TRY(ana_record_add_text(provenance, "version", ana_version()));
    ANA_TRY(ana_record_add_text(provenance, "build", ana_build()));
    canonical_command(self, targets, arguments, text, sizeof text);
    ANA_TRY(ana_record_add_text(provenance, "command", text));
    ANA_TRY(ana_record_add_group(provenance, "options", ANA_HINT_NONE, &group));
    for (const option_target *target = targets; target->table != NULL; target++) {
        bool saved = false;
        for (const ana_option *option = target->table; option->name != NULL; option++) {
            saved = saved || !option->execution;
        }
        if (saved) {
            ANA_TRY(ana_record_add_options(group, target->title, target->table, target->options));
        }
    }
    ANA_TRY(ana_record_add_group(provenance, "inputs", ANA_HINT_NONE, &group));
    for (size_t i = 0; i < arguments->n_inputs; i++) {
        ANA_TRY(add_input(arguments->inputs[i], options->no_hash, i, group));
    }
    if (console_n_warnings() > 0) {
        const char *sentences[100];
        for (size_t i = 0; i < console_n_warnings(); i++) {
            sentences[i] = console_warning(i);
        }
        ANA_TRY(ana_record_add_texts(provenance, "warnings", console_n_warnings(), sentences));
    }
done:
    return status;
}

save_form save_form_of(const char *output)
{
    static const struct {
        const char *ending;
        save_form form;
    } forms[] = {{".h5", SAVE_RECORD}, {".hdf5", SAVE_RECORD}, {".json", SAVE_RECORD},
                 {".html", SAVE_PAGE}, {".htm", SAVE_PAGE},    {".svg", SAVE_FIGURE}};
    const char *slash = strrchr(output, '/');
    const char *name = slash != NULL ? slash + 1 : output;
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name || dot[1] == '\0') {
        return SAVE_RECORD;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcasecmp(dot, forms[i].ending) == 0) {
            return forms[i].form;
        }
    }
    return SAVE_UNKNOWN;
}

ana_status save_check_free(const save_options *options)
{
    struct stat found;
    if (options->output != NULL && !options->overwrite && lstat(options->output, &found) == 0) {
        return ana_fail(ANA_ERR_IO, "%s: is there already; --overwrite replaces it",
                        options->output);
    }
    return ANA_OK;
}

/* The first group with a display hint, depth first. */
static const ana_record *first_figure(const ana_record *group)
{
    const ana_record *stack[64];
    size_t n = 0;
    stack[n++] = group;
    while (n > 0) {
        const ana_record *node = stack[--n];
        if (node->hint != ANA_HINT_NONE) {
            return node;
        }
        for (size_t i = node->n_children; i-- > 0 && n < 64;) {
            if (node->children[i]->type == ANA_RECORD_GROUP) {
                stack[n++] = node->children[i];
            }
        }
    }
    return NULL;
}

ana_status save_record(const save_options *options, const ana_record *record)
{
    const char *output = options->output;
    if (output == NULL) {
        return ANA_OK;
    }
    ana_status status = save_check_free(options);
    if (status != ANA_OK) {
        return status;
    }
    if (save_form_of(output) == SAVE_PAGE) {
        return ana_report_write(1, &record, NULL, output);
    }
    if (save_form_of(output) == SAVE_FIGURE) {
        const ana_record *figure = first_figure(record);
        return figure != NULL ? ana_figure_write(figure, NULL, output)
                              : ana_fail(ANA_ERR_VALUE, "%s: the result has no figure", output);
    }
    return ana_record_write(record, output);
}
