/* Seeds on HDF5, made with the library's own functions. */
#include "mutants.h"
#include "support/build_signal_h5.h"

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

enum {
    N_TIMES = 50,
    N_CHANNELS = 2,
    N_SPIKES = 12
};

/* What is made while all goes well: the first failure ends it. */
typedef struct hdf5_maker {
    hid_t file;
    bool failed;
} hdf5_maker;

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static void put_text(hdf5_maker *maker, const char *path, const char *name, const char *text)
{
    hid_t object = H5Oopen(maker->file, path, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t type = text_type();
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    maker->failed = maker->failed || H5Awrite(attribute, type, (const void *)&text) < 0;
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
    H5Oclose(object);
}

static void put_number(hdf5_maker *maker, const char *path, const char *name, double number)
{
    hid_t object = H5Oopen(maker->file, path, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    maker->failed = maker->failed || H5Awrite(attribute, H5T_NATIVE_DOUBLE, &number) < 0;
    H5Aclose(attribute);
    H5Sclose(space);
    H5Oclose(object);
}

static void make_group(hdf5_maker *maker, const char *path)
{
    hid_t timeless = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(timeless, false);
    hid_t group = H5Gcreate2(maker->file, path, H5P_DEFAULT, timeless, H5P_DEFAULT);
    H5Pclose(timeless);
    maker->failed = maker->failed || group < 0;
    H5Gclose(group);
}

static void make_set(hdf5_maker *maker, const char *path, hid_t type, int n_axes,
                     const hsize_t *shape, const void *values)
{
    hid_t space = n_axes > 0 ? H5Screate_simple(n_axes, shape, NULL) : H5Screate(H5S_SCALAR);
    hid_t set = H5Dcreate2(maker->file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    maker->failed = maker->failed || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    H5Dclose(set);
    H5Sclose(space);
}

static void make_text(hdf5_maker *maker, const char *path, const char *text)
{
    hid_t type = text_type();
    make_set(maker, path, type, 0, NULL, (const void *)&text);
    H5Tclose(type);
}

static void put_type(hdf5_maker *maker, const char *path, const char *type)
{
    put_text(maker, path, "namespace", "core");
    put_text(maker, path, "neurodata_type", type);
}

static void make_series(hdf5_maker *maker)
{
    const hsize_t shape[2] = {N_TIMES, N_CHANNELS};
    int16_t samples[N_TIMES * N_CHANNELS];
    const double start = 0.25;
    for (int i = 0; i < N_TIMES * N_CHANNELS; i++) {
        samples[i] = (int16_t)(i * i * 7 - 3000);
    }
    make_group(maker, "/acquisition/eye");
    put_type(maker, "/acquisition/eye", "TimeSeries");
    make_set(maker, "/acquisition/eye/data", H5T_NATIVE_INT16, 2, shape, samples);
    put_text(maker, "/acquisition/eye/data", "unit", "m");
    put_number(maker, "/acquisition/eye/data", "conversion", 0.001);
    make_set(maker, "/acquisition/eye/starting_time", H5T_NATIVE_DOUBLE, 0, NULL, &start);
    put_number(maker, "/acquisition/eye/starting_time", "rate", 20.0);
    put_text(maker, "/acquisition/eye/starting_time", "unit", "seconds");
}

static void make_units(hdf5_maker *maker)
{
    const hsize_t n_units = 3;
    const hsize_t n_spikes = N_SPIKES;
    const int64_t ids[3] = {4, 7, 9};
    const uint8_t ends[3] = {5, 5, N_SPIKES};
    double times[N_SPIKES];
    for (int i = 0; i < N_SPIKES; i++) {
        times[i] = 0.1 * (i < 5 ? i : i - 5) + 0.003 * i;
    }
    make_group(maker, "/units");
    put_type(maker, "/units", "Units");
    make_set(maker, "/units/id", H5T_NATIVE_INT64, 1, &n_units, ids);
    make_set(maker, "/units/spike_times", H5T_NATIVE_DOUBLE, 1, &n_spikes, times);
    make_set(maker, "/units/spike_times_index", H5T_NATIVE_UINT8, 1, &n_units, ends);
    put_type(maker, "/units/spike_times", "VectorData");
    put_type(maker, "/units/spike_times_index", "VectorIndex");
}

/* With `block` bytes of another kind before HDF5's own. */
static hdf5_maker open_maker(const char *path, hsize_t block)
{
    hid_t timeless = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(timeless, false);
    H5Pset_userblock(timeless, block);
    hdf5_maker maker = {H5Fcreate(path, H5F_ACC_TRUNC, timeless, H5P_DEFAULT), false};
    H5Pclose(timeless);
    return maker;
}

static ana_status write_nwb(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/seed.nwb", folder);
    hdf5_maker maker = open_maker(path, 0);
    put_text(&maker, "/", "nwb_version", "2.6.0");
    put_type(&maker, "/", "NWBFile");
    make_text(&maker, "/identifier", "seed");
    make_text(&maker, "/session_description", "a seed of mutants");
    make_text(&maker, "/session_start_time", "2021-03-04T05:06:07+00:00");
    make_group(&maker, "/acquisition");
    make_series(&maker);
    make_units(&maker);
    maker.failed = H5Fclose(maker.file) < 0 || maker.failed;
    return maker.failed ? ana_fail(ANA_ERR_IO, "%s: not written", path) : ANA_OK;
}

static ana_status write_caiman(const char *folder)
{
    enum {
        N_COMPONENTS = 3,
        N_FRAMES = 20,
        N_WEIGHTS = 5
    };
    const hsize_t traces_shape[2] = {N_COMPONENTS, N_FRAMES};
    const hsize_t n_weights = N_WEIGHTS;
    const hsize_t n_starts = N_COMPONENTS + 1;
    const hsize_t two = 2;
    const double weights[N_WEIGHTS] = {0.25, 0.75, 1.0, 0.5, 0.5};
    const int32_t pixels[N_WEIGHTS] = {0, 2, 1, 4, 5};
    const int32_t starts[N_COMPONENTS + 1] = {0, 2, 3, N_WEIGHTS};
    const int64_t accepted[2] = {0, 2};
    const int64_t dims[2] = {2, 3};
    const double rate = 30.0;
    float traces[N_COMPONENTS * N_FRAMES];
    char path[4096];
    for (int i = 0; i < N_COMPONENTS * N_FRAMES; i++) {
        traces[i] = (float)(i * i % 41) * 0.21F;
    }
    snprintf(path, sizeof path, "%s/seed.hdf5", folder);
    hdf5_maker maker = open_maker(path, 0);
    make_group(&maker, "/estimates");
    make_group(&maker, "/estimates/A");
    make_group(&maker, "/params");
    make_group(&maker, "/params/data");
    make_set(&maker, "/estimates/C", H5T_NATIVE_FLOAT, 2, traces_shape, traces);
    make_set(&maker, "/estimates/A/data", H5T_NATIVE_DOUBLE, 1, &n_weights, weights);
    make_set(&maker, "/estimates/A/indices", H5T_NATIVE_INT32, 1, &n_weights, pixels);
    make_set(&maker, "/estimates/A/indptr", H5T_NATIVE_INT32, 1, &n_starts, starts);
    make_set(&maker, "/estimates/idx_components", H5T_NATIVE_INT64, 1, &two, accepted);
    make_set(&maker, "/dims", H5T_NATIVE_INT64, 1, &two, dims);
    make_set(&maker, "/params/data/fr", H5T_NATIVE_DOUBLE, 0, NULL, &rate);
    maker.failed = H5Fclose(maker.file) < 0 || maker.failed;
    return maker.failed ? ana_fail(ANA_ERR_IO, "%s: not written", path) : ANA_OK;
}

/* The name of its MATLAB class, of fixed length. */
static void put_class(hdf5_maker *maker, const char *path, const char *name)
{
    hid_t object = H5Oopen(maker->file, path, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(name));
    hid_t attribute = H5Acreate2(object, "MATLAB_class", type, space, H5P_DEFAULT, H5P_DEFAULT);
    maker->failed = maker->failed || H5Awrite(attribute, type, name) < 0;
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
    H5Oclose(object);
}

/* A cell of the variables named in #refs#. */
static void make_cells(hdf5_maker *maker, const char *path)
{
    const hsize_t shape[2] = {2, 1};
    hobj_ref_t cells[2];
    maker->failed = maker->failed ||
                    H5Rcreate(&cells[0], maker->file, "/#refs#/a", H5R_OBJECT, -1) < 0 ||
                    H5Rcreate(&cells[1], maker->file, "/#refs#/b", H5R_OBJECT, -1) < 0;
    make_set(maker, path, H5T_STD_REF_OBJ, 2, shape, cells);
    put_class(maker, path, "cell");
}

/* Packed in chunks, as MATLAB stores what is large. */
static void make_packed(hdf5_maker *maker, const char *path)
{
    const hsize_t shape[2] = {N_TIMES, N_CHANNELS};
    const hsize_t chunk[2] = {16, N_CHANNELS};
    double values[N_TIMES * N_CHANNELS];
    for (int i = 0; i < N_TIMES * N_CHANNELS; i++) {
        values[i] = 0.37 * (i * i % 23);
    }
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, false);
    H5Pset_chunk(list, 2, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 3);
    hid_t set =
        H5Dcreate2(maker->file, path, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    maker->failed = maker->failed ||
                    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
    put_class(maker, path, "double");
}

/* The 128 bytes that say what MATLAB wrote. */
static bool write_block(const char *path)
{
    FILE *stream = fopen(path, "r+b");
    char head[128];
    memset(head, ' ', sizeof head);
    memcpy(head, "MATLAB 7.3 MAT-file, Platform: GLNXA64", 38);
    memcpy(head + 124, "\x00\x02IM", 4);
    bool written = stream != NULL && fwrite(head, 1, sizeof head, stream) == sizeof head;
    return (stream == NULL || fclose(stream) == 0) && written;
}

static ana_status write_mat73(const char *folder)
{
    const hsize_t row[2] = {3, 1};
    const int16_t numbers[3] = {-3, 7, 1000};
    const uint16_t text[3] = {'a', 0xe9, 0x3bc};
    char path[4096];
    snprintf(path, sizeof path, "%s/seed.mat", folder);
    hdf5_maker maker = open_maker(path, 512);
    make_packed(&maker, "/x");
    make_set(&maker, "/n", H5T_NATIVE_INT16, 2, row, numbers);
    put_class(&maker, "/n", "int16");
    make_group(&maker, "/s");
    put_class(&maker, "/s", "struct");
    make_set(&maker, "/s/name", H5T_NATIVE_UINT16, 2, row, text);
    put_class(&maker, "/s/name", "char");
    make_group(&maker, "/#refs#");
    make_set(&maker, "/#refs#/a", H5T_NATIVE_UINT16, 2, row, text);
    put_class(&maker, "/#refs#/a", "char");
    make_set(&maker, "/#refs#/b", H5T_NATIVE_UINT16, 2, row, text);
    put_class(&maker, "/#refs#/b", "char");
    make_cells(&maker, "/c");
    maker.failed = H5Fclose(maker.file) < 0 || maker.failed || !write_block(path);
    return maker.failed ? ana_fail(ANA_ERR_IO, "%s: not written", path) : ANA_OK;
}

/* Packed in chunks, with everything the layout has. */
static ana_status write_signal(const char *folder)
{
    char path[4096];
    signal_h5_plan plan = signal_h5_good();
    plan.chunk = 2;
    snprintf(path, sizeof path, "%s/seed.h5", folder);
    return write_signal_h5(path, &plan) ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", path);
}

const mutant_seed seed_caiman = {
    "caiman", "seed.hdf5", {"seed.hdf5"}, write_caiman, read_as_recording};
const mutant_seed seed_nwb = {"nwb", "seed.nwb", {"seed.nwb"}, write_nwb, read_as_recording};
const mutant_seed seed_mat73 = {"mat73", "seed.mat", {"seed.mat"}, write_mat73, read_as_recording};
const mutant_seed seed_signal_h5 = {
    "signal_h5", "seed.h5", {"seed.h5"}, write_signal, read_as_recording};
