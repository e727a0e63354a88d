#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/formats/record_io.h>
#include <analysis/random.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Each test works in a folder of its own that is removed afterwards. */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    memset(strcpy(folder, "record_io_123456") + 10, 'X', 6);
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char paths[4][160];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Every type, unit, hint and axis name; numbers that are hard to keep. */
static ana_record *make_record(uint64_t seed)
{
    ana_record *root = NULL;
    ana_record *fit = NULL;
    ana_record *figure = NULL;
    ana_random random = ana_random_stream(seed, "test", 0);
    double hard[6] = {0.1, -0.0, 5e-324, 1.7976931348623157e308, NAN, -INFINITY};
    double values[2 * 3 * 4];
    int64_t ints[5] = {INT64_MIN, INT64_MAX, 0, -1, 7};
    const char *texts[3] = {"", "µV \"quoted\" \\ \n\t\x01", "ends in blanks  "};
    for (size_t i = 0; i < 24; i++) {
        values[i] = ana_random_normal(&random) * pow(10.0, 40.0 * ana_random_uniform(&random) - 20);
    }
    values[3] = INFINITY;
    values[17] = -INFINITY;
    values[18] = -INFINITY;
    values[20] = NAN;
    check_ok(ana_record_new(&root));
    check_ok(ana_record_add_text(root, "title", "A record"));
    check_ok(ana_record_add_group(root, "fit", ANA_HINT_NONE, &fit));
    check_ok(ana_record_add_bool(fit, "converged", true));
    check_ok(ana_record_add_bool(fit, "$odd", false));
    check_ok(ana_record_add_int(fit, "n_states", 3, NULL));
    check_ok(ana_record_add_int(fit, "lag", -9007199254740993, "ms"));
    for (size_t i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "hard%zu", i);
        check_ok(ana_record_add_double(fit, name, hard[i], i % 2 ? "Hz" : NULL));
    }
    check_ok(ana_record_add_double(fit, "whole", 4.0, NULL));
    ana_shape cube = {3, {2, 3, 4}, {"state", NULL, "time"}};
    check_ok(ana_record_add_doubles(fit, "rates", cube, values, "Hz"));
    check_ok(ana_record_add_ints(fit, "codes", ana_shape_1(5, NULL), ints, NULL));
    check_ok(ana_record_add_doubles(fit, "none", ana_shape_2(0, "a", 3, "b"), values, NULL));
    check_ok(ana_record_add_group(root, "z before a", ANA_HINT_LINE, &figure));
    check_ok(ana_record_add_doubles(figure, "y", ana_shape_1(6, "time"), hard, "uV"));
    check_ok(ana_record_add_texts(figure, "labels", 3, texts));
    check_ok(ana_record_add_texts(figure, "no texts", 0, NULL));
    check_ok(ana_record_add_group(root, "a", ANA_HINT_TABLE, NULL));
    return root;
}

static const char *const forms[] = {"record.h5", "record.json", "record"};

static void check_equal(const ana_record *a, const ana_record *b)
{
    char where[256] = "";
    if (!ana_record_equal(a, b, where, sizeof where)) {
        print_error("differ at %s\n", where);
        fail();
    }
}

static void every_form_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ana_record *record = make_record(7 + i);
        ana_record *back = NULL;
        check_ok(ana_record_write(record, in_folder(forms[i])));
        check_ok(ana_record_read(in_folder(forms[i]), &back));
        check_equal(record, back);
        ana_record_free(back);
        ana_record_free(record);
    }
}

static char *file_bytes(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = calloc(1, 1 << 20);
    *n = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void equal_records_give_equal_bytes(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"a.h5", "b.h5"},
                                           {"a.json", "b.json"},
                                           {"a/result.json", "b/result.json"},
                                           {"a/fit.rates.npy", "b/fit.rates.npy"}};
    static const char *const outputs[] = {"a.h5", "b.h5", "a.json", "b.json", "a", "b"};
    for (size_t i = 0; i < 6; i++) {
        ana_record *record = make_record(3);
        check_ok(ana_record_write(record, in_folder(outputs[i])));
        ana_record_free(record);
    }
    for (size_t i = 0; i < 4; i++) {
        size_t n[2];
        char *bytes[2];
        for (int k = 0; k < 2; k++) {
            bytes[k] = file_bytes(in_folder(pairs[i][k]), &n[k]);
        }
        assert_int_equal(n[0], n[1]);
        assert_memory_equal(bytes[0], bytes[1], n[0]);
        free(bytes[0]);
        free(bytes[1]);
    }
}

