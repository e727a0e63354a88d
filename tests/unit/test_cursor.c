#include "cursor.h"
#include "int24.h"
#include "support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88,
                                      0x99, 0x0a, 0xbb, 0x0c, 0xdd, 0x0e, 0xff, 0x10};

static void little_endian_numbers_begin_with_their_lowest_byte(void **state)
{
    (void)state;
    ana_cursor cursor = ana_cursor_over("a", bytes, sizeof bytes, 0);
    assert_int_equal(ana_cursor_u8(&cursor), 0x01);
    assert_int_equal(ana_cursor_u16(&cursor), 0x0382);
    assert_int_equal(ana_cursor_u32(&cursor), 0x07860584U);
    assert_true(ana_cursor_u64(&cursor) == 0xff0edd0cbb0a9988ULL);
    assert_int_equal(ana_cursor_left(&cursor), 1);
    check_ok(ana_cursor_check(&cursor, "numbers"));
}

static void big_endian_numbers_begin_with_their_highest_byte(void **state)
{
    (void)state;
    ana_cursor cursor = ana_cursor_over("a", bytes, sizeof bytes, 0);
    cursor.big_endian = true;
    assert_int_equal(ana_cursor_i16(&cursor), 0x0182);
    assert_int_equal(ana_cursor_i32(&cursor), 0x03840586);
    assert_true(ana_cursor_i64(&cursor) == 0x0788990abb0cdd0eLL);
}

static void signed_numbers_are_twos_complement(void **state)
{
    (void)state;
    const unsigned char minus_two[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    ana_cursor cursor = ana_cursor_over("a", minus_two, 8, 0);
    ana_cursor copy = cursor;
    assert_int_equal(ana_cursor_i16(&copy), -2);
    copy = cursor;
    assert_int_equal(ana_cursor_i32(&copy), -2);
    assert_true(ana_cursor_i64(&cursor) == -2);
}

static void floats_are_ieee_754(void **state)
{
    (void)state;
    const unsigned char numbers[] = {0x00, 0x00, 0x20, 0xc0, /* -2.5 */
                                     0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f /* 0.1 */};
    ana_cursor cursor = ana_cursor_over("a", numbers, sizeof numbers, 0);
    assert_true(ana_cursor_f32(&cursor) == -2.5F);
    assert_true(ana_cursor_f64(&cursor) == 0.1);
}

static void a_read_beyond_the_end_gives_0_and_is_remembered(void **state)
{
    (void)state;
    ana_cursor cursor = ana_cursor_over("tail.bin", bytes, 3, 100);
    assert_int_equal(ana_cursor_u32(&cursor), 0);
    assert_true(cursor.failed);
    assert_int_equal(ana_cursor_u8(&cursor), 0); /* also what would fit */
    check_fails(ana_cursor_check(&cursor, "the header"), ANA_ERR_FORMAT,
                "tail.bin: byte 103: ends within the header");
}

static void a_part_is_a_cursor_of_its_own(void **state)
{
    (void)state;
    ana_cursor cursor = ana_cursor_over("a", bytes, sizeof bytes, 1000);
    ana_cursor_skip(&cursor, 2);
    ana_cursor part = ana_cursor_sub(&cursor, 4);
    assert_int_equal(ana_cursor_offset(&part), 1002);
    assert_int_equal(ana_cursor_u32(&part), 0x86058403U);
    assert_int_equal(ana_cursor_u8(&part), 0);
    assert_true(part.failed);
    assert_false(cursor.failed);
    assert_int_equal(ana_cursor_offset(&cursor), 1006);
    ana_cursor beyond = ana_cursor_sub(&cursor, 11);
    assert_true(beyond.failed && cursor.failed);
    assert_null(ana_cursor_take(&cursor, 1));
}

static void swapping_twice_changes_nothing(void **state)
{
    (void)state;
    unsigned char copy[sizeof bytes];
    for (size_t size = 1; size <= 8; size *= 2) {
        memcpy(copy, bytes, sizeof bytes);
        ana_swap_bytes(copy, sizeof bytes / size, size);
        for (size_t i = 0; i < sizeof bytes; i++) {
            assert_int_equal(copy[i], bytes[i / size * size + size - 1 - i % size]);
        }
        ana_swap_bytes(copy, sizeof bytes / size, size);
        assert_memory_equal(copy, bytes, sizeof bytes);
    }
}

static void three_bytes_become_a_signed_number(void **state)
{
    (void)state;
    const unsigned char samples[] = {0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0x00, 0x00, 0x80,
                                     0xff, 0xff, 0x7f, 0x56, 0x34, 0x12, 0xaa, 0xcb, 0xed};
    const int32_t wanted[] = {0, -1, -8388608, 8388607, 0x123456, -0x123456};
    int32_t numbers[6];
    double values[6];
    ana_int24_to_int32(6, samples, numbers);
    ana_int24_to_double(6, samples, 0.25, -3.0, values);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(numbers[i], wanted[i]);
        assert_true(values[i] == wanted[i] * 0.25 - 3.0);
    }
    ana_int24_to_double(1, samples, 1.0, 0.0, values);
    assert_true(values[0] == 0.0 && !signbit(values[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_endian_numbers_begin_with_their_lowest_byte),
        cmocka_unit_test(big_endian_numbers_begin_with_their_highest_byte),
        cmocka_unit_test(signed_numbers_are_twos_complement),
        cmocka_unit_test(floats_are_ieee_754),
        cmocka_unit_test(a_read_beyond_the_end_gives_0_and_is_remembered),
        cmocka_unit_test(a_part_is_a_cursor_of_its_own),
        cmocka_unit_test(swapping_twice_changes_nothing),
        cmocka_unit_test(three_bytes_become_a_signed_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
