/* Every dynamics: θ, memories, clock and temperature are all it remembers; equal bits on every cpu level; a loss that is not finite
 * stops it before anything has moved; T = 0 is descent without noise; the thermometer shows what is there. */
#include "options.h"
#include "walker_rig.h"

static const temper_dynamics_type *type_now;
static char text_now[512];

static int64_t asked(int64_t (*of)(const void *), const temper_walker *w) {
    return of ? of(w->dynamics->self) : 1;
}

/* The value of an option of the walker's dynamics; 0 where it has no such option. */
static double option_of(const temper_walker *w, const char *name) {
    for (const temper_option *o = type_now->about.options; o->name; o++)
        if (!strcmp(o->name, name)) return *(const double *)((const char *)w->dynamics->self + o->offset);
    return 0;
}

static size_t bytes_of(const temper_walker *w) {
    return (size_t)w->dim * (w->single ? sizeof(float) : sizeof(double));
}

static void copy_state(temper_walker *to, const temper_walker *from) {
    memset(to->grad, 0x55, bytes_of(from));
    memcpy(to->theta, from->theta, bytes_of(from));
    for (int k = 0; k < type_now->memories; k++) memcpy(to->memory[k], from->memory[k], bytes_of(from));
    for (int k = 0; k < type_now->places; k++) memset(to->place[k], 0x55, bytes_of(from));
    to->stream = from->stream, to->noise = from->noise, to->clock = from->clock;
    to->temperature = from->temperature, to->rate = from->rate;
}

static bool same_state(const temper_walker *a, const temper_walker *b) {
    bool same = a->clock == b->clock && !memcmp(a->theta, b->theta, bytes_of(a));
    for (int k = 0; k < type_now->memories; k++) same &= !memcmp(a->memory[k], b->memory[k], bytes_of(a));
    return same;
}

static void its_state_is_all_it_remembers(void) {
    for (int single = 0; single < 2; single++) {
        rig r = rig_of(5003, 20, rig_bowl);
        temper_potential p = rig_potential(&r);
        temper_walker *a = rig_walker(&p, text_now, single, 3), *b = rig_walker(&p, text_now, single, 4);
        a->temperature = 0.7;
        temper_walker_steps(a, 7);
        copy_state(b, a);
        temper_walker_steps(a, 6);
        for (int k = 0; k < 6; k++) temper_walker_steps(b, 1);
        CHECK(same_state(a, b), "%s in %s: it goes on differently from the same state", text_now,
              single ? "float" : "double");
        CHECK(a->clock == 13 && a->evaluations == 13 * asked(type_now->looks, a) &&
                  a->thermometer.steps == 13,
              "%s: clock %lld, %lld gradients", text_now, (long long)a->clock, (long long)a->evaluations);
        rig_walker_free(a), rig_walker_free(b);
    }
}

static void levels_agree(void) {
    static const int64_t sizes[] = {1, 15, 17, 4096, 9001};
    for (int s = 0; s < 5; s++) {
        rig r = rig_of(sizes[s], 20, rig_bowl);
        temper_potential p = rig_potential(&r);
        temper_walker *first = NULL;
        for (int level = 0; level <= TEMPER_CPU_AVX512; level++) {
            if (level > (int)temper_cpu_best()) break;
            CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
            temper_walker *w = rig_walker(&p, text_now, true, 3);
            w->temperature = 0.7;
            temper_walker_steps(w, 9);
            if (!first) {
                first = w;
                continue;
            }
            CHECK(same_state(first, w) &&
                      !memcmp(&first->thermometer, &w->thermometer, sizeof w->thermometer),
                  "%s: level %d differs from the reference at %lld coordinates", text_now, level,
                  (long long)sizes[s]);
            rig_walker_free(w);
        }
        rig_walker_free(first);
    }
    CHECK_OK(temper_cpu_cap("auto"));
}

