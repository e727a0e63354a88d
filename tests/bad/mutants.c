/* bad_mutants [FORMAT [NUMBER]]. A thousand mutants of each format, fewer of those that come
 * several of a kind (ANA_TEST_LONG=yes: as many): truncated, bytes at the borders of their types,
 * flipped bits, pieces moved. Each must be refused with a sentence that names file and place,
 * recovered from with a warning, or read; never crash, hang or take much memory. Equal runs make
 * equal mutants. */
#include "mutants.h"

#include "child.h"
#include "support/check.h"

#include <analysis/formats/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One a line, so that each can come by itself. */
/* clang-format off */
static const mutant_seed *const seeds[] = {
    &seed_edf,
    &seed_bdf,
    &seed_brainvision,
    &seed_fif,
    &seed_gdf,
    &seed_npy,
    &seed_mat,
    &seed_mat_packed,
    &seed_mat_old,
    &seed_mat_structs,
    &seed_npz,
    &seed_safetensors,
    &seed_csv,
    &seed_phy,
    &seed_suite2p,
    &seed_nwb,
    &seed_caiman,
    &seed_mat73,
    &seed_signal_h5,
};
/* clang-format on */

enum {
    N_MUTANTS = 1000,
#ifdef __SANITIZE_ADDRESS__
    N_USUAL = 250, /* of each seed: the other builds try them all every time */
#else
    N_USUAL = N_MUTANTS,
#endif
    N_FEWER = 120,   /* of the seeds that are tried less, unless ANA_TEST_LONG is set */
    N_TOGETHER = 50, /* in one process: to start and end one takes far longer than to read */
    MAX_PRINTED = 10
};

/* The numbers of Knuth's MMIX generator. */
static uint32_t next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*state >> 33);
}

static size_t below(uint64_t *state, size_t n)
{
    return n > 0 ? next_number(state) % n : 0;
}

/* A file in memory. */
typedef struct contents {
    size_t n;
    unsigned char *bytes;
} contents;

static contents load(const char *path)
{
    contents file = {0};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    file.n = (size_t)ftell(stream);
    file.bytes = malloc(file.n + 1);
    rewind(stream);
    if (file.bytes == NULL || fread(file.bytes, 1, file.n, stream) != file.n) {
        perror(path);
        exit(1);
    }
    fclose(stream);
    return file;
}

static void store(const char *path, const unsigned char *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");
    if (stream == NULL || fwrite(bytes, 1, n, stream) != n || fclose(stream) != 0) {
        perror(path);
        exit(1);
    }
}

/* A place to mutate: the beginning of a file, where headers are, three times in four. */
static size_t place_in(uint64_t *state, size_t n)
{
    size_t head = n < 2048 ? n : 2048;
    return below(state, 4) > 0 ? below(state, head) : below(state, n);
}

static void set_boundary(uint64_t *state, unsigned char *bytes, size_t n)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe,
                                           '0',  '9',  '-',  ' ',  '\n'};
    size_t at = place_in(state, n);
    size_t length = 1 + below(state, 8);
    unsigned char value = values[below(state, sizeof values)];
    for (size_t i = at; i < at + length && i < n; i++) {
        bytes[i] = value;
    }
}

static void flip_bits(uint64_t *state, unsigned char *bytes, size_t n)
{
    for (size_t i = 1 + below(state, 8); i > 0 && n > 0; i--) {
        bytes[place_in(state, n)] ^= (unsigned char)(1U << below(state, 8));
    }
}

static void splice(uint64_t *state, unsigned char *bytes, size_t n)
{
    size_t from = place_in(state, n);
    size_t to = place_in(state, n);
    size_t length = below(state, n < 256 ? n : 256);
    length = length < n - from ? length : n - from;
    length = length < n - to ? length : n - to;
    memmove(bytes + to, bytes + from, length);
}

static void replace_number(uint64_t *state, unsigned char *bytes, size_t n)
{
    static const char *const words[] = {
        "99999999", "-1      ", "0       ",   "1e308   ",
        "nan     ", "65536   ", "2147483648", "18446744073709551615"};
    const char *word = words[below(state, sizeof words / sizeof words[0])];
    size_t at = place_in(state, n);
    for (size_t i = 0; word[i] != '\0' && at + i < n; i++) {
        bytes[at + i] = (unsigned char)word[i];
    }
}

