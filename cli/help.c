#include "help.h"

#include <stdio.h>
#include <string.h>

static char short_form_of(const char *name)
{
    for (const char *letter = "ohjqv"; *letter != '\0'; letter++) {
        if (strcmp(long_name_of(*letter), name) == 0) {
            return *letter;
        }
    }
    return '\0';
}

/* Words to column 98, where lines go on at `indent`; the first stands at `column`. */
static void print_wrapped(const char *text, size_t indent, size_t column)
{
    for (bool first = true; *text != '\0'; first = false) {
        const size_t word = strcspn(text, " ");
        if (!first && column + 1 + word > 98) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)word, text);
        column += word;
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}

/* "-o, --output FILE" */
static void option_words(const ana_option *option, char *text, size_t size)
{
    char letter = short_form_of(option->name);
    char start[8] = "    ";
    if (letter != '\0') {
        snprintf(start, sizeof start, "-%c, ", letter);
    }
    const char *value = option->type == ANA_OPTION_BOOL ? NULL
                        : option->value != NULL         ? option->value
                                                        : "VALUE";
    snprintf(text, size, "%s--%s%s%s", start, option->name, value != NULL ? " " : "",
             value != NULL ? value : "");
}

/* "help text (1 to 64; default: 3)"; words on the default in the help text stand for its value. */
static void option_text(const ana_option *option, const void *options, char *text, size_t size)
{
    char range[256];
    char value[256];
    ana_option_range(option, range, sizeof range);
    ana_option_get(option, options, value, sizeof value);
    bool plain = option->type == ANA_OPTION_BOOL || option->type == ANA_OPTION_BYTES;
    const char *limits = plain ? "" : range;
    bool has_default = value[0] != '\0' && option->type != ANA_OPTION_BOOL &&
                       strstr(option->help, "(default: ") == NULL;
    if (option->type == ANA_OPTION_BOOL && strcmp(value, "yes") == 0) {
        snprintf(text, size, "%s (default: yes; --no-%s)", option->help, option->name);
    } else if (limits[0] != '\0' || has_default) {
        snprintf(text, size, "%s (%s%s%s%s)", option->help, limits,
                 limits[0] != '\0' && has_default ? "; " : "", has_default ? "default: " : "",
                 has_default ? value : "");
    } else {
        snprintf(text, size, "%s", option->help);
    }
}

static void print_options(const option_target *target)
{
    printf("\n%s:\n", target->title);
    for (const ana_option *option = target->table; option->name != NULL; option++) {
        char words[128];
        char text[1024];
        option_words(option, words, sizeof words);
        option_text(option, target->options, text, sizeof text);
        size_t column = strlen(words) + 2;
        printf("  %s", words);
        if (column > 30) {
            printf("\n%*s", 32, "");
        } else {
            printf("%*s", (int)(32 - column), "");
        }
        print_wrapped(text, 32, 32);
    }
}

static void print_paragraphs(const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
        char paragraph[2048];
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)n, text);
        print_wrapped(paragraph, 0, 0);
        text += n;
        if (end != NULL) {
            putchar('\n');
            text += 2;
        }
    }
}

static const char exit_words[] =
    "0 done; 1 data or computation failed; 2 wrong use; 3 done but not converged (0 with "
    "--allow-nonconverged); 4 a file could not be read, written or understood; 130 cancelled.";

void help_print(const command *self, const option_target *targets)
{
    const bool asks = self->summary[strlen(self->summary) - 1] == '?';
    printf("Usage: ana %s [OPTIONS]%s%s\n\n%s%s\n", self->name, self->inputs != NULL ? " " : "",
           self->inputs != NULL ? self->inputs : "", self->summary, asks ? "" : ".");
    if (self->description != NULL) {
        putchar('\n');
        print_paragraphs(self->description);
    }
    for (const option_target *target = targets; target->table != NULL; target++) {
        print_options(target);
    }
    if (self->examples != NULL) {
        printf("\nExamples:\n");
        for (const char *line = self->examples; *line != '\0';) {
            size_t n = strcspn(line, "\n");
            printf("  %.*s\n", (int)n, line);
            line += n + (line[n] == '\n' ? 1 : 0);
        }
    }
    printf("\nExit status:\n  ");
    print_wrapped(exit_words, 2, 2);
}

/* Text for troff: dashes and backslashes protected, no line begins with a dot. */
static void print_troff(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool starts = c == text || c[-1] == '\n';
        if (starts && (*c == '.' || *c == '\'')) {
            fputs("\\&", stdout);
        }
        if (*c == '\\') {
            fputs("\\e", stdout);
        } else if (*c == '-') {
            fputs("\\-", stdout);
        } else if (*c == '\n' && c[1] == '\n') {
            fputs("\n.PP", stdout);
        } else {
            putchar(*c);
        }
    }
    putchar('\n');
}

static void print_man(const command *self, const option_target *targets)
{
    char title[64];
    snprintf(title, sizeof title, "ana-%s", self->name);
    for (char *c = title; *c != '\0'; c++) {
        *c = *c == ' ' ? '-' : *c;
    }
    printf(".TH \"%s\" 1 \"2026-11-23\" \"libanalysis\" \"User commands\"\n.SH NAME\n", title);
    print_troff(title);
    printf("\\- ");
    print_troff(self->summary);
    printf(".SH SYNOPSIS\n.B ana %s\n[OPTIONS] %s\n.SH DESCRIPTION\n", self->name,
           self->inputs != NULL ? self->inputs : "");
    print_troff(self->description != NULL ? self->description : self->summary);
    for (const option_target *target = targets; target->table != NULL; target++) {
        printf(".SH ");
        print_troff(target->title);
        for (const ana_option *option = target->table; option->name != NULL; option++) {
            char words[128];
            char text[1024];
            option_words(option, words, sizeof words);
            option_text(option, target->options, text, sizeof text);
            printf(".TP\n.B ");
            print_troff(words + strspn(words, " "));
            print_troff(text);
        }
    }
    if (self->examples != NULL) {
        printf(".SH EXAMPLES\n.nf\n");
        print_troff(self->examples);
        printf(".fi\n");
    }
    printf(".SH EXIT STATUS\n");
    print_troff(exit_words);
}

bool help_special(const command *self, const option_target *targets, const char *word)
{
    if (strcmp(word, "--help-man") == 0) {
        print_man(self, targets);
        return true;
    }
    if (strcmp(word, "--help-completion") == 0) {
        for (const option_target *target = targets; target->table != NULL; target++) {
            for (const ana_option *option = target->table; option->name != NULL; option++) {
                printf("--%s", option->name);
                for (const char *const *choice = option->choices; choice != NULL && *choice != NULL;
                     choice++) {
                    printf(" %s", *choice);
                }
                putchar('\n');
            }
        }
        return true;
    }
    return false;
}

void help_commands(void)
{
    printf("ana: analysis of neural recordings\n\nUsage: ana COMMAND [OPTIONS] FILE...\n\n"
           "Commands:\n");
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const command *entry = command_table[i];
        printf("  %-16s %s\n", entry->name, entry->summary);
    }
    printf("\nana help COMMAND says all about one of them; ana --version names the versions.\n");
}
