/* Writes the report and every figure of the sample record into a folder: what the browser test
 * opens, and a gallery of the display hints. usage: pages FOLDER */
#include "support/check.h"
#include "support/sample_records.h"

#include <analysis/formats/figure.h>
#include <analysis/formats/report.h>

#include <stdio.h>

static const char *folder;

static void writes_every_page(void **state)
{
    (void)state;
    char path[1000];
    ana_record *root = sample_record();
    const ana_record *figures = ana_record_find(root, "figures");
    for (size_t i = 0; i < 2 * figures->n_children; i++) {
        const ana_record *group = figures->children[i / 2];
        ana_figure_options options = ana_figure_options_default();
        options.dark = i % 2 == 1;
        snprintf(path, sizeof path, "%s/%s_%s.svg", folder, group->name,
                 options.dark ? "dark" : "light");
        check_ok(ana_figure_write(group, &options, path));
    }
    ana_record *small = NULL;
    check_ok(ana_record_new(&small));
    put_text(small, "title", "A second record");
    const ana_record *records[] = {root, small};
    ana_report_options options = ana_report_options_default();
    options.title = "Sample of every display hint";
    options.subtitle = "</title><script>alert(\"no\")</script>";
    snprintf(path, sizeof path, "%s/report.html", folder);
    check_ok(ana_report_write(2, records, &options, path));
    ana_record_free(root);
    ana_record_free(small);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_every_page)};
    if (argc != 2) {
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
