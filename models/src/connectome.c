#include "lists.h"
#include "memory.h"
#include "ntf_solve.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/connectome.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_TIMES = 1024, /* that a product takes */
    MOST_SWEEPS = 1
};

void ana_connectome_free(ana_connectome *connectome)
{
    if (connectome == NULL) {
        return;
    }
    free(connectome->weights);
    free(connectome->matrices);
    free(connectome->time);
    free(connectome->shares);
    free(connectome->courses);
    free(connectome->has);
    ana_free_texts(connectome->n_neurons, connectome->neuron_names);
    ana_free_texts(connectome->n_animals, connectome->animal_names);
    free(connectome);
}

/* Modes of the factorisation: neuron, neuron, time of one animal, or animal, pair, time. */
static bool is_of_one(const ana_ntf *ntf, size_t n_animals, size_t n_neurons)
{
    return n_animals == 1 && ntf->length[0] == n_neurons && ntf->length[1] == n_neurons;
}

static ana_status check_fit(const ana_ntf *ntf, size_t n_animals,
                            const ana_affinity *const *affinities)
{
    if (n_animals == 0 || ntf->n_modes != 3 || ntf->time_mode != 2) {
        return ana_fail(ANA_ERR_SHAPE,
                        "connectome: a fit of %zu modes to %zu animals; animals x pairs x times or "
                        "neurons x neurons x times is wanted",
                        ntf->n_modes, n_animals);
    }
    const size_t n = affinities[0]->n_neurons;
    for (size_t w = 0; w < n_animals; w++) {
        if (!affinities[w]->factored) {
            return ana_fail(ANA_ERR_UNSUPPORTED,
                            "connectome: the kernel of the affinities has no factored form");
        }
        if (affinities[w]->n_neurons != n || affinities[w]->n_times != ntf->length[2]) {
            return ana_fail(ANA_ERR_SHAPE,
                            "connectome: animal %zu has %zu neurons at %zu times, not %zu at %zu",
                            w, affinities[w]->n_neurons, affinities[w]->n_times, n, ntf->length[2]);
        }
    }
    const bool fits = ntf->length[0] == n_animals && ntf->length[1] == ana_affinity_n_pairs(n);
    if (!fits && !is_of_one(ntf, n_animals, n)) {
        return ana_fail(ANA_ERR_SHAPE,
                        "connectome: a fit of %zu x %zu x %zu does not go with %zu animals of %zu "
                        "neurons",
                        ntf->length[0], ntf->length[1], ntf->length[2], n_animals, n);
    }
    return ANA_OK;
}

static ana_status allocate(const ana_ntf *ntf, size_t n_animals, size_t n_neurons,
                           ana_connectome *connectome)
{
    ana_status status = ANA_OK;
    const size_t rank = ntf->rank;
    const size_t n_times = ntf->length[2];
    connectome->n_motifs = rank;
    connectome->n_animals = n_animals;
    connectome->n_neurons = n_neurons;
    connectome->n_times = n_times;
    ANA_TRY(ana_allocate(rank, sizeof(double), "connectome", &connectome->weights));
    ANA_TRY(ana_allocate(rank * n_neurons * n_neurons, sizeof(double), "connectome",
                         &connectome->matrices));
    ANA_TRY(ana_allocate(rank * n_times, sizeof(double), "connectome", &connectome->time));
    ANA_TRY(ana_allocate(rank * n_animals, sizeof(double), "connectome", &connectome->shares));
    ANA_TRY(ana_allocate(n_animals * n_times * rank, sizeof(double), "connectome",
                         &connectome->courses));
    ANA_TRY(ana_allocate(n_animals * n_neurons, sizeof(bool), "connectome", &connectome->has));
done:
    return status;
}

