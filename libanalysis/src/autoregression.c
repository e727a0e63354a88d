/* Autoregressive models of one signal. */
#include "burg.h"
#include "constants.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/autoregression.h>

#include <math.h>
#include <string.h>

/* The reflection coefficient that minimises both errors: forward[m + 1 ...] stand against
 * backward[m ...], each n - 1 - m of them. 0 when nothing is left to predict. */
static double reflect(size_t n, const double *forward, const double *backward)
{
    double product = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < n; t++) {
        product += forward[t] * backward[t];
        squares += forward[t] * forward[t] + backward[t] * backward[t];
    }
    return squares > 0.0 ? -2.0 * product / squares : 0.0;
}

/* Levinson's step from m to m + 1 coefficients. */
static void extend(size_t m, double reflection, double *coefficients, double *previous)
{
    memcpy(previous, coefficients, m * sizeof *previous);
    for (size_t i = 0; i < m; i++) {
        coefficients[i] = previous[i] + reflection * previous[m - 1 - i];
    }
    coefficients[m] = reflection;
}

/* In step m the forward error of sample t stands at forward[t], the backward error of sample t at
 * backward[t]; both are needed from sample m on. */
double ana_burg_recursion(size_t n, const double *x, size_t order, double *room,
                          double *coefficients)
{
    double *forward = room;
    double *backward = room + n;
    double *previous = room + 2 * n;
    double variance = 0.0;
    for (size_t t = 0; t < n; t++) {
        variance += x[t] * x[t];
    }
    variance /= (double)n;
    memcpy(forward, x, n * sizeof *x);
    memcpy(backward, x, n * sizeof *x);
    for (size_t m = 0; m < order; m++) {
        const double reflection = reflect(n - 1 - m, forward + m + 1, backward + m);
        extend(m, reflection, coefficients, previous);
        variance *= 1.0 - reflection * reflection;
        for (size_t t = n - 1; t > m; t--) {
            const double ahead = forward[t];
            forward[t] = ahead + reflection * backward[t - 1];
            backward[t] = backward[t - 1] + reflection * ahead;
        }
    }
    return variance > 0.0 ? variance : 0.0;
}

ana_status ana_burg(size_t n, const double *x, size_t order, double *coefficients, double *variance)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (order == 0 || order >= n) {
        return ana_fail(ANA_ERR_VALUE,
                        "autoregression: order %zu of %zu samples; it must be at least 1 and below "
                        "their number",
                        order, n);
    }
    for (size_t t = 0; t < n; t++) {
        if (!isfinite(x[t])) {
            return ana_fail(ANA_ERR_VALUE,
                            "autoregression: sample %zu is %s; samples must be finite", t,
                            ana_number(x[t]).text);
        }
    }
    double *room = ana_workspace_doubles(&workspace, ana_burg_room(n, order), 1);
    ANA_TRY(ana_workspace_check(&workspace, "autoregression"));
    *variance = ana_burg_recursion(n, x, order, room, coefficients);
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_autoregression_density(size_t order, const double *coefficients, double variance,
                                double rate, size_t n, const double *frequencies_hz,
                                double *density)
{
    for (size_t i = 0; i < n; i++) {
        const double angle = 2.0 * ANA_PI * frequencies_hz[i] / rate;
        double re = 1.0;
        double im = 0.0;
        for (size_t k = 0; k < order; k++) {
            re += coefficients[k] * cos(angle * (double)(k + 1));
            im -= coefficients[k] * sin(angle * (double)(k + 1));
        }
        density[i] = 2.0 * variance / rate / (re * re + im * im);
    }
}
