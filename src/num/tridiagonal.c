#include "num/tridiagonal.h"
#include <math.h>

typedef struct {
    double *d, *e, *first, *last;
} matrix;

static void rotate(double *z, int64_t i, double c, double s) {
    double old = z[i + 1];
    z[i + 1] = s * z[i] + c * old;
    z[i] = c * z[i] - s * old;
}

/* One QL turn with Wilkinson's shift on rows low … high. */
static void turn(const matrix *T, int64_t low, int64_t high) {
    double *d = T->d, *e = T->e;
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
        s = f / r, c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate(T->first, i, c, s);
        if (T->last) rotate(T->last, i, c, s);
    }
    d[low] -= p;
    e[low] = g;
    e[high] = 0;
}

static void exchange(double *z, int64_t i, int64_t j) {
    double old = z[i];
    z[i] = z[j], z[j] = old;
}

static void order(int64_t n, const matrix *T) {
    for (int64_t i = 0; i < n; i++) {
        int64_t least = i;
        for (int64_t j = i + 1; j < n; j++)
            if (T->d[j] < T->d[least]) least = j;
        exchange(T->d, i, least);
        exchange(T->first, i, least);
        if (T->last) exchange(T->last, i, least);
        if (T->first[i] < 0) {
            T->first[i] = -T->first[i];
            if (T->last) T->last[i] = -T->last[i];
        }
    }
}

int64_t temper_tridiagonal(int64_t n, double *d, double *e, double *first, double *last) {
    enum { TURNS = 60 };
    const matrix T = {d, e, first, last};
    for (int64_t i = 0; i < n; i++) {
        first[i] = i == 0;
        if (last) last[i] = i == n - 1;
    }
    if (n > 0) e[n - 1] = 0;
    for (int64_t low = 0; low < n; low++)
        for (int tries = 0;; tries++) {
            int64_t high = low; /* the first negligible subdiagonal at or below low */
            while (high + 1 < n && fabs(e[high]) > 0x1p-53 * (fabs(d[high]) + fabs(d[high + 1]))) high++;
            if (high == low) break;
            if (tries == TURNS) return low;
            turn(&T, low, high);
        }
    order(n, &T);
    return n;
}