/* float follows double for a while: both walk by the same noise. */
static void precisions_agree(void) {
    rig r = rig_of(5003, 20, rig_bowl);
    temper_potential p = rig_potential(&r);
    temper_walker *a = rig_walker(&p, text_now, false, 3), *b = rig_walker(&p, text_now, true, 3);
    a->temperature = b->temperature = 0.7;
    temper_walker_steps(a, 20), temper_walker_steps(b, 20);
    double most = 0;
    for (int64_t i = 0; i < r.dim; i++)
        most = fmax(most, fabs(((double *)a->theta)[i] - (double)((float *)b->theta)[i]));
    CHECK(most < 2e-5, "%s: float and double are %g apart", text_now, most);
    CHECK_NEAR(a->thermometer.theta_grad, b->thermometer.theta_grad, 1e-4 * fabs(a->thermometer.theta_grad));
    rig_walker_free(a), rig_walker_free(b);
}

/* What has noise of its own goes another way with another stream, at T = 0 too. */
static void without_heat_it_descends(void) {
    rig r = rig_of(40, 20, rig_bowl);
    temper_potential p = rig_potential(&r);
    temper_walker *a = rig_walker(&p, text_now, false, 3), *b = rig_walker(&p, text_now, false, 4);
    a->temperature = 0,
    b->temperature = type_now->thermal ? 0 : 9; /* what is not thermal has no ear for it */
    memcpy(b->theta, a->theta, bytes_of(a));
    double before = temper_walker_whole(a, NULL);
    temper_walker_steps(a, 60), temper_walker_steps(b, 60);
    bool noisy = option_of(a, "sigma") > 0 || option_of(a, "noise") > 0;
    CHECK(same_state(a, b) == !noisy, "%s: other noise, %s way, at T = 0", text_now,
          noisy ? "same" : "other");
    double after = temper_walker_whole(a, NULL);
    CHECK(after < 0.5 * before, "%s: u from %g to %g in 60 steps", text_now, before, after);
    rig_walker_free(a), rig_walker_free(b);
}

/* The thermometer against its definition, at the places where the gradient was taken; elsewhere than at θ: physics_flat_minima. */
static void thermometer_shows_what_is_there(void) {
    if (type_now->places) return;
    rig r = rig_of(77, 20, rig_bowl);
    temper_potential p = rig_potential(&r);
    temper_walker *w = rig_walker(&p, text_now, false, 3);
    double tg = 0, gg = 0, u = 0, grad[77];
    double decay = strcmp(type_now->about.name, "adamw") ? option_of(w, "decay") : 0;
    w->temperature = 0.7;
    for (int k = 0; k < 5; k++) {
        const double *theta = w->theta;
        u += temper_walker_whole(w, grad);
        for (int i = 0; i < 77; i++) {
            double g = grad[i] + decay * theta[i];
            tg += theta[i] * g, gg += g * g;
        }
        temper_walker_steps(w, 1);
    }
    CHECK_NEAR(w->thermometer.energy, u, 1e-12 * u);
    CHECK_NEAR(w->thermometer.theta_grad, tg, 1e-12 * tg);
    CHECK_NEAR(w->thermometer.grad_grad, gg, 1e-12 * gg);
    CHECK(w->thermometer.steps == 5, "%lld steps", (long long)w->thermometer.steps);
    temper_thermometer_reset(&w->thermometer);
    CHECK(w->thermometer.steps == 0 && w->thermometer.energy == 0, "not reset");
    rig_walker_free(w);
}

