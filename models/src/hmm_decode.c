/* What an HMM says of data: emissions, score, decoding. */
#include "hmm_decode.h"

#include "feature_id.h"
#include "hmm_durations.h"
#include "hmm_family.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The model's own family over these rows, its parameters in place. */
static ana_status family_of(const ana_hmm *hmm, const ana_observations *observations,
                            ana_workspace *workspace, ana_hmm_family *family, void **parameters)
{
    ana_status status = ANA_OK;
    ana_hmm_options options = ana_hmm_options_default();
    ana_random unused = {0};
    size_t *feature_of = ana_workspace_sizes(workspace, hmm->n_features, 1);
    options.emission = (int)hmm->emission;
    options.n_states = hmm->n_states;
    options.n_lags = hmm->order;
    ANA_TRY(ana_workspace_check(workspace, "hmm"));
    ANA_TRY(ana_observations_check(observations));
    ANA_TRY(
        ana_feature_match("hmm", hmm->n_features, hmm->feature_names, observations, feature_of));
    const ana_hmm_family_input input = {observations, &options, hmm, hmm->n_features, feature_of};
    ANA_TRY(ana_hmm_family_new(&input, workspace, family));
    ANA_TRY(family->emission.make(family->emission.data, workspace, parameters));
    ANA_TRY(family->emission.start(family->emission.data, 0, &unused, *parameters));
    ANA_TRY(family->emission.begin(family->emission.data, *parameters));
done:
    return status;
}

/* log_emission (T x K, from the workspace) of all rows. */
static ana_status emissions_of(const ana_hmm *hmm, const ana_observations *observations,
                               ana_workspace *workspace, double *out)
{
    ana_hmm_family family = {0};
    void *parameters = NULL;
    ana_status status = family_of(hmm, observations, workspace, &family, &parameters);
    return status != ANA_OK ? status
                            : family.emission.log_likelihood(family.emission.data, parameters, 0,
                                                             observations->n_times, out);
}

ana_status ana_hmm_log_emission(const ana_hmm *hmm, const ana_observations *observations,
                                double *out)
{
    ana_workspace workspace = {0};
    ana_status status = emissions_of(hmm, observations, &workspace, out);
    ana_workspace_release(&workspace);
    return status;
}

/* How a model's sequences are decoded: by its chain, or by its segments. */
typedef struct decoder {
    const ana_hmm_driven *chains;
    const ana_semi_chain *segments; /* NULL: the chains */
    ana_semi_scratch scratch;
} decoder;

/* Explicit durations of a model laid out, with room for its longest sequence. */
static ana_status lay_out_segments(const ana_hmm *hmm, const ana_observations *observations,
                                   ana_workspace *workspace, ana_semi_chain *segments, decoder *out)
{
    const size_t n_states = hmm->n_states;
    const size_t most = hmm->max_duration;
    size_t longest = 0;
    if (hmm->durations == NULL) {
        return ANA_OK;
    }
    for (size_t s = 0; s < observations->n_sequences; s++) {
        size_t n = observations->sequence_start[s + 1] - observations->sequence_start[s];
        longest = n > longest ? n : longest;
    }
    double *log_pmf = ana_workspace_doubles(workspace, n_states, most);
    double *log_tail = ana_workspace_doubles(workspace, n_states, most);
    out->scratch = ana_semi_scratch_new(workspace, longest, n_states, most, true);
    ana_status status = ana_workspace_check(workspace, "hmm durations");
    for (size_t k = 0; k < n_states && status == ANA_OK; k++) {
        ana_semi_durations(hmm->durations + 2 * k, most, log_pmf + k * most, log_tail + k * most);
    }
    *segments = (ana_semi_chain){n_states, most, hmm->initial, hmm->transition, log_pmf, log_tail};
    out->segments = segments;
    return status;
}

ana_status ana_hmm_score(const ana_hmm *hmm, const ana_observations *observations, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_driven chains = {0};
    const size_t *start = observations->sequence_start;
    ana_semi_chain segments = {0};
    decoder with = {.chains = &chains};
    double total = 0.0;
    double *rows = ana_workspace_doubles(&workspace, observations->n_times, hmm->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm score"));
    ANA_TRY(emissions_of(hmm, observations, &workspace, rows));
    ANA_TRY(ana_hmm_chains(hmm, observations, &workspace, &chains));
    ANA_TRY(lay_out_segments(hmm, observations, &workspace, &segments, &with));
    for (size_t s = 0; s < observations->n_sequences; s++) {
        double part = 0.0;
        double *first = rows + start[s] * hmm->n_states;
        const size_t n = start[s + 1] - start[s];
        if (with.segments != NULL) {
            ANA_TRY(ana_semi_smooth(with.segments, n, first, &with.scratch, NULL, &part));
        } else {
            const ana_hmm_chain chain = ana_hmm_driven_chain(&chains, s);
            ANA_TRY(ana_hmm_filter(&chain, n, first, first, &part));
        }
        total += part;
    }
    *out = total;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status new_decoding(size_t n_times, size_t n_states, size_t n_sequences,
                               ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "hmm decoding", &made));
    made->n_times = n_times;
    made->n_states = n_states;
    made->n_sequences = n_sequences;
    ANA_TRY(ana_allocate(n_times * n_states, sizeof(double), "hmm decoding", &made->posterior));
    ANA_TRY(ana_allocate(n_times, sizeof(size_t), "hmm decoding", &made->path));
    ANA_TRY(ana_allocate(n_sequences, sizeof(double), "hmm decoding", &made->log_likelihood));
    ANA_TRY(ana_allocate(n_sequences, sizeof(double), "hmm decoding", &made->log_path));
    ANA_TRY(ana_allocate(n_states, sizeof(double), "hmm decoding", &made->occupancy));
    ANA_TRY(ana_allocate(n_states, sizeof(size_t), "hmm decoding", &made->n_visits));
    ANA_TRY(ana_allocate(n_states, sizeof(double), "hmm decoding", &made->mean_dwell));
    *out = made;
    made = NULL;
done:
    ana_hmm_decoding_free(made);
    return status;
}

