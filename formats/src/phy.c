#include "phy.h"

#include "checked.h"
#include "folder.h"
#include "format.h"
#include "memory.h"
#include "npy.h"
#include "try.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TABLES = 64
};

/* What stands in the folder, a value for each spike. */
typedef struct spike_list {
    size_t n;
    int64_t *ticks;
    int64_t *units;
    double *amplitudes; /* NULL: none */
} spike_list;

/* Which spikes belong to which unit: unit u has the spikes order[start[u]] ..., in file order. */
typedef struct grouping {
    size_t n_units;
    int64_t *ids;  /* ascending */
    size_t *start; /* n_units + 1 */
    size_t *order;
} grouping;

static ana_status not_whole(const char *path, size_t i)
{
    (void)ana_fail(ANA_ERR_FORMAT, "%s: byte 0: value %zu is no whole number below 2^63", path, i);
    return ANA_ERR_FORMAT;
}

/* Numbers of at most 32 bits, and floats, by way of doubles: exactly, and by blocks. */
static ana_status widen_small(const char *path, ana_sample_type type, size_t n,
                              const unsigned char *stored, int64_t *out)
{
    enum {
        BLOCK = 512
    };
    const size_t size = ana_sample_size(type);
    double values[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t n_block = n - first < BLOCK ? n - first : BLOCK;
        ana_samples_to_double(type, n_block, stored + first * size, 1, 1.0, 0.0, values);
        for (size_t i = 0; i < n_block; i++) {
            if (!(fabs(values[i]) < 9e15) || values[i] != floor(values[i])) {
                return not_whole(path, first + i);
            }
            out[first + i] = (int64_t)values[i];
        }
    }
    return ANA_OK;
}

static ana_status widen(const char *path, ana_sample_type type, size_t n, const void *stored,
                        int64_t *out)
{
    if (type != ANA_INT64 && type != ANA_UINT64) {
        return widen_small(path, type, n, stored, out);
    }
    memcpy(out, stored, n * sizeof *out);
    for (size_t i = 0; i < n && type == ANA_UINT64; i++) {
        if (out[i] < 0) {
            return not_whole(path, i);
        }
    }
    return ANA_OK;
}

/* Open FOLDER/name, which holds one number for each spike (*n SIZE_MAX: however many). */
static ana_status open_list(const char *folder, const char *name, size_t *n, ana_file **file,
                            ana_npy *npy)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    ANA_TRY(ana_folder_join(folder, name, &path));
    ANA_TRY(ana_file_open(path, file));
    ANA_TRY(ana_npy_open(*file, 0, ana_file_size(*file), npy));
    ANA_TRY(ana_npy_check_numbers(path, npy));
    if (*n != SIZE_MAX && npy->n != *n) {
        (void)ana_fail(ANA_ERR_FORMAT,
                       "%s: byte 0: has %zu values, but spike_times.npy has %zu: one for each "
                       "spike is needed",
                       path, npy->n, *n);
        status = ANA_ERR_FORMAT;
        goto done;
    }
    *n = npy->n;
done:
    free(path);
    return status;
}

static ana_status read_integers(const char *folder, const char *name, const ana_run *run, size_t *n,
                                int64_t **out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_npy npy = {0};
    void *stored = NULL;
    int64_t *values = NULL;
    ANA_TRY(open_list(folder, name, n, &file, &npy));
    size_t bytes = 0;
    if (!ana_multiply(npy.n, 2 * sizeof *values, &bytes)) {
        (void)ana_fail(ANA_ERR_LIMIT, "%s: %zu spikes", ana_file_name(file), npy.n);
        status = ANA_ERR_LIMIT;
        goto done;
    }
    ANA_TRY(ana_run_check_memory(run, bytes, ana_file_name(file)));
    ANA_TRY(ana_allocate(npy.n, ana_sample_size(npy.type.sample), name, &stored));
    ANA_TRY(ana_allocate(npy.n, sizeof *values, name, &values));
    ANA_TRY(ana_npy_read_stored(file, &npy, run, stored));
    ANA_TRY(widen(ana_file_name(file), npy.type.sample, npy.n, stored, values));
    *out = values;
    values = NULL;
done:
    free(values);
    free(stored);
    ana_npy_release(&npy);
    ana_file_close(file);
    return status;
}

