#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum {
    TIME_LIMIT_S = SANITIZED ? 10 : 2, /* of the processor: the machine may be busy */
    WALL_LIMIT_S = 60,
    MEMORY_LIMIT_MB = 256 /* not held under the sanitizer, whose shadow counts */
};

/* What a child tells its parent of one file. */
typedef struct child_report {
    int ended;
    long most_kb; /* of memory that the process held so far */
    char sentence[SENTENCE_BYTES];
} child_report;

/* The files that one child reads, and what came back. */
typedef struct batch {
    size_t first;
    size_t n;
    prepare_file *prepare;
    void *user;
    read_file *read;
    reading *readings; /* of all files */
} batch;

const char *outcome_name(outcome ended)
{
    static const char *const names[] = {"ok",    "warn", "error", "broken invariant",
                                        "crash", "hang", "memory"};
    return names[ended];
}

static ana_status ignore_block(void *user, const ana_block *block)
{
    (void)user;
    (void)block;
    return ANA_OK;
}

static ana_status read_all_samples(const ana_recording *recording)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        ana_status status = ana_series_blocks(recording->series[i], NULL, NULL, ignore_block, NULL);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

outcome read_as_recording(const char *path, char *sentence)
{
    ana_read_options options = ana_read_options_default();
    ana_recording *recording = NULL;
    ana_findings *findings = NULL;
    outcome ended = OUTCOME_OK;
    options.run.max_memory = (size_t)128 << 20;
    ana_status status = ana_recording_read(path, &options, &recording);
    if (status == ANA_OK) {
        status = read_all_samples(recording);
    }
    if (status != ANA_OK) {
        ended = OUTCOME_ERROR;
    } else if (ana_recording_check(recording) != ANA_OK) {
        ended = OUTCOME_BROKEN;
    } else if (recording->n_warnings > 0) {
        ended = OUTCOME_WARN;
    }
    snprintf(sentence, SENTENCE_BYTES, "%s",
             ended == OUTCOME_WARN ? recording->warnings[0] : ana_last_error());
    ana_recording_free(recording);
    if (ana_file_validate(path, &options, &findings) == ANA_OK) {
        ana_findings_free(findings);
    }
    return ended;
}

static void limit_process(void)
{
    const struct rlimit core = {0, 0};
    const struct rlimit memory = {(rlim_t)1 << 30, (rlim_t)1 << 30};
    setrlimit(RLIMIT_CORE, &core);
    if (!SANITIZED) {
        setrlimit(RLIMIT_AS, &memory); /* addresses, most of them never touched */
    }
}

/* Time for one more file, in whole seconds, beyond what this process has used. */
static void grant_time(clock_t used)
{
    const rlim_t seconds = (rlim_t)(used / CLOCKS_PER_SEC) + TIME_LIMIT_S + 1;
    const struct rlimit time = {seconds, RLIM_INFINITY};
    setrlimit(RLIMIT_CPU, &time);
    alarm(WALL_LIMIT_S);
}

static void write_whole(int descriptor, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(descriptor, at, n);
        if (written <= 0) {
            _exit(1);
        }
        at += written;
        n -= (size_t)written;
    }
}

static size_t read_whole(int descriptor, void *bytes, size_t n)
{
    size_t had = 0;
    while (had < n) {
        ssize_t got = read(descriptor, (char *)bytes + had, n - had);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            break;
        }
        had += got > 0 ? (size_t)got : 0;
    }
    return had;
}

/* The child: reads its files one after the other, and tells of each. */
_Noreturn static void read_as_child(const batch *files, int descriptor)
{
    limit_process();
    for (size_t i = 0; i < files->n; i++) {
        char path[PATH_BYTES];
        child_report report = {0};
        struct rusage usage;
        files->prepare(files->user, files->first + i, path);
        const clock_t start = clock();
        grant_time(start);
        report.ended = (int)files->read(path, report.sentence);
        if (clock() - start > (clock_t)TIME_LIMIT_S * CLOCKS_PER_SEC) {
            report.ended = OUTCOME_HANG;
        }
        getrusage(RUSAGE_SELF, &usage);
        report.most_kb = usage.ru_maxrss;
        write_whole(descriptor, &report, sizeof report);
    }
    exit(0); /* not _exit: the leak sanitizer looks now */
}

static void judge_report(const child_report *report, reading *file)
{
    file->ended = (outcome)report->ended;
    memcpy(file->sentence, report->sentence, SENTENCE_BYTES);
    if (!SANITIZED && report->most_kb > (long)MEMORY_LIMIT_MB * 1024) {
        file->ended = OUTCOME_MEMORY;
        snprintf(file->sentence, SENTENCE_BYTES, "%ld kB", report->most_kb);
    }
}

/* A child that a signal or a sanitizer ended. */
static void judge_end(int status, reading *file)
{
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const bool stopped = number == SIGXCPU || number == SIGALRM || number == SIGKILL;
    file->ended = stopped ? OUTCOME_HANG : OUTCOME_CRASH;
    snprintf(file->sentence, SENTENCE_BYTES, "%s %d", number != 0 ? "signal" : "exit",
             number != 0 ? number : WEXITSTATUS(status));
}

/* Read the files in one child. False when something is wrong with one of them, and the child had
 * others to read, so that it does not say with which. */
static bool read_batch(const batch *files)
{
    int ends[2];
    fflush(stdout);
    fflush(stderr);
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(1);
    }
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(1);
    }
    if (child == 0) {
        close(ends[0]);
        read_as_child(files, ends[1]);
    }
    close(ends[1]);
    size_t n_good = 0;
    child_report report = {0};
    while (n_good < files->n && read_whole(ends[0], &report, sizeof report) == sizeof report) {
        reading *file = &files->readings[files->first + n_good];
        judge_report(&report, file);
        if (file->ended >= OUTCOME_CRASH) {
            break;
        }
        n_good++;
    }
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    reading *last = &files->readings[files->first + files->n - 1];
    if (status != 0 || (n_good < files->n && last->ended < OUTCOME_CRASH)) {
        judge_end(status, last);
    }
    return last->ended < OUTCOME_CRASH || files->n == 1;
}

void read_in_children(size_t n, size_t n_together, prepare_file *prepare, void *user,
                      read_file *read, reading *readings)
{
    for (size_t first = 0; first < n; first += n_together) {
        const size_t n_now = n - first < n_together ? n - first : n_together;
        batch together = {first, n_now, prepare, user, read, readings};
        if (read_batch(&together)) {
            continue;
        }
        for (size_t i = 0; i < n_now; i++) {
            batch alone = {first + i, 1, prepare, user, read, readings};
            (void)read_batch(&alone);
        }
    }
}

static void copy_path(void *user, size_t i, char *path)
{
    (void)i;
    snprintf(path, PATH_BYTES, "%s", (const char *)user);
}

reading read_in_child(const char *path, read_file *read)
{
    reading file = {0};
    read_in_children(1, 1, copy_path, (void *)(uintptr_t)path, read, &file);
    return file;
}

bool names_place(const char *sentence, const char *path)
{
    static const char *const places[] = {" \"",  "byte",   "line ",   ": /",     "\"/",
                                         ".npy", "params", "sample ", "column ", "neuron "};
    const char *slash = strrchr(path, '/');
    if (strstr(sentence, slash != NULL ? slash + 1 : path) == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strstr(sentence, places[i]) != NULL) {
            return true;
        }
    }
    return false;
}
