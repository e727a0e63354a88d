/* Distances of positive definite matrices. */
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

const ana_option ana_spd_distance_option_table[] = {
    {"metric", ANA_OPTION_CHOICE, offsetof(ana_spd_distance_options, metric), 0, 0,
     ana_spd_metric_names, "METRIC", "how far two matrices are from each other", false},
    {"power", ANA_OPTION_DOUBLE, offsetof(ana_spd_distance_options, power), -100.0, 100.0, NULL,
     "P", "power-euclidean: the power", false},
    {"squared", ANA_OPTION_BOOL, offsetof(ana_spd_distance_options, squared), 0, 0, NULL, NULL,
     "squares of the distances", false},
    ANA_OPTION_END,
};

ana_spd_distance_options ana_spd_distance_options_default(void)
{
    return (ana_spd_distance_options){
        .run = ana_run_default(), .metric = ANA_SPD_RIEMANN, .power = 0.5};
}

/* Cholesky factors, their diagonals as logarithms where asked. */
static ana_status factor_all(const ana_spd_set *set, bool logs, double *out)
{
    const size_t size = ana_spd_size(set);
    const size_t step = set->hermitian ? 2 : 1;
    ana_status status = spd_cholesky(set, out);
    for (size_t k = 0; k < set->n_matrices && logs && status == ANA_OK; k++) {
        for (size_t i = 0; i < set->n; i++) {
            double *diagonal = out + k * size + step * (i * set->n + i);
            *diagonal = log(*diagonal);
        }
    }
    return status;
}

static ana_status make_image(const ana_spd_set *set, const ana_spd_distance_options *options,
                             double *out)
{
    static const struct {
        ana_spd_metric metric;
        ana_spd_function function;
    } functions[] = {{ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_LOG},
                     {ANA_SPD_HARMONIC, ANA_SPD_INVERSE},
                     {ANA_SPD_POWER_EUCLIDEAN, ANA_SPD_POWER}};
    const ana_spd_metric metric = options->metric;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (functions[i].metric == metric) {
            return ana_spd_apply(set, functions[i].function, options->power, &options->run, out);
        }
    }
    if (metric == ANA_SPD_CHOLESKY || metric == ANA_SPD_LOG_CHOLESKY) {
        return factor_all(set, metric == ANA_SPD_LOG_CHOLESKY, out);
    }
    memcpy(out, set->values, set->n_matrices * ana_spd_size(set) * sizeof *out);
    return ANA_OK;
}

