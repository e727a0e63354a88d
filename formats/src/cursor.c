#include "cursor.h"

#include <string.h>

ana_cursor ana_cursor_over(const char *name, const void *bytes, size_t n, uint64_t origin)
{
    return (ana_cursor){.name = name, .bytes = bytes, .n = n, .origin = origin};
}

size_t ana_cursor_left(const ana_cursor *cursor)
{
    return cursor->n - cursor->at;
}

uint64_t ana_cursor_offset(const ana_cursor *cursor)
{
    return cursor->origin + cursor->at;
}

const unsigned char *ana_cursor_take(ana_cursor *cursor, size_t n)
{
    if (cursor->failed || n > ana_cursor_left(cursor)) {
        cursor->failed = true;
        return NULL;
    }
    const unsigned char *taken = cursor->bytes + cursor->at;
    cursor->at += n;
    return taken;
}

ana_cursor ana_cursor_sub(ana_cursor *cursor, size_t n)
{
    ana_cursor sub = ana_cursor_over(cursor->name, NULL, 0, ana_cursor_offset(cursor));
    sub.big_endian = cursor->big_endian;
    sub.bytes = ana_cursor_take(cursor, n);
    sub.failed = cursor->failed;
    sub.n = sub.failed ? 0 : n;
    return sub;
}

void ana_cursor_skip(ana_cursor *cursor, size_t n)
{
    (void)ana_cursor_take(cursor, n);
}

/* The next n <= 8 bytes as an unsigned number in the cursor's byte order; 0 beyond the end. */
static uint64_t take_unsigned(ana_cursor *cursor, size_t n)
{
    const unsigned char *bytes = ana_cursor_take(cursor, n);
    uint64_t value = 0;
    for (size_t i = 0; bytes != NULL && i < n; i++) {
        value = value << 8 | bytes[cursor->big_endian ? i : n - 1 - i];
    }
    return value;
}

uint8_t ana_cursor_u8(ana_cursor *cursor)
{
    return (uint8_t)take_unsigned(cursor, 1);
}

uint16_t ana_cursor_u16(ana_cursor *cursor)
{
    return (uint16_t)take_unsigned(cursor, 2);
}

uint32_t ana_cursor_u32(ana_cursor *cursor)
{
    return (uint32_t)take_unsigned(cursor, 4);
}

uint64_t ana_cursor_u64(ana_cursor *cursor)
{
    return take_unsigned(cursor, 8);
}

int16_t ana_cursor_i16(ana_cursor *cursor)
{
    return (int16_t)ana_cursor_u16(cursor);
}

int32_t ana_cursor_i32(ana_cursor *cursor)
{
    return (int32_t)ana_cursor_u32(cursor);
}

int64_t ana_cursor_i64(ana_cursor *cursor)
{
    return (int64_t)ana_cursor_u64(cursor);
}

float ana_cursor_f32(ana_cursor *cursor)
{
    uint32_t bits = ana_cursor_u32(cursor);
    float value = 0.0F;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double ana_cursor_f64(ana_cursor *cursor)
{
    uint64_t bits = ana_cursor_u64(cursor);
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

ana_status ana_cursor_check(const ana_cursor *cursor, const char *what)
{
    if (!cursor->failed) {
        return ANA_OK;
    }
    uint64_t end = cursor->origin + cursor->n;
    return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: ends within %s", cursor->name,
                    (unsigned long long)end, what);
}

bool ana_host_is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, 1);
    return first == 0;
}

static void swap_2(unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t value = 0;
        memcpy(&value, bytes + 2 * i, sizeof value);
        value = __builtin_bswap16(value);
        memcpy(bytes + 2 * i, &value, sizeof value);
    }
}

static void swap_4(unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t value = 0;
        memcpy(&value, bytes + 4 * i, sizeof value);
        value = __builtin_bswap32(value);
        memcpy(bytes + 4 * i, &value, sizeof value);
    }
}

static void swap_8(unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t value = 0;
        memcpy(&value, bytes + 8 * i, sizeof value);
        value = __builtin_bswap64(value);
        memcpy(bytes + 8 * i, &value, sizeof value);
    }
}

void ana_swap_bytes(void *elements, size_t n, size_t size)
{
    if (size == 2) {
        swap_2(elements, n);
    } else if (size == 4) {
        swap_4(elements, n);
    } else if (size == 8) {
        swap_8(elements, n);
    }
}
