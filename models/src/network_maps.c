/* Maps of the functional networks of several subjects. */
#include "try.h"
#include "workspace.h"

#include <analysis/models/network_classification.h>

#include <stdio.h>
#include <string.h>

ana_network_map_options ana_network_map_options_default(void)
{
    return (ana_network_map_options){.functional = ana_functional_options_default(),
                                     .feature = ANA_FUNCTIONAL_CYCLES3};
}

/* The rows of one sequence by themselves. */
static ana_status take_subject(const ana_observations *subjects, size_t s, ana_observations **out)
{
    const size_t first = subjects->sequence_start[s];
    const size_t n = subjects->sequence_start[s + 1] - first;
    const ana_status status = ana_observations_new(n, subjects->n_features, out);
    if (status == ANA_OK) {
        memcpy((*out)->values, subjects->values + first * subjects->n_features,
               n * subjects->n_features * sizeof *(*out)->values);
    }
    return status;
}

static ana_status map_subject(const ana_observations *subject,
                              const ana_network_map_options *options, double level, double *out)
{
    ana_functional_maps *maps = NULL;
    ana_functional_options functional = options->functional;
    functional.threshold = options->by_density ? 0.0 : level;
    functional.density = options->by_density ? level : 0.0;
    const ana_status status = ana_functional_maps_new(subject, NULL, &functional, &maps);
    if (status == ANA_OK) {
        memcpy(out, maps->of_signal[options->feature], subject->n_features * sizeof *out);
    }
    ana_functional_maps_free(maps);
    return status;
}

ana_status ana_network_maps(const ana_observations *subjects,
                            const ana_network_map_options *options, size_t n_levels,
                            const double *levels, double *x)
{
    ana_status status = ANA_OK;
    ana_observations *subject = NULL;
    char sentence[512];
    const ana_network_map_options defaults = ana_network_map_options_default();
    const ana_network_map_options *use = options != NULL ? options : &defaults;
    const size_t n = subjects->n_sequences;
    for (size_t l = 0; l < n_levels; l++) {
        if (!(levels[l] >= 0.0 && levels[l] <= 1.0)) {
            return ana_fail(ANA_ERR_VALUE, "maps: level %zu is %g; 0 to 1 are possible", l,
                            levels[l]);
        }
    }
    for (size_t s = 0; s < n; s++) {
        ANA_TRY(ana_run_progress(&use->functional.run, "maps", s, n));
        ANA_TRY(take_subject(subjects, s, &subject));
        for (size_t l = 0; l < n_levels && status == ANA_OK; l++) {
            status = map_subject(subject, use, levels[l], x + (l * n + s) * subjects->n_features);
        }
        if (status != ANA_OK) {
            snprintf(sentence, sizeof sentence, "%s", ana_last_error());
            ANA_TRY(ana_fail(status, "maps: subject %zu: %s", s, sentence));
        }
        ana_observations_free(subject);
        subject = NULL;
    }
done:
    ana_observations_free(subject);
    return status;
}
