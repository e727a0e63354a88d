/** A bounds-checked walk over bytes: the only way a reader takes numbers out of a file.
 *
 *  A read beyond the end gives 0 and sets `failed`; check once after a group of reads. */
#ifndef ANALYSIS_FORMATS_CURSOR_H
#define ANALYSIS_FORMATS_CURSOR_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ana_cursor {
    const char *name; /**< of the file, for sentences */
    const unsigned char *bytes;
    size_t n;
    size_t at;
    uint64_t origin; /**< file offset of bytes[0] */
    bool big_endian;
    bool failed;
} ana_cursor;

ana_cursor ana_cursor_over(const char *name, const void *bytes, size_t n, uint64_t origin);

uint8_t ana_cursor_u8(ana_cursor *cursor);
uint16_t ana_cursor_u16(ana_cursor *cursor);
uint32_t ana_cursor_u32(ana_cursor *cursor);
uint64_t ana_cursor_u64(ana_cursor *cursor);
int16_t ana_cursor_i16(ana_cursor *cursor);
int32_t ana_cursor_i32(ana_cursor *cursor);
int64_t ana_cursor_i64(ana_cursor *cursor);
float ana_cursor_f32(ana_cursor *cursor);
double ana_cursor_f64(ana_cursor *cursor);

/** Pointer to the next n bytes, which are passed over; NULL when there are fewer. */
const unsigned char *ana_cursor_take(ana_cursor *cursor, size_t n);
/** The next n bytes as a cursor of their own, passed over here; failed when there are fewer. */
ana_cursor ana_cursor_sub(ana_cursor *cursor, size_t n);
void ana_cursor_skip(ana_cursor *cursor, size_t n);
size_t ana_cursor_left(const ana_cursor *cursor);
/** File offset of the next byte. */
uint64_t ana_cursor_offset(const ana_cursor *cursor);

/** ANA_ERR_FORMAT "name: byte N: ends within `what`" once a read failed. */
ANA_USE_RESULT ana_status ana_cursor_check(const ana_cursor *cursor, const char *what);

/** Whether this machine's numbers begin with their highest byte. */
bool ana_host_is_big_endian(void);

/** Swap the bytes of n elements of `size` (1, 2, 4, 8) in place. */
void ana_swap_bytes(void *elements, size_t n, size_t size);

#endif
