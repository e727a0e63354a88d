#include "align_hierarchy.h"

#include "table_codes.h"
#include "try.h"

#include <analysis/formats/table_io.h>
#include <analysis/models/alignment_hierarchy.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option align_hierarchy_table[] = {
    {"hierarchy", ANA_OPTION_BOOL, offsetof(align_hierarchy_options, wanted), 0, 0, NULL, NULL,
     "also how well the depth of each region's best layer follows the time of its largest score "
     "and "
     "of its half (three regions, two times at least)",
     false},
    {"distances", ANA_OPTION_TEXT, offsetof(align_hierarchy_options, distances), 0, 0, NULL,
     "TABLE",
     "also how well the depth of each region's best layer follows its distance along the cortex: a "
     "table with the columns \"region\" and \"distance\" (any unit; three regions at least)",
     false},
    ANA_OPTION_END,
};

/* distance (n_regions of the alignment) by the table. */
static ana_status read_distances(const ana_run *run, const char *path,
                                 const ana_alignment *alignment, double *distance)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    table_codes names = {0};
    ANA_TRY(ana_table_read(path, run, &table));
    ANA_TRY(table_code_column(table, path, "region", &names));
    const ana_column *column = ana_table_find(table, "distance");
    if (column == NULL || column->row_start != NULL ||
        (column->type != ANA_COLUMN_DOUBLE && column->type != ANA_COLUMN_INT)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: a column \"distance\" of numbers is wanted", path);
        goto done;
    }
    for (size_t r = 0; r < alignment->n_regions; r++) {
        size_t row = 0;
        while (row < table->n_rows &&
               strcmp(names.words[names.codes[row]], alignment->regions[r]) != 0) {
            row++;
        }
        if (row == table->n_rows || ana_column_is_missing(column, row)) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "%s: no distance of the region %s", path,
                             alignment->regions[r]));
        }
        distance[r] =
            column->type == ANA_COLUMN_INT ? (double)column->ints[row] : column->doubles[row];
    }
done:
    table_codes_free(&names);
    ana_table_free(table);
    return status;
}

ana_status align_add_hierarchy(const ana_run *run, const align_hierarchy_options *options,
                               const ana_alignment *alignment, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_alignment_hierarchy *hierarchy = NULL;
    ana_record *made = NULL;
    double *distance = NULL;
    ana_hierarchy_options settings = ana_hierarchy_options_default();
    if (!options->wanted && options->distances == NULL) {
        return ANA_OK;
    }
    settings.run = *run;
    if (options->distances != NULL) {
        distance = calloc(alignment->n_regions + 1, sizeof *distance);
        if (distance == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "no memory for %zu regions", alignment->n_regions);
        }
        ANA_TRY(read_distances(run, options->distances, alignment, distance));
    }
    ANA_TRY(ana_alignment_find_hierarchy(alignment, distance, &settings, &hierarchy));
    ANA_TRY(ana_alignment_hierarchy_to_record(hierarchy, &made));
    ANA_TRY(ana_record_adopt(record, "hierarchy", made));
done:
    ana_alignment_hierarchy_free(hierarchy);
    free(distance);
    return status;
}
