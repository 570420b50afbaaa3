/* A V = V T + β v eᵀ for each probe (Lanczos 1950), one block of products for all of them a step.
 *
 * With full reorthogonalisation the Ritz values are those of exact arithmetic: no ghosts, and the last component of an eigenvector of T tells how far its
 * Ritz value is from an eigenvalue. */
#include "landscape/lanczos.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "num/tridiagonal.h"

typedef struct { /* probes that run side by side */
    temper_operator *A;
    const temper_errand *errand;
    temper_lanczos *out;
    int64_t dim, first, probes, kept; /* kept: vectors of a basis, a ring */
    double *V;                        /* [probes][kept][dim] */
    double *v, *w; /* [probes][dim] of those that still run: their last vectors, and A times them */
    double *c, *room;
    double *scale;    /* [probes] the largest |A v| */
    int64_t *running; /* [probes] */
} band;

/* w = A v_j of probe p: α, β and the next vector. False where the space is closed. */
static bool advance(band *b, int64_t p, int64_t j, double *w) {
    temper_lanczos *l = b->out;
    double *V = b->V + p * b->kept * b->dim, *alpha = l->alpha + (b->first + p) * l->steps;
    double *beta = l->beta + (b->first + p) * l->steps;
    int64_t n = j + 1 < b->kept ? j + 1 : b->kept;
    b->scale[p] = fmax(b->scale[p], temper_span_norm(b->dim, w));
    double length = temper_span_orthogonal(b->dim, n, V, w, b->c, b->room);
    alpha[j] = b->c[j % b->kept];
    beta[j] = length > 1e-13 * b->scale[p] && j + 1 < b->dim ? length : 0;
    l->length[b->first + p] = j + 1;
    if (beta[j] == 0 || j + 1 == l->steps) return false;
    temper_span_add(b->dim, 1 / length, w, 0, V + (j + 1) % b->kept * b->dim);
    return true;
}

static temper_status run(band *b) {
    temper_lanczos *l = b->out;
    int64_t active = b->probes;
    for (int64_t p = 0; p < b->probes; p++) {
        double *x = b->V + p * b->kept * b->dim;
        temper_span_normals(temper_errand_stream(b->errand), (temper_role)b->running[p], b->first + p, b->dim,
                            x);
        temper_span_add(b->dim, 0, x, 1 / temper_span_norm(b->dim, x), x);
        b->running[p] = p, b->scale[p] = 0;
    }
    for (int64_t j = 0; active; j++) {
        for (int64_t i = 0; i < active; i++)
            memcpy(b->v + i * b->dim, b->V + (b->running[i] * b->kept + j % b->kept) * b->dim,
                   (size_t)b->dim * sizeof *b->v);
        temper_status bad = temper_operator_apply(b->A, active, b->v, b->w);
        if (!bad)
            bad = temper_errand_step(b->errand, b->first * l->steps + j * b->probes + active,
                                     l->probes * l->steps);
        if (bad) return bad;
        int64_t still = 0;
        for (int64_t i = 0; i < active; i++)
            if (advance(b, b->running[i], j, b->w + i * b->dim)) b->running[still++] = b->running[i];
        active = still;
    }
    return TEMPER_OK;
}

temper_status temper_lanczos_run(temper_operator *A, temper_role role, int64_t probes, int64_t steps,
                                 const temper_errand *errand, temper_lanczos *out) {
    const int64_t dim = A->dim;
    if (steps > dim) steps = dim;
    *out = (temper_lanczos){.probes = probes, .steps = steps};
    int64_t fits = ((int64_t)1 << 30) / 8 / dim, kept = fits < 3 ? 3 : fits < steps ? fits : steps;
    int64_t width = fits / steps < 1 ? 1 : fits / steps < probes ? fits / steps : probes;
    const size_t n = (size_t)(probes * steps), pieces = (size_t)temper_span_pieces(dim);
    out->alpha = temper_alloc(2 * n, sizeof *out->alpha);
    out->length = temper_alloc((size_t)probes, sizeof *out->length);
    band b = {.A = A, .errand = errand, .out = out, .dim = dim, .kept = kept};
    b.V = temper_alloc((size_t)(width * kept + 2 * width), (size_t)dim * sizeof *b.V);
    b.c = temper_alloc((size_t)kept * (pieces + 2) + (size_t)width, sizeof *b.c);
    b.running = temper_alloc((size_t)width, sizeof *b.running);
    temper_status bad = out->alpha && out->length && b.V && b.c && b.running ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        out->beta = out->alpha + n;
        b.v = b.V + width * kept * dim, b.w = b.v + width * dim;
        b.room = b.c + kept, b.scale = b.room + (size_t)kept * (pieces + 1);
    }
    for (b.first = 0; b.first < probes && !bad; b.first += width) {
        b.probes = probes - b.first < width ? probes - b.first : width;
        for (int64_t p = 0; p < b.probes; p++) b.running[p] = role;
        bad = run(&b);
    }
    temper_release(b.V);
    temper_release(b.c);
    temper_release(b.running);
    return bad;
}

void temper_lanczos_clear(temper_lanczos *l) {
    temper_release(l->alpha);
    temper_release(l->length);
    *l = (temper_lanczos){0};
}

int64_t temper_lanczos_rule(const temper_lanczos *l, int64_t p, int64_t steps, double *node, double *weight,
                            double *residual, double *work) {
    int64_t n = l->length[p];
    if (steps && steps < n) n = steps;
    const double *alpha = l->alpha + p * l->steps, *beta = l->beta + p * l->steps;
    double cut = beta[n - 1], *e = work, *last = work + n, sum = 0;
    memcpy(node, alpha, (size_t)n * sizeof *node);
    memcpy(e, beta, (size_t)n * sizeof *e);
    if (temper_tridiagonal(n, node, e, weight, last) < n) return 0;
    for (int64_t i = 0; i < n; i++) weight[i] *= weight[i], sum += weight[i];
    for (int64_t i = 0; i < n; i++) {
        weight[i] /= sum;
        if (residual) residual[i] = fabs(cut * last[i]);
    }
    return n;
}
