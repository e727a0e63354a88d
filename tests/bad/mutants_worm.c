/* Seeds of worms' traces, a layout each. */
#include "mutants.h"
#include "support/scratch.h"
#include "support/worm_files.h"

#include <stdio.h>
#include <string.h>

/* The file at `path` goes to the folder, under its own name. */
static ana_status move_to(const char *folder, const char *path)
{
    char to[4096];
    snprintf(to, sizeof to, "%s%s", folder, strrchr(path, '/'));
    FILE *in = fopen(path, "rb");
    FILE *out = fopen(to, "wb");
    bool moved = in != NULL && out != NULL;
    for (int byte = moved ? fgetc(in) : EOF; byte != EOF; byte = fgetc(in)) {
        moved = fputc(byte, out) != EOF && moved;
    }
    moved = in != NULL && fclose(in) == 0 && remove(path) == 0 && moved;
    moved = out != NULL && fclose(out) == 0 && moved;
    return moved ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", to);
}

static ana_status write_compact(const char *folder)
{
    return move_to(folder, worm_file_compact());
}

static ana_status write_dag(const char *folder)
{
    ana_status status = move_to(folder, worm_file_dag());
    return status == ANA_OK ? move_to(folder, scratch("labels_2022-01-02-3.csv")) : status;
}

static ana_status write_flavell(const char *folder)
{
    return move_to(folder, worm_file_flavell());
}

static ana_status write_structs(const char *folder)
{
    return move_to(folder, worm_file_structs());
}

static ana_status write_yemini(const char *folder)
{
    return move_to(folder, worm_file_yemini());
}

static ana_status write_lin(const char *folder)
{
    return move_to(folder, worm_file_lin());
}

static ana_status write_randi(const char *folder)
{
    ana_status status = move_to(folder, worm_file_randi());
    status = status == ANA_OK ? move_to(folder, scratch("0_labels.txt")) : status;
    return status == ANA_OK ? move_to(folder, scratch("0_t.txt")) : status;
}

static ana_status write_venkatachalam(const char *folder)
{
    return move_to(folder, worm_file_venkatachalam());
}

static ana_status write_nwb(const char *folder)
{
    return move_to(folder, worm_file_nwb());
}

const mutant_seed seeds_worm[N_WORM_SEEDS] = {
    {"worm", "compact.h5", {"compact.h5"}, write_compact, read_as_recording},
    {"worm",
     "2022-01-02-3-data.h5",
     {"2022-01-02-3-data.h5", "labels_2022-01-02-3.csv"},
     write_dag,
     read_as_recording},
    {"worm", "flavell.json", {"flavell.json"}, write_flavell, read_as_recording},
    {"worm", "structs.mat", {"structs.mat"}, write_structs, read_as_recording},
    {"worm", "yemini.mat", {"yemini.mat"}, write_yemini, read_as_recording},
    {"worm", "lin.mat", {"lin.mat"}, write_lin, read_as_recording},
    {"worm",
     "0_gcamp.txt",
     {"0_gcamp.txt", "0_labels.txt", "0_t.txt"},
     write_randi,
     read_as_recording},
    {"worm", "v.zip", {"v.zip"}, write_venkatachalam, read_as_recording},
    {"worm", "n.nwb", {"n.nwb"}, write_nwb, read_as_recording},
};