static void json_reads_as_its_comment_says(void **state)
{
    (void)state;
    ana_record *root = NULL;
    ana_record *group = NULL;
    char *json = NULL;
    const double values[4] = {1.0, NAN, INFINITY, 0.1};
    check_ok(ana_record_new(&root));
    check_ok(ana_record_add_double(root, "half", 0.5, NULL));
    check_ok(ana_record_add_double(root, "rate", 30.0, "Hz"));
    check_ok(ana_record_add_group(root, "g", ANA_HINT_LINE, &group));
    check_ok(ana_record_add_doubles(group, "y", ana_shape_2(2, "l", 2, "t"), values, "s"));
    check_ok(ana_record_to_json(root, &json));
    assert_string_equal(json,
                        "{\n  \"$schema\": \"libanalysis record 1\",\n  \"half\": 0.5,\n"
                        "  \"rate\": {\"$type\": \"double\", \"value\": 30.0, \"unit\": \"Hz\"},\n"
                        "  \"g\": {\n    \"$hint\": \"line\",\n"
                        "    \"y\": {\"$type\": \"doubles\", \"shape\": [2, 2], "
                        "\"axes\": [\"l\", \"t\"], \"unit\": \"s\", \"values\": [\n"
                        "      [1.0, null],\n      [null, 0.1]], "
                        "\"nonfinite\": {\"inf\": [2]}}\n  }\n}\n");
    free(json);
    ana_record_free(root);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void what_is_no_record_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *piece;
    } cases[] = {
        {"", "neither HDF5, nor JSON"},
        {"{\"$schema\": \"libanalysis record 1\",\n \"a\": }", "line 2"},
        {"{}", "is no record"},
        {"[1]", "is no record"},
        {"{\"$schema\": \"libanalysis record 2\"}", "is no record"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": null}", "\"a\": is null"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": 1, \"a\": 2}", "duplicate"},
        {"{\"$schema\": \"libanalysis record 1\", \"a/b\": 1}", "'/'"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": [1]}", "texts alone"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"cube\"}}", "$type"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"int\", \"value\": 0.5}}",
         "\"value\""},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"double\"}}", "\"value\""},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"ints\", \"values\": []}}",
         "\"shape\""},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"ints\", \"shape\": [2], "
         "\"values\": [1]}}",
         "\"shape\""},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"ints\", \"shape\": [-1], "
         "\"values\": [1]}}",
         "size"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"ints\", \"shape\": "
         "[4000000000, 4000000000, 4000000000], \"values\": []}}",
         "size"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"doubles\", \"shape\": "
         "[4000000000], \"values\": []}}",
         "more elements"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"ints\", \"shape\": [1], "
         "\"values\": [0.5]}}",
         "no integer"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"doubles\", \"shape\": [1], "
         "\"values\": [\"x\"]}}",
         "no number"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"doubles\", \"shape\": [1], "
         "\"values\": [null], \"nonfinite\": {\"inf\": [1]}}}",
         "outside"},
        {"{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"doubles\", \"shape\": [1], "
         "\"file\": \"a.npy\"}}",
         "folder"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ana_record *record = NULL;
        write_text(in_folder("bad.json"), cases[i].json);
        ana_status status = ana_record_read(in_folder("bad.json"), &record);
        assert_true(status == ANA_ERR_FORMAT || status == ANA_ERR_VALUE);
        if (strstr(ana_last_error(), cases[i].piece) == NULL) {
            fail_msg("%s: \"%s\"", cases[i].json, ana_last_error());
        }
        assert_null(record);
    }
}

