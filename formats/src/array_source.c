#include "array_source.h"

#include "cursor.h"
#include "memory.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ana_held_file {
    ana_file *file;
    void *bytes;
    atomic_size_t n_owners;
};

ana_status ana_held_file_new(ana_file *file, void *bytes, ana_held_file **out)
{
    ana_held_file *held = NULL;
    ana_status status = ana_allocate(1, sizeof *held, ana_file_name(file), &held);
    if (status != ANA_OK) {
        return status;
    }
    held->file = file;
    held->bytes = bytes;
    atomic_init(&held->n_owners, 1);
    *out = held;
    return ANA_OK;
}

ana_held_file *ana_held_file_share(ana_held_file *held)
{
    atomic_fetch_add(&held->n_owners, 1);
    return held;
}

void ana_held_file_free(ana_held_file *held)
{
    if (held != NULL && atomic_fetch_sub(&held->n_owners, 1) == 1) {
        ana_file_close(held->file);
        free(held->bytes);
        free(held);
    }
}

const ana_file *ana_held_file_get(const ana_held_file *held)
{
    return held->file;
}

void ana_placed_array_order(ana_placed_array *array, bool fortran)
{
    size_t step = 1;
    for (size_t i = 0; i < array->n_axes; i++) {
        size_t axis = fortran ? i : array->n_axes - 1 - i;
        array->stride[axis] = step;
        step *= array->shape[axis];
    }
}

/* The array without its time axis, and a share of its file. */
typedef struct array_source {
    ana_held_file *held;
    uint64_t offset;
    ana_npy_type type;
    size_t n_axes;
    size_t shape[ANA_NPY_MAX_AXES];
    size_t stride[ANA_NPY_MAX_AXES];
    size_t time_stride;
} array_source;

/* Bytes fetched at a time, where a frame is not longer. */
static const size_t block_bytes = (size_t)1 << 20;

/* Element of sample 0 of a channel. */
static size_t channel_element(const array_source *self, size_t channel)
{
    size_t element = 0;
    for (size_t axis = self->n_axes; axis-- > 0;) {
        element += channel % self->shape[axis] * self->stride[axis];
        channel /= self->shape[axis];
    }
    return element;
}

/* Elements first ... first + n - 1 of the file, native and of final width. */
static ana_status fetch(const array_source *self, size_t first, size_t n, unsigned char *to)
{
    const size_t size = self->type.size;
    /* Half floats are read behind the place their first float goes to, and widened forwards. */
    unsigned char *raw = self->type.half != ANA_HALF_NONE ? to + n * size : to;
    ana_status status =
        ana_file_read(self->held->file, self->offset + (uint64_t)first * size, n * size, raw);
    if (status != ANA_OK) {
        return status;
    }
    if (self->type.swap) {
        ana_swap_bytes(raw, n, size);
    }
    if (self->type.half != ANA_HALF_NONE) {
        ana_halfs_to_floats(self->type.half, n, raw, (float *)(void *)to);
    }
    return ANA_OK;
}

/* What is read in one go: the channels of `window` at these elements, the smallest of which is
 * `low` and the largest `high`. */
typedef struct reach {
    size_t low;
    size_t high;
    bool stored;
    unsigned char *buffer;
    size_t capacity; /* elements */
} reach;

/* `window->channels` are elements counted from group->low. */
static ana_status read_group(const array_source *self, const reach *group, const ana_window *window,
                             void *out)
{
    const size_t stride = self->time_stride > 0 ? self->time_stride : 1;
    const size_t span = group->high - group->low + 1;
    size_t most = group->capacity < span + stride ? 1 : (group->capacity - span) / stride + 1;
    for (size_t done = 0; done < window->n_times;) {
        size_t left = window->n_times - done;
        size_t n = left < most ? left : most;
        size_t first = (window->first + done) * stride + group->low;
        ana_status status = fetch(self, first, (n - 1) * stride + span, group->buffer);
        if (status != ANA_OK) {
            return status;
        }
        if (group->stored) {
            ana_rows_to_stored(self->type.sample, n, stride, group->buffer, window, done, out);
        } else {
            ana_rows_to_double(self->type.sample, n, stride, group->buffer, window, done, out);
        }
        done += n;
    }
    return ANA_OK;
}

