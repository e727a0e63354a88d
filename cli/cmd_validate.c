#include "arguments.h"
#include "commands.h"
#include "console.h"

#include <analysis/formats/reader.h>

#include <stdio.h>

/* A JSON string: quotes, backslashes and control characters escaped. */
static void print_json_text(const char *text)
{
    putchar('"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            printf("\\%c", *c);
        } else if ((unsigned char)*c < 0x20) {
            printf("\\u%04x", (unsigned)(unsigned char)*c);
        } else {
            putchar(*c);
        }
    }
    putchar('"');
}

static void print_json(const ana_findings *findings)
{
    printf("{\"findings\": [");
    for (size_t i = 0; i < findings->n; i++) {
        const ana_finding *finding = &findings->items[i];
        printf("%s\n {\"error\": %s, \"where\": ", i > 0 ? "," : "",
               finding->error ? "true" : "false");
        print_json_text(finding->where != NULL ? finding->where : "");
        printf(", \"what\": ");
        print_json_text(finding->what);
        putchar('}');
    }
    printf("]}\n");
}

static size_t print_findings(const ana_findings *findings, bool json)
{
    size_t n_errors = 0;
    for (size_t i = 0; i < findings->n; i++) {
        n_errors += findings->items[i].error ? 1 : 0;
    }
    if (json) {
        print_json(findings);
        return n_errors;
    }
    for (size_t i = 0; i < findings->n; i++) {
        const ana_finding *finding = &findings->items[i];
        bool placed = finding->where != NULL && finding->where[0] != '\0';
        printf("%s: %s%s%s\n", finding->error ? "error" : "warning", placed ? finding->where : "",
               placed ? ": " : "", finding->what);
    }
    if (findings->n == 0) {
        printf("nothing wrong found\n");
    }
    return n_errors;
}

int cmd_validate(const command *self, int argc, char **argv)
{
    ana_read_options read = ana_read_options_default();
    console_options console = {0};
    const option_target targets[] = {{"Reading", ana_read_option_table, &read},
                                     {"Computation", ana_run_option_table, &read},
                                     {"Console", console_option_table, &console},
                                     {NULL, NULL, NULL}};
    input_list arguments;
    int exit_status = EXIT_DONE;
    ana_findings *findings = NULL;
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    console_attach(&console, &read.run);
    ana_status status = ana_file_validate(arguments.inputs[0], &read, &findings);
    console_finish_line();
    if (status != ANA_OK) {
        return fail_with(self, status);
    }
    size_t n_errors = print_findings(findings, console.json);
    ana_findings_free(findings);
    return n_errors > 0 ? EXIT_FILE : EXIT_DONE;
}
