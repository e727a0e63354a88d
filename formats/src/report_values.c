#include "report_parts.h"
#include "scale.h"
#include "svg.h"
#include "workspace.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const size_t most_listed = 16; /* values of an array written out in a row */
static const size_t most_table_rows = 200;
static const size_t tall_table = 16; /* rows; longer ones scroll within the page */
static const int significant = 6;
static const int table_digits = 4; /* of the largest value of a column */

const char *const ana_report_headings[] = {
    "title", "caption", "x_title", "y_title", "value_title", "x_scale", "y_scale", "layout", NULL};

static bool is_among(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* Names that are abbreviations. */
static const char *const abbreviations[][2] = {
    {"aic", "AIC"},   {"ari", "ARI"},     {"auc", "AUC"},     {"bic", "BIC"},
    {"cka", "CKA"},   {"cv", "CV"},       {"cv2", "CV2"},     {"fdr", "FDR"},
    {"hsic", "HSIC"}, {"mase", "MASE"},   {"pwcca", "PWCCA"}, {"r2", "R2"},
    {"rtd", "RTD"},   {"svcca", "SVCCA"}, {"icl", "ICL"},     {"id", "ID"},
    {"isi", "ISI"},   {"lv", "LV"},       {"lvr", "LvR"},     {"n_rois", "Number of ROIs"},
    {"nmi", "NMI"},   {"psth", "PSTH"},   {"roc", "ROC"},     {"sha256", "SHA-256"},
    {"mcc", "MCC"},   {"sd", "SD"}};

/* Names that say too little to who has not written them. */
static const char *const readings[][2] = {{"n_dropped", "Events without a trial"},
                                          {"n_known", "Trials of known class"},
                                          {"n_times", "Number of time points"},
                                          {"normalised_mcc", "Normalised MCC"},
                                          {"rank_sentence", "Rank in words"}};

static const char *abbreviation(const char *name)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        if (strcmp(name, readings[i][0]) == 0) {
            return readings[i][1];
        }
    }
    for (size_t i = 0; i < sizeof abbreviations / sizeof abbreviations[0]; i++) {
        if (strcmp(name, abbreviations[i][0]) == 0) {
            return abbreviations[i][1];
        }
    }
    return NULL;
}

void ana_report_append_name(ana_text *out, const char *name)
{
    if (abbreviation(name) != NULL) {
        ana_text_append(out, abbreviation(name));
        return;
    }
    ana_text spaced = {0};
    bool counted = name[0] == 'n' && name[1] == '_' && name[2] != '\0';
    ana_text_append(&spaced, counted ? "Number of " : "");
    ana_text_append(&spaced, counted ? name + 2 : name);
    for (size_t i = 0; i < spaced.n && spaced.bytes != NULL; i++) {
        spaced.bytes[i] = spaced.bytes[i] == '_' ? ' ' : spaced.bytes[i];
    }
    /* p, t, F: as the field writes them, and p of what */
    bool symbol = spaced.n < 2 || (name[0] == 'p' && name[1] == '_');
    if (!symbol && spaced.bytes != NULL && spaced.bytes[0] >= 'a' && spaced.bytes[0] <= 'z') {
        spaced.bytes[0] = (char)(spaced.bytes[0] - 'a' + 'A');
    }
    ana_svg_escape(out, spaced.bytes != NULL ? spaced.bytes : "");
    out->failed = out->failed || spaced.failed;
    ana_text_release(&spaced);
}

/* A number as it is shown; where digits were left out, all of them when pointed at. */
static void append_shown(ana_text *out, double value, const char *shown)
{
    char exact[32];
    double back = 0.0;
    ana_format_double(value, exact);
    if (isnan(value) || (ana_parse_double(shown, strlen(shown), &back) && back == value)) {
        ana_text_append(out, isnan(value) ? "\xe2\x80\x93" : shown);
    } else {
        ana_text_printf(out, "<span title=\"%s\">%s</span>", exact, shown);
    }
}

static void append_number(ana_text *out, double value)
{
    char shown[64];
    ana_number_label(value, significant, shown, sizeof shown);
    append_shown(out, value, shown);
}

static void append_unit(ana_text *out, const ana_record *node)
{
    const bool said = node->unit != NULL && strcmp(node->unit, "s") == 0 &&
                      strcmp(node->name, "seconds") == 0 && node->n_axes > 0;
    if (node->unit != NULL && !said) {
        ana_text_append(out, " <span class=\"unit\">");
        ana_svg_escape(out, node->unit);
        ana_text_append(out, "</span>");
    }
}

