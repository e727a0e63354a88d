/* Seeds of arrays, tables and the folders that hold them. */
#include "mutants.h"
#include "npy.h"
#include "support/tensors.h"
#include "try.h"

#include <analysis/formats/reader.h>

#include <stdio.h>

enum {
    N_SPIKES = 40,
    N_ROIS = 3,
    N_FRAMES = 30
};

/* The seed recording as this format has it. */
static ana_status write_recording(const char *folder, const char *name)
{
    char path[4096];
    ana_recording *recording = NULL;
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ana_status status = make_seed_recording(1, false, ANA_INT16, &recording);
    if (status == ANA_OK) {
        status = ana_recording_write(recording, path, &options);
    }
    ana_recording_free(recording);
    return status;
}

static ana_status write_npy(const char *folder)
{
    return write_recording(folder, "seed.npy");
}

static ana_status write_npz(const char *folder)
{
    return write_recording(folder, "seed.npz");
}

static ana_status write_csv(const char *folder)
{
    return write_recording(folder, "seed.csv");
}

static ana_status write_bytes(const char *folder, const char *name, const char *bytes, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "wb");
    bool written = stream != NULL && fwrite(bytes, 1, n, stream) == n && fclose(stream) == 0;
    return written ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", path);
}

static ana_status save(const char *folder, const char *name, ana_sample_type type, size_t rows,
                       size_t columns, const void *elements)
{
    char path[4096];
    const size_t shape[] = {rows, columns};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return ana_npy_save(path, type, columns > 0 ? 2 : 1, shape, elements);
}

static ana_status write_tensors_seed(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/seed.safetensors", folder);
    return write_example_tensors(path) ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", path);
}

static ana_status write_phy(const char *folder)
{
    static const char parameters[] =
        "dat_path = 'x.dat'\nn_channels_dat = 4\nsample_rate = 30000.\n";
    static const char groups[] = "cluster_id\tgroup\n3\tgood\n5\tmua\n";
    int64_t times[N_SPIKES];
    int32_t clusters[N_SPIKES];
    ana_status status = ANA_OK;
    for (int i = 0; i < N_SPIKES; i++) {
        times[i] = 1000 * i + i * i;
        clusters[i] = i % 3 == 0 ? 5 : 3;
    }
    ANA_TRY(save(folder, "spike_times.npy", ANA_INT64, N_SPIKES, 0, times));
    ANA_TRY(save(folder, "spike_clusters.npy", ANA_INT32, N_SPIKES, 0, clusters));
    ANA_TRY(write_bytes(folder, "params.py", parameters, sizeof parameters - 1));
    ANA_TRY(write_bytes(folder, "cluster_group.tsv", groups, sizeof groups - 1));
done:
    return status;
}

static ana_status write_suite2p(const char *folder)
{
    /* As much of a pickle as holds the rate: the text "fs" and the double 30. */
    static const char ops[] = "\x8c\2fsG\x40\x3e\0\0\0\0\0\0.";
    float traces[N_ROIS * N_FRAMES];
    const float cells[N_ROIS * 2] = {1.0F, 0.9F, 0.0F, 0.2F, 1.0F, 0.8F};
    ana_status status = ANA_OK;
    for (int i = 0; i < N_ROIS * N_FRAMES; i++) {
        traces[i] = (float)(i * i % 97) * 0.37F;
    }
    ANA_TRY(save(folder, "F.npy", ANA_FLOAT32, N_ROIS, N_FRAMES, traces));
    ANA_TRY(save(folder, "Fneu.npy", ANA_FLOAT32, N_ROIS, N_FRAMES, traces));
    ANA_TRY(save(folder, "spks.npy", ANA_FLOAT32, N_ROIS, N_FRAMES, traces));
    ANA_TRY(save(folder, "iscell.npy", ANA_FLOAT32, N_ROIS, 2, cells));
    ANA_TRY(write_bytes(folder, "ops.npy", ops, sizeof ops - 1));
done:
    return status;
}

const mutant_seed seed_npy = {"npy", "seed.npy", {"seed.npy"}, write_npy, read_as_recording};
const mutant_seed seed_npz = {"npz", "seed.npz", {"seed.npz"}, write_npz, read_as_recording};
const mutant_seed seed_safetensors = {
    "safetensors", "seed.safetensors", {"seed.safetensors"}, write_tensors_seed, read_as_recording};
const mutant_seed seed_csv = {"csv", "seed.csv", {"seed.csv"}, write_csv, read_as_recording};
const mutant_seed seed_phy = {
    "phy",
    "",
    {"spike_times.npy", "spike_clusters.npy", "params.py", "cluster_group.tsv"},
    write_phy,
    read_as_recording};
const mutant_seed seed_suite2p = {"suite2p",
                                  "",
                                  {"F.npy", "Fneu.npy", "spks.npy", "iscell.npy", "ops.npy"},
                                  write_suite2p,
                                  read_as_recording};
