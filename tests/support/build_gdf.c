#include "support/build_gdf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST = 8192
};

/* Bytes so far. */
typedef struct bytes {
    unsigned char at[MOST];
    size_t n;
} bytes;

static void put(bytes *to, size_t n, const void *from)
{
    memcpy(to->at + to->n, from, n);
    to->n += n;
}

static void put_int(bytes *to, size_t n, int64_t value)
{
    for (size_t i = 0; i < n; i++) {
        to->at[to->n++] = (unsigned char)((uint64_t)value >> (8 * i) & 0xff);
    }
}

static void put_double(bytes *to, double value)
{
    put(to, sizeof value, &value);
}

static void put_float(bytes *to, float value)
{
    put(to, sizeof value, &value);
}

static void put_text(bytes *to, size_t n, const char *text)
{
    memset(to->at + to->n, ' ', n);
    memcpy(to->at + to->n, text, strlen(text));
    to->n += n;
}

static void put_zeros(bytes *to, size_t n)
{
    memset(to->at + to->n, 0, n);
    to->n += n;
}

int gdf_sample(size_t s, size_t t)
{
    return (int)((t * 7919 + s * 104729) % 60000) - 30000;
}

static const struct {
    const char *label;
    const char *unit;
    int code; /* of the unit */
    unsigned n_samples;
    unsigned type;
} signals[GDF_SIGNALS] = {
    {"C3", "uV", 4275, 4, 3},
    {"C4", "mV", 4274, 4, 279},
    {"X", "-", 512, 2, 16},
    {"odd", "%", 544, 1, 535},
};

static void put_fixed(bytes *to, const gdf_plan *plan)
{
    char version[16];
    const bool first = plan->version < 190;
    snprintf(version, sizeof version, "GDF %d.%02d", plan->version / 100, plan->version % 100);
    put(to, 8, version);
    put_text(to, first ? 80 : 66, "P01");
    put_zeros(to, first ? 0 : 14);
    put_text(to, first ? 80 : 64, "a run");
    if (first) {
        put_text(to, 16, "2009031722334455");
        put_int(to, 8, 256 * (GDF_SIGNALS + 1));
    } else {
        put_zeros(to, 16);
        /* 17 March 2009 is day 733849; 0.75 of it is 18 o'clock. */
        put_int(to, 8, ((int64_t)733849 << 32) + (int64_t)3 * ((int64_t)1 << 30));
        put_zeros(to, 8);
        put_int(to, 2, GDF_SIGNALS + 1 + (plan->tags ? 1 : 0));
    }
    put_zeros(to, 236 - to->n);
    put_int(to, 8, plan->n_records);
    if (plan->double_seconds) {
        put_double(to, 0.5);
    } else {
        put_int(to, 4, 1);
        put_int(to, 4, 2);
    }
    put_int(to, first ? 4 : 2, GDF_SIGNALS);
    put_zeros(to, 256 - to->n);
}

/* Physical values are stored ones times a quarter. */
static void put_limits(bytes *to, bool first)
{
    static const double limits[4] = {-8000.0, 8000.0, -32000.0, 32000.0};
    for (size_t i = 0; i < 4; i++) {
        for (size_t s = 0; s < GDF_SIGNALS; s++) {
            if (first && i > 1) {
                put_int(to, 8, (int64_t)limits[i]);
            } else {
                put_double(to, limits[i]);
            }
        }
    }
}

static void put_signals(bytes *to, bool first)
{
    for (size_t s = 0; s < GDF_SIGNALS; s++) {
        put_text(to, 16, signals[s].label);
    }
    for (size_t s = 0; s < GDF_SIGNALS; s++) {
        put_text(to, 80, "AgCl");
    }
    for (size_t s = 0; s < GDF_SIGNALS; s++) {
        put_text(to, first ? 8 : 6, first ? signals[s].unit : "");
    }
    for (size_t s = 0; s < GDF_SIGNALS && !first; s++) {
        put_int(to, 2, signals[s].code);
    }
    put_limits(to, first);
    for (size_t s = 0; s < GDF_SIGNALS; s++) {
        put_text(to, first ? 80 : 64, "band");
        put_zeros(to, first ? 0 : 4);
    }
    static const float edges[3] = {30.0F, 0.5F, -1.0F}; /* low pass, high pass, no notch */
    for (size_t i = 0; i < 3 && !first; i++) {
        for (size_t s = 0; s < GDF_SIGNALS; s++) {
            put_float(to, edges[i]);
        }
    }
    for (size_t s = 0; s < GDF_SIGNALS; s++) {
        put_int(to, 4, signals[s].n_samples);
    }
    for (size_t s = 0; s < GDF_SIGNALS; s++) {
        put_int(to, 4, signals[s].type);
    }
    for (size_t s = 0; s < GDF_SIGNALS && !first; s++) {
        put_float(to, (float)s);
        put_float(to, 0.25F);
        put_float(to, -0.5F);
    }
    put_zeros(to, GDF_SIGNALS * (first ? 32 : 20));
}

static void put_records(bytes *to)
{
    for (size_t r = 0; r < GDF_RECORDS; r++) {
        for (size_t s = 0; s < GDF_SIGNALS; s++) {
            for (size_t i = 0; i < signals[s].n_samples; i++) {
                const int value = gdf_sample(s, r * signals[s].n_samples + i);
                if (signals[s].type == 16) {
                    put_float(to, (float)value);
                } else {
                    put_int(to, signals[s].type == 3 ? 2 : 3, value);
                }
            }
        }
    }
}

static void put_events(bytes *to, const gdf_plan *plan)
{
    static const int codes[3] = {769, 2, 33024};
    static const int positions[3] = {1, 5, 9};
    static const int channels[3] = {0, 2, 0};
    static const int durations[3] = {4, 0, 8};
    put_int(to, 1, plan->mode);
    if (plan->version < 194) {
        put_int(to, 3, 8); /* samples a second */
        put_int(to, 4, 3);
    } else {
        put_int(to, 3, 3);
        put_float(to, 8.0F);
    }
    for (size_t i = 0; i < 3; i++) {
        put_int(to, 4, positions[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        put_int(to, 2, codes[i]);
    }
    for (size_t i = 0; i < 3 && (plan->mode & 2) != 0; i++) {
        put_int(to, 2, channels[i]);
    }
    for (size_t i = 0; i < 3 && (plan->mode & 2) != 0; i++) {
        put_int(to, 4, durations[i]);
    }
    put_zeros(to, (plan->mode & 4) != 0 ? 24 : 0);
}

bool write_gdf(const char *path, const gdf_plan *plan)
{
    static const char tags[] = "\1\5\0\0\0\0go\0"; /* code 0: "", 1: "", 2: "go" */
    bytes to = {.n = 0};
    put_fixed(&to, plan);
    put_signals(&to, plan->version < 190);
    if (plan->tags && plan->version >= 190) {
        put(&to, sizeof tags, tags);
        put_zeros(&to, 256 - sizeof tags);
    }
    put_records(&to);
    if (plan->mode != 0) {
        put_events(&to, plan);
    }
    FILE *file = fopen(path, "wb");
    bool written = file != NULL && fwrite(to.at, 1, to.n, file) == to.n;
    return file != NULL && fclose(file) == 0 && written;
}
