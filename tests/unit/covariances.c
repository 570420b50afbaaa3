/* Covariances and their inverse by hand; means of rows, Pearson's correlation, contacts. */
#include "core/covariances.h"
#include "base/memory.h"
#include "check.h"
#include "core/connected.h"
#include "temper/parallel.h"
#include "temper/couplings.h"

static void two_columns(void) {
    const float X[6] = {1, 1, 1, 0, 0, 0};
    const double w[3] = {1, 1, 2};
    const temper_rows_view rows = {3, 2, X, w};
    const temper_covariances_how how = {"test", 1, 0, 0};
    temper_covariances c;
    CHECK_OK(temper_covariances_build(&c, &rows, &how));
    CHECK_NEAR(c.mean[0], 0.5, 1e-15);
    CHECK_NEAR(c.mean[1], 0.25, 1e-15);
    CHECK_NEAR(c.C[0], 0.25, 1e-15);
    CHECK_NEAR(c.C[1], 0.125, 1e-15);
    CHECK_NEAR(c.C[3], 0.1875, 1e-15);
    const double det = 0.25 * 0.1875 - 0.125 * 0.125;
    CHECK_NEAR(c.inverse[0], 0.1875 / det, 1e-12);
    CHECK_NEAR(c.inverse[1], -0.125 / det, 1e-12);
    CHECK_NEAR(c.inverse[3], 0.25 / det, 1e-12);
    temper_covariances_clear(&c);
}

/* Random rows: C times its inverse is 1; pseudocount 1 is independence; bits on one thread. */
static void many_columns(void) {
    enum { N = 40, M = 700 };
    static float X[M * N];
    for (int64_t k = 0; k < M * N; k++)
        X[k] = temper_word((temper_stream){1, 0}, TEMPER_FOR_TESTS, 0, k) & 1 ? 1.0f : -1.0f;
    const temper_rows_view rows = {M, N, X, NULL};
    temper_covariances_how how = {"test", 1, 0, 0};
    temper_covariances c, d;
    CHECK_OK(temper_covariances_build(&c, &rows, &how));
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < N; j++) {
            double sum = 0;
            for (int64_t k = 0; k < N; k++) sum += c.C[i * N + k] * c.inverse[k * N + j];
            CHECK_NEAR(sum, i == j, 1e-12);
        }
    CHECK_OK(temper_threads(1));
    CHECK_OK(temper_covariances_build(&d, &rows, &how));
    CHECK_OK(temper_threads(0));
    CHECK(!memcmp(c.inverse, d.inverse, N * N * sizeof(double)), "bits of the inverse");
    temper_covariances_clear(&c);
    temper_covariances_clear(&d);
    how.pseudocount = 1;
    CHECK_OK(temper_covariances_build(&c, &rows, &how));
    CHECK(c.mean[3] == 0 && c.C[0] == 1 && c.C[1] == 0, "fair and independent");
    temper_covariances_clear(&c);
    for (int64_t r = 0; r < M; r++) X[r * N + 7] = X[r * N + 3];
    how.pseudocount = 0;
    CHECK_FAILS(temper_covariances_build(&c, &rows, &how), TEMPER_BAD_DATA, "test: column 7");
    CHECK(temper_alloc_live() == 0, "%lld blocks left", (long long)temper_alloc_live());
}

/* Two columns always equal, a third on its own. */
static void connected(void) {
    const temper_machine_io io = {.columns = 3, .states = 2};
    const float X[12] = {0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1}, Y[12] = {0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1};
    temper_machine *m;
    float a[18], b[18];
    double pearson, out[9];
    CHECK_OK(temper_machine_create(&m, "maxent", &io));
    CHECK_OK(temper_machine_mean(m, &(temper_rows_view){4, 3, X, NULL}, a));
    CHECK(a[0] == 0.5f && a[1] == 0 && a[3] == 0.5f && a[4] == 0.25f, "frequencies of pairs");
    CHECK_OK(temper_machine_pearson(m, a, a, &pearson));
    CHECK_NEAR(pearson, 1, 1e-12);
    CHECK_OK(temper_machine_mean(m, &(temper_rows_view){4, 3, Y, NULL}, b));
    CHECK_OK(temper_machine_pearson(m, a, b, &pearson));
    CHECK_NEAR(pearson, 0, 1e-12); /* C is ±¼ on pair (0,1) of one and on pair (0,2) of the other, else 0 */
    for (int k = 0; k < 4; k++) m->theta[k] = k == 0 || k == 3 ? 1 : -1;
    CHECK_OK(temper_machine_refresh(m));
    CHECK_OK(temper_contacts(m, -1, out));
    /* norms 2, 0, 0; row means 1, 1, 0 over all of 2/3: the corrections are 1.5, 0, 0 */
    CHECK_NEAR(out[1], 2 - 1.5, 1e-6);
    CHECK_NEAR(out[2], 0, 1e-6);
    CHECK_OK(temper_contacts(m, 0, out));
    CHECK_NEAR(out[1], 1 - 0.75, 1e-6);
    CHECK(out[1] == out[3] && out[0] == 0, "symmetric");
    temper_machine_free(m);
}

int main(void) {
    RUN(two_columns);
    RUN(many_columns);
    RUN(connected);
    return check_end();
}
