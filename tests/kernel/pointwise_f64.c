/* The double build of the elementwise kernels: values against long double libm, slopes and bends against differences of them, normals and
 * updates against their formulas. What the float kernels are judged by, elsewhere, must not lean on them. */
#define TEMPER_F64
#include <float.h>
#include <stdint.h>
#include "check.h"
#include "kernel/net.h"

enum { ROW = 2048 };
static _Alignas(64) double x[ROW], y[ROW], one[ROW], out[ROW], other[ROW];
static const temper_stream stream = {5, 6};

/* A NaN is the largest error of all. */
static double larger(double a, double b) { return b <= a ? a : b == b ? b : INFINITY; }

static long double truth(temper_pointwise kind, long double v) {
    switch (kind) {
    case TEMPER_RECTIFIER: return v > 0 ? v : 0;
    case TEMPER_LEAKY: return v > 0 ? v : 0.25L * v;
    case TEMPER_TANH: return tanhl(v);
    case TEMPER_SIGMOID: return 1 / (1 + expl(-v));
    case TEMPER_GELU: return v * erfcl(-v * 0.707106781186547524400844362104849039L) / 2;
    case TEMPER_SILU: return v / (1 + expl(-v));
    default: return v > 40 ? v : log1pl(expl(v));
    }
}

static void values_are_right(void) {
    for (int kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
        double worst = 0;
        for (int k = 0; k < ROW; k++) x[k] = 60 * (k + 0.5) / ROW - 30;
        temper_net_kernel()->value((temper_pointwise)kind, 0.25, ROW, x, y);
        for (int k = 0; k < ROW; k++) {
            long double want = truth((temper_pointwise)kind, x[k]);
            if (want == 0) CHECK(y[k] == 0, "kind %d at %g", kind, x[k]);
            double bound = kind == TEMPER_GELU ? 4 + x[k] * x[k] : 4; /* x/√2 is rounded before erfc */
            if (want != 0) worst = larger(worst, (double)fabsl((y[k] - want) / want) / DBL_EPSILON / bound);
        }
        CHECK(worst < 1, "kind %d: %g of its bound", kind, worst);
    }
}

/* f' a and f'' a b by central differences of the next lower order: (f(x + h) − f(x − h))/2h is right to h²f'''/6 + ε/h. */
static void slopes_are_derivatives(void) {
    const temper_net_kernels *kernel = temper_net_kernel();
    const double h = 0x1p-17;
    static double up[ROW], down[ROW];
    for (int kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++)
        for (int order = 1; order <= 2; order++) {
            double worst = 0;
            for (int side = -1; side <= 1; side += 2) {
                for (int k = 0; k < ROW; k++) x[k] = 20 * (k + 0.5) / ROW - 10 + side * h, one[k] = 1;
                kernel->value((temper_pointwise)kind, 0.25, ROW, x, side < 0 ? down : up);
                if (order == 1) continue;
                memcpy(y, side < 0 ? down : up, sizeof y);
                kernel->slope((temper_pointwise)kind, 0.25, ROW, x, y, one, side < 0 ? down : up, false);
            }
            for (int k = 0; k < ROW; k++) x[k] -= h, out[k] = 0;
            kernel->value((temper_pointwise)kind, 0.25, ROW, x, y);
            if (order == 1) kernel->slope((temper_pointwise)kind, 0.25, ROW, x, y, one, out, true);
            if (order == 2) kernel->bend((temper_pointwise)kind, 0.25, ROW, x, y, one, one, out);
            for (int k = 0; k < ROW; k++) worst = larger(worst, fabs((up[k] - down[k]) / (2 * h) - out[k]));
            CHECK(worst < 5e-10, "kind %d, order %d: %g", kind, order, worst);
        }
}

