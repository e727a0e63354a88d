/* The format "npy": one array as a recording, one series as an array. */
#include "array_folder.h"
#include "arrays.h"
#include "format.h"
#include "memory.h"
#include "npy_import.h"
#include "pour.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

static int probe(const ana_probe *probe)
{
    return probe->n_head >= 6 && memcmp(probe->head, "\x93NUMPY", 6) == 0 ? 95 : 0;
}

static ana_status check_tail(ana_recording *recording, const ana_read_options *options,
                             const ana_file *file, const ana_npy *npy)
{
    uint64_t end = npy->data + npy->n_bytes;
    if (end == ana_file_size(file)) {
        return ANA_OK;
    }
    return ana_recover(recording, options, "%s: byte %llu: %llu bytes follow the array",
                       ana_file_name(file), (unsigned long long)end,
                       (unsigned long long)(ana_file_size(file) - end));
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_held_file *held = NULL;
    ana_recording *recording = NULL;
    ana_array_list list = {0};
    ana_npy npy = {0};
    char *name = NULL;
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_npy_open(file, 0, ana_file_size(file), &npy));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("npy", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    ANA_TRY(check_tail(recording, options, file, &npy));
    ANA_TRY(ana_file_stem(path, &name));
    ANA_TRY(ana_held_file_new(file, NULL, &held));
    file = NULL;
    ANA_TRY(ana_npy_import(held, &npy, name, options, recording, &list));
    if (list.n == 0 && recording->n_tables == 0) {
        status = ana_npy_check_numbers(path, &npy);
        goto done;
    }
    ANA_TRY(ana_recording_add_arrays(recording, &list, options));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_array_list_release(&list);
    ana_npy_release(&npy);
    ana_held_file_free(held);
    ana_file_close(file);
    free(name);
    return status;
}

static ana_status write(const ana_recording *recording, const char *path, const char *final_path,
                        const ana_write_options *options)
{
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text header = {0};
    if (recording->n_series == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: .npy holds a series, and there is none",
                        final_path);
    }
    const ana_series *series = recording->series[0];
    bool physical = !ana_series_is_unscaled(series);
    const size_t shape[] = {series->n_channels, series->n_times};
    bool one = series->n_channels == 1;
    ana_npy_put_header(&header, ana_npy_descr(physical ? ANA_FLOAT64 : series->type), true,
                       one ? 1 : 2, one ? shape + 1 : shape);
    ANA_TRY(ana_text_check(&header, final_path));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, header.bytes, header.n));
    ANA_TRY(ana_series_pour(series, physical, &options->run, ana_pour_into_atomic, &atomic));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&header);
    return status;
}

static ana_status losses(const ana_recording *recording, ana_text *text)
{
    if (recording->n_series == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED, ".npy holds a series, and there is none");
    }
    const ana_series *series = recording->series[0];
    ana_lose_other_objects(recording, series, text);
    ana_text_printf(text, "series \"%s\": names, kinds and units of its %zu channels\n",
                    series->name, series->n_channels);
    if (series->rate > 0.0) {
        ana_text_printf(text, "series \"%s\": its rate of ", series->name);
        ana_text_append_double(text, series->rate);
        ana_text_append(text, " Hz\n");
    } else {
        ana_text_printf(text, "series \"%s\": its times\n", series->name);
    }
    if (series->n_segments > 1) {
        ana_text_printf(text, "series \"%s\": the gaps between its %zu segments\n", series->name,
                        series->n_segments);
    }
    if (!ana_series_is_unscaled(series)) {
        ana_text_printf(text,
                        "series \"%s\": the stored %s numbers (physical values are written)\n",
                        series->name, ana_sample_type_name(series->type));
    }
    if (series->n_channels > series->n_times) {
        ana_text_printf(text, "series \"%s\": which axis is time (there are more channels)\n",
                        series->name);
    }
    ana_lose_channel_details(series, text);
    return ANA_OK;
}

const ana_format ana_format_npy = {
    .name = "npy",
    .title = "NumPy array",
    .endings = ".npy",
    .probe = probe,
    .read = read,
    .write = write,
    .losses = losses,
};
