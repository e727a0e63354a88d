/* Smoothing of chains that do not fit in memory. */
#include "hmm_scratch.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

enum {
    MIN_BLOCK = 1024
};

/* Blocks of about sqrt(T) rows: as many filtered rows at their ends as rows in one. One row more
 * than a block is smoothed, so that the step across the border is a step like the others. */
typedef struct stream {
    const ana_hmm_chain *chain;
    const ana_hmm_stream *ends;
    size_t n_times;
    size_t length;
    size_t n_blocks;
    double *border;   /* n_blocks x K: the filtered row at each block's end */
    double *rows;     /* length x K: log-emissions */
    double *filtered; /* (length + 1) x K */
    ana_hmm_scratch scratch;
    double *next_likelihood; /* K: of the first row after the block */
    double next_scale;
} stream;

static ana_status new_stream(const ana_hmm_chain *chain, const ana_hmm_stream *ends, size_t n_times,
                             ana_workspace *workspace, stream *out)
{
    const size_t n_states = chain->n_states;
    const size_t root = (size_t)ceil(sqrt((double)n_times));
    stream made = {.chain = chain, .ends = ends, .n_times = n_times};
    made.length = root > MIN_BLOCK ? root : MIN_BLOCK;
    made.n_blocks = (n_times + made.length - 1) / made.length;
    made.border = ana_workspace_doubles(workspace, made.n_blocks, n_states);
    made.rows = ana_workspace_doubles(workspace, made.length, n_states);
    made.filtered = ana_workspace_doubles(workspace, made.length + 1, n_states);
    made.scratch = ana_hmm_scratch_new(workspace, made.length + 1, n_states);
    made.next_likelihood = ana_workspace_doubles(workspace, n_states, 1);
    *out = made;
    return ana_workspace_check(workspace, "hmm smooth");
}

/* Filtered rows of a block; with scratch->scale what its way back needs. */
static ana_status filter_block(const stream *s, ana_hmm_scratch *scratch, size_t block,
                               double *log_likelihood)
{
    const size_t n_states = s->chain->n_states;
    const size_t first = block * s->length;
    const size_t n = s->n_times - first < s->length ? s->n_times - first : s->length;
    ana_status status = s->ends->read(s->ends->user, first, n, s->rows);
    if (status == ANA_OK) {
        scratch->before = block > 0 ? s->border + (block - 1) * n_states : NULL;
        status = ana_hmm_forward(s->chain, first, n, s->rows, scratch, s->filtered, log_likelihood);
    }
    if (status == ANA_OK) {
        memcpy(s->border + block * n_states, s->filtered + (n - 1) * n_states,
               n_states * sizeof(double));
    }
    return status;
}

static ana_status smooth_block(stream *s, size_t block)
{
    const size_t n_states = s->chain->n_states;
    const size_t first = block * s->length;
    const bool last = block + 1 == s->n_blocks;
    const size_t n = last ? s->n_times - first : s->length;
    double unused = 0.0;
    ana_status status = filter_block(s, &s->scratch, block, &unused);
    if (status != ANA_OK) {
        return status;
    }
    if (!last) {
        memcpy(s->scratch.likelihood + n * n_states, s->next_likelihood, n_states * sizeof(double));
        s->scratch.scale[n] = s->next_scale;
    }
    ana_hmm_backward(s->chain, first, last ? n : n + 1, &s->scratch, s->filtered);
    memcpy(s->next_likelihood, s->scratch.likelihood, n_states * sizeof(double));
    s->next_scale = s->scratch.scale[0];
    return s->ends->hand != NULL ? s->ends->hand(s->ends->user, first, n, s->filtered) : ANA_OK;
}

ana_status ana_hmm_smooth_stream(const ana_hmm_chain *chain, size_t n_times,
                                 const ana_hmm_stream *ends, double *transitions,
                                 double *log_likelihood)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    stream s = {0};
    double total = 0.0;
    ANA_TRY(ana_hmm_chain_check(chain, n_times));
    ANA_TRY(new_stream(chain, ends, n_times, &workspace, &s));
    ana_hmm_scratch forgetful = s.scratch;
    forgetful.scale = NULL;
    for (size_t b = 0; b < s.n_blocks; b++) {
        ANA_TRY(filter_block(&s, &forgetful, b, &total));
    }
    for (size_t k = 0; k < chain->n_states; k++) {
        s.scratch.beta[k] = 1.0;
    }
    for (size_t b = s.n_blocks; b-- > 0;) {
        ANA_TRY(smooth_block(&s, b));
    }
    if (transitions != NULL) {
        memcpy(transitions, s.scratch.sums, chain->n_states * chain->n_states * sizeof(double));
    }
    *log_likelihood = total;
done:
    ana_workspace_release(&workspace);
    return status;
}
