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

/* What asks a command to end. The child is in a group of its own, so that it is asked once, by us,
 * whether we alone are asked or everybody at the terminal is. */
static const int requests[] = {SIGINT, SIGTERM, SIGHUP};
static const size_t n_requests = sizeof requests / sizeof requests[0];

static volatile sig_atomic_t child_id; /* whom on_request passes it on to */

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

static void on_request(int number)
{
    if (child_id > 0) {
        kill(child_id, number);
    }
}

static void handle_requests(void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    for (size_t i = 0; i < n_requests; i++) {
        sigaction(requests[i], &action, NULL);
    }
}

static bool is_request(int number)
{
    bool found = false;
    for (size_t i = 0; i < n_requests; i++) {
        found = found || requests[i] == number;
    }
    return found;
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

/* No request is lost between the fork and the time when we know whom to pass it on to. */
static pid_t start_child(char **words)
{
    sigset_t held;
    sigset_t before;
    sigemptyset(&held);
    for (size_t i = 0; i < n_requests; i++) {
        sigaddset(&held, requests[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, &before);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        handle_requests(SIG_DFL);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        run_child(words);
    }
    child_id = child;
    handle_requests(on_request);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child;
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
    pid_t child = start_child(words);
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
    if (WIFSIGNALED(status) && is_request(WTERMSIG(status))) {
        return EXIT_CANCELLED; /* before it could see to that itself */
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
