/* Every ensemble: its memory is its state and its chains, or walkers and vectors, nothing else; threads, cpu levels and other crews change
 * nothing; what it presents are weights; bad options and failed allocations are clean. */
#include "options.h"
#include "crew_rig.h"
#include "walker_rig.h"

static const temper_ensemble_type *type_now;
static const double ladder[] = {4.0, 3.0, 2.2, 1.5};

typedef struct {
    temper_ensemble *ensemble;
    temper_system *system;
    temper_sampler *sampler;
    temper_team team;
    temper_plan plan;
} band;

static bool band_create(band *r, const char *text, uint64_t seed) {
    memset(r, 0, sizeof *r);
    if (temper_ensemble_create(&r->ensemble, text) || temper_system_create(&r->system, "ising:dims=4x4") ||
        temper_sampler_create(&r->sampler, "metropolis"))
        return false;
    r->team = (temper_team){r->system, r->sampler, NULL, 0, seed, ladder, 4, 16, 0, NULL};
    if (r->ensemble->type->plan(r->ensemble->self, &r->team, &r->plan)) return false;
    r->team.n = r->plan.chains;
    r->team.chains = calloc((size_t)r->team.n, sizeof *r->team.chains);
    r->team.state = calloc((size_t)r->plan.states + 1, sizeof *r->team.state);
    for (int c = 0; c < r->team.n; c++)
        if (temper_chain_create(&r->team.chains[c], r->system, r->sampler, seed, (uint32_t)c)) return false;
    return !r->ensemble->type->begin(r->ensemble->self, &r->team);
}

static void band_free(band *r) {
    for (int c = 0; r->team.chains && c < r->team.n; c++) temper_chain_free(r->team.chains[c]);
    free(r->team.chains), free(r->team.state);
    temper_ensemble_free(r->ensemble);
    temper_system_free(r->system);
    temper_sampler_free(r->sampler);
}

static bool step(band *r, int64_t steps) {
    bool done = false;
    for (int64_t k = 0; k < steps && !done; k++) {
        CHECK_OK(r->ensemble->type->step(r->ensemble->self, &r->team, &done));
        r->team.step++;
    }
    return done;
}

static void print_of(const band *r, char hex[65]) {
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    for (int c = 0; c < r->team.n; c++) {
        const temper_chain *chain = r->team.chains[c];
        temper_sha256_add(&sha, chain->s, (size_t)r->system->n);
        temper_sha256_add(&sha, &chain->energy, sizeof chain->energy);
        temper_sha256_add(&sha, &chain->temperature, sizeof chain->temperature);
        temper_sha256_add(&sha, &chain->clock, sizeof chain->clock);
    }
    temper_sha256_add(&sha, r->team.state, (size_t)r->plan.states * sizeof(double));
    temper_sha256_end(&sha, hex);
}

static void state_and_chains_are_all_it_remembers(void) {
    band a, b;
    char text[512], whole[65], resumed[65];
    small_text(&type_now->about, text);
    bool made = band_create(&a, text, 5) &&
                band_create(&b, text, 77); /* b: another seed, its memory overwritten below */
    CHECK(made, "%s: %s", text, temper_message());
    if (!made) return;
    b.team.seed = 5;
    step(&a, 7);
    memcpy(b.team.state, a.team.state, (size_t)a.plan.states * sizeof(double));
    b.team.step = a.team.step;
    for (int c = 0; c < a.team.n; c++) {
        temper_chain_copy(b.team.chains[c], a.team.chains[c]);
        b.team.chains[c]->stream = a.team.chains[c]->stream;
        b.team.chains[c]->clock = a.team.chains[c]->clock;
        b.team.chains[c]->temperature = a.team.chains[c]->temperature;
        memset(b.team.chains[c]->scratch, 0x55, b.team.chains[c]->scratch_bytes);
    }
    step(&a, 9), step(&b, 9);
    print_of(&a, whole), print_of(&b, resumed);
    CHECK(!strcmp(whole, resumed), "%s: a resumed run differs", text);
    temper_table table = {0};
    CHECK_OK(a.ensemble->type->report(a.ensemble->self, &a.team, &table));
    CHECK(table.columns > 0, "%s has nothing to tell", text);
    temper_table_clear(&table);
    band_free(&a), band_free(&b);
}

