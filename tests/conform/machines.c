/* Every machine: θ is laid out whole, chains are their own, log weights, exact sums, slopes and long sweeps tell one story. Weights are
 * multiples of 2⁻⁷, so that engines which keep few bits of them lose nothing. Slots that a machine lacks are passed over. */
#include <stdlib.h>
#include "check.h"
#include "base/memory.h"
#include "core/catalogue.h"
#include "temper/cpu.h"
#include "temper/machine.h"
#include "temper/parallel.h"

enum { V = 5, ROWS_MOST = 1024, SAMPLES = 400, CHAINS = 240 };
static const temper_stream here = {20251125, 3};
static const char *text_now;
static temper_machine_io io_now;

static temper_machine *make(int seed) {
    temper_machine *m;
    CHECK_OK(temper_machine_create(&m, text_now, &io_now));
    if (!m) return NULL;
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] =
            (float)((int)temper_below(temper_word(here, TEMPER_FOR_TESTS, seed, k), 129) - 64) / 128;
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static temper_flock *flock_of(const temper_machine *m, int64_t chains, uint32_t number) {
    temper_flock *f;
    CHECK_OK(temper_flock_create(&f, m, chains, (temper_stream){here.seed, number}));
    return f;
}

static bool moves(const temper_machine *m) { return m->type->sweep && m->type->sizes && !m->type->labelled; }
static bool real_units(const temper_machine *m) {
    temper_unit unit = m->type->visible(m->self);
    return unit == TEMPER_GAUSSIAN || unit == TEMPER_RELU;
}

/* Number of visible states, 0 for too many; state k as a row. */
static int states_of(const temper_machine *m) {
    double q = m->type->visible(m->self) == TEMPER_POTTS ? (double)m->io.states : 2;
    return real_units(m) || pow(q, V) > ROWS_MOST ? 0 : (int)lround(pow(q, V));
}

static void row_of(const temper_machine *m, int k, float *row) {
    temper_unit unit = m->type->visible(m->self);
    int q = unit == TEMPER_POTTS ? (int)m->io.states : 2;
    for (int i = 0; i < V; i++, k /= q)
        row[i] = unit == TEMPER_SPIN ? (float)(2 * (k % q) - 1) : (float)(k % q);
}

static int number_of(const temper_machine *m, const float *row) {
    temper_unit unit = m->type->visible(m->self);
    int q = unit == TEMPER_POTTS ? (int)m->io.states : 2, k = 0;
    for (int i = V - 1; i >= 0; i--) k = k * q + (int)(unit == TEMPER_SPIN ? (row[i] + 1) / 2 : row[i]);
    return k;
}

/* A row that the visible side can have. */
static void some_row(const temper_machine *m, int64_t number, float *row) {
    for (int i = 0; i < V && real_units(m); i++)
        row[i] = (float)fabs(temper_normal(here, TEMPER_FOR_TESTS, 1000 + number, i));
    if (!real_units(m))
        row_of(
            m,
            (int)temper_below(temper_word(here, TEMPER_FOR_TESTS, 1000 + number, 0), (uint32_t)states_of(m)),
            row);
}

/* A flock that holds every visible state, one a chain. */
static temper_flock *all_states(const temper_machine *m) {
    static float row[ROWS_MOST][V];
    const float *rows[ROWS_MOST];
    int n = states_of(m);
    temper_flock *f = flock_of(m, n, 9);
    for (int k = 0; k < n; k++) row_of(m, k, row[k]), rows[k] = row[k];
    temper_flock_clamp(f, rows, n);
    return f;
}

static bool enumerable(const temper_machine *m) {
    return moves(m) && m->type->log_weight && (m->type->marginal || m->type->hidden(m->self) == 0) &&
           states_of(m) > 0;
}

static double log_sum(const double *w, int n) {
    double top = w[0], sum = 0;
    for (int k = 1; k < n; k++) top = fmax(top, w[k]);
    for (int k = 0; k < n; k++) sum += exp(w[k] - top);
    return top + log(sum);
}

