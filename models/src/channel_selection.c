#include "labelled_matrices.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/channel_selection.h>

#include <math.h>
#include <string.h>

/* The mean of squared or plain distances of each class's matrices from its mean, summed. */
static ana_status find_within(const ana_labelled_matrices *known, const double *means,
                              const ana_spd_distance_options *apart, double exponent, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(&known->set);
    double *room = ana_workspace_doubles(&workspace, known->set.n_matrices, size);
    double *distances = ana_workspace_doubles(&workspace, known->set.n_matrices, 1);
    *out = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "distinctiveness"));
    for (size_t c = 0; c < known->n_classes; c++) {
        const ana_spd_set own = labelled_matrices_of(known, c, room);
        ana_spd_set mean = own;
        mean.n_matrices = 1;
        mean.values = means + c * size;
        ANA_TRY(ana_spd_distances(&own, &mean, apart, distances));
        for (size_t i = 0; i < own.n_matrices; i++) {
            *out += pow(distances[i], exponent) / (double)own.n_matrices;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Two classes: twice the distance of the means, for the halved sum of spreads; more: the sum of
 * their distances from their common mean. */
static ana_status find_between(const ana_spd_set *means,
                               const ana_minimum_distance_options *options,
                               const ana_spd_distance_options *apart, double exponent, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spd_set centre = *means;
    ana_spd_set others = *means;
    ana_spd_mean_options how = ana_spd_mean_options_default();
    double *mean = ana_workspace_doubles(&workspace, ana_spd_size(means), 1);
    double *distances = ana_workspace_doubles(&workspace, means->n_matrices, 1);
    how.run = options->run;
    *out = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "distinctiveness"));
    ANA_TRY(ana_minimum_distance_mean(options->metric, &how.method));
    centre.n_matrices = 1;
    if (means->n_matrices > 2) {
        ANA_TRY(ana_spd_mean(means, NULL, &how, NULL, mean));
        centre.values = mean;
    } else {
        others.n_matrices = 1;
        others.values = means->values + ana_spd_size(means);
    }
    ANA_TRY(ana_spd_distances(&others, &centre, apart, distances));
    for (size_t c = 0; c < others.n_matrices; c++) {
        *out += (means->n_matrices > 2 ? 1.0 : 2.0) * pow(distances[c], exponent);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_class_distinctiveness(const ana_labelled_matrices *known, double exponent,
                                     const ana_minimum_distance_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_minimum_distance_options chosen =
        options != NULL ? *options : ana_minimum_distance_options_default();
    const size_t size = ana_spd_size(&known->set);
    double *means = ana_workspace_doubles(&workspace, known->n_classes, size);
    ana_spd_distance_options apart = ana_spd_distance_options_default();
    double within = 0.0;
    double between = 0.0;
    apart.run = chosen.run;
    apart.metric = chosen.metric;
    ANA_TRY(ana_workspace_check(&workspace, "distinctiveness"));
    if (!(exponent > 0.0) || !isfinite(exponent)) {
        status =
            ana_fail(ANA_ERR_VALUE, "distinctiveness: exponent %g; above 0 is right", exponent);
        goto done;
    }
    ANA_TRY(ana_minimum_distance_fit(known, &chosen, means));
    const ana_spd_set set = {known->set.n, known->set.hermitian, known->n_classes, means};
    ANA_TRY(find_within(known, means, &apart, exponent, &within));
    ANA_TRY(find_between(&set, &chosen, &apart, exponent, &between));
    if (!(within > 1e-12 * between)) { /* less is rounding */
        status = ana_fail(ANA_ERR_NUMERIC, "distinctiveness: matrices are all their class's mean");
        goto done;
    }
    *out = between / within;
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_channels_take(const ana_spd_set *set, size_t n_selected, const size_t *selected,
                       double *out)
{
    const size_t step = set->hermitian ? 2 : 1;
    for (size_t k = 0; k < set->n_matrices; k++) {
        for (size_t i = 0; i < n_selected; i++) {
            for (size_t j = 0; j < n_selected; j++) {
                const size_t from = (k * set->n + selected[i]) * set->n + selected[j];
                memcpy(out, set->values + step * from, step * sizeof *out);
                out += step;
            }
        }
    }
}

typedef struct selection_room {
    double *taken;     /* n_classes x ana_spd_size */
    double *distances; /* n_classes */
    size_t *trial;     /* n */
} selection_room;

/* The sum of distances of all pairs of means, of some of their channels. */
static ana_status sum_distances(const ana_spd_set *means, size_t n_kept, const size_t *kept,
                                const ana_spd_distance_options *apart, selection_room *room,
                                double *sum)
{
    ana_status status = ANA_OK;
    ana_spd_set later = {n_kept, means->hermitian, 0, NULL};
    ana_channels_take(means, n_kept, kept, room->taken);
    *sum = 0.0;
    for (size_t a = 0; a + 1 < means->n_matrices && status == ANA_OK; a++) {
        const ana_spd_set one = {n_kept, means->hermitian, 1,
                                 room->taken + a * ana_spd_size(&later)};
        later.n_matrices = means->n_matrices - a - 1;
        later.values = one.values + ana_spd_size(&later);
        status = ana_spd_distances(&later, &one, apart, room->distances);
        for (size_t b = 0; b < later.n_matrices && status == ANA_OK; b++) {
            *sum += room->distances[b];
        }
    }
    return status;
}

/* Takes the channel out of `kept` without which the means are furthest apart. */
static ana_status leave_out(const ana_spd_set *means, const ana_spd_distance_options *apart,
                            selection_room *room, size_t *n_kept, size_t *kept)
{
    size_t worst = 0;
    double furthest = -1.0;
    for (size_t e = 0; e < *n_kept; e++) {
        double sum = 0.0;
        memcpy(room->trial, kept, e * sizeof *kept);
        memcpy(room->trial + e, kept + e + 1, (*n_kept - e - 1) * sizeof *kept);
        const ana_status status = sum_distances(means, *n_kept - 1, room->trial, apart, room, &sum);
        if (status != ANA_OK) {
            return status;
        }
        worst = sum > furthest ? e : worst;
        furthest = fmax(furthest, sum);
    }
    memmove(kept + worst, kept + worst + 1, (*n_kept - worst - 1) * sizeof *kept);
    (*n_kept)--;
    return ANA_OK;
}

ana_status ana_channels_select(const ana_labelled_matrices *known, size_t n_selected,
                               const ana_minimum_distance_options *options, size_t *selected)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_minimum_distance_options chosen =
        options != NULL ? *options : ana_minimum_distance_options_default();
    const size_t n = known->set.n;
    const size_t size = ana_spd_size(&known->set);
    double *means = ana_workspace_doubles(&workspace, known->n_classes, size);
    size_t *kept = ana_workspace_sizes(&workspace, n, 1);
    selection_room room = {ana_workspace_doubles(&workspace, known->n_classes, size),
                           ana_workspace_doubles(&workspace, known->n_classes, 1),
                           ana_workspace_sizes(&workspace, n, 1)};
    ana_spd_distance_options apart = ana_spd_distance_options_default();
    size_t n_kept = n;
    apart.run = chosen.run;
    apart.metric = chosen.metric;
    ANA_TRY(ana_workspace_check(&workspace, "channel selection"));
    if (n_selected == 0 || n_selected > n) {
        status =
            ana_fail(ANA_ERR_VALUE, "channel selection: %zu of %zu channels; 1 to %zu is right",
                     n_selected, n, n);
        goto done;
    }
    ANA_TRY(ana_minimum_distance_fit(known, &chosen, means));
    const ana_spd_set set = {n, known->set.hermitian, known->n_classes, means};
    for (size_t j = 0; j < n; j++) {
        kept[j] = j;
    }
    while (n_kept > n_selected) {
        ANA_TRY(leave_out(&set, &apart, &room, &n_kept, kept));
    }
    memcpy(selected, kept, n_selected * sizeof *selected);
done:
    ana_workspace_release(&workspace);
    return status;
}
