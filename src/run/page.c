/* The page is made from the report's JSON, so a page shows nothing that the report does not say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/memory.h"
#include "run/figure.h"
#include "run/page.h"
#include "run/sheet.h"
#include "temper/theory.h"

enum { CURVE_POINTS = 241, FIELDS_MAX = 64 };

static double number(const temper_json_node *object, const char *name) {
    const temper_json_node *node = object ? temper_json_member(object, name) : NULL;
    if (node && node->kind == TEMPER_JSON_NUMBER) return node->number;
    return node && node->kind == TEMPER_JSON_STRING && !strcmp(node->string, "inf") ? INFINITY : NAN;
}

static const char *words(const temper_json_node *object, const char *name) {
    const temper_json_node *node = temper_json_member(object, name);
    return node && node->kind == TEMPER_JSON_STRING ? node->string : "";
}

typedef struct { /* the theory of the system on a fine grid of temperatures */
    temper_theory *theory;
    const char *worth;
    double *T, *values; /* [CURVE_POINTS], [fields][CURVE_POINTS] */
    int fields;
} oracle;

/* The values of o->theory on the grid from … to. */
static temper_status consult(oracle *o, double from, double to) {
    double v[FIELDS_MAX];
    o->fields = temper_theory_fields(o->theory);
    if (o->fields > FIELDS_MAX) o->fields = 0;
    o->T = temper_alloc(CURVE_POINTS, sizeof *o->T);
    o->values = temper_alloc((size_t)o->fields * CURVE_POINTS + 1, sizeof *o->values);
    if (!o->T || !o->values) return TEMPER_NO_MEMORY;
    for (int k = 0; k < CURVE_POINTS; k++) {
        o->T[k] = from + (to - from) * k / (CURVE_POINTS - 1);
        bool known = !temper_theory_at(o->theory, o->T[k], v);
        for (int f = 0; f < o->fields; f++) o->values[f * CURVE_POINTS + k] = known ? v[f] : NAN;
    }
    return TEMPER_OK;
}

static void dismiss(oracle *o) {
    temper_theory_free(o->theory);
    temper_release(o->T);
    temper_release(o->values);
}

/* The infinite square lattice (Onsager, Yang) beside a finite one: what the transition becomes. */
static void widen_to_infinity(oracle *infinite, const oracle *finite, const temper_system *system) {
    char text[64];
    double J;
    if (!finite->theory || strcmp(finite->theory->type->about.name, "ising2d")) return;
    if (!temper_system_option(system, "J", &J)) return;
    snprintf(text, sizeof text, "ising2d:J=%.17g", J);
    if (!temper_theory_create(&infinite->theory, text)) infinite->worth = "infinite lattice";
}

static const double *curve_of(const oracle *o, const char *name) {
    for (int f = 0; f < o->fields; f++)
        if (!strcmp(temper_theory_field(o->theory, f), name)) return o->values + (size_t)f * CURVE_POINTS;
    return NULL;
}

/* T_c of the square lattice stands in its figures. */
static double critical(const oracle *o, const temper_system *system) {
    double J;
    if (!o->theory || strcmp(o->theory->type->about.name, "ising2d") ||
        !temper_system_option(system, "J", &J))
        return NAN;
    return 2 * fabs(J) / log(1 + sqrt(2));
}

/* Temperatures, means and errors of an observable, from "results" or "reweighted". The caller releases T. */
static temper_status read_curve(const temper_json_node *rows, const char *name, temper_curve *curve) {
    int n = curve->n = rows ? rows->count : 0, k = 0;
    double *T = temper_alloc((size_t)n * 3, sizeof *T), *mean = T + n, *error = T + 2 * n;
    curve->x = T;
    if (!T) return TEMPER_NO_MEMORY;
    for (const temper_json_node *r = n ? rows->child : NULL; r; r = r->next, k++) {
        const temper_json_node *all = temper_json_member(r, "observables"),
                               *one = all ? temper_json_member(all, name) : NULL;
        double at = number(r, "temperature");
        int place = k; /* a line goes from left to right, whatever the order of the list */
        for (; curve->line && place > 0 && T[place - 1] > at; place--)
            T[place] = T[place - 1], mean[place] = mean[place - 1], error[place] = error[place - 1];
        T[place] = at;
        mean[place] = number(one, "mean");
        error[place] = number(one, "error");
    }
    curve->y = mean, curve->error = error;
    return TEMPER_OK;
}