static void threads_change_nothing(void) {
    char text[512], first[65], now[65];
    small_text(&type_now->about, text);
    for (int threads = 1; threads <= 3; threads++) {
        band r;
        CHECK_OK(temper_threads(threads));
        bool made = band_create(&r, text, 9);
        CHECK(made, "%s: %s", text, temper_message());
        if (made) step(&r, 12), print_of(&r, threads == 1 ? first : now);
        CHECK(threads == 1 || !strcmp(first, now), "%s differs on %d threads", text, threads);
        band_free(&r);
    }
    CHECK_OK(temper_threads(0));
}

static void refuses_nonsense(void) { refuses_bad_options(&type_now->about); }

/* Systems, networks, or both; what belongs to systems is there, or not, as a whole. */
static void serves_somebody(void) {
    const temper_ensemble_type *t = type_now;
    temper_ensemble *e;
    char text[512];
    CHECK(t->plan || t->walkers, "%s serves neither systems nor networks", t->about.name);
    CHECK(!t->plan == !t->begin && !t->plan == !t->step && !t->plan == !t->report, "%s: half an ensemble",
          t->about.name);
    CHECK(!t->at == !t->rung && (t->plan || (!t->at && !t->check)), "%s: a part too many", t->about.name);
    CHECK(t->walkers || (!t->states && !t->vectors && !t->muster && !t->stride && !t->couple &&
                         !t->temperature && !t->lead && !t->weights && !t->present && !t->late && !t->tell),
          "%s: half a crew", t->about.name);
    CHECK(t->couple || (!t->stride && !t->states && !t->vectors), "%s remembers, but never looks",
          t->about.name);
    small_text(&t->about, text);
    CHECK_OK(temper_ensemble_create(&e, text));
    if (e && t->walkers) CHECK(t->walkers(e->self) > 0, "%s trains nobody", text);
    temper_ensemble_free(e);
}

/* Crews on a bowl that is another for each coordinate; T > 0 and a dynamics with noise and a memory. */
enum { DIM = 1003, EPOCH = 4, STEPS = 40 };
static rig bowl;
static temper_potential potential;

static bool open_now(crew_rig *c, int64_t seed) {
    static char text[512];
    small_text(&type_now->about, text);
    bowl = rig_of(DIM, 20, rig_bowl);
    potential = rig_potential(&bowl);
    crew_order order = {text, "sghmc:rate=0.02,momentum=0.5", STEPS, EPOCH, seed, 1};
    bool made = crew_open(c, &potential, &order);
    if (made) CHECK(!c->mustered, "%s: %s", text, temper_message());
    return made && !c->mustered;
}

static void copy_crew(crew_rig *to, const crew_rig *from) {
    const temper_crew *crew = &from->crew;
    for (int j = 0; j < crew->n; j++) {
        temper_walker *w = to->walker[j];
        const temper_walker *v = from->walker[j];
        memcpy(w->theta, v->theta, DIM * sizeof(float));
        for (int k = 0; k < v->dynamics->type->memories; k++)
            memcpy(w->memory[k], v->memory[k], DIM * sizeof(float));
        w->stream = v->stream, w->noise = v->noise, w->clock = v->clock, w->energy = v->energy;
        w->evaluations = v->evaluations, w->thermometer = v->thermometer, w->epoch = v->epoch;
    }
    memcpy(to->crew.state, crew->state, (size_t)from->states * sizeof(double));
    memcpy(to->crew.vector, crew->vector, (size_t)from->floats * sizeof(float));
    to->crew.step = crew->step, to->crew.seed = crew->seed, to->crew.stream = crew->stream;
}

static bool finite_all(const float *x) {
    for (int i = 0; i < DIM; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

static void state_and_walkers_are_all_it_remembers(void) {
    crew_rig a, b;
    char whole[65], resumed[65];
    if (!open_now(&a, 2) || !open_now(&b, 5)) return;
    for (int64_t at = 3; at <= 23; at += 10) { /* between meetings as well */
        crew_run(&a, at);
        copy_crew(&b, &a);
        crew_run(&a, at + 9), crew_run(&b, at + 9);
        crew_print(&a, whole), crew_print(&b, resumed);
        CHECK(!strcmp(whole, resumed), "%s: a resumed crew differs from step %d on", type_now->about.name,
              (int)at);
    }
    crew_close(&a), crew_close(&b);
}

/* The threads that walk are the caller's; those of couple are its own affair. Two crews move in turns in the last round. */
static void threads_levels_and_crews_change_nothing(void) {
    char first[65], now[65];
    int levels = (int)temper_cpu_best() + 1;
    for (int k = 0; k < levels + 3; k++) {
        crew_rig c, other;
        if (k < levels) CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)k)));
        if (k >= levels) CHECK_OK(temper_threads(k - levels + 1));
        if (!open_now(&c, 3) || !open_now(&other, 4)) return;
        for (int64_t step = 1; step <= STEPS; step++) {
            crew_run(&c, step);
            if (k == levels + 2) crew_run(&other, step);
        }
        crew_print(&c, k ? now : first);
        CHECK(!k || !strcmp(first, now), "%s differs in round %d", type_now->about.name, k);
        crew_close(&c), crew_close(&other);
    }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK_OK(temper_threads(0));
}

