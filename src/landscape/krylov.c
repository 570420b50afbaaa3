/* Lanczos's method with blocks, full reorthogonalisation and thick restarts (Wu & Simon 2000; blocks: Golub & Underwood 1977).
 *
 * One invariant carries it all: A V_n = V_have T. It holds for a block that was just multiplied, because every part of the image
 * lies in the basis by then; for random vectors put in beside (they have nothing to do with A V_n: rows of zeros); and for Ritz vectors
 * Y = V_n S in the place of V_n, where A Y = Y Θ + V_next (T_next S). So restarts, multiple eigenvalues and invariant subspaces need no
 * special case, and the residual of a Ritz vector is |T_next s|. */
#include "landscape/krylov.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/span.h"
#include "num/eigen.h"

temper_status temper_krylov_create(temper_krylov *k, temper_operator *A, int64_t room, int64_t block,
                                   const temper_errand *errand) {
    *k = (temper_krylov){
        .A = A, .errand = errand, .dim = A->dim, .room = room, .widest = block + TEMPER_KRYLOV_EXTRA};
    const size_t m = (size_t)room, dim = (size_t)A->dim, pieces = (size_t)temper_span_pieces(A->dim);
    size_t work = m * (pieces + 3); /* of orthogonal and of the eigensolver */
    if (work < m * TEMPER_SPAN_TURN) work = m * TEMPER_SPAN_TURN;
    k->V = temper_alloc(m, dim * sizeof(double));
    k->image = temper_alloc((size_t)k->widest, dim * sizeof(double));
    k->T = temper_alloc(3 * m * m + 2 * m + work, sizeof(double));
    if (!k->V || !k->image || !k->T) return TEMPER_NO_MEMORY;
    k->S = k->T + m * m; /* [2][m][m]: the second half is room for restarts */
    k->theta = k->S + 2 * m * m, k->residual = k->theta + m, k->work = k->residual + m;
    for (int64_t b = 0; b < block && temper_krylov_seed(k);) b++;
    return TEMPER_OK;
}

void temper_krylov_clear(temper_krylov *k) {
    temper_release(k->V);
    temper_release(k->image);
    temper_release(k->T);
    *k = (temper_krylov){0};
}

bool temper_krylov_seed(temper_krylov *k) {
    if (k->have >= k->room || k->have >= k->dim || k->have - k->n >= k->widest) return false;
    double *x = k->V + k->have * k->dim, length = 0;
    for (int turn = 0; turn < 4 && !(length > 0); turn++) {
        temper_span_normals(temper_errand_stream(k->errand), TEMPER_ROLE_START, k->drawn++, k->dim, x);
        length = temper_span_orthogonal(k->dim, k->have, k->V, x, k->work, k->work + k->room);
    }
    if (!(length > 0)) return false;
    temper_span_add(k->dim, 0, x, 1 / length, x);
    for (int64_t j = 0; j < k->n; j++) k->T[j * k->room + k->have] = 0;
    k->have++;
    return true;
}

/* Column `column` of T, and what is left of its image as a new vector of the basis; where nothing is left, the space is closed under A and a random
 * vector begins another one. */
static void absorb(temper_krylov *k, int64_t column, double *image) {
    double *t = k->T + column * k->room;
    memset(t, 0, (size_t)k->room * sizeof *t);
    double length = temper_span_orthogonal(k->dim, k->have, k->V, image, t, k->work);
    if (k->have >= k->room || k->have >= k->dim) return;
    if (!(length > 0)) {
        (void)temper_krylov_seed(k);
        return;
    }
    double *x = k->V + k->have * k->dim;
    temper_span_add(k->dim, 1 / length, image, 0, x);
    t[k->have++] = length;
}

temper_status temper_krylov_expand(temper_krylov *k) {
    const int64_t begin = k->n, b = k->have - k->n;
    temper_status bad = temper_operator_apply(k->A, b, k->V + begin * k->dim, k->image);
    k->products += b;
    if (bad) return bad;
    for (int64_t i = 0; i < b; i++) {
        k->n++; /* what absorb puts behind is the next block */
        absorb(k, begin + i, k->image + i * k->dim);
    }
    return temper_errand_step(k->errand, k->products, k->most);
}

temper_status temper_krylov_ritz(temper_krylov *k) {
    const int64_t n = k->n, room = k->room;
    for (int64_t j = 0; j < n; j++) /* both halves of T know the same, but for the rounding of A */
        for (int64_t i = 0; i <= j; i++) k->S[j * n + i] = 0.5 * (k->T[j * room + i] + k->T[i * room + j]);
    if (temper_eigen_symmetric(n, k->S, k->theta, k->work) < n)
        return temper_fail(TEMPER_DIVERGED, "%s: the eigenvalues of a projection did not converge",
                           k->A->name);
    for (int64_t r = 0; r < n; r++) {
        double square = 0;
        for (int64_t i = n; i < k->have; i++) {
            double sum = 0;
            for (int64_t j = 0; j < n; j++) sum += k->T[j * room + i] * k->S[r * n + j];
            square += sum * sum;
        }
        k->residual[r] = sqrt(square);
    }
    return TEMPER_OK;
}

void temper_krylov_restart(temper_krylov *k, int64_t count, const int64_t *index) {
    const int64_t n = k->n, room = k->room, next = k->have - n;
    double *chosen = k->S + room * room; /* [count][n] */
    for (int64_t c = 0; c < count; c++)
        memcpy(chosen + c * n, k->S + index[c] * n, (size_t)n * sizeof *chosen);
    double *rest = k->S; /* [count][next] T_next s; S itself is no longer needed */
    for (int64_t c = 0; c < count; c++)
        for (int64_t i = 0; i < next; i++) {
            double sum = 0;
            for (int64_t j = 0; j < n; j++) sum += k->T[j * room + n + i] * chosen[c * n + j];
            rest[c * next + i] = sum;
        }
    temper_span_turn(k->dim, n, k->V, count, chosen, n, k->work);
    memmove(k->V + count * k->dim, k->V + n * k->dim, (size_t)(next * k->dim) * sizeof *k->V);
    memset(k->T, 0, (size_t)(room * room) * sizeof *k->T);
    for (int64_t c = 0; c < count; c++) {
        k->T[c * room + c] = k->theta[index[c]];
        memcpy(k->T + c * room + count, rest + c * next, (size_t)next * sizeof *rest);
    }
    k->n = count, k->have = count + next;
}
