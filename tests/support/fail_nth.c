#include "support/fail_nth.h"

#include "support/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A size that no machine has is a failure to be reported, not the sanitizer's end of the test. */
ANA_API const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Counts down to the failure; negative: nothing fails. */
static long countdown = -1;
static int met;

static int fails_now(void)
{
    if (countdown < 0) {
        return 0;
    }
    if (countdown-- == 0) {
        met = 1;
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : __real_aligned_alloc(alignment, size);
}

int __real_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    return fails_now() ? ENOMEM : __real_posix_memalign(out, alignment, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

char *__real_strndup(const char *text, size_t n);
char *__wrap_strndup(const char *text, size_t n);
char *__wrap_strndup(const char *text, size_t n)
{
    return fails_now() ? NULL : __real_strndup(text, n);
}

char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved)
{
    return fails_now() ? NULL : __real_realpath(path, resolved);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
    return fails_now() ? NULL : __real_fopen(path, mode);
}

FILE *__real_fdopen(int descriptor, const char *mode);
FILE *__wrap_fdopen(int descriptor, const char *mode);
FILE *__wrap_fdopen(int descriptor, const char *mode)
{
    return fails_now() ? NULL : __real_fdopen(descriptor, mode);
}

FILE *__real_open_memstream(char **bytes, size_t *n);
FILE *__wrap_open_memstream(char **bytes, size_t *n);
FILE *__wrap_open_memstream(char **bytes, size_t *n)
{
    return fails_now() ? NULL : __real_open_memstream(bytes, n);
}

ssize_t __real_getline(char **line, size_t *n, FILE *stream);
ssize_t __wrap_getline(char **line, size_t *n, FILE *stream);
ssize_t __wrap_getline(char **line, size_t *n, FILE *stream)
{
    return fails_now() ? -1 : __real_getline(line, n, stream);
}

size_t check_each_allocation(failing_call call, void *user, int tolerant)
{
    for (long n = 0; n < 1000000; n++) {
        met = 0;
        countdown = n;
        ana_status status = call(user);
        countdown = -1;
        if (!met) {
            check_ok(status);
            return (size_t)n;
        }
        if (status == ANA_OK && tolerant) {
            continue;
        }
        if (status != ANA_ERR_MEMORY && status != ANA_ERR_IO) {
            print_error("allocation %ld failed, yet the call returned \"%s\": %s\n", n,
                        ana_status_text(status), ana_last_error());
            fail();
        }
        assert_true(strlen(ana_last_error()) > 0);
    }
    fail_msg("%s", "the call never succeeded");
    return 0;
}

/* The loop of ALLOCATION_TEST that is under way. */
static struct {
    const char *function;
    bool tolerant;
    bool finished;
    long n; /* which allocation fails next */
} loop;

void fail_nth_begin(const char *function, bool tolerant)
{
    loop.function = function;
    loop.tolerant = tolerant;
    loop.finished = false;
    loop.n = 0;
}

bool fail_nth_goes_on(void)
{
    return !loop.finished;
}

void fail_nth_arm(void)
{
    met = 0;
    countdown = loop.n++;
}

bool fail_nth_succeeded(ana_status status)
{
    countdown = -1;
    if (met && status == ANA_OK && !loop.tolerant) {
        fail_msg("%s succeeded although its allocation %ld failed", loop.function, loop.n - 1);
    }
    if (met && status != ANA_OK && status != ANA_ERR_MEMORY && status != ANA_ERR_IO) {
        fail_msg("%s: allocation %ld failed, yet it returned \"%s\": %s", loop.function, loop.n - 1,
                 ana_status_text(status), ana_last_error());
    }
    if (met && status != ANA_OK) {
        assert_true(strlen(ana_last_error()) > 0);
        return false;
    }
    if (!met) {
        loop.finished = true;
        if (status != ANA_OK) {
            fail_msg("%s: %s", loop.function, ana_last_error());
        }
        if (loop.n == 1) {
            fail_msg("%s does not allocate here; NO_ALLOCATION_TEST says so", loop.function);
        }
    }
    return true;
}

void fail_nth_none_met(ana_status status)
{
    countdown = -1;
    if (met) {
        fail_msg("%s allocates; ALLOCATION_TEST covers that", loop.function);
    }
    if (status != ANA_OK) {
        fail_msg("%s: %s", loop.function, ana_last_error());
    }
}
