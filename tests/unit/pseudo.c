/* The pseudo-likelihood against brute force over all hidden states in long double, its gradient against finite differences. */
#include "check.h"
#include "two_layers_rig.h"
#include "base/memory.h"
#include "core/pseudo.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

enum { ROWS = 37, COLUMNS = 6 };
static rig r;
static float X[ROWS * COLUMNS];
static double weight[ROWS], out[ROWS];
static temper_rows_view rows = {ROWS, COLUMNS, X, weight};

static void draw_rows(int64_t seed) {
    temper_stream of = {(uint64_t)seed, 4};
    rows.columns = r.of.V;
    for (int64_t k = 0; k < ROWS * r.of.V; k++) {
        int64_t level =
            temper_word(of, TEMPER_FOR_TESTS, 0, k) % rig_levels(r.of.visible, r.of.visible_states);
        X[k] = r.of.visible == TEMPER_SPIN ? (float)(2 * level - 1) : (float)level;
    }
    for (int k = 0; k < ROWS; k++) weight[k] = 0.1 + temper_uniform(of, TEMPER_FOR_TESTS, 1, k);
}

/* ln Σ_h exp(b·v + c·h + v W h), all of it. */
static long double ln_weight(const float *v) {
    const temper_two_layers *of = &r.of;
    double s[64], t[64];
    int64_t width = of->H * of->hidden_states, q = of->visible_states;
    long double own = 0, field[64], sum = 0;
    for (int64_t i = 0; i < of->V; i++)
        rig_value(of->visible, q, of->visible == TEMPER_SPIN ? v[i] > 0 : (int64_t)v[i], s + i * q);
    for (int64_t d = 0; d < of->V * q; d++) own += r.b[d] * (long double)s[d];
    for (int64_t k = 0; k < width; k++) {
        field[k] = r.c[k];
        for (int64_t d = 0; d < of->V * q; d++) field[k] += r.W[d * width + k] * (long double)s[d];
    }
    if (rig_real(of->hidden)) {
        for (int64_t k = 0; k < width; k++) {
            long double z[3];
            rig_integrals(of->hidden, field[k], z);
            own += logl(z[0]);
        }
        return own;
    }
    for (int64_t j = 0; j < rig_count(of->hidden, of->H, of->hidden_states); j++) {
        long double w = own;
        rig_layer(of->hidden, of->H, of->hidden_states, j, t);
        for (int64_t k = 0; k < width; k++) w += field[k] * t[k];
        sum += expl(w);
    }
    return logl(sum);
}

static double truth_of(const float *row) {
    float v[COLUMNS];
    long double total = 0, own = ln_weight(row);
    for (int64_t i = 0; i < r.of.V; i++) {
        long double sum = 0;
        memcpy(v, row, (size_t)r.of.V * sizeof *v);
        for (int64_t a = 0; a < rig_levels(r.of.visible, r.of.visible_states); a++) {
            v[i] = r.of.visible == TEMPER_SPIN ? (float)(2 * a - 1) : (float)a;
            sum += expl(ln_weight(v) - own);
        }
        total -= logl(sum);
    }
    return (double)total;
}

static void every_pair_is_brute_force(void) {
    for (int v = TEMPER_BINARY; v <= TEMPER_POTTS; v++)
        for (int h = TEMPER_BINARY; h <= TEMPER_RELU; h++)
            for (int wide = 0; wide < 2; wide++) {
                rig_make(&r, (temper_unit)v, COLUMNS - 1, (temper_unit)h, 3);
                rig_fill(&r, 10 * v + h, wide ? (rig_real((temper_unit)h) ? 2 : 150) : 0.7, 0.6);
                draw_rows(v + h);
                CHECK_OK(temper_pseudo(&r.of, &rows, out, NULL));
                for (int k = 0; k < (wide ? 8 : 4); k++) {
                    double truth = truth_of(X + k * r.of.V);
                    CHECK_NEAR(out[k], truth, (wide ? 1e-11 : 1e-13) * fmax(1, fabs(truth)));
                }
            }
}

