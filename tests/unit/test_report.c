#include "png.h"
#include "report_parts.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/sample_records.h"
#include "support/scratch.h"
#include "support/svg_check.h"

#include <analysis/formats/report.h>

#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *html_of(size_t n, const ana_record *const *records, const ana_report_options *options)
{
    char *html = NULL;
    char reason[300] = "";
    check_ok(ana_report_html(n, records, options, &html));
    if (!is_well_formed(html, reason, sizeof reason)) {
        fail_msg("%s", reason);
    }
    return html;
}

static size_t count(const char *text, const char *piece)
{
    size_t n = 0;
    for (const char *at = strstr(text, piece); at != NULL; at = strstr(at + 1, piece)) {
        n++;
    }
    return n;
}

static void the_policy_names_the_style_sheet_by_its_hash(void **state)
{
    (void)state;
    ana_text style = {0};
    unsigned char digest[32];
    unsigned n = 0;
    ana_report_append_style(&style);
    assert_int_equal(EVP_Digest(style.bytes, style.n, digest, &n, EVP_sha256(), NULL), 1);
    ana_text hash = {0};
    ana_base64_append(&hash, digest, n);
    assert_string_equal(ana_report_style_hash, hash.bytes);
    assert_null(strchr(style.bytes, '<'));
    assert_null(strstr(style.bytes, "url("));
    assert_null(strstr(style.bytes, "@import"));
    ana_text_release(&hash);
    ana_text_release(&style);
}

static void a_report_holds_everything_and_asks_for_nothing(void **state)
{
    (void)state;
    ana_record *record = sample_record();
    const ana_record *records[] = {record};
    char *html = html_of(1, records, NULL);
    const ana_record *figures = ana_record_find(record, "figures");
    assert_non_null(strstr(html, "<title>States of sleep and movement</title>"));
    assert_non_null(strstr(html, "default-src &#39;none&#39;; style-src &#39;sha256-"));
    assert_int_equal(count(html, "<figure id="), figures->n_children);
    assert_int_equal(count(html, "<svg xmlns") + count(html, "<thead>"), figures->n_children);
    assert_int_equal(count(html, "download=\""), figures->n_children);
    assert_int_equal(count(html, "aria-label=\""), figures->n_children - 1);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<link"));
    assert_null(strstr(html, "<nav>"));
    /* Every address is a fragment, data, or the name of the SVG language. */
    for (const char *at = strstr(html, "href=\""); at != NULL; at = strstr(at + 1, "href=\"")) {
        assert_true(at[6] == '#' || strncmp(at + 6, "data:", 5) == 0);
    }
    assert_int_equal(count(html, "http"), count(html, "http-equiv") + count(html, "<svg xmlns"));
    assert_non_null(strstr(html, "<th scope=\"row\">Log likelihood</th><td>"
                                 "<span title=\"-10482.331907\">\xe2\x88\x92"
                                 "10482.3</span> "
                                 "<span class=\"unit\">nats</span></td>"));
    assert_non_null(strstr(html, "<td>4.1, 2.75, 9.0625, 1.3 <span class=\"unit\">s</span></td>"));
    const char *origin = strstr(html, "<section id=\"provenance\">");
    assert_non_null(origin);
    assert_non_null(strstr(origin, "9f86d081884c7d659a2feaa0c55ad015"));
    assert_null(strstr(origin, "<figure"));
    free(html);
    ana_record_free(record);
}

static void several_records_have_contents_and_titles(void **state)
{
    (void)state;
    ana_record *a = NULL;
    ana_record *b = NULL;
    check_ok(ana_record_new(&a));
    check_ok(ana_record_new(&b));
    put_text(a, "title", "First & foremost");
    check_ok(ana_record_add_texts(a, "left_out", 0, NULL));
    put_text(a, "p_chance", "small");
    put_text(a, "hsic", "large");
    const ana_record *records[] = {a, b};
    ana_report_options options = ana_report_options_default();
    char *html = html_of(2, records, &options);
    assert_null(strstr(html, "Left out")); /* a list of nothing is no row */
    assert_non_null(strstr(html, ">p chance</th>"));
    assert_non_null(strstr(html, ">HSIC</th>"));
    assert_non_null(strstr(html, "<title>First &amp; foremost and 1 more</title>"));
    assert_non_null(strstr(html, "<li><a href=\"#record-1\">First &amp; foremost</a></li>"));
    assert_non_null(strstr(html, "<section id=\"record-2\">\n<h2>Result</h2>"));
    assert_non_null(strstr(html, "does not say where it comes from"));
    free(html);
    options.title = "Night 7";
    options.subtitle = "Mouse \"28\"";
    html = html_of(1, records, &options);
    assert_non_null(strstr(html, "<h1>Night 7</h1>"));
    assert_non_null(strstr(html, "<p class=\"subtitle\">Mouse &quot;28&quot;</p>"));
    free(html);
    html = html_of(0, NULL, NULL);
    assert_non_null(strstr(html, "<h1>Report</h1>"));
    free(html);
    ana_record_free(a);
    ana_record_free(b);
}

