/* Tangent vectors of domains: centred, scaled, rotated. */
#include "dense.h"
#include "discriminants.h"
#include "domain_parts.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/domain_tangent.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_tangent_rotation_option_table[] = {
    {"anchor-components", ANA_OPTION_SIZE, offsetof(ana_tangent_rotation_options, n_components), 0,
     1e6, NULL, "K", "principal axes of each class along which anchors lie; 0: class means alone",
     false},
    {"anchor-clusters", ANA_OPTION_SIZE, offsetof(ana_tangent_rotation_options, n_clusters), 1, 1e6,
     NULL, "N", "anchors along each axis", false},
    {"anchor-explained", ANA_OPTION_DOUBLE, offsetof(ana_tangent_rotation_options, explained), 1e-6,
     1.0, NULL, "SHARE", "share of the singular values whose directions turn", false},
    {"compat", ANA_OPTION_BOOL, offsetof(ana_tangent_rotation_options, compat), 0, 0, NULL, NULL,
     "as pyRiemann 0.13: the turn back, of the leading directions alone", false},
    ANA_OPTION_END,
};

ana_tangent_rotation_options ana_tangent_rotation_options_default(void)
{
    return (ana_tangent_rotation_options){.n_components = 1, .n_clusters = 3, .explained = 0.999};
}

/* sums (n_domains x d) = weighted means of the vectors. */
static void find_means(size_t n, size_t d, const double *vectors, const ana_domains *domains,
                       double *sums)
{
    memset(sums, 0, domains->n_domains * d * sizeof *sums);
    for (size_t g = 0; g < domains->n_domains; g++) {
        double total = 0.0;
        for (size_t k = 0; k < n; k++) {
            if (domains->of[k] != g) {
                continue;
            }
            total += domain_weight(domains, k);
            for (size_t i = 0; i < d; i++) {
                sums[g * d + i] += domain_weight(domains, k) * vectors[k * d + i];
            }
        }
        for (size_t i = 0; i < d; i++) {
            sums[g * d + i] /= total;
        }
    }
}

