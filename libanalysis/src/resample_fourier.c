/* Resampling through the spectrum. */
#include "checked.h"
#include "resampling.h"
#include "try.h"
#include "workspace.h"

#include <omp.h>
#include <stdint.h>
#include <string.h>

ana_status ana_fourier_resampler_new(size_t n_in, size_t n_out, ana_fourier_resampler *resampler)
{
    *resampler = (ana_fourier_resampler){.n_in = n_in, .n_out = n_out};
    ana_status status = ana_fft_new(n_in, &resampler->in);
    if (status == ANA_OK) {
        status = ana_fft_new(n_out, &resampler->out);
    }
    if (status != ANA_OK) {
        ana_fourier_resampler_release(resampler);
    }
    return status;
}

void ana_fourier_resampler_release(ana_fourier_resampler *resampler)
{
    ana_fft_free(resampler->in);
    ana_fft_free(resampler->out);
    *resampler = (ana_fourier_resampler){0};
}

static size_t longer(size_t n_in, size_t n_out)
{
    return n_in > n_out ? n_in : n_out;
}

size_t ana_fourier_resampler_scratch(size_t n_in, size_t n_out)
{
    size_t n = longer(n_in, n_out);
    return ana_fft_stride(n) + ana_fft_stride(2 * ana_fft_bins(n));
}

double *ana_fourier_resampler_input(double *scratch)
{
    return scratch;
}

/* The spectrum at n_in frequencies becomes that at n_out: cut, or continued by zeros. The frequency
 * at half the lower rate stands for two, which part or meet. */
static void fit_spectrum(size_t n_in, size_t n_out, double *spectrum)
{
    const size_t n_kept = ana_fft_bins(n_in < n_out ? n_in : n_out);
    const size_t n_bins = ana_fft_bins(n_out);
    if (n_bins > n_kept) {
        memset(spectrum + 2 * n_kept, 0, 2 * (n_bins - n_kept) * sizeof(double));
    }
    for (size_t k = 0; k < 2 * n_kept; k++) {
        spectrum[k] /= (double)n_in;
    }
    const size_t shorter = n_in < n_out ? n_in : n_out;
    if (shorter % 2 == 0 && n_in != n_out) {
        const double factor = n_out < n_in ? 2.0 : 0.5;
        spectrum[shorter] *= factor;
        spectrum[shorter + 1] *= factor;
    }
}

double *ana_fourier_resampler_run(const ana_fourier_resampler *resampler, double *scratch)
{
    double *spectrum = scratch + ana_fft_stride(longer(resampler->n_in, resampler->n_out));
    ana_fft_forward(resampler->in, scratch, spectrum);
    fit_spectrum(resampler->n_in, resampler->n_out, spectrum);
    ana_fft_inverse(resampler->out, spectrum, scratch);
    return scratch;
}

ana_status ana_resample_fourier(size_t n_channels, size_t n_times, const double *x, size_t n_out,
                                const ana_run *run, double *out)
{
    if (n_channels == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_fourier_resampler resampler = {0};
    ANA_TRY(ana_fourier_resampler_new(n_times, n_out, &resampler));
    const int n_threads = ana_run_threads(run, n_channels);
    const size_t stride = ana_fourier_resampler_scratch(n_times, n_out);
    size_t bytes = SIZE_MAX;
    if (!ana_multiply(stride * sizeof(double), (size_t)n_threads, &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(run, bytes, "Fourier resampling"));
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "Fourier resampling"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(resampler, scratch, stride, n_channels, n_times, n_out, x, out)
    for (size_t c = 0; c < n_channels; c++) {
        double *mine = scratch + (size_t)omp_get_thread_num() * stride;
        memcpy(mine, x + c * n_times, n_times * sizeof *mine);
        const double *answer = ana_fourier_resampler_run(&resampler, mine);
        memcpy(out + c * n_out, answer, n_out * sizeof *out);
    }
done:
    ana_fourier_resampler_release(&resampler);
    ana_workspace_release(&workspace);
    return status;
}
