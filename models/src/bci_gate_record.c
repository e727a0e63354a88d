/* Gates saved and read back. */
#include "bci_gate_parts.h"
#include "memory.h"
#include "record_read.h"
#include "spd_live.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_status add_potato(const ana_potato *potato, ana_record *group)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_double(group, "threshold", potato->threshold, NULL));
    ANA_TRY(ana_record_add_double(group, "mean", potato->mean, NULL));
    ANA_TRY(ana_record_add_double(group, "deviation", potato->deviation, NULL));
    ANA_TRY(ana_record_add_int(group, "n_clean", (int64_t)potato->n_clean, NULL));
    ANA_TRY(ana_record_add_int(group, "n_rejected", (int64_t)potato->n_rejected, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "centre", ana_shape_2(potato->n, "row", potato->n, "column"), potato->centre, NULL));
done:
    return status;
}

/* A plain potato's numbers stand in the group itself, a field's in a group for each. */
ana_status bci_gate_to_record(const ana_bci_gate *gate, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    if (gate == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_group(record, "gate", ANA_HINT_NONE, &group));
    if (gate->text == NULL) {
        ANA_TRY(ana_record_add_text(group, "title", "Gate of artefacts: Riemannian potato"));
        ANA_TRY(ana_record_add_text(group, "rule",
                                    "a window is set aside whose z, of all channels in the first "
                                    "band, is at the threshold or above"));
        ANA_TRY(add_potato(gate->parts[0].potato, group));
        goto done;
    }
    ANA_TRY(ana_record_add_text(group, "title", "Gate of artefacts: Riemannian potato field"));
    ANA_TRY(ana_record_add_text(group, "rule",
                                "a window is set aside that has, by its z in all potatoes, a "
                                "probability below p to be clean"));
    ANA_TRY(ana_record_add_text(group, "field", gate->text));
    ANA_TRY(ana_record_add_double(group, "p", gate->p, NULL));
    for (size_t k = 0; k < gate->n_parts; k++) {
        char name[32];
        ana_record *one = NULL;
        snprintf(name, sizeof name, "potato %zu", k + 1);
        ANA_TRY(ana_record_add_group(group, name, ANA_HINT_NONE, &one));
        ANA_TRY(ana_record_add_text(one, "signals", gate->parts[k].text));
        ANA_TRY(add_potato(gate->parts[k].potato, one));
    }
done:
    return status;
}

static ana_status read_numbers(const ana_record *group, ana_potato *potato)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_get_double(group, "threshold", &potato->threshold));
    ANA_TRY(ana_record_get_double(group, "mean", &potato->mean));
    ANA_TRY(ana_record_get_double(group, "deviation", &potato->deviation));
    ANA_TRY(ana_record_get_size(group, "n_clean", &potato->n_clean));
    ANA_TRY(ana_record_get_size(group, "n_rejected", &potato->n_rejected));
    if (!(potato->threshold > 0.0 && isfinite(potato->mean) && potato->deviation > 0.0 &&
          isfinite(potato->deviation))) {
        return ana_fail(ANA_ERR_FORMAT,
                        "its threshold and deviation must be above 0, its mean a number");
    }
done:
    return status;
}

static ana_status read_potato(const ana_record *record, const char *path, size_t n,
                              ana_potato **out)
{
    ana_status status = ANA_OK;
    ana_potato *potato = NULL;
    const double *centre = NULL;
    ana_shape shape = {.n_axes = 2, .n = {n, n}};
    const ana_record *group = ana_record_find(record, path);
    if (group == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "it is missing"));
    }
    ANA_TRY(ana_record_get_doubles(group, "centre", &shape, &centre));
    ANA_TRY(ana_allocate(1, sizeof *potato, "gate", &potato));
    potato->n = n;
    potato->converged = true;
    ANA_TRY(read_numbers(group, potato));
    ANA_TRY(ana_allocate(n * n, sizeof *potato->centre, "gate", &potato->centre));
    ANA_TRY(ana_allocate(n * n, sizeof *potato->lower, "gate", &potato->lower));
    memcpy(potato->centre, centre, n * n * sizeof *centre);
    for (size_t k = 0; k < n * n; k++) {
        if (!isfinite(centre[k])) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT, "number %zu of its centre is not finite", k));
        }
    }
    if (spd_live_factor(n, centre, potato->lower) != ANA_OK) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "its centre is not positive definite"));
    }
    *out = potato;
    potato = NULL;
done:
    ana_potato_free(potato);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "%s: ", path);
}

static ana_status read_field(const ana_record *record, const ana_bci_lesson *lesson, size_t order,
                             ana_bci_gate **out)
{
    ana_status status = ANA_OK;
    ana_bci_gate *gate = NULL;
    const char *text = NULL;
    ANA_TRY(ana_record_get_text(record, "gate/field", &text));
    status = bci_gate_parse(text, lesson, order, &gate);
    if (status != ANA_OK) {
        status = ana_fail_in(status == ANA_ERR_VALUE ? ANA_ERR_FORMAT : status, "gate/field: ");
        goto done;
    }
    ANA_TRY(ana_record_get_double(record, "gate/p", &gate->p));
    if (!(gate->p > 0.0 && gate->p < 1.0)) {
        ANA_TRY(
            ana_fail(ANA_ERR_FORMAT, "gate: its p is %g; above 0 and below 1 is right", gate->p));
    }
    for (size_t k = 0; k < gate->n_parts; k++) {
        char path[48];
        snprintf(path, sizeof path, "gate/potato %zu", k + 1);
        ANA_TRY(read_potato(record, path, gate->parts[k].n_channels, &gate->parts[k].potato));
    }
    *out = gate;
    gate = NULL;
done:
    bci_gate_free(gate);
    return status;
}

ana_status bci_gate_from_record(const ana_record *record, const ana_bci_lesson *lesson,
                                size_t order, ana_bci_gate **out)
{
    ana_status status = ANA_OK;
    ana_bci_gate *gate = NULL;
    *out = NULL;
    if (ana_record_find(record, "gate") == NULL) {
        return ANA_OK;
    }
    if (ana_record_find(record, "gate/field") != NULL) {
        return read_field(record, lesson, order, out);
    }
    ANA_TRY(bci_gate_plain(lesson, &gate));
    ANA_TRY(read_potato(record, "gate", lesson->n_channels, &gate->parts[0].potato));
    *out = gate;
    gate = NULL;
done:
    bci_gate_free(gate);
    return status;
}
