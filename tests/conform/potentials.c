/* Every potential: slope is the derivative of energy, curve that of slope; starts have addresses. */
#include "options.h"
#include "temper/potential.h"

static const temper_potential_type *type_now;

static void derivatives_agree(void) {
    temper_potential *p;
    char text[512];
    small_text(&type_now->about, text);
    CHECK_OK(temper_potential_create(&p, text));
    if (!p) return;
    int d = (int)p->dim;
    const temper_look whole = {.whole = true, .scratch = calloc(p->scratch + 1, 1)};
    double *theta = calloc(5 * (size_t)d, sizeof *theta), *grad = theta + d, *v = theta + 2 * d,
           *Hv = theta + 3 * d, *g2 = theta + 4 * d;
    for (uint32_t chain = 0; chain < 20; chain++) {
        temper_stream stream = {3, chain};
        const double eps = 1e-5;
        type_now->start(p->self, stream, theta);
        for (int i = 0; i < d; i++) theta[i] += 0.3 * temper_normal(stream, TEMPER_FOR_TESTS, 0, i);
        for (int i = 0; i < d; i++) v[i] = temper_normal(stream, TEMPER_FOR_TESTS, 1, i);
        double U = type_now->slope(p->self, &whole, theta, grad), along = 0;
        CHECK_NEAR(U, type_now->energy(p->self, &whole, theta), 1e-12 * (1 + fabs(U)));
        for (int i = 0; i < d; i++) along += grad[i] * v[i], theta[i] += eps * v[i];
        double up = type_now->slope(p->self, &whole, theta, g2);
        if (type_now->curve) type_now->curve(p->self, &whole, theta, v, grad, Hv);
        for (int i = 0; i < d; i++) theta[i] -= 2 * eps * v[i];
        double down = type_now->slope(p->self, &whole, theta, grad);
        CHECK_NEAR((up - down) / (2 * eps), along, 1e-6 * (1 + fabs(along)));
        for (int i = 0; type_now->curve && i < d; i++) /* Hv at +ε, so the difference is good to O(ε) */
            CHECK_NEAR((g2[i] - grad[i]) / (2 * eps), Hv[i], 3e-3 * (1 + fabs(Hv[i])));
    }
    if (check_bad) printf("  in %s\n", text);
    free(theta), free(whole.scratch);
    temper_potential_free(p);
}

static void refuses_nonsense(void) { refuses_bad_options(&type_now->about); }

int main(void) {
    for (int k = 0; temper_list_potential[k]; k++) {
        type_now = temper_list_potential[k];
        RUN(derivatives_agree);
        RUN(refuses_nonsense);
    }
    return check_end();
}
