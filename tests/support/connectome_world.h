/** Small connectomes whose truth is known. */
#ifndef TESTS_SUPPORT_CONNECTOME_WORLD_H
#define TESTS_SUPPORT_CONNECTOME_WORLD_H

#include <analysis/models/connectome_dynamics.h>

/** Sizes of a connectome to be filled in: all zero, every animal with every neuron. */
typedef struct connectome_size {
    size_t n_motifs;
    size_t n_animals;
    size_t n_neurons;
    size_t n_times;
} connectome_size;

ana_connectome *connectome_blank(connectome_size size);

/** Neurons 0 ... n_neurons - 2 are of two groups, halves of them; the last goes with the first
 *  group in motif 0 and with the second in motif 1. */
void connectome_plant_switch(ana_connectome *connectome);

/** Courses of all animals: smooth noise on a circle, of mean 1. */
void connectome_plant_noise(ana_connectome *connectome, uint64_t seed);

/** Epochs "a" and "b" by turns, n_visits of `length` times each. */
ana_connectome_epochs *connectome_turns(size_t n_visits, size_t length);

/** Courses of all animals: motif e in the visits of epoch e, and `noise` times smooth noise. */
void connectome_follow_turns(ana_connectome *connectome, const ana_connectome_epochs *epochs,
                             double noise, uint64_t seed);

#endif
