/* Moves of one precision: float, and with TEMPER_F64 double. */
#include "core/moves.h"
#include <stdatomic.h>
#include "kernel/joiner.h"
#include "temper/parallel.h"

#ifdef TEMPER_F64
#define MOVES    temper_moves_double
#define OF(name) name
#else
#define MOVES    temper_moves_single
#define OF(name) name##_single
#endif

enum { CHUNK = 1024 };
static const int64_t momenta = 0x6d6f6d656e74; /* "moment" */

static void start(temper_walker *w) {
    w->potential->type->OF(start)(w->potential->self, w->stream, w->theta);
}

static double energy(const temper_walker *w, const temper_look *look) {
    return w->potential->type->OF(energy)(w->potential->self, look, w->theta);
}

static double slope(const temper_walker *w, const temper_look *look, const void *theta, void *grad) {
    return w->potential->type->OF(slope)(w->potential->self, look, theta, grad);
}

/* Passes over long vectors are shared by the threads, in parts that are branches of the tree of a sum (kernel/joiner.h). */
enum { PART = 8 * TEMPER_UPDATE_CHUNK, ROUND = 64 };

typedef struct {
    const temper_walker *w;
    const real *grad;
    atomic_bool bad;
} search;

static temper_status search_part(void *context, int64_t part) {
    search *s = context;
    int64_t k = part * PART, n = s->w->dim - k < PART ? s->w->dim - k : PART;
    if (!temper_net_kernel()->all_finite(n, s->grad + k)) atomic_store(&s->bad, true);
    return TEMPER_OK;
}

static bool finite(const temper_walker *w, const void *grad) {
    search s = {.w = w, .grad = grad};
    if (w->dim <= PART) return temper_net_kernel()->all_finite(w->dim, grad);
    temper_parallel((w->dim + PART - 1) / PART, search_part, &s);
    return !atomic_load(&s.bad);
}

typedef enum { SGD, ADAM, BAOAB } update_kind;

static void update_range(update_kind kind, temper_walker *w, const temper_update *given, int64_t n,
                         temper_sums *sums) {
    const temper_net_kernels *kernel = temper_net_kernel();
    int64_t k = given->first;
    real *theta = w->theta, *first = w->memory[0], *second = w->memory[1];
    const real *grad = w->grad;
    switch (kind) {
    case SGD: kernel->update_sgd(given, n, grad + k, theta + k, first + k, sums); break;
    case ADAM: kernel->update_adam(given, n, grad + k, theta + k, first + k, second + k, sums); break;
    case BAOAB: kernel->update_baoab(given, n, grad + k, theta + k, first + k, sums); break;
    }
}

typedef struct {
    update_kind kind;
    temper_walker *w;
    const temper_update *given;
    int64_t from;           /* part 0 of this round */
    temper_sums sum[ROUND]; /* of its parts */
} updating;

static temper_status update_part(void *context, int64_t part) {
    updating *u = context;
    temper_update mine = *u->given;
    mine.first = (u->from + part) * PART;
    int64_t n = u->w->dim - mine.first < PART ? u->w->dim - mine.first : PART;
    update_range(u->kind, u->w, &mine, n, &u->sum[part]);
    return TEMPER_OK;
}

static void update(update_kind kind, temper_walker *w, const temper_update *given, temper_sums *sums) {
    if (w->dim <= PART) {
        update_range(kind, w, given, w->dim, sums);
        return;
    }
    updating u = {.kind = kind, .w = w, .given = given};
    joiner whole[4] = {{.count = 0}};
    int64_t parts = (w->dim + PART - 1) / PART;
    for (; u.from < parts; u.from += ROUND) {
        int64_t n = parts - u.from < ROUND ? parts - u.from : ROUND;
        temper_parallel(n, update_part, &u);
        for (int64_t k = 0; k < n; k++) {
            const double part[4] = {u.sum[k].theta_grad, u.sum[k].grad_grad, u.sum[k].memory_memory,
                                    u.sum[k].theta_theta};
            for (int s = 0; s < 4; s++) join(&whole[s], part[s]);
        }
    }
    *sums = (temper_sums){joined(&whole[0]), joined(&whole[1]), joined(&whole[2]), joined(&whole[3])};
}