static void groups_nested_without_end_are_refused(void **state)
{
    (void)state;
    char text[20000] = "{\"$schema\": \"libanalysis record 1\"";
    for (int i = 0; i < 1500; i++) {
        strcat(text, ",\"a\":{");
        text[strlen(text) - 6] = i == 0 ? ',' : ' ';
    }
    for (int i = 0; i < 1501; i++) {
        strcat(text, "}");
    }
    ana_record *record = NULL;
    write_text(in_folder("deep.json"), text);
    check_fails(ana_record_read(in_folder("deep.json"), &record), ANA_ERR_VALUE, "deep");
}

static void a_folder_names_files_beside_it_only(void **state)
{
    (void)state;
    static const char *const names[] = {"../secret.npy", "/etc/passwd", "missing.npy", ""};
    check_ok(mkdir(in_folder("r"), 0777) == 0 ? ANA_OK : ANA_ERR_IO);
    for (size_t i = 0; i < 4; i++) {
        char json[300];
        ana_record *record = NULL;
        snprintf(json, sizeof json,
                 "{\"$schema\": \"libanalysis record 1\", \"a\": {\"$type\": \"doubles\", "
                 "\"shape\": [1], \"file\": \"%s\"}}",
                 names[i]);
        write_text(in_folder("r/result.json"), json);
        ana_status status = ana_record_read(in_folder("r"), &record);
        assert_true(status == ANA_ERR_FORMAT || status == ANA_ERR_IO);
        assert_non_null(strstr(ana_last_error(), "result.json"));
    }
}

static void an_array_file_of_another_shape_is_refused(void **state)
{
    (void)state;
    ana_record *record = make_record(1);
    ana_record *back = NULL;
    check_ok(ana_record_write(record, in_folder("r")));
    check_ok(rename(in_folder("r/fit.codes.npy"), in_folder("r/fit.rates.npy")) == 0 ? ANA_OK
                                                                                     : ANA_ERR_IO);
    check_fails(ana_record_read(in_folder("r"), &back), ANA_ERR_FORMAT, "fit.rates.npy");
    ana_record_free(record);
}

static void names_that_no_file_may_have_do_not_collide_in_a_folder(void **state)
{
    (void)state;
    ana_record *root = NULL;
    ana_record *group = NULL;
    ana_record *back = NULL;
    const double one = 1.0;
    const double two = 2.0;
    check_ok(ana_record_new(&root));
    check_ok(ana_record_add_doubles(root, "..", ana_shape_1(1, NULL), &one, NULL));
    check_ok(ana_record_add_doubles(root, "a.b", ana_shape_1(1, NULL), &one, NULL));
    check_ok(ana_record_add_group(root, "a", ANA_HINT_NONE, &group));
    check_ok(ana_record_add_doubles(group, "b", ana_shape_1(1, NULL), &two, NULL));
    check_ok(ana_record_add_doubles(group, "b ", ana_shape_1(1, NULL), &two, NULL));
    check_ok(ana_record_write(root, in_folder("r")));
    check_ok(ana_record_read(in_folder("r"), &back));
    check_equal(root, back);
    ana_record_free(back);
    ana_record_free(root);
}

static void a_second_write_replaces_the_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ana_record *first = make_record(1);
        ana_record *second = make_record(2);
        ana_record *back = NULL;
        check_ok(ana_record_write(first, in_folder(forms[i])));
        check_ok(ana_record_write(second, in_folder(forms[i])));
        check_ok(ana_record_read(in_folder(forms[i]), &back));
        check_equal(second, back);
        ana_record_free(back);
        ana_record_free(second);
        ana_record_free(first);
    }
    char command[160];
    snprintf(command, sizeof command, "test $(ls %s | wc -l) -eq 3", folder);
    assert_int_equal(system(command), 0); /* nothing else is left behind */
}

/* A folder with a file in it, last touched so many seconds ago. */
static void leave_folder(const char *name, const char *file, time_t ago)
{
    char path[128];
    const struct timespec times[2] = {{time(NULL) - ago, 0}, {time(NULL) - ago, 0}};
    assert_int_equal(mkdir(in_folder(name), 0777), 0);
    snprintf(path, sizeof path, "%s/%s", name, file);
    write_text(in_folder(path), "left behind");
    assert_int_equal(utimensat(AT_FDCWD, in_folder(name), times, 0), 0);
}