static ana_status read_amplitudes(const char *folder, const ana_run *run, spike_list *spikes)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_npy npy = {0};
    double *values = NULL;
    if (!ana_folder_has(folder, "amplitudes.npy")) {
        return ANA_OK;
    }
    ANA_TRY(open_list(folder, "amplitudes.npy", &spikes->n, &file, &npy));
    ANA_TRY(ana_allocate(npy.n, sizeof *values, "amplitudes", &values));
    ANA_TRY(ana_npy_read_doubles(file, &npy, run, values));
    spikes->amplitudes = values;
    values = NULL;
done:
    free(values);
    ana_npy_release(&npy);
    ana_file_close(file);
    return status;
}

static ana_status read_spikes(const char *folder, const ana_run *run, spike_list *spikes)
{
    const char *units =
        ana_folder_has(folder, "spike_clusters.npy") ? "spike_clusters.npy" : "spike_templates.npy";
    spikes->n = SIZE_MAX;
    ana_status status = read_integers(folder, "spike_times.npy", run, &spikes->n, &spikes->ticks);
    if (status == ANA_OK) {
        status = read_integers(folder, units, run, &spikes->n, &spikes->units);
    }
    return status == ANA_OK ? read_amplitudes(folder, run, spikes) : status;
}

/* A spike by unit, then by place in the file. */
typedef struct keyed {
    int64_t unit;
    size_t place;
} keyed;

static int compare_keyed(const void *a, const void *b)
{
    const keyed *left = a;
    const keyed *right = b;
    if (left->unit != right->unit) {
        return left->unit < right->unit ? -1 : 1;
    }
    return left->place < right->place ? -1 : 1;
}

/* Order of the spikes by unit, by sorting: for ids far apart. */
static ana_status sort_spikes(size_t n, const int64_t *units, size_t *order)
{
    keyed *keys = NULL;
    ana_status status = ana_allocate(n, sizeof *keys, "spikes", &keys);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = (keyed){units[i], i};
    }
    qsort(keys, n, sizeof *keys, compare_keyed);
    for (size_t i = 0; i < n; i++) {
        order[i] = keys[i].place;
    }
    free(keys);
    return ANA_OK;
}

/* The same by counting: for ids low ... low + range, as they are. */
static ana_status count_spikes(size_t n, const int64_t *units, int64_t low, size_t range,
                               size_t *order)
{
    size_t *next = NULL;
    ana_status status = ana_allocate(range + 2, sizeof *next, "spikes", &next);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        next[(uint64_t)units[i] - (uint64_t)low + 1]++;
    }
    for (size_t u = 0; u <= range; u++) {
        next[u + 1] += next[u];
    }
    for (size_t i = 0; i < n; i++) {
        order[next[(uint64_t)units[i] - (uint64_t)low]++] = i;
    }
    free(next);
    return ANA_OK;
}

static ana_status order_spikes(size_t n, const int64_t *units, size_t *order)
{
    int64_t low = n > 0 ? units[0] : 0;
    int64_t high = low;
    for (size_t i = 0; i < n; i++) {
        low = units[i] < low ? units[i] : low;
        high = units[i] > high ? units[i] : high;
    }
    uint64_t range = (uint64_t)high - (uint64_t)low;
    return range <= 4 * (uint64_t)n + 65536 ? count_spikes(n, units, low, (size_t)range, order)
                                            : sort_spikes(n, units, order);
}

static void release_grouping(grouping *groups)
{
    free(groups->ids);
    free(groups->start);
    free(groups->order);
}

