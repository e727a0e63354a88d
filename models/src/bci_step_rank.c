/* rank auto: matrices of the dimensions that training trials have. */
#include "bci_kinds.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/spd_rank.h>

#include <stdint.h>
#include <string.h>

typedef struct rank_options {
    const char *how;
    double tolerance;
    double gap;
    double shrinkage;
} rank_options;

enum {
    BASIS,
    SHRINKAGE
};

static const char *const learned[] = {"basis", "shrinkage", NULL};

static const ana_option rank_table[] = {
    {"how", ANA_OPTION_TEXT, offsetof(rank_options, how), 0, 0, NULL, "auto|shrink|N",
     "auto: where training trials lack rank, all are projected to the subspace they have in "
     "common; "
     "shrink: they are shrunk towards their mean variance instead; a number: projected to so many "
     "principal axes, or to all there are (default auto)",
     false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(rank_options, tolerance), 0.0, 1e-2, NULL, "RATIO",
     "eigenvalues below this part of the largest may be 0 (default 1e-10)", false},
    {"gap", ANA_OPTION_DOUBLE, offsetof(rank_options, gap), 2.0, 1e12, NULL, "RATIO",
     "and are, this many times below the next one (default 100)", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(rank_options, shrinkage), 1e-9, 1.0, NULL, "PART",
     "of shrink: the part that the mean variance has (default 0.01)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    const ana_spd_rank_options rank = ana_spd_rank_options_default();
    *(rank_options *)options = (rank_options){
        .how = "auto", .tolerance = rank.tolerance, .gap = rank.gap, .shrinkage = 0.01};
}

/* The number of dimensions asked for; 0 without a number. */
static size_t wanted_dimensions(const rank_options *options)
{
    uint64_t n = 0;
    const bool is_number = ana_parse_u64(options->how, strlen(options->how), &n);
    return is_number && n <= SIZE_MAX ? (size_t)n : 0;
}

static ana_status check(const void *options)
{
    const rank_options *chosen = options;
    if (strcmp(chosen->how, "auto") == 0 || strcmp(chosen->how, "shrink") == 0 ||
        wanted_dimensions(chosen) > 0) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_VALUE,
                    "step rank: \"%s\"; auto, shrink or a number of dimensions from 1 is right",
                    chosen->how);
}

static ana_shape basis_shape(const bci_shape *in, size_t n_dimensions)
{
    return ana_shape_2(in->n_rows, "row", in->hermitian ? 2 * n_dimensions : n_dimensions,
                       "dimension");
}

static size_t dimensions_of(const bci_step *step, const bci_shape *in)
{
    return ana_bci_learned_length(step, BASIS, 1) / (in->hermitian ? 2 : 1);
}

/* Of full rank: every row by itself. */
static ana_status learn_identity(bci_step *step, const bci_shape *in)
{
    ana_status status = ANA_OK;
    double *basis = NULL;
    const size_t parts = in->hermitian ? 2 : 1;
    ANA_TRY(ana_bci_learn(step, BASIS, basis_shape(in, in->n_rows), &basis));
    for (size_t i = 0; i < in->n_rows; i++) {
        basis[parts * i * (in->n_rows + 1)] = 1.0;
    }
done:
    return status;
}

static ana_status learn_basis(bci_step *step, const bci_shape *in, const ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    double *basis = NULL;
    ANA_TRY(ana_bci_learn(step, BASIS, basis_shape(in, rank->n_dimensions), &basis));
    memcpy(basis, rank->basis,
           rank->n * rank->n_dimensions * (in->hermitian ? 2 : 1) * sizeof *basis);
done:
    return status;
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const rank_options *chosen = step->options;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_rank_options options = ana_spd_rank_options_default();
    ana_spd_rank *rank = NULL;
    double *shrinkage = NULL;
    options.run = *teacher->run;
    options.tolerance = chosen->tolerance;
    options.gap = chosen->gap;
    options.n_dimensions = wanted_dimensions(chosen);
    ANA_TRY(ana_spd_rank_find(&set, &options, &rank));
    ANA_TRY(ana_bci_learn(step, SHRINKAGE, ana_shape_1(1, "part"), &shrinkage));
    const bool is_full = rank->n_findings == 0;
    if (strcmp(chosen->how, "shrink") == 0) {
        shrinkage[0] = is_full ? 0.0 : chosen->shrinkage;
        ANA_TRY(learn_identity(step, &in->shape));
        ana_bci_note(step, "%s%s", rank->sentence, is_full ? "" : "; shrunk");
    } else if (rank->n_dimensions == set.n) {
        ANA_TRY(learn_identity(step, &in->shape));
        ana_bci_note(step, "%s", rank->sentence);
    } else {
        ANA_TRY(learn_basis(step, &in->shape, rank));
        ana_bci_note(step, "%s; projected to %zu dimensions", rank->sentence, rank->n_dimensions);
    }
done:
    ana_spd_rank_free(rank);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *basis = NULL;
    const double *shrinkage = NULL;
    const size_t n_dimensions = dimensions_of(step, in);
    ANA_TRY(ana_bci_learned(step, BASIS, basis_shape(in, n_dimensions), &basis));
    ANA_TRY(ana_bci_learned(step, SHRINKAGE, ana_shape_1(1, "part"), &shrinkage));
    if (n_dimensions == 0 || n_dimensions > in->n_rows) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "step rank: a basis of %zu dimensions for %zu rows",
                         n_dimensions, in->n_rows));
    }
    *out = *in;
    out->n_rows = n_dimensions;
    out->n_columns = n_dimensions;
    out->n_bands = n_dimensions == in->n_rows ? in->n_bands : 1;
done:
    return status;
}

/* (1 - a) X + a tr X / n on the diagonal. */
static void shrink(const bci_batch *in, double part, double *out)
{
    const size_t n = in->shape.n_rows;
    const size_t parts = in->shape.hermitian ? 2 : 1;
    const size_t size = ana_bci_item_size(&in->shape);
    for (size_t k = 0; k < in->n_items; k++) {
        const double *x = in->values + k * size;
        double *y = out + k * size;
        double trace = 0.0;
        for (size_t i = 0; i < n; i++) {
            trace += x[parts * i * (n + 1)];
        }
        for (size_t e = 0; e < size; e++) {
            y[e] = (1.0 - part) * x[e];
        }
        for (size_t i = 0; i < n; i++) {
            y[parts * i * (n + 1)] += part * trace / (double)n;
        }
    }
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    const ana_spd_set set = ana_bci_batch_set(in);
    const double part = step->learned[SHRINKAGE].values[0];
    const ana_spd_rank rank = {.n = set.n,
                               .hermitian = set.hermitian,
                               .n_dimensions = out->shape.n_rows,
                               .basis = step->learned[BASIS].values};
    if (part > 0.0) {
        shrink(in, part, out->values);
        return ANA_OK;
    }
    if (rank.n_dimensions == rank.n) {
        memcpy(out->values, in->values,
               in->n_items * ana_bci_item_size(&in->shape) * sizeof *out->values);
        return ANA_OK;
    }
    return ana_spd_rank_project(&rank, &set, teacher->run, out->values);
}

const bci_kind ana_bci_rank = {
    .says = {.name = "rank",
             .summary = "matrices of the dimensions that the training trials have in common, when "
                        "channels depend on each other",
             .takes = "matrices",
             .gives = "matrices",
             .options = rank_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .options_size = sizeof(rank_options),
    .defaults = defaults,
    .learned = learned,
    .unlabelled = true,
    .check = check,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
