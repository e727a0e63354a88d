#include "live_lines.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double shortest_s = 1e-6;
static const double wider = 1.01;

double live_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void append(live_line *line, const char *text, size_t n)
{
    if (line->full || n > LIVE_LINE - 4 - line->n) { /* the end of the line has always room */
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->n, text, n);
    line->n += n;
}

static void append_text(live_line *line, const char *text)
{
    append(line, text, strlen(text));
}

static void append_quoted(live_line *line, const char *text)
{
    append_text(line, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            append_text(line, "\\");
            append(line, c, 1);
        } else if ((unsigned char)*c < 0x20) {
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(unsigned char)*c);
            append_text(line, escaped);
        } else {
            append(line, c, 1);
        }
    }
    append_text(line, "\"");
}

static void append_double(live_line *line, double value)
{
    char text[32] = "null";
    double back = NAN; /* the fewest digits that are read back as the same number */
    for (int digits = 15; isfinite(value) && digits <= 17 && back != value; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        back = strtod(text, NULL);
    }
    append_text(line, text);
}

void live_begin(live_line *line, const char *type)
{
    line->n = 0;
    line->full = false;
    append_text(line, "{\"type\":");
    append_quoted(line, type);
}

static void append_name(live_line *line, const char *name)
{
    append_text(line, ",");
    append_quoted(line, name);
    append_text(line, ":");
}

void live_add_double(live_line *line, const char *name, double value)
{
    append_name(line, name);
    append_double(line, value);
}

void live_add_count(live_line *line, const char *name, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    append_name(line, name);
    append_text(line, text);
}

void live_add_text(live_line *line, const char *name, const char *value)
{
    append_name(line, name);
    append_quoted(line, value);
}

void live_add_values(live_line *line, const char *name, size_t n, const char *const *labels,
                     const double *values)
{
    append_name(line, name);
    for (size_t i = 0; i < n; i++) {
        append_text(line, i > 0 ? "," : "{");
        append_quoted(line, labels[i]);
        append_text(line, ":");
        append_double(line, values[i]);
    }
    append_text(line, "}");
}

ana_status live_write(live_line *line, const ana_run *run)
{
    if (line->full) {
        return ana_fail(ANA_ERR_LIMIT, "stdout: a line of more than %d bytes", LIVE_LINE);
    }
    memcpy(line->bytes + line->n, "}\n", 2);
    return live_write_bytes(line->bytes, line->n + 2, run);
}

ana_status live_write_bytes(const void *bytes, size_t n, const ana_run *run)
{
    const char *from = bytes;
    while (n > 0) {
        struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
        const int found = poll(&ready, 1, 100);
        if (found <= 0) { /* the reader is slow, or a signal came */
            const ana_status status = ana_run_progress(run, "waiting for the reader", 0, 0);
            if (status != ANA_OK) {
                return status;
            }
            continue;
        }
        const ssize_t written = write(STDOUT_FILENO, from, n);
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            return ana_fail(ANA_ERR_IO, "stdout: %s",
                            errno == EPIPE ? "nobody reads any more" : "it cannot be written");
        }
        from += written > 0 ? written : 0;
        n -= written > 0 ? (size_t)written : 0;
    }
    return ANA_OK;
}

void live_note(live_times *times, double latency_s, double sample_s)
{
    const double now = live_now();
    const double bin = log(fmax(latency_s, shortest_s) / shortest_s) / log(wider);
    times->counts[bin < LIVE_BINS - 1 ? (size_t)bin : LIVE_BINS - 1]++;
    times->largest_s = fmax(times->largest_s, latency_s);
    if (times->n > 0) {
        const double deviation = now - times->last_s - (sample_s - times->last_sample_s);
        const double before = deviation - times->mean;
        times->n_intervals++;
        times->mean += before / (double)times->n_intervals;
        times->squares += before * (deviation - times->mean);
    }
    times->n++;
    times->last_s = now;
    times->last_sample_s = sample_s;
}

double live_quantile(const live_times *times, double share)
{
    const double wanted = share * (double)times->n;
    size_t below = 0;
    for (size_t b = 0; b < LIVE_BINS && times->n > 0; b++) {
        below += times->counts[b];
        if ((double)below >= wanted) {
            return fmin(times->largest_s, shortest_s * pow(wider, (double)b + 1.0));
        }
    }
    return NAN;
}

double live_jitter(const live_times *times)
{
    return times->n_intervals > 1 ? sqrt(times->squares / (double)times->n_intervals) : (double)NAN;
}
