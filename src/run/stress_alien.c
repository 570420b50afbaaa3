/* Inputs that come from elsewhere: another data set, uniform noise, the test images turned by 90 degrees. Can the networks tell? A row is called
 * foreign when its highest probability is low, its entropy is high, or the vectors of weights disagree about it (mutual information); the
 * AUROC says how well that works, 0.5 being a guess. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/stress_bench.h"

enum { SIGNS = 3 };
static const char *const signs[SIGNS] = {"max_probability", "entropy", "mutual_information"};

typedef struct {
    temper_stress_bench *b;
    double *home;  /* [members + 1][SIGNS][tests] */
    double *away;  /* [SIGNS][tests] */
    double *inner; /* [tests] of all seeds */
} alien;

/* Signs that a row belongs: high for those at home. */
static void read_signs(const temper_forecaster *f, const double *inner, double *sign) {
    int64_t n = f->task.n, C = f->task.classes;
    for (int64_t i = 0; i < n; i++) {
        const double *p = f->p + i * C;
        double top = p[0], entropy = temper_entropy(p, C);
        for (int64_t k = 1; k < C; k++) top = p[k] > top ? p[k] : top;
        sign[i] = top, sign[n + i] = -entropy, sign[2 * n + i] = inner[i] - entropy;
    }
}

/* What seed after seed, and then all together, say about the rows of `samples`; each answer goes to `use`. */
typedef temper_status (*use_signs)(alien *a, void *context, int64_t r, const double *inner);
static temper_status ask_all(alien *a, const temper_samples *samples, const int64_t *row, int64_t n,
                             use_signs use, void *context) {
    temper_stress_bench *b = a->b;
    temper_forecaster *f = &b->whole;
    temper_forecast_task own = f->task;
    int64_t members = b->out->members;
    temper_status bad = TEMPER_OK;
    f->task.samples = samples, f->task.row = row, f->task.n = n;
    memset(b->sum, 0, (size_t)(n * f->width) * sizeof *b->sum);
    memset(a->inner, 0, (size_t)n * sizeof *a->inner);
    for (int64_t r = 0; r < members && !bad; r++) {
        if ((bad = temper_stress_ask(b, f, r, NULL, b->inner))) break;
        for (int64_t i = 0; i < n; i++) a->inner[i] += b->inner[i] / (double)members;
        temper_forecaster_pour(f, b->sum);
        bad = use(a, context, r, b->inner);
    }
    if (!bad) temper_forecaster_pooled(f, b->sum, members);
    if (!bad) bad = use(a, context, members, a->inner);
    f->task = own;
    return bad;
}

static temper_status keep(alien *a, void *context, int64_t r, const double *inner) {
    (void)context;
    read_signs(&a->b->whole, inner, a->home + r * SIGNS * a->b->out->tests);
    return TEMPER_OK;
}

static temper_status compare(alien *a, void *context, int64_t r, const double *inner) {
    temper_stress_foreign *foreign = context;
    const temper_stress *out = a->b->out;
    int64_t n = a->b->whole.task.n, tests = out->tests;
    temper_status bad = TEMPER_OK;
    read_signs(&a->b->whole, inner, a->away);
    int64_t views = r < out->members ? out->samples : out->samples * out->members;
    for (int k = 0; k < SIGNS - (views == 1) && !bad; k++) /* one view cannot disagree */
        bad = temper_auroc(a->home + (r * SIGNS + k) * tests, tests, a->away + k * n, n,
                           r < out->members ? &foreign->score[k].value[r] : &foreign->score[k].ensemble);
    return bad;
}

