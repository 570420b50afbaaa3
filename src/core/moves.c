/* Moves of one precision: float, and with TEMPER_F64 double. */
#include "core/moves.h"

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

static bool finite(const temper_walker *w, const void *grad) {
    return temper_net_kernel()->all_finite(w->dim, grad);
}

static void normals(const temper_walker *w, double sigma, void *out) {
    real *x = out;
    for (int64_t k = 0; k < w->dim; k += CHUNK) {
        int64_t n = w->dim - k < CHUNK ? w->dim - k : CHUNK;
        temper_net_kernel()->normals(w->stream, TEMPER_FOR_INITIAL, momenta, k, n, x + k);
        for (int64_t i = k; i < k + n; i++) x[i] *= (real)sigma;
    }
}

static void sgd(temper_walker *w, const temper_update *u, temper_sums *sums) {
    temper_net_kernel()->update_sgd(u, w->dim, w->grad, w->theta, w->memory[0], sums);
}

static void adam(temper_walker *w, const temper_update *u, temper_sums *sums) {
    temper_net_kernel()->update_adam(u, w->dim, w->grad, w->theta, w->memory[0], w->memory[1], sums);
}

static void baoab(temper_walker *w, const temper_update *u, temper_sums *sums) {
    temper_net_kernel()->update_baoab(u, w->dim, w->grad, w->theta, w->memory[0], sums);
}

static void climb(temper_walker *w, double rho) {
    const temper_net_kernels *k = temper_net_kernel();
    double size = __builtin_sqrt(k->dot(w->dim, w->grad, w->grad));
    k->climb(w->dim, (real)(rho / (size + 1e-12)), w->theta, w->grad, w->place[0]);
}

static void climb_scaled(temper_walker *w, double rho, double eta) {
    const temper_net_kernels *k = temper_net_kernel();
    real floor = (real)eta;
    double size = __builtin_sqrt(k->steepness(w->dim, w->theta, w->grad, floor));
    k->climb_scaled(w->dim, (real)(rho / (size + 1e-12)), floor, w->theta, w->grad, w->place[0]);
}

static void scatter(temper_walker *w, const temper_exploration *u, bool relative) {
    temper_net_kernel()->scatter(u, w->dim, relative, w->theta, w->place[0]);
}

static void explore(temper_walker *w, const temper_exploration *u) {
    const temper_places places = {w->theta, w->grad, w->place[1], w->place[2], w->place[0]};
    temper_net_kernel()->explore(u, w->dim, &places);
}

const temper_moves MOVES = {start, energy, slope,        finite,  normals, sgd, adam,
                            baoab, climb,  climb_scaled, scatter, explore};
