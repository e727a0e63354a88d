/* The structure of HDF5 files: what HDF5 writes is accepted, what would harm it is refused. */
#include "hdf5_check.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_OBJECTS = 64
};

/* A file with something of every structure, and where its objects are. */
typedef struct sample {
    unsigned char *bytes;
    size_t n;
    size_t n_objects;
    uint64_t objects[MAX_OBJECTS];
    uint64_t texts; /* the dataset of texts */
} sample;

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    return type;
}

static void put_text(hid_t object, const char *name, const char *text)
{
    hid_t type = text_type();
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, (const void *)&text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_set(hid_t file, const char *name, hid_t type, hsize_t n, hsize_t chunk,
                    const void *values)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk > 0) {
        H5Pset_chunk(list, 1, &chunk);
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 4);
    }
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(values == NULL || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
}

/* Numbers, a text, an enumeration and an array in one. */
static hid_t compound_type(void)
{
    const hsize_t three = 3;
    const int8_t ends[2] = {0, 1};
    hid_t choice = H5Tenum_create(H5T_STD_I8LE);
    H5Tenum_insert(choice, "FALSE", &ends[0]);
    H5Tenum_insert(choice, "TRUE", &ends[1]);
    hid_t array = H5Tarray_create2(H5T_IEEE_F64LE, 1, &three);
    hid_t texts = text_type();
    hid_t all = H5Tcreate(H5T_COMPOUND, 64);
    H5Tinsert(all, "choice", 0, choice);
    H5Tinsert(all, "array", 8, array);
    H5Tinsert(all, "text", 32, texts);
    H5Tclose(texts);
    H5Tclose(array);
    H5Tclose(choice);
    return all;
}

static void fill(hid_t file)
{
    static const char *const texts[4] = {"one", "twelve", "", "a hundred and five"};
    double values[40];
    for (int i = 0; i < 40; i++) {
        values[i] = 0.37 * (i * i % 17);
    }
    put_text(file, "title", "a sample");
    put_set(file, "plain", H5T_IEEE_F64LE, 40, 0, values);
    put_set(file, "packed", H5T_IEEE_F64LE, 40, 16, values);
    hid_t type = text_type();
    put_set(file, "texts", type, 4, 0, (const void *)texts);
    H5Tclose(type);
    type = compound_type();
    put_set(file, "compound", type, 5, 0, NULL);
    H5Tclose(type);
    hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "a%02d", i);
        put_text(group, name, texts[i % 4]);
        H5Gclose(H5Gcreate2(group, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    }
    H5Gclose(group);
}

static herr_t note_object(hid_t object, const char *name, const H5O_info_t *info, void *user)
{
    (void)object;
    sample *into = user;
    assert_true(into->n_objects < MAX_OBJECTS);
    into->objects[into->n_objects++] = info->addr;
    if (strcmp(name, "texts") == 0) {
        into->texts = info->addr;
    }
    return 0;
}

static sample make_sample(bool newest)
{
    sample made = {0};
    const char *path = scratch(newest ? "new.h5" : "old.h5");
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (newest) {
        H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    }
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    fill(file);
    H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, note_object, &made, H5O_INFO_BASIC);
    H5Fclose(file);
    H5Pclose(access);
    made.bytes = read_bytes(path, &made.n);
    return made;
}

/* All objects of a sample's mutant, as far as the first that is refused. */
static ana_status check_all(const sample *from, const char *path)
{
    ana_hdf5_check *check = NULL;
    ana_status status = ana_hdf5_check_open(path, &check);
    for (size_t i = 0; i < from->n_objects && status == ANA_OK; i++) {
        status = ana_hdf5_check_object(check, from->objects[i]);
    }
    if (status == ANA_OK) {
        status = ana_hdf5_check_dataset_texts(check, from->texts);
    }
    ana_hdf5_check_close(check);
    return status;
}

static void what_hdf5_writes_is_accepted_old_and_new(void **state)
{
    (void)state;
    for (int newest = 0; newest < 2; newest++) {
        sample from = make_sample(newest == 1);
        assert_true(from.n_objects == 26);
        check_ok(check_all(&from, scratch(newest == 1 ? "new.h5" : "old.h5")));
        free(from.bytes);
    }
}

/* Where `mark` stands for the k-th time. */
static size_t find(const sample *from, const void *mark, size_t n, size_t k)
{
    for (size_t at = 0; at + n <= from->n; at++) {
        if (memcmp(from->bytes + at, mark, n) == 0 && k-- == 0) {
            return at;
        }
    }
    fail_msg("the sample has no such mark");
    return 0;
}

/* One change, `by` bytes behind the k-th `mark`, and what is said of it. */
typedef struct damage {
    bool newest;
    const char *mark;
    size_t n_mark;
    size_t k;
    size_t by;
    const char *bytes;
    size_t n;
    const char *said;
} damage;

