#include "calendar.h"
#include "file.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/formats/files.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder with the file "a" of the ten digits. */
typedef struct fixture {
    char folder[64];
    char path[128];
} fixture;

static void write_text(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    assert_int_equal(fclose(stream), 0);
}

static void check_text(const char *path, const char *wanted)
{
    char *text = NULL;
    size_t n = 0;
    check_ok(ana_file_read_all(path, 1000, &text, &n));
    assert_string_equal(text, wanted);
    assert_int_equal(n, strlen(wanted));
    free(text);
}

static size_t count_files(const char *folder)
{
    size_t n = 0;
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        n += entry->d_name[0] != '.' ? 1 : 0;
    }
    closedir(open);
    return n;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/test_file_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/a", f->folder);
    write_text(f->path, "0123456789");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char path[160];
    const char *const names[] = {"a", "b", "link", "pipe", "inner/c", "inner"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        remove(path);
    }
    int failed = rmdir(f->folder); /* nothing else was left behind */
    free(f);
    return failed;
}

static void a_file_is_read_by_position(void **state)
{
    fixture *f = *state;
    ana_file *file = NULL;
    char bytes[4] = {0};
    check_ok(ana_file_open(f->path, &file));
    assert_string_equal(ana_file_name(file), f->path);
    assert_int_equal(ana_file_size(file), 10);
    check_ok(ana_file_read(file, 7, 3, bytes));
    assert_memory_equal(bytes, "789", 3);
    check_ok(ana_file_read(file, 10, 0, bytes));
    check_fails(ana_file_read(file, 8, 3, bytes), ANA_ERR_FORMAT,
                "ends at byte 10, but 3 bytes from byte 8 are needed");
    check_fails(ana_file_read(file, UINT64_MAX, 2, bytes), ANA_ERR_FORMAT, "ends at byte 10");
    check_fails(ana_file_read(file, 5, SIZE_MAX, bytes), ANA_ERR_FORMAT, "ends at byte 10");
    ana_file *shared = ana_file_share(file);
    ana_file_close(file);
    check_ok(ana_file_read(shared, 0, 1, bytes)); /* the other owner still reads */
    ana_file_close(shared);
    ana_file_close(NULL);
}

static void bytes_in_memory_are_read_like_a_file(void **state)
{
    (void)state;
    ana_file *file = NULL;
    char bytes[3] = {0};
    check_ok(ana_file_from_memory("memory", "abcdef", 6, &file));
    check_ok(ana_file_read(file, 2, 3, bytes));
    assert_memory_equal(bytes, "cde", 3);
    check_fails(ana_file_read(file, 4, 3, bytes), ANA_ERR_FORMAT, "memory: ends at byte 6");
    ana_file_close(file);
}