static temper_status one_set(alien *a, const char *name, const temper_samples *samples, const int64_t *row,
                             int64_t n) {
    temper_stress *out = a->b->out;
    temper_stress_foreign *foreign = &out->foreign[out->foreigns++];
    size_t length = strlen(name);
    if (length >= sizeof foreign->name) length = sizeof foreign->name - 1;
    while (length && (name[length] & 0xC0) == 0x80) length--; /* not within a character of UTF-8 */
    memcpy(foreign->name, name, length);
    for (int k = 0; k < SIGNS; k++) foreign->score[k] = temper_stress_score_begin(out, signs[k]);
    temper_status bad = ask_all(a, samples, row, n, compare, foreign);
    for (int k = 0; k < SIGNS; k++) temper_stress_score_end(out, &foreign->score[k]);
    return bad;
}

static void fill_uniform(const temper_stress_bench *b, temper_samples *made) {
    const temper_stream stream = {(uint64_t)b->out->options.seed, 1};
    for (int64_t i = 0; i < made->n; i++)
        for (int64_t k = 0; k < made->features; k++)
            made->X[i * made->features + k] =
                (float)(b->low[k] + b->range[k] * temper_uniform(stream, TEMPER_FOR_NOISE, i, k));
}

/* A quarter turn to the left: what was at the right edge is at the top. */
static void turn(const temper_samples *from, temper_samples *made) {
    int64_t side = from->width;
    for (int64_t plane = 0; plane < from->n * from->channels; plane++) {
        const float *x = from->X + plane * side * side;
        float *to = made->X + plane * side * side;
        for (int64_t i = 0; i < side; i++)
            for (int64_t j = 0; j < side; j++) to[i * side + j] = x[j * side + side - 1 - i];
    }
}

static temper_status made_here(alien *a) {
    temper_stress_bench *b = a->b;
    const temper_samples *data = &b->data->data;
    int64_t n = b->out->tests;
    temper_samples clean = {0}, made = {0};
    temper_status bad = temper_stress_copy(data, b->parts.row[TEMPER_TEST], n, &clean);
    if (!bad) bad = temper_stress_copy(data, b->parts.row[TEMPER_TEST], n, &made);
    if (!bad) {
        fill_uniform(b, &made);
        bad = one_set(a, "uniform", &made, b->count, n);
    }
    if (!bad && data->channels && data->width == data->height && data->width > 1) {
        turn(&clean, &made);
        bad = one_set(a, "rotated", &made, b->count, n);
    }
    temper_samples_clear(&clean);
    temper_samples_clear(&made);
    return bad;
}

/* Rows of another set, those held back by its publisher where there are any, evenly chosen: no more than there are test rows. */
static temper_status from_elsewhere(alien *a) {
    temper_stress_bench *b = a->b;
    if (!b->other) return TEMPER_OK;
    const temper_samples *other = &b->other->data;
    int64_t all = other->held ? other->held : other->n, first = other->n - all;
    int64_t n = all < b->out->tests ? all : b->out->tests, *row = temper_alloc((size_t)n, sizeof *row);
    for (int64_t i = 0; row && i < n; i++) row[i] = first + i * all / n;
    temper_status bad = row ? one_set(a, b->other->text, other, row, n) : TEMPER_NO_MEMORY;
    temper_release(row);
    return bad;
}

temper_status temper_stress_aliens(temper_stress_bench *b) {
    if (!b->labels) return TEMPER_OK;
    size_t n = (size_t)b->out->tests, members = (size_t)b->out->members;
    alien a = {.b = b,
               .home = temper_alloc((members + 1) * SIGNS, n * sizeof(double)),
               .away = temper_alloc(SIGNS, n * sizeof(double)),
               .inner = temper_alloc(n, sizeof(double))};
    temper_status bad = a.home && a.away && a.inner ? TEMPER_OK : TEMPER_NO_MEMORY;
    b->phase = "foreign";
    if (!bad) bad = ask_all(&a, &b->data->data, b->parts.row[TEMPER_TEST], b->out->tests, keep, NULL);
    if (!bad) bad = from_elsewhere(&a);
    if (!bad) bad = made_here(&a);
    temper_release(a.home);
    temper_release(a.away);
    temper_release(a.inner);
    return bad;
}
