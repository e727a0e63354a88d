/** What every test includes: cmocka in the order it needs, and checks of numbers. */
#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <analysis/status.h>

#include <stdbool.h>

/** |value - wanted| <= absolute + relative * |wanted|; NaN equals NaN, infinities their equals. */
#define check_close(value, wanted, absolute, relative)                                             \
    check_close_at((value), (wanted), (absolute), (relative), #value, __FILE__, __LINE__)

/** The same for n values. */
#define check_all_close(n, values, wanted, absolute, relative)                                     \
    check_all_close_at((n), (values), (wanted), (absolute), (relative), #values, __FILE__, __LINE__)

/** The call returned ANA_OK; else the test fails with the recorded sentence. */
#define check_ok(call) check_ok_at((call), #call, __FILE__, __LINE__)

/** The call returned `wanted`, and its sentence holds `piece`. */
#define check_fails(call, wanted, piece)                                                           \
    check_fails_at((call), (wanted), (piece), #call, __FILE__, __LINE__)

/** Whether tests may take minutes: ANA_TEST_LONG is "yes" (scripts/test --long). */
bool test_is_long(void);

bool is_close(double value, double wanted, double absolute, double relative);
void check_close_at(double value, double wanted, double absolute, double relative, const char *what,
                    const char *file, int line);
void check_all_close_at(size_t n, const double *values, const double *wanted, double absolute,
                        double relative, const char *what, const char *file, int line);
void check_ok_at(ana_status status, const char *call, const char *file, int line);
void check_fails_at(ana_status status, ana_status wanted, const char *piece, const char *call,
                    const char *file, int line);

#endif
