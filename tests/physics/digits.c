/* Real handwritten digits, in a reduced form of the protocol of docs/results.md: what a small network, its ensemble and Langevin
 * dynamics must reach. Seeds are fixed, so these numbers are the same on every machine. */
#include <stdlib.h>
#include "base/json.h"
#include "base/memory.h"
#include "check.h"
#include "temper/run.h"

static temper_json_node *train(const char *const *options) {
    temper_job *job;
    temper_report *report = NULL;
    temper_json_node *tree = NULL;
    CHECK_OK(temper_job_create(&job, "train"));
    for (int k = 0; options[k]; k += 2) CHECK_OK(temper_job_set(job, options[k], options[k + 1]));
    CHECK_OK(temper_job_run(job, NULL, &report));
    if (report)
        CHECK_OK(temper_json_read(temper_report_json(report), strlen(temper_report_json(report)), &tree));
    temper_report_free(report);
    temper_job_free(job);
    return tree;
}

static double at(const temper_json_node *tree, const char *a, const char *b, const char *c) {
    const temper_json_node *node = tree ? temper_json_member(tree, a) : NULL;
    if (node && b) node = temper_json_member(node, b);
    if (node && c) node = temper_json_member(node, c);
    return node && node->kind == TEMPER_JSON_NUMBER ? node->number : NAN;
}

/* reference/training.md 9.1: 98.49 ± 0.45 % after 200 epochs; issue 3 asks for 98.0 %. Here 60 epochs and noise on the inputs, no
 * validation rows; 97.8 % and an NLL of 0.10 were seen. The row of docs/results.md has label smoothing too. */
static void sgd(void) {
    const char *options[] = {"data",    "digits",   "model",   "mlp:100",  "dynamics",   "sgd",
                             "seeds",   "5",        "epochs",  "60",       "validation", "0",
                             "augment", "blur=0.2", "scaling", "standard", NULL};
    temper_json_node *r = train(options);
    double accuracy = at(r, "test", "accuracy", "mean"), nll = at(r, "test", "nll", "mean");
    double together = at(r, "ensemble", "nll", "value");
    CHECK(accuracy >= 0.975, "accuracy %.4f", accuracy);
    CHECK(nll <= 0.12, "nll %.4f", nll);
    CHECK(together < nll, "the ensemble's nll %.4f is not below its members' %.4f (Jensen)", together, nll);
    CHECK(at(r, "ensemble", "ece", "value") < 0.03, "ece %.4f", at(r, "ensemble", "ece", "value"));
    CHECK(at(r, "thermometer", "asked", NULL) == 0, "T = %g", at(r, "thermometer", "asked", NULL));
    temper_release(r);
}

/* The kinetic temperature of BAOAB is T up to minibatch heat and O(h²), whatever the energy is. */
static void sghmc(void) {
    const char *options[] = {"data",       "digits", "model",   "mlp:30", "dynamics", "sghmc", "temperature",
                             "0.1",        "epochs", "60",      "batch",  "64",       "seeds", "2",
                             "validation", "0",      "samples", "10",     NULL};
    temper_json_node *r = train(options);
    double T = at(r, "thermometer", "kinetic", "mean");
    CHECK(fabs(T / 0.1 - 1) < 0.15, "kinetic temperature %.4f, asked 0.1", T);
    CHECK(at(r, "test", "accuracy", "mean") > 0.93, "accuracy %.4f", at(r, "test", "accuracy", "mean"));
    temper_release(r);
}

int main(void) {
    RUN(sgd);
    RUN(sghmc);
    return check_end();
}
