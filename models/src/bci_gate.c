/* The gate of a pipeline: a potato of the covariances of the trials it learned from. */
#include "bci_parts.h"
#include "memory.h"
#include "record_read.h"
#include "try.h"

#include <analysis/covariance.h>
#include <analysis/linalg.h>
#include <analysis/models/bci_stream.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_potato *ana_bci_pipeline_gate(const ana_bci_pipeline *pipeline)
{
    return pipeline->gate;
}

ana_status ana_bci_gate_covariance(const ana_bci_lesson *lesson, const double *signals, double *out)
{
    return ana_covariance_compute(ANA_COVARIANCE_LEDOIT_WOLF, lesson->n_channels, lesson->n_times,
                                  signals, out);
}

ana_status ana_bci_gate_fit(ana_bci_pipeline *pipeline, const ana_bci_trials *trials, size_t n,
                            const size_t *items, const ana_potato_options *options)
{
    ana_status status = ANA_OK;
    const ana_bci_lesson *lesson = &pipeline->lesson;
    double *values = NULL;
    ana_potato *gate = NULL;
    n = items != NULL ? n : trials->n_trials;
    if (!pipeline->fitted) {
        return ana_fail(ANA_ERR_VALUE, "gate: its pipeline has not learned from trials yet");
    }
    if (trials->n_channels != lesson->n_channels || trials->n_times != lesson->n_times) {
        return ana_fail(ANA_ERR_SHAPE,
                        "gate: trials of %zu channels x %zu samples, but the pipeline learned from "
                        "%zu x %zu",
                        trials->n_channels, trials->n_times, lesson->n_channels, lesson->n_times);
    }
    const size_t size = lesson->n_channels * lesson->n_channels;
    ANA_TRY(ana_allocate(n * size, sizeof *values, "gate", &values));
    for (size_t i = 0; i < n; i++) {
        const size_t item = items != NULL ? items[i] : i;
        ANA_TRY(ana_bci_gate_covariance(lesson, trials->values + item * ana_bci_trial_size(trials),
                                        values + i * size));
    }
    const ana_spd_set set = {.n = lesson->n_channels, .n_matrices = n, .values = values};
    ANA_TRY(ana_potato_fit(&set, NULL, options, NULL, &gate));
    ana_potato_free(pipeline->gate);
    pipeline->gate = gate;
done:
    free(values);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "gate of artefacts: ");
}

ana_status ana_bci_gate_to_record(const ana_bci_pipeline *pipeline, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_potato *gate = pipeline->gate;
    ana_record *group = NULL;
    if (gate == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_group(record, "gate", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "title", "Gate of artefacts: Riemannian potato"));
    ANA_TRY(ana_record_add_double(group, "threshold", gate->threshold, NULL));
    ANA_TRY(ana_record_add_double(group, "mean", gate->mean, NULL));
    ANA_TRY(ana_record_add_double(group, "deviation", gate->deviation, NULL));
    ANA_TRY(ana_record_add_int(group, "n_clean", (int64_t)gate->n_clean, NULL));
    ANA_TRY(ana_record_add_int(group, "n_rejected", (int64_t)gate->n_rejected, NULL));
    ANA_TRY(ana_record_add_doubles(group, "centre", ana_shape_2(gate->n, "row", gate->n, "column"),
                                   gate->centre, NULL));
done:
    return status;
}

static ana_status read_numbers(const ana_record *record, ana_potato *gate)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_get_double(record, "gate/threshold", &gate->threshold));
    ANA_TRY(ana_record_get_double(record, "gate/mean", &gate->mean));
    ANA_TRY(ana_record_get_double(record, "gate/deviation", &gate->deviation));
    ANA_TRY(ana_record_get_size(record, "gate/n_clean", &gate->n_clean));
    ANA_TRY(ana_record_get_size(record, "gate/n_rejected", &gate->n_rejected));
    if (!(gate->threshold > 0.0 && isfinite(gate->mean) && gate->deviation > 0.0 &&
          isfinite(gate->deviation))) {
        return ana_fail(ANA_ERR_FORMAT,
                        "gate: its threshold and deviation must be above 0, its mean a number");
    }
done:
    return status;
}

ana_status ana_bci_gate_from_record(const ana_record *record, ana_bci_pipeline *pipeline)
{
    ana_status status = ANA_OK;
    ana_potato *gate = NULL;
    const double *centre = NULL;
    const size_t n = pipeline->lesson.n_channels;
    ana_shape shape = {.n_axes = 2, .n = {n, n}};
    if (ana_record_find(record, "gate") == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_get_doubles(record, "gate/centre", &shape, &centre));
    ANA_TRY(ana_allocate(1, sizeof *gate, "gate", &gate));
    gate->n = n;
    gate->converged = true;
    ANA_TRY(read_numbers(record, gate));
    ANA_TRY(ana_allocate(n * n, sizeof *gate->centre, "gate", &gate->centre));
    ANA_TRY(ana_allocate(n * n, sizeof *gate->lower, "gate", &gate->lower));
    memcpy(gate->centre, centre, n * n * sizeof *centre);
    for (size_t k = 0; k < n * n; k++) {
        if (!isfinite(centre[k])) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT, "gate: number %zu of its centre is not finite", k));
        }
    }
    if (ana_linalg_cholesky(n, centre, gate->lower) != ANA_OK) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "gate: its centre is not positive definite"));
    }
    pipeline->gate = gate;
    gate = NULL;
done:
    ana_potato_free(gate);
    return status;
}
