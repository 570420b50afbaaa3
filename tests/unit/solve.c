/* Linear equations with operators: solutions that are known, residuals as claimed, what is refused and what is not solvable. */
#include "spectra_rig.h"

enum { N = 512 };

/* b = (A + shift) x for an x that is drawn; the residual of the answer, measured here. */
static double judge(rig *r, double shift, const double *b, const double *x) {
    static double Ax[N];
    double off = 0, size = 0;
    rig_apply(r, 1, x, Ax);
    for (int i = 0; i < N; i++) off += pow(b[i] - Ax[i] - shift * x[i], 2), size += b[i] * b[i];
    return sqrt(off / size);
}

static void right_side(rig *r, double shift, double *x, double *b) {
    for (int i = 0; i < N; i++) x[i] = rig_draw(8, i);
    rig_apply(r, 1, x, b);
    for (int i = 0; i < N; i++) b[i] += shift * x[i];
}

static void definite_and_not(void) {
    double x[N], b[N], got[N];
    for (int kind = 0; kind < 4; kind++) {
        rig *r = rig_open(N, true);
        double shift = kind & 1 ? 0.7 : 0;
        for (int i = 0; i < N; i++) {
            r->value[i] = 1 + 20 * (i / (double)N) - shift; /* positive with its shift */
            if (kind >= 2 && i % 3 == 0) r->value[i] = -r->value[i] - 2 * shift;
        }
        right_side(r, shift, x, b);
        for (int definite = 0; definite <= (kind < 2); definite++) {
            temper_solution s;
            memset(got, 0, sizeof got);
            r->A.products = 0;
            CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){definite, shift, 1e-10, 0}, NULL, got, &s));
            double off = judge(r, shift, b, got), far = 0;
            CHECK(s.converged && off <= 1e-10, "kind %d, definite %d: residual %.3g after %d", kind, definite,
                  off, (int)s.products);
            CHECK(fabs(s.residual - off) <= 1e-14, "claimed %.3g, is %.3g", s.residual, off);
            CHECK(s.products == r->A.products && s.products < 400, "%d products", (int)s.products);
            for (int i = 0; i < N; i++) far = fmax(far, fabs(got[i] - x[i]));
            CHECK(far < 1e-8, "kind %d: off by %.3g", kind, far);
            if (definite) CHECK(s.curvature >= 1 - 1e-9 && s.curvature < 21, "curvature %.3g", s.curvature);
            CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){definite, shift, 1e-10, 0}, NULL, got, &s));
            CHECK(s.products == 1 && s.converged, "from the solution: %d products", (int)s.products);
        }
        free(r);
    }
}

/* No more steps than distinct eigenvalues; conjugate gradients notice a negative one. */
static void few_values(void) {
    double x[N], b[N], got[N] = {0};
    temper_solution s;
    rig *r = rig_open(N, true);
    for (int i = 0; i < N; i++) r->value[i] = 1 + i % 4;
    right_side(r, 0, x, b);
    CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){true, 0, 1e-10, 0}, NULL, got, &s));
    CHECK(s.products <= 6, "%d products for four eigenvalues", (int)s.products);
    memset(got, 0, sizeof got);
    CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){false, 0, 1e-10, 0}, NULL, got, &s));
    CHECK(s.products <= 6 && s.converged, "MINRES: %d products for four eigenvalues", (int)s.products);
    for (int i = 0; i < N; i++) r->value[i] = i % 4 ? 1 : -2;
    memset(got, 0, sizeof got);
    CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){true, 0, 1e-10, 0}, NULL, got, &s));
    CHECK(!s.converged && s.curvature < 0, "negative curvature unseen: %.3g", s.curvature);
    /* singular: b has a part that no product reaches; what is left is that part */
    for (int i = 0; i < N; i++) r->value[i] = i < 10 ? 0 : i % 2 ? 1 : -3;
    memset(got, 0, sizeof got);
    CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){false, 0, 1e-10, 0}, NULL, got, &s));
    memcpy(x, b, sizeof x);
    rig_turn(r, x, true);
    double part = 0, all = 0;
    for (int i = 0; i < N; i++) all += x[i] * x[i], part += i < 10 ? x[i] * x[i] : 0;
    CHECK(!s.converged, "a singular system was solved");
    CHECK_NEAR(s.residual, sqrt(part / all), 1e-8);
    free(r);
}

static void limits(void) {
    double x[N] = {0}, b[N] = {0};
    temper_solution s;
    rig *r = rig_open(N, true);
    rig_network(r);
    x[3] = 7;
    CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){.definite = true}, NULL, x, &s));
    CHECK(x[3] == 0 && s.converged && s.products == 0, "b = 0");
    for (int i = 0; i < N; i++) b[i] = rig_draw(8, i);
    CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){.most = 20, .tolerance = 1e-12}, NULL, x, &s));
    CHECK(!s.converged && s.products <= 20, "%d products of 20", (int)s.products);
    CHECK_NEAR(s.residual, judge(r, 0, b, x), 1e-13);
    CHECK_FAILS(temper_solve(&r->A, b, &(temper_solve_plan){.tolerance = -1}, NULL, x, &s), TEMPER_BAD_OPTION,
                "tolerance=-1");
    b[4] = NAN;
    CHECK_FAILS(temper_solve(&r->A, b, &(temper_solve_plan){0}, NULL, x, &s), TEMPER_BAD_DATA,
                "right-hand side");
    b[4] = 0;
    for (int definite = 0; definite < 2; definite++) {
        temper_solve_plan plan = {definite, 2, 1e-9, 0};
        memset(x, 0, sizeof x);
        r->A.products = 0, r->fail_at = 3;
        CHECK_FAILS(temper_solve(&r->A, b, &plan, NULL, x, &s), TEMPER_DIVERGED, "not finite");
        memset(x, 0, sizeof x);
        r->A.products = 0, r->fail_at = 0, r->stop_at = 3;
        CHECK_FAILS(temper_solve(&r->A, b, &plan, &(temper_errand){.stop = &r->stop}, x, &s), TEMPER_STOPPED,
                    "");
        r->stop_at = r->stop = 0;
        RIG_EVERY_ALLOCATION(temper_solve(&r->A, b, &plan, NULL, x, &s), (void)0);
    }
    free(r);
}

static void bits(void) {
    enum { M = 20000 };
    rig *r = rig_open(M, false);
    double *b = malloc(M * sizeof *b), *x = calloc(3 * M, sizeof *x);
    for (int i = 0; i < M; i++) r->value[i] = 1 + i % 1000, b[i] = rig_draw(6, i);
    for (int definite = 0; definite < 2; definite++) {
        temper_solution s;
        memset(x, 0, 3 * M * sizeof *x);
        for (int threads = 1; threads <= 3; threads++) {
            CHECK_OK(temper_threads(threads));
            CHECK_OK(temper_solve(&r->A, b, &(temper_solve_plan){definite, 0, 1e-8, 60}, NULL,
                                  x + (threads - 1) * M, &s));
        }
        CHECK(!memcmp(x, x + M, M * sizeof *x) && !memcmp(x, x + 2 * M, M * sizeof *x), "threads matter");
    }
    CHECK_OK(temper_threads(0));
    free(b), free(x), free(r);
}

int main(void) {
    RUN(definite_and_not);
    RUN(few_values);
    RUN(limits);
    RUN(bits);
    return check_end();
}
