/** What the files of centred kernel alignment share. */
#ifndef MODELS_CKA_PARTS_H
#define MODELS_CKA_PARTS_H

#include <analysis/models/cka.h>

/** The systems of both sides, one after the other: a's, then b's unless those are the same. */
typedef struct ana_cka_layers {
    size_t n_a;
    size_t n_b;
    bool same;
    size_t n;
    const size_t *units; /**< n */
} ana_cka_layers;

/** The layer that system j of side b is. */
static inline size_t ana_cka_layer_of_b(const ana_cka_layers *layers, size_t j)
{
    return layers->same ? j : layers->n_a + j;
}

/** Whether row i by column j is computed: of the same systems, each pair once. */
static inline bool ana_cka_is_pair(const ana_cka_layers *layers, size_t i, size_t j)
{
    return !layers->same || i < j;
}

/** The fewest stimuli that an estimator is defined for. */
size_t ana_cka_fewest(ana_cka_estimator estimator);

/** ANA_ERR_VALUE with the place unless n rows of p values are finite; `first`: the stimulus of the
 *  first row. */
ANA_USE_RESULT ana_status ana_cka_check_rows(const char *name, size_t first, size_t n, size_t p,
                                             const double *values);

/** A result without values: NaN throughout. `names` are those of the layers. */
ANA_USE_RESULT ana_status ana_cka_new(const ana_cka_layers *layers, char *const *names,
                                      const ana_cka_options *options, ana_cka **out);

/** HSIC of layers (n) and pairs (n_a x n_b) into the result, and CKA from them; warns of systems
 *  where it is not defined. */
void ana_cka_settle(const ana_cka_layers *layers, const double *self, const double *cross,
                    const ana_run *run, ana_cka *cka);

/** values[n_a x n_b] = CKA from HSIC, 1 on the diagonal of the same systems. */
void ana_cka_ratios(const ana_cka_layers *layers, const double *self, const double *cross,
                    double *values);

/** Sums of features while rows pass by. */
typedef struct ana_cka_features ana_cka_features;

/** Bytes that they take; SIZE_MAX when that cannot be said. */
size_t ana_cka_features_bytes(const ana_cka_layers *layers);
ANA_USE_RESULT ana_status ana_cka_features_new(const ana_cka_layers *layers, const ana_run *run,
                                               ana_cka_features **out);
/** rows[layer] is n x units; all are finite. */
void ana_cka_features_push(ana_cka_features *features, size_t n, const double *const *rows);
/** Rows that are best pushed at a time. */
size_t ana_cka_features_chunk(const ana_cka_layers *layers);
ANA_USE_RESULT ana_status ana_cka_features_hsic(const ana_cka_features *features,
                                                ana_cka_estimator estimator, double *self,
                                                double *cross);
void ana_cka_features_free(ana_cka_features *features);

/** Bytes that the kernels of n stimuli take, with what makes them; SIZE_MAX as above. */
size_t ana_cka_kernels_bytes(const ana_cka_layers *layers, size_t n,
                             const ana_cka_options *options);

/** kernels[layer] (n x n, out): centred, so that HSIC is their product over ana_cka_divisor. */
ANA_USE_RESULT ana_status ana_cka_kernels(const ana_cka_layers *layers,
                                          const ana_cka_source *sources,
                                          const ana_cka_options *options, double *const *kernels);
double ana_cka_divisor(ana_cka_estimator estimator, size_t n);

/** HSIC of layers (n) and pairs (n_a x n_b) of centred kernels. */
void ana_cka_kernels_hsic(const ana_cka_layers *layers, size_t n, const ana_cka_options *options,
                          double *const *kernels, double *self, double *cross);

/** HSIC of weighted stimuli. */
ANA_USE_RESULT ana_status ana_cka_weighted_hsic(const ana_cka_layers *layers, size_t n,
                                                const ana_cka_options *options,
                                                double *const *kernels, double *self,
                                                double *cross);

/** Permutations and bootstraps, as far as options ask for them, of a settled result. */
ANA_USE_RESULT ana_status ana_cka_resample(const ana_cka_layers *layers, size_t n,
                                           const ana_cka_options *options, double *const *kernels,
                                           ana_cka *cka);

/** Every source, in parts that pass by. */
ANA_USE_RESULT ana_status ana_cka_by_stream(const ana_cka_layers *layers,
                                            const ana_cka_source *sources, char *const *names,
                                            const ana_cka_options *options, ana_cka **out);

/** A stream of layers; names (n, copied) may be NULL. */
ANA_USE_RESULT ana_status ana_cka_stream_new(const ana_cka_layers *layers, char *const *names,
                                             const ana_cka_options *options, ana_cka_stream **out);
/** ana_cka_push with the rows of all layers. */
ANA_USE_RESULT ana_status ana_cka_push_layers(ana_cka_stream *stream, size_t n,
                                              const double *const *rows);

#endif
