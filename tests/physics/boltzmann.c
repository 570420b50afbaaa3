/* Boltzmann machines: what theory says about gradients, temperatures, hidden units and learning. */
#include <stdlib.h>
#include "check.h"
#include "temper/learn.h"
#include "temper/machine.h"
#include "temper/parallel.h"

static const temper_stream stream = {20261125, 3};

static temper_machine *open_machine(const char *text, int64_t columns) {
    temper_machine *m = NULL;
    CHECK_OK(temper_machine_create(&m, text, &(temper_machine_io){.columns = columns}));
    return m;
}

static temper_status randomise(temper_machine *m, double size, uint32_t which) {
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] = (float)(size * temper_normal((temper_stream){7, which}, TEMPER_FOR_TESTS, 0, k));
    return temper_machine_refresh(m);
}

/* Σ_r p_r ln(p_r / p(v_r)), rows weighted to 1: machine weights by score, Z by enumeration. */
static double divergence(const temper_machine *m, const temper_rows_view *rows) {
    double log_z = NAN, KL = 0, value[64];
    CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
    CHECK_OK(temper_machine_score(m, rows, value));
    for (int64_t r = 0; r < rows->n; r++) {
        double p = rows->weight ? rows->weight[r] : 1.0 / (double)rows->n;
        KL += p * (log(p) - (value[r] - log_z));
    }
    return KL;
}

/* The slope of −KL: ⟨−∂E/∂θ⟩ with the rows clamped less that of the free machine, both by enumeration. `apart` machines only: a pinned
 * flock's statistics are then exact. */
static void slope(const temper_machine *m, const temper_rows_view *rows, temper_flock *data, float *grad) {
    double log_z, *model = calloc((size_t)m->parameters, sizeof *model);
    CHECK_OK(m->type->exact(m->self, 1, &log_z, model, NULL));
    for (int64_t k = 0; k < m->parameters; k++) grad[k] = 0;
    temper_flock_wake(data);
    m->type->statistics(data, rows->n, rows->weight, rows->weight ? 1 : 1.0 / (double)rows->n, grad);
    for (int64_t k = 0; k < m->parameters; k++) grad[k] = (float)((double)grad[k] - model[k]);
    free(model);
}

static temper_flock *pinned(const temper_machine *m, const temper_rows_view *rows) {
    temper_flock *f;
    const float *row[64];
    CHECK_OK(temper_flock_create(&f, m, rows->n, stream));
    for (int64_t r = 0; r < rows->n; r++) row[r] = rows->X + r * rows->columns;
    temper_flock_clamp(f, row, rows->n);
    f->pinned = true;
    return f;
}

/* Central differences with an eighth of a power of two, so that θ ± ε are floats: error ε²/6 times third cumulants. Richardson removes it. */
static void check_slope(const char *text, const temper_rows_view *rows) {
    temper_machine *m = open_machine(text, rows->columns);
    CHECK_OK(randomise(m, 0.5, 1));
    for (int64_t k = 0; k < m->parameters; k++) m->theta[k] = roundf(m->theta[k] * 1024) / 1024;
    CHECK_OK(temper_machine_refresh(m));
    temper_flock *data = pinned(m, rows);
    float *grad = calloc((size_t)m->parameters, sizeof *grad);
    slope(m, rows, data, grad);
    for (int64_t k = 0; k < m->parameters; k++) {
        double D[2];
        const float kept = m->theta[k];
        for (int h = 0; h < 2; h++) {
            double KL[2], eps = h ? 0x1p-8 : 0x1p-7;
            for (int s = 0; s < 2; s++) {
                m->theta[k] = kept + (float)(s ? eps : -eps);
                CHECK_OK(temper_machine_refresh(m));
                KL[s] = divergence(m, rows);
            }
            D[h] = -(KL[1] - KL[0]) / (2 * eps);
        }
        m->theta[k] = kept;
        CHECK_OK(temper_machine_refresh(m));
        double want = (4 * D[1] - D[0]) / 3;
        CHECK_NEAR((double)grad[k], want, 1e-6 * (fabs(want) < 0.5 ? 0.5 : fabs(want)));
    }
    free(grad), temper_flock_free(data), temper_machine_free(m);
}