ana_status ana_tangent_centre(size_t n, size_t d, const double *vectors, const ana_domains *domains,
                              double *centres, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *means =
        centres != NULL ? centres : ana_workspace_doubles(&workspace, domains->n_domains, d);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(domains_check(domains, n, "transfer"));
    find_means(n, d, vectors, domains, means);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < d; i++) {
            out[k * d + i] = vectors[k * d + i] - means[domains->of[k] * d + i];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_tangent_scale(size_t n, size_t d, const double *vectors, const ana_domains *domains,
                             double *scales, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *lengths = ana_workspace_doubles(&workspace, n, 1);
    double *means =
        scales != NULL ? scales : ana_workspace_doubles(&workspace, domains->n_domains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(domains_check(domains, n, "transfer"));
    for (size_t k = 0; k < n; k++) {
        lengths[k] = sqrt(ana_dot(d, vectors + k * d, vectors + k * d));
    }
    find_means(n, 1, lengths, domains, means);
    for (size_t g = 0; g < domains->n_domains; g++) {
        if (!(means[g] > 0.0)) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "transfer: the vectors of domain %zu have a mean length of %g", g,
                             means[g]));
        }
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < d; i++) {
            out[k * d + i] = vectors[k * d + i] / means[domains->of[k]];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The vectors of one class, behind each other. */
typedef struct class_rows {
    size_t n;
    double *x; /* n x d */
} class_rows;

static class_rows gather(const ana_class_vectors *from, size_t class, double *x)
{
    class_rows rows = {0, x};
    for (size_t k = 0; k < from->n; k++) {
        if (from->classes.of[k] == class) {
            memcpy(x + rows.n * from->d, from->vectors + k * from->d, from->d * sizeof *x);
            rows.n++;
        }
    }
    return rows;
}

/* n_clusters anchors: means of equal parts of the rows along an axis. The parts end at the number
 * nearest to k n / n_clusters, of two the even one. */
static void cut_along(size_t d, const class_rows *rows, const double *axis, size_t n_clusters,
                      ana_placed *order, double *anchors)
{
    const double share = (double)rows->n / (double)n_clusters;
    for (size_t k = 0; k < rows->n; k++) {
        order[k] = (ana_placed){ana_dot(d, rows->x + k * d, axis), k};
    }
    qsort(order, rows->n, sizeof *order, ana_compare_rising);
    memset(anchors, 0, n_clusters * d * sizeof *anchors);
    for (size_t c = 0; c < n_clusters; c++) {
        const size_t first = (size_t)nearbyint((double)c * share);
        const size_t end = (size_t)nearbyint((double)(c + 1) * share);
        for (size_t k = first; k < end; k++) {
            for (size_t i = 0; i < d; i++) {
                anchors[c * d + i] += rows->x[order[k].index * d + i] / (double)(end - first);
            }
        }
    }
}

/* Room of the search for anchors. */
typedef struct anchor_room {
    double *x; /* rows of a class, twice */
    double *centred;
    double *axes; /* n_components x d */
    double *variance;
    double *mean;
    ana_placed *order;
} anchor_room;

/* The principal axes of a class of the source; how many there are. */
static ana_status find_axes(size_t d, const class_rows *rows, size_t most, const anchor_room *at,
                            size_t *n_axes)
{
    for (size_t i = 0; i < d; i++) {
        at->mean[i] = 0.0;
        for (size_t k = 0; k < rows->n; k++) {
            at->mean[i] += rows->x[k * d + i] / (double)rows->n;
        }
    }
    for (size_t k = 0; k < rows->n; k++) {
        for (size_t i = 0; i < d; i++) {
            at->centred[k * d + i] = rows->x[k * d + i] - at->mean[i];
        }
    }
    return ana_components_find(rows->n, d, at->centred, most, at->axes, at->variance, n_axes);
}

/* Anchors of both domains behind their class means; *n of each. */
static ana_status find_anchors(const ana_class_vectors *domains[2],
                               const ana_tangent_rotation_options *options, const anchor_room *at,
                               double *anchors[2], size_t *n)
{
    ana_status status = ANA_OK;
    const size_t d = domains[0]->d;
    const size_t n_classes = domains[0]->classes.n_domains;
    for (size_t side = 0; side < 2; side++) {
        find_means(domains[side]->n, d, domains[side]->vectors, &domains[side]->classes,
                   anchors[side]);
    }
    *n = n_classes;
    for (size_t c = 0; c < n_classes && options->n_components > 0; c++) {
        size_t n_axes = 0;
        class_rows rows = gather(domains[1], c, at->x);
        const size_t n_target = rows.n;
        rows = gather(domains[0], c, at->x);
        if (n_target < options->n_clusters || rows.n < options->n_clusters || rows.n < 2) {
            *n = n_classes;
            return ANA_OK;
        }
        ANA_TRY(find_axes(d, &rows, options->n_components, at, &n_axes));
        for (size_t side = 0; side < 2; side++) {
            rows = gather(domains[side], c, at->x);
            for (size_t a = 0; a < n_axes; a++) {
                cut_along(d, &rows, at->axes + a * d, options->n_clusters, at->order,
                          anchors[side] + (*n + a * options->n_clusters) * d);
            }
        }
        *n += n_axes * options->n_clusters;
    }
done:
    return status;
}

/* rotation = U1 V1^T of the r leading directions, and among what is orthogonal to these the turn
 * nearest to none: the polar factor of what the projections leave of the identity. Rows of ut and
 * vt are directions. */
static ana_status complete(size_t d, size_t r, const double *u, const double *vt,
                           ana_workspace *workspace, double *rotation)
{
    ana_status status = ANA_OK;
    double *rest = ana_workspace_doubles(workspace, d, d);
    double *left = ana_workspace_doubles(workspace, d, d);
    double *right = ana_workspace_doubles(workspace, d, d);
    double *s = ana_workspace_doubles(workspace, d, 1);
    ANA_TRY(ana_workspace_check(workspace, "transfer"));
    /* (I - U1 U1^T)(I - V1 V1^T), whose singular vectors span the rest on both sides */
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            double uu = 0.0;
            double vv = 0.0;
            double uv = 0.0;
            for (size_t k = 0; k < r; k++) {
                uu += u[i * d + k] * u[j * d + k];
                vv += vt[k * d + i] * vt[k * d + j];
                uv += u[i * d + k] * vt[k * d + j];
            }
            left[i * d + j] = (i == j ? 1.0 : 0.0) - uu;
            right[i * d + j] = (i == j ? 1.0 : 0.0) - vv;
            rotation[i * d + j] = uv;
        }
    }
    ANA_TRY(ana_linalg_multiply(d, d, d, left, right, rest));
    ANA_TRY(ana_linalg_svd(d, d, rest, left, s, right));
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            for (size_t k = 0; k + r < d; k++) {
                rotation[i * d + j] += left[i * d + k] * right[k * d + j];
            }
        }
    }
