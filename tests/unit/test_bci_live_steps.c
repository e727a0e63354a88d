/* Each step at work on live signals: after its first decision no pipeline allocates. */
#include "support/bci_heard.h"
#include "support/check.h"

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
        ana_bci_pipeline *pipeline = teach_live(&world, texts[k]);
        assert_true(decide_without_allocation(pipeline, &world, NULL) > 40);
        ana_bci_pipeline_free(pipeline);
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
