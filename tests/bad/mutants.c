/* bad_mutants [FORMAT [NUMBER]]. A thousand mutants of each format:  truncated, bytes at the
 * borders of their types, flipped bits, pieces moved. Each must be refused with a sentence that
 * names file and place, recovered from with a warning, or read; never crash, hang or take much
 * memory. Equal runs make equal mutants. */
#include "mutants.h"

#include "child.h"

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
    &seed_npy,
    &seed_mat,
    &seed_mat_packed,
    &seed_mat_old,
    &seed_npz,
    &seed_csv,
    &seed_phy,
    &seed_suite2p,
    &seed_nwb,
    &seed_caiman,
};
/* clang-format on */

enum {
    N_MUTANTS = 1000,
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

/* Read by HDF5, which is known to fail on hostile files; the program has --isolate for them. Its
 * crashes and hangs are counted and printed, and up to one mutant in a hundred is let pass. */
static bool is_foreign(const mutant_seed *seed)
{
    static const char *const formats[] = {"nwb", "caiman", "mat73"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(seed->format, formats[i]) == 0) {
            return true;
        }
    }
    return false;
}

static size_t count_files(const mutant_seed *seed)
{
    size_t n = 0;
    while (n < MAX_SEED_FILES && seed->files[n] != NULL) {
        n++;
    }
    return n;
}

/* Read one mutant; true when its end is one of the right ones. */
static bool try_mutant(const char *folder, const mutant_seed *seed, size_t k, size_t *counts,
                       size_t *n_printed)
{
    char path[4096];
    char sentence[1024] = {0};
    snprintf(path, sizeof path, "%s%s%s", folder, seed->entry[0] != '\0' ? "/" : "", seed->entry);
    outcome ended = read_in_child(path, sentence);
    counts[ended]++;
    bool good = ended <= OUTCOME_ERROR;
    if (ended == OUTCOME_ERROR && !names_place(sentence, folder)) {
        good = false;
    }
    if (!good && (*n_printed)++ < MAX_PRINTED) {
        printf("  %s mutant %zu: %s: %s\n", seed->format, k, outcome_name(ended), sentence);
    }
    return good;
}

/* Tries all mutants, or only number `only`, which is left as "mutant_<file>" in this folder. */
static size_t try_seed(const char *folder, const mutant_seed *seed, size_t only)
{
    contents originals[MAX_SEED_FILES];
    char path[4096];
    size_t counts[N_OUTCOMES] = {0};
    size_t n_bad = 0;
    size_t n_printed = 0;
    const size_t n_files = count_files(seed);
    for (size_t f = 0; f < n_files; f++) {
        snprintf(path, sizeof path, "%s/%s", folder, seed->files[f]);
        originals[f] = load(path);
    }
    size_t first = only < N_MUTANTS ? only : 0;
    size_t stop = only < N_MUTANTS ? only + 1 : N_MUTANTS;
    for (size_t k = first; k < stop; k++) {
        uint64_t state = 1000003 * (uint64_t)k + 17;
        (void)next_number(&state);
        size_t f = below(&state, 3) == 0 ? below(&state, n_files) : 0;
        const contents *original = &originals[f];
        unsigned char *bytes = malloc(original->n + 1);
        if (bytes == NULL) {
            perror("memory");
            exit(1);
        }
        memcpy(bytes, original->bytes, original->n);
        snprintf(path, sizeof path, "%s/%s", folder, seed->files[f]);
        size_t kept = mutate(&state, bytes, original->n);
        store(path, bytes, kept);
        if (only < N_MUTANTS) {
            char name[128];
            snprintf(name, sizeof name, "mutant_%s", seed->files[f]);
            store(name, bytes, kept);
        }
        n_bad += try_mutant(folder, seed, k, counts, &n_printed) ? 0 : 1;
        store(path, original->bytes, original->n);
        free(bytes);
    }
    size_t n_foreign = counts[OUTCOME_CRASH] + counts[OUTCOME_HANG] + counts[OUTCOME_MEMORY];
    if (is_foreign(seed) && n_foreign <= N_MUTANTS / 100) {
        n_bad -= n_foreign;
    }
    printf("%-12s %d mutants:", seed->format, N_MUTANTS);
    for (size_t i = 0; i < N_OUTCOMES; i++) {
        printf(" %zu %s%s", counts[i], outcome_name((outcome)i), i + 1 < N_OUTCOMES ? "," : "\n");
    }
    for (size_t f = 0; f < n_files; f++) {
        snprintf(path, sizeof path, "%s/%s", folder, seed->files[f]);
        remove(path);
        free(originals[f].bytes);
    }
    return n_bad;
}

/* The seed itself must be read, or its mutants say nothing. */
static bool seed_is_good(const char *folder, const mutant_seed *seed)
{
    char path[4096];
    char sentence[1024] = {0};
    snprintf(path, sizeof path, "%s%s%s", folder, seed->entry[0] != '\0' ? "/" : "", seed->entry);
    outcome ended = read_in_child(path, sentence);
    if (ended != OUTCOME_OK && ended != OUTCOME_WARN) {
        printf("%s: the seed ends as %s: %s\n", seed->format, outcome_name(ended), sentence);
    }
    return ended == OUTCOME_OK || ended == OUTCOME_WARN;
}

/* Whether the i-th seed is wanted: all of them, those of a format, or with "2/4" the second of four
 * parts, which run side by side. */
static bool is_wanted(size_t i, const char *which)
{
    const char *slash = which != NULL ? strchr(which, '/') : NULL;
    if (slash == NULL) {
        return which == NULL || strcmp(which, seeds[i]->format) == 0;
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
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        char folder[] = "/tmp/mutants_XXXXXX";
        if (!is_wanted(i, argc > 1 ? argv[1] : NULL)) {
            continue;
        }
        n_tried++;
        if (mkdtemp(folder) == NULL) {
            perror(folder);
            return 1;
        }
        if (seeds[i]->write(folder) != ANA_OK) {
            printf("%s: no seed: %s\n", seeds[i]->format, ana_last_error());
            n_bad++;
        } else {
            n_bad += seed_is_good(folder, seeds[i]) ? try_seed(folder, seeds[i], only) : 1;
        }
        if (rmdir(folder) != 0) {
            perror(folder);
        }
    }
    printf("bad-input.mutants: %zu wrong\n", n_bad);
    return n_bad == 0 && n_tried > 0 ? 0 : 1;
}