/* Distances that are Euclidean between images of the matrices. */
static ana_status by_images(const ana_spd_set *a, const ana_spd_set *b,
                            const ana_spd_distance_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(a);
    const bool is_power = options->metric == ANA_SPD_POWER_EUCLIDEAN;
    const double factor = is_power ? 1.0 / (options->power * options->power) : 1.0;
    double *x = ana_workspace_doubles(&workspace, a->n_matrices, size);
    double *y = ana_workspace_doubles(&workspace, b->n_matrices, size);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(make_image(a, options, x));
    ANA_TRY(make_image(b, options, y));
    for (size_t i = 0; i < a->n_matrices; i++) {
        for (size_t j = 0; j < b->n_matrices; j++) {
            double sum = 0.0;
            for (size_t e = 0; e < size; e++) {
                const double difference = x[i * size + e] - y[j * size + e];
                sum += difference * difference;
            }
            out[i * b->n_matrices + j] = factor * sum;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Squared distance from the eigenvalues of B^-1 A, each standing `times` times. */
static double from_spectrum(ana_spd_metric metric, size_t n, size_t times, const double *values)
{
    double sum = 0.0;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double l = log(values[i]);
        sum += l * l;
        largest = fmax(largest, l * l);
    }
    return metric == ANA_SPD_THOMPSON ? largest : sum / (double)times;
}

/* tr (B^-1 A) = |L_B^-1 L_A|^2, which keeps its digits where eigenvalues of B^-1 A lose them. */
static ana_status trace_ratio(size_t n, const double *lower_b, const double *lower_a, double *room,
                              double *out)
{
    ana_status status = ana_linalg_solve_lower(n, lower_b, false, n, lower_a, room);
    *out = 0.0;
    for (size_t e = 0; e < n * n && status == ANA_OK; e++) {
        *out += room[e] * room[e];
    }
    return status;
}

/* Two matrices with their Cholesky factors, all real. */
typedef struct couple {
    size_t n;
    double times;
    const double *a;
    const double *b;
    const double *lower_a;
    const double *lower_b;
    double *room; /* n x n */
} couple;

/* ln det (A + B) / 2 - ln det (A B) / 2 */
static ana_status log_determinants(const couple *c, double *out)
{
    ana_status status = ANA_OK;
    for (size_t e = 0; e < c->n * c->n; e++) {
        c->room[e] = 0.5 * (c->a[e] + c->b[e]);
    }
    ANA_TRY(ana_linalg_cholesky(c->n, c->room, c->room));
    *out = (ana_linalg_logdet_cholesky(c->n, c->room) -
            0.5 * (ana_linalg_logdet_cholesky(c->n, c->lower_a) +
                   ana_linalg_logdet_cholesky(c->n, c->lower_b))) /
           c->times;
done:
    return status;
}

/* Divergences of N(0, A) and N(0, B), squared. */
static ana_status kullback(const couple *c, ana_spd_metric metric, double *out)
{
    ana_status status = ANA_OK;
    double forth = 0.0;
    double back = 0.0;
    const double logs =
        ana_linalg_logdet_cholesky(c->n, c->lower_b) - ana_linalg_logdet_cholesky(c->n, c->lower_a);
    if (metric != ANA_SPD_KULLBACK_RIGHT) {
        ANA_TRY(trace_ratio(c->n, c->lower_b, c->lower_a, c->room, &forth));
        forth = 0.5 * (forth - (double)c->n + logs);
    }
    if (metric != ANA_SPD_KULLBACK) {
        ANA_TRY(trace_ratio(c->n, c->lower_a, c->lower_b, c->room, &back));
        back = 0.5 * (back - (double)c->n - logs);
    }
    *out = (forth + back) / c->times;
    *out *= *out;
done:
    return status;
}

static ana_status by_factors(const ana_spd_set *a, const ana_spd_set *b, ana_spd_metric metric,
                             double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(a);
    const double *real[2] = {spd_real(a, &workspace), spd_real(b, &workspace)};
    double *factors[2] = {ana_workspace_doubles(&workspace, a->n_matrices * n, n),
                          ana_workspace_doubles(&workspace, b->n_matrices * n, n)};
    couple c = {.n = n, .times = a->hermitian ? 2.0 : 1.0};
    c.room = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(spd_cholesky(&(ana_spd_set){n, false, a->n_matrices, real[0]}, factors[0]));
    ANA_TRY(spd_cholesky(&(ana_spd_set){n, false, b->n_matrices, real[1]}, factors[1]));
    for (size_t i = 0; i < a->n_matrices * b->n_matrices; i++) {
        const size_t row = i / b->n_matrices * n * n;
        const size_t column = i % b->n_matrices * n * n;
        c.a = real[0] + row;
        c.b = real[1] + column;
        c.lower_a = factors[0] + row;
        c.lower_b = factors[1] + column;
        ANA_TRY(metric == ANA_SPD_LOG_DETERMINANT ? log_determinants(&c, &out[i])
                                                  : kullback(&c, metric, &out[i]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static double trace_of(size_t n, const double *a)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i * n + i];
    }
    return sum;
}

/* Real matrices, and room for what is made of all a for one b. */
typedef struct pairing {
    ana_spd_metric metric;
    size_t n;     /* rows */
    size_t times; /* that each eigenvalue stands */
    size_t n_a;
    const double *a;
    double *lower;    /* n x n */
    double *half;     /* n x n */
    double *products; /* n_a x n x n, wasserstein alone */
    double *values;   /* n_a x n */
} pairing;

/* out[i] = tr A_i + tr B - 2 tr (L^T A_i L)^1/2 with L L^T = B */
static ana_status wasserstein(const pairing *p, const double *b, const ana_run *run, double *out,
                              size_t stride)
{
    ana_status status = ANA_OK;
    const size_t n = p->n;
    const ana_gemm left = {n, n, n, true, false, 1.0, 0.0};
    for (size_t k = 0; k < p->n_a; k++) {
        ANA_TRY(ana_linalg_gemm(&left, p->lower, p->a + k * n * n, p->half));
        ANA_TRY(ana_linalg_multiply(n, n, n, p->half, p->lower, p->products + k * n * n));
    }
    const spd_work work = {.n = n, .positive = true, .values = p->values};
    ANA_TRY(spd_run(&work, p->n_a, p->products, run));
    for (size_t k = 0; k < p->n_a; k++) {
        double sum = trace_of(n, p->a + k * n * n) + trace_of(n, b);
        for (size_t i = 0; i < n; i++) {
            sum -= 2.0 * sqrt(p->values[k * n + i]);
        }
        out[k * stride] = fmax(0.0, sum / (double)p->times);
    }
done:
    return status;
}

/* Whether the smallest eigenvalue is lost to the rounding of the largest in the 8th digit. */
static bool is_wide(size_t n, const double *values)
{
    double low = INFINITY;
    double high = 0.0;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    return !(low > 1e-8 * high);
}

/* Eigenvalues of B^-1 A as squares of the singular values of L_B^-1 L_A: these keep half of the
 * digits that the eigenvalues' spread takes. */
static ana_status spectrum_by_factors(const pairing *p, size_t k, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = p->n;
    double *lower = ana_workspace_doubles(&workspace, n, n);
    double *u = ana_workspace_doubles(&workspace, n, n);
    double *v = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    if (ana_linalg_cholesky(n, p->a + k * n * n, lower) != ANA_OK) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "matrix %zu is not positive definite", k));
    }
    ANA_TRY(ana_linalg_solve_lower(n, p->lower, false, n, lower, lower));
    ANA_TRY(ana_linalg_svd(n, n, lower, u, values, v));
    for (size_t i = 0; i < n; i++) {
        values[i] *= values[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Squared distances of all a to one b, `stride` apart. */
static ana_status by_spectra(const pairing *p, const double *b, const ana_run *run, double *out,
                             size_t stride)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_linalg_cholesky(p->n, b, p->lower));
    if (p->metric == ANA_SPD_WASSERSTEIN) {
        return wasserstein(p, b, run, out, stride);
    }
    const spd_work work = {.n = p->n, .lower = p->lower, .values = p->values};
    ANA_TRY(spd_run(&work, p->n_a, p->a, run));
    for (size_t k = 0; k < p->n_a; k++) {
        if (is_wide(p->n, p->values + k * p->n)) {
            ANA_TRY(spectrum_by_factors(p, k, p->values + k * p->n));
        }
        out[k * stride] = from_spectrum(p->metric, p->n, p->times, p->values + k * p->n);
    }
done:
    return status;
}

static ana_status all_by_spectra(const ana_spd_set *a, const ana_spd_set *b,
                                 const ana_spd_distance_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(a);
    const bool is_wasserstein = options->metric == ANA_SPD_WASSERSTEIN;
    pairing p = {.metric = options->metric,
                 .n = n,
                 .times = a->hermitian ? 2 : 1,
                 .n_a = a->n_matrices,
                 .a = spd_real(a, &workspace),
                 .lower = ana_workspace_doubles(&workspace, n, n),
                 .half = ana_workspace_doubles(&workspace, n, n),
                 .values = ana_workspace_doubles(&workspace, a->n_matrices, n)};
    const double *real_b = spd_real(b, &workspace);
    p.products = ana_workspace_doubles(&workspace, is_wasserstein ? a->n_matrices * n : 0, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t j = 0; j < b->n_matrices; j++) {
        ANA_TRY(by_spectra(&p, real_b + j * n * n, &options->run, out + j, b->n_matrices));
        ANA_TRY(ana_run_progress(&options->run, "distances", j + 1, b->n_matrices));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static bool has_factors(ana_spd_metric metric)
{
    return metric == ANA_SPD_KULLBACK || metric == ANA_SPD_KULLBACK_RIGHT ||
           metric == ANA_SPD_KULLBACK_SYMMETRIC || metric == ANA_SPD_LOG_DETERMINANT;
}

static bool has_image(ana_spd_metric metric)
{
    return metric == ANA_SPD_LOG_EUCLIDEAN || metric == ANA_SPD_EUCLIDEAN ||
           metric == ANA_SPD_CHOLESKY || metric == ANA_SPD_LOG_CHOLESKY ||
           metric == ANA_SPD_HARMONIC || metric == ANA_SPD_POWER_EUCLIDEAN;
}

ana_status ana_spd_distances(const ana_spd_set *a, const ana_spd_set *b,
                             const ana_spd_distance_options *options, double *out)
{
    const ana_spd_distance_options chosen =
        options != NULL ? *options : ana_spd_distance_options_default();
    if (a->n != b->n || a->hermitian != b->hermitian) {
        return ana_fail(ANA_ERR_SHAPE, "spd: matrices of %zu and of %zu rows, or of other numbers",
                        a->n, b->n);
    }
    if (chosen.power == 0.0 || !isfinite(chosen.power)) {
        return ana_fail(ANA_ERR_VALUE, "spd: a power of %g; any other number than 0 is right",
                        chosen.power);
    }
    ana_status status = has_image(chosen.metric)     ? by_images(a, b, &chosen, out)
                        : has_factors(chosen.metric) ? by_factors(a, b, chosen.metric, out)
                                                     : all_by_spectra(a, b, &chosen, out);
    for (size_t i = 0; i < a->n_matrices * b->n_matrices; i++) {
        if (status == ANA_OK && !chosen.squared) {
            out[i] = sqrt(fmax(0.0, out[i]));
        }
    }
    return status;
}