static void names_are_made_readable(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"n_states", "Number of states"},
                                           {"log_likelihood", "Log likelihood"},
                                           {"bic", "BIC"},
                                           {"p", "p"},
                                           {"n_", "N "},
                                           {"\xce\xb8_power", "\xce\xb8 power"},
                                           {"a<b", "A&lt;b"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ana_text out = {0};
        ana_report_append_name(&out, names[i][0]);
        assert_string_equal(out.bytes, names[i][1]);
        ana_text_release(&out);
    }
}

/* One cell of a table of one column and three rows. */
static void check_column(const double *values, const char *const *shown)
{
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *table = put_group(root, "t", ANA_HINT_TABLE);
    put_list(table, "n_things", 3, values, "Hz");
    ana_text out = {0};
    ana_report_append_table(&out, table);
    check_ok(ana_text_check(&out, "table"));
    assert_non_null(strstr(out.bytes, ">Things <span class=\"unit\">Hz</span></th>"));
    const char *at = strstr(out.bytes, "<tbody>");
    for (size_t i = 0; i < 3; i++) {
        at = strstr(at, "<td");
        assert_non_null(at);
        at = strchr(at, '>') + 1;
        at = strncmp(at, "<span", 5) == 0 ? strchr(at, '>') + 1 : at;
        char cell[64] = "";
        memcpy(cell, at, strcspn(at, "<") < 63 ? strcspn(at, "<") : 63);
        assert_string_equal(cell, shown[i]);
    }
    ana_text_release(&out);
    ana_record_free(root);
}

static void columns_of_a_table_line_up(void **state)
{
    (void)state;
    check_column((const double[]){5.56667, 24.02, 30.4767},
                 (const char *[]){"5.57", "24.02", "30.48"});
    check_column((const double[]){4.5, (double)NAN, -7.0}, (const char *[]){"4.5", "\xe2\x80\x93",
                                                                            "\xe2\x88\x92"
                                                                            "7.0"});
    check_column((const double[]){300.0, 10228.0, 0.0}, (const char *[]){"300", "10228", "0"});
    check_column((const double[]){0.0, 0.0, 0.0}, (const char *[]){"0", "0", "0"});
    /* Too far apart for one number of decimals. */
    check_column((const double[]){0.012345678, 123.456, 2.5},
                 (const char *[]){"0.01235", "123.5", "2.5"});
    check_column((const double[]){1e-30, 0.5, 1.0},
                 (const char *[]){"1\xc3\x97"
                                  "10\xe2\x81\xbb\xc2\xb3\xe2\x81\xb0",
                                  "0.5", "1"});
}

static void options_are_folded_under_the_names_of_their_groups(void **state)
{
    (void)state;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    ana_record *provenance = put_group(record, "provenance", ANA_HINT_NONE);
    ana_record *options = put_group(provenance, "options", ANA_HINT_NONE);
    ana_record *model = put_group(options, "model", ANA_HINT_NONE);
    check_ok(ana_record_add_double(model, "tolerance", 2.5e-8, NULL));
    put_text(model, "labels", "");
    ana_record *made_with = put_group(record, "options", ANA_HINT_NONE);
    check_ok(ana_record_add_int(made_with, "window", 60, "s"));
    ana_record *inner =
        put_group(put_group(record, "fit", ANA_HINT_NONE), "options", ANA_HINT_NONE);
    put_text(inner, "penalty", "ridge");
    const ana_record *records[] = {record};
    char *html = html_of(1, records, NULL);
    assert_non_null(strstr(html, ">Options: Model</h4>"));
    const char *origin = strstr(html, "<section id=\"provenance\">");
    assert_int_equal(count(origin, "<summary>All options</summary>"), 2);
    assert_int_equal(count(html, "<details>"), 2);
    assert_int_equal(count(origin, "</details>"), 2);
    assert_non_null(strstr(origin, "<th scope=\"row\">Window</th><td>60"));
    assert_non_null(strstr(html, "ridge"));
    assert_true(strstr(html, "ridge") < origin); /* only what stands at the root moves to the end */
    assert_non_null(strstr(html, "2.5\xc3\x97"
                                 "10\xe2\x81\xbb\xe2\x81\xb8"));
    assert_non_null(strstr(html, "<th scope=\"row\">Labels</th><td>\xe2\x80\x93</td>"));
    free(html);
    ana_record_free(record);
}

