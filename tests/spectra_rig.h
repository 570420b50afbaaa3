/* Operators whose spectrum is known, for the tests of src/landscape. */
#ifndef TEMPER_TESTS_SPECTRA_RIG_H
#define TEMPER_TESTS_SPECTRA_RIG_H

#include <stdlib.h>
#include "check.h"
#include "base/memory.h"
#include "temper/curvature.h"
#include "temper/parallel.h"

/* A = QΛQᵀ with Q = W D W D', W = Walsh and Hadamard's matrix, D random signs: every eigenvector has entries of about equal size, and a product costs n log n.
 * mix = false: A = Λ. The operator is not to be freed. */
enum { RIG_LARGEST = 1 << 15 };
typedef struct {
    temper_operator A;
    bool mix;
    int64_t fail_at, stop_at; /* from this product on: not finite; *stop set */
    int stop;
    double value[RIG_LARGEST], sign[2][RIG_LARGEST], x[RIG_LARGEST];
} rig;

static inline void rig_walsh(int64_t n, double *x) {
    const double half = sqrt(0.5);
    for (int64_t h = 1; h < n; h *= 2)
        for (int64_t i = 0; i < n; i += 2 * h)
            for (int64_t j = i; j < i + h; j++) {
                double a = x[j], b = x[j + h];
                x[j] = half * (a + b), x[j + h] = half * (a - b);
            }
}

static inline void rig_turn(const rig *r, double *x, bool back) { /* x ← Q x or Qᵀ x */
    const int64_t n = r->A.dim;
    for (int pass = 0; pass < 2; pass++) {
        const double *s = r->sign[back ? pass : 1 - pass];
        if (!back)
            for (int64_t i = 0; i < n; i++) x[i] *= s[i];
        rig_walsh(n, x);
        if (back)
            for (int64_t i = 0; i < n; i++) x[i] *= s[i];
    }
}

static inline temper_status rig_apply(void *self, int64_t n, const double *v, double *out) {
    rig *r = self;
    const int64_t dim = r->A.dim;
    for (int64_t k = 0; k < n; k++) {
        memcpy(r->x, v + k * dim, (size_t)dim * sizeof *v);
        if (r->mix) rig_turn(r, r->x, true);
        for (int64_t i = 0; i < dim; i++) r->x[i] *= r->value[i];
        if (r->mix) rig_turn(r, r->x, false);
        memcpy(out + k * dim, r->x, (size_t)dim * sizeof *v);
        if (r->fail_at && r->A.products + k + 1 >= r->fail_at) out[k * dim] = NAN;
        if (r->stop_at && r->A.products + k + 1 >= r->stop_at) r->stop = 1;
    }
    return TEMPER_OK;
}

static inline double rig_draw(int64_t step, int64_t i) {
    return temper_normal((temper_stream){77, 0}, TEMPER_FOR_TESTS, step, i);
}

/* dim a power of 2 where mix. Values are set by the caller. */
static inline rig *rig_open(int64_t dim, bool mix) {
    rig *r = calloc(1, sizeof *r);
    r->A = (temper_operator){.name = "rig", .dim = dim, .self = r, .apply = rig_apply};
    r->mix = mix;
    for (int64_t i = 0; i < dim; i++)
        for (int k = 0; k < 2; k++) r->sign[k][i] = rig_draw(k, i) < 0 ? -1 : 1;
    return r;
}

/* Like the Hessian of a trained net: a few outliers, most of the rest near 0, some of it below. */
static inline void rig_network(rig *r) {
    static const double outlier[] = {1, 0.7, 0.55, 0.43, 0.31};
    for (int64_t i = 0; i < r->A.dim; i++) {
        double z = rig_draw(9, i);
        r->value[i] = i < 5 ? outlier[i] : 0.02 * z * fabs(z) + 0.003;
    }
}

static inline double rig_sum(const rig *r, int power) {
    double sum = 0;
    for (int64_t i = 0; i < r->A.dim; i++) {
        double x = 1;
        for (int k = 0; k < power; k++) x *= r->value[i];
        sum += x;
    }
    return sum;
}

/* Fails allocation k for all k until the call goes through, and counts what is left behind. */
#define RIG_EVERY_ALLOCATION(call, clear)                                                                    \
    do {                                                                                                     \
        const int64_t live = temper_alloc_live();                                                            \
        int k = 1;                                                                                           \
        for (temper_status got = TEMPER_NO_MEMORY; got; k++) {                                               \
            temper_alloc_fail_at(k);                                                                         \
            got = (call);                                                                                    \
            temper_alloc_fail_at(0);                                                                         \
            CHECK(got == TEMPER_OK || got == TEMPER_NO_MEMORY, "allocation %d: %d", k, got);                 \
            if (!got) clear;                                                                                 \
            CHECK(temper_alloc_live() == live, "allocation %d: blocks are left", k);                         \
            if (k > 100) break;                                                                              \
        }                                                                                                    \
        CHECK(k > 2, "no allocation was failed");                                                            \
    } while (0)

#endif