static ana_status group_spikes(const spike_list *spikes, grouping *groups)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(spikes->n, sizeof *groups->order, "spikes", &groups->order));
    ANA_TRY(order_spikes(spikes->n, spikes->units, groups->order));
    for (size_t i = 0; i < spikes->n; i++) {
        bool first =
            i == 0 || spikes->units[groups->order[i]] != spikes->units[groups->order[i - 1]];
        groups->n_units += first ? 1 : 0;
    }
    ANA_TRY(ana_allocate(groups->n_units, sizeof *groups->ids, "units", &groups->ids));
    ANA_TRY(ana_allocate(groups->n_units + 1, sizeof *groups->start, "units", &groups->start));
    size_t u = 0;
    for (size_t i = 0; i < spikes->n; i++) {
        if (i == 0 || spikes->units[groups->order[i]] != groups->ids[u - 1]) {
            groups->start[u] = i;
            groups->ids[u++] = spikes->units[groups->order[i]];
        }
    }
    groups->start[u] = spikes->n;
done:
    return status;
}

/* Ticks and times of every unit; a unit whose spikes do not ascend in the file is sorted. */
static ana_status fill_spikes(const spike_list *list, const grouping *groups, double rate,
                              ana_spikes *spikes)
{
    bool ascend = true;
    ana_status status = ana_allocate(list->n, sizeof *spikes->ticks, "spikes", &spikes->ticks);
    if (status != ANA_OK) {
        return status;
    }
    spikes->tick_rate = rate;
    for (size_t i = 0; i < list->n; i++) {
        spikes->ticks[i] = list->ticks[groups->order[i]];
        spikes->times[i] = (double)spikes->ticks[i] / rate;
    }
    for (size_t u = 0; u < groups->n_units; u++) {
        for (size_t i = groups->start[u] + 1; i < groups->start[u + 1]; i++) {
            ascend = ascend && spikes->ticks[i] >= spikes->ticks[i - 1];
        }
    }
    return ascend ? ANA_OK : ana_spikes_sort(spikes);
}

static ana_status add_amplitude(const spike_list *list, const grouping *groups, ana_table *units)
{
    ana_column *column = NULL;
    if (list->amplitudes == NULL) {
        return ANA_OK;
    }
    ana_status status = ana_table_add(units, "amplitude", ANA_COLUMN_DOUBLE, NULL, &column);
    for (size_t u = 0; u < groups->n_units && status == ANA_OK; u++) {
        double sum = 0.0;
        for (size_t i = groups->start[u]; i < groups->start[u + 1]; i++) {
            sum += list->amplitudes[groups->order[i]];
        }
        column->doubles[u] = sum / (double)(groups->start[u + 1] - groups->start[u]);
    }
    return status;
}

static int is_cluster_table(const struct dirent *entry)
{
    return ana_text_starts_with(entry->d_name, "cluster_") &&
           (ana_text_ends_with_ignoring_case(entry->d_name, ".tsv") ||
            ana_text_ends_with_ignoring_case(entry->d_name, ".csv"));
}