static void append_element(ana_text *out, const ana_record *node, size_t i)
{
    if (node->type == ANA_RECORD_TEXTS) {
        ana_svg_escape(out, node->texts[i]);
    } else if (node->type == ANA_RECORD_INTS) {
        ana_text_printf(out, "%" PRId64, node->ints[i]);
    } else {
        append_number(out, node->doubles[i]);
    }
}

/* "3 × 400 values, 0.25 to 8.5" */
static void append_extent(ana_text *out, const ana_record *node)
{
    for (size_t i = 0; i < node->n_axes; i++) {
        ana_text_printf(out, "%s%zu", i == 0 ? "" : " \xc3\x97 ", node->shape[i]);
    }
    ana_text_append(out, node->type == ANA_RECORD_TEXTS ? " texts" : " values");
    ana_range range = ana_range_empty();
    const size_t n = ana_record_size(node);
    for (size_t i = 0; i < n && node->type != ANA_RECORD_TEXTS; i++) {
        ana_range_add(&range, node->doubles != NULL ? node->doubles[i] : (double)node->ints[i]);
    }
    if (!ana_range_is_empty(range)) {
        ana_text_append(out, ", ");
        append_number(out, range.low);
        ana_text_append(out, " to ");
        append_number(out, range.high);
    }
}

static void append_array(ana_text *out, const ana_record *node)
{
    const size_t n = ana_record_size(node);
    if (n == 0 || n > most_listed || node->n_axes > 1) {
        append_extent(out, node);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        ana_text_append(out, i == 0 ? "" : ", ");
        append_element(out, node, i);
    }
}

static void append_value(ana_text *out, const ana_record *node)
{
    switch (node->type) {
    case ANA_RECORD_GROUP:
        return;
    case ANA_RECORD_BOOL:
        ana_text_append(out, node->boolean ? "yes" : "no");
        return;
    case ANA_RECORD_INT:
        ana_text_printf(out, "%" PRId64, node->integer);
        break;
    case ANA_RECORD_DOUBLE:
        append_number(out, node->number);
        if (isnan(node->number)) {
            return;
        }
        break;
    case ANA_RECORD_TEXT:
        ana_svg_escape(out, node->text[0] != '\0' ? node->text : "\xe2\x80\x93");
        return;
    case ANA_RECORD_INTS:
    case ANA_RECORD_DOUBLES:
    case ANA_RECORD_TEXTS:
        append_array(out, node);
        break;
    }
    append_unit(out, node);
}

static bool is_empty_list(const ana_record *node)
{
    return (node->type == ANA_RECORD_INTS || node->type == ANA_RECORD_DOUBLES ||
            node->type == ANA_RECORD_TEXTS) &&
           ana_record_size(node) == 0;
}

size_t ana_report_append_values(ana_text *out, const ana_record *group, const char *const *skipped)
{
    size_t n = 0;
    for (size_t i = 0; i < group->n_children; i++) {
        const ana_record *node = group->children[i];
        if (node->type == ANA_RECORD_GROUP || is_empty_list(node) ||
            is_among(node->name, skipped)) {
            continue;
        }
        ana_text_append(out, n++ == 0 ? "<div class=\"scroll\"><table><tbody>\n" : "");
        ana_text_append(out, "<tr><th scope=\"row\">");
        ana_report_append_name(out, node->name);
        ana_text_append(out, "</th><td>");
        append_value(out, node);
        ana_text_append(out, "</td></tr>\n");
    }
    ana_text_append(out, n > 0 ? "</tbody></table></div>\n" : "");
    return n;
}

/* Whether no cell of a column of texts says anything. */
static bool is_blank(const ana_record *node)
{
    for (size_t i = 0; node->type == ANA_RECORD_TEXTS && i < node->shape[0]; i++) {
        if (node->texts[i][0] != '\0') {
            return false;
        }
    }
    return node->type == ANA_RECORD_TEXTS && node->shape[0] > 0;
}

static bool is_column(const ana_record *node)
{
    return node->n_axes == 1 && !is_blank(node) &&
           (node->type == ANA_RECORD_DOUBLES || node->type == ANA_RECORD_INTS ||
            node->type == ANA_RECORD_TEXTS);
}

static const char *cell_class(const ana_record *node)
{
    return node->type == ANA_RECORD_TEXTS ? "" : " class=\"number\"";
}