static bool is_there(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

/* Process numbers end at 2^22, so those are dead; 1 is alive. */
static void what_a_dead_process_left_is_removed(void **state)
{
    (void)state;
    ana_record *record = make_record(1);
    const time_t day = 86400;
    leave_folder("r.99999999.tmp", "a.npy", day);
    leave_folder("r.99999998.tmp", "b.npy.99999998.0.tmp", day);
    leave_folder("r.99999997.tmp", "a.npy", 60);   /* not for long */
    leave_folder("r.99999996.tmp", "notes", day);  /* not ours */
    leave_folder("r.1.tmp", "a.npy", day);         /* being written */
    leave_folder("rr.99999999.tmp", "a.npy", day); /* another record's */
    leave_folder("r.99999999.tmp.old", "a.npy", day);
    leave_folder("r", "a.npy", 0);
    check_ok(ana_record_write(record, in_folder("r")));
    assert_false(is_there("r.99999999.tmp") || is_there("r.99999998.tmp") ||
                 is_there("r.99999999.tmp.old"));
    assert_true(is_there("r.99999997.tmp/a.npy") && is_there("r.99999996.tmp/notes") &&
                is_there("r.1.tmp/a.npy") && is_there("rr.99999999.tmp/a.npy"));
    assert_true(is_there("r/result.json") && !is_there("r/a.npy"));
    ana_record_free(record);
}

/* Killed between the two renames: the old record is put back, and stays when the write fails. */
static void a_record_that_was_put_aside_comes_back(void **state)
{
    (void)state;
    leave_folder("r.99999999.tmp.old", "result.json", 86400);
    ana_record *record = make_record(1);
    char blocked[64];
    snprintf(blocked, sizeof blocked, "r.%ld.tmp", (long)getpid());
    write_text(in_folder(blocked), "in the way");
    check_fails(ana_record_write(record, in_folder("r")), ANA_ERR_IO, "cannot be written");
    assert_true(is_there("r/result.json"));
    assert_false(is_there("r.99999999.tmp.old"));
    ana_record_free(record);
}

static void a_folder_that_holds_something_else_is_not_replaced(void **state)
{
    (void)state;
    ana_record *record = make_record(1);
    check_ok(mkdir(in_folder("mine"), 0777) == 0 ? ANA_OK : ANA_ERR_IO);
    write_text(in_folder("mine/notes.txt"), "keep me");
    check_fails(ana_record_write(record, in_folder("mine")), ANA_ERR_IO, "not a folder");
    write_text(in_folder("plain"), "keep me");
    check_fails(ana_record_write(record, in_folder("plain")), ANA_ERR_IO, "not a folder");
    assert_int_equal(access(in_folder("mine/notes.txt"), F_OK), 0);
    ana_record_free(record);
}

static void a_full_disk_is_an_error_and_the_old_file_is_intact(void **state)
{
    (void)state;
    struct rlimit old;
    ana_record *record = make_record(1);
    ana_record *large = NULL;
    double *zeros = calloc(1 << 17, sizeof *zeros);
    check_ok(ana_record_new(&large));
    check_ok(ana_record_add_doubles(large, "x", ana_shape_1(1 << 17, NULL), zeros, NULL));
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < 3; i++) {
        ana_record *back = NULL;
        check_ok(ana_record_write(record, in_folder(forms[i])));
        struct rlimit limit = {.rlim_cur = 100000, .rlim_max = old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        ana_status status = ana_record_write(large, in_folder(forms[i]));
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(status, ANA_ERR_IO);
        check_ok(ana_record_read(in_folder(forms[i]), &back));
        check_equal(record, back);
        ana_record_free(back);
    }
    char command[160];
    snprintf(command, sizeof command, "test $(ls %s | wc -l) -eq 3", folder);
    assert_int_equal(system(command), 0);
    free(zeros);
    ana_record_free(large);
    ana_record_free(record);
}

static void a_missing_folder_and_an_unknown_ending_are_errors(void **state)
{
    (void)state;
    ana_record *record = make_record(1);
    check_fails(ana_record_write(record, in_folder("no/such.h5")), ANA_ERR_IO, "no/such.h5");
    check_fails(ana_record_write(record, in_folder("no/such.json")), ANA_ERR_IO, "no/such.json");
    check_fails(ana_record_write(record, in_folder("no/such")), ANA_ERR_IO, "no/such");
    check_fails(ana_record_write(record, in_folder("a.xlsx")), ANA_ERR_UNSUPPORTED, ".xlsx");
    check_fails(ana_record_write(record->children[0], in_folder("a.h5")), ANA_ERR_VALUE, "group");
    check_fails(ana_record_write(record->children[0], in_folder("a.json")), ANA_ERR_VALUE, "group");
    ana_record *back = NULL;
    check_fails(ana_record_read(in_folder("none.h5"), &back), ANA_ERR_IO, "none.h5");
    ana_record_free(record);
}

static void text_that_is_not_utf8_is_refused_before_it_is_saved(void **state)
{
    (void)state;
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    check_ok(ana_record_add_text(root, "unit", "\xb5V"));
    for (size_t i = 0; i < 3; i++) {
        check_fails(ana_record_write(root, in_folder(forms[i])), ANA_ERR_VALUE, "UTF-8");
        assert_int_not_equal(access(in_folder(forms[i]), F_OK), 0);
    }
    ana_record_free(root);
}

static void each_failing_allocation_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    ana_record *record = make_record(5);
    ana_record *back = NULL;
    char *json = NULL;
    char hex[65];
    size_t size = 0;
    for (size_t i = 0; i < 3; i++) {
        ALLOCATION_TEST(ana_record_write, (record, in_folder(forms[i])), (void)0);
        ALLOCATION_TEST(ana_record_read, (in_folder(forms[i]), &back), ana_record_free(back));
    }
    ALLOCATION_TEST(ana_record_to_json, (record, &json), free(json));
    ALLOCATION_TEST(ana_file_digest, (in_folder("record.json"), hex, &size), (void)0);
    char command[160];
    snprintf(command, sizeof command, "test $(ls %s | wc -l) -eq 3", folder);
    assert_int_equal(system(command), 0);
    ana_record_free(record);
}

