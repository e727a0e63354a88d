#include "spans.h"

#include <stdlib.h>

static int compare_spans(const void *left, const void *right)
{
    const ana_span *a = left;
    const ana_span *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

size_t ana_spans_unite(size_t n, ana_span *spans)
{
    size_t kept = 0;
    qsort(spans, n, sizeof *spans, compare_spans);
    for (size_t i = 0; i < n; i++) {
        if (!(spans[i].stop > spans[i].start)) {
            continue;
        }
        if (kept > 0 && spans[i].start <= spans[kept - 1].stop) {
            if (spans[i].stop > spans[kept - 1].stop) {
                spans[kept - 1].stop = spans[i].stop;
            }
        } else {
            spans[kept++] = spans[i];
        }
    }
    return kept;
}

size_t ana_spans_after(const ana_spans *spans, double time)
{
    size_t low = 0;
    size_t high = spans->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->spans[middle].stop > time) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

bool ana_spans_hold(const ana_spans *spans, double time)
{
    size_t i = ana_spans_after(spans, time);
    return i < spans->n && spans->spans[i].start <= time;
}
