/* Walkers of a crew on ladders of temperature, and schedules that follow what they measure, against exact results for harmonic energies: swaps, marginals,
 * free energies, the wait for equilibrium, the speed of cooling. */
#include "crew_rig.h"
#include "walker_rig.h"
#include "kernel/net.h"
#include "num/incomplete.h"

enum { SEEDS = 12 };
static rig bowl;
static temper_potential potential;

typedef struct { /* mean and standard error over seeds */
    double n, sum, squares;
} tally;

static void add(tally *t, double x) { t->n++, t->sum += x, t->squares += x * x; }
static double mean(const tally *t) { return t->sum / t->n; }
static double error(const tally *t) {
    return sqrt(fmax(t->squares / t->n - mean(t) * mean(t), 0) / (t->n - 1));
}

/* h = 0.8 on k = 1, 2, 3: positions of BAOAB are exact for any h < 2/√k, and eight steps of it forget. */
static const char dynamics[] = "sghmc:step=0.8,friction=1";

static bool open_seed(crew_rig *c, const char *ensemble, int64_t steps, int64_t seed, double T) {
    potential = rig_potential(&bowl);
    crew_order order = {ensemble, dynamics, steps, 8, seed, T};
    if (!crew_open(c, &potential, &order)) return false;
    CHECK_OK(c->mustered);
    return c->mustered == TEMPER_OK;
}

/* Acceptance 2 I_{1/(1+r)}(d/2, d/2) (training.md 5.7), and ⟨U⟩ = dT/2 on every rung, unchanged by swaps. */
static void swaps_as_often_as_they_must(int dim, double ratio, double truth) {
    tally rate = {0}, u[3] = {{0}};
    char text[64];
    double I = 2 * temper_beta_share(dim / 2., dim / 2., 1 / (1 + ratio), ratio / (1 + ratio));
    CHECK_NEAR(I, truth, 1e-8);
    snprintf(text, sizeof text, "tempering:walkers=3,ratio=%g,adapt=0", ratio);
    bowl = rig_of(dim, 20, rig_bowl);
    for (int s = 0; s < SEEDS; s++) {
        crew_rig c;
        if (!open_seed(&c, text, 8 * 800, s, 0.7)) continue;
        crew_run(&c, c.crew.steps);
        add(&rate, crew_told(&c, "swap_rate", 0)), add(&rate, crew_told(&c, "swap_rate", 1));
        for (int r = 0; r < 3; r++) add(&u[r], crew_told(&c, "energy", r) * 20);
        for (int r = 0; r < 3; r++) CHECK(crew_told(&c, "round_trips", r) > 10, "walkers don't travel");
        crew_close(&c);
    }
    CHECK_NEAR(mean(&rate), truth, 4.5 * error(&rate));
    for (int r = 0; r < 3; r++) CHECK_NEAR(mean(&u[r]), dim * 0.7 * pow(ratio, r) / 2, 4.5 * error(&u[r]));
    CHECK(error(&rate) < 0.006 && error(&u[0]) < 0.005 * mean(&u[0]), "too little to see: %g, %g",
          error(&rate), error(&u[0]));
}

static void ten_dimensions(void) { swaps_as_often_as_they_must(10, 1.5, 0.53313536); }
static void a_hundred_dimensions(void) { swaps_as_often_as_they_must(100, 1.2, 0.36350604); }

/* The automatic ratio: a third of all swaps. */
static void the_automatic_ladder(void) {
    tally rate = {0};
    bowl = rig_of(400, 20, rig_bowl);
    for (int s = 0; s < 4; s++) {
        crew_rig c;
        if (!open_seed(&c, "tempering:walkers=2,adapt=0", 8 * 300, s, 1)) continue;
        crew_run(&c, c.crew.steps);
        add(&rate, crew_told(&c, "swap_rate", 0));
        crew_close(&c);
    }
    double I = 2 * temper_beta_share(200, 200, 1 / 2.1, 1.1 / 2.1);
    CHECK_NEAR(mean(&rate), I, 4.5 * error(&rate));
    CHECK_NEAR(I, 1 / 3., 0.02);
}

/* Some coordinates of the bowl have a floor of width 4 whose edge costs 1: frozen below T ≈ 1/5, free above, a heat capacity that has a hump on the way. */
static double pit(double x, int64_t i, double *slope) {
    double k = i % 4 ? 1 : 0, e = x * x < 60 ? exp(-x * x / 0.1) : 0;
    *slope = k * x + (1 - k) * (0.04 * x + 20 * 1.5 * x * e);
    return k * x * x / 2 + (1 - k) * (0.02 * x * x - 1.5 * e);
}

