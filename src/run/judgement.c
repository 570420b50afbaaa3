#include "run/judgement.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"

static const char *const parts[TEMPER_PARTS] = {"train", "validation", "test"};

/* What another ln Z makes of the same rows. */
static temper_likelihood by_another(const temper_likelihood *l, const temper_evidence *z,
                                    const temper_evidence *other) {
    temper_likelihood out = *l;
    out.mean += z->log_z - other->log_z;
    out.error = sqrt(l->rows_error * l->rows_error + (other->error > 0 ? other->error * other->error : 0));
    out.low = out.mean - 1.959963984540054 * out.error;
    out.high = out.mean + 1.959963984540054 * out.error;
    return out;
}

enum { FEW = 100 }; /* rows whose ln p* must be estimated one by one */

/* Some of the rows, evenly. */
static temper_status pick(const temper_rows_view *rows, temper_rows_view *some, float **X, double **weight) {
    *some = (temper_rows_view){.n = FEW, .columns = rows->columns};
    *X = temper_alloc(FEW, (size_t)rows->columns * sizeof **X);
    *weight = rows->weight ? temper_alloc(FEW, sizeof **weight) : NULL;
    if (!*X || (rows->weight && !*weight)) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < FEW; i++) {
        const int64_t k = i * rows->n / FEW;
        memcpy(*X + i * rows->columns, rows->X + k * rows->columns, (size_t)rows->columns * sizeof **X);
        if (rows->weight) (*weight)[i] = rows->weight[k];
    }
    some->X = *X, some->weight = *weight;
    return TEMPER_OK;
}

static temper_status judge_part(const temper_machine *machine, const temper_rows_view *rows, int p,
                                temper_judgement *j) {
    const bool known = machine->type->marginal || machine->type->score;
    temper_rows_view view = *rows;
    float *X = NULL;
    double *weight = NULL;
    temper_status bad = known || rows->n <= FEW ? TEMPER_OK : pick(rows, &view, &X, &weight);
    j->rows[p] = view.n;
    if (!bad) bad = temper_evidence_likelihood(machine, &j->z, &view, NULL, &j->part[p]);
    if (!bad && j->pair) j->part_back[p] = by_another(&j->part[p], &j->z, &j->back);
    temper_release(X);
    temper_release(weight);
    return bad;
}

temper_status temper_judge(const temper_machine *machine, const temper_rows_view rows[TEMPER_PARTS],
                           const temper_evidence_plan *plan, temper_judgement *j) {
    const temper_machine_type *type = machine->type;
    temper_status bad = TEMPER_OK;
    *j = (temper_judgement){.method = "none", .z.log_z = NAN, .z.error = NAN};
    if (type->enumerable && type->enumerable(machine->self) <= TEMPER_EXACT_BITS) {
        j->method = "exact";
        bad = temper_evidence_log_z(machine, TEMPER_EVIDENCE_EXACT, plan, &j->z);
    } else if (type->log_base && type->log_weight && !type->labelled &&
               (!type->balanced || type->balanced(machine->self))) {
        j->method = "ais";
        j->pair = true;
        bad = temper_evidence_log_z(machine, TEMPER_EVIDENCE_AIS, plan, &j->z);
        if (!bad) bad = temper_evidence_log_z(machine, TEMPER_EVIDENCE_REVERSE, plan, &j->back);
    } else {
        j->why = "this machine has no partition function that temper can compute";
        return TEMPER_OK;
    }
    for (int p = 0; p < TEMPER_PARTS && !bad; p++) {
        if (rows[p].n < 1) continue;
        bad = judge_part(machine, &rows[p], p, j);
        if (bad != TEMPER_CANNOT) continue;
        j->why = "the weight of a row of this machine is a sum over hidden units that temper cannot do";
        memset(j->rows, 0, sizeof j->rows);
        return TEMPER_OK;
    }
    return bad;
}

static int best_part(const temper_judgement *j) {
    for (int p = TEMPER_PARTS - 1; p >= 0; p--)
        if (j->rows[p]) return p;
    return -1;
}

