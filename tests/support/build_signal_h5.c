#include "support/build_signal_h5.h"

signal_h5_plan signal_h5_good(void)
{
    return (signal_h5_plan){.rate_name = "sfreq",
                            .rate = 125.0,
                            .shape = {SIGNAL_H5_CHANNELS, SIGNAL_H5_TIMES},
                            .n_names = SIGNAL_H5_CHANNELS,
                            .last_sample = SIGNAL_H5_TIMES - 1,
                            .n_codes = SIGNAL_H5_EVENTS,
                            .event_names = "{\"1\": \"right_hand\", \"2\": \"idle\"}",
                            .duration_s = 0.25,
                            .onset_s = 0.125,
                            .n_offsets = 2};
}

float signal_h5_sample(size_t c, size_t t)
{
    return (float)((c * 977 + t * t * 31) % 509) * 0.25F - 40.0F;
}

/* What is made while all goes well: the first failure ends it. */
typedef struct maker {
    hid_t file;
    bool failed;
} maker;

static void put_set(maker *to, const char *name, hid_t type, int n_axes, const hsize_t *shape,
                    const hsize_t *chunk, const void *values)
{
    hid_t space = H5Screate_simple(n_axes, shape, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    to->failed =
        to->failed || H5Pset_obj_track_times(list, false) < 0 ||
        (chunk != NULL && (H5Pset_chunk(list, n_axes, chunk) < 0 || H5Pset_deflate(list, 4) < 0));
    hid_t set = H5Dcreate2(to->file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    to->failed = to->failed || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
}

static void put_attribute(maker *to, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(to->file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    to->failed = to->failed || H5Awrite(attribute, type, value) < 0;
    H5Aclose(attribute);
    H5Sclose(space);
}

static void put_text(maker *to, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    to->failed = to->failed || H5Tset_size(type, H5T_VARIABLE) < 0;
    put_attribute(to, name, type, (const void *)&text);
    H5Tclose(type);
}

static void put_signal(maker *to, const signal_h5_plan *plan)
{
    const hsize_t chunk[2] = {plan->chunk, 7};
    float values[400];
    size_t n = 1;
    int n_axes = 0;
    for (; n_axes < 3 && plan->shape[n_axes] > 0; n_axes++) {
        n *= plan->shape[n_axes];
    }
    to->failed = to->failed || n > sizeof values / sizeof values[0];
    for (size_t i = 0; i < n && !to->failed; i++) {
        values[i] = signal_h5_sample(i / SIGNAL_H5_TIMES, i % SIGNAL_H5_TIMES);
    }
    put_set(to, "signal", H5T_NATIVE_FLOAT, n_axes, plan->shape, plan->chunk > 0 ? chunk : NULL,
            values);
}

static void put_names(maker *to, const signal_h5_plan *plan)
{
    static const char names[4][8] = {"C3", "Cz", "marker", "Pz"};
    const int32_t numbers[4] = {1, 2, 3, 4};
    const hsize_t n = plan->n_names;
    hid_t type = H5Tcopy(H5T_C_S1);
    to->failed = to->failed || H5Tset_size(type, 8) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0;
    if (plan->names_are_numbers) {
        put_set(to, "channels", H5T_NATIVE_INT32, 1, &n, NULL, numbers);
    } else if (n > 0) {
        put_set(to, "channels", type, 1, &n, NULL, names);
    }
    H5Tclose(type);
}

static void put_events(maker *to, const signal_h5_plan *plan)
{
    const int32_t samples[SIGNAL_H5_EVENTS] = {0, 7, 5, plan->last_sample};
    const int32_t codes[SIGNAL_H5_EVENTS] = {1, 2, 7, 1};
    const hsize_t n_events = SIGNAL_H5_EVENTS;
    const double onsets[2] = {plan->onset_s, 0.0625};
    const double offsets[2] = {0.25, 0.0625};
    const hsize_t two = 2;
    if (plan->n_codes > 0) {
        put_set(to, "event_sample", H5T_NATIVE_INT32, 1, &n_events, NULL, samples);
        put_set(to, "event_code", H5T_NATIVE_INT32, 1, &plan->n_codes, NULL, codes);
    }
    if (plan->n_offsets > 0) {
        put_set(to, "seizure_onset_s", H5T_NATIVE_DOUBLE, 1, &two, NULL, onsets);
        put_set(to, "seizure_offset_s", H5T_NATIVE_DOUBLE, 1, &plan->n_offsets, NULL, offsets);
    }
}

bool write_signal_h5(const char *path, const signal_h5_plan *plan)
{
    const int32_t session = 3;
    hid_t timeless = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(timeless, false);
    maker to = {H5Fcreate(path, H5F_ACC_TRUNC, timeless, H5P_DEFAULT), false};
    H5Pclose(timeless);
    put_signal(&to, plan);
    put_names(&to, plan);
    put_events(&to, plan);
    put_text(&to, "unit", "uV");
    put_text(&to, "participant", "P1");
    put_attribute(&to, "session", H5T_NATIVE_INT32, &session);
    if (plan->rate_name != NULL) {
        put_attribute(&to, plan->rate_name, H5T_NATIVE_DOUBLE, &plan->rate);
    }
    if (plan->event_names != NULL) {
        put_text(&to, "event_names", plan->event_names);
    }
    if (plan->duration_s != 0.0) {
        put_attribute(&to, "trial_duration_s", H5T_NATIVE_DOUBLE, &plan->duration_s);
    }
    return H5Fclose(to.file) >= 0 && !to.failed;
}