/* Whether all values of a column are whole multiples of 10^-decimals. */
static bool needs_no_more(const double *values, size_t n, int decimals)
{
    const double step = pow(10.0, -decimals);
    for (size_t i = 0; i < n; i++) {
        if (isfinite(values[i]) && fabs(remainder(values[i], step)) > 1e-12 * fabs(values[i])) {
            return false;
        }
    }
    return true;
}

/* How many decimals line up a column: those that its largest value needs; -1 where small values
 * would be left with less than two digits. */
static int column_decimals(const ana_record *node, size_t n)
{
    double largest = 0.0;
    double smallest = INFINITY;
    for (size_t i = 0; i < n && node->type == ANA_RECORD_DOUBLES; i++) {
        const double size = fabs(node->doubles[i]);
        largest = isfinite(size) ? fmax(largest, size) : largest;
        smallest = size > 0.0 ? fmin(smallest, size) : smallest;
    }
    if (!(largest >= 1e-4 && largest < 1e9)) {
        return largest == 0.0 ? 0 : -1;
    }
    int decimals = table_digits - 1 - (int)floor(log10(largest));
    decimals = decimals > 0 ? decimals : 0;
    while (decimals > 0 && needs_no_more(node->doubles, n, decimals - 1)) {
        decimals--;
    }
    bool fine = smallest >= pow(10.0, 1 - decimals) || needs_no_more(node->doubles, n, decimals);
    return fine ? decimals : -1;
}

static void append_cell(ana_text *out, const ana_record *node, size_t row, int decimals)
{
    char shown[64];
    if (node->type != ANA_RECORD_DOUBLES) {
        append_element(out, node, row);
        return;
    }
    if (decimals >= 0 && isfinite(node->doubles[row])) {
        ana_number_fixed(node->doubles[row], decimals, shown, sizeof shown);
    } else {
        ana_number_label(node->doubles[row], table_digits, shown, sizeof shown);
    }
    append_shown(out, node->doubles[row], shown);
}

/* In a column what is counted says enough: "n_spikes" stands as "Spikes". */
static void append_table_head(ana_text *out, const ana_record *group)
{
    ana_text_append(out, "<thead><tr>");
    for (size_t i = 0; i < group->n_children; i++) {
        const ana_record *node = group->children[i];
        if (is_column(node)) {
            ana_text_printf(out, "<th scope=\"col\"%s>", cell_class(node));
            const bool counted = strncmp(node->name, "n_", 2) == 0 && node->name[2] != '\0';
            ana_report_append_name(out, node->name + (counted ? 2 : 0));
            append_unit(out, node);
            ana_text_append(out, "</th>");
        }
    }
    ana_text_append(out, "</tr></thead>\n");
}

void ana_report_append_table(ana_text *out, const ana_record *group)
{
    size_t n_rows = 0;
    ana_workspace workspace = {0};
    int *decimals = ana_workspace_bytes(&workspace, group->n_children, 1, sizeof *decimals);
    if (decimals == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < group->n_children; i++) {
        n_rows = is_column(group->children[i]) ? group->children[i]->shape[0] : n_rows;
    }
    const size_t n_shown = n_rows < most_table_rows ? n_rows : most_table_rows;
    for (size_t i = 0; i < group->n_children; i++) {
        const bool column = is_column(group->children[i]);
        decimals[i] = column ? column_decimals(group->children[i], n_shown) : 0;
    }
    ana_text_append(out, n_rows > tall_table ? "<div class=\"scroll tall\"><table>"
                                             : "<div class=\"scroll\"><table>");
    append_table_head(out, group);
    ana_text_append(out, "<tbody>\n");
    for (size_t row = 0; row < n_shown; row++) {
        ana_text_append(out, "<tr>");
        for (size_t i = 0; i < group->n_children; i++) {
            const ana_record *node = group->children[i];
            if (is_column(node)) {
                ana_text_printf(out, "<td%s>", cell_class(node));
                append_cell(out, node, row, decimals[i]);
                ana_text_append(out, "</td>");
            }
        }
        ana_text_append(out, "</tr>\n");
    }
    ana_text_append(out, "</tbody></table></div>\n");
    if (n_rows > most_table_rows) {
        ana_text_printf(out,
                        "<p class=\"unit\">The first %zu of %zu rows; the data hold all.</p>\n",
                        most_table_rows, n_rows);
    }
    ana_workspace_release(&workspace);
}
