#include "num/fft.h"
#include "base/elementary.h"

int64_t temper_fft_length(int64_t n) {
    int64_t length = 1;
    while (length < n) length *= 2;
    return length;
}

/* root[j] = exp(−2πi j/n), j < n/2, each from its own angle: no error grows along the table. */
void temper_fft_roots(int64_t n, double *root) {
    for (int64_t j = 0; j < n / 2; j++) {
        double s, c;
        temper_sincos2pi((double)j / (double)n, &s, &c);
        root[2 * j] = c;
        root[2 * j + 1] = -s;
    }
}

/* Gentleman and Sande (1966): decimation in frequency. A block of length m becomes two of half its length, which hold
 * the even and the odd frequencies; the results end in bit-reversed places. */
static void halve(int64_t m, double *z, const double *root, int64_t stride) {
    int64_t half = m / 2;
    for (int64_t j = 0; j < half; j++) {
        double *a = z + 2 * j, *b = z + 2 * (j + half);
        const double *w = root + 2 * j * stride;
        double re = a[0] - b[0], im = a[1] - b[1];
        a[0] += b[0];
        a[1] += b[1];
        b[0] = re * w[0] - im * w[1];
        b[1] = re * w[1] + im * w[0];
    }
}

/* Halves down to single numbers, block after block while it is warm in the cache. */
static void scatter(int64_t n, int64_t m, double *z, const double *root) {
    if (m < 2) return;
    halve(m, z, root, n / m);
    scatter(n, m / 2, z, root);
    scatter(n, m / 2, z + m, root);
}

/* Puts place k's number into place reverse(k): r is k with its bits reversed, counted up by carrying downwards. */
static void unscramble(int64_t n, double *z) {
    for (int64_t k = 0, r = 0; k < n; k++) {
        if (k < r) {
            double re = z[2 * k], im = z[2 * k + 1];
            z[2 * k] = z[2 * r];
            z[2 * k + 1] = z[2 * r + 1];
            z[2 * r] = re;
            z[2 * r + 1] = im;
        }
        int64_t bit = n / 2;
        while (bit > 0 && (r & bit)) r ^= bit, bit /= 2;
        r |= bit;
    }
}

void temper_fft(int64_t n, double *z, const double *root) {
    scatter(n, n, z, root);
    unscramble(n, z);
}
