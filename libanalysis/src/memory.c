#include "memory.h"

#include "checked.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static ana_status no_memory(const char *what, size_t n, size_t size)
{
    return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu x %zu bytes", what, n, size);
}

ana_status ana_allocate(size_t n, size_t size, const char *what, void *out)
{
    size_t bytes = 0;
    if (!ana_multiply(n, size, &bytes)) {
        return no_memory(what, n, size);
    }
    void *memory = calloc(bytes > 0 ? bytes : 1, 1);
    if (memory == NULL) {
        return no_memory(what, n, size);
    }
    memcpy(out, &memory, sizeof memory);
    /* cppcheck-suppress memleak ; the caller's, through out */
    return ANA_OK;
}

ana_status ana_grow(void *array, size_t *capacity, size_t wanted, size_t size, const char *what)
{
    if (wanted <= *capacity) {
        return ANA_OK;
    }
    size_t larger = *capacity < 8 ? 8 : *capacity;
    while (larger < wanted) {
        if (!ana_multiply(larger, 2, &larger)) {
            return no_memory(what, wanted, size);
        }
    }
    size_t bytes = 0;
    if (!ana_multiply(larger, size, &bytes)) {
        return no_memory(what, larger, size);
    }
    void *old = NULL;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, bytes);
    if (grown == NULL) {
        return no_memory(what, larger, size);
    }
    memcpy(array, &grown, sizeof grown);
    *capacity = larger;
    return ANA_OK;
}

ana_status ana_copy_text(const char *text, char **out)
{
    if (text == NULL) {
        *out = NULL;
        return ANA_OK;
    }
    return ana_copy_bytes_as_text(text, strlen(text), out);
}

ana_status ana_copy_bytes_as_text(const char *text, size_t n, char **out)
{
    char *copy = n < SIZE_MAX ? malloc(n + 1) : NULL;
    if (copy == NULL) {
        return no_memory("text", n, 1);
    }
    memcpy(copy, text, n);
    copy[n] = '\0';
    *out = copy;
    return ANA_OK;
}