/* Mutant k of a file: how many bytes of `bytes` (n of them, changed in place) are kept. */
static size_t mutate(uint64_t *state, unsigned char *bytes, size_t n)
{
    size_t kept = n;
    switch (below(state, 6)) {
    case 0:
        kept = below(state, n);
        break;
    case 1:
        set_boundary(state, bytes, n);
        break;
    case 2:
        flip_bits(state, bytes, n);
        break;
    case 3:
        splice(state, bytes, n);
        break;
    case 4:
        replace_number(state, bytes, n);
        break;
    default:
        set_boundary(state, bytes, n);
        flip_bits(state, bytes, n);
        kept = n - below(state, n / 4 + 1);
        break;
    }
    return kept;
}

/* A seed written to a folder, which its mutants share. */
typedef struct written_seed {
    const mutant_seed *seed;
    const char *folder;
    size_t n_files;
    contents originals[MAX_SEED_FILES];
    size_t n_mutants;
    size_t first; /* mutant that is to be read first */
} written_seed;

static void path_of(const written_seed *from, const char *file, char *path)
{
    snprintf(path, PATH_BYTES, "%s%s%s", from->folder, file[0] != '\0' ? "/" : "", file);
}

/* The bytes of the file that mutant k changes, *which. */
static contents make_mutant(const written_seed *from, size_t k, size_t *which)
{
    uint64_t state = 1000003 * (uint64_t)k + 17;
    (void)next_number(&state);
    *which = below(&state, 3) == 0 ? below(&state, from->n_files) : 0;
    const contents *original = &from->originals[*which];
    contents mutant = {original->n, malloc(original->n + 1)};
    if (mutant.bytes == NULL) {
        perror("memory");
        exit(1);
    }
    memcpy(mutant.bytes, original->bytes, original->n);
    mutant.n = mutate(&state, mutant.bytes, original->n);
    return mutant;
}

/* All files as they were, but for the one that is changed. */
static void write_mutant(void *user, size_t i, char *path)
{
    const written_seed *from = user;
    size_t which = 0;
    contents mutant = make_mutant(from, from->first + i, &which);
    for (size_t f = 0; f < from->n_files; f++) {
        const contents *file = f == which ? &mutant : &from->originals[f];
        path_of(from, from->seed->files[f], path);
        store(path, file->bytes, file->n);
    }
    free(mutant.bytes);
    path_of(from, from->seed->entry, path);
}

static void keep_mutant(const written_seed *from, size_t k)
{
    char name[128];
    size_t which = 0;
    contents mutant = make_mutant(from, k, &which);
    snprintf(name, sizeof name, "mutant_%s", from->seed->files[which]);
    store(name, mutant.bytes, mutant.n);
    free(mutant.bytes);
}

