#include "outside.h"

#include <analysis/formats/files.h>

static const struct {
    const char *name;
    const char *(*version)(void);
} libraries[] = {
    {"HDF5", ana_outside_hdf5},       {"FFTW", ana_outside_fftw}, {"BLAS", ana_outside_blas},
    {"jansson", ana_outside_jansson}, {"zlib", ana_outside_zlib}, {"libcrypto", ana_outside_crypto},
    {"igraph", ana_outside_igraph},
};

size_t ana_outside_count(void)
{
    return sizeof libraries / sizeof libraries[0];
}

const char *ana_outside_name(size_t i)
{
    return libraries[i].name;
}

const char *ana_outside_version(size_t i)
{
    return libraries[i].version();
}
