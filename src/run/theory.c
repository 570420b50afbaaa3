/* theory: what is known exactly or asymptotically, at a list of temperatures. */
#include "temper/theory.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/grid.h"
#include "run/report.h"
#include "run/temperatures.h"
#include "run/things.h"
#include "run/work.h"
#include "temper/catalogue.h"
#include "temper/density.h"

typedef struct {
    temper_theory *theory;
    double *T, *values; /* [temperatures], [temperatures][fields] */
    int temperatures, fields;
} table;

static temper_status fill(table *t, const temper_settings *settings) {
    temper_status bad =
        temper_temperatures_read("theory: temperature", settings->temperature, &t->T, &t->temperatures);
    if (!bad) bad = temper_theory_create(&t->theory, settings->theory);
    if (bad) return bad;
    t->fields = temper_theory_fields(t->theory);
    t->values = temper_alloc((size_t)t->temperatures * (size_t)t->fields, sizeof *t->values);
    if (!t->values) return TEMPER_NO_MEMORY;
    for (int k = 0; k < t->temperatures && !bad; k++)
        bad = temper_theory_at(t->theory, t->T[k], t->values + k * t->fields);
    return bad;
}

static void write_json(const table *t, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.theory/1");
    temper_json_string(json, "theory", t->theory->text);
    temper_json_open(json, "results", '[');
    for (int k = 0; k < t->temperatures; k++) {
        temper_json_open(json, NULL, '{');
        temper_report_number(json, "temperature", t->T[k]);
        for (int f = 0; f < t->fields; f++) {
            double value = t->values[k * t->fields + f];
            if (!isnan(value)) temper_report_number(json, temper_theory_field(t->theory, f), value);
        }
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

static void write_text(const table *t, temper_text *text) {
    temper_grid grid = {.columns = 1 + t->fields};
    char cell[64];
    temper_text_add(text, "# %s: %s\n\n", t->theory->text, t->theory->type->about.brief);
    temper_grid_add(&grid, "temperature");
    for (int f = 0; f < t->fields; f++) temper_grid_add(&grid, "%s", temper_theory_field(t->theory, f));
    for (int k = 0; k < t->temperatures; k++) {
        temper_grid_plain(cell, sizeof cell, t->T[k]);
        temper_grid_add(&grid, "%s", cell);
        for (int f = 0; f < t->fields; f++) {
            double value = t->values[k * t->fields + f];
            temper_grid_add(&grid, isnan(value) ? "–" : "%.12g", value == 0 ? 0 : value);
        }
    }
    temper_grid_print(&grid, "# ", text);
}

/* The lines "E g" as JSON; g is a string, as it has more digits than a double. */
static void states_json(const temper_theory *theory, const char *lines, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.theory/1");
    temper_json_string(json, "theory", theory->text);
    temper_json_open(json, "states", '[');
    for (const char *p = lines; *p;) {
        size_t head = strcspn(p, " "), whole = strcspn(p, "\n");
        int64_t E = 0;
        temper_text g = {0};
        temper_read_int(p, head, &E);
        temper_text_bytes(&g, p + head + 1, whole - head - 1);
        temper_json_open(json, NULL, '{');
        temper_json_int(json, "energy", E);
        temper_json_string(json, "states", g.data);
        temper_json_close(json, '}');
        json->text.failed |= g.failed;
        temper_text_clear(&g);
        p += whole + (p[whole] == '\n');
    }
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

static temper_status states(const temper_settings *settings, temper_report **report) {
    temper_theory *theory;
    temper_dims dims = {0};
    temper_json json = {0};
    temper_text text = {0};
    char *lines = NULL;
    temper_status bad = temper_theory_create(&theory, settings->theory);
    if (bad) return bad;
    if (strcmp(theory->type->about.name, "density") ||
        !temper_thing_dims(&theory->type->about, theory->self, &dims) || dims.n != 2)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "theory: states=yes belongs to density:dims=…, a torus of two extents");
    if (!bad) bad = temper_density_text(dims.extent[0], dims.extent[1], &lines);
    if (!bad) {
        states_json(theory, lines, &json);
        temper_text_add(&text, "# %s: energy, number of states\n%s", theory->text, lines);
        bad = temper_report_make(report, &json, &text);
    }
    temper_free(lines);
    temper_theory_free(theory);
    return bad;
}

temper_status temper_work_theory(temper_settings *settings, temper_desk *desk, temper_report **report) {
    table t = {0};
    temper_json json = {0};
    temper_text text = {0};
    (void)desk;
    if (settings->states) return states(settings, report);
    temper_status bad = fill(&t, settings);
    if (!bad) {
        write_json(&t, &json);
        write_text(&t, &text);
        bad = temper_report_make(report, &json, &text);
    }
    temper_theory_free(t.theory);
    temper_release(t.T);
    temper_release(t.values);
    return bad;
}
