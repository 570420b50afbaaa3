/* What happened on the way: learning curves with the band of the seeds, and what the thermometers showed. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/study_page.h"

typedef struct {               /* mean and standard deviation over the members, moment by moment */
    double *x, *mean, *spread; /* [n] */
    int n;
} course;

/* Takes the double at `offset` of each moment; x: the epoch, as a share of the run. */
static bool follow(const temper_study *s, size_t offset, double *memory, course *c) {
    int n = (int)s->moments;
    bool any = false;
    *c = (course){memory, memory + n, memory + 2 * n, n};
    for (int k = 0; k < n; k++) {
        double sum = 0, squares = 0;
        int seen = 0;
        for (int r = 0; r < s->members; r++) {
            const temper_moment *m = &s->moment[(int64_t)r * n + k];
            double v;
            memcpy(&v, (const char *)m + offset, sizeof v);
            if (!isfinite(v)) continue;
            sum += v, squares += v * v, seen++;
        }
        double mean = seen ? sum / seen : NAN,
               variance = seen > 1 ? (squares - seen * mean * mean) / (seen - 1) : 0;
        c->x[k] = s->steps > 0 ? (double)s->moment[k].step * (double)s->epochs / (double)s->steps : (double)k;
        c->mean[k] = mean;
        c->spread[k] = variance > 0 ? sqrt(variance) : 0;
        any |= seen > 0;
    }
    return any;
}

/* A logarithmic axis hides what is not positive: it is right where that is at most one point in twenty. */
static bool nearly_positive(const temper_curve *curves, int n) {
    int points = 0, hidden = 0;
    for (int c = 0; c < n; c++)
        for (int k = 0; k < curves[c].n; k++)
            if (isfinite(curves[c].y[k])) points++, hidden += curves[c].y[k] <= 0;
    return 20 * hidden <= points;
}

typedef struct { /* one line of a figure */
    const char *label;
    size_t offset;
} line_of;

enum { LINES_MAX = 4 };

static void panel(const temper_study *s, const char *title, const char *y_label, bool log_y,
                  const char *caption, const line_of *lines, int n, temper_text *out) {
    double *memory = temper_alloc((size_t)s->moments * 3 * LINES_MAX + 1, sizeof *memory);
    temper_curve curves[LINES_MAX];
    int drawn = 0;
    if (!memory) {
        out->failed = true;
        return;
    }
    for (int k = 0; k < n; k++) {
        course c;
        if (!follow(s, lines[k].offset, memory + 3 * s->moments * k, &c)) continue;
        curves[drawn++] = (temper_curve){lines[k].label, c.n, c.x, c.mean, c.spread, true, k};
    }
    const temper_figure figure = {.title = title,
                                  .x_label = "epoch",
                                  .y_label = y_label,
                                  .mark = NAN,
                                  .log_y = log_y && nearly_positive(curves, drawn),
                                  .curves = drawn,
                                  .curve = curves};
    if (drawn) temper_figure_panel(&figure, caption, out);
    temper_release(memory);
}

static size_t validation(int score) {
    return offsetof(temper_moment, validation) + (size_t)score * sizeof(double);
}

static int score_called(const temper_study *s, const char *name) {
    for (int k = 0; k < s->scores; k++)
        if (!strcmp(s->score[k].name, name)) return k;
    return -1;
}