static void hostile_texts_stay_text(void **state)
{
    (void)state;
    static const char hostile[] = "</title></style><script>alert(1)</script>\" onload='x' \x01\xff"
                                  "\xe2\x80\xae";
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    put_text(record, "title", hostile);
    put_text(record, "summary", hostile);
    put_text(record, hostile + 44, hostile);
    check_ok(ana_record_add_double(record, "number", 1.5, hostile));
    ana_record *group = put_group(record, "<b>\"group", ANA_HINT_BARS);
    const double values[] = {1.5, -2.25};
    const char *names[] = {hostile, "=HYPERLINK(\"x\"),\n2"};
    put_list(group, "values", 2, values, hostile);
    put_names(group, "labels", 2, names);
    put_text(group, "caption", hostile);
    ana_record *table = put_group(record, "table", ANA_HINT_TABLE);
    put_names(table, "<i>", 2, names);
    const ana_record *records[] = {record};
    ana_report_options options = {.title = hostile, .subtitle = hostile};
    char *html = html_of(1, records, &options);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<b>"));
    assert_null(strstr(html, "<i>"));
    assert_int_equal(count(html, "</title>"), count(html, "<title>"));
    assert_int_equal(count(html, "</style>"), 1);
    for (const char *at = html; *at != '\0'; at++) {
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
    }
    free(html);
    ana_record_free(record);
}

/* The comma-separated values of a figure's download, decoded. */
static char *decode_data(const char *html, const char *file_name)
{
    char wanted[100];
    snprintf(wanted, sizeof wanted, "download=\"%s\" href=\"data:text/csv;charset=utf-8,",
             file_name);
    const char *at = strstr(html, wanted);
    assert_non_null(at);
    at += strlen(wanted);
    char *out = calloc(strlen(at) + 1, 1);
    for (size_t n = 0; *at != '"'; n++) {
        if (*at == '%') {
            const char two[3] = {at[1], at[2], '\0'};
            out[n] = (char)strtol(two, NULL, 16);
            at += 3;
        } else {
            out[n] = *at++;
        }
    }
    return out;
}

static void the_data_of_a_figure_read_back(void **state)
{
    (void)state;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    ana_record *group = put_group(record, "my line", ANA_HINT_LINE);
    const double x[] = {0.1, 0.2, 0.30000000000000004};
    const double y[] = {1.0, NAN, -3e-9, 4.0, 5.5, INFINITY};
    const char *labels[] = {"=1+1", "a \"quoted\", one"};
    put_list(group, "x", 3, x, "s");
    put_table(group, "y", 2, 3, y, "\xc2\xb5V");
    put_names(group, "labels", 2, labels);
    const ana_record *records[] = {record};
    char *html = html_of(1, records, NULL);
    char *data = decode_data(html, "my_line.csv");
    assert_string_equal(data, "row,x (s),y[0] (\xc2\xb5V),y[1] (\xc2\xb5V)\n"
                              "0,0.1,1,4\n"
                              "1,0.2,nan,5.5\n"
                              "2,0.30000000000000004,-3e-09,inf\n"
                              "\n"
                              "row,labels\n"
                              "0,'=1+1\n"
                              "1,\"a \"\"quoted\"\", one\"\n");
    free(data);
    free(html);
    ana_record_free(record);
}

