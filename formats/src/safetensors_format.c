/* The format "safetensors": the tensors of a file as a recording. */
#include "format.h"
#include "memory.h"
#include "npy_import.h"
#include "safetensors.h"
#include "try.h"

#include <string.h>

static int probe(const ana_probe *probe)
{
    return !probe->is_folder && ana_begins_as_safetensors(probe->head, probe->n_head, probe->size)
               ? 90
               : 0;
}

/* The texts of "__metadata__". */
static ana_status read_facts(const ana_json *header, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_json_member member = {.key = NULL};
    const ana_json *metadata = ana_json_find(header, "__metadata__");
    while (metadata != NULL && ana_json_next(metadata, &member)) {
        if (ana_json_text(member.value) != NULL) {
            ANA_TRY(ana_recording_add_fact(recording, member.key, ana_json_text(member.value)));
        }
    }
done:
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_held_file *held = NULL;
    ana_recording *recording = NULL;
    ana_array_list list = {0};
    ana_safetensors tensors = {0};
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_safetensors_open(file, &tensors));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("safetensors", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    ANA_TRY(read_facts(tensors.header, recording));
    ANA_TRY(ana_held_file_new(file, NULL, &held));
    file = NULL;
    for (size_t i = 0; i < tensors.n; i++) {
        ANA_TRY(ana_npy_import(held, &tensors.tensors[i].array, tensors.tensors[i].name, options,
                               recording, &list));
    }
    if (list.n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte 8: none of its %zu tensors is read%s%s",
                         path, tensors.n, tensors.n > 0 ? ": " : "",
                         recording->n_warnings > 0 ? recording->warnings[0] : ""));
    }
    ANA_TRY(ana_recording_add_arrays(recording, &list, options));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_array_list_release(&list);
    ana_safetensors_release(&tensors);
    ana_held_file_free(held);
    ana_file_close(file);
    return status;
}

const ana_format ana_format_safetensors = {
    .name = "safetensors",
    .title = "Safetensors",
    .endings = ".safetensors",
    .probe = probe,
    .read = read,
};