static void the_digest_is_that_of_the_published_vectors(void **state)
{
    (void)state;
    char hex[65];
    size_t size = 99;
    write_text(in_folder("empty"), "");
    check_ok(ana_file_digest(in_folder("empty"), hex, &size));
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(size, 0);
    write_text(in_folder("abc"), "abc"); /* FIPS 180-2, appendix B.1 */
    check_ok(ana_file_digest(in_folder("abc"), hex, &size));
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(size, 3);
    FILE *file = fopen(in_folder("million"), "wb"); /* appendix B.3: a million times "a" */
    for (int i = 0; i < 1000000; i++) {
        fputc('a', file);
    }
    fclose(file);
    check_ok(ana_file_digest(in_folder("million"), hex, &size));
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    check_fails(ana_file_digest(in_folder("none"), hex, &size), ANA_ERR_IO, "none");
    check_fails(ana_file_digest(folder, hex, &size), ANA_ERR_IO, "folder");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(every_form_reads_back_to_the_same_bits),
        TEST(equal_records_give_equal_bytes),
        TEST(json_reads_as_its_comment_says),
        TEST(what_is_no_record_is_refused_with_the_reason),
        TEST(groups_nested_without_end_are_refused),
        TEST(a_folder_names_files_beside_it_only),
        TEST(an_array_file_of_another_shape_is_refused),
        TEST(names_that_no_file_may_have_do_not_collide_in_a_folder),
        TEST(a_second_write_replaces_the_first),
        TEST(what_a_dead_process_left_is_removed),
        TEST(a_record_that_was_put_aside_comes_back),
        TEST(a_folder_that_holds_something_else_is_not_replaced),
        TEST(a_full_disk_is_an_error_and_the_old_file_is_intact),
        TEST(a_missing_folder_and_an_unknown_ending_are_errors),
        TEST(text_that_is_not_utf8_is_refused_before_it_is_saved),
        TEST(each_failing_allocation_is_reported_and_leaves_nothing),
        TEST(the_digest_is_that_of_the_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
