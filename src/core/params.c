/* Potts parameters as text, the way adabmDCA writes them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/lines.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/connected.h"
#include "temper/couplings.h"

enum { BYTES_MOST = INT32_MAX, UNITS_MOST = 16384 };

/* ---- writing ---- */

static void add_state(temper_text *text, const char *alphabet, int64_t a) {
    if (alphabet)
        temper_text_add(text, " %c", alphabet[a]);
    else
        temper_text_add(text, " %lld", (long long)a);
}

static void add_value(temper_text *text, float value) { temper_text_add(text, " %.9g\n", (double)value); }

temper_status temper_params_write(const temper_machine *machine, const char *alphabet, const char *path) {
    temper_potts m;
    float *theta;
    temper_text text = {0};
    temper_status bad = temper_potts_form(machine, &m, &theta);
    if (bad) return bad;
    if (alphabet && (int64_t)strlen(alphabet) != m.q) {
        temper_release(theta);
        return temper_fail(TEMPER_BAD_OPTION,
                           "params: alphabet=%.70s has %lld letters, but the machine %lld states", alphabet,
                           (long long)strlen(alphabet), (long long)m.q);
    }
    const float *J = theta, *h = theta + m.pairs * m.q * m.q;
    for (int64_t i = 0; i < m.V; i++)
        for (int64_t j = i + 1; j < m.V; j++)
            for (int64_t s = 0; s < m.q * m.q; s++, J++) {
                temper_text_add(&text, "J %lld %lld", (long long)i, (long long)j);
                add_state(&text, alphabet, s / m.q);
                add_state(&text, alphabet, s % m.q);
                add_value(&text, *J);
            }
    for (int64_t k = 0; k < m.V * m.q; k++) {
        temper_text_add(&text, "h %lld", (long long)(k / m.q));
        add_state(&text, alphabet, k % m.q);
        add_value(&text, h[k]);
    }
    bad = text.failed ? TEMPER_NO_MEMORY : temper_write_file(path, text.data, text.length);
    temper_text_clear(&text);
    temper_release(theta);
    return bad;
}

/* ---- reading: once for the sizes, once for the numbers ---- */

typedef struct {
    const char *name, *bytes, *alphabet;
    size_t length;
    int64_t V, q, fields;    /* lines "h" */
    temper_machine *machine; /* NULL while sizes are looked for */
    uint8_t *seen;           /* [P] */
} reading;

static temper_status read_unit(const reading *r, const temper_lines *lines, temper_token word, int64_t *i) {
    const int64_t range[2] = {0, r->machine ? r->V - 1 : UNITS_MOST - 1};
    return temper_lines_int(lines, word, "unit", range, i);
}

static temper_status read_state(const reading *r, const temper_lines *lines, temper_token word, int64_t *a) {
    const char *at = r->alphabet && word.length == 1 && *word.at ? strchr(r->alphabet, *word.at) : NULL;
    const int64_t range[2] = {0, r->machine || r->alphabet ? r->q - 1 : TEMPER_POTTS_MOST - 1};
    if (at) return *a = at - r->alphabet, TEMPER_OK;
    return temper_lines_int(lines, word, "state", range, a);
}

static temper_status put(const reading *r, const temper_lines *lines, int64_t at, double value) {
    if (fabs(value) > 1e30) return temper_lines_fail(lines, "expected a number up to 1e30, found %g", value);
    if (r->seen[at]) return temper_lines_fail(lines, "expected every number once, found one again");
    r->seen[at] = 1;
    r->machine->theta[at] = (float)value;
    return TEMPER_OK;
}

static temper_status read_field(reading *r, const temper_lines *lines, const temper_token *word) {
    int64_t i, a;
    double value;
    temper_status bad = read_unit(r, lines, word[1], &i);
    if (!bad) bad = read_state(r, lines, word[2], &a);
    if (!bad) bad = temper_lines_real(lines, word[3], "field", &value);
    if (bad) return bad;
    if (r->machine) return put(r, lines, r->V * (r->V - 1) / 2 * r->q * r->q + i * r->q + a, value);
    r->fields++;
    if (i >= r->V) r->V = i + 1;
    if (a >= r->q) r->q = a + 1;
    return TEMPER_OK;
}

static temper_status read_coupling(reading *r, const temper_lines *lines, const temper_token *word) {
    int64_t i, j, a, b;
    double value;
    temper_status bad = read_unit(r, lines, word[1], &i);
    if (!bad) bad = read_unit(r, lines, word[2], &j);
    if (!bad) bad = read_state(r, lines, word[3], &a);
    if (!bad) bad = read_state(r, lines, word[4], &b);
    if (!bad) bad = temper_lines_real(lines, word[5], "coupling", &value);
    if (bad) return bad;
    if (i == j)
        return temper_lines_fail(lines, "expected two different units, found %lld twice", (long long)i);
    if (!r->machine) return TEMPER_OK;
    int64_t pair = temper_pair_number(r->V, i < j ? i : j, i < j ? j : i) * r->q * r->q;
    return put(r, lines, pair + (i < j ? a * r->q + b : b * r->q + a), value);
}

static temper_status read_lines(reading *r) {
    temper_lines lines;
    temper_lines_begin(&lines, r->name, r->bytes, r->length);
    lines.comments = "#";
    while (temper_lines_next(&lines)) {
        temper_token word[6];
        int words = temper_lines_split(&lines, word, 6);
        char kind = word[0].length == 1 ? *word[0].at : 0;
        temper_status bad;
        if (kind == 'J' && words == 6)
            bad = read_coupling(r, &lines, word);
        else if (kind == 'h' && words == 4)
            bad = read_field(r, &lines, word);
        else
            bad = temper_lines_fail(&lines, "expected 'J i j a b value' or 'h i a value', found %d words",
                                    words);
        if (bad) return bad;
    }
    lines.line = 0;
    if (!r->machine && (r->fields == 0 || r->q < 2 || r->fields != r->V * r->q))
        return temper_lines_fail(&lines,
                                 "expected a field of every state of every unit, found %lld fields of %lld "
                                 "units with %lld states",
                                 (long long)r->fields, (long long)r->V, (long long)r->q);
    return TEMPER_OK;
}

temper_status temper_params_parse(temper_machine **machine, const char *alphabet, const char *name,
                                  const char *bytes, size_t length) {
    reading r = {.name = name, .bytes = bytes, .alphabet = alphabet, .length = length};
    *machine = NULL;
    if (alphabet) r.q = (int64_t)strlen(alphabet);
    temper_status bad = read_lines(&r);
    if (bad) return bad;
    const temper_machine_io io = {.columns = r.V, .states = r.q};
    bad = temper_machine_create(&r.machine, "maxent:features=pairs", &io);
    if (bad) return bad;
    r.seen = temper_alloc((size_t)r.machine->parameters, 1);
    bad = r.seen ? read_lines(&r) : TEMPER_NO_MEMORY;
    if (!bad) bad = temper_machine_refresh(r.machine);
    temper_release(r.seen);
    if (bad)
        temper_machine_free(r.machine);
    else
        *machine = r.machine;
    return bad;
}

temper_status temper_params_read(temper_machine **machine, const char *alphabet, const char *path) {
    char *data;
    size_t length;
    *machine = NULL;
    temper_status bad = temper_read_unpacked(path, BYTES_MOST, &data, &length);
    if (bad) return bad;
    bad = temper_params_parse(machine, alphabet, path, data, length);
    temper_release(data);
    return bad;
}