static double uneven(const char *text, double *least, double *first, double *last) {
    tally rate[5] = {{0}};
    bowl = rig_of(40, 1, pit);
    for (int s = 0; s < 4; s++) {
        crew_rig c;
        potential = rig_potential(&bowl);
        crew_order order = {text, "sghmc:step=0.25,friction=2", 8 * 2500, 8, s, 0.1};
        if (!crew_open(&c, &potential, &order)) continue;
        crew_run(&c, c.crew.steps);
        for (int r = 0; r < 5; r++) add(&rate[r], crew_told(&c, "swap_rate", r));
        *first = crew_told(&c, "temperature", 0), *last = crew_told(&c, "temperature", 5);
        crew_close(&c);
    }
    double most = *least = mean(&rate[0]);
    for (int r = 1; r < 5; r++) most = fmax(most, mean(&rate[r])), *least = fmin(*least, mean(&rate[r]));
    return most - *least;
}

static void the_ladder_equalises(void) {
    double least[2], first, last;
    double before = uneven("tempering:walkers=6,ratio=1.4,adapt=0", &least[0], &first, &last);
    double after = uneven("tempering:walkers=6,ratio=1.4,adapt=0.5", &least[1], &first, &last);
    printf("  rates apart %.3f, least %.3f; adapted %.3f, %.3f\n", before, least[0], after, least[1]);
    CHECK(before > 0.15, "the ladder is even as it is: %g", before);
    CHECK(after < 0.06 && least[1] > least[0] + 0.03, "%g apart, least %g after %g", after, least[1],
          least[0]);
    CHECK_NEAR(first, 0.1, 1e-15);
    CHECK_NEAR(last, 0.1 * pow(1.4, 5), 1e-12);
}

/* ln Z(T)/Z(10 T) = (d/2) ln(1/10). The estimate of Z, not of its logarithm, is without bias. */
static void free_energy_of_a_bowl(void) {
    tally z = {0}, told = {0};
    const int dim = 6;
    double truth = dim / 2. * log(0.1);
    bowl = rig_of(dim, 20, rig_bowl);
    for (int s = 0; s < SEEDS; s++) {
        crew_rig c;
        if (!open_seed(&c, "resample:walkers=400,from=10,stages=12", 8 * 13, s, 0.7)) continue;
        crew_run(&c, c.crew.steps);
        double log_z = crew_told(&c, "log_z", 11);
        add(&z, exp(log_z - truth)), add(&told, crew_told(&c, "log_z_error", 11));
        CHECK_NEAR(crew_told(&c, "temperature", 11), 0.7, 1e-15);
        CHECK_NEAR(crew_told(&c, "free_energy", 11), -0.7 * log_z, 1e-12);
        CHECK(crew_told(&c, "rho_t", 11) > 1.5 && crew_told(&c, "rho_t", 11) < 20, "rho_t %g",
              crew_told(&c, "rho_t", 11));
        double U = 0; /* the population at the end is one at T: dT/2, with ρ_t walkers for one */
        for (int j = 0; j < 400; j++) U += temper_walker_whole(c.walker[j], NULL) * 20 / 400;
        CHECK_NEAR(U, dim * 0.7 / 2, 4.5 * 0.7 * sqrt(dim / 2. * crew_told(&c, "rho_t", 11) / 400));
        crew_close(&c);
    }
    double scatter = error(&z) * sqrt(SEEDS);
    printf("  Z %.4f ± %.4f of the truth, scatter %.3f, told %.3f\n", mean(&z), error(&z), scatter,
           mean(&told));
    CHECK_NEAR(mean(&z), 1, 4.5 * error(&z));
    CHECK(error(&z) < 0.06, "too little to see: %g", error(&z));
    CHECK(mean(&told) > 0.7 * scatter && mean(&told) < 4 * scatter, "told %g, is %g", mean(&told), scatter);
}

/* One walker on a schedule, as a training run takes it. */
typedef struct {
    temper_walker *w;
    temper_schedule *schedule;
    int cools; /* 0: its rate, 1: its temperature */
    double base;
} ride;

static void epoch_of(ride *r, int64_t steps) {
    double factor = r->w->plan[r->cools][0];
    if (r->cools)
        r->w->temperature = r->base * factor;
    else
        r->w->rate = r->base * factor;
    temper_walker_steps(r->w, steps);
    const temper_epoch epoch = {&r->w->epoch, (double)r->w->dim, (double)r->w->potential->samples,
                                r->w->rate,   r->w->temperature, r->w->clock,
                                100000};
    r->schedule->type->adapt(r->schedule->self, r->w->plan[r->cools], &epoch);
    temper_thermometer_reset(&r->w->epoch);
}

/* u = k θ²/2 with noise of the gradient and, of the energy, ±e in turn: as minibatches of an epoch have it, it cancels from an epoch's mean. */
typedef struct {
    double k, sigma, e, start;
} noisy;

