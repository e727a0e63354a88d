/* Centres and spreads of domains. Matrices are real within; Hermitian ones are embedded. */
#include "domain_parts.h"
#include "spd_live.h"
#include "spd_parts.h"
#include "spd_point.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>

#include <math.h>
#include <string.h>

/* Squared distances below are those of one matrix from its own mean, which has settled to 1e-9. */
static const double least_dispersion = 1e-16;

const char *const ana_transfer_use_names[] = {"calibrated", "streaming", "transductive", NULL};

ana_status domains_check(const ana_domains *domains, size_t n_items, const char *what)
{
    for (size_t d = 0; d < domains->n_domains; d++) {
        double sum = 0.0;
        for (size_t k = 0; k < n_items; k++) {
            sum += domains->of[k] == d ? domain_weight(domains, k) : 0.0;
        }
        if (!(sum > 0.0) || !isfinite(sum)) {
            return ana_fail(ANA_ERR_VALUE,
                            "%s: the weights of domain %zu sum to %g; each of the "
                            "%zu needs one that counts",
                            what, d, sum, domains->n_domains);
        }
    }
    for (size_t k = 0; k < n_items; k++) {
        if (domains->of[k] >= domains->n_domains) {
            return ana_fail(ANA_ERR_VALUE, "%s: item %zu is of domain %zu; there are %zu", what, k,
                            domains->of[k], domains->n_domains);
        }
        if (!(domain_weight(domains, k) >= 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "%s: weight %zu is %g; 0 or more is right", what, k,
                            domain_weight(domains, k));
        }
    }
    return ANA_OK;
}

size_t domain_gather(const ana_spd_set *set, const ana_domains *domains, size_t domain, bool all,
                     double *values, size_t *which, double *weights)
{
    const size_t size = ana_spd_size(set);
    size_t n = 0;
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double weight = domain_weight(domains, k);
        if (domains->of[k] != domain || !(all || weight > 0.0)) {
            continue;
        }
        memcpy(values + n * size, set->values + k * size, size * sizeof *values);
        which[n] = k;
        if (weights != NULL) {
            weights[n] = weight;
        }
        n++;
    }
    return n;
}

ana_status ana_domain_centres(const ana_spd_set *set, const ana_domains *domains,
                              const ana_spd_mean_options *options, double *centres)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, size);
    double *weights = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    size_t *which = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(domains_check(domains, set->n_matrices, "transfer"));
    for (size_t d = 0; d < domains->n_domains; d++) {
        ana_spd_set of_domain = {.n = set->n, .hermitian = set->hermitian, .values = values};
        of_domain.n_matrices = domain_gather(set, domains, d, false, values, which, weights);
        status = ana_spd_mean(&of_domain, weights, options, NULL, centres + d * size);
        if (status != ANA_OK) {
            ANA_TRY(ana_fail_in(status, "transfer: domain %zu: ", d));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status domain_congruence(size_t n, size_t n_matrices, const double *f, const double *x,
                             double *room, double *out)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < n_matrices; k++) {
        ANA_TRY(ana_linalg_multiply(n, n, n, f, x + k * n * n, room));
        ANA_TRY(ana_linalg_multiply(n, n, n, room, f, out + k * n * n));
        spd_mend_symmetry(n, out + k * n * n);
    }
done:
    return status;
}

/* What is done to the matrices of one domain: whitened, raised to a power, coloured again. */
typedef struct change {
    size_t rows;
    double power;          /* 1: nothing */
    bool colours;          /* whether the centre comes back */
    const double *centres; /* n_domains embedded ones; NULL: identities */
    double *root;          /* rows squared each */
    double *inverse;
    double *room;
    const ana_run *run;
} change;

/* real: n matrices of the domain, in place. */
static ana_status change_domain(const change *how, size_t domain, size_t n, double *real)
{
    ana_status status = ANA_OK;
    const size_t square = how->rows * how->rows;
    const ana_spd_set set = {how->rows, false, n, real};
    if (how->centres != NULL) {
        const ana_spd_set centre = {how->rows, false, 1, how->centres + domain * square};
        ANA_TRY(ana_spd_apply(&centre, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, NULL, how->inverse));
        ANA_TRY(domain_congruence(how->rows, n, how->inverse, real, how->room, real));
    }
    if (how->power != 1.0) {
        ANA_TRY(ana_spd_apply(&set, ANA_SPD_POWER, how->power, how->run, real));
    }
    if (how->centres != NULL && how->colours) {
        const ana_spd_set centre = {how->rows, false, 1, how->centres + domain * square};
        ANA_TRY(ana_spd_apply(&centre, ANA_SPD_SQUARE_ROOT, 0.0, NULL, how->root));
        ANA_TRY(domain_congruence(how->rows, n, how->root, real, how->room, real));
    }
done:
    return status;
}

/* The centres, embedded; NULL of none. */
static const double *embed_centres(const ana_spd_set *set, size_t n_domains, const double *centres,
                                   ana_workspace *workspace)
{
    const ana_spd_set points = {set->n, set->hermitian, n_domains, centres};
    return centres != NULL ? spd_real(&points, workspace) : NULL;
}