static void softmax_exp_and_log(void) {
    for (int k = 0; k < ROW; k++) x[k] = 5 * sin(k * k);
    temper_net_kernel()->softmax(ROW / LANES, x, y);
    temper_net_kernel()->exp(ROW, x, out);
    temper_net_kernel()->log(ROW, out, other);
    for (int l = 0; l < LANES; l++) {
        double Z = 0, error = 0;
        for (int k = l; k < ROW; k += LANES) Z += exp(x[k]);
        for (int k = l; k < ROW; k += LANES)
            error = larger(error, fabs(y[k] - exp(x[k]) / Z) + fabs(other[k] - x[k]));
        CHECK(error < 1e-14, "lane %d: %g", l, error);
    }
}

static void normals_follow_the_map(void) {
    double error = 0;
    temper_net_kernel()->normals(stream, TEMPER_FOR_NOISE, 3, 160, ROW - 5, x);
    for (int k = 0; k < ROW - 5; k++) {
        int64_t word = 160 + k / 16 * 16 + k % 8;
        double u = (temper_word(stream, TEMPER_FOR_NOISE, 3, word) + 0.5) * 0x1p-32;
        double phi = 6.283185307179586477 * temper_word(stream, TEMPER_FOR_NOISE, 3, word + 8) * 0x1p-32;
        error = larger(error, fabs(x[k] - sqrt(-2 * log(u)) * (k % 16 < 8 ? cos(phi) : sin(phi))));
    }
    CHECK(error < 1e-14, "%g", error);
}

static void updates_follow_the_formulas(void) {
    enum { N = 1003 };
    static double theta[3][N], memory[3][N], square[N], g[N], xi[N];
    temper_update u = {.rate = 0.1,
                       .momentum = 0.5,
                       .decay = 0.01,
                       .noise = 0.2,
                       .beta1 = 0.9,
                       .beta2 = 0.99,
                       .epsilon = 1e-8,
                       .correction1 = 0.1,
                       .correction2 = 0.01,
                       .drift = 0.1,
                       .keep = 0.7,
                       .stream = stream,
                       .step = 4};
    temper_sums sums[3];
    double error = 0, t_g = 0, t_t = 0, g_g = 0;
    for (int k = 0; k < N; k++) {
        for (int f = 0; f < 3; f++) theta[f][k] = sin(k), memory[f][k] = cos(3 * k);
        g[k] = sin(7 * k), square[k] = 0.5;
    }
    temper_net_kernel()->normals(stream, TEMPER_FOR_NOISE, 4, 0, N, xi);
    temper_net_kernel()->update_sgd(&u, N, g, theta[0], memory[0], &sums[0]);
    temper_net_kernel()->update_adam(&u, N, g, theta[1], memory[1], square, &sums[1]);
    temper_net_kernel()->update_baoab(&u, N, g, theta[2], memory[2], &sums[2]);
    for (int k = 0; k < N; k++) {
        double t = sin(k), d = g[k] + 0.01 * t, v = 0.5 * cos(3 * k) + d, m = 0.9 * cos(3 * k) + 0.1 * d,
               w = 0.99 * 0.5 + 0.01 * d * d;
        double p = cos(3 * k) - 0.2 * d, q = 0.7 * p + 0.2 * xi[k];
        t_g += t * d, t_t += t * t, g_g += g[k] * g[k];
        error = larger(error, fabs(theta[0][k] - (t - 0.1 * v + 0.2 * xi[k])));
        error = larger(error, fabs(theta[1][k] - (t - 0.1 * (m / 0.1) / (sqrt(w / 0.01) + 1e-8))));
        error = larger(error, fabs(theta[2][k] - (t + 0.1 * p + 0.1 * q)) + fabs(memory[2][k] - q));
    }
    CHECK(error < 1e-14, "%g", error);
    for (int f = 0; f < 3; f++)
        CHECK(fabs(sums[f].theta_grad - t_g) + fabs(sums[f].theta_theta - t_t) < 1e-11, "sums of %d", f);
    CHECK_NEAR(temper_net_kernel()->dot(N, g, g), g_g, 1e-11);
}

int main(void) {
    RUN(values_are_right);
    RUN(slopes_are_derivatives);
    RUN(softmax_exp_and_log);
    RUN(normals_follow_the_map);
    RUN(updates_follow_the_formulas);
    return check_end();
}
