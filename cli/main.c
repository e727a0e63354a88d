#include "arguments.h"
#include "command.h"
#include "console.h"
#include "help.h"
#include "isolate.h"
#include "nearest.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

/* The command whose words begin argv, and how many words its name has. */
static const command *find_command(int argc, char **argv, int *n_words)
{
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const command *entry = command_table[i];
        for (int n = 1; n <= 2 && n <= argc; n++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s%s", argv[0], n > 1 ? " " : "", n > 1 ? argv[1] : "");
            if (strcmp(name, entry->name) == 0) {
                *n_words = n;
                return entry;
            }
        }
    }
    return NULL;
}

/* Commands of a group ("hmm") when only its first word was given; false when there are none. */
static bool list_group(const char *word, FILE *stream)
{
    bool found = false;
    size_t n = strlen(word);
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const command *entry = command_table[i];
        if (strncmp(entry->name, word, n) == 0 && entry->name[n] == ' ') {
            fprintf(stream, "%s  ana %-16s %s\n", found ? "" : "Commands:\n", entry->name,
                    entry->summary);
            found = true;
        }
    }
    return found;
}

/* Which word of the commands' names a misspelt one meant: a first word or, within a group, a second
 * one. Says so in `said` ("" when none is near). */
static void suggest(const char *group, const char *word, char *said, size_t size)
{
    size_t best = nearest_limit(word);
    const size_t skipped = group == NULL ? 0 : strlen(group) + 1;
    said[0] = '\0';
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const char *name = command_table[i]->name;
        if (group != NULL && (strncmp(name, group, skipped - 1) != 0 || name[skipped - 1] != ' ')) {
            continue;
        }
        char candidate[64];
        snprintf(candidate, sizeof candidate, "%.*s", (int)strcspn(name + skipped, " "),
                 name + skipped);
        const size_t distance = nearest_distance(word, candidate);
        if (distance < best) {
            best = distance;
            snprintf(said, size, "; did you mean %s%s%s?", group == NULL ? "" : group,
                     group == NULL ? "" : " ", candidate);
        }
    }
}

static int unknown_command(int argc, char **argv)
{
    char suggestion[128];
    if (argc > 1 && argv[1][0] != '-' && list_group(argv[0], stderr)) {
        suggest(argv[0], argv[1], suggestion, sizeof suggestion);
        fprintf(stderr, "ana: there is no command %s %s%s\n", argv[0], argv[1], suggestion);
    } else if (!list_group(argv[0], stderr)) {
        suggest(NULL, argv[0], suggestion, sizeof suggestion);
        fprintf(stderr, "ana: there is no command %s%s%s\n", argv[0],
                suggestion[0] == '\0' ? ";" : suggestion, " ana help lists them");
    }
    return EXIT_USAGE;
}

static int run_help(int argc, char **argv)
{
    int n_words = 0;
    if (argc == 0) {
        help_commands();
        return EXIT_DONE;
    }
    const command *entry = find_command(argc, argv, &n_words);
    if (entry == NULL && argc == 1 && list_group(argv[0], stdout)) {
        return EXIT_DONE;
    }
    if (entry == NULL) {
        return unknown_command(argc, argv);
    }
    char help[] = "--help";
    char *words[] = {help, NULL};
    return entry->run(entry, 1, words);
}

static int run_words(int argc, char **argv)
{
    int n_words = 0;
    if (argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        help_commands();
        return argc == 0 ? EXIT_USAGE : EXIT_DONE;
    }
    if (strcmp(argv[0], "--version") == 0) {
        version_print();
        return EXIT_DONE;
    }
    if (strcmp(argv[0], "help") == 0) {
        return run_help(argc - 1, argv + 1);
    }
    const command *entry = find_command(argc, argv, &n_words);
    if (entry == NULL) {
        return unknown_command(argc, argv);
    }
    return entry->run(entry, argc - n_words, argv + n_words);
}

int main(int argc, char **argv)
{
    if (isolate_is_asked(argc, argv)) {
        return isolate_run(argc, argv);
    }
    console_begin();
    int status = run_words(argc - 1, argv + 1);
    /* A full disk behind stdout must not look like success. */
    if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0) {
        fprintf(stderr, "ana: the output could not be written\n");
        return EXIT_FILE;
    }
    return status;
}