static const float spin_rows[] = {1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1};
static const float binary_rows[] = {1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
static const double weights[] = {0.1, 0.2, 0.3, 0.4};

static void gradient_is_the_slope_of_the_divergence(void) {
    const temper_rows_view spins = {4, 3, spin_rows, weights}, bits = {4, 3, binary_rows, weights};
    check_slope("boltzmann:hidden=0,units=spin", &spins);
    check_slope("boltzmann:hidden=1,units=spin,temperature=2.5", &spins);
    check_slope("boltzmann:hidden=3,units=spin,connections=semi,temperature=0.7", &spins);
    check_slope("boltzmann:hidden=0,units=binary,temperature=2.5", &bits);
    check_slope("boltzmann:hidden=1,units=binary,temperature=0.6", &bits);
    check_slope("boltzmann:hidden=2,units=binary,connections=restricted", &bits);
    check_slope("boltzmann:hidden=2,units=binary,connections=groups,group=2", &bits);
}

/* ---- three bits of parity -------------------------------------------------------------------------------------------------- */

static double teach_parity(const char *text, uint32_t seed, int steps, double rate) {
    const temper_rows_view rows = {4, 3, spin_rows, NULL};
    temper_machine *m = open_machine(text, 3);
    CHECK_OK(temper_machine_start(m, &rows, (temper_stream){seed, 0}));
    temper_flock *data = pinned(m, &rows);
    float *grad = calloc((size_t)m->parameters, sizeof *grad);
    double *velocity = calloc((size_t)m->parameters, sizeof *velocity);
    for (int t = 0; t < steps; t++) {
        slope(m, &rows, data, grad);
        for (int64_t k = 0; k < m->parameters; k++) {
            velocity[k] = 0.9 * velocity[k] + (double)grad[k];
            m->theta[k] += (float)(rate * velocity[k]);
        }
        CHECK_OK(temper_machine_refresh(m));
    }
    double KL = divergence(m, &rows);
    free(grad), free(velocity), temper_flock_free(data), temper_machine_free(m);
    return KL;
}

/* Uniform on v1 v2 v3 = +1: all means and pair products vanish, so a machine of visible units alone can only be uniform: KL = ln 2. */
static void parity_needs_a_hidden_unit(void) {
    temper_machine *m = open_machine("boltzmann:units=spin", 3);
    const temper_rows_view rows = {4, 3, spin_rows, NULL};
    CHECK_OK(randomise(m, 0.7, 2));
    temper_flock *data = pinned(m, &rows);
    float grad[6];
    for (int t = 0; t < 400; t++) {
        slope(m, &rows, data, grad);
        for (int k = 0; k < 6; k++) m->theta[k] += 0.2F * grad[k];
        CHECK_OK(temper_machine_refresh(m));
    }
    CHECK_NEAR(divergence(m, &rows), 0.693147180559945, 1e-6);
    temper_flock_free(data), temper_machine_free(m);
    CHECK_NEAR(teach_parity("boltzmann:units=spin", 1, 100, 0.1), 0.693147180559945, 1e-6);
    int below = 0;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        double KL = teach_parity("boltzmann:hidden=1,units=spin", seed, 4000, 0.1);
        below += KL < 2e-3;
    }
    CHECK(below >= 3, "one hidden unit learnt parity from %d of 4 seeds", below);
}

/* ---- ±1 and 0/1 ----------------------------------------------------------------------------------------------------------- */