/* Hidden means of a fused engine have 15 bits; the energy of an ebm is a network's, in floats. */
static double tolerance(const temper_machine *m) {
    if (!strcmp(m->type->about.name, "ebm")) return 2e-5;
    return m->type->fused && m->type->fused(m->self) ? 1e-4 : 3e-6;
}

static void arrays_cover(void) {
    temper_machine *m = make(1);
    if (!m) return;
    int64_t at = 0;
    for (int k = 0; k < m->type->arrays(m->self); k++) {
        temper_machine_array a, again;
        int64_t n = 1;
        m->type->array(m->self, k, &a);
        for (int d = 0; d < a.dims; d++) n *= a.shape[d];
        CHECK(a.offset == at && n > 0, "%s: array %s at %lld, not %lld", text_now, a.name,
              (long long)a.offset, (long long)at);
        CHECK(temper_machine_find(m, a.name, &again) && again.offset == a.offset, "%s twice", a.name);
        at += n;
    }
    CHECK(at == m->parameters, "%lld of %lld", (long long)at, (long long)m->parameters);
    temper_machine_free(m);
}

static void rows_in_and_out(void) {
    temper_machine *m = make(1);
    if (!m || !moves(m)) {
        temper_machine_free(m);
        return;
    }
    temper_flock *f = flock_of(m, 37, 4);
    float row[20][V], before[V], out[V];
    const float *rows[20];
    for (int k = 0; k < 20; k++) some_row(m, k, row[k]), rows[k] = row[k];
    temper_flock_read(f, 25, before);
    temper_flock_clamp(f, rows, 20);
    for (int k = 0; k < 20; k++) {
        temper_flock_read(f, k, out);
        CHECK(!memcmp(out, row[k], sizeof out), "%s: row %d", text_now, k);
    }
    temper_flock_read(f, 25, out);
    CHECK(!memcmp(out, before, sizeof out), "%s: a chain beside the rows was changed", text_now);
    f->pinned = true;
    temper_flock_sweep(f, 3);
    for (int k = 0; k < 20; k++) {
        temper_flock_read(f, k, out);
        CHECK(!memcmp(out, row[k], sizeof out), "%s: pinned row %d moved", text_now, k);
    }
    CHECK(f->clock == 3, "%lld", (long long)f->clock);
    temper_flock_free(f), temper_machine_free(m);
}

/* ln Z of the exact sum, at two temperatures, is that of all log weights; at β = 0 that of the base. */
static void exact_is_the_sum(void) {
    temper_machine *m = make(2);
    if (m && enumerable(m)) {
        temper_flock *f = all_states(m);
        double *w = calloc(2 * (size_t)f->chains, sizeof *w), log_z;
        float base[V * 8];
        for (int i = 0; i < V * 8; i++) base[i] = (float)(i % 3) / 4 - 0.3F;
        for (int t = 0; t < 2 && m->type->exact; t++) {
            const temper_place at = {t ? 0.625 : 1, NULL};
            temper_flock_log_weight(f, &at, w);
            CHECK_OK(m->type->exact(m->self, at.beta, &log_z, NULL, NULL));
            CHECK_NEAR(log_sum(w, (int)f->chains), log_z, 1e-9 * (1 + fabs(log_z)));
        }
        for (int t = 0; t < 2 && m->type->log_base && m->type->components(m->self) <= V * 8; t++) {
            const temper_place at = {0, t ? base : NULL};
            temper_flock_log_weight(f, &at, w);
            CHECK_NEAR(log_sum(w, (int)f->chains), m->type->log_base(m->self, at.base), 1e-6);
        }
        for (int k = 0; m->type->components(m->self) == V && k < f->chains; k++) { /* the base is a field */
            const temper_place at = {0.625, NULL}, with = {0.625, base};
            float row[V];
            double shift = 0;
            if (k == 0) temper_flock_log_weight(f, &with, w), temper_flock_log_weight(f, &at, w + f->chains);
            temper_flock_read(f, k, row);
            for (int i = 0; i < V; i++) shift += (1 - at.beta) * (double)base[i] * (double)row[i];
            CHECK_NEAR(w[k] - w[f->chains + k], shift, 1e-6);
        }
        free(w), temper_flock_free(f);
    }
    if (check_bad) printf("  in %s\n", text_now);
    temper_machine_free(m);
}

