#include "constants.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/basis.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_ORDER = 16
};

static const double cosine_width = 2.0; /* half the width of a bump, in spacings of the peaks */

static const char *const family_names[] = {"log-cosine",  "linear-cosine", "bspline", "laguerre",
                                           "exponential", "lags",          NULL};

const ana_option ana_basis_option_table[] = {
    {"basis", ANA_OPTION_CHOICE, offsetof(ana_basis_options, family), .choices = family_names,
     .value = "BASIS", .help = "curves over the lags by which the past enters"},
    {"functions", ANA_OPTION_SIZE, offsetof(ana_basis_options, n_functions), .min = 1,
     .max = 1000.0, .value = "B", .help = "number of curves (basis lags: one for each lag)"},
    {"lag-bins", ANA_OPTION_SIZE, offsetof(ana_basis_options, n_lags), .min = 1, .max = 100000.0,
     .value = "L", .help = "how far back the past reaches, in bins"},
    {"order", ANA_OPTION_SIZE, offsetof(ana_basis_options, order), .min = 1, .max = MAX_ORDER,
     .value = "K", .help = "order of the B-spline; 4 is cubic"},
    {"decay", ANA_OPTION_DOUBLE, offsetof(ana_basis_options, decay), .min = 0.0, .max = 1e6,
     .value = "X",
     .help = "alpha of the Laguerre functions, or bins of the first exponential's decay; 0: 0.6, "
             "or 1"},
    {"stretch", ANA_OPTION_DOUBLE, offsetof(ana_basis_options, stretch), .min = 1e-6, .max = 1e9,
     .value = "X", .help = "how strongly the logarithm of log-cosine bends"},
    {"full-to-end", ANA_OPTION_BOOL, offsetof(ana_basis_options, full_to_end),
     .help = "log-cosine: the last curve peaks at the last lag instead of falling to 0 there"},
    ANA_OPTION_END};

ana_basis_options ana_basis_options_default(void)
{
    ana_basis_options options = {
        .run = ana_run_default(),
        .family = ANA_BASIS_RAISED_COSINE_LOG,
        .n_functions = 5,
        .n_lags = 20,
        .order = 4,
        .stretch = 50.0,
    };
    return options;
}

/* Lag l of n as a number from 0 to 1. */
static double place(size_t l, size_t n)
{
    return n > 1 ? (double)l / (double)(n - 1) : 0.0;
}

static void raised_cosines(const ana_basis_options *options, ana_basis *basis)
{
    const bool logarithmic = options->family == ANA_BASIS_RAISED_COSINE_LOG;
    const size_t n = basis->n_functions;
    const double last = logarithmic && !options->full_to_end
                            ? 1.0 - cosine_width / ((double)n + cosine_width - 1.0)
                            : 1.0;
    const double spacing = last / (double)(n - 1);
    for (size_t l = 0; l < basis->n_lags; l++) {
        double x = place(l, basis->n_lags);
        if (logarithmic) {
            x = log(options->stretch * x + 1.0) / log(options->stretch + 1.0);
        }
        for (size_t b = 0; b < n; b++) {
            double phase = ANA_PI * (x - (double)b * spacing) / (spacing * cosine_width);
            phase = fmin(fmax(phase, -ANA_PI), ANA_PI);
            basis->values[l * n + b] = 0.5 * (cos(phase) + 1.0);
        }
    }
}

/* Knot i of a clamped spline with n_spans inner intervals: `order` times 0, steps, 1. */
static double knot(size_t i, size_t order, size_t n_spans)
{
    if (i < order) {
        return 0.0;
    }
    return i - order + 1 >= n_spans ? 1.0 : (double)(i - order + 1) / (double)n_spans;
}

/* The `order` splines that are not zero in interval `span` (de Boor 1978, ch. X, BSPLVB). */
static void splines_at(double x, size_t order, size_t n_spans, size_t span, double *values)
{
    values[0] = 1.0;
    for (size_t j = 1; j < order; j++) {
        double carried = 0.0;
        for (size_t r = 0; r < j; r++) {
            const double right = knot(span + order + r, order, n_spans);
            const double left = knot(span + order + r - j, order, n_spans);
            const double part = values[r] / (right - left);
            values[r] = carried + (right - x) * part;
            carried = (x - left) * part;
        }
        values[j] = carried;
    }
}