/* Read by HDF5, which keeps what it has seen of a bad file. */
static bool is_hdf5(const written_seed *from)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F'};
    const contents *file = &from->originals[0];
    for (size_t at = 0; at + sizeof signature <= file->n; at += 512) {
        if (memcmp(file->bytes + at, signature, sizeof signature) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the reading ended in one of the right ways. */
static bool is_right(const written_seed *from, const reading *read)
{
    return read->ended < OUTCOME_ERROR ||
           (read->ended == OUTCOME_ERROR &&
            (from->seed->read != read_as_recording ? read->sentence[0] != '\0'
                                                   : names_place(read->sentence, from->folder)));
}

/* Counts how the readings of n mutants ended; how many are wrong. */
static size_t count_wrong(const written_seed *from, size_t n, const reading *readings)
{
    size_t counts[N_OUTCOMES] = {0};
    size_t n_wrong = 0;
    for (size_t i = 0; i < n; i++) {
        const reading *read = &readings[i];
        counts[read->ended]++;
        if (!is_right(from, read) && n_wrong++ < MAX_PRINTED) {
            printf("  %s mutant %zu: %s: %s\n", from->seed->format, from->first + i,
                   outcome_name(read->ended), read->sentence);
        }
    }
    printf("%-12s %-28s %zu mutants:", from->seed->format, from->seed->files[0], n);
    for (size_t i = 0; i < N_OUTCOMES; i++) {
        printf(" %zu %s%s", counts[i], outcome_name((outcome)i), i + 1 < N_OUTCOMES ? "," : "\n");
    }
    return n_wrong;
}

/* Tries all mutants, or only number `only`, which is left as "mutant_<file>" in this folder.
 * Each mutant for HDF5 has a process of its own. */
static size_t try_mutants(written_seed *from, size_t only)
{
    const size_t n = only < N_MUTANTS ? 1 : from->n_mutants;
    reading *readings = calloc(n, sizeof *readings);
    if (readings == NULL) {
        perror("memory");
        exit(1);
    }
    from->first = only < N_MUTANTS ? only : 0;
    if (only < N_MUTANTS) {
        keep_mutant(from, only);
    }
    read_in_children(n, is_hdf5(from) ? 1 : N_TOGETHER, write_mutant, from, from->seed->read,
                     readings);
    size_t n_wrong = count_wrong(from, n, readings);
    free(readings);
    return n_wrong;
}

/* The seed itself must be read, or its mutants say nothing. */
static bool seed_is_good(const written_seed *from)
{
    char path[PATH_BYTES];
    path_of(from, from->seed->entry, path);
    const reading read = read_in_child(path, from->seed->read);
    if (read.ended != OUTCOME_OK && read.ended != OUTCOME_WARN) {
        printf("%s: the seed ends as %s: %s\n", from->seed->format, outcome_name(read.ended),
               read.sentence);
    }
    return read.ended == OUTCOME_OK || read.ended == OUTCOME_WARN;
}

/* Tries the mutants of a seed in a folder of their own; how many are wrong. */
static size_t try_seed(const mutant_seed *seed, size_t n_mutants, size_t only)
{
    char folder[] = "/tmp/mutants_XXXXXX";
    char path[PATH_BYTES];
    size_t n_wrong = 1;
    written_seed from = {.seed = seed, .folder = folder, .n_mutants = n_mutants};
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    if (seed->write(folder) != ANA_OK) {
        printf("%s: no seed: %s\n", seed->format, ana_last_error());
    } else {
        for (; from.n_files < MAX_SEED_FILES && seed->files[from.n_files] != NULL; from.n_files++) {
            path_of(&from, seed->files[from.n_files], path);
            from.originals[from.n_files] = load(path);
        }
        n_wrong = seed_is_good(&from) ? try_mutants(&from, only) : 1;
    }
    for (size_t f = 0; f < from.n_files; f++) {
        path_of(&from, seed->files[f], path);
        remove(path);
        free(from.originals[f].bytes);
    }
    if (rmdir(folder) != 0) {
        perror(folder);
    }
    return n_wrong;
}

enum {
    N_SINGLE = sizeof seeds / sizeof seeds[0],
    N_SEEDS = N_SINGLE + N_WORM_SEEDS + N_CONNECTOME_SEEDS
};

static const mutant_seed *seed_at(size_t i)
{
    if (i < N_SINGLE) {
        return seeds[i];
    }
    return i < N_SINGLE + N_WORM_SEEDS ? &seeds_worm[i - N_SINGLE]
                                       : &seeds_connectome[i - N_SINGLE - N_WORM_SEEDS];
}

/* The seeds that come several of a kind, and one whose way through HDF5 other seeds go as well. */
static bool is_tried_less(size_t i)
{
    return i >= N_SINGLE || seeds[i] == &seed_signal_h5;
}

/* Whether the i-th seed is wanted: all of them, those of a format, or with "2/4" the second of four
 * parts, which run side by side. */
static bool is_wanted(size_t i, const char *which)
{
    const char *slash = which != NULL ? strchr(which, '/') : NULL;
    if (slash == NULL) {
        return which == NULL || strcmp(which, seed_at(i)->format) == 0;
    }
    size_t part = (size_t)strtoul(which, NULL, 10);
    size_t n_parts = (size_t)strtoul(slash + 1, NULL, 10);
    return n_parts > 0 && i % n_parts + 1 == part;
}

/* mutants [FORMAT|PART/PARTS [MUTANT]] */
int main(int argc, char **argv)
{
    size_t n_bad = 0;
    size_t n_tried = 0;
    size_t only = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : N_MUTANTS;
    for (size_t i = 0; i < N_SEEDS; i++) {
        if (is_wanted(i, argc > 1 ? argv[1] : NULL)) {
            n_tried++;
            const size_t usual = is_tried_less(i) ? N_FEWER : N_USUAL;
            n_bad += try_seed(seed_at(i), test_is_long() ? N_MUTANTS : usual, only);
        }
    }
    printf("bad-input.mutants: %zu wrong\n", n_bad);
    return n_bad == 0 && n_tried > 0 ? 0 : 1;
}
