/* A domain that training has not seen: recentred whole, or matrix by matrix. */
#include "memory.h"
#include "spd_live.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/domain_transfer.h>

#include <stdlib.h>
#include <string.h>

const ana_option ana_recentre_option_table[] = {
    {"recentre", ANA_OPTION_CHOICE, offsetof(ana_recentre_options, use), 0, 0,
     ana_transfer_use_names, "USE",
     "whiten new data by the centre of training, by a running centre, or by their own (which sees "
     "all of them)",
     false},
    {"recentre-rate", ANA_OPTION_DOUBLE, offsetof(ana_recentre_options, rate), 0.0, 1.0, NULL,
     "SHARE", "streaming: share of each new matrix in the centre; 0: that of every one before",
     false},
    {"recentre-before", ANA_OPTION_SIZE, offsetof(ana_recentre_options, n_before), 0, 1e9, NULL,
     "N", "streaming: matrices that the first centre stands for", false},
    ANA_OPTION_END,
};

ana_recentre_options ana_recentre_options_default(void)
{
    return (ana_recentre_options){.mean = ana_spd_mean_options_default(),
                                  .use = ANA_TRANSFER_TRANSDUCTIVE};
}

/* The room: that of the kernels, then four matrices. */
size_t ana_running_centre_room(const ana_spd_set *shape)
{
    const size_t n = spd_rows(shape);
    return spd_live_room(n) + 4 * n * n;
}

ana_status ana_running_centre_move(const ana_spd_set *set, double rate, double *room,
                                   double *centre)
{
    ana_status status = ANA_OK;
    const size_t n = spd_rows(set);
    const ana_spd_set before = {set->n, set->hermitian, 1, centre};
    double *real = room + spd_live_room(n);
    double *point = real + n * n;
    double *lower = point + n * n;
    double *moved = lower + n * n;
    spd_live_embed(set, real);
    spd_live_embed(&before, point);
    ANA_TRY(spd_live_factor(n, point, lower));
    ANA_TRY(spd_live_between(n, lower, real, rate, room, moved));
    spd_live_unembed(set, moved, centre);
done:
    return status;
}

ana_status ana_running_centre_whiten(const ana_spd_set *set, const double *centre, double *room,
                                     double *out)
{
    ana_status status = ANA_OK;
    const size_t n = spd_rows(set);
    const ana_spd_set point = {set->n, set->hermitian, 1, centre};
    double *real = room + spd_live_room(n);
    double *inverse = real + n * n;
    spd_live_embed(&point, real);
    ANA_TRY(spd_live_function(n, real, spd_inverse_root, 0.0, room, inverse));
    spd_live_embed(set, real);
    ANA_TRY(spd_live_congruence(n, inverse, real, room, real));
    spd_live_unembed(set, real, out);
done:
    return status;
}

/* Each matrix moves the centre and is whitened by it. */
static ana_status stream(const ana_spd_set *set, const ana_recentre_options *options,
                         ana_recentred *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    double *room = ana_workspace_doubles(&workspace, ana_running_centre_room(set), 1);
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    for (size_t k = 0; k < set->n_matrices; k++) {
        const ana_spd_set one = {set->n, set->hermitian, 1, set->values + k * size};
        const double share =
            options->rate > 0.0 ? options->rate : 1.0 / ((double)made->n_seen + 1.0);
        if (made->n_seen == 0 && options->centre == NULL) {
            memcpy(made->centre, one.values, size * sizeof *made->centre);
        } else {
            ANA_TRY(ana_running_centre_move(&one, share, room, made->centre));
        }
        ANA_TRY(ana_running_centre_whiten(&one, made->centre, room, made->values + k * size));
        made->n_seen++;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* All by one centre: the one that is given, or their own. */
static ana_status whole(const ana_spd_set *set, const ana_recentre_options *options,
                        ana_recentred *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_domains one = {1, ana_workspace_sizes(&workspace, set->n_matrices, 1), NULL};
    ANA_TRY(ana_workspace_check(&workspace, "transfer"));
    if (options->use == ANA_TRANSFER_TRANSDUCTIVE) {
        ANA_TRY(ana_domain_centres(set, &one, &options->mean, made->centre));
        made->n_seen = set->n_matrices;
    }
    ANA_TRY(ana_domain_recentre(set, &one, made->centre, &options->mean.run, made->values));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_recentre_options *options)
{
    const bool needs_centre = options->use == ANA_TRANSFER_CALIBRATED ||
                              (options->use == ANA_TRANSFER_STREAMING && options->n_before > 0);
    if (needs_centre && options->centre == NULL) {
        return ana_fail(ANA_ERR_VALUE, "transfer: %s recentring%s needs the centre it begins with",
                        ana_transfer_use_names[options->use],
                        options->n_before > 0 ? " after other matrices" : "");
    }
    return ana_options_check(ana_recentre_option_table, options, "transfer");
}

ana_status ana_domain_recentre_new(const ana_spd_set *set, const ana_recentre_options *options,
                                   ana_recentred **out)
{
    ana_status status = ANA_OK;
    const ana_recentre_options chosen = options != NULL ? *options : ana_recentre_options_default();
    const size_t size = ana_spd_size(set);
    ana_recentred *made = NULL;
    *out = NULL;
    ANA_TRY(check(&chosen));
    ANA_TRY(ana_spd_check(set, &chosen.mean.run));
    ANA_TRY(ana_allocate(1, sizeof *made, "transfer", &made));
    made->use = chosen.use;
    made->set = *set;
    made->n_seen = chosen.use == ANA_TRANSFER_TRANSDUCTIVE ? 0 : chosen.n_before;
    ANA_TRY(ana_allocate(set->n_matrices * size, sizeof *made->values, "transfer", &made->values));
    ANA_TRY(ana_allocate(size, sizeof *made->centre, "transfer", &made->centre));
    made->set.values = made->values;
    if (chosen.centre != NULL) {
        memcpy(made->centre, chosen.centre, size * sizeof *made->centre);
    }
    ANA_TRY(chosen.use == ANA_TRANSFER_STREAMING ? stream(set, &chosen, made)
                                                 : whole(set, &chosen, made));
    *out = made;
    made = NULL;
done:
    ana_recentred_free(made);
    return status;
}

void ana_recentred_free(ana_recentred *recentred)
{
    if (recentred != NULL) {
        free(recentred->values);
        free(recentred->centre);
        free(recentred);
    }
}
