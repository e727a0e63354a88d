/* Dissimilarities of responses that are read by blocks of channels: every block adds its part.
 *
 * Limit: the products of rdm_form.c, n^2 p flops, or the reading of n p values, twice where
 * patterns are centred or made of length 1 (the second time from the page cache when it holds
 * them). */
#include "checked.h"
#include "lanes.h"
#include "rdm_parts.h"
#include "try.h"

#include <analysis/models/rdm_stream.h>

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    ROOM = 32 << 20, /* bytes of a block, and of the rows that are read for it */
    CHUNK = 1 << 20  /* bytes of rows read at a time, while they are in cache */
};

/* What is known of each pattern once all channels have passed. */
typedef struct pattern_sums {
    double *mean;
    double *spread; /* sum of squares about the mean */
    double *square; /* sum of squares */
} pattern_sums;

typedef struct rdm_stream {
    const ana_rdm_source *source;
    const ana_rdm_options *options;
    const ana_observations *rows; /* labels without gaps */
    ana_patterns patterns;        /* of the block at hand */
    size_t width;                 /* channels of a block at most */
    size_t n_read;                /* rows read at a time */
    double *values;               /* n_read x width */
    pattern_sums sums;
    bool centred;
    ana_rdms part; /* crossnobis: of a block */
    double *diagonal;
    size_t n_passed; /* channels, over all passes */
    size_t n_to_pass;
} rdm_stream;

bool ana_rdm_method_streams(ana_rdm_method method)
{
    return method == ANA_RDM_EUCLIDEAN || method == ANA_RDM_CORRELATION ||
           method == ANA_RDM_COSINE || method == ANA_RDM_MAHALANOBIS ||
           method == ANA_RDM_CROSSNOBIS;
}

static ana_status check_use(const ana_rdm_options *options)
{
    if (!ana_rdm_method_streams(options->method)) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "rdm: %s needs all responses in memory; euclidean, correlation, cosine, "
                        "mahalanobis and crossnobis can be computed in parts",
                        ana_rdm_method_names[options->method]);
    }
    if (options->pooling == ANA_RDM_TRIALS) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "rdm: pooling of trials needs all responses in memory; of folds it can be "
                        "computed in parts");
    }
    return ANA_OK;
}

static size_t clamp(size_t n, size_t most)
{
    return n < 1 ? 1 : n > most ? most : n;
}

/* Blocks of equal width; half of the room is theirs, a quarter that of rows as doubles, and one
 * that of rows as they are stored. */
static ana_status make_room(rdm_stream *stream, ana_workspace *workspace)
{
    const bool crosses = ana_rdm_crosses(stream->options->method);
    const size_t n = stream->rows->n_labels;
    const size_t p = stream->rows->n_features;
    const size_t n_patterns = stream->patterns.n_sets * n;
    const size_t n_pairs = ana_rdm_n_pairs(n);
    const size_t quarter = ana_run_memory_limit(&stream->options->run) / 4;
    const size_t room = quarter < ROOM ? quarter : ROOM;
    size_t bytes = 0;
    const bool known = ana_multiply(n_pairs, (crosses ? 3 : 1) * sizeof(double), &bytes) &&
                       bytes < SIZE_MAX - room;
    const ana_status status = ana_run_check_memory(
        &stream->options->run, known ? bytes + room : SIZE_MAX, "the pairs of conditions");
    if (status != ANA_OK) {
        return status;
    }
    const size_t chunk = room / 4 < CHUNK ? room / 4 : CHUNK;
    const size_t most = clamp(room / 2 / sizeof(double) / (n_patterns + (crosses ? n : 0)), p);
    const size_t n_blocks = (p - 1) / most + 1;
    stream->width = (p - 1) / n_blocks + 1;
    stream->n_read = clamp(chunk / sizeof(double) / stream->width, stream->rows->n_times);
    stream->values = ana_workspace_doubles(workspace, stream->n_read, stream->width);
    stream->patterns.means = ana_workspace_doubles(workspace, n_patterns, stream->width);
    stream->patterns.n_trials = ana_workspace_doubles(workspace, n_patterns, 1);
    stream->sums.mean = ana_workspace_doubles(workspace, n_patterns, 1);
    stream->sums.spread = ana_workspace_doubles(workspace, n_patterns, 1);
    stream->sums.square = ana_workspace_doubles(workspace, n_patterns, 1);
    stream->diagonal = ana_workspace_doubles(workspace, n, 1);
    stream->part.values = ana_workspace_doubles(workspace, crosses ? n_pairs : 0, 1);
    return ana_workspace_check(workspace, "rdm");
}

/* Which pattern each trial is of, and how many it has; *set is the fold of the row before. */
static size_t pattern_of(const rdm_stream *stream, size_t t, size_t *set)
{
    while (stream->patterns.n_sets > 1 && t >= stream->rows->sequence_start[*set + 1]) {
        *set += 1;
    }
    return *set * stream->patterns.n + (size_t)stream->rows->labels[t];
}

