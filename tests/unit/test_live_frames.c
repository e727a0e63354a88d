#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/formats/live_frames.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"C3", "C4", "\xc3\xa9"};

enum {
    N_CHANNELS = 3,
    HEAD = 32
};

/* A header and three frames: 2, 1 and 4 samples; 10 c + t, one of them NaN. */
typedef struct example {
    uint8_t bytes[4096];
    size_t n;
    size_t starts[4];
} example;

static void append(example *e, size_t frame, uint8_t *bytes, size_t n)
{
    e->starts[frame] = e->n;
    memcpy(e->bytes + e->n, bytes, n);
    e->n += n;
    free(bytes);
}

static double sample_of(size_t c, size_t t)
{
    return c == 1 && t == 3 ? (double)NAN : 10.0 * (double)c + (double)t + 0.1;
}

static example make_example(void)
{
    static const size_t sizes[] = {2, 1, 4};
    example e = {.n = 0};
    uint8_t *bytes = NULL;
    size_t n = 0;
    size_t first = 0;
    check_ok(ana_live_encode_header(N_CHANNELS, names, 250.0, &bytes, &n));
    append(&e, 0, bytes, n);
    for (size_t f = 0; f < 3; f++) {
        double values[N_CHANNELS * 4];
        for (size_t c = 0; c < N_CHANNELS; c++) {
            for (size_t t = 0; t < sizes[f]; t++) {
                values[c * sizes[f] + t] = sample_of(c, first + t);
            }
        }
        check_ok(ana_live_encode_samples(N_CHANNELS, sizes[f], values, 40 + f,
                                         (double)first / 250.0, &bytes, &n));
        append(&e, f + 1, bytes, n);
        first += sizes[f];
    }
    return e;
}

/* What a source said, frame after frame. */
typedef struct read_out {
    bool header;
    size_t n_frames;
    size_t n_samples;
    size_t n_dropped;
    double values[N_CHANNELS][64];
    double time_s; /* of the first frame */
} read_out;

static void note(const ana_live_frame *frame, double rate, read_out *out)
{
    if (frame->kind == ANA_LIVE_HEADER) {
        assert_int_equal(frame->n_channels, N_CHANNELS);
        check_close(frame->rate, rate, 0.0, 0.0);
        for (size_t c = 0; c < N_CHANNELS; c++) {
            assert_string_equal(frame->names[c], names[c]);
        }
        out->header = true;
    }
    if (frame->kind == ANA_LIVE_SAMPLES) {
        out->time_s = out->n_frames == 0 ? frame->time_s : out->time_s;
        for (size_t t = 0; t < frame->n_samples; t++, out->n_samples++) {
            for (size_t c = 0; c < N_CHANNELS; c++) {
                out->values[c][out->n_samples] = frame->samples[c * frame->n_samples + t];
            }
        }
        out->n_frames++;
        out->n_dropped += frame->n_dropped;
    }
}

/* The bytes in pieces of that size; the status of the first failure, or of the end. */
static ana_status read_all(ana_live_form form, size_t n, const void *bytes, size_t piece,
                           double rate, read_out *out)
{
    ana_live_decoder *decoder = NULL;
    ana_live_frame frame;
    ana_status status = ana_live_decoder_new(form, &decoder);
    memset(out, 0, sizeof *out);
    for (size_t at = 0; at < n && status == ANA_OK;) {
        size_t n_used = 0;
        const size_t given = piece < n - at ? piece : n - at;
        status =
            ana_live_decoder_feed(decoder, given, (const uint8_t *)bytes + at, &n_used, &frame);
        if (status == ANA_OK) {
            assert_true(n_used <= given &&
                        (n_used == given || frame.kind != ANA_LIVE_NONE || form == ANA_LIVE_CSV));
            note(&frame, rate, out);
            at += n_used;
        }
    }
    if (status == ANA_OK) {
        status = ana_live_decoder_finish(decoder, &frame);
    }
    if (status == ANA_OK) {
        note(&frame, rate, out);
    }
    ana_live_decoder_free(decoder);
    return status;
}

