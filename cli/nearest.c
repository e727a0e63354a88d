#include "nearest.h"

#include <string.h>

size_t nearest_limit(const char *word)
{
    return 2 + strlen(word) / 4;
}

size_t nearest_distance(const char *a, const char *b)
{
    enum {
        MAX = 40
    };
    size_t row[MAX + 1];
    size_t n = strlen(a);
    size_t m = strlen(b);
    if (n > MAX || m > MAX) {
        return MAX;
    }
    for (size_t j = 0; j <= m; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            size_t step = (above < row[j - 1] ? above : row[j - 1]) + 1;
            row[j] = change < step ? change : step;
            diagonal = above;
        }
    }
    return row[m];
}
