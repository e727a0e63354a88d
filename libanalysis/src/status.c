#include <analysis/status.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_SENTENCE = 1024
};

static _Thread_local char last_error[MAX_SENTENCE];

const char *ana_status_text(ana_status status)
{
    switch (status) {
#define ANA_STATUS_CASE(name, text)                                                                \
    case name:                                                                                     \
        return text;
        ANA_STATUS_MAP(ANA_STATUS_CASE)
#undef ANA_STATUS_CASE
    }
    return "unknown status";
}

const char *ana_last_error(void)
{
    return last_error;
}

ana_status ana_fail(ana_status status, const char *format, ...)
{
    /* Through a buffer of its own, since an argument may be the sentence recorded before. */
    char sentence[MAX_SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    memcpy(last_error, sentence, sizeof last_error);
    return status;
}

ana_status ana_fail_in(ana_status status, const char *format, ...)
{
    char sentence[MAX_SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (n < 0) {
        n = 0;
        sentence[0] = '\0';
    }
    if (n < MAX_SENTENCE - 1) {
        size_t room = (size_t)(MAX_SENTENCE - 1 - n);
        size_t length = strlen(last_error);
        length = length < room ? length : room;
        memcpy(sentence + n, last_error, length);
        sentence[(size_t)n + length] = '\0';
    }
    memcpy(last_error, sentence, sizeof last_error);
    return status;
}