static void check_values(const read_out *out)
{
    assert_true(out->header);
    assert_int_equal(out->n_samples, 7);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        for (size_t t = 0; t < 7; t++) {
            check_close(out->values[c][t], sample_of(c, t), 0.0, 0.0);
        }
    }
}

static void frames_come_back_from_pieces_of_any_size(void **state)
{
    (void)state;
    const example e = make_example();
    for (size_t piece = 1; piece <= e.n; piece++) {
        read_out out;
        check_ok(read_all(ANA_LIVE_FRAMES, e.n, e.bytes, piece, 250.0, &out));
        check_values(&out);
        assert_int_equal(out.n_frames, 3);
        assert_int_equal(out.n_dropped, 0);
        assert_true(out.time_s == 0.0);
    }
}

static void a_frame_is_the_documented_bytes(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {
        'A', 'N', 'A', 'F', 1,   0, 1,    0,    3,  0,   0,   0,   9,    0,    0,    0, 0,
        0,   0,   0,   0,   0,   0, 0,    0,    0,  0,   0,   0,   0x40, 0x6f, 0x40, /* 250 */
        'C', '3', 0,   'C', '4', 0, 0xc3, 0xa9, 0,  'A', 'N', 'A', 'F',  1,    0,    3, 0,
        3,   0,   0,   0,   2,   0, 0,    0,    40, 0,   0,   0,   0,    0,    0,    0};
    const example e = make_example();
    assert_memory_equal(e.bytes, wanted, sizeof wanted);
    assert_int_equal(e.starts[1], 41);
    assert_int_equal(e.starts[2] - e.starts[1], HEAD + 8 * 6);
}

static void samples_of_four_bytes_are_read_too(void **state)
{
    (void)state;
    example e = make_example();
    const float values[] = {0.5F, -3.25F, 1e-3F};
    const size_t n = e.starts[1] + HEAD + sizeof values;
    read_out out;
    e.bytes[e.starts[1] + 6] = 2;
    e.bytes[e.starts[1] + 12] = 1;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        uint32_t bits = 0;
        memcpy(&bits, &values[c], sizeof bits);
        for (size_t b = 0; b < 4; b++) {
            e.bytes[e.starts[1] + HEAD + 4 * c + b] = (uint8_t)(bits >> (8 * b));
        }
    }
    check_ok(read_all(ANA_LIVE_FRAMES, n, e.bytes, 7, 250.0, &out));
    assert_int_equal(out.n_samples, 1);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        assert_true(out.values[c][0] == (double)values[c]);
    }
}

static void frames_that_never_came_are_counted(void **state)
{
    (void)state;
    example e = make_example();
    read_out out;
    e.bytes[e.starts[3] + 16] = 47;
    check_ok(read_all(ANA_LIVE_FRAMES, e.n, e.bytes, 50, 250.0, &out));
    assert_int_equal(out.n_dropped, 5);
    e.bytes[e.starts[3] + 16] = 41;
    check_fails(read_all(ANA_LIVE_FRAMES, e.n, e.bytes, 50, 250.0, &out), ANA_ERR_FORMAT,
                "sequence number 41, where 42 or more is right");
}

/* The example with one byte changed fails with that piece of a sentence. */
static void changed(size_t frame, size_t offset, uint8_t value, const char *piece)
{
    example e = make_example();
    read_out out;
    e.bytes[e.starts[frame] + offset] = value;
    check_fails(read_all(ANA_LIVE_FRAMES, e.n, e.bytes, 4096, 250.0, &out), ANA_ERR_FORMAT, piece);
}

