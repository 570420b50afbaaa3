/* What estimates of ln Z and entropy do at the edges: a path without length, machines whose chains have no density, entropies that must
 * be of the same units whichever way they are found, and memories asked for more than a rule can learn. */
#include <math.h>
#include <string.h>
#include "check.h"
#include "temper/evidence.h"
#include "temper/memories.h"

static temper_machine *machine_of(const char *text, int64_t columns, int64_t classes, double spread) {
    const temper_machine_io io = {.columns = columns, .classes = classes};
    temper_machine *m = NULL;
    CHECK_OK(temper_machine_create(&m, text, &io));
    for (int64_t k = 0; m && k < m->parameters; k++)
        m->theta[k] = (float)(spread * temper_normal((temper_stream){7, 0}, TEMPER_FOR_VALUES, 0, k));
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

/* Without weights the machine is the base: every way finds its ln Z, 7 ln 2, and no rung lies beyond 1. */
static void without_length(void) {
    temper_machine *m = machine_of("rbm:hidden=3", 4, 0, 0);
    for (int method = TEMPER_EVIDENCE_EXACT; method <= TEMPER_EVIDENCE_INTEGRATION; method++) {
        const temper_evidence_plan plan = {.betas = 100, .runs = 10, .burn = 10, .sweeps = 20};
        temper_evidence z = {.log_z = NAN};
        CHECK_OK(temper_evidence_log_z(m, (temper_evidence_method)method, &plan, &z));
        CHECK_NEAR(z.log_z, 7 * 0.69314718055994530942, 1e-6);
        CHECK(!isinf(z.ess), "%s: ESS %g", temper_evidence_name(method), z.ess);
    }
    temper_machine_free(m);
}

/* Chains of a deep machine keep v and h_2: the entropy is theirs, with an exact ln Z as with an estimate. */
static void deep_entropy(void) {
    temper_machine *m = machine_of("dbm:hidden=4x3", 5, 0, 0.8);
    const temper_evidence_plan plan = {.stream = {3, 0}, .burn = 200, .sweeps = 500};
    temper_evidence exact, other;
    temper_model_entropy a, b;
    CHECK_OK(temper_evidence_log_z(m, TEMPER_EVIDENCE_EXACT, NULL, &exact));
    other = exact;
    other.error = 1e-9;
    CHECK_OK(temper_evidence_entropy(m, &exact, &plan, &a));
    CHECK_OK(temper_evidence_entropy(m, &other, &plan, &b));
    CHECK_NEAR(a.entropy, b.entropy, 4.5 * b.error);
    temper_machine_free(m);
}

/* Inputs that are given, couplings of one direction, chains that are too cold: none samples exp(−E). */
static void no_density(void) {
    const struct {
        const char *text;
        int64_t classes;
        const char *says;
    } none[] = {{"perceptron", 2, "inputs"},
                {"hopfield:asymmetric=yes", 0, "do not sample"},
                {"ebm:widths=4,noise=0.5", 0, "do not sample"}};
    const temper_evidence_plan plan = {.betas = 50, .runs = 4, .burn = 5, .sweeps = 4};
    for (int k = 0; k < 3; k++) {
        temper_machine *m = machine_of(none[k].text, 4, none[k].classes, 0.5);
        temper_evidence z, of = {.error = 0.1};
        temper_model_entropy S;
        for (int method = TEMPER_EVIDENCE_AIS; method <= TEMPER_EVIDENCE_INTEGRATION; method++)
            CHECK_FAILS(temper_evidence_log_z(m, (temper_evidence_method)method, &plan, &z), TEMPER_CANNOT,
                        none[k].says);
        CHECK_FAILS(temper_evidence_entropy(m, &of, &plan, &S), TEMPER_CANNOT, none[k].says);
        temper_machine_free(m);
    }
}

static void labels(void) {
    temper_machine *m = machine_of("perceptron", 3, 2, 0);
    float X[6] = {0.5F, 2, 1, 3, -1, 0};
    const temper_rows_view rows = {2, 3, X, NULL};
    CHECK_OK(temper_machine_legal(m, &rows));
    X[2] = 7;
    CHECK_FAILS(temper_machine_legal(m, &rows), TEMPER_BAD_DATA, "label 7");
    X[2] = 0.5F;
    CHECK_FAILS(temper_machine_legal(m, &rows), TEMPER_BAD_DATA, "label 0.5");
    temper_machine_free(m);
}

/* N patterns are independent and fixed points of the projection; 2N are not, which the search has to live with. */
static void more_than_can_be_learned(void) {
    const temper_memory_plan plan = {.rule = "pseudo_inverse", .n = 24, .trials = 3, .stream = {1, 0}};
    int64_t limit = 0;
    CHECK_OK(temper_memory_limit(&plan, 0.9, &limit));
    CHECK(limit > 12 && limit <= 24, "%lld patterns of 24 units", (long long)limit);
}

int main(void) {
    RUN(without_length);
    RUN(deep_entropy);
    RUN(no_density);
    RUN(labels);
    RUN(more_than_can_be_learned);
    return check_end();
}
