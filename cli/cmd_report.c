#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "save.h"
#include "try.h"

#include <analysis/formats/record_io.h>
#include <analysis/formats/report.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const ana_option report_option_table[] = {
    {"title", ANA_OPTION_TEXT, offsetof(ana_report_options, title), 0, 0, NULL, "TEXT",
     "heading of the page", false},
    {"subtitle", ANA_OPTION_TEXT, offsetof(ana_report_options, subtitle), 0, 0, NULL, "TEXT",
     "line below it", false},
    ANA_OPTION_END,
};

static bool ends_in_html(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending != NULL && (strcasecmp(ending, ".html") == 0 || strcasecmp(ending, ".htm") == 0);
}

static ana_status write_report(const input_list *arguments, const ana_report_options *options,
                               const save_options *save)
{
    ana_status status = ANA_OK;
    struct stat found;
    const size_t n = arguments->n_inputs;
    ana_record **records = calloc(n, sizeof(ana_record *));
    if (records == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu records", n);
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_record_read(arguments->inputs[i], &records[i]));
    }
    if (!save->overwrite && stat(save->output, &found) == 0) {
        status =
            ana_fail(ANA_ERR_IO, "%s: is there already; --overwrite replaces it", save->output);
        goto done;
    }
    ANA_TRY(ana_report_write(n, (const ana_record *const *)records, options, save->output));
done:
    for (size_t i = 0; i < n; i++) {
        ana_record_free(records[i]);
    }
    free(records);
    return status;
}

int cmd_report(const command *self, int argc, char **argv)
{
    ana_report_options options = ana_report_options_default();
    save_options save = {0};
    console_options console = {0};
    const option_target targets[] = {{"Report", report_option_table, &options},
                                     {"Output", save_option_table, &save},
                                     {"Console", console_option_table, &console},
                                     {NULL, NULL, NULL}};
    input_list arguments;
    int exit_status = EXIT_DONE;
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    if (save.output == NULL || !ends_in_html(save.output)) {
        return wrong_use(self, "needs -o FILE.html");
    }
    ana_status status = write_report(&arguments, &options, &save);
    return status == ANA_OK ? EXIT_DONE : fail_with(self, status);
}
