#include "bci_step.h"

#include "checked.h"
#include "memory.h"
#include "try.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

size_t ana_bci_item_size(const bci_shape *shape)
{
    return shape->n_rows * shape->n_columns * (shape->hermitian ? 2 : 1);
}

ana_status ana_bci_batch_make(const bci_shape *shape, size_t n_items, bci_batch *out)
{
    ana_status status = ANA_OK;
    *out = (bci_batch){.shape = *shape, .n_items = n_items};
    size_t size = 0;
    if (!ana_multiply(shape->n_rows, shape->n_columns, &size) ||
        !ana_multiply(size, shape->hermitian ? 2 : 1, &size) ||
        !ana_multiply(size, n_items, &size)) {
        return ana_fail(ANA_ERR_LIMIT, "pipeline: %zu items of %zu x %zu are too many", n_items,
                        shape->n_rows, shape->n_columns);
    }
    ANA_TRY(ana_allocate(size, sizeof *out->values, "pipeline", &out->values));
    if (shape->form == BCI_CLASSES) {
        ANA_TRY(ana_allocate(n_items, sizeof *out->chosen, "pipeline", &out->chosen));
    }
done:
    if (status != ANA_OK) {
        ana_bci_batch_release(out);
    }
    return status;
}

void ana_bci_batch_release(bci_batch *batch)
{
    free(batch->values);
    free(batch->chosen);
    *batch = (bci_batch){.n_items = 0};
}

ana_spd_set ana_bci_batch_set(const bci_batch *batch)
{
    return (ana_spd_set){.n = batch->shape.n_rows,
                         .hermitian = batch->shape.hermitian,
                         .n_matrices = batch->n_items,
                         .values = batch->values};
}

ana_status ana_bci_learn(bci_step *step, size_t which, ana_shape shape, double **out)
{
    ana_status status = ANA_OK;
    bci_array *array = &step->learned[which];
    size_t size = 1;
    for (size_t k = 0; k < shape.n_axes; k++) {
        if (!ana_multiply(size, shape.n[k], &size)) {
            return ana_fail(ANA_ERR_LIMIT, "%s: what it learns is too large",
                            step->kind->says.name);
        }
    }
    free(array->values);
    *array = (bci_array){.shape = shape};
    ANA_TRY(ana_allocate(size, sizeof *array->values, step->kind->says.name, &array->values));
    *out = array->values;
done:
    return status;
}

ana_status ana_bci_learned(const bci_step *step, size_t which, ana_shape shape, const double **out)
{
    const bci_array *array = &step->learned[which];
    const char *name = step->kind->learned[which];
    if (array->values == NULL) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: its array %s is missing", step->kind->says.name,
                        name);
    }
    bool fits = array->shape.n_axes == shape.n_axes;
    for (size_t k = 0; fits && k < shape.n_axes; k++) {
        fits = shape.n[k] == 0 || shape.n[k] == array->shape.n[k];
    }
    if (!fits) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: its array %s has another shape than its input",
                        step->kind->says.name, name);
    }
    *out = array->values;
    return ANA_OK;
}

size_t ana_bci_learned_length(const bci_step *step, size_t which, size_t axis)
{
    const bci_array *array = &step->learned[which];
    return array->values != NULL && axis < array->shape.n_axes ? array->shape.n[axis] : 0;
}

ana_status ana_bci_take_up(const bci_step *step, const bci_shape *in, const ana_run *run,
                           void **tool)
{
    *tool = NULL;
    return step->kind->take_up != NULL ? step->kind->take_up(step, in, run, tool) : ANA_OK;
}

void ana_bci_put_down(const bci_step *step, void *tool)
{
    if (step->kind->put_down != NULL) {
        step->kind->put_down(tool);
    }
}

void ana_bci_note(bci_step *step, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *copy = NULL;
    if (ana_copy_text(text, &copy) == ANA_OK) {
        free(step->note);
        step->note = copy;
    }
}

void ana_bci_choose(bci_batch *out)
{
    const size_t n_classes = out->shape.n_columns;
    for (size_t i = 0; i < out->n_items; i++) {
        const double *scores = out->values + i * n_classes;
        size_t best = 0;
        for (size_t c = 1; c < n_classes; c++) {
            best = scores[c] > scores[best] ? c : best;
        }
        out->chosen[i] = best;
    }
}
