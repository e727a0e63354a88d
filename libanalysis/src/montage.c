#include "constants.h"

#include <analysis/montage.h>

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum {
    MOST = 8 /* letters of a name, with the final zero */
};

/* Rows from nose to nape: degrees of the midline in front of Cz, and of the ring from the nose;
 * the numbers that electrodes of that row have (up to 8 within the ring). Rows that begin with 1
 * have a place on the midline, those that end with 0 no other. */
static const struct {
    const char *letters;
    double midline;
    double ring;
    int first;
    int last;
} rows[] = {{"N", 90.0, 0.0, 1, 0},      {"Fp", 72.0, 18.0, 1, 2},   {"AF", 54.0, 36.0, 1, 10},
            {"F", 36.0, 54.0, 1, 10},    {"FC", 18.0, 72.0, 1, 6},   {"FT", 18.0, 72.0, 7, 10},
            {"C", 0.0, 90.0, 1, 6},      {"T", 0.0, 90.0, 7, 10},    {"CP", -18.0, 108.0, 1, 6},
            {"TP", -18.0, 108.0, 7, 10}, {"P", -36.0, 126.0, 1, 10}, {"PO", -54.0, 144.0, 1, 10},
            {"O", -72.0, 162.0, 1, 2},   {"I", -90.0, 180.0, 1, 0}};

static const char *const old_names[][2] = {{"T3", "T7"}, {"T4", "T8"}, {"T5", "P7"}, {"T6", "P8"}};

/* The electrode's own letters and digits; false when there are too many. */
static bool strip(const char *name, char *stripped)
{
    if (strncasecmp(name, "EEG ", 4) == 0) {
        name += 4;
    }
    size_t n = 0;
    while (isalnum((unsigned char)name[n])) {
        n++;
    }
    if (n == 0 || n >= MOST) {
        return false;
    }
    memcpy(stripped, name, n);
    stripped[n] = '\0';
    for (size_t i = 0; i < sizeof old_names / sizeof old_names[0]; i++) {
        if (strcasecmp(stripped, old_names[i][0]) == 0) {
            memcpy(stripped, old_names[i][1], strlen(old_names[i][1]) + 1);
            break;
        }
    }
    return true;
}

/* What follows the row's letters: "z" is 0, "1" to "10" their number; -1: neither. */
static int column_of(const char *ending)
{
    if (strcasecmp(ending, "z") == 0) {
        return 0;
    }
    if (strcmp(ending, "10") == 0) {
        return 10;
    }
    return ending[0] >= '1' && ending[0] <= '9' && ending[1] == '\0' ? ending[0] - '0' : -1;
}

/* Degrees from the top and, to the right, from the nose, of the point a share of the way from the
 * midline to the ring, along the great circle. */
static void between(double midline, double ring, double share, double out[2])
{
    const double degree = ANA_PI / 180.0;
    const double from[3] = {0.0, sin(midline * degree), cos(midline * degree)};
    const double to[3] = {sin(72.0 * degree) * sin(ring * degree),
                          sin(72.0 * degree) * cos(ring * degree), cos(72.0 * degree)};
    const double angle = acos(from[0] * to[0] + from[1] * to[1] + from[2] * to[2]);
    const double a = angle > 0.0 ? sin((1.0 - share) * angle) / sin(angle) : 1.0;
    const double b = angle > 0.0 ? sin(share * angle) / sin(angle) : 0.0;
    double point[3];
    for (size_t i = 0; i < 3; i++) {
        point[i] = a * from[i] + b * to[i];
    }
    out[0] = atan2(hypot(point[0], point[1]), point[2]) / degree;
    out[1] = atan2(point[0], point[1]) / degree;
}

static void place(size_t row, int column, double position[2])
{
    double angles[2];
    if (column == 0) {
        angles[0] = fabs(rows[row].midline);
        angles[1] = rows[row].midline < 0.0 ? 180.0 : 0.0;
    } else if (column >= 9) {
        angles[0] = 90.0;
        angles[1] = rows[row].ring;
    } else {
        const int pair = (column + 1) / 2;
        const double share = rows[row].last == 2 ? 1.0 : 0.25 * (double)pair;
        between(rows[row].midline, rows[row].ring, share, angles);
    }
    const double side = column % 2 == 1 ? -1.0 : 1.0;
    const double angle = angles[1] * ANA_PI / 180.0;
    position[0] = side * angles[0] / 90.0 * sin(angle);
    position[1] = angles[0] / 90.0 * cos(angle);
}

bool ana_montage_position(const char *name, double position[2])
{
    char stripped[MOST];
    if (!strip(name, stripped)) {
        return false;
    }
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const size_t n = strlen(rows[row].letters);
        const bool fits = strncasecmp(stripped, rows[row].letters, n) == 0;
        const int column = fits ? column_of(stripped + n) : -1;
        const bool exists = column == 0 ? rows[row].first == 1
                                        : column >= rows[row].first && column <= rows[row].last;
        if (exists) {
            place(row, column, position);
            return true;
        }
    }
    return false;
}