/* Each channel by itself: where the channels are further apart than the samples. */
static ana_status read_each(const array_source *self, const reach *shared, const ana_window *window,
                            void *out)
{
    const size_t none = 0;
    const size_t size = shared->stored ? ana_sample_size(self->type.sample) : sizeof(double);
    for (size_t i = 0; i < window->n_channels; i++) {
        reach alone = *shared;
        alone.low = window->channels[i];
        alone.high = alone.low;
        ana_window part = {.n_channels = 1,
                           .channels = &none,
                           .first = window->first,
                           .n_times = window->n_times,
                           .gain = window->gain != NULL ? window->gain + i : NULL,
                           .offset = window->gain != NULL ? window->offset + i : NULL};
        ana_status status =
            read_group(self, &alone, &part, (unsigned char *)out + i * window->n_times * size);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status read_window(const array_source *self, const ana_window *window, bool stored,
                              void *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_sample_size(self->type.sample);
    if (window->n_channels == 0 || window->n_times == 0) {
        return ANA_OK;
    }
    size_t *element = ana_workspace_sizes(&workspace, window->n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "samples"));
    reach all = {.low = SIZE_MAX, .stored = stored, .capacity = block_bytes / size};
    for (size_t i = 0; i < window->n_channels; i++) {
        element[i] = channel_element(self, window->channels[i]);
        all.low = element[i] < all.low ? element[i] : all.low;
        all.high = element[i] > all.high ? element[i] : all.high;
    }
    const bool together = all.high - all.low < self->time_stride;
    const size_t span = together ? all.high - all.low + 1 : 1;
    const size_t gap = self->time_stride - (together ? span : 0);
    /* Long gaps between the wanted samples are jumped over, not read. */
    all.capacity = all.capacity < span || gap * size > block_bytes / 64 ? span : all.capacity;
    all.buffer = ana_workspace_bytes(&workspace, all.capacity, 1, size);
    ANA_TRY(ana_workspace_check(&workspace, "samples"));
    ana_window part = *window;
    part.channels = element;
    for (size_t i = 0; together && i < window->n_channels; i++) {
        element[i] -= all.low;
    }
    ANA_TRY(together ? read_group(self, &all, &part, out) : read_each(self, &all, &part, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status read_doubles(void *opaque, const ana_window *window, double *out)
{
    return read_window(opaque, window, false, out);
}

static ana_status read_stored(void *opaque, const ana_window *window, void *out)
{
    return read_window(opaque, window, true, out);
}

static void free_array(void *opaque)
{
    array_source *self = opaque;
    if (self != NULL) {
        ana_held_file_free(self->held);
        free(self);
    }
}

ana_status ana_source_from_array(const ana_placed_array *array, size_t time_axis, ana_source **out)
{
    static const ana_source_operations operations = {read_doubles, read_stored, free_array};
    ana_status status = ANA_OK;
    array_source *self = NULL;
    ANA_TRY(ana_allocate(1, sizeof *self, "source", &self));
    self->held = ana_held_file_share(array->held);
    self->offset = array->offset;
    self->type = array->type;
    self->time_stride = array->stride[time_axis];
    for (size_t axis = 0; axis < array->n_axes; axis++) {
        if (axis != time_axis) {
            self->shape[self->n_axes] = array->shape[axis];
            self->stride[self->n_axes++] = array->stride[axis];
        }
    }
    ANA_TRY(ana_source_new(&operations, self, out));
    self = NULL;
done:
    free_array(self);
    return status;
}

static ana_status count_doubles(void *opaque, const ana_window *window, double *out)
{
    (void)opaque;
    for (size_t i = 0; i < window->n_channels; i++) {
        const double gain = window->gain != NULL ? window->gain[i] : 1.0;
        const double offset = window->gain != NULL ? window->offset[i] : 0.0;
        for (size_t t = 0; t < window->n_times; t++) {
            out[i * window->n_times + t] = (double)(window->first + t) * gain + offset;
        }
    }
    return ANA_OK;
}

static ana_status count_stored(void *opaque, const ana_window *window, void *out)
{
    ana_window plain = *window;
    plain.gain = NULL;
    return count_doubles(opaque, &plain, out);
}

static void free_nothing(void *opaque)
{
    (void)opaque;
}

ana_status ana_source_counting(ana_source **out)
{
    static const ana_source_operations operations = {count_doubles, count_stored, free_nothing};
    return ana_source_new(&operations, NULL, out);
}
