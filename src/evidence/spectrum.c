/* The spectrum of the weights and the phase that it says (phase.c). Learning begins in the paramagnet: one after the other the modes of the data pass through
 * the edge of the noise and above 1, and the machine becomes a ferromagnet of several states (Decelle, Fissore and Furtlehner 2017).
 *
 * 0/1 units in terms of ±1 ones, v = (1 + s)/2, h = (1 + t)/2: J = W/4, a_i = b_i/2 + Σ_j W_ij/4, c_j likewise; one binary side alone: J = W/2. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "evidence/phase.h"
#include "num/eigen.h"

static const char *const names[] = {"paramagnetic", "ferromagnetic", "spin-glass"};

const char *temper_phase_name(int phase) {
    return phase >= 0 && phase < (int)(sizeof names / sizeof *names) ? names[phase] : NULL;
}

typedef struct {
    int64_t V, H;
    const float *W, *b, *c;
    bool visible_01, hidden_01;
} weights;

/* The text of a machine spells out all options; hidden units that have none are binary. */
static temper_unit hidden_kind(const temper_machine *machine) {
    static const char key[] = "hidden_units=";
    const char *at = strstr(machine->text, key);
    for (int k = TEMPER_BINARY; at && k <= TEMPER_RELU; k++) {
        const char *name = temper_unit_name((temper_unit)k);
        if (!strncmp(at + sizeof key - 1, name, strlen(name))) return (temper_unit)k;
    }
    return TEMPER_BINARY;
}

static temper_status find(const temper_machine *machine, weights *w) {
    temper_machine_array W, b, c;
    const char *name = machine->type->about.name;
    if (!temper_machine_find(machine, "W", &W) || W.dims != 2 || !temper_machine_find(machine, "b", &b) ||
        !temper_machine_find(machine, "c", &c))
        return temper_fail(TEMPER_CANNOT,
                           "spectrum: %s has no weights W between two layers with fields b and c", name);
    *w = (weights){W.shape[0],
                   W.shape[1],
                   machine->theta + W.offset,
                   machine->theta + b.offset,
                   machine->theta + c.offset,
                   false,
                   false};
    temper_unit visible = machine->type->visible(machine->self), hidden = hidden_kind(machine);
    if ((visible != TEMPER_BINARY && visible != TEMPER_SPIN) ||
        (hidden != TEMPER_BINARY && hidden != TEMPER_SPIN))
        return temper_fail(TEMPER_CANNOT,
                           "spectrum: %s has %s and %s units; phases are told of binary and spin ones", name,
                           temper_unit_name(visible), temper_unit_name(hidden));
    w->visible_01 = visible == TEMPER_BINARY;
    w->hidden_01 = hidden == TEMPER_BINARY;
    return TEMPER_OK;
}

/* J, a and c of the same machine in ±1 units; returns J/W. */
static double in_spins(const weights *w, double *J, double *a, double *c) {
    double v = w->visible_01 ? 0.5 : 1,
           h = w->hidden_01 ? 0.5 : 1; /* slope of the unit in its spin; its offset is ½ or 0 */
    for (int64_t j = 0; j < w->H; j++) c[j] = h * w->c[j];
    for (int64_t i = 0; i < w->V; i++) {
        a[i] = v * w->b[i];
        for (int64_t j = 0; j < w->H; j++) {
            double x = w->W[i * w->H + j];
            J[i * w->H + j] = v * h * x;
            if (w->hidden_01) a[i] += v * 0.5 * x;
            if (w->visible_01) c[j] += h * 0.5 * x;
        }
    }
    return v * h;
}

static temper_status look(const weights *w, double *room, temper_spectrum *out) {
    int64_t V = w->V, H = w->H, n = V < H ? V : H;
    double *J = room, *a = J + V * H, *c = a + V, *value = c + H, *u = value + n, *v = u + n * V;
    double scale = in_spins(w, J, a, c);
    temper_status status = temper_singular(V, H, J, n, value, u, v);
    if (status) return status;
    *out = (temper_spectrum){.modes = n < TEMPER_MODES_MAX ? n : TEMPER_MODES_MAX};
    for (int64_t k = 0; k < out->modes; k++) {
        double fourth = 0;
        for (int64_t i = 0; i < V; i++) {
            const double square = u[k * V + i] * u[k * V + i];
            fourth += square * square;
        }
        out->w[k] = value[k] / scale;
        out->participation[k] = fourth > 0 ? 1 / fourth : 0;
    }
    status = temper_phase_find(&(temper_couplings){V, H, n, value, u, v, a, c}, out);
    out->edge /= scale;
    return status;
}

temper_status temper_evidence_spectrum(const temper_machine *machine, temper_spectrum *out) {
    weights w = {0};
    temper_status status = find(machine, &w);
    if (status) return status;
    int64_t n = w.V < w.H ? w.V : w.H;
    double *room = temper_alloc((size_t)(w.V * w.H + w.V + w.H + n + n * (w.V + w.H)), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    status = look(&w, room, out);
    temper_release(room);
    return status;
}
