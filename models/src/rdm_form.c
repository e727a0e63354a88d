/* Dissimilarities as Q_ii + Q_jj - 2 Q_ij of a symmetric form: matrix products by blocks of rows.
 *
 * Limit: n^2 q flops for each term, half of a whole product (a symmetric rank-k update); the blocks
 * on the diagonal add n BLOCK q / 2. A block of products is read once, while it is in cache. */
#include "blas.h"
#include "lanes.h"
#include "rdm_parts.h"
#include "try.h"

#include <math.h>
#include <omp.h>

enum {
    BLOCK = 128
};

static const double cancels = 1e-7; /* of the two squares: half of the digits are lost */

void ana_rdm_diagonal(const ana_rdm_form *form)
{
    for (size_t i = 0; i < form->n; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < form->n_terms; k++) {
            const ana_rdm_term *term = &form->terms[k];
            sum += term->alpha * lanes_dot(term->q, term->a + i * term->q, term->b + i * term->q);
        }
        form->diagonal[i] = sum;
    }
}

/* From the differences themselves. */
static double anew(const ana_rdm_form *form, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t k = 0; k < form->n_terms; k++) {
        const ana_rdm_term *term = &form->terms[k];
        const size_t q = term->q;
        double part = 0.0;
        for (size_t c = 0; c < q; c++) {
            part += (term->a[i * q + c] - term->a[j * q + c]) *
                    (term->b[i * q + c] - term->b[j * q + c]);
        }
        sum += term->alpha * part;
    }
    return sum;
}

/* Row i against all that follow; `products` are its own with column `first` on. */
static void add_row(const ana_rdm_form *form, size_t i, size_t first, const double *products)
{
    const size_t n = form->n;
    const size_t pair = ana_rdm_pair(n, i, i + 1);
    for (size_t j = i + 1; j < n; j++) {
        if (form->present != NULL && (form->present[i] == 0.0 || form->present[j] == 0.0)) {
            continue;
        }
        const double squares = form->diagonal[i] + form->diagonal[j];
        double d = squares - 2.0 * products[j - first];
        d = fabs(d) < cancels * fabs(squares) ? anew(form, i, j) : d;
        form->sum[pair + (j - i - 1)] += form->is_square && d < 0.0 ? 0.0 : d;
        if (form->count != NULL) {
            form->count[pair + (j - i - 1)] += 1.0;
        }
    }
}

/* Rows first ... stop - 1 against all that follow; `products` is (stop - first) x (n - first). */
static void add_rows(const ana_rdm_form *form, size_t first, size_t stop, double *products)
{
    const size_t width = form->n - first;
    for (size_t k = 0; k < form->n_terms; k++) {
        const ana_rdm_term *term = &form->terms[k];
        const ana_gemm shape = {.n_rows = stop - first,
                                .n_inner = term->q,
                                .n_columns = width,
                                .transpose_b = true,
                                .alpha = term->alpha,
                                .beta = k == 0 ? 0.0 : 1.0};
        ana_blas_gemm(&shape, term->a + first * term->q, term->b + first * term->q, products);
    }
    for (size_t i = first; i < stop; i++) {
        add_row(form, i, first, products + (i - first) * width);
    }
}

ana_status ana_rdm_add_form(const ana_rdm_form *form, const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_blocks = (form->n + BLOCK - 1) / BLOCK;
    const int n_threads = ana_run_threads(run, n_blocks);
    double *products = ana_workspace_doubles(&workspace, (size_t)n_threads * BLOCK, form->n);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    ANA_TRY(ana_blas_start("rdm", form->n, form->terms[0].q, form->n));
#pragma omp parallel for default(none) shared(form, products, n_blocks) schedule(dynamic)          \
    num_threads(n_threads)
    for (size_t block = 0; block < n_blocks; block++) {
        const size_t first = block * BLOCK;
        const size_t stop = first + BLOCK < form->n ? first + BLOCK : form->n;
        add_rows(form, first, stop, products + (size_t)omp_get_thread_num() * BLOCK * form->n);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