/* Statistics of rows are the slope of the mean log weight; those of the exact sum the slope of ln Z. */
static void slopes_agree(void) {
    temper_machine *m = make(3);
    if (m && moves(m) && m->type->statistics && m->type->log_weight &&
        (m->type->marginal || m->type->hidden(m->self) == 0)) {
        enum { N = 7 };
        const double h = 1.0 / 1024;
        float row[N][V];
        const float *rows[N];
        temper_flock *f = flock_of(m, N, 5);
        float *stat = calloc((size_t)m->parameters, sizeof *stat);
        double *mean = calloc((size_t)m->parameters, sizeof *mean), z[2], w[2][N];
        for (int k = 0; k < N; k++) some_row(m, 50 + k, row[k]), rows[k] = row[k];
        temper_flock_clamp(f, rows, N);
        m->type->statistics(f, N, NULL, 1.0 / N, stat);
        bool exact = m->type->exact && m->type->enumerable(m->self) < 20;
        if (exact) CHECK_OK(m->type->exact(m->self, 1, &z[0], mean, NULL));
        for (int64_t k = 0; k < m->parameters; k++) {
            const float kept = m->theta[k];
            double slope = 0;
            for (int side = 0; side < 2; side++) {
                m->theta[k] = kept + (float)(side ? h : -h);
                CHECK_OK(temper_machine_refresh(m));
                temper_flock_wake(f);
                temper_flock_log_weight(f, &f->place, w[side]);
                if (exact) CHECK_OK(m->type->exact(m->self, 1, &z[side], NULL, NULL));
            }
            m->theta[k] = kept;
            for (int c = 0; c < N; c++) slope += (w[1][c] - w[0][c]) / (2 * h) / N;
            CHECK_NEAR((double)stat[k], slope, tolerance(m) * (1 + fabs(slope)));
            if (exact) CHECK_NEAR(mean[k], (z[1] - z[0]) / (2 * h), 3e-6 * (1 + fabs(mean[k])));
        }
        free(stat), free(mean), temper_flock_free(f);
    }
    if (check_bad) printf("  in %s\n", text_now);
    temper_machine_free(m);
}

/* Shares of time in every visible state, chains beside chains. */
static void shares(const temper_machine *m, const temper_place *place) {
    int n = states_of(m);
    temper_flock *all = all_states(m), *f = flock_of(m, CHAINS, 6);
    double *w = calloc((size_t)n, sizeof *w), *visits = calloc((size_t)n * CHAINS, sizeof *visits);
    temper_flock_log_weight(all, place, w);
    double log_z = log_sum(w, n);
    float row[V];
    f->place = *place;
    temper_flock_sweep(f, 200);
    for (int s = 0; s < SAMPLES; s++) {
        temper_flock_sweep(f, 2);
        for (int c = 0; c < CHAINS; c++) {
            temper_flock_read(f, c, row);
            visits[number_of(m, row) * CHAINS + c] += 1.0 / SAMPLES;
        }
    }
    for (int k = 0; k < n; k++) {
        double sum = 0, squares = 0;
        for (int c = 0; c < CHAINS; c++)
            sum += visits[k * CHAINS + c], squares += pow(visits[k * CHAINS + c], 2);
        double share = sum / CHAINS, spread = (squares / CHAINS - share * share) / (CHAINS - 1);
        CHECK_NEAR(share, exp(w[k] - log_z), 4.5 * (sqrt(spread) + 0.3 / (SAMPLES * CHAINS)));
    }
    free(w), free(visits);
    temper_flock_free(all), temper_flock_free(f);
}