static const damage damages[] = {
    {false, "\x89HDF", 4, 0, 16, "\0\0", 2, "trees of 0 children"},
    {false, "\x89HDF", 4, 0, 13, "\3", 1, "2, 4 or 8"},
    {false, "\x89HDF", 4, 0, 40, "\xff\xff\xff\x7f", 4, "truncated"},
    {false, "\x89HDF", 4, 0, 64, "\0\0\0\x40", 4, "the file ends at"},
    {false, "TREE\0", 5, 0, 0, "TREX", 4, "TREE"},
    {false, "TREE\0", 5, 0, 5, "\7", 1, "begin"},
    {false, "TREE\0", 5, 0, 6, "\xff\xff", 2, "children"},
    {false, "SNOD", 4, 0, 6, "\xff", 1, "names; at most"},
    {false, "SNOD", 4, 0, 8, "\xff\xff", 2, "a name at"},
    {false, "SNOD", 4, 0, 24, "\5", 1, "unknown kind"},
    {false, "HEAP", 4, 0, 16, "\xf0\xff", 2, "leave"},
    {false, "HEAP", 4, 0, 24, "\xff\xff\xff", 3, "the file ends at"},
    {false, "TREE\1", 5, 0, 24, "\0\0\0\0", 4, "a chunk of 0 bytes"},
    {false, "TREE\1", 5, 0, 28, "\2", 1, "as it is stored"},
    {false, "TREE\1", 5, 0, 48, "\xff\xff\xff\x7f", 4, "the file ends at"},
    {false, "GCOL", 4, 0, 8, "\xff\xff\xff", 3, "the file ends at"},
    {false, "GCOL", 4, 0, 24, "\xff\xff", 2, "leaves its collection"},
    {false, "GCOL", 4, 0, 24, "\2", 1, "but 2 are kept"},
    {false, "GCOL", 4, 0, 16, "\x77", 1, "none of that number"},
    {false, "choice\0", 7, 0, 8, "\xff", 1, "leaves its compound"},
    {false, "title\0", 6, 0, 5, "x", 1, "name does not end"},
    {true, "OHDR", 4, 1, 8, "\x55", 1, "checksum"},
    {true, "FRHP", 4, 0, 20, "\x55", 1, "checksum"},
    {true, "FHDB", 4, 0, 40, "\x55", 1, "checksum"},
    {true, "BTHD", 4, 0, 12, "\x55", 1, "checksum"},
    {true, "BTLF", 4, 0, 8, "\x55", 1, "checksum"},
    {true, "GCOL", 4, 0, 24, "\2", 1, "but 2 are kept"},
};

static void each_damage_is_refused_with_its_byte(void **state)
{
    (void)state;
    sample samples[2] = {make_sample(false), make_sample(true)};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const damage *what = &damages[i];
        sample *from = &samples[what->newest ? 1 : 0];
        size_t at = find(from, what->mark, what->n_mark, what->k) + what->by;
        unsigned char kept[16];
        memcpy(kept, from->bytes + at, what->n);
        memcpy(from->bytes + at, what->bytes, what->n);
        const char *path = scratch_file("damaged.h5", from->bytes, from->n);
        ana_status status = check_all(from, path);
        if (status == ANA_OK || strstr(ana_last_error(), what->said) == NULL ||
            strstr(ana_last_error(), "byte ") == NULL) {
            fail_msg("damage %zu (%s): \"%s\"", i, what->said,
                     status == ANA_OK ? "accepted" : ana_last_error());
        }
        memcpy(from->bytes + at, kept, what->n);
    }
    free(samples[0].bytes);
    free(samples[1].bytes);
}

/* The numbers of Knuth's MMIX generator. */
static size_t below(uint64_t *seed, size_t n)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (size_t)(*seed >> 33) % n;
}

/* That nothing is read outside is the sanitizer's to say. */
static void random_damage_is_refused_or_harmless(void **state)
{
    (void)state;
    uint64_t seed = 5;
    size_t n_refused = 0;
    for (int newest = 0; newest < 2; newest++) {
        sample from = make_sample(newest == 1);
        unsigned char *mutant = malloc(from.n);
        assert_non_null(mutant);
        for (int i = 0; i < 1000; i++) {
            memcpy(mutant, from.bytes, from.n);
            for (int k = 0; k < 4; k++) {
                size_t at = below(&seed, from.n);
                while (mutant[at] == 0 && below(&seed, 50) > 0) {
                    at = below(&seed, from.n);
                }
                mutant[at] = (unsigned char)below(&seed, 256);
            }
            size_t n = below(&seed, 8) == 0 ? below(&seed, from.n) : from.n;
            n_refused += check_all(&from, scratch_file("mutant.h5", mutant, n)) != ANA_OK;
        }
        free(mutant);
        free(from.bytes);
    }
    assert_true(n_refused > 500);
}

static ana_status check_old(void *user)
{
    return check_all(user, scratch("old.h5"));
}

static ana_status check_new(void *user)
{
    return check_all(user, scratch("new.h5"));
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    sample from = make_sample(false);
    assert_true(check_each_allocation(check_old, &from, 0) > 20);
    free(from.bytes);
    from = make_sample(true);
    assert_true(check_each_allocation(check_new, &from, 0) > 20);
    free(from.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_hdf5_writes_is_accepted_old_and_new),
        cmocka_unit_test(each_damage_is_refused_with_its_byte),
        cmocka_unit_test(random_damage_is_refused_or_harmless),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
