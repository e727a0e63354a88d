#include "png.h"
#include "support/check.h"
#include "support/svg_check.h"
#include "svg.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void markup_and_controls_are_escaped(void **state)
{
    (void)state;
    ana_text out = {0};
    ana_svg_escape(&out, "</script>&\"quotes\" 'single' \x01\x1b[0m\ttab\nline \xff\xc3( \xc3\xa9");
    assert_string_equal(out.bytes,
                        "&lt;/script&gt;&amp;&quot;quotes&quot; &#39;single&#39; "
                        "\xef\xbf\xbd\xef\xbf\xbd[0m tab line \xef\xbf\xbd\xef\xbf\xbd( \xc3\xa9");
    ana_text_release(&out);
    /* Right-to-left override, isolate, noncharacters, a surrogate, a delete. */
    ana_svg_escape(&out, "\xe2\x80\xae\xe2\x81\xa6\xef\xbf\xbf\xed\xa0\x80\x7f");
    for (const char *at = out.bytes; *at != '\0'; at += 3) {
        assert_memory_equal(at, "\xef\xbf\xbd", 3);
    }
    ana_text_release(&out);
}

static void any_bytes_escape_to_well_formed_text(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(31, "test.svg.bytes", 0);
    for (int round = 0; round < 3000; round++) {
        char bytes[40];
        size_t n = (size_t)ana_random_below(&random, sizeof bytes);
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (char)(1 + ana_random_below(&random, 255));
        }
        bytes[n] = '\0';
        ana_text out = {0};
        ana_text_append(&out, "<a b=\"");
        ana_svg_escape(&out, bytes);
        ana_text_append(&out, "\">");
        ana_svg_escape(&out, bytes);
        ana_text_append(&out, "</a>");
        char reason[200] = "";
        if (!is_well_formed(out.bytes, reason, sizeof reason)) {
            fail_msg("%s", reason);
        }
        ana_text_release(&out);
    }
}

/* Advance widths of DejaVu Sans: V 1401, o 1253, l 569, t 803 of 2048 units. */
static void widths_are_those_of_the_font(void **state)
{
    (void)state;
    check_close(ana_svg_text_width("Volt", 10.0), 10.0 * (1401 + 1253 + 569 + 803) / 2048.0, 0.04,
                0.0);
    check_close(ana_svg_text_width("\xc2\xb5V", 10.0), 10.0 * (1303 + 1401) / 2048.0, 0.04, 0.0);
    check_close(ana_svg_text_width("", 10.0), 0.0, 0.0, 0.0);
    check_close(ana_svg_text_width("a\xcc\x81", 10.0), ana_svg_text_width("a", 10.0), 0.0, 0.0);
    check_close(ana_svg_text_width("\xe6\xbc\xa2\xe5\xad\x97", 10.0), 20.6, 1e-9, 0.0);
}

static void fitted_text_never_exceeds_its_width(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a",    "W", " ", "\xc3\xa9",    "\xe6\xbc\xa2", "\xf0\x9f\xa7\xa0",
        "\xff", "i", "M", "\xe2\x82\x82"};
    ana_random random = ana_random_stream(32, "test.svg.fit", 0);
    for (int round = 0; round < 5000; round++) {
        char text[400] = "";
        size_t n = (size_t)ana_random_below(&random, 60);
        for (size_t i = 0; i < n; i++) {
            strcat(text, pieces[ana_random_below(&random, 10)]);
        }
        char out[96];
        size_t size = 1 + (size_t)ana_random_below(&random, sizeof out);
        double width = 120.0 * ana_random_uniform(&random);
        bool cut = ana_svg_fit(text, 11.0, width, out, size);
        assert_true(strlen(out) < size);
        assert_true(ana_svg_text_width(out, 11.0) <= width + 1e-9);
        char name[96];
        assert_int_equal(ana_svg_fit_name(text, 11.0, width, name, size), cut);
        assert_true(strlen(name) < size);
        assert_true(ana_svg_text_width(name, 11.0) <= width + 1e-9);
        assert_int_equal(cut, strcmp(out, text) != 0);
        if (cut) {
            assert_true(ana_svg_text_width(text, 11.0) > width || strlen(text) >= size);
        }
    }
    char out[64];
    assert_false(ana_svg_fit("short", 11.0, 100.0, out, sizeof out));
    assert_string_equal(out, "short");
    assert_true(ana_svg_fit("long words", 11.0, 40.0, out, sizeof out));
    assert_string_equal(out, "long\xe2\x80\xa6");
    assert_true(ana_svg_fit_name("Cortex, layer 4", 11.0, 66.0, out, sizeof out));
    assert_string_equal(out, "Corte\xe2\x80\xa6"
                             "er 4");
}

