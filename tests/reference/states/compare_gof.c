/* Time rescaling: chances of a spike, spikes and the random places in, rescaled intervals and their
 * distances out. A case is a model: one whose chances stand in the file, or one of a constant
 * intensity, which its plainly rescaled intervals give away. */
#include "states.h"
#include "support/check.h"

#include <analysis/models/goodness.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* scipy's p values are off by up to 1e-7 at these sizes, as 60-digit arithmetic shows (its series
 * of Pelz & Good ends early: 0.64357717932 for 0.64357724791); test_special.c holds ours to 1e-12.
 */
static const double peer_p_scale = 1000.0;

typedef struct answers {
    size_t n;
    double *binary;
    double *plain;
} answers;

/* The intensity of each bin, when the intervals of the plain rescaling are all multiples of one. */
static bool constant_intensity(const h5_doubles *plain, const h5_doubles *spikes, double *each)
{
    size_t found = 0;
    double bins = 0.0;
    for (size_t t = 0; t < spikes->n; t++) {
        bins += 1.0;
        if (spikes->values[t] > 0.0) {
            double intensity = -log1p(-plain->values[found++]) / bins;
            *each = found == 1 ? intensity : *each;
            if (fabs(intensity - *each) > 1e-9 * *each) {
                return false;
            }
            bins = 0.0;
        }
    }
    return found == plain->n;
}

static answers rescale(const h5_doubles *chance, const h5_doubles *spikes, const h5_doubles *places)
{
    answers found = {.binary = calloc(places->n, sizeof(double)),
                     .plain = calloc(places->n, sizeof(double))};
    double before_binary = 0.0;
    double before_plain = 0.0;
    for (size_t t = 0; t < spikes->n; t++) {
        double bin = -log1p(-chance->values[t]);
        if (spikes->values[t] > 0.0) {
            found.binary[found.n] = ana_rescaled_interval(ANA_RESCALE_BINARY, before_binary, bin,
                                                          places->values[found.n]);
            found.plain[found.n++] =
                ana_rescaled_interval(ANA_RESCALE_PLAIN, before_plain, chance->values[t], 0.5);
            before_binary = 0.0;
            before_plain = 0.0;
        } else {
            before_binary += bin;
            before_plain += chance->values[t];
        }
    }
    return found;
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *quantity,
                             const void *given, tally *counts)
{
    const answers *found = given;
    const bool plain = strstr(quantity, "plain") != NULL;
    const double *z = plain ? found->plain : found->binary;
    double distance = 0.0;
    double p = 0.0;
    double value = 0.0;
    double scale = 1.0;
    check_ok(ana_ks_uniform(found->n, z, &distance, &p));
    if (strncmp(quantity, "z_", 2) == 0) {
        compare_array(file, path, found->n, z, 1.0, counts);
        return true;
    }
    if (strcmp(quantity, "band95") == 0) {
        value = ana_ks_band(found->n);
    } else if (strcmp(quantity, "serial_corr_lag1_normal") == 0) {
        check_ok(ana_rescaled_autocorrelation(found->n, z, 1, &value));
    } else if (strncmp(quantity, "ks_", 3) == 0) {
        size_t length = strlen(quantity);
        bool is_p = strcmp(quantity + length - 2, "_p") == 0;
        value = is_p ? p : distance;
        scale = is_p ? peer_p_scale : 1.0;
    } else {
        return false;
    }
    compare_array(file, path, 1, &value, scale, counts);
    return true;
}

static void compare_model(const h5_reference *file, const char *name, tally *counts)
{
    char path[512];
    double each = 0.0;
    snprintf(path, sizeof path, "%s/z_plain", name);
    h5_doubles plain = h5_reference_doubles(file, path);
    h5_doubles spikes = h5_reference_doubles(file, "y");
    h5_doubles places = h5_reference_doubles(file, "u");
    h5_doubles chance = h5_reference_doubles(file, "p");
    if (constant_intensity(&plain, &spikes, &each)) {
        for (size_t t = 0; t < chance.n; t++) {
            chance.values[t] = each;
        }
    }
    answers found = rescale(&chance, &spikes, &places);
    compare_case(file, name, compare_quantity, &found, counts);
    free(found.binary);
    free(found.plain);
    h5_doubles_free(&plain);
    h5_doubles_free(&spikes);
    h5_doubles_free(&places);
    h5_doubles_free(&chance);
}

void compare_gof(const h5_reference *file, tally *counts)
{
    compare_groups(file, compare_model, counts);
}