static void a_damaged_frame_is_refused_with_its_byte(void **state)
{
    (void)state;
    changed(0, 0, 'B', "byte 0: no frame of version 1 begins there");
    changed(2, 3, 'f', "byte 121: no frame");
    changed(1, 4, 2, "byte 41: no frame of version 1");
    changed(1, 6, 4, "a frame of kind 4; 1, 2 or 3 is right");
    changed(1, 6, 1, "a second header");
    changed(0, 6, 3, "samples before the header");
    changed(1, 8, 4, "a frame of 4 channels, but the header says 3");
    changed(1, 15, 0xff, "cannot be");
    changed(1, 12, 0, "cannot be");
    changed(0, 8, 0, "cannot be");
    changed(0, 8, 4, "are not the names of 4 channels");
    changed(0, 8, 2, "are not the names of 2 channels");
    changed(0, HEAD + 2, 'x', "are not the names of 3 channels");
    changed(0, HEAD, 0, "are not the names of 3 channels");
    changed(0, HEAD + 6, 0xff, "are not the names of 3 channels");
    changed(0, 31, 0xc0, "a rate of -250 Hz");
}

static void a_source_that_ends_too_early_is_told(void **state)
{
    (void)state;
    const example e = make_example();
    read_out out;
    size_t n_whole = 0;
    for (size_t n = 0; n < e.n; n++) {
        const bool whole = n == e.starts[1] || n == e.starts[2] || n == e.starts[3];
        if (whole) {
            check_ok(read_all(ANA_LIVE_FRAMES, n, e.bytes, 64, 250.0, &out));
            n_whole++;
        } else {
            check_fails(read_all(ANA_LIVE_FRAMES, n, e.bytes, 64, 250.0, &out), ANA_ERR_FORMAT,
                        n == 0 ? "before it said its channels" : "bytes into the frame at byte");
        }
    }
    assert_int_equal(n_whole, 3);
}

static ana_status read_text(const char *text, size_t piece, read_out *out)
{
    return read_all(ANA_LIVE_CSV, strlen(text), text, piece, NAN, out);
}

static void lines_come_back_from_pieces_of_any_size(void **state)
{
    (void)state;
    static const char *const text = " C3,\"C4\" ,\xc3\xa9\r\n"
                                    "0.1,10.1,20.1\n1.1,11.1,2.11e1\n\n2.1, 12.1,22.1\r\n"
                                    "3.1,,23.1\n4.1,14.1,24.1\n5.1,15.1,25.1\n6.1,16.1,26.1";
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        read_out out;
        check_ok(read_text(text, piece, &out));
        check_values(&out);
        assert_int_equal(out.n_frames, 7);
        assert_true(isnan(out.time_s));
    }
}

static void a_wrong_line_is_refused_with_its_number(void **state)
{
    (void)state;
    read_out out;
    check_fails(read_text("", 9, &out), ANA_ERR_FORMAT, "before it said its channels");
    check_fails(read_text("\n\n", 9, &out), ANA_ERR_FORMAT, "before it said its channels");
    check_fails(read_text("C3,,\xc3\xa9\n", 9, &out), ANA_ERR_FORMAT, "place 2 has none");
    check_fails(read_text("C3,C4,\xff\n", 9, &out), ANA_ERR_FORMAT, "place 3 has none");
    check_fails(read_text("C3,C4,\xc3\xa9\n1,2,3\n\n1,2\n", 9, &out), ANA_ERR_FORMAT,
                "line 4 has 2 numbers, but there are 3 channels");
    check_fails(read_text("C3,C4,\xc3\xa9\n1,2,3,4\n", 9, &out), ANA_ERR_FORMAT, "4 numbers");
    check_fails(read_text("C3,C4,\xc3\xa9\n1,two,3\n", 9, &out), ANA_ERR_FORMAT,
                "line 2: \"two\" of C4 is no number");
    const size_t n = (size_t)5 << 20;
    char *endless = malloc(n);
    assert_non_null(endless);
    memset(endless, 'x', n);
    check_fails(read_all(ANA_LIVE_CSV, n, endless, 65536, NAN, &out), ANA_ERR_FORMAT,
                "line 1 is longer than");
    free(endless);
}

