/* Time-frequency series: a channel for each channel and wavelet. */
#include "derived.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "wavelets.h"

#include <math.h>
#include <stdlib.h>

/* What a series owns of it. */
typedef struct owned_kernel {
    ana_morlet_kernel kernel;
    ana_morlet *morlet;
} owned_kernel;

static void morlet_reach(const void *self, size_t n_times, size_t first, size_t n, size_t *in_first,
                         size_t *in_n)
{
    const ana_morlet_kernel *kernel = &((const owned_kernel *)self)->kernel;
    ana_convolver_reach(kernel->morlet->convolver, n_times, first, n, in_first, in_n);
}

static size_t morlet_scratch(const void *self, size_t n_times)
{
    (void)n_times;
    const ana_morlet_kernel *kernel = &((const owned_kernel *)self)->kernel;
    return ana_morlet_scratch(kernel, ana_convolver_block(kernel->morlet->convolver));
}

static void morlet_compute(const void *self, const ana_derived_block *block, double *scratch,
                           double *const *out)
{
    const ana_morlet_kernel *kernel = &((const owned_kernel *)self)->kernel;
    const ana_stretch stretch = {block->in, block->in_first, block->in_n, block->n_times};
    ana_morlet_block(kernel, &stretch, block->index, block->n, scratch, block->n, out[0]);
}

static void morlet_kernel_free(void *self)
{
    owned_kernel *owned = self;
    ana_morlet_free(owned->morlet);
    free(owned);
}

static const char *part_of(ana_morlet_output output, size_t row)
{
    if (output != ANA_MORLET_COMPLEX) {
        return "";
    }
    return row % 2 == 0 ? " re" : " im";
}

/* "C3 10 Hz", and the unit of what is given. */
static ana_status name_row(const ana_morlet_kernel *kernel, size_t row, ana_channel *channel)
{
    ana_status status = ANA_OK;
    ana_text name = {0};
    ana_text unit = {0};
    const size_t wavelet = kernel->output == ANA_MORLET_COMPLEX ? row / 2 : row;
    ana_text_printf(&name, "%s ", channel->name);
    ana_text_append(&name, ana_number(kernel->morlet->frequencies[wavelet]).text);
    ana_text_printf(&name, " Hz%s", part_of(kernel->output, row));
    ANA_TRY(ana_text_check(&name, "channel name"));
    if (kernel->output == ANA_MORLET_PHASE) {
        ana_text_append(&unit, "rad");
    } else if (channel->unit != NULL) {
        ana_text_printf(&unit, "%s%s", channel->unit,
                        kernel->output == ANA_MORLET_POWER ? "^2" : "");
    }
    ANA_TRY(ana_text_check(&unit, "channel unit"));
    free(channel->name);
    free(channel->unit);
    channel->name = name.bytes;
    channel->unit = unit.bytes;
    name = (ana_text){0};
    unit = (ana_text){0};
done:
    ana_text_release(&name);
    ana_text_release(&unit);
    return status;
}

static ana_status name_rows(const ana_morlet_kernel *kernel, size_t rows, ana_series *series)
{
    ana_status status = ANA_OK;
    for (size_t c = 0; c < series->n_channels && status == ANA_OK; c++) {
        status = name_row(kernel, c % rows, &series->channels[c]);
    }
    return status;
}

ana_status ana_series_morlet(const ana_series *series, ana_morlet *morlet, ana_morlet_output output,
                             const ana_run *run, ana_series **out)
{
    ana_status status = ANA_OK;
    owned_kernel *owned = NULL;
    ana_series *made = NULL;
    if (series->rate != morlet->rate) {
        return ana_fail(ANA_ERR_VALUE, "Morlet wavelets for %s Hz, but series \"%s\" has %s Hz",
                        ana_number(morlet->rate).text, series->name, ana_number(series->rate).text);
    }
    const size_t rows = ana_morlet_rows(morlet, output);
    const ana_morlet_kernel named = {morlet, output};
    ANA_TRY(ana_allocate(1, sizeof *owned, "Morlet wavelets", &owned));
    owned->kernel = named;
    owned->morlet = ana_morlet_share(morlet);
    const ana_derivation derivation = {.name = "Morlet wavelets",
                                       .n_outputs = rows,
                                       .n_lanes = 1,
                                       .block = ana_convolver_block(morlet->convolver),
                                       .up = 1,
                                       .down = 1,
                                       .rate = series->rate,
                                       .reach = morlet_reach,
                                       .scratch = morlet_scratch,
                                       .compute = morlet_compute,
                                       .free = morlet_kernel_free};
    ANA_TRY(ana_series_derive(series, &derivation, owned, run, &made));
    ANA_TRY(name_rows(&named, rows, made));
    *out = made;
    made = NULL;
done:
    ana_series_free(made);
    return status;
}
