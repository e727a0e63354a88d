#include "commands.h"
#include "job.h"
#include "try.h"

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

static ana_status validate(command_job *job, void *options)
{
    (void)options;
    ana_status status = ANA_OK;
    ana_findings *findings = NULL;
    ANA_TRY(ana_file_validate(job->arguments.inputs[0], &job->input.read, &findings));
    console_finish_line();
    if (print_findings(findings, job->console.json) > 0) {
        job->exit_status = EXIT_FILE;
    }
done:
    ana_findings_free(findings);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    const option_target own[] = {{NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_READING, .work = validate};
    return job_run(self, &plan, argc, argv);
}

const command command_validate = {
    .name = "validate",
    .summary = "Say what is wrong with a file, line by line",
    .inputs = "FILE",
    .description =
        "Reads every byte, checks the format's rules and the recording's, and holds an NWB "
        "file against the specification cached in it. Exit status 4 when a rule is broken; "
        "warnings alone leave it at 0.",
    .examples = "ana validate session.nwb",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
