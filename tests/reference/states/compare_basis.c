/* Bases over the lags: the attributes of a dataset say which, its values are the functions. */
#include "states.h"
#include "support/check.h"

#include <analysis/models/basis.h>

#include <string.h>

static bool read_family(const char *name, ana_basis_options *options)
{
    const struct {
        const char *name;
        ana_basis_family family;
        bool full_to_end;
    } families[] = {{"raised_cosine_log", ANA_BASIS_RAISED_COSINE_LOG, false},
                    {"raised_cosine_log_no_decay", ANA_BASIS_RAISED_COSINE_LOG, true},
                    {"raised_cosine_linear", ANA_BASIS_RAISED_COSINE_LINEAR, false},
                    {"bspline", ANA_BASIS_BSPLINE, false},
                    {"laguerre", ANA_BASIS_LAGUERRE, false},
                    {"exponential", ANA_BASIS_EXPONENTIAL, false}};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (strcmp(name, families[i].name) == 0) {
            options->family = families[i].family;
            options->full_to_end = families[i].full_to_end;
            return true;
        }
    }
    return false;
}

void compare_basis(const h5_reference *file, tally *counts)
{
    h5_names names = h5_reference_list(file, "/", H5_KIND_DATASET);
    for (size_t i = 0; i < names.n; i++) {
        h5_doubles wanted = h5_reference_doubles(file, names.names[i]);
        ana_basis_options options = ana_basis_options_default();
        ana_basis *basis = NULL;
        char family[64];
        h5_reference_attribute_text(file, names.names[i], "family", family, sizeof family);
        options.n_lags = wanted.shape[0];
        options.n_functions = wanted.shape[1];
        options.order = (size_t)h5_reference_attribute(file, names.names[i], "order", 4.0);
        options.decay = h5_reference_attribute(file, names.names[i], "a", 0.0);
        if (tally_that(counts, read_family(family, &options), "%s: family %s is not known",
                       names.names[i], family)) {
            check_ok(ana_basis_new(&options, &basis));
            compare_array(file, names.names[i], basis->n_lags * basis->n_functions, basis->values,
                          1.0, counts);
            ana_basis_free(basis);
        }
        h5_doubles_free(&wanted);
        counts->n_cases++;
    }
    h5_names_free(&names);
}