static void shapes_are_written_with_two_decimals(void **state)
{
    (void)state;
    ana_svg svg = {.dark = false};
    ana_svg_begin(&svg, 100.0, 50.0, "T", "D & E");
    ana_svg_line(&svg, 1.0 / 3.0, -0.001, 2e3, 5.0, (ana_paint){.stroke = ANA_INK_GRID});
    ana_svg_label(&svg,
                  &(ana_label){.x = 3.0,
                               .y = 4.0,
                               .size = 11.0,
                               .anchor = ANA_ANCHOR_END,
                               .ink = ANA_INK_TEXT,
                               .angle = -90.0,
                               .full = "a<b"},
                  "a");
    ana_svg_end(&svg);
    assert_non_null(strstr(svg.text.bytes, "viewBox=\"0 0 100.00 50.00\""));
    assert_non_null(
        strstr(svg.text.bytes, "<path d=\"M0.33 0.00L2000.00 5.00\" stroke=\"#e6eaee\"/>"));
    assert_non_null(strstr(svg.text.bytes,
                           "<text x=\"3.00\" y=\"4.00\" font-size=\"11.00\" text-anchor=\"end\" "
                           "fill=\"#1d2730\" transform=\"rotate(-90.00 3.00 4.00)\">a"
                           "<title>a&lt;b</title></text>"));
    assert_non_null(strstr(svg.text.bytes, "<desc>D &amp; E</desc>"));
    char reason[200] = "";
    assert_true(is_well_formed(svg.text.bytes, reason, sizeof reason));
    ana_text_release(&svg.text);
}

static void embedded_pictures_take_the_colours_of_the_page(void **state)
{
    (void)state;
    ana_svg svg = {.embedded = true};
    ana_svg_begin(&svg, 100.0, 50.0, "T", NULL);
    ana_svg_rect(&svg, (ana_box){0.0, 0.0, 1.0, 1.0}, (ana_paint){.fill = ana_ink_category(9)});
    ana_svg_end(&svg);
    assert_non_null(strstr(svg.text.bytes, "fill=\"var(--ana-category-1)\""));
    assert_null(strstr(svg.text.bytes, "#"));
    assert_null(strstr(svg.text.bytes, "font-family"));
    ana_text_release(&svg.text);
}

static double linear(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static void parse_hex(const char *hex, double rgb[3])
{
    for (int i = 0; i < 3; i++) {
        char two[3] = {hex[1 + 2 * i], hex[2 + 2 * i], '\0'};
        rgb[i] = linear((double)strtol(two, NULL, 16) / 255.0);
    }
}

static double luminance(const char *hex)
{
    double rgb[3];
    parse_hex(hex, rgb);
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

static double contrast(const char *a, const char *b)
{
    double x = luminance(a) + 0.05;
    double y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

/* Web Content Accessibility Guidelines 2.1: 4.5 for text, 3 for graphics. */
static void inks_stand_out_from_the_paper(void **state)
{
    (void)state;
    for (int dark = 0; dark < 2; dark++) {
        const char *paper = ana_ink_hex(ANA_INK_PAPER, dark);
        assert_true(contrast(ana_ink_hex(ANA_INK_TEXT, dark), paper) >= 7.0);
        assert_true(contrast(ana_ink_hex(ANA_INK_MUTED, dark), paper) >= 4.5);
        assert_true(contrast(ana_ink_hex(ANA_INK_MUTED, dark), ana_ink_hex(ANA_INK_PANEL, dark)) >=
                    4.5);
        for (size_t k = 0; k < ANA_N_CATEGORIES; k++) {
            assert_true(contrast(ana_ink_hex(ana_ink_category(k), dark), paper) >= 2.99);
        }
    }
}

/* Colours as dichromats see them: Machado, Oliveira & Fernandes (2009), severity 1. */
static const double vision[4][9] = {
    {1, 0, 0, 0, 1, 0, 0, 0, 1},
    {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
    {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
    {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}};

/* Oklab (Ottosson 2020). */
static void to_lab(const double rgb[3], const double m[9], double lab[3])
{
    double c[3];
    for (int i = 0; i < 3; i++) {
        double sum = m[3 * i] * rgb[0] + m[3 * i + 1] * rgb[1] + m[3 * i + 2] * rgb[2];
        c[i] = fmin(fmax(sum, 0.0), 1.0);
    }
    double l = cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2]);
    double s = cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2]);
    double t = cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2]);
    lab[0] = 0.2104542553 * l + 0.7936177850 * s - 0.0040720468 * t;
    lab[1] = 1.9779984951 * l - 2.4285922050 * s + 0.4505937099 * t;
    lab[2] = 0.0259040371 * l + 0.7827717662 * s - 0.8086757660 * t;
}