static void count_trials(rdm_stream *stream)
{
    ana_patterns *patterns = &stream->patterns;
    size_t set = 0;
    for (size_t t = 0; t < stream->rows->n_times; t++) {
        if (stream->rows->labels[t] >= 0) {
            patterns->n_trials[pattern_of(stream, t, &set)] += 1.0;
        }
    }
    for (size_t k = 0; k < patterns->n_sets * patterns->n; k++) {
        patterns->balanced = patterns->balanced && patterns->n_trials[k] > 0.0;
    }
}

/* A trial, added to the sum of its pattern; false: a value is not finite. */
static bool add_trial(size_t n, const double *trial, double *sum)
{
    size_t n_bad = 0;
    for (size_t j = 0; j < n; j++) {
        sum[j] += trial[j];
        n_bad += fabs(trial[j]) <= DBL_MAX ? 0 : 1;
    }
    return n_bad == 0;
}

static ana_status refuse_value(const ana_rdm_block *block, size_t row, const double *trial)
{
    size_t j = 0;
    while (j + 1 < block->n_channels && isfinite(trial[j])) {
        j++;
    }
    return ana_fail(ANA_ERR_VALUE,
                    "rdm: row %zu is %s in channel %zu; responses that are read in parts must all "
                    "be finite (channels that are missing can be left out in memory)",
                    row, isnan(trial[j]) ? "NaN" : "infinite", block->first_channel + j);
}

/* Rows from block->first_row on that have a label, as many as are read at a time. */
static void find_rows(const rdm_stream *stream, ana_rdm_block *block)
{
    const int64_t *labels = stream->rows->labels;
    const size_t n = stream->rows->n_times;
    while (block->first_row < n && labels[block->first_row] < 0) {
        block->first_row++;
    }
    block->n_rows = 0;
    while (block->n_rows < stream->n_read && block->first_row + block->n_rows < n &&
           labels[block->first_row + block->n_rows] >= 0) {
        block->n_rows++;
    }
}

/* The patterns in the channels of the block. */
static ana_status load(rdm_stream *stream, size_t first_channel, size_t n_channels)
{
    ana_status status = ANA_OK;
    ana_patterns *patterns = &stream->patterns;
    ana_rdm_block block = {.first_channel = first_channel, .n_channels = n_channels};
    const size_t n_patterns = patterns->n_sets * patterns->n;
    size_t set = 0;
    patterns->p = n_channels;
    memset(patterns->means, 0, n_patterns * n_channels * sizeof *patterns->means);
    for (find_rows(stream, &block); block.n_rows > 0; find_rows(stream, &block)) {
        ANA_TRY(ana_run_progress(&stream->options->run, "channels", stream->n_passed,
                                 stream->n_to_pass));
        ANA_TRY(stream->source->read(stream->source->user, &block, stream->values));
        for (size_t i = 0; i < block.n_rows; i++) {
            const double *trial = stream->values + i * n_channels;
            const size_t k = pattern_of(stream, block.first_row + i, &set);
            if (!add_trial(n_channels, trial, patterns->means + k * n_channels)) {
                ANA_TRY(refuse_value(&block, block.first_row + i, trial));
            }
        }
        block.first_row += block.n_rows;
    }
    for (size_t k = 0; k < n_patterns; k++) {
        for (size_t j = 0; j < n_channels && patterns->n_trials[k] > 1.0; j++) {
            patterns->means[k * n_channels + j] /= patterns->n_trials[k];
        }
    }
    stream->n_passed += n_channels;
done:
    return status;
}

/* Means and sums of squares of the block joined with those of `n_before` channels (Chan, Golub &
 * LeVeque 1983, Am. Stat. 37, eq. 1.5): no digits are lost however far the mean is from 0. */
static void add_sums(rdm_stream *stream, size_t n_before)
{
    const ana_patterns *patterns = &stream->patterns;
    const pattern_sums *sums = &stream->sums;
    const double n_all = (double)(n_before + patterns->p);
    const double fraction = (double)patterns->p / n_all;
    double *centred = stream->values; /* no rows are in it now */
    for (size_t k = 0; k < patterns->n_sets * patterns->n; k++) {
        const double *row = patterns->means + k * patterns->p;
        const double mean = ana_rdm_mean(patterns->p, row);
        const double shift = mean - sums->mean[k];
        for (size_t j = 0; j < patterns->p; j++) {
            centred[j] = row[j] - mean;
        }
        const double spread = lanes_dot(patterns->p, centred, centred);
        sums->mean[k] = n_before == 0 ? mean : sums->mean[k] + shift * fraction;
        sums->spread[k] +=
            spread + (n_before == 0 ? 0.0 : shift * shift * (double)n_before * fraction);
        sums->square[k] += lanes_dot(patterns->p, row, row);
    }
}

static double length_of(const rdm_stream *stream, size_t k)
{
    return sqrt(stream->centred ? stream->sums.spread[k] : stream->sums.square[k]);
}

