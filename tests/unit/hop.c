/* A hop is a walker's step to the bit, in one, two and four coordinates, cold and hot; other dynamics, and more coordinates, go the long way. */
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "landscape/hop.h"

static void same(const char *text, const char *with, double T, bool own) {
    temper_potential *p;
    temper_dynamics *d;
    temper_walker *a, *b;
    CHECK_OK(temper_potential_create(&p, text));
    CHECK_OK(temper_dynamics_create(&d, with));
    const temper_stream stream = {77, 5};
    CHECK_OK(temper_walker_create(&a, p, d, false, stream));
    CHECK_OK(temper_walker_create(&b, p, d, false, stream));
    CHECK(temper_hop_suits(b) == own, "%s by %s: own is %d", text, with, temper_hop_suits(b));
    a->temperature = b->temperature = T, a->rate = b->rate = 0.01;
    for (int k = 0; k < 500; k++) {
        temper_walker_steps(a, 1), temper_hop(b, temper_hop_suits(b));
        if (memcmp(a->theta, b->theta, (size_t)p->dim * sizeof(double)) || a->energy != b->energy ||
            a->clock != b->clock || a->evaluations != b->evaluations || a->failed || b->failed) {
            CHECK(false, "%s by %s at T=%g: step %d differs", text, with, T, k);
            break;
        }
    }
    temper_walker_free(a), temper_walker_free(b);
    temper_dynamics_free(d), temper_potential_free(p);
}

static void bits(void) {
    same("x^4 - 4*x^2 + x", "langevin", 1, true);
    same("x^4 - 4*x^2 + x", "langevin", 0, true);
    same("(1-x)^2 + 5*(y-x^2)^2", "langevin", 0.5, true);
    same("w^2+x^4+sin(y)+y^2/9+z^2*x^2", "langevin", 0.5, true);
    same("v^2+w^2+x^4+sin(y)+y^2/9+z^2", "langevin", 0.5, false);
    same("x^4 - 4*x^2 + x", "sghmc", 0.5, false);
}

/* A fall into an abyss is noticed at the same step, and leaves the walker where it was. */
static void failure(void) {
    temper_potential *p;
    temper_dynamics *d;
    temper_walker *a, *b;
    CHECK_OK(temper_potential_create(&p, "-x^4; from=1; to=1"));
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    CHECK_OK(temper_walker_create(&a, p, d, false, (temper_stream){1, 0}));
    CHECK_OK(temper_walker_create(&b, p, d, false, (temper_stream){1, 0}));
    a->temperature = b->temperature = 1, a->rate = b->rate = 0.1;
    int k = 0;
    for (; k < 1000 && !a->failed && !b->failed; k++) temper_walker_steps(a, 1), temper_hop(b, true);
    CHECK(a->failed && b->failed && k < 1000 && a->clock == b->clock, "failed %d %d after %d", a->failed,
          b->failed, k);
    CHECK(isfinite(*(double *)b->theta) && *(double *)a->theta == *(double *)b->theta, "%g",
          *(double *)b->theta);
    temper_walker_free(a), temper_walker_free(b);
    temper_dynamics_free(d), temper_potential_free(p);
}

int main(void) {
    RUN(bits);
    RUN(failure);
    return check_end();
}
