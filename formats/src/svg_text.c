#include "svg.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xfffdU

/* A run of code points whose widths stand at widths[start ...]. */
typedef struct width_range {
    uint16_t first, last, start;
} width_range;

static const width_range ranges[] = {
    {0x0020, 0x007e, 0},   {0x00a0, 0x017f, 95},  {0x0370, 0x03ff, 319},
    {0x0400, 0x045f, 463}, {0x2010, 0x2027, 559}, {0x2030, 0x203a, 583},
    {0x2070, 0x209c, 594}, {0x2190, 0x2199, 639}, {0x2200, 0x2265, 649},
};

/* Advance widths of DejaVu Sans in thousandths of an em, rounded up. It is about the widest sans
 * font in use, and what a bare Debian machine shows. */
static const uint16_t widths[] = {
    318,  401,  460,  838,  637,  951,  780,  275,  391,  391,  500,  838, 318,  361,  318,  337,
    637,  637,  637,  637,  637,  637,  637,  637,  637,  637,  337,  337, 838,  838,  838,  531,
    1000, 685,  687,  699,  771,  632,  576,  775,  752,  295,  295,  656, 558,  863,  749,  788,
    604,  788,  695,  635,  611,  732,  685,  989,  686,  611,  686,  391, 337,  391,  838,  500,
    500,  613,  635,  550,  635,  616,  353,  635,  634,  278,  278,  580, 278,  975,  634,  612,
    635,  635,  412,  521,  393,  634,  592,  818,  592,  592,  525,  637, 337,  637,  838,  318,
    401,  637,  637,  637,  637,  337,  500,  500,  1000, 472,  612,  838, 361,  1000, 500,  500,
    838,  401,  401,  500,  637,  637,  318,  500,  401,  472,  612,  970, 970,  970,  531,  685,
    685,  685,  685,  685,  685,  975,  699,  632,  632,  632,  632,  295, 295,  295,  295,  775,
    749,  788,  788,  788,  788,  788,  838,  788,  732,  732,  732,  732, 611,  605,  630,  613,
    613,  613,  613,  613,  613,  982,  550,  616,  616,  616,  616,  278, 278,  278,  278,  612,
    634,  612,  612,  612,  612,  612,  838,  612,  634,  634,  634,  634, 592,  635,  592,  685,
    613,  685,  613,  685,  613,  699,  550,  699,  550,  699,  550,  699, 550,  771,  635,  775,
    635,  632,  616,  632,  616,  632,  616,  632,  616,  632,  616,  775, 635,  775,  635,  775,
    635,  775,  635,  752,  634,  917,  695,  295,  278,  295,  278,  295, 278,  295,  278,  295,
    278,  590,  556,  295,  278,  656,  580,  580,  558,  278,  558,  278, 558,  375,  558,  342,
    563,  285,  749,  634,  749,  634,  749,  634,  814,  749,  634,  788, 612,  788,  612,  788,
    612,  1070, 1023, 695,  412,  695,  412,  695,  412,  635,  521,  635, 521,  635,  521,  635,
    521,  611,  393,  611,  393,  611,  393,  732,  634,  732,  634,  732, 634,  732,  634,  732,
    634,  732,  634,  989,  818,  611,  592,  611,  686,  525,  686,  525, 686,  525,  353,  655,
    568,  862,  648,  279,  279,  749,  650,  1000, 1000, 500,  550,  550, 550,  337,  295,  1000,
    1000, 1000, 1000, 500,  500,  693,  318,  747,  872,  409,  1000, 813, 1000, 825,  826,  339,
    685,  687,  558,  685,  632,  686,  752,  788,  295,  656,  685,  863, 749,  632,  788,  752,
    604,  1000, 632,  611,  611,  788,  686,  788,  765,  295,  611,  660, 541,  634,  339,  579,
    660,  639,  592,  612,  541,  544,  634,  612,  339,  590,  592,  637, 559,  558,  612,  603,
    635,  587,  634,  603,  579,  660,  578,  660,  838,  339,  579,  612, 579,  838,  656,  615,
    620,  699,  843,  699,  660,  838,  664,  788,  612,  649,  587,  576, 459,  660,  660,  866,
    628,  934,  838,  759,  660,  792,  615,  687,  607,  768,  625,  700, 612,  611,  537,  664,
    635,  550,  278,  788,  616,  616,  605,  635,  699,  863,  651,  635, 704,  699,  704,  632,
    632,  787,  610,  699,  635,  295,  295,  295,  1094, 1045, 787,  710, 749,  610,  752,  685,
    687,  687,  610,  782,  632,  1078, 642,  749,  749,  710,  752,  863, 752,  788,  752,  604,
    699,  611,  610,  861,  686,  777,  686,  1070, 1094, 833,  883,  687, 699,  1080, 695,  613,
    617,  590,  526,  692,  616,  901,  532,  650,  650,  605,  640,  755, 654,  612,  654,  635,
    550,  583,  592,  855,  592,  681,  591,  916,  942,  707,  790,  590, 549,  842,  602,  616,
    616,  625,  526,  549,  521,  278,  278,  278,  903,  899,  652,  605, 650,  592,  654,  361,
    361,  637,  500,  1000, 1000, 500,  500,  318,  318,  318,  318,  519, 519,  519,  519,  500,
    500,  590,  590,  335,  668,  1000, 318,  1342, 1736, 228,  374,  521, 228,  374,  521,  339,
    400,  400,  401,  179,  1000, 1000, 401,  401,  401,  401,  401,  401, 528,  528,  528,  246,
    246,  399,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401, 528,  528,  528,  246,
    246,  1000, 392,  417,  414,  444,  417,  405,  426,  167,  624,  399, 429,  374,  295,  838,
    838,  838,  838,  838,  838,  838,  838,  838,  838,  685,  637,  518, 632,  632,  872,  669,
    669,  872,  872,  718,  872,  872,  718,  637,  757,  757,  674,  838, 838,  838,  337,  637,
    838,  626,  626,  638,  638,  638,  715,  834,  838,  897,  897,  838, 500,  500,  500,  500,
    732,  732,  732,  732,  521,  790,  1058, 521,  790,  1058, 521,  521, 521,  637,  637,  261,
    637,  838,  838,  838,  838,  838,  838,  838,  838,  375,  838,  838, 838,  838,  838,  838,
    838,  838,  838,  838,  838,  838,  838,  838,  838,  838,  838,  839, 839,  1000, 1000, 838,
    838,  838,  838,  838,  838,  838,  838,  838,  838,  838,  838,  838, 838,  838,  838,
};

