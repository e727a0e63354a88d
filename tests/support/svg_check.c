#include "support/svg_check.h"

#include "svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 200
#define MOST_LABELS 5000

__attribute__((format(printf, 3, 4))) static bool say(char *reason, size_t size, const char *format,
                                                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, size, format, arguments);
    va_end(arguments);
    return false;
}

/* Length of the entity at `text` ("&lt;"), 0 when it is none we write; its character in *out. */
static size_t read_entity(const char *text, char *out)
{
    static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
    static const char characters[] = "<>&\"'";
    for (size_t i = 0; i < 5; i++) {
        if (strncmp(text, names[i], strlen(names[i])) == 0) {
            *out = characters[i];
            return strlen(names[i]);
        }
    }
    return 0;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == ':' || c == '_';
}

static bool needs_no_end(const char *name, size_t n)
{
    return (n == 4 && strncmp(name, "meta", 4) == 0) || (n == 2 && strncmp(name, "br", 2) == 0);
}

/* Past one attribute, or NULL. */
static const char *skip_attribute(const char *at)
{
    const char *start = at;
    while (is_name(*at)) {
        at++;
    }
    if (at == start) {
        return NULL;
    }
    if (*at != '=') {
        return at; /* HTML: "open" */
    }
    if (at[1] != '"') {
        return NULL;
    }
    for (at += 2; *at != '"'; at++) {
        char character = 0;
        if (*at == '\0' || *at == '<' || (*at == '&' && read_entity(at, &character) == 0)) {
            return NULL;
        }
    }
    return at + 1;
}

typedef struct open_element {
    const char *name;
    size_t n;
} open_element;

/* Past one start tag whose name begins at `at`; pushes it unless it is closed at once. */
static const char *skip_start(const char *at, open_element *stack, size_t *depth)
{
    open_element element = {at, 0};
    while (is_name(*at)) {
        at++;
    }
    element.n = (size_t)(at - element.name);
    while (*at == ' ' || *at == '\n') {
        while (*at == ' ' || *at == '\n') {
            at++;
        }
        if (*at != '>' && *at != '/') {
            at = skip_attribute(at);
            if (at == NULL) {
                return NULL;
            }
        }
    }
    bool closed = *at == '/';
    at += closed;
    if (element.n == 0 || *at != '>' || *depth >= MOST_DEPTH) {
        return NULL;
    }
    if (!closed && !needs_no_end(element.name, element.n)) {
        stack[(*depth)++] = element;
    }
    return at + 1;
}

bool is_well_formed(const char *text, char *reason, size_t size)
{
    open_element stack[MOST_DEPTH];
    size_t depth = 0;
    size_t n_roots = 0;
    const char *at = text;
    if (!ana_text_is_utf8(text, strlen(text))) {
        return say(reason, size, "not UTF-8");
    }
    if (strncmp(at, "<!doctype html>", 15) == 0) {
        at += 15;
    }
    while (*at != '\0') {
        const char *start = at;
        unsigned char c = (unsigned char)*at;
        char character = 0;
        if (c < 0x20 && c != '\n') {
            return say(reason, size, "control character %d at byte %zu", c, (size_t)(at - text));
        }
        if (c == '<' && at[1] == '/') {
            size_t n = depth > 0 ? stack[depth - 1].n : 0;
            bool fits =
                depth > 0 && strncmp(at + 2, stack[depth - 1].name, n) == 0 && at[2 + n] == '>';
            if (!fits) {
                return say(reason, size, "\"%.30s\" closes another element at byte %zu", at,
                           (size_t)(at - text));
            }
            depth--;
            at += n + 3;
        } else if (c == '<') {
            n_roots += depth == 0;
            at = skip_start(at + 1, stack, &depth);
        } else if (c == '&') {
            at += read_entity(at, &character);
            at = at == start ? NULL : at;
        } else {
            if (depth == 0 && c != '\n') {
                return say(reason, size, "text outside the root at byte %zu", (size_t)(at - text));
            }
            at++;
        }
        if (at == NULL) {
            return say(reason, size, "bad markup at byte %zu: %.60s", (size_t)(start - text),
                       start);
        }
    }
    return depth == 0 && n_roots == 1 ? true
                                      : say(reason, size, "%zu open, %zu roots", depth, n_roots);
}

typedef struct found_label {
    double x, y, size, angle, width;
    double along; /* of the width, before the anchor */
    char text[600];
    double cx[4], cy[4]; /* corners */
} found_label;

/* The number of an attribute within the tag that ends at `end`; false when it has none. */
static bool attribute(const char *tag, const char *end, const char *name, double *out)
{
    char wanted[40];
    snprintf(wanted, sizeof wanted, " %s=\"", name);
    const char *at = strstr(tag, wanted);
    if (at == NULL || at > end) {
        return false;
    }
    at += strlen(wanted);
    const char *stop = at + strcspn(at, "\" ");
    return ana_parse_double(at, (size_t)(stop - at), out);
}

static void place_corners(found_label *label)
{
    const double turn = label->angle * 3.14159265358979323846 / 180.0;
    const double left = -label->along * label->width;
    const double xs[4] = {left, left + label->width, left + label->width, left};
    const double up = -0.76 * label->size;
    const double down = 0.2 * label->size;
    const double ys[4] = {up, up, down, down};
    for (size_t i = 0; i < 4; i++) {
        label->cx[i] = label->x + xs[i] * cos(turn) - ys[i] * sin(turn);
        label->cy[i] = label->y + xs[i] * sin(turn) + ys[i] * cos(turn);
    }
}