void temper_study_curves(const temper_study *s, temper_text *out) {
    static const char *const rates[] = {"accuracy", "rmse"};
    if (s->moments < 2) return;
    temper_text_add(out, "<h2>Learning</h2><div class=\"figures\">\n");
    int nll = score_called(s, "nll");
    line_of energy[2] = {{"training", offsetof(temper_moment, train_energy)},
                         {"validation", nll < 0 ? 0 : validation(nll)}};
    panel(
        s, "energy per sample", "u = U/N", true,
        "Mean energy of the minibatches of an epoch, with the share of the prior, and the negative log-likelihood of the validation rows. Bands: standard deviation over seeds.",
        energy, nll < 0 ? 1 : 2, out);
    for (int k = 0; k < 2; k++) {
        int at = score_called(s, rates[k]);
        const line_of one[1] = {{"validation", at < 0 ? 0 : validation(at)}};
        if (at >= 0) panel(s, rates[k], rates[k], false, "On the validation rows.", one, 1, out);
    }
    const line_of rate[1] = {{"η", offsetof(temper_moment, rate)}};
    panel(s, "learning rate", "η", false, "As the schedule asked for.", rate, 1, out);
    temper_text_add(out, "</div>\n");
}

void temper_study_thermometer(const temper_study *s, temper_text *out) {
    static const line_of T[4] = {{"asked", offsetof(temper_moment, temperature)},
                                 {"⟨θ·∇U⟩/d", offsetof(temper_moment, T_config)},
                                 {"⟨p²⟩/d", offsetof(temper_moment, T_kinetic)},
                                 {"|∇U|²/∇²U", offsetof(temper_moment, T_gradient)}};
    static const line_of fdr[2] = {{"left", offsetof(temper_moment, fdr_left)},
                                   {"right", offsetof(temper_moment, fdr_right)}};
    static const line_of noise[1] = {{"tr Σ/|G|²", offsetof(temper_moment, noise_scale)}};
    if (s->moments < 2) return;
    temper_text_add(out, "<h2>Thermometer</h2><div class=\"figures\">\n");
    panel(
        s, "temperature", "T", true,
        "What was asked for and what the weights say: equal once a run has equilibrated. A plain optimiser asks for T = 0, and what it shows is the noise of its minibatches.",
        T, 4, out);
    panel(
        s, "fluctuation and dissipation", "per step", true,
        "Left and right side of ⟨θ·∇u⟩ = dissipation by noise, the first fluctuation-dissipation relation (Yaida 2018): they meet when training is stationary.",
        fdr, 2, out);
    panel(s, "gradient noise scale", "samples", true,
          "The batch size beyond which a gradient is mostly signal.", noise, 1, out);
    temper_text_add(out, "</div>\n");
}

/* What --monitor saw: beyond the edge steps without noise would leave the valley (Cohen et al. 2021). */
void temper_study_monitor(const temper_study *s, temper_text *out) {
    static const line_of top[2] = {{"λ1", offsetof(temper_moment, lambda1)},
                                   {"edge", offsetof(temper_moment, edge)}};
    static const line_of trace[1] = {{"tr ∇²u", offsetof(temper_moment, trace)}};
    static const line_of inputs[1] = {{"|∂ℓ/∂x|", offsetof(temper_moment, sensitivity)}};
    static const line_of fdr[2] = {{"left", offsetof(temper_moment, fdr_left)},
                                   {"right", offsetof(temper_moment, fdr_right)}};
    if (s->moments < 2 || !s->monitor) return;
    temper_text_add(out, "<h2>Monitor</h2><div class=\"figures\">\n");
    panel(
        s, "edge of stability", "λ1", true,
        "The largest eigenvalue of the Hessian on some training rows, and where it is known the edge of stability, 2(1 + μ)/η with momentum μ (Nesterov's: divided by 1 + 2μ): on all rows at once training sharpens up to there.",
        top, 2, out);
    panel(s, "curvature as a whole", "tr ∇²u", false, "The trace of the Hessian, on the same rows.", trace, 1,
          out);
    panel(s, "sensitivity to inputs", "mean |∂ℓ/∂x|", true,
          "How much the loss of a row changes with one of its inputs, in units of the data.", inputs, 1, out);
    if (s->monitor & 4)
        panel(s, "fluctuation and dissipation", "per step", true,
              "Both sides of the first fluctuation-dissipation relation meet when training is stationary.",
              fdr, 2, out);
    temper_text_add(out, "</div>\n");
}
