/* ln Z, likelihood and entropy. Where sampling is needed both directions are told: forward tends to too small a ln Z, reverse to too large a one. */
#include <math.h>
#include <string.h>
#include "base/text.h"
#include "run/measure.h"

static const char *const methods[] = {"exact", "ais", "reverse-ais", "bridge", "mbar", "integration", "tap"};
enum { METHODS = sizeof methods / sizeof *methods, AUTO = -1 };

static temper_status choose(const temper_measurement *m, int *method) {
    const char *word = m->s->method;
    if (!strcmp(word, "auto")) return *method = AUTO, TEMPER_OK;
    for (*method = 0; *method < METHODS; ++*method)
        if (!strcmp(word, methods[*method])) return TEMPER_OK;
    const char *near = temper_nearest(word, methods, METHODS);
    return temper_fail(
        TEMPER_BAD_OPTION,
        "measure: method=%.60s is none of auto, exact, ais, reverse-ais, bridge, mbar, integration, tap%s%s%s",
        word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool small(const temper_machine *machine) {
    return machine->type->enumerable && machine->type->enumerable(machine->self) <= TEMPER_EXACT_BITS;
}

/* What auto stands for: one exact number, or the pair. */
static temper_status list(const temper_measurement *m, int out[2], int *n) {
    int method;
    temper_status bad = choose(m, &method);
    *n = method == AUTO && !small(m->learned.machine) ? 2 : 1;
    out[0] = method != AUTO              ? method
             : small(m->learned.machine) ? TEMPER_EVIDENCE_EXACT
                                         : TEMPER_EVIDENCE_AIS;
    out[1] = TEMPER_EVIDENCE_REVERSE;
    return bad;
}

static temper_status evidence(temper_measurement *m, int method, temper_evidence *z) {
    if (method == TEMPER_EVIDENCE_REVERSE || method == TEMPER_EVIDENCE_BRIDGE) {
        temper_status bad = temper_learned_wants(&m->learned, methods[method], "measure");
        if (bad) return bad;
    }
    return temper_evidence_log_z(m->learned.machine, (temper_evidence_method)method, &m->plan, z);
}

static void evidence_json(const char *name, const temper_evidence *z, int method, temper_json *json) {
    temper_json_open(json, name, '{');
    temper_json_string(json, "method", methods[method]);
    temper_json_real(json, "mean", z->log_z);
    temper_json_real(json, "error", z->error);
    temper_json_real(json, "low", z->low);
    temper_json_real(json, "high", z->high);
    temper_json_real(json, "ess", z->ess);
    if (method == TEMPER_EVIDENCE_TAP) temper_json_real(json, "residual", z->residual);
    temper_json_close(json, '}');
}

static void evidence_text(const temper_evidence *z, int method, temper_text *text) {
    temper_text_add(text, "ln Z  %-12s %.8g", methods[method], z->log_z);
    if (method == TEMPER_EVIDENCE_TAP)
        temper_text_add(text, "  (no error bar; residual %.2g)", z->residual);
    else if (method != TEMPER_EVIDENCE_EXACT)
        temper_text_add(text, " ± %.4f  (ESS %.1f)", z->error, z->ess);
    if (z->ess < 10)
        temper_text_add(text, "\n! few of the runs carry the weight: more --betas or --runs would help");
    temper_text_add(text, "\n");
    if (method == TEMPER_EVIDENCE_TAP && !(z->residual < 1e-4))
        temper_text_add(text,
                        "! the equations of mean field were not solved: couplings too strong for them\n");
}

static void compare(const temper_evidence *z, int n, temper_text *text) {
    if (n < 2) return;
    double gap = z[1].log_z - z[0].log_z, error = sqrt(z[0].error * z[0].error + z[1].error * z[1].error);
    temper_text_add(text, "reverse less forward: %.3f ± %.3f nats\n", gap, error);
    if (fabs(gap) > 1 && fabs(gap) > 3 * error)
        temper_text_add(text, "! the two ways disagree: neither is to be trusted; more --betas would help\n");
}

temper_status temper_measure_log_z(temper_measurement *m) {
    static const char *const names[] = {"log_z", "log_z_reverse"};
    int method[2], n = 0;
    temper_evidence z[2];
    temper_status bad = list(m, method, &n);
    for (int k = 0; k < n && !bad; k++) {
        if ((bad = evidence(m, method[k], &z[k]))) return bad;
        evidence_json(names[k], &z[k], method[k], &m->json);
        evidence_text(&z[k], method[k], &m->text);
    }
    if (!bad) compare(z, n, &m->text);
    return bad;
}

static temper_status of_rows(temper_measurement *m, const temper_evidence *z, const char *name,
                             const char *method) {
    const char *part = m->judged_name;
    const temper_rows_view *rows = &m->judged;
    temper_likelihood l;
    temper_status bad = temper_evidence_likelihood(m->learned.machine, z, rows, NULL, &l);
    if (bad) return bad;
    temper_json_open(&m->json, name, '{');
    temper_json_real(&m->json, "mean", l.mean);
    temper_json_real(&m->json, "error", l.error);
    temper_json_real(&m->json, "low", l.low);
    temper_json_real(&m->json, "high", l.high);
    temper_json_string(&m->json, "method", method);
    temper_json_bool(&m->json, "lower_bound", l.bound);
    temper_json_string(&m->json, "on", part);
    temper_json_int(&m->json, "rows", rows->n);
    temper_json_close(&m->json, '}');
    temper_text_add(&m->text,
                    "log-likelihood by %-12s %.4f ± %.4f nats a row (95 %%: %.3f … %.3f), %lld %s rows%s\n",
                    method, l.mean, l.error, l.low, l.high, (long long)rows->n, part,
                    l.bound ? "; ln p* of a row is a lower bound" : "");
    return TEMPER_OK;
}

temper_status temper_measure_likelihood(temper_measurement *m) {
    static const char *const names[] = {"log_z", "log_z_reverse"}, *const likelihoods[] = {
                                                                       "log_likelihood",
                                                                       "log_likelihood_reverse"};
    int method[2], n = 0;
    temper_evidence z[2];
    temper_status bad = temper_learned_wants(&m->learned, "a likelihood", "measure");
    if (!bad) bad = list(m, method, &n);
    for (int k = 0; k < n && !bad; k++) {
        if ((bad = evidence(m, method[k], &z[k]))) return bad;
        evidence_json(names[k], &z[k], method[k], &m->json);
        evidence_text(&z[k], method[k], &m->text);
        bad = of_rows(m, &z[k], likelihoods[k], methods[method[k]]);
    }
    if (!bad) compare(z, n, &m->text);
    return bad;
}

/* What a chain keeps, and the entropy is of. */
static const char *kept(const temper_machine *machine) {
    if (machine->type->marginal || machine->type->hidden(machine->self) == 0) return "visible units";
    return machine->type->folded ? "units of the even layers" : "visible and hidden units";
}

temper_status temper_measure_entropy(temper_measurement *m) {
    int method[2], n = 0;
    temper_evidence z;
    temper_model_entropy S;
    temper_status bad = list(m, method, &n);
    if (!bad) bad = evidence(m, method[0], &z);
    if (!bad) bad = temper_evidence_entropy(m->learned.machine, &z, &m->plan, &S);
    if (bad) return bad;
    evidence_json("log_z", &z, method[0], &m->json);
    temper_json_open(&m->json, "entropy", '{');
    temper_json_string(&m->json, "of", kept(m->learned.machine));
    temper_json_real(&m->json, "mean", S.entropy);
    temper_json_real(&m->json, "error", S.error);
    temper_json_real(&m->json, "tau_sweeps", S.tau);
    temper_json_real(&m->json, "rhat", S.rhat);
    temper_json_close(&m->json, '}');
    evidence_text(&z, method[0], &m->text);
    temper_text_add(&m->text, "entropy of the %s  %.6f ± %.4f nats", kept(m->learned.machine), S.entropy,
                    S.error);
    if (!isnan(S.tau))
        temper_text_add(&m->text, "  (its chains forget in %.3g sweeps, R-hat %.3f)", S.tau, S.rhat);
    temper_text_add(&m->text, "\n");
    if (S.rhat > 1.05) temper_text_add(&m->text, "! the chains are not of one mind (R-hat > 1.05)\n");
    return TEMPER_OK;
}