/* The code point at *text, which moves on; REPLACEMENT for a byte that starts no valid sequence. */
static uint32_t next_code_point(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    size_t n = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    size_t there = 1;
    while (there < n && at[there] != 0) {
        there++;
    }
    if (there < n || !ana_text_is_utf8(*text, n)) {
        *text += 1;
        return REPLACEMENT;
    }
    uint32_t point = n == 1 ? at[0] : at[0] & (0xffU >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        point = point << 6 | (at[i] & 0x3fU);
    }
    *text += n;
    return point;
}

/* What is shown for a code point: itself, a space, or REPLACEMENT. */
static uint32_t shown(uint32_t point)
{
    if (point == '\n' || point == '\r' || point == '\t') {
        return ' ';
    }
    bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    bool direction = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
    bool no_character = (point & 0xfffeU) == 0xfffeU;
    return control || direction || no_character ? REPLACEMENT : point;
}

static bool has_no_width(uint32_t point)
{
    return (point >= 0x300 && point <= 0x36f) || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0xfe00 && point <= 0xfe0f) || point == 0xfeff;
}

static double width_of(uint32_t point)
{
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return widths[ranges[i].start + (point - ranges[i].first)];
        }
    }
    if (has_no_width(point)) {
        return 0.0;
    }
    return point >= 0x1f000 ? 1400.0 : 1030.0; /* pictographs; ideographs and all others */
}

double ana_svg_text_width(const char *text, double size)
{
    double sum = 0.0;
    while (*text != '\0') {
        sum += width_of(shown(next_code_point(&text)));
    }
    return sum * size / 1000.0;
}

bool ana_svg_fit(const char *text, double size, double width, char *out, size_t n)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    const double room = width / size * 1000.0;
    const char *end = text; /* of what fits with an ellipsis after it */
    double sum = 0.0;
    for (const char *at = text; *at != '\0';) {
        sum += width_of(shown(next_code_point(&at)));
        size_t taken = (size_t)(at - text);
        if (sum + width_of(0x2026) <= room && taken + sizeof ellipsis <= n) {
            end = at;
        }
        if (sum > room || taken + 1 > n) {
            size_t kept = (size_t)(end - text);
            while (kept > 0 && text[kept - 1] == ' ') {
                kept--;
            }
            bool fits = width_of(0x2026) <= room && sizeof ellipsis <= n;
            memcpy(out, text, kept);
            memcpy(out + kept, fits ? ellipsis : "", fits ? sizeof ellipsis : 1);
            return true;
        }
    }
    memcpy(out, text, strlen(text) + 1);
    return false;
}

/* The longest end of `text` that is at most `width` pixels wide and `n` bytes long. */
static const char *end_within(const char *text, double size, double width, size_t n)
{
    double left = ana_svg_text_width(text, size);
    size_t bytes = strlen(text);
    while (*text != '\0' && (left > width || bytes > n)) {
        const char *next = text;
        left -= width_of(shown(next_code_point(&next))) * size / 1000.0;
        bytes -= (size_t)(next - text);
        text = next;
    }
    return text;
}

bool ana_svg_fit_name(const char *text, double size, double width, char *out, size_t n)
{
    const double part = 0.4;
    bool cut = ana_svg_fit(text, size, width, out, n);
    if (!cut || width < 40.0 || n < 64) {
        return cut;
    }
    const char *end = end_within(text, size, part * width, n / 3);
    while (*end == ' ') {
        end++;
    }
    const double rest = width - ana_svg_text_width(end, size) - 0.01;
    ana_svg_fit(text, size, rest, out, n - strlen(end));
    memcpy(out + strlen(out), end, strlen(end) + 1);
    return true;
}

static const char *entity(uint32_t point)
{
    switch (point) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case REPLACEMENT:
        return "\xef\xbf\xbd";
    case ' ':
        return " ";
    default:
        return NULL;
    }
}

void ana_svg_escape(ana_text *out, const char *text)
{
    while (*text != '\0') {
        const char *start = text;
        const char *instead = entity(shown(next_code_point(&text)));
        if (instead != NULL) {
            ana_text_append(out, instead);
        } else {
            ana_text_append_bytes(out, start, (size_t)(text - start));
        }
    }
}
