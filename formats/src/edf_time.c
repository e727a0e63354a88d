/* Start dates of EDF headers: two-digit years, and the four digits that EDF+ puts elsewhere. */
#include "calendar.h"
#include "edf.h"
#include "text.h"

#include <string.h>

static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                     "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Two digits (the first may be a blank), or -1. */
static int two_digits(const char *text)
{
    if ((!is_digit(text[0]) && text[0] != ' ') || !is_digit(text[1])) {
        return -1;
    }
    return (text[0] == ' ' ? 0 : text[0] - '0') * 10 + (text[1] - '0');
}

/* Three numbers of two digits with any one byte between them. */
static bool three_numbers(const char *text, int out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = two_digits(text + (size_t)i * 3);
        if (out[i] < 0 || (i < 2 && is_digit(text[i * 3 + 2]))) {
            return false;
        }
    }
    return true;
}

/* The year of "Startdate dd-MMM-yyyy", when day and month are those given; 0 when not. */
static int year_in_recording(const char *recording, int day, int month)
{
    const size_t n_word = strlen("Startdate ");
    int year = 0;
    if (strncmp(recording, "Startdate ", n_word) != 0 || strlen(recording) < n_word + 11) {
        return 0;
    }
    const char *date = recording + n_word;
    char name[4] = {date[3], date[4], date[5], '\0'};
    if (two_digits(date) != day || !ana_text_equal_ignoring_case(name, months[month - 1])) {
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        if (!is_digit(date[7 + i])) {
            return 0;
        }
        year = 10 * year + (date[7 + i] - '0');
    }
    return year;
}

bool ana_edf_is_start(const char *bytes)
{
    int numbers[3];
    return three_numbers(bytes, numbers) && three_numbers(bytes + 8, numbers);
}

void ana_edf_start_time(const char *date, const char *time, const char *recording, char out[32])
{
    int day[3];
    int clock[3];
    out[0] = '\0';
    if (!three_numbers(date, day) || !three_numbers(time, clock) || day[1] < 1 || day[1] > 12) {
        return;
    }
    bool hidden = ana_text_starts_with(recording, "Startdate X");
    if (hidden && day[0] == 1 && day[1] == 1 && day[2] == 85) {
        return;
    }
    int year = year_in_recording(recording, day[0], day[1]);
    if (year == 0) {
        year = day[2] + (day[2] >= 85 ? 1900 : 2000);
    }
    ana_moment moment = {year, day[1], day[0], clock[0], clock[1], clock[2], 0};
    if (ana_moment_is_valid(&moment)) {
        ana_moment_to_iso(&moment, out);
    }
}
