/* Why covariances have less than full rank. */
#include "dense.h"
#include "memory.h"
#include "spd_rank_parts.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_spd_rank_cause_names[] = {"flat",        "average-reference", "bridged",
                                                "few-samples", "removed",           NULL};

enum {
    MAX_NAMED = 8 /* channels in a sentence */
};

/* Null directions are known to about 1e-7; the part of a direction outside of them, squared. */
static const double negligible = 1e-6;

/* What part of the direction lies outside of the null space, squared. */
static double outside_null(const spd_rank_search *search, const double *direction)
{
    const double length = ana_dot(search->rows, direction, direction);
    double inside = 0.0;
    for (size_t v = 0; v < search->n_null; v++) {
        const double part = ana_dot(search->rows, search->null + v * search->rows, direction);
        inside += part * part;
    }
    return length > 0.0 ? 1.0 - inside / length : 1.0;
}

static ana_status add_finding(ana_spd_rank *rank, ana_spd_rank_cause cause, size_t n_lost,
                              const bool *concerned)
{
    ana_status status = ANA_OK;
    size_t capacity = rank->n_findings;
    ANA_TRY(
        ana_grow(&rank->findings, &capacity, rank->n_findings + 1, sizeof *rank->findings, "rank"));
    ana_spd_rank_finding *finding = rank->findings + rank->n_findings;
    *finding = (ana_spd_rank_finding){.cause = cause, .n_lost = n_lost, .is_of_all = true};
    ANA_TRY(ana_allocate(rank->n, sizeof *finding->channels, "rank", &finding->channels));
    for (size_t c = 0; c < rank->n && concerned != NULL; c++) {
        if (concerned[c]) {
            finding->channels[finding->n_channels++] = c;
        }
    }
    rank->n_findings++;
done:
    return status;
}

static ana_status find_flat(const spd_rank_search *search, bool *concerned, ana_spd_rank *rank)
{
    for (size_t c = 0; c < search->n; c++) {
        concerned[c] = !(search->scale[c] > 0.0);
    }
    return search->n_flat > 0 ? add_finding(rank, ANA_SPD_RANK_FLAT, search->n_flat, concerned)
                              : ANA_OK;
}

/* The sums of so many equal blocks of rows are null (bands or delays of the same channels, or one
 * block of all): in units of deviations, the directions are these. */
static bool are_averages(const spd_rank_search *search, size_t n_blocks, double *direction)
{
    const size_t length = search->n / n_blocks;
    for (size_t b = 0; b < n_blocks; b++) {
        size_t n_live = 0;
        for (size_t i = 0; i < search->rows; i++) {
            const bool is_in = i < search->n && i / length == b && search->scale[i] > 0.0;
            direction[i] = is_in ? search->scale[i] : 0.0;
            n_live += is_in ? 1 : 0;
        }
        if (n_live < 2 || outside_null(search, direction) > negligible) {
            return false;
        }
    }
    return true;
}

static ana_status find_average(const spd_rank_search *search, bool *concerned, double *direction,
                               size_t *left, ana_spd_rank *rank)
{
    for (size_t c = 0; c < search->n; c++) {
        concerned[c] = search->scale[c] > 0.0;
    }
    for (size_t n_blocks = *left; n_blocks > 0; n_blocks--) {
        const bool is_size = n_blocks == 1 || search->n / n_blocks > 2;
        if (is_size && search->n % n_blocks == 0 && are_averages(search, n_blocks, direction)) {
            *left -= n_blocks;
            return add_finding(rank, ANA_SPD_RANK_AVERAGE_REFERENCE, n_blocks, concerned);
        }
    }
    return ANA_OK;
}

/* Whether two channels are the same, or opposite, but for their gain. */
static bool are_same(const spd_rank_search *search, size_t a, size_t b, double *direction)
{
    if (!(search->scale[a] > 0.0) || !(search->scale[b] > 0.0)) {
        return false;
    }
    const double product = search->mean[a * search->rows + b];
    memset(direction, 0, search->rows * sizeof *direction);
    direction[a] = 1.0;
    direction[b] = product > 0.0 ? -1.0 : 1.0;
    return outside_null(search, direction) < negligible;
}