static void bsplines(const ana_basis_options *options, ana_basis *basis)
{
    const size_t order = options->order;
    const size_t n_spans = basis->n_functions - order + 1;
    double values[MAX_ORDER];
    for (size_t l = 0; l < basis->n_lags; l++) {
        const double x = place(l, basis->n_lags);
        size_t span = 0;
        while (span + 1 < n_spans && x >= knot(span + order, order, n_spans)) {
            span++;
        }
        splines_at(x, order, n_spans, span, values);
        memcpy(basis->values + l * basis->n_functions + span, values, order * sizeof *values);
    }
}

/* L_0 decays with the pole; each further one is the one before, sent through an all-pass filter. */
static void laguerre(double alpha, ana_basis *basis)
{
    const double pole = sqrt(alpha);
    const size_t n = basis->n_functions;
    for (size_t l = 0; l < basis->n_lags; l++) {
        double *row = basis->values + l * n;
        const double *before = l > 0 ? row - n : NULL;
        row[0] = before != NULL ? pole * before[0] : sqrt(1.0 - alpha);
        for (size_t b = 1; b < n; b++) {
            row[b] = pole * row[b - 1];
            if (before != NULL) {
                row[b] += pole * before[b] - before[b - 1];
            }
        }
    }
}

static void exponentials(double decay, ana_basis *basis)
{
    const size_t n = basis->n_functions;
    for (size_t b = 0; b < n; b++) {
        const double rate = 1.0 / ldexp(decay, (int)b);
        double sum = 0.0;
        for (size_t l = 0; l < basis->n_lags; l++) {
            basis->values[l * n + b] = exp(-(double)l * rate);
            sum += basis->values[l * n + b];
        }
        for (size_t l = 0; l < basis->n_lags; l++) {
            basis->values[l * n + b] /= sum;
        }
    }
}

static void fill(const ana_basis_options *options, double decay, ana_basis *basis)
{
    switch (options->family) {
    case ANA_BASIS_RAISED_COSINE_LOG:
    case ANA_BASIS_RAISED_COSINE_LINEAR:
        raised_cosines(options, basis);
        break;
    case ANA_BASIS_BSPLINE:
        bsplines(options, basis);
        break;
    case ANA_BASIS_LAGUERRE:
        laguerre(decay, basis);
        break;
    case ANA_BASIS_EXPONENTIAL:
        exponentials(decay, basis);
        break;
    case ANA_BASIS_LAGS:
        for (size_t l = 0; l < basis->n_lags; l++) {
            basis->values[l * basis->n_functions + l] = 1.0;
        }
        break;
    }
}

static ana_status check(const ana_basis_options *options, size_t n_functions, double decay)
{
    ana_status status = ana_options_check(ana_basis_option_table, options, "basis");
    if (status != ANA_OK) {
        return status;
    }
    const bool cosine = options->family == ANA_BASIS_RAISED_COSINE_LOG ||
                        options->family == ANA_BASIS_RAISED_COSINE_LINEAR;
    if (n_functions > options->n_lags) {
        return ana_fail(ANA_ERR_VALUE, "basis: %zu functions of %zu lags: at most as many as lags",
                        n_functions, options->n_lags);
    }
    if (cosine && n_functions < 2) {
        return ana_fail(ANA_ERR_VALUE, "basis: a single raised cosine has no width; at least 2");
    }
    if (options->family == ANA_BASIS_BSPLINE && options->order > n_functions) {
        return ana_fail(ANA_ERR_VALUE, "basis: B-splines of order %zu are at least %zu, not %zu",
                        options->order, options->order, n_functions);
    }
    if (options->family == ANA_BASIS_LAGUERRE && decay >= 1.0) {
        return ana_fail(ANA_ERR_VALUE, "basis: decay %s of Laguerre functions must be below 1",
                        ana_number(decay).text);
    }
    return ANA_OK;
}

