/* Lanczos against the dense solver at the size of reference/engine.md, 11.1: 1,765 parameters, which takes minutes. */
#include "landscape_lab.h"

/* Lanczos against the dense solver, of 1,765 eigenvalues: top 5, bottom 2. The dense truth is made in double by block products. */
static void against_dense(void) {
    static const char *const models[] = {"graph:dense 40; tanh; dense 20; tanh; dense 5", "mlp:40,20"};
    for (int m = 0; m < 2; m++) {
        lab l;
        if (!lab_open(&l, models[m], 20, 5, true, 200)) continue;
        CHECK(l.P == 1765, "P = %d", (int)l.P);
        temper_operator *A;
        temper_ends all, some;
        CHECK_OK(temper_landscape_operator(l.landscape, TEMPER_HESSIAN, l.theta, rig_stream, &A));
        CHECK_OK(temper_ends_find(
            A,
            &(temper_ends_plan){
                .pairs = 7, .bottom = 2, .dense = 2000, .which = TEMPER_BOTH_ENDS, .most = 3000},
            NULL, &all));
        CHECK(!strcmp(all.method, "dense"), "%s", all.method);
        temper_ends_plan plan = {
            .which = TEMPER_BOTH_ENDS, .pairs = 7, .bottom = 2, .tolerance = 1e-9, .most = 1500};
        CHECK_OK(temper_ends_find(A, &plan, NULL, &some));
        printf("  %s: loss %.4f, %.6f … %.6f by %s in %d products\n", models[m], l.u, some.value[0],
               some.value[6], some.method, (int)some.products);
        CHECK(some.converged, "not converged");
        for (int k = 0; k < 7; k++) CHECK_NEAR(some.value[k], all.value[k], 1e-10 * all.value[0]);
        temper_operator_free(A), temper_ends_clear(&all), temper_ends_clear(&some), lab_close(&l);
    }
}

int main(void) {
    RUN(against_dense);
    return check_end();
}