enum { DIM = 2000 };
static void noisy_start(const void *self, temper_stream stream, float *theta) {
    (void)stream;
    for (int i = 0; i < DIM; i++) theta[i] = (float)((const noisy *)self)->start;
}

static double noisy_energy(const void *self, const temper_look *look, const float *theta) {
    const noisy *p = self;
    double u = look->whole ? 0 : look->step % 2 ? p->e : -p->e;
    for (int i = 0; i < DIM; i++) u += p->k / 2 * (double)theta[i] * (double)theta[i];
    return u;
}

static double noisy_slope(const void *self, const temper_look *look, const float *theta, float *grad) {
    const noisy *p = self;
    temper_net_kernel()->normals(look->stream, TEMPER_FOR_MINIBATCH, look->step, 0, DIM, grad);
    for (int i = 0; i < DIM; i++) grad[i] = (float)p->k * theta[i] + (float)p->sigma * grad[i];
    return noisy_energy(self, look, theta);
}

static const temper_potential_type noisy_type = {.about = {.name = "noisy"},
                                                 .start_single = noisy_start,
                                                 .energy_single = noisy_energy,
                                                 .slope_single = noisy_slope};

/* |θ|² relaxes as e^{−2ηkt} to ησ²d/(k(2 − ηk)): from 10⁴ times as much in ln(10⁴)/(2·0.02) = 230 steps to equality, in 350 to 1 %. */
static void fdr_cools_after_equilibration(void) {
    static const char *const text[] = {"sgd:rate=0.02,momentum=0", "sgd:rate=0.002,momentum=0.9"};
    noisy p = {1, 1, 0, 10};
    temper_potential noise = {
        .type = &noisy_type, .self = &p, .text = (char *)"noisy", .dim = DIM, .samples = 1, .batches = 1};
    for (int k = 0; k < 2; k++) {
        ride r = {rig_walker(&noise, text[k], true, 3), NULL, 0, k ? 0.002 : 0.02};
        CHECK_OK(temper_schedule_create(&r.schedule, "fdr:tolerance=0.05"));
        int drops[3] = {0}, n = 0;
        for (int e = 1; e <= 400 && n < 3; e++) {
            double before = r.w->plan[0][0];
            epoch_of(&r, 20);
            if (r.w->plan[0][0] < before) drops[n++] = e;
        }
        printf("  %s: drops after epochs %d, %d, %d\n", text[k], drops[0], drops[1], drops[2]);
        CHECK(drops[0] * 20 > 350, "%s cools after %d steps, before it is at rest", text[k], drops[0] * 20);
        CHECK(drops[0] && drops[0] <= 80, "%s never cools", text[k]);
        /* rates 10 times lower take 10 times as long to come to rest: from 10 times the final |θ|² to 5 % */
        CHECK(!drops[1] || (drops[1] - drops[0]) * 20 > 0.5 * log(9 / 0.05) / 0.002, "cools twice: %d",
              drops[1]);
        CHECK(drops[1] > 0, "cools once only");
        temper_schedule_free(r.schedule);
        rig_walker_free(r.w);
    }
}

/* C = d/2 exactly: ln T falls by s/√(d/2) an epoch, whatever the minibatches do to the energies: here ±50 where σ_U = √1000·T. */
static void speed_of_a_bowl(void) {
    noisy p = {1, 0, 50, 1};
    temper_potential noise = {
        .type = &noisy_type, .self = &p, .text = (char *)"noisy", .dim = DIM, .samples = 1, .batches = 100};
    ride r = {rig_walker(&noise, "sghmc:step=0.5,friction=1", true, 5), NULL, 1, 1};
    CHECK_OK(temper_schedule_create(&r.schedule, "speed:speed=2,memory=10"));
    double start = 0, s2 = 0, s1 = 0, before = 0;
    for (int e = 0; e < 90; e++) {
        epoch_of(&r, 100);
        double now = log(r.w->plan[1][0]), fall = before - now;
        before = now;
        if (e == 19) start = now;
        if (e > 19) s1 += fall, s2 += fall * fall;
    }
    double want = 2 / sqrt(DIM / 2.), fell = (start - before) / 70,
           spread = sqrt(s2 / 70 - s1 / 70 * s1 / 70);
    printf("  ln T falls by %.5f an epoch, scatter %.5f, want %.5f\n", fell, spread, want);
    CHECK_NEAR(fell, want, 0.04 * want);
    CHECK(spread < 0.12 * want, "the speed varies by %g", spread / want);
    temper_schedule_free(r.schedule);
    rig_walker_free(r.w);
}

int main(void) {
    RUN(ten_dimensions);
    RUN(a_hundred_dimensions);
    RUN(the_automatic_ladder);
    RUN(the_ladder_equalises);
    RUN(free_energy_of_a_bowl);
    RUN(fdr_cools_after_equilibration);
    RUN(speed_of_a_bowl);
    return check_end();
}
