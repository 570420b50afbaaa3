/* Paramagnet, ferromagnet or spin glass? After Decelle, Fissore and Furtlehner (EPL 119, 60001 (2017); J. Stat. Phys. 172, 1576 (2018)): a machine of
 * ±1 units whose couplings are a few modes in noise,
 *     −E = Σ J_ij s_i t_j + Σ a_i s_i + Σ c_j t_j,   J = Σ_α w_α u^α v^αᵀ + r,   r_ij of variance σ²/√(VH),
 * has in the replica-symmetric mean field
 *     m_j = ∫Dz tanh θ_j,  q_j = ∫Dz tanh² θ_j,  θ_j = c_j + Σ_i J⁰_ij m_i + √(σ² √(V/H) q̄_v) z,       J⁰ the modes alone,
 * and the same with the layers exchanged. Without fields: paramagnet for σ, w < 1, ferromagnet where w > 1 wins, spin glass for σ > 1.
 *
 * 1. Modes are what stands above the Marchenko–Pastur edge of the rest, three widths of Tracy and Widom (Johnstone 2001) above it. Noise makes a singular value o
 *    out of a mode of strength w, o² = (w² + s²V)(w² + s²H)/w² with s² the variance of an entry (Benaych-Georges and Nadakuditi 2012): inverted here.
 * 2. The state that the equations reach when β rises from 0 to 1 is the reference. Order: it is unstable along the modes (`strength`, the largest
 *    singular value of √χ_v J⁰ √χ_h, above 1), or the equations have further solutions when started along a mode. Then it is a ferromagnet.
 * 3. Else, replica symmetry broken there, λ = 1 − σ⁴ ⟨sech⁴θ_v⟩⟨sech⁴θ_h⟩ < 0 (de Almeida and Thouless 1978): a spin glass. Else a paramagnet.
 *
 * What it is not: a simulation, or exact. The noise is taken as independent of modes and fields, which learning makes only roughly true; the vectors of a weak
 * mode are noisy themselves; a finite machine has no transitions. "ferromagnetic" of a trained machine means: it has several states, along its modes. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "evidence/phase.h"

enum { NODES = 33, TURNS = 500, LADDER = 10, KICKED = 8, STATES = 2 * KICKED + 1 };
static const double REACH = 6, SAME = 1e-3;

typedef struct { /* a layer in its mean field */
    int64_t n;
    const double *field; /* [n] its own */
    double *m, *chi;     /* [n] */
    double q, sech4;     /* means over the layer */
} layer;

typedef struct {
    const temper_couplings *of;
    double *J;       /* [V][H] the modes alone */
    double variance; /* s² of an entry of the noise */
    layer v, h;
    double *mean;   /* [max(V, H)] fields of the other layer */
    double *found;  /* [STATES][V] */
    double *vector; /* [V + H] of the power iteration */
} scene;

/* One layer in the fields β(own + mean) and Gaussian noise of the variance given. */
static void respond(layer *l, const double *mean, double beta, double variance) {
    double width = beta * sqrt(variance), weight[NODES], z[NODES], total = 0;
    for (int k = 0; k < NODES; k++) {
        z[k] = REACH * (2.0 * k / (NODES - 1) - 1);
        total += weight[k] = temper_exp(-0.5 * z[k] * z[k]);
    }
    l->q = l->sech4 = 0;
    for (int64_t i = 0; i < l->n; i++) {
        double m = 0, q = 0, s4 = 0, at = beta * (l->field[i] + mean[i]);
        for (int k = 0; k < NODES; k++) {
            double t = temper_tanh(at + width * z[k]), s = 1 - t * t;
            m += weight[k] * t;
            q += weight[k] * t * t;
            s4 += weight[k] * s * s;
        }
        l->m[i] = m / total;
        l->chi[i] = 1 - q / total;
        l->q += q / total;
        l->sech4 += s4 / total;
    }
    l->q /= (double)l->n;
    l->sech4 /= (double)l->n;
}

/* out[H] = J⁰ᵀ x and out[V] = J⁰ y. */
static void to_hidden(const scene *s, const double *x, double *out) {
    int64_t H = s->of->H;
    memset(out, 0, (size_t)H * sizeof *out);
    for (int64_t i = 0; i < s->of->V; i++)
        for (int64_t j = 0; j < H; j++) out[j] += x[i] * s->J[i * H + j];
}
static void to_visible(const scene *s, const double *y, double *out) {
    int64_t H = s->of->H;
    for (int64_t i = 0; i < s->of->V; i++) {
        out[i] = 0;
        for (int64_t j = 0; j < H; j++) out[i] += s->J[i * H + j] * y[j];
    }
}

/* Solves the equations at β from the visible means and q_v of the scene. */
static void settle(scene *s, double beta) {
    for (int turn = 0; turn < TURNS; turn++) {
        double q = s->v.q, change = 0;
        to_hidden(s, s->v.m, s->mean);
        respond(&s->h, s->mean, beta, s->variance * (double)s->of->V * q);
        to_visible(s, s->h.m, s->mean);
        double *last = s->vector;
        memcpy(last, s->v.m, (size_t)s->of->V * sizeof *last);
        respond(&s->v, s->mean, beta, s->variance * (double)s->of->H * s->h.q);
        for (int64_t i = 0; i < s->of->V; i++) change = fmax(change, fabs(s->v.m[i] - last[i]));
        if (fmax(change, fabs(s->v.q - q)) < 1e-9) break;
    }
}

