/* Seeds of what commands for graphs take for a connectome, and of arrays read by rows. */
#include "graph_input.h"
#include "load.h"
#include "mutants.h"
#include "npy.h"
#include "support/build_mat.h"
#include "try.h"

#include <analysis/formats/array_rows.h>
#include <analysis/formats/record_io.h>
#include <analysis/models/graph.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    N_CELLS = 4,
    N_IN_PARTS = 3
};

/* The commands' reading of graphs is linked here without the commands, and says nothing. */
void console_say(const console_options *options, const char *format, ...)
{
    (void)options;
    (void)format;
}

void console_detail(const console_options *options, const char *format, ...)
{
    (void)options;
    (void)format;
}

void console_warn(const char *format, ...)
{
    (void)format;
}

ana_status load_record(const char *path, const char *reader, ana_record **out)
{
    (void)reader;
    return ana_record_read(path, out);
}

static const double weights[N_CELLS * N_CELLS] = {0, 3, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0, 0, 0, 1, 0};

static outcome end(ana_status status, char *sentence)
{
    snprintf(sentence, SENTENCE_BYTES, "%s", status != ANA_OK ? ana_last_error() : "");
    return status == ANA_OK ? OUTCOME_OK : OUTCOME_ERROR;
}

/* The file of that name beside `path`, or NULL. */
static const char *beside(const char *path, const char *name, char *room)
{
    struct stat info;
    snprintf(room, PATH_BYTES, "%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
    return stat(room, &info) == 0 ? room : NULL;
}

/* With its junctions and names, where they stand beside it. */
static outcome read_as_graph(const char *path, char *sentence)
{
    char junctions[PATH_BYTES];
    char names[PATH_BYTES];
    const console_options console = {.quiet = true};
    const ana_run run = {.max_memory = (size_t)128 << 20};
    graph_input_options options = graph_input_options_default();
    ana_graph *graph = NULL;
    options.directed = true;
    options.connectome.gap_junctions = beside(path, "junctions.csv", junctions);
    options.connectome.names = beside(path, "names.txt", names);
    const ana_status status = load_graph(path, &options, &console, &run, &graph);
    const outcome ended = end(status, sentence);
    ana_graph_free(graph);
    return ended;
}

/* All rows, some at a time. */
static ana_status read_parts(const ana_array_rows *rows)
{
    ana_status status = ANA_OK;
    const size_t n_last = ana_array_rows_length(rows, ana_array_rows_n_axes(rows) - 1);
    size_t n_rows = 1;
    double *values = NULL;
    for (size_t i = 0; i + 1 < ana_array_rows_n_axes(rows); i++) {
        n_rows *= ana_array_rows_length(rows, i);
    }
    if (n_last > ((size_t)16 << 20) / N_IN_PARTS) {
        return ana_fail(ANA_ERR_LIMIT, "rows of %zu are too long", n_last);
    }
    values = calloc(N_IN_PARTS * n_last + 1, sizeof *values);
    for (size_t r = 0; r < n_rows && values != NULL; r += N_IN_PARTS) {
        const size_t n = n_rows - r < N_IN_PARTS ? n_rows - r : N_IN_PARTS;
        ANA_TRY(ana_array_rows_read(rows, r, n, values));
    }
done:
    free(values);
    return status;
}

static outcome read_as_rows(const char *path, char *sentence)
{
    char location[PATH_BYTES + 8];
    ana_array_rows *rows = NULL;
    snprintf(location, sizeof location, "%s%s", path, strstr(path, ".h5") != NULL ? ":/x" : "");
    ana_status status = ana_array_rows_open(location, &rows);
    if (status == ANA_OK) {
        status = read_parts(rows);
    }
    ana_array_rows_close(rows);
    return end(status, sentence);
}

static ana_status write_bytes(const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "wb");
    bool written = stream != NULL && fwrite(bytes, 1, n, stream) == n;
    bool closed = stream == NULL || fclose(stream) == 0;
    return written && closed ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", path);
}

static ana_status write_text(const char *folder, const char *name, const char *text)
{
    return write_bytes(folder, name, text, strlen(text));
}

static ana_status write_tsv(const char *folder)
{
    return write_text(folder, "worm.tsv",
                      "pre\tpost\ttype\tsynapses\nAVAL\tAVBL\tchemical\t2\n"
                      "AVAL\tAVBL\tchemical\t1\nAVBL\tRIML\telectrical\t4\n"
                      "RIML\tBWM1\tchemical\t1\n");
}

static ana_status write_list(const char *folder)
{
    return write_text(folder, "worm.json",
                      "[{\"pre\":\"AVAL\",\"post\":\"AVBL\",\"typ\":0,\"syn\":[3,1]},\n"
                      "{\"pre\":\"AVBL\",\"post\":\"RIML\",\"typ\":2,\"syn\":[4]},\n"
                      "{\"pre\":\"RIML\",\"post\":\"BWM1\",\"typ\":0,\"syn\":[]}]");
}

