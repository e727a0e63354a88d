/** Covariances of classes that differ: small worlds for what classifies matrices. */
#ifndef TESTS_SUPPORT_CLASS_MATRICES_H
#define TESTS_SUPPORT_CLASS_MATRICES_H

#include <analysis/models/minimum_distance.h>

#include <stdint.h>

enum {
    CLASS_ROWS = 4,
    CLASS_SIZE = CLASS_ROWS * CLASS_ROWS,
    CLASS_MATRICES = 17
};

typedef struct class_matrices {
    double matrices[CLASS_MATRICES * CLASS_SIZE];
    size_t classes[CLASS_MATRICES];
} class_matrices;

/** Of 12 samples each, in that unit; channel first + c is louder in class c, and the last channel
 *  holds some of channel 0. */
class_matrices draw_class_matrices(size_t n_classes, size_t first, uint64_t seed, double scale);

/** Borrowed. */
ana_labelled_matrices labelled_of(const class_matrices *from, size_t n_classes);

#endif
