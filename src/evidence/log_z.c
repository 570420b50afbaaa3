/* ln Z: which way, and the two ways that need no chains. */
#include <math.h>
#include "base/memory.h"
#include "evidence/path.h"

static const char *const names[] = {"exact", "ais", "reverse-ais", "bridge", "mbar", "integration", "tap"};

const char *temper_evidence_name(int method) {
    return method >= 0 && method < (int)(sizeof names / sizeof *names) ? names[method] : NULL;
}

static temper_status exact(const temper_machine *machine, temper_evidence *out) {
    double log_z;
    if (!machine->type->exact)
        return temper_fail(TEMPER_CANNOT, "evidence: %s has no exact sum; take ais",
                           machine->type->about.name);
    temper_status status = machine->type->exact(machine->self, 1, &log_z, NULL, NULL);
    if (!status) *out = (temper_evidence){.log_z = log_z, .low = log_z, .high = log_z, .ess = NAN};
    return status;
}

/* Plefka's expansion, from rows where there are any: a minimum of its free energy near the data. */
static temper_status tap(temper_path *path, temper_evidence *out) {
    const temper_machine_type *type = path->machine->type;
    if (!type->mean_field)
        return temper_fail(TEMPER_CANNOT, "evidence: %s has no mean-field expansion; take ais",
                           type->about.name);
    temper_flock *flock = NULL;
    temper_status status =
        path->plan.rows ? temper_path_flock(path, &flock, path->plan.runs, MODEL_FLOCK, 1) : TEMPER_OK;
    if (!status && flock) status = temper_path_clamp(path, flock);
    double log_z, residual;
    const bool ready = !status;
    if (ready) status = type->mean_field(path->machine->self, 3, flock, &log_z, NULL, &residual);
    if (ready && status == TEMPER_CANNOT) /* not every machine has the third order */
        status = type->mean_field(path->machine->self, 2, flock, &log_z, NULL, &residual);
    if (!status)
        *out = (temper_evidence){
            .log_z = log_z, .error = NAN, .low = NAN, .high = NAN, .ess = NAN, .residual = residual};
    temper_flock_free(flock);
    return status;
}

static temper_status annealed(temper_path *path, int sign, temper_evidence *out) {
    int64_t n = path->plan.runs;
    double *log_w = temper_alloc((size_t)n, sizeof *log_w);
    if (!log_w) return TEMPER_NO_MEMORY;
    temper_status status = sign > 0 ? temper_path_forward(path, log_w) : temper_path_reverse(path, log_w);
    if (!status) status = temper_weigh(log_w, n, sign, out);
    if (!status) {
        out->log_z += path->log_base;
        out->low += path->log_base;
        out->high += path->log_base;
    }
    temper_release(log_w);
    return status;
}

static temper_status along(temper_path *path, temper_evidence_method method, temper_evidence *out) {
    int64_t betas = path->plan.betas, burn = path->plan.burn;
    switch (method) {
    case TEMPER_EVIDENCE_AIS: path->total = betas; return annealed(path, 1, out);
    case TEMPER_EVIDENCE_REVERSE: path->total = betas + burn; return annealed(path, -1, out);
    case TEMPER_EVIDENCE_BRIDGE: path->total = 2 * betas + burn; return temper_log_z_bridge(path, out);
    case TEMPER_EVIDENCE_MBAR: return temper_log_z_mbar(path, out);
    case TEMPER_EVIDENCE_INTEGRATION: return temper_log_z_integration(path, out);
    default: return tap(path, out);
    }
}

temper_status temper_evidence_log_z(const temper_machine *machine, temper_evidence_method method,
                                    const temper_evidence_plan *plan, temper_evidence *out) {
    if (!temper_evidence_name((int)method))
        return temper_fail(TEMPER_BAD_OPTION, "evidence: there is no method number %d", (int)method);
    if (method == TEMPER_EVIDENCE_EXACT) return exact(machine, out);
    temper_path path;
    temper_status status = temper_path_open(&path, machine, plan);
    if (!status) status = temper_path_balanced(machine);
    if (!status) status = along(&path, method, out);
    temper_path_close(&path);
    return status;
}
