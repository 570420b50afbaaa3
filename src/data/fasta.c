/* FASTA: '>' and a name, then the sequence on any number of lines. Rows of an alignment have equal lengths; in the a2m and a3m dialects small letters
 * and dots are insertions, which belong to no column. */
#include "data/fasta.h"
#include <string.h>
#include "base/memory.h"
#include "data/texts.h"
#include "temper/parallel.h"

enum { LETTERS_MOST = 64 };

const char *temper_fasta_letters(const char *alphabet) {
    static const char *const known[][2] = {
        {"protein", "-ACDEFGHIKLMNPQRSTVWY"}, {"dna", "-ACGT"}, {"rna", "-ACGU"}};
    for (int k = 0; k < 3; k++)
        if (!strcmp(alphabet, known[k][0])) return known[k][1];
    const size_t length = strlen(alphabet);
    bool twice = false;
    for (size_t k = 0; k < length; k++)
        twice |= strchr(alphabet + k + 1, alphabet[k]) || alphabet[k] <= ' ' || alphabet[k] > '~' ||
                 alphabet[k] == '>';
    if (!twice && length >= 2 && length <= LETTERS_MOST) return alphabet;
    (void)temper_fail(TEMPER_BAD_OPTION,
                      "fasta: alphabet=%.70s; legal: protein, dna, rna, or 2 to %d different printable "
                      "letters, the gap first",
                      alphabet, LETTERS_MOST);
    return NULL;
}

typedef struct {
    const char *letters;
    bool keep;
    temper_lines lines;
    temper_growing rows;
    int64_t columns, here,
        known; /* of the first row; of this one; letters that the alphabet has, gaps aside */
} reading;

static bool small(char c) { return c >= 'a' && c <= 'z'; }

static bool other_letter(char c) { return (c >= 'A' && c <= 'Z') || (c != 0 && strchr("-.*?~", c)); }

static temper_status take_letter(reading *r, char c) {
    if (c == ' ' || c == '\t' || c == '\r') return TEMPER_OK;
    const char *at = c ? strchr(r->letters, c) : NULL;
    if (!at && !r->keep && (small(c) || c == '.')) return TEMPER_OK;
    if (!at && small(c)) at = strchr(r->letters, c = (char)(c - 32));
    if (!at && !other_letter(c))
        return temper_lines_fail(&r->lines, "expected letters, found byte %d", (int)(unsigned char)c);
    const int64_t state = at ? at - r->letters : 0;
    r->known += state > 0;
    r->here++;
    return temper_growing_number(&r->rows, (float)state);
}

/* The row that ends before this line. */
static temper_status end_row(reading *r, bool any) {
    if (!any) return TEMPER_OK;
    if (r->here == 0)
        return temper_lines_fail(&r->lines, "expected a sequence before this line, found an empty one");
    if (r->columns == 0) r->columns = r->here;
    if (r->here != r->columns)
        return temper_lines_fail(
            &r->lines,
            "expected an alignment: the sequence before this line has %lld places, the first "
            "one %lld (insertions=keep counts small letters and dots)",
            (long long)r->here, (long long)r->columns);
    r->here = 0;
    return temper_growing_row(&r->rows, (temper_label){{"", 0}, r->lines.line});
}

static temper_status read_all(reading *r) {
    bool any = false;
    temper_status bad = TEMPER_OK;
    while (!bad && temper_lines_next(&r->lines)) {
        if (*r->lines.at == '>') {
            bad = end_row(r, any);
            any = true;
            continue;
        }
        if (!any) return temper_lines_fail(&r->lines, "expected '>' and a name before the first sequence");
        for (const char *at = r->lines.at; !bad && at < r->lines.stop; at++) bad = take_letter(r, *at);
    }
    if (!bad) bad = end_row(r, any);
    if (bad) return bad;
    if (!any) return temper_lines_fail(&r->lines, "expected sequences, found none");
    if (r->known == 0)
        return temper_lines_fail(&r->lines, "expected letters of the alphabet %s, found none", r->letters);
    return TEMPER_OK;
}

/* ---- weights: 1 over the number of rows that are alike, oneself included ---- */

typedef struct {
    const temper_samples *samples;
    const uint8_t *x;
    int64_t least; /* equal places that make two rows alike */
} comparing;

static temper_status weigh_row(void *context, int64_t i) {
    const comparing *c = context;
    const int64_t n = c->samples->n, V = c->samples->features;
    const uint8_t *a = c->x + i * V;
    int64_t alike = 0;
    for (int64_t j = 0; j < n; j++) {
        const uint8_t *b = c->x + j * V;
        int32_t same = 0;
        for (int64_t k = 0; k < V; k++) same += a[k] == b[k];
        alike += same >= c->least;
    }
    c->samples->weight[i] = 1 / (double)alike;
    return TEMPER_OK;
}

static temper_status reweigh(temper_samples *samples, double identity) {
    const int64_t numbers = samples->n * samples->features;
    comparing c = {.samples = samples};
    uint8_t *x = temper_alloc((size_t)numbers, 1);
    c.x = x;
    while ((double)c.least < identity * (double)samples->features - 1e-9) c.least++;
    samples->weight = temper_alloc((size_t)samples->n, sizeof *samples->weight);
    temper_status bad = x && samples->weight ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t k = 0; !bad && k < numbers; k++) x[k] = (uint8_t)samples->X[k];
    if (!bad) bad = temper_parallel(samples->n, weigh_row, &c);
    temper_release(x);
    return bad;
}

temper_status temper_fasta_take(temper_samples *samples, temper_bytes bytes, const temper_fasta_how *how) {
    reading r = {.letters = temper_fasta_letters(how->alphabet), .keep = how->keep};
    if (!r.letters) return TEMPER_BAD_OPTION;
    temper_lines_begin(&r.lines, bytes.name, bytes.at, bytes.length);
    r.lines.comments = "";
    temper_status bad = read_all(&r);
    if (!bad) bad = temper_growing_take(&r.rows, &r.lines, samples);
    temper_growing_clear(&r.rows);
    if (bad) return bad;
    samples->states = (int64_t)strlen(r.letters);
    return how->reweight > 0 ? reweigh(samples, how->reweight) : TEMPER_OK;
}
