#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum {
    SENTENCE_BYTES = 1024,
    TIME_LIMIT_S = SANITIZED ? 10 : 2, /* of the processor: the machine may be busy */
    WALL_LIMIT_S = 60,
    MEMORY_LIMIT_MB = 256 /* not held under the sanitizer, whose shadow counts */
};

/* What a child tells its parent. */
typedef struct child_report {
    int ended;
    long most_kb; /* of memory that it held */
    char sentence[SENTENCE_BYTES];
} child_report;

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

/* The whole of a read; the sentence is for the parent. */
static outcome read_here(const char *path, char *sentence)
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
    const struct rlimit time = {TIME_LIMIT_S, TIME_LIMIT_S + 1};
    const struct rlimit core = {0, 0};
    const struct rlimit memory = {(rlim_t)1 << 30, (rlim_t)1 << 30};
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &core);
    if (!SANITIZED) {
        setrlimit(RLIMIT_AS, &memory); /* addresses, most of them never touched */
    }
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

/* What the child's end says beyond its own report. */
static outcome judge(int status, bool reported, const child_report *report)
{
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        return number == SIGXCPU || number == SIGALRM || number == SIGKILL ? OUTCOME_HANG
                                                                           : OUTCOME_CRASH;
    }
    if (!reported || WEXITSTATUS(status) != 0) {
        return OUTCOME_CRASH;
    }
    if (!SANITIZED && report->most_kb > (long)MEMORY_LIMIT_MB * 1024) {
        return OUTCOME_MEMORY;
    }
    return (outcome)report->ended;
}

outcome read_in_child(const char *path, char *sentence)
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
        limit_process();
        struct rusage usage;
        child_report report = {0};
        report.ended = (int)read_here(path, report.sentence);
        getrusage(RUSAGE_SELF, &usage);
        report.most_kb = usage.ru_maxrss;
        write_whole(ends[1], &report, sizeof report);
        exit(0); /* not _exit: the leak sanitizer looks now */
    }
    close(ends[1]);
    child_report report = {0};
    bool reported = read_whole(ends[0], &report, sizeof report) == sizeof report;
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    outcome ended = judge(status, reported, &report);
    if (ended >= OUTCOME_CRASH) {
        snprintf(sentence, SENTENCE_BYTES, "%s %d, %ld kB", WIFSIGNALED(status) ? "signal" : "exit",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), report.most_kb);
    } else {
        memcpy(sentence, report.sentence, SENTENCE_BYTES);
    }
    return ended;
}

bool names_place(const char *sentence, const char *path)
{
    static const char *const places[] = {"byte", "line ",  ": /",     "\"/",
                                         ".npy", "params", "sample ", "column "};
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
