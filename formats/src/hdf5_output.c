#include "hdf5_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* HDF5's own part comes first, as in each of its drivers. */
typedef struct driver_file {
    H5FD_t base;
    ana_hdf5_output *output;
    haddr_t end_of_allocated;
} driver_file;

static const driver_file *const_file(const H5FD_t *file)
{
    return (const driver_file *)(const void *)file;
}

static driver_file *file_of(H5FD_t *file)
{
    return (driver_file *)(void *)file;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    (void)name;
    (void)flags;
    (void)max_address;
    ana_hdf5_output *const *output = H5Pget_driver_info(access);
    driver_file *file = output == NULL ? NULL : calloc(1, sizeof *file);
    if (file == NULL) {
        return NULL;
    }
    file->output = *output;
    return &file->base;
}

static herr_t driver_close(H5FD_t *file)
{
    free(file_of(file));
    return 0;
}

static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return const_file(file)->end_of_allocated;
}

static herr_t driver_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    file_of(file)->end_of_allocated = address;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return const_file(file)->output->end;
}

/* What was never written, or could not be, is zeros. */
static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t size, void *buffer)
{
    (void)type;
    (void)transfer;
    char *to = buffer;
    size_t had = 0;
    while (had < size) {
        ssize_t got =
            pread(file_of(file)->output->descriptor, to + had, size - had, (off_t)(address + had));
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            break;
        }
        had += got > 0 ? (size_t)got : 0;
    }
    memset(to + had, 0, size - had);
    return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                           size_t size, const void *buffer)
{
    (void)type;
    (void)transfer;
    ana_hdf5_output *output = file_of(file)->output;
    const char *from = buffer;
    size_t done = 0;
    while (done < size && output->error == 0) {
        ssize_t put = pwrite(output->descriptor, from + done, size - done, (off_t)(address + done));
        if (put < 0 && errno != EINTR) {
            output->error = errno;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    if (address + size > output->end) {
        output->end = address + size;
    }
    return 0;
}

static herr_t driver_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    ana_hdf5_output *output = file_of(file)->output;
    output->end = file_of(file)->end_of_allocated;
    if (output->error == 0 && ftruncate(output->descriptor, (off_t)output->end) != 0) {
        output->error = errno;
    }
    return 0;
}

static const H5FD_class_t driver = {
    .name = "analysis_output",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(ana_hdf5_output *),
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

herr_t ana_hdf5_output_use(hid_t access_list, ana_hdf5_output *output)
{
    output->driver = H5FDregister(&driver);
    return H5Pset_driver(access_list, output->driver, &output);
}

void ana_hdf5_output_release(ana_hdf5_output *output)
{
    if (output->driver >= 0) {
        H5FDunregister(output->driver);
    }
    output->driver = -1;
}
