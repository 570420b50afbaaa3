/* report.html of a learn job: what came out, how learning went, what the machine has learned, and how its samples compare with the data. */
#include "run/learn_page.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/sheet.h"
#include "temper/catalogue.h"

static const char *const parts[TEMPER_PARTS] = {"training", "validation", "test"};

static void verdict(const temper_teaching *t, temper_text *out) {
    const temper_judgement *j = &t->judgement;
    temper_text lines = {0};
    for (int p = TEMPER_PARTS - 1; p >= 0; p--)
        if (j->rows[p]) {
            temper_text_add(&lines, "log-likelihood of %lld %s row%s: %.3f", (long long)j->rows[p], parts[p],
                            j->rows[p] == 1 ? "" : "s", j->part[p].mean);
            if (isfinite(j->part[p].error)) temper_text_add(&lines, " ± %.3f", j->part[p].error);
            temper_text_add(&lines, " nats a row");
            if (j->pair)
                temper_text_add(&lines, " by annealed importance sampling, %.3f ± %.3f the reverse way",
                                j->part_back[p].mean, j->part_back[p].error);
            else
                temper_text_add(&lines, ", exactly normalised");
            temper_text_add(&lines, "\n");
            break;
        }
    if (j->pair && fabs(j->back.log_z - j->z.log_z) > 1)
        temper_text_add(&lines, "! the two ways to ln Z differ by %.2f nats: neither is to be trusted\n",
                        fabs(j->back.log_z - j->z.log_z));
    if (t->machine->type->labelled && t->method->type->solve)
        temper_text_add(&lines,
                        t->lesson->done ? "every row on its side after %lld mistakes\n"
                                        : "! not separated after %lld mistakes\n",
                        (long long)t->lesson->mistakes);
    const temper_lesson_moment *m = &t->moment[t->seen - 1];
    if (!isnan(m->overlap) && m->overlap > 0.9 && t->lesson->models && t->seen > 2 &&
        !t->method->type->paired)
        temper_text_add(&lines, "! the chains hardly moved between the last two looks (overlap %.2f)\n",
                        m->overlap);
    if (t->data.told) temper_text_add(&lines, "# %s\n", t->data.told);
    if (lines.data) temper_sheet_verdict(lines.data, out);
    temper_text_clear(&lines);
}

static double at(const temper_lesson_moment *m, size_t offset) {
    double x;
    memcpy(&x, (const char *)m + offset, sizeof x);
    return x;
}

enum { CURVES_MAX = 4 };
typedef struct {
    const char *label;
    size_t offset;
    size_t error; /* offset of its error; 0: none */
} line;

static void panel(const temper_teaching *t, const char *title, const char *y, const char *caption,
                  const line *lines, int n, temper_text *out) {
    double *room = temper_alloc((size_t)t->seen * 3 * CURVES_MAX, sizeof *room);
    temper_curve curve[CURVES_MAX];
    int drawn = 0;
    if (!room) {
        out->failed = true;
        return;
    }
    for (int c = 0; c < n; c++) {
        double *x = room + (size_t)t->seen * 3 * (size_t)c, *v = x + t->seen, *e = v + t->seen;
        bool any = false;
        for (int64_t k = 0; k < t->seen; k++) {
            x[k] = (double)t->moment[k].update;
            v[k] = at(&t->moment[k], lines[c].offset);
            e[k] = lines[c].error ? at(&t->moment[k], lines[c].error) : 0;
            any |= isfinite(v[k]);
        }
        if (any)
            curve[drawn++] =
                (temper_curve){lines[c].label, (int)t->seen, x, v, lines[c].error ? e : NULL, true, c};
    }
    const temper_figure figure = {
        .title = title, .x_label = "updates", .y_label = y, .mark = NAN, .curves = drawn, .curve = curve};
    if (drawn) temper_figure_panel(&figure, caption, out);
    temper_release(room);
}