static void sweeps_sample(void) {
    temper_machine *m = make(4);
    if (m && enumerable(m)) {
        static const float base[V] = {0.5F, -1, 0.25F, 1.5F, -0.5F};
        shares(m, &(temper_place){1, NULL});
        if (m->type->components(m->self) == V) shares(m, &(temper_place){0.625, base});
    }
    if (check_bad) printf("  in %s\n", text_now);
    temper_machine_free(m);
}

/* Seven sweeps of a chain, whatever stands beside it, on however many threads, at any level. */
static void chains_are_their_own(void) {
    static const char *const levels[] = {"ref", "avx2", "avx512", "vnni", "amx"};
    enum { FEW = 37 };
    float first[FEW][V] = {{0}}, row[V];
    double weight[FEW] = {0}, w[67];
    for (int run = 0; run < 8; run++) {
        if (run >= 3 && temper_cpu_cap(levels[run - 3])) continue;
        if (run < 3) CHECK_OK(temper_threads(run + 1));
        temper_machine *m = make(5);
        if (!m || !moves(m)) {
            temper_machine_free(m);
            break;
        }
        temper_flock *f = flock_of(m, run % 2 ? 67 : FEW, 7);
        temper_flock_sweep(f, 7);
        if (m->type->log_weight) temper_flock_log_weight(f, &(temper_place){0.75, NULL}, w);
        for (int c = 0; c < FEW; c++) {
            temper_flock_read(f, c, row);
            if (run == 0) memcpy(first[c], row, sizeof row), weight[c] = w[c];
            CHECK(!memcmp(row, first[c], sizeof row), "%s: run %d, chain %d", text_now, run, c);
            if (m->type->log_weight)
                CHECK(weight[c] == w[c], "%s: run %d, weight of chain %d", text_now, run, c);
        }
        temper_flock_free(f), temper_machine_free(m);
    }
    CHECK_OK(temper_threads(0));
    CHECK_OK(temper_cpu_cap("auto"));
}

/* A climb is two log weights and a sweep; state and clock are all there is to a flock. */
static void climbs_and_wakes(void) {
    temper_machine *m = make(6);
    if (m && moves(m) && m->type->log_weight) {
        enum { N = 19 };
        const temper_place low = {0.5, NULL}, high = {0.75, NULL};
        temper_flock *a = flock_of(m, N, 8), *b = flock_of(m, N, 8);
        double climbed[N] = {0}, one[N], two[N];
        a->place = b->place = low;
        temper_flock_sweep(a, 3);
        memcpy(b->state, a->state, a->bytes);
        b->clock = a->clock;
        temper_flock_wake(b);
        temper_flock_log_weight(b, &low, one);
        temper_flock_log_weight(b, &high, two);
        temper_flock_climb(a, &high, climbed);
        b->place = high;
        temper_flock_sweep(b, 1);
        for (int c = 0; c < N; c++) CHECK_NEAR(climbed[c], two[c] - one[c], 1e-11);
        CHECK(!memcmp(a->state, b->state, a->bytes) && a->clock == b->clock, "%s: the climb did not sweep",
              text_now);
        if (m->type->swap) {
            float from[V], to[V], out[V];
            temper_flock_sweep(b, 4);
            temper_flock_read(a, 2, from), temper_flock_read(b, 17, to);
            temper_flock_log_weight(a, &high, one), temper_flock_log_weight(b, &high, two);
            double wa = one[2], wb = two[17];
            m->type->swap(a, 2, b, 17);
            temper_flock_read(a, 2, out);
            CHECK(!memcmp(out, to, sizeof out), "%s: swapped row", text_now);
            temper_flock_read(b, 17, out);
            CHECK(!memcmp(out, from, sizeof out), "%s: swapped row", text_now);
            temper_flock_log_weight(a, &high, one), temper_flock_log_weight(b, &high, two);
            CHECK(one[2] == wb && two[17] == wa, "%s: swapped weights", text_now);
        }
        temper_flock_free(a), temper_flock_free(b);
    }
    temper_machine_free(m);
}

