#include <analysis/run.h>

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

ana_run ana_run_default(void)
{
    ana_run run = {0};
    return run;
}

ana_status ana_run_progress(const ana_run *run, const char *what, size_t done, size_t total)
{
    if (run == NULL || run->progress == NULL || run->progress(run->user, what, done, total)) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_CANCELLED, "%s: cancelled after %zu of %zu", what, done, total);
}

void ana_warn(const ana_run *run, const char *format, ...)
{
    if (run == NULL || run->warn == NULL) {
        return;
    }
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    run->warn(run->user, sentence);
}

size_t ana_run_memory_limit(const ana_run *run)
{
    if (run != NULL && run->max_memory > 0) {
        return run->max_memory;
    }
    long pages = sysconf(_SC_PHYS_PAGES);
    long page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0) {
        return (size_t)1 << 30;
    }
    return (size_t)pages / 4 * 3 * (size_t)page;
}

ana_status ana_run_check_memory(const ana_run *run, size_t bytes, const char *what)
{
    size_t limit = ana_run_memory_limit(run);
    if (bytes <= limit) {
        return ANA_OK;
    }
    const bool small = limit < (size_t)1 << 20;
    const size_t unit = small ? (size_t)1 << 10 : (size_t)1 << 20;
    const char *name = small ? "KiB" : "MiB";
    return ana_fail(ANA_ERR_LIMIT, "%s: needs %zu %s, but --max-memory allows %zu %s", what,
                    bytes / unit + 1, name, limit / unit, name);
}

int ana_run_threads(const ana_run *run, size_t n_items)
{
    size_t wanted = run != NULL ? run->n_threads : 0;
    size_t n = wanted > 0 ? wanted : (size_t)omp_get_max_threads();
    n = n < n_items ? n : n_items;
    return n > 0 ? (int)n : 1;
}

bool ana_shard_has(ana_shard shard, size_t item)
{
    return shard.count <= 1 || item % shard.count == shard.index;
}

size_t ana_shard_size(ana_shard shard, size_t n_items)
{
    if (shard.count <= 1) {
        return n_items;
    }
    return shard.index < n_items ? (n_items - shard.index - 1) / shard.count + 1 : 0;
}
