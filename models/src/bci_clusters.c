/* Trials that belong together, and whether that is by class or by session. */
#include "memory.h"
#include "try.h"

#include <analysis/agreement.h>
#include <analysis/models/bci_clusters.h>

#include <math.h>
#include <stdlib.h>

static const char *const methods[] = {"k-means", "mixture", "mean-shift", NULL};

const ana_option ana_bci_cluster_option_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(ana_bci_cluster_options, method), 0, 0, methods,
     "METHOD",
     "k-means: centres, whose number has the largest silhouette; mixture: clouds about centres, "
     "whose number has the lowest Bayesian criterion; mean-shift: modes, as many as there are "
     "(default k-means)",
     false},
    ANA_OPTION_END,
};

ana_bci_cluster_options ana_bci_cluster_options_default(void)
{
    return (ana_bci_cluster_options){
        .how = ana_spd_cluster_options_default(), .method = ANA_BCI_KMEANS, .least = 2, .most = 2};
}

void ana_bci_clusters_free(ana_bci_clusters *clusters)
{
    if (clusters != NULL) {
        ana_spd_clusters_free(clusters->found);
        free(clusters->silhouettes);
        free(clusters->scores);
        free(clusters);
    }
}

static double mean_of(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum / (double)n;
}

/* The silhouette of each trial; NaN where all are in one cluster. */
static ana_status judge(const ana_spd_set *set, const ana_spd_clusters *found, const ana_run *run,
                        double *silhouettes)
{
    size_t n_filled = 0;
    for (size_t k = 0; k < found->n_clusters; k++) {
        n_filled += found->sizes[k] > 0;
    }
    for (size_t i = 0; i < set->n_matrices; i++) {
        silhouettes[i] = NAN;
    }
    return n_filled < 2
               ? ANA_OK
               : ana_spd_silhouette(set, found->labels, found->n_clusters, run, silhouettes);
}

/* Clusters of one number; its score, the higher the better, in *score. */
static ana_status try_number(const ana_spd_set *set, const ana_bci_cluster_options *options,
                             size_t n_clusters, double *silhouettes, double *score,
                             ana_spd_clusters **out)
{
    ana_status status = ANA_OK;
    ana_spd_cluster_options how = options->how;
    how.n_clusters = n_clusters;
    if (options->method == ANA_BCI_MEAN_SHIFT) {
        ANA_TRY(ana_spd_mean_shift(set, &how, out));
    } else if (options->method == ANA_BCI_MIXTURE) {
        ANA_TRY(ana_spd_mixture(set, &how, out));
    } else {
        ANA_TRY(ana_spd_kmeans(set, &how, out));
    }
    ANA_TRY(judge(set, *out, &how.run, silhouettes));
    *score =
        options->method == ANA_BCI_MIXTURE ? (*out)->bic : mean_of(set->n_matrices, silhouettes);
done:
    return status;
}

/* The best number of clusters, the first of equals. */
static ana_status choose(const ana_spd_set *set, const ana_bci_cluster_options *options,
                         ana_bci_clusters *made)
{
    ana_status status = ANA_OK;
    ana_spd_clusters *found = NULL;
    const double sign = options->method == ANA_BCI_MIXTURE ? -1.0 : 1.0;
    size_t best = 0;
    const size_t n = options->most - options->least + 1;
    ANA_TRY(ana_allocate(n, sizeof *made->scores, "clusters", &made->scores));
    made->n_scores = n;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_run_progress(&options->how.run, "numbers of clusters", i, n));
        ANA_TRY(try_number(set, options, options->least + i, made->silhouettes, &made->scores[i],
                           &found));
        if (i == 0 || sign * made->scores[i] > sign * made->scores[best]) {
            best = i;
            ana_spd_clusters_free(made->found);
            made->found = found;
        } else {
            ana_spd_clusters_free(found);
        }
        found = NULL;
    }
    ANA_TRY(judge(set, made->found, &options->how.run, made->silhouettes));
done:
    ana_spd_clusters_free(found);
    return status;
}

static ana_status check_range(const ana_spd_set *set, const ana_bci_cluster_options *options)
{
    const bool by_silhouette = options->method == ANA_BCI_KMEANS && options->most > options->least;
    if (options->method != ANA_BCI_MEAN_SHIFT &&
        (options->least < (by_silhouette ? 2 : 1) || options->most < options->least ||
         options->most > set->n_matrices)) {
        return ana_fail(ANA_ERR_VALUE,
                        "clusters: %zu to %zu clusters of %zu trials cannot be had; at least %d, "
                        "at most one for each trial",
                        options->least, options->most, set->n_matrices, by_silhouette ? 2 : 1);
    }
    return ANA_OK;
}

static ana_status compare(const ana_bci_trials *trials, ana_bci_clusters *made)
{
    ana_status status = ANA_OK;
    ana_agreement agreement;
    const size_t n = trials->n_trials;
    made->of_classes = NAN;
    made->of_sessions = NAN;
    if (trials->n_classes > 1) {
        ANA_TRY(ana_agreement_compare(n, made->found->labels, trials->labels, &agreement));
        made->of_classes = agreement.adjusted_rand;
    }
    if (trials->n_sessions > 1) {
        ANA_TRY(ana_agreement_compare(n, made->found->labels, trials->sessions, &agreement));
        made->of_sessions = agreement.adjusted_rand;
    }
done:
    return status;
}

ana_status ana_bci_cluster(const ana_spd_set *matrices, const ana_bci_trials *trials,
                           const ana_bci_cluster_options *options, ana_bci_clusters **out)
{
    ana_status status = ANA_OK;
    ana_bci_clusters *made = NULL;
    const ana_bci_cluster_options standard = ana_bci_cluster_options_default();
    double score = NAN;
    options = options != NULL ? options : &standard;
    *out = NULL;
    if (matrices->n_matrices != trials->n_trials || trials->n_trials == 0) {
        return ana_fail(ANA_ERR_SHAPE, "clusters: %zu matrices of %zu trials", matrices->n_matrices,
                        trials->n_trials);
    }
    ANA_TRY(check_range(matrices, options));
    ANA_TRY(ana_allocate(1, sizeof *made, "clusters", &made));
    ANA_TRY(
        ana_allocate(trials->n_trials, sizeof *made->silhouettes, "clusters", &made->silhouettes));
    made->method = options->method;
    made->least = options->least;
    if (options->most > options->least && options->method != ANA_BCI_MEAN_SHIFT) {
        ANA_TRY(choose(matrices, options, made));
    } else {
        ANA_TRY(
            try_number(matrices, options, options->least, made->silhouettes, &score, &made->found));
    }
    made->silhouette = mean_of(trials->n_trials, made->silhouettes);
    ANA_TRY(compare(trials, made));
    *out = made;
    made = NULL;
done:
    ana_bci_clusters_free(made);
    return status;
}
