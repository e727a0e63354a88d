#include "glm_draw.h"

#include "text.h"

#include <math.h>

static const double most_mean = 1e6;

static double draw(const ana_glm_family *family, double mean, ana_random *random)
{
    switch (family->distribution) {
    case ANA_GLM_BERNOULLI:
        return ana_random_uniform(random) < mean ? 1.0 : 0.0;
    case ANA_GLM_GAUSSIAN:
        return mean + family->dispersion * ana_random_normal(random);
    case ANA_GLM_NEGATIVE_BINOMIAL:
        mean *= ana_random_gamma(random, family->dispersion) / family->dispersion;
        break;
    case ANA_GLM_POISSON:
    case ANA_GLM_CATEGORICAL: /* drawn response by response, not here */
        break;
    }
    return (double)ana_random_poisson(random, mean);
}

ana_status ana_glm_draw(const ana_glm_family *family, double eta, const char *unit, size_t row,
                        ana_random *random, double *out)
{
    double mean = 0.0;
    ana_glm_mean(family, 1, &eta, &mean);
    if (!(fabs(mean) <= most_mean)) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "glm: the mean of unit %s runs away in row %zu (%s); units that excite one "
                        "another too strongly do, with link exp above all: fit with --link "
                        "softplus, or a larger ridge, or draw shorter sequences",
                        unit, row, ana_number(mean).text);
    }
    *out = draw(family, mean, random);
    return ANA_OK;
}
