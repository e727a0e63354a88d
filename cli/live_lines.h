/** What a live command says: a JSON object a line on stdout, at once, and how long it took. */
#ifndef CLI_LIVE_LINES_H
#define CLI_LIVE_LINES_H

#include <analysis/run.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LIVE_LINE = 65536, /**< bytes of a line */
    LIVE_BINS = 2048   /**< of latencies, each 1 % wider than the one before, from 1 us on */
};

/** A line being made. Nothing is allocated. */
typedef struct live_line {
    char bytes[LIVE_LINE];
    size_t n;
    bool full;
} live_line;

/** Seconds of a clock that only goes on. */
double live_now(void);

void live_begin(live_line *line, const char *type);
void live_add_double(live_line *line, const char *name, double value); /**< not finite: null */
void live_add_count(live_line *line, const char *name, uint64_t value);
void live_add_text(live_line *line, const char *name, const char *value);
/** "name":{"label":value,...} */
void live_add_values(live_line *line, const char *name, size_t n, const char *const *labels,
                     const double *values);

/** End the line and write it. ANA_ERR_IO when nobody reads any more; ANA_ERR_CANCELLED when `run`
 *  is told to stop while the reader is slow. */
ANA_USE_RESULT ana_status live_write(live_line *line, const ana_run *run);
/** The same of n bytes. */
ANA_USE_RESULT ana_status live_write_bytes(const void *bytes, size_t n, const ana_run *run);

/** Latencies, and how regularly answers come. Begin with zeros. */
typedef struct live_times {
    size_t n;
    size_t counts[LIVE_BINS];
    double largest_s;
    size_t n_intervals; /* between answers: their deviations from what the samples say */
    double last_s;
    double last_sample_s;
    double mean;
    double squares;
} live_times;

/** An answer to the sample at `sample_s`, `latency_s` after its arrival. */
void live_note(live_times *times, double latency_s, double sample_s);

/** The latency below which that share of the answers stayed, to 1 %; NaN without answers. */
double live_quantile(const live_times *times, double share);

/** Standard deviation of the time between two answers from that between their samples. */
double live_jitter(const live_times *times);

#endif
