/* Pairs of rows, turned one after the other: Pham's method and Jacobi angles. */
#include "joint_parts.h"
#include "try.h"

#include <math.h>

/* What Pham's step needs of rows i and j. */
typedef struct pair_means {
    double g12[2];  /* sum w x_ij / x_ii */
    double g21[2];  /* sum w x_ij / x_jj */
    double omega12; /* sum w x_jj / x_ii */
    double omega21; /* sum w x_ii / x_jj */
} pair_means;

static pair_means average_pair(const joint_job *job, size_t i, size_t j)
{
    const size_t n = job->n;
    pair_means means = {.omega12 = 0.0};
    for (size_t k = 0; k < job->n_matrices; k++) {
        const double *x = job->x + k * n * n * job->step;
        const double w = job->weights[k];
        const double first = x[job->step * i * (n + 1)];
        const double second = x[job->step * j * (n + 1)];
        for (size_t part = 0; part < job->step; part++) {
            const double both = x[job->step * (i * n + j) + part];
            means.g12[part] += w * both / first;
            means.g21[part] += w * both / second;
        }
        means.omega12 += w * second / first;
        means.omega21 += w * first / second;
    }
    return means;
}

/* Pham 2001, eqs. 2.5 to 2.7: the pair's step t, and by how much the criterion falls. */
static double pham_step(const pair_means *means, double t[4][2])
{
    const double omega = sqrt(means->omega12 * means->omega21);
    const double ratio = sqrt(means->omega21 / means->omega12);
    double h12[2];
    double h21[2];
    double fall = 0.0;
    for (size_t part = 0; part < 2; part++) {
        const double a = ratio * means->g12[part];
        const double sum = (a + means->g21[part]) / (omega + 1.0);
        const double difference = (a - means->g21[part]) / fmax(omega - 1.0, 1e-9);
        h12[part] = sum + difference;
        h21[part] = (part == 0 ? 1.0 : -1.0) * (sum - difference) / ratio;
        fall += 0.5 * means->g12[part] * h12[part];
        fall += (part == 0 ? 0.5 : -0.5) * means->g21[part] * h21[part];
    }
    const double real = h12[0] * h21[0] - h12[1] * h21[1];
    const double imaginary = h12[0] * h21[1] + h12[1] * h21[0];
    const double root = 1.0 + sqrt(fmax(1.0 - 0.25 * imaginary * imaginary - real, 0.0));
    for (size_t part = 0; part < 2; part++) {
        t[0][part] = t[3][part] = part == 0 ? 1.0 : 0.0;
        t[1][part] = -h12[part] / root;
        t[2][part] = -h21[part] / root;
    }
    return fall;
}

ana_status joint_pham(const joint_job *job, ana_joint_info *info)
{
    ana_status status = ANA_OK;
    const double n_pairs = fmax(1.0, (double)job->n * (double)(job->n - 1));
    const size_t most = job->options->max_iterations;
    while (info->n_iterations < most && !info->converged) {
        double fall = 0.0;
        for (size_t i = 1; i < job->n; i++) {
            for (size_t j = 0; j < i; j++) {
                double t[4][2];
                const pair_means means = average_pair(job, i, j);
                fall += pham_step(&means, t);
                joint_turn(job, i, j, t);
            }
        }
        info->residual = fabs(fall) / n_pairs;
        info->n_iterations++;
        info->converged = info->residual <= job->options->tolerance;
        ANA_TRY(ana_run_progress(&job->options->run, "joint", info->n_iterations, most));
    }
done:
    return status;
}

/* The sine and cosine of the angle at which rows p and q are most diagonal; none where all that is
 * left to turn is rounding. */
static void find_angle(const joint_job *job, size_t p, size_t q, double *cosine, double *sine)
{
    const size_t n = job->n;
    double on = 0.0;
    double off = 0.0;
    double all = 0.0;
    for (size_t k = 0; k < job->n_matrices; k++) {
        const double *x = job->x + k * n * n;
        const double difference = x[p * (n + 1)] - x[q * (n + 1)];
        const double sum = x[p * n + q] + x[q * n + p];
        on += job->weights[k] * (difference * difference - sum * sum);
        off += job->weights[k] * 2.0 * difference * sum;
        all +=
            job->weights[k] * (x[p * (n + 1)] * x[p * (n + 1)] + x[q * (n + 1)] * x[q * (n + 1)]);
    }
    const bool is_rounding = hypot(on, off) <= 1e-28 * all;
    const double angle = is_rounding ? 0.0 : 0.5 * atan2(off, on + hypot(on, off));
    *cosine = cos(angle);
    *sine = sin(angle);
}

ana_status joint_rjd(const joint_job *job, ana_joint_info *info)
{
    ana_status status = ANA_OK;
    const size_t most = job->options->max_iterations;
    while (info->n_iterations < most && !info->converged) {
        info->residual = 0.0;
        for (size_t p = 0; p + 1 < job->n; p++) {
            for (size_t q = p + 1; q < job->n; q++) {
                double c = 1.0;
                double s = 0.0;
                find_angle(job, p, q, &c, &s);
                double t[4][2] = {{c, 0.0}, {s, 0.0}, {-s, 0.0}, {c, 0.0}};
                joint_turn(job, p, q, t);
                info->residual = fmax(info->residual, fabs(s));
            }
        }
        info->n_iterations++;
        info->converged = info->residual <= job->options->tolerance;
        ANA_TRY(ana_run_progress(&job->options->run, "joint", info->n_iterations, most));
    }
done:
    return status;
}