static ana_status make(size_t n_lags, size_t n_functions, ana_basis **out)
{
    ana_status status = ANA_OK;
    ana_basis *basis = NULL;
    ANA_TRY(ana_allocate(1, sizeof *basis, "basis", (void *)&basis));
    basis->n_lags = n_lags;
    basis->n_functions = n_functions;
    if (n_functions > 0 && n_lags > SIZE_MAX / n_functions) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "basis: %zu lags x %zu functions overflow", n_lags,
                         n_functions));
    }
    ANA_TRY(ana_allocate(n_lags * n_functions, sizeof(double), "basis", (void *)&basis->values));
    *out = basis;
    basis = NULL;
done:
    ana_basis_free(basis);
    return status;
}

ana_status ana_basis_new(const ana_basis_options *options, ana_basis **out)
{
    ana_status status = ANA_OK;
    const ana_basis_options defaults = ana_basis_options_default();
    const ana_basis_options *o = options != NULL ? options : &defaults;
    const size_t n = o->family == ANA_BASIS_LAGS ? o->n_lags : o->n_functions;
    const double usual = o->family == ANA_BASIS_LAGUERRE ? 0.6 : 1.0;
    const double decay = o->decay > 0.0 ? o->decay : usual;
    ANA_TRY(check(o, n, decay));
    ANA_TRY(make(o->n_lags, n, out));
    fill(o, decay, *out);
done:
    return status;
}

ana_status ana_basis_custom(size_t n_lags, size_t n_functions, const double *values,
                            ana_basis **out)
{
    ana_status status = ANA_OK;
    if (n_lags == 0 || n_functions == 0) {
        return ana_fail(ANA_ERR_VALUE, "basis: %zu lags x %zu functions: at least one of each",
                        n_lags, n_functions);
    }
    ana_basis *basis = NULL;
    ANA_TRY(make(n_lags, n_functions, &basis));
    for (size_t i = 0; i < n_lags * n_functions; i++) {
        if (!isfinite(values[i])) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "basis: lag %zu of function %zu is not finite",
                             i / n_functions + 1, i % n_functions));
        }
        basis->values[i] = values[i];
    }
    *out = basis;
    basis = NULL;
done:
    ana_basis_free(basis);
    return status;
}

/* y (functions x lags) and x of the figure. */
static ana_status add_curves(const ana_basis *basis, double bin_s, ana_record *figure)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_lags = basis->n_lags;
    const size_t n = basis->n_functions;
    const bool timed = bin_s > 0.0;
    double *curves = ana_workspace_doubles(&workspace, n, n_lags);
    double *lags = ana_workspace_doubles(&workspace, n_lags, 1);
    ANA_TRY(ana_workspace_check(&workspace, "basis record"));
    for (size_t l = 0; l < n_lags; l++) {
        lags[l] = (double)(l + 1) * (timed ? bin_s : 1.0);
        for (size_t b = 0; b < n; b++) {
            curves[b * n_lags + l] = basis->values[l * n + b];
        }
    }
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(n, "function", n_lags, "lag"), curves,
                                   NULL));
    ANA_TRY(
        ana_record_add_doubles(figure, "x", ana_shape_1(n_lags, "lag"), lags, timed ? "s" : "bin"));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_basis_to_record(const ana_basis *basis, double bin_s, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *figure = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "basis"));
    ANA_TRY(ana_record_add_text(record, "title", "Curves over the lags"));
    ANA_TRY(ana_record_add_doubles(
        record, "values", ana_shape_2(basis->n_lags, "lag", basis->n_functions, "function"),
        basis->values, NULL));
    ANA_TRY(ana_record_add_group(record, "functions", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Basis functions over the lags"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Curves by which past spikes enter; a kernel is a weighted sum of "
                                "them."));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_text(figure, "x_title", "lag"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "value"));
    ANA_TRY(add_curves(basis, bin_s, figure));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

ana_status ana_basis_from_record(const ana_record *record, ana_basis **out)
{
    const double *values = NULL;
    ana_shape shape = ana_shape_2(0, NULL, 0, NULL);
    ana_status status = ana_record_get_doubles(record, "values", &shape, &values);
    return status == ANA_OK ? ana_basis_custom(shape.n[0], shape.n[1], values, out) : status;
}

void ana_basis_free(ana_basis *basis)
{
    if (basis != NULL) {
        free(basis->values);
        free(basis);
    }
}
