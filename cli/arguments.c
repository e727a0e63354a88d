#include "arguments.h"

#include "help.h"
#include "nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *long_name_of(char letter)
{
    switch (letter) {
    case 'o':
        return "output";
    case 'j':
        return "threads";
    case 'q':
        return "quiet";
    case 'v':
        return "verbose";
    case 'h':
        return "help";
    default:
        return NULL;
    }
}

int exit_status_of(ana_status status)
{
    switch (status) {
    case ANA_OK:
        return EXIT_DONE;
    case ANA_ERR_IO:
    case ANA_ERR_FORMAT:
    case ANA_ERR_UNSUPPORTED:
        return EXIT_FILE;
    case ANA_ERR_CANCELLED:
        return EXIT_CANCELLED;
    case ANA_ERR_VALUE:
    case ANA_ERR_SHAPE:
    case ANA_ERR_NUMERIC:
    case ANA_ERR_MEMORY:
    case ANA_ERR_LIMIT:
        break;
    }
    return EXIT_FAILED;
}

int fail_with(const command *self, ana_status status)
{
    fprintf(stderr, "ana %s: %s\n", self->name, ana_last_error());
    return exit_status_of(status);
}

int wrong_use(const command *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "ana %s: ", self->name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nSee: ana %s --help\n", self->name);
    va_end(arguments);
    return EXIT_USAGE;
}

/* The row of that name and the struct it belongs to. */
static const ana_option *find(const option_target *targets, const char *name, void **options)
{
    for (const option_target *target = targets; target->table != NULL; target++) {
        const ana_option *option = ana_option_find(target->table, name);
        if (option != NULL) {
            *options = target->options;
            return option;
        }
    }
    return NULL;
}

static int unknown_option(const command *self, const option_target *targets, const char *name)
{
    const char *nearest = NULL;
    size_t best = nearest_limit(name);
    for (const option_target *target = targets; target->table != NULL; target++) {
        for (const ana_option *option = target->table; option->name != NULL; option++) {
            size_t d = nearest_distance(name, option->name);
            if (d < best) {
                best = d;
                nearest = option->name;
            }
        }
    }
    if (nearest != NULL) {
        return wrong_use(self, "there is no option --%s; did you mean --%s?", name, nearest);
    }
    return wrong_use(self, "there is no option --%s", name);
}

static int set_option(const command *self, const ana_option *option, void *options,
                      const char *value)
{
    if (ana_option_set(option, options, value) != ANA_OK) {
        return wrong_use(self, "%s", ana_last_error());
    }
    return EXIT_DONE;
}

/* Where parsing stands. */
typedef struct word_list {
    int argc;
    char **argv;
    int next;
} word_list;

/* One long option, without its dashes: "name", "name=value" or "no-name". */
static int take_option(const command *self, const option_target *targets, const char *word,
                       word_list *words)
{
    char name[64];
    const char *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    if (length >= sizeof name) {
        return wrong_use(self, "there is no option --%s", word);
    }
    memcpy(name, word, length);
    name[length] = '\0';
    void *options = NULL;
    const ana_option *option = find(targets, name, &options);
    if (option == NULL && strncmp(name, "no-", 3) == 0 && equals == NULL) {
        option = find(targets, name + 3, &options);
        if (option != NULL && option->type == ANA_OPTION_BOOL) {
            return set_option(self, option, options, "no");
        }
        option = NULL;
    }
    if (option == NULL) {
        return unknown_option(self, targets, name);
    }
    if (equals != NULL) {
        return set_option(self, option, options, equals + 1);
    }
    if (option->type == ANA_OPTION_BOOL) {
        return set_option(self, option, options, "yes");
    }
    if (words->next >= words->argc) {
        return wrong_use(self, "--%s needs a value (%s)", name,
                         option->value != NULL ? option->value : "VALUE");
    }
    return set_option(self, option, options, words->argv[words->next++]);
}

static int take_short(const command *self, const option_target *targets, const char *word,
                      word_list *words)
{
    const char *name = word[1] != '\0' && word[2] == '\0' ? long_name_of(word[1]) : NULL;
    if (name == NULL) {
        return wrong_use(self, "there is no option %s", word);
    }
    return take_option(self, targets, name, words);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

bool arguments_parse(const command *self, const option_target *targets, int argc, char **argv,
                     input_list *out, int *status)
{
    word_list words = {argc, argv, 0};
    bool only_inputs = false;
    *out = (input_list){0, argv};
    *status = EXIT_DONE;
    if (argc == 1 && help_special(self, targets, argv[0])) {
        return false;
    }
    if (asks_for_help(argc, argv)) {
        help_print(self, targets);
        return false;
    }
    while (words.next < argc && *status == EXIT_DONE) {
        char *word = argv[words.next++];
        if (strcmp(word, "-") == 0 || word[0] == '\0') {
            *status = wrong_use(self, "\"%s\": only files are read, by their names", word);
        } else if (only_inputs || word[0] != '-') {
            out->inputs[out->n_inputs++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_inputs = true;
        } else if (word[1] == '-') {
            *status = take_option(self, targets, word + 2, &words);
        } else {
            *status = take_short(self, targets, word, &words);
        }
    }
    if (*status == EXIT_DONE && out->n_inputs < self->min_inputs) {
        *status = wrong_use(self, "needs %s", self->inputs != NULL ? self->inputs : "no input");
    } else if (*status == EXIT_DONE && out->n_inputs > self->max_inputs) {
        *status =
            wrong_use(self, "does not know what to do with %s", out->inputs[self->max_inputs]);
    }
    return *status == EXIT_DONE;
}

void arguments_leave_out(const char *name, const ana_option *from, ana_option *to)
{
    size_t n = 0;
    for (size_t i = 0; from[i].name != NULL && n + 1 < ARGUMENTS_MAX_ROWS; i++) {
        if (strcmp(from[i].name, name) != 0) {
            to[n++] = from[i];
        }
    }
    to[n] = (ana_option)ANA_OPTION_END;
}
