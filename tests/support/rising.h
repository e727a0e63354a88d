/** That the objective of a fit never fell: for every fit of every test. */
#ifndef TESTS_SUPPORT_RISING_H
#define TESTS_SUPPORT_RISING_H

#include <analysis/models/fit_info.h>

/** The trace rises, but for rounding (a billionth), up to the objective; and no restart was
 *  dropped, as one whose objective falls is. */
void check_rises(const ana_fit_info *info);

#endif
