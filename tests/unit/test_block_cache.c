#include "block_cache.h"
#include "room.h"
#include "support/check.h"
#include "support/fail_nth.h"

enum {
    BLOCK = 10 /* doubles */
};

static double *add(ana_block_cache *cache, size_t segment, size_t index, size_t channel)
{
    double *values = NULL;
    check_ok(ana_block_cache_add(cache, (ana_block_key){segment, index, channel}, BLOCK, &values));
    for (size_t i = 0; i < BLOCK; i++) {
        values[i] = (double)(100 * segment + 10 * index + channel);
    }
    return values;
}

static double *find(ana_block_cache *cache, size_t segment, size_t index, size_t channel)
{
    return ana_block_cache_find(cache, (ana_block_key){segment, index, channel});
}

static void a_block_is_found_by_its_whole_key(void **state)
{
    (void)state;
    ana_block_cache cache = {0};
    for (size_t i = 0; i < 12; i++) {
        add(&cache, i % 2, i / 2 % 2, i / 4);
    }
    for (size_t i = 0; i < 12; i++) {
        assert_true(find(&cache, i % 2, i / 2 % 2, i / 4)[0] ==
                    (double)(100 * (i % 2) + 10 * (i / 2 % 2) + i / 4));
    }
    assert_null(find(&cache, 2, 0, 0));
    assert_null(find(&cache, 0, 2, 0));
    assert_null(find(&cache, 0, 0, 3));
    assert_int_equal(cache.bytes, 12 * BLOCK * sizeof(double));
    ana_block_cache_cut(&cache, 0);
}

static void the_blocks_asked_for_longest_ago_go_first(void **state)
{
    (void)state;
    ana_block_cache cache = {0};
    const ana_block_key none = {9, 9, 9};
    for (size_t i = 0; i < 4; i++) {
        add(&cache, 0, i, 0);
    }
    assert_non_null(find(&cache, 0, 0, 0)); /* now the latest */
    ana_block_cache_shrink(&cache, 2 * BLOCK * sizeof(double), none);
    assert_int_equal(cache.n, 2);
    assert_non_null(find(&cache, 0, 0, 0));
    assert_non_null(find(&cache, 0, 3, 0));
    ana_block_cache_shrink(&cache, 2 * BLOCK * sizeof(double) - 1, none);
    assert_null(find(&cache, 0, 0, 0));
    assert_non_null(find(&cache, 0, 3, 0));
    ana_block_cache_cut(&cache, 0);
}

static void blocks_at_work_are_spared(void **state)
{
    (void)state;
    ana_block_cache cache = {0};
    add(&cache, 0, 0, 0);
    add(&cache, 0, 1, 0);
    add(&cache, 0, 1, 1);
    ana_block_cache_shrink(&cache, 0, (ana_block_key){0, 1, 5});
    assert_int_equal(cache.n, 2);
    assert_null(find(&cache, 0, 0, 0));
    ana_block_cache_cut(&cache, 1);
    assert_int_equal(cache.n, 1);
    ana_block_cache_cut(&cache, 0);
    assert_int_equal(cache.bytes, 0);
}

static void the_memory_of_dropped_blocks_is_taken_again(void **state)
{
    (void)state;
    ana_block_cache cache = {0};
    const ana_block_key none = {9, 9, 9};
    double *first = add(&cache, 0, 0, 0);
    double *second = add(&cache, 0, 1, 0);
    ana_block_cache_shrink(&cache, 0, none);
    assert_int_equal(cache.n, 0);
    assert_int_equal(cache.n_spare, 2);
    assert_int_equal(cache.bytes, 0);
    double *third = add(&cache, 0, 2, 0);
    assert_true(third == first || third == second);
    assert_int_equal(cache.n_spare, 1);
    double *values = NULL; /* of another size: what is spare is freed */
    check_ok(ana_block_cache_add(&cache, (ana_block_key){0, 3, 0}, 2 * BLOCK, &values));
    assert_int_equal(cache.n_spare, 0);
    assert_int_equal(cache.bytes, 3 * BLOCK * sizeof(double));
    assert_ptr_equal(find(&cache, 0, 2, 0), third);
    assert_ptr_equal(find(&cache, 0, 3, 0), values);
    ana_block_cache_shrink(&cache, 0, none);
    ana_block_cache_trim(&cache);
    assert_int_equal(cache.n_spare, 0);
    ana_block_cache_cut(&cache, 0);
}

static void a_room_grows_and_stays(void **state)
{
    (void)state;
    ana_room room = {0};
    double *first = NULL;
    double *again = NULL;
    check_ok(ana_room_doubles(&room, 3, 5, "test", &first));
    assert_int_equal(room.bytes, 15 * sizeof(double));
    assert_true((uintptr_t)first % 64 == 0);
    check_ok(ana_room_doubles(&room, 7, 2, "test", &again));
    assert_ptr_equal(first, again);
    check_ok(ana_room_doubles(&room, 100, 1, "test", &again));
    assert_int_equal(room.bytes, 100 * sizeof(double));
    again[99] = 1.0;
    check_fails(ana_room_doubles(&room, SIZE_MAX / 4, 8, "test", &again), ANA_ERR_MEMORY,
                "test: no memory for");
    assert_null(room.memory);
    check_ok(ana_room_doubles(&room, 0, 8, "test", &again));
    assert_non_null(again);
    ana_room_release(&room);
}

static ana_status make_room(void *user)
{
    (void)user;
    ana_room room = {0};
    double *values = NULL;
    ana_status status = ana_room_doubles(&room, 8, 8, "test", &values);
    ana_room_release(&room);
    return status;
}

static ana_status add_one(void *user)
{
    (void)user;
    ana_block_cache cache = {0};
    double *values = NULL;
    ana_status status = ana_block_cache_add(&cache, (ana_block_key){0, 0, 0}, BLOCK, &values);
    ana_block_cache_cut(&cache, 0);
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(check_each_allocation(add_one, NULL, 0), 2);
    assert_int_equal(check_each_allocation(make_room, NULL, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_found_by_its_whole_key),
        cmocka_unit_test(the_blocks_asked_for_longest_ago_go_first),
        cmocka_unit_test(blocks_at_work_are_spared),
        cmocka_unit_test(the_memory_of_dropped_blocks_is_taken_again),
        cmocka_unit_test(a_room_grows_and_stays),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