static void only_regular_files_are_opened(void **state)
{
    fixture *f = *state;
    ana_file *file = NULL;
    char path[160];
    check_fails(ana_file_open("/nowhere/at/all", &file), ANA_ERR_IO, "No such file");
    check_fails(ana_file_open(f->folder, &file), ANA_ERR_IO, "is a folder");
    snprintf(path, sizeof path, "%s/pipe", f->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_fails(ana_file_open(path, &file), ANA_ERR_IO, "a device or pipe"); /* and does not wait */
    check_fails(ana_file_open("/dev/zero", &file), ANA_ERR_IO, "a device or pipe");
}

static void a_whole_file_is_read_up_to_a_limit(void **state)
{
    fixture *f = *state;
    char *text = NULL;
    size_t n = 0;
    check_text(f->path, "0123456789");
    check_ok(ana_file_read_all(f->path, 10, &text, &n));
    free(text);
    check_fails(ana_file_read_all(f->path, 9, &text, &n), ANA_ERR_LIMIT, "has 10 bytes");
}

static void a_companion_stays_in_its_folder(void **state)
{
    fixture *f = *state;
    char path[160];
    char *found = NULL;
    snprintf(path, sizeof path, "%s/inner", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/inner/c", f->folder);
    write_text(path, "c");
    check_ok(ana_file_companion(f->path, "inner/c", false, &found));
    assert_string_equal(found, path);
    free(found);
    check_fails(ana_file_companion(path, "../a", false, &found), ANA_ERR_FORMAT,
                "leaves its folder");
    check_fails(ana_file_companion(path, "x/../c", false, &found), ANA_ERR_FORMAT,
                "leaves its folder");
    check_fails(ana_file_companion(path, "/etc/passwd", false, &found), ANA_ERR_FORMAT,
                "leaves its folder");
    check_fails(ana_file_companion(path, "", false, &found), ANA_ERR_FORMAT, "without a name");
    check_fails(ana_file_companion(f->path, "none", false, &found), ANA_ERR_IO, "No such file");
    check_ok(ana_file_companion(path, "../a", true, &found));
    free(found);
    snprintf(path, sizeof path, "%s/link", f->folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    check_fails(ana_file_companion(f->path, "link", false, &found), ANA_ERR_FORMAT,
                "a link that leaves");
    check_ok(ana_file_companion(f->path, "link", true, &found));
    free(found);
}

static void a_name_with_two_points_in_it_does_not_climb(void **state)
{
    fixture *f = *state;
    char *found = NULL;
    check_fails(ana_file_companion(f->path, "a..b", false, &found), ANA_ERR_IO, "No such file");
    check_fails(ana_file_companion(f->path, "..b", false, &found), ANA_ERR_IO, "No such file");
    check_fails(ana_file_companion(f->path, "..", false, &found), ANA_ERR_FORMAT, "leaves");
}

static void an_output_appears_only_when_committed(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    check_ok(ana_atomic_open(f->path, &atomic));
    check_ok(ana_atomic_write(&atomic, "new", 3));
    check_text(f->path, "0123456789");
    check_ok(ana_atomic_commit(&atomic));
    check_text(f->path, "new");
    ana_atomic_discard(&atomic); /* harmless */
    assert_int_equal(count_files(f->folder), 1);
}

static void a_discarded_output_leaves_the_old_file(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    check_ok(ana_atomic_open(f->path, &atomic));
    check_ok(ana_atomic_write(&atomic, "new", 3));
    assert_int_equal(count_files(f->folder), 2);
    ana_atomic_discard(&atomic);
    check_text(f->path, "0123456789");
    assert_int_equal(count_files(f->folder), 1);
}

static void a_reserved_name_is_written_by_others(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    check_ok(ana_atomic_reserve(f->path, &atomic));
    assert_null(atomic.stream);
    write_text(atomic.temporary_path, "by name");
    check_ok(ana_atomic_commit(&atomic));
    check_text(f->path, "by name");
}

static void a_signal_handler_can_remove_what_is_being_written(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    check_ok(ana_atomic_open(f->path, &atomic));
    char *name = atomic.temporary_path;
    ana_files_abandon();
    assert_int_equal(count_files(f->folder), 1);
    check_fails(ana_atomic_commit(&atomic), ANA_ERR_IO, "cannot be replaced");
    check_text(f->path, "0123456789");
    free(name); /* a real handler ends the process; the name was given up to it */
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    check_fails(ana_atomic_open("/dev/null", &atomic), ANA_ERR_IO, "not a regular file");
    check_fails(ana_atomic_reserve(f->folder, &atomic), ANA_ERR_IO, "not a regular file");
    check_fails(ana_atomic_open("/nowhere/at/all", &atomic), ANA_ERR_IO, "No such file");
}

static void a_link_is_followed_and_a_mode_kept(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    char path[160];
    struct stat status;
    snprintf(path, sizeof path, "%s/link", f->folder);
    assert_int_equal(symlink("a", path), 0);
    assert_int_equal(chmod(f->path, 0640), 0);
    check_ok(ana_atomic_open(path, &atomic));
    check_ok(ana_atomic_write(&atomic, "through", 7));
    check_ok(ana_atomic_commit(&atomic));
    check_text(f->path, "through");
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    fixture *f = *state;
    ana_atomic atomic = {0};
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    const struct rlimit small = {1 << 16, old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static const char block[1 << 12];
    check_ok(ana_atomic_open(f->path, &atomic));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    ana_status status = ANA_OK;
    for (int i = 0; i < 64 && status == ANA_OK; i++) {
        status = ana_atomic_write(&atomic, block, sizeof block);
    }
    status = status == ANA_OK ? ana_atomic_commit(&atomic) : status;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    check_fails(status, ANA_ERR_IO, "cannot be written: File too large");
    ana_atomic_discard(&atomic);
    check_text(f->path, "0123456789");
    assert_int_equal(count_files(f->folder), 1);
}

static ana_status use_files(void *user)
{
    const fixture *f = user;
    ana_file *file = NULL;
    ana_atomic atomic = {0};
    char *text = NULL;
    size_t n = 0;
    ana_status status = ana_file_open(f->path, &file);
    ana_file_close(file);
    if (status == ANA_OK) {
        status = ana_file_read_all(f->path, 100, &text, &n);
        free(text);
        text = NULL;
    }
    if (status == ANA_OK) {
        status = ana_file_companion(f->path, "a", false, &text);
        free(text);
    }
    if (status == ANA_OK) {
        status = ana_atomic_open(f->path, &atomic);
    }
    if (status == ANA_OK) {
        status = ana_atomic_commit(&atomic);
    }
    return status;
}

static void each_failed_allocation_leaves_nothing_behind(void **state)
{
    assert_true(check_each_allocation(use_files, *state, 0) > 8);
}

static void moments_count_the_days_of_the_calendar(void **state)
{
    (void)state;
    ana_moment moment = {1, 1, 1, 0, 0, 0, 0};
    assert_true(ana_moment_to_microseconds(&moment) == 0);
    moment = (ana_moment){1970, 1, 1, 0, 0, 0, 0};
    assert_true(ana_moment_to_microseconds(&moment) == 719162LL * 86400 * 1000000);
    moment = (ana_moment){2000, 2, 29, 23, 59, 59, 999999};
    assert_true(ana_moment_is_valid(&moment));
    ana_moment back = ana_moment_from_microseconds(ana_moment_to_microseconds(&moment) + 1);
    assert_int_equal(back.month, 3);
    assert_int_equal(back.day, 1);
    assert_int_equal(back.hour, 0);
    moment.year = 1900;
    assert_false(ana_moment_is_valid(&moment));
    for (int64_t day = 0; day < 3652059; day += 367) { /* up to the end of year 9999 */
        back = ana_moment_from_microseconds(day * 86400000000LL + 12345);
        assert_true(ana_moment_is_valid(&back));
        assert_true(ana_moment_to_microseconds(&back) == day * 86400000000LL + 12345);
    }
}

static void dates_are_read_and_written(void **state)
{
    (void)state;
    ana_moment moment;
    const char *zone = NULL;
    char text[32];
    assert_true(ana_moment_from_iso("2013-11-13T16:14:03.794232+01:00", &moment, &zone));
    assert_string_equal(zone, "+01:00");
    ana_moment_to_iso(&moment, text);
    assert_string_equal(text, "2013-11-13T16:14:03.794232");
    ana_moment_to_stamp(&moment, text);
    assert_string_equal(text, "20131113161403794232");
    assert_true(ana_moment_from_stamp(text, &moment));
    assert_int_equal(moment.microsecond, 794232);
    assert_true(ana_moment_from_iso("1999-12-31 23:59", &moment, &zone));
    assert_true(ana_moment_from_iso("1999-12-31", &moment, NULL));
    ana_moment_to_iso(&moment, text);
    assert_string_equal(text, "1999-12-31T00:00:00");
    assert_true(ana_moment_from_iso("2020-01-01T00:00:00.5Z", &moment, &zone));
    assert_int_equal(moment.microsecond, 500000);
    const char *const wrong[] = {"",
                                 "x",
                                 "2013-13-01",
                                 "2013-02-29",
                                 "13-01-01",
                                 "2013-01-01T",
                                 "2013-01-01Tx",
                                 "2013-01-01T25:00",
                                 "2013-01-01 noon"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(ana_moment_from_iso(wrong[i], &moment, NULL));
    }
    assert_false(ana_moment_from_stamp("00000000000000000000", &moment));
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_file_is_read_by_position),
        cmocka_unit_test(bytes_in_memory_are_read_like_a_file),
        WITH_FOLDER(only_regular_files_are_opened),
        WITH_FOLDER(a_whole_file_is_read_up_to_a_limit),
        WITH_FOLDER(a_companion_stays_in_its_folder),
        WITH_FOLDER(a_name_with_two_points_in_it_does_not_climb),
        WITH_FOLDER(an_output_appears_only_when_committed),
        WITH_FOLDER(a_discarded_output_leaves_the_old_file),
        WITH_FOLDER(a_reserved_name_is_written_by_others),
        WITH_FOLDER(a_signal_handler_can_remove_what_is_being_written),
        WITH_FOLDER(what_is_no_regular_file_is_not_replaced),
        WITH_FOLDER(a_link_is_followed_and_a_mode_kept),
        WITH_FOLDER(a_full_disk_leaves_the_old_file),
        WITH_FOLDER(each_failed_allocation_leaves_nothing_behind),
        cmocka_unit_test(moments_count_the_days_of_the_calendar),
        cmocka_unit_test(dates_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
