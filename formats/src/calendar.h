/** Dates of recordings: days of the Gregorian calendar, ISO 8601, and 20-digit time stamps. */
#ifndef ANALYSIS_FORMATS_CALENDAR_H
#define ANALYSIS_FORMATS_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/** A moment to the microsecond, without a time zone. */
typedef struct ana_moment {
    int year; /**< 1 to 9999 */
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int microsecond;
} ana_moment;

/** Whether every part is within its range: 29 February only in leap years. */
bool ana_moment_is_valid(const ana_moment *moment);

/** Microseconds since 1 January of year 1, and back. */
int64_t ana_moment_to_microseconds(const ana_moment *moment);
ana_moment ana_moment_from_microseconds(int64_t microseconds);

/** "2013-11-13T16:14:03", with ".794232" where there is a fraction. */
void ana_moment_to_iso(const ana_moment *moment, char out[32]);
/** The moment of an ISO 8601 text ("2013-11-13T16:14:03.79Z", also with a space for the T and
 *  without a time); *zone (may be NULL) becomes what stands after it ("Z", "+01:00", ""), borrowed.
 *  False when it is none. */
bool ana_moment_from_iso(const char *text, ana_moment *out, const char **zone);

/** Digits of a time stamp "yyyymmddhhmmssuuuuuu". */
#define ANA_STAMP_DIGITS 20
/** False when it is no moment (all zero: unknown). */
bool ana_moment_from_stamp(const char *stamp, ana_moment *out);
void ana_moment_to_stamp(const ana_moment *moment, char out[32]);

#endif