/* Groups of channels that are one: each loses all dimensions but one. */
static ana_status find_bridged(const spd_rank_search *search, bool *concerned, double *direction,
                               size_t *left, ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    bool *seen = ana_workspace_bytes(&workspace, search->n, 1, sizeof *seen);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    for (size_t a = 0; a < search->n; a++) {
        size_t n_same = 0;
        memset(concerned, 0, search->n * sizeof *concerned);
        for (size_t b = a + 1; b < search->n && !seen[a] && n_same < *left; b++) {
            if (!seen[b] && are_same(search, a, b, direction)) {
                concerned[b] = true;
                seen[b] = true;
                n_same++;
            }
        }
        if (n_same > 0) {
            concerned[a] = true;
            *left -= n_same;
            ANA_TRY(add_finding(rank, ANA_SPD_RANK_BRIDGED, n_same, concerned));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The one null direction that is left weighs some channels equally, and the others not at all. */
static bool is_partial_average(const spd_rank_search *search, const ana_spd_rank *rank, size_t left,
                               bool *concerned)
{
    if (left != 1 || search->set->hermitian || rank->n_findings > (search->n_flat > 0 ? 1 : 0)) {
        return false;
    }
    double largest = 0.0;
    for (size_t c = 0; c < search->n; c++) {
        const double weight = search->scale[c] > 0.0 ? search->null[c] / search->scale[c] : 0.0;
        largest = fabs(weight) > fabs(largest) ? weight : largest;
    }
    size_t n_concerned = 0;
    for (size_t c = 0; c < search->n; c++) {
        const double weight = search->scale[c] > 0.0 ? search->null[c] / search->scale[c] : 0.0;
        concerned[c] = fabs(weight / largest - 1.0) < 1e-3;
        n_concerned += concerned[c] ? 1 : 0;
        if (!concerned[c] && fabs(weight / largest) > 1e-3) {
            return false;
        }
    }
    return n_concerned > 2;
}

/* What is left: too few samples for even all matrices together, some channels' average, or
 * something taken out. */
static ana_status find_rest(const spd_rank_search *search, bool *concerned, size_t left,
                            ana_spd_rank *rank)
{
    const size_t n_times = search->options->n_times;
    if (left == 0) {
        return ANA_OK;
    }
    if (n_times > 0 && n_times - 1 <= rank->rank / rank->n_matrices) {
        return add_finding(rank, ANA_SPD_RANK_FEW_SAMPLES, left, NULL);
    }
    const bool is_average = is_partial_average(search, rank, left, concerned);
    return add_finding(rank, is_average ? ANA_SPD_RANK_AVERAGE_REFERENCE : ANA_SPD_RANK_REMOVED,
                       left, is_average ? concerned : NULL);
}

/* A matrix below the rank of the others: channels flat in it, or something else. */
static ana_status find_own(const spd_rank_search *search, size_t k, bool *concerned,
                           ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    const size_t n_lost = rank->rank - rank->ranks[k];
    const size_t step = search->set->hermitian ? 2 : 1;
    const double *matrix = search->set->values + k * ana_spd_size(search->set);
    double loudest = 0.0;
    size_t n_flat = 0;
    for (size_t c = 0; c < search->n; c++) {
        loudest = fmax(loudest, matrix[step * c * (search->n + 1)]);
    }
    for (size_t c = 0; c < search->n; c++) {
        const double variance = matrix[step * c * (search->n + 1)];
        concerned[c] =
            search->scale[c] > 0.0 && !(variance > (double)search->n * DBL_EPSILON * loudest);
        n_flat += concerned[c] ? 1 : 0;
    }
    const bool is_flat = n_flat > 0;
    ANA_TRY(add_finding(rank, is_flat ? ANA_SPD_RANK_FLAT : ANA_SPD_RANK_REMOVED, n_lost,
                        is_flat ? concerned : NULL));
    rank->findings[rank->n_findings - 1].is_of_all = false;
    rank->findings[rank->n_findings - 1].matrix = k;
done:
    return status;
}

static ana_status find_causes(const spd_rank_search *search, bool *concerned, double *direction,
                              ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    size_t left = search->n_null / search->twice;
    ANA_TRY(find_flat(search, concerned, rank));
    ANA_TRY(find_average(search, concerned, direction, &left, rank));
    ANA_TRY(find_bridged(search, concerned, direction, &left, rank));
    ANA_TRY(find_rest(search, concerned, left, rank));
    if (search->are_few) {
        ANA_TRY(add_finding(rank, ANA_SPD_RANK_FEW_SAMPLES, rank->rank - rank->lowest, NULL));
    }
    for (size_t k = 0; k < rank->n_matrices && !search->are_few; k++) {
        if (rank->ranks[k] < rank->rank) {
            ANA_TRY(find_own(search, k, concerned, rank));
        }
    }
done:
    return status;
}

/* "channel C3", "channels C3, C4 and Cz" */
static void name_channels(const spd_rank_search *search, const ana_spd_rank_finding *finding,
                          ana_text *text)
{
    ana_text_append(text, finding->n_channels == 1 ? "channel " : "channels ");
    for (size_t i = 0; i < finding->n_channels && i < MAX_NAMED; i++) {
        const bool is_last = i + 1 == finding->n_channels;
        ana_text_append(text, i == 0 ? "" : is_last ? " and " : ", ");
        if (search->options->channels != NULL) {
            ana_text_append(text, search->options->channels[finding->channels[i]]);
        } else {
            ana_text_printf(text, "%zu", finding->channels[i]);
        }
    }
    if (finding->n_channels > MAX_NAMED) {
        ana_text_printf(text, " and %zu more", finding->n_channels - MAX_NAMED);
    }
}

static void say_few_samples(const spd_rank_search *search, const ana_spd_rank *rank, ana_text *text)
{
    ana_text_printf(text, "a single matrix has rank %zu", rank->lowest);
    if (search->options->n_times > 0) {
        ana_text_printf(text, ", being of %zu samples", search->options->n_times);
    }
    ana_text_append(text, ": fewer samples than channels (longer trials or shrinkage would help)");
}

static void say_finding(const spd_rank_search *search, const ana_spd_rank *rank,
                        const ana_spd_rank_finding *finding, ana_text *text)
{
    if (!finding->is_of_all) {
        ana_text_printf(text, "in matrix %zu ", finding->matrix);
    }
    switch (finding->cause) {
    case ANA_SPD_RANK_FLAT:
        name_channels(search, finding, text);
        ana_text_append(text, finding->n_channels == 1 ? " is flat" : " are flat");
        break;
    case ANA_SPD_RANK_AVERAGE_REFERENCE:
        ana_text_append(text, "the sum of ");
        if (finding->n_lost > 1) {
            ana_text_printf(text, "each of %zu equal blocks", finding->n_lost);
        } else if (finding->n_channels + search->n_flat == search->n) {
            ana_text_append(text, search->n_flat > 0 ? "all others" : "all");
        } else {
            name_channels(search, finding, text);
        }
        ana_text_append(text, " is 0, as after an average reference");
        break;
    case ANA_SPD_RANK_BRIDGED:
        name_channels(search, finding, text);
        ana_text_append(text, " are one signal (bridged electrodes, or copies)");
        break;
    case ANA_SPD_RANK_FEW_SAMPLES:
        say_few_samples(search, rank, text);
        break;
    case ANA_SPD_RANK_REMOVED:
        ana_text_printf(text,
                        "%zu dimension%s missing, as after components were removed (ICA, "
                        "PCA, projections) or channels interpolated",
                        finding->n_lost, finding->n_lost == 1 ? " is" : "s are");
        break;
    }
}

ana_status spd_rank_explain(const spd_rank_search *search, ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_text text = {0};
    bool *concerned = ana_workspace_bytes(&workspace, search->n, 1, sizeof *concerned);
    double *direction = ana_workspace_doubles(&workspace, search->rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    ANA_TRY(find_causes(search, concerned, direction, rank));
    const bool is_full = rank->n_findings == 0;
    ana_text_printf(&text, "the %zu channels have ", search->n);
    if (is_full) {
        ana_text_append(&text, "full rank");
    } else {
        ana_text_printf(&text, "rank %zu", rank->rank);
    }
    for (size_t f = 0; f < rank->n_findings; f++) {
        ana_text_append(&text, f == 0 ? ": " : "; ");
        say_finding(search, rank, rank->findings + f, &text);
    }
    ANA_TRY(ana_text_check(&text, "rank"));
    ANA_TRY(ana_copy_text(text.bytes, &rank->sentence));
done:
    ana_text_release(&text);
    ana_workspace_release(&workspace);
    return status;
}
