#include "array_location.h"

#include "hdf5_file.h"
#include "mat.h"
#include "memory.h"
#include "safetensors.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    N_HEAD = 4096 /* bytes that the format is told from */
};

static bool is_there(const char *path)
{
    struct stat seen;
    return stat(path, &seen) == 0;
}

ana_status ana_array_location_split(const char *location, char **copy, const char **path,
                                    const char **key)
{
    ana_status status = ana_copy_text(location, copy);
    if (status != ANA_OK) {
        return status;
    }
    *path = *copy;
    *key = NULL;
    if (is_there(location)) {
        return ANA_OK;
    }
    for (char *colon = strchr(*copy, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        *colon = '\0';
        if (is_there(*copy)) {
            *key = colon + 1;
            return ANA_OK;
        }
        *colon = ':';
    }
    return ANA_OK; /* opening it says what is wrong */
}

ana_status ana_array_has_no_name(const char *path, const char *key)
{
    return ana_fail(ANA_ERR_VALUE, "%s: holds one array only, so \":%s\" names nothing in it", path,
                    key);
}

/* The formats that hold plain arrays, by the first bytes of the file. */
static bool begins_as_npy(const unsigned char *head, size_t n)
{
    return n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
}

static bool begins_as_npz(const unsigned char *head, size_t n)
{
    return n >= 4 && memcmp(head, "PK\3\4", 4) == 0;
}

static bool begins_as_text(const unsigned char *head, size_t n)
{
    bool control = false;
    for (size_t i = 0; i < n; i++) {
        control = control || (head[i] < 0x20 && strchr("\t\n\r", head[i]) == NULL) || head[i] == 0;
    }
    return n > 0 && !control;
}

static ana_array_kind kind_of_head(const unsigned char *head, size_t n, uint64_t size)
{
    static const struct {
        bool (*begins)(const unsigned char *head, size_t n);
        ana_array_kind kind;
    } kinds[] = {
        {begins_as_npy, ANA_ARRAY_NPY},          {begins_as_npz, ANA_ARRAY_NPZ},
        {ana_mat_begins_as_73, ANA_ARRAY_MAT73}, {ana_hdf5_has_signature, ANA_ARRAY_HDF5},
        {ana_mat_begins_as_5, ANA_ARRAY_MAT},    {ana_mat_begins_as_4, ANA_ARRAY_MAT},
        {begins_as_text, ANA_ARRAY_TEXT},
    };
    /* As the eight bytes of a length, the beginnings of the others are beyond any file. */
    if (ana_begins_as_safetensors(head, n, size)) {
        return ANA_ARRAY_SAFETENSORS;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].begins(head, n)) {
            return kinds[i].kind;
        }
    }
    return ANA_ARRAY_OTHER;
}

ana_status ana_array_kind_of(const ana_file *file, ana_array_kind *out)
{
    unsigned char head[N_HEAD];
    const uint64_t size = ana_file_size(file);
    const size_t n = size < N_HEAD ? (size_t)size : N_HEAD;
    ana_status status = ana_file_read(file, 0, n, head);
    if (status == ANA_OK) {
        *out = kind_of_head(head, n, size);
    }
    return status;
}
