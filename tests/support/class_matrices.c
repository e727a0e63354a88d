#include "support/class_matrices.h"

#include <analysis/random.h>

class_matrices draw_class_matrices(size_t n_classes, size_t first, uint64_t seed, double scale)
{
    class_matrices out = {.classes = {0}};
    ana_random random = ana_random_stream(seed, "test.class_matrices", 0);
    for (size_t k = 0; k < CLASS_MATRICES; k++) {
        const size_t class = (k + k / 5) % n_classes;
        out.classes[k] = class;
        for (size_t t = 0; t < 12; t++) {
            double x[CLASS_ROWS];
            for (size_t j = 0; j < CLASS_ROWS; j++) {
                x[j] = scale * ana_random_normal(&random) * (j == first + class ? 2.2 : 1.0);
            }
            x[CLASS_ROWS - 1] += 0.4 * x[0];
            for (size_t e = 0; e < CLASS_SIZE; e++) {
                out.matrices[k * CLASS_SIZE + e] += x[e / CLASS_ROWS] * x[e % CLASS_ROWS];
            }
        }
    }
    return out;
}

ana_labelled_matrices labelled_of(const class_matrices *from, size_t n_classes)
{
    return (ana_labelled_matrices){
        {CLASS_ROWS, false, CLASS_MATRICES, from->matrices}, n_classes, from->classes};
}
