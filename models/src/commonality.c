#include "commonality.h"

#include <string.h>

bool ana_commonality_holds(size_t set, size_t predictor)
{
    return (set + 1) >> predictor & 1;
}

static size_t count_bits(size_t set)
{
    size_t n = 0;
    for (; set > 0; set >>= 1) {
        n += set & 1;
    }
    return n;
}

/* shares of set s = sum over its parts t of (-1)^(|t| + 1) R2(t and all that is not in s), t = none
 * among them. */
void ana_commonality_shares(size_t n_sets, size_t n_columns, const double *r2, double *shares)
{
    const size_t all = n_sets; /* the bits of all predictors */
    memset(shares, 0, n_sets * n_columns * sizeof *shares);
    for (size_t s = 1; s <= all; s++) {
        double *own = shares + (s - 1) * n_columns;
        for (size_t t = 0; t <= s; t++) {
            const size_t with = t | (all & ~s);
            if ((t & s) != t || with == 0) {
                continue;
            }
            const double sign = count_bits(t) % 2 == 1 ? 1.0 : -1.0;
            for (size_t j = 0; j < n_columns; j++) {
                own[j] += sign * r2[(with - 1) * n_columns + j];
            }
        }
    }
}

void ana_commonality_name(size_t set, size_t n, const char *const *names,
                          char text[COMMONALITY_NAME_SIZE])
{
    size_t at = 0;
    for (size_t g = 0; g < n; g++) {
        if (!ana_commonality_holds(set, g)) {
            continue;
        }
        const char *pieces[] = {at > 0 ? " & " : "", names[g]};
        for (size_t k = 0; k < 2; k++) {
            const size_t length = strlen(pieces[k]);
            const size_t room = COMMONALITY_NAME_SIZE - 1 - at;
            const size_t n_copied = length < room ? length : room;
            memcpy(text + at, pieces[k], n_copied);
            at += n_copied;
        }
    }
    text[at] = '\0';
}