void ana_hmm_decoding_free(ana_hmm_decoding *decoding)
{
    if (decoding == NULL) {
        return;
    }
    free(decoding->posterior);
    free(decoding->path);
    free(decoding->log_likelihood);
    free(decoding->log_path);
    free(decoding->occupancy);
    free(decoding->n_visits);
    free(decoding->mean_dwell);
    free(decoding);
}

/* Occupancy, visits and dwell times from posterior and path. */
static void summarise(const ana_observations *observations, ana_hmm_decoding *decoding)
{
    const size_t n_states = decoding->n_states;
    const size_t *start = observations->sequence_start;
    for (size_t s = 0; s < decoding->n_sequences; s++) {
        for (size_t t = start[s]; t < start[s + 1]; t++) {
            size_t state = decoding->path[t];
            bool enters = t == start[s] || decoding->path[t - 1] != state;
            decoding->n_visits[state] += enters ? 1 : 0;
            decoding->mean_dwell[state] += 1.0;
            for (size_t k = 0; k < n_states; k++) {
                decoding->occupancy[k] += decoding->posterior[t * n_states + k];
            }
        }
    }
    for (size_t k = 0; k < n_states; k++) {
        decoding->occupancy[k] /= (double)decoding->n_times;
        decoding->mean_dwell[k] = decoding->n_visits[k] > 0
                                      ? decoding->mean_dwell[k] / (double)decoding->n_visits[k]
                                      : (double)NAN;
    }
}

/* Posterior and path of sequence s. */
static ana_status decode_sequence(const decoder *with, const double *rows,
                                  const ana_observations *observations, size_t s,
                                  ana_hmm_decoding *made)
{
    const size_t first = observations->sequence_start[s];
    const size_t n = observations->sequence_start[s + 1] - first;
    const double *own = rows + first * made->n_states;
    double *posterior = made->posterior + first * made->n_states;
    ana_status status = ANA_OK;
    if (with->segments != NULL) {
        status = ana_semi_smooth(with->segments, n, own, &with->scratch, posterior,
                                 &made->log_likelihood[s]);
        return status != ANA_OK ? status
                                : ana_semi_viterbi(with->segments, n, own, &with->scratch,
                                                   made->path + first, &made->log_path[s]);
    }
    const ana_hmm_chain chain = ana_hmm_driven_chain(with->chains, s);
    status = ana_hmm_smooth(&chain, n, own, posterior, NULL, &made->log_likelihood[s]);
    return status != ANA_OK
               ? status
               : ana_hmm_viterbi(&chain, n, own, made->path + first, &made->log_path[s]);
}

static ana_status decode_all(const decoder *with, const double *rows,
                             const ana_observations *observations, const ana_run *run,
                             ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *made = NULL;
    ANA_TRY(new_decoding(observations->n_times, with->chains->inputs.n_states,
                         observations->n_sequences, &made));
    for (size_t s = 0; s < observations->n_sequences; s++) {
        status = decode_sequence(with, rows, observations, s, made);
        if (status != ANA_OK) {
            status = ana_fail_in(status, "sequence %zu: ", s);
            goto done;
        }
        ANA_TRY(ana_run_progress(run, "hmm decode: sequences", s + 1, observations->n_sequences));
    }
    summarise(observations, made);
    *out = made;
    made = NULL;
done:
    ana_hmm_decoding_free(made);
    return status;
}

ana_status ana_hmm_decode_rows(const ana_hmm_driven *chains, const double *rows,
                               const ana_observations *observations, const ana_run *run,
                               ana_hmm_decoding **out)
{
    const decoder with = {.chains = chains};
    return decode_all(&with, rows, observations, run, out);
}

ana_status ana_hmm_decode(const ana_hmm *hmm, const ana_observations *observations,
                          const ana_run *run, ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_states = hmm->n_states;
    ana_hmm_driven chains = {0};
    ana_semi_chain segments = {0};
    decoder with = {.chains = &chains};
    ANA_TRY(ana_run_check_memory(run, observations->n_times * (4 * n_states + 3) * sizeof(double),
                                 "hmm decode"));
    double *rows = ana_workspace_doubles(&workspace, observations->n_times, n_states);
    ANA_TRY(ana_workspace_check(&workspace, "hmm decode"));
    ANA_TRY(emissions_of(hmm, observations, &workspace, rows));
    ANA_TRY(ana_hmm_chains(hmm, observations, &workspace, &chains));
    ANA_TRY(lay_out_segments(hmm, observations, &workspace, &segments, &with));
    ANA_TRY(decode_all(&with, rows, observations, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