/* Each of the looks of a step may be the bad one. */
static void stops_before_it_moves(void) {
    static const double bad[][2] = {{NAN, 0}, {INFINITY, 0},  {-INFINITY, 0},
                                    {0, NAN}, {0, -INFINITY}, {0, INFINITY}};
    for (int single = 0; single < 2; single++)
        for (int b = 0; b < 18; b++) {
            rig r = rig_of(b % 2 ? 50 : 128, 20, rig_bowl);
            temper_potential p = rig_potential(&r);
            temper_walker *w = rig_walker(&p, text_now, single, 3),
                          *kept = rig_walker(&p, text_now, single, 3);
            int64_t fresh = asked(type_now->fresh, w), each = asked(type_now->looks, w) / fresh, l = b / 6;
            int spare = (int)(l % each);
            r.bad_step = 4 * fresh + (fresh > 1 ? l % fresh : 0), r.spare = &spare;
            r.bad_u = bad[b % 6][0], r.bad_slope = bad[b % 6][1];
            w->temperature = 0.7;
            temper_walker_steps(w, 4);
            CHECK(!w->failed, "%s failed early", text_now);
            copy_state(kept, w);
            temper_walker_steps(w, 5);
            CHECK(w->failed && same_state(w, kept) && w->thermometer.steps == 4,
                  "%s in %s: bad look %d moved it", text_now, single ? "float" : "double", b);
            r.bad_step = -1; /* and it can go on */
            temper_walker_steps(w, 5), temper_walker_steps(kept, 5);
            CHECK(!w->failed && same_state(w, kept), "%s does not go on after a failure", text_now);
            rig_walker_free(w), rig_walker_free(kept);
        }
}

static void holds_its_temperature(void) {
    if (!type_now->thermal) return;
    rig r = rig_of(3000, 20, rig_bowl);
    temper_potential p = rig_potential(&r);
    temper_walker *w = rig_walker(&p, text_now, true, 3);
    w->temperature = 0.7;
    temper_walker_steps(w, 400);
    temper_thermometer_reset(&w->thermometer);
    temper_walker_steps(w, 400);
    double T = 20 * w->thermometer.theta_grad / 400 / 3000;
    CHECK_NEAR(T, 0.7, 0.05 * 0.7); /* 1 % of statistics, and what the step size does */
    rig_walker_free(w);
}

static void failed_allocations_are_clean(void) {
    rig r = rig_of(50, 20, rig_bowl);
    temper_potential p = rig_potential(&r);
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        temper_dynamics *d;
        temper_walker *w = NULL;
        temper_alloc_fail_at(k);
        temper_status bad = temper_dynamics_create(&d, text_now);
        if (!bad) bad = temper_walker_create(&w, &p, d, false, (temper_stream){1, 0});
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(!reached || bad == TEMPER_NO_MEMORY, "%s: allocation %lld failed unseen", text_now,
              (long long)k);
        temper_walker_free(w);
        temper_dynamics_free(d);
        CHECK(temper_alloc_live() == live, "%s: a block is lost after failure %lld", text_now, (long long)k);
        if (!reached) break;
    }
}

static void refuses_nonsense(void) { refuses_bad_options(&type_now->about); }

static void single_precision_must_be_there(void) {
    temper_potential *p;
    temper_dynamics *d;
    temper_walker *w;
    CHECK_OK(temper_potential_create(&p, "gaussian"));
    CHECK_OK(temper_dynamics_create(&d, "sgd"));
    CHECK_FAILS(temper_walker_create(&w, p, d, true, (temper_stream){1, 0}), TEMPER_CANNOT,
                "double precision only");
    CHECK(!w, "a walker all the same");
    temper_dynamics_free(d);
    temper_potential_free(p);
    CHECK_FAILS(temper_dynamics_create(&d, "sdg"), TEMPER_BAD_OPTION, "did you mean 'sgd'");
}

int main(void) {
    for (int k = 0; temper_list_dynamics[k]; k++) {
        type_now = temper_list_dynamics[k];
        small_text(&type_now->about, text_now);
        CHECK(type_now->memories <= TEMPER_MEMORIES_MAX && type_now->places <= TEMPER_PLACES_MAX &&
                  type_now->step && type_now->rate,
              "%s: an incomplete type", text_now);
        RUN(its_state_is_all_it_remembers);
        RUN(levels_agree);
        RUN(precisions_agree);
        RUN(without_heat_it_descends);
        RUN(thermometer_shows_what_is_there);
        RUN(stops_before_it_moves);
        RUN(holds_its_temperature);
        RUN(failed_allocations_are_clean);
        RUN(refuses_nonsense);
    }
    RUN(single_precision_must_be_there);
    return check_end();
}