static ana_status name_animals(const char *const *names, ana_connectome *connectome)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = connectome->n_animals;
    char *text = ana_workspace_bytes(&workspace, n, 24, 1);
    const char **list = ana_workspace_bytes(&workspace, n, 1, sizeof *list);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t w = 0; w < n; w++) {
        (void)snprintf(text + w * 24, 24, "%zu", w + 1);
        list[w] = text + w * 24;
    }
    ANA_TRY(ana_copy_texts(n, names != NULL ? names : list, &connectome->animal_names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* As the tensors have it: among several, an animal that lacks a neuron at any time lacks it. */
static void note_neurons(const ana_affinity *affinity, bool at_all_times, bool *has)
{
    const size_t n = affinity->n_neurons;
    for (size_t i = 0; i < n; i++) {
        size_t n_seen = 0;
        for (size_t t = 0; t < affinity->n_times; t++) {
            n_seen += affinity->observed == NULL || affinity->observed[t * n + i] != 0.0 ? 1 : 0;
        }
        has[i] = at_all_times ? n_seen == affinity->n_times : n_seen > 0;
    }
}

static bool any_has_both(const ana_connectome *connectome, size_t i, size_t j)
{
    const size_t n = connectome->n_neurons;
    for (size_t w = 0; w < connectome->n_animals; w++) {
        if (connectome->has[w * n + i] && connectome->has[w * n + j]) {
            return true;
        }
    }
    return false;
}

static void set_pair(double *matrix, size_t n, size_t i, size_t j, double value)
{
    matrix[i * n + j] = value;
    matrix[j * n + i] = value;
}

/* What component r says of the pairs that some animal has; returns the norm taken out of it. */
static double take_motif(const ana_ntf *ntf, bool of_one, size_t r, ana_connectome *connectome)
{
    const size_t n = connectome->n_neurons;
    const size_t rank = ntf->rank;
    double *matrix = connectome->matrices + r * n * n;
    const double *u = ntf->factors[0] + r;
    const double *v = ntf->factors[1] + r;
    double square = 0.0;
    for (size_t i = 0, p = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, p++) {
            const double value = of_one
                                     ? 0.5 * (u[i * rank] * v[j * rank] + u[j * rank] * v[i * rank])
                                     : v[p * rank];
            const bool known = any_has_both(connectome, i, j);
            set_pair(matrix, n, i, j, known ? value : (double)NAN);
            square += known ? value * value : 0.0;
        }
    }
    const double norm = sqrt(square);
    for (size_t k = 0; norm > 0.0 && k < n * n; k++) {
        matrix[k] /= norm;
    }
    return norm;
}

static void take_factors(const ana_ntf *ntf, bool of_one, ana_connectome *connectome)
{
    const size_t rank = ntf->rank;
    for (size_t r = 0; r < rank; r++) {
        connectome->weights[r] = ntf->weights[r] * take_motif(ntf, of_one, r, connectome);
        for (size_t t = 0; t < connectome->n_times; t++) {
            connectome->time[r * connectome->n_times + t] = ntf->factors[2][t * rank + r];
        }
        for (size_t w = 0; w < connectome->n_animals; w++) {
            connectome->shares[r * connectome->n_animals + w] =
                of_one ? 1.0 : ntf->factors[0][w * rank + r];
        }
    }
}

/* The motifs among the neurons of an animal (0 elsewhere), and their products over its pairs. */
static void cut_motifs(const ana_connectome *connectome, size_t animal, double *cut, double *gram)
{
    const size_t n = connectome->n_neurons;
    const size_t rank = connectome->n_motifs;
    const bool *has = connectome->has + animal * n;
    for (size_t k = 0; k < rank * n * n; k++) {
        const bool both = has[k / n % n] && has[k % n];
        cut[k] = both ? connectome->matrices[k] : 0.0;
    }
    for (size_t r = 0; r < rank; r++) {
        for (size_t q = 0; q <= r; q++) {
            double sum = 0.0;
            for (size_t k = 0; k < n * n; k++) {
                sum += cut[r * n * n + k] * cut[q * n * n + k];
            }
            gram[r * rank + q] = 0.5 * sum;
            gram[q * rank + r] = 0.5 * sum;
        }
    }
}

/* target[t] of the motifs += half of x_t' A x_t, x the rows of `values`. */
static ana_status add_target(const ana_connectome *connectome, const double *cut,
                             const double *values, double *room, double *target)
{
    ana_status status = ANA_OK;
    const size_t n = connectome->n_neurons;
    const size_t rank = connectome->n_motifs;
    for (size_t first = 0; first < connectome->n_times; first += MOST_TIMES) {
        const size_t left = connectome->n_times - first;
        const size_t n_rows = left < MOST_TIMES ? left : MOST_TIMES;
        const double *rows = values + first * n;
        for (size_t r = 0; r < rank; r++) {
            ANA_TRY(ana_linalg_multiply(n_rows, n, n, rows, cut + r * n * n, room));
            for (size_t t = 0; t < n_rows; t++) {
                double sum = 0.0;
                for (size_t i = 0; i < n; i++) {
                    sum += room[t * n + i] * rows[t * n + i];
                }
                target[(first + t) * rank + r] += 0.5 * sum;
            }
        }
    }
done:
    return status;
}

static ana_status follow_animal(size_t animal, const ana_affinity *affinity,
                                ana_connectome *connectome)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = connectome->n_neurons;
    const size_t rank = connectome->n_motifs;
    const size_t n_times = connectome->n_times;
    const size_t n_rows = n_times < MOST_TIMES ? n_times : MOST_TIMES;
    double *cut = ana_workspace_doubles(&workspace, rank, n * n);
    double *gram = ana_workspace_doubles(&workspace, rank, rank);
    double *target = ana_workspace_doubles(&workspace, n_times, rank);
    double *room = ana_workspace_doubles(&workspace, n_rows, n);
    double *step_room = ana_workspace_doubles(&workspace, ntf_step_room(rank), 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    cut_motifs(connectome, animal, cut, gram);
    ANA_TRY(add_target(connectome, cut, affinity->rising, room, target));
    ANA_TRY(add_target(connectome, cut, affinity->falling, room, target));
    const ntf_step step = {.n = n_times,
                           .rank = rank,
                           .target = target,
                           .gram = gram,
                           .n_sweeps = MOST_SWEEPS,
                           .factor = connectome->courses + animal * n_times * rank,
                           .room = step_room};
    ntf_solver_of(ANA_NTF_ACTIVE_SET)(&step);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The fit to one animal has its course already, also where samples are missing. */
static void take_course(ana_connectome *connectome)
{
    const size_t rank = connectome->n_motifs;
    for (size_t k = 0; k < connectome->n_times * rank; k++) {
        const size_t r = k % rank;
        connectome->courses[k] =
            connectome->weights[r] * connectome->time[r * connectome->n_times + k / rank];
    }
}

static ana_status find_courses(bool of_one, const ana_affinity *const *affinities,
                               const ana_run *run, ana_connectome *connectome)
{
    ana_status status = ANA_OK;
    if (of_one) {
        take_course(connectome);
        return ANA_OK;
    }
    for (size_t w = 0; w < connectome->n_animals; w++) {
        ANA_TRY(follow_animal(w, affinities[w], connectome));
        ANA_TRY(ana_run_progress(run, "courses of the animals", w + 1, connectome->n_animals));
    }
done:
    return status;
}

static ana_status check_room(const ana_ntf *ntf, size_t n_animals, size_t n, const ana_run *run)
{
    const double n_times = (double)ntf->length[2];
    const double square = 16.0 * (double)ntf->rank * (double)n * (double)n;
    const double rest = 8.0 * n_times * (double)ntf->rank * ((double)n_animals + 2.0);
    const double bytes = square + rest + 8.0 * MOST_TIMES * (double)n;
    return ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                "matrices of the motifs");
}

ana_status ana_connectome_new(const ana_ntf *ntf, size_t n_animals,
                              const ana_affinity *const *affinities,
                              const char *const *animal_names, const ana_run *run,
                              ana_connectome **out)
{
    ana_status status = ANA_OK;
    ana_connectome *connectome = NULL;
    double total = 0.0;
    ANA_TRY(check_fit(ntf, n_animals, affinities));
    const size_t n = affinities[0]->n_neurons;
    const bool of_one = is_of_one(ntf, n_animals, n);
    ANA_TRY(check_room(ntf, n_animals, n, run));
    ANA_TRY(ana_allocate(1, sizeof *connectome, "connectome", &connectome));
    ANA_TRY(allocate(ntf, n_animals, n, connectome));
    ANA_TRY(ana_copy_texts(n, (const char *const *)affinities[0]->neuron_names,
                           &connectome->neuron_names));
    ANA_TRY(name_animals(animal_names, connectome));
    connectome->dt_s = affinities[0]->dt_s;
    for (size_t w = 0; w < n_animals; w++) {
        note_neurons(affinities[w], !of_one, connectome->has + w * n);
    }
    take_factors(ntf, of_one, connectome);
    for (size_t r = 0; r < ntf->rank; r++) {
        total += connectome->weights[r];
    }
    if (!(total > 0.0)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "connectome: no motif ties two neurons that any animal has both of"));
    }
    ANA_TRY(find_courses(of_one, affinities, run, connectome));
    *out = connectome;
    connectome = NULL;
done:
    ana_connectome_free(connectome);
    return status;
}
