#include "file.h"
#include "report_parts.h"
#include "svg.h"
#include "try.h"

#include <analysis/formats/figure.h>
#include <analysis/formats/report.h>
#include <analysis/version.h>

#include <stdlib.h>
#include <string.h>

/* The page while it is written. */
typedef struct page_text {
    ana_text text;
    size_t n_figures;
} page_text;

ana_report_options ana_report_options_default(void)
{
    return (ana_report_options){.title = NULL};
}

static void append(page_text *page, const char *piece)
{
    ana_text_append(&page->text, piece);
}

static void append_escaped(page_text *page, const char *text)
{
    ana_svg_escape(&page->text, text);
}

static const char *text_of(const ana_record *group, const char *name)
{
    const ana_record *node = ana_record_find(group, name);
    return node != NULL && node->type == ANA_RECORD_TEXT && node->text[0] != '\0' ? node->text
                                                                                  : NULL;
}

/* <p class="...">text</p>, nothing for NULL. */
static void append_paragraph(page_text *page, const char *class, const char *text)
{
    if (text != NULL) {
        ana_text_printf(&page->text, "<p class=\"%s\">", class);
        append_escaped(page, text);
        append(page, "</p>\n");
    }
}

/* The group's title, or its name made readable, as a heading of that level (at most 6). */
static void append_heading(page_text *page, const ana_record *group, int level)
{
    const char *title = text_of(group, "title");
    int shown = level < 6 ? level : 6;
    ana_text_printf(&page->text, "<h%d>", shown);
    if (title != NULL) {
        append_escaped(page, title);
    } else {
        ana_report_append_name(&page->text, group->name);
    }
    ana_text_printf(&page->text, "</h%d>\n", shown);
}

/* A file name of plain letters for the download: the group's name, or "data". */
static void append_file_name(page_text *page, const char *name)
{
    size_t n = 0;
    for (; *name != '\0' && n < 60; name++) {
        bool plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
                     (*name >= '0' && *name <= '9') || *name == '-' || *name == '_';
        ana_text_append_bytes(&page->text, plain ? name : "_", 1);
        n++;
    }
    append(page, n > 0 ? ".csv" : "data.csv");
}

static void append_caption(page_text *page, const ana_record *group)
{
    const char *caption = text_of(group, "caption");
    append(page, "<figcaption>");
    if (caption != NULL) {
        append_escaped(page, caption);
        append(page, " ");
    }
    append(page, "<a download=\"");
    append_file_name(page, group->name);
    append(page, "\" href=\"data:text/csv;charset=utf-8,");
    ana_report_data data = ana_report_append_data(&page->text, group);
    ana_text_printf(&page->text, "\">Data (CSV, %zu kB", (data.n_bytes + 999) / 1000);
    if (data.stride > 1) {
        ana_text_printf(&page->text, ", one in %zu of %zu rows", data.stride, data.n_rows);
    }
    append(page, ")</a></figcaption>\n");
}

static ana_status append_figure(page_text *page, const ana_record *group, int level)
{
    ana_figure_options options = ana_figure_options_default();
    options.embedded = true;
    ana_text_printf(&page->text, "<figure id=\"figure-%zu\">\n", ++page->n_figures);
    append_heading(page, group, level);
    if (group->hint == ANA_HINT_TABLE) {
        ana_report_append_table(&page->text, group);
    } else {
        char *svg = NULL;
        ana_status status = ana_figure_svg(group, &options, &svg);
        if (status != ANA_OK) {
            return status;
        }
        append(page, "<div class=\"scroll\">\n");
        append(page, svg);
        append(page, "</div>\n");
        free(svg);
    }
    append_caption(page, group);
    append(page, "</figure>\n");
    return ANA_OK;
}

/* Whether a group says more than its own children do: a title, or values of its own. */
static bool needs_heading(const ana_record *group)
{
    for (size_t i = 0; i < group->n_children; i++) {
        if (group->children[i]->type != ANA_RECORD_GROUP) {
            return true;
        }
    }
    return false;
}

/* How a result was made stands at the end of the page. */
static bool is_origin(const ana_record *node)
{
    return node->type == ANA_RECORD_GROUP && node->hint == ANA_HINT_NONE &&
           (strcmp(node->name, "provenance") == 0 || strcmp(node->name, "options") == 0);
}

/* Values, then figures and groups in their order. `level` is that of the headings within. */
// NOLINTNEXTLINE(misc-no-recursion): a record is at most ANA_RECORD_MAX_DEPTH deep
static ana_status append_group(page_text *page, const ana_record *group, int level)
{
    static const char *const skipped[] = {"title", "summary", "caption", "schema", NULL};
    ana_status status = ANA_OK;
    const bool root = group->name[0] == '\0';
    ana_report_append_values(&page->text, group, skipped);
    for (size_t i = 0; i < group->n_children && status == ANA_OK; i++) {
        const ana_record *node = group->children[i];
        if (node->type != ANA_RECORD_GROUP || (root && is_origin(node))) {
            continue;
        }
        if (node->hint != ANA_HINT_NONE) {
            status = append_figure(page, node, level);
        } else if (needs_heading(node)) {
            append_heading(page, node, level);
            append_paragraph(page, "summary", text_of(node, "summary"));
            status = append_group(page, node, level + 1);
        } else {
            status = append_group(page, node, level);
        }
    }
    return status;
}

/* Tables of a group and of the groups within it, each under its name; a group without values of its
 * own lends its name to those within ("Options: model"). */