/* 0.05 is some two and a half steps that can just be told apart side by side. */
static void categories_differ_for_every_kind_of_eye(void **state)
{
    (void)state;
    for (size_t test = 0; test < 2 * 4 * 8 * 8; test++) {
        bool dark = test & 1;
        const double *eye = vision[test / 2 % 4];
        size_t i = test / 8 % 8;
        size_t j = test / 64;
        double a[3];
        double b[3];
        double x[3];
        double y[3];
        parse_hex(ana_ink_hex(ana_ink_category(i), dark), a);
        parse_hex(ana_ink_hex(ana_ink_category(j), dark), b);
        to_lab(a, eye, x);
        to_lab(b, eye, y);
        double distance = sqrt(pow(x[0] - y[0], 2) + pow(x[1] - y[1], 2) + pow(x[2] - y[2], 2));
        if (i != j && distance < 0.05) {
            fail_msg("categories %zu and %zu are %.3f apart (dark %d)", i, j, distance, dark);
        }
    }
}

static void colour_maps_hit_their_published_colours(void **state)
{
    (void)state;
    unsigned char rgb[3];
    ana_colour_map_at(ANA_MAP_VIRIDIS, -1.0, rgb);
    assert_memory_equal(rgb, "\x44\x01\x54", 3);
    ana_colour_map_at(ANA_MAP_VIRIDIS, 2.0, rgb);
    assert_memory_equal(rgb, "\xfd\xe7\x25", 3);
    ana_colour_map_at(ANA_MAP_VIRIDIS, 100.0 / 255.0, rgb); /* matplotlib: 42, 120, 142 (#2a788e) */
    assert_true(abs(rgb[0] - 0x2c) <= 3 && abs(rgb[1] - 0x71) <= 8 && abs(rgb[2] - 0x8e) <= 1);
    ana_colour_map_at(ANA_MAP_DIVERGING, 0.5, rgb);
    assert_memory_equal(rgb, "\xf7\xf7\xf7", 3);
    for (int i = 0; i < 100; i++) { /* viridis grows lighter all the way */
        unsigned char next[3];
        ana_colour_map_at(ANA_MAP_VIRIDIS, i / 100.0, rgb);
        ana_colour_map_at(ANA_MAP_VIRIDIS, (i + 1) / 100.0, next);
        double a = 0.2126 * linear(rgb[0] / 255.0) + 0.7152 * linear(rgb[1] / 255.0) +
                   0.0722 * linear(rgb[2] / 255.0);
        double b = 0.2126 * linear(next[0] / 255.0) + 0.7152 * linear(next[1] / 255.0) +
                   0.0722 * linear(next[2] / 255.0);
        assert_true(b > a);
    }
}

