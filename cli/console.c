#include "console.h"

#include <analysis/formats/files.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const progress_words[] = {"auto", "bar", "json", "none", NULL};

const ana_option console_option_table[] = {
    {"json", ANA_OPTION_BOOL, offsetof(console_options, json), 0, 0, NULL, NULL,
     "print the result as JSON", true},
    {"quiet", ANA_OPTION_BOOL, offsetof(console_options, quiet), 0, 0, NULL, NULL,
     "say nothing but warnings and errors", true},
    {"verbose", ANA_OPTION_BOOL, offsetof(console_options, verbose), 0, 0, NULL, NULL,
     "say also what the inputs are read as, and how long it took", true},
    {"progress", ANA_OPTION_CHOICE, offsetof(console_options, progress), 0, 0, progress_words,
     "KIND", "progress of long work on stderr", true},
    {"isolate", ANA_OPTION_BOOL, offsetof(console_options, isolate), 0, 0, NULL, NULL,
     "work in a supervised child: a crash on a damaged file becomes exit status 4", true},
    {"time-limit", ANA_OPTION_DOUBLE, offsetof(console_options, time_limit_s), 0, 1e9, NULL,
     "SECONDS", "with --isolate: end the child after this time; 0: never", true},
    ANA_OPTION_END,
};

enum {
    MAX_WARNINGS = 100
};

/* The program's one place for what a signal handler and callbacks must share. */
static volatile sig_atomic_t interrupted;
static char *warnings[MAX_WARNINGS];
static size_t n_warnings;
static bool line_is_open;
static struct timespec last_drawn;
static struct timespec began;
static char last_what[64];

static void on_signal(int number)
{
    if (interrupted != 0) {
        ana_files_abandon();
        _exit(128 + number);
    }
    interrupted = number;
}

void console_begin(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_DFL);
}

static double seconds_between(struct timespec from, struct timespec to)
{
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

static void draw_bar(const char *what, size_t done, size_t total, double elapsed)
{
    enum {
        WIDTH = 24
    };
    double share = total > 0 ? (double)done / (double)total : 0.0;
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++) {
        bar[i] = i < (int)(share * WIDTH) ? '#' : '.';
    }
    bar[WIDTH] = '\0';
    double left = done > 0 && total > 0 ? elapsed / share - elapsed : 0.0;
    fprintf(stderr, "\r%-32s [%s] %zu/%zu  %d s, %d s left \033[K", what, bar, done, total,
            (int)elapsed, (int)left);
    line_is_open = true;
}

static bool on_progress(void *user, const char *what, size_t done, size_t total)
{
    const console_options *options = user;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (strncmp(what, last_what, sizeof last_what - 1) != 0) {
        snprintf(last_what, sizeof last_what, "%s", what);
        began = now;
        last_drawn = (struct timespec){0};
    }
    bool due = seconds_between(last_drawn, now) > 0.1 || done == total;
    bool bar = options->progress == PROGRESS_BAR ||
               (options->progress == PROGRESS_AUTO && isatty(STDERR_FILENO) != 0);
    if (due && !options->quiet && bar) {
        draw_bar(what, done, total, seconds_between(began, now));
    } else if (due && options->progress == PROGRESS_JSON) {
        fprintf(stderr, "{\"what\": \"%s\", \"done\": %zu, \"total\": %zu}\n", what, done, total);
    }
    if (due) {
        last_drawn = now;
    }
    return interrupted == 0;
}

void console_finish_line(void)
{
    if (line_is_open) {
        fprintf(stderr, "\r\033[K");
        line_is_open = false;
    }
}

static void on_warning(void *user, const char *sentence)
{
    (void)user;
    console_warn("%s", sentence);
}

void console_attach(console_options *options, ana_run *run)
{
    run->progress = on_progress;
    run->warn = on_warning;
    run->user = options;
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list arguments)
{
    console_finish_line();
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void console_say(const console_options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!options->quiet) {
        say(format, arguments);
    }
    va_end(arguments);
}

void console_detail(const console_options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (options->verbose && !options->quiet) {
        say(format, arguments);
    }
    va_end(arguments);
}

void console_warn(const char *format, ...)
{
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < n_warnings; i++) {
        if (strcmp(warnings[i], sentence) == 0) { /* of a file that is read again */
            return;
        }
    }
    console_finish_line();
    fprintf(stderr, "warning: %s\n", sentence);
    if (n_warnings < MAX_WARNINGS) {
        warnings[n_warnings] = strdup(sentence);
        n_warnings += warnings[n_warnings] != NULL ? 1 : 0;
    }
}

size_t console_n_warnings(void)
{
    return n_warnings;
}

const char *console_warning(size_t i)
{
    return warnings[i];
}