/* Of a pattern without a direction rounding leaves that much. */
static bool is_constant(const rdm_stream *stream, size_t k)
{
    return length_of(stream, k) <= 1e-15 * sqrt(stream->sums.square[k]);
}

/* Patterns about their means, of length 1 where directions are compared. */
static void refine(rdm_stream *stream)
{
    const ana_patterns *patterns = &stream->patterns;
    const bool angle = ana_rdm_is_angle(stream->options->method);
    for (size_t k = 0; k < patterns->n_sets * patterns->n; k++) {
        double *row = patterns->means + k * patterns->p;
        const double mean = stream->centred ? stream->sums.mean[k] : 0.0;
        const double length = angle ? length_of(stream, k) : 1.0;
        if (angle && is_constant(stream, k)) {
            memset(row, 0, patterns->p * sizeof *row);
            continue;
        }
        for (size_t j = 0; j < patterns->p; j++) {
            row[j] = (row[j] - mean) / length;
        }
    }
}

/* What the channels of the block add to every pair. */
static ana_status add_block(rdm_stream *stream, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    const ana_patterns *patterns = &stream->patterns;
    const double n_all = (double)stream->rows->n_features;
    const size_t n_pairs = ana_rdm_n_pairs(patterns->n);
    if (!ana_rdm_crosses(stream->options->method)) {
        const ana_rdm_term term = {.alpha = ana_rdm_is_angle(stream->options->method) ? 0.5
                                                                                      : 1.0 / n_all,
                                   .q = patterns->p,
                                   .a = patterns->means,
                                   .b = patterns->means};
        const ana_rdm_form form = {.n = patterns->n,
                                   .n_terms = 1,
                                   .terms = &term,
                                   .diagonal = stream->diagonal,
                                   .is_square = true,
                                   .sum = rdms->values};
        ana_rdm_diagonal(&form);
        return ana_rdm_add_form(&form, &stream->options->run);
    }
    stream->part.n_folds = rdms->n_folds;
    memset(stream->part.values, 0, n_pairs * sizeof *stream->part.values);
    memset(rdms->n_folds, 0, n_pairs * sizeof *rdms->n_folds);
    ANA_TRY(ana_rdm_by_products(patterns, NULL, stream->options, &stream->part));
    for (size_t k = 0; k < n_pairs; k++) {
        rdms->values[k] += stream->part.values[k] * ((double)patterns->p / n_all);
    }
done:
    return status;
}

/* All blocks: their sums where those are wanted first, then their products. */
static ana_status pass(rdm_stream *stream, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    const size_t p = stream->rows->n_features;
    const size_t width = stream->width;
    const bool refined = stream->centred || ana_rdm_is_angle(stream->options->method);
    const bool once = width == p;
    stream->n_to_pass = refined && !once ? 2 * p : p;
    for (size_t first = 0; refined && first < p; first += width) {
        ANA_TRY(load(stream, first, p - first < width ? p - first : width));
        add_sums(stream, first);
    }
    for (size_t first = 0; first < p; first += width) {
        if (!refined || !once) {
            ANA_TRY(load(stream, first, p - first < width ? p - first : width));
        }
        if (refined) {
            refine(stream);
        }
        ANA_TRY(add_block(stream, rdms));
    }
done:
    return status;
}

/* Pairs of a pattern without a direction. */
static void mark_constant(const rdm_stream *stream, ana_rdms *rdms)
{
    const size_t n = stream->patterns.n;
    const double value = stream->options->constant_apart ? 1.0 : (double)NAN;
    double *pair = rdms->values;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            *pair = is_constant(stream, i) || is_constant(stream, j) ? value : *pair;
            pair++;
        }
    }
}

ana_status ana_rdm_of_source(const ana_rdm_source *source, const ana_rdm_options *options,
                             const char *name, ana_rdms **out)
{
    const ana_rdm_options settings = options != NULL ? *options : ana_rdm_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdm_view view = {0};
    ana_rdms *rdms = NULL;
    rdm_stream stream = {.source = source, .options = &settings, .rows = &view.rows};
    stream.centred = settings.remove_mean || settings.method == ANA_RDM_CORRELATION;
    ANA_TRY(ana_rdm_view_of(source->rows, &workspace, &view));
    ANA_TRY(ana_rdm_check(&view.rows, NULL, &settings));
    ANA_TRY(check_use(&settings));
    stream.patterns =
        (ana_patterns){.n_sets = ana_rdm_crosses(settings.method) ? view.rows.n_sequences : 1,
                       .n = view.rows.n_labels,
                       .whole = true,
                       .balanced = true};
    ANA_TRY(make_room(&stream, &workspace));
    count_trials(&stream);
    ANA_TRY(ana_rdm_start(&view, &settings, name, &rdms));
    ANA_TRY(pass(&stream, rdms));
    if (ana_rdm_is_angle(settings.method)) {
        mark_constant(&stream, rdms);
    }
    ana_rdm_count_missing(&settings.run, rdms);
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    ana_workspace_release(&workspace);
    return status;
}