static void normals(const temper_walker *w, double sigma, void *out) {
    real *x = out;
    for (int64_t k = 0; k < w->dim; k += CHUNK) {
        int64_t n = w->dim - k < CHUNK ? w->dim - k : CHUNK;
        temper_net_kernel()->normals(w->noise, TEMPER_FOR_INITIAL, momenta, k, n, x + k);
        for (int64_t i = k; i < k + n; i++) x[i] *= (real)sigma;
    }
}

static void sgd(temper_walker *w, const temper_update *u, temper_sums *sums) { update(SGD, w, u, sums); }
static void adam(temper_walker *w, const temper_update *u, temper_sums *sums) { update(ADAM, w, u, sums); }
static void baoab(temper_walker *w, const temper_update *u, temper_sums *sums) { update(BAOAB, w, u, sums); }

/* A pass over θ to places near it, or a sum over it. */
typedef enum { CLIMB, CLIMB_SCALED, SCATTER, EXPLORE, STEEPNESS, SQUARE } pass_kind;

typedef struct {
    pass_kind kind;
    temper_walker *w;
    real a, floor;
    temper_exploration u;
    bool relative;
    int64_t from;      /* part 0 of this round */
    double sum[ROUND]; /* of its parts */
} passing;

static temper_status pass_part(void *context, int64_t part) {
    passing *p = context;
    const temper_net_kernels *kernel = temper_net_kernel();
    temper_walker *w = p->w;
    int64_t k = (p->from + part) * PART, n = w->dim - k < PART ? w->dim - k : PART;
    real *theta = (real *)w->theta + k, *grad = (real *)w->grad + k, *out = (real *)w->place[0] + k;
    temper_exploration u = p->u;
    u.from = k;
    switch (p->kind) {
    case CLIMB: kernel->climb(n, p->a, theta, grad, out); break;
    case CLIMB_SCALED: kernel->climb_scaled(n, p->a, p->floor, theta, grad, out); break;
    case SCATTER: kernel->scatter(&u, n, p->relative, theta, out); break;
    case EXPLORE: {
        const temper_places places = {theta, grad, out, (real *)w->place[1] + k};
        kernel->explore(&u, n, &places);
        break;
    }
    case STEEPNESS: p->sum[part] = kernel->steepness(n, theta, grad, p->floor); break;
    case SQUARE: p->sum[part] = kernel->dot(n, grad, grad); break;
    }
    return TEMPER_OK;
}

/* The sum over all parts; of passes without one it means nothing. */
static double pass(passing *p) {
    joiner whole = {.count = 0};
    int64_t parts = (p->w->dim + PART - 1) / PART;
    for (p->from = 0; p->from < parts; p->from += ROUND) {
        int64_t n = parts - p->from < ROUND ? parts - p->from : ROUND;
        if (n == 1)
            pass_part(p, 0);
        else
            temper_parallel(n, pass_part, p);
        for (int64_t k = 0; k < n; k++) join(&whole, p->sum[k]);
    }
    return joined(&whole);
}

static void climb(temper_walker *w, double rho) {
    passing p = {.kind = SQUARE, .w = w};
    p.a = (real)(rho / (__builtin_sqrt(pass(&p)) + 1e-12));
    p.kind = CLIMB, pass(&p);
}

static void climb_scaled(temper_walker *w, double rho, double eta) {
    passing p = {.kind = STEEPNESS, .w = w, .floor = (real)eta};
    p.a = (real)(rho / (__builtin_sqrt(pass(&p)) + 1e-12));
    p.kind = CLIMB_SCALED, pass(&p);
}

static void scatter(temper_walker *w, const temper_exploration *u, bool relative) {
    passing p = {.kind = SCATTER, .w = w, .u = *u, .relative = relative};
    pass(&p);
}

static void explore(temper_walker *w, const temper_exploration *u) {
    passing p = {.kind = EXPLORE, .w = w, .u = *u};
    pass(&p);
}

const temper_moves MOVES = {start, energy, slope, finite,       normals, sgd,
                            adam,  baoab,  climb, climb_scaled, scatter, explore};