/* `powers` of each domain, or NULL: 1. */
static ana_status change_all(const ana_spd_set *set, const ana_domains *domains,
                             const double *centres, const double *powers, const ana_run *run,
                             double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = spd_rows(set);
    const size_t size = ana_spd_size(set);
    change how = {.rows = rows,
                  .power = 1.0,
                  .colours = powers != NULL,
                  .centres = embed_centres(set, domains->n_domains, centres, &workspace),
                  .root = ana_workspace_doubles(&workspace, rows, rows),
                  .inverse = ana_workspace_doubles(&workspace, rows, rows),
                  .room = ana_workspace_doubles(&workspace, rows, rows),
                  .run = run};
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, size);
    double *real = ana_workspace_doubles(&workspace, set->n_matrices * rows, rows);
    size_t *which = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(ana_spd_check(set, run));
    for (size_t d = 0; d < domains->n_domains; d++) {
        ana_spd_set of_domain = {.n = set->n, .hermitian = set->hermitian, .values = values};
        of_domain.n_matrices = domain_gather(set, domains, d, true, values, which, NULL);
        ana_spd_set one = of_domain;
        one.n_matrices = 1;
        for (size_t k = 0; k < of_domain.n_matrices; k++) {
            one.values = values + k * size;
            spd_live_embed(&one, real + k * rows * rows);
        }
        how.power = powers != NULL ? powers[d] : 1.0;
        ANA_TRY(change_domain(&how, d, of_domain.n_matrices, real));
        for (size_t k = 0; k < of_domain.n_matrices; k++) {
            spd_live_unembed(&one, real + k * rows * rows, out + which[k] * size);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_domain_recentre(const ana_spd_set *set, const ana_domains *domains,
                               const double *centres, const ana_run *run, double *out)
{
    ana_status status = domains_check(domains, set->n_matrices, "transfer");
    return status == ANA_OK ? change_all(set, domains, centres, NULL, run, out) : status;
}

ana_status ana_domain_dispersions(const ana_spd_set *set, const ana_domains *domains,
                                  const double *centres, const ana_run *run, double *dispersions)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    const size_t step = set->hermitian ? 2 : 1;
    double *identity = ana_workspace_doubles(&workspace, size, 1);
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, size);
    double *weights = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    double *squares = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    size_t *which = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(domains_check(domains, set->n_matrices, "transfer"));
    for (size_t i = 0; i < set->n; i++) {
        identity[step * i * (set->n + 1)] = 1.0;
    }
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.squared = true;
    options.run = run != NULL ? *run : options.run;
    for (size_t d = 0; d < domains->n_domains; d++) {
        ana_spd_set of_domain = {.n = set->n, .hermitian = set->hermitian, .values = values};
        const double *centre = centres != NULL ? centres + d * size : identity;
        const ana_spd_set point = {set->n, set->hermitian, 1, centre};
        of_domain.n_matrices = domain_gather(set, domains, d, false, values, which, weights);
        ANA_TRY(ana_spd_distances(&of_domain, &point, &options, squares));
        double sum = 0.0;
        double total = 0.0;
        for (size_t k = 0; k < of_domain.n_matrices; k++) {
            sum += weights[k] * squares[k];
            total += weights[k];
        }
        dispersions[d] = sum / total;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_domain_rescale(const ana_spd_set *set, const ana_domains *domains,
                              const double *centres, const double *dispersions, double dispersion,
                              const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *powers = ana_workspace_doubles(&workspace, domains->n_domains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(domains_check(domains, set->n_matrices, "transfer"));
    for (size_t d = 0; d < domains->n_domains; d++) {
        powers[d] = sqrt(dispersion / dispersions[d]);
        if (!(powers[d] > 0.0) || !(dispersions[d] > least_dispersion)) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "transfer: domain %zu has dispersion %g and is to have %g; above 0 is "
                             "right, which takes two matrices that differ",
                             d, dispersions[d], dispersion));
        }
    }
    ANA_TRY(change_all(set, domains, centres, powers, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_domain_weighted_means(const ana_spd_set *source, const ana_spd_set *target,
                                     ana_spd_metric metric, double share, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(source);
    double *pair = ana_workspace_doubles(&workspace, size, 2);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    if (source->n != target->n || source->hermitian != target->hermitian ||
        source->n_matrices != target->n_matrices) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "transfer: the source has %zu class means of %zu rows, the target %zu of "
                         "%zu; both must be alike",
                         source->n_matrices, source->n, target->n_matrices, target->n));
    }
    for (size_t c = 0; c < source->n_matrices; c++) {
        const ana_spd_set ends = {source->n, source->hermitian, 2, pair};
        memcpy(pair, source->values + c * size, size * sizeof *pair);
        memcpy(pair + size, target->values + c * size, size * sizeof *pair);
        ANA_TRY(ana_spd_geodesic(&ends, metric, share, out + c * size));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
