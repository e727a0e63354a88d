/* Deflate, its limits, and ZIP archives. */
#include "archive.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"
#include "zip.h"

#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that pack somewhat: runs of irregular lengths. */
static unsigned char *make_bytes(uint64_t seed, size_t n)
{
    unsigned char *bytes = malloc(n + 1);
    assert_non_null(bytes);
    ana_random random = ana_random_stream(seed, "test", 0);
    size_t at = 0;
    while (at < n) {
        size_t run = 1 + (size_t)(ana_random_u64(&random) % 40);
        unsigned char value = (unsigned char)ana_random_u64(&random);
        for (size_t i = 0; i < run && at < n; i++) {
            bytes[at++] = value;
        }
    }
    return bytes;
}

static void crc_is_that_of_the_check_string(void **state)
{
    (void)state;
    /* The check value of CRC-32/ISO-HDLC. */
    assert_int_equal(ana_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(ana_crc32(ana_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(ana_crc32(0, "", 0), 0);
}

static void what_is_packed_unpacks_to_itself(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 7, 1000, 65536, 300001};
    for (size_t i = 0; i < 6; i++) {
        for (int form = 0; form < 2; form++) {
            size_t n = sizes[i];
            unsigned char *bytes = make_bytes(i, n);
            unsigned char *packed = NULL;
            size_t n_packed = 0;
            check_ok(ana_deflate(bytes, n, (ana_deflate_form)form, &packed, &n_packed));
            ana_file *file = NULL;
            check_ok(ana_file_from_memory("packed", packed, n_packed, &file));
            ana_inflater *inflater = NULL;
            check_ok(ana_inflater_new(file, 0, n_packed, (ana_deflate_form)form, &inflater));
            unsigned char *again = malloc(n + 1);
            assert_non_null(again);
            size_t done = 0;
            for (size_t step = 1; done < n; step = step * 3 + 1) {
                size_t piece = step < n - done ? step : n - done;
                check_ok(ana_inflater_read(inflater, piece, again + done));
                done += piece;
            }
            check_ok(ana_inflater_finish(inflater));
            assert_memory_equal(bytes, again, n);
            check_fails(ana_inflater_read(inflater, 1, again), ANA_ERR_FORMAT, "unpacks to");
            ana_inflater_free(inflater);
            ana_file_close(file);
            free(again);
            free(packed);
            free(bytes);
        }
    }
}

static ana_status unpack_all(const unsigned char *packed, size_t n_packed, size_t n,
                             unsigned char *out)
{
    ana_file *file = NULL;
    ana_inflater *inflater = NULL;
    ana_status status = ana_file_from_memory("packed", packed, n_packed, &file);
    if (status == ANA_OK) {
        status = ana_inflater_new(file, 0, n_packed, ANA_DEFLATE_ZLIB, &inflater);
    }
    if (status == ANA_OK) {
        status = ana_inflater_read(inflater, n, out);
    }
    if (status == ANA_OK) {
        status = ana_inflater_finish(inflater);
    }
    ana_inflater_free(inflater);
    ana_file_close(file);
    return status;
}

static void damage_is_found(void **state)
{
    (void)state;
    const size_t n = 5000;
    unsigned char *bytes = make_bytes(3, n);
    unsigned char *again = malloc(n);
    unsigned char *packed = NULL;
    size_t n_packed = 0;
    assert_non_null(again);
    check_ok(ana_deflate(bytes, n, ANA_DEFLATE_ZLIB, &packed, &n_packed));
    check_ok(unpack_all(packed, n_packed, n, again));
    check_fails(unpack_all(packed, n_packed / 2, n, again), ANA_ERR_FORMAT, "end too early");
    check_fails(unpack_all(packed, n_packed, n - 1, again), ANA_ERR_FORMAT, "more than");
    check_fails(unpack_all((const unsigned char *)"no deflate", 10, n, again), ANA_ERR_FORMAT,
                "damaged");
    packed[n_packed - 1] ^= 1; /* the checksum at the end */
    check_fails(unpack_all(packed, n_packed, n, again), ANA_ERR_FORMAT, "damaged");
    free(packed);
    free(again);
    free(bytes);
}

static void expansion_is_limited(void **state)
{
    (void)state;
    ana_run run = ana_run_default();
    check_ok(ana_check_expansion("x", &run, 1, ANA_FREE_EXPANSION));
    check_ok(ana_check_expansion("x", &run, 100000, 100000 * (uint64_t)ANA_MAX_RATIO));
    check_fails(ana_check_expansion("x", &run, 100000, 100001 * (uint64_t)ANA_MAX_RATIO),
                ANA_ERR_FORMAT, "believed");
    check_fails(ana_check_expansion("x", &run, 1, ANA_FREE_EXPANSION + 1), ANA_ERR_FORMAT,
                "believed");
    run.max_memory = 1000;
    check_fails(ana_check_expansion("x", &run, 900, 1001), ANA_ERR_LIMIT, "x");
}

/* An archive of three entries, the second packed. */
static ana_status write_archive(const char *path, const unsigned char *bytes, size_t n)
{
    ana_atomic atomic = {0};
    ana_zip_writer *writer = NULL;
    ana_status status = ana_atomic_open(path, &atomic);
    if (status == ANA_OK) {
        status = ana_zip_writer_new(&atomic, &writer);
    }
    static const char *const names[] = {"stored.bin", "packed \xc3\xa4.bin", "empty"};
    for (size_t i = 0; status == ANA_OK && i < 3; i++) {
        size_t wanted = i == 2 ? 0 : n;
        status = ana_zip_writer_begin(writer, names[i], wanted, i == 1);
        for (size_t at = 0; status == ANA_OK && at < wanted; at += 1000) {
            status =
                ana_zip_writer_add(writer, bytes + at, wanted - at < 1000 ? wanted - at : 1000);
        }
        if (status == ANA_OK) {
            status = ana_zip_writer_end(writer);
        }
    }
    if (status == ANA_OK) {
        status = ana_zip_writer_finish(writer);
    }
    if (status == ANA_OK) {
        status = ana_atomic_commit(&atomic);
    }
    ana_zip_writer_free(writer);
    ana_atomic_discard(&atomic);
    return status;
}

static ana_status read_archive(const ana_file *file, const unsigned char *bytes, size_t n)
{
    ana_zip *zip = NULL;
    ana_status status = ana_zip_open(file, &zip);
    for (size_t i = 0; status == ANA_OK && i < zip->n_entries; i++) {
        unsigned char *unpacked = NULL;
        status = ana_zip_read(zip, &zip->entries[i], NULL, &unpacked);
        if (status == ANA_OK && bytes != NULL) {
            assert_int_equal(zip->entries[i].n_bytes, i == 2 ? 0 : n);
            assert_memory_equal(unpacked, bytes, zip->entries[i].n_bytes);
        }
        free(unpacked);
        if (status == ANA_OK && !zip->entries[i].deflated) {
            status = ana_zip_verify(zip, &zip->entries[i]);
        }
        unsigned char head[10];
        size_t got = 0;
        if (status == ANA_OK) {
            status = ana_zip_read_head(zip, &zip->entries[i], sizeof head, head, &got);
        }
        if (status == ANA_OK && bytes != NULL) {
            assert_int_equal(got, i == 2 ? 0 : 10);
            assert_memory_equal(head, bytes, got);
        }
    }
    ana_zip_close(zip);
    return status;
}

enum {
    N = 12345
};

static void an_archive_reads_back(void **state)
{
    (void)state;
    unsigned char *bytes = make_bytes(9, N);
    const char *path = scratch("a.zip");
    check_ok(write_archive(path, bytes, N));
    ana_file *file = NULL;
    check_ok(ana_file_open(path, &file));
    check_ok(read_archive(file, bytes, N));
    ana_zip *zip = NULL;
    check_ok(ana_zip_open(file, &zip));
    assert_int_equal(zip->n_entries, 3);
    assert_non_null(ana_zip_find(zip, "packed \xc3\xa4.bin"));
    assert_true(ana_zip_find(zip, "packed \xc3\xa4.bin")->deflated);
    assert_null(ana_zip_find(zip, "missing"));
    ana_zip_close(zip);
    ana_file_close(file);
    free(bytes);
}

static void too_few_bytes_in_an_entry_are_an_error(void **state)
{
    (void)state;
    ana_atomic atomic = {0};
    ana_zip_writer *writer = NULL;
    check_ok(ana_atomic_open(scratch("few.zip"), &atomic));
    check_ok(ana_zip_writer_new(&atomic, &writer));
    check_ok(ana_zip_writer_begin(writer, "a", 10, false));
    check_ok(ana_zip_writer_add(writer, "12345", 5));
    check_fails(ana_zip_writer_end(writer), ANA_ERR_SHAPE, "announced with 10 bytes but has 5");
    ana_zip_writer_free(writer);
    ana_atomic_discard(&atomic);
}

/* The archive's bytes with `n` of them at `at` replaced. */
static void check_damaged(const unsigned char *archive, size_t n_archive, size_t at,
                          const char *bytes, size_t n, ana_status wanted, const char *piece)
{
    unsigned char *copy = malloc(n_archive);
    assert_non_null(copy);
    memcpy(copy, archive, n_archive);
    memcpy(copy + at, bytes, n);
    ana_file *file = NULL;
    check_ok(ana_file_from_memory("x.zip", copy, n_archive, &file));
    check_fails(read_archive(file, NULL, 0), wanted, piece);
    ana_file_close(file);
    free(copy);
}

static void lies_of_an_archive_are_refused(void **state)
{
    (void)state;
    unsigned char *bytes = make_bytes(9, N);
    const char *path = scratch("lies.zip");
    check_ok(write_archive(path, bytes, N));
    size_t n = 0;
    unsigned char *archive = read_bytes(path, &n);
    size_t central = 0;
    while (memcmp(archive + central, "PK\1\2", 4) != 0) {
        central++;
    }
    size_t first = 30 + 10 + 20; /* local header, name, zip64 part */
    check_damaged(archive, n, first, "?", 1, ANA_ERR_FORMAT, "checksum");
    check_damaged(archive, n, 0, "?", 1, ANA_ERR_FORMAT, "is not there");
    check_damaged(archive, n, central, "?", 1, ANA_ERR_FORMAT, "no entry");
    check_damaged(archive, n, central + 8, "\1", 1, ANA_ERR_UNSUPPORTED, "encrypted");
    check_damaged(archive, n, central + 10, "\16", 1, ANA_ERR_UNSUPPORTED, "method 14");
    check_damaged(archive, n, central + 28, "\xff", 1, ANA_ERR_FORMAT, "");
    check_damaged(archive, n, central + 46 + 10 + 4, "\xff\xff\xff\xff\xff", 5, ANA_ERR_FORMAT,
                  "two sizes");
    check_damaged(archive, n, n - 22, "?", 1, ANA_ERR_FORMAT, "no end record");
    check_damaged(archive, n, n - 6, "\xff\xff\xff\x7f", 4, ANA_ERR_FORMAT, "leaves the file");
    check_damaged(archive, n, n - 12, "\xf0\x7f", 2, ANA_ERR_FORMAT, "do not fit");
    check_damaged(archive, n, n - 18, "\1", 1, ANA_ERR_UNSUPPORTED, "volumes");
    /* Every shorter file is refused as well. */
    for (size_t keep = 0; keep < n; keep += 1 + n / 97) {
        ana_file *file = NULL;
        check_ok(ana_file_from_memory("x.zip", archive, keep, &file));
        check_fails(read_archive(file, NULL, 0), ANA_ERR_FORMAT, "x.zip");
        ana_file_close(file);
    }
    free(archive);
    free(bytes);
}

/* Whatever bytes change, reading ends with an answer: the sanitizers watch. */
static void mutated_archives_do_no_harm(void **state)
{
    (void)state;
    unsigned char *bytes = make_bytes(2, 300);
    const char *path = scratch("mutated.zip");
    check_ok(write_archive(path, bytes, 300));
    size_t n = 0;
    unsigned char *archive = read_bytes(path, &n);
    unsigned char *copy = malloc(n);
    assert_non_null(copy);
    ana_random random = ana_random_stream(11, "test", 1);
    size_t n_refused = 0;
    for (int round = 0; round < 3000; round++) {
        memcpy(copy, archive, n);
        size_t n_changes = 1 + (size_t)(ana_random_u64(&random) % 4);
        for (size_t i = 0; i < n_changes; i++) {
            copy[ana_random_below(&random, n)] = (unsigned char)ana_random_u64(&random);
        }
        ana_file *file = NULL;
        check_ok(ana_file_from_memory("x.zip", copy, n, &file));
        n_refused += read_archive(file, NULL, 0) != ANA_OK ? 1 : 0;
        ana_file_close(file);
    }
    assert_true(n_refused > 1000);
    free(copy);
    free(archive);
    free(bytes);
}

static ana_status write_and_read(void *user)
{
    const char *path = scratch("failing.zip");
    ana_status status = write_archive(path, user, N);
    ana_file *file = NULL;
    if (status == ANA_OK) {
        status = ana_file_open(path, &file);
    }
    if (status == ANA_OK) {
        status = read_archive(file, user, N);
    }
    ana_file_close(file);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    unsigned char *bytes = make_bytes(5, N);
    assert_true(check_each_allocation(write_and_read, bytes, 0) > 10);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_is_that_of_the_check_string),
        cmocka_unit_test(what_is_packed_unpacks_to_itself),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(expansion_is_limited),
        cmocka_unit_test(an_archive_reads_back),
        cmocka_unit_test(too_few_bytes_in_an_entry_are_an_error),
        cmocka_unit_test(lies_of_an_archive_are_refused),
        cmocka_unit_test(mutated_archives_do_no_harm),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