/* s = 2x − 1: W = 4J, b_i = 2 h_i − 2 Σ_j J_ij, and −E gains Σ_{i<j} J_ij − Σ h_i. Weights that are multiples of 2^−10 stay exact. */
static void spins_and_bits_are_one_machine(void) {
    enum { N = 6, PAIRS = 15 };
    temper_machine *spin = open_machine("boltzmann:hidden=2,units=spin,temperature=1.5", 4),
                   *bits = open_machine("boltzmann:hidden=2,units=binary,temperature=1.5", 4);
    CHECK_OK(randomise(spin, 0.6, 3));
    double constant = 0, sums[N] = {0};
    for (int k = 0; k < PAIRS + N; k++) spin->theta[k] = roundf(spin->theta[k] * 1024) / 1024;
    for (int i = 0, k = 0; i < N; i++)
        for (int j = i + 1; j < N; j++, k++) {
            double J = (double)spin->theta[k];
            bits->theta[k] = (float)(4 * J);
            sums[i] += J, sums[j] += J, constant += J;
        }
    for (int i = 0; i < N; i++) {
        bits->theta[PAIRS + i] = (float)(2 * (double)spin->theta[PAIRS + i] - 2 * sums[i]);
        constant -= (double)spin->theta[PAIRS + i];
    }
    CHECK_OK(temper_machine_refresh(spin));
    CHECK_OK(temper_machine_refresh(bits));
    float x[2][16 * 4];
    double value[2][16], log_z[2];
    for (int r = 0; r < 16; r++)
        for (int i = 0; i < 4; i++)
            x[1][4 * r + i] = (float)(r >> i & 1), x[0][4 * r + i] = 2 * x[1][4 * r + i] - 1;
    const temper_rows_view rows[2] = {{16, 4, x[0], NULL}, {16, 4, x[1], NULL}};
    CHECK_OK(temper_machine_score(spin, &rows[0], value[0]));
    CHECK_OK(temper_machine_score(bits, &rows[1], value[1]));
    CHECK_OK(spin->type->exact(spin->self, 1, &log_z[0], NULL, NULL));
    CHECK_OK(bits->type->exact(bits->self, 1, &log_z[1], NULL, NULL));
    CHECK_NEAR(log_z[0], log_z[1] + constant / 1.5, 1e-12);
    double total = 0;
    for (int r = 0; r < 16; r++) {
        CHECK_NEAR(value[0][r] - log_z[0], value[1][r] - log_z[1], 1e-12);
        total += exp(value[0][r] - log_z[0]);
    }
    CHECK_NEAR(total, 1, 1e-12);
    temper_machine_free(spin), temper_machine_free(bits);
}

/* ---- sampling ------------------------------------------------------------------------------------------------------------- */

/* Ten units, 10^6 samples: the mean total variation of multinomial noise is below Σ √(p/(2π·10^6)) ≤ √(1024/(2π·10^6)) = 0.0128 for a flat
 * law and less for a peaked one. */
static double total_variation(const char *text, double size, uint32_t which) {
    enum { N = 10, STATES = 1 << N, CHAINS = 2000, ROUNDS = 500 };
    temper_machine *m = open_machine(text, N);
    CHECK_OK(randomise(m, size, which));
    static float x[STATES * N];
    static double value[STATES];
    static int64_t count[STATES];
    const bool spin = m->type->visible(m->self) == TEMPER_SPIN;
    for (int r = 0; r < STATES; r++) {
        count[r] = 0;
        for (int i = 0; i < N; i++) x[r * N + i] = r >> i & 1 ? 1 : spin ? -1 : 0;
    }
    double log_z = NAN, tv = 0;
    CHECK_OK(temper_machine_score(m, &(temper_rows_view){STATES, N, x, NULL}, value));
    CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
    temper_flock *f;
    CHECK_OK(temper_flock_create(&f, m, CHAINS, (temper_stream){which, 5}));
    temper_flock_sweep(f, 100);
    for (int t = 0; t < ROUNDS; t++) {
        temper_flock_sweep(f, 3);
        for (int64_t c = 0; c < CHAINS; c++) {
            float row[N];
            int r = 0;
            temper_flock_read(f, c, row);
            for (int i = 0; i < N; i++) r |= (row[i] > 0) << i;
            count[r]++;
        }
    }
    for (int r = 0; r < STATES; r++)
        tv += 0.5 * fabs((double)count[r] / (CHAINS * ROUNDS) - exp(value[r] - log_z));
    temper_flock_free(f), temper_machine_free(m);
    return tv;
}

