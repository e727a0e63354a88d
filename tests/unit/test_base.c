#include "memory.h"
#include "support/check.h"
#include "workspace.h"

#include <analysis/run.h>
#include <analysis/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_failure_keeps_its_sentence(void **state)
{
    (void)state;
    assert_int_equal(ana_fail(ANA_ERR_SHAPE, "glm: X has %d rows", 3), ANA_ERR_SHAPE);
    assert_string_equal(ana_last_error(), "glm: X has 3 rows");
    assert_int_equal(ana_fail_in(ANA_ERR_SHAPE, "a%d.edf: ", 7), ANA_ERR_SHAPE);
    assert_string_equal(ana_last_error(), "a7.edf: glm: X has 3 rows");
    ana_fail(ANA_ERR_VALUE, "again: %s", ana_last_error());
    assert_string_equal(ana_last_error(), "again: a7.edf: glm: X has 3 rows");
}

static void a_long_sentence_is_cut(void **state)
{
    (void)state;
    char word[2000];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    ana_fail(ANA_ERR_VALUE, "%s", word);
    assert_int_equal(strlen(ana_last_error()), 1023);
    ana_fail_in(ANA_ERR_VALUE, "%s", "front: ");
    assert_int_equal(strlen(ana_last_error()), 1023);
    assert_memory_equal(ana_last_error(), "front: xx", 9);
    ana_fail_in(ANA_ERR_VALUE, "%s", word);
    assert_int_equal(strlen(ana_last_error()), 1023);
}

static void every_status_has_words(void **state)
{
    (void)state;
#define STATUS_HAS_WORDS(name, text) assert_string_equal(ana_status_text(name), text);
    ANA_STATUS_MAP(STATUS_HAS_WORDS)
#undef STATUS_HAS_WORDS
    assert_string_equal(ana_status_text((ana_status)99), "unknown status");
    assert_true(strlen(ana_version()) > 0 && strlen(ana_build()) > 0);
}

static bool stop_at_three(void *user, const char *what, size_t done, size_t total)
{
    (void)what;
    *(size_t *)user = done;
    return done < 3 && total == 9;
}

static void remember(void *user, const char *sentence)
{
    snprintf(user, 64, "%s", sentence);
}

static void progress_can_cancel(void **state)
{
    (void)state;
    size_t last = 0;
    ana_run run = ana_run_default();
    check_ok(ana_run_progress(&run, "nothing", 1, 2));
    check_ok(ana_run_progress(NULL, "nothing", 1, 2));
    run.progress = stop_at_three;
    run.user = &last;
    check_ok(ana_run_progress(&run, "fit", 2, 9));
    check_fails(ana_run_progress(&run, "fit", 3, 9), ANA_ERR_CANCELLED, "fit: cancelled after 3");
    assert_int_equal(last, 3);
}

static void warnings_reach_the_caller(void **state)
{
    (void)state;
    char text[64] = "";
    ana_run run = ana_run_default();
    ana_warn(NULL, "lost");
    ana_warn(&run, "lost");
    run.warn = remember;
    run.user = text;
    ana_warn(&run, "%d units dropped", 4);
    assert_string_equal(text, "4 units dropped");
}

static void memory_limits_name_the_need(void **state)
{
    (void)state;
    ana_run run = ana_run_default();
    assert_true(ana_run_memory_limit(&run) > (size_t)1 << 27);
    run.max_memory = (size_t)3 << 20;
    check_ok(ana_run_check_memory(&run, (size_t)3 << 20, "filter"));
    check_fails(ana_run_check_memory(&run, ((size_t)5 << 20) - 1, "filter"), ANA_ERR_LIMIT,
                "filter: needs 5 MiB, but --max-memory allows 3 MiB");
    run.max_memory = 2048;
    check_fails(ana_run_check_memory(&run, 2500, "filter"), ANA_ERR_LIMIT,
                "filter: needs 3 KiB, but --max-memory allows 2 KiB");
}

static void threads_never_exceed_the_items(void **state)
{
    (void)state;
    ana_run run = ana_run_default();
    run.n_threads = 5;
    assert_int_equal(ana_run_threads(&run, 0), 1);
    assert_int_equal(ana_run_threads(&run, 3), 3);
    assert_int_equal(ana_run_threads(&run, 50), 5);
    assert_true(ana_run_threads(NULL, 50) >= 1);
}

static void shards_are_disjoint_and_whole(void **state)
{
    (void)state;
    for (size_t count = 0; count < 9; count++) {
        for (size_t n = 0; n < 40; n++) {
            size_t total = 0;
            for (size_t index = 0; index < (count > 0 ? count : 1); index++) {
                ana_shard shard = {index, count};
                size_t mine = 0;
                for (size_t item = 0; item < n; item++) {
                    mine += ana_shard_has(shard, item);
                }
                assert_int_equal(ana_shard_size(shard, n), mine);
                total += mine;
            }
            assert_int_equal(total, n);
        }
    }
}

static void workspace_blocks_are_zeroed_and_aligned(void **state)
{
    (void)state;
    ana_workspace workspace = {0};
    for (size_t n = 0; n < 40; n++) {
        double *block = ana_workspace_doubles(&workspace, n, 3);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < 3 * n; i++) {
            assert_true(block[i] == 0.0);
            block[i] = 1.0;
        }
    }
    check_ok(ana_workspace_check(&workspace, "test"));
    assert_null(ana_workspace_sizes(&workspace, SIZE_MAX / 4, 3));
    assert_null(ana_workspace_doubles(&workspace, 1, 1));
    check_fails(ana_workspace_check(&workspace, "test"), ANA_ERR_MEMORY, "test: no memory");
    ana_workspace_release(&workspace);
    assert_non_null(ana_workspace_doubles(&workspace, 1, 1));
    ana_workspace_release(&workspace);
}

static void allocation_refuses_overflow(void **state)
{
    (void)state;
    char *memory = NULL;
    check_fails(ana_allocate(SIZE_MAX / 2, 3, "thing", &memory), ANA_ERR_MEMORY, "thing");
    assert_null(memory);
    check_ok(ana_allocate(0, 8, "nothing", &memory));
    assert_non_null(memory);
    free(memory);
}

static void growing_keeps_what_was_there(void **state)
{
    (void)state;
    int *numbers = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        check_ok(ana_grow(&numbers, &capacity, (size_t)i + 1, sizeof *numbers, "numbers"));
        numbers[i] = 3 * i + 1;
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], 3 * i + 1);
    }
    check_fails(ana_grow(&numbers, &capacity, SIZE_MAX, sizeof *numbers, "numbers"), ANA_ERR_MEMORY,
                "numbers");
    assert_int_equal(numbers[999], 2998);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_keeps_its_sentence),
        cmocka_unit_test(a_long_sentence_is_cut),
        cmocka_unit_test(every_status_has_words),
        cmocka_unit_test(progress_can_cancel),
        cmocka_unit_test(warnings_reach_the_caller),
        cmocka_unit_test(memory_limits_name_the_need),
        cmocka_unit_test(threads_never_exceed_the_items),
        cmocka_unit_test(shards_are_disjoint_and_whole),
        cmocka_unit_test(workspace_blocks_are_zeroed_and_aligned),
        cmocka_unit_test(allocation_refuses_overflow),
        cmocka_unit_test(growing_keeps_what_was_there),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
