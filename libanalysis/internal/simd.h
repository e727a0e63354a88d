/** How hot loops ask for vectors: `#pragma omp simd` inside, ANA_CLONES in front of a static
 *  kernel.
 *
 *  ANA_CLONES builds the function for several processors and picks one at load time. It is empty
 *  under clang, the sanitizers and coverage. Only on static functions: the resolvers GCC makes are
 *  exported otherwise. No variant may use fused multiply-add, or bits would depend on the machine;
 *  -ffp-contract=off sees to that.
 *
 *  ANA_KERNEL_PART is `static inline void` for what such a kernel is made of: it goes into each
 *  variant, whatever its size, where GCC would build it once, for the least processor. */
#ifndef ANALYSIS_INTERNAL_SIMD_H
#define ANALYSIS_INTERNAL_SIMD_H

#if defined(ANA_USE_CLONES) && defined(__x86_64__)
#define ANA_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ANA_CLONES
#endif

#define ANA_KERNEL_PART static inline __attribute__((always_inline)) void

#endif
