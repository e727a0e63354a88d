#include "fft.h"

#include "memory.h"
#include "outside.h"
#include "try.h"

#include <complex.h>
#include <fftw3.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct ana_fft {
    size_t n;
    fftw_plan forward;
    fftw_plan inverse;
};

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

/* The arrays serve to tell the planner their alignment: an estimate reads and writes nothing. */
static void make_plans(ana_fft *fft)
{
    double *signal = fftw_alloc_real(fft->n);
    fftw_complex *spectrum = fftw_alloc_complex(ana_fft_bins(fft->n));
    if (signal != NULL && spectrum != NULL) {
        int n = (int)fft->n;
        fft->forward =
            fftw_plan_dft_r2c_1d(n, signal, spectrum, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        fft->inverse =
            fftw_plan_dft_c2r_1d(n, spectrum, signal, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    }
    fftw_free(signal);
    fftw_free(spectrum);
}

ana_status ana_fft_new(size_t n, ana_fft **out)
{
    if (n == 0 || n > ANA_FFT_MAX) {
        return ana_fail(ANA_ERR_VALUE, "Fourier transform of %zu samples: 1 to %zu are possible", n,
                        ANA_FFT_MAX);
    }
    ana_status status = ANA_OK;
    ana_fft *fft = NULL;
    ANA_TRY(ana_allocate(1, sizeof *fft, "Fourier transform", &fft));
    fft->n = n;
    pthread_mutex_lock(&planner);
    make_plans(fft);
    pthread_mutex_unlock(&planner);
    if (fft->forward == NULL || fft->inverse == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for a Fourier transform of %zu samples", n);
        goto done;
    }
    *out = fft;
    fft = NULL;
done:
    ana_fft_free(fft);
    return status;
}

void ana_fft_free(ana_fft *fft)
{
    if (fft == NULL) {
        return;
    }
    pthread_mutex_lock(&planner);
    if (fft->forward != NULL) {
        fftw_destroy_plan(fft->forward);
    }
    if (fft->inverse != NULL) {
        fftw_destroy_plan(fft->inverse);
    }
    pthread_mutex_unlock(&planner);
    free(fft);
}

void ana_fft_forward(const ana_fft *fft, double *signal, double *spectrum)
{
    fftw_execute_dft_r2c(fft->forward, signal, (fftw_complex *)spectrum);
}

void ana_fft_inverse(const ana_fft *fft, double *spectrum, double *signal)
{
    fftw_execute_dft_c2r(fft->inverse, (fftw_complex *)spectrum, signal);
}

static bool is_good_length(size_t n)
{
    static const size_t primes[] = {2, 3, 5, 7};
    for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++) {
        while (n % primes[i] == 0) {
            n /= primes[i];
        }
    }
    return n == 1;
}

size_t ana_fft_good_length(size_t n)
{
    size_t good = n > 0 ? n : 1;
    while (!is_good_length(good)) {
        good++;
    }
    return good;
}

const char *ana_outside_fftw(void)
{
    return fftw_version;
}
