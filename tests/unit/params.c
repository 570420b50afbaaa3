/* adabmDCA's text of Potts parameters: there and back, hand-made files, sentences. */
#include <stdio.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "core/connected.h"
#include "temper/couplings.h"

static temper_machine *machine_of(const char *text, int64_t V, int64_t q) {
    const temper_machine_io io = {.columns = V, .states = q};
    temper_machine *m = NULL;
    CHECK_OK(temper_machine_create(&m, text, &io));
    for (int64_t p = 0; m && p < m->parameters; p++)
        m->theta[p] = (float)temper_normal((temper_stream){3, 0}, TEMPER_FOR_TESTS, V, p);
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static temper_status parse(temper_machine **m, const char *text, const char *alphabet) {
    return temper_params_parse(m, alphabet, "p", text, strlen(text));
}

/* Scores change by a constant: the gauge. Bits of a machine in the zero-sum gauge come back. */
static void round_trip(void) {
    static const struct {
        const char *text, *alphabet;
        int64_t V, q;
    } cases[] = {{"maxent", NULL, 4, 3},
                 {"maxent", "-ACGU", 3, 5},
                 {"maxent", NULL, 5, 0},
                 {"maxent:units=spin", "01", 5, 0}};
    char path[64];
    snprintf(path, sizeof path, "/tmp/temper_params_%d.dat", (int)getpid());
    for (int k = 0; k < 4; k++) {
        temper_machine *m = machine_of(cases[k].text, cases[k].V, cases[k].q), *back, *again;
        CHECK_OK(temper_params_write(m, cases[k].alphabet, path));
        CHECK_OK(temper_params_read(&back, cases[k].alphabet, path));
        const int64_t V = cases[k].V, q = cases[k].q ? cases[k].q : 2;
        float x[2][40], y[2][40];
        double before[2], after[2];
        for (int r = 0; r < 2; r++)
            for (int64_t i = 0; i < V; i++) {
                y[r][i] = (float)((3 * i + 2 * r + i * r) % q);
                x[r][i] = strstr(cases[k].text, "spin") ? 2 * y[r][i] - 1 : y[r][i];
            }
        for (int r = 0; r < 2; r++) {
            CHECK_OK(temper_machine_score(m, &(temper_rows_view){1, V, x[r], NULL}, before + r));
            CHECK_OK(temper_machine_score(back, &(temper_rows_view){1, V, y[r], NULL}, after + r));
        }
        CHECK_NEAR(after[1] - after[0], before[1] - before[0], 1e-5);
        CHECK_OK(temper_params_write(back, cases[k].alphabet, path));
        CHECK_OK(temper_params_read(&again, cases[k].alphabet, path));
        for (int64_t p = 0; p < back->parameters; p++)
            CHECK_NEAR((double)again->theta[p], (double)back->theta[p], 1e-6);
        temper_machine_free(m), temper_machine_free(back), temper_machine_free(again);
    }
    remove(path);
}

static void by_hand(void) {
    temper_machine *m;
    CHECK_OK(parse(&m, "J 0 1 A - 0.5\nJ 1 0 A - 2\nh 0 - 1\nh 0 A 2\nh 1 - 3\nh 1 A -4e-1\n", "-A"));
    CHECK(m->io.columns == 2 && m->io.states == 2, "sizes");
    const float theta[8] = {0, 2, 0.5f, 0, 1, 2, 3, -0.4f};
    CHECK(!memcmp(theta, m->theta, sizeof theta), "J_10(A,-) is J_01(-,A)");
    temper_machine_free(m);
}

static void refusals(void) {
    temper_machine *m;
    static const char *const bad[][2] = {
        {"", "expected a field of every state"},
        {"h 0 0 1\n", "expected a field of every state"},
        {"h 0 0 1\nh 0 1 1\nh 1 0 1\n", "3 fields of 2 units"},
        {"h 0 0 1\nh 0 0 1\n", "expected a field of every state"},
        {"h 0 0 1\nh 0 1 1\nh 0 1 1\nh 1 1 1\n", "p:3: expected every number once"},
        {"K 0 0 1\n", "p:1: expected 'J i j a b value'"},
        {"J 0 1 0 1\n", "p:1: expected 'J"},
        {"J 0 0 0 1 2\n", "two different units"},
        {"J 0 1 0 1 nan\n", "coupling"},
        {"h 0 0 1e40\nh 0 1 0\n", "up to 1e30"},
        {"h 99999999 0 1\n", "unit"},
        {"h 0 77 1\n", "state"},
        {"h 0 0 1\nh 0 1 1\nJ 0 1 0 0 1\n", "unit"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK_FAILS(parse(&m, bad[k][0], NULL), TEMPER_BAD_DATA, bad[k][1]);
    const char *text = "J 0 1 0 1 0.5\nh 0 0 1\nh 0 1 2\nh 1 0 3\nh 1 1 4\n";
    for (size_t cut = 0; cut < strlen(text); cut++)
        if (!temper_params_parse(&m, NULL, "p", text, cut)) temper_machine_free(m);
    for (int64_t k = 1;; k++) {
        temper_alloc_fail_at(k);
        temper_status status = parse(&m, text, NULL);
        temper_alloc_fail_at(0);
        if (!status) break;
        CHECK(status == TEMPER_NO_MEMORY, "allocation %d: %d", (int)k, status);
    }
    temper_machine_free(m);
    m = machine_of("maxent:features=fields", 3, 3);
    CHECK_FAILS(temper_params_write(m, NULL, "/tmp/x"), TEMPER_CANNOT, "features=pairs");
    temper_machine_free(m);
    m = machine_of("maxent", 3, 3);
    CHECK_FAILS(temper_params_write(m, "-ACGU", "/tmp/x"), TEMPER_BAD_OPTION, "alphabet=");
    temper_machine_free(m);
    CHECK(temper_alloc_live() == 0, "%lld blocks left", (long long)temper_alloc_live());
}

int main(void) {
    RUN(round_trip);
    RUN(by_hand);
    RUN(refusals);
    return check_end();
}
