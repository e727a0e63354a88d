#include "support/bci_heard.h"

#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status hear_answer(void *user, const ana_bci_answer *answer)
{
    heard *h = user;
    assert_true(h->n < HEARD_MOST);
    h->kinds[h->n] = answer->kind;
    h->samples[h->n] = answer->sample;
    h->chosen[h->n] = answer->chosen;
    h->z[h->n] = answer->z;
    h->p[h->n] = answer->p;
    assert_true(answer->potatoes == NULL || (answer->z < (double)INFINITY && !isnan(answer->p)));
    for (size_t k = 0; k < h->n_potatoes && answer->potatoes != NULL; k++) {
        h->potatoes[HEARD_POTATOES * h->n + k] = answer->potatoes[k];
    }
    h->n_reasons += answer->reason != NULL;
    check_close(answer->time_s, (double)answer->sample / 128.0, 0.0, 1e-15);
    assert_true((answer->kind == ANA_BCI_DECISION) == (answer->scores != NULL));
    for (size_t c = 0; c < HEARD_CLASSES && answer->scores != NULL; c++) {
        h->scores[HEARD_CLASSES * h->n + c] = answer->scores[c];
    }
    h->n++;
    return h->stop_after == h->n ? ana_fail(ANA_ERR_CANCELLED, "enough was heard") : ANA_OK;
}

size_t count_heard(const heard *h, ana_bci_answer_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        n += h->kinds[i] == kind;
    }
    return n;
}

void same_heard(const heard *a, const heard *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->kinds, b->kinds, a->n * sizeof a->kinds[0]);
    assert_memory_equal(a->samples, b->samples, a->n * sizeof a->samples[0]);
    assert_memory_equal(a->chosen, b->chosen, a->n * sizeof a->chosen[0]);
    check_same_bits(HEARD_CLASSES * a->n, a->scores, b->scores);
    check_same_bits(a->n, a->z, b->z);
    check_same_bits(a->n, a->p, b->p);
}

heard *replay_heard(ana_bci_pipeline *pipeline, const ana_series *series,
                    const ana_bci_stream_options *options)
{
    heard *h = calloc(1, sizeof *h);
    ana_bci_stream *stream = NULL;
    const ana_bci_audience audience = {.listener = hear_answer, .user = h};
    assert_non_null(h);
    check_ok(ana_bci_stream_new(pipeline, options, &stream));
    check_ok(ana_bci_stream_replay(stream, series, &audience));
    ana_bci_stream_free(stream);
    return h;
}

void push_pieces(ana_bci_stream *stream, const live_world *world, size_t first, size_t end,
                 heard *h)
{
    const size_t n_times = world->series->n_times;
    double *piece = calloc(world->n_channels * 199, sizeof *piece);
    size_t size = 1;
    assert_non_null(piece);
    for (size_t at = first; at < end;) {
        const size_t n = size < end - at ? size : end - at;
        for (size_t c = 0; c < world->n_channels; c++) {
            memcpy(piece + c * n, world->values + c * n_times + at, n * sizeof *piece);
        }
        check_ok(ana_bci_stream_push(stream, n, piece, hear_answer, h));
        at += n;
        size = size * 7 % 199;
    }
    free(piece);
}

heard *push_all(ana_bci_pipeline *pipeline, const live_world *world,
                const ana_bci_stream_options *options)
{
    heard *h = calloc(1, sizeof *h);
    ana_bci_stream *stream = NULL;
    assert_non_null(h);
    check_ok(ana_bci_stream_new(pipeline, options, &stream));
    push_pieces(stream, world, 0, world->series->n_times, h);
    ana_bci_stream_free(stream);
    return h;
}

ana_record *save_and_compare(ana_bci_pipeline *pipeline, const live_world *world)
{
    ana_bci_pipeline *back = NULL;
    ana_record *record = NULL;
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    check_ok(ana_bci_pipeline_from_record(record, &back));
    heard *a = push_all(pipeline, world, NULL);
    heard *b = push_all(back, world, NULL);
    assert_true(count_heard(a, ANA_BCI_GATED) > 0);
    same_heard(a, b);
    free(a);
    free(b);
    ana_bci_pipeline_free(back);
    return record;
}

live_work make_live_work(size_t n_channels, unsigned seed, const char *text)
{
    live_work work = {.world = make_live_world(n_channels, 5, 1, 3.0, seed)};
    work.pipeline = teach_live(&work.world, text);
    work.trials = cut_live_trials(&work.world, work.pipeline);
    work.h = calloc(1, sizeof *work.h);
    assert_non_null(work.h);
    return work;
}

void free_live_work(live_work *work)
{
    free(work->h);
    ana_bci_trials_free(work->trials);
    ana_bci_pipeline_free(work->pipeline);
    free_live_world(&work->world);
}

size_t decide_without_allocation(ana_bci_pipeline *pipeline, const live_world *world,
                                 const ana_bci_stream_options *options)
{
    const size_t n_times = world->series->n_times;
    heard *h = calloc(1, sizeof *h);
    ana_bci_stream *stream = NULL;
    size_t at = 0;
    assert_non_null(h);
    check_ok(ana_bci_stream_new(pipeline, options, &stream));
    while (count_heard(h, ANA_BCI_DECISION) == 0) {
        assert_true(at + 13 <= n_times);
        push_pieces(stream, world, at, at + 13, h);
        at += 13;
    }
    double *rest = calloc(world->n_channels * (n_times - at), sizeof *rest);
    assert_non_null(rest);
    for (size_t c = 0; c < world->n_channels; c++) {
        memcpy(rest + c * (n_times - at), world->values + c * n_times + at,
               (n_times - at) * sizeof *rest);
    }
    NO_ALLOCATION_TEST(ana_bci_stream_push, (stream, n_times - at, rest, hear_answer, h));
    NO_ALLOCATION_TEST(ana_bci_stream_skip, (stream, 5, hear_answer, h));
    const size_t n = count_heard(h, ANA_BCI_DECISION);
    free(rest);
    free(h);
    ana_bci_stream_free(stream);
    return n;
}
