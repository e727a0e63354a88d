#include "calendar.h"

#include <stdio.h>
#include <string.h>

static const int64_t microseconds_a_second = 1000000;

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1 January of year 1 to 1 January of `year`. */
static int64_t days_before_year(int year)
{
    int64_t before = year - 1;
    return before * 365 + before / 4 - before / 100 + before / 400;
}

bool ana_moment_is_valid(const ana_moment *m)
{
    return m->year >= 1 && m->year <= 9999 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
           m->day <= days_in_month(m->year, m->month) && m->hour >= 0 && m->hour <= 23 &&
           m->minute >= 0 && m->minute <= 59 && m->second >= 0 && m->second <= 59 &&
           m->microsecond >= 0 && m->microsecond < microseconds_a_second;
}

int64_t ana_moment_to_microseconds(const ana_moment *moment)
{
    int64_t days = days_before_year(moment->year) + moment->day - 1;
    for (int month = 1; month < moment->month; month++) {
        days += days_in_month(moment->year, month);
    }
    int64_t seconds = ((days * 24 + moment->hour) * 60 + moment->minute) * 60 + moment->second;
    return seconds * microseconds_a_second + moment->microsecond;
}

ana_moment ana_moment_from_microseconds(int64_t microseconds)
{
    ana_moment moment = {.month = 1, .year = 1};
    moment.microsecond = (int)(microseconds % microseconds_a_second);
    int64_t seconds = microseconds / microseconds_a_second;
    moment.second = (int)(seconds % 60);
    moment.minute = (int)(seconds / 60 % 60);
    moment.hour = (int)(seconds / 3600 % 24);
    int64_t days = seconds / 86400;
    moment.year = (int)(days / 366) + 1;
    while (days_before_year(moment.year + 1) <= days) {
        moment.year++;
    }
    days -= days_before_year(moment.year);
    while (days >= days_in_month(moment.year, moment.month)) {
        days -= days_in_month(moment.year, moment.month);
        moment.month++;
    }
    moment.day = (int)days + 1;
    return moment;
}

void ana_moment_to_iso(const ana_moment *moment, char out[32])
{
    int n = snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d", moment->year % 10000,
                     moment->month % 100, moment->day % 100, moment->hour % 100,
                     moment->minute % 100, moment->second % 100);
    if (moment->microsecond != 0 && n > 0) {
        (void)snprintf(out + n, 32 - (size_t)n, ".%06d", moment->microsecond % 1000000);
    }
}

/* Exactly n digits at *at, which moves behind them. */
static bool digits(const char **at, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        char c = **at;
        if (c < '0' || c > '9') {
            return false;
        }
        *out = *out * 10 + (c - '0');
        (*at)++;
    }
    return true;
}

static bool sign(const char **at, const char *allowed)
{
    if (**at == '\0' || strchr(allowed, **at) == NULL) {
        return false;
    }
    (*at)++;
    return true;
}

/* A fraction of a second, its digits beyond the sixth cut off. */
static void fraction(const char **at, int *microsecond)
{
    int unit = 100000;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        *microsecond += (**at - '0') * unit;
        unit /= 10;
    }
}

bool ana_moment_from_iso(const char *text, ana_moment *out, const char **zone)
{
    const char *at = text;
    ana_moment m = {0};
    if (!digits(&at, 4, &m.year) || !sign(&at, "-") || !digits(&at, 2, &m.month) ||
        !sign(&at, "-") || !digits(&at, 2, &m.day)) {
        return false;
    }
    if (sign(&at, "T ")) {
        if (!digits(&at, 2, &m.hour) || !sign(&at, ":") || !digits(&at, 2, &m.minute)) {
            return false;
        }
        if (sign(&at, ":") && !digits(&at, 2, &m.second)) {
            return false;
        }
        if (sign(&at, ".,")) {
            fraction(&at, &m.microsecond);
        }
    }
    *out = m;
    if (zone != NULL) {
        *zone = at;
    }
    return ana_moment_is_valid(&m) && (*at == '\0' || strchr("Z+-", *at) != NULL);
}

bool ana_moment_from_stamp(const char *stamp, ana_moment *out)
{
    ana_moment m = {0};
    const char *at = stamp;
    bool read = digits(&at, 4, &m.year) && digits(&at, 2, &m.month) && digits(&at, 2, &m.day) &&
                digits(&at, 2, &m.hour) && digits(&at, 2, &m.minute) && digits(&at, 2, &m.second) &&
                digits(&at, 6, &m.microsecond);
    *out = m;
    return read && ana_moment_is_valid(&m);
}

void ana_moment_to_stamp(const ana_moment *moment, char out[32])
{
    (void)snprintf(out, 32, "%04d%02d%02d%02d%02d%02d%06d", moment->year % 10000,
                   moment->month % 100, moment->day % 100, moment->hour % 100, moment->minute % 100,
                   moment->second % 100, moment->microsecond % 1000000);
}
