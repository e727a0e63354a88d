#include "known_units.h"

#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_ID = 64,
    MAX_SAID = 20 /* names in the remark; the record has all */
};

typedef char id_text[MAX_ID];

static void id_of(const ana_column *ids, size_t row, id_text text)
{
    text[0] = '\0';
    if (ids != NULL && ids->type == ANA_COLUMN_TEXT && ids->texts[row] != NULL) {
        snprintf(text, MAX_ID, "%s", ids->texts[row]);
    } else if (ids != NULL && ids->type == ANA_COLUMN_INT) {
        snprintf(text, MAX_ID, "%lld", (long long)ids->ints[row]);
    }
}

static bool is_among(const char *id, size_t n, char *const *names)
{
    for (size_t i = 0; i < n; i++) {
        if (strncmp(id, names[i], MAX_ID - 1) == 0) {
            return true;
        }
    }
    return false;
}

static void say(size_t n_used, size_t n_left_out, const char *const *left_out,
                const console_options *console)
{
    char list[MAX_SAID * (MAX_ID + 2) + 1] = "";
    size_t at = 0;
    for (size_t i = 0; i < n_left_out && i < MAX_SAID; i++) {
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i > 0 ? ", " : "", left_out[i]);
    }
    console_say(console, "%zu of %zu units used; the model was fitted without %s%s", n_used,
                n_used + n_left_out, list, n_left_out > MAX_SAID ? ", ..." : "");
}

ana_status known_units_note(size_t n, char *const *names, const ana_observations *observations,
                            const console_options *console, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_column *ids = ana_table_find(observations->features, "id");
    const size_t n_features = observations->n_features;
    id_text *texts = calloc(n_features + 1, sizeof *texts);
    const char **left_out = calloc(n_features + 1, sizeof *left_out);
    size_t n_left_out = 0;
    if (texts == NULL || left_out == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the ids of %zu units", n_features);
        goto done;
    }
    for (size_t f = 0; f < n_features; f++) {
        id_of(ids, f, texts[n_left_out]);
        if (!is_among(texts[n_left_out], n, names)) {
            left_out[n_left_out] = texts[n_left_out];
            n_left_out++;
        }
    }
    if (n_left_out > 0) {
        say(n, n_left_out, left_out, console);
    }
    ANA_TRY(ana_record_add_group(record, "units", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_texts(group, "used", n, (const char *const *)names));
    ANA_TRY(ana_record_add_texts(group, "left_out", n_left_out, left_out));
done:
    free(left_out);
    free(texts);
    return status;
}

void known_bins_warn(double model_bin_s, const ana_observations *observations)
{
    if (model_bin_s > 0.0 && isnan(observations->bin_s)) {
        console_warn("the rows' width is not known, and the model's are of %g s; --bin (and "
                     "--rebin) say what a row is",
                     model_bin_s);
    }
}