static void samples_have_the_law(void) {
    double spin = total_variation("boltzmann:units=spin,temperature=2", 0.8, 1),
           bits = total_variation("boltzmann:units=binary,temperature=0.5", 0.8, 2),
           hidden = total_variation("boltzmann:units=spin,hidden=4", 0.4, 3);
    CHECK(spin < 0.01 && bits < 0.01 && hidden < 0.0115, "total variation %.4f %.4f %.4f", spin, bits,
          hidden);
}

/* ---- the 4-2-4 encoder ----------------------------------------------------------------------------------------------------- */

enum { SIZE = 4, COLUMNS = 2 * SIZE };

/* Two groups of four bits, one bit on in each, the same one. */
static void encoder_rows(float *x) {
    memset(x, 0, SIZE * COLUMNS * sizeof *x);
    for (int r = 0; r < SIZE; r++) x[r * COLUMNS + r] = x[r * COLUMNS + SIZE + r] = 1;
}

/* Solved: with group 1 clamped to each of its patterns, every other completion by one bit of group 2 is less probable than the right one. */
static bool solved(const temper_machine *m) {
    float x[SIZE * COLUMNS] = {0};
    double value[SIZE];
    for (int r = 0; r < SIZE; r++) {
        for (int k = 0; k < SIZE; k++)
            for (int i = 0; i < SIZE; i++)
                x[k * COLUMNS + i] = (float)(i == r), x[k * COLUMNS + SIZE + i] = (float)(i == k);
        CHECK_OK(temper_machine_score(m, &(temper_rows_view){SIZE, COLUMNS, x, NULL}, value));
        for (int k = 0; k < SIZE; k++)
            if (k != r && value[k] >= value[r]) return false;
    }
    return true;
}

/* The hidden units see the groups, the groups not each other: all that group 2 knows of group 1 goes through two bits. The recipe is that
 * of 1985 as commonly quoted: every pattern twice a cycle, noisy clamping, steps of one size (2 at T = 10); theirs took 110 cycles in the
 * median and 1810 at most, in 250 of 250 runs. */
static int cycles_to_solve(uint32_t seed, int most) {
    float x[2 * SIZE * COLUMNS];
    encoder_rows(x);
    temper_machine *m = open_machine("boltzmann:hidden=2,units=binary,connections=groups,group=4", COLUMNS);
    temper_method *method;
    temper_lesson *lesson;
    CHECK_OK(temper_method_create(&method, "annealed:step=fixed,drop=0.15,rise=0.05"));
    memcpy(x + SIZE * COLUMNS, x, SIZE * COLUMNS * sizeof *x);
    const temper_lesson_plan plan = {
        .rows = {2 * SIZE, COLUMNS, x, NULL}, .batch = 2 * SIZE, .stream = {seed, 0}, .rate = 0.2};
    CHECK_OK(temper_machine_start(m, &plan.rows, (temper_stream){seed, 9}));
    CHECK_OK(temper_lesson_create(&lesson, m, method, &plan));
    int cycle = 0;
    for (; cycle < most && !solved(m); cycle++) CHECK_OK(temper_lesson_learn(lesson, 1));
    temper_lesson_free(lesson), temper_method_free(method), temper_machine_free(m);
    return cycle;
}

static void encoder_is_solved(void) {
    int good = 0, soon = 0; /* seen: 29 … 114 cycles, 47 in the median */
    for (uint32_t seed = 1; seed <= 10; seed++) {
        int cycles = cycles_to_solve(seed, 2000);
        good += cycles < 2000, soon += cycles < 300;
    }
    CHECK(soon >= 5, "the median is above 300 cycles");
    CHECK(good >= 9, "the 4-2-4 encoder was solved from %d of 10 seeds", good);
}

int main(void) {
    RUN(gradient_is_the_slope_of_the_divergence);
    RUN(parity_needs_a_hidden_unit);
    RUN(spins_and_bits_are_one_machine);
    RUN(samples_have_the_law);
    RUN(encoder_is_solved);
    return check_end();
}
