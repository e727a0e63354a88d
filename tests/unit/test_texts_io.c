#include "support/build_mat.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/record_io.h>
#include <analysis/formats/texts_io.h>

#include <stdio.h>
#include <string.h>

static void check_texts(const char *location, size_t n_wanted, const char *const *wanted)
{
    size_t n = 0;
    char **texts = NULL;
    check_ok(ana_texts_read(location, NULL, &n, &texts));
    assert_int_equal(n, n_wanted);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(texts[i], wanted[i]);
    }
    ana_texts_free(n, texts);
}

static void the_last_column_of_texts_is_the_list(void **state)
{
    (void)state;
    static const char one[] = "ADAL\nADAR\n\"\"\nAVAL\n";
    static const char two[] = "000\tADAL\n001\tADAR\n";
    static const char table[] = "name,side,x\nADAL,l,1\nADAR,r,2\n";
    (void)scratch_file("one.txt", one, sizeof one - 1);
    (void)scratch_file("two.txt", two, sizeof two - 1);
    (void)scratch_file("table.csv", table, sizeof table - 1);
    check_texts(scratch("one.txt"), 4, (const char *const[]){"ADAL", "ADAR", "", "AVAL"});
    check_texts(scratch("two.txt"), 2, (const char *const[]){"ADAL", "ADAR"});
    check_texts(scratch("table.csv"), 2, (const char *const[]){"l", "r"});
}

static void a_cell_of_texts_is_a_list(void **state)
{
    (void)state;
    mat_builder b = {0};
    char location[256];
    mat_put_head(&b);
    const size_t at = mat_begin(&b, 1, 3, 1, "names");
    mat_put_text(&b, "", 16, "AVAL");
    mat_put_text(&b, "", 16, "AVAR");
    mat_put_text(&b, "", 16, "");
    mat_end(&b, at);
    mat_put_text(&b, "one", 16, "RIM");
    mat_put_numbers(&b, 6, "numbers", 1, 1, 1, 2, (const int64_t[]){1, 2});
    (void)scratch_file("names.mat", b.text.bytes, b.text.n);
    snprintf(location, sizeof location, "%s:names", scratch("names.mat"));
    check_texts(location, 3, (const char *const[]){"AVAL", "AVAR", ""});
    snprintf(location, sizeof location, "%s:one", scratch("names.mat"));
    check_texts(location, 1, (const char *const[]){"RIM"});
    size_t n = 0;
    char **texts = NULL;
    snprintf(location, sizeof location, "%s:numbers", scratch("names.mat"));
    check_fails(ana_texts_read(location, NULL, &n, &texts), ANA_ERR_FORMAT, "no list of texts");
    ana_text_release(&b.text);
}

static void what_is_no_list_of_texts_is_refused(void **state)
{
    (void)state;
    size_t n = 0;
    char **texts = NULL;
    (void)scratch_file("numbers.csv", "1,2\n3,4\n", 8);
    check_fails(ana_texts_read(scratch("numbers.csv"), NULL, &n, &texts), ANA_ERR_FORMAT,
                "no column of texts");
    check_fails(ana_texts_read(scratch("none.txt"), NULL, &n, &texts), ANA_ERR_IO, "none.txt");
    assert_null(texts);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    size_t n = 0;
    char **texts = NULL;
    (void)scratch_file("some.txt", "a\nb\n", 4);
    ALLOCATION_TEST(ana_texts_read, (scratch("some.txt"), NULL, &n, &texts),
                    ana_texts_free(n, texts));
}

static void a_dataset_of_texts_is_the_list(void **state)
{
    (void)state;
    static const char *const names[] = {"image 7", "", "bild \xc3\xa4"};
    const double numbers[] = {1.0, 2.0};
    ana_record *record = NULL;
    char location[512];
    size_t n = 0;
    char **texts = NULL;
    check_ok(ana_record_new(&record));
    check_ok(ana_record_add_texts(record, "names", 3, names));
    check_ok(ana_record_add_doubles(record, "numbers", ana_shape_1(2, NULL), numbers, NULL));
    check_ok(ana_record_write(record, scratch("names.h5")));
    snprintf(location, sizeof location, "%s:/names", scratch("names.h5"));
    check_texts(location, 3, names);
    ALLOCATION_TEST(ana_texts_read, (location, NULL, &n, &texts), ana_texts_free(n, texts));
    snprintf(location, sizeof location, "%s:/numbers", scratch("names.h5"));
    assert_int_not_equal(ana_texts_read(location, NULL, &n, &texts), ANA_OK);
    snprintf(location, sizeof location, "%s:/nothing", scratch("names.h5"));
    assert_int_not_equal(ana_texts_read(location, NULL, &n, &texts), ANA_OK);
    ana_record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dataset_of_texts_is_the_list),
        cmocka_unit_test(the_last_column_of_texts_is_the_list),
        cmocka_unit_test(a_cell_of_texts_is_a_list),
        cmocka_unit_test(what_is_no_list_of_texts_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