typedef struct {                                  /* of the report */
    const temper_json_node *results, *reweighted; /* the latter may be NULL */
    double from, to;                              /* finite temperatures of both */
} rows;

/* One panel: an observable over temperature, with its exact curve. oracles: of this system, of the infinite one. */
static void panel(const temper_page *page, const rows *r, const char *name, const oracle oracles[2],
                  temper_text *out) {
    int curves = 1;
    temper_curve curve[4] = {{.label = "measured"}},
                 again = {.label = "reweighted", .line = true, .colour = 3};
    out->failed |= read_curve(r->results, name, &curve[0]) || read_curve(r->reweighted, name, &again);
    bool drawn = !out->failed;
    if (again.n > 1) curve[curves++] = again;
    for (int o = 0; r->from < r->to && o < 2; o++) {
        /* |m| of a finite lattice becomes Yang's spontaneous magnetisation */
        const char *field = o && !strcmp(name, "abs_magnetisation") ? "magnetisation"
                            : !strcmp(name, "pattern_overlap[0]") ? "m" /* of Amit, Gutfreund & Sompolinsky */
                                                                  : name;
        const double *y = o && !strcmp(name, "magnetisation") ? NULL : curve_of(&oracles[o], field);
        const char *finite = oracles[0].worth && !strcmp(oracles[0].worth, "exact") ? "exact" : "theory";
        const temper_curve line = {
            o ? "infinite lattice" : finite, CURVE_POINTS, oracles[o].T, y, NULL, true, 1 + o};
        if (y) curve[curves++] = line;
    }
    const temper_figure figure = {.title = name,
                                  .x_label = "temperature T",
                                  .y_label = name,
                                  .mark = critical(oracles, page->system),
                                  .mark_label = "T_c",
                                  .curves = curves,
                                  .curve = curve};
    if (drawn) temper_figure_panel(&figure, "", out);
    temper_release((void *)curve[0].x);
    temper_release((void *)again.x);
}

/* How far the measured numbers are from exact ones, in standard errors. */
static void verdict(const temper_json_node *results, const oracle *o, temper_text *out) {
    int compared = 0, beyond = 0;
    double worst = 0, v[FIELDS_MAX];
    if (!o->theory || strcmp(o->worth, "exact")) return;
    for (const temper_json_node *r = results->child; r; r = r->next) {
        const temper_json_node *all = temper_json_member(r, "observables");
        if (!all || !isfinite(number(r, "temperature")) ||
            temper_theory_at(o->theory, number(r, "temperature"), v))
            continue;
        for (int f = 0; f < o->fields; f++) {
            const temper_json_node *one = temper_json_member(all, temper_theory_field(o->theory, f));
            double z = (number(one, "mean") - v[f]) / number(one, "error");
            if (!isfinite(z)) continue;
            compared++;
            beyond += fabs(z) > 2;
            worst = fmax(worst, fabs(z));
        }
    }
    if (!compared) return;
    temper_text_add(out,
                    "<p class=\"verdict%s\">%d numbers have an exact value to compare with (%s). The largest "
                    "distance is %.1f standard "
                    "errors; %d of them are beyond 2, where chance alone would give about %.1f.</p>\n",
                    worst > 4.5 ? " bad" : "", compared, o->theory->text, worst, beyond, 0.0455 * compared);
}

static void snapshots(const temper_page *page, temper_text *out) {
    char title[64];
    if (!page->count || !page->system->has_lattice || page->system->lattice.dims.n != 2) return;
    temper_text_add(out, "<h2>Configurations</h2><div class=\"row\">\n");
    for (int k = 0; k < page->count; k++) {
        snprintf(title, sizeof title, "T = %.4g", page->snapshots[k]->temperature);
        temper_text_add(out, "<figure>");
        temper_figure_spins(page->system, page->snapshots[k]->s, title, out);
        temper_text_add(out, "<figcaption>%s, energy per site %.4f</figcaption></figure>\n", title,
                        page->snapshots[k]->energy / page->system->n);
    }
    temper_text_add(out, "</div>\n");
}