done:
    return status;
}

static ana_status procrustes(size_t n, size_t d, const double *source, const double *target,
                             const ana_tangent_rotation_options *options, double *rotation)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_gemm cross = {d, n, d, true, false, 1.0, 0.0};
    double *product = ana_workspace_doubles(&workspace, d, d);
    double *u = ana_workspace_doubles(&workspace, d, d);
    double *s = ana_workspace_doubles(&workspace, d, 1);
    double *vt = ana_workspace_doubles(&workspace, d, d);
    size_t r = 0;
    double sum = 0.0;
    double reached = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(ana_linalg_gemm(&cross, source, target, product));
    ANA_TRY(ana_linalg_svd(d, d, product, u, s, vt));
    for (size_t k = 0; k < d; k++) {
        sum += s[k] > 1e-12 * s[0] ? s[k] : 0.0; /* the rest is rounding, and has no direction */
    }
    while (r < d && s[r] > 1e-12 * s[0] && (r == 0 || reached < options->explained * sum)) {
        reached += s[r++];
    }
    if (!options->compat) {
        ANA_TRY(complete(d, r, u, vt, &workspace, rotation));
        goto done;
    }
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            rotation[i * d + j] = 0.0;
            for (size_t k = 0; k < r; k++) {
                rotation[i * d + j] += vt[k * d + i] * u[j * d + k];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_tangent_rotation(const ana_class_vectors *source, const ana_class_vectors *target,
                                const ana_tangent_rotation_options *options, double *rotation)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_tangent_rotation_options chosen =
        options != NULL ? *options : ana_tangent_rotation_options_default();
    const ana_class_vectors *domains[2] = {source, target};
    const size_t d = source->d;
    const size_t n_most = source->n > target->n ? source->n : target->n;
    const size_t n_classes = source->classes.n_domains;
    ANA_TRY(ana_options_check(ana_tangent_rotation_option_table, &chosen, "transfer"));
    const size_t n_axes = chosen.n_components < d ? chosen.n_components : d;
    ana_tangent_rotation_options held = chosen;
    held.n_components = n_axes;
    size_t n_anchors = 0;
    if (source->d != target->d || n_classes != target->classes.n_domains) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "transfer: the source has %zu numbers a vector and %zu classes, the "
                         "target %zu and %zu; both must be alike",
                         source->d, n_classes, target->d, target->classes.n_domains));
    }
    ANA_TRY(domains_check(&source->classes, source->n, "transfer: classes of the source"));
    ANA_TRY(domains_check(&target->classes, target->n, "transfer: classes of the target"));
    if (chosen.n_clusters > n_most) {
        held.n_components = 0;
        held.n_clusters = 1;
    }
    const size_t room_for = n_classes * (1 + n_axes * held.n_clusters);
    double *anchors[2] = {ana_workspace_doubles(&workspace, room_for, d),
                          ana_workspace_doubles(&workspace, room_for, d)};
    const anchor_room at = {.x = ana_workspace_doubles(&workspace, n_most, d),
                            .centred = ana_workspace_doubles(&workspace, n_most, d),
                            .axes = ana_workspace_doubles(&workspace, n_axes, d),
                            .variance = ana_workspace_doubles(&workspace, n_axes, 1),
                            .mean = ana_workspace_doubles(&workspace, d, 1),
                            .order = ana_workspace_bytes(&workspace, n_most, 1, sizeof *at.order)};
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    ANA_TRY(find_anchors(domains, &held, &at, anchors, &n_anchors));
    ANA_TRY(procrustes(n_anchors, d, anchors[0], anchors[1], &held, rotation));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_tangent_rotate(size_t n, size_t d, const double *vectors, const double *rotation,
                              double *out)
{
    return ana_linalg_multiply(n, d, d, vectors, rotation, out);
}