static void likelihood_json(const temper_judgement *j, int part, temper_json *json) {
    const temper_likelihood *l = &j->part[part], *back = j->pair ? &j->part_back[part] : NULL;
    temper_json_open(json, parts[part], '{');
    temper_json_real(json, "mean", l->mean);
    temper_json_real(json, "error", l->error);
    temper_json_real(json, "low", l->low);
    temper_json_real(json, "high", l->high);
    if (l->bound) temper_json_bool(json, "lower_bound", true);
    if (back) {
        temper_json_real(json, "reverse_mean", back->mean);
        temper_json_real(json, "reverse_error", back->error);
    }
    temper_json_int(json, "rows", j->rows[part]);
    temper_json_close(json, '}');
}

static void evidence_json(const char *name, const temper_evidence *z, temper_json *json) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "mean", z->log_z);
    temper_json_real(json, "error", z->error);
    temper_json_real(json, "low", z->low);
    temper_json_real(json, "high", z->high);
    temper_json_real(json, "ess", z->ess);
    temper_json_close(json, '}');
}

void temper_judgement_json(const temper_judgement *j, temper_json *json) {
    int p = best_part(j);
    const bool known = p >= 0;
    temper_json_open(json, "log_likelihood", '{');
    temper_json_real(json, "mean", known ? j->part[p].mean : NAN);
    temper_json_real(json, "error", known ? j->part[p].error : NAN);
    temper_json_string(json, "method", j->method);
    temper_json_string(json, "on", known ? parts[p] : NULL);
    for (int k = 0; k < TEMPER_PARTS; k++)
        if (j->rows[k]) likelihood_json(j, k, json);
    if (j->why) temper_json_string(json, "why", j->why);
    temper_json_close(json, '}');
    temper_json_open(json, "log_z", '{');
    temper_json_real(json, "mean", j->z.log_z);
    temper_json_real(json, "error", j->z.error);
    temper_json_string(json, "method", j->method);
    if (j->pair) evidence_json("forward", &j->z, json), evidence_json("reverse", &j->back, json);
    temper_json_close(json, '}');
}

/* One row has no scatter of which an error could be made. */
static void likelihood_text(const temper_likelihood *l, temper_text *text) {
    temper_text_add(text, "%.4f", l->mean);
    if (isfinite(l->error)) temper_text_add(text, " ± %.4f", l->error);
}

void temper_judgement_text(const temper_judgement *j, temper_text *text) {
    bool scatter = false;
    if (!isnan(j->z.log_z)) {
        temper_text_add(text, "ln Z %s  %.6f", j->method, j->z.log_z);
        if (j->pair)
            temper_text_add(text, " ± %.4f (ESS %.1f of the runs)\nln Z reverse-ais  %.6f ± %.4f (ESS %.1f)",
                            j->z.error, j->z.ess, j->back.log_z, j->back.error, j->back.ess);
        temper_text_add(text, "\n");
    }
    for (int p = 0; p < TEMPER_PARTS; p++) {
        if (!j->rows[p]) continue;
        scatter |= isfinite(j->part[p].error);
        temper_text_add(text, "log-likelihood, %-10s  ", parts[p]);
        likelihood_text(&j->part[p], text);
        if (j->pair) {
            temper_text_add(text, " (ais), ");
            likelihood_text(&j->part_back[p], text);
            temper_text_add(text, " (reverse-ais)");
        }
        temper_text_add(text, "  nats a row; %lld row%s%s\n", (long long)j->rows[p],
                        j->rows[p] == 1 ? "" : "s",
                        j->part[p].bound ? "; ln p* of a row is a lower bound" : "");
    }
    if (scatter)
        temper_text_add(text, "(± is the standard error over rows as drawn by chance%s)\n",
                        j->pair ? ", and of ln Z" : "");
    if (j->pair && j->z.ess < 10)
        temper_text_add(text, "! few of the runs carry the weight of ln Z: more --betas would help\n");
    if (j->pair && fabs(j->back.log_z - j->z.log_z) > 1)
        temper_text_add(
            text, "! the two ways differ by %.2f nats: neither is to be trusted; more --betas would help\n",
            fabs(j->back.log_z - j->z.log_z));
    if (j->why) temper_text_add(text, "%s\n", j->why);
}
