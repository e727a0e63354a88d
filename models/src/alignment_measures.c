/* The measures of alignment: a row for each. */
#include "alignment_parts.h"

static const ana_alignment_rule rules[] = {
    {.name = "rsa", .value = "similarity of dissimilarities", .least = 3},
};

const char *const ana_alignment_measure_names[] = {"rsa", NULL};

const ana_alignment_rule *ana_alignment_rule_of(ana_alignment_measure measure)
{
    return &rules[measure];
}