static void long_data_are_thinned_and_say_so(void **state)
{
    (void)state;
    enum {
        N = 300000
    };
    double *y = calloc(N, sizeof *y);
    for (size_t i = 0; i < N; i++) {
        y[i] = sin((double)i);
    }
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    ana_record *group = put_group(record, "long", ANA_HINT_LINE);
    put_list(group, "y", N, y, NULL);
    const ana_record *records[] = {record};
    char *html = html_of(1, records, NULL);
    assert_non_null(strstr(html, ", one in 6 of 300000 rows)"));
    char *data = decode_data(html, "long.csv");
    assert_int_equal(count(data, "\n"), 1 + N / 6);
    assert_true(strlen(html) < 2500000);
    free(data);
    free(html);
    free(y);
    ana_record_free(record);
}

static void a_broken_record_is_refused(void **state)
{
    (void)state;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    put_group(record, "g", ANA_HINT_RASTER);
    const ana_record *records[] = {record};
    char *html = NULL;
    check_fails(ana_report_html(1, records, NULL, &html), ANA_ERR_VALUE, "lacks");
    ana_record_free(record);
}

static void reports_are_written_whole_or_not_at_all(void **state)
{
    (void)state;
    ana_record *record = sample_record();
    const ana_record *records[] = {record};
    const char *path = scratch("report.html");
    check_ok(ana_report_write(1, records, NULL, path));
    size_t n = 0;
    unsigned char *bytes = read_bytes(path, &n);
    char *html = html_of(1, records, NULL);
    assert_int_equal(n, strlen(html));
    assert_memory_equal(bytes, html, n);
    check_fails(ana_report_write(1, records, NULL, scratch("none/report.html")), ANA_ERR_IO,
                "none");
    free(bytes);
    free(html);
    ana_record_free(record);
}

static void allocation_failures_leave_nothing(void **state)
{
    (void)state;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    ana_record *group = put_group(record, "bars", ANA_HINT_BARS);
    const double values[] = {1.5, 2.25, -0.75};
    put_list(group, "values", 3, values, "mV");
    ana_record *table = put_group(record, "table", ANA_HINT_TABLE);
    put_list(table, "a", 3, values, NULL);
    ana_record *provenance = put_group(record, "provenance", ANA_HINT_NONE);
    put_text(provenance, "command", "ana");
    const ana_record *records[] = {record, record};
    char *html = NULL;
    ALLOCATION_TEST(ana_report_html, (2, records, NULL, &html), free(html));
    const char *path = scratch("allocation.html");
    ALLOCATION_TEST(ana_report_write, (2, records, NULL, path), remove(path));
    ana_record_free(record);
}

/* A column of empty texts tells nothing; seconds of "seconds" need no unit a second time. */
static void columns_without_a_word_are_left_out(void **state)
{
    (void)state;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    ana_record *table = put_group(record, "table", ANA_HINT_TABLE);
    const double values[] = {1.5, 2.25};
    const char *nothing[] = {"", ""};
    const char *something[] = {"", "flat"};
    put_list(table, "seconds", 2, values, "s");
    put_names(table, "silent", 2, nothing);
    put_names(table, "note", 2, something);
    const ana_record *records[] = {record};
    char *html = html_of(1, records, NULL);
    assert_non_null(strstr(html, ">Seconds</th>"));
    assert_null(strstr(html, ">Silent</th>"));
    assert_non_null(strstr(html, ">Note</th>"));
    assert_non_null(strstr(html, "<td></td>"));
    assert_non_null(strstr(html, "<td>flat</td>"));
    free(html);
    ana_record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_names_the_style_sheet_by_its_hash),
        cmocka_unit_test(a_report_holds_everything_and_asks_for_nothing),
        cmocka_unit_test(several_records_have_contents_and_titles),
        cmocka_unit_test(names_are_made_readable),
        cmocka_unit_test(columns_of_a_table_line_up),
        cmocka_unit_test(columns_without_a_word_are_left_out),
        cmocka_unit_test(options_are_folded_under_the_names_of_their_groups),
        cmocka_unit_test(hostile_texts_stay_text),
        cmocka_unit_test(the_data_of_a_figure_read_back),
        cmocka_unit_test(long_data_are_thinned_and_say_so),
        cmocka_unit_test(a_broken_record_is_refused),
        cmocka_unit_test(reports_are_written_whole_or_not_at_all),
        cmocka_unit_test(allocation_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