static ana_status write_chen(const char *folder)
{
    return write_text(folder, "chen.csv",
                      "Neuron 1,Neuron 2,Type,Nbr\nAVAL,AVBL,S,1\nAVAL,AVBL,Sp,2\n"
                      "AVBL,AVAL,R,3\nAVBL,RIML,EJ,4\nRIML,AVBL,EJ,4\nRIML,NMJ,NMJ,9\n");
}

static ana_status write_sheets(const char *folder)
{
    ana_status status = write_text(folder, "sheet.csv", ",,,x\n,,AVBL,BWM1\ny,AVAL,3,\n,RIML,,1\n");
    return status == ANA_OK
               ? write_text(folder, "junctions.csv", ",,,x\n,,AVBL,RIML\ny,AVBL,,4\n,RIML,4,\n")
               : status;
}

static ana_status write_squares(const char *folder)
{
    ana_status status =
        write_text(folder, "chemical.csv", ",AVAL,AVBL,RIML\nAVAL,0,3,0\nAVBL,0,0,0\nRIML,0,0,1\n");
    return status == ANA_OK ? write_text(folder, "junctions.csv",
                                         ",AVAL,AVBL,RIML\nAVAL,0,0,0\nAVBL,0,0,4\nRIML,0,4,0\n")
                            : status;
}

static void put_matrix(mat_builder *b, const char *name)
{
    size_t at = mat_begin(b, 6, N_CELLS, N_CELLS, name);
    mat_put(b, 9, 4);
    mat_put(b, sizeof weights, 4);
    for (size_t i = 0; i < N_CELLS * N_CELLS; i++) {
        mat_put_double(b, weights[i]);
    }
    mat_end(b, at);
}

static ana_status write_mat(const char *folder)
{
    static const char *const names[N_CELLS] = {"AVAL", "AVBL", "RIML", "BWM1"};
    mat_builder b = {0};
    mat_put_head(&b);
    put_matrix(&b, "A_init_t_ordered");
    put_matrix(&b, "Ag_t_ordered");
    size_t at = mat_begin(&b, 1, N_CELLS, 1, "Neuron_ordered");
    for (size_t i = 0; i < N_CELLS; i++) {
        mat_put_text(&b, "", 16, names[i]);
    }
    mat_end(&b, at);
    ana_status status = write_bytes(folder, "worm.mat", b.text.bytes, b.text.n);
    ana_text_release(&b.text);
    return status;
}

/* Matrices called by the names given, NULL-terminated. */
static ana_status write_hdf5(const char *folder, const char *name, const char *const *matrices)
{
    const hsize_t shape[2] = {N_CELLS, N_CELLS};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t timeless = H5Pcreate(H5P_DATASET_CREATE);
    bool failed = file < 0 || H5Pset_obj_track_times(timeless, false) < 0;
    for (size_t i = 0; matrices[i] != NULL; i++) {
        hid_t set = H5Dcreate2(file, matrices[i], H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, timeless,
                               H5P_DEFAULT);
        failed =
            H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, weights) < 0 || failed;
        H5Dclose(set);
    }
    H5Pclose(timeless);
    H5Sclose(space);
    failed = H5Fclose(file) < 0 || failed;
    return failed ? ana_fail(ANA_ERR_IO, "%s: not written", path) : ANA_OK;
}

static ana_status write_compiled(const char *folder)
{
    static const char *const matrices[] = {"chem", "gap", NULL};
    ana_status status = write_hdf5(folder, "worm.h5", matrices);
    return status == ANA_OK ? write_text(folder, "names.txt", "AVAL\nAVBL\nRIML\nBWM1\n") : status;
}

static ana_status write_rows_hdf5(const char *folder)
{
    static const char *const matrices[] = {"x", NULL};
    return write_hdf5(folder, "rows.h5", matrices);
}

static ana_status write_rows_npy(const char *folder)
{
    const size_t shape[] = {2, 2, N_CELLS};
    char path[4096];
    snprintf(path, sizeof path, "%s/rows.npy", folder);
    return ana_npy_save(path, ANA_FLOAT64, 3, shape, weights);
}

const mutant_seed seeds_connectome[N_CONNECTOME_SEEDS] = {
    {"connectome", "worm.tsv", {"worm.tsv"}, write_tsv, read_as_graph},
    {"connectome", "worm.json", {"worm.json"}, write_list, read_as_graph},
    {"connectome", "chen.csv", {"chen.csv"}, write_chen, read_as_graph},
    {"connectome", "sheet.csv", {"sheet.csv", "junctions.csv"}, write_sheets, read_as_graph},
    {"connectome", "chemical.csv", {"chemical.csv", "junctions.csv"}, write_squares, read_as_graph},
    {"connectome", "worm.mat", {"worm.mat"}, write_mat, read_as_graph},
    {"connectome", "worm.h5", {"worm.h5", "names.txt"}, write_compiled, read_as_graph},
    {"rows", "rows.npy", {"rows.npy"}, write_rows_npy, read_as_rows},
    {"rows", "rows.h5", {"rows.h5"}, write_rows_hdf5, read_as_rows},
};
