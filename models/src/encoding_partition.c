/* What feature spaces explain alone and together: R2 of every set of them. */
#include "commonality.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/encoding_scores.h>

#include <stdlib.h>
#include <string.h>

static ana_status new_partition(size_t n_spaces, ana_responses *const *spaces,
                                const ana_encoding *first, ana_encoding_partition **out)
{
    ana_status status = ANA_OK;
    ana_encoding_partition *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "partition", (void *)&made));
    made->n_spaces = n_spaces;
    made->n_sets = ((size_t)1 << n_spaces) - 1;
    made->n_units = first->n_units;
    const size_t n = made->n_sets * made->n_units;
    ANA_TRY(ana_allocate(n, sizeof(double), "partition", (void *)&made->r2));
    ANA_TRY(ana_allocate(n, sizeof(double), "partition", (void *)&made->shares));
    ANA_TRY(ana_allocate(n_spaces, sizeof(char *), "partition", (void *)&made->spaces));
    for (size_t g = 0; g < n_spaces; g++) {
        ANA_TRY(ana_copy_text(spaces[g]->name, &made->spaces[g]));
    }
    ANA_TRY(ana_copy_texts(first->n_units, (const char *const *)first->units, &made->units));
    *out = made;
    made = NULL;
done:
    ana_encoding_partition_free(made);
    return status;
}

/* The encoding of one set of spaces; a single one has no bands. */
static ana_status encode_set(size_t set, ana_responses *const *spaces, const ana_responses *target,
                             const ana_encoding_options *options, ana_encoding **out)
{
    ana_responses *chosen[ANA_PARTITION_MAX_SPACES];
    ana_encoding_options settings = *options;
    size_t n = 0;
    for (size_t g = 0; g < ANA_PARTITION_MAX_SPACES; g++) {
        if (ana_commonality_holds(set, g)) {
            chosen[n++] = spaces[g];
        }
    }
    settings.map =
        n == 1 && options->map == ANA_ENCODING_BANDED ? ANA_ENCODING_RIDGE : options->map;
    settings.pooled = true;
    return ana_encoding_compute(n, chosen, target, NULL, &settings, out);
}

ana_status ana_encoding_partition_compute(size_t n_spaces, ana_responses *const *spaces,
                                          const ana_responses *target,
                                          const ana_encoding_options *options,
                                          ana_encoding_partition **out)
{
    ana_status status = ANA_OK;
    ana_encoding_partition *made = NULL;
    ana_encoding *encoding = NULL;
    const ana_encoding_options defaults = ana_encoding_options_default();
    options = options != NULL ? options : &defaults;
    if (n_spaces == 0 || n_spaces > ANA_PARTITION_MAX_SPACES) {
        return ana_fail(ANA_ERR_VALUE, "partition: %zu feature spaces; one to %d are taken",
                        n_spaces, (int)ANA_PARTITION_MAX_SPACES);
    }
    const size_t n_sets = ((size_t)1 << n_spaces) - 1;
    ANA_TRY(encode_set(0, spaces, target, options, &encoding));
    ANA_TRY(new_partition(n_spaces, spaces, encoding, &made));
    memcpy(made->r2, encoding->r2, made->n_units * sizeof *made->r2);
    for (size_t s = 1; s < n_sets; s++) {
        ana_encoding_free(encoding);
        encoding = NULL;
        ANA_TRY(encode_set(s, spaces, target, options, &encoding));
        memcpy(made->r2 + s * made->n_units, encoding->r2, made->n_units * sizeof *made->r2);
    }
    ana_commonality_shares(n_sets, made->n_units, made->r2, made->shares);
    *out = made;
    made = NULL;
done:
    ana_encoding_free(encoding);
    ana_encoding_partition_free(made);
    return status;
}

void ana_encoding_partition_free(ana_encoding_partition *made)
{
    if (made == NULL) {
        return;
    }
    ana_free_texts(made->n_spaces, made->spaces);
    ana_free_texts(made->n_units, made->units);
    free(made->r2);
    free(made->shares);
    free(made);
}