/* At any time, and looking changes nothing. */
static void presents_weights(void) {
    static float theta[DIM], again[DIM];
    char before[65], after[65];
    crew_rig c;
    if (!open_now(&c, 1)) return;
    const temper_ensemble_type *t = type_now;
    int64_t n = crew_weights(&c);
    CHECK(n > 0 && (t->present || n == c.crew.n), "%s stands for %d networks", t->about.name, (int)n);
    CHECK(!t->couple || crew_stride(&c) > 0, "%s: a stride of %d", t->about.name, (int)crew_stride(&c));
    for (int64_t step = 0; step <= STEPS; step += STEPS / 4) {
        crew_run(&c, step);
        crew_print(&c, before);
        for (int64_t k = 0; k < n; k++) {
            memset(theta, 0xff, sizeof theta);
            crew_present(&c, k, theta), crew_present(&c, k, again);
            CHECK(finite_all(theta) && !memcmp(theta, again, sizeof theta), "%s: network %d at step %d",
                  t->about.name, (int)k, (int)step);
        }
        for (int j = 0; j < c.crew.n; j++) {
            double factor = t->temperature ? t->temperature(c.ensemble->self, &c.crew, j) : 1;
            CHECK(factor >= 0 && factor < INFINITY, "%s: T times %g", t->about.name, factor);
        }
        int lead = t->lead ? t->lead(c.ensemble->self, &c.crew) : 0;
        CHECK(lead >= 0 && lead < c.crew.n, "%s: walker %d leads", t->about.name, lead);
        crew_print(&c, after);
        CHECK(!strcmp(before, after), "%s: looking moves it", t->about.name);
    }
    crew_close(&c);
}

/* What it tells fits the table, and every failed allocation is clean; couple makes none. */
static void tells_and_fails_cleanly(void) {
    crew_rig c;
    if (!open_now(&c, 1)) return;
    temper_alloc_fail_at(0);
    int64_t made = temper_alloc_count(), live = temper_alloc_live();
    crew_run(&c, STEPS);
    CHECK(temper_alloc_count() == made, "%s allocates in a step", type_now->about.name);
    for (int64_t k = 1; type_now->tell; k++) {
        temper_table table = {0};
        temper_alloc_fail_at(k);
        temper_status bad = type_now->tell(c.ensemble->self, &c.crew, &table);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(!reached || bad == TEMPER_NO_MEMORY, "%s: allocation %d failed unseen", type_now->about.name,
              (int)k);
        if (!bad) CHECK(table.columns > 0, "%s has nothing to tell", type_now->about.name);
        if (!bad)
            CHECK(!temper_table_find(&table, "seed"), "%s: the seed is the caller's", type_now->about.name);
        for (int i = 0; !bad && i < table.columns; i++)
            CHECK(table.column[i].rows >= 1 && table.column[i].doc, "%s tells no %s", type_now->about.name,
                  table.column[i].name);
        temper_table_clear(&table);
        CHECK(temper_alloc_live() == live, "%s: a block is lost after failure %d", type_now->about.name,
              (int)k);
        if (!reached) break;
    }
    crew_close(&c);
}

static void the_chains(void) {
    RUN(state_and_chains_are_all_it_remembers);
    RUN(threads_change_nothing);
}

static void the_walkers(void) {
    RUN(state_and_walkers_are_all_it_remembers);
    RUN(threads_levels_and_crews_change_nothing);
    RUN(presents_weights);
    RUN(tells_and_fails_cleanly);
}

int main(void) {
    small_home();
    for (int k = 0; temper_list_ensemble[k]; k++) {
        type_now = temper_list_ensemble[k];
        RUN(serves_somebody);
        RUN(refuses_nonsense);
        if (type_now->plan) the_chains();
        if (type_now->walkers) the_walkers();
    }
    return check_end();
}