static void what_makes_no_frame_is_not_written(void **state)
{
    (void)state;
    uint8_t *bytes = NULL;
    size_t n = 0;
    const double value = 1.0;
    check_fails(ana_live_encode_header(0, names, 1.0, &bytes, &n), ANA_ERR_VALUE, "0 channels");
    check_fails(ana_live_encode_samples(1, 0, &value, 0, 0.0, &bytes, &n), ANA_ERR_VALUE,
                "0 samples");
    check_fails(
        ana_live_encode_samples((size_t)1 << 40, (size_t)1 << 40, &value, 0, 0.0, &bytes, &n),
        ANA_ERR_VALUE, "make no frame");
    assert_null(bytes);
}

/* A decoder that failed is of no use: a new one, fed the first bytes of the example. */
static void renew(ana_live_decoder **decoder, const example *e, size_t n)
{
    ana_live_frame frame;
    size_t n_used = 0;
    ana_live_decoder_free(*decoder);
    check_ok(ana_live_decoder_new(ANA_LIVE_FRAMES, decoder));
    check_ok(ana_live_decoder_feed(*decoder, n, e->bytes, &n_used, &frame));
    assert_int_equal(n_used, n);
}

static void each_allocation_that_fails_is_told(void **state)
{
    (void)state;
    const example e = make_example();
    ana_live_decoder *decoder = NULL;
    ana_live_frame frame;
    uint8_t *bytes = NULL;
    size_t n = 0;
    size_t n_used = 0;
    const double values[] = {1.0, 2.0, 3.0};
    ALLOCATION_TEST(ana_live_decoder_new, (ANA_LIVE_FRAMES, &decoder),
                    ana_live_decoder_free(decoder));
    decoder = NULL;
    CONSUMING_ALLOCATION_TEST(ana_live_decoder_feed, (decoder, e.n, e.bytes, &n_used, &frame),
                              renew(&decoder, &e, 0), (void)0);
    CONSUMING_ALLOCATION_TEST(ana_live_decoder_feed,
                              (decoder, e.n - e.starts[1], e.bytes + e.starts[1], &n_used, &frame),
                              renew(&decoder, &e, e.starts[1]), (void)0);
    ana_live_decoder_free(decoder);
    ALLOCATION_TEST(ana_live_encode_header, (3, names, 1.0, &bytes, &n), free(bytes));
    ALLOCATION_TEST(ana_live_encode_samples, (3, 1, values, 0, 0.0, &bytes, &n), free(bytes));
}

/* Behind the largest frame so far, nothing is allocated any more. */
static void frames_that_do_not_grow_allocate_nothing(void **state)
{
    (void)state;
    const example e = make_example();
    ana_live_decoder *decoder = NULL;
    ana_live_frame frame;
    size_t n_used = 0;
    check_ok(ana_live_decoder_new(ANA_LIVE_FRAMES, &decoder));
    for (size_t f = 0; f < 2; f++) {
        const size_t n = e.starts[f + 1] - e.starts[f];
        check_ok(ana_live_decoder_feed(decoder, n, e.bytes + e.starts[f], &n_used, &frame));
    }
    NO_ALLOCATION_TEST(ana_live_decoder_feed, (decoder, e.starts[3] - e.starts[2],
                                               e.bytes + e.starts[2], &n_used, &frame));
    NO_ALLOCATION_TEST(ana_live_decoder_finish, (decoder, &frame));
    ana_live_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back_from_pieces_of_any_size),
        cmocka_unit_test(a_frame_is_the_documented_bytes),
        cmocka_unit_test(samples_of_four_bytes_are_read_too),
        cmocka_unit_test(frames_that_never_came_are_counted),
        cmocka_unit_test(a_damaged_frame_is_refused_with_its_byte),
        cmocka_unit_test(a_source_that_ends_too_early_is_told),
        cmocka_unit_test(lines_come_back_from_pieces_of_any_size),
        cmocka_unit_test(a_wrong_line_is_refused_with_its_number),
        cmocka_unit_test(what_makes_no_frame_is_not_written),
        cmocka_unit_test(each_allocation_that_fails_is_told),
        cmocka_unit_test(frames_that_do_not_grow_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