static void read_text(const char *at, char *out, size_t size)
{
    size_t n = 0;
    while (*at != '<' && n + 1 < size) {
        size_t skipped = *at == '&' ? read_entity(at, &out[n]) : 0;
        if (skipped == 0) {
            out[n] = *at;
            skipped = 1;
        }
        n++;
        at += skipped;
    }
    out[n] = '\0';
}

/* The next label at or after *at, which moves past it; false when there is none. */
static bool next_label(const char **at, found_label *label)
{
    const char *tag = strstr(*at, "<text ");
    if (tag == NULL) {
        return false;
    }
    const char *end = strchr(tag, '>');
    *label = (found_label){0};
    if (!attribute(tag, end, "x", &label->x) || !attribute(tag, end, "y", &label->y) ||
        !attribute(tag, end, "font-size", &label->size)) {
        label->x = NAN;
    }
    const char *turn = strstr(tag, "rotate(");
    if (turn != NULL && turn < end) {
        turn += 7;
        (void)ana_parse_double(turn, strcspn(turn, " "), &label->angle);
    }
    const char *anchor = strstr(tag, "text-anchor=\"");
    if (anchor != NULL && anchor < end) {
        label->along = strncmp(anchor + 13, "middle", 6) == 0 ? 0.5 : 1.0;
    }
    const char *bold = strstr(tag, "font-weight");
    read_text(end + 1, label->text, sizeof label->text);
    label->width = ana_svg_text_width(label->text, label->size) *
                   (bold != NULL && bold < end ? ANA_BOLD_WIDTH : 1.0);
    place_corners(label);
    *at = end;
    return true;
}

/* Whether some side of `a` has all of `b` beyond it. */
static bool is_apart(const found_label *a, const found_label *b)
{
    for (size_t i = 0; i < 4; i++) {
        size_t j = (i + 1) % 4;
        double nx = a->cy[j] - a->cy[i];
        double ny = a->cx[i] - a->cx[j];
        double nearest = INFINITY;
        double length = hypot(nx, ny);
        if (length < 1e-9) {
            return true; /* no text */
        }
        for (size_t k = 0; k < 4; k++) {
            double beyond = ((b->cx[k] - a->cx[i]) * nx + (b->cy[k] - a->cy[i]) * ny) / length;
            nearest = beyond < nearest ? beyond : nearest;
        }
        if (nearest >= -0.05) {
            return true;
        }
    }
    return false;
}

static bool check_paths(const char *svg, char *reason, size_t size)
{
    for (const char *at = strstr(svg, " d=\""); at != NULL; at = strstr(at, " d=\"")) {
        at += 4;
        size_t n = strspn(at, "0123456789.- MLQhvZ");
        if (at[n] != '"') {
            return say(reason, size, "path holds \"%.20s\"", at + n);
        }
    }
    static const char *const bad[] = {"=\"nan", "=\"inf", "=\"-inf", " nan", "(nan", "=\"-nan"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = strstr(svg, bad[i]);
        if (at != NULL) {
            return say(reason, size, "holds \"%.30s\"", at);
        }
    }
    return true;
}

static bool check_inside(const found_label *label, double width, double height)
{
    for (size_t k = 0; k < 4; k++) {
        bool inside = label->cx[k] >= -0.05 && label->cy[k] >= -0.05 &&
                      label->cx[k] <= width + 0.05 && label->cy[k] <= height + 0.05;
        if (!inside) {
            return false;
        }
    }
    return true;
}

bool has_sound_labels(const char *svg, char *reason, size_t size)
{
    static found_label labels[MOST_LABELS];
    double width = 0.0;
    double height = 0.0;
    size_t n = 0;
    const char *at = svg;
    if (!attribute(svg, strchr(svg, '>'), "width", &width) ||
        !attribute(svg, strchr(svg, '>'), "height", &height)) {
        return say(reason, size, "no size");
    }
    while (n < MOST_LABELS && next_label(&at, &labels[n])) {
        if (!check_inside(&labels[n], width, height)) {
            return say(reason, size, "\"%.80s\" at %.1f %.1f (width %.1f) leaves %.0f x %.0f",
                       labels[n].text, labels[n].x, labels[n].y, labels[n].width, width, height);
        }
        for (size_t i = 0; i < n; i++) {
            if (!is_apart(&labels[i], &labels[n]) && !is_apart(&labels[n], &labels[i])) {
                return say(reason, size, "\"%.60s\" (%.1f %.1f) covers \"%.60s\" (%.1f %.1f)",
                           labels[n].text, labels[n].x, labels[n].y, labels[i].text, labels[i].x,
                           labels[i].y);
            }
        }
        n++;
    }
    return check_paths(svg, reason, size);
}

size_t count_labels(const char *svg)
{
    size_t n = 0;
    found_label label;
    while (next_label(&svg, &label)) {
        n++;
    }
    return n;
}

bool has_label(const char *svg, const char *text)
{
    found_label label;
    while (next_label(&svg, &label)) {
        if (strcmp(label.text, text) == 0) {
            return true;
        }
    }
    return false;
}