// NOLINTNEXTLINE(misc-no-recursion): a record is at most ANA_RECORD_MAX_DEPTH deep
static void append_provenance(page_text *page, const ana_record *group, int level)
{
    static const char *const skipped[] = {NULL};
    bool silent = ana_report_append_values(&page->text, group, skipped) == 0 && level > 3;
    for (size_t i = 0; i < group->n_children; i++) {
        const ana_record *node = group->children[i];
        if (node->type != ANA_RECORD_GROUP) {
            continue;
        }
        if (needs_heading(node)) {
            int shown = level < 6 ? level : 6;
            ana_text_printf(&page->text, "<h%d>", shown);
            if (silent) {
                ana_report_append_name(&page->text, group->name);
                append(page, ": ");
            }
            ana_report_append_name(&page->text, node->name);
            ana_text_printf(&page->text, "</h%d>\n", shown);
        }
        /* Every option of every table is long to read and short to open. */
        const bool folded = strcmp(node->name, "options") == 0;
        append(page, folded ? "<details>\n<summary>All options</summary>\n" : "");
        append_provenance(page, node, level + 1);
        append(page, folded ? "</details>\n" : "");
    }
}

/* Its title, or what stands for it. */
static void append_title(page_text *page, const ana_record *record)
{
    const char *title = text_of(record, "title");
    append_escaped(page, title != NULL ? title : "Result");
}

static void append_page_title(page_text *page, size_t n, const ana_record *const *records,
                              const ana_report_options *options)
{
    if (options->title != NULL) {
        append_escaped(page, options->title);
    } else if (n == 0) {
        append(page, "Report");
    } else {
        append_title(page, records[0]);
        if (n > 1) {
            ana_text_printf(&page->text, " and %zu more", n - 1);
        }
    }
}

static void append_head(page_text *page, size_t n, const ana_record *const *records,
                        const ana_report_options *options)
{
    append(page,
           "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
           "style-src &#39;sha256-");
    append(page, ana_report_style_hash);
    append(page, "&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    append_page_title(page, n, records, options);
    append(page, "</title>\n<style>");
    ana_report_append_style(&page->text);
    append(page, "</style>\n</head>\n<body>\n<header>\n<h1>");
    append_page_title(page, n, records, options);
    append(page, "</h1>\n");
    append_paragraph(page, "subtitle", options->subtitle);
    append(page, "</header>\n");
}

static void append_contents(page_text *page, size_t n, const ana_record *const *records)
{
    append(page, "<nav>\n<p>Contents</p>\n<ol>\n");
    for (size_t i = 0; i < n; i++) {
        ana_text_printf(&page->text, "<li><a href=\"#record-%zu\">", i + 1);
        append_title(page, records[i]);
        append(page, "</a></li>\n");
    }
    append(page, "<li><a href=\"#provenance\">Provenance</a></li>\n</ol>\n</nav>\n");
}

static ana_status append_record(page_text *page, size_t i, const ana_record *record, bool titled)
{
    ana_text_printf(&page->text, "<section id=\"record-%zu\">\n", i + 1);
    if (titled) {
        append(page, "<h2>");
        append_title(page, record);
        append(page, "</h2>\n");
    }
    append_paragraph(page, "summary", text_of(record, "summary"));
    ana_status status = ANA_OK;
    if (record->hint != ANA_HINT_NONE) {
        status = append_figure(page, record, 3);
    } else {
        status = append_group(page, record, titled ? 3 : 2);
    }
    append(page, "</section>\n");
    return status;
}

static void append_origins(page_text *page, size_t n, const ana_record *const *records)
{
    const int level = n > 1 ? 4 : 3;
    append(page, "<section id=\"provenance\">\n<h2>Provenance</h2>\n");
    for (size_t i = 0; i < n; i++) {
        const ana_record *provenance = ana_record_find(records[i], "provenance");
        const ana_record *made_with = ana_record_find(records[i], "options");
        if (n > 1) {
            append(page, "<h3>");
            append_title(page, records[i]);
            append(page, "</h3>\n");
        }
        if (provenance != NULL && is_origin(provenance)) {
            append_provenance(page, provenance, level);
        } else {
            append_paragraph(page, "unit", "The record does not say where it comes from.");
        }
        if (made_with != NULL && is_origin(made_with)) {
            append(page, "<details>\n<summary>All options</summary>\n");
            append_provenance(page, made_with, level + 1);
            append(page, "</details>\n");
        }
    }
    append(page, "</section>\n");
}

static ana_status write_page(size_t n, const ana_record *const *records,
                             const ana_report_options *options, ana_text *out)
{
    ana_status status = ANA_OK;
    const ana_report_options settings = options != NULL ? *options : ana_report_options_default();
    page_text page = {.n_figures = 0};
    const bool titled = n > 1 || settings.title != NULL;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_record_check(records[i]));
    }
    append_head(&page, n, records, &settings);
    if (n > 1) {
        append_contents(&page, n, records);
    }
    append(&page, "<main>\n");
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(append_record(&page, i, records[i], titled));
    }
    append_origins(&page, n, records);
    append(&page, "</main>\n<footer>Made by libanalysis ");
    append_escaped(&page, ana_version());
    append(&page, ". This file holds all it shows and asks nothing of a network.</footer>\n"
                  "</body>\n</html>\n");
    ANA_TRY(ana_text_check(&page.text, "report"));
    *out = page.text;
    page.text = (ana_text){0};
done:
    ana_text_release(&page.text);
    return status;
}

ana_status ana_report_html(size_t n, const ana_record *const *records,
                           const ana_report_options *options, char **out)
{
    ana_text text = {0};
    ana_status status = write_page(n, records, options, &text);
    if (status == ANA_OK) {
        *out = text.bytes;
    }
    return status;
}

ana_status ana_report_write(size_t n, const ana_record *const *records,
                            const ana_report_options *options, const char *path)
{
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text text = {0};
    ANA_TRY(write_page(n, records, options, &text));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, text.bytes, text.n));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    return status;
}