/* Every cluster_*.tsv, in the order of their names. */
static ana_status read_tables(const char *folder, ana_table *units)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_cluster_table, alphasort);
    ana_status status = ANA_OK;
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (status == ANA_OK && i < MAX_TABLES) {
            status = ana_folder_join(folder, entries[i]->d_name, &path);
        }
        if (path != NULL) {
            status = ana_phy_read_columns(path, units);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* The curator's "group" is the label; where there is none, Kilosort's. */
static ana_status add_label(ana_table *units)
{
    const ana_column *found = ana_table_find(units, "group");
    found = found != NULL ? found : ana_table_find(units, "KSLabel");
    if (found == NULL || found->type != ANA_COLUMN_TEXT || ana_table_find(units, "label") != NULL) {
        return ANA_OK;
    }
    return ana_table_add_texts(units, "label", (const char *const *)found->texts);
}

static ana_status make_spikes(const char *folder, const spike_list *list, const grouping *groups,
                              double rate, ana_spikes **out)
{
    ana_status status = ANA_OK;
    ana_spikes *spikes = NULL;
    size_t *counts = NULL;
    ANA_TRY(ana_allocate(groups->n_units, sizeof *counts, "units", &counts));
    for (size_t u = 0; u < groups->n_units; u++) {
        counts[u] = groups->start[u + 1] - groups->start[u];
    }
    ANA_TRY(ana_spikes_new("units", groups->n_units, counts, &spikes));
    memcpy(spikes->units->columns[0].ints, groups->ids, groups->n_units * sizeof *groups->ids);
    ANA_TRY(fill_spikes(list, groups, rate, spikes));
    ANA_TRY(read_tables(folder, spikes->units));
    ANA_TRY(add_label(spikes->units));
    ANA_TRY(ana_table_find(spikes->units, "amplitude") == NULL
                ? add_amplitude(list, groups, spikes->units)
                : ANA_OK);
    *out = spikes;
    spikes = NULL;
done:
    free(counts);
    ana_spikes_free(spikes);
    return status;
}

/* The folder does not say how long was recorded: at least until the last spike, and so it is
 * marked. */
static ana_status observe(const spike_list *list, ana_spikes *spikes)
{
    int64_t first = 0;
    int64_t last = 0;
    for (size_t i = 0; i < list->n; i++) {
        first = list->ticks[i] < first ? list->ticks[i] : first;
        last = list->ticks[i] > last ? list->ticks[i] : last;
    }
    double start = (double)first / spikes->tick_rate;
    double stop = ((double)last + 1.0) / spikes->tick_rate;
    spikes->observed_inferred = true;
    return ana_spikes_observe(spikes, 1, &start, &stop);
}

static ana_status find_rate(const char *folder, const ana_read_options *options,
                            ana_recording *recording, double *rate)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    *rate = 0.0;
    if (ana_folder_has(folder, "params.py")) {
        ANA_TRY(ana_folder_join(folder, "params.py", &path));
        ANA_TRY(ana_phy_read_params(path, recording, rate));
    }
    *rate = options->rate > 0.0 ? options->rate : *rate;
    if (!(*rate > 0.0)) {
        status = ana_fail(ANA_ERR_UNSUPPORTED,
                          "%s: the sampling rate of the spike times is not known: params.py with "
                          "sample_rate is not there; give it with --rate",
                          folder);
    }
done:
    free(path);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_spikes *spikes = NULL;
    spike_list list = {0};
    grouping groups = {0};
    char *folder = NULL;
    double rate = 0.0;
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("phy", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    ANA_TRY(ana_folder_of(path, &folder));
    ANA_TRY(read_spikes(folder, &options->run, &list)); /* lengths first, then the rate */
    ANA_TRY(find_rate(folder, options, recording, &rate));
    ANA_TRY(group_spikes(&list, &groups));
    ANA_TRY(make_spikes(folder, &list, &groups, rate, &spikes));
    ANA_TRY(observe(&list, spikes));
    status = ana_recording_add_spikes(recording, spikes);
    spikes = NULL;
    if (status == ANA_OK) {
        *out = recording;
        recording = NULL;
    }
done:
    ana_recording_free(recording);
    ana_spikes_free(spikes);
    release_grouping(&groups);
    free(list.ticks);
    free(list.units);
    free(list.amplitudes);
    free(folder);
    return status;
}

/* A folder with the times and units of spikes, or the spike_times.npy in it. */
static int probe(const ana_probe *probe)
{
    if (!probe->is_folder) {
        const char *slash = strrchr(probe->path, '/');
        const char *name = slash != NULL ? slash + 1 : probe->path;
        bool times = strcmp(name, "spike_times.npy") == 0 &&
                     ana_folder_has_beside(probe->path, "spike_clusters.npy");
        return times ? 98 : 0;
    }
    bool units = ana_folder_has(probe->path, "spike_clusters.npy") ||
                 ana_folder_has(probe->path, "spike_templates.npy");
    return units && ana_folder_has(probe->path, "spike_times.npy") ? 95 : 0;
}

const ana_format ana_format_phy = {
    .name = "phy",
    .title = "Kilosort or Phy folder",
    .endings = "folder",
    .probe = probe,
    .read = read,
};