/* Hidden units first: where a chain keeps v alone, what was hidden before has no say in the next sweep. */
static void hidden_units_first(void) {
    temper_machine *m = make(8);
    if (m && moves(m) && m->type->marginal && m->type->hidden(m->self) > 0) {
        enum { N = 40 };
        float row[N][V], one[V], two[V];
        const float *rows[N];
        temper_flock *a = flock_of(m, N, 8), *b = flock_of(m, N, 8);
        for (int k = 0; k < N; k++) some_row(m, k, row[k]), rows[k] = row[k];
        temper_flock_sweep(a, 5);
        a->clock = b->clock = 9;
        temper_flock_clamp(a, rows, N), temper_flock_clamp(b, rows, N);
        temper_flock_sweep(a, 1), temper_flock_sweep(b, 1);
        for (int k = 0; k < N; k++) {
            temper_flock_read(a, k, one), temper_flock_read(b, k, two);
            CHECK(!memcmp(one, two, sizeof one), "%s: chain %d remembers", text_now, k);
        }
        temper_flock_free(a), temper_flock_free(b);
    }
    temper_machine_free(m);
}

static void memory_runs_out(void) {
    int64_t live = temper_alloc_live();
    for (int64_t k = 1; k < 200; k++) {
        temper_machine *m = NULL;
        temper_flock *f = NULL;
        temper_alloc_fail_at(k);
        temper_status bad = temper_machine_create(&m, text_now, &io_now);
        if (!bad && m->type->sizes && m->type->scatter) bad = temper_flock_create(&f, m, 20, here);
        temper_alloc_fail_at(0);
        temper_flock_free(f), temper_machine_free(m);
        CHECK(temper_alloc_live() == live, "%s: leak at allocation %lld", text_now, (long long)k);
        if (!bad) return;
        CHECK(bad == TEMPER_NO_MEMORY, "%s: %s", text_now, temper_message());
    }
}

static void all_checks(void) {
    RUN(arrays_cover), RUN(rows_in_and_out), RUN(exact_is_the_sum), RUN(slopes_agree), RUN(sweeps_sample);
    RUN(chains_are_their_own), RUN(climbs_and_wakes), RUN(hidden_units_first), RUN(memory_runs_out);
}

int main(void) {
    static char text[256];
    static const struct {
        const char *text;
        int states;
    } more[] = {{"rbm:hidden=5,engine=float", 0},
                {"rbm:hidden=4,visible=spin,hidden_units=spin", 0},
                {"rbm:hidden=4,visible=spin,hidden_units=binary", 0},
                {"rbm:hidden=3,hidden_units=gaussian", 0},
                {"rbm:hidden=3,hidden_units=relu", 0},
                {"rbm:hidden=3,hidden_units=potts,states=3", 3},
                {"rbm:hidden=4,visible=gaussian", 0},
                {"rbm:hidden=4,visible=relu,hidden_units=spin", 0},
                {"dbm:hidden=3x2x2,hidden_units=spin,visible=spin", 0}};
    for (int k = 0; temper_list_machine[k]; k++) {
        const temper_about *about = &temper_list_machine[k]->about;
        snprintf(text, sizeof text, "%s%s%s", about->name, *about->specimen ? ":" : "", about->specimen);
        text_now = text;
        io_now = (temper_machine_io){.columns = V};
        if (temper_list_machine[k]->labelled) io_now.columns++, io_now.classes = 2;
        temper_machine *m;
        if (temper_machine_create(&m, text, &io_now)) io_now.states = 3; /* wants categories */
        temper_machine_free(m);
        all_checks();
    }
    for (int k = 0; k < (int)(sizeof more / sizeof *more); k++) {
        text_now = more[k].text;
        io_now = (temper_machine_io){.columns = V, .states = more[k].states};
        all_checks();
    }
    return check_end();
}