static double mean_of_rows(void) {
    double sum = 0, total = 0;
    temper_pseudo(&r.of, &rows, out, NULL);
    for (int k = 0; k < ROWS; k++) sum += weight[k] * out[k], total += weight[k];
    return sum / total;
}

static void gradient_is_the_slope(void) {
    static float grad[RIG_MOST];
    for (int v = TEMPER_BINARY; v <= TEMPER_POTTS; v++)
        for (int h = TEMPER_BINARY; h <= TEMPER_RELU; h++) {
            rig_make(&r, (temper_unit)v, COLUMNS, (temper_unit)h, 3);
            rig_fill(&r, 100 + 10 * v + h, 0.5, 0.5);
            draw_rows(v);
            int64_t P = temper_two_layers_parameters(&r.of), nv = r.of.V * r.of.visible_states;
            int64_t nw = P - nv - r.of.H * r.of.hidden_states;
            for (int64_t k = 0; k < P; k++) grad[k] = 1; /* is added to */
            CHECK_OK(temper_pseudo(&r.of, &rows, out, grad));
            for (int64_t k = 0; k < P; k++) {
                float *theta = k < nw        ? r.W + k
                               : k < nw + nv ? r.b + k - nw
                                             : r.c + k - nw - nv,
                      before = *theta;
                float up_at = before + 0x1p-9F, down_at = before - 0x1p-9F;
                *theta = up_at;
                double up = mean_of_rows();
                *theta = down_at;
                double down = mean_of_rows();
                *theta = before;
                CHECK_NEAR(grad[k] - 1, (up - down) / ((double)up_at - (double)down_at), 4e-6);
            }
        }
}

static void bits_are_equal_on_threads_and_levels(void) {
    static float grad[2][RIG_MOST];
    static double sums[2][ROWS];
    for (int h = TEMPER_BINARY; h <= TEMPER_GAUSSIAN; h += 3) {
        rig_make(&r, TEMPER_SPIN, COLUMNS, (temper_unit)h, 21);
        rig_fill(&r, 7, 0.5, 0.5);
        draw_rows(8);
        for (int threads = 1; threads <= 3; threads++)
            for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
                int side = threads > 1 || level > TEMPER_CPU_REF;
                memset(grad[side], 0, sizeof grad[side]);
                CHECK_OK(temper_threads(threads));
                CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
                CHECK_OK(temper_pseudo(&r.of, &rows, sums[side], grad[side]));
                if (!side) continue;
                CHECK(!memcmp(grad[0], grad[1], sizeof grad[0]), "gradient: %d threads, level %d", threads,
                      level);
                CHECK(!memcmp(sums[0], sums[1], sizeof sums[0]), "sums: %d threads, level %d", threads,
                      level);
            }
        CHECK_OK(temper_cpu_cap("auto"));
        CHECK_OK(temper_threads(0));
    }
}

static void refusals_and_memory(void) {
    static float grad[RIG_MOST];
    rig_make(&r, TEMPER_GAUSSIAN, 3, TEMPER_BINARY, 3);
    CHECK_FAILS(temper_pseudo(&r.of, &rows, out, NULL), TEMPER_CANNOT, "visible units are gaussian");
    rig_make(&r, TEMPER_BINARY, 3, TEMPER_BINARY, 3);
    rig_fill(&r, 1, 1, 1);
    draw_rows(1);
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(1);
    CHECK(temper_pseudo(&r.of, &rows, out, grad) == TEMPER_NO_MEMORY, "first allocation");
    temper_alloc_fail_at(0);
    CHECK_OK(temper_pseudo(&r.of, &rows, out, grad));
    CHECK(temper_alloc_live() == live, "blocks left");
    for (int k = 0; k < ROWS; k++) weight[k] = 0;
    CHECK_FAILS(temper_pseudo(&r.of, &rows, out, NULL), TEMPER_BAD_OPTION, "weights");
    r.c[1] = NAN;
    CHECK_FAILS(temper_pseudo(&r.of, &rows, out, NULL), TEMPER_DIVERGED, "not finite");
}

int main(void) {
    RUN(every_pair_is_brute_force);
    RUN(gradient_is_the_slope);
    RUN(bits_are_equal_on_threads_and_levels);
    RUN(refusals_and_memory);
    return check_end();
}
