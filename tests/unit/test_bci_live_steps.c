/* Each step at work on live signals: after its first decision no pipeline allocates. */
#include "support/bci_live.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_stream.h>

#include <stdlib.h>
#include <string.h>

static ana_status count_decisions(void *user, const ana_bci_answer *answer)
{
    size_t *n = user;
    *n += answer->kind == ANA_BCI_DECISION;
    return ANA_OK;
}

/* Samples first ... end - 1 of all channels, side by side. */
static double *cut(const live_world *world, size_t first, size_t end)
{
    const size_t n = end - first;
    double *samples = calloc(world->n_channels * n, sizeof *samples);
    assert_non_null(samples);
    for (size_t c = 0; c < world->n_channels; c++) {
        memcpy(samples + c * n, world->values + c * world->series->n_times + first,
               n * sizeof *samples);
    }
    return samples;
}

/* The first 3 s hold the first decisions. */
static void stream_without_allocation(const live_world *world, const char *text)
{
    enum {
        FIRST = 384,
        LAST = 1024
    };
    ana_bci_pipeline *pipeline = teach_live(world, text);
    ana_bci_stream *stream = NULL;
    size_t n = 0;
    double *first = cut(world, 0, FIRST);
    double *rest = cut(world, FIRST, LAST);
    check_ok(ana_bci_stream_new(pipeline, NULL, &stream));
    check_ok(ana_bci_stream_push(stream, FIRST, first, count_decisions, &n));
    assert_true(n > 0);
    const size_t before = n;
    NO_ALLOCATION_TEST(ana_bci_stream_push, (stream, LAST - FIRST, rest, count_decisions, &n));
    assert_true(n > before + 40);
    free(first);
    free(rest);
    ana_bci_stream_free(stream);
    ana_bci_pipeline_free(pipeline);
}

static void no_step_allocates_after_the_first_decision(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "xdawn 2 | cov lwf | mdm",
        "csp-space 2 | logvar | lda",
        "cov hub | whiten | mdm log-euclidean",
        "cov tyl | knn",
        "cov mcd starts=2 | meanfield",
        "erpcov | tangent | svm linear",
        "cospectra 4,40 window=32 | mdm",
        "cospectra 4,40 part=complex window=32 | tangent | lda",
        "xdawncov 2 | kernel-svm",
        "cov lwf | rank | rescale calibrated | mdwm",
        "cov lwf | select-channels 4 | fgmdm",
        "psd 4,40 | select 6 | logistic",
        "psd 4,40 method=burg | lda",
        "psd 4,40 method=multitaper | lda",
        "connectivity coherence | lda",
        "connectivity wpli of=pairs | lda",
        "cov | spoc 2 | lda",
        "band 8-16,16-30 phase=causal | fbcsp 2 | select 2 | lda",
        "cca 10,12 | lda",
        "trca",
    };
    live_world world = make_live_world(6, 12, 1, 3.0, 13);
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        stream_without_allocation(&world, texts[k]);
    }
    free_live_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_step_allocates_after_the_first_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
