#include "colour.h"
#include "report_parts.h"

/* Of the style sheet below; with any other the browser refuses the sheet. test_report says what it
 * should be after a change. */
const char ana_report_style_hash[] = "YamY+XaaE7uldsX4Me0Per1sNgkNAMWG90iBwE3aowo=";

static const char rules[] =
    "*{box-sizing:border-box}\n"
    "html{color-scheme:light dark;-webkit-text-size-adjust:100%}\n"
    "body{margin:0;background:var(--ana-paper);color:var(--ana-text);font:16px/1.6 system-ui,"
    "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif;"
    "text-rendering:optimizeLegibility}\n"
    "header,main,nav,footer{max-width:812px;margin:0 auto;padding:0 26px}\n"
    "header{padding-top:56px;padding-bottom:8px}\n"
    "h1,h2,h3,h4,h5,h6{font-weight:650;line-height:1.25;letter-spacing:-.011em;margin:0;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:32px;letter-spacing:-.02em}\n"
    "h2{font-size:24px;margin:56px 0 12px}\n"
    "h3{font-size:18px;margin:40px 0 8px}\n"
    "h4,h5,h6{font-size:15px;margin:28px 0 6px}\n"
    "p{margin:10px 0;max-width:68ch;overflow-wrap:anywhere}\n"
    ".subtitle,.summary{font-size:17.5px;color:var(--ana-muted)}\n"
    "nav ol{margin:8px 0 0;padding-left:22px}\n"
    "nav p{margin:24px 0 0;font-size:13px;color:var(--ana-muted)}\n"
    "a{color:var(--ana-category-0);text-decoration:none}\n"
    "a:hover,a:focus-visible{text-decoration:underline}\n"
    "figure{margin:34px 0 44px}\n"
    "figure>:is(h2,h3,h4,h5,h6){font-size:17px;margin:0 0 4px;letter-spacing:-.005em}\n"
    "figure svg{display:block;width:100%;min-width:600px;height:auto;margin:10px 0 8px}\n"
    "figcaption{font-size:14px;line-height:1.5;color:var(--ana-muted);max-width:72ch;"
    "overflow-wrap:anywhere}\n"
    "figcaption a{white-space:nowrap}\n"
    /* Paper that moves with the content covers a shade that stays at the side: where there is more
     * to scroll to, the shade shows. */
    ".scroll{--shade:color-mix(in srgb,var(--ana-axis) 45%,transparent);overflow-x:auto;"
    "--sides:linear-gradient(to right,var(--ana-paper) 40%,transparent) 0/36px 100% no-repeat "
    "local,"
    "linear-gradient(to left,var(--ana-paper) 40%,transparent) 100%/36px 100% no-repeat local,"
    "linear-gradient(to right,var(--shade),transparent) 0/10px 100% no-repeat,"
    "linear-gradient(to left,var(--shade),transparent) 100%/10px 100% no-repeat;"
    "background:var(--sides)}\n"
    "table{border-collapse:collapse;font-size:14px;line-height:1.45;margin:12px 0;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;vertical-align:top;padding:5px 18px 5px 0;"
    "border-bottom:1px solid var(--ana-grid);overflow-wrap:break-word}\n"
    "th{font-weight:500;color:var(--ana-muted)}\n"
    "thead th{color:var(--ana-text);border-bottom-color:var(--ana-axis);vertical-align:bottom}\n"
    ".tall{width:fit-content;max-width:100%;max-height:440px;overflow:auto;background:linear-"
    "gradient(to top,var(--ana-paper) 40%,"
    "transparent) 0 100%/100% 36px no-repeat local,linear-gradient(to top,var(--shade),"
    "transparent) 0 100%/100% 10px no-repeat,var(--sides)}\n"
    ".tall thead th{position:sticky;top:0;background:var(--ana-paper)}\n"
    "thead+tbody td:first-child,thead th:first-child{position:sticky;left:0;"
    "background:var(--ana-paper)}\n"
    ".tall thead th:first-child{z-index:1}\n"
    ".tall table{margin-top:0}\n"
    ".number{text-align:right}\n"
    "td.number{white-space:nowrap}\n"
    "tbody th{font-weight:400;min-width:150px}\n"
    ".unit{color:var(--ana-muted)}\n"
    "#provenance{border-top:1px solid var(--ana-grid);margin-top:64px}\n"
    "#provenance h2{margin-top:36px}\n"
    "#provenance table{font-size:13px}\n"
    "summary{cursor:pointer;font-size:14px;color:var(--ana-category-0);margin:18px 0 0}\n"
    "footer{padding-top:28px;padding-bottom:64px;font-size:13px;color:var(--ana-muted)}\n"
    "@media (max-width:560px){header{padding-top:32px}h1{font-size:26px}"
    "header,main,nav,footer{padding-left:16px;padding-right:16px}}\n"
    "@media print{body{font-size:11pt}.tall{max-height:none}.scroll{overflow:visible}figure "
    "svg{min-width:0}header,main,nav,footer{max-width:none;padding:0}"
    "figure,table{break-inside:avoid}h2,h3,h4{break-after:avoid}figcaption a{display:none}"
    "a{color:inherit}}\n";

static void append_inks(ana_text *out, bool dark)
{
    ana_text_append(out, ":root{");
    for (int ink = ANA_INK_NONE + 1; ink < ANA_INK_COUNT; ink++) {
        ana_text_printf(out, "%s:%s;", ana_ink_variable((ana_ink)ink),
                        ana_ink_hex((ana_ink)ink, dark));
    }
    ana_text_append(out, "}");
}

void ana_report_append_style(ana_text *out)
{
    append_inks(out, false);
    ana_text_append(out, "\n@media (prefers-color-scheme:dark){");
    append_inks(out, true);
    ana_text_append(out, "}\n@media print{"); /* paper is white whatever the screen */
    append_inks(out, false);
    ana_text_append(out, "}\n");
    ana_text_append(out, rules);
}