/* P(q), C(r), S(k): numbers "name[x]" are one panel over x, with a curve for each of up to four temperatures. */
static void family(const temper_json_node *results, const temper_json_node *first, temper_text *out) {
    enum { CURVES = 4 };
    char base[64], labels[CURVES][24];
    temper_curve curve[CURVES];
    int length = (int)(strchr(first->name, '[') - first->name) + 1, n = 0, curves = 0;
    for (const temper_json_node *one = first; one; one = one->next)
        n += !strncmp(one->name, first->name, (size_t)length);
    double *values = temper_alloc((size_t)n * 3 * CURVES, sizeof *values);
    if (!values) {
        out->failed = true;
        return;
    }
    int every = (results->count + CURVES - 1) / CURVES, row = 0;
    for (const temper_json_node *r = results->child; r; r = r->next, row++) {
        const temper_json_node *all = temper_json_member(r, "observables");
        if (row % every || !all) continue;
        double *x = values + (size_t)n * 3 * (size_t)curves, *y = x + n, *error = y + n;
        int k = 0;
        for (const temper_json_node *one = all->child; one && k < n; one = one->next) {
            if (strncmp(one->name, first->name, (size_t)length)) continue;
            x[k] = atof(one->name + length), y[k] = number(one, "mean"), error[k++] = number(one, "error");
        }
        snprintf(labels[curves], sizeof labels[curves], "T=%.3g", number(r, "temperature"));
        curve[curves] = (temper_curve){labels[curves], n, x, y, error, false, curves};
        curves++;
    }
    snprintf(base, sizeof base, "%.*s", length - 1 < 60 ? length - 1 : 60, first->name);
    const temper_figure figure = {.title = base,
                                  .x_label = "index or value in brackets",
                                  .y_label = base,
                                  .mark = NAN,
                                  .curves = curves,
                                  .curve = curve};
    temper_figure_panel(&figure, "", out);
    temper_release(values);
}

/* The first of its family among `all` opens the panel of all of them. */
static bool opens_family(const temper_json_node *all, const temper_json_node *one) {
    size_t length = strcspn(one->name, "[") + 1;
    for (const temper_json_node *other = all->child; other != one; other = other->next)
        if (!strncmp(other->name, one->name, length)) return false;
    for (const temper_json_node *other = one->next; other; other = other->next)
        if (!strncmp(other->name, one->name, length)) return true;
    return false;
}

/* A family of one, such as the overlap with one pattern, is an ordinary number. */
static bool in_family(const temper_json_node *all, const temper_json_node *one) {
    size_t length = strcspn(one->name, "[") + 1;
    if (!strchr(one->name, '[')) return false;
    for (const temper_json_node *other = all->child; other; other = other->next)
        if (other != one && !strncmp(other->name, one->name, length)) return true;
    return false;
}

static void panels(const temper_page *page, const rows *r, const oracle oracles[2], temper_text *out) {
    const temper_json_node *first = r->results->child,
                           *all = first ? temper_json_member(first, "observables") : NULL;
    if (!all) return;
    verdict(r->results, oracles, out);
    temper_text_add(out, "<h2>Observables</h2><div class=\"figures\">\n");
    for (const temper_json_node *one = all->child; one; one = one->next)
        if (in_family(all, one)) {
            if (opens_family(all, one)) family(r->results, one, out);
        } else if (isfinite(number(one, "mean"))) {
            panel(page, r, one->name, oracles, out);
        }
    temper_text_add(
        out,
        "</div>\n<p>Points are measured: numbers per site, with one standard error that knows the autocorrelation. Lines are theory%s.</p>\n",
        r->reweighted ? ", or measurements reweighted to other temperatures" : "");
}

/* One column of an ensemble's report over temperature, with the column NAME_error as its error bars. */
static void column(const temper_json_node *table, const temper_json_node *y, temper_text *out) {
    const temper_json_node *x = temper_json_member(table, "temperature");
    char name[80];
    snprintf(name, sizeof name, "%.60s_error", y->name);
    const temper_json_node *parts[3] = {x, y, temper_json_member(table, name)};
    double *values = temper_alloc((size_t)x->count * 3, sizeof *values);
    if (!values) {
        out->failed = true;
        return;
    }
    for (int c = 0; c < 3; c++) {
        const temper_json_node *node = parts[c] ? parts[c]->child : NULL;
        for (int k = 0; k < x->count; k++, node = node ? node->next : NULL)
            values[c * x->count + k] = node && node->kind == TEMPER_JSON_NUMBER ? node->number : NAN;
    }
    double low = INFINITY, high = 0; /* temperatures over decades want a logarithmic axis */
    for (int k = 0; k < x->count; k++)
        if (isfinite(values[k])) low = fmin(low, values[k]), high = fmax(high, values[k]);
    const temper_curve curve = {"", x->count, values, values + x->count, values + 2 * x->count, false, 0};
    const temper_figure figure = {.title = y->name,
                                  .x_label = "temperature T",
                                  .y_label = y->name,
                                  .mark = NAN,
                                  .log_x = low > 0 && high > 20 * low,
                                  .curves = 1,
                                  .curve = &curve};
    temper_figure_panel(&figure, "", out);
    temper_release(values);
}

