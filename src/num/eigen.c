/* Symmetric eigenproblems: A = Q T Qᵀ by n − 2 reflections (Householder 1958), then T diagonal by implicit QL with Wilkinson's shift (Martin,
 * Reinsch and Wilkinson 1968; Dubrulle, Martin and Wilkinson 1968). Eigenvectors are rows here, so that each rotation runs along memory. */
#include <math.h>
#include "num/eigen.h"

static double dot(int64_t n, const double *x, const double *y) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* Row i, from the last to the third: the reflection H = I − u uᵀ/h with u from A[i][0 … i) makes all but A[i][i−1] vanish. u stays in row i of A, h in value[i];
 * diagonal and subdiagonal are read off A and e[i]. */
static void reduce(int64_t n, double *A, double *h, double *e) {
    for (int64_t i = n - 1; i > 0; i--) {
        double *u = A + i * n, square = dot(i - 1, u, u), last = u[i - 1];
        h[i] = 0;
        e[i] = last;
        if (square == 0) continue; /* already tridiagonal */
        double length = sqrt(square + last * last);
        e[i] = last > 0 ? -length : length;
        h[i] = length * length - last * e[i];
        u[i - 1] = last - e[i];
        double *p = e; /* e[0 … i) is free: p = A u/h */
        for (int64_t j = 0; j < i; j++) {
            double sum = dot(j + 1, A + j * n, u);
            for (int64_t k = j + 1; k < i; k++) sum += A[k * n + j] * u[k];
            p[j] = sum / h[i];
        }
        double K = dot(i, u, p) / (2 * h[i]);
        for (int64_t j = 0; j < i; j++) p[j] -= K * u[j];
        for (int64_t j = 0; j < i; j++)
            for (int64_t k = 0; k <= j; k++) A[j * n + k] -= u[j] * p[k] + p[j] * u[k];
    }
}

/* A ← Qᵀ, whose rows are the directions that T is written in, from the reflections in A; d[i] ← diagonal of T. */
static void gather(int64_t n, double *A, const double *h, double *d) {
    for (int64_t i = 0; i < n; i++) {
        double *u =
            A + i * n; /* the leading i × i block is Qᵀ so far; multiply each of its rows by H = I − u uᵀ/h */
        if (i > 0 && h[i] != 0)
            for (int64_t k = 0; k < i; k++) {
                double *row = A + k * n, g = dot(i, u, row) / h[i];
                for (int64_t j = 0; j < i; j++) row[j] -= g * u[j];
            }
        d[i] = u[i];
        for (int64_t j = 0; j < i; j++) u[j] = A[j * n + i] = 0;
        u[i] = 1;
    }
}

/* One QL turn on rows low … high of T, rotating rows of V. */
static void turn(int64_t n, int64_t low, int64_t high, double *d, double *e, double *V) {
    double g = (d[low + 1] - d[low]) / (2 * e[low]), r = sqrt(g * g + 1), s = 1, c = 1, p = 0;
    g = d[high] - d[low] + e[low] / (g + (g >= 0 ? r : -r));
    for (int64_t i = high - 1; i >= low; i--) {
        double f = s * e[i], b = c * e[i];
        r = sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r == 0) { /* underflow: split here */
            d[i + 1] -= p;
            e[high] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        double *x = V + i * n, *y = x + n;
        for (int64_t k = 0; k < n; k++) {
            double old = y[k];
            y[k] = s * x[k] + c * old;
            x[k] = c * x[k] - s * old;
        }
    }
    d[low] -= p;
    e[low] = g;
    e[high] = 0;
}

static void order(int64_t n, double *d, double *V) {
    for (int64_t i = 0; i < n; i++) {
        int64_t best = i, big = 0;
        for (int64_t j = i + 1; j < n; j++)
            if (d[j] > d[best]) best = j;
        double swap = d[i];
        d[i] = d[best];
        d[best] = swap;
        double *x = V + i * n, *y = V + best * n;
        for (int64_t k = 0; k < n; k++) {
            swap = x[k];
            x[k] = y[k];
            y[k] = swap;
        }
        for (int64_t k = 1; k < n; k++)
            if (fabs(x[k]) > fabs(x[big])) big = k;
        if (x[big] < 0)
            for (int64_t k = 0; k < n; k++) x[k] = -x[k];
    }
}

int64_t temper_eigen_symmetric(int64_t n, double *A, double *value, double *work) {
    enum { TURNS = 60 };
    double *e = work;
    reduce(n, A, value, e);
    gather(n, A, value, value);
    for (int64_t i = 1; i < n; i++) e[i - 1] = e[i];
    if (n > 0) e[n - 1] = 0;
    for (int64_t low = 0; low < n; low++)
        for (int tries = 0;; tries++) {
            int64_t high = low; /* the first negligible subdiagonal at or below low */
            while (high + 1 < n && fabs(e[high]) > 0x1p-53 * (fabs(value[high]) + fabs(value[high + 1])))
                high++;
            if (high == low) break;
            if (tries == TURNS) return low;
            turn(n, low, high, value, e, A);
        }
    order(n, value, A);
    return n;
}