static void curves(const temper_teaching *t, temper_text *out) {
    const size_t second = sizeof(double);
    const line likelihood[] = {{"training", offsetof(temper_lesson_moment, likelihood), 0},
                               {"validation", offsetof(temper_lesson_moment, likelihood) + second, 0}},
               log_z[] = {{"ais", offsetof(temper_lesson_moment, log_z),
                           offsetof(temper_lesson_moment, log_z_error)},
                          {"reverse", offsetof(temper_lesson_moment, reverse),
                           offsetof(temper_lesson_moment, reverse_error)}},
               pseudo[] = {{"training", offsetof(temper_lesson_moment, pseudo), 0},
                           {"validation", offsetof(temper_lesson_moment, pseudo) + second, 0}},
               weight[] = {{"training", offsetof(temper_lesson_moment, weight), 0},
                           {"validation", offsetof(temper_lesson_moment, weight) + second, 0}},
               reconstruction[] = {{"training", offsetof(temper_lesson_moment, reconstruction), 0},
                                   {"validation", offsetof(temper_lesson_moment, reconstruction) + second,
                                    0}},
               chains[] = {{"overlap of chains", offsetof(temper_lesson_moment, overlap), 0},
                           {"swap rate", offsetof(temper_lesson_moment, swap_rate), 0},
                           {"Pearson C_ij", offsetof(temper_lesson_moment, pearson), 0}},
               size[] = {{"rms coupling", offsetof(temper_lesson_moment, size), 0}},
               mistakes[] = {{"mistakes", offsetof(temper_lesson_moment, mistakes), 0}};
    const line whole = {"exact", offsetof(temper_lesson_moment, log_z), 0};
    line singular[CURVES_MAX];
    static const char *const names[CURVES_MAX] = {"w1", "w2", "w3", "w4"};
    for (int k = 0; k < CURVES_MAX; k++)
        singular[k] = (line){names[k], offsetof(temper_lesson_moment, singular) + (size_t)k * second, 0};
    temper_text_add(out, "<h2>On the way</h2><div class=\"figures\">\n");
    panel(t, "log-likelihood", "nats a row",
          "Where the two part, the machine learns its training rows by heart.", likelihood, 2, out);
    const bool pair = t->seen && !isnan(t->moment[t->seen - 1].reverse);
    panel(t, pair ? "ln Z from both sides" : "ln Z", "nats",
          pair ? "Forward tends to be too small, reverse too large: the truth lies between."
               : "All states are summed.",
          pair ? log_z : &whole, pair ? 2 : 1, out);
    panel(t, "pseudo-likelihood", "nats a row", "Σ ln p(unit | all others): no ln Z needed.", pseudo, 2, out);
    if (t->data.part[TEMPER_VALIDATION].n)
        panel(t, "free energy of rows, -F(v)", "nats",
              "Only the difference between the curves means something.", weight, 2, out);
    panel(t, "changed by one sweep",
          t->machine->type->visible(t->machine->self) >= TEMPER_GAUSSIAN ? "mean square" : "share of units",
          "Small for a machine that knows the data, and for one that is frozen.", reconstruction, 2, out);
    if (t->lesson->models)
        panel(t, "chains", "", "Overlap of a chain with itself one look earlier: 0 forgotten, 1 frozen.",
              chains, 3, out);
    panel(t, "singular values of W", "", "Learning is modes that grow one after the other.", singular,
          CURVES_MAX, out);
    panel(t, "size of the couplings", "", "Root mean square.", size, 1, out);
    if (t->machine->type->labelled && t->method->type->solve)
        panel(t, "mistakes", "", "Of the perceptron rule, so far.", mistakes, 1, out);
    temper_text_add(out, "</div>\n");
}

static void head(const temper_teaching *t, temper_text *out) {
    const temper_settings *s = t->settings;
    temper_sheet_begin("temper learn", out);
    if (t->desk->command) {
        temper_text_add(out, "<p><code>");
        temper_escape(t->desk->command, out);
        temper_text_add(out, "</code></p>\n");
    }
    temper_text_add(out, "<p>");
    temper_escape(s->system, out);
    temper_text_add(out, " learns ");
    temper_escape(s->data, out);
    temper_text_add(out, " by ");
    temper_escape(s->method, out);
    temper_text_add(out, ": %lld rows, %lld weights, %lld updates in %.1f s. Hash <code>%.16s</code></p>\n",
                    (long long)t->data.part[TEMPER_TRAIN].n, (long long)t->machine->parameters,
                    (long long)t->lesson->clock, t->seconds, t->hash);
}

static void tail(const temper_teaching *t, const char *text, temper_text *out) {
    temper_text_add(out, "<h2>Numbers</h2><pre>");
    temper_escape(text, out);
    temper_text_add(
        out,
        "</pre>\n<h2>Provenance</h2>\n<p>temper %s. The recipe is in <code>recipe.toml</code>, the computer "
        "in <code>provenance.json</code>, the weights in <code>model.safetensors</code>.</p>\n",
        temper_version());
    (void)t;
    temper_sheet_end(out);
}

temper_status temper_teaching_page(const temper_teaching *t, const char *text, temper_text *out) {
    temper_gallery gallery = {0};
    temper_status bad = temper_gallery_build(&gallery, t);
    if (!bad) {
        head(t, out);
        verdict(t, out);
        temper_gallery_pictures(&gallery, t, out);
        if (t->seen > 2 || !t->method->type->solve) curves(t, out); /* a rule that fills has no way to show */
        bad = temper_gallery_figures(&gallery, t, out);
        tail(t, text, out);
    }
    temper_gallery_clear(&gallery);
    if (!bad && out->failed) bad = temper_fail(TEMPER_NO_MEMORY, "out of memory for the report page");
    return bad;
}
