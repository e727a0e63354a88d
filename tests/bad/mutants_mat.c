/* Seeds of the MAT files. */
#include "mutants.h"
#include "support/build_mat.h"

#include <analysis/formats/struct_arrays.h>

#include <stdio.h>

static const char *in_folder(const char *folder, const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static ana_status write_bytes(const char *folder, const char *name, const char *bytes, size_t n)
{
    FILE *stream = fopen(in_folder(folder, name), "wb");
    bool written = stream != NULL && fwrite(bytes, 1, n, stream) == n;
    bool closed = stream == NULL || fclose(stream) == 0;
    return written && closed ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: cannot be written", name);
}

static ana_status write_plain(const char *folder)
{
    mat_builder plain = {0};
    mat_put_all(&plain);
    ana_status status = write_bytes(folder, "seed.mat", plain.text.bytes, plain.text.n);
    ana_text_release(&plain.text);
    return status;
}

static ana_status write_packed(const char *folder)
{
    mat_builder plain = {0};
    mat_builder packed = {0};
    mat_put_all(&plain);
    mat_deflate_variables(&plain, &packed);
    ana_status status = write_bytes(folder, "packed.mat", packed.text.bytes, packed.text.n);
    ana_text_release(&plain.text);
    ana_text_release(&packed.text);
    return status;
}

static ana_status write_old(const char *folder)
{
    mat_builder old = {.big = true};
    const double triples[] = {2, 1, 1, 3, 1, 2, 1, 2, 7, 8, 9, 0};
    mat_put_4(&old, 2, 4, 3, "sp", triples);
    mat_put_4(&old, 1, 3, 4, "text", triples);
    ana_status status = write_bytes(folder, "old.mat", old.text.bytes, old.text.n);
    ana_text_release(&old.text);
    return status;
}

static ana_status write_structs(const char *folder)
{
    mat_builder plain = {0};
    mat_put_head(&plain);
    mat_put_structs(&plain, "RDMs", "name", true);
    ana_status status = write_bytes(folder, "structs.mat", plain.text.bytes, plain.text.n);
    ana_text_release(&plain.text);
    return status;
}

/* Matrices and names of structs; a file that holds none is left to others. */
static outcome read_as_structs(const char *path, char *sentence)
{
    ana_run run = ana_run_default();
    ana_struct_arrays *arrays = NULL;
    outcome ended = OUTCOME_OK;
    run.max_memory = (size_t)128 << 20;
    if (ana_struct_arrays_read(path, "RDM", &run, &arrays) != ANA_OK) {
        ended = OUTCOME_ERROR;
    }
    for (size_t i = 0; arrays != NULL && i < arrays->n; i++) {
        if (arrays->names[i] == NULL || arrays->matrices[i] == NULL) {
            ended = OUTCOME_BROKEN;
        }
    }
    snprintf(sentence, SENTENCE_BYTES, "%s", ended == OUTCOME_OK ? "" : ana_last_error());
    ana_struct_arrays_free(arrays);
    return ended;
}

const mutant_seed seed_mat_structs = {
    "structs", "structs.mat", {"structs.mat"}, write_structs, read_as_structs};
const mutant_seed seed_mat = {"mat", "seed.mat", {"seed.mat"}, write_plain, read_as_recording};
const mutant_seed seed_mat_packed = {
    "mat", "packed.mat", {"packed.mat"}, write_packed, read_as_recording};
const mutant_seed seed_mat_old = {"mat", "old.mat", {"old.mat"}, write_old, read_as_recording};
