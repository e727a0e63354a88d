#include "support/build_fif.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST = 16384
};

typedef struct bytes {
    unsigned char at[MOST];
    size_t n;
} bytes;

static void put_big(bytes *to, size_t n, uint64_t value)
{
    for (size_t i = n; i-- > 0;) {
        to->at[to->n++] = (unsigned char)(value >> (8 * i) & 0xff);
    }
}

static void put_int(bytes *to, int value)
{
    put_big(to, 4, (uint32_t)value);
}

static void put_float(bytes *to, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_big(to, 4, bits);
}

static void put_double(bytes *to, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_big(to, 8, bits);
}

static void put_tag(bytes *to, int kind, int type, int size)
{
    put_int(to, kind);
    put_int(to, type);
    put_int(to, size);
    put_int(to, 0);
}

static void put_int_tag(bytes *to, int kind, int value)
{
    put_tag(to, kind, 3, 4);
    put_int(to, value);
}

static void put_float_tag(bytes *to, int kind, float value)
{
    put_tag(to, kind, 4, 4);
    put_float(to, value);
}

static void put_text_tag(bytes *to, int kind, const char *text)
{
    put_tag(to, kind, 10, (int)strlen(text));
    memcpy(to->at + to->n, text, strlen(text));
    to->n += strlen(text);
}

static void begin(bytes *to, int block)
{
    put_int_tag(to, 104, block);
}

static void end(bytes *to, int block)
{
    put_int_tag(to, 105, block);
}

static void put_identity(bytes *to)
{
    put_tag(to, 100, 31, 20);
    for (int i = 0; i < 5; i++) {
        put_int(to, i);
    }
}

int fif_sample(size_t c, size_t t)
{
    return (int)((t * 7919 + c * 10477) % 60000) - 30000;
}

/* physical = stored * 0.5 * 0.25 */
static void put_channel(bytes *to, int kind, int unit, int power, float x, const char *name)
{
    put_tag(to, 203, 30, 96);
    put_int(to, 1);
    put_int(to, 1);
    put_int(to, kind);
    put_float(to, 0.5F);
    put_float(to, 0.25F);
    put_int(to, 1);
    for (int i = 0; i < 12; i++) {
        put_float(to, i == 0 ? x : 0.0F);
    }
    put_int(to, unit);
    put_int(to, power);
    memset(to->at + to->n, 0, 16);
    memcpy(to->at + to->n, name, strlen(name));
    to->n += 16;
}

static void put_info(bytes *to, const fif_plan *plan)
{
    begin(to, 101);
    if (plan->rest) {
        begin(to, 313);
        begin(to, 314);
        end(to, 314);
        end(to, 313);
        begin(to, 359);
        put_text_tag(to, 3507, "STI:Cz");
        end(to, 359);
    }
    put_int_tag(to, 200, FIF_CHANNELS);
    put_float_tag(to, 201, 200.0F);
    put_float_tag(to, 219, 40.0F);
    put_float_tag(to, 223, 0.5F);
    put_tag(to, 204, 3, 8);
    put_int(to, 1234567890);
    put_int(to, 250000);
    put_text_tag(to, 206, "a run");
    put_channel(to, 2, 107, -6, 0.125F, "Cz");
    put_channel(to, 3, 0, 0, 0.0F, "STI 014");
    put_channel(to, 202, 107, 0, 0.0F, "a longer name o");
    if (plan->rest) {
        begin(to, 113);
        put_text_tag(to, 258, "Cz");
        put_text_tag(to, 258, "STI 014");
        put_text_tag(to, 258, "a longer name of EOG");
        end(to, 113);
    }
    end(to, 101);
}

static void put_sample(bytes *to, int type, int value)
{
    if (type == 16) {
        put_big(to, 2, (uint16_t)value);
    } else if (type == 3) {
        put_int(to, value);
    } else if (type == 4) {
        put_float(to, (float)value);
    } else {
        put_double(to, value);
    }
}

static void put_samples(bytes *to, const fif_plan *plan)
{
    const int size = plan->type == 16 ? 2 : plan->type == 5 ? 8 : 4;
    size_t t = 0;
    begin(to, 102);
    put_int_tag(to, 208, plan->first_sample);
    for (int b = 0; b < 3; b++) {
        const size_t n = b < 2 ? FIF_TIMES : 2;
        if (b == 1 && plan->skip > 0) {
            put_int_tag(to, 301, plan->skip);
        }
        put_tag(to, 300, plan->type, (int)n * FIF_CHANNELS * size);
        for (size_t stop = t + n; t < stop; t++) {
            for (size_t c = 0; c < FIF_CHANNELS; c++) {
                put_sample(to, plan->type, fif_sample(c, t));
            }
        }
    }
    end(to, 102);
}

static void put_annotations(bytes *to)
{
    begin(to, 3810);
    put_tag(to, 3568, 5, 16);
    put_double(to, 5.5);
    put_double(to, 6.25);
    put_tag(to, 3569, 5, 16);
    put_double(to, 5.5);
    put_double(to, 7.25);
    put_text_tag(to, 206, "go{COLON} now:stop");
    put_tag(to, 204, 5, 8);
    put_double(to, 1234567890.25);
    end(to, 3810);
}

static bool save(const char *path, const bytes *from)
{
    FILE *file = fopen(path, "wb");
    const bool written = file != NULL && fwrite(from->at, 1, from->n, file) == from->n;
    return file != NULL && fclose(file) == 0 && written;
}

bool write_fif(const char *path, const fif_plan *plan)
{
    bytes to = {.n = 0};
    put_identity(&to);
    begin(&to, 100);
    put_info(&to, plan);
    if (plan->rest) {
        put_annotations(&to);
    }
    put_samples(&to, plan);
    end(&to, 100);
    put_tag(&to, 108, 0, 0);
    return save(path, &to);
}

bool write_fif_events(const char *path)
{
    static const int events[9] = {8, 0, 1, 2, 0, 2, 6, 5, 1};
    bytes to = {.n = 0};
    put_identity(&to);
    begin(&to, 361);
    put_tag(&to, 3561, 3, sizeof events);
    for (size_t i = 0; i < 9; i++) {
        put_int(&to, events[i]);
    }
    end(&to, 361);
    return save(path, &to);
}

bool write_fif_tag(const char *path, int kind, int type, int size, int next)
{
    bytes to = {.n = 0};
    put_identity(&to);
    put_int(&to, kind);
    put_int(&to, type);
    put_int(&to, size);
    put_int(&to, next);
    put_int(&to, 0);
    return save(path, &to);
}