/* What an ensemble tells rung by rung or step by step: swap rates, energies, free energies. */
static void ensemble(const temper_json_node *report, temper_text *out) {
    const temper_json_node *table = temper_json_member(report, "report");
    if (!table) table = temper_json_member(report, "exchange");
    const temper_json_node *x = table ? temper_json_member(table, "temperature") : NULL;
    if (!x || x->kind != TEMPER_JSON_ARRAY || x->count < 2) return;
    temper_text_add(out, "<h2>Ensemble</h2><div class=\"figures\">\n");
    for (const temper_json_node *y = table->child; y; y = y->next) {
        size_t length = strlen(y->name);
        bool error = length > 6 && !strcmp(y->name + length - 6, "_error");
        if (y != x && !error && y->kind == TEMPER_JSON_ARRAY && y->count == x->count) column(table, y, out);
    }
    temper_text_add(out, "</div>\n");
}

static void head(const temper_page *page, const temper_json_node *report, temper_text *out) {
    temper_sheet_begin(page->system->text, out);
    temper_text_add(out, "<h1>");
    temper_escape(page->system->type->about.name, out);
    temper_text_add(out, "</h1>\n<p>");
    temper_escape(page->system->type->about.brief, out);
    temper_text_add(out, "<br><code>");
    temper_escape(page->system->text, out);
    temper_text_add(out, "</code></p>\n");
    if (page->command) {
        temper_text_add(out, "<p>Made by <code>");
        temper_escape(page->command, out);
        temper_text_add(out, "</code>");
        temper_text_add(
            out,
            "; hash of the final state <code>%s</code>: the same command gives the same hash anywhere.</p>\n",
            words(report, "hash"));
    }
}

static rows rows_of(const temper_json_node *report) {
    rows r = {temper_json_member(report, "results"), temper_json_member(report, "reweighted"), INFINITY,
              -INFINITY};
    if (r.results && r.results->kind != TEMPER_JSON_ARRAY) r.results = NULL;
    if (r.reweighted && r.reweighted->kind != TEMPER_JSON_ARRAY) r.reweighted = NULL;
    for (int k = 0; k < 2; k++) {
        const temper_json_node *part = k ? r.reweighted : r.results;
        for (const temper_json_node *row = part ? part->child : NULL; row; row = row->next) {
            double T = number(row, "temperature");
            if (isfinite(T)) r.from = fmin(r.from, T), r.to = fmax(r.to, T);
        }
    }
    return r;
}

static temper_status body(const temper_page *page, const temper_json_node *report, temper_text *out) {
    const rows r = rows_of(report);
    oracle oracles[2] = {{0}, {0}};
    temper_status bad = TEMPER_OK;
    head(page, report, out);
    if (r.results) {
        /* No theory is no failure: the figures then have no curve. */
        if (r.from <= r.to && !temper_theory_of(&oracles[0].theory, page->system, &oracles[0].worth))
            widen_to_infinity(&oracles[1], &oracles[0], page->system);
        for (int k = 0; k < 2 && !bad; k++)
            if (oracles[k].theory) bad = consult(&oracles[k], r.from, r.to);
        if (!bad) panels(page, &r, oracles, out);
    }
    ensemble(report, out);
    snapshots(page, out);
    temper_text_add(out, "<h2>Numbers</h2><pre>");
    temper_escape(page->text, out);
    temper_text_add(out, "</pre>\n");
    temper_sheet_end(out);
    dismiss(&oracles[0]);
    dismiss(&oracles[1]);
    return bad           ? bad
           : out->failed ? temper_fail(TEMPER_NO_MEMORY, "out of memory for the report page")
                         : TEMPER_OK;
}

temper_status temper_page_html(const temper_page *page, temper_text *out) {
    temper_json_node *report = NULL;
    temper_status bad = temper_json_read(page->json, strlen(page->json), &report);
    if (!bad) bad = body(page, report, out);
    temper_release(report);
    return bad;
}
