/* reference.states: every case of every file of reference/states whose layout is known. */
#include "states.h"

/* One row for each file of the folder; a row without a comparison waits for its method. */
/* clang-format off */
static const reference_layout layouts[] = {
    {"basis", compare_basis},
    {"bicluster", compare_bicluster},
    {"glmhmm_categorical", compare_glmhmm_categorical},
    {"gof", compare_gof},
    {"hmm_core", compare_hmm_core},
    {"onehot", compare_onehot},
    {"poisson_glm", compare_poisson_glm},
    {"poisson_hmm", compare_poisson_hmm},
    {"pop_glmhmm", compare_pop_glmhmm},
    {"recovery_demo", NULL},
};
/* clang-format on */

int main(void)
{
    return compare_reference_folder("states", sizeof layouts / sizeof layouts[0], layouts);
}
