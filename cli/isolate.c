#include "isolate.h"

#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char limit_word[] = "--time-limit";

bool isolate_is_asked(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--isolate") == 0) {
            return true;
        }
    }
    return false;
}

/* Copies the words that the child gets; *seconds from --time-limit, 0: none. */
static char **words_of_child(int argc, char **argv, double *seconds)
{
    char **words = calloc((size_t)argc + 1, sizeof *words);
    size_t n = 0;
    bool before = true;
    for (int i = 0; i < argc && words != NULL; i++) {
        before = before && strcmp(argv[i], "--") != 0;
        const char *value = NULL;
        if (before && strcmp(argv[i], "--isolate") == 0) {
            continue;
        }
        if (before && strcmp(argv[i], limit_word) == 0 && i + 1 < argc) {
            value = argv[++i];
        } else if (before && strncmp(argv[i], "--time-limit=", sizeof limit_word) == 0) {
            value = argv[i] + sizeof limit_word;
        }
        if (value != NULL) {
            char *end = NULL;
            *seconds = strtod(value, &end);
            continue;
        }
        words[n++] = argv[i];
    }
    return words;
}

static void run_child(char **words)
{
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    execv("/proc/self/exe", words);
    fprintf(stderr, "ana: cannot start the isolated command: errno %d\n", errno);
    _exit(EXIT_FILE);
}

/* Waits for the child in steps of 10 ms; kills it once the time is over. */
static bool wait_within(pid_t child, double seconds, int *status)
{
    const struct timespec step = {0, 10000000};
    double waited = 0.0;
    for (;;) {
        pid_t ended = waitpid(child, status, seconds > 0.0 ? WNOHANG : 0);
        if (ended == child || (ended < 0 && errno != EINTR)) {
            return true;
        }
        if (seconds > 0.0 && waited >= seconds) {
            kill(child, SIGKILL);
            waitpid(child, status, 0);
            return false;
        }
        nanosleep(&step, NULL);
        waited += 0.01;
    }
}

int isolate_run(int argc, char **argv)
{
    double seconds = 0.0;
    int status = 0;
    char **words = words_of_child(argc, argv, &seconds);
    if (words == NULL) {
        fprintf(stderr, "ana: no memory for an isolated command\n");
        return EXIT_FAILED;
    }
    /* An interrupt reaches the child as well, and it is the child who ends in order. */
    signal(SIGINT, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        run_child(words);
    }
    free(words);
    if (child < 0) {
        fprintf(stderr, "ana: cannot start an isolated command: errno %d\n", errno);
        return EXIT_FAILED;
    }
    if (!wait_within(child, seconds, &status)) {
        fprintf(stderr,
                "ana: the isolated command took longer than %g s on its input and was "
                "ended; the file is taken for damaged\n",
                seconds);
        return EXIT_FILE;
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr,
                "ana: the isolated command was ended by signal %d while reading its input; "
                "the file is taken for damaged\n",
                WTERMSIG(status));
        return EXIT_FILE;
    }
    return WEXITSTATUS(status);
}