static size_t read_u32(const unsigned char *at)
{
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

/* Reads the PNG with zlib: checksums, header, and the pixels back. */
static void a_png_reads_back_to_its_pixels(void **state)
{
    (void)state;
    static unsigned char pixels[301 * 257];
    ana_random random = ana_random_stream(33, "test.svg.png", 0);
    const size_t sizes[][2] = {{1, 1}, {7, 3}, {301, 257}};
    for (size_t s = 0; s < 3; s++) {
        ana_image image = {.width = sizes[s][0], .height = sizes[s][1], .pixels = pixels};
        const size_t n = image.width * image.height;
        for (size_t i = 0; i < n; i++) {
            pixels[i] = (unsigned char)ana_random_below(&random, 256);
        }
        image.palette[5][0] = 77;
        image.palette[5][3] = 200;
        ana_text png = {0};
        ana_png_append(&png, &image);
        const unsigned char *bytes = (const unsigned char *)png.bytes;
        assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
        bool seen[3] = {false};
        for (size_t at = 8; at < png.n;) {
            size_t length = read_u32(bytes + at);
            const unsigned char *data = bytes + at + 8;
            assert_int_equal(crc32(0, bytes + at + 4, (uInt)(length + 4)), read_u32(data + length));
            if (memcmp(bytes + at + 4, "IHDR", 4) == 0) {
                assert_int_equal(read_u32(data), image.width);
                assert_int_equal(read_u32(data + 4), image.height);
                assert_memory_equal(data + 8, "\x08\x03\0\0\0", 5);
                seen[0] = true;
            } else if (memcmp(bytes + at + 4, "PLTE", 4) == 0) {
                assert_int_equal(length, 768);
                assert_int_equal(data[15], 77);
            } else if (memcmp(bytes + at + 4, "tRNS", 4) == 0) {
                assert_int_equal(data[5], 200);
                seen[1] = true;
            } else if (memcmp(bytes + at + 4, "IDAT", 4) == 0) {
                uLongf unpacked = (uLongf)(n + image.height);
                unsigned char *rows = malloc(unpacked);
                assert_int_equal(uncompress(rows, &unpacked, data, (uLong)length), Z_OK);
                assert_int_equal(unpacked, n + image.height);
                for (size_t y = 0; y < image.height; y++) {
                    assert_int_equal(rows[y * (image.width + 1)], 0);
                    assert_memory_equal(rows + y * (image.width + 1) + 1, pixels + y * image.width,
                                        image.width);
                }
                free(rows);
                seen[2] = true;
            }
            at += length + 12;
        }
        assert_true(seen[0] && seen[1] && seen[2]);
        ana_text_release(&png);
    }
}

/* RFC 4648, section 10. */
static void base_64_matches_its_test_vectors(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"},
                                             {"\xff\xfe\xfd", "//79"}};
    for (size_t i = 0; i < 8; i++) {
        ana_text out = {0};
        ana_text_append(&out, "");
        ana_base64_append(&out, vectors[i][0], strlen(vectors[i][0]));
        assert_string_equal(out.bytes != NULL ? out.bytes : "", vectors[i][1]);
        ana_text_release(&out);
    }
}

static void the_checker_finds_what_is_wrong(void **state)
{
    (void)state;
    char reason[200];
    assert_false(is_well_formed("<a><b></a></b>", reason, sizeof reason));
    assert_false(is_well_formed("<a>&nbsp;</a>", reason, sizeof reason));
    assert_false(is_well_formed("<a b=c></a>", reason, sizeof reason));
    assert_false(is_well_formed("<a>\x02</a>", reason, sizeof reason));
    assert_false(is_well_formed("<a/><b/>", reason, sizeof reason));
    const char *head = "<svg width=\"100.00\" height=\"40.00\">";
    char svg[500];
    snprintf(svg, sizeof svg,
             "%s<text x=\"10.00\" y=\"20.00\" font-size=\"11.00\">apart</text>"
             "<text x=\"50.00\" y=\"20.00\" font-size=\"11.00\">fine</text></svg>",
             head);
    assert_true(has_sound_labels(svg, reason, sizeof reason));
    assert_int_equal(count_labels(svg), 2);
    assert_true(has_label(svg, "fine"));
    snprintf(svg, sizeof svg,
             "%s<text x=\"10.00\" y=\"20.00\" font-size=\"11.00\">first</text>"
             "<text x=\"30.00\" y=\"24.00\" font-size=\"11.00\">second</text></svg>",
             head);
    assert_false(has_sound_labels(svg, reason, sizeof reason));
    snprintf(svg, sizeof svg,
             "%s<text x=\"90.00\" y=\"20.00\" font-size=\"11.00\">beyond</text></svg>", head);
    assert_false(has_sound_labels(svg, reason, sizeof reason));
    snprintf(svg, sizeof svg,
             "%s<text x=\"10.00\" y=\"20.00\" font-size=\"11.00\" "
             "transform=\"rotate(-90.00 10.00 20.00)\">upwards</text></svg>",
             head);
    assert_false(has_sound_labels(svg, reason, sizeof reason));
    snprintf(svg, sizeof svg, "%s<path d=\"M0.00 nan\"/></svg>", head);
    assert_false(has_sound_labels(svg, reason, sizeof reason));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_and_controls_are_escaped),
        cmocka_unit_test(any_bytes_escape_to_well_formed_text),
        cmocka_unit_test(widths_are_those_of_the_font),
        cmocka_unit_test(fitted_text_never_exceeds_its_width),
        cmocka_unit_test(shapes_are_written_with_two_decimals),
        cmocka_unit_test(embedded_pictures_take_the_colours_of_the_page),
        cmocka_unit_test(inks_stand_out_from_the_paper),
        cmocka_unit_test(categories_differ_for_every_kind_of_eye),
        cmocka_unit_test(colour_maps_hit_their_published_colours),
        cmocka_unit_test(a_png_reads_back_to_its_pixels),
        cmocka_unit_test(base_64_matches_its_test_vectors),
        cmocka_unit_test(the_checker_finds_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
