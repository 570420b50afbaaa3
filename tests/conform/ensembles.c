/* Every ensemble: its memory is its state and its chains, nothing else; threads change nothing; bad options and
 * failed allocations are clean. */
#include "options.h"
#include "base/sha256.h"

static const temper_ensemble_type *type_now;
static const double ladder[] = {4.0, 3.0, 2.2, 1.5};

typedef struct {
    temper_ensemble *ensemble;
    temper_system *system;
    temper_sampler *sampler;
    temper_team team;
    temper_plan plan;
} rig;

static bool rig_create(rig *r, const char *text, uint64_t seed) {
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

static void rig_free(rig *r) {
    for (int c = 0; r->team.chains && c < r->team.n; c++) temper_chain_free(r->team.chains[c]);
    free(r->team.chains), free(r->team.state);
    temper_ensemble_free(r->ensemble);
    temper_system_free(r->system);
    temper_sampler_free(r->sampler);
}

static bool step(rig *r, int64_t steps) {
    bool done = false;
    for (int64_t k = 0; k < steps && !done; k++) {
        CHECK_OK(r->ensemble->type->step(r->ensemble->self, &r->team, &done));
        r->team.step++;
    }
    return done;
}

static void print_of(const rig *r, char hex[65]) {
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
    rig a, b;
    char text[512], whole[65], resumed[65];
    small_text(&type_now->about, text);
    bool made = rig_create(&a, text, 5) &&
                rig_create(&b, text, 77); /* b: another seed, its memory overwritten below */
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
    rig_free(&a), rig_free(&b);
}

static void threads_change_nothing(void) {
    char text[512], first[65], now[65];
    small_text(&type_now->about, text);
    for (int threads = 1; threads <= 3; threads++) {
        rig r;
        CHECK_OK(temper_threads(threads));
        bool made = rig_create(&r, text, 9);
        CHECK(made, "%s: %s", text, temper_message());
        if (made) step(&r, 12), print_of(&r, threads == 1 ? first : now);
        CHECK(threads == 1 || !strcmp(first, now), "%s differs on %d threads", text, threads);
        rig_free(&r);
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
    CHECK(!t->at == !t->rung && (t->plan || (!t->at && !t->check)) && (t->walkers || !t->couple),
          "%s: a part too many", t->about.name);
    small_text(&t->about, text);
    CHECK_OK(temper_ensemble_create(&e, text));
    if (e && t->walkers) CHECK(t->walkers(e->self, 5) > 0, "%s trains nobody", text);
    temper_ensemble_free(e);
}

int main(void) {
    small_home();
    for (int k = 0; temper_list_ensemble[k]; k++) {
        type_now = temper_list_ensemble[k];
        RUN(serves_somebody);
        RUN(refuses_nonsense);
        if (!type_now->plan) continue; /* networks only */
        RUN(state_and_chains_are_all_it_remembers);
        RUN(threads_change_nothing);
    }
    return check_end();
}
