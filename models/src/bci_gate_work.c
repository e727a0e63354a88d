/* The gate at work on live windows: nothing is allocated, but in a first round of workspaces. */
#include "bci_gate_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

ana_status bci_gate_work_make(const ana_bci_gate *gate, bci_gate_work *work)
{
    ana_status status = ANA_OK;
    size_t n_numbers = 0;
    size_t n_room = 0;
    for (size_t k = 0; k < gate->n_parts; k++) {
        const ana_bci_gate_part *part = &gate->parts[k];
        const size_t room = ana_potato_room(part->potato);
        n_numbers += part->n_channels * part->n_channels;
        n_room = room > n_room ? room : n_room;
    }
    ANA_TRY(ana_allocate(n_numbers, sizeof *work->covariances, "gate", &work->covariances));
    ANA_TRY(ana_allocate(n_room, sizeof *work->room, "gate", &work->room));
    ANA_TRY(ana_allocate(gate->n_parts, sizeof *work->z, "gate", &work->z));
done:
    return status;
}

void bci_gate_work_release(bci_gate_work *work)
{
    free(work->covariances);
    free(work->room);
    free(work->z);
    *work = (bci_gate_work){.z = NULL};
}

/* *z as of ana_potato_scores of one matrix, infinite for what is no covariance: by LAPACK, which
 * takes a third of the time that one matrix takes in lanes for eight (ana_potato_judge). */
static ana_status find_z(const ana_potato *potato, const double *covariance, double *z)
{
    const ana_spd_set one = {potato->n, false, 1, covariance};
    const ana_spd_set centre = {potato->n, false, 1, potato->centre};
    ana_spd_distance_options options = ana_spd_distance_options_default();
    double distance = 0.0;
    options.run.n_threads = 1;
    const ana_status status = ana_spd_distances(&one, &centre, &options, &distance);
    if (status == ANA_ERR_VALUE || status == ANA_ERR_NUMERIC) {
        *z = INFINITY;
        return ANA_OK;
    }
    *z = (log(distance) - potato->mean) / potato->deviation;
    return status;
}

ana_status bci_gate_judge(const ana_bci_gate *gate, const ana_bci_lesson *lesson,
                          const double *signals, bci_gate_work *work)
{
    ana_status status = ANA_OK;
    double *covariance = work->covariances;
    work->p = NAN;
    for (size_t k = 0; k < gate->n_parts; k++) {
        const ana_bci_gate_part *part = &gate->parts[k];
        ANA_TRY(bci_gate_covariance(part, lesson, signals, covariance));
        ANA_TRY(find_z(part->potato, covariance, &work->z[k]));
        if (work->z[k] == (double)INFINITY) {
            ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "gate: the covariance of %s is not positive definite",
                             part->text != NULL ? part->text : "the window"));
        }
        covariance += part->n_channels * part->n_channels;
    }
    if (gate->text != NULL) {
        ANA_TRY(ana_potato_field(1, gate->n_parts, work->z, &work->p));
    }
done:
    return status;
}

double bci_gate_farthest(const ana_bci_gate *gate, const bci_gate_work *work)
{
    double largest = work->z[0];
    for (size_t k = 1; k < gate->n_parts; k++) {
        largest = fmax(largest, work->z[k]);
    }
    return largest;
}

bool bci_gate_decide(const ana_bci_gate *gate, double limit, bci_gate_work *work)
{
    const double z = limit > 0.0 ? limit : gate->parts[0].potato->threshold;
    const double p = limit > 0.0 ? limit : gate->p;
    const bool aside = gate->text != NULL ? !(work->p >= p) : !(work->z[0] < z);
    const double far = gate->text != NULL ? -log10(work->p) : work->z[0];
    work->counts[(size_t)fmin(fmax(10.0 * far, 0.0), BCI_GATE_BINS - 1)]++;
    work->n_judged++;
    work->n_aside += aside ? 1 : 0;
    return aside;
}

ana_status bci_gate_move(ana_bci_gate *gate, double rate, bci_gate_work *work)
{
    ana_status status = ANA_OK;
    const double *covariance = work->covariances;
    for (size_t k = 0; k < gate->n_parts; k++) {
        const ana_bci_gate_part *part = &gate->parts[k];
        ANA_TRY(ana_potato_move(part->potato, covariance, rate, work->room));
        covariance += part->n_channels * part->n_channels;
    }
done:
    return status;
}

double bci_gate_half(const ana_bci_gate *gate, const bci_gate_work *work)
{
    size_t n = 0;
    size_t k = 0;
    while (k < BCI_GATE_BINS && 2 * (n + work->counts[k]) < work->n_judged) {
        n += work->counts[k++];
    }
    if (work->n_judged == 0 || k + 1 >= BCI_GATE_BINS) { /* the last holds all that lies beyond */
        return NAN;
    }
    const double edge = (double)(k + 1) / 10.0;
    return gate->text != NULL ? pow(10.0, -ceil(edge)) : edge;
}

bool bci_gate_advise(const ana_bci_gate *gate, double half, size_t n_aside, size_t n,
                     char advice[ANA_BCI_ADVICE])
{
    if (gate == NULL || n < 10 || 2 * n_aside <= n) {
        return false;
    }
    const bool is_field = gate->text != NULL;
    const char *option = is_field ? "--gate-p" : "--gate-z";
    const bool known = !isnan(half);
    snprintf(advice, ANA_BCI_ADVICE,
             "the gate set %zu of %zu windows aside: it was learned on signals unlike these. "
             "Another limit (%s%s%s) lets %s through, and only such move the gate: with "
             "--gate-rate 0.02 and -o MODEL too it has come along by the end. Or learn it again on "
             "signals of this day (ana bci fit %s)",
             n_aside, n, option, known ? " " : "", known ? ana_number(half).text : "",
             known ? "half of them" : "more of them", is_field ? "--gate-field" : "--gate");
    return true;
}