/* Largest singular value of √χ_v J⁰ √χ_h by power iteration. */
static double strength(scene *s) {
    int64_t V = s->of->V, H = s->of->H;
    double *x = s->vector, *y = s->vector + V, size = 0, last = -1;
    for (int64_t i = 0; i < V; i++) x[i] = s->of->u[i] + 1e-3;
    for (int turn = 0; turn < TURNS && fabs(size - last) > 1e-10 * size; turn++) {
        double square = 0;
        for (int64_t i = 0; i < V; i++) s->mean[i] = sqrt(s->v.chi[i]) * x[i];
        to_hidden(s, s->mean, y);
        for (int64_t j = 0; j < H; j++) y[j] *= s->h.chi[j];
        to_visible(s, y, x);
        for (int64_t i = 0; i < V; i++) {
            x[i] *= sqrt(s->v.chi[i]);
            square += x[i] * x[i];
        }
        last = size;
        size = sqrt(sqrt(square)); /* x was a unit vector: |MMᵀx| → w² */
        if (square == 0) return 0;
        for (int64_t i = 0; i < V; i++) x[i] /= size * size;
    }
    return size;
}

/* Splits modes from noise: signals, edge, sigma, and J⁰. */
static void split(scene *s, temper_spectrum *out) {
    const temper_couplings *of = s->of;
    double rest = 0, V = (double)of->V, H = (double)of->H, whole = 0;
    int64_t k = 0;
    for (int64_t a = of->modes - 1; a >= 0; a--) whole += of->w[a] * of->w[a];
    for (;; k++) {
        rest = 0;
        for (int64_t a = of->modes - 1; a >= k; a--) rest += of->w[a] * of->w[a];
        if (k == of->modes || rest < 1e-12 * whole) rest = 0;
        double kV = fmax(V - (double)k, 1), kH = fmax(H - (double)k, 1), root = sqrt(kV) + sqrt(kH);
        s->variance = rest / (kV * kH);
        double width = root * temper_exp(temper_log(1 / sqrt(kV) + 1 / sqrt(kH)) /
                                         3); /* of the largest w², in units of s² */
        out->edge = sqrt(s->variance * (root * root + 3 * width));
        if (k == of->modes || rest == 0 || !(of->w[k] > out->edge)) break;
    }
    out->signals = k;
    out->sigma = sqrt(s->variance) * sqrt(sqrt(V * H));
    for (int64_t a = 0; a < k; a++) {
        double o = of->w[a] * of->w[a], b = o - s->variance * (V + H),
               root = b * b - 4 * s->variance * s->variance * V * H;
        double w = sqrt(fmax(0, 0.5 * (b + sqrt(fmax(0, root)))));
        for (int64_t i = 0; i < of->V; i++)
            for (int64_t j = 0; j < of->H; j++)
                s->J[i * of->H + j] += w * of->u[a * of->V + i] * of->v[a * of->H + j];
    }
}

/* Is the state of the scene a new one? Then it is kept. */
static int64_t keep(scene *s, int64_t states) {
    int64_t V = s->of->V;
    for (int64_t k = 0; k < states; k++) {
        double apart = 0;
        for (int64_t i = 0; i < V; i++) {
            const double d = s->v.m[i] - s->found[k * V + i];
            apart += d * d;
        }
        if (apart < SAME * (double)V) return states;
    }
    memcpy(s->found + states * V, s->v.m, (size_t)V * sizeof *s->found);
    return states + 1;
}

static void judge(scene *s, temper_spectrum *out) {
    const temper_couplings *of = s->of;
    for (int k = 1; k <= LADDER; k++) {
        s->v.q = 1; /* from above: the equations then find q > 0 where there is such a state */
        settle(s, (double)k / LADDER);
    }
    double sigma2 = out->sigma * out->sigma, sigma4 = sigma2 * sigma2;
    out->stability = 1 - sigma4 * s->v.sech4 * s->h.sech4;
    out->strength = out->signals ? strength(s) : 0;
    out->states = keep(s, 0);
    for (int64_t a = 0; a < out->signals && a < KICKED; a++)
        for (int sign = -1; sign <= 1; sign += 2) {
            for (int64_t i = 0; i < of->V; i++)
                s->v.m[i] = temper_tanh(3 * sign * sqrt((double)of->V) * of->u[a * of->V + i]);
            s->v.q = 1;
            settle(s, 1);
            out->states = keep(s, out->states);
        }
    bool order = out->strength > 1 || out->states > 1;
    out->phase = order ? TEMPER_FERROMAGNET : out->stability < 0 ? TEMPER_SPIN_GLASS : TEMPER_PARAMAGNET;
}

temper_status temper_phase_find(const temper_couplings *of, temper_spectrum *out) {
    size_t V = (size_t)of->V, H = (size_t)of->H;
    double *room = temper_alloc(V * H + 2 * (V + H) + 2 * (V + H) + STATES * V, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    scene s = {.of = of, .J = room};
    double *at = room + V * H;
    s.v = (layer){of->V, of->a, at, at + V, 1, 0};
    at += 2 * V;
    s.h = (layer){of->H, of->c, at, at + H, 1, 0};
    at += 2 * H;
    s.mean = at;
    s.vector = at + V + H;
    s.found = s.vector + V + H;
    split(&s, out);
    judge(&s, out);
    temper_release(room);
    return TEMPER_OK;
}
