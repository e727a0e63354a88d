/* Shares of feature spaces as a record. */
#include "commonality.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/encoding_scores.h>
#include <analysis/stats.h>

enum {
    MOST_SETS = 15
};

static ana_status add_figures(const ana_encoding_partition *from, const char *const *names,
                              ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    ana_record *table = NULL;
    double r2[MOST_SETS];
    double shares[MOST_SETS];
    const size_t n = from->n_sets;
    const ana_shape shape = ana_shape_1(n, "set");
    const ana_picture_words words = {
        .title = "What feature spaces explain",
        .caption = "Median over units of the share of held-out variance that the spaces of a set "
                   "explain together and the others do not; below 0 where they mislead.",
        .x_title = "spaces",
        .value_title = "share of variance"};
    const ana_picture_words columns = {
        .title = "Sets of feature spaces",
        .caption = "Medians over units: R2 of the spaces of a set on held-out stimuli, and the "
                   "share that they alone have in common."};
    for (size_t s = 0; s < n; s++) {
        ANA_TRY(ana_stats_median(from->n_units, from->r2 + s * from->n_units, &r2[s]));
        ANA_TRY(ana_stats_median(from->n_units, from->shares + s * from->n_units, &shares[s]));
    }
    ANA_TRY(ana_record_add_picture(record, "explained", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, shares, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, names));
    ANA_TRY(ana_record_add_picture(record, "sets", ANA_HINT_TABLE, &columns, &table));
    ANA_TRY(ana_record_add_texts(table, "spaces", n, names));
    ANA_TRY(ana_record_add_doubles(table, "r2", shape, r2, NULL));
    ANA_TRY(ana_record_add_doubles(table, "share", shape, shares, NULL));
done:
    return status;
}

ana_status ana_encoding_partition_to_record(const ana_encoding_partition *from, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    char texts[MOST_SETS][COMMONALITY_NAME_SIZE];
    const char *names[MOST_SETS];
    const ana_shape shape = ana_shape_2(from->n_sets, "set", from->n_units, "unit");
    for (size_t s = 0; s < from->n_sets; s++) {
        ana_commonality_name(s, from->n_spaces, (const char *const *)from->spaces, texts[s]);
        names[s] = texts[s];
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "encoding-partition"));
    ANA_TRY(ana_record_add_text(record, "title", "What feature spaces explain alone and together"));
    ANA_TRY(ana_record_add_int(record, "n_units", (int64_t)from->n_units, NULL));
    ANA_TRY(add_figures(from, names, record));
    ANA_TRY(ana_record_add_doubles(record, "r2", shape, from->r2, NULL));
    ANA_TRY(ana_record_add_doubles(record, "shares", shape, from->shares, NULL));
    ANA_TRY(ana_record_add_texts(record, "units", from->n_units, (const char *const *)from->units));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
