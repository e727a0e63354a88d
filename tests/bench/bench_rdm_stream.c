/* Dissimilarity matrices of a file that is read by blocks, against reading the same file in a plain
 * loop and the symmetric products it cannot do without, in the same run; and the memory it took.
 *   bench_rdm_stream [conditions] [channels]   default 200 1000000: a file of 0.8 GB, here */
#include "npy.h"

#include <analysis/formats/array_rows.h>
#include <analysis/linalg.h>
#include <analysis/models/rdm_stream.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum {
    PART = 1 << 20,
    BLOCK = 10000
};

static const char path[] = "bench_rdm_stream.npy";

/* Processor time: one thread throughout, on machines that others use. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_on(ana_status status)
{
    if (status != ANA_OK) {
        fprintf(stderr, "%s\n", ana_last_error());
        exit(1);
    }
}

static void stop_unless(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s: %s failed\n", path, what);
        exit(1);
    }
}

static void write_file(size_t n, size_t p)
{
    ana_random random = ana_random_stream(1, "bench", 0);
    ana_text header = {0};
    const size_t shape[] = {n, p};
    FILE *file = fopen(path, "wb");
    stop_unless(file != NULL, "making it");
    ana_npy_put_header(&header, "<f4", false, 2, shape);
    bool good = fwrite(header.bytes, 1, header.n, file) == header.n;
    for (size_t i = 0; i < n * p; i++) {
        const float value = (float)ana_random_uniform(&random);
        good = good && fwrite(&value, sizeof value, 1, file) == 1;
    }
    stop_unless(fclose(file) == 0 && good, "writing it");
    ana_text_release(&header);
}

static double read_plainly(void)
{
    char *part = malloc(PART);
    FILE *file = fopen(path, "rb");
    stop_unless(part != NULL && file != NULL, "opening it");
    const double start = now();
    while (fread(part, 1, PART, file) == PART) {
    }
    const double seconds = now() - start;
    free(part);
    fclose(file);
    return seconds;
}

/* Products of all channels, of blocks that stay where they are. */
static double multiply(size_t n, size_t p)
{
    double *x = calloc(n * BLOCK, sizeof *x);
    double *out = calloc(n * n, sizeof *out);
    stop_unless(x != NULL && out != NULL, "multiplying");
    stop_on(ana_linalg_gram_rows(n, BLOCK, x, out));
    const double start = now();
    for (size_t k = 0; k < p / BLOCK; k++) {
        stop_on(ana_linalg_gram_rows(n, BLOCK, x, out));
    }
    const double seconds = now() - start;
    free(x);
    free(out);
    return seconds;
}

static ana_status read_block(void *user, const ana_rdm_block *block, double *values)
{
    const ana_array_part part = {.first = block->first_row,
                                 .n = block->n_rows,
                                 .first_column = block->first_channel,
                                 .n_columns = block->n_channels};
    return ana_array_rows_read_part(user, &part, values);
}

static double compute(size_t n, size_t p, ana_rdm_method method)
{
    ana_rdm_options options = ana_rdm_options_default();
    ana_observations *rows = NULL;
    ana_array_rows *array = NULL;
    ana_rdms *rdms = NULL;
    options.method = method;
    options.run.n_threads = 1;
    stop_on(ana_array_rows_open(path, &array));
    stop_on(ana_observations_new(n, 0, &rows));
    rows->n_features = p;
    rows->n_labels = n;
    rows->labels = calloc(n, sizeof *rows->labels);
    rows->label_names = calloc(n, sizeof *rows->label_names);
    stop_unless(rows->labels != NULL && rows->label_names != NULL, "labels");
    for (size_t i = 0; i < n; i++) {
        rows->labels[i] = (int64_t)i;
        rows->label_names[i] = calloc(2, 1);
    }
    const ana_rdm_source source = {.rows = rows, .read = read_block, .user = array};
    const double start = now();
    stop_on(ana_rdm_of_source(&source, &options, "file", &rdms));
    const double seconds = now() - start;
    ana_rdms_free(rdms);
    ana_array_rows_close(array);
    ana_observations_free(rows);
    return seconds;
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    const size_t p = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
    const double gb = 4e-9 * (double)n * (double)p;
    stop_unless(n > 1 && p >= BLOCK, "so small a size");
    write_file(n, p);
    const double plain = read_plainly();
    const double before = peak_mb();
    const double euclidean = compute(n, p, ANA_RDM_EUCLIDEAN);
    const double correlation = compute(n, p, ANA_RDM_CORRELATION);
    const double after = peak_mb();
    const double products = multiply(n, p);
    printf("%zu conditions x %zu channels, %.2f GB: plain reading %.2f s (%.2f GB/s), symmetric "
           "products %.2f s\n",
           n, p, gb, plain, gb / plain, products);
    printf("euclidean    %.2f s, %.2f GB/s, %.2f of both\n", euclidean, gb / euclidean,
           euclidean / (plain + products));
    printf("correlation  %.2f s, %.2f GB/s, %.2f of both, read twice\n", correlation,
           gb / correlation, correlation / (2.0 * plain + products));
    printf("memory       %.0f MB more than the %.0f MB before\n", after - before, before);
    remove(path);
    return 0;
}
