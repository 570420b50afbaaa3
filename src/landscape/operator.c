/* An operator known by its products: counting them, and holding some coordinates fixed. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/curvature.h"

temper_status temper_operator_apply(temper_operator *A, int64_t n, const double *v, double *out) {
    temper_status bad = A->apply(A->self, n, v, out);
    A->products += n;
    for (int64_t i = 0; i < n * A->dim && !bad; i++)
        if (!isfinite(out[i]))
            bad = temper_fail(TEMPER_DIVERGED, "%s: its product with a vector is not finite", A->name);
    return bad;
}

void temper_operator_free(temper_operator *A) {
    if (!A) return;
    if (A->release) A->release(A->self);
    temper_release(A);
}

int64_t temper_operator_dim(const temper_operator *A) { return A->dim; }

/* ---- between some coordinates ---- */

enum { BLOCK = 8 }; /* vectors that are multiplied at once */

typedef struct {
    temper_operator *whole;
    int64_t n;
    double *v, *out; /* [BLOCK][whole->dim] */
    int64_t *index;  /* [n] */
} restriction;

static temper_status apply(void *self, int64_t n, const double *v, double *out) {
    restriction *r = self;
    const int64_t dim = r->whole->dim;
    for (int64_t begin = 0; begin < n; begin += BLOCK) {
        const int64_t b = n - begin < BLOCK ? n - begin : BLOCK;
        memset(r->v, 0, (size_t)(b * dim) * sizeof *r->v);
        for (int64_t k = 0; k < b; k++)
            for (int64_t i = 0; i < r->n; i++) r->v[k * dim + r->index[i]] = v[(begin + k) * r->n + i];
        temper_status bad = temper_operator_apply(r->whole, b, r->v, r->out);
        if (bad) return bad;
        for (int64_t k = 0; k < b; k++)
            for (int64_t i = 0; i < r->n; i++) out[(begin + k) * r->n + i] = r->out[k * dim + r->index[i]];
    }
    return TEMPER_OK;
}

static void release(void *self) {
    restriction *r = self;
    temper_operator_free(r->whole);
    temper_release(r);
}

temper_status temper_operator_restrict(temper_operator **out, temper_operator *A, int64_t n,
                                       const int64_t *index) {
    size_t dim = (size_t)A->dim, count = (size_t)n;
    *out = temper_alloc(1, sizeof **out);
    restriction *r =
        n < 1 ? NULL
              : temper_alloc(1, sizeof *r + 2 * BLOCK * dim * sizeof(double) + count * sizeof(int64_t));
    temper_status bad = n < 1 ? temper_fail(TEMPER_BAD_OPTION, "%s: no coordinate to keep of %lld", A->name,
                                            (long long)A->dim)
                        : *out && r ? TEMPER_OK
                                    : TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < n && !bad; i++)
        if (index[i] < 0 || index[i] >= A->dim || (i && index[i] <= index[i - 1]))
            bad =
                temper_fail(TEMPER_BAD_OPTION, "%s: coordinate %lld is none of 0 ... %lld in ascending order",
                            A->name, (long long)index[i], (long long)A->dim - 1);
    if (bad) {
        temper_release(*out);
        temper_release(r);
        temper_operator_free(A);
        *out = NULL;
        return bad;
    }
    r->whole = A, r->n = n;
    r->v = (double *)(void *)(r + 1), r->out = r->v + BLOCK * dim;
    r->index = (int64_t *)(void *)(r->out + BLOCK * dim);
    memcpy(r->index, index, count * sizeof *index);
    **out = (temper_operator){.name = A->name, .dim = n, .self = r, .apply = apply, .release = release};
    return TEMPER_OK;
}
