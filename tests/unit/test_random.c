#include "support/check.h"
#include "support/reference_json.h"

#include <analysis/random.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_block(const uint32_t counter[4], const uint32_t key[2], const uint32_t wanted[4])
{
    uint32_t out[4];
    ana_philox4x32(counter, key, out);
    assert_memory_equal(out, wanted, sizeof out);
}

/* Known answers: "philox4x32 10" of kat_vectors in Random123 1.14. */
static void philox_gives_the_published_vectors(void **state)
{
    (void)state;
    check_block((uint32_t[4]){0, 0, 0, 0}, (uint32_t[2]){0, 0},
                (uint32_t[4]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    check_block((uint32_t[4]){0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                (uint32_t[2]){0xffffffff, 0xffffffff},
                (uint32_t[4]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    check_block((uint32_t[4]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                (uint32_t[2]){0xa4093822, 0x299f31d0},
                (uint32_t[4]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

/* The same numbers from the plain Python of make_maths.py: integers and uniforms exactly, normals
 * to the rounding of the two logarithms. */
static void streams_agree_with_the_definition(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "random"); i++) {
        char at[64];
        char path[96];
        snprintf(at, sizeof at, "random/%s", reference_key(root, "random", i));
#define AT(key) (snprintf(path, sizeof path, "%s/" key, at), path)
        uint64_t seed = reference_size(root, AT("seed_high"));
        seed = seed << 32 | reference_size(root, AT("seed_low"));
        const char *purpose = reference_text(root, AT("purpose"));
        ana_random start = ana_random_stream(seed, purpose, reference_size(root, AT("item")));
        size_t n = 0;
        ana_random stream = start;
        const size_t *words = reference_sizes(root, AT("u32"), &n);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(ana_random_u32(&stream), words[k]);
        }
        stream = start;
        const double *uniforms = reference_doubles(root, AT("uniform"), &n);
        for (size_t k = 0; k < n; k++) {
            check_close(ana_random_uniform(&stream), uniforms[k], 0.0, 0.0);
        }
        stream = start;
        const size_t *ranges = reference_sizes(root, AT("ranges"), &n);
        const size_t *below = reference_sizes(root, AT("below"), &n);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(ana_random_below(&stream, ranges[k]), below[k]);
        }
        stream = start;
        const double *normals = reference_doubles(root, AT("normal"), &n);
        for (size_t k = 0; k < n; k++) {
            check_close(ana_random_normal(&stream), normals[k], 0.0, 1e-14);
        }
#undef AT
    }
}

static void a_copy_repeats_and_another_name_does_not(void **state)
{
    (void)state;
    ana_random a = ana_random_stream(5, "fold", 2);
    ana_random_normal(&a); /* leaves a spare behind, which the copy must hold too */
    ana_random copy = a;
    ana_random others[] = {ana_random_stream(6, "fold", 2), ana_random_stream(5, "folds", 2),
                           ana_random_stream(5, "fold", 3),
                           ana_random_stream(5 + (1ULL << 32), "fold", 2),
                           ana_random_stream(5, "fold", 2 + (1ULL << 32))};
    ana_random first = ana_random_stream(5, "fold", 2);
    uint64_t name = ana_random_u64(&first);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(ana_random_u64(&others[i]) != name);
    }
    for (int i = 0; i < 100; i++) {
        double value = ana_random_normal(&a);
        assert_true(value == ana_random_normal(&copy));
    }
}

/* The counter after block 2^32 - 1 carries instead of repeating the stream. */
static void a_stream_does_not_repeat_after_its_last_block(void **state)
{
    (void)state;
    ana_random stream = ana_random_stream(1, "long", 0);
    uint32_t first = ana_random_u32(&stream);
    stream.counter[0] = UINT32_MAX;
    stream.n_used = 4;
    uint32_t purpose = stream.counter[1];
    ana_random_u32(&stream);
    assert_int_equal(stream.counter[0], 0);
    assert_int_equal(stream.counter[1], purpose + 1);
    stream.n_used = 4;
    assert_true(ana_random_u32(&stream) != first);
}

/* Pearson's statistic of n_cells equally likely cells; the seed is fixed, so p < 1e-4 is a defect.
 */
static void check_even(size_t n_cells, const size_t *counts)
{
    size_t total = 0;
    for (size_t i = 0; i < n_cells; i++) {
        total += counts[i];
    }
    double expected = (double)total / (double)n_cells;
    double statistic = 0.0;
    for (size_t i = 0; i < n_cells; i++) {
        statistic += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    }
    double p = gsl_cdf_chisq_Q(statistic, (double)(n_cells - 1));
    assert_true(p > 1e-4 && p < 1.0 - 1e-4);
}

static void uniforms_are_even_in_pairs_and_inside_the_open_interval(void **state)
{
    (void)state;
    static size_t counts[32 * 32];
    memset(counts, 0, sizeof counts);
    ana_random stream = ana_random_stream(11, "test", 0);
    double previous = ana_random_uniform(&stream);
    for (size_t i = 0; i < 200000; i++) {
        double u = ana_random_uniform(&stream);
        assert_true(u > 0.0 && u < 1.0);
        if (i % 2 == 0) {
            counts[(size_t)(32.0 * previous) * 32 + (size_t)(32.0 * u)]++;
        }
        previous = u;
    }
    check_even(sizeof counts / sizeof counts[0], counts);
}

static void each_bit_of_u64_is_fair(void **state)
{
    (void)state;
    size_t ones[64] = {0};
    ana_random stream = ana_random_stream(12, "test", 0);
    const size_t n = 40000;
    for (size_t i = 0; i < n; i++) {
        uint64_t value = ana_random_u64(&stream);
        for (int bit = 0; bit < 64; bit++) {
            ones[bit] += value >> bit & 1;
        }
    }
    for (int bit = 0; bit < 64; bit++) { /* 5 standard deviations of a fair coin */
        check_close((double)ones[bit], 0.5 * (double)n, 2.5 * sqrt((double)n), 0.0);
    }
}

/* A range just above a power of two is where a plain remainder or a truncated product is biased. */
static void below_is_unbiased(void **state)
{
    (void)state;
    const uint64_t ranges[] = {7, 48, 3 * (1ULL << 30), 3 * (1ULL << 40)};
    for (size_t r = 0; r < 4; r++) {
        size_t counts[7] = {0};
        ana_random stream = ana_random_stream(13, "test", r);
        for (size_t i = 0; i < 70000; i++) {
            uint64_t value = ana_random_below(&stream, ranges[r]);
            assert_true(value < ranges[r]);
            if (ranges[r] > 48) {
                value /= ranges[r] / 6; /* six even cells, in order */
            }
            counts[value % (ranges[r] == 7 ? 7 : 6)]++;
        }
        check_even(ranges[r] == 7 ? 7 : 6, counts);
    }
    ana_random stream = ana_random_stream(13, "test", 9);
    assert_int_equal(ana_random_below(&stream, 1), 0);
    assert_true(ana_random_below(&stream, UINT64_MAX) < UINT64_MAX);
}

static void each_permutation_is_equally_likely(void **state)
{
    (void)state;
    size_t counts[24] = {0};
    ana_random stream = ana_random_stream(14, "test", 0);
    for (size_t i = 0; i < 48000; i++) {
        size_t order[4];
        ana_random_permutation(&stream, 4, order);
        size_t rank = 0; /* Lehmer code */
        size_t seen = 0;
        for (size_t a = 0; a < 4; a++) {
            size_t smaller = 0;
            for (size_t b = a + 1; b < 4; b++) {
                smaller += order[b] < order[a];
            }
            rank = rank * (4 - a) + smaller;
            seen |= 1U << order[a];
        }
        assert_int_equal(seen, 15);
        counts[rank]++;
    }
    check_even(24, counts);
    size_t nothing = 77;
    ana_random_permutation(&stream, 0, &nothing);
    assert_int_equal(nothing, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_vectors),
        cmocka_unit_test_setup_teardown(streams_agree_with_the_definition, open_maths_reference,
                                        close_reference),
        cmocka_unit_test(a_copy_repeats_and_another_name_does_not),
        cmocka_unit_test(a_stream_does_not_repeat_after_its_last_block),
        cmocka_unit_test(uniforms_are_even_in_pairs_and_inside_the_open_interval),
        cmocka_unit_test(each_bit_of_u64_is_fair),
        cmocka_unit_test(below_is_unbiased),
        cmocka_unit_test(each_permutation_is_equally_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
